"""Ranges of dates as a run is asked for them."""

from __future__ import annotations

from datetime import date, timedelta


def days_of(first: str, last: str) -> list[str]:
    """Every day from one to another."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [str(start + timedelta(days=number)) for number in range((end - start).days + 1)]
