"""Figures read the same everywhere: one formatter, and it cuts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.formats import counted, few, figure, listed, percent, raised_message

ROOT = Path(__file__).parents[2]
# What formats or rounds a percentage on its own, and would round it up.
OWN_FORMATS = {
    ".py": re.compile(r"\.[1-9][fg]\} ?%"),
    ".sql": re.compile(r"ROUND\(100\b"),
    ".j2": re.compile(r"\.\d[fg]\" \| format"),
}


def test_things_are_counted_in_words() -> None:
    assert [counted(n, "date") for n in (0, 1, 2_000)] == ["0 dates", "1 date", "2,000 dates"]


def test_a_long_list_is_told_by_its_first_and_how_many_more() -> None:
    days = ["2025-01-08", "2025-01-12", "2025-01-13"]
    assert listed(days, 3) == ", ".join(days)
    assert listed(days, 2) == "2025-01-08, 2025-01-12 and 1 more"


def test_what_a_service_refused_is_told_in_its_own_words() -> None:
    refused = {"error": {"code": 403, "message": "Permission 'run.jobs.run' denied"}}
    raised = {"code": 403, "message": "HTTP server responded with error code 403", "body": refused}
    assert raised_message(raised) == "403 Permission 'run.jobs.run' denied"
    assert raised_message({**raised, "body": "<html>"}) == raised["message"]
    assert raised_message({"reason": "LOCKED", "message": "run r holds it"}) == "run r holds it"
    assert raised_message({"tags": ["TimeoutError"]}) == ""


@given(st.floats(0, 100))
def test_a_written_percentage_is_never_better_than_the_value(value: float) -> None:
    assert float(percent(value).removesuffix(" %")) <= value + 1e-5


@pytest.mark.parametrize(
    ("value", "text"),
    [(79.96, "79.9 %"), (80.0, "80.0 %"), (0.3, "0.3 %"), (99.999, "99.9 %"), (None, "-")],
)
def test_a_percentage_is_cut_and_not_rounded_up(value: float | None, text: str) -> None:
    assert percent(value) == text


def test_a_percentage_can_name_what_it_is_of() -> None:
    assert percent(81.4, 2027) == "81.4 % of 2,027"
    assert percent(81.4, 2027, 1650) == "81.4 % (1,650 of 2,027)"


def test_a_figure_in_per_cent_can_name_what_was_divided() -> None:
    assert figure(81.4, "%", 2027, 1650) == "81.4 % (1,650 of 2,027)"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (79.96, "%", "79.9 %"), (0.24999, "PSI", "0.249 PSI"), (3.0, "h", "3 h"),
        (1234.0, "", "1,234"), (-0.0004, "points", "-0.001 points"), (None, "h", "-"),
        (2.5, None, "2.5"), (1.0, "dates", "1 date"), (2.0, "dates", "2 dates"), (1.0, "h", "1 h"),
    ],
)  # fmt: skip
def test_a_figure_is_cut_and_has_its_unit(value: float | None, unit: str | None, text: str) -> None:
    assert figure(value, unit) == text


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("", ""),
        ("1; 2; 3; 4; 5; 6", "1; 2; 3; 4; 5; 6"),
        ("1; 2; 3; 4; 5; 6; 7", "1; 2; 3; 4; 5; and 2 more: --json"),
    ],
)
def test_of_many_findings_a_few_are_shown_and_the_rest_is_counted(told: str, shown: str) -> None:
    assert few(told, "--json") == shown


@pytest.mark.parametrize("suffix", OWN_FORMATS)
def test_nobody_formats_a_percentage_himself(suffix: str) -> None:
    files = set((ROOT / "phase4").rglob(f"*{suffix}")) - {ROOT / "phase4" / "formats.py"}
    assert [path.name for path in files if OWN_FORMATS[suffix].search(path.read_text())] == []
