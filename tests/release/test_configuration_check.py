"""Terraform's own checks: run where its providers can be had, and said where not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from release.__main__ import app
from release.configuration import Configuration, NoProviders
from release.wheel import ROOT
from tests.terraform.configuration import TERRAFORM

needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="terraform is not here"
)


def test_without_terraform_the_checks_say_that_they_did_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["check"])
    assert done.exit_code == 0
    assert done.output == (
        "terraform validate and terraform test did not run: there is no terraform here\n"
    )


@needs_terraform
def test_without_providers_the_checks_say_that_they_did_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mirror = tmp_path / "terraformrc"
    mirror.write_text(
        f'provider_installation {{\n filesystem_mirror {{ path = "{tmp_path}" }}\n}}\n'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(mirror))
    done = CliRunner().invoke(app, ["check"])
    assert done.exit_code == 0, done.output
    assert "did not run: there are no providers here" in done.output


@needs_terraform
def test_a_configuration_that_cannot_be_read_is_no_lack_of_providers(tmp_path: Path) -> None:
    copied = Configuration.copied(tmp_path / "repository", ROOT)
    (copied.folder / "broken.tf").write_text("resource {")
    with pytest.raises(RuntimeError, match="terraform init") as refused:
        copied.initialise("-backend=false")
    assert not isinstance(refused.value, NoProviders)


def test_the_copy_leaves_the_repository_alone_and_has_every_example(tmp_path: Path) -> None:
    copied = Configuration.copied(tmp_path / "repository", ROOT)
    assert [path.name for path in copied.examples()] == [
        "dev.tfvars.example",
        "prod.tfvars.example",
    ]
    assert {path.name for path in copied.folder.glob("*.tf")} == {
        path.name for path in TERRAFORM.glob("*.tf")
    }
