"""Scripts and procedures as the service runs them, on top of the emulator's interpreter."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from bqemulator.domain.errors import DomainError, InvalidQueryError
from bqemulator.jobs import executor
from bqemulator.scripting import interpreter, parser
from bqemulator.scripting.ast import (
    CreateProcedureStmt,
    ExecuteImmediateStmt,
    RaiseStmt,
    SqlStmt,
    Statement,
)
from bqemulator.scripting.exceptions import ReturnSignal, ScriptRaise
from bqemulator.scripting.frames import Variable
from sqlglot import exp

from .analysis import Analyst
from .dialect import before_translation, outside_strings
from .errors import BigQueryError, plain
from .history import dml_target
from .job_views import SEEN, ScriptStatement
from .project_names import working_for

_NAMED = re.compile(r"(?s)(.+?)\s+AS\s+(\w+)\s*", re.IGNORECASE)
_SYSTEM = {"@@row_count": "__row_count__", "@@error.message": "__error_message__"}
_DML = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AssertStmt(Statement):
    """ASSERT condition [AS 'message']."""

    condition: str
    message: str | None


class Parser(parser.Parser):
    """The emulator's parser with blocks that end where they end."""

    def _parse_statement(self) -> Statement | None:
        current = self._cursor.current
        if current.kind == "IDENT" and current.value.upper() == "ASSERT":
            return self._parse_assert()
        return super()._parse_statement()

    def _parse_assert(self) -> AssertStmt:
        self._cursor.advance()
        condition = self._capture_expr_until((";",), stop_keywords=("AS",))
        message = None
        if self._cursor.match_keyword("AS"):
            self._cursor.advance()
            message = self._read_string_literal()
        self._consume_optional_semicolon()
        return AssertStmt(condition, message)

    def _parse_procedure_rest(self, *, or_replace: bool) -> CreateProcedureStmt:
        name = self._read_dotted_name()
        arguments: Any = self._parse_routine_arg_list(for_procedure=True)
        self._capture_expr_until((), stop_keywords=("BEGIN",))
        start = self._cursor.pos
        self._parse_begin()
        body = self._cursor.slice(start, self._cursor.pos)
        return CreateProcedureStmt(name, tuple(arguments), body, or_replace)

    def _read_type_name(self) -> str:
        if self._cursor.match_keyword("DEFAULT"):
            return "ANY"
        return str(super()._read_type_name())

    def _capture_expr_until(
        self, stop_puncts: tuple[str, ...], *, stop_keywords: tuple[str, ...]
    ) -> str:
        start, depth = self._cursor.pos, 0
        while not self._cursor.at_eof():
            token = self._cursor.current
            word = token.value.upper() if token.kind in ("IDENT", "KEYWORD") else token.value
            if depth == 0 and (word in stop_puncts or word in stop_keywords or word == ")"):
                break
            depth += (word in ("(", "[", "CASE")) - (word in (")", "]", "END"))
            self._cursor.advance()
        return str(self._cursor.slice(start, self._cursor.pos))


@dataclass
class _Shared:
    """What a script and the procedures it calls have in common."""

    row_count: int | None = None
    transaction: str = "none"  # none, open, aborted


