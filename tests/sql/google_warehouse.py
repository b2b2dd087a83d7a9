"""This project's tables and routines in Google's own evaluator: what its SQL gives in the service.

The evaluator knows tables and queries alone: routines are put in the place of their calls, and the
statements of a procedure follow each other. Rows that a procedure inserts are seen by what follows
in it; what it updates stays as it is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from zetasql.types import AnalyzerOptions
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as messages

from laptop.tests.bigquery import google_answers
from phase4.tables.catalog import TABLES
from phase4.tables.routines import Routine
from tests.sql.googlesql import (
    JOB_COLUMNS,
    STRINGS,
    TEMP_TABLE,
    VARIABLE,
    GoogleSql,
    as_parameters,
    parameter_type,
    statements,
    without_comments,
)

Rows = list[dict[str, Any]]
Column = Mapping[str, Any]
Parameters = Mapping[str, tuple[str, Any]]
INSERT = re.compile(r"\s*INSERT INTO `([^`]+)`\s*\(([^)]*)\)(.*)", re.DOTALL)
UPDATE = re.compile(r"\s*UPDATE\b")
MADE = re.compile(r".*?\bTEMP TABLE \w+\s+AS\b", re.DOTALL)
CALLED = re.compile(r"`[\w-]+\.\w+\.(\w+)`(\()?")
# What stands behind a call when it is not a name for its rows.
UNNAMED = re.compile(
    r"\s*(?!AS\b)(?:$|[^A-Za-z_\s]|(?:WHERE|JOIN|LEFT|FULL|CROSS|ON|USING|GROUP|ORDER|UNION)\b)"
)
AS_OF = re.compile(r"FOR SYSTEM_TIME AS OF\s+[@\w.()]+")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass
class GoogleWarehouse:
    """The tables of a project with the rows that BigQuery's client gives of them."""

    google: GoogleSql
    routines: Mapping[str, Routine]
    contents: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in TABLES:
            self.fill(key, [])
        self._fill(self.google.jobs, JOB_COLUMNS, [])

    def fill(self, key: str, rows: Rows) -> None:
        """Puts rows into a table of the catalog, in the place of those that it had."""
        self._fill(self.google.name_of(key), TABLES[key].columns, rows)

    def _fill(self, name: str, columns: Sequence[Column], rows: Rows) -> None:
        content = messages.TableContent()
        content.table_data.SetInParent()
        for row in rows:
            cells = content.table_data.row.add().cell
            for column in columns:
                _write(cells.add(), row[column["name"]], column)
        self.contents[name] = content

    def query(self, sql: str, parameters: Parameters | None = None) -> Rows:
        """The rows of a statement; parameters by name, each a type and its value."""
        columns, data = self._evaluated(sql, parameters or {})
        names = [column.name for column in columns]
        return [
            dict(zip(names, map(google_answers.python, row.cell), strict=True)) for row in data.row
        ]

    def call(self, name: str, *arguments: Any) -> Rows:
        """The rows of the last statement of a procedure."""
        routine = self.routines[name]
        known = {
            argument: (kind, value)
            for (argument, kind), value in zip(routine.arguments, arguments, strict=True)
        }
        rows: Rows = []
        contents, relations = dict(self.contents), dict(self.google.relations)
        try:
            for text in statements(routine.body):
                rows = self._step(without_comments(text), known) or rows
        finally:
            self.contents, self.google.relations = contents, relations
            self.google.forget_catalog()
        return rows

    def _step(self, text: str, known: dict[str, tuple[str, Any]]) -> Rows | None:
        """The rows of one statement of a procedure, if it is a query."""
        kinds = {name: kind for name, (kind, _) in known.items()}
        if declared := VARIABLE.match(text):
            sql = f"SELECT CAST({declared['value']} AS {declared['kind']}) AS value"
            [row] = self.query(as_parameters(sql, kinds), known)
            known[declared["name"]] = (declared["kind"], row["value"])
            return None
        if UPDATE.match(text):
            return None
        if made := TEMP_TABLE.match(text):
            sql = as_parameters(MADE.sub("", text, count=1), kinds)
            columns, data = self._evaluated(sql, known)
            self.google.relations[made[1]] = self.google.relation_message(
                name=made[1], column=columns
            )
            self.google.forget_catalog()
            self.contents[made[1]] = messages.TableContent(table_data=data)
            return None
        if inserted := INSERT.match(text):
            columns, data = self._evaluated(as_parameters(inserted[3], kinds), known)
            self._append(inserted[1], [name.strip() for name in inserted[2].split(",")], data)
            return None
        return self.query(as_parameters(text, kinds), known)

    def _append(self, table: str, names: list[str], data: Any) -> None:
        [key] = [key for key in TABLES if self.google.name_of(key) == table]
        content = messages.TableContent()
        content.CopyFrom(self.contents[table])
        for row in data.row:
            given = dict(zip(names, row.cell, strict=True))
            cells = content.table_data.row.add().cell
            for column in TABLES[key].columns:
                if column["name"] in given:
                    cells.add().CopyFrom(given[column["name"]])
                else:
                    _write(cells.add(), None, column)
        self.contents[table] = content

    def _evaluated(self, sql: str, parameters: Parameters) -> tuple[Any, Any]:
        """Columns and rows as Google's messages."""
        text = AS_OF.sub("", self._inlined(sql))
        options = AnalyzerOptions(
            language_options=self.google.language,
            query_parameters=[
                AnalyzerOptions.QueryParameter(name=name, type=parameter_type(kind))
                for name, (kind, _) in parameters.items()
            ],
        )
        request = messages.PrepareQueryRequest(sql=text, options=options.to_proto())
        request.simple_catalog.CopyFrom(self.google.catalog)
        for name, content in self.contents.items():
            if name in text:
                request.table_content[name].CopyFrom(content)
        asked = messages.EvaluateQueryRequest()
        for name, (kind, value) in parameters.items():
            parameter = asked.params.add()
            parameter.name = name
            _write(parameter.value, value, _column(kind))
        return google_answers.evaluated(request, asked)

    def _inlined(self, sql: str) -> str:
        """A text with the body of each routine and view in the place of its name."""
        parts, place = [], 0
        while found := CALLED.search(sql, place):
            routine = self.routines.get(found[1])
            parts.append(sql[place : found.start()])
            place = found.end()
            if routine is None or routine.kind == "PROCEDURE":
                parts.append(found[0])
                continue
            given, place = _arguments(sql, place) if found[2] else ([], place)
            name = f" AS {routine.name}" if UNNAMED.match(sql[place:]) else ""
            parts.append(f"(\n{self._inlined(_body(routine, given))}\n){name}")
        return "".join(parts) + sql[place:]


