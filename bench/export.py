"""`python -m bench.export`: the training set of ten seasons as files, by a fresh process."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import typer

from bench.chain import LAST, Bench, Figure, a_cloud, show
from bench.task import calendar_file, process, tried

FIRST = "2016-10-01"
EXPORT = """
from datetime import date
from pathlib import Path
from phase4.tables import calendar
calendar.CALENDAR_FILE = Path({calendar!r})
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.training.export import export
warehouse = Warehouse(Settings.from_environment(), Caller("bench"))
export(warehouse, date.fromisoformat({first!r}), date.fromisoformat({last!r}), Path({out!r}))
"""


@dataclass(frozen=True)
class ExportFigure(Figure):
    """One export: its rows, the MB of its files, and MB at the peak of its process."""

    rows: int
    file_mb: float
    peak_mb: int


def main() -> None:
    """Fill ten seasons by one task, then print one JSON line for their export."""
    with a_cloud(10, 1) as bench:
        tried(bench, FIRST, LAST)
        show(_measured(bench))


def _measured(bench: Bench) -> ExportFigure:
    with tempfile.TemporaryDirectory() as folder:
        names = {"calendar": str(calendar_file(bench)), "out": folder}
        program = EXPORT.format(first=FIRST, last=LAST, **names)
        seconds, peak = process([sys.executable, "-c", program], dict(os.environ))
        files = list(Path(folder).iterdir())
        rows = sum(pq.read_metadata(file).num_rows for file in files)
        size = sum(file.stat().st_size for file in files) / 2**20
    return ExportFigure("export", "ten seasons", (seconds,), rows, round(size, 1), peak)


if __name__ == "__main__":
    typer.run(main)
