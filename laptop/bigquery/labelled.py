"""Labels of jobs, datasets, tables and views: the emulator takes any."""

from __future__ import annotations

from typing import Any

from bqemulator.domain.errors import ValidationError

from laptop import labels


def check_labels(body: dict[str, Any]) -> None:
    """Refuse a resource, or a job's configuration, for a label that the service does not take."""
    if refused := labels.problem(body.get("labels") or {}):
        raise ValidationError(refused)


def with_labels_kept(body: dict[str, Any]) -> dict[str, Any]:
    """The change of a resource without the labels that it takes away, which are null."""
    given = body.get("labels")
    if not given:
        return body
    return {**body, "labels": {key: value for key, value in given.items() if value is not None}}
