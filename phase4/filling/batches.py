"""The dates of a shard in batches: what of them is published, recorded and told at once."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, groupby

from phase4.cloud.warehouse import CONCURRENT_LOADS
from phase4.tables.calendar import season_year
from phase4.tables.filled import FILLED, FilledTable
from phase4.tables.rows.plans import PlannedDate

# Three full rounds of load jobs: what is lost by a kill, or published after a fault before anybody
# looks, against a ledger, two reads of the live rows and an event per batch.
BATCH_DATES = 3 * CONCURRENT_LOADS
# A date of a table.
Key = tuple[str, date]


def key_of(planned: PlannedDate) -> Key:
    """Which date of which table it is."""
    return planned.table_name, planned.game_date


@dataclass(frozen=True)
class Batch:
    """Some dates of one table that follow each other in a shard.

    The number is that of the plan, the same in every attempt.
    """

    number: int
    table: FilledTable
    dates: tuple[PlannedDate, ...]

    @property
    def days(self) -> list[date]:
        """The dates alone."""
        return [planned.game_date for planned in self.dates]

    def without(self, done: Container[Key]) -> Batch:
        """What is left of it."""
        left = tuple(planned for planned in self.dates if key_of(planned) not in done)
        return Batch(self.number, self.table, left)


def by_season(dates: Sequence[PlannedDate]) -> list[list[Batch]]:
    """All dates of a shard as the batches of what is read at once, for all of its tables.

    That is a season; of tables that others write, too, no date reaches behind itself, and all dates
    are read at once.
    """
    added = [planned for planned in dates if FILLED[planned.table_name].is_added_to]
    ours = [planned for planned in dates if not FILLED[planned.table_name].is_added_to]
    ours.sort(key=lambda planned: planned.game_date)
    seasons = groupby(ours, key=lambda planned: season_year(planned.game_date))
    read_at_once = [*([added] if added else []), *(list(season) for _, season in seasons)]
    numbers = count()
    return [
        [Batch(next(numbers), FILLED[part[0].table_name], part) for part in _parts(together)]
        for together in read_at_once
    ]


def _parts(dates: Sequence[PlannedDate]) -> Iterator[tuple[PlannedDate, ...]]:
    by_table: dict[str, list[PlannedDate]] = {}
    for planned in dates:
        by_table.setdefault(planned.table_name, []).append(planned)
    for own in by_table.values():
        for first in range(0, len(own), BATCH_DATES):
            yield tuple(own[first : first + BATCH_DATES])
