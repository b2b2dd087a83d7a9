"""Where this system lives: project, region, tables and topics, read once from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from phase4.errors import WrongInput
from phase4.tables.filled import FILLED, FilledTable

# Names stand in SQL as text, where no parameter can: nothing but a name may pass.
TABLE = re.compile(r"[A-Za-z_]\w{0,127}\.[A-Za-z_][\w-]{0,127}")
DATASET = re.compile(r"[A-Za-z_]\w{0,1023}")
PROJECT = re.compile(r"[a-z][a-z0-9-]{2,28}[a-z0-9]")
BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
ADDRESS = re.compile(r"https?://[^\s\"'<>]+[^\s\"'<>/]")
NAME = re.compile(r"[A-Za-z][\w.~%+-]{2,254}")
SCALE = re.compile(r"(1|0\.[0-9]*[1-9][0-9]*)?")
# What the services and the clients count with.
LARGEST = 2**31 - 1
LARGEST_BYTES = 2**63 - 1


class SettingsError(WrongInput):
    """A setting is missing or malformed; the message names the variable, the value and the form."""

    def __init__(self, variable: str, value: str, expected: str) -> None:
        super().__init__(f"{variable}={value!r}: expected {expected}")
        self.variable = variable


@dataclass(frozen=True)
class Settings:
    """One environment. Tables are `dataset.table`; the project is always the same one."""

    project: str
    location: str = "us-west2"
    raw_table: str = "nba_raw.bdl_player_boxscores"
    player_table: str = "nba_analytics.player_game_summary"
    defense_table: str = "nba_analytics.team_defense_game_summary"
    offense_table: str = "nba_analytics.team_offense_game_summary"
    roster_table: str = ""
    target_table: str = "nba_precompute.player_composite_factors"
    ops_dataset: str = "nba_ops"
    events_topic: str = "phase4-backfill-events"
    alerts_topic: str = "phase4-alerts"
    job: str = "phase4-precompute"
    site_bucket: str = ""
    site_address: str = ""
    code_version: str = "unversioned"
    deadline_seconds: int = 300
    """How long one BigQuery operation may take with all its retries."""
    maximum_bytes_billed: int = 200 * 1024**3
    time_scale: str = ""
    """Where a laptop is as slow as the service: times what. Beside times taken there it is said."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Reads PHASE4_* variables; SettingsError names the first one that is wrong."""
        source = os.environ if environment is None else environment
        given: dict[str, str | int] = {}
        for field in fields(cls):
            variable = f"PHASE4_{field.name.upper()}"
            value = source.get(variable, "")
            if field.name == "project" and not value:
                value = source.get("GOOGLE_CLOUD_PROJECT", "")
            if value:
                given[field.name] = _number(variable, value) if field.type == "int" else value
        if "project" not in given:
            raise SettingsError("PHASE4_PROJECT", "", "the id of a Google Cloud project")
        return cls(**given)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        _check("PHASE4_PROJECT", self.project, PROJECT, "a project id")
        _check("PHASE4_LOCATION", self.location, re.compile(r"[A-Za-z][A-Za-z0-9-]+"), "a region")
        _check("PHASE4_OPS_DATASET", self.ops_dataset, DATASET, "a dataset name")
        for name in ("raw", "player", "defense", "offense", "target"):
            value = getattr(self, f"{name}_table")
            _check(f"PHASE4_{name.upper()}_TABLE", value, TABLE, "dataset.table")
        if self.roster_table:
            _check("PHASE4_ROSTER_TABLE", self.roster_table, TABLE, "dataset.table")
        for name in ("events_topic", "alerts_topic", "job"):
            _check(f"PHASE4_{name.upper()}", getattr(self, name), NAME, "a resource name")
        _check("PHASE4_TIME_SCALE", self.time_scale, SCALE, "a number above 0, at most 1")
        if self.site_bucket:
            _check("PHASE4_SITE_BUCKET", self.site_bucket, BUCKET, "a bucket, without gs://")
        if self.site_address:
            expected = "http(s)://… without a slash at its end"
            _check("PHASE4_SITE_ADDRESS", self.site_address, ADDRESS, expected)

    @property
    def league_tables(self) -> dict[str, str]:
        """`dataset.table` of the league's tables by their key; empty for a roster that is not."""
        return {
            "bdl_player_boxscores": self.raw_table,
            "player_birthdates": self.roster_table,
            **{name: self.filled_table(table) for name, table in FILLED.items()},
        }

    def filled_table(self, table: FilledTable) -> str:
        """`dataset.table` of a filled table."""
        if table.setting:
            return str(getattr(self, table.setting))
        return table.dataset_name

    def key_of(self, table: str) -> str:
        """The key (of catalog.json) of `dataset.table`, which may be named otherwise here."""
        named = {name: key for key, name in self.league_tables.items()}
        return named.get(table, table.rpartition(".")[2])

    def page(self, name: str) -> str:
        """Where a page of the site is read; empty where there is no site."""
        return f"{self.site_address}/{name}" if self.site_address else ""

    @property
    def place(self) -> str:
        """What the names of its regional resources begin with: `projects/…/locations/…`."""
        return f"projects/{self.project}/locations/{self.location}"

    def table_id(self, table: str) -> str:
        """`project.dataset.table` of `dataset.table`."""
        return f"{self.project}.{table}"

    def ops(self, table: str) -> str:
        """`project.dataset.table` of a table of the operations dataset."""
        return f"{self.project}.{self.ops_dataset}.{table}"

    def environment(self) -> dict[str, str]:
        """The PHASE4_* variables that reproduce these settings in another process."""
        return {f"PHASE4_{f.name.upper()}": str(getattr(self, f.name)) for f in fields(self)}


def _check(variable: str, value: str, pattern: re.Pattern[str], expected: str) -> None:
    if not pattern.fullmatch(value):
        raise SettingsError(variable, value, expected)


def _number(variable: str, value: str) -> int:
    largest = LARGEST_BYTES if "BYTES" in variable else LARGEST
    # Not longer than the largest: Python reads no number of thousands of digits.
    if not value.isdecimal() or len(value) > len(str(largest)) or not 0 < int(value) <= largest:
        raise SettingsError(variable, value, f"a whole number above 0, at most {largest}")
    return int(value)
