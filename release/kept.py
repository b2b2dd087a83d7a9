"""A release as it is kept: what an apply by hand needs to find the same release again."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterator
from pathlib import Path

from release.wheel import ROOT

VARIABLES = "terraform/release.auto.tfvars.json"
ARCHIVE = "dist/function.zip"
ROUTINES = "dist/routines"


class IncompleteRelease(ValueError):
    """A file of the release is missing; the message names it and what makes it."""

    def __init__(self, missing: Path) -> None:
        super().__init__(
            f"{missing} is missing: `make package` and `python -m release variables` make it"
        )


def write_kept(target: Path, root: Path = ROOT) -> None:
    """Writes the files under their paths in a checkout; the same files give the same bytes."""
    with (
        target.open("wb") as file,
        gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path in _files(root):
            entry = archive.gettarinfo(path, str(path.relative_to(root)))
            entry.mtime = entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mode = 0o644
            with path.open("rb") as content:
                archive.addfile(entry, content)


def _files(root: Path) -> Iterator[Path]:
    for name in (VARIABLES, ARCHIVE, f"{ROUTINES}/manifest.json"):
        if not (root / name).is_file():
            raise IncompleteRelease(root / name)
    yield root / VARIABLES
    yield root / ARCHIVE
    yield from sorted(path for path in (root / ROUTINES).iterdir() if path.is_file())
