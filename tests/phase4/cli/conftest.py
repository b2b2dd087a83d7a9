"""A laptop cloud on which one run has ended, started as gcloud would start it.

The files of this folder share it, and stay in one process for that.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.laptop import Laptop
from tests.shared_cloud import SharedCloud

RANGE = ("2025-11-01", "2025-12-12")
# Those that change what the others read come last.
LAST = ("test_operator_commands.py", "test_undo.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of one file stay together."""
    items.sort(key=lambda item: item.path.name in LAST)


@pytest.fixture(scope="session")
def project(shared_cloud: SharedCloud) -> Iterator[Laptop]:
    """The project of this folder, for the whole session."""
    made = shared_cloud.project("operators", None)
    yield made
    with made.reachable():
        shared_cloud.remove(made)


@pytest.fixture(scope="module")
def laptop(project: Laptop) -> Iterator[Laptop]:
    """That project, reachable for the tests of one module."""
    with project.reachable():
        yield project


@pytest.fixture(scope="session")
def run_id(project: Laptop) -> str:
    """A finished run over two months: bootstrap, blocked dates, an off day, filled gaps."""
    with project.reachable():
        execution = project.run(
            start_date=RANGE[0], end_date=RANGE[1], purpose="tests <&>", owner="operator"
        )
    return execution.run_id
