"""docs/emulator.md, the corrections that are tested and the modules that correct are the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from .corrections import CORRECTIONS

FOLDER = Path(__file__).parents[2]
PAGE = (FOLDER / "docs" / "emulator.md").read_text()
ROWS = re.findall(r"^\| `(\w+)\.py` \| `(\w+)` \| .+ \|$", PAGE, re.M)
PATCHES = re.compile(r"vars\(\w+\)(?:\.update|\[)|\.TRANSFORMS\[|^@register$", re.M)


def test_the_pages_name_the_version_that_is_required() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    (required,) = [one for one in project["dependencies"] if one.startswith("bqemulator")]
    for text in (PAGE, (FOLDER / "README.md").read_text()):
        (version,) = re.findall(r"bqemulator`? (\d[\d.]*\d)", text)
        assert f"bqemulator=={version}" == required


def test_every_correction_is_a_row_and_every_row_is_tested() -> None:
    tested = [(one.module, name) for name, one in CORRECTIONS.items()]
    assert sorted(ROWS) == sorted([*tested, ("remembered", "statements_read_once")])


def test_every_module_that_reaches_into_the_emulator_has_a_row() -> None:
    modules = (FOLDER / "bigquery").glob("*.py")
    reaching = {path.stem for path in modules if PATCHES.search(path.read_text())}
    assert len(reaching) > 5
    assert reaching <= {module for module, _ in ROWS}
