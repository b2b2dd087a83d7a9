"""The statement of the training set at a moment, and what it is asked."""

from __future__ import annotations

import re
from datetime import date, datetime

from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Parameter
from phase4.tables.placeholders import render
from phase4.tables.routines import SQL, placeholders_for

NAME = "training_set"
_ARGUMENT = re.compile(r"\brange_(start|end)\b")


def training_set(settings: Settings, at: datetime | None = None) -> str:
    """The rows between @start_date and @end_date: by the routine, or as the tables were `at`."""
    if at is None:
        return f"SELECT * FROM `{settings.ops(NAME)}`(@start_date, @end_date)"
    return _ARGUMENT.sub(r"@\1_date", render(_text(), _known(settings, at)))


def definition(settings: Settings) -> str:
    """What the routine is: by what it computes each feature, whatever it is asked."""
    return render(_text(), routines.placeholders(settings))


def shares(settings: Settings, at: datetime | None = None) -> str:
    """Per season and feature how many of those rows are real, defaulted and absent."""
    known = {**routines.placeholders(settings), NAME: training_set(settings, at).rstrip()}
    return render((SQL / "training_shares.sql").read_text(), known)


def origins(settings: Settings, at: datetime) -> str:
    """Who wrote the rows of L4 between those dates."""
    return render((SQL / "training_origins.sql").read_text(), _known(settings, at))


def parameters(first: date, last: date) -> dict[str, Parameter]:
    """What each of these statements is asked with."""
    return {"start_date": first, "end_date": last}


def _text() -> str:
    return (SQL / "routines" / f"{NAME}.sql").read_text()


def _known(settings: Settings, at: datetime) -> dict[str, str]:
    names = {**routines.environment_names(settings), "training_moment": routines.as_of(at)}
    return placeholders_for(names)
