"""The pages of the house that people write."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for folder in (".", "docs", "laptop", "laptop/docs", "sample", "requirements", "bench")
    for path in (ROOT / folder).glob("*.md")
)
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def sample_outputs() -> list[list[str]]:
    """The lines of each output of the demo that README shows, but for those left out."""
    blocks = (ROOT / "README.md").read_text().split("```")[1::2]
    return [
        [line for line in block.strip("\n").splitlines() if line.strip() not in ("", "…")]
        for block in blocks
        if "verdict: passed" in block
    ]
