"""One thing that was looked at: as it should be, wrong, or not for this account to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, Unauthorized

from phase4.cloud.retries import is_transient, one_line

Status = Literal["ok", "wrong", "hidden", "absent"]
# Cures of what a release brings, and of what only an apply of the whole environment makes.
DEPLOY = "deploy this release (docs/operations.md)"
APPLY = "apply the environment of this release again (docs/operations.md)"
# The permission that lacks is named at the end, behind the address of what was asked.
LONGEST_ANSWER = 500


@dataclass(frozen=True)
class Finding:
    """`detail` says what was found; `cure` is the next step of a finding that is not ok.

    `absent` is what this environment does not have by design: the laptop has no IAM.
    """

    subject: str
    status: Status
    detail: str
    cure: str = ""


def ok(subject: str, detail: str) -> Finding:
    """The subject is as it should be."""
    return Finding(subject, "ok", detail)


def wrong(subject: str, detail: str, cure: str) -> Finding:
    """The subject is not as a run needs it."""
    return Finding(subject, "wrong", detail, cure)


def looked_at(
    subject: str, cure: str, probe: Callable[..., Iterable[Finding]], *arguments: Any
) -> Iterator[Finding]:
    """What `probe(*arguments)` finds; what it may not see, find or ask is a finding too.

    Raises when nobody answers: that is said once, of the service.
    """
    try:
        yield from probe(*arguments)
    except (Forbidden, Unauthorized) as error:
        ask = "ask for the permission that the answer names, or let its holder look"
        yield Finding(subject, "hidden", one_line(error)[:LONGEST_ANSWER], ask)
    except NotFound as error:
        yield wrong(subject, one_line(error)[:LONGEST_ANSWER], cure)
    except GoogleAPICallError as error:
        # One thing that is broken must not keep the others from being looked at.
        if is_transient(error):
            raise
        yield wrong(subject, one_line(error)[:LONGEST_ANSWER], cure)
