"""Who sits at the terminal, as plans, ledgers and alerts name them."""

from __future__ import annotations

import getpass

NOBODY = "unknown"


def name() -> str:
    """The login name; a domain before it stands before a slash, as quotes and backslashes may not.

    `unknown` in a container whose user has no name.
    """
    try:
        login = getpass.getuser()
    except (OSError, KeyError):
        return NOBODY
    return login.replace("\\", "/").replace('"', "") or NOBODY
