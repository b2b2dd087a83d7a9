"""Scopes: what one validation looks at and who asked for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from phase4.formats import listed
from phase4.tables.calendar import newest_season, season_name, season_year
from phase4.tables.events import Event, Progress, RunCompleted, Shard, WaveCompleted

Kind = Literal["checkpoint", "wave", "run", "range"]
SCHEDULED = ("weekly-health", "schedule")
SHOWN_DATES = 5


@dataclass(frozen=True)
class Scope:
    """A range of dates, the event behind it and what that event claims (JSON text).

    A checkpoint is judged by the dates that the run has finished, a wave by those planned up to it,
    a run and a range by everything: a fault that a later batch will heal is no reason to stop.
    """

    kind: Kind
    trigger: str
    event_id: str
    start_date: date
    end_date: date
    run_id: str = ""
    wave: int = -1
    claims: str = "{}"
    run_range: tuple[date, date] | None = None
    run_dates: tuple[date, ...] = ()

    @property
    def is_scheduled(self) -> bool:
        """Whether the schedule asks, week after week, for what is one subject."""
        return self.trigger in SCHEDULED

    @property
    def label(self) -> str:
        """What alerts are counted by: the season or the history when scheduled, else the range.

        A scheduled validation ends one day later every day and stays the same subject. Dates that a
        run was given by name are no range when there are others between them.
        """
        start, end = self.run_range or (self.start_date, self.end_date)
        if apart := self.dates_apart:
            return _named(apart)
        if not self.is_scheduled:
            return f"{start}..{end}"
        # Days before an opener end no season: until it comes the last one is the season.
        if season_year(start) < newest_season(end):
            return "history"
        return f"season {season_name(season_year(start))}"

    @property
    def dates_apart(self) -> tuple[date, ...]:
        """The dates that a run was given by name; none where they make a range."""
        start, end = self.run_range or (self.start_date, self.end_date)
        return () if self.covers(start, end) else self.run_dates

    def covers(self, start: date, end: date) -> bool:
        """Whether all dates of a range are looked at."""
        if self.run_dates:
            days = (end - start).days + 1
            return all(start + timedelta(day) in self.run_dates for day in range(days))
        return self.start_date <= start and end <= self.end_date

    def meets(self, start: date, end: date) -> bool:
        """Whether a date of a range is looked at."""
        if self.run_dates:
            return any(start <= day <= end for day in self.run_dates)
        return self.start_date <= end and start <= self.end_date

    @property
    def ends_the_run(self) -> bool:
        """Whether coverage may be judged: nothing that was asked for is still on its way."""
        return self.kind in ("run", "range")


def _named(days: Sequence[date]) -> str:
    """`2025-01-08, 2025-01-12`; of many the first, how many, and a digest that tells them apart."""
    texts = [str(day) for day in days]
    text = ", ".join(texts)
    if len(days) <= SHOWN_DATES:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{listed(texts, SHOWN_DATES)} ({digest})"


def scope_of(event: Event) -> Scope:
    """The scope that an event asks for."""
    start, end = event.start_date, event.end_date
    if isinstance(event, Shard):
        # Whether a checkpoint is due the ledger says, and its range the run.
        return _scope(event, "checkpoint", start, end)
    if isinstance(event, WaveCompleted):
        return _scope(event, "wave", start, end)
    return _scope(event, "run" if isinstance(event, RunCompleted) else "range", start, end)


def _scope(event: Event, kind: Kind, start: date, end: date) -> Scope:
    return Scope(
        kind=kind,
        trigger=getattr(event, "trigger", event.event_type),
        event_id=event.event_id,
        start_date=start,
        end_date=end,
        run_id=event.run_id,
        wave=getattr(event, "wave", -1),
        claims=json.dumps(_claims(event)),
    )


def _claims(event: Event) -> dict[str, object]:
    if isinstance(event, Shard):
        dates = [claim.model_dump(mode="json") for claim in event.dates]
        return {"table_name": event.table_name, "dates": dates}
    if isinstance(event, Progress):
        return {"succeeded": event.succeeded}
    return {}
