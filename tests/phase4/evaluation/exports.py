"""Exports made by hand: how much the points of a game follow from a factor is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from phase4.tables.training import FACTORS, FEATURES, LABEL
from phase4.training import files

FIRST = date(2024, 11, 10)
DATES, PLAYERS = 120, 40


def export(folder: Path, *, weight: float, real: bool = True) -> Path:
    """Points = what the player usually scores + weight * usage_spike_score + chance."""
    rng = np.random.default_rng(7)
    size = DATES * PLAYERS
    usual = np.tile(rng.uniform(4, 25, PLAYERS), DATES)
    spike = rng.uniform(-3, 3, size)
    points = np.rint(np.clip(usual + weight * spike + rng.normal(0, 4, size), 0, None))
    values = {feature.name: np.full(size, feature.default or 0.0) for feature in FEATURES}
    values["avg_points_this_season"] = usual
    if real:
        values["usage_spike_score"] = spike
    state = "real" if real else "defaulted"
    states = {
        feature.state: [state if feature in FACTORS else "real"] * size for feature in FEATURES
    }
    columns = {
        "game_date": [FIRST + timedelta(days=n // PLAYERS) for n in range(size)],
        "season_year": [2024] * size,
        "season_phase": [
            "before_all_star" if n // PLAYERS < 105 else "after_all_star" for n in range(size)
        ],
        "game_id": [f"game{n // PLAYERS:03}" for n in range(size)],
        "player_lookup": [f"player{n % PLAYERS:02}" for n in range(size)],
        LABEL: points,
        **values,
        **states,
    }
    rows = files.in_order(pa.table({name: pa.array(column) for name, column in columns.items()}))
    folder.mkdir(exist_ok=True)
    files.write(files.path_of(folder, 2024), rows, provenance(rows))
    return folder


def provenance(rows: pa.Table) -> files.Provenance:
    """What such a file says of itself."""
    return files.Provenance(
        season_year=2024,
        start_date=FIRST,
        end_date=FIRST + timedelta(days=DATES),
        snapshot_time=datetime(2026, 1, 1, tzinfo=UTC),
        tables=("l3", "l4"),
        origins=(),
        code_version="test",
        definition_sha256="",
        content_sha256=files.content_sha256(rows),
        rows=rows.num_rows,
    )
