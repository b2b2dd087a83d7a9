"""The arguments of the backfill workflow as options of `phase4 run` and `phase4 plan`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from phase4.cli.options import option
from phase4.tables.arguments import BACKFILL
from phase4.tables.calendar import check_seasons

Start = Annotated[date | None, option(BACKFILL["start_date"])]
End = Annotated[date | None, option(BACKFILL["end_date"])]
Dates = Annotated[list[date] | None, option(BACKFILL["dates"], "--date")]
Tables = Annotated[list[str] | None, option(BACKFILL["tables"])]
Reasons = Annotated[list[str] | None, option(BACKFILL["reasons"])]
Tasks = Annotated[int | None, option(BACKFILL["tasks"])]
CanaryDates = Annotated[int | None, option(BACKFILL["canary_dates"])]
ValidateEvery = Annotated[int | None, option(BACKFILL["validate_every"])]
MaxFailureRate = Annotated[float | None, option(BACKFILL["max_failure_rate"])]
StaleHistoryDays = Annotated[int | None, option(BACKFILL["stale_history_days"])]
BootstrapDays = Annotated[int | None, option(BACKFILL["bootstrap_days"])]
TargetTable = Annotated[str | None, option(BACKFILL["target_table"])]
Purpose = Annotated[str | None, option(BACKFILL["purpose"], "--reason")]
AcceptLoss = Annotated[bool, option(BACKFILL["accept_loss"], "--accept-loss")]
Force = Annotated[bool, option(BACKFILL["force"], "--force")]
TakeOver = Annotated[bool, option(BACKFILL["take_over"], "--take-over")]
DryRun = Annotated[bool, option(BACKFILL["dry_run"], "--dry-run")]


def argument(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent to the workflow: the options that were given, as JSON values.

    SeasonUnknown for a date of a season that the calendar does not know.
    """
    ends = (given.get("start_date"), given.get("end_date"))
    check_seasons(*(day for day in (*ends, *(given.get("dates") or ())) if day is not None))
    # What is not given is not sent: its default is the workflow's.
    return {
        name: _plain(value)
        for name, value in given.items()
        if value is not None and value is not False and value != []
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
