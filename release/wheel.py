"""Wheels: the one that job and function run, and those of the laptop beside it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAPTOP = (ROOT / "laptop", ROOT / "sample")
# The builder is the locked one of this environment; an isolated build would fetch the newest.
BUILD = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")


class BuildError(RuntimeError):
    """The wheel could not be built; the message ends with the builder's last line."""

    def __init__(self, project: str, output: str) -> None:
        last = output.strip().splitlines()[-1:] or ["no output"]
        super().__init__(f"the wheel of {project} was not built: {last[0]}")


def build_wheel(folder: Path, root: Path = ROOT) -> Path:
    """Builds the wheel of `root` into `folder`; the same sources give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    pattern = f"{project['name'].replace('-', '_')}-*.whl"
    for old in folder.glob(pattern):
        old.unlink()
    command = [*BUILD, "--wheel-dir", str(folder), str(root)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(project["name"], done.stderr)
    (wheel,) = folder.glob(pattern)
    return wheel


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
