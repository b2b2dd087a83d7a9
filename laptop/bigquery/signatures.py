"""Values whose types do not go together: BigQuery runs no statement that has some.

They are compared, chosen between, united, written into a column, taken as a text, or are a
condition, or a window is partitioned by them. Types are
those of columns, literals, casts and parameters, also through CTEs and subqueries. What else an
expression gives is not known here, and passes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlglot import errors, exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from .date_parts import LIMITED, refused_part
from .statements import parsed

Columns = Mapping[str, Mapping[str, str]]

_NUMBERS = frozenset({"INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC"})
# What a STRING becomes where it is a literal or a parameter.
_WRITTEN = frozenset({"BYTES", "DATE", "DATETIME", "TIME", "TIMESTAMP"})
# Types that are compared, in the order in which the service lists them.
_KINDS = (
    *("INT64", "BOOL", "FLOAT64", "STRING", "BYTES", "DATE", "TIMESTAMP", "TIME", "DATETIME"),
    *("NUMERIC", "BIGNUMERIC"),
)
_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_CHOICES: dict[type[exp.Expr], str] = {
    exp.Coalesce: "COALESCE",
    exp.Greatest: "GREATEST",
    exp.Least: "LEAST",
    exp.Nullif: "NULLIF",
}
# Functions whose first argument is a text, which DuckDB makes of anything.
_OF_TEXTS = (
    *(exp.Length, exp.Lower, exp.Upper, exp.Substring, exp.StartsWith, exp.Trim, exp.Split),
    *(exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace),
)
_LOOKED_AT = (
    *(exp.Between, exp.In, exp.If, exp.Case, exp.Window),
    *(*_OPERATORS, *_CHOICES, *_OF_TEXTS, *LIMITED),
)
# What else a value of a type becomes where it is written into a column.
_WIDER = {
    "INT64": {"NUMERIC", "BIGNUMERIC", "FLOAT64"},
    "NUMERIC": {"BIGNUMERIC", "FLOAT64"},
    "BIGNUMERIC": {"FLOAT64"},
    "DATE": {"DATETIME"},
}
_WRITTEN_INTO = {"STRING": _WRITTEN, "FLOAT64": {"NUMERIC", "BIGNUMERIC"}}
_GIVEN: dict[type[exp.Expr], str] = {
    exp.Boolean: "BOOL",
    exp.Count: "INT64",
    exp.CountIf: "INT64",
    exp.CurrentDate: "DATE",
    exp.CurrentTimestamp: "TIMESTAMP",
    exp.Lower: "STRING",
    exp.Upper: "STRING",
}
# From which types DuckDB casts otherwise than the service.
_CAST_BY_TYPE = {
    exp.DType.BIGINT: ("FLOAT64", "STRING"),
    exp.DType.TEXT: ("FLOAT64", "NUMERIC", "TIMESTAMP", "DATETIME", "TIME"),
}
_DEEPEST = 30


class Kind(NamedTuple):
    """A type, and whether the value is written in the statement or given to it."""

    name: str
    is_written: bool = False


def refused_types(sql: str, columns: Columns, parameters: Mapping[str, str]) -> str:
    """What BigQuery says of the first such values of a statement; '' where there are none.

    `columns` are DuckDB's types of the columns of each table, by names without a dataset.
    """
    tree = parsed(sql)
    if tree is None:
        return ""
    names = [(table.db, table.name) for table in tree.find_all(exp.Table) if table.db]
    alone = {name for _, name in names if len({db for db, one in names if one == name}) == 1}
    known = _Known({name: kinds for name, kinds in columns.items() if name in alone}, parameters)
    # A statement whose names are ambiguous is refused elsewhere.
    with contextlib.suppress(errors.OptimizeError):
        return next(filter(None, _sentences(tree, known)), "")
    return ""


def cast_columns(tree: exp.Expr, columns: Columns) -> Iterator[tuple[exp.Column, str]]:
    """The columns of tables whose casts depend on their types, with these where they are known."""
    known = _Known(columns, {})
    for scope in traverse_scope(tree) if isinstance(tree, exp.Query) else ():
        place = _of_scope(scope)
        for cast in scope.find_all(exp.Cast):
            column = cast.this
            kinds = _CAST_BY_TYPE.get(cast.to.this, ())
            if not kinds or not isinstance(column, exp.Column):
                continue
            kind = known.kind(column, place)
            if kind is not None and kind.name in kinds:
                yield column, kind.name


def _sentences(tree: exp.Expr, known: _Known) -> Iterator[str]:
    queries = [tree]
    if not isinstance(tree, exp.Query):
        queries = [one for one in tree.find_all(exp.Query) if not one.find_ancestor(exp.Query)]
    if isinstance(tree, exp.Update | exp.Delete | exp.Merge):
        place = _of_dml(tree)
        condition: exp.Expr = tree.args.get("where") or tree.args["on"]
        nodes: Iterator[exp.Expr] = condition.walk(prune=lambda one: isinstance(one, exp.Query))
        yield from (_sentence(node, partial(known.kind, place=place)) for node in nodes)
        yield from _assigned(tree, known, place)
    scopes = [scope for query in queries for scope in traverse_scope(query)]
    for scope in scopes:
        kind = partial(known.kind, place=_of_scope(scope))
        looked_at: list[exp.Expr] = list(scope.find_all(*_LOOKED_AT))
        yield from (_sentence(node, kind) for node in looked_at)
        yield from _conditions(scope, kind)
        yield from _unseen_aliases(scope, known)
        yield from _united(scope, known)
    if isinstance(tree, exp.Insert):
        yield from _inserted(tree, known, scopes)


def _conditions(scope: Scope, kind: Typing) -> Iterator[str]:
    query = scope.expression
    clauses = [(name.upper(), query.args.get(name)) for name in ("where", "having")]
    found = [(name, clause.this) for name, clause in clauses if clause is not None]
    found += [
        ("JOIN ON", one.args["on"]) for one in query.args.get("joins") or () if "on" in one.args
    ]
    for clause, condition in found:
        known = kind(condition) if condition is not None else None
        if known is not None and known.name != "BOOL":
            yield f"{clause} clause should return type BOOL, but returns {known.name}"


def _unseen_aliases(scope: Scope, known: _Known) -> Iterator[str]:
    """WHERE comes before the SELECT: it knows columns, not the names that this gives them."""
    where, aliases = scope.expression.args.get("where"), _of_scope(scope).aliases
    if where is None or not aliases:
        return
    beside, seen = _of_scope(scope, named=False, around=False), _of_scope(scope, named=False)
    for column in where.walk(prune=lambda one: isinstance(one, exp.Query)):
        if not isinstance(column, exp.Column) or column.table:
            continue
        name = column.name.lower()
        if name not in aliases or not known.is_nowhere(name, beside):
            continue
        if known.is_nowhere(name, seen):
            yield f"Unrecognized name: {column.name}"
        else:
            # DuckDB would take what the subquery gives this name for the column around it.
            yield (
                f"Name {column.name} is a column around the subquery that gives the same name: "
                "the local BigQuery tells them apart only where the table's name is written"
            )


def _united(scope: Scope, known: _Known) -> Iterator[str]:
    """Each column of UNION and its like has types that go together."""
    if not scope.union_scopes:
        return
    both = [_selects(one) for one in scope.union_scopes]
    if not all(both) or any(one.is_star for selects in both for one in selects):
        return
    places = [_of_scope(one, named=False) for one in scope.union_scopes]
    pairs = zip(*both, strict=False)
    for number, columns in enumerate(pairs, 1):
        kinds = [known.kind(one.unalias(), at) for one, at in zip(columns, places, strict=True)]
        first, second = kinds
        if first and second and not _agree(first, second):
            operation = scope.expression.key.upper()
            kept = "DISTINCT" if scope.expression.args.get("distinct") else "ALL"
            types = f"{first.name}, {second.name}"
            yield f"Column {number} in {operation} {kept} has incompatible types: {types}"


def _inserted(tree: exp.Insert, known: _Known, scopes: list[Scope]) -> Iterator[str]:
    """What is inserted becomes the type of its column."""
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    table = schema.this if schema else tree.this
    kinds = known.columns.get(table.name, {})
    names = [one.name for one in schema.expressions] if schema else list(kinds)
    if isinstance(tree.expression, exp.Values):
        rows = [row.expressions for row in tree.expression.expressions]
        place, words = _Place({}), "Value"
    elif scopes and isinstance(scopes[-1].expression, exp.Select):
        rows, words = [scopes[-1].expression.selects], "Query column {}"
        place = _of_scope(scopes[-1], named=False)
    else:
        return
    for row in rows:
        pairs = zip(names, row, strict=False) if len(names) == len(row) else ()
        for number, (name, value) in enumerate(pairs, 1):
            kind, column = known.kind(value.unalias(), place), _column_kind(kinds, name)
            if kind and column and not _becomes(kind, column.name):
                yield (
                    f"{words.format(number)} has type {kind.name} which cannot be inserted into"
                    f" column {name}, which has type {column.name}"
                )


def _assigned(tree: exp.Expr, known: _Known, place: _Place) -> Iterator[str]:
    """What UPDATE sets becomes the type of its column."""
    if not isinstance(tree, exp.Update):
        return
    kinds = known.columns.get(tree.this.name, {})
    for setting in tree.expressions:
        kind, column = known.kind(setting.expression, place), _column_kind(kinds, setting.this.name)
        if kind and column and not _becomes(kind, column.name):
            yield (
                f"Value of type {kind.name} cannot be assigned to {setting.this.name}, which has"
                f" type {column.name}"
            )


def _column_kind(kinds: Mapping[str, str], name: str) -> Kind | None:
    found = next((kind for one, kind in kinds.items() if one.lower() == name.lower()), None)
    with contextlib.suppress(_Unknown):
        return None if found is None else _kind_of(found, "duckdb")
    return None


def _becomes(kind: Kind, name: str) -> bool:
    wider = _WIDER.get(kind.name, set())
    written = _WRITTEN_INTO.get(kind.name, set()) if kind.is_written else set()
    return name == kind.name or name in wider or name in written


@dataclass(frozen=True)
class _Place:
    """Where a name is looked for: the tables and subqueries beside it, then those around them."""

    sources: dict[str, Any]
    aliases: frozenset[str] = frozenset()
    around: Scope | None = None


def _of_dml(tree: exp.Expr) -> _Place:
    tables = [tree.this, tree.args.get("using"), tree.args.get("from_")]
    return _Place({one.alias_or_name.lower(): one for one in tables if isinstance(one, exp.Expr)})


def _of_scope(scope: Scope, *, named: bool = True, around: bool = True) -> _Place:
    """What a scope sees; names that it gives itself hide columns where they are seen as well."""
    sources = {
        name.lower(): None if node.args.get("pivots") or node.alias_column_names else source
        for name, (node, source) in scope.selected_sources.items()
    }
    selects = scope.expression.selects if named and isinstance(scope.expression, exp.Select) else ()
    aliases = frozenset(one.alias.lower() for one in selects if isinstance(one, exp.Alias))
    return _Place(sources, aliases, scope.parent if around and scope.is_subquery else None)


Typing = Callable[[exp.Expr], Kind | None]


class _Unknown(Exception):
    """A type that is not known here."""


@dataclass
class _Known:
    columns: Columns
    parameters: Mapping[str, str]
    _found: dict[tuple[int, str], Kind | None] = field(default_factory=dict)

    def kind(self, value: exp.Expr, place: _Place) -> Kind | None:
        """The type of a value; None where it is not known."""
        try:
            return self._kind(value.unnest(), place, 0)
        except _Unknown:
            return None

    def is_nowhere(self, name: str, place: _Place) -> bool:
        """Whether it is known that no source has a column of this name."""
        try:
            return self._column(name, "", place, 0) is None
        except _Unknown:
            return False

    def _kind(self, value: exp.Expr, place: _Place, depth: int) -> Kind:
        if depth > _DEEPEST:
            raise _Unknown
        if isinstance(value, exp.Literal):
            number = "INT64" if value.is_int else "FLOAT64"
            return Kind("STRING" if value.is_string else number, is_written=True)
        if isinstance(value, exp.Paren | exp.Neg | exp.Min | exp.Max):
            return self._kind(value.this, place, depth + 1)
        if isinstance(value, exp.Cast):
            return _kind_of(value.to.sql(dialect="bigquery"))
        if isinstance(value, exp.Parameter) and value.name.lower() in self.parameters:
            return Kind(_kind_of(self.parameters[value.name.lower()]).name, is_written=True)
        if isinstance(value, exp.Column):
            found = self._column(value.name.lower(), value.table.lower(), place, depth)
            if found is not None:
                return found
        if type(value) in _GIVEN:
            return Kind(_GIVEN[type(value)])
        raise _Unknown

    def _column(self, name: str, table: str, place: _Place, depth: int) -> Kind | None:
        """The type of a column; None where nothing in this place has it."""
        if not table and name in place.aliases:
            raise _Unknown
        beside = [source for alias, source in place.sources.items() if table in ("", alias)]
        kinds = {kind for one in beside if (kind := self._of_source(one, name, depth))}
        if len(kinds) > 1:
            raise _Unknown
        if kinds:
            return kinds.pop()
        if place.around is None or depth > _DEEPEST:
            return None
        return self._column(name, table, _of_scope(place.around), depth + 1)

    def _of_source(self, source: Any, name: str, depth: int) -> Kind | None:
        if isinstance(source, exp.Table):
            kinds = self.columns.get(source.name)
            if kinds is None:
                raise _Unknown
            found = next((kind for one, kind in kinds.items() if one.lower() == name), None)
            return None if found is None else _kind_of(found, "duckdb")
        if not isinstance(source, Scope):
            raise _Unknown
        key = (id(source), name)
        if key not in self._found:
            self._found[key] = self._of_query(source, name, depth)
        return self._found[key]

    def _of_query(self, query: Scope, name: str, depth: int) -> Kind | None:
        branches = list(_branches(query))
        selects = [_selects(one) for one in branches]
        if any(select.is_star for listed in selects for select in listed):
            return self._of_stars(branches, name, depth)
        names = [select.alias_or_name.lower() for select in selects[0]]
        if name not in names:
            return None
        column = names.index(name)
        pairs = zip(branches, selects, strict=True)
        # What a subquery gives is a column, whatever stands there.
        kinds = {
            self._kind(listed[column].unalias(), _of_scope(one, named=False), depth + 1).name
            for one, listed in pairs
            if len(listed) > column
        }
        if len(kinds) > 1:
            raise _Unknown
        return Kind(kinds.pop())

    def _of_stars(self, branches: list[Scope], name: str, depth: int) -> Kind | None:
        """The type of a column of `SELECT *`, which nothing else is selected beside."""
        selects = _selects(branches[0])
        if len(branches) > 1 or len(selects) != 1 or selects[0].find(exp.Alias):
            raise _Unknown
        beside = _of_scope(branches[0], named=False, around=False)
        return self._column(name, "", beside, depth + 1)


def _selects(query: Scope) -> list[exp.Expr]:
    """What a query selects; nothing of what is no SELECT."""
    return query.expression.selects if isinstance(query.expression, exp.Select) else []


def _branches(query: Scope) -> Iterator[Scope]:
    for one in query.union_scopes or ():
        yield from _branches(one)
    if not query.union_scopes:
        if not isinstance(query.expression, exp.Select):
            raise _Unknown
        yield query


@lru_cache(maxsize=256)
def _kind_of(text: str, dialect: str = "bigquery") -> Kind:
    """A type as the service calls it."""
    try:
        name = exp.DataType.build(text, dialect=dialect).sql(dialect="bigquery")
    except Exception:
        raise _Unknown from None
    bare = name.partition("(")[0]
    if bare not in _KINDS:
        raise _Unknown
    return Kind("BIGNUMERIC" if text.startswith("DECIMAL(76") else bare)


def _sentence(node: exp.Expr, kind: Typing) -> str:
    if isinstance(node, exp.If | exp.Case) or type(node) in _CHOICES:
        return _refused_choice(node, kind)
    if isinstance(node, exp.Window):
        keys = map(kind, node.args.get("partition_by") or ())
        floats = any(one is not None and one.name == "FLOAT64" for one in keys)
        return "Partitioning by expressions of type FLOAT64 is not allowed" if floats else ""
    if isinstance(node, _OF_TEXTS):
        return _refused_text(node, kind)
    if isinstance(node, LIMITED):
        value = kind(node.expression if isinstance(node, exp.Extract) else node.this)
        return refused_part(node, "" if value is None else value.name)
    if not isinstance(node, exp.Between | exp.In) and type(node) not in _OPERATORS:
        return ""
    if isinstance(node, exp.In):
        return _refused_list(kind(node.this), [kind(one) for one in node.expressions])
    parts = (
        [node.args["low"], node.args["high"]]
        if isinstance(node, exp.Between)
        else [node.args["expression"]]
    )
    kinds = [found for one in (node.this, *parts) if (found := kind(one))]
    if len(kinds) <= len(parts) or all(_agree(kinds[0], other) for other in kinds[1:]):
        return ""
    types = ", ".join(one.name for one in kinds)
    if isinstance(node, exp.Between):
        head = f"No matching signature for operator BETWEEN\n  Argument types: {types}\n"
        signature = "(T1) BETWEEN (T1) AND (T1)"
    else:
        operator = _OPERATORS[type(node)]
        head = f"No matching signature for operator {operator} for argument types: {types}\n"
        signature = f"T1 {operator} T1"
    return _untyped(head, signature, kinds)


def _refused_text(node: exp.Expr, kind: Typing) -> str:
    """LENGTH and its like take a text or bytes."""
    given = kind(node.this)
    if given is None or given.name in ("STRING", "BYTES"):
        return ""
    name = str(node.meta.get("name") or node.key).upper()
    return (
        f"No matching signature for function {name}\n  Argument types: {given.name}\n"
        f"  Signature: {name}(STRING)\n"
        f"    Argument 1: Unable to coerce type {given.name} to expected type STRING"
    )


def _refused_choice(node: exp.Expr, kind: Typing) -> str:
    """IF, CASE, COALESCE and their like give one of several values."""
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        return ""
    name, before = _CHOICES.get(type(node), "IF"), ""
    if isinstance(node, exp.If):
        asked = kind(node.this)
        if asked is not None and asked.name != "BOOL":
            return (
                f"No matching signature for function IF\n"
                "  Signature: IF(BOOL, T1, T1)\n"
                f"    Argument 1: Unable to coerce type {asked.name} to expected type BOOL"
            )
        values, before = [node.args["true"], node.args.get("false")], "BOOL, "
    elif isinstance(node, exp.Case):
        values = [one.args["true"] for one in node.args["ifs"]] + [node.args.get("default")]
    else:
        values = [node.this, node.args.get("expression"), *node.expressions]
    kinds = [found for one in values if one is not None and (found := kind(one))]
    if all(_agree(one, other) for place, one in enumerate(kinds) for other in kinds[:place]):
        return ""
    types = ", ".join(one.name for one in kinds)
    if isinstance(node, exp.Case):
        listed = ", ".join(dict.fromkeys(one.name for one in kinds))
        return (
            "No matching signature for operator CASE; all THEN/ELSE arguments must be coercible to"
            f" a common type but found: {listed}"
        )
    signature = f"{name}({before}{', '.join('T1' for _ in kinds)})"
    return _untyped(
        f"No matching signature for function {name}\n  Argument types: {before}{types}\n",
        signature,
        kinds,
    )


def _untyped(head: str, signature: str, kinds: Sequence[Kind]) -> str:
    return (
        f"{head}  Signature: {signature}\n"
        "    Unable to find common supertype for templated argument <T1>\n"
        f"      Input types for <T1>: {_listed(kinds)}"
    )


def _refused_list(value: Kind | None, others: Sequence[Kind | None]) -> str:
    known = [one for one in others if one is not None]
    if value is None or all(_agree(value, one) for one in known):
        return ""
    return (
        f"No matching signature for operator IN for argument types {value.name} and"
        f" {_listed(known)}"
    )


def _listed(kinds: Sequence[Kind]) -> str:
    names = sorted({one.name for one in kinds}, key=_KINDS.index)
    return f"{{{', '.join(names)}}}"


def _agree(one: Kind, other: Kind) -> bool:
    names = {one.name, other.name}
    if len(names) == 1 or names <= _NUMBERS or names == {"DATE", "DATETIME"}:
        return True
    return any(
        side.name == "STRING" and side.is_written and names - {"STRING"} <= _WRITTEN
        for side in (one, other)
    )
