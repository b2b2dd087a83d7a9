"""`phase4 doctor`: is everything there that a run needs?"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import typer
from rich.table import Table

from phase4.cli import terminal
from phase4.cli.options import AsJson
from phase4.cloud.settings import Settings
from phase4.doctor import Examination, Status, examine

SHOWN: dict[Status, str] = {
    "ok": "ok",
    "wrong": "wrong",
    "hidden": "not allowed to see",
    "absent": "not here",
}
STYLES = {"ok": "green", "wrong": "bold red", "hidden": "yellow", "absent": "dim"}


def doctor(as_json: AsJson = False) -> None:
    """Examine the environment: permissions, tables, routines, what is deployed, in which version.

    Reads only. Exits 0 when everything is ok, 1 when something is wrong or may not be seen.

    Example: phase4 doctor
    """
    examination = examine(Settings.from_environment())
    if as_json:
        terminal.print_json([asdict(finding) for finding in examination.findings])
    else:
        _show(examination)
    if not examination.healthy:
        raise typer.Exit(1)


def _show(examination: Examination) -> None:
    console = terminal.results()
    table = Table.grid(padding=(0, 2))
    for finding in examination.findings:
        status = f"[{STYLES[finding.status]}]{SHOWN[finding.status]}[/]"
        next_step = f"\n→ {finding.cure}" if finding.cure else ""
        table.add_row(status, finding.subject, finding.detail + next_step)
    console.print(table)
    counts = Counter(finding.status for finding in examination.findings)
    total = len(examination.findings)
    told = ", ".join(f"{counts[status]} {SHOWN[status]}" for status in SHOWN if counts[status])
    console.print(f"{told} of {total}")
