"""The one sentence on top: the most urgent thing, with the command that comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from phase4.runs.overview import Overview
from phase4.site.advice import advice_of
from phase4.site.facts import SeasonNow, Site, TableNow
from phase4.site.page import html
from phase4.site.states import TableDate
from phase4.tables.filled import DEFAULT, FILLED
from phase4.tables.rows.runs import RecentRun
from phase4.tables.rows.snapshots import AlertTransition, JudgedSnapshot, SignsOfLife
from tests.rows import row_of

AT = datetime(2025, 1, 20, tzinfo=UTC)
UPSTREAM = next(name for name, table in FILLED.items() if table.is_added_to)


def day(state: str, number: int = 1, games: int = 10, filled: int = 0) -> TableDate:
    return TableDate(date(2025, 1, number), state, "so", games, filled, games)


def test_of_the_games_that_exempt_dates_lack_none_is_wanted() -> None:
    early = (day("EXEMPT_BOOTSTRAP", 1, 12), day("EXEMPT_BOOTSTRAP", 2, 12, 12))
    table = TableNow(DEFAULT.name, "", (SeasonNow(2024, (*early, day("MISSING", 3, 8))),))
    assert (table.headline.coverage_pct, table.wanted.pct) == (37.5, 60.0)
    assert TableNow(DEFAULT.name, "", (SeasonNow(2024, early[:1]),)).wanted.pct is None


def site(*days: TableDate, upstream: tuple[TableDate, ...] = ()) -> Site:
    """A site of one season of the default table, and of one that feeds it."""
    tables = (
        TableNow(DEFAULT.name, "", (SeasonNow(2024, days),) if days else ()),
        TableNow(UPSTREAM, "", (SeasonNow(2024, upstream),) if upstream else ()),
    )
    overview = Overview([], [], [], row_of(SignsOfLife), 0)
    return Site(AT, tables, overview, [], [])


def test_a_run_on_its_way_is_followed_before_anything_else_is_started() -> None:
    known = site(day("MISSING"))
    run = row_of(RecentRun, run_id="r1", state="RUNNING")
    going_on = replace(known, overview=replace(known.overview, runs=[run]))
    assert advice_of(going_on).command == "phase4 status r1 --follow"
    silent = replace(run, lease_expired=True)
    asked = advice_of(replace(known, overview=replace(known.overview, runs=[silent])))
    assert (asked.tone, asked.command) == ("failed", "phase4 status r1")


def test_what_can_be_filled_is_counted_and_filled() -> None:
    advice = advice_of(site(day("COMPLETE", 1), day("MISSING", 2), day("STALE", 3, filled=10)))
    assert advice.text == "2 dates can be filled now (+10 games)."
    assert advice.command == (
        "phase4 run --start-date 2025-01-02 --end-date 2025-01-03 --reasons missing --reasons stale"
    )


def test_what_upstream_owes_is_filled_from_the_layer_before_where_that_can_be() -> None:
    blocked = replace(day("BLOCKED_UPSTREAM", 2), attainable_games=0)
    advice = advice_of(site(blocked, upstream=(day("MISSING", 2),)))
    assert advice.command.endswith("--tables all")
    assert "upstream owes 10 games on 1 date" in advice.text


def test_what_upstream_owes_and_nobody_can_fill_is_shown_with_its_gaps() -> None:
    advice = advice_of(site(replace(day("BLOCKED_UPSTREAM", 2), attainable_games=0)))
    assert advice.command == "phase4 gaps --start-date 2025-01-02 --end-date 2025-01-02"


def test_games_that_l3_lacks_on_complete_dates_are_owed_too() -> None:
    blocked = replace(day("BLOCKED_UPSTREAM", 2), attainable_games=0)
    incomplete = replace(day("COMPLETE", 3, filled=9), attainable_games=9)
    by_design = replace(day("EXEMPT_BOOTSTRAP", 4), attainable_games=0)
    advice = advice_of(site(blocked, incomplete, by_design))
    assert advice.text.endswith("upstream owes 11 games on 2 dates.")
    assert advice.command == "phase4 gaps --start-date 2025-01-02 --end-date 2025-01-03"
    assert "owes 1 game on 1 date" in advice_of(site(incomplete)).text


def test_an_open_alert_keeps_good_news_back() -> None:
    known = site(day("COMPLETE"))
    assert advice_of(known).tone == "passed"
    alert = row_of(AlertTransition, metric="check:l1_outage", fix="phase4 gaps")
    alarmed = replace(known, overview=replace(known.overview, alerts=[alert]))
    assert (advice_of(alarmed).tone, advice_of(alarmed).command) == ("other", "phase4 gaps")
    assert advice_of(alarmed).text == "Nothing to fill, but 1 open alert: l1_outage."


FILL = "phase4 run --start-date 2025-01-02 --end-date 2025-01-03"
FIX = (
    "only upstream can, on 2025-01-02; what lacks there: phase4 gaps;"
    f" first days of a season: {FILL}"
)


@pytest.mark.parametrize(
    ("fix", "command"),
    [
        (f"{FILL} --force; first days of a season: {FILL}", f"{FILL} --force"),
        (FIX, "phase4 gaps"),
        (f"first days of a season: {FILL} --bootstrap-days 0", f"{FILL} --bootstrap-days 0"),
        # What comes after something else, and what lets rows go, is nothing to do at once.
        (f"BLOCKED_UPSTREAM: backfill L3 for these dates, then {FILL}", "phase4 alerts"),
        (f"BLOCKED_SHRUNK: restore L3, or let the rows go: {FILL} --accept-loss", "phase4 alerts"),
    ],
)
def test_what_comes_next_is_a_command_and_nothing_else(fix: str, command: str) -> None:
    known = site(day("COMPLETE"))
    alert = row_of(AlertTransition, metric="l4_coverage_pct", fix=fix)
    alarmed = replace(known, overview=replace(known.overview, alerts=[alert]))
    assert advice_of(alarmed).command == command


def test_words_of_a_cure_stand_beside_its_commands() -> None:
    known = site(day("COMPLETE"))
    alert = row_of(AlertTransition, metric="l4_coverage_pct", fix=FIX, opened_at=AT, measured_at=AT)
    page = html(replace(known, overview=replace(known.overview, alerts=[alert])), {})
    assert "what lacks there:<code" in page
    assert f'<code class="next">{FILL}</code>' in page
    assert "only upstream can, on 2025-01-02<br>" in page


def test_tables_beside_the_main_one_give_it_no_game() -> None:
    blocked = replace(day("BLOCKED_QUALITY", 2), attainable_games=0)
    beside = next(n for n, t in FILLED.items() if not t.is_added_to and not t.is_default)
    known = site(blocked)
    zones = TableNow(beside, "", (SeasonNow(2024, (day("MISSING", 2),)),))
    advice = advice_of(replace(known, tables=(*known.tables, zones)))
    assert advice.command == "phase4 gaps --start-date 2025-01-02 --end-date 2025-01-02"


@pytest.mark.parametrize("known", [site(), site(day("MISSING")), site(day("NO_GAMES"))])
def test_a_page_of_little_is_a_page_without_an_address(known: Site) -> None:
    page = html(known, {})
    assert "http" not in page
    assert page.rstrip().endswith("</html>")


def test_what_tables_hold_is_escaped() -> None:
    known = site(replace(day("MISSING"), reason="<script>"))
    snapshots = [row_of(JudgedSnapshot, scope="<script>", coverage_pct=1.0, snapshot_at=AT)] * 2
    assert "<script>" not in html(replace(known, snapshots=snapshots), {})
