"""Exporting the training set: one statement and one Storage Read session per season."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from phase4.cloud.queries import ask
from phase4.cloud.time_travel import check_reach
from phase4.cloud.warehouse import Warehouse
from phase4.errors import NotThere, WrongInput
from phase4.tables.calendar import season_year
from phase4.tables.rows.runs import RunAtWork
from phase4.tables.typed import typed
from phase4.training import files, statements


@dataclass(frozen=True)
class Exported:
    """One file of an export: `real_rows` have every factor, others a default at least.

    What `runs_at_work` had not yet written at that moment is in it as it was before them.
    """

    path: Path
    season_year: int
    rows: int
    real_rows: int
    bytes: int
    content_sha256: str
    seconds: float
    runs_at_work: tuple[str, ...]


def export(
    warehouse: Warehouse,
    first: date,
    last: date,
    folder: Path,
    at: datetime | None = None,
    tell: Callable[[Exported], None] = lambda _: None,
) -> list[Exported]:
    """Writes a file per season that has rows, as the tables are now or were `at`.

    TooOld before the time-travel window; WrongInput for a moment that is still to come; NotThere
    when nobody played in the range.
    """
    now = _now(warehouse)
    if at is None:
        at = now
    if at > now:
        raise WrongInput(f"{at:%Y-%m-%d %H:%M} UTC is still to come: name a moment that was")
    check_reach(warehouse, at)
    _prepare(folder)
    done = []
    for start, end in _seasons(first, last):
        made = _season(warehouse, start, end, folder, at)
        if made is not None:
            tell(made)
            done.append(made)
    if not done:
        raise NotThere(f"nobody played from {first} to {last}: there is nothing to export")
    return done


def runs_at_work(warehouse: Warehouse, first: date, last: date, at: datetime) -> tuple[str, ...]:
    """The ids of the runs that were writing dates of the range at a moment."""
    found = ask(warehouse, RunAtWork, moment=at, start_date=first, end_date=last)
    return tuple(run.run_id for run in found)


def _now(warehouse: Warehouse) -> datetime:
    # The service's clock: it refuses a moment that is still to come.
    moment: datetime = warehouse.row("SELECT CURRENT_TIMESTAMP() AS now")["now"]
    return moment.astimezone(UTC)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongInput(f"--out {folder}: {error.strerror}: name a folder") from None


def _seasons(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The part of each season that lies in the range."""
    for year in range(season_year(first), season_year(last) + 1):
        yield max(first, date(year, 10, 1)), min(last, date(year + 1, 9, 30))


def _season(
    warehouse: Warehouse, first: date, last: date, folder: Path, at: datetime
) -> Exported | None:
    began, settings = time.monotonic(), warehouse.settings
    statement, asked = statements.training_set(settings, at), statements.parameters(first, last)
    rows = files.in_order(warehouse.query_table(statement, asked))
    if not rows.num_rows:
        return None
    written_by = warehouse.query(statements.origins(settings, at), asked)
    provenance = files.Provenance(
        season_year=season_year(first),
        start_date=first,
        end_date=last,
        snapshot_time=at,
        tables=tuple(map(settings.table_id, (settings.player_table, settings.target_table))),
        origins=tuple(typed(files.Origin, row) for row in written_by),
        code_version=settings.code_version,
        definition_sha256=hashlib.sha256(statements.definition(settings).encode()).hexdigest(),
        content_sha256=files.content_sha256(rows),
        rows=rows.num_rows,
    )
    path = files.path_of(folder, provenance.season_year)
    files.write(path, rows, provenance)
    return Exported(
        path,
        provenance.season_year,
        provenance.rows,
        files.real_rows(rows),
        path.stat().st_size,
        provenance.content_sha256,
        time.monotonic() - began,
        runs_at_work(warehouse, first, last, at),
    )
