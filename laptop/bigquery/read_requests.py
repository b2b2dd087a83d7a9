"""What a session of Storage Read may ask for: columns that are there, rows by a condition on them.

The emulator reads all rows where it does not understand a condition.
"""

from __future__ import annotations

import re
from typing import Any

import grpc
import sqlglot
from bqemulator.catalog.models import TableMeta
from bqemulator.storage.type_map import bq_schema_to_duckdb_columns
from google.cloud.bigquery_storage_v1 import types
from sqlglot import exp

from .analysis import Analyst
from .errors import BigQueryError
from .fields import to_rest
from .signatures import refused_types

LONGEST_RESTRICTION = 2**20  # bytes
_PATH = re.compile(r"projects/([^/]+)/datasets/([^/]+)/tables/([^/]+)")
_NO_SUCH_FIELDS = "The following selected fields do not exist in the table schema: {}"
_TOO_LONG = (
    "read_session.read_options.row_restriction exceeded maximum allowed length. "
    f"Maximum bytes allowed: {LONGEST_RESTRICTION}"
)


def checking_requests(handler: type[Any]) -> type[Any]:
    """A handler of Storage Read that refuses what no session of the service may ask for."""

    class CheckedReads(handler):  # type: ignore[misc]
        def _handle_create_read_session(self, request_bytes: bytes, context: Any) -> Any:
            session = types.CreateReadSessionRequest.deserialize(request_bytes).read_session
            try:
                _check(self._ctx, session)
            except _Refused as refused:
                context.set_code(refused.code)
                context.set_details(str(refused))
                return b""
            return super()._handle_create_read_session(request_bytes, context)

    return CheckedReads


class _Refused(Exception):
    """A session that is not made."""

    def __init__(self, words: str, code: grpc.StatusCode = grpc.StatusCode.INVALID_ARGUMENT):
        super().__init__(words)
        self.code = code


def _check(context: Any, session: Any) -> None:
    if not session.data_format:
        raise _Refused("request failed: data format unspecified")
    options = session.read_options
    if len(options.row_restriction.encode()) > LONGEST_RESTRICTION:
        raise _Refused(_TOO_LONG)
    if (path := _PATH.fullmatch(session.table)) is None:
        raise _Refused(f"request failed: Invalid table path: {session.table}")
    project, dataset, name = path.groups()
    if dataset.startswith("_"):
        return  # The rows of a query, which are told apart where they are kept.
    table = context.catalog.get_table(project, dataset, name)
    if table is None:
        words = f"Not found: Table {project}:{dataset}.{name}"
        raise _Refused(words, grpc.StatusCode.NOT_FOUND)
    if table.table_type != "TABLE":
        return
    known = {field.name.lower() for field in table.schema_.fields}
    strange = [one for one in options.selected_fields if one.partition(".")[0].lower() not in known]
    if strange:
        raise _Refused(f"request failed: {_NO_SUCH_FIELDS.format(', '.join(strange))}")
    _check_rows(context, table, options.row_restriction)


def _check_rows(context: Any, table: TableMeta, restriction: str) -> None:
    if restriction and (problem := _problem(table, restriction)):
        name = f"{table.project_id}:{table.dataset_id}.{table.table_id}"
        raise _Refused(
            f"request failed: Row filter for {name} is invalid. Filter is '{restriction}': "
            f"{problem}"
        )
    try:
        Analyst(context, table.project_id).admit(_statement(table, restriction))
    except BigQueryError as error:
        raise _Refused(f"request failed: Query error: {error.message}") from error


def _statement(table: TableMeta, restriction: str) -> str:
    where = f" WHERE {restriction}" if restriction else ""
    return f"SELECT 1 FROM `{table.dataset_id}`.`{table.table_id}`{where}"


def _problem(table: TableMeta, restriction: str) -> str:
    """What is wrong with a condition; '' when rows can be chosen by it."""
    try:
        trees = sqlglot.parse(_statement(table, restriction), read="bigquery")
    except sqlglot.errors.SqlglotError:
        return "Syntax error"
    (tree,) = trees if len(trees) == 1 else (None,)
    if not isinstance(tree, exp.Select) or {key for key, arg in tree.args.items() if arg} - _PARTS:
        return "Syntax error: Expected a condition"
    condition = tree.args["where"].this
    if condition.find(exp.Query) is not None:
        return "Subqueries are not supported"
    if (aggregate := condition.find(exp.AggFunc, exp.Window)) is not None:
        return f"Aggregate function {aggregate.key.upper()} not allowed in WHERE clause"
    if (parameter := condition.find(exp.Parameter, exp.Placeholder)) is not None:
        return f"Query parameter '{parameter.name}' not found"
    fields = {field.name.lower() for field in table.schema_.fields}
    for column in condition.find_all(exp.Column):
        # A column of a column is a field of a struct.
        if (first := column.parts[0].name).lower() not in fields:
            return f"Unrecognized name: {first}"
    kinds = dict(bq_schema_to_duckdb_columns([to_rest(field) for field in table.schema_.fields]))
    return refused_types(_statement(table, restriction), {table.table_id: kinds}, {})


# What the statement of a condition is made of.
_PARTS = frozenset({"kind", "expressions", "from_", "from", "where"})
