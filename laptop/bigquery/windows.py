"""The time-travel window of a dataset: 48 to 168 hours, which the emulator does not keep."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bqemulator.api.routes import datasets
from bqemulator.catalog.models import DatasetMeta
from bqemulator.domain.errors import ValidationError

from .labelled import check_labels, with_labels_kept
from .table_rules import check_dataset_id

SHORTEST, LONGEST = 48, 168
_to_rest = datasets._dataset_to_rest
_from_rest = datasets._rest_to_dataset_meta


class Dataset(DatasetMeta):
    """A dataset with its window."""

    max_time_travel_hours: int = LONGEST


def window_of(dataset: DatasetMeta | None) -> dt.timedelta:
    """How far behind now the rows of a dataset can be read."""
    return dt.timedelta(hours=getattr(dataset, "max_time_travel_hours", LONGEST))


def _answer(dataset: DatasetMeta) -> dict[str, Any]:
    hours = int(window_of(dataset).total_seconds() // 3600)
    return {**_to_rest(dataset), "maxTimeTravelHours": str(hours)}


def _request(
    project: str, body: dict[str, Any], clock: Any, existing: DatasetMeta | None = None
) -> Dataset:
    check_labels(body)
    if existing is None:
        check_dataset_id(str((body.get("datasetReference") or {}).get("datasetId", "")))
    meta = _from_rest(project, with_labels_kept(body), clock, existing)
    hours = int(body.get("maxTimeTravelHours") or window_of(existing).total_seconds() // 3600)
    if not SHORTEST <= hours <= LONGEST or hours % 24:
        raise ValidationError(
            f"Invalid value for maxTimeTravelHours: {hours}. It must be a multiple of 24 from"
            f" {SHORTEST} to {LONGEST}",
        )
    return Dataset(**{**dict(meta), "max_time_travel_hours": hours})


def install() -> None:
    """Put this module's functions into the emulator's routes."""
    vars(datasets).update(_dataset_to_rest=_answer, _rest_to_dataset_meta=_request)
