"""The arguments of the workflows, read from arguments.json: name, type, default, bounds, help.

A definition cannot read a file, so that it repeats them: a test holds it to these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from phase4.tables.filled import DEFAULT, FILLED

Type = Literal[
    "date", "dates", "choice", "choices", "tables", "integer", "number", "flag", "table", "text"
]  # fmt: skip


@dataclass(frozen=True)
class Argument:
    """One argument; `minimum` and `maximum` bound a number, `maximum` the length of a text."""

    type: Type
    help: str
    default: Any = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    unset: str = ""

    @property
    def help_with_default(self) -> str:
        """`Dates of the canary; 0: none (5).`"""
        default = self.unset
        if not default and self.type in ("integer", "number"):
            default = f"{self.default:g}"
        if self.type == "choices":
            default = ", ".join(self.default)
        return f"{self.help.rstrip('.')} ({default})." if default else self.help


def _argument(entry: dict[str, Any]) -> Argument:
    if entry["type"] == "tables":
        # They are declared, each in its folder.
        return Argument(**entry, choices=("all", *FILLED), unset=DEFAULT.name)
    return Argument(**{**entry, "choices": tuple(entry.get("choices", ()))})


ARGUMENTS: dict[str, dict[str, Argument]] = {
    workflow: {name: _argument(entry) for name, entry in entries.items()}
    for workflow, entries in json.loads(
        Path(__file__).with_name("arguments.json").read_text()
    ).items()
}
BACKFILL, WEEKLY_HEALTH = ARGUMENTS["phase4-backfill"], ARGUMENTS["weekly-health"]
