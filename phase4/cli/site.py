"""`phase4 site`: one page for the whole, and the report of the last run beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phase4.cli import terminal
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.waiting import PATIENCE_SECONDS, waiting_for
from phase4.cloud.settings import Settings
from phase4.cloud.site_pages import SitePages

FOLDER = Path("phase4-site")


def site(
    out: Annotated[Path, typer.Option(help="Folder to write into.", file_okay=False)] = FOLDER,
    to_bucket: Annotated[
        bool,
        typer.Option("--publish", help="Write into the bucket of the environment, not a folder."),
    ] = False,
) -> None:
    """Write a page of everything: every date of every season now, runs, alerts, checks.

    Reports that are there of earlier runs stay and are linked; the last run's is written. Into the
    bucket of the environment (PHASE4_SITE_BUCKET) the validator writes it after every run.

    Example: phase4 site --out phase4-site
    """
    from phase4 import site as sites
    from phase4.report import html, report_of

    warehouse = open_warehouse(Settings.from_environment())
    if to_bucket:
        sites.check_bucket(warehouse.settings)
        pages = SitePages(warehouse.settings, waiting_for, PATIENCE_SECONDS)
        # A page that nobody would take is not made.
        pages.made_at()
        published = sites.publish(warehouse, sites.site_of(warehouse), pages=pages)
        newer = "" if published.is_written else ": a newer one is there"
        terminal.notes().print(f"{published.address}{newer}", soft_wrap=True)
        return
    made = sites.site_of(warehouse)
    last = made.run_to_report()
    report = (last, html(report_of(warehouse, last))) if last else None
    index = sites.write(made, out, report)
    terminal.notes().print(f"{index}: open it in a browser", soft_wrap=True)
