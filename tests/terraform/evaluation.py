"""Terraform itself, offline: variables and locals in a folder of their own, without a provider."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.terraform.configuration import ROOT, TERRAFORM

BLOCK = re.compile(r"^(variable|locals)\b[^\n]*\{\n.*?^\}\n", re.M | re.S)
RESOURCE = re.compile(r"\b(google_\w+\.|data\.)")
MOCK = re.compile(r"^mock_provider [^\n]*\{(?:\}|\n.*?^\})\n", re.M | re.S)
SECONDS = 120


@dataclass(frozen=True)
class Evaluation:
    """A folder in which Terraform evaluates the configuration's locals."""

    folder: Path

    def terraform(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Runs Terraform there; nothing is downloaded."""
        return subprocess.run(
            ["terraform", *words],
            cwd=self.folder,
            env={**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"},
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def value(self, expression: str) -> Any:
        """The value of an expression over variables and locals."""
        done = self.terraform("console", text=f"jsonencode({expression})\n")
        assert done.returncode == 0, done.stderr
        return json.loads(json.loads(done.stdout))


def prepare(folder: Path, variables: dict[str, Any] | None = None) -> Evaluation:
    """Copies variables and pure locals; `variables` are the values given to them."""
    place = folder / "terraform"
    place.mkdir(parents=True)
    for shared in ("phase4", "workflows"):
        (folder / shared).symlink_to(ROOT / shared)
    for path in sorted(TERRAFORM.glob("*.tf")):
        kept = [m.group(0) for m in BLOCK.finditer(path.read_text())]
        text = "\n".join(block for block in kept if not RESOURCE.search(block))
        (place / path.name).write_text(text)
    (place / "given.auto.tfvars.json").write_text(json.dumps(variables or {}))
    return Evaluation(place)


def copy_tests(place: Evaluation, name: str) -> None:
    """Copies a test file without its mocks of providers: there is no resource to mock."""
    text = MOCK.sub("", (TERRAFORM / "tests" / name).read_text())
    (place.folder / "tests").mkdir()
    (place.folder / "tests" / name).write_text(text)
    shutil.copytree(TERRAFORM / "tests" / "fixtures", place.folder / "tests" / "fixtures")
