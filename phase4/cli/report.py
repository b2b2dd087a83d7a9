"""`phase4 report`: a run as one page that needs nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phase4.cli import terminal
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import RUN_OR_LAST
from phase4.cloud.settings import Settings
from phase4.formats import plain

if TYPE_CHECKING:
    from phase4.report import Report


class Format(StrEnum):
    """What a report is written as."""

    html = "html"
    md = "md"
    json = "json"


def report(
    run_id: Annotated[
        str | None,
        typer.Argument(help=RUN_OR_LAST, metavar="RUN"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write (stdout without it).", dir_okay=False)
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format", case_sensitive=False, help="html, md or json (by the file's name)."
        ),
    ] = None,
) -> None:
    """Write the report of a run: verdict, calendar, ceiling, checks, drift, tasks, cost.

    The page is self-contained: it can be mailed, printed and read on a phone.

    Example: phase4 report --out report.html

    Example: phase4 report 2908d672-2fd2-4a83-beb4-0381f98b99ed --format md
    """
    from phase4.report import report_of
    from phase4.runs.run import last_run, whole_id

    warehouse = open_warehouse(Settings.from_environment())
    wanted = whole_id(warehouse, run_id) if run_id else last_run(warehouse)
    made = report_of(warehouse, wanted)
    text = _text(made, form or _format_of(out))
    if out is None:
        typer.echo(text)
        return
    terminal.write(out, text, f"{made.verdict}, ")


def _text(made: Report, form: Format) -> str:
    from phase4.report import html, markdown

    if form is Format.html:
        return html(made)
    if form is Format.md:
        return markdown(made)
    document = {**asdict(made), "verdict": made.verdict, "states": made.state_counts()}
    return json.dumps(document, default=plain, indent=2, ensure_ascii=False)


def _format_of(out: Path | None) -> Format:
    """By the file's name; HTML for any other name."""
    known = {".md": Format.md, ".json": Format.json}
    return known.get(out.suffix if out else "", Format.html)
