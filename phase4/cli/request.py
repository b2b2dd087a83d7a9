"""The arguments of the backfill workflow as options of `phase4 run` and `phase4 plan`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum, StrEnum
from typing import Annotated, Any

import typer

from phase4.cli.options import DAY, check_seasons, parse_day


class Reason(StrEnum):
    """Which gaps a run fills."""

    missing = "missing"
    partial = "partial"
    overcount = "overcount"
    stale = "stale"


Start = Annotated[
    date | None, typer.Option(help="First date of the range.", parser=parse_day, metavar=DAY)
]
End = Annotated[
    date | None,
    typer.Option(help="Last date of the range, included.", parser=parse_day, metavar=DAY),
]
Dates = Annotated[
    list[date] | None,
    typer.Option(
        "--date", help="A single date instead of a range; repeatable.",
        parser=parse_day, metavar=DAY,
    ),
]  # fmt: skip
Reasons = Annotated[
    list[Reason] | None,
    typer.Option("--reasons", help="Gaps to fill (all but stale by default); repeatable."),
]
Tasks = Annotated[int | None, typer.Option(help="Tasks per wave (as many as its dates are worth).")]
CanaryDates = Annotated[int | None, typer.Option(help="Dates of the canary (5); 0: none.")]
ValidateEvery = Annotated[int | None, typer.Option(help="Dates per wave (50).")]
MaxFailureRate = Annotated[
    float | None, typer.Option(help="Share of failed dates that stops the run (0.05).")
]
StaleHistoryDays = Annotated[
    int | None, typer.Option(help="Days that a changed fact reaches ahead (45).")
]
TargetTable = Annotated[str | None, typer.Option(help="dataset.table")]
Purpose = Annotated[str | None, typer.Option("--reason", help="Why, for the record.")]
AcceptLoss = Annotated[
    bool, typer.Option("--accept-loss", help="Let rows go although nothing contradicts them.")
]
Force = Annotated[bool, typer.Option("--force", help="Compute and write complete dates too.")]


def argument(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent to the workflow: the options that were given, as JSON values.

    SeasonUnknown for a date of a season that the calendar does not know.
    """
    ends = (given.get("start_date"), given.get("end_date"))
    check_seasons(*(day for day in (*ends, *(given.get("dates") or ())) if day is not None))
    return {
        name: _plain(value)
        for name, value in given.items()
        if value is not None and value is not False and value != []
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
