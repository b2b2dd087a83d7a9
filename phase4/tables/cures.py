"""What mends dates, by their tables and states: a run leaves alone what it is not told of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from phase4.tables.filled import DEFAULT
from phase4.tables.states import EVERY_REASON, FILL, FILLABLE, STATES

RUN = "phase4 run "
# What a run has to be told beyond the reasons of the dates.
TOLD = {"COMPLETE": " --force", "EXEMPT_BOOTSTRAP": " --bootstrap-days 0"}
# Of the dates of exhibitions, whatever it is told.
NO_RUN = "no run writes such dates, whoever wrote the rows takes them out again"


def exactly(text: str, days: Sequence[date]) -> str:
    """A text with its run over the range of these dates over them alone, where others lie between.

    What only looks at the range may see those, too.
    """
    apart = sorted(set(days))
    if not apart or (apart[-1] - apart[0]).days < len(apart):
        return text
    named = " ".join(f"--date {day}" for day in apart)
    return text.replace(FILL.format(start=apart[0], end=apart[-1]), f"phase4 run {named}")


def run_options(states: Collection[str]) -> str:
    """The options with which a run fills dates of these states; none where it does so anyhow.

    An empty state is one that nobody has asked for: every reason is named.
    """
    if "" in states:
        reasons = EVERY_REASON
    elif "STALE" in states:
        named = (name for name in FILLABLE if name in states)
        reasons = "".join(f" --reasons {name.lower()}" for name in named)
    else:
        reasons = ""
    return reasons + "".join(told for state, told in TOLD.items() if state in states)


def table_options(tables: Iterable[str]) -> str:
    """The options that name these tables; none for the one that a run fills unless told."""
    named = sorted(set(tables))
    return "" if named in ([], [DEFAULT.name]) else "".join(f" --tables {each}" for each in named)


def cure_of(found: Iterable[tuple[str, str]], start: date, end: date) -> str:
    """What mends dates of these tables and states within a range: a run, or who has to be asked."""
    known = sorted(set(found))
    # Blocked dates are filled by no run: upstream comes first.
    kept: dict[str, list[str]] = {}
    for table, state in known:
        if is_left_alone(state):
            kept.setdefault(state, []).append(table)
    filled = [(table, state) for table, state in known if not is_left_alone(state)]
    steps = [
        f"{state}: {NO_RUN}"
        if STATES[state].is_exhibition
        else f"{state}: {STATES[state].remedy_for(start, end)}{table_options(tables)}"
        for state, tables in kept.items()
    ]
    if filled or not steps:
        options = table_options(table for table, _ in filled)
        options += run_options({state for _, state in filled})
        steps.insert(0, FILL.format(start=start, end=end) + options)
    return "; ".join(steps)


def steps_of(fix: str) -> list[tuple[str, str]]:
    """The steps of a cure, each as its words and its command; one of the two may be empty."""
    parted = (step.partition("phase4 ") for step in fix.split("; "))
    return [(words.strip(), f"{name}{rest}") for words, name, rest in parted]


def first_command(fix: str) -> str:
    """The first command of a cure that can be given now; empty where there is none.

    Not one that comes after something else, nor one that lets rows go: that is for a person to say.
    """
    for words, command in steps_of(fix):
        if command and (not words or words.endswith(":")) and "--accept-loss" not in command:
            return command
    return ""


def runs_of(fixes: Iterable[str]) -> list[str]:
    """The runs that cures begin with, each once."""
    commands = dict.fromkeys(map(first_command, fixes))
    return [command for command in commands if command.startswith(RUN)]


def is_left_alone(state: str) -> bool:
    """Whether a run leaves dates of this state alone even when it is told to write all of them."""
    return bool(state) and (STATES[state].is_blocked or STATES[state].is_exhibition)
