"""What a date was published with in spite of: what L3 lacks or cannot say, another build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pyarrow as pa

from phase4.filling.publishing import Outcome

# Rows of a date may be many; of the days behind it each kind is one number, and none hides another.
SHOWN, SHOWN_KINDS = 5, 15


def add(
    outcomes: Sequence[Outcome],
    noted: pa.Table,
    lacking: Mapping[date, Sequence[str]],
    shared: Sequence[str],
) -> list[Outcome]:
    """The outcomes with what lacks behind their date, its notes, and what holds for all of them."""
    notes = of_dates(noted)
    return [
        replace(
            one,
            warnings=(
                *one.warnings,
                *lacking.get(one.game_date, ()),
                *notes.get(one.game_date, ()),
                *shared,
            ),
        )
        for one in outcomes
    ]


def of_dates(noted: pa.Table) -> dict[date, tuple[str, ...]]:
    """The reasons in a table of notes by date; beyond some only their number."""
    own: dict[date, list[str]] = {}
    behind: dict[date, list[str]] = {}
    for note in noted.to_pylist():
        subject = note["player_lookup"] or note["game_id"]
        notes = own if subject else behind
        text = f"{subject or 'history'}: {note['reason']}"
        notes.setdefault(note["game_date"], []).append(text)
    return {
        day: (*_shortened(own.get(day, ()), SHOWN), *_shortened(behind.get(day, ()), SHOWN_KINDS))
        for day in {**own, **behind}
    }


def other_build(own: str, started_by: str) -> tuple[str, ...]:
    """A warning when this task is another build than the one that started the run."""
    if not started_by or own == started_by:
        return ()
    return (f"computed by build {own}, the run was started by build {started_by}",)


def _shortened(texts: Sequence[str], shown: int) -> tuple[str, ...]:
    more = len(texts) - shown
    return (*texts[:shown], *([f"and {more} more such numbers"] if more > 0 else []))
