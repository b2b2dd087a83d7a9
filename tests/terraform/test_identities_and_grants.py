"""Who may do what: the grants are the matrix of the operations page, and enough for the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from phase4.tables.catalog import TABLES
from phase4.tables.filled import DEFAULT, FILLED
from release.routine_templates import templates
from tests.terraform.configuration import ROOT, TERRAFORM, local_values, of_type, resources, strings

GRANTS: dict[str, dict[str, list[str]]] = local_values()["grants"]
MATRIX = ROOT / "docs" / "operations.md"
SOURCES = {"raw", "player", "defense", "offense", "roster", "target"}

# What the roles that the workflow holds allow, of what its connectors need.
PERMISSIONS = {
    "roles/bigquery.jobUser": {"bigquery.jobs.create"},
    "roles/bigquery.dataViewer": {"bigquery.tables.get", "bigquery.tables.getData"},
    "roles/pubsub.publisher": {"pubsub.topics.publish"},
    "roles/run.jobsExecutorWithOverrides": {"run.jobs.run", "run.jobs.runWithOverrides"},
}
EXECUTIONS = "googleapis.workflowexecutions.v1.projects.locations.workflows.executions"
NEEDS = {
    "googleapis.bigquery.v2.jobs.insert": {"bigquery.jobs.create"},
    # The loads that it looks at and cancels are the job's.
    "googleapis.bigquery.v2.jobs.cancel": {"bigquery.jobs.update"},
    "googleapis.bigquery.v2.jobs.get": {"bigquery.jobs.get"},
    "googleapis.bigquery.v2.jobs.list": {"bigquery.jobs.listAll"},
    "googleapis.bigquery.v2.jobs.getQueryResults": {"bigquery.jobs.create"},
    "googleapis.bigquery.v2.tables.get": {"bigquery.tables.get"},
    "googleapis.pubsub.v1.projects.topics.publish": {"pubsub.topics.publish"},
    "googleapis.run.v2.projects.locations.jobs.run": {
        "run.jobs.run",
        "run.jobs.runWithOverrides",
        "run.operations.get",
    },
    "googleapis.run.v2.projects.locations.jobs.executions.get": {"run.executions.get"},
    "googleapis.run.v2.projects.locations.jobs.executions.list": {"run.executions.list"},
    "googleapis.run.v2.projects.locations.jobs.executions.cancel": {"run.executions.cancel"},
    f"{EXECUTIONS}.cancel": {"workflows.executions.cancel"},
    f"{EXECUTIONS}.create": {"workflows.executions.create"},
    f"{EXECUTIONS}.get": {"workflows.executions.get"},
    f"{EXECUTIONS}.run": {"workflows.executions.create", "workflows.executions.get"},
}


def matrix() -> set[tuple[str, str, str]]:
    """The rows of the documented matrix: identity, resource, role."""
    lines = MATRIX.read_text().split("## Who may do what")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if "|" in line]
    return {
        (cells[0].strip("`"), cells[1].strip("`"), role)
        for cells in rows[2:]
        for role in re.findall(r"`([^`]+)`", cells[2])
    }


def granted() -> set[tuple[str, str, str]]:
    """The grants of Terraform: identity, resource, role."""
    return {
        (identity, resource, role)
        for identity, held in GRANTS.items()
        for resource, roles in held.items()
        for role in roles
    }


def allowed(identity: str) -> set[str]:
    """The permissions that an identity holds, as far as the tests know them."""
    custom = {
        f"custom/{name}": role["permissions"]
        for name, role in local_values()["custom_roles"].items()
    }
    known = {**PERMISSIONS, **custom}
    return {one for who, _, role in granted() if who == identity for one in known.get(role, ())}


def sources_in(text: str) -> set[str]:
    """The league's tables that SQL names by placeholder."""
    return {name for name in SOURCES if re.search(rf"\$\{{{name}_(table|rows)\}}", text)}


def routine_sql() -> dict[str, str]:
    """The SQL of every routine, the assembled checks included."""
    return {routine.name: routine.body for routine in templates()}


def behind(text: str) -> set[str]:
    """The league's tables that SQL reads, through the routines that it calls."""
    bodies = routine_sql()
    called: set[str] = set()
    todo = {name for name in bodies if re.search(rf"\b{name}\b", text)}
    while todo:
        name = todo.pop()
        called.add(name)
        todo |= {other for other in bodies if re.search(rf"\b{other}\b", bodies[name])} - called
    return sources_in(text).union(*(sources_in(bodies[name]) for name in called))


def test_the_grants_are_the_documented_matrix() -> None:
    assert granted() == matrix()


def test_only_additive_members_are_used() -> None:
    kinds = {resource.type for resource in resources()}
    assert {kind for kind in kinds if kind.endswith(("_iam_policy", "_iam_binding"))} == set()


def test_every_binding_comes_from_the_matrix() -> None:
    members = [one for one in resources() if one.type.endswith("_iam_member")]
    assert members
    # People, who may read what is shown and nothing else.
    people = [one for one in members if one.name == "reader"]
    assert [one.body["role"] for one in people] == ["roles/storage.objectViewer"]
    for resource in (one for one in members if one not in people):
        assert "local.granted" in resource.body["for_each"], resource.address
        assert resource.body["role"] == "${each.value.role}", resource.address
        assert resource.body["member"] == "${local.member[each.value.identity]}", resource.address


