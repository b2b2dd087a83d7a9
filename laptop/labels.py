"""Labels: the one rule for them that the services of Google Cloud share."""

from __future__ import annotations

from collections.abc import Mapping

MAX_LABELS = 64
MAX_LENGTH = 63  # characters of a key or a value


def problem(labels: Mapping[str, str | None]) -> str | None:
    """What a service refuses of these labels, in BigQuery's words; None if nothing.

    A value of None takes a label away.
    """
    if len(labels) > MAX_LABELS:
        return f"{len(labels)} labels: at most {MAX_LABELS} are allowed"
    for key, value in labels.items():
        if not key[:1].isalpha() or not _is_valid(key):
            return f'Label key "{key}" has invalid characters.'
        if value and not _is_valid(value):
            return f'Label value "{value}" has invalid characters.'
    return None


def _is_valid(text: str) -> bool:
    """Small letters of any script, digits, `_` and `-`, no more than allowed."""
    return len(text) <= MAX_LENGTH and all(
        one in "_-" or (one.isalnum() and one == one.lower()) for one in text
    )
