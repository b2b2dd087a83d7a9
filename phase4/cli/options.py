"""Options that several commands share: the same name, form and help everywhere."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from phase4.errors import WrongInput
from phase4.tables.calendar import season_of


def parse_day(text: str) -> date:
    """A date of the form YYYY-MM-DD, and of no other form."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: expected an existing date YYYY-MM-DD") from None
    if day.isoformat() != text:
        raise typer.BadParameter(f"{text!r}: expected a date YYYY-MM-DD")
    return day


DAY = "YYYY-MM-DD"
StartDate = Annotated[
    date, typer.Option(help="First date of the range.", parser=parse_day, metavar=DAY)
]
EndDate = Annotated[
    date, typer.Option(help="Last date of the range, included.", parser=parse_day, metavar=DAY)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
RunId = Annotated[str, typer.Argument(help="Id of the run.", metavar="RUN")]


def check_range(start: date, end: date) -> None:
    """WrongInput when the range ends before it starts, SeasonUnknown for a season nobody knows."""
    if end < start:
        raise WrongInput(f"--end-date {end} is before --start-date {start}: swap them")
    check_seasons(start, end)


def check_seasons(*days: date) -> None:
    """SeasonUnknown for a date of a season that the calendar lacks: nothing can be due on it."""
    for day in days:
        season_of(day)
