"""Table functions whose arguments have the types that they were declared with."""

from __future__ import annotations

from typing import Any

import sqlglot
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.sql.rewriter.unnest_offset import rewrite_unnest_offset
from bqemulator.udf import table_valued
from bqemulator.udf.types import render_duckdb_type
from sqlglot import exp

from .dialect import name_struct_fields
from .project_names import same_in_every_project, working_for
from .signatures import Columns, cast_columns, refused_types

_COLUMNS = """
SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?
"""


def typed_body(routine: Any, columns: Columns) -> str:
    """A table function's SQL with its arguments cast to their types, in GoogleSQL.

    So are columns of the tables that it casts further: the emulator knows no types in here.
    """
    kinds = {
        argument.name.lower(): render_duckdb_type(argument.data_type)
        for argument in routine.arguments
        if argument.data_type
    }
    known = tuple((name, tuple(types.items())) for name, types in columns.items())
    return _with_types(routine.definition_body, tuple(kinds.items()), known)


@same_in_every_project
def _with_types(
    sql: str, named: tuple[tuple[str, str], ...], columns: tuple[tuple[str, Any], ...]
) -> str:
    tree = sqlglot.parse_one(name_struct_fields(sql), read="bigquery")
    kinds = {name: exp.DataType.build(kind, dialect="duckdb") for name, kind in named}
    for column in list(tree.find_all(exp.Column)):
        kind = kinds.get(column.name.lower())
        if kind is not None and not column.table:
            column.replace(exp.Cast(this=column.copy(), to=kind.copy()))
    known = {name: dict(types) for name, types in columns}
    for column, type_name in list(cast_columns(tree, known)):
        column.replace(exp.cast(column.copy(), type_name, dialect="bigquery"))
    if sentence := refused_types(tree.sql(dialect="bigquery"), known, {}):
        raise InvalidQueryError(sentence)
    return str(rewrite_unnest_offset(tree.sql(dialect="bigquery")))


class TypedRuntime(table_valued.TableValuedRuntime):
    """The emulator's table functions with typed arguments."""

    def materialize(self, routine: Any, engine: Any) -> None:
        """Make the DuckDB macro of a table function."""
        with working_for(routine.project_id):
            body = typed_body(routine, _columns(routine, engine))
            super().materialize(routine.model_copy(update={"definition_body": body}), engine)


def _columns(routine: Any, engine: Any) -> Columns:
    """DuckDB's types of the columns of the tables that a function reads."""
    tree = sqlglot.parse_one(routine.definition_body, read="bigquery")
    read = {
        (f"{table.catalog or routine.project_id}__{table.db}", table.name)
        for table in tree.find_all(exp.Table)
        if table.db
    }
    found: dict[str, dict[str, str]] = {}
    for schema, name in sorted(read):
        known = engine.execute(_COLUMNS, [schema, name]).fetchall()
        found[name] = dict(known)
    return found


def install() -> None:
    """Make the emulator build table functions with this module's runtime."""
    vars(table_valued).update(TableValuedRuntime=TypedRuntime)
