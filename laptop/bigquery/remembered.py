"""Work on the text of a statement that the emulator repeats, done once per text or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from types import ModuleType, SimpleNamespace
from typing import Any

import sqlglot
from bqemulator.catalog import ddl_sync
from bqemulator.domain.errors import DomainError, InvalidQueryError
from bqemulator.domain.result import Err, Ok
from bqemulator.jobs import executor
from bqemulator.scripting import interpreter
from bqemulator.scripting.frames import Variable
from bqemulator.sql import catalog_schema, inner_query
from bqemulator.sql import translator as translators
from bqemulator.sql.translator import SQLTranslator
from bqemulator.udf import table_valued
from sqlglot import exp

from . import restrictions, table_functions, value_types
from .project_names import same_in_every_project
from .signatures import refused_types
from .statements import REMEMBERED, without_positions
from .value_types import PARAMETERS
from .views import Name, where_needed

_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|#[^\n]*\n|\()*(\w*)", re.DOTALL)
# While a long text is translated, one rewriting after another reads it; nobody does afterwards.
_LONG, _LONG_TREES = 4_096, 8
_BEFORE_WHAT_IS_MADE = ("OR", "REPLACE", "TEMP", "TEMPORARY")
_CREATE = frozenset({"CREATE"})
_DROP = frozenset({"DROP"})
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


def install() -> None:
    """Puts this module in front of the emulator's own functions."""
    parse_one = _remembering_parser(sqlglot.parse_one)
    vars(sqlglot)["parse_one"] = _copying(parse_one)
    tables_of = _table_names(parse_one)
    # It asks for the tables of a statement alone, each time that it runs.
    vars(catalog_schema)["sqlglot"] = SimpleNamespace(
        parse_one=lambda sql, **_: _TablesAlone(tables_of(sql)), errors=sqlglot.errors
    )
    translator = RememberingTranslator()
    vars(executor).update(_translator=translator)
    # Storage Read looks for it in its own module, in every session.
    for module in (interpreter, table_valued, translators):
        vars(module).update(SQLTranslator=lambda: translator)
    for name, modules in _PURE.items():
        _replace(name, modules, lru_cache(maxsize=REMEMBERED))
    for name, modules in _TEXT_FROM_TEXT.items():
        _replace(name, modules, same_in_every_project)
    _replace("_detect_plain_create_table", (ddl_sync,), _remembering_target)
    for name, (words, modules) in _LOOKS_FOR_DDL.items():
        _replace(name, modules, _only_after(words))
    _replace(
        "rewrite_for_row_access", (inner_query,), lambda rewrite: where_needed(rewrite, tables_of)
    )
    _replace("_rewrite_vars_to_params", (interpreter,), _remembering_variables)
    _replace("_reject_dml_on_immutable", (executor,), _only_after(_DML, argument=1))
    _replace("_capture_dml_snapshots", (executor,), _only_after(_DML, 1, otherwise=_nothing))


_PURE: dict[str, tuple[ModuleType, ...]] = {
    "_detect_catalog_drop": (ddl_sync,),
    "_detect_create_schema": (ddl_sync,),
    "_detect_plain_create_view": (ddl_sync,),
    "parse_script": (executor, interpreter),
}
_TEXT_FROM_TEXT: dict[str, tuple[ModuleType, ...]] = {
    "_is_row_producing": (interpreter,),
    "classify_statement_type": (executor,),
    "rewrite_table_refs": (executor, interpreter, table_valued),
    "rewrite_unnest_offset": (inner_query, table_functions),
}
# Those that are remembered as well are not even asked once about a query.
_LOOKS_FOR_DDL: dict[str, tuple[frozenset[str], tuple[ModuleType, ...]]] = {
    "_detect_catalog_drop": (_DROP, (ddl_sync,)),
    "_detect_create_schema": (frozenset({"CREATE SCHEMA"}), (ddl_sync,)),
    "_detect_plain_create_table": (_CREATE, (ddl_sync,)),
    "detect_drop_routine": (_DROP, (executor,)),
    "sync_created_view": (frozenset({"CREATE VIEW"}), (executor, interpreter)),
}


class RememberingTranslator(SQLTranslator):
    """The emulator's translator; the same statement against the same columns is one translation."""

    def __init__(self) -> None:
        super().__init__()
        self._remembered = same_in_every_project(self._translate)

    def translate(
        self, bq_sql: str, *, schema: Any = None, caller: Any = None, **_kwargs: Any
    ) -> Any:
        """The statement in DuckDB's words, or the error."""
        # Read sessions ask for other dates each time: remembering their texts helps nobody.
        if restrictions.is_plain(bq_sql):
            return Ok(bq_sql)
        columns = tuple((name, tuple(kinds.items())) for name, kinds in (schema or {}).items())
        try:
            return Ok(self._remembered(bq_sql, columns, PARAMETERS.get(), caller))
        except DomainError as error:
            return Err(error)

    def _translate(
        self, sql: str, columns: tuple[Any, ...], parameters: tuple[Any, ...], caller: Any
    ) -> str:
        schema = {name: dict(kinds) for name, kinds in columns}
        if sentence := refused_types(sql, schema, dict(parameters)):
            raise InvalidQueryError(sentence)
        done = super().translate(sql, schema=schema, caller=caller)
        if isinstance(done, Err):
            raise done.error
        return str(done.value)

    @staticmethod
    def _annotate_tree(tree: exp.Expression, schema: dict[str, Any]) -> exp.Expression:
        return value_types.annotated(tree, schema)

    def _apply_first_matching_rule(self, node: exp.Expression, tree: exp.Expression) -> bool:
        is_detached = node.parent is None and node is not tree
        return not is_detached and value_types.rewritten(node, self._rules)


