"""Which task this process is: read from the variables that Cloud Run sets, and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from phase4.cloud.settings import SettingsError
from phase4.cloud.warehouse import JOB_PREFIX

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
EXECUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,127}")


@dataclass(frozen=True)
class Task:
    """One attempt at one shard of one wave of a run."""

    run_id: str
    wave: int
    index: int
    attempt: int
    execution: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Task:
        """The task that this process is; SettingsError names a variable that is wrong."""
        return cls(
            run_id=_text(environment, "PHASE4_RUN_ID", RUN_ID),
            wave=_count(environment, "PHASE4_WAVE"),
            index=_count(environment, "CLOUD_RUN_TASK_INDEX"),
            attempt=_count(environment, "CLOUD_RUN_TASK_ATTEMPT"),
            execution=_text(environment, "CLOUD_RUN_EXECUTION", EXECUTION),
        )

    @property
    def reading(self) -> str:
        """What this attempt reads, as its outcomes and fingerprints name it."""
        return f"{self.run_id}/{self.execution}/{self.wave}/{self.index}/{self.attempt}"

    def job_id(self, what: str, batch: int = 0) -> str:
        """A BigQuery job id that only this batch of this attempt uses."""
        place = f"w{self.wave}_t{self.index}_{self.attempt}_b{batch}"
        return f"{JOB_PREFIX}{self.run_id}_{self.execution}_{place}_{what}"


def _text(environment: Mapping[str, str], variable: str, pattern: re.Pattern[str]) -> str:
    value = environment.get(variable, "")
    if not pattern.fullmatch(value):
        raise SettingsError(variable, value, f"text of the form {pattern.pattern}")
    return value


def _count(environment: Mapping[str, str], variable: str) -> int:
    value = environment.get(variable, "")
    if not value.isdecimal():
        raise SettingsError(variable, value, "a whole number, as Cloud Run sets it")
    return int(value)
