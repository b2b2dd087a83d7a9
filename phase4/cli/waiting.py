"""Waiting for a service that may not answer: said in seconds, and by its name at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from phase4.cli import terminal
from phase4.cloud.retries import DeadlineExceeded, is_quota, is_transient, one_line
from phase4.errors import NoAnswer

NOTICE_SECONDS = 3.0
# So long a command asks again; who reads the line may give it again.
PATIENCE_SECONDS = 30.0


class NotNow(NoAnswer):
    """A service answered that its quota is used up for now."""

    def __init__(self, service: str, error: Exception) -> None:
        super().__init__(
            f"{service} takes no more for now: {one_line(error)[:300]}: the same command again in"
            " a minute"
        )


class Silent(NoAnswer):
    """A service did not answer what a command asked of it."""

    def __init__(self, service: str, error: Exception) -> None:
        super().__init__(
            f"{service} does not answer: {one_line(error)[:200]}: phase4 doctor names what does not"
            " answer; then the same command again"
        )


@contextmanager
def waiting_for(service: str, what: str = "to answer") -> Iterator[None]:
    """Says which service is waited for once that takes long; Silent when it never answers.

    Clients try again for minutes without a word.
    """
    notice = Timer(NOTICE_SECONDS, _tell, [f"waiting for {service} {what}"])
    notice.daemon = True
    notice.start()
    try:
        yield
    except Exception as error:
        if not (isinstance(error, DeadlineExceeded) or is_transient(error)):
            raise
        last = error.last if isinstance(error, DeadlineExceeded) else error
        raise (NotNow if is_quota(last) else Silent)(service, error) from error
    finally:
        notice.cancel()


def _tell(line: str) -> None:
    terminal.notes().print(line, soft_wrap=True)
