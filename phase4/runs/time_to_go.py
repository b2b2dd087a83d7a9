"""How long a run has still to go, by what its waves have taken so far.

A wave works at an even pace once its tasks have begun; before that an execution is provisioned, and
behind it a snapshot is awaited. Both are taken to last as long as they did around the canary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Part(Protocol):
    """One table of a wave: rows planned and recorded, and when it began and was last recorded."""

    @property
    def wave(self) -> int: ...
    @property
    def players(self) -> int: ...
    @property
    def players_done(self) -> int: ...
    @property
    def began_at(self) -> datetime | None: ...
    @property
    def recorded_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class _Wave:
    players: int
    done: int
    began_at: datetime
    recorded_at: datetime

    @property
    def seconds_per_player(self) -> float:
        return (self.recorded_at - self.began_at).total_seconds() / self.done


def seconds_to_go(
    started_at: datetime | None, looked_at: datetime, parts: Sequence[Part]
) -> float | None:
    """Seconds until the end; None before the first outcome, 0 when every row is recorded."""
    # By players: a night of thirteen games takes longer than one of two.
    left = sum(part.players - part.players_done for part in parts)
    begun = _begun(parts)
    if not begun or started_at is None:
        return None
    if not left:
        return 0.0
    last = begun[-1]
    waiting = (looked_at - last.recorded_at).total_seconds()
    provisioning = (begun[0].began_at - started_at).total_seconds()
    snapshot = _snapshot_seconds(begun, provisioning)
    unbegun = len({part.wave for part in parts}) - len(begun)
    between = unbegun * (provisioning + snapshot) + snapshot
    return max(left * last.seconds_per_player + between - waiting, 0.0)


def _begun(parts: Sequence[Part]) -> list[_Wave]:
    """The waves of which something is recorded, in their order, all tables of one together."""
    made = []
    for number in sorted({part.wave for part in parts}):
        own = [part for part in parts if part.wave == number]
        began = [part.began_at for part in own if part.began_at]
        recorded = [part.recorded_at for part in own if part.recorded_at]
        done = sum(part.players_done for part in own)
        if began and recorded and done:
            players = sum(part.players for part in own)
            made.append(_Wave(players, done, min(began), max(recorded)))
    return made


def _snapshot_seconds(begun: Sequence[_Wave], provisioning: float) -> float:
    """What lay between the first two waves beside the provisioning of the second; 0 if unknown."""
    if len(begun) < 2:
        return 0.0
    gap = (begun[1].began_at - begun[0].recorded_at).total_seconds()
    return max(gap - provisioning, 0.0)
