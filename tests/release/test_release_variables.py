"""What goes to Terraform and comes back: a release by digest, an environment for a shell."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from phase4.cloud.settings import Settings
from release.__main__ import app
from release.variables import DigestError, export_lines, image_digest

DIGEST = f"sha256:{'a1' * 32}"
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def metadata(folder: Path, digest: object) -> Path:
    """What the image build writes."""
    path = folder / "image.json"
    path.write_text(json.dumps({"containerimage.digest": digest, "image.name": "any"}))
    return path


def test_a_release_names_the_image_by_its_digest(tmp_path: Path) -> None:
    target = tmp_path / "release.auto.tfvars.json"
    done = CliRunner().invoke(
        app,
        ["variables", "--repository", "us-west2-docker.pkg.dev/p/phase4-images", "--metadata",
         str(metadata(tmp_path, DIGEST)), "--code-version", "abc1234", "--target", str(target)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    release = json.loads(target.read_text())["release"]
    assert release["image"] == f"us-west2-docker.pkg.dev/p/phase4-images/precompute@{DIGEST}"
    assert release["code_version"] == "abc1234"
    assert set(release) == {"image", "code_version", "function_archive", "routines"}


@pytest.mark.parametrize("digest", [None, "", "latest", "sha256:abc"])
def test_an_image_that_was_not_pushed_is_refused(digest: object, tmp_path: Path) -> None:
    path = metadata(tmp_path, digest)
    with pytest.raises(DigestError, match=r"image\.json: containerimage\.digest is"):
        image_digest(path)


def test_an_environment_is_read_back_by_a_shell() -> None:
    environment = Settings(project="demo-project").environment()
    script = "\n".join([*export_lines(environment), "env"])
    done = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=True)
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert {name: seen[name] for name in environment} == environment


@given(VALUES)
def test_any_value_survives_the_shell(value: str) -> None:
    script = "\n".join([*export_lines({"GIVEN": value}), 'printf "%s" "$GIVEN"'])
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert done.stdout.decode() == value


def test_outputs_of_terraform_become_exports(tmp_path: Path) -> None:
    outputs = tmp_path / "environment.json"
    outputs.write_text(json.dumps({"PHASE4_PROJECT": "demo-project"}))
    done = CliRunner().invoke(app, ["environment", str(outputs)])
    assert done.stdout == "export PHASE4_PROJECT=demo-project\n"
