"""What the folder of a filled table declares of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Factor:
    """One score column: its inclusive range and the decimals it is stored with.

    `context` is the name of the text that carries its inputs (`FilledTable.contexts`). A factor
    without one is deferred: it is 0.0 in every row.
    """

    name: str
    column: str
    low: float
    high: float
    decimals: int
    context: str = ""


@dataclass(frozen=True, eq=False)
class FilledTable:
    """One table that a run fills; `folder` holds the rest of it: schema.json and its SQL."""

    folder: Path
    title: str
    place: Mapping[str, Any]
    """How it exists in the warehouse, in the form of catalog.json."""
    writes: Literal["replace", "add_missing"]
    inputs: tuple[str, ...]
    key: tuple[str, ...]
    """Partition column, game where a row needs it, and who a row is about."""
    setting: str = ""
    """The setting that names it; without one it is where `place` says."""
    teams: tuple[str, ...] = ()
    """The columns of both teams, by which a row tells its canonical game."""
    due_rows: str = ""
    is_default: bool = False
    calculation_version: str = ""
    steps: tuple[str, ...] = ()
    """Its SQL files, in order, between what is read and the relation `context`."""
    scoring: tuple[str, ...] = ()
    """Its SQL files, in order, from `context` to what rows.sql selects from."""
    factors: tuple[Factor, ...] = ()
    total: Factor | None = None

    @classmethod
    def of(cls, folder: Path) -> FilledTable:
        """The table that a folder declares in its table.json."""
        entry = json.loads((folder / "table.json").read_text())
        lists = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
        known = {
            **entry,
            **lists,
            "place": entry["table"],
            "factors": tuple(Factor(**each) for each in entry.get("factors", ())),
            "total": Factor(**entry["total"]) if "total" in entry else None,
        }
        del known["table"]
        return cls(folder=folder, **known)

    @property
    def name(self) -> str:
        """Its name, which is that of its folder."""
        return self.folder.name

    @property
    def side(self) -> str:
        """What placeholders in SQL call it: `${player_table}`, `${player_game}`."""
        return self.setting.removesuffix("_table") or self.name

    @property
    def dataset_name(self) -> str:
        """`dataset.table` where no setting names it."""
        return f"{self.place['dataset']}.{self.name}"

    @property
    def who(self) -> str:
        """The column that says who a row is about."""
        return self.key[-1]

    @property
    def is_added_to(self) -> bool:
        """Whether others write it, too: a run then appends and never replaces."""
        return self.writes == "add_missing"

    @property
    def scores(self) -> tuple[Factor, ...]:
        """Every score of a row, in order of the columns."""
        return (*self.factors, *([self.total] if self.total else ()))

    @property
    def active_factors(self) -> tuple[Factor, ...]:
        """The factors that are computed."""
        return tuple(factor for factor in self.factors if factor.context)

    @property
    def contexts(self) -> dict[str, str]:
        """The texts that carry the inputs of active factors: the column of each by its name."""
        return {f.context: f"{f.context}_context_json" for f in self.active_factors}

    @property
    def computed_scores(self) -> tuple[Factor, ...]:
        """The scores that are computed: active factors and their sum."""
        return (*self.active_factors, *([self.total] if self.total else ()))

    @property
    def deferred_factors(self) -> tuple[Factor, ...]:
        """The factors that are 0.0 in every row."""
        return tuple(factor for factor in self.factors if not factor.context)

    def text(self, file: str) -> str:
        """The text of a SQL file of its folder."""
        return (self.folder / f"{file}.sql").read_text()

    def has(self, file: str) -> bool:
        """Whether its folder has this SQL file."""
        return (self.folder / f"{file}.sql").exists()
