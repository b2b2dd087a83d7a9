"""The command line called in this process, which is quick, or started as operators do."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from phase4.cli import main

PATIENCE = 300
PROGRAM = "from phase4.cli import main; main()"
# The same on a machine whose clock is an hour late.
LATE_PROGRAM = f"""
import datetime as module

real = module.datetime

class Kind(type):
    def __instancecheck__(cls, found):
        return isinstance(found, real)

class Late(real, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) - module.timedelta(hours=1)

module.datetime = Late
{PROGRAM}
"""


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str


def called(
    words: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None
) -> Finished:
    """The command line called with these words and nothing but this environment."""
    out, err = io.StringIO(), io.StringIO()
    with (
        only(environment),
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["phase4", *words])
        patch.chdir(cwd or Path.cwd())
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    assert isinstance(code, int), f"the command line ended with {code!r}"
    return Finished(code, out.getvalue(), err.getvalue())


@contextmanager
def only(environment: Mapping[str, str]) -> Iterator[None]:
    """This process with nothing but this environment, for a while."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def started(
    words: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path | None = None,
    program: str = PROGRAM,
) -> Finished:
    """The command line started as a process with nothing but this environment."""
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=dict(environment),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Finished(done.returncode, done.stdout, done.stderr)
