"""Commands that another distribution adds: entry points of the group `phase4.commands`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

import typer

from phase4.errors import NotThere

GROUP = "phase4.commands"
# What the laptop adds; where it is not installed the word is known and says what to install.
LAPTOP = {
    "local": "The laptop cloud: every service as a local process.",
    "workflow": "The workflow definitions.",
}


class NotInstalled(NotThere):
    """A command needs a distribution that is not there; the message names what to install."""

    def __init__(self, word: str) -> None:
        super().__init__(
            f"`phase4 {word}` is of the laptop cloud: install its wheels, laptop_cloud and"
            " phase4_sample, beside phase4's (README, Installed as a tool)"
        )


def add_to(app: typer.Typer) -> None:
    """Adds what is installed, and a refusal for each word of the laptop that is not."""
    found = {each.name: each for each in entry_points(group=GROUP)}
    for word in sorted({*LAPTOP, *found}):
        if word in found:
            app.add_typer(found[word].load(), name=word)
        else:
            anything = {"allow_extra_args": True, "ignore_unknown_options": True}
            app.command(word, help=LAPTOP[word], context_settings=anything)(_refusing(word))


def _refusing(word: str) -> Callable[[], None]:
    def refuse() -> None:
        raise NotInstalled(word)

    return refuse
