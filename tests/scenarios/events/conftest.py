"""The validator's world for the tests of this folder."""

from __future__ import annotations

import pytest

from tests.phase4.validation.world import Span, World, shared_world


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    shared = shared_world()
    shared.enter(monkeypatch)
    return shared


@pytest.fixture
def span(world: World) -> Span:
    return world.span()
