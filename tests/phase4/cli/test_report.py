"""The report of a run: its figures are those of the tables, and the page works in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from phase4.cloud.queries import ask
from phase4.formats import percent
from phase4.report.calendar import seasons_of
from phase4.report.dates import ReportDate
from phase4.report.waterfall import steps_of
from phase4.site import site_of
from phase4.tables.filled import FILLED
from phase4.tables.rows.players import PlayerGames
from tests.command_line import only
from tests.laptop import Laptop
from tests.phase4.cli.conftest import RANGE
from tests.rows import row_of

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Written:
    """The three forms of the report of one run."""

    html: str
    markdown: str
    facts: dict[str, Any]


@pytest.fixture(scope="module")
def written(laptop: Laptop, run_id: str, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("report")
    for name in ("report.html", "report.md", "report.json"):
        done = laptop.phase4("report", run_id, "--out", str(folder / name))
        assert done.code == 0, done.err
    html, markdown, facts = (
        (folder / name).read_text() for name in ("report.html", "report.md", "report.json")
    )
    return Written(html, markdown, json.loads(facts))


def text_of(html: str) -> str:
    """What a reader sees, spaces put together."""
    body = re.sub(r"<(style|script).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class TestFigures:
    def test_headline_is_that_of_the_last_snapshot(
        self, laptop: Laptop, run_id: str, written: Written
    ) -> None:
        snapshot = laptop.snapshots(run_id)[-1]
        seen = text_of(written.html)
        assert f"→ {percent(snapshot['coverage_pct'])}" in seen
        assert f"{snapshot['covered_games']:,} of {snapshot['due_games']:,} games" in seen
        verdict = snapshot["verdict"]
        assert f'<div class="verdict {verdict}">{verdict.capitalize()}</div>' in written.html

    def test_every_date_is_in_the_calendar_with_its_state(
        self, laptop: Laptop, written: Written
    ) -> None:
        shown = Counter(re.findall(r'class="day (\w+)" data-n', written.html))
        assert shown == Counter(row["state"] for row in laptop.states(*RANGE).values())

    def test_the_data_of_the_page_are_those_of_date_status(
        self, laptop: Laptop, written: Written
    ) -> None:
        (text,) = re.findall(r'id="dates">(.*?)</script>', written.html, flags=re.DOTALL)
        data = json.loads(text)
        states = laptop.states(*RANGE)
        for values in data["dates"]:
            row = dict(zip(data["columns"], values, strict=True))
            status = next(each for day, each in states.items() if str(day) == row["game_date"])
            for name in ("state", "reason", "l1_games", "l3_games", "l4_games", "present_players"):
                assert row[name] == status[name]

    def test_losses_and_covered_games_add_up_to_the_games_that_are_due(
        self, laptop: Laptop, run_id: str, written: Written
    ) -> None:
        snapshot = laptop.snapshots(run_id)[-1]
        lost = sum(lift["games"] for lift in written.facts["lifts"])
        assert lost + snapshot["covered_games"] == snapshot["due_games"]

    def test_every_criterion_and_every_check_is_shown(
        self, laptop: Laptop, run_id: str, written: Written
    ) -> None:
        snapshot = laptop.snapshots(run_id)[-1]
        seen = text_of(written.html)
        for criterion in snapshot["criteria"]:
            assert criterion["name"].replace("_", " ") in seen
        for check in snapshot["checks"]:
            assert check["name"] in seen

    def test_each_task_has_its_bar(self, laptop: Laptop, run_id: str, written: Written) -> None:
        tasks = {(row["wave"], row["task"], row["attempt"]) for row in laptop.outcomes(run_id)}
        assert written.html.count('class="task ') == len(tasks)

    def test_the_waterfall_ends_with_the_rows_of_the_table(
        self, laptop: Laptop, written: Written
    ) -> None:
        steps = {step["name"]: step["players"] for step in written.facts["steps"]}
        (row,) = laptop.sql(
            "SELECT COUNT(*) AS n FROM nba_precompute.player_composite_factors"
            " WHERE game_date BETWEEN @a AND @b",
            a=RANGE[0],
            b=RANGE[1],
        )
        assert steps["L4"] == row["n"]
        assert list(steps.values()) == sorted(steps.values(), reverse=True)

    def test_who_played_by_l1_counts_once_under_however_many_ids(self, laptop: Laptop) -> None:
        raw, day = "nba_raw.bdl_player_boxscores", date(2025, 11, 14)
        (once,) = ask(laptop.warehouse, PlayerGames, start_date=day, end_date=day)
        laptop.sql(
            f"INSERT INTO {raw} SELECT * REPLACE ('BDL1' AS game_id,"
            " home_team_abbr AS away_team_abbr, away_team_abbr AS home_team_abbr)"
            f" FROM {raw} WHERE game_date = @day",
            day=day,
        )
        (twice,) = ask(laptop.warehouse, PlayerGames, start_date=day, end_date=day)
        laptop.sql(f"DELETE FROM {raw} WHERE game_date = @day AND game_id = 'BDL1'", day=day)
        assert twice == once

    def test_what_models_train_on_is_that_of_the_receipt(self, written: Written) -> None:
        features = written.facts["receipt"]["training"]["features"]
        counts = [each["now"] for each in features if each["feature"] == "pace_score"]
        real, total = (
            sum(each["real"] for each in counts),
            sum(sum(each.values()) for each in counts),
        )
        figure = f"({real:,} of {total:,})"
        assert figure in text_of(written.html)
        assert figure in written.markdown

    def test_markdown_says_the_same(self, laptop: Laptop, run_id: str, written: Written) -> None:
        snapshot = laptop.snapshots(run_id)[-1]
        games = (snapshot["due_games"], snapshot["covered_games"])
        assert f"→ {percent(snapshot['coverage_pct'], *games)} |" in written.markdown
        for lift in written.facts["lifts"]:
            assert f"| {lift['reason']} | {lift['games']:,} |" in written.markdown

    def test_without_a_run_it_is_the_last_backfill(self, laptop: Laptop, run_id: str) -> None:
        done = laptop.phase4("report", "--format", "json")
        assert json.loads(done.out)["receipt"]["run"]["run_id"] == run_id


class TestPage:
    def test_names_no_address_at_all(self, written: Written) -> None:
        assert re.findall(r"https?://|//[a-z]+\.|url\(|@import", written.html) == []

    def test_escapes_what_the_operator_wrote(self, written: Written) -> None:
        assert "tests &lt;&amp;&gt;" in written.html
        assert "tests <&>" not in written.html.split("<script")[0]

    def test_every_picture_and_every_date_has_a_label(self, written: Written) -> None:
        assert len(re.findall("<svg ", written.html)) == len(
            re.findall(r'<svg [^>]*role="img" aria-label="[^"]+"', written.html)
        )
        days = re.findall(r"<button[^>]*data-n[^>]*>", written.html)
        assert all('aria-label="' in day for day in days)

    def test_knows_both_colour_schemes_phones_and_paper(self, written: Written) -> None:
        for query in ("prefers-color-scheme: dark", "max-width: 640px", "@media print"):
            assert query in written.html


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium to open the page")
class TestInABrowser:
    def open(self, page: str, folder: Path, *scripts: str) -> tuple[str, str]:
        """The page after its scripts and these, and what the console said."""
        file = folder / "page.html"
        extra = "".join(f"<script>{script}</script>" for script in scripts)
        file.write_text(page.replace("</body>", f"{extra}</body>"))
        done = subprocess.run(
            [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
             "--v=0", "--virtual-time-budget=2000", "--dump-dom", file.as_uri()],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.stdout, "\n".join(
            line for line in done.stderr.splitlines() if "CONSOLE" in line
        )

    def test_it_opens_without_a_word_on_the_console(self, written: Written, tmp_path: Path) -> None:
        page, console = self.open(written.html, tmp_path)
        assert "</html>" in page
        assert console == ""

    def test_an_error_would_be_seen(self, written: Written, tmp_path: Path) -> None:
        _, console = self.open(written.html, tmp_path, "no_such_thing()")
        assert "no_such_thing" in console

    def test_a_click_on_a_date_opens_its_details(
        self, laptop: Laptop, written: Written, tmp_path: Path
    ) -> None:
        status = next(row for day, row in laptop.states(*RANGE).items() if str(day) == "2025-11-20")
        number = (status["game_date"] - min(laptop.states(*RANGE))).days
        click = f"document.querySelector('[data-n=\"{number}\"]').click()"
        page, _ = self.open(written.html, tmp_path, click)
        detail = text_of(page.split('id="detail"')[1].split("</section>")[0])
        assert "20 November 2025" in detail
        assert status["reason"] in detail
        assert "phase4 explain 2025-11-20" in detail

    def test_the_arrow_keys_walk_from_date_to_date(self, written: Written, tmp_path: Path) -> None:
        walk = (
            "const start = document.querySelector('[data-n=\"3\"]'); start.focus();"
            "start.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown'}))"
        )
        page, _ = self.open(written.html, tmp_path, walk)
        assert re.findall(r'data-n="(\d+)"[^>]*aria-current="true"', page) == ["10"]

    def test_a_state_of_the_legend_singles_out_its_dates(
        self, written: Written, tmp_path: Path
    ) -> None:
        click = "document.querySelector('.legend [data-state=BLOCKED_UPSTREAM]').click()"
        page, _ = self.open(written.html, tmp_path, click)
        dates = re.findall(r'class="day (\w+)( dimmed)?"[^>]*data-n', page)
        assert {state for state, dimmed in dates if not dimmed} == {"BLOCKED_UPSTREAM"}

    @pytest.mark.parametrize("width", [390, 1280])
    def test_nothing_is_wider_than_the_window(
        self, written: Written, tmp_path: Path, width: int
    ) -> None:
        (tmp_path / "inner.html").write_text(written.html)
        frame = f'<iframe src="inner.html" style="width:{width}px;height:900px;border:0"></iframe>'
        measure = (
            "addEventListener('load', () => { const page ="
            " document.querySelector('iframe').contentDocument.documentElement;"
            " document.title = page.scrollWidth + ' of ' + page.clientWidth; })"
        )
        page, _ = self.open_with(tmp_path, f"<body>{frame}<script>{measure}</script></body>")
        wide, window = map(int, re.findall(r"<title>(\d+) of (\d+)</title>", page)[0])
        assert wide <= window

    def open_with(self, folder: Path, page: str) -> tuple[str, str]:
        """A page of our own that may look into a file beside it."""
        file = folder / "outer.html"
        file.write_text(f"<!doctype html><html><head><title></title></head>{page}</html>")
        done = subprocess.run(
            [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}",
             "--allow-file-access-from-files", "--virtual-time-budget=3000", "--dump-dom",
             file.as_uri()],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.stdout, done.stderr


@pytest.fixture(scope="module")
def site_folder(laptop: Laptop, run_id: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = laptop.phase4("site", "--out", str(folder))
    assert (done.code, "index.html" in done.err) == (0, True), run_id
    return folder


class TestSite:
    def test_links_the_report_of_the_last_run_that_lies_beside_it(
        self, laptop: Laptop, site_folder: Path
    ) -> None:
        (link,) = re.findall(r'href="(runs/[^"]+)"', (site_folder / "index.html").read_text())
        last = laptop.sql(
            "SELECT run_id FROM nba_ops.runs WHERE kind = 'backfill'"
            " ORDER BY started_at DESC LIMIT 1"
        )
        assert link == f"runs/{last[0]['run_id']}.html"
        assert last[0]["run_id"] in (site_folder / link).read_text()

    def test_says_of_every_season_what_the_tables_hold(
        self, laptop: Laptop, site_folder: Path
    ) -> None:
        states = laptop.states("2024-10-22", "2026-01-02").values()
        covered, due = (sum(row[name] for row in states) for name in ("covered_games", "due_games"))
        page = text_of((site_folder / "index.html").read_text())
        assert f"{covered:,} of {due:,} games" in page

    def test_shows_no_date_that_may_still_be_played(self, laptop: Laptop) -> None:
        table, warehouse = "nba_raw.bdl_player_boxscores", laptop.warehouse
        today = warehouse.now().date()
        laptop.sql(
            f"INSERT INTO {table} SELECT * REPLACE (@today AS game_date) FROM {table}"
            " WHERE game_date = '2025-11-12'",
            today=today,
        )
        try:
            shown = site_of(warehouse)
        finally:
            laptop.sql(f"DELETE FROM {table} WHERE game_date = @today", today=today)
        days = [row.game_date for season in shown.main.seasons for row in season.dates]
        assert max(days) == date(2026, 1, 2)

    def test_asks_a_fixed_number_of_statements(self, laptop: Laptop) -> None:
        asked = []
        for today in (date(2024, 11, 1), date(2026, 1, 2)):
            warehouse = laptop.warehouse
            before = warehouse.usage.queries
            with only({**os.environ, **laptop.cloud.environment}):
                site_of(warehouse, today)
            asked.append(warehouse.usage.queries - before)
        assert asked == [len(FILLED) + 6] * 2

    def test_a_folder_that_cannot_be_written_is_refused_by_name(
        self, laptop: Laptop, tmp_path: Path
    ) -> None:
        (tmp_path / "taken").write_text("")
        done = laptop.phase4("site", "--out", str(tmp_path / "taken" / "site"))
        assert (done.code, str(tmp_path / "taken") in done.err) == (2, True)


# Where `test_the_pages_are_pictured` leaves what it took, to be looked at.
PICTURES = Path(__file__).parents[3] / ".phase4" / "screenshots"
VIEWS = {
    "light.png": ("--window-size=1280,4000", "--screenshot"),
    "dark.png": (
        "--window-size=1280,4000",
        "--blink-settings=preferredColorScheme=0",
        "--screenshot",
    ),
    "phone.png": ("--window-size=500,9000", "--screenshot"),
    "print.pdf": ("--no-pdf-header-footer", "--print-to-pdf"),
}


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium to take pictures of the pages")
@pytest.mark.parametrize("page", ["site", "report"])
def test_the_pages_are_pictured(
    site_folder: Path, written: Written, tmp_path: Path, page: str
) -> None:
    shown = site_folder / "index.html"
    if page == "report":
        shown = tmp_path / "report.html"
        shown.write_text(written.html)
    PICTURES.mkdir(parents=True, exist_ok=True)
    taken = {}
    for view, (*options, way) in VIEWS.items():
        target = PICTURES / f"{page}-{view}"
        target.unlink(missing_ok=True)
        subprocess.run(
            [CHROMIUM, *QUIET, "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}",
             *options, f"{way}={target}", shown.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        taken[view] = target.read_bytes()
    widths = {view: int.from_bytes(taken[view][16:20], "big") for view in taken if "png" in view}
    assert widths == {"light.png": 1280, "dark.png": 1280, "phone.png": 500}
    assert taken["dark.png"] != taken["light.png"]
    assert taken["print.pdf"].startswith(b"%PDF")


def test_a_surplus_of_one_date_fills_no_hole_of_another() -> None:
    full = row_of(ReportDate, state="COMPLETE", l1_players=10, expected_players=12,
                  present_players=12, ready_players=12)  # fmt: skip
    empty = row_of(ReportDate, state="MISSING", l1_players=10, expected_players=10)
    assert [step.players for step in steps_of([full, empty])] == [20, 20, 20, 10, 10]


def test_a_report_without_dates_has_no_season() -> None:
    assert seasons_of([]) == ()


def test_a_season_counts_games_by_identity_and_those_that_are_due() -> None:
    day = row_of(ReportDate, game_date=date(2024, 12, 3), season_year=2024, state="MISSING",
                 l1_games=5, covered_games=3, due_games=6)  # fmt: skip
    [season] = seasons_of([day])
    assert (season.covered_games, season.due_games) == (3, 6)
