"""What holds for every test of the repository."""

from __future__ import annotations

import gc
from collections.abc import Generator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Folders whose files share what takes long to make: Google's analyzer, a run that has ended, the
# validator with its servers.
TOGETHER = (
    "tests/sql/",
    "tests/phase4/cli/",
    "tests/phase4/validation/",
    "tests/scenarios/events/",
)

# Until every test is known, all that is made lasts: looking for garbage is half of the collection.
gc.disable()

# A busy machine is no error of an example: how long one takes says nothing about the rule.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Garbage is looked for again, but not among modules and tests."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file stays in one process, and so do the files of a folder that share something."""
    if config.getvalue("dist") != "loadfile":
        return None
    scheduler: Any = import_module("xdist.scheduler").LoadFileScheduling(config, log)
    file_of = scheduler._split_scope
    scheduler._split_scope = lambda test: next(filter(test.startswith, TOGETHER), file_of(test))
    return scheduler
