"""Which package may use which stands in docs/architecture.md; the imports are exactly that."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOPS = ("phase4", "jobs", "functions", "laptop", "sample", "release", "requirements", "bench")
ROW = re.compile(r"^\| `([\w.]+)` \|([^|]*)\| [^|]+ \|$", re.M)


@cache
def modules() -> dict[str, Path]:
    """Every module of the house by its dotted name."""
    files = [path for top in TOPS for path in (ROOT / top).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in files
        if "tests" not in path.relative_to(ROOT).parts
    }


def imports(name: str) -> Iterator[str]:
    """The modules of the house that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() else node.module


@cache
def graph() -> dict[str, set[str]]:
    """Each module with those of the house that it uses."""
    return {name: {each for each in imports(name) if each in modules()} for name in modules()}


def package(module: str) -> str:
    """The package as the table names it: below phase4 one level deeper."""
    parts = module.split(".")
    path = modules()[module]
    if parts[0] != "phase4" or len(parts) == 1 or (len(parts) == 2 and path.name != "__init__.py"):
        return parts[0]
    return ".".join(parts[:2])


def table() -> dict[str, set[str]]:
    """The table of docs/architecture.md: a package and those that it may use."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.partition("## What may use what")[2].partition("\n## ")[0]
    return {name: set(re.findall(r"`([\w.]+)`", uses)) for name, uses in ROW.findall(section)}


def used() -> dict[str, set[str]]:
    """What each package uses."""
    found: dict[str, set[str]] = {package(name): set() for name in modules()}
    for name, others in graph().items():
        found[package(name)] |= {package(other) for other in others} - {package(name)}
    return found


def test_packages_use_exactly_what_the_table_says() -> None:
    assert used() == table()


def test_no_package_uses_one_that_uses_it() -> None:
    list(TopologicalSorter(used()).static_order())


def test_no_circle_of_modules() -> None:
    own = {name: others - {name} for name, others in runtime().items()}
    list(TopologicalSorter(own).static_order())


def runtime() -> dict[str, set[str]]:
    """The graph without imports that are for the type checker alone."""
    return {
        name: {other for other in others if other not in typing_only(name)}
        for name, others in graph().items()
    }


def typing_only(name: str) -> set[str]:
    """What a module imports under `if TYPE_CHECKING:`."""
    guarded = [
        node
        for node in ast.walk(ast.parse(modules()[name].read_text()))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    found = set()
    for block in guarded:
        for node in ast.walk(block):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_the_edge_knows_that_there_is_an_emulator() -> None:
    knowing = {
        package(name) for name, path in modules().items() if "EMULATOR_HOST" in path.read_text()
    }
    assert knowing == {"phase4.cloud", "laptop"}


def test_entry_points_are_at_most_thirty_lines() -> None:
    for path in ("jobs/precompute/main.py", "functions/validator/main.py"):
        assert len((ROOT / path).read_text().splitlines()) <= 30, path
