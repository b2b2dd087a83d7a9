"""The SQL routines of the operations dataset, rendered from sql/: names are left to be filled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from phase4.tables import (
    births,
    bounds,
    box_scores,
    canonical,
    checks,
    cost_model,
    filled,
    filled_routines,
    fingerprints,
    headline,
    readiness,
    removable,
    shots_faced,
    states,
    tally,
    training,
)
from phase4.tables.arguments import BACKFILL
from phase4.tables.calendar import (
    CALENDAR_FILE,
    bootstrap_days,
    season_start_sql,
    season_year_sql,
    zone,
)
from phase4.tables.factors import CALCULATION_VERSION
from phase4.tables.placeholders import indented, render
from phase4.tables.thresholds import THRESHOLDS

SQL = Path(__file__).with_name("sql")
SEASON_START = season_start_sql("range_start")


@dataclass(frozen=True)
class Routine:
    """A view, table function or procedure: its name, arguments (name, type) and rendered body."""

    name: str
    kind: str
    arguments: tuple[tuple[str, str], ...]
    body: str


def placeholders_for(names: dict[str, str]) -> dict[str, str]:
    """All placeholders: those of the environment, and those that are the same everywhere."""
    known = _values(names)
    known |= tally.placeholders(known)
    known |= _settled(known)
    known |= _queries(known)
    return {**known, **_checks(known)}


def _values(names: Mapping[str, str]) -> dict[str, str]:
    """Names, figures and expressions: what is made of nothing that is rendered."""
    seasons = json.loads(CALENDAR_FILE.read_text())["seasons"]
    return {
        # A routine reads the present: FOR SYSTEM_TIME takes no argument of one.
        "training_moment": "",
        **names,
        "seasons_json": json.dumps(seasons, separators=(",", ":")),
        "zone": zone(),
        "league_today": f"CURRENT_DATE('{zone()}')",
        "season_of_date": season_year_sql("game_date"),
        "season_start": SEASON_START,
        "first_asked_season_start": season_start_sql("first_asked"),
        "bootstrap_days": str(bootstrap_days()),
        "calculation_version": CALCULATION_VERSION,
        "l3_quality_pct": str(THRESHOLDS["l3_quality_pct"]),
        "stale_history_days": str(BACKFILL["stale_history_days"].default),
        "retry_note_lasts": str(THRESHOLDS["retry_notes"]["last_seconds"]),
        "witness_days": str(THRESHOLDS["witness_days"]),
        "witness_players": str(THRESHOLDS["witness_players"]),
        **filled.placeholders(),
        **bounds.placeholders(),
        **box_scores.placeholders(),
        **canonical.placeholders(),
        **checks.placeholders(),
        **headline.placeholders(),
        **removable.placeholders(),
        **states.placeholders(),
        **training.placeholders(),
        **cost_model.placeholders(_text("date_status_within")),
    }


def _queries(values: Mapping[str, str]) -> dict[str, str]:
    """Queries that several routines have in a CTE, each in the range that it is asked for there."""
    history = "DATE_SUB(range_start, INTERVAL history_days DAY)"
    present = fingerprints.statement("bigquery", {**values, "first": history, "last": "range_end"})
    listed = "SELECT DISTINCT game_date, player_lookup FROM judged_appearances"
    layers = (SQL / "date_layers.sql").read_text()
    return {
        "date_layers": indented(render(layers, values), 2),
        "births": indented(births.statement(listed, values["roster_rows"]), 4),
        "shots_faced": _shots_faced({**values, "first": "range_start"}),
        "offense_lines": _part("offense_lines", {**values, "first": _behind(values)}),
        "input_readiness": _input_readiness({**values, "first": SEASON_START}),
        "fingerprints": indented(present, 4),
    }


def _checks(values: Mapping[str, str]) -> dict[str, str]:
    """The statements of the checks, by what they read."""
    known = {
        **values,
        "replaced_tables": filled_routines.replaced_names(),
        "other_table_dates": filled_routines.table_dates(values),
        "other_table_states": filled_routines.table_states(values),
        "all_table_states": filled_routines.all_table_states(),
        "other_table_contents": indented(filled_routines.table_contents(values), 6),
    }
    return {
        "date_checks": render(checks.checks_sql("dates"), known),
        "row_checks": render(checks.checks_sql("rows"), known),
        "source_checks": render(checks.checks_sql("sources"), known),
    }


def _behind(values: Mapping[str, str]) -> str:
    """The first date whose facts reach into a range."""
    return f"DATE_SUB(range_start, INTERVAL {values['stale_history_days']} DAY)"


def _settled(values: Mapping[str, str]) -> dict[str, str]:
    """The rows of players and lines that some SQL reads, each with the game that its id means."""
    text = (SQL / "settled.sql").read_text()
    in_range = "game_date BETWEEN range_start AND range_end"
    seasons = f"game_date BETWEEN {SEASON_START} AND range_end AND {values['has_key']}"
    wanted = {
        "on_date": ("player", "", "game_date = @game_date", 4),
        "in_range": ("player", "", in_range, 6),
        "behind": ("player", "", f"game_date BETWEEN {_behind(values)} AND range_end", 2),
        "seasons": ("player", values["training_moment"], seasons, 6),
        "lines": ("raw", "", in_range, 2),
    }
    return {
        f"settled_{name}": indented(
            render(
                text,
                {
                    **values,
                    "source": f"`{values[f'{side}_table']}`{moment}",
                    "source_codes": values[f"{side}_codes"],
                    "wanted": condition,
                },
            ),
            blanks,
        )
        for name, (side, moment, condition, blanks) in wanted.items()
    }


def _input_readiness(values: Mapping[str, str]) -> str:
    lines = {name: _part(name, values) for name in ("offense_lines", "defense_lines")}
    # The newest rows of the defence serve its figures and what the players say of them.
    contradicted = _shots_faced(values, "SELECT * FROM defense")
    known = {**values, **lines, "shots_faced": contradicted}
    return readiness.statement(
        team_games=_part("team_games", known),
        team_figures=_part("team_figures", known),
        requested="game_date BETWEEN range_start AND range_end",
    )


def _shots_faced(values: Mapping[str, str], defense_lines: str = "") -> str:
    """The rows of the defence from `first` to range_end that the players contradict."""
    known = defense_lines or _part("defense_lines", values)
    query = shots_faced.statement(_part("player_lines", values), known)
    return indented(query, 2)


def _part(name: str, values: Mapping[str, str]) -> str:
    """A query of sql/readiness, to stand in a CTE."""
    text = render((readiness.SQL / f"{name}.sql").read_text(), values)
    return indented(text, 4)


def rendered(values: Mapping[str, str]) -> list[Routine]:
    """All routines with their bodies filled from `values`."""
    return [
        Routine(
            name=name,
            kind=entry["kind"],
            arguments=tuple((argument, type_) for argument, type_ in entry.get("arguments", ())),
            body=render(_text(name), values),
        )
        for name, entry in _entries().items()
    ]


@cache
def _entries() -> dict[str, dict[str, Any]]:
    """The routines in order; a list of those of the filled tables where an entry asks for it."""
    listed: dict[str, Any] = json.loads((SQL / "routines.json").read_text())
    entries: dict[str, dict[str, Any]] = {}
    for name, entry in listed.items():
        for own in filled_routines.names(entry.pop("for_each", ""), name):
            entries[own] = entry
    return entries


def _text(name: str) -> str:
    return filled_routines.bodies().get(name) or (SQL / "routines" / f"{name}.sql").read_text()
