"""Execution templates: Cloud Run's defaults and limits, and the overrides of one run."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from google.cloud import run_v2
from google.protobuf.duration_pb2 import Duration

from laptop.run.errors import invalid

MAX_TASKS = 10_000
MAX_RETRIES = 10
MAX_TIMEOUT_SECONDS = 168 * 3600
DEFAULT_RETRIES = 3
DEFAULT_TIMEOUT = Duration(seconds=600)
MAX_CONCURRENT_TASKS = 100
MAX_VARIABLES = 1000
MAX_VARIABLE = 32_768  # characters of a name, bytes of a value
# What a container finds in its environment without having been given it.
RESERVED = {
    "CLOUD_RUN_EXECUTION",
    "CLOUD_RUN_JOB",
    "CLOUD_RUN_TASK_ATTEMPT",
    "CLOUD_RUN_TASK_COUNT",
    "CLOUD_RUN_TASK_INDEX",
    "PORT",
}
RESERVED_PREFIX = "X_GOOGLE_"
# The least and the most memory of a task, by its CPUs.
MEMORY_OF_CPUS = {
    1: ("512Mi", "4Gi"),
    2: ("512Mi", "8Gi"),
    4: ("2Gi", "16Gi"),
    6: ("4Gi", "24Gi"),
    8: ("4Gi", "32Gi"),
}
UNITS = {"": 1, "m": 0.001, "M": 10**6, "G": 10**9, "Mi": 2**20, "Gi": 2**30}
LIMITS = {"cpu", "memory", "nvidia.com/gpu"}

Overrides = run_v2.RunJobRequest.Overrides
ContainerOverride = run_v2.RunJobRequest.Overrides.ContainerOverride


def completed(
    template: run_v2.ExecutionTemplate, has_entrypoint: bool = False
) -> run_v2.ExecutionTemplate:
    """A checked copy with every default filled in; ApiError 400 names the field at fault."""
    full = copy.deepcopy(template)
    full.task_count = full.task_count or 1
    if "max_retries" not in full.template:
        full.template.max_retries = DEFAULT_RETRIES
    if "timeout" not in full.template:
        full.template.timeout = DEFAULT_TIMEOUT
    _check_counts(full)
    _check_timeout(full.template)
    _check_containers(full.template, has_entrypoint)
    return full


def overridden(
    template: run_v2.ExecutionTemplate, overrides: Overrides
) -> run_v2.ExecutionTemplate:
    """The template of one execution; ApiError 400 for fewer tasks than the job's parallelism."""
    result = copy.deepcopy(template)
    if overrides.task_count:
        result.task_count = _task_count(overrides.task_count)
    if "timeout" in overrides:
        result.template.timeout = overrides.timeout
        _check_timeout(result.template)
    for change in overrides.container_overrides:
        _override_container(_container(result.template, change.name), change)
    # The service refuses a parallelism above the count also when a run lowers the count.
    _check_counts(result)
    result.parallelism = min(result.parallelism or MAX_CONCURRENT_TASKS, result.task_count)
    return result


def timeout_seconds(template: run_v2.TaskTemplate) -> float:
    """The time in seconds that one attempt may take."""
    return cast(timedelta, template.timeout).total_seconds()


def _check_counts(template: run_v2.ExecutionTemplate) -> None:
    tasks = _task_count(template.task_count)
    if not 0 <= template.parallelism <= tasks:
        raise invalid(
            f"template.parallelism = {template.parallelism}: must be from 0 to taskCount = {tasks}"
        )
    retries = template.template.max_retries
    if not 0 <= retries <= MAX_RETRIES:
        raise invalid(f"template.maxRetries = {retries}: must be from 0 to {MAX_RETRIES}")


def _task_count(count: int) -> int:
    if not 1 <= count <= MAX_TASKS:
        raise invalid(f"taskCount = {count}: must be from 1 to {MAX_TASKS}")
    return count


