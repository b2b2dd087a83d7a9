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
