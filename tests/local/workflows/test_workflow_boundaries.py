"""What the local Cloud Workflows may know: nothing of this project; its language: no I/O."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "local" / "workflows"
INPUT_OUTPUT = {"httpx", "socket", "subprocess", "grpc", "starlette", "uvicorn", "google", "os"}


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{node.module}"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda p: p.name)
def test_no_module_knows_the_project(path: Path) -> None:
    project = ("phase4", "jobs", "functions", "local.")
    of_project = {name for name in imported(path) if name.startswith(project)}
    assert {name for name in of_project if not name.startswith("local.workflows")} == set()


@pytest.mark.parametrize("path", sorted((FOLDER / "language").glob("*.py")), ids=lambda p: p.name)
def test_the_language_does_no_input_or_output(path: Path) -> None:
    names = set(imported(path))
    assert not {name.partition(".")[0] for name in names} & INPUT_OUTPUT
    own = {name for name in names if name.startswith("local.")}
    assert all(name.startswith("local.workflows.language") for name in own)


def test_nothing_is_evaluated_by_python_itself() -> None:
    for path in FOLDER.rglob("*.py"):
        names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
        assert not names & {"eval", "exec", "compile"}, path
