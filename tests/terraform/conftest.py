"""The schema of the events topic, compiled once for a module."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.event_message import compiled


@pytest.fixture(scope="module")
def message(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The message class that the compiler makes of event.proto."""
    return compiled(tmp_path_factory.mktemp("proto"))
