"""No silent pass: whatever is hurt, a date holds what the unhurt league gives, or is named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop
from tests.scenarios.damages import L4, PLAYERS, SOURCES, Damage, Game, damages

FIRST, LAST = date(2025, 2, 19), date(2025, 2, 26)
# Far enough back to be history of the range, near enough to make its dates stale.
HURT_FROM = FIRST - timedelta(days=30)
RANGE = {"start_date": str(FIRST), "end_date": str(LAST), "canary_dates": 0, "tasks": 1}
ALL_REASONS = ["missing", "partial", "overcount", "stale"]
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
# The id of a game is L3's to choose, and part of the row's hash; nobody plays twice on a date.
NOT_COMPARED = "game_id, data_hash, run_id, code_version, created_at, processed_at"
LEDGER = ("outcomes", "plan", "quarantine")
MEMORY = ("outcomes", "source_fingerprints")
# Three that are always the same, unless a long search is asked for (CONTRIBUTING.md).
SEARCHED = int(os.environ.get("PHASE4_SEARCH_EXAMPLES", "0"))
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Sound:
    """The league before it is hurt, filled and found in order."""

    laptop: Laptop
    games: Sequence[Game]
    content: Mapping[date, str]
    said: Mapping[date, frozenset[str]]

    def silent(self, hurt: Sequence[Damage], *, is_first_fill: bool) -> list[str]:
        """The dates that a run leaves with other rows than the unhurt league without a word.

        What an earlier run knew of the dates helps it, unless this is the first.
        """
        if is_first_fill:
            self.forget()
        for damage in hurt:
            for statement in damage.statements:
                self.laptop.sql(statement)
        run = self.laptop.run(**RANGE, reasons=ALL_REASONS)
        try:
            now = contents(self.laptop)
            wrong = [day for day in DAYS if now.get(day) != self.content.get(day)]
            said = sayings(self.laptop, run) if wrong else {}
            return [
                f"{day} after {run.state}" for day in wrong
                if not said.get(day, frozenset()) - self.said.get(day, frozenset())
            ]  # fmt: skip
        finally:
            self.restore(hurt, run)
            if is_first_fill:
                self.remember()

    def forget(self) -> None:
        """No row of L4 on the dates, and nothing on record of any run."""
        self.laptop.sql(f"DELETE FROM {L4} WHERE game_date BETWEEN '{FIRST}' AND '{LAST}'")
        for table in MEMORY:
            self.laptop.sql(f"DELETE FROM nba_ops.{table} WHERE TRUE")

    def remember(self) -> None:
        """What was forgotten, but for the rows of L4."""
        for table in MEMORY:
            self.laptop.sql(f"INSERT INTO nba_ops.{table} SELECT * FROM copies.{table}")

    def restore(self, hurt: Sequence[Damage], run: Execution) -> None:
        """Everything as it was before the damage, the ledger included."""
        hurt_days = {day for damage in hurt for day in damage.days}
        for table in sorted({table for damage in hurt for table in damage.tables} - {L4}):
            put_back(self.laptop, table, hurt_days)
        put_back(self.laptop, L4, {*hurt_days, *DAYS})
        for table in LEDGER:
            self.laptop.sql(f"DELETE FROM nba_ops.{table} WHERE run_id = @run", run=run.run_id)
        self.laptop.sql(
            "DELETE FROM nba_ops.source_fingerprints WHERE STARTS_WITH(reading, @run)",
            run=run.run_id,
        )
        self.laptop.sql(
            "DELETE FROM nba_ops.coverage_snapshots"
            " WHERE snapshot_date >= '2020-01-01' AND run_id = @run",
            run=run.run_id,
        )


@pytest.fixture(scope="module")
def sound(laptop: Laptop) -> Sound:
    """A filled range, and copies of all that may be hurt."""
    laptop.run(**RANGE, force=True)
    second = laptop.run(**RANGE, force=True)
    laptop.client.create_dataset("copies")
    for table in (*SOURCES, L4):
        laptop.sql(
            f"CREATE TABLE copies.{table.partition('.')[2]} AS SELECT * FROM {table}"
            f" WHERE game_date BETWEEN '{HURT_FROM}' AND '{LAST}'"
        )
    for table in MEMORY:
        laptop.sql(f"CREATE TABLE copies.{table} AS SELECT * FROM nba_ops.{table}")
    return Sound(laptop, games(laptop), contents(laptop), sayings(laptop, second))


def put_back(laptop: Laptop, table: str, days: Iterable[date]) -> None:
    """The rows of these dates as they were copied."""
    listed = ", ".join(f"'{day}'" for day in sorted(days))
    laptop.sql(f"DELETE FROM {table} WHERE game_date IN ({listed})")
    laptop.sql(
        f"INSERT INTO {table} SELECT * FROM copies.{table.partition('.')[2]}"
        f" WHERE game_date IN ({listed})"
    )


def games(laptop: Laptop) -> list[Game]:
    """The games of the range and of the days before it that L3 has."""
    rows = laptop.sql(
        "SELECT DISTINCT game_date, game_id, LEAST(team_abbr, opponent_team_abbr) AS one,"
        f" GREATEST(team_abbr, opponent_team_abbr) AS other FROM {PLAYERS}"
        f" WHERE game_date BETWEEN '{HURT_FROM}' AND '{LAST}' ORDER BY game_date, game_id"
    )
    return [Game(row["game_date"], row["game_id"], (row["one"], row["other"])) for row in rows]


def contents(laptop: Laptop) -> dict[date, str]:
    """A digest of the rows of each date, without provenance and ids of games."""
    rows = laptop.sql(
        "SELECT game_date, TO_HEX(SHA256(STRING_AGG(TO_JSON_STRING(t), '' ORDER BY"
        " TO_JSON_STRING(t)))) AS digest"
        f" FROM (SELECT * EXCEPT ({NOT_COMPARED}) FROM {L4}"
        f" WHERE game_date BETWEEN '{FIRST}' AND '{LAST}') AS t GROUP BY game_date"
    )
    return {row["game_date"]: row["digest"] for row in rows}


def sayings(laptop: Laptop, run: Execution) -> dict[date, frozenset[str]]:
    """What is said of each date after a run: by its state, outcome and rows, by failed checks."""
    found: dict[date, set[str]] = {day: set() for day in DAYS}
    for day, row in laptop.states(str(FIRST), str(LAST)).items():
        if row["state"] not in ("COMPLETE", "NO_GAMES"):
            found[day].add(f"{row['state']}: {row['reason']}")
    for row in laptop.outcomes(run.run_id):
        found[row["game_date"]] |= {*row["warnings"], row["reason"] or ""}
    for row in laptop.sql(
        f"SELECT game_date, player_lookup, issue FROM {L4}"
        " CROSS JOIN UNNEST(data_quality_issues) AS issue"
        f" WHERE game_date BETWEEN '{FIRST}' AND '{LAST}'"
    ):
        found[row["game_date"]].add(f"{row['player_lookup']}: {row['issue']}")
    for text in failed_checks(laptop, run):
        for day in DAYS:
            if str(day) in text:
                found[day].add(text)
    return {day: frozenset(texts - {""}) for day, texts in found.items()}


def failed_checks(laptop: Laptop, run: Execution) -> list[str]:
    """The details of the failed checks of a run's last snapshot."""
    snapshots: list[Row] = laptop.snapshots(run.run_id)
    return [
        f"{check['name']} {check['subject']}: {check['detail']}"
        for check in (snapshots[-1]["checks"] if snapshots else ())
        if check["outcome"] == "failed"
    ]


@settings(
    max_examples=SEARCHED or 3, derandomize=not SEARCHED, print_blob=bool(SEARCHED),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(data=st.data())
def test_no_damage_passes_in_silence(data: st.DataObject, sound: Sound) -> None:
    hurt = data.draw(damages(sound.games, FIRST))
    note("; ".join(damage.what for damage in hurt))
    assert sound.silent(hurt, is_first_fill=data.draw(st.booleans())) == []
