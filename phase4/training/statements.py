"""The statement of the training set at a moment, and what it is asked."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Parameter
from phase4.tables.placeholders import render
from phase4.tables.routines import SQL

NAME = "training_set"
_ARGUMENT = re.compile(r"\brange_(start|end)\b")


def training_set(settings: Settings, at: datetime | None = None) -> str:
    """The rows between @start_date and @end_date: by the routine, or as the tables were `at`."""
    if at is None:
        return f"SELECT * FROM `{settings.ops(NAME)}`(@start_date, @end_date)"
    moment = f" FOR SYSTEM_TIME AS OF TIMESTAMP '{at.astimezone(UTC).isoformat()}'"
    known = {**routines.placeholders(settings), "training_moment": moment}
    text = render((SQL / "routines" / f"{NAME}.sql").read_text(), known)
    return _ARGUMENT.sub(r"@\1_date", text)


def shares(settings: Settings, at: datetime | None = None) -> str:
    """Per season and feature how many of those rows are real, defaulted and absent."""
    known = {**routines.placeholders(settings), NAME: training_set(settings, at).rstrip()}
    return render((SQL / "training_shares.sql").read_text(), known)


def parameters(first: date, last: date) -> dict[str, Parameter]:
    """What both statements are asked with."""
    return {"start_date": first, "end_date": last}
