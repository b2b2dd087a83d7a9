"""Tables of ours as they were: rows of some dates at a moment of its time-travel window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from google.cloud import bigquery

from phase4.cloud.warehouse import Warehouse
from phase4.errors import Refused
from phase4.tables.filled import DEFAULT, FilledTable


class TooOld(Refused):
    """The moment lies before the time-travel window of the target's dataset."""

    def __init__(self, at: datetime, window: timedelta) -> None:
        super().__init__(
            f"{at:%Y-%m-%d %H:%M} UTC is more than {window.days} days ago:"
            " BigQuery does not keep the rows of that time any more"
        )
        self.at = at


def check_reach(warehouse: Warehouse, at: datetime) -> None:
    """TooOld when rows of that moment cannot be read any more."""
    if not within_reach(warehouse, at):
        raise TooOld(at, warehouse.time_travel_window)


def within_reach(warehouse: Warehouse, at: datetime) -> bool:
    """Whether rows of that moment can still be read."""
    return datetime.now(UTC) - at < warehouse.time_travel_window


def rows_at(
    warehouse: Warehouse,
    dates: Sequence[date],
    at: datetime | None,
    columns: str = "*",
    *,
    table: FilledTable = DEFAULT,
) -> pa.Table:
    """Rows of a table of ours on these dates, at a moment or (None) now; TooOld before the window.

    One statement reads one moment: BigQuery refuses a table at two moments in one query.
    """
    if at is not None:
        check_reach(warehouse, at)
    settings = warehouse.settings
    moment = "" if at is None else f" FOR SYSTEM_TIME AS OF TIMESTAMP '{at.isoformat()}'"
    listed = ", ".join(f"'{day}'" for day in dates)
    sql = (
        f"SELECT {columns} FROM `{settings.table_id(settings.filled_table(table))}`{moment}"
        f" WHERE game_date BETWEEN '{min(dates)}' AND '{max(dates)}' AND game_date IN ({listed})"
    )
    config = bigquery.QueryJobConfig(
        labels=warehouse.caller.labels(), maximum_bytes_billed=settings.maximum_bytes_billed
    )
    found = warehouse.client.query(sql, config).result()
    return found.to_arrow(create_bqstorage_client=False)
