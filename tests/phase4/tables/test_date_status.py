"""The state of a date, rule by rule: domain.md section 6. Every case has dates of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from phase4.cloud import routines
from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Row, Warehouse
from phase4.tables.arrow import table_of
from phase4.tables.rows.dates import DatePlayer
from sample.environment import create_tables
from tests.phase4.small_league import ALL, CHANGED, COMPUTED, DELIVERED, Day, load, moment, tables

OPENER = date(2023, 10, 24)
ALL_STAR = date(2024, 2, 16)
BY_ID = date(2023, 12, 28)
MISNAMED = date(2024, 1, 8)
UNDER_ITS_ID, OF_OTHERS, L3_ALONE = (MISNAMED + timedelta(days=number) for number in (1, 2, 3))
EMPTY = Day(players=(), l4=())
GAP = Day(l4=())
CASES: dict[str, tuple[date, Day, str]] = {
    "nothing at all": (date(2023, 12, 1), Day(l1_games=0, players=(), l4=()), "NO_GAMES"),
    "nothing but L4 rows": (date(2023, 12, 22), Day(l1_games=0, players=()), "OVERCOUNT"),
    "nothing but L4 rows, and none around": (
        date(2024, 1, 20),
        Day(l1_games=0, players=()),
        "BLOCKED_SHRUNK",
    ),
    "L3 has lost the game": (date(2023, 12, 24), Day(players=()), "BLOCKED_SHRUNK"),
    "L3 has lost a player": (date(2023, 12, 25), Day(players=ALL[1:]), "BLOCKED_SHRUNK"),
    **{
        f"listed with minutes {text!r}": (day, Day(l1_minutes=text, players=(), l4=()), state)
        for day, text, state in (
            (date(2023, 11, 10), None, "NO_GAMES"),
            (date(2023, 11, 11), "00:00", "NO_GAMES"),
            (date(2023, 11, 12), "0:75", "NO_GAMES"),
            (date(2023, 11, 13), "PPD 1/15", "NO_GAMES"),
            (date(2023, 11, 14), "0:48:00", "NO_GAMES"),
            (date(2023, 11, 15), "0:01", "BLOCKED_UPSTREAM"),
            (date(2023, 11, 16), "35.4", "BLOCKED_UPSTREAM"),
            (date(2023, 11, 17), "PT34M12.00S", "BLOCKED_UPSTREAM"),
        )
    },
    "L1 only": (date(2023, 12, 3), EMPTY, "BLOCKED_UPSTREAM"),
    "L3 only": (date(2023, 12, 4), Day(l1_games=0, l4=()), "MISSING"),
    "the day before the opener": (OPENER - timedelta(days=1), GAP, "EXEMPT_PRESEASON"),
    "the opener": (OPENER, GAP, "EXEMPT_BOOTSTRAP"),
    "day 13": (OPENER + timedelta(days=13), GAP, "EXEMPT_BOOTSTRAP"),
    "day 14": (OPENER + timedelta(days=14), GAP, "MISSING"),
    "the day before the All-Star break": (ALL_STAR - timedelta(days=1), GAP, "MISSING"),
    "the first All-Star day": (ALL_STAR, GAP, "EXEMPT_ALL_STAR"),
    "the last All-Star day": (ALL_STAR + timedelta(days=2), GAP, "EXEMPT_ALL_STAR"),
    "the day after the All-Star break": (ALL_STAR + timedelta(days=3), GAP, "MISSING"),
    "an exempt date with L4 rows": (OPENER + timedelta(days=3), Day(), "EXEMPT_BOOTSTRAP"),
    "a season without a known break": (date(2027, 2, 14), GAP, "MISSING"),
    "95 % with minutes": (date(2023, 12, 5), Day(l4=ALL[1:], without_minutes=1), "COMPLETE"),
    "90 % with minutes": (date(2023, 12, 6), Day(without_minutes=2), "BLOCKED_QUALITY"),
    "95 % with usage": (date(2023, 12, 7), Day(without_usage=1), "COMPLETE"),
    "90 % with usage": (date(2023, 12, 8), Day(without_usage=2), "BLOCKED_QUALITY"),
    "absurd usage": (date(2023, 12, 9), Day(usage="1196.81"), "BLOCKED_QUALITY"),
    "nobody played": (date(2023, 12, 10), Day(players=(), dnp=ALL, l4=()), "BLOCKED_QUALITY"),
    "no row": (date(2023, 12, 11), GAP, "MISSING"),
    "one player lacks": (date(2023, 12, 12), Day(l4=ALL[1:]), "PARTIAL"),
    "the right number, a wrong player": (
        date(2023, 12, 13),
        Day(l4=(*ALL[1:], "stranger")),
        "PARTIAL",
    ),
    "the right players in a wrong game": (
        date(2023, 12, 14),
        Day(l4_game="20231214_CCC_DDD"),
        "PARTIAL",
    ),
    "the right players under another id": (date(2023, 12, 26), Day(l4_game="17"), "COMPLETE"),
    "a player twice": (date(2023, 12, 15), Day(l4=(*ALL, ALL[0])), "OVERCOUNT"),
    "a stranger": (date(2023, 12, 16), Day(l4=(*ALL, "stranger")), "OVERCOUNT"),
    "a row of a player who sat": (
        date(2023, 12, 17),
        Day(dnp=("sitter",), l4=(*ALL, "sitter")),
        "OVERCOUNT",
    ),
    "a row of a player who sat in L3 and played in L1": (
        date(2023, 12, 29),
        Day(players=ALL[1:], dnp=ALL[:1]),
        "OVERCOUNT",
    ),
    "a team of which four played in L3 and all in L1": (
        date(2023, 12, 30),
        Day(players=ALL[:4], dnp=ALL[4:]),
        "BLOCKED_SHRUNK",
    ),
    "a row that a newer one takes back": (
        date(2024, 1, 13),
        Day(withdrawn=("sitter",)),
        "COMPLETE",
    ),
    "a row of L4 that a newer row of L3 takes back": (
        date(2024, 1, 14),
        Day(withdrawn=("sitter",), l4=(*ALL, "sitter")),
        "OVERCOUNT",
    ),
    "a newer row says that he played": (
        date(2024, 1, 15),
        Day(players=ALL[1:], restored=ALL[:1]),
        "COMPLETE",
    ),
    "a newer row says that he played, and L4 lacks him": (
        date(2024, 1, 16),
        Day(players=ALL[1:], restored=ALL[:1], l4=ALL[1:]),
        "PARTIAL",
    ),
    "all that a newer delivery takes back": (
        date(2024, 1, 17),
        Day(players=(), withdrawn=ALL, l4=()),
        "BLOCKED_QUALITY",
    ),
    "players who sat are not due": (date(2023, 12, 18), Day(dnp=("sitter",)), "COMPLETE"),
    "another version": (date(2023, 12, 19), Day(version="v1_4factors"), "STALE"),
    "another version and a lacking player": (
        date(2023, 12, 20),
        Day(version="v1_4factors", l4=ALL[1:]),
        "PARTIAL",
    ),
    "every player once": (date(2023, 12, 21), Day(), "COMPLETE"),
    "the day after": (date(2023, 12, 23), Day(), "COMPLETE"),
    "on record under a wrong team, of which the other plays": (MISNAMED, Day(), "COMPLETE"),
    "there under the id of another team, of which the other plays": (
        UNDER_ITS_ID,
        Day(l4_game=f"{UNDER_ITS_ID:%Y%m%d}_B0_C0"),
        "BLOCKED_SHRUNK",
    ),
    "on record with two teams that play nobody": (OF_OTHERS, Day(), "BLOCKED_SHRUNK"),
    "on record with a team that plays in L3 alone": (L3_ALONE, Day(l1_games=0), "BLOCKED_SHRUNK"),
    "on record by its id, as L3 named no opponents then": (BY_ID, Day(), "COMPLETE"),
}  # fmt: skip

AGEING = {
    "BLOCKED_SHRUNK",
    "MISSING",
    "PARTIAL",
    "OVERCOUNT",
    "STALE",
    "BLOCKED_UPSTREAM",
    "BLOCKED_QUALITY",
}
WINTER = date(2022, 1, 1)
CONE = {
    WINTER - timedelta(days=1): Day(),
    WINTER: Day(changed=("players",)),
    WINTER + timedelta(days=45): Day(),
    WINTER + timedelta(days=46): Day(),
}
PRESEASON_CHANGE, EARLY = date(2022, 10, 17), date(2022, 11, 10)
DEFENSE_CHANGE, OFFENSE_CHANGE = date(2023, 1, 2), date(2023, 5, 2)
ALL_STAR_CHANGE, AFTER_BREAK = date(2023, 2, 19), date(2023, 2, 24)
OTHERS = {
    PRESEASON_CHANGE: Day(changed=("players",)),
    EARLY: Day(),
    DEFENSE_CHANGE: Day(changed=("defense",)),
    ALL_STAR_CHANGE: Day(changed=("players",)),
    AFTER_BREAK: Day(),
    OFFENSE_CHANGE: Day(changed=("offense",)),
}
VERIFIED, TOO_EARLY, ONLY_FAILED = date(2024, 12, 1), date(2025, 2, 20), date(2025, 4, 20)
LEDGER = {
    VERIFIED: ("UNCHANGED", CHANGED),
    TOO_EARLY: ("UNCHANGED", COMPUTED),
    ONLY_FAILED: ("FAILED", CHANGED),
}
RECORDED = {
    BY_ID: f"{BY_ID:%Y%m%d}_A0_B0",
    MISNAMED: "B0-C0",
    UNDER_ITS_ID: "B0-C0",
    OF_OTHERS: "C0-D0",
    L3_ALONE: "B0-C0",
}


@pytest.fixture(scope="module")
def filled(warehouse: Warehouse) -> Warehouse:
    """The warehouse with all cases and a ledger."""
    days = {day: facts for day, facts, _ in CASES.values()} | CONE | OTHERS
    days |= dict.fromkeys(LEDGER, Day(changed=("players",)))
    load(warehouse, tables(days))
    create_tables(warehouse.client, warehouse.settings)
    row = {"run_id": "r", "wave": 1, "task": 0, "attempt": 0, "warnings": []}
    outcomes = [
        {
            **row,
            "game_date": day,
            "status": status,
            "read_at": moment(day, after + timedelta(hours=1)),
            "finished_at": moment(day, after + timedelta(hours=2)),
        }
        for day, (status, after) in LEDGER.items()
    ]
    outcomes += [
        {
            **row,
            "game_date": day,
            "status": "PUBLISHED",
            "games": [game],
            "finished_at": moment(day, COMPUTED),
        }
        for day, game in RECORDED.items()
    ]
    warehouse.append("nba_ops.outcomes", table_of("outcomes", outcomes), "ledger")
    return warehouse


@pytest.fixture(scope="module")
def states(filled: Warehouse) -> dict[date, Row]:
    """The state of every date from 2021 to 2027."""
    return status(filled, date(2021, 9, 1), date(2027, 3, 1))


def status(warehouse: Warehouse, first: date, last: date) -> dict[date, Row]:
    """Rows of date_status by date."""
    rows = warehouse.query(
        "SELECT * FROM nba_ops.date_status(@first, @last)", {"first": first, "last": last}
    )
    return {row["game_date"]: row for row in rows}


def with_history(warehouse: Warehouse, day: date, days: int) -> str:
    """The state of a date when a change reaches `days` days."""
    row = warehouse.row(
        "SELECT state FROM nba_ops.date_status_within(@day, @day, @days, 14)",
        {"day": day, "days": days},
    )
    return str(row["state"])


@pytest.mark.parametrize("case", CASES)
def test_state(states: dict[date, Row], case: str) -> None:
    day, _, expected = CASES[case]
    assert states[day]["state"] == expected


@pytest.mark.parametrize("case", CASES)
def test_every_state_has_a_reason(states: dict[date, Row], case: str) -> None:
    assert states[CASES[case][0]]["reason"]


def at_a_moment(warehouse: Warehouse, name: str, moment: datetime) -> str:
    """The name of a copy of a routine whose clock stands still."""
    known = routines.routines(warehouse.settings)
    [routine] = [routine for routine in known if routine.name == name]
    utc = routine.body.replace("CURRENT_DATE()", "CURRENT_DATE('UTC')")
    stopped = utc.replace("CURRENT_DATE(", f"DATE(TIMESTAMP '{moment:%Y-%m-%d %H:%M}:00+00', ")
    assert stopped != routine.body
    copy = replace(routine, name=f"{name}_at_{moment:%Y%m%d%H%M}", body=stopped)
    routines.create(copy, warehouse.client, warehouse.settings)
    return f"nba_ops.{copy.name}"


# Looks while the evening's games are being played and behind them, in summer time and in winter.
@pytest.mark.parametrize(
    ("moment", "last"),
    [
        (datetime(2026, 10, 26, 1, 30, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 26, 6, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 26, 7, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 11, 29, 1, 30, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 29, 7, 59, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 29, 8, 0, tzinfo=UTC), date(2026, 11, 28)),
    ],
)
def test_the_schedule_looks_at_no_date_that_is_still_being_played(
    filled: Warehouse, moment: datetime, last: date
) -> None:
    name = at_a_moment(filled, "health_ranges", moment)
    assert filled.row(f"SELECT end_date FROM {name}('')") == {"end_date": last}


def test_a_date_is_over_when_it_has_ended_where_games_end_last(filled: Warehouse) -> None:
    name = at_a_moment(filled, "date_status_within", datetime(2026, 11, 29, 1, 30, tzinfo=UTC))
    rows = filled.query(f"SELECT game_date, reason FROM {name}('2026-11-27', '2026-11-29', 45, 14)")
    unfinished = "the date is not over (America/Los_Angeles): no games in L1 or L3 yet"
    assert {row["game_date"].day: row["reason"] for row in rows} == {
        27: "no games in L1 or L3", 28: unfinished, 29: unfinished,
    }  # fmt: skip


def test_a_date_that_is_to_come_is_not_said_to_be_without_games(filled: Warehouse) -> None:
    today = filled.now().date()
    said = {
        days: status(filled, day, day)[day]
        for days in (-2, 1, 300)
        if (day := today + timedelta(days=days))
    }
    assert {row["state"] for row in said.values()} == {"NO_GAMES"}
    unfinished = "the date is not over (America/Los_Angeles): no games in L1 or L3 yet"
    assert [said[days]["reason"] for days in (-2, 1, 300)] == [
        "no games in L1 or L3", unfinished, unfinished,
    ]  # fmt: skip


def test_every_date_of_the_range_has_one_row(filled: Warehouse) -> None:
    first, last = date(2023, 11, 20), date(2023, 12, 31)
    assert sorted(status(filled, first, last)) == [
        first + timedelta(days=n) for n in range((last - first).days + 1)
    ]


def test_a_range_of_one_date_says_the_same(filled: Warehouse, states: dict[date, Row]) -> None:
    day = CASES["one player lacks"][0]
    assert status(filled, day, day) == {day: states[day]}


def test_games_delivered_twice_count_once(states: dict[date, Row]) -> None:
    assert states[CASES["L1 only"][0]]["l1_games"] == 1


def test_players_are_counted_by_identity(states: dict[date, Row]) -> None:
    row = states[CASES["the right number, a wrong player"][0]]
    counts = [row[f"{kind}_players"] for kind in ("expected", "present", "missing", "extra")]
    assert counts == [20, 19, 1, 1]


def test_the_lacking_player_is_named(states: dict[date, Row]) -> None:
    row = states[CASES["one player lacks"][0]]
    assert row["reason"] == "L4 has 19 of 20 players (95.0 %); missing: player00"


@pytest.mark.parametrize("table", ["player_shot_zone_analysis", "team_defense_zone_analysis"])
def test_who_a_newer_row_takes_back_is_due_in_no_table(filled: Warehouse, table: str) -> None:
    day = CASES["all that a newer delivery takes back"][0]
    (row,) = filled.query(f"SELECT * FROM nba_ops.{table}_status(@day, @day, 45, 14)", {"day": day})
    assert row["expected_rows"] == 0


def test_who_a_newer_row_takes_back_is_not_said_to_lack(filled: Warehouse) -> None:
    day = CASES["a row that a newer one takes back"][0]
    assert ask(filled, DatePlayer, game_date=day) == []


def test_a_gap_is_as_old_as_the_first_l3_row(states: dict[date, Row]) -> None:
    day = CASES["no row"][0]
    assert states[day]["gap_since"] == moment(day, DELIVERED)


def test_a_blocked_date_is_as_old_as_its_first_raw_row(states: dict[date, Row]) -> None:
    day = CASES["L1 only"][0]
    assert states[day]["gap_since"] == moment(day, DELIVERED)


def test_a_stale_date_is_as_old_as_the_oldest_change(states: dict[date, Row]) -> None:
    assert states[WINTER + timedelta(days=45)]["gap_since"] == moment(WINTER, CHANGED)


@pytest.mark.parametrize("case", ["a stranger", "another version"])
def test_rows_that_are_wrong_in_themselves_are_as_old_as_their_computation(
    states: dict[date, Row], case: str
) -> None:
    day = CASES[case][0]
    assert states[day]["gap_since"] == moment(day, COMPUTED)


@pytest.mark.parametrize("case", [name for name, (_, _, state) in CASES.items() if state in AGEING])
def test_every_gap_has_an_age(states: dict[date, Row], case: str) -> None:
    row = states[CASES[case][0]]
    midnights = (datetime.now(UTC).date() - row["gap_since"].date()).days
    assert midnights - row["age_days"] in (0, 1)


def test_a_complete_date_has_no_age(states: dict[date, Row]) -> None:
    row = states[CASES["every player once"][0]]
    assert (row["gap_since"], row["age_days"]) == (None, None)


@pytest.mark.parametrize(
    ("days", "state"), [(-1, "COMPLETE"), (0, "STALE"), (45, "STALE"), (46, "COMPLETE")]
)
def test_a_change_reaches_its_date_and_the_45_days_behind_it(
    states: dict[date, Row], days: int, state: str
) -> None:
    assert states[WINTER + timedelta(days=days)]["state"] == state


def test_on_request_a_change_reaches_the_whole_season(filled: Warehouse) -> None:
    assert with_history(filled, WINTER + timedelta(days=46), 400) == "STALE"


def test_a_change_never_reaches_the_next_season(filled: Warehouse) -> None:
    assert with_history(filled, EARLY, 400) == "COMPLETE"


def test_preseason_games_are_nobodys_history(states: dict[date, Row]) -> None:
    assert states[EARLY]["state"] == "COMPLETE"


def test_all_star_games_are_nobodys_history(states: dict[date, Row]) -> None:
    assert states[AFTER_BREAK]["state"] == "COMPLETE"


@pytest.mark.parametrize("day", [DEFENSE_CHANGE, OFFENSE_CHANGE], ids=["defence", "offence"])
def test_team_rows_are_history_too(states: dict[date, Row], day: date) -> None:
    assert states[day]["state"] == "STALE"


def test_the_reason_names_the_changed_dates(states: dict[date, Row]) -> None:
    assert states[WINTER + timedelta(days=45)]["reason"] == (
        "L3 changed after L4 was computed on 1 dates: 2022-01-01"
    )


def test_a_date_found_equal_after_the_change_is_not_stale(states: dict[date, Row]) -> None:
    assert states[VERIFIED]["state"] == "COMPLETE"


@pytest.mark.parametrize("day", [TOO_EARLY, ONLY_FAILED], ids=["read before the change", "failed"])
def test_only_an_equal_outcome_read_after_the_change_counts(
    states: dict[date, Row], day: date
) -> None:
    assert states[day]["state"] == "STALE"


def test_the_raw_table_still_demands_its_partition_filter(filled: Warehouse) -> None:
    with pytest.raises(Exception, match="partition"):
        filled.query("SELECT COUNT(*) AS rows_there FROM nba_raw.bdl_player_boxscores")


def test_a_season_that_the_calendar_lacks_is_an_error(filled: Warehouse) -> None:
    filled.query(
        "INSERT INTO nba_raw.bdl_player_boxscores (game_id, game_date) VALUES ('g', '2031-01-15')"
    )
    with pytest.raises(
        Exception, match="UNKNOWN: the calendar has no season 2030, needed for 2031"
    ):
        status(filled, date(2031, 1, 1), date(2031, 1, 31))
