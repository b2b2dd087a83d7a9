"""What a statement reads: the bytes it is billed for, and whether it may read a table at all."""

from __future__ import annotations

import contextvars
import re
from dataclasses import dataclass, field
from typing import Any

from bqemulator.catalog.models import TableMeta
from sqlglot import exp

from . import foreign
from .errors import BigQueryError
from .history import dml_target
from .joins import refused_join
from .partition_view import row_width
from .partitions import TableRef
from .project_names import same_in_every_project
from .scans import reads_of
from .spellings import refused_spelling
from .statements import parsed
from .subqueries import refused_subquery
from .table_definitions import refused_definition

_CHANGING = re.compile(r"\s*(UPDATE|DELETE|MERGE|TRUNCATE)\b", re.IGNORECASE)
# Functions in FROM that belong to no dataset.
_IN_FROM = frozenset({"RANGE_SESSIONIZE"})
_MEGABYTE = 2**20
_LEAST_BILLED = 10 * _MEGABYTE


@dataclass
class Meter:
    """Bytes processed by the statements of one job so far, and the job's limit."""

    limit: int | None = None
    processed: int = 0
    tables: set[str] = field(default_factory=set)

    @property
    def billed(self) -> int:
        """Rounded up to megabytes, at least ten per table."""
        whole = -(-self.processed // _MEGABYTE) * _MEGABYTE
        return max(whole, _LEAST_BILLED * len(self.tables))

    def add(self, table: str, size: int) -> None:
        """Count a table scan; refuse it beyond the limit."""
        self.processed += size
        self.tables.add(table)
        if self.limit is not None and self.billed > self.limit:
            raise BigQueryError(
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {self.limit}. "
                f"{self.billed} or higher required.",
            )


METER: contextvars.ContextVar[Meter | None] = contextvars.ContextVar("meter", default=None)


class Analyst:
    """Looks at statements before they run, with the catalog at hand."""

    def __init__(self, context: Any, project: str) -> None:
        self._context = context
        self._project = project
        self._rows: dict[str, int] = {}

    def admit(self, sql: str, constants: frozenset[str] = frozenset()) -> None:
        """Refuse what BigQuery does not run: DML without WHERE, an outer join without an equality.

        And a scan without the partition filter that its table demands, and a table at two moments.

        Counts the bytes. `constants` are names of function arguments and script variables.
        """
        self._admit(sql, constants, {})

    def _admit(self, sql: str, constants: frozenset[str], moments: dict[str, str]) -> None:
        """Looks at a statement and the functions in it; `moments` of the tables read until then."""
        if sentence := _refusal(sql):
            raise BigQueryError("invalidQuery", sentence, location="query")
        self._check_buffer(sql)
        if (made := _partitioned_anew(sql)) is not None:
            self._check_layout(*made)
        reads = reads_of(sql, constants)
        for owner, dataset, name, limiting, moment in reads.scans:
            table = self._context.catalog.get_table(owner or self._project, dataset, name)
            if not isinstance(table, TableMeta):
                continue
            if moments.setdefault(_name(table), moment) != moment:
                raise _two_moments(table)
            if (column := _demanded_filter(table)) and column.lower() not in limiting:
                raise _unfiltered(table)
            meter = METER.get()
            if meter is not None:
                meter.add(_name(table), self._size(table, reads.columns))
        for owner, dataset, name in reads.functions:
            found = self._context.catalog.get_routine(owner or self._project, dataset, name)
            if found is not None and found.routine_type == "TABLE_VALUED_FUNCTION":
                arguments = frozenset(argument.name for argument in found.arguments)
                self._admit(found.definition_body, arguments, moments)

    def _check_buffer(self, sql: str) -> None:
        """Rows that were streamed lately are neither changed nor deleted."""
        verb = _CHANGING.match(sql)
        target = dml_target(sql, self._project) if verb else None
        if verb is None or target is None or not self._context.snapshots.has_buffer(target):
            return
        kind = "TRUNCATE DML" if verb[1].upper() == "TRUNCATE" else "UPDATE or DELETE"
        raise BigQueryError(
            "invalidQuery",
            f"{kind} statement over table {target.project}.{target.dataset}.{target.table} would "
            "affect rows in the streaming buffer, which is not supported",
            location="query",
        )

    def _check_layout(self, owner: str, dataset: str, name: str, column: str) -> None:
        """A table is replaced by one that is partitioned by the same column."""
        table = self._context.catalog.get_table(owner or self._project, dataset, name)
        if not isinstance(table, TableMeta) or table.table_type != "TABLE":
            return
        layout = table.time_partitioning
        before = (layout.field or "") if layout else ""
        if before.lower() != column:
            raise BigQueryError(
                "invalidQuery",
                "Cannot replace a table with a different partitioning spec. Instead, DROP the "
                f"table, and then recreate it. New partitioning spec is {column or 'none'} and "
                f"existing spec is {before or 'none'}",
                location="query",
            )

    def _size(self, table: TableMeta, columns: frozenset[str] | None) -> int:
        if table.table_type != "TABLE":
            return 0
        ref = TableRef(table.project_id, table.dataset_id, table.table_id)
        if ref.sql not in self._rows:
            rows = self._context.engine.execute(f"SELECT count(*) FROM {ref.sql}").fetchone()[0]
            self._rows[ref.sql] = int(rows)
        return self._rows[ref.sql] * row_width(table, columns)


@same_in_every_project
def _refusal(sql: str) -> str:
    """What BigQuery says of a statement that it does not run, whatever it is about."""
    tree = parsed(sql)
    if tree is None:
        return ""
    if isinstance(tree, exp.Delete | exp.Update) and tree.args.get("where") is None:
        return f"{tree.key.upper()} must have a WHERE clause"
    return (
        refused_spelling(sql)
        or _unknown_form(tree)
        or _refused_names(tree)
        or refused_definition(tree)
        or refused_join(tree)
        or refused_subquery(tree)
    )


def _unknown_form(tree: exp.Expr) -> str:
    """What the service knows no function or form of, in expressions and in FROM."""
    looked_at: tuple[type[exp.Expr], ...] = (exp.Table, *foreign.LOOKED_AT)
    for node in tree.find_all(*looked_at):
        sentence = (
            _unknown_source(node) if isinstance(node, exp.Table) else foreign.refused_form(node)
        )
        if sentence:
            return sentence
    return ""


def _unknown_source(table: exp.Table) -> str:
    """DuckDB reads files of this machine by functions in FROM; the service has none of them."""
    function = table.this
    if not isinstance(function, exp.Func) or table.db:
        return ""
    name = str(function.this) if isinstance(function, exp.Anonymous) else function.sql_name()
    known = "." in name or name.upper() in _IN_FROM
    return "" if known else f"Table-valued function not found: {name}"


@same_in_every_project
def _partitioned_anew(sql: str) -> tuple[str, str, str, str] | None:
    """The table that a statement replaces, and the column that the new one is partitioned by."""
    tree = parsed(sql)
    if not isinstance(tree, exp.Create) or tree.kind != "TABLE" or not tree.args.get("replace"):
        return None
    table = tree.this.find(exp.Table)
    if table is None or not table.db:
        return None
    layout = tree.find(exp.PartitionedByProperty)
    names = [one.name.lower() for one in layout.find_all(exp.Identifier)] if layout else []
    return table.catalog, table.db, table.name, names[0] if names else ""


def _refused_names(tree: exp.Expr) -> str:
    """Columns of what CREATE … AS makes have names, each its own."""
    if not isinstance(tree, exp.Create) or isinstance(tree.this, exp.Schema):
        return ""
    query = tree.expression
    if not isinstance(query, exp.Select):
        return ""
    seen: set[str] = set()
    for number, column in enumerate(query.selects, 1):
        name = "" if isinstance(column, exp.Literal) else column.output_name.lower()
        if not name and not column.is_star:
            return f"CREATE {tree.kind} columns must be named, but column {number} has no name"
        if name and name != "*" and name in seen:
            return f"CREATE {tree.kind} has columns with duplicate name {name}"
        seen.add(name)
    return ""


def _demanded_filter(table: TableMeta) -> str:
    """The partitioning column that every scan has to limit; '' where none has to."""
    layout = table.time_partitioning
    return (layout.field or "") if layout and layout.require_partition_filter else ""


def _name(table: TableMeta) -> str:
    return f"{table.project_id}.{table.dataset_id}.{table.table_id}"


def _two_moments(table: TableMeta) -> BigQueryError:
    return BigQueryError(
        "invalidQuery",
        f"Table '{_name(table)}' is referenced at more than one point in time: a statement reads "
        "one, the current time included",
        location="query",
    )


def _unfiltered(table: TableMeta) -> BigQueryError:
    column = table.time_partitioning.field if table.time_partitioning else ""
    return BigQueryError(
        "invalidQuery",
        f"Cannot query over table '{_name(table)}' without a filter over column(s) '{column}' "
        "that can be used for partition elimination",
        location="query",
    )
