"""Tables of ours as they were: rows of some dates at a moment of its time-travel window."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar

import pyarrow as pa
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from phase4.cloud.routines import as_of
from phase4.cloud.warehouse import Warehouse
from phase4.errors import Refused
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.partition import on_dates

Found = TypeVar("Found")
# A table may be younger than the moment, or keep less of its past than its dataset promises.
_NO_SUCH_PAST = re.compile(r"snapshot time|time travel", re.IGNORECASE)


class TooOld(Refused):
    """The rows of that moment are not kept: of a moment before the window, or before the table."""

    def __init__(self, at: datetime, how_old: str) -> None:
        super().__init__(
            f"{at:%Y-%m-%d %H:%M} UTC is {how_old}:"
            " BigQuery does not keep the rows of that time any more"
        )
        self.at = at


def check_reach(warehouse: Warehouse, at: datetime, table: FilledTable = DEFAULT) -> None:
    """TooOld when rows of that moment cannot be read any more."""
    if not _in_window(warehouse, at):
        raise TooOld(at, f"more than {warehouse.time_travel_window.days} days ago")
    if not _is_kept(warehouse, table, at):
        raise TooOld(at, f"before the past that {table.name} has")


def within_reach(warehouse: Warehouse, at: datetime) -> bool:
    """Whether rows of L4 of that moment can still be read."""
    return _in_window(warehouse, at) and _is_kept(warehouse, DEFAULT, at)


def _in_window(warehouse: Warehouse, at: datetime) -> bool:
    return warehouse.now() - at < warehouse.time_travel_window


@lru_cache(maxsize=32)
def _is_kept(warehouse: Warehouse, table: FilledTable, at: datetime) -> bool:
    # Of a date that nobody played: no byte is read.
    sql = f"SELECT game_date FROM {_source(warehouse, table, at)} WHERE game_date = '1900-01-01'"
    return unless_forgotten(lambda: warehouse.query(sql)) is not None


def unless_forgotten(look: Callable[[], Found]) -> Found | None:
    """What a look at the past gives; None where a table that it reads keeps no such moment."""
    try:
        return look()
    except BadRequest as error:
        if _NO_SUCH_PAST.search(str(error)):
            return None
        raise


def _source(warehouse: Warehouse, table: FilledTable, at: datetime | None) -> str:
    name = warehouse.settings.table_id(warehouse.settings.filled_table(table))
    return f"`{name}`{as_of(at)}"


def rows_at(
    warehouse: Warehouse,
    dates: Sequence[date],
    at: datetime | None,
    columns: str = "*",
    *,
    table: FilledTable = DEFAULT,
) -> pa.Table:
    """Rows of a table of ours on these dates, at a moment or (None) now; TooOld if not kept.

    One statement reads one moment: BigQuery refuses a table at two moments in one query.
    """
    if at is not None:
        check_reach(warehouse, at, table)
    settings = warehouse.settings
    sql = (
        f"SELECT {columns} FROM {_source(warehouse, table, at)}"
        f" WHERE game_date BETWEEN '{min(dates)}' AND '{max(dates)}' AND {on_dates(dates)}"
    )
    config = bigquery.QueryJobConfig(
        labels=warehouse.caller.labels(), maximum_bytes_billed=settings.maximum_bytes_billed
    )
    found = warehouse.client.query(sql, config).result()
    return found.to_arrow(create_bqstorage_client=False)
