"""What the documents say is what the code has."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from phase4.tables.checks import registry
from phase4.tables.reference import lines
from phase4.tables.routines import SQL
from phase4.tables.thresholds import METRICS
from tests.docs.pages import ROOT, every_page

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
REASON = re.compile(r"reason: ([A-Z_]+)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")


def test_the_table_reference_is_current() -> None:
    assert (ROOT / "docs" / "tables.md").read_text().strip() == "\n".join(lines()).strip()


@pytest.mark.parametrize("name", [f"check:{name}" for name in registry()])
def test_the_runbook_knows_every_check(name: str) -> None:
    assert f"`{name}`" in RUNBOOK


@pytest.mark.parametrize("name", [name for name in METRICS if name != "date_players_pct"])
def test_the_runbook_knows_every_metric(name: str) -> None:
    assert f"`{name}`" in RUNBOOK


@pytest.mark.parametrize("workflow", ["phase4-backfill", "weekly-health"])
def test_the_runbook_knows_every_reason_of_a_workflow(workflow: str) -> None:
    reasons = set(REASON.findall((ROOT / "workflows" / f"{workflow}.yaml").read_text()))
    assert reasons
    assert {reason for reason in reasons if f"`{reason}`" not in RUNBOOK} == set()


def test_the_states_of_a_date_are_told_in_the_order_in_which_they_are_asked() -> None:
    ladder = (SQL / "routines" / "date_status_within.sql").read_text()
    asked = list(dict.fromkeys(re.findall(r"^ +'([A-Z_]+)' AS state", ladder, re.MULTILINE)))
    page = (ROOT / "docs" / "architecture.md").read_text()
    told = re.findall(r"^\| ([A-Z_]+) \|", page, re.MULTILINE)
    # The rules before it have several states, which the page tells in words.
    first = "BLOCKED_QUALITY"
    assert told[told.index(first) :] == [*asked[asked.index(first) :], "COMPLETE"]


def test_every_fault_is_held_by_tests_that_exist() -> None:
    named = TEST.findall((ROOT / "docs" / "faults.md").read_text())
    assert len(named) > 25
    gone = [(file, name) for file, name in named if f"def {name}(" not in (ROOT / file).read_text()]
    assert gone == []


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for file, heading in LINK.findall(page.read_text()):
        if "://" not in file:
            target = page.parent / file if file else page
            assert target.exists(), file
            assert not heading or heading in headings(target), (file, heading)


def headings(page: Path) -> set[str]:
    """The headings of a page as a link names them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@cache
def kinds() -> set[str]:
    """Every kind of resource of the configuration."""
    files = (ROOT / "terraform").glob("*.tf")
    return {
        kind for path in files for kind in re.findall(r'^resource "(\w+)"', path.read_text(), re.M)
    }


def test_the_page_of_terraform_places_every_kind_of_resource() -> None:
    """`google_bigquery_dataset`, `_table`: a name that begins so goes on from the one before."""
    named, before = set(), ""
    for word in re.findall(r"`(\w+)(?:\.\w+)?`", (ROOT / "docs" / "terraform.md").read_text()):
        starts = [before[: place.start()] for place in re.finditer("_", before)] + [before]
        named |= {start + word for start in starts} if word.startswith("_") else {word}
        before = before if word.startswith("_") else word
    assert kinds() - named == set()
