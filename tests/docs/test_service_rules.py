"""The page of service rules names tests that exist, and modules that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "service-rules.md").read_text()
RULES = [
    *(f"S{number}" for number in range(1, 9)),
    *(f"T{number}" for number in range(1, 9)),
    *(f"L{number}" for number in range(1, 13)),
]


def defined_tests() -> set[str]:
    folders = (ROOT / "tests", ROOT / "laptop" / "tests")
    sources = (path.read_text() for folder in folders for path in folder.rglob("test_*.py"))
    return {name for text in sources for name in re.findall(r"^ *def (test_\w+)", text, re.M)}


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named
    assert named - defined_tests() == set()


def test_every_module_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:bigquery|run|workflows|pubsub)/[\w./-]+\.\w+)`", PAGE))
    assert named
    assert [name for name in sorted(named) if not (ROOT / "laptop" / name).is_file()] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_on_the_page(rule: str) -> None:
    assert re.search(rf"^\| {rule}\b", PAGE, re.M)
