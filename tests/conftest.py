"""Fixtures that several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.laptop import Laptop, start


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A laptop cloud with the sample league, for the tests of one module."""
    before = dict(os.environ)
    running = start(tmp_path_factory.mktemp("cloud"))
    try:
        yield running
    finally:
        running.cloud.stop()
        os.environ.clear()
        os.environ.update(before)
