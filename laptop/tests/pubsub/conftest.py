"""The embedded server and Google's emulator behind the same fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from laptop.tests.pubsub.servers import (
    Broker,
    Receiver,
    embedded_server,
    official_server,
    receiving,
)


@pytest.fixture(scope="session")
def embedded() -> Iterator[Broker]:
    with embedded_server() as broker:
        yield broker


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with official_server(tmp_path_factory.mktemp("official")) as broker:
        yield broker


@pytest.fixture(params=["embedded", "official"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Either server: what a test says with it is part of the contract."""
    server: Broker = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as record:
        yield record
