"""A lock as pip's resolver sees it: what it pins, and what its distributions require in turn."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from release.wheel import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LAPTOP, SAMPLE = (
    tomllib.loads((ROOT / folder / "pyproject.toml").read_text()) for folder in ("laptop", "sample")
)
OURS = {project["project"]["name"] for project in (PROJECT, LAPTOP, SAMPLE)}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = {
    "linux-x86_64": {"sys_platform": "linux", "platform_system": "Linux",
                     "platform_machine": "x86_64", "os_name": "posix"},
    "linux-arm64": {"sys_platform": "linux", "platform_system": "Linux",
                    "platform_machine": "aarch64", "os_name": "posix"},
    "macos-arm64": {"sys_platform": "darwin", "platform_system": "Darwin",
                    "platform_machine": "arm64", "os_name": "posix"},
}  # fmt: skip

Key = tuple[str, frozenset[str]]
Environment = dict[str, str]


def environment(python: str, machine: str) -> Environment:
    """The markers' values on a kind of machine."""
    cpython = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    versions = {"python_version": python, "python_full_version": f"{python}.7"}
    return {**MACHINES[machine], **cpython, **versions, "extra": ""}


def key(requirement: Requirement) -> Key:
    """What pip before 23.3 takes for one requirement: a name with exactly these extras."""
    return canonicalize_name(requirement.name), frozenset(
        map(canonicalize_name, requirement.extras)
    )


@dataclass(frozen=True)
class Lock:
    """The requirements of a lock that apply in an environment, by name and extras."""

    pins: dict[Key, Version]
    environment: Environment

    def unmet(self, distributions: dict[str, Distribution], roots: list[Requirement]) -> list[str]:
        """Each requirement, of the project or of a locked distribution, that the lock breaks."""
        return [
            f"{asker} requires {requirement}, locked is {self.pins.get(key(requirement), 'none')}"
            for asker, requirement in self._required(distributions, roots)
            if not self._meets(requirement)
        ]

    def _meets(self, requirement: Requirement) -> bool:
        pinned = self.pins.get(key(requirement))
        return pinned is not None and requirement.specifier.contains(pinned, prereleases=True)

    def _required(
        self, distributions: dict[str, Distribution], roots: list[Requirement]
    ) -> Iterator[tuple[str, Requirement]]:
        yield from (("pyproject.toml", root) for root in roots if applies(root, self.environment))
        for name, extras in self.pins:
            for requirement in map(Requirement, distributions[name].requires or []):
                if applies(requirement, self.environment, extras):
                    yield f"{name}[{','.join(sorted(extras))}]", requirement


def applies(
    requirement: Requirement, where: Environment, extras: frozenset[str] = frozenset()
) -> bool:
    """Whether a requirement's marker holds, asked for without and with each extra."""
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({**where, "extra": extra}) for extra in ("", *extras)
    )


def read(text: str, where: Environment) -> Lock:
    """The lock of a text, as far as it applies in an environment."""
    lines = re.findall(r"^[^\s#].*?(?=\s*\\?$)", text, re.M)
    requirements = [r for r in map(Requirement, lines) if applies(r, where)]
    pins = {}
    for requirement in requirements:
        (pin,) = requirement.specifier
        assert pin.operator == "==", requirement
        pins[key(requirement)] = Version(pin.version)
    return Lock(pins, where)


def extra(*names: str) -> list[Requirement]:
    """The project's own dependencies with those of some extras, nested ones followed."""
    optional = PROJECT["project"]["optional-dependencies"]
    found = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    for name in names:
        for requirement in map(Requirement, optional[name]):
            nested = requirement.name == PROJECT["project"]["name"]
            found += extra(*requirement.extras) if nested else [requirement]
    return found


def laptop() -> list[Requirement]:
    """What the laptop's distributions require, but for those of this checkout."""
    texts = [*LAPTOP["project"]["dependencies"], *SAMPLE["project"]["dependencies"]]
    return [each for each in map(Requirement, texts) if each.name not in OURS]


def group(name: str) -> list[Requirement]:
    """The requirements of a dependency group."""
    return [Requirement(text) for text in PROJECT["dependency-groups"][name]]
