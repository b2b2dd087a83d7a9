"""Figures in words, the same in terminal, report and Markdown; a dash for nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# As many as a line of a terminal has room for.
FEW = 5


def number(value: float | None) -> str:
    """`1,234`."""
    return "-" if value is None else f"{value:,.0f}"


def counted(count: int, noun: str) -> str:
    """`1 date`, `1,234 dates`."""
    return f"{number(count)} {noun}{'' if abs(count) == 1 else 's'}"


def signed(value: int) -> str:
    """`+1,234` or `-11`."""
    return f"{value:+,}"


def listed(texts: Sequence[str], shown: int) -> str:
    """`2025-01-08, 2025-01-12 and 3 more`: the first of them, and how many others there are."""
    more = len(texts) - shown
    return ", ".join(texts[:shown]) + (f" and {more:,} more" if more > 0 else "")


def raised_message(raised: Mapping[str, Any]) -> str:
    """What a workflow raised, in words; empty where it says nothing.

    Of a call that a service refused these are the service's own, `403 Permission … denied`: the
    message beside them is but `HTTP server responded with error code 403`.
    """
    body = raised.get("body")
    refused = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(refused, Mapping) and refused.get("message"):
        return f"{raised.get('code', '')} {refused['message']}".strip()
    return str(raised.get("message") or "")


def percent(value: float | Decimal | None, of: int | None = None, part: int | None = None) -> str:
    """`81.4 %`, `81.4 % of 2,027` or `81.4 % (1,650 of 2,027)`.

    Cut, never rounded up, so that 79.96 never reads as 80.0.
    """
    if value is None:
        return "-"
    text = f"{_cut(value, 1):.1f} %"
    if of is None:
        return text
    return f"{text} of {number(of)}" if part is None else f"{text} ({number(part)} of {number(of)})"


def figure(
    value: float | None, unit: str | None = "", of: int | None = None, part: int | None = None
) -> str:
    """A figure with its unit, cut: `81.4 % (1,650 of 2,027)`, `0.213`, `3 h`, `1 date`."""
    if unit == "%":
        return percent(value, of, part)
    if value is None:
        return "-"
    shown = f"{_cut(value, 3):,.3f}".rstrip("0").rstrip(".")
    # A unit that is a word is told in the plural: `rows`, `dates`.
    one = shown == "1" and unit is not None and len(unit) > 1
    return " ".join(filter(None, (shown, unit.removesuffix("s") if one and unit else unit)))


def _cut(value: float | Decimal, decimals: int) -> float:
    # The digits are taken from the written number: 0.1 has no exact binary form.
    unit = float(10**decimals)
    return math.floor(round(float(value) * unit, 6)) / unit


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


def at_scale(scale: str) -> str:
    """What is said beside a time that was taken at a scale; empty where times are what they are."""
    return f" (at {scale} of the service's times)" if scale else ""


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


def parted(text: str, shown: int = FEW) -> tuple[str, list[str]]:
    """What is told one after another, `a; b; c`: the first ones as they stand, and the others.

    A single one is shown, too: to say that there is one more takes as much room.
    """
    told = text.split("; ")
    return (text, []) if len(told) <= shown + 1 else ("; ".join(told[:shown]), told[shown:])


def few(text: str, whole: str, shown: int = FEW) -> str:
    """The first of what is told, how many there are more, and `whole`, where they are."""
    first, others = parted(text, shown)
    return f"{first}; and {len(others)} more: {whole}" if others else text


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
