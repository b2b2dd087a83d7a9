"""`python -m requirements.install LOCK FOLDER`: a virtual environment that is a lock, exactly.

Nothing is resolved: what the lock holds is installed, by hash, as wheels. It runs before anything
is installed, so it has the standard library alone. A stamp in the folder, written last, says what
the folder was made of; a folder without one was not finished and is made anew.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from requirements.failures import InstallError, NoNetworkError, NoWheelError, failure

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
UV = HERE / "uv.txt"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps")
EXACT = ("--require-hashes", "--only-binary=:all:")
# phase4 first: the others need it. Each is a distribution of this checkout.
DISTRIBUTIONS = (ROOT, ROOT / "laptop", ROOT / "sample")
EDITABLE = (
    "--no-deps",
    "--no-build-isolation",
    *(word for folder in DISTRIBUTIONS for word in ("--editable", str(folder))),
)


class Installation:
    """A virtual environment in a folder, and the lock that it is to be."""

    def __init__(self, lock: Path, folder: Path, editable: bool, uv: Path | None) -> None:
        self._lock = lock
        self._folder = folder
        self._editable = editable
        self._uv = uv
        self._python = folder / "bin" / "python"
        self._stamp = folder / "installed"
        self._held = -1

    def run(self) -> None:
        """Makes the folder the lock, or returns at once when it is."""
        with self._alone():
            if self._made_of() == self._wanted():
                return
            started = time.monotonic()
            self._make()
            self._stamp.unlink(missing_ok=True)
            self._fill()
            self._stamp.write_text("\n".join(self._wanted()))
            self._say(f"ready after {time.monotonic() - started:.0f} s")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the checkout's lock; a child inherits it, so that an orphan finishes first."""
        self._held = os.open(HERE, os.O_RDONLY)
        try:
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("another set-up is at work, waiting for it")
                fcntl.flock(self._held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(self._held)

    def _wanted(self) -> list[str]:
        """The environment's place and Python, and a hash of what is installed into it."""
        projects = [folder / "pyproject.toml" for folder in DISTRIBUTIONS]
        sources = [self._lock, UV, *(projects if self._editable else [])]
        content = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources))
        python = f"{sys.base_prefix} {platform.python_version()}"
        return [f"{self._folder.resolve()} {python}", content.hexdigest()]

    def _made_of(self) -> list[str]:
        finished = self._stamp.exists() and self._python.exists()
        return self._stamp.read_text().splitlines() if finished else []

    def _make(self) -> None:
        """An empty environment, unless there is a finished one of this Python."""
        if self._made_of()[:1] == self._wanted()[:1]:
            return
        how = "anew, it was not finished or is of another Python" if self._folder.exists() else ""
        self._say(f"making it {how}".strip() + f" (Python {platform.python_version()})")
        venv = [sys.executable, "-m", "venv", "--clear", str(self._folder)]
        self._call("a virtual environment", venv)

    def _fill(self) -> None:
        count = len(re.findall(r"^\S+==", self._lock.read_text(), re.M))
        self._say(f"installing {count} packages of {_shown(self._lock)}")
        if uv := self._locked_uv():
            try:
                self._fill_by_uv(uv)
                return
            except NoNetworkError:
                self._say("uv reaches no registry; perhaps pip, with its own settings, does")
        self._call("the lock", [self._python, *PIP, *EXACT, "--requirement", self._lock])
        if self._editable:
            self._call("phase4", [self._python, *PIP, *EDITABLE])

    def _fill_by_uv(self, uv: Path) -> None:
        place = ("--quiet", "--python", self._python)
        self._call("the lock", [uv, "pip", "sync", *place, *EXACT, self._lock])
        if self._editable:
            self._call("phase4", [uv, "pip", "install", *place, *EDITABLE])

    def _locked_uv(self) -> Path | None:
        """The given uv, else the locked one, installed first; None where it has no wheel."""
        if self._uv:
            return self._uv
        try:
            self._call("uv", [self._python, *PIP, *EXACT, "--requirement", UV])
        except NoWheelError:
            self._say("uv has no wheel for this machine; pip installs, which takes longer")
            return None
        return self._folder / "bin" / "uv"

    def _call(self, what: str, command: Sequence[str | Path]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, pass_fds=[self._held])
        if done.returncode:
            raise failure(what, done.stdout + done.stderr, sys.executable)

    def _say(self, text: str) -> None:
        print(f"{_shown(self._folder)}: {text}", flush=True)


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m requirements.install")
    parser.add_argument("lock", help="name of a lock: dev, job, function, checkov, build")
    parser.add_argument("folder", type=Path, help="where the environment is or will be")
    parser.add_argument("--editable", action="store_true", help="install this checkout as well")
    parser.add_argument("--uv", type=Path, help="the uv of another environment")
    given = parser.parse_args()
    lock = HERE / f"{given.lock}.txt"
    try:
        Installation(lock, given.folder, given.editable, given.uv).run()
    except InstallError as error:
        print(f"{_shown(given.folder)}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{_shown(given.folder)}: stopped; the next call makes it anew", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