class Interpreter(interpreter.ScriptInterpreter):
    """One script run; nested procedure calls share row count and transaction."""

    _STATEMENT_DISPATCH = (
        (AssertStmt, "_exec_assert"),
        *interpreter.ScriptInterpreter._STATEMENT_DISPATCH,
    )

    def __init__(self, ctx: Any, project_id: str, *, caller: Any = None) -> None:
        super().__init__(ctx, project_id, caller=caller)
        self._shared = _Shared()
        self._nested = False
        self._procedure = ""
        self._source, self._passed = "", 0

    async def run(self, source: str) -> Any:
        """Run a script; a transaction left open at its end is rolled back."""
        self._source = source
        try:
            return await super().run(source)
        finally:
            if not self._nested and self._shared.transaction == "open":
                self._sql("ROLLBACK")

    async def _run_query(self, bq_sql: str) -> pa.Table:
        seen = SEEN.get()
        bq_sql = seen.lead(bq_sql) if seen else bq_sql
        sql = before_translation(_system_names(bq_sql), self._ctx, self._project_id)
        history: Any = self._ctx.snapshots
        try:
            known = frozenset(self._frames.all_visible())
            Analyst(self._ctx, self._project_id).admit(self._rewrite_temp_calls(sql), known)
            with history.recording(dml_target(sql, self._project_id)):
                table = await super()._run_query(sql)
        except DomainError as error:
            self._notice_abort()
            error.message = plain(error.message)
            raise
        except BigQueryError as error:
            raise InvalidQueryError(error.message) from error
        if _DML.match(bq_sql):
            self._shared.row_count = int(table.column(0)[0].as_py())
        return table

    async def _exec_statement(self, stmt: Statement) -> None:
        root = self._frames._frames[0].variables
        root["__row_count__"] = Variable("__row_count__", "INT64", self._shared.row_count)
        await super()._exec_statement(stmt)

    async def _exec_sql_stmt(self, stmt: SqlStmt) -> None:
        seen = SEEN.get()
        if seen is None:
            await super()._exec_sql_stmt(stmt)
            return
        kind = executor.classify_statement_type(stmt.sql)
        statement = ScriptStatement(stmt.sql, kind, *self._place(stmt.sql), self._procedure)
        with seen.running(statement):
            await super()._exec_sql_stmt(stmt)
            statement.rows = self._final_table

    def _place(self, sql: str) -> tuple[int, int]:
        """Line and column of a statement; in a loop it is the same one again."""
        found = self._source.find(sql, self._passed)
        at = max(found if found >= 0 else self._source.find(sql), 0)
        self._passed = at + len(sql)
        before = self._source[:at]
        return before.count("\n") + 1, at - before.rfind("\n")

    async def _exec_assert(self, stmt: AssertStmt) -> None:
        if await self._eval_expr_scalar(f"({stmt.condition})") is not True:
            raise InvalidQueryError(f"Assertion failed: {stmt.message or stmt.condition}")
        self._final_table = None

    async def _exec_raise(self, stmt: RaiseStmt) -> None:
        if stmt.message_expr is None and self._frames.has("__error_message__"):
            message = str(self._frames.lookup("__error_message__"))
            raise ScriptRaise(InvalidQueryError(message), message_override=message)
        await super()._exec_raise(stmt)

    async def _exec_execute_immediate(self, stmt: ExecuteImmediateStmt) -> None:
        sql = await self._eval_expr_scalar(stmt.sql_expr)
        if not isinstance(sql, str):
            raise InvalidQueryError("EXECUTE IMMEDIATE requires a STRING expression")
        names = await self._using(stmt.using_exprs)
        self._frames.push(kind="block")
        try:
            for name, value in names.items():
                self._frames.declare(f"__using_{name}", "ANY", value)
            await self._run_dynamic(_bind_using(sql, names), stmt.into_names)
        finally:
            self._frames.pop()

    async def _using(self, expressions: tuple[str, ...]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for position, text in enumerate(expressions):
            match = _NAMED.fullmatch(text)
            expression, name = match.groups() if match else (text, str(position))
            values[name.lower()] = await self._eval_expr_scalar(expression)
        return values

    async def _run_dynamic(self, sql: str, into: tuple[str, ...]) -> None:
        if not into:
            script = parser.parse_script(sql)
            for statement in script.statements:
                await self._exec_statement(statement)
            return
        rows = (await self._run_query(sql)).to_pylist()
        if len(rows) > 1:
            raise InvalidQueryError("EXECUTE IMMEDIATE INTO returned multiple rows")
        values = list(rows[0].values()) if rows else [None] * len(into)
        for name, value in zip(into, values, strict=True):
            self._frames.set(name, value)

    async def _invoke_procedure(self, routine: Any, args: list[Any]) -> dict[str, Any] | None:
        nested = Interpreter(self._ctx, routine.project_id, caller=self._caller)
        nested._shared, nested._nested = self._shared, True
        nested._procedure = f"{routine.project_id}.{routine.dataset_id}.{routine.routine_id}"
        for parameter, value in zip(routine.arguments, args, strict=True):
            nested._frames.declare(parameter.name, _type_text(parameter.data_type), value)
        with contextlib.suppress(ReturnSignal), working_for(routine.project_id):
            await nested.run(routine.definition_body)
        self._final_table = nested._final_table
        return dict(nested._frames.snapshot_current())

    async def _handle_txn_statement(self, op: str) -> None:
        wanted = {"BEGIN": ("none",), "COMMIT": ("open",), "ROLLBACK": ("open", "aborted")}[op]
        if self._shared.transaction not in wanted:
            raise InvalidQueryError(_transaction_problem(op, self._shared.transaction))
        if self._shared.transaction != "aborted":
            self._sql("BEGIN TRANSACTION" if op == "BEGIN" else op)
        self._shared.transaction = "open" if op == "BEGIN" else "none"

    def _sql(self, sql: str) -> None:
        self._ctx.engine.connection.execute(sql)

    def _notice_abort(self) -> None:
        if self._shared.transaction != "open":
            return
        try:
            self._sql("SELECT 1")
        except duckdb.Error:
            self._sql("ROLLBACK")
            self._shared.transaction = "aborted"


def _type_text(kind: dict[str, Any] | None) -> str:
    """GoogleSQL text of the API's StandardSqlDataType; ANY when there is none."""
    if not kind:
        return "ANY"
    name = str(kind.get("typeKind", "ANY"))
    if name == "ARRAY":
        return f"ARRAY<{_type_text(kind.get('arrayElementType'))}>"
    return name


def _transaction_problem(op: str, state: str) -> str:
    if op == "BEGIN":
        return "Transaction is already in progress; nested transactions are not supported"
    if state == "aborted":
        return "The transaction failed and was rolled back; COMMIT is not possible"
    return f"{op} TRANSACTION without a transaction in progress"


def _system_names(sql: str) -> str:
    if "@@" not in sql:
        return sql
    return outside_strings(
        r"@@row_count\b|@@error\.message\b", lambda hit: _SYSTEM[hit.group(0).lower()], sql
    )


def _bind_using(sql: str, names: dict[str, Any]) -> str:
    positions = iter(range(len(names)))

    def put(match: re.Match[str]) -> str:
        text = match.group(0)
        name = str(next(positions)) if text == "?" else text[1:].lower()
        if name not in names:
            raise InvalidQueryError(f"Query parameter '{name}' not found")
        return f"__using_{name}"

    return outside_strings(r"(?<!@)@[A-Za-z_]\w*|\?", put, sql)


def _placeholder(value: Any, type_name: str | None, params: list[Any]) -> exp.Expression:
    """A bound value with the type its variable was declared with."""
    params.append(value)
    placeholder: exp.Expression = exp.Placeholder(this=str(len(params)))
    if type_name and type_name.upper() not in ("ANY", "STRUCT"):
        with contextlib.suppress(Exception):
            kind = exp.DataType.build(type_name, dialect="bigquery")
            return exp.Cast(this=placeholder, to=kind)
    return placeholder


def install() -> None:
    """Make the emulator run scripts with this module's parser and interpreter."""
    vars(parser).update(Parser=Parser)
    vars(executor).update(ScriptInterpreter=Interpreter)
    vars(interpreter).update(ScriptInterpreter=Interpreter, _build_scalar_placeholder=_placeholder)
