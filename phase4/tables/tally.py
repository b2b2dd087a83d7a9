"""What became of the planned dates of a run, counted: every view shows this sum and no other.

The fate of a date is decided by sql/fates.sql alone, and counted by sql/tally.sql.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from phase4.formats import number
from phase4.tables.placeholders import indented, render

SQL = Path(__file__).with_name("sql")
# Whose dates are asked for: a parameter, the argument of a routine, a CTE named `recent`.
RUNS = {
    "fates_of_run": "run_id = @run_id",
    "fates_of_this_run": "run_id = this_run",
    "fates_of_recent_runs": "run_id IN (SELECT run_id FROM recent)",
}


@dataclass(frozen=True)
class Tally:
    """Dates by what became of them; their sum is what was planned, else ValueError."""

    planned: int = 0
    published: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0
    died: int = 0
    not_started: int = 0

    def __post_init__(self) -> None:
        """No view may show figures that do not add up."""
        if self.planned != sum(self._parts().values()):
            raise ValueError(f"{self.planned} planned dates are not {self._parts()}: report this")

    @classmethod
    def of(cls, row: Any) -> Tally:
        """The counts of a row of sql/tally.sql; a row of nothing planned has none."""
        return cls(**{field.name: getattr(row, field.name) or 0 for field in fields(cls)})

    @classmethod
    def total(cls, parts: Iterable[Tally]) -> Tally:
        """The counts of several parts of a run together."""
        known = list(parts)
        return cls(
            **{
                field.name: sum(getattr(part, field.name) for part in known)
                for field in fields(cls)
            }
        )

    @property
    def done(self) -> int:
        """Dates that are as they should be: published or found unchanged."""
        return self.published + self.unchanged

    @property
    def recorded(self) -> int:
        """Dates that were tried and have an outcome."""
        return self.done + self.failed

    @property
    def ended(self) -> int:
        """Dates of which nothing is to come any more."""
        return self.planned - self.not_started

    @property
    def undone(self) -> int:
        """Dates that are not done."""
        return self.planned - self.done

    @property
    def line(self) -> str:
        """`174 planned = 48 published + 2 unchanged + 0 failed + 124 died`."""
        always = ("published", "unchanged", "failed")
        shown = [
            f"{number(count)} {name.replace('_', ' ')}"
            for name, count in self._parts().items()
            if count or name in always
        ]
        return f"{number(self.planned)} planned = {' + '.join(shown)}"

    @property
    def troubles(self) -> str:
        """`0 failed`, `3 failed, 124 died`: what is not as it should be, and always the failed."""
        counts = {"failed": self.failed, "skipped": self.skipped, "died": self.died}
        return ", ".join(
            f"{number(count)} {name}" for name, count in counts.items() if count or name == "failed"
        )

    def _parts(self) -> dict[str, int]:
        return {
            field.name: getattr(self, field.name) for field in fields(self)
            if field.name != "planned"
        }  # fmt: skip


def placeholders(values: Mapping[str, str]) -> dict[str, str]:
    """The counts, the last runs, and the fates of the dates of some runs, to stand in a CTE."""
    fates = (SQL / "fates.sql").read_text().rstrip()
    recent = (SQL / "recent_runs.sql").read_text()
    return {
        "recent_runs": indented(render(recent, values), 4),
        "tally": indented((SQL / "tally.sql").read_text(), 6),
        **{
            name: indented(render(fates, {**values, "of_runs": which}), 4)
            for name, which in RUNS.items()
        },
    }