def test_every_kind_of_resource_in_the_matrix_has_its_binding() -> None:
    kinds = {resource.split("/")[0] for _, resource, _ in granted()}
    bound = {
        match.group(1)
        for one in resources()
        if one.type.endswith("_iam_member")
        and (match := re.search(r"local\.granted(?:\.|, \")(\w+)", one.body["for_each"]))
    }
    assert bound == kinds


def test_nobody_is_everybody_and_no_role_is_primitive() -> None:
    text = "".join(path.read_text() for path in TERRAFORM.rglob("*.tf"))
    assert "allUsers" not in text
    assert "allAuthenticatedUsers" not in text
    assert not re.search(r"roles/(owner|editor|viewer)\b", text)


def test_every_identity_is_granted_something_and_every_grant_has_its_identity() -> None:
    assert set(GRANTS) - {"pubsub-agent"} == set(local_values()["identities"])


def test_the_pipeline_changes_policies_only_of_what_a_release_makes() -> None:
    powerful = re.compile(r"(securityAdmin|projectIamAdmin|serviceAccountAdmin|roleAdmin|KeyAdmin)")
    held = {role for identity, _, role in granted() if identity == "build"}
    assert not [role for role in held if powerful.search(role)]
    made = {"pubsub.subscriptions", "run.jobs", "run.services"}
    setters = {one for one in allowed("build") if one.endswith(".setIamPolicy")}
    assert setters == {f"{kind}.setIamPolicy" for kind in made}


def test_no_identity_has_a_key() -> None:
    assert of_type("google_service_account_key") == []


@pytest.mark.parametrize("path", sorted((ROOT / "workflows").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_workflow_may_call_what_it_calls(path: Path) -> None:
    text = path.read_text()
    called = set(re.findall(r"call: (googleapis\.[\w.]+)", text))
    assert called, "a workflow that calls nothing"
    for connector in called:
        assert NEEDS[connector] <= allowed("workflow"), connector


def test_the_workflow_may_list_its_own_jobs_which_a_view_shows() -> None:
    shown = {view for sql in routine_sql().values() for view in re.findall(r"JOBS\w*", sql)}
    assert shown == {"JOBS_BY_USER"}
    assert "bigquery.jobs.list" in allowed("workflow")


def test_the_job_may_look_at_the_workflow_that_started_it() -> None:
    code = "".join(path.read_text() for path in (ROOT / "phase4" / "filling").rglob("*.py"))
    assert ("phase4.cloud.workflow_executions" in code) == (
        "workflows.executions.get" in allowed("job")
    )


def test_custom_roles_are_all_granted_and_hold_nothing_general() -> None:
    roles = local_values()["custom_roles"]
    assert {role for _, _, role in granted() if role.startswith("custom/")} == {
        f"custom/{name}" for name in roles
    }
    permissions = {one for role in roles.values() for one in role["permissions"]}
    assert not [one for one in permissions if "*" in one]


def test_the_workflow_may_read_what_its_routines_read() -> None:
    text = "".join(path.read_text() for path in (ROOT / "workflows").glob("*.yaml"))
    read = behind("".join(re.findall(r'"\.\w+`\(', text)))
    assert {f"table/{name}" for name in read | {"target"}} == {
        resource for resource in GRANTS["workflow"] if resource.startswith("table/")
    }


def test_the_validator_may_read_what_its_statements_read() -> None:
    code = "".join(p.read_text() for p in (ROOT / "phase4/validation").glob("*.py"))
    queries = {p.stem: p.read_text() for p in (ROOT / "phase4/tables/sql/queries").glob("*.sql")}
    used = "".join(text for name, text in queries.items() if f'"{name}"' in code)
    read = behind(used + "date_figures row_findings source_findings training_figures")
    assert {f"table/{name}" for name in read} == {
        resource for resource in GRANTS["validator"] if resource.startswith("table/")
    }


def test_the_job_may_read_the_tables_it_reads_and_write_the_target_alone() -> None:
    text = (ROOT / "phase4/filling/reading.py").read_text()
    read = {DEFAULT.side, *(name for name in SOURCES if f"settings.{name}_table" in text)}
    held = {resource: roles for resource, roles in GRANTS["job"].items() if "table/" in resource}
    assert set(held) == {f"table/{name}" for name in read}
    writers = [resource for resource, roles in held.items() if "roles/bigquery.dataEditor" in roles]
    assert writers == ["table/target"]


def test_only_the_validator_reads_the_secret() -> None:
    readers = {who for who, resource, _ in granted() if resource.startswith("secret/")}
    assert readers == {"validator"}


def test_tables_of_others_are_only_read() -> None:
    others = {f"table/{name}" for name in SOURCES - {"target"}}
    roles = {role for _, resource, role in granted() if resource in others}
    assert roles == {"roles/bigquery.dataViewer"}


def test_the_sources_are_those_of_the_table_list() -> None:
    layers = {spec.layer for spec in TABLES.values()}
    assert layers == {"raw", "analytics", "precompute", "ops"}
    own = {name for name, table in FILLED.items() if not table.setting}
    others = [key for key, spec in TABLES.items() if spec.layer != "ops" and key not in own]
    assert len(SOURCES) == len(others)


def test_runtime_identities_are_named_where_they_run() -> None:
    text = list(strings([one.body for one in resources()]))
    for identity in ("workflow", "job", "validator", "push", "scheduler", "build"):
        used = re.compile(rf'google_service_account\.identity\[\\?"{identity}\\?"\]')
        assert any(used.search(part) for part in text), identity
