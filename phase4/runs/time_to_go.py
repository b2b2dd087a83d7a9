"""How long a run has still to go, by what its waves have taken so far.

A wave works at an even pace once its tasks have begun; before that an execution is provisioned, and
behind it a snapshot is awaited. Both are taken to last as long as they did around the canary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from phase4.tables.cost_model import seconds_of


class Part(Protocol):
    """One table of a wave: dates, rows and tasks, when it was planned, begun and last recorded."""

    @property
    def wave(self) -> int: ...
    @property
    def planned(self) -> int: ...
    @property
    def recorded(self) -> int: ...
    @property
    def players(self) -> int: ...
    @property
    def players_done(self) -> int: ...
    @property
    def tasks(self) -> int: ...
    @property
    def planned_at(self) -> datetime | None: ...
    @property
    def began_at(self) -> datetime | None: ...
    @property
    def recorded_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class _Wave:
    """All tables of a wave; work is in seconds of one task by the cost model."""

    work: float
    done: float
    tasks: int
    planned_at: datetime | None
    began_at: datetime | None
    recorded_at: datetime | None

    @classmethod
    def of(cls, parts: Sequence[Part]) -> _Wave:
        return cls(
            work=sum(seconds_of(part.planned, part.players) for part in parts),
            done=sum(seconds_of(part.recorded, part.players_done) for part in parts),
            tasks=max(part.tasks for part in parts),
            planned_at=min((p.planned_at for p in parts if p.planned_at), default=None),
            began_at=min((p.began_at for p in parts if p.began_at), default=None),
            recorded_at=max((p.recorded_at for p in parts if p.recorded_at), default=None),
        )


@dataclass(frozen=True)
class _Begun:
    """A wave of which something is recorded."""

    wave: _Wave
    planned_at: datetime
    began_at: datetime
    recorded_at: datetime

    @property
    def pace(self) -> float:
        """Seconds that a second of the cost model takes one of its tasks."""
        taken = (self.recorded_at - self.began_at).total_seconds()
        return taken * self.wave.tasks / self.wave.done


def seconds_to_go(looked_at: datetime, parts: Sequence[Part]) -> float | None:
    """Seconds until the end; None before the first outcome."""
    numbers = sorted({part.wave for part in parts})
    waves = [_Wave.of([part for part in parts if part.wave == number]) for number in numbers]
    begun = [made for wave in waves if (made := _begun(wave))]
    if not begun:
        return None
    first, last = begun[0], begun[-1]
    to_come = waves[waves.index(last.wave) + 1 :]
    # What a task that died has left of an earlier wave comes no more.
    working = sum(
        (wave.work - wave.done) * last.pace / wave.tasks for wave in (last.wave, *to_come)
    )
    provisioning = (first.began_at - first.planned_at).total_seconds()
    snapshot = _snapshot_seconds(begun, provisioning)
    between = len(to_come) * (provisioning + snapshot) + snapshot
    waited = (looked_at - last.recorded_at).total_seconds()
    return max(working + between - waited, 0.0)


def _begun(wave: _Wave) -> _Begun | None:
    if wave.planned_at and wave.began_at and wave.recorded_at and wave.done:
        return _Begun(wave, wave.planned_at, wave.began_at, wave.recorded_at)
    return None


def _snapshot_seconds(begun: Sequence[_Begun], provisioning: float) -> float:
    """What lay between the first two waves beside the provisioning of the second; 0 if unknown."""
    if len(begun) < 2:
        return 0.0
    gap = (begun[1].began_at - begun[0].recorded_at).total_seconds()
    return max(gap - provisioning, 0.0)
