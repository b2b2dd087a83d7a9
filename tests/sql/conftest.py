"""Google's analyzer, once for all tests of this folder in a process."""

from __future__ import annotations

import pytest

from tests.sql.googlesql import SETTINGS, GoogleSql, project


@pytest.fixture(scope="session")
def google() -> GoogleSql:
    """The analyzer with every routine of the project known, which takes seconds."""
    return project(SETTINGS)
