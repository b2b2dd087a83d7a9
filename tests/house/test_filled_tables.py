"""What a run fills is declared in folders: nothing else knows the table that it fills by name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from phase4.tables.filled import DEFAULT

ROOT = Path(__file__).parents[2]
# Who may name it, and why.
ALLOWED = {
    "phase4/cloud/settings.py": "configuration: where it is unless told otherwise",
    "terraform/variables_tables.tf": "configuration, for Terraform",
    "terraform/tests/mocks/league.tfmock.hcl": "what a project holds, for Terraform's own tests",
    "pyproject.toml": "the description of the distribution",
    "sample/league/league.py": "a user: the sample league has rows of it",
    "sample/league/earlier_system.py": "a user: the system that wrote these rows",
    "bench/billing.py": "a user: what its rows would cost",
    "phase4/tables/training.json": "a user: the features that models train on",
    "bench/limit.sql": "one statement by hand, against which computing is measured",
}
NO_CODE = ("tests/", "laptop/tests/", "docs/", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def columns() -> list[str]:
    """The columns that are its own: scores, and the texts with their inputs."""
    contexts = {factor.context for factor in DEFAULT.active_factors}
    return [*(one.column for one in DEFAULT.scores), *(f"{one}_context_json" for one in contexts)]


def files() -> list[str]:
    """Every text of the repository that is neither its folder, a test, nor a page."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    own = str(DEFAULT.folder.relative_to(ROOT))
    names = [name for name in listed.stdout.split() if (ROOT / name).suffix != ".png"]
    return [name for name in names if not name.startswith((own, *NO_CODE))]


def test_nobody_else_names_it_or_its_scores() -> None:
    names = re.compile(rf"\b({'|'.join([DEFAULT.name, *columns()])})\b")
    naming = {name for name in files() if names.search((ROOT / name).read_text())}
    assert naming == set(ALLOWED)


@pytest.mark.parametrize("file", ["table.json", "schema.json", "rows.sql"])
def test_its_folder_is_what_every_folder_is(file: str) -> None:
    folders = {path.parent for path in DEFAULT.folder.parent.glob("*/table.json")}
    assert {folder for folder in folders if not (folder / file).exists()} == set()
