"""docs/adding-a-table.md: its commands, as they stand there, add a table and fill it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PAGE = ROOT / "docs" / "adding-a-table.md"
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
TABLE = "player_recent_minutes"
SECONDS = 500
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Done:
    """What the commands of the page said, and the folder in which they ran."""

    said: str
    folder: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """All commands of the page in one shell that stops at the first that fails."""
    folder = tmp_path_factory.mktemp("own")
    script = "\n".join(("set -euo pipefail", *COMMANDS.findall(PAGE.read_text())))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PHASE4_")
    }
    path = f"{BIN}:{environment['PATH']}"
    finished = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**environment, "PATH": path, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    try:
        assert finished.returncode == 0, finished.stdout
        yield Done(finished.stdout, folder)
    finally:
        if (folder / ".phase4").exists():
            down = [str(BIN / "phase4"), "local", "down"]
            subprocess.run(down, cwd=folder, env=environment, capture_output=True)


def test_its_dates_are_planned(done: Done) -> None:
    assert f"of {TABLE}: 6 dates planned + 1 skipped = 7" in done.said


def test_the_run_fills_it_and_passes(done: Done) -> None:
    assert done.said.count("verdict passed") == 2
    assert f"{TABLE}: 6 of 6 dates done, 0 failed, 51 games added" in done.said


def test_the_report_names_it(done: Done) -> None:
    assert TABLE.replace("_", " ") in (done.folder / "report.html").read_text()


def test_a_second_run_has_nothing_to_do(done: Done) -> None:
    assert f"{TABLE}: 0 of 0 dates done" in done.said


def test_nothing_of_the_repository_knows_it() -> None:
    found = subprocess.run(
        ["git", "grep", "-l", TABLE], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    assert {name for name in found if not name.startswith(("tests/", "docs/"))} == set()


def test_a_folder_without_declarations_is_refused_by_name(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-c", "import phase4.tables.filled"],
        env={**os.environ, "PHASE4_EXTRA_TABLES": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (
        f"PHASE4_EXTRA_TABLES='{tmp_path}': expected a folder with NAME/table.json"
        in refused.stderr
    )
