"""cloudbuild.yaml: steps in their order, each with what it needs from those before it."""

from __future__ import annotations

import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from release.wheel import ROOT
from tests.terraform.configuration import local_values

BUILD: dict[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
DOCKERFILE = (ROOT / "jobs/precompute/Dockerfile").read_text()
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in BUILD["steps"]}


def script(step: str) -> str:
    """What a step runs, as one text."""
    return "\n".join(STEPS[step]["args"])


def order() -> list[str]:
    """The steps, each after those it waits for."""
    graph = {
        name: [other for other in step.get("waitFor", []) if other != "-"]
        for name, step in STEPS.items()
    }
    return list(TopologicalSorter(graph).static_order())


def test_the_file_is_what_cloud_build_accepts() -> None:
    command = ["check-jsonschema", "--builtin-schema", "vendor.cloudbuild"]
    program = str(Path(sys.executable).with_name(command[0]))
    target = str(ROOT / "cloudbuild.yaml")
    done = subprocess.run([program, *command[1:], target], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_nothing_is_built_before_it_is_tested_nor_applied_before_it_is_planned() -> None:
    wanted = ["test", "image", "package", "plan", "apply", "smoke"]
    assert [step for step in order() if step in wanted] == wanted


def test_lint_and_all_tests_run_first_on_the_python_of_the_image() -> None:
    assert STEPS["test"]["args"] == ["lint", "test-all"]
    images = re.findall(r"^FROM (\S+?)-slim\b", DOCKERFILE, re.M)
    assert set(images) == {STEPS["test"]["name"]}


def test_the_image_is_pushed_with_its_cache_and_revision() -> None:
    text = script("image")
    for part in ("--push", "--cache-from type=registry", "--cache-to type=registry"):
        assert part in text
    assert "--build-arg CODE_VERSION=$COMMIT_SHA" in text
    assert "ARG CODE_VERSION" in DOCKERFILE


def test_the_release_is_made_of_the_pushed_digest() -> None:
    pushed = re.search(r"--metadata-file (\S+)", script("image"))
    assert pushed
    assert f"--metadata {pushed[1]}" in script("package")


def test_the_repositories_are_those_of_terraform() -> None:
    used = set(re.findall(r"\$\{_REGISTRY\}/phase4-(\w+)", str(BUILD)))
    assert used <= set(local_values()["repositories"])
    assert used == {"images", "cache"}


def before(step: str) -> set[str]:
    """All steps that have ended when one begins."""
    waits = set(STEPS[step].get("waitFor", [])) - {"-"}
    return waits.union(*(before(other) for other in waits))


def test_terraform_is_tested_before_variables_lie_beside_the_configuration() -> None:
    """`terraform test` reads every *.auto.tfvars that it finds."""
    assert "terraform test" in script("check")
    assert before("check") == set()
    for step in ("variables", "package"):
        assert "check" in before(step), step


def test_the_configuration_is_tested_with_the_variables_of_each_example() -> None:
    assert "terraform validate" in script("check")
    loop = 'for example in env/*.tfvars.example; do terraform test -var-file="$$example"; done'
    assert loop in script("check")


def test_a_plan_is_reviewed_before_it_is_applied() -> None:
    shown = re.search(r"terraform show -json release.plan > (\S+)", script("plan"))
    assert shown
    assert f"terraform/{shown[1]}" in STEPS["review"]["args"]
    assert "review" in before("apply")


def test_an_image_that_is_only_planned_never_reaches_the_released_ones() -> None:
    text = script("image")
    planned, applied = text.split('if [ "${_APPLY}" = true ]; then')
    assert "repository=${_REGISTRY}/phase4-cache tag=plan-" in planned
    assert "repository=${_REGISTRY}/phase4-images tag=release-" in applied
    assert text.count("--tag ") == 1
    assert '--tag "$$repository/precompute:$$tag"' in applied


def test_a_released_image_is_one_manifest_which_its_tag_keeps() -> None:
    assert "--provenance=false" in script("image")


def test_what_was_applied_is_kept_for_an_apply_by_hand() -> None:
    assert "-m release keep" in script("package")
    assert "apply" in before("keep")
    assert "gs://${_STATE_BUCKET}/releases/${_ENVIRONMENT}.tar.gz" in script("keep")
    assert "dist/release.tar.gz" in BUILD["artifacts"]["objects"]["paths"]


def test_what_was_planned_is_what_is_applied() -> None:
    planned = re.search(r"-out=(\S+)", script("plan"))
    assert planned
    assert f"terraform apply -input=false -lock-timeout=300s {planned[1]}" in script("apply")


@pytest.mark.parametrize("step", ["apply", "keep", "smoke"])
def test_nothing_is_changed_unless_it_is_asked_for(step: str) -> None:
    first = script(step).splitlines()[1]
    assert first.startswith('if [ "${_APPLY}" != true ]; then')
    assert first.endswith("exit 0; fi")
    assert BUILD["substitutions"]["_APPLY"] == "false"


def test_the_environment_is_tried_out_without_writing() -> None:
    assert "phase4 run --dry-run" in script("smoke")


def test_the_build_runs_as_its_own_identity_and_says_where_its_log_goes() -> None:
    assert BUILD["serviceAccount"].split("/")[-1].startswith("phase4-build@")
    assert "build" in local_values()["identities"]
    assert BUILD["options"]["logging"] == "CLOUD_LOGGING_ONLY"


def test_every_substitution_is_used_and_documented() -> None:
    text = (ROOT / "cloudbuild.yaml").read_text()
    operations = (ROOT / "docs/operations.md").read_text()
    for name in BUILD["substitutions"]:
        assert text.count(f"${{{name}}}") >= 1, name
        if name != "_REGISTRY":
            assert f"#   {name} " in text, name
            assert f"| `{name}` |" in operations, name


def test_triggers_set_substitutions_that_exist() -> None:
    text = (ROOT / "terraform/build.tf").read_text()
    assert set(re.findall(r"^\s+(_[A-Z_]+)\s+=", text, re.M)) <= set(BUILD["substitutions"])


def test_scripts_are_valid_for_their_shell() -> None:
    for name, step in STEPS.items():
        if step.get("entrypoint") in {"sh", "bash"}:
            text = step["args"][-1].replace("$$", "$")
            done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
            assert done.returncode == 0, f"{name}: {done.stderr}"