def _check_timeout(template: run_v2.TaskTemplate) -> None:
    seconds = timeout_seconds(template)
    if not 0 < seconds <= MAX_TIMEOUT_SECONDS:
        raise invalid(
            f"timeout = {seconds:g}s: must be above 0s and at most {MAX_TIMEOUT_SECONDS}s (168 h)"
        )


def _check_containers(template: run_v2.TaskTemplate, has_entrypoint: bool) -> None:
    if len(template.containers) != 1:
        number = len(template.containers)
        raise invalid(f"template.containers has {number} entries: a local task runs exactly one")
    container = template.containers[0]
    if not container.image:
        raise invalid("containers[0].image is missing: Cloud Run requires it (unused locally)")
    if not container.command and not has_entrypoint:
        raise invalid("containers[0].command is missing: no image is there to bring an entrypoint")
    _check_environment(container)
    _check_resources(dict(container.resources.limits))


def _check_environment(container: run_v2.Container) -> None:
    where = "template.containers[0].env"
    if len(container.env) > MAX_VARIABLES:
        raise invalid(f"{where}: {len(container.env)} variables, at most {MAX_VARIABLES}")
    if reserved := sorted({variable.name for variable in container.env} & RESERVED):
        raise invalid(
            f"{where}: The following reserved env names were provided: {', '.join(reserved)}. "
            "These values are automatically set by the system."
        )
    for variable, times in Counter(variable.name for variable in container.env).items():
        if times > 1:
            raise invalid(f"{where}: {variable} is there {times} times, a name is there once")
    for variable in container.env:
        if not variable.name:
            raise invalid(f"{where}: a variable has no name")
        if variable.name.startswith(RESERVED_PREFIX) or "=" in variable.name:
            raise invalid(
                f"{where}: {variable.name[:40]}: a name has no = and does not begin with "
                f"{RESERVED_PREFIX}"
            )
        if max(len(variable.name), len(variable.value.encode())) > MAX_VARIABLE:
            raise invalid(f"{where}: {variable.name[:40]} is longer than {MAX_VARIABLE}")
        if "value_source" in variable:
            raise invalid(f"env {variable.name}: valueSource has no local secret; give a value")


def _check_resources(limits: Mapping[str, str]) -> None:
    """ApiError 400 for CPUs that a task cannot have, or memory that does not go with them."""
    if unknown := limits.keys() - LIMITS:
        raise invalid(f"resources.limits: {sorted(unknown)} are unknown; use {sorted(LIMITS)}")
    cpus = _quantity("cpu", limits.get("cpu", "1"))
    if cpus not in MEMORY_OF_CPUS:
        raise invalid(f"Invalid value specified for cpu. {limits['cpu']}: use 1, 2, 4, 6 or 8.")
    memory = _quantity("memory", limits.get("memory", "512Mi"))
    least, most = MEMORY_OF_CPUS[int(cpus)]
    if not _quantity("memory", least) <= memory <= _quantity("memory", most):
        raise invalid(
            f"Invalid value specified for container memory. For {cpus:.1f} CPU, memory must be "
            f"between {least} and {most} inclusive."
        )


def _quantity(name: str, text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(m|[MG]i?|)", text)
    if found is None:
        raise invalid(f"resources.limits.{name} = {text!r}: must be a number and its unit")
    return float(found[1]) * UNITS[found[2]]


def _container(template: run_v2.TaskTemplate, name: str) -> run_v2.Container:
    container = template.containers[0]
    if name not in ("", container.name):
        raise invalid(f"containerOverrides.name = {name!r}: the container is {container.name!r}")
    return container


def _override_container(container: run_v2.Container, change: ContainerOverride) -> None:
    if change.clear_args and change.args:
        raise invalid("containerOverrides: clearArgs and args exclude each other")
    if change.args or change.clear_args:
        container.args = list(change.args)
    _check_environment(run_v2.Container(env=change.env))
    env = {variable.name: variable for variable in container.env}
    env.update((variable.name, variable) for variable in change.env)
    container.env = list(env.values())
    _check_environment(container)
