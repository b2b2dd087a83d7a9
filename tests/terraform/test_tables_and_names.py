"""Tables as the code writes them, and names as the services accept them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from phase4.cloud.routines import routines as rendered_routines
from phase4.cloud.settings import Settings
from phase4.tables.arrow import schema_of
from phase4.tables.catalog import TABLES
from phase4.tables.filled import FILLED
from tests.terraform.configuration import ROOT, local_values, nested, of_type, text_of

OPS = {key for key, spec in TABLES.items() if spec.layer == "ops"}
API_TYPES = {"STRING", "INTEGER", "FLOAT", "NUMERIC", "BOOLEAN", "DATE", "TIMESTAMP", "RECORD"}


def code() -> str:
    """Everything that runs: SQL, Python and workflows, without the table list."""
    folders = ("phase4", "jobs", "functions", "workflows")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    files += (ROOT / "terraform").glob("*.tf")
    wanted = {".py", ".sql", ".yaml", ".tf"}
    return "\n".join(path.read_text() for path in files if path.suffix in wanted)


def routines() -> set[str]:
    """The names of the routines."""
    return {routine.name for routine in rendered_routines(Settings(project="demo"))}


def touched() -> set[str]:
    """Names of the operations dataset that SQL, Python and workflows use."""
    by_placeholder = re.findall(r"\$\{ops_dataset\}`?\.`?(\w+)", code())
    by_settings = re.findall(r'\.ops\("(\w+)"\)', code())
    by_append = re.findall(r"\{settings\.ops_dataset\}\.(\w+)", code())
    by_workflow = re.findall(r'"\.(\w+)`\(', code())
    return {*by_placeholder, *by_settings, *by_append, *by_workflow} - {"this"}


def test_every_table_that_code_touches_is_created() -> None:
    assert touched() <= OPS | routines()


@pytest.mark.parametrize("table", sorted(OPS))
def test_every_created_table_is_used(table: str) -> None:
    assert re.search(rf'["`./]{table}["`\b]|ops_dataset}}\.{table}\b', code())


def test_tables_come_from_the_one_list() -> None:
    assert (
        local_values()["catalog"]
        == '${jsondecode(file("${local.root}/phase4/tables/catalog.json"))}'
    )
    (table,) = [one for one in of_type("google_bigquery_table") if one.name == "ops"]
    assert table.body["for_each"] == "${local.ops_tables}"
    assert table.body["schema"] == "${file(local.schemas[each.key])}"
    assert table.body["clustering"] == "${each.value.cluster_fields}"


def test_the_target_has_its_one_schema() -> None:
    (table,) = [one for one in of_type("google_bigquery_table") if one.name == "target"]
    assert table.body["schema"] == "${file(local.schemas[local.default_table])}"


@pytest.mark.parametrize("key", sorted(OPS | set(FILLED)))
def test_schemas_are_what_the_writer_writes_in_the_names_of_the_api(key: str) -> None:
    columns = TABLES[key].columns
    assert schema_of(key).names == [column["name"] for column in columns]
    assert {column["type"] for column in columns} <= API_TYPES
    assert {column.get("mode", "NULLABLE") for column in columns} <= {
        "NULLABLE",
        "REQUIRED",
        "REPEATED",
    }


@pytest.mark.parametrize("key", sorted(OPS | set(FILLED)))
def test_schemas_write_numbers_as_the_api_does_or_every_plan_would_change_the_table(
    key: str,
) -> None:
    written = [
        column.get(name) for column in TABLES[key].columns for name in ("precision", "scale")
    ]
    assert all(number is None or isinstance(number, str) for number in written)


@pytest.mark.parametrize("key", sorted(OPS | set(FILLED)))
def test_partitioning_and_clustering_name_columns(key: str) -> None:
    spec = TABLES[key]
    assert len(spec.cluster_fields) <= 4
    named = {*spec.cluster_fields, *([spec.partition_field] if spec.partition_field else [])}
    assert named <= set(spec.column_names)


def test_nothing_expires() -> None:
    text = "".join(path.read_text() for path in (ROOT / "terraform").glob("*.tf"))
    assert not re.search(r"^\s*(default_)?\w*expiration(_ms|_time)\s*=", text, re.M)


def test_what_holds_data_is_protected_in_prod() -> None:
    protected = [
        *[one for one in of_type("google_bigquery_table") if one.name != "view"],
        *of_type("google_cloud_run_v2_job"),
        *of_type("google_workflows_workflow"),
        *of_type("google_secret_manager_secret"),
    ]
    assert {one.body["deletion_protection"] for one in protected} == {"${local.protected}"}


def test_settings_are_those_of_the_code() -> None:
    written = Settings(project="demo-project").environment()
    # How slow a laptop is made is no setting of the service.
    written.pop("PHASE4_TIME_SCALE")
    assert {f"PHASE4_{name.upper()}" for name in local_values()["settings"]} == set(written)


def test_the_image_says_its_own_revision() -> None:
    dockerfile = (ROOT / "jobs/precompute/Dockerfile").read_text()
    assert "PHASE4_CODE_VERSION=${CODE_VERSION}" in dockerfile
    assert "PHASE4_CODE_VERSION" in local_values()["job_environment"]


def prefixed(name: str) -> list[str]:
    """The keys of a map of locals as resource names."""
    return [f"phase4-{key}" for key in local_values()[name]]


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (local_values()["topics"].values(), r"[a-z][a-z0-9-]{2,254}"),
        (prefixed("identities"), r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
        (prefixed("repositories"), r"[a-z][a-z0-9-]{0,61}[a-z0-9]"),
        ([local_values()["job"], local_values()["validator"]], r"[a-z][a-z0-9-]{0,62}"),
        (sorted(OPS | routines()), r"[a-z][a-z0-9_]{0,255}"),
        ([p.stem for p in (ROOT / "workflows").glob("*.yaml")], r"[a-z][a-z0-9-]{0,63}"),
    ],
    ids=["topics", "identities", "repositories", "services", "tables", "workflows"],
)
def test_names_are_accepted(values: list[str], pattern: str) -> None:
    assert [value for value in values if not re.fullmatch(pattern, value)] == []


def test_names_are_those_of_the_settings() -> None:
    settings = Settings(project="demo-project")
    topics = local_values()["topics"]
    assert topics["events"] == settings.events_topic
    assert topics["alerts"] == settings.alerts_topic
    assert local_values()["job"] == settings.job


def test_the_function_is_redeployed_when_its_content_changes_and_is_not_public() -> None:
    (archive,) = of_type("google_storage_bucket_object")
    assert "filesha256(var.release.function_archive)" in archive.body["name"]
    (function,) = of_type("google_cloudfunctions2_function")
    (service,) = nested(function.body, "service_config")
    assert service["ingress_settings"] == "ALLOW_INTERNAL_ONLY"
    (build,) = nested(function.body, "build_config")
    assert build["entry_point"] == "validate"


def test_job_and_function_run_the_python_that_is_tested() -> None:
    (function,) = of_type("google_cloudfunctions2_function")
    (build,) = nested(function.body, "build_config")
    dockerfile = (ROOT / "jobs/precompute/Dockerfile").read_text()
    images = set(re.findall(r"^FROM (\S+)", dockerfile, re.M))
    assert images == {"python:3.11-slim"}
    assert build["runtime"] == "python311"
    assert 'requires-python = ">=3.11' in (ROOT / "pyproject.toml").read_text()


def test_every_file_holds_what_its_name_says() -> None:
    lengths = {path.name: path.read_text().count("\n") for path in _files()}
    assert max(lengths.values()) <= 250, lengths


def test_locals_that_tests_evaluate_refer_to_no_resource() -> None:
    impure = {
        name
        for name, value in local_values().items()
        if re.search(r"\b(google_\w+|data)\.", str(value))
    }
    assert impure == {"member"}


def test_the_provider_is_pinned() -> None:
    text = (ROOT / "terraform/versions.tf").read_text()
    assert text.count('version = ">= 7.40, < 8"') == 2, "google and google-beta go together"
    assert 'version = ">= 0.12, < 1"' in text
    assert re.search(r'backend "gcs" \{\}', text)


def test_the_webhook_reaches_the_function_by_its_variable() -> None:
    from phase4.validation.channels import WEBHOOK

    (function,) = of_type("google_cloudfunctions2_function")
    (service,) = nested(function.body, "service_config")
    (secret,) = nested(service, "secret_environment_variables")
    assert secret["key"] == WEBHOOK
    assert of_type("google_secret_manager_secret_version") == []


def test_templates_of_text_are_resolved() -> None:
    assert text_of("${local.topics.events}-x") == "phase4-backfill-events-x"


def _files() -> list[Path]:
    return sorted((ROOT / "terraform").glob("*.tf"))
