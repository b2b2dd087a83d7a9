"""The events of a run, version 1: one model for every producer and consumer.

Events are claims; the tables are the truth. `attributes()` is what Pub/Sub filters see.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from phase4.tables.filled import DEFAULT

SCHEMA_VERSION: Literal[1] = 1
# BigQuery's INT64 ends at 2^63, and what is counted is also summed: nine digits never overflow.
LARGEST_COUNT = 999_999_999
# Longer than every season that the calendar could know; what is longer only makes work.
LONGEST_RANGE_DAYS = 40 * 366

RunId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
Text = Annotated[str, Field(pattern=r"^[ -~]{0,256}$")]
TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,127}$")]


class Event(BaseModel):
    """What every event carries; `event_id` is the same for every redelivery and every retry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_type: str
    schema_version: Literal[1] = SCHEMA_VERSION
    event_id: Annotated[str, Field(pattern=r"^[!-~]{1,256}$")]
    run_id: RunId
    occurred_at: datetime
    start_date: date
    end_date: date
    code_version: Text = ""

    @model_validator(mode="after")
    def _range_is_ordered_and_bounded(self) -> Event:
        if self.end_date < self.start_date:
            raise ValueError(f"end_date {self.end_date} is before start_date {self.start_date}")
        days = (self.end_date - self.start_date).days + 1
        if days > LONGEST_RANGE_DAYS:
            raise ValueError(f"range of {days} days, at most {LONGEST_RANGE_DAYS} are validated")
        return self

    @property
    def status(self) -> str:
        """`ok` or `failed`, for filters."""
        return "ok"

    def attributes(self) -> dict[str, str]:
        """Pub/Sub message attributes."""
        return {
            "event_type": self.event_type,
            "schema_version": str(self.schema_version),
            "event_id": self.event_id,
            "run_id": self.run_id,
            "status": self.status,
        }

    def data(self) -> bytes:
        """The message body: JSON, never empty."""
        return self.model_dump_json().encode()


class DateClaim(BaseModel):
    """What a task says of one date, after it counted the table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    game_date: date
    status: Literal["PUBLISHED", "UNCHANGED", "FAILED"]
    games: Count
    players: Count


class Shard(Event):
    """A batch of the dates of a task, all of one table; `dates` holds counted figures only."""

    table_name: TableName = DEFAULT.name
    wave: Count
    task: Count
    batch: Count = 0
    attempt: Count
    execution: Text
    dates: tuple[DateClaim, ...]

    @model_validator(mode="after")
    def _claims_lie_in_the_range(self) -> Shard:
        claimed = [claim.game_date for claim in self.dates]
        for day in claimed:
            if not self.start_date <= day <= self.end_date:
                raise ValueError(f"date {day} is outside {self.start_date}..{self.end_date}")
        if twice := [day for day, times in Counter(claimed).items() if times > 1]:
            raise ValueError(f"date {min(twice)} is claimed more than once")
        return self

    def attributes(self) -> dict[str, str]:
        """Adds the task's identity."""
        return {**super().attributes(), "execution": self.execution, "task": str(self.task)}


class ShardCompleted(Shard):
    """A task filled every date of a batch and counted it in the table."""

    event_type: Literal["shard.completed"] = "shard.completed"


class ShardFailed(Shard):
    """At least one date of a batch failed."""

    event_type: Literal["shard.failed"] = "shard.failed"

    @property
    def status(self) -> str:
        """Always `failed`."""
        return "failed"


class Progress(Event):
    """Counts that a wave or a run claims, in dates."""

    planned: Count
    succeeded: Count
    failed: Count

    @property
    def status(self) -> str:
        """`failed` when a date failed."""
        return "failed" if self.failed else "ok"


class WaveCompleted(Progress):
    """All tasks of a wave have ended."""

    event_type: Literal["wave.completed"] = "wave.completed"
    wave: Count


class RunCompleted(Progress):
    """No further wave follows, whatever the outcome."""

    event_type: Literal["run.completed"] = "run.completed"


class ValidationRequested(Event):
    """Somebody wants a snapshot without a run."""

    event_type: Literal["validation.requested"] = "validation.requested"
    trigger: Literal["manual", "weekly-health", "schedule"] = "manual"


class SiteRequested(Event):
    """A run or a health run has ended: the site is to be written again."""

    event_type: Literal["site.requested"] = "site.requested"


AnyEvent = Annotated[
    ShardCompleted
    | ShardFailed
    | WaveCompleted
    | RunCompleted
    | ValidationRequested
    | SiteRequested,
    Field(discriminator="event_type"),
]
_ADAPTER: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def parse_event(data: bytes | str) -> AnyEvent:
    """The event in a message body; pydantic.ValidationError for anything else."""
    return _ADAPTER.validate_json(data)
