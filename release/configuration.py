"""Terraform's own validation and tests of the configuration, where its providers can be had."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from release.wheel import ROOT

NO_PROVIDER = re.compile(r"Failed to (?:query available provider packages|install provider)")
SECONDS = 1_800


class NoProviders(RuntimeError):
    """Terraform or its providers cannot be had here; the message says which."""


@dataclass(frozen=True)
class Configuration:
    """A copy of the configuration in which Terraform may leave its files."""

    folder: Path

    @classmethod
    def copied(cls, place: Path, root: Path = ROOT) -> Configuration:
        """Copies `terraform/` into `place`, with what it reads of the repository beside it."""
        shutil.copytree(
            root / "terraform", place / "terraform", ignore=shutil.ignore_patterns(".terraform*")
        )
        for shared in ("phase4", "workflows"):
            (place / shared).symlink_to(root / shared)
        return cls(place / "terraform")

    def terraform(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs Terraform there without colours and questions."""
        quiet = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0"}
        return subprocess.run(
            ["terraform", words[0], "-no-color", *words[1:]],
            cwd=self.folder,
            env={**os.environ, **quiet, **variables},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def initialise(self, *words: str) -> None:
        """`terraform init`; NoProviders where there are none."""
        if shutil.which("terraform") is None:
            raise NoProviders("there is no terraform here")
        done = self.terraform("init", *words)
        if done.returncode and NO_PROVIDER.search(done.stderr):
            raise NoProviders("there are no providers here: neither a registry nor a mirror")
        if done.returncode:
            raise RuntimeError(f"terraform init: {done.stderr.strip()}")

    def examples(self) -> list[Path]:
        """The variables of each environment that the repository shows."""
        return sorted((self.folder / "env").glob("*.tfvars.example"))


def checks(configuration: Configuration) -> Iterator[tuple[str, subprocess.CompletedProcess[str]]]:
    """`validate`, then all tests with the variables of each example: a name and what came out."""
    configuration.initialise("-backend=false")
    yield "terraform validate", configuration.terraform("validate")
    for example in configuration.examples():
        given = f"-var-file=env/{example.name}"
        yield f"terraform test {given}", configuration.terraform("test", given)
