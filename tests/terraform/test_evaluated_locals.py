"""What Terraform makes of variables and locals, as Terraform itself evaluates them offline."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from phase4.cloud.routines import routines
from phase4.cloud.settings import Settings
from phase4.doctor.services import VALIDATOR
from phase4.tables.calendar import CALENDAR_FILE
from phase4.tables.catalog import TABLES
from phase4.tables.filled import FILLED
from release.routine_templates import write_templates
from sample.endpoints import needed_columns, workflow_environment
from tests.terraform.configuration import TERRAFORM, of_type
from tests.terraform.evaluation import Evaluation, copy_tests, prepare

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not here")

PROJECT = "any-project"
VERSION = "abc1234"
GIVEN: dict[str, Any] = {
    "project": PROJECT,
    "environment": "prod",
    "state_bucket": "any-project-phase4-state",
    "notification_emails": ["team@example.com"],
}
SITE = f"{PROJECT}-phase4-site"
SETTINGS = Settings(
    project=PROJECT,
    code_version=VERSION,
    site_bucket=SITE,
    site_address=f"https://storage.cloud.google.com/{SITE}",
)


def release(folder: Path) -> dict[str, str]:
    """A release whose routines are really rendered."""
    write_templates(folder / "routines")
    return {
        "image": f"us-west2-docker.pkg.dev/p/phase4-images/precompute@sha256:{'0' * 64}",
        "code_version": VERSION,
        "function_archive": "tests/fixtures/archive.txt",
        "routines": str(folder / "routines"),
    }


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    folder = tmp_path_factory.mktemp("released")
    return prepare(folder / "repository", {**GIVEN, "release": release(folder)})


@pytest.fixture(scope="module")
def foundation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    first = {**GIVEN, "initial": True, "release": None}
    return prepare(tmp_path_factory.mktemp("foundation") / "repository", first)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """An environment whose runs fill every table."""
    first = {**GIVEN, "initial": True, "release": None, "filled_tables": list(FILLED)}
    return prepare(tmp_path_factory.mktemp("everything") / "repository", first)


def test_a_run_of_every_table_looks_for_the_columns_that_it_needs(everything: Evaluation) -> None:
    found = {name: tuple(names) for name, names in everything.value("local.needed_columns").items()}
    assert found == needed_columns(SETTINGS)


def test_every_table_stands_in_the_stage_in_which_the_laptop_fills_it(
    everything: Evaluation,
) -> None:
    variables = everything.value("local.workflow_environment")
    laptop = workflow_environment(SETTINGS)
    assert json.loads(variables["FILLED_TABLES"]) == json.loads(laptop["FILLED_TABLES"])


def test_the_function_has_the_name_that_the_doctor_asks_for(released: Evaluation) -> None:
    assert released.value("local.validator") == VALIDATOR


def test_the_environment_is_that_of_the_settings(released: Evaluation) -> None:
    expected = SETTINGS.environment()
    # How slow a laptop is made is no setting of the service.
    expected.pop("PHASE4_TIME_SCALE")
    assert released.value("local.environment") == expected


def test_code_reads_the_environment_back(released: Evaluation) -> None:
    given = released.value("local.job_environment")
    assert Settings.from_environment({**given, "PHASE4_CODE_VERSION": VERSION}) == SETTINGS


def test_the_environment_of_a_foundation_is_valid_too(foundation: Evaluation) -> None:
    assert Settings.from_environment(foundation.value("local.environment")).project == PROJECT


def test_routines_are_those_of_the_code(released: Evaluation) -> None:
    body = 'templatefile("${var.release.routines}/${name}.sql", local.routine_names)'
    bodies = released.value(f"{{ for name, routine in local.routines : name => {body} }}")
    assert bodies == {routine.name: routine.body for routine in routines(SETTINGS)}


def test_routines_keep_their_kinds_and_arguments(released: Evaluation) -> None:
    manifest = released.value("merge(local.views, local.callable)")
    assert {name: (entry["kind"], entry["arguments"]) for name, entry in manifest.items()} == {
        routine.name: (routine.kind, [list(argument) for argument in routine.arguments])
        for routine in routines(SETTINGS)
    }


def test_every_stage_of_routines_has_its_resource(released: Evaluation) -> None:
    stages = released.value("distinct([for routine in local.callable : routine.stage])")
    made = {one.name for one in of_type("google_bigquery_routine")}
    assert {f"stage_{stage}" for stage in stages} == made


def test_tables_are_those_of_the_code(released: Evaluation) -> None:
    made = released.value("local.ops_tables")
    wanted = {key: spec for key, spec in TABLES.items() if spec.layer == "ops"}
    assert set(made) == set(wanted)
    for key, spec in wanted.items():
        assert made[key].get("partition_field") == spec.partition_field
        assert tuple(made[key].get("cluster_fields", ())) == spec.cluster_fields


def test_every_grant_names_a_resource_of_the_environment(released: Evaluation) -> None:
    granted = released.value("local.granted")
    assert not [key for key in granted["table"] if "roster" in key]
    places = released.value("local.table_places")
    assert {grant["name"] for grant in granted["table"].values()} <= set(places)


def test_a_foundation_grants_nothing_on_what_is_not_there(foundation: Evaluation) -> None:
    kinds = set(foundation.value("keys(local.granted)"))
    assert kinds & {"job", "service", "subscription"} == set()


def test_each_workflow_gets_the_variables_it_asks_for(released: Evaluation) -> None:
    asked = released.value("local.asked")
    assert set(asked) == {path.stem for path in (TERRAFORM.parent / "workflows").glob("*.yaml")}
    for name, variables in asked.items():
        text = (TERRAFORM.parent / "workflows" / f"{name}.yaml").read_text()
        read = set(re.findall(r'sys\.get_env\("(\w+)"', text))
        assert set(variables) == {one for one in read if not one.startswith("GOOGLE_")}


def test_every_validation_refuses_what_it_should(tmp_path: Path) -> None:
    place = prepare(tmp_path / "repository")
    copy_tests(place, "variables.tftest.hcl")
    assert place.terraform("init", "-input=false").returncode == 0
    done = place.terraform("test", "-no-color")
    runs = (TERRAFORM / "tests/variables.tftest.hcl").read_text().count('\nrun "')
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{runs} passed, 0 failed" in done.stdout


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_examples_are_accepted(name: str, tmp_path: Path) -> None:
    place = prepare(tmp_path / "repository")
    example = TERRAFORM / "env" / f"{name}.tfvars.example"
    (place.folder / "given.auto.tfvars.json").unlink()
    shutil.copy(example, place.folder / "given.auto.tfvars")
    assert place.terraform("init", "-input=false").returncode == 0
    first = str(TERRAFORM / "env" / "initial.tfvars")
    done = place.terraform("plan", "-no-color", "-input=false", f"-var-file={first}")
    assert done.returncode == 0, done.stderr


def test_the_calendar_reaches_the_view_of_seasons(released: Evaluation) -> None:
    text = 'templatefile("${var.release.routines}/seasons.sql", local.routine_names)'
    seasons = json.loads(CALENDAR_FILE.read_text())["seasons"]
    assert all(season["opener"] in released.value(text) for season in seasons)
