"""Check results: figures judged against the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from phase4.tables.checks import Check, Severity, registry
from phase4.tables.cures import is_left_alone
from phase4.tables.rows.snapshots import check_label
from phase4.tables.states import STATES

WHOLE = "COMPLETE"
CheckOutcome = Literal["passed", "failed", "no_reference"]


@dataclass(frozen=True)
class CheckResult:
    """A check's figure for one subject (a factor, a column, a pair of layers, or all rows).

    Without a figure there was nothing to compare with: `no_reference`, which is not a pass.
    `to_mend`: tables and states of the dates that it names, for the command that mends them.
    """

    name: str
    subject: str
    severity: Severity
    cross_layer: bool
    figure: float | None
    threshold: float
    outcome: CheckOutcome
    detail: str
    to_mend: str

    @property
    def failed(self) -> bool:
        """Whether the figure broke the rule."""
        return self.outcome == "failed"

    @property
    def label(self) -> str:
        """How people read it."""
        return check_label(self.name, self.subject)


@dataclass(frozen=True)
class Held:
    """A date of a table that `--force` leaves alone, by its state."""

    table_name: str
    game_date: date
    state: str


@dataclass(frozen=True)
class Finding:
    """The figure of a check for one subject, as sql/checks/ find it."""

    check_name: str
    subject: str
    figure: float | None
    detail: str
    to_mend: str


def by_state(finding: Finding, held: Iterable[Held]) -> Finding:
    """The finding with the state of each date that it wants written again, as a cure asks for it.

    What nothing holds back `--force` writes, as it does a whole date; the first days of a season
    are whole once a run has been asked for them.
    """
    states = {f"{one.table_name}:{one.game_date}": one.state for one in held}
    words: set[str] = set()
    for word in finding.to_mend.split():
        table, _, found = word.partition(":")
        if found in STATES or not found:
            words.add(word)
            continue
        state = states.get(word, WHOLE)
        words.add(f"{table}:{state}")
        if not is_left_alone(state):
            words.add(f"{table}:{WHOLE}")
    return replace(finding, to_mend=" ".join(sorted(words)))


def judge(findings: Iterable[Finding], *, in_full: bool) -> tuple[CheckResult, ...]:
    """Results in registry order; LookupError for a check that was asked and gave no row.

    Not `in_full`, the checks of sources were not asked.
    """
    asked = (name for name, check in registry().items() if in_full or check.reads != "sources")
    by_name: dict[str, list[Finding]] = {name: [] for name in asked}
    for finding in findings:
        by_name[finding.check_name].append(finding)
    silent = [name for name, found in by_name.items() if not found]
    if silent:
        raise LookupError(f"checks without a result: {', '.join(silent)}: see sql/checks/")
    return tuple(
        result_of(registry()[name], each.subject, each.figure, each.detail, each.to_mend)
        for name, found in by_name.items()
        for each in sorted(found, key=lambda each: str(each.subject))
    )


def result_of(
    check: Check, subject: str, figure: float | None, detail: str, to_mend: str = ""
) -> CheckResult:
    """One figure judged."""
    outcome: CheckOutcome = "no_reference"
    if figure is not None:
        outcome = "failed" if check.fails_at(figure) else "passed"
    return CheckResult(
        name=check.name,
        subject=subject,
        severity=check.severity,
        cross_layer=check.cross_layer,
        figure=figure,
        threshold=check.threshold,
        outcome=outcome,
        detail=detail,
        to_mend=to_mend,
    )
