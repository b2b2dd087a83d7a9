"""`phase4 explain PLAYER DATE`: the scores of one player with their inputs, computed again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console

from phase4.cli import terminal
from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Warehouse
from phase4.errors import NotThere
from phase4.filling.recomputation import Recomputed, contexts, recompute
from phase4.tables.factors import ACTIVE_FACTORS, CALCULATION_VERSION, TOTAL
from phase4.tables.rows.players import PlayerRow, StoredPlayer


def show(warehouse: Warehouse, player: str, day: date, *, as_json: bool) -> None:
    """Prints the scores of a player on a date; NotThere when L3 and L4 do not know him then."""
    rows: list[StoredPlayer] = ask(
        warehouse, PlayerRow, game_date=day, player=_plain(player),
        folded=_plain(unicodedata.normalize("NFKD", player)),
    )  # fmt: skip
    if not rows:
        raise NotThere(
            f"no player {player!r} on {day} in L3 or L4: `phase4 explain {day}` shows the games"
        )
    if as_json:
        terminal.print_json([_document(row) for row in rows])
        return
    for row in rows:
        _describe(terminal.results(), row, day)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def again(row: StoredPlayer) -> Sequence[Recomputed]:
    """The scores computed again; nothing for a row of another calculation version."""
    return recompute(vars(row)) if row.calculation_version == CALCULATION_VERSION else ()


def _document(row: StoredPlayer) -> dict[str, Any]:
    if not row.is_scored:
        return {"row": row, "contexts": {}, "recomputed": []}
    return {"row": row, "contexts": contexts(vars(row)), "recomputed": again(row)}


def _describe(console: Console, row: StoredPlayer, day: date) -> None:
    console.print(
        f"[bold]{row.player_name or row.player_lookup}[/] {day} {row.game_id}{_played(row)}",
        soft_wrap=True,
    )
    if not row.is_scored:
        played = bool(row.is_active and (row.minutes_played or 0) > 0)
        why = f"next: phase4 explain {day}" if played else "he did not play, so none is due"
        console.print(f"no row in L4: {why}")
        return
    _scores(console, row)
    console.print(
        f"completeness {terminal.percent(row.data_completeness_pct)}"
        f" (absent: {row.missing_data_fields or 'nothing'}); production-ready:"
        f" {'yes' if row.is_production_ready else 'no'};"
        f" warnings: {row.warning_details or 'none'}",
        soft_wrap=True,
    )
    console.print(
        f"{row.calculation_version} by {row.run_id}, code {row.code_version},"
        f" L3 as of {terminal.moment(row.processed_at)}, hash {row.data_hash}",
        soft_wrap=True,
    )


def _played(row: StoredPlayer) -> str:
    """What L3 says of his game."""
    if row.team_abbr is None:
        return ": L3 has no row of him"
    return (
        f" ({row.team_abbr} against {row.opponent_team_abbr}):"
        f" {row.minutes_played or 0:.1f} minutes, usage {_value(row.usage_rate)},"
        f" {row.points or 0} points"
    )


def _scores(console: Console, row: StoredPlayer) -> None:
    made = terminal.table("factor", "score", "again", "", "inputs", words=("", "inputs"))
    checked = {each.factor: each for each in again(row)}
    read = contexts(vars(row))
    for factor in ACTIVE_FACTORS:
        stored = getattr(row, factor.column)
        _score(made, factor.name, stored, checked.get(factor.name), read[factor.context])
    _score(made, TOTAL.name, getattr(row, TOTAL.column), checked.get(TOTAL.name), {})
    console.print(made)


def _score(
    made: Any, name: str, stored: object, check: Recomputed | None, context: dict[str, Any]
) -> None:
    inputs = ", ".join(f"{key} {_value(value)}" for key, value in context.items())
    if check is None:
        made.add_row(name, _value(stored), "-", "other version", inputs)
        return
    mark = "[green]agrees[/]" if check.agrees else "[red]differs[/]"
    made.add_row(name, _value(stored), f"{check.again:g}", mark, inputs)


def _value(value: object) -> str:
    if isinstance(value, list):
        return " + ".join(str(each) for each in value) or "none"
    if value is None:
        return "-"
    return f"{float(value):g}" if isinstance(value, (float, Decimal)) else str(value)
