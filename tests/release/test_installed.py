"""The wheel as a user installs it, in an environment of its own and away from the sources."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from laptop.bigquery.kept import users_cache
from release.wheel import ROOT

pytestmark = pytest.mark.slow

UV = str(Path(sys.executable).with_name("uv"))
SECONDS = 600


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and an empty folder to work in."""

    programs: Path
    folder: Path

    def phase4(self, *words: str, environment: Sequence[str] = ()) -> tuple[int, str, str]:
        """Runs the command with a PATH and a cache alone; returns its code and what it printed."""
        # What another server of this version has translated is in the cache of who runs the tests.
        cache = f"XDG_CACHE_HOME={users_cache().parent}"
        kept = [f"PATH={os.environ['PATH']}", f"HOME={self.folder}", cache]
        bare = ["env", "-i", *kept, *environment]
        done = subprocess.run(
            [*bare, str(self.programs / "phase4"), *words],
            cwd=self.folder, capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr


def install(wheels: Iterable[Path], folder: Path) -> Installed:
    """Installs wheels as `uv tool install` does, in the versions that the lock has."""
    environment, work = folder / "environment", folder / "work"
    work.mkdir()
    wanted = [str(wheel) for wheel in wheels]
    versions = ["--constraint", str(ROOT / "requirements" / "dev.txt")]
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(environment)],
        ["pip", "install", "--quiet", "--python", str(environment), *versions, *wanted],
    ):
        done = subprocess.run([UV, *command], capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stderr
    return Installed(environment / "bin", work)


@pytest.fixture(scope="module")
def bare(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(package.glob("phase4-*.whl"), tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def laptop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The installed laptop cloud, up."""
    installed = install(package.glob("*.whl"), tmp_path_factory.mktemp("laptop"))
    code, _, said = installed.phase4("local", "up", "--detach", "--free-ports")
    assert code == 0, said
    yield installed
    assert installed.phase4("local", "down")[0] == 0


def test_the_wheel_alone_says_its_version_and_its_commands(bare: Installed) -> None:
    assert bare.phase4("--version") == (0, "phase4 0.1.0\n", "")
    code, said, _ = bare.phase4("--help")
    assert code == 0
    assert " local " in said


@pytest.mark.parametrize("words", [("local", "up"), ("workflow", "check", "any.yaml")])
def test_without_the_laptop_a_command_of_it_says_what_to_install(
    bare: Installed, words: list[str]
) -> None:
    code, _, said = bare.phase4(*words)
    assert code == 2
    assert said.startswith("phase4: ")
    assert "phase4_sample" in said
    assert said.count("\n") == 1


def test_with_its_wheels_the_laptop_cloud_runs_outside_of_the_sources(laptop: Installed) -> None:
    _, exports, _ = laptop.phase4("local", "env")
    variables = [word for word in shlex.split(exports) if word != "export"]
    code, said, problems = laptop.phase4("run", "--date", "2025-11-21", environment=variables)
    assert code == 0, said + problems
    assert "1 of 1 dates, 0 failed" in said + problems
