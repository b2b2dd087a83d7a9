"""The folder of a laptop cloud, as the commands take it, and the cloud that runs in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sample.cloud import Cloud

Folder = Annotated[Path, typer.Option(help="Where the laptop cloud keeps its notes and logs.")]
FOLDER = Path(".phase4")


def running(folder: Path) -> Cloud:
    """The cloud that runs in `folder`; NotThere says how to start one."""
    from sample import cloud as clouds

    return clouds.running(folder)
