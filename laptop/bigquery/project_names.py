"""Work on texts that name their project, remembered once for all projects.

The texts of two deployments of the same SQL differ in the project's name only. What is made of such
a text is made of the text with a placeholder for the name, and the name is put back afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, TypeVar

from bqemulator.udf.naming import sanitize_component

from .kept import SHELF
from .statements import REMEMBERED

Made = TypeVar("Made")
_PROJECT: ContextVar[str] = ContextVar("project", default="")
# A hyphen decides how an unquoted name is read: the placeholder has one when the name does.
_PLACEHOLDERS = {True: "any-project-at-all", False: "anyprojectatall"}


@contextmanager
def working_for(project: str) -> Iterator[None]:
    """Texts inside of the block belong to statements of this project."""
    token = _PROJECT.set(project)
    try:
        yield
    finally:
        _PROJECT.reset(token)


def same_in_every_project(function: Callable[..., Made]) -> Callable[..., Made]:
    """A function of a text and of hashable values that gives texts, remembered for all projects.

    An error is raised for the text as it was given: its message shows it.
    """
    remembered = lru_cache(maxsize=REMEMBERED)(SHELF.keeping(function))

    @wraps(function)
    def asked(sql: str, *values: Any) -> Made:
        project = _PROJECT.get()
        placeholder = _PLACEHOLDERS["-" in project]
        if not project or placeholder in sql:
            return remembered(sql, *values)
        general = [placeholder if value == project else value for value in values]
        try:
            made = remembered(_whole(project).sub(placeholder, sql), *general)
        except Exception:
            return function(sql, *values)
        named: Made = _named(made, placeholder, project)
        return named

    return asked


@lru_cache(maxsize=REMEMBERED)
def _whole(name: str) -> re.Pattern[str]:
    # The name comes first: a pattern that begins with letters is looked for without a step per
    # letter of the text.
    letters = re.escape(name)
    return re.compile(rf"{letters}(?<![\w-]{letters})(?![\w-])")


def _named(made: Any, placeholder: str, project: str) -> Any:
    if isinstance(made, tuple):
        return tuple(_named(one, placeholder, project) for one in made)
    if not isinstance(made, str):
        return made
    for text, name in ((placeholder, project), *_flat(placeholder, project)):
        made = made.replace(text, name)
    return made


def _flat(placeholder: str, project: str) -> Iterator[tuple[str, str]]:
    """The names inside a routine's name, which is written in capitals where it is called."""
    flat = sanitize_component(placeholder), sanitize_component(project)
    yield flat
    yield flat[0].upper(), flat[1].upper()
