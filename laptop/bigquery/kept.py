"""Answers that took long to find, kept in the user's cache for the servers to come."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")

# Below it, looking is not much faster than finding.
WORTH_KEEPING_SECONDS = 0.01
KEPT_ANSWERS = 4_096
# Folders of other versions: of other branches and working copies.
KEPT_FOLDERS = 8
_MAKERS = ("bqemulator", "duckdb", "sqlglot")


class Shelf:
    """Answers of functions of texts, one file each; closed it keeps nothing, like a full disk."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def open(self, cache: Path) -> None:
        """Keep the answers of this version of the server in a folder of `cache`."""
        if not cache.is_absolute():
            return
        folder = cache / version_of(Path(__file__).parent)
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)
            self._folder = folder
            _clear(cache, folder)

    def keeping(self, function: Callable[..., Answer]) -> Callable[..., Answer]:
        """A function of values whose `repr` says all, which answers with texts, truths or tuples.

        Errors are raised anew each time.
        """
        name = f"{function.__module__}.{function.__qualname__}"

        @wraps(function)
        def asked(*values: Any) -> Answer:
            if self._folder is None:
                return function(*values)
            file = self._folder / hashlib.sha256(repr((name, values)).encode()).hexdigest()
            # A file that was cut short is no literal: the answer is found anew.
            with contextlib.suppress(OSError, ValueError, SyntaxError):
                kept: Answer = ast.literal_eval(file.read_text(encoding="utf-8"))
                return kept
            began = time.thread_time()
            answer = function(*values)
            if time.thread_time() - began > WORTH_KEEPING_SECONDS:
                _write(file, repr(answer))
            return answer

        return asked


def users_cache() -> Path:
    """Where programs of this user keep what they can make again."""
    given = os.environ.get("XDG_CACHE_HOME")
    # Path.expanduser raises where the user has no home; this stays as it is, which is no folder.
    return Path(given or os.path.expanduser("~/.cache")) / "laptop-cloud"  # noqa: PTH111


def version_of(package: Path) -> str:
    """A name for everything that makes the answers: this code, its libraries, the interpreter."""
    made_by = [sys.version, *(f"{name} {version(name)}" for name in _MAKERS)]
    sources = [file.read_text(encoding="utf-8") for file in sorted(package.glob("*.py"))]
    return hashlib.sha256("\0".join([*made_by, *sources]).encode()).hexdigest()[:16]


def _write(file: Path, text: str) -> None:
    # Several servers may write the same answer: each file is whole at any moment.
    draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    with contextlib.suppress(OSError):
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)


def _clear(cache: Path, folder: Path) -> None:
    """Bounded: the folders used last stay, and one that is full begins anew."""
    others = sorted(set(cache.iterdir()) - {folder}, key=lambda one: one.stat().st_mtime)
    for old in others[: max(0, len(others) - KEPT_FOLDERS)]:
        shutil.rmtree(old, ignore_errors=True)
    files = list(folder.iterdir())
    for file in files if len(files) > KEPT_ANSWERS else ():
        file.unlink(missing_ok=True)


SHELF = Shelf()
