"""What the benchmark of a task starts as a process of its own, which no type checker reads."""

from __future__ import annotations

import ast
from importlib import import_module

from bench.task import TASK


def test_the_program_of_a_task_finds_all_that_it_imports() -> None:
    tree = ast.parse(TASK.format(calendar="calendar.json"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert imports
    for node in imports:
        module = import_module(str(node.module))
        for alias in node.names:
            assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"
