"""The tables that a run fills, one folder each: table.json declares it, its SQL is beside it.

inputs: tables that its rows are computed from. An input that is filled too comes before it.
writes: `replace` when the table is ours, partition by partition; `add_missing` when others write it
too: then only games that it does not have are appended, and nothing that is there is touched.
setting: the setting that names it as `dataset.table`. due_rows: how many rows a game of L1 owes it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from phase4.errors import WrongInput

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class FilledTable:
    """One table that a run fills, as its folder declares it."""

    name: str
    title: str
    setting: str
    writes: Literal["replace", "add_missing"]
    inputs: tuple[str, ...]
    due_rows: str = ""
    is_default: bool = False

    @property
    def is_added_to(self) -> bool:
        """Whether others write it, too: a run then appends and never replaces."""
        return self.writes == "add_missing"

    def text(self, file: str) -> str:
        """The text of a SQL file of its folder."""
        return (FOLDER / self.name / f"{file}.sql").read_text()


def _declared(folder: Path) -> FilledTable:
    entry = json.loads((folder / "table.json").read_text())
    return FilledTable(name=folder.name, **{**entry, "inputs": tuple(entry["inputs"])})


def _in_stages(tables: dict[str, FilledTable]) -> list[tuple[FilledTable, ...]]:
    """Every table stands behind its inputs; CycleError names tables that need each other."""
    order = TopologicalSorter({name: set(t.inputs) & set(tables) for name, t in tables.items()})
    order.prepare()
    stages = []
    while order.is_active():
        ready = order.get_ready()
        order.done(*ready)
        stages.append(tuple(tables[name] for name in sorted(ready)))
    return stages


STAGES = _in_stages({f.parent.name: _declared(f.parent) for f in FOLDER.glob("*/table.json")})
FILLED: dict[str, FilledTable] = {table.name: table for stage in STAGES for table in stage}
# What a run fills unless told otherwise. Rows of plan and ledger that name no table are its own:
# they are older than the others.
(DEFAULT,) = (table for table in FILLED.values() if table.is_default)


def planner(stage: Collection[FilledTable]) -> str:
    """What the names of the routines end with that plan a stage; empty for that of the default."""
    return "" if DEFAULT in stage else f"_stage_{STAGES.index(tuple(stage)) + 1}"


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in SQL: the table of a row of plan and ledger."""
    named = f"IFNULL(table_name, '{DEFAULT.name}')"
    return {
        "default_table": DEFAULT.name,
        "filled_table_name": named,
        "of_default_table": f"{named} = '{DEFAULT.name}'",
    }


def chosen(names: Iterable[str]) -> list[list[str]]:
    """The stages of these tables, by name; WrongInput names one that nobody fills."""
    wanted = set(names)
    if unknown := sorted(wanted - set(FILLED)):
        raise WrongInput(f"table {unknown[0]!r} is not filled; known are {', '.join(FILLED)}")
    kept = ([table.name for table in stage if table.name in wanted] for stage in STAGES)
    return [stage for stage in kept if stage]
