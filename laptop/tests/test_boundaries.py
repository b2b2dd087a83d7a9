"""The laptop is anybody's: it imports nothing of the project around it and does not name it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from laptop.tests.imports import imported

FOLDER = Path(__file__).parents[1]
AROUND = {"phase4", "jobs", "functions", "sample", "release", "requirements", "bench", "tests"}
NAMES = re.compile(r"phase4|\bnba|precompute|backfill|league", re.IGNORECASE)
SUFFIXES = {".py", ".json", ".md", ".toml"}
HERE = Path(__file__)


@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.py")), ids=lambda p: str(p.relative_to(FOLDER))
)
def test_no_module_imports_the_project(path: Path) -> None:
    assert {name for name in imported(path) if name.partition(".")[0] in AROUND} == set()


def test_no_file_names_the_project() -> None:
    files = [p for p in FOLDER.rglob("*") if p.suffix in SUFFIXES and p != HERE]
    assert len(files) > 100
    named = {str(p.relative_to(FOLDER)): NAMES.findall(p.read_text()) for p in files}
    assert {name: words for name, words in named.items() if words} == {}
