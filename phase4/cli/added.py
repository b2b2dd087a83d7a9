"""Commands that another distribution adds: entry points of the group `phase4.commands`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

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


def added() -> dict[str, tuple[str, Callable[[], object]]]:
    """By word, the menu's line and what loads the application or the function behind it.

    A word of the laptop that is not installed has a function that refuses.
    """
    found = {each.name: each for each in entry_points(group=GROUP)}
    return {
        word: (
            LAPTOP.get(word, f"Added by {_distribution(found.get(word))}."),
            found[word].load if word in found else _refusing(word),
        )
        for word in sorted({*LAPTOP, *found})
    }


def _distribution(point: EntryPoint | None) -> str:
    return point.dist.name if point and point.dist else "another distribution"


def _refusing(word: str) -> Callable[[], object]:
    def load() -> object:
        raise NotInstalled(word)

    return load
