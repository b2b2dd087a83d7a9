"""The workflow language does no I/O and evaluates nothing by Python itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from laptop.tests.imports import imported

FOLDER = Path(__file__).parents[2] / "workflows"
INPUT_OUTPUT = {"httpx", "socket", "subprocess", "grpc", "starlette", "uvicorn", "google", "os"}


@pytest.mark.parametrize("path", sorted((FOLDER / "language").glob("*.py")), ids=lambda p: p.name)
def test_the_language_does_no_input_or_output(path: Path) -> None:
    names = set(imported(path))
    assert not {name.partition(".")[0] for name in names} & INPUT_OUTPUT
    own = {name for name in names if name.startswith("laptop.")}
    assert all(name.startswith("laptop.workflows.language") for name in own)


def test_nothing_is_evaluated_by_python_itself() -> None:
    for path in FOLDER.rglob("*.py"):
        names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
        assert not names & {"eval", "exec", "compile"}, path
