"""Fresh Python environments from the locked requirements, and servers in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from laptop.service import Service, Started

INSTALL_SECONDS = 600


def fresh_environment(folder: Path, *arguments: str, cwd: Path) -> Path:
    """A new virtual environment with what `pip install` takes as arguments; returns its bin."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    install(folder / "bin", *arguments, cwd=cwd)
    return folder / "bin"


def install(programs: Path, *arguments: str, cwd: Path) -> None:
    """Installs what `pip install` takes as arguments into the environment of these programs.

    By the pip of the tests, and what is never imported is not compiled: together two thirds of it.
    """
    place = ["-m", "pip", "--python", str(programs / "python"), "--disable-pip-version-check"]
    command = [sys.executable, *place, "install", "--quiet", "--no-compile"]
    done = subprocess.run(
        [*command, *arguments], cwd=cwd, capture_output=True, text=True, timeout=INSTALL_SECONDS
    )
    assert done.returncode == 0, done.stderr


def serve(
    name: str, command: list[str], port: int, environment: dict[str, str], cwd: Path
) -> Started:
    """Starts a server with nothing but this environment and waits until it answers."""
    bare = ["env", "-i", f"--chdir={cwd}", *(f"{k}={v}" for k, v in environment.items())]
    started = Service(name, [*bare, *command], port).start(os.environ, cwd.parent)
    started.wait_until_ready()
    return started
