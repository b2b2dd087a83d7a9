"""docs/emulator.md names every module that reaches into the emulator, its version, and tests."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parents[1]
PAGE = (FOLDER / "docs" / "emulator.md").read_text()
ROWS = re.findall(r"^\| `(\w+\.py)` \| .+ \| `(test_\w+)` \|$", PAGE, re.M)


def test_the_version_is_the_one_that_is_required() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    (version,) = re.findall(r"bqemulator (\d[\d.]*\d)", PAGE)
    assert f"bqemulator=={version}" in project["dependencies"]


def test_every_module_that_installs_itself_is_named() -> None:
    modules = (FOLDER / "bigquery").glob("*.py")
    installing = {path.name for path in modules if "\ndef install(" in path.read_text()}
    assert installing
    assert installing <= {module for module, _ in ROWS}


def test_the_named_modules_and_tests_are_there() -> None:
    texts = [path.read_text() for path in (FOLDER / "tests" / "bigquery").glob("test_*.py")]
    assert [module for module, _ in ROWS if not (FOLDER / "bigquery" / module).exists()] == []
    assert [test for _, test in ROWS if not any(f"def {test}(" in text for text in texts)] == []
