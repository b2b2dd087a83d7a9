"""Rows that would go: a partition shrinks by what the plan found contradicted, or on request."""

from __future__ import annotations

from phase4.formats import listed
from phase4.tables import removable
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.partition import Content
from phase4.tables.rows.plans import PlannedDate

SHOWN = 10


def refusal(planned: PlannedDate, live: Content, new: Content, table: FilledTable = DEFAULT) -> str:
    """Why the live rows may not be replaced by the new ones; empty when they may.

    The plan asked what contradicts a row; what has been lost since then is refused here.
    """
    if planned.accepts_loss:
        return ""
    lost = sorted(_keys(live, table) - _keys(new, table) - removable.keys(planned.removable_rows))
    if not lost:
        return ""
    named = [f"{who} ({game})" if game else who for game, who in lost]
    return (
        f"BLOCKED_SHRUNK: L3 gives {new.games} games and {new.players} players, the table holds"
        f" {live.games} and {live.players}; the plan found nothing that contradicts {len(lost)}"
        f" rows that would go: {listed(named, SHOWN)}; run again, as they may have come after the"
        " plan; if it says the same, restore L3, or let them go with --accept-loss"
    )


def _keys(content: Content, table: FilledTable) -> set[removable.Key]:
    """Where the game is no part of the key, its id may change and the row is there all the same."""
    has_game = "game_id" in table.key
    return {(game if has_game else "", who) for game, who, *_ in content.entries}
