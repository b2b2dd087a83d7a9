"""What every command prints with: results on stdout, progress on stderr, JSON, plain tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from phase4.errors import WrongInput
from phase4.formats import at_scale, counted, duration, moment, number, percent, plain, signed, size

__all__ = [
    "at_scale", "coloured", "counted", "duration", "first", "moment", "notes", "number", "percent",
    "print_json", "results", "short", "signed", "size", "table", "write",
]  # fmt: skip
Row = TypeVar("Row")
INTERRUPTED = 130
ROOMY = 160
SHOWN = 10
STATE_STYLES = {
    "COMPLETE": "green", "NO_GAMES": "dim", "MISSING": "red", "PARTIAL": "yellow",
    "STALE": "yellow", "OVERCOUNT": "magenta", "BLOCKED_UPSTREAM": "blue",
    "BLOCKED_SHRUNK": "blue", "BLOCKED_QUALITY": "blue", "SUCCEEDED": "green",
    "passed": "green", "FAILED": "red", "failed": "red", "RUNNING": "cyan",
    "CANCELLED": "yellow", "TAKEN_OVER": "yellow",
}  # fmt: skip


def results() -> Console:
    """The console of a command's answer; lines are never wrapped when it is piped."""
    return _roomy(Console(highlight=False))


def notes() -> Console:
    """The console of progress and errors, on stderr."""
    return _roomy(Console(stderr=True, highlight=False))


def write(out: Path, text: str, what: str = "") -> None:
    """Writes a page to the file of --out and says so; WrongInput when it cannot be written."""
    try:
        out.write_text(text)
    except OSError as error:
        raise WrongInput(
            f"--out {out}: {error.strerror}: name a file that can be written"
        ) from None
    notes().print(f"{out}: {what}{len(text) / 1024:.0f} KiB")


def _roomy(console: Console) -> Console:
    if not console.is_terminal:
        console.width = 200
    return console


def table(*columns: str, title: str | None = None, words: Sequence[str] = ()) -> Table:
    """A table without frames; columns are right-aligned unless named in `words`."""
    made = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    for place, column in enumerate(columns):
        left = place == 0 or column in words
        made.add_column(column, justify="left" if left else "right", overflow="fold")
    return made


def short(console: Console, run_id: str) -> str:
    """As much of the id of a run as a narrow terminal has room for; commands take it as it is."""
    kind = "undo-" if run_id.startswith("undo-") else ""
    return run_id if console.width >= ROOMY else run_id[: len(kind) + 8]


def coloured(word: str) -> str:
    """A state, verdict or tier in its colour."""
    style = STATE_STYLES.get(word, "dim" if word.startswith("EXEMPT") else "")
    return f"[{style}]{word}[/]" if style else word


def first(rows: Sequence[Row], what: str) -> tuple[Sequence[Row], str]:
    """The first ten of a list, and what is said of the others; empty when there are none."""
    more = len(rows) - SHOWN
    return rows[:SHOWN], f"{more:,} more {what}; all of them: --json" if more > 0 else ""


def print_json(value: Any) -> None:
    """Prints one JSON document on stdout: dates as ISO text, numbers as numbers."""
    print(json.dumps(value, default=plain, indent=2, ensure_ascii=False))
