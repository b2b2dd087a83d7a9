"""Google's own analyzer with a catalog of this project's tables and routines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from zetasql.api import CatalogBuilder, TableBuilder, TypeFactory
from zetasql.api.builders import TVFBuilder
from zetasql.core import wasm_client
from zetasql.types import (
    AnalyzeRequest,
    AnalyzerOptions,
    LanguageOptions,
    Type,
    TypeKind,
    ZetaSQLBuiltinFunctionOptions,
    parse_proto,
)
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import AnalyzeResponse

from laptop.tests.bigquery import google_answers
from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.tables.catalog import TABLES
from phase4.tables.filled import FILLED
from phase4.tables.routines import Routine

SETTINGS = Settings(project="demo-project", roster_table="nba_analytics.player_birthdates")
KINDS = {
    "STRING": TypeKind.TYPE_STRING,
    "INTEGER": TypeKind.TYPE_INT64,
    "INT64": TypeKind.TYPE_INT64,
    "FLOAT": TypeKind.TYPE_DOUBLE,
    "FLOAT64": TypeKind.TYPE_DOUBLE,
    "BOOLEAN": TypeKind.TYPE_BOOL,
    "BOOL": TypeKind.TYPE_BOOL,
    "DATE": TypeKind.TYPE_DATE,
    "TIMESTAMP": TypeKind.TYPE_TIMESTAMP,
    "NUMERIC": TypeKind.TYPE_NUMERIC,
    "JSON": TypeKind.TYPE_JSON,
}
STRINGS = re.compile(r"('''.*?'''|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|--[^\n]*)", re.DOTALL)
VARIABLE = re.compile(r"\s*DECLARE (?P<name>\w+) (?P<kind>\w+) DEFAULT (?P<value>.*)", re.DOTALL)
TEMP_TABLE = re.compile(r"\s*CREATE (?:OR REPLACE )?TEMP TABLE (\w+)")
# What BigQuery documents of INFORMATION_SCHEMA.JOBS_BY_USER, as far as it is asked.
JOBS = "INFORMATION_SCHEMA.JOBS_BY_USER"
_LABEL = [{"name": name, "type": "STRING"} for name in ("key", "value")]
_ERROR = [{"name": name, "type": "STRING"} for name in ("reason", "location", "message")]
JOB_COLUMNS: list[dict[str, Any]] = [
    {"name": "creation_time", "type": "TIMESTAMP"},
    *({"name": name, "type": "STRING"} for name in ("job_id", "parent_job_id", "job_type")),
    *({"name": name, "type": "STRING"} for name in ("statement_type", "state")),
    *({"name": name, "type": "INTEGER"} for name in ("total_bytes_processed", "total_slot_ms")),
    {"name": "error_result", "type": "RECORD", "fields": _ERROR},
    {"name": "labels", "type": "RECORD", "mode": "REPEATED", "fields": _LABEL},
]
STATEMENT_END = re.compile(r";\s*(?:\n|$)")


class Refused(AssertionError):
    """Google's analyzer does not accept a statement."""


