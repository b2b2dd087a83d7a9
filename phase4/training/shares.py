"""How much of the training set is real, season by season, now and at an earlier moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from phase4.cloud.time_travel import unless_forgotten, within_reach
from phase4.cloud.warehouse import Warehouse
from phase4.formats import percent
from phase4.tables.headline import Share
from phase4.tables.training import FACTORS, FEATURES
from phase4.tables.typed import typed
from phase4.training import statements

FACTOR_NAMES = {feature.name for feature in FACTORS}


@dataclass(frozen=True)
class Counts:
    """Rows of the training set in which one feature is real, defaulted or absent."""

    real: int = 0
    defaulted: int = 0
    absent: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return self.real + self.defaulted + self.absent

    @property
    def real_share(self) -> Share:
        """The real ones of all rows."""
        return Share(self.real, self.total)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.real + other.real, self.defaulted + other.defaulted, self.absent + other.absent
        )


@dataclass(frozen=True)
class FeatureShare:
    """One feature in one season (None: in all of them), now and before; before may be unknown."""

    season_year: int | None
    feature: str
    now: Counts
    before: Counts | None

    @property
    def is_told(self) -> bool:
        """Whether a run is about it: a factor, or a feature that the run changed."""
        return self.feature in FACTOR_NAMES or self.before not in (None, self.now)

    @property
    def line(self) -> str:
        """`NAME: real 17.9 % (325 of 1,815) → 91.0 % (1,846 of 2,027)`: rows come with a run."""
        before = "unknown" if self.before is None else _told(self.before)
        return f"{self.feature}: real {before} → {_told(self.now)}"


def _told(counts: Counts) -> str:
    return percent(counts.real_share.pct, counts.total, counts.real)


@dataclass(frozen=True)
class TrainingShares:
    """The training set of a range; `before_at` is None when its past cannot be read."""

    start_date: date
    end_date: date
    before_at: datetime | None
    features: tuple[FeatureShare, ...]

    @property
    def overall(self) -> list[FeatureShare]:
        """All seasons together, in the order of the features."""
        return [self._sum(feature.name) for feature in FEATURES] if self.features else []

    def _sum(self, name: str) -> FeatureShare:
        own = [share for share in self.features if share.feature == name]
        before = None if self.before_at is None else _sum(share.before for share in own)
        return FeatureShare(None, name, _sum(share.now for share in own), before)


@dataclass(frozen=True)
class _Feature:
    feature: str
    real: int
    defaulted: int
    absent: int


@dataclass(frozen=True)
class SeasonShares:
    """A row of sql/training_shares.sql."""

    season_year: int
    features: tuple[_Feature, ...]


Found = dict[tuple[int, str], Counts]


def shares_of(
    warehouse: Warehouse, first: date, last: date, before_at: datetime | None = None
) -> TrainingShares:
    """The shares of a range now, beside those at an earlier moment within reach."""
    return _beside(warehouse, first, last, before_at, _counted(warehouse, first, last, None))


def shares_at(
    warehouse: Warehouse, first: date, last: date, before_at: datetime | None, at: datetime
) -> TrainingShares | None:
    """The same `at` a moment of the past; None when it cannot be read any more."""
    found = _past(warehouse, first, last, at)
    return None if found is None else _beside(warehouse, first, last, before_at, found)


def _beside(
    warehouse: Warehouse, first: date, last: date, before_at: datetime | None, found: Found
) -> TrainingShares:
    before = _past(warehouse, first, last, before_at) if before_at else None
    return TrainingShares(
        start_date=first,
        end_date=last,
        before_at=None if before is None else before_at,
        features=_joined(found, before),
    )


def _joined(now: Found, before: Found | None) -> tuple[FeatureShare, ...]:
    seasons = sorted({season for season, _ in (*now, *(before or ()))})
    keys = [(season, feature.name) for season in seasons for feature in FEATURES]
    return tuple(
        FeatureShare(
            *key,
            now=now.get(key, Counts()),
            before=None if before is None else before.get(key, Counts()),
        )
        for key in keys
    )


def _past(warehouse: Warehouse, first: date, last: date, at: datetime) -> Found | None:
    if not within_reach(warehouse, at):
        return None
    # The tables of L3 are others', and may keep less of their past than ours.
    return unless_forgotten(lambda: _counted(warehouse, first, last, at))


def _counted(warehouse: Warehouse, first: date, last: date, at: datetime | None) -> Found:
    sql = statements.shares(warehouse.settings, at)
    found = warehouse.query(sql, statements.parameters(first, last))
    return {
        (season.season_year, one.feature): Counts(one.real, one.defaulted, one.absent)
        for season in (typed(SeasonShares, row) for row in found)
        for one in season.features
    }


def _sum(parts: Iterable[Counts | None]) -> Counts:
    total = Counts()
    for part in parts:
        total += part or Counts()
    return total
