"""Named query parameters of scripts: the emulator binds them only in single statements."""

from __future__ import annotations

import json
import re
from typing import Any

from .dialect import outside_strings
from .errors import BigQueryError

_SCRIPT = re.compile(r"^\s*(?:CALL|DECLARE|BEGIN|SET|IF)\b|;\s*\S", re.IGNORECASE)
_BARE = frozenset({"INT64", "INTEGER", "FLOAT64", "FLOAT", "BOOL", "BOOLEAN"})


def inlined(sql: str, parameters: list[dict[str, Any]] | None) -> tuple[str, Any]:
    """A script with its named parameters as literals; a single statement is left as it is."""
    if not parameters or not _is_script(sql):
        return sql, parameters
    literals = {entry["name"]: _literal(entry) for entry in parameters}

    def put(match: re.Match[str]) -> str:
        name = match.group("name")
        if name not in literals:
            raise BigQueryError("invalidQuery", f"Query parameter '{name}' not found")
        return literals[name]

    return outside_strings(r"(?<!@)@(?P<name>\w+)", put, sql), None


def _is_script(sql: str) -> bool:
    hits: list[str] = []

    def note(match: re.Match[str]) -> str:
        hits.append(match.group(0))
        return hits[-1]

    outside_strings(_SCRIPT.pattern, note, sql)
    return bool(hits)


def _literal(entry: dict[str, Any]) -> str:
    kind, value = entry["parameterType"], entry["parameterValue"]
    if kind["type"] == "ARRAY":
        items = [
            _literal({"parameterType": kind["arrayType"], "parameterValue": item})
            for item in value.get("arrayValues", [])
        ]
        return f"ARRAY<{kind['arrayType']['type']}>[{', '.join(items)}]"
    if value.get("value") is None:
        return f"CAST(NULL AS {kind['type']})"
    text = json.dumps(str(value["value"]))
    if kind["type"] == "STRING":
        return text
    return str(value["value"]) if kind["type"] in _BARE else f"CAST({text} AS {kind['type']})"
