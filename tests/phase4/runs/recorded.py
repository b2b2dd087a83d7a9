"""Runs as `phase4 status` saw them, each look at which another batch was on record.

Kept by `python -m bench.service --record`: real runs on a laptop as slow as the service (scale 1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from phase4.runs.progress import Wave
from phase4.runs.time_to_go import seconds_to_go
from phase4.tables.tally import Tally


@dataclass(frozen=True)
class Look:
    """What was seen at one moment."""

    looked_at: datetime
    waves: tuple[Wave, ...]

    @classmethod
    def of(cls, look: Mapping[str, Any]) -> Look:
        """A look as it is kept."""
        waves = tuple(Wave(**_with_moments(wave)) for wave in look["waves"])
        return cls(datetime.fromisoformat(look["looked_at"]), waves)

    @property
    def planned(self) -> int:
        """Dates of all waves."""
        return sum(wave.planned for wave in self.waves)

    @property
    def recorded(self) -> int:
        """Dates with an outcome."""
        return sum(wave.recorded for wave in self.waves)

    @property
    def seconds_to_go(self) -> float | None:
        """What would have been told."""
        return seconds_to_go(self.looked_at, self.waves)


@dataclass(frozen=True)
class Recorded:
    """A run that has ended."""

    started_at: datetime
    finished_at: datetime
    looks: tuple[Look, ...]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.finished_at - self.started_at).total_seconds()

    def left(self, look: Look) -> float:
        """How long it still took from a look on."""
        return (self.finished_at - look.looked_at).total_seconds()


def recorded(name: str) -> Recorded:
    """The run that is kept under a name beside this file."""
    kept = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    started, finished = (
        datetime.fromisoformat(kept[-1][moment]) for moment in ("started_at", "finished_at")
    )
    return Recorded(started, finished, tuple(Look.of(look) for look in kept))


def _with_moments(wave: Mapping[str, Any]) -> dict[str, Any]:
    moments = ("planned_at", "began_at", "recorded_at")
    read = {name: wave[name] and datetime.fromisoformat(wave[name]) for name in moments}
    return {**wave, **read, "tally": Tally(**wave["tally"])}