def _remembering_parser(parse: Callable[..., Any]) -> Callable[..., Any]:
    """`sqlglot.parse_one` whose trees are shared: copy one before changing it."""

    def tree(sql: str, options: tuple[tuple[str, Any], ...]) -> Any:
        return without_positions(parse(sql, **dict(options)))

    short, long = lru_cache(maxsize=REMEMBERED)(tree), lru_cache(maxsize=_LONG_TREES)(tree)

    def parse_one(sql: str, **options: Any) -> Any:
        remembered = short if len(sql) < _LONG else long
        try:
            return remembered(sql, tuple(sorted(options.items())))
        except TypeError:
            return parse(sql, **options)

    return parse_one


class _TablesAlone:
    """What is left of a statement's tree for somebody who looks for its tables."""

    def __init__(self, names: tuple[Name, ...]) -> None:
        self._names = names

    def find_all(self, _kind: type[exp.Table]) -> Iterator[exp.Table]:
        """The tables, each once, in the order in which they stand there first."""
        for catalog, dataset, name in self._names:
            yield exp.table_(name, dataset, catalog)


def _table_names(parse_one: Callable[..., Any]) -> Callable[[str], tuple[Name, ...]]:
    @same_in_every_project
    def tables_of(sql: str) -> tuple[Name, ...]:
        found = parse_one(sql, read="bigquery").find_all(exp.Table)
        return tuple(dict.fromkeys((table.catalog, table.db, table.name) for table in found))

    return tables_of


def _copying(parse_one: Callable[..., Any]) -> Callable[..., Any]:
    def parse_copy(sql: str, read: Any = None, **options: Any) -> Any:
        return parse_one(sql, read=read, **options).copy()

    return parse_copy


def _remembering_variables(rewrite: Callable[..., Any]) -> Callable[..., Any]:
    """Script variables become parameters once per text and types; only their values differ."""

    @same_in_every_project
    def remembered(sql: str, kinds: tuple[tuple[str, str], ...]) -> Any:
        names = {name: Variable(name, kind, name) for name, kind in kinds}
        text, values = rewrite(sql, SimpleNamespace(all_visible=lambda: names))
        return text, tuple(values)

    def rewritten(sql: str, frames: Any) -> tuple[str, list[Any]]:
        visible = frames.all_visible()
        # Which fields of a row are parameters depends on its value.
        if any(isinstance(one.value, dict) for one in visible.values()):
            return tuple(rewrite(sql, frames))
        text, names = remembered(sql, tuple((name, one.type_name) for name, one in visible.items()))
        return text, [visible[name].value for name in names]

    return rewritten


def _remembering_target(detect: Callable[[str], Any]) -> Callable[[str], Any]:
    """The table that a statement makes, found once for all projects: by its name."""

    @same_in_every_project
    def name_of(sql: str) -> str | None:
        target = detect(sql)
        return None if target is None else str(target.sql(dialect="bigquery"))

    @lru_cache(maxsize=REMEMBERED)
    def target_of(name: str) -> exp.Table:
        return exp.to_table(name, dialect="bigquery")

    def detected(sql: str) -> Any:
        name = name_of(sql)
        return None if name is None else target_of(name)

    return detected


@lru_cache(maxsize=REMEMBERED)
def _beginnings(sql: str) -> frozenset[str]:
    """The first word of a statement, and with it what it makes: CREATE, CREATE VIEW."""
    first, rest = _next_word(sql, 0)
    made = ""
    while first == "CREATE" and made in ("", *_BEFORE_WHAT_IS_MADE):
        made, rest = _next_word(sql, rest)
        if not made:
            break
    return frozenset({first, f"{first} {made}"})


def _next_word(sql: str, position: int) -> tuple[str, int]:
    match = _WORD.match(sql, position)
    return (match.group(1).upper(), match.end()) if match else ("", position)


def _only_after(
    words: frozenset[str], argument: int = 0, otherwise: Callable[[], Any] = lambda: None
) -> Callable[..., Any]:
    """A function that looks for statements beginning with these words does not look at others."""

    def guard(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def guarded(*arguments: Any) -> Any:
            found = words & _beginnings(arguments[argument])
            return function(*arguments) if found else otherwise()

        return guarded

    return guard


async def _nothing() -> None:
    """What a function that is awaited gives instead of looking."""


def _replace(name: str, modules: tuple[ModuleType, ...], by: Callable[..., Any]) -> None:
    replacement = by(vars(modules[0])[name])
    for module in modules:
        vars(module)[name] = replacement
