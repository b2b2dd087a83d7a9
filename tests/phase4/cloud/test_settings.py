"""Settings: read once, checked by name, the same in every process."""

from __future__ import annotations

import pytest

from phase4.cloud.settings import Settings, SettingsError

PROJECT = {"PHASE4_PROJECT": "nba-data"}


def test_only_the_project_is_needed() -> None:
    assert Settings.from_environment(PROJECT) == Settings(project="nba-data")


def test_google_clouds_own_variable_names_the_project_too() -> None:
    assert Settings.from_environment({"GOOGLE_CLOUD_PROJECT": "nba-data"}).project == "nba-data"


def test_our_variable_wins_over_google_clouds() -> None:
    settings = Settings.from_environment({**PROJECT, "GOOGLE_CLOUD_PROJECT": "other-project"})
    assert settings.project == "nba-data"


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    settings = Settings.from_environment({**PROJECT, "PHASE4_LOCATION": ""})
    assert settings.location == "us-west2"


def test_another_process_reads_the_same_settings() -> None:
    settings = Settings(
        project="nba-data", raw_table="other_raw.boxscores", roster_table="a.b", deadline_seconds=7
    )
    assert Settings.from_environment(settings.environment()) == settings


def test_without_a_project_the_variable_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^PHASE4_PROJECT=''") as error:
        Settings.from_environment({})
    assert error.value.variable == "PHASE4_PROJECT"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PHASE4_PROJECT", "NBA Data"),
        ("PHASE4_LOCATION", "us west2"),
        ("PHASE4_OPS_DATASET", "nba-ops"),
        ("PHASE4_RAW_TABLE", "boxscores"),
        ("PHASE4_PLAYER_TABLE", "a.b.c"),
        ("PHASE4_TARGET_TABLE", "a.b; DROP TABLE c"),
        ("PHASE4_DEFENSE_TABLE", "a.`b`"),
        ("PHASE4_OFFENSE_TABLE", "a.b\n"),
        ("PHASE4_ROSTER_TABLE", "roster"),
        ("PHASE4_EVENTS_TOPIC", "a/b"),
        ("PHASE4_ALERTS_TOPIC", "?"),
        ("PHASE4_JOB", "1job"),
        ("PHASE4_DEADLINE_SECONDS", "soon"),
        ("PHASE4_DEADLINE_SECONDS", "0"),
        ("PHASE4_DEADLINE_SECONDS", "2147483648"),
        ("PHASE4_DEADLINE_SECONDS", "9" * 5000),
        ("PHASE4_MAXIMUM_BYTES_BILLED", "1e9"),
        ("PHASE4_MAXIMUM_BYTES_BILLED", "9223372036854775808"),
        ("PHASE4_MAXIMUM_BYTES_BILLED", "-1"),
        ("PHASE4_TIME_SCALE", "slow"),
        ("PHASE4_TIME_SCALE", "2"),
        ("PHASE4_TIME_SCALE", "0.0"),
    ],
)
def test_a_malformed_value_is_refused_by_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environment({**PROJECT, variable: value})
    assert error.value.variable == variable
    assert f"{variable}={value!r}: expected " in str(error.value)


def test_tables_are_named_with_their_project() -> None:
    settings = Settings(project="nba-data")
    assert settings.table_id("a.b") == "nba-data.a.b"
    assert settings.ops("runs") == "nba-data.nba_ops.runs"
