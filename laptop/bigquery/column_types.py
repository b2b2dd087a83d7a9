"""Columns of every type are known where a statement is looked at with its columns' types."""

from __future__ import annotations

from bqemulator.sql import catalog_schema


def install() -> None:
    """A star is written out by these columns: one of a type without a name was left out."""
    named = catalog_schema._safe_bq_to_duckdb
    vars(catalog_schema)["_safe_bq_to_duckdb"] = lambda kind: named(kind) or "UNKNOWN"