def _arguments(sql: str, place: int) -> tuple[list[str], int]:
    """The arguments of a call from behind its bracket, and the place behind its end."""
    arguments, depth, start = [], 1, place
    for token in re.finditer(r"'[^']*'|\"[^\"]*\"|[(),]", sql[place:]):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if not depth or (depth == 1 and token[0] == ","):
            arguments.append(sql[start : place + token.start()])
            start = place + token.end()
        if not depth:
            return arguments, start
    raise AssertionError(f"a call does not end: {sql[place:][:100]}")


def _body(routine: Routine, given: list[str]) -> str:
    """The query of a routine with the arguments of a call."""
    body = routine.body.strip().removesuffix(";")
    values = {
        name: f"CAST({value.strip()} AS {kind})"
        for (name, kind), value in zip(routine.arguments, given, strict=True)
    }
    if not values:
        return body
    pattern = re.compile(rf"(?<![@.`\w])({'|'.join(values)})\b")
    parts = STRINGS.split(body)
    return "".join(
        part if index % 2 else pattern.sub(lambda name: values[name[1]], part)
        for index, part in enumerate(parts)
    )


def _column(kind: str) -> Column:
    if kind.startswith("ARRAY<"):
        return {"type": kind[6:-1], "mode": "REPEATED"}
    return {"type": kind}


def _write(cell: Any, value: Any, column: Column) -> None:
    """Puts a value into a message; NULL is one without any."""
    if column.get("mode") == "REPEATED":
        cell.array_value.SetInParent()
        for one in value or []:
            _write(cell.array_value.element.add(), one, {**column, "mode": "NULLABLE"})
    elif value is None:
        return
    elif column["type"] == "RECORD":
        cell.struct_value.SetInParent()
        for part in column["fields"]:
            _write(cell.struct_value.field.add(), value[part["name"]], part)
    elif column["type"] == "TIMESTAMP":
        cell.timestamp_value.seconds, rest = divmod((value - EPOCH) // MICROSECOND, 10**6)
        cell.timestamp_value.nanos = rest * 1000
    else:
        name, stored = _scalar(value, column["type"])
        setattr(cell, name, stored)


def _scalar(value: Any, kind: str) -> tuple[str, Any]:
    match kind:
        case "DATE":
            return "date_value", (value - EPOCH.date()).days
        case "NUMERIC":
            number = int(value * Decimal(10**9))
            return "numeric_value", number.to_bytes(
                number.bit_length() // 8 + 1, "little", signed=True
            )
        case "JSON":
            return "json_value", value if isinstance(value, str) else json.dumps(value)
        case "FLOAT" | "FLOAT64":
            return "double_value", float(value)
        case "INTEGER" | "INT64":
            return "int64_value", value
        case "BOOLEAN" | "BOOL":
            return "bool_value", value
    return "string_value", value
