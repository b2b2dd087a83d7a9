"""`python -m requirements.names FILE…`: makes locks that an old pip installs without resolving."""

from __future__ import annotations

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"\n(?=\S)")
WITH_EXTRAS = re.compile(r"(?P<name>[\w.-]+)\[[^\]]+\](?P<pin>==.+)", re.DOTALL)
ORIGIN = re.compile(r"\n\s+#.*")


def with_bare_names(lock: str) -> str:
    """The lock with `name==version` before each `name[extra]==version`.

    To the resolver of pip before 23.3 the two are different requirements: it looks for the newest
    release of the one that the lock does not pin, and then refuses it for want of a hash.
    """
    blocks = BLOCK.split(lock)
    pinned = {block.split("==")[0] for block in blocks}
    result = []
    for block in blocks:
        found = WITH_EXTRAS.match(block)
        if found and found["name"] not in pinned:
            result.append(found["name"] + ORIGIN.sub("", found["pin"]).rstrip("\n"))
        result.append(block)
    return "\n".join(result)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(with_bare_names(path.read_text()))
