"""Every lock taken apart: what a locked distribution requires, the lock pins."""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from release.wheel import ROOT
from requirements.names import with_bare_names
from requirements.python_version import refusal
from tests.requirements.locks import (
    MACHINES,
    PROJECT,
    PYTHONS,
    environment,
    extra,
    group,
    laptop,
    read,
)

CHECKOV = Path(sys.prefix) / "checkov"
REQUIRED = {
    "dev": [*extra("dev", "job", "function", "training"), *laptop(), *group("build")],
    "job": extra("job"),
    "function": extra("function"),
    "build": group("build"),
    "uv": [Requirement((ROOT / "requirements/uv.in").read_text().strip())],
    "checkov": [Requirement((ROOT / "requirements/checkov.in").read_text().strip())],
}


DEPLOYED = ("job", "function")


def text_of(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text()


def installed(lock: str) -> dict[str, Distribution]:
    """The metadata of what is installed from a lock, by name."""
    if lock != "checkov":
        found = distributions()
    elif (CHECKOV / "installed").exists():
        found = distributions(
            path=[str(path) for path in CHECKOV.glob("lib/python*/site-packages")]
        )
    else:
        pytest.skip("checkov's environment is not there: `make lint` makes it")
    return {canonicalize_name(one.metadata["Name"]): one for one in found}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", REQUIRED)
def test_a_lock_pins_what_each_of_its_distributions_requires(
    lock: str, python: str, machine: str
) -> None:
    read_lock = read(text_of(lock), environment(python, machine))
    assert read_lock.unmet(installed(lock), REQUIRED[lock]) == []


@pytest.mark.parametrize("lock", REQUIRED)
def test_what_is_installed_is_what_the_lock_says(lock: str) -> None:
    here = environment(f"{sys.version_info[0]}.{sys.version_info[1]}", "linux-x86_64")
    known = installed(lock)
    pins = read(text_of(lock), here).pins
    assert {name: Version(known[name].version) for name, _ in pins} == {
        name: version for (name, _), version in pins.items()
    }


def test_every_lock_is_taken_apart() -> None:
    assert {path.stem for path in (ROOT / "requirements").glob("*.txt")} == set(REQUIRED)


def test_an_extra_that_is_locked_under_its_bare_name_alone_is_found() -> None:
    stripped = re.sub(r"(?m)^(google-auth)\[pyopenssl\]", r"\1", text_of("job"))
    (unmet, *_) = read(stripped, environment("3.11", "linux-x86_64")).unmet(
        installed("job"), REQUIRED["job"]
    )
    assert "requires google-auth[pyopenssl]" in unmet


def test_a_version_that_a_distribution_refuses_is_found() -> None:
    old = re.sub(r"(?m)^(google-auth(?:\[\w+\])?)==\S+", r"\1==1.0", text_of("job"))
    unmet = read(old, environment("3.11", "linux-x86_64")).unmet(installed("job"), REQUIRED["job"])
    assert [line for line in unmet if line.endswith("locked is 1.0")]


def test_a_name_with_extras_gets_its_bare_name_before_it_once() -> None:
    pin = "2 ; y \\\n    --hash=sha256:1\n"
    lock = f"a==1 \\\n    --hash=sha256:0\nb[x]=={pin}    # via a\n"
    whole = with_bare_names(lock)
    assert whole == lock.replace("b[x]", f"b=={pin}b[x]")
    assert with_bare_names(whole) == whole


def test_the_builder_of_the_wheel_is_the_locked_one() -> None:
    wanted = {Requirement(text).name for text in PROJECT["build-system"]["requires"]}
    assert wanted <= {requirement.name for requirement in group("build")}
    assert set(PROJECT["build-system"]["requires"]) <= set(PROJECT["dependency-groups"]["build"])


@pytest.mark.parametrize(
    ("version", "refused"),
    [((2, 7), True), ((3, 10), True), *[((3, n), False) for n in range(11, 15)], ((3, 15), True)],
)
def test_a_python_that_the_locks_do_not_serve_is_refused(
    version: tuple[int, int], refused: bool
) -> None:
    said = refusal(version, (ROOT / "pyproject.toml").read_text())
    assert said.startswith(f"Python {version[0]}.{version[1]} (") is refused
    assert "\n" not in said


def test_the_pythons_that_are_checked_are_those_that_are_served() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    served = [minor for minor in range(30) if not refusal((3, minor), pyproject)]
    assert [f"3.{minor}" for minor in served] == list(PYTHONS)


@pytest.mark.parametrize("lock", DEPLOYED)
def test_what_is_deployed_learns_no_models(lock: str) -> None:
    names = {line.partition("==")[0] for line in text_of(lock).splitlines() if "==" in line}
    assert names & {"scikit-learn", "scipy", "threadpoolctl", "polars"} == set()
