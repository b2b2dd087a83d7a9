"""Every lock installs from wheels alone on each Python and machine that is served."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from release.wheel import ROOT
from tests.requirements.locks import PYTHONS

pytestmark = pytest.mark.slow
UV = str(Path(sys.executable).with_name("uv"))
MACHINES = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")
EXACT = ("--require-hashes", "--no-deps", "--only-binary=:all:")


def dry_run(lock: str, python: str, machine: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What an installation on another machine would do, as far as a registry can tell."""
    where = ("--python-version", python, "--python-platform", machine, "--target", str(folder))
    command = [UV, "pip", "install", "--dry-run", *EXACT, *where]
    target = str(ROOT / "requirements" / f"{lock}.txt")
    return subprocess.run(
        [*command, "--requirement", target], capture_output=True, text=True, timeout=600
    )


# job, function and build are parts of dev.
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", ["dev", "checkov", "uv"])
def test_a_lock_has_a_wheel_for_each(lock: str, python: str, machine: str, tmp_path: Path) -> None:
    done = dry_run(lock, python, machine, tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_machine_without_wheels_is_noticed(tmp_path: Path) -> None:
    done = dry_run("dev", "3.14", "x86_64-apple-darwin", tmp_path)
    assert "cryptography" in done.stderr
    assert "has no usable wheels" in done.stderr
