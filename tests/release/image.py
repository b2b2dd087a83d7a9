"""The image of the job without a container engine: its environment, command and file system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from release.wheel import ROOT

DOCKERFILE = (ROOT / "jobs/precompute/Dockerfile").read_text()
TASK_SECONDS = 300

# Everything read-only but a fresh /tmp; no root, no way back to it; only the given variables.
# Python lies where every user can read it, as in an image: it may belong to root on this machine.
CONTAIN = """
mount --bind "$1" /mnt && mount -o remount,ro,bind /mnt
mount --bind "$2" /srv && mount -o remount,ro,bind /srv
mount -o remount,ro,bind / && mount -t tmpfs tmpfs /tmp && cd /tmp
user=$3; shift 3
exec setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --inh-caps=-all "$@"
"""


def entrypoint() -> list[str]:
    """The words of ENTRYPOINT."""
    words = re.search(r"^ENTRYPOINT \[(.+)\]$", DOCKERFILE, re.M)
    assert words
    return [word.strip(' "') for word in words[1].split(",")]


def user() -> str:
    """The numeric user of USER."""
    found = re.search(r"^USER (\d+):\1$", DOCKERFILE, re.M)
    assert found
    return found[1]


def variables(code_version: str) -> dict[str, str]:
    """What ENV sets, with /mnt in the place of /venv."""
    block = re.search(r"^ENV ((?:.|\\\n)+?)$(?<!\\)", DOCKERFILE, re.M)
    assert block
    pairs = (pair.split("=", 1) for pair in block[1].replace("\\\n", " ").split())
    known = {"CODE_VERSION": code_version, "PATH": "/usr/bin:/bin"}
    return {
        name: re.sub(r"\$\{(\w+)\}", lambda m: known[m[1]], value).replace("/venv/", "/mnt/")
        for name, value in pairs
    }


@dataclass(frozen=True)
class Contained:
    """A virtual environment that runs as the image would."""

    environment: Path
    code_version: str

    def run(
        self, given: Mapping[str, str], command: list[str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs ENTRYPOINT (or another command) with the variables of the image and these."""
        # Where the moved Python finds its own library; the image's Python knows it.
        moved = {"LD_LIBRARY_PATH": "/srv/lib"}
        every = {**variables(self.code_version), **moved, **given}
        bare = ["env", "-i", *(f"{name}={value}" for name, value in every.items())]
        place = ["unshare", "--mount", "--propagation", "private", "sh", "-euc", CONTAIN, "contain"]
        return subprocess.run(
            [*place, *self._mounts(), user(), *bare, *(command or entrypoint())],
            capture_output=True,
            text=True,
            timeout=TASK_SECONDS,
        )

    def _mounts(self) -> list[str]:
        return [str(self.environment), sys.base_prefix]


def move_python(environment: Path) -> None:
    """Lets a virtual environment find its Python in /srv."""
    program = environment / "bin" / "python"
    target = Path("/srv/bin") / f"python{sys.version_info.major}.{sys.version_info.minor}"
    for link in (environment / "bin").glob("python*"):
        link.unlink()
    program.symlink_to(target)
    settings = environment / "pyvenv.cfg"
    settings.write_text(re.sub(r"(?m)^home = .*$", "home = /srv/bin", settings.read_text()))


def missing() -> str:
    """What this machine lacks to contain a process; empty when nothing."""
    if os.geteuid() != 0:
        return "only root can give a process its own file system"
    for program in ("unshare", "setpriv"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    probe = ["unshare", "--mount", "--propagation", "private", "true"]
    if subprocess.run(probe, capture_output=True).returncode:
        return "this machine lets nobody mount"
    return ""
