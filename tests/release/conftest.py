"""One package for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from release.__main__ import app


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make package` fills."""
    folder = tmp_path_factory.mktemp("package") / "dist"
    done = CliRunner().invoke(app, ["package", "--folder", str(folder)])
    assert done.exit_code == 0, done.output
    return folder
