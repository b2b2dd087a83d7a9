"""What every command prints with: results on stdout, progress on stderr, JSON, plain tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

STATE_STYLES = {
    "COMPLETE": "green", "NO_GAMES": "dim", "MISSING": "red", "PARTIAL": "yellow",
    "STALE": "yellow", "OVERCOUNT": "magenta", "BLOCKED_UPSTREAM": "blue",
    "BLOCKED_QUALITY": "blue", "SUCCEEDED": "green", "passed": "green", "FAILED": "red",
    "failed": "red", "RUNNING": "cyan", "CANCELLED": "yellow", "TAKEN_OVER": "yellow",
}  # fmt: skip


def results() -> Console:
    """The console of a command's answer; lines are never wrapped when it is piped."""
    return _roomy(Console(highlight=False))


def notes() -> Console:
    """The console of progress and errors, on stderr."""
    return _roomy(Console(stderr=True, highlight=False))


def _roomy(console: Console) -> Console:
    if not console.is_terminal:
        console.width = 200
    return console


def table(*columns: str, title: str | None = None, words: Sequence[str] = ()) -> Table:
    """A table without frames; columns are right-aligned unless named in `words`."""
    made = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        left = number == 0 or column in words
        made.add_column(column, justify="left" if left else "right", overflow="fold")
    return made


def coloured(word: str) -> str:
    """A state, verdict or tier in its colour."""
    style = STATE_STYLES.get(word, "dim" if word.startswith("EXEMPT") else "")
    return f"[{style}]{word}[/]" if style else word


def number(value: float | None) -> str:
    """`1,234`; a dash for nothing."""
    return "-" if value is None else f"{value:,.0f}"


def percent(value: float | str | None) -> str:
    """`81.4 %`, also of a number that came as text; a dash for nothing."""
    return "-" if value is None else f"{float(value):.1f} %"


def duration(seconds: float | None) -> str:
    """`2.5 s`, `3 min 20 s` or `1 h 05 min`; a dash for nothing."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
    )


def size(count: float | None) -> str:
    """Bytes as `1.2 GiB`; a dash for nothing."""
    if count is None:
        return "-"
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def moment(at: datetime | None) -> str:
    """`2026-01-02 12:00:05` in UTC; a dash for nothing."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def print_json(value: Any) -> None:
    """Prints one JSON document on stdout: dates as ISO text, numbers as numbers."""
    print(json.dumps(value, default=plain, indent=2, ensure_ascii=False))


def plain(value: object) -> object:
    """What JSON lacks: dataclasses, dates and decimals."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} {value!r} has no form in JSON")
