"""The part of Cloud Logging's filter language that Terraform uses, and entries as it sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.configuration import local_values, text_of

FUNCTION = {"type": "cloud_run_revision", "labels": {"service_name": "phase4-validator"}}
SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL")
LABELS = "logging.googleapis.com/labels"
COMPARISON = re.compile(r'([\w.]+)(!=|>=|<=|=|>|<)("(?:[^"\\]|\\.)*"|[\w.-]+)')


@dataclass(frozen=True)
class Comparison:
    """One comparison of a filter."""

    path: str
    operator: str
    value: str

    def holds(self, entry: Mapping[str, Any]) -> bool:
        """Whether an entry meets it; a field that is absent meets nothing but !=."""
        found: Any = entry
        for step in self.path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            return self.operator == "!="
        return self._compare(found)

    def _compare(self, found: Any) -> bool:
        left: Any = str(found)
        right: Any = self.value
        if self.path == "severity":
            left, right = SEVERITIES.index(found), SEVERITIES.index(self.value)
        elif isinstance(found, (int, float)) and not isinstance(found, bool):
            left, right = float(found), float(self.value)
        verdicts: dict[str, bool] = {
            "=": left == right,
            "!=": left != right,
            ">": left > right,
            ">=": left >= right,
            "<": left < right,
            "<=": left <= right,
        }
        return verdicts[self.operator]


def metric_filter(name: str) -> str:
    """The filter of a log-based metric as Cloud Logging gets it."""
    return text_of(local_values()["log_metrics"][name]["filter"])


def parse(text: str) -> list[Comparison]:
    """The comparisons of a filter joined by AND; ValueError for anything else."""
    parts = [part.strip() for part in text.split(" AND ")]
    found = [COMPARISON.fullmatch(part) for part in parts]
    if not all(found):
        raise ValueError(f"not a conjunction of comparisons: {text}")
    return [
        Comparison(match.group(1), match.group(2), match.group(3).strip('"'))
        for match in found
        if match
    ]


def matches(text: str, entry: Mapping[str, Any]) -> bool:
    """Whether an entry meets a filter."""
    return all(comparison.holds(entry) for comparison in parse(text))


def log_entry(line: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """A line on stdout as Cloud Run stores it: severity and labels lifted, the rest as payload."""
    payload = json.loads(line)
    severity = payload.pop("severity", "DEFAULT")
    labels = payload.pop(LABELS, {})
    return {
        "resource": resource,
        "severity": severity,
        "labels": labels,
        "jsonPayload": payload,
    }
