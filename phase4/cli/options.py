"""Options that several commands share: the same name, form and help everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from phase4.errors import WrongInput
from phase4.tables.arguments import BACKFILL, Argument
from phase4.tables.calendar import check_seasons


def parse_day(text: str) -> date:
    """A date of the form YYYY-MM-DD, and of no other form."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: expected an existing date YYYY-MM-DD") from None
    # fromisoformat takes 20250113 and 2025-W03-1 as well.
    if day.isoformat() != text:
        raise typer.BadParameter(f"{text!r}: expected a date YYYY-MM-DD")
    return day


def parse_moment(text: str) -> datetime:
    """A moment in ISO form; one without a time zone is in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: expected a moment 2026-01-02T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def option(argument: Argument, *names: str) -> Any:
    """The option of a workflow's argument: its help with the default, its bounds, its choices."""
    shape: dict[str, Any] = {}
    if argument.type in ("date", "dates"):
        shape = {"parser": parse_day, "metavar": "YYYY-MM-DD"}
    elif argument.type in ("integer", "number"):
        shape = {"min": argument.minimum, "max": argument.maximum}
    elif argument.type in ("choices", "tables"):
        shape = {"parser": _choice(argument.choices), "metavar": "|".join(argument.choices)}
    return typer.Option(*names, help=argument.help_with_default, **shape)


def _choice(choices: Sequence[str]) -> Callable[[str], str]:
    known = {choice.casefold(): choice for choice in choices}

    def parse(text: str) -> str:
        if text.casefold() not in known:
            raise typer.BadParameter(f"{text!r}: expected one of {', '.join(choices)}")
        return known[text.casefold()]

    return parse


StartDate = Annotated[date, option(BACKFILL["start_date"])]
EndDate = Annotated[date, option(BACKFILL["end_date"])]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
RUN_OR_LAST = "Id of a run, or how it begins; without it, the last backfill."
RunId = Annotated[str, typer.Argument(help="Id of the run, or how it begins.", metavar="RUN")]


def check_range(start: date, end: date) -> None:
    """WrongInput when the range ends before it starts, SeasonUnknown for a season nobody knows."""
    if end < start:
        raise WrongInput(f"--end-date {end} is before --start-date {start}: swap them")
    check_seasons(start, end)
