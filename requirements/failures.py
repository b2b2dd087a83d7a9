"""What a step of the set-up ends with: one line that names the thing and what to do."""

from __future__ import annotations

import platform
import re

PLATFORMS = "Linux (glibc 2.28 or newer) on x86-64 and arm64, macOS on arm64"
NO_WHEEL = re.compile(
    r"Because (?P<name>[\w.-]+)(?:\{.*?\})?==(?P<version>\S+) has no (?:usable )?wheels"
    r"|No matching distribution found for (?P<pip_name>[\w.-]+)\S*==(?P<pip_version>\S+)"
)
NO_NETWORK = re.compile(
    r"Failed to establish a new connection|NameResolutionError|ConnectTimeout|Connection refused"
    r"|dns error|[Ff]ailed to fetch|error sending request|client error \(Connect\)"
)


class InstallError(RuntimeError):
    """A step failed; the message is one line that ends with what to do."""


class NoNetworkError(InstallError):
    """No package registry could be reached."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: no package registry answers; see to the network or to `pip config list`"
            " (a mirror, a certificate), then call again"
        )


class NoWheelError(InstallError):
    """A locked distribution has no wheel for this machine."""

    def __init__(self, name: str, version: str) -> None:
        machine = f"{platform.system()} {platform.machine()} ({' '.join(platform.libc_ver())})"
        super().__init__(
            f"{name} {version} has no wheel for Python {platform.python_version()} on {machine};"
            f" all have one for {PLATFORMS}"
        )


class NoVenvError(InstallError):
    """This Python cannot make a virtual environment."""

    def __init__(self, python: str) -> None:
        super().__init__(
            f"{python} has no complete venv module; install it (Debian: apt install python3-venv)"
            " or name another Python, such as `make PYTHON=python3.12`"
        )


def failure(what: str, output: str, python: str) -> InstallError:
    """The error behind what a failed command printed."""
    if NO_NETWORK.search(output):
        return NoNetworkError(what)
    if found := NO_WHEEL.search(output):
        named = [part for part in found.groups() if part]
        return NoWheelError(named[0], named[1])
    if "ensurepip" in output or "No module named venv" in output:
        return NoVenvError(python)
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    return InstallError(f"{what}: {lines[-1]}; call again, or `make clean` first")