@dataclass
class GoogleSql:
    """A catalog that grows with every routine, in the order in which they are created."""

    settings: Settings
    relations: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, spec in TABLES.items():
            self._add_relation(self.name_of(key), [(c["name"], _type(c)) for c in spec.columns])
        self._add_relation(self.jobs, [(c["name"], _type(c)) for c in JOB_COLUMNS])

    @property
    def jobs(self) -> str:
        """The name of BigQuery's own list of jobs."""
        return f"{routines.placeholders(self.settings)['region']}.{JOBS}"

    def name_of(self, key: str) -> str:
        """The whole name of a table of the catalog."""
        names = {
            "bdl_player_boxscores": self.settings.raw_table,
            "player_birthdates": self.settings.roster_table,
            **{name: self.settings.filled_table(table) for name, table in FILLED.items()},
        }
        return self.settings.table_id(names.get(key, f"{self.settings.ops_dataset}.{key}"))

    def add(self, routine: Routine) -> None:
        """Analyses a routine's body and makes the routine known to later statements."""
        columns = self.analyse(routine.body, dict(routine.arguments))
        name = self.settings.ops(routine.name)
        if routine.kind == "VIEW":
            self._add_relation(name, columns)
        elif routine.kind == "TABLE_VALUED_FUNCTION":
            self._add_function(name, routine.arguments, columns)

    def analyse(self, sql: str, parameters: Mapping[str, str]) -> list[tuple[str, Type]]:
        """Columns of the last statement of `sql`; Refused with Google's message otherwise."""
        columns: list[tuple[str, Type]] = []
        lasting = dict(self.relations)
        try:
            known = dict(parameters)
            for text in statements(sql):
                declared = VARIABLE.match(without_comments(text))
                statement = as_parameters(
                    f"SELECT CAST({declared['value']} AS {declared['kind']})" if declared else text,
                    known,
                )
                columns = self._analyse_one(statement, known)
                if declared:
                    known[declared["name"]] = declared["kind"]
                if made := TEMP_TABLE.match(without_comments(statement)):
                    self._add_relation(made[1], columns)
        finally:
            self.relations = lasting
        return columns

    def _analyse_one(self, statement: str, parameters: Mapping[str, str]) -> list[tuple[str, Type]]:
        options = AnalyzerOptions(
            language_options=self.language,
            allow_undeclared_parameters=not parameters,
            query_parameters=[
                AnalyzerOptions.QueryParameter(name=name, type=parameter_type(kind))
                for name, kind in parameters.items()
            ],
        )
        request = AnalyzeRequest(sql_statement=statement, options=options).to_proto()
        request.simple_catalog.CopyFrom(self.catalog)
        try:
            answer = self._service.call_grpc_func(
                "ZetaSqlLocalService_Analyze", request, AnalyzeResponse
            )
        except Exception as error:
            raise Refused(f"{error}\nin: {statement.strip()[:300]}") from None
        columns = map(parse_proto, _output_columns(answer.resolved_statement))
        return [(column.name, column.column.type) for column in columns]

    @cached_property
    def _service(self) -> wasm_client.WasmClient:
        """The analyzer itself: its own client makes an object of every node of the answer."""
        return google_answers.service()

    @property
    def relation_message(self) -> type[Any]:
        """What a relation of the catalog is made of."""
        return type(next(iter(self.relations.values())))

    @cached_property
    def language(self) -> LanguageOptions:
        """Everything that GoogleSQL knows."""
        return LanguageOptions.maximum_features()

    @cached_property
    def _built_in(self) -> Any:
        """A catalog of nothing but the built-in functions."""
        options = ZetaSQLBuiltinFunctionOptions(language_options=self.language)
        return CatalogBuilder("project").with_builtin_functions(options).build().to_proto()

    @cached_property
    def catalog(self) -> Any:
        """Put together anew when a relation or a function has come; each is a message once."""
        catalog = type(self._built_in)()
        catalog.CopyFrom(self._built_in)
        catalog.table.extend(self.relations.values())
        catalog.custom_tvf.extend(self.functions.values())
        return catalog

    def _add_relation(self, name: str, columns: list[tuple[str, Type]]) -> None:
        builder = TableBuilder(name)
        for column, kind in columns:
            builder.add_column(column, kind)
        self.relations[name] = builder.build().to_proto()
        self.forget_catalog()

    def forget_catalog(self) -> None:
        """The next statement sees the relations and functions that there are then."""
        vars(self).pop("catalog", None)

    def _add_function(
        self, name: str, arguments: tuple[tuple[str, str], ...], columns: list[tuple[str, Type]]
    ) -> None:
        builder = TVFBuilder("function")
        for argument, kind in arguments:
            builder.add_argument(argument, parameter_type(kind))
        function = builder.set_output_schema(columns).build()
        for argument in function.signature.argument:
            argument.num_occurrences = 1
        function.name_path = [name]
        self.functions[name] = function.to_proto()
        self.forget_catalog()


def project(settings: Settings) -> GoogleSql:
    """The analyzer with every routine of the project known."""
    analyzer = GoogleSql(settings)
    for routine in routines.routines(settings):
        analyzer.add(routine)
    return analyzer


def _output_columns(statement: Any) -> Any:
    """The columns of a resolved statement, which stands in as many shells as it has kinds."""
    while kind := statement.WhichOneof("node") if "node" in _oneofs(statement) else None:
        statement = getattr(statement, kind)
    return getattr(statement, "output_column_list", ())


def _oneofs(message: Any) -> Any:
    return message.DESCRIPTOR.oneofs_by_name


def as_parameters(sql: str, names: Mapping[str, str]) -> str:
    """Routine arguments become query parameters, so that their types are checked."""
    if not names:
        return sql
    pattern = re.compile(rf"(?<![@.`\w])({'|'.join(map(re.escape, names))})\b")
    parts = STRINGS.split(sql)
    return "".join(
        part if index % 2 else pattern.sub(r"@\1", part) for index, part in enumerate(parts)
    )


def without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*\n", "", sql)


def statements(sql: str) -> list[str]:
    """The statements of a text, every table in them one name: the catalog of the tests is flat."""
    named = re.sub(rf"`\.{JOBS}\b", f".{JOBS}`", sql)
    return [part for part in STATEMENT_END.split(named) if part.strip()]


def _type(column: Mapping[str, Any]) -> Type:
    if column["type"] == "RECORD":
        fields = [(field["name"], _type(field)) for field in column["fields"]]
        kind = TypeFactory.create_struct_type(fields)
    else:
        kind = TypeFactory.create_simple_type(KINDS[column["type"]])
    return TypeFactory.create_array_type(kind) if column.get("mode") == "REPEATED" else kind


def parameter_type(kind: str) -> Type:
    if kind.startswith("ARRAY<"):
        return TypeFactory.create_array_type(parameter_type(kind[6:-1]))
    return TypeFactory.create_simple_type(KINDS[kind])
