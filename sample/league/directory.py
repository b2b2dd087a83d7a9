"""Names, ids and birth dates of the players that occur in a league."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from phase4.tables.arrow import schema_of
from sample.league.draws import Ints, draw
from sample.league.players import birth_dates, lookup, player_names


class Directory:
    """Names and ids of the players that occur in a league."""

    def __init__(self, players: Ints) -> None:
        self.players = np.unique(players)
        self.names = player_names(self.players)
        self.lookups = [lookup(name) for name in self.names]
        self.birth_dates = birth_dates(self.players)

    def known_birth_dates(self) -> list[date | None]:
        """Birth dates; one player in fifty has none on file."""
        known = (draw("birth date known", self.players, below=50) > 0).tolist()
        return [
            day if on_file else None for day, on_file in zip(self.birth_dates, known, strict=True)
        ]

    def birthdates_table(self) -> pa.Table:
        """The roster table: the players whose birth date is known."""
        schema = schema_of("player_birthdates")
        table = pa.table([self.lookups, self.known_birth_dates()], schema=schema)
        return table.filter(table["birth_date"].is_valid()).sort_by("player_lookup")

    def ages(self, players: Ints, days: Ints) -> list[int | None]:
        """Whole years at the given ordinal days, None without a birth date."""
        known = self.known_birth_dates()
        births = [known[place] for place in np.searchsorted(self.players, players).tolist()]
        return [
            _age(birth, date.fromordinal(day))
            for birth, day in zip(births, days.tolist(), strict=True)
        ]

    def identity(self, players: Ints) -> dict[str, pa.Array]:
        """player_lookup, universal_player_id and player_full_name of the given players."""
        ids = [
            f"{key}_{600_000 + player}"
            for key, player in zip(self.lookups, self.players.tolist(), strict=True)
        ]
        position = np.searchsorted(self.players, players)
        columns = {
            "player_lookup": self.lookups,
            "universal_player_id": ids,
            "player_full_name": self.names,
        }
        return {name: pa.array(values).take(position) for name, values in columns.items()}


def _age(birth: date | None, day: date) -> int | None:
    if birth is None:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
