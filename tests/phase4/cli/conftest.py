"""A laptop cloud on which one run has ended, started as gcloud would start it."""

from __future__ import annotations

import pytest

from tests.laptop import Laptop

RANGE = ("2025-11-01", "2025-12-12")


@pytest.fixture(scope="module")
def run_id(laptop: Laptop) -> str:
    """A finished run over two months: bootstrap, blocked dates, an off day, filled gaps."""
    execution = laptop.run(
        start_date=RANGE[0], end_date=RANGE[1], purpose="tests <&>", owner="operator"
    )
    return execution.run_id
