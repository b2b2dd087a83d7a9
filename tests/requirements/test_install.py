"""The set-up: killed, repeated, twice at once, with another lock, without network or wheels."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.wheel import ROOT
from requirements.failures import failure

pytestmark = pytest.mark.slow
SECONDS = 600
WINDOWS_ALONE = re.compile(r"^(pywin32==\S+) ;.*\n((?: +--hash.*\n)+)", re.MULTILINE)
OFFLINE = "Failed to establish a new connection"


def without_a_wheel() -> tuple[str, str]:
    """A locked distribution that has no wheel for this machine, and a lock of it alone."""
    found = WINDOWS_ALONE.search((ROOT / "requirements/checkov.txt").read_text())
    assert found
    return found[1], f"{found[1]} \\\n{found[2]}"


class Checkout:
    """A copy of what the set-up reads, and the environment that it makes of the smallest lock."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        for project in ("pyproject.toml", "laptop/pyproject.toml", "sample/pyproject.toml"):
            (folder / project).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / project, folder / project)
        self.folder = folder
        self.lock = folder / "requirements" / "build.txt"
        self.stamp = folder / "env" / "installed"

    def start(self, *prefix: str) -> subprocess.Popen[str]:
        """Starts a set-up; standard output and errors are one text."""
        words = [*prefix, sys.executable, "-m", "requirements.install", "build", "env"]
        return subprocess.Popen(
            words, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def set_up(self, *prefix: str) -> tuple[int, str]:
        """Runs a set-up to its end; its code and what it said."""
        started = self.start(*prefix)
        said, _ = started.communicate(timeout=SECONDS)
        return started.returncode, said

    def installed(self) -> set[str]:
        """The names of the distributions in the environment, without those that install."""
        metadata = self.folder.glob("env/lib/*/site-packages/*.dist-info")
        names = {path.name.partition("-")[0].lower() for path in metadata}
        return names - {"pip", "setuptools", "uv"}

    def locked(self) -> set[str]:
        """The names in the lock."""
        names = re.findall(r"^([\w-]+)==", self.lock.read_text(), re.M)
        return {name.replace("-", "_") for name in names}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@dataclass(frozen=True)
class Repeated:
    """A checkout whose set-up was killed, and the two that came then, at once."""

    checkout: Checkout
    was_stamped: bool
    codes: list[int]
    said: list[str]


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Repeated:
    checkout = Checkout(tmp_path_factory.mktemp("repeated"))
    killed = checkout.start()
    while not (checkout.folder / "env").exists():
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    was_stamped = checkout.stamp.exists()
    both = [checkout.start(), checkout.start()]
    said = [one.communicate(timeout=SECONDS)[0] for one in both]
    return Repeated(checkout, was_stamped, [one.returncode for one in both], said)


def test_a_set_up_that_was_killed_is_made_anew(repeated: Repeated) -> None:
    assert not repeated.was_stamped
    assert repeated.codes == [0, 0], repeated.said
    assert repeated.checkout.installed() == repeated.checkout.locked()
    assert "making it anew" in "".join(repeated.said)


def test_of_two_at_once_one_waits_for_the_other(repeated: Repeated) -> None:
    assert sorted(text.count("making it") for text in repeated.said) == [0, 1]


def test_a_finished_set_up_follows_its_lock_and_else_does_nothing(repeated: Repeated) -> None:
    checkout = repeated.checkout
    assert checkout.set_up() == (0, "")
    whole = checkout.lock.read_text()
    checkout.lock.write_text(re.sub(r"(?s)^editables==.*?\n(?=\S)", "", whole))
    assert checkout.set_up()[0] == 0
    assert "editables" not in checkout.installed()
    assert checkout.installed() == checkout.locked()


def test_without_a_network_the_next_step_is_one_line(checkout: Checkout) -> None:
    alone = ["unshare", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"]).returncode:
        pytest.skip("this machine lets nobody take the network away")
    code, said = checkout.set_up(*alone)
    assert code == 1
    assert "no package registry answers" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert not checkout.stamp.exists()


def test_a_locked_package_without_a_wheel_is_named(checkout: Checkout) -> None:
    pin, lock = without_a_wheel()
    checkout.lock.write_text(lock)
    code, said = checkout.set_up()
    assert code == 1
    last = said.splitlines()[-1]
    assert f"{pin.replace('==', ' ')} has no wheel for Python" in last
    assert "macOS on arm64" in last


def test_where_uv_has_no_wheel_pip_installs_the_same(checkout: Checkout) -> None:
    (checkout.folder / "requirements" / "uv.txt").write_text(without_a_wheel()[1])
    code, said = checkout.set_up()
    assert (code, checkout.installed()) == (0, checkout.locked()), said
    assert "uv has no wheel for this machine; pip installs" in said
    assert not (checkout.folder / "env" / "bin" / "uv").exists()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (f"{OFFLINE}\nNo matching distribution found for a==1", "no package registry answers"),
        ("ERROR: No matching distribution found for duckdb==1.5.5", "duckdb 1.5.5 has no wheel"),
        ("  cause: Because numpy{python_full_version < '3.12'}==2.4 has no usable wheels and you"
         " require", "numpy 2.4 has no wheel"),
        ("not created successfully because ensurepip is not available", "python3-venv"),
        ("first\n  No space left on device (os error 28)\n", "No space left on device"),
        ("", "no output"),
    ],
)  # fmt: skip
def test_a_failure_is_one_line_that_names_it(output: str, said: str) -> None:
    text = str(failure("the lock", output, "python3"))
    assert said in text
    assert "\n" not in text
