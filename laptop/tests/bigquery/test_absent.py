"""A module that is not installed costs no search of the path."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from laptop.bigquery.absent import remember_absence


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that the path is searched for, where pandas is not installed."""
    names: list[str] = []

    class Searched:
        def find_spec(self, fullname: str, *_: object) -> None:
            names.append(fullname)

    monkeypatch.setattr(sys, "meta_path", [Searched()])
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    remember_absence("pandas")
    names.clear()
    return names


def test_a_module_that_is_not_there_is_not_searched_again(searched: list[str]) -> None:
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="pandas"):
            importlib.import_module("pandas")
    assert searched == []


def test_other_modules_are_searched_as_ever(searched: list[str]) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module")
    assert searched == ["no_such_module"]


def test_a_module_that_is_there_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    before = list(sys.meta_path)
    remember_absence("pandas")
    assert sys.meta_path == before
