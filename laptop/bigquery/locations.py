"""Where data lives: every dataset and every job has a location, and they must agree."""

from __future__ import annotations

import re
from typing import Any

from bqemulator.catalog.memory_repository import MemoryCatalogRepository
from bqemulator.catalog.models import DatasetMeta

from .errors import BigQueryError

EMULATOR_DEFAULT = "US"


class LocatedCatalog(MemoryCatalogRepository):
    """The catalog of a server with one location: datasets made without another are there."""

    location = EMULATOR_DEFAULT

    def create_dataset(self, dataset: DatasetMeta) -> DatasetMeta:
        """Store a dataset; the emulator's default location becomes the server's."""
        if dataset.location == EMULATOR_DEFAULT:
            dataset = dataset.model_copy(update={"location": self.location})
        return super().create_dataset(dataset)


def check_sql(context: Any, project: str, location: str, sql: str) -> None:
    """Refuse a query that runs in another location than a dataset it names."""
    for dataset in context.catalog.list_datasets(project):
        if re.search(rf"(?<![\w@]){re.escape(dataset.dataset_id)}`?\s*\.", sql):
            check_dataset(context, project, dataset.dataset_id, location)


def check_dataset(context: Any, project: str, dataset: str, location: str) -> None:
    """Refuse a job in `location` on a dataset that lives elsewhere."""
    found = context.catalog.get_dataset(project, dataset)
    if found is not None and found.location.lower() != location.lower():
        raise no_dataset(project, dataset, location)


def no_dataset(project: str, dataset: str, location: str) -> BigQueryError:
    """The error of a dataset that a job in `location` does not find."""
    name = f"{project}:{dataset}"
    return BigQueryError(
        "notFound", f"Not found: Dataset {name} was not found in location {location}"
    )
