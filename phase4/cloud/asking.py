"""What is entered around a call of a service, so that somebody at a terminal may hear of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

# With the name of the service and, where an answer takes its time, what it is waited for.
Asking = Callable[..., AbstractContextManager[None]]


def unheard(_service: str, _what: str = "") -> AbstractContextManager[None]:
    """Where nobody sits and waits."""
    return nullcontext()
