"""TO_JSON_STRING and TO_JSON of NULL are the JSON null, a text; in DuckDB they are NULL."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB


def _json(generator: Any, written: exp.JSONFormat) -> str:
    text = generator.func("TO_JSON", written.this, written.args.get("options"))
    return f"COALESCE(CAST({text} AS TEXT), 'null')"


def install() -> None:
    """Put this module in the place of sqlglot's own translation."""
    DuckDB.Generator.TRANSFORMS[exp.JSONFormat] = _json
