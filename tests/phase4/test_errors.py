"""One tree of errors: as it is drawn, and what the command line makes of it and of all others."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pyarrow as pa
import pytest
from google.api_core.exceptions import Forbidden
from google.auth.exceptions import DefaultCredentialsError

import phase4
import sample
from phase4 import errors
from phase4.cli import app as command_line
from phase4.errors import NoAnswer, NotThere, Phase4Error, Refused, Unfit, WrongInput


def modules() -> Iterator[ModuleType]:
    for package in (phase4, sample):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def ours() -> set[type[BaseException]]:
    """Every class of an error that a module of ours defines."""
    return {
        value
        for module in modules()
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, BaseException)
        and value.__module__ == module.__name__
    }


LINE = re.compile(r"^    ([│├└─ ]*)(\w+)(?: {2,}.*)?$", re.M)


def drawing() -> list[tuple[str, str]]:
    """Each name of the drawing with the one that it hangs from, in its order."""
    above: list[str] = []
    found = []
    for branch, name in LINE.findall(errors.__doc__ or ""):
        depth = len(branch) // 4
        above[depth:] = [name]
        found.append((name, above[depth - 1] if depth else "Exception"))
    return found


def test_the_drawing_is_the_tree() -> None:
    assert sorted(drawing()) == sorted((each.__name__, each.__mro__[1].__name__) for each in ours())


@pytest.mark.parametrize("kind", [WrongInput, NotThere, Refused, Unfit, NoAnswer])
def test_what_its_reader_can_mend_is_one_line(
    kind: type[Phase4Error], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_with(kind("table x has\nno column y: add it"), monkeypatch) == 2
    assert capsys.readouterr().err == "phase4: table x has no column y: add it\n"


@pytest.mark.parametrize("error", [Forbidden("not for you"), DefaultCredentialsError("no login")])
def test_what_google_refuses_is_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_with(error, monkeypatch) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "bug",
    [
        ValueError("of a library"), KeyError("rows"), LookupError("expected one row"),
        json.JSONDecodeError("Expecting value", "", 0), pa.ArrowInvalid("cast"), OSError("disk"),
    ],
    ids=lambda bug: type(bug).__name__,
)  # fmt: skip
def test_a_bug_keeps_its_traceback_and_never_reads_as_not_passed(
    bug: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_with(bug, monkeypatch) == 2
    written = capsys.readouterr().err
    assert written.startswith("Traceback")
    assert "raise error" in written


def ended_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code of the command line when a command raises this."""

    def raising(*, standalone_mode: bool) -> None:
        raise error

    monkeypatch.setattr(command_line, "app", raising)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    return ended.value.code
