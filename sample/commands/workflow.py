"""`phase4 workflow …`: the workflow definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The workflow definitions.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The workflow definitions."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Workflow definitions.", metavar="FILE…")],
) -> None:
    """Say what deployment would reject; exits 0 without findings, 1 with, 2 unreadable.

    Example: phase4 workflow check workflows/phase4-backfill.yaml
    """
    from laptop.workflows.check import main

    code = main([str(file) for file in files])
    if code:
        raise typer.Exit(code)
