"""Fixtures that several folders share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop
from tests.phase4.validation.world import Span, World, shared_world
from tests.shared_cloud import SharedCloud
from tests.table_server import TableServer, reachable, serving

# What a slow test asks for: a whole laptop cloud, or the validator's share of one.
SLOW_FIXTURES = {"laptop", "world"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files come first: at the end no process is left alone with one."""
    items.sort(key=lambda item: SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="module")
def league() -> Path | None:
    """The folder of the league to load, for modules that need another one than the sample."""
    return None


@pytest.fixture(scope="module")
def has_site() -> bool:
    """Whether the module's project has a bucket for its site."""
    return False


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCloud]:
    """The servers of the laptop cloud, once for the session."""
    cloud = SharedCloud.start(tmp_path_factory.mktemp("cloud"))
    try:
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def laptop(
    shared_cloud: SharedCloud,
    request: pytest.FixtureRequest,
    league: Path | None,
    has_site: bool,
) -> Iterator[Laptop]:
    """A project on the laptop cloud with a league loaded, for the tests of one module."""
    project = shared_cloud.project(request.module.__name__, league, has_site)
    with project.reachable():
        yield project
        shared_cloud.remove(project)


@pytest.fixture
def disarmed(laptop: Laptop) -> Iterator[None]:
    """No fault outlives its test."""
    yield
    laptop.disarm()


@pytest.fixture(scope="session")
def table_server() -> Iterator[TableServer]:
    """A local BigQuery with the project's tables, for the whole session."""
    with serving() as server:
        yield server


@pytest.fixture
def tables(table_server: TableServer) -> Iterator[TableServer]:
    """That server with its addresses in the environment, without faults of earlier tests."""
    with reachable(table_server):
        yield table_server
    table_server.disarm()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The validator with its servers, once for the session and fresh for the test."""
    shared = shared_world()
    shared.enter(monkeypatch)
    return shared


@pytest.fixture
def span(world: World) -> Span:
    """Eight dates of that world whose alerts are nobody else's."""
    return world.span()
