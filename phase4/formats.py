"""Figures in words, the same in terminal, report and Markdown; a dash for nothing."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal


def number(value: float | None) -> str:
    """`1,234`."""
    return "-" if value is None else f"{value:,.0f}"


def percent(value: float | str | None) -> str:
    """`81.4 %`, also of a number that came as text."""
    return "-" if value is None else f"{float(value):.1f} %"


def duration(seconds: float | None) -> str:
    """`2.5 s`, `3 min 20 s` or `1 h 05 min`."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def size(count: float | None) -> str:
    """Bytes as `1.2 GiB`."""
    if count is None:
        return "-"
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def moment(at: datetime | None) -> str:
    """`2026-01-02 12:00:05`, in UTC."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def plain(value: object) -> object:
    """What JSON lacks: dataclasses, dates, decimals and sets; TypeError for anything else."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} {value!r} has no form in JSON")
