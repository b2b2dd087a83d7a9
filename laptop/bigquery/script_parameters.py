"""Named query parameters where the emulator binds none: in scripts, behind SYSTEM_TIME AS OF."""

from __future__ import annotations

import json
import re
from typing import Any

from .dialect import outside_strings
from .errors import BigQueryError

_SCRIPT = re.compile(r"^\s*(?:CALL|DECLARE|BEGIN|SET|IF)\b|;\s*\S", re.IGNORECASE)
_PARAMETER = r"(?<!@)@(?P<name>\w+)"
_MOMENT = rf"(?P<before>\bFOR\s+SYSTEM_TIME\s+AS\s+OF\s+){_PARAMETER}"
_BARE = frozenset({"INT64", "INTEGER", "FLOAT64", "FLOAT", "BOOL", "BOOLEAN"})


def inlined(sql: str, parameters: list[dict[str, Any]] | None) -> tuple[str, Any]:
    """A script with its named parameters as literals, of a single statement its moments alone."""
    if not parameters or not all(entry.get("name") for entry in parameters):
        return sql, parameters
    known = {entry["name"]: entry for entry in parameters}

    def put(match: re.Match[str]) -> str:
        name = match.group("name")
        if name not in known:
            raise BigQueryError("invalidQuery", f"Query parameter '{name}' not found")
        return (match.groupdict().get("before") or "") + _literal(known[name])

    if _is_script(sql):
        return outside_strings(_PARAMETER, put, sql), None
    moments = outside_strings(_MOMENT, put, sql)
    if moments == sql:
        return sql, parameters
    named = {match.group("name").lower() for match in re.finditer(_PARAMETER, moments)}
    left = [entry for entry in parameters if entry["name"].lower() in named]
    return moments, left or None


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
