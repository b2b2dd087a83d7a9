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
    *(f"L{number}" for number in range(1, 16)),
    *(f"C{number}" for number in range(1, 8)),
    *(f"Q{number}" for number in range(1, 8)),
    *(f"A{number}" for number in range(1, 14)),
    *(f"N{number}" for number in range(1, 10)),
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
    named = set(re.findall(r"`((?:bigquery|run|workflows|pubsub|storage)/[\w./-]+\.\w+)`", PAGE))
    assert named
    assert [name for name in sorted(named) if not (ROOT / "laptop" / name).is_file()] == []


def rows() -> list[list[str]]:
    """The cells of every row, a rule or a form first, a test last."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [row for row in cells if row[-1] != "test"]


def test_every_row_says_its_source_and_what_holds_it() -> None:
    assert [row[0] for row in rows() if not all(row[:-1])] == []


def test_every_row_that_is_held_names_a_test() -> None:
    held = [row for row in rows() if "not held" not in row[0]]
    assert [row[0] for row in held if not re.search(r"`test_\w+`|`tests/\S+\.py`", row[-1])] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_on_the_page(rule: str) -> None:
    assert re.search(rf"^\| {rule}\b", PAGE, re.M)
