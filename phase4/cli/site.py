"""`phase4 site`: one page for the whole, and the report of the last run beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phase4.cli import terminal
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse

FOLDER = Path("phase4-site")


def site(
    out: Annotated[Path, typer.Option(help="Folder to write into.", file_okay=False)] = FOLDER,
) -> None:
    """Write a page of everything: every date of every season now, runs, alerts, checks.

    Reports that the folder has of earlier runs stay and are linked; the last run's is written.

    Example: phase4 site --out phase4-site
    """
    from phase4 import site as sites
    from phase4.report import html, report_of

    warehouse = Warehouse(Settings.from_environment(), Caller("command-line"))
    made = sites.site_of(warehouse)
    last = next((run for run in made.overview.runs if run.kind == "backfill"), None)
    report = (last.run_id, html(report_of(warehouse, last.run_id))) if last else None
    index = sites.write(made, out, report)
    terminal.notes().print(f"{index}: open it in a browser", soft_wrap=True)
