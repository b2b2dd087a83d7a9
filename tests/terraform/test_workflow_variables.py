"""What workflows ask for by sys.get_env is what Terraform gives them, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from phase4.cloud.settings import Settings
from sample.endpoints import workflow_environment
from tests.terraform.configuration import ROOT, local_values, of_type

DEFINITIONS = sorted((ROOT / "workflows").glob("*.yaml"))
GIVEN = set(local_values()["workflow_environment"])
BY_GOOGLE = {
    "GOOGLE_CLOUD_PROJECT_ID",
    "GOOGLE_CLOUD_PROJECT_NUMBER",
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_CLOUD_SERVICE_ACCOUNT_NAME",
    "GOOGLE_CLOUD_WORKFLOW_ID",
    "GOOGLE_CLOUD_WORKFLOW_REVISION_ID",
    "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID",
}


def asked(path: Path) -> set[str]:
    """The variables that a definition reads."""
    return set(re.findall(r'sys\.get_env\("(\w+)"', path.read_text()))


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_every_variable_a_definition_asks_for_is_given(path: Path) -> None:
    assert asked(path) - BY_GOOGLE <= GIVEN


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_the_pattern_of_terraform_finds_every_variable(path: Path) -> None:
    pattern = re.search(r'regexall\("(.*?)", text\)', (ROOT / "terraform/workflows.tf").read_text())
    assert pattern
    written = pattern.group(1).replace('\\"', '"').replace("\\\\", "\\")
    assert set(re.findall(written, path.read_text())) == asked(path)
    assert path.read_text().count("sys.get_env(") == len(re.findall(written, path.read_text()))


def test_every_variable_that_is_given_is_asked_for_somewhere() -> None:
    assert set().union(*map(asked, DEFINITIONS)) - BY_GOOGLE == GIVEN


def test_the_laptop_gives_the_same_variables() -> None:
    assert set(workflow_environment(Settings(project="demo-project"))) == GIVEN


def test_names_are_what_workflows_accept() -> None:
    assert len(GIVEN) <= 20
    assert not [name for name in GIVEN if name.startswith(("GOOGLE", "WORKFLOWS"))]


def test_definitions_are_taken_as_they_stand() -> None:
    (workflow,) = of_type("google_workflows_workflow")
    assert workflow.body["source_contents"] == "${each.value}"
    text = (ROOT / "terraform/workflows.tf").read_text()
    assert 'file("${local.root}/workflows/${file}")' in text
    assert "templatefile" not in text


def test_schedules_start_workflows_that_exist() -> None:
    names = {path.stem for path in DEFINITIONS}
    sources = [ROOT / "terraform/variables_system.tf", *(ROOT / "terraform/env").glob("*.example")]
    started = {
        name
        for path in sources
        for name in re.findall(r'^\s+workflow\s*=\s*"([\w-]+)"', path.read_text(), re.M)
    }
    assert started
    assert started <= names
