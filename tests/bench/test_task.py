"""What a benchmark starts as a process of its own, which no type checker reads."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

from bench.export import EXPORT
from bench.task import TASK

NAMES = {"calendar": "calendar.json", "first": "2025-01-01", "last": "2025-01-02", "out": "out"}


@pytest.mark.parametrize("program", [TASK, EXPORT])
def test_a_program_finds_all_that_it_imports(program: str) -> None:
    tree = ast.parse(program.format(**NAMES))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert imports
    for node in imports:
        module = import_module(str(node.module))
        for alias in node.names:
            assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"
