"""The commands as a menu: a command's module is imported when it is given, not to list it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from phase4.cli.added import added

Command = TyperCommand | TyperGroup
# `phase4 plan` is the function `plan` of phase4.cli.plan; the texts are the menu's lines.
OURS = {
    "plan": "What a run would fill and skip, and what it would cost.",
    "run": "Fill the gaps of a range and follow the run.",
    "status": "How far a run is; without one, everything at a glance.",
    "cancel": "End a run and what it has in flight.",
    "validate": "Measure and check a range now.",
    "health": "What the weekly schedule runs: seasons measured, alerts raised.",
    "alerts": "What is wrong and who knows of it; acknowledge or snooze.",
    "gaps": "The dates that are not as they should be, with the cause.",
    "explain": "One date, or one player on it: what is known and where from.",
    "report": "A run, or coverage over time, as a page to look at.",
    "site": "Everything on one page: every date, runs, alerts, checks.",
    "receipt": "What a run has done, used and cost.",
    "training": "What models train on: how much of it is real, and as files.",
    "undo": "Take back what a run has published.",
    "doctor": "Whether this environment is deployed as it should be.",
}


class Unopened(TyperCommand):
    """A line of the menu; whatever else is asked of it, the command behind it answers."""

    def __init__(self, word: str, line: str, load: Callable[[], object]) -> None:
        super().__init__(word, callback=None, help=line)
        self._word = word
        self._load = load

    @cached_property
    def opened(self) -> Command:
        """The command itself, imported by the first call."""
        return _command(self._word, self._load())

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """The context of the command itself: parsing, help and invocation go by that."""
        return self.opened.make_context(*args, **kwargs)


class Menu(TyperGroup):
    """The command `phase4`: our commands, then those of other distributions."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        lines = {word: (line, _loading(word)) for word, line in OURS.items()}
        for word, (line, load) in {**lines, **added()}.items():
            self.commands[word] = Unopened(word, line, load)


def _command(word: str, target: Any) -> Command:
    """The command of a function, or the group of an application, by the name `word`."""
    holder = typer.Typer()
    # With a callback an application of one command remains a group.
    holder.callback()(lambda: None)
    if isinstance(target, typer.Typer):
        holder.add_typer(target, name=word)
    else:
        holder.command(word)(target)
    command = cast(TyperGroup, get_command(holder)).commands[word]
    return cast(Command, command)


def _loading(word: str) -> Callable[[], object]:
    return lambda: getattr(import_module(f"phase4.cli.{word}"), word)
