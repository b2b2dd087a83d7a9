"""The tables that a run fills, one folder each: table.json declares it, the rest is beside it.

inputs: tables that its rows are computed from. An input that is filled too comes before it.
writes: `replace` when the table is ours, partition by partition; `add_missing` when others write it
too: then only games that it does not have are appended, and nothing that is there is touched.
setting: the setting that names it as `dataset.table`. due_rows: how many rows a game of L1 owes it.
calculation_version: part of a row's hash; rows that carry another one are STALE.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from graphlib import TopologicalSorter
from pathlib import Path

from phase4.errors import WrongInput
from phase4.tables.filled.declaration import FilledTable

__all__ = ["DEFAULT", "FILLED", "STAGES", "FilledTable", "chosen", "placeholders", "planner"]

FOLDER = Path(__file__).parent
# A folder with more of them, of whoever tries one out: docs/adding-a-table.md.
EXTRA = "PHASE4_EXTRA_TABLES"


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


def _declared() -> dict[str, FilledTable]:
    """Every declaration by name; WrongInput when the folder of others has none."""
    extra = os.environ.get(EXTRA, "")
    others = sorted(Path(extra).glob("*/table.json")) if extra else []
    if extra and not others:
        raise WrongInput(f"{EXTRA}={extra!r}: expected a folder with NAME/table.json in it")
    return {
        f.parent.name: FilledTable.of(f.parent) for f in (*FOLDER.glob("*/table.json"), *others)
    }


STAGES = _in_stages(_declared())
FILLED: dict[str, FilledTable] = {table.name: table for stage in STAGES for table in stage}
# What a run fills unless told otherwise. Rows of plan and ledger that name no table are its own:
# they are older than the others.
(DEFAULT,) = (table for table in FILLED.values() if table.is_default)


def planner(stage: Collection[FilledTable]) -> str:
    """What the names of the routines end with that plan a stage; empty for that of the default."""
    return "" if DEFAULT in stage else f"_stage_{STAGES.index(tuple(stage)) + 1}"


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in SQL: the table of a row of plan and ledger, those of a run's."""
    named = f"IFNULL(table_name, '{DEFAULT.name}')"
    return {
        "default_table": DEFAULT.name,
        "filled_table_name": named,
        "of_default_table": f"{named} = '{DEFAULT.name}'",
        # Of a run's stages only the tables, `dataset.table`, have a dot.
        "request_tables": (
            "IF(JSON_QUERY(request, '$.stages') IS NULL, [target_table],"
            """ REGEXP_EXTRACT_ALL(JSON_QUERY(request, '$.stages'), r'"([^".]+[.][^"]+)"'))"""
        ),
    }


def chosen(names: Iterable[str]) -> list[list[str]]:
    """The stages of these tables, by name; WrongInput names one that nobody fills."""
    wanted = set(names)
    if unknown := sorted(wanted - set(FILLED)):
        raise WrongInput(f"table {unknown[0]!r} is not filled; known are {', '.join(FILLED)}")
    kept = ([table.name for table in stage if table.name in wanted] for stage in STAGES)
    return [stage for stage in kept if stage]
