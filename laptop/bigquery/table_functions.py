"""Table functions whose arguments have the types that they were declared with."""

from __future__ import annotations

from typing import Any

import sqlglot
from bqemulator.sql.rewriter.unnest_offset import rewrite_unnest_offset
from bqemulator.udf import table_valued
from bqemulator.udf.types import render_duckdb_type
from sqlglot import exp

from .dialect import name_struct_fields
from .project_names import same_in_every_project, working_for


def typed_body(routine: Any) -> str:
    """A table function's SQL with its arguments cast to their types, in GoogleSQL."""
    kinds = {
        argument.name.lower(): render_duckdb_type(argument.data_type)
        for argument in routine.arguments
        if argument.data_type
    }
    return _with_types(routine.definition_body, tuple(kinds.items()))


@same_in_every_project
def _with_types(sql: str, named: tuple[tuple[str, str], ...]) -> str:
    tree = sqlglot.parse_one(name_struct_fields(sql), read="bigquery")
    kinds = {name: exp.DataType.build(kind, dialect="duckdb") for name, kind in named}
    for column in list(tree.find_all(exp.Column)):
        kind = kinds.get(column.name.lower())
        if kind is not None and not column.table:
            column.replace(exp.Cast(this=column.copy(), to=kind.copy()))
    return str(rewrite_unnest_offset(tree.sql(dialect="bigquery")))


class TypedRuntime(table_valued.TableValuedRuntime):
    """The emulator's table functions with typed arguments."""

    def materialize(self, routine: Any, engine: Any) -> None:
        """Make the DuckDB macro of a table function."""
        with working_for(routine.project_id):
            body = typed_body(routine)
            super().materialize(routine.model_copy(update={"definition_body": body}), engine)


def install() -> None:
    """Make the emulator build table functions with this module's runtime."""
    vars(table_valued).update(TableValuedRuntime=TypedRuntime)
