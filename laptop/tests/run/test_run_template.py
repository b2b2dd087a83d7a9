"""Overrides change exactly what they name, for any template and any overrides."""

import pytest
from google.cloud import run_v2
from hypothesis import given
from hypothesis import strategies as st

from laptop.run.errors import ApiError
from laptop.run.template import MAX_CONCURRENT_TASKS, MAX_TASKS, completed, overridden

variables = st.dictionaries(st.sampled_from("ABCDEF"), st.text("xyz", max_size=2))
counts = st.integers(1, MAX_TASKS)


def template(env: dict[str, str], **fields: int) -> run_v2.ExecutionTemplate:
    container = {"image": "i", "command": ["c"], "args": ["a"], "env": listed(env)}
    return completed(run_v2.ExecutionTemplate(template={"containers": [container]}, **fields))


def listed(env: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in env.items()]


@given(env=variables, changes=variables)
def test_override_env_wins_and_the_rest_stays(env: dict[str, str], changes: dict[str, str]) -> None:
    overrides = run_v2.RunJobRequest.Overrides(container_overrides=[{"env": listed(changes)}])
    (container,) = overridden(template(env), overrides).template.containers
    assert {variable.name: variable.value for variable in container.env} == env | changes
    assert list(container.args) == ["a"]


@given(tasks=counts, parallelism=st.integers(0, MAX_TASKS), override=st.none() | counts)
def test_a_run_has_the_jobs_parallelism_or_is_refused_for_it(
    tasks: int, parallelism: int, override: int | None
) -> None:
    wanted = min(parallelism, tasks)
    overrides = run_v2.RunJobRequest.Overrides(task_count=override)
    job = template({}, task_count=tasks, parallelism=wanted)
    if wanted > (override or tasks):
        with pytest.raises(ApiError, match=rf"parallelism = {wanted}: .* taskCount = {override}"):
            overridden(job, overrides)
        return
    result = overridden(job, overrides)
    assert result.task_count == (override or tasks)
    assert result.parallelism == (wanted or min(MAX_CONCURRENT_TASKS, result.task_count))


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"PORT": "8080", "CLOUD_RUN_JOB": "x"}, "reserved env names were provided: CLOUD_RUN_JOB"),
        ({"A": "x" * 32_769}, "A is longer than 32768"),
        ({"": "x"}, "a variable has no name"),
        ({f"V{n}": "" for n in range(1001)}, "1001 variables, at most 1000"),
        ({"X_GOOGLE_A": "x"}, "X_GOOGLE_A: a name has no = and does not begin with X_GOOGLE_"),
        ({"A=B": "x"}, "A=B: a name has no ="),
    ],
)
def test_a_variable_that_the_service_does_not_take_is_refused(
    env: dict[str, str], words: str
) -> None:
    with pytest.raises(ApiError, match=words):
        template(env)
    overrides = run_v2.RunJobRequest.Overrides(container_overrides=[{"env": listed(env)}])
    with pytest.raises(ApiError, match=words):
        overridden(template({}), overrides)


def test_a_variable_is_there_once() -> None:
    twice = [*listed({"A": "1"}), *listed({"B": "2"}), *listed({"A": "3"})]
    container = {"image": "i", "command": ["c"], "env": twice}
    with pytest.raises(ApiError, match="A is there 2 times"):
        completed(run_v2.ExecutionTemplate(template={"containers": [container]}))
    overrides = run_v2.RunJobRequest.Overrides(container_overrides=[{"env": twice}])
    with pytest.raises(ApiError, match="A is there 2 times"):
        overridden(template({}), overrides)


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"memory": "4Gi"},
        {"cpu": "1000m", "memory": "512Mi"},
        {"cpu": "2", "memory": "8Gi"},
        {"cpu": "8", "memory": "16G"},
    ],
)
def test_memory_that_goes_with_the_cpus_is_taken(limits: dict[str, str]) -> None:
    assert dict(with_limits(limits).template.containers[0].resources.limits) == limits


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"memory": "8Gi"}, "For 1.0 CPU, memory must be between 512Mi and 4Gi inclusive"),
        ({"memory": "256Mi"}, "For 1.0 CPU, memory must be between 512Mi and 4Gi inclusive"),
        ({"cpu": "4"}, "For 4.0 CPU, memory must be between 2Gi and 16Gi inclusive"),
        ({"cpu": "3"}, "Invalid value specified for cpu"),
        ({"cpu": "0.5"}, "Invalid value specified for cpu"),
        ({"memory": "2 GB"}, "memory = '2 GB'"),
        ({"gpu": "1"}, r"\['gpu'\] are unknown"),
    ],
)
def test_memory_that_does_not_go_with_the_cpus_is_refused(
    limits: dict[str, str], words: str
) -> None:
    with pytest.raises(ApiError, match=words):
        with_limits(limits)


def with_limits(limits: dict[str, str]) -> run_v2.ExecutionTemplate:
    container = {"image": "i", "command": ["c"], "resources": {"limits": limits}}
    return completed(run_v2.ExecutionTemplate(template={"containers": [container]}))


@given(env=variables, changes=variables)
def test_the_job_keeps_its_own_template(env: dict[str, str], changes: dict[str, str]) -> None:
    original = template(env)
    before = run_v2.ExecutionTemplate.to_json(original)
    overrides = {"task_count": 7, "container_overrides": [{"env": listed(changes)}]}
    overridden(original, run_v2.RunJobRequest.Overrides(overrides))
    assert run_v2.ExecutionTemplate.to_json(original) == before
