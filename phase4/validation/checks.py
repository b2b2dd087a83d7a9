"""The check registry: each check has a name, a severity, a threshold and its SQL file beside it.

All checks run as one statement; a check that cannot run fails the whole validation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from phase4.settings import Settings
from phase4.validation.statements import CHECKS, statement

Severity = Literal["error", "warning", "info"]
CheckOutcome = Literal["passed", "failed", "no_reference"]


@dataclass(frozen=True)
class Check:
    """One rule: its figure must not be above (or below) the threshold."""

    name: str
    title: str
    severity: Severity
    threshold: float
    unit: str
    fails: Literal["above", "below"] = "above"
    cross_layer: bool = False

    def judge(self, subject: str, figure: float | None, detail: str) -> CheckResult:
        """The result for one subject; without a figure there was nothing to compare with."""
        return CheckResult(
            name=self.name,
            subject=subject,
            severity=self.severity,
            cross_layer=self.cross_layer,
            figure=figure,
            threshold=self.threshold,
            outcome="no_reference" if figure is None else self._outcome(figure),
            detail=detail,
        )

    def _outcome(self, figure: float) -> CheckOutcome:
        bad = figure > self.threshold if self.fails == "above" else figure < self.threshold
        return "failed" if bad else "passed"


@dataclass(frozen=True)
class CheckResult:
    """A check's figure for one subject (a factor, a column, a pair of layers, or all rows)."""

    name: str
    subject: str
    severity: Severity
    cross_layer: bool
    figure: float | None
    threshold: float
    outcome: CheckOutcome
    detail: str

    @property
    def failed(self) -> bool:
        """Whether the figure passed its threshold."""
        return self.outcome == "failed"

    @property
    def label(self) -> str:
        """`name` or `name subject`."""
        return f"{self.name} {self.subject}".strip()


@cache
def registry() -> dict[str, Check]:
    """All checks by name, in the order of sql/checks/checks.json."""
    entries = json.loads((CHECKS / "checks.json").read_text())
    return {name: Check(name=name, **entry) for name, entry in entries.items()}


def checks_statement(settings: Settings) -> str:
    """One statement that gives the rows of every check: check_name, subject, figure, detail."""
    prelude = statement(CHECKS / "prelude.sql", settings)
    parts = [
        f"SELECT '{name}' AS check_name, subject, figure, detail FROM (\n{body}\n)"
        for name, body in (
            (name, statement(CHECKS / f"{name}.sql", settings)) for name in registry()
        )
    ]
    return f"{prelude}\n" + "\nUNION ALL\n".join(parts)


def judge(rows: Iterable[dict[str, Any]]) -> tuple[CheckResult, ...]:
    """Results in registry order; a registered check that gave no row is an error."""
    by_name: dict[str, list[dict[str, Any]]] = {name: [] for name in registry()}
    for row in rows:
        by_name[row["check_name"]].append(row)
    silent = [name for name, found in by_name.items() if not found]
    if silent:
        raise LookupError(f"checks without a result: {', '.join(silent)}: see sql/checks/")
    return tuple(
        registry()[name].judge(row["subject"], row["figure"], row["detail"])
        for name, found in by_name.items()
        for row in sorted(found, key=lambda row: str(row["subject"]))
    )
