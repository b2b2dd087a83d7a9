"""What goes to Terraform, the variable `release`, and what comes back, the environment."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class DigestError(ValueError):
    """The image builder's metadata has no digest; the message names the file."""

    def __init__(self, metadata: Path, found: object) -> None:
        super().__init__(
            f"{metadata}: containerimage.digest is {found!r}, expected sha256:…;"
            " was the image pushed by `docker buildx build --push --metadata-file`?"
        )


def image_digest(metadata: Path) -> str:
    """The digest that `docker buildx build --metadata-file` wrote."""
    found = json.loads(metadata.read_text()).get("containerimage.digest")
    if not isinstance(found, str) or not DIGEST.fullmatch(found):
        raise DigestError(metadata, found)
    return found


def write_variables(target: Path, repository: str, metadata: Path, code_version: str) -> None:
    """Writes release.auto.tfvars.json beside the configuration; its paths start from there."""
    release = {
        "image": f"{repository}/precompute@{image_digest(metadata)}",
        "code_version": code_version,
        "function_archive": "../dist/function.zip",
        "routines": "../dist/routines",
    }
    target.write_text(json.dumps({"release": release}, indent=2) + "\n")


def export_lines(environment: Mapping[str, str]) -> list[str]:
    """One `export NAME=value` per variable, quoted for a shell."""
    return [f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items())]
