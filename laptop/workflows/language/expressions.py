"""Expressions of the workflow language: grammar, syntax tree, evaluation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, cast, dataclass_transform

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from laptop.workflows.language import operators
from laptop.workflows.language.errors import expect, failure, kind

MAX_EXPRESSION = 400

# Precedence as Google documents it: `not` binds tighter than unary minus and comparison.
GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction | disjunction OR conjunction -> binary
?conjunction: comparison | conjunction AND comparison -> binary
?comparison: sum | comparison COMPARE sum -> binary
?sum: product | sum (PLUS | MINUS) product -> binary
?product: negation | product MULTIPLY negation -> binary
?negation: inversion | MINUS negation -> unary
?inversion: postfix | NOT inversion -> unary
?postfix: atom
    | postfix ("." key | "[" disjunction "]") -> member
    | postfix "(" [disjunction ("," disjunction)*] ")" -> call
key: NAME -> literal
?atom: (DOUBLE | INTEGER | STRING | CONSTANT) -> literal | NAME -> name
    | "(" disjunction ")" | "[" [disjunction ("," disjunction)*] "]" -> list
OR.2: /(or|OR)\b/
AND.2: /(and|AND)\b/
NOT.2: /(not|NOT)\b/
COMPARE.2: "==" | "!=" | "<=" | ">=" | "<" | ">" | /in\b/
CONSTANT.2: /(true|True|TRUE|false|False|FALSE|null|Null|NULL)\b/
MULTIPLY: "//" | "*" | "/" | "%"
PLUS: "+"
MINUS: "-"
DOUBLE.2: /\d+(\.\d+([eE][+-]?\d+)?|[eE][+-]?\d+)/
INTEGER: /\d+/
STRING: /"([^"\\]|\\.)*"/s | /'([^'\\]|\\.)*'/s
NAME: /[A-Za-z_][A-Za-z0-9_]*/
%ignore /\s+/
"""
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


class ExpressionSyntaxError(Exception):
    """The text between `${` and `}` is not an expression."""


@dataclass_transform(frozen_default=True)
class Node:
    """Part of a syntax tree; its classes are frozen dataclasses."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True)(cls)


class Literal(Node):
    """A scalar written in the source."""

    value: Any


class Name(Node):
    """A variable (or the first part of a function's name)."""

    name: str


class Member(Node):
    """`base.name` or `base[key]`."""

    base: Expression
    key: Expression


class Call(Node):
    """`function(arguments…)`."""

    function: str
    arguments: tuple[Expression, ...]


class Operation(Node):
    """An operator with one or two operands."""

    operator: str
    operands: tuple[Expression, ...]


class ListOf(Node):
    """A list, from YAML or from an expression."""

    items: tuple[Expression, ...]


class MapOf(Node):
    """A map from YAML; a key may be an expression too."""

    items: tuple[tuple[Expression, Expression], ...]


Expression = Literal | Name | Member | Call | Operation | ListOf | MapOf


class Variables(Protocol):
    """Where names are looked up while an expression is evaluated."""

    def lookup(self, name: str) -> Any:
        """The value of a variable; KeyError map if it has none yet."""


def dotted(expression: Expression) -> str | None:
    """`text.split` for the tree of that name, None for anything else."""
    if isinstance(expression, Name):
        return expression.name
    if isinstance(expression, Member) and isinstance(expression.key, Literal):
        base = dotted(expression.base)
        return f"{base}.{expression.key.value}" if base else None
    return None


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Makes values of tokens and nodes of rules while the parser reads them."""

    NAME = str
    DOUBLE = float
    literal = Literal
    name = Name
    member = Member

    def binary(self, left: Expression, operator: Token, right: Expression) -> Expression:
        return Operation(operator.lower(), (left, right))

    def unary(self, operator: Token, operand: Expression) -> Expression:
        return Operation("not" if operator.lower() == "not" else "negate", (operand,))

    def call(self, callee: Expression, *arguments: Expression) -> Expression:
        name = dotted(callee)
        if name is None:
            raise ExpressionSyntaxError("only a named function can be called")
        return Call(name, arguments)

    def list(self, *items: Expression) -> Expression:
        return ListOf(items)

    def INTEGER(self, token: Token) -> int:
        if int(token) > operators.INT64_MAX:
            raise ExpressionSyntaxError(f"integer {token} does not fit in 64 bits")
        return int(token)

    def STRING(self, token: Token) -> str:
        return ESCAPE.sub(_unescaped, token[1:-1])

    def CONSTANT(self, token: Token) -> Any:
        return json.loads(token.lower())


def _unescaped(escape: re.Match[str]) -> str:
    try:
        return "'" if escape[1] == "'" else str(json.loads(f'"{escape[0]}"'))
    except ValueError:
        raise ExpressionSyntaxError(f"unknown escape {escape[0]} in a string") from None


_PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=False, transformer=_Builder())


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Syntax tree of an expression without its `${}`."""
    try:
        return cast(Expression, _PARSER.parse(text))
    except UnexpectedInput as error:
        at = f"at column {error.column}" if error.column and error.column > 0 else "at its end"
        raise ExpressionSyntaxError(f"cannot parse expression {text!r} {at}") from None


def compile_value(value: Any) -> Expression:
    """Tree of a YAML value whose strings may be `${…}`; raises ExpressionSyntaxError."""
    if isinstance(value, dict):
        return MapOf(tuple((compile_value(k), compile_value(v)) for k, v in value.items()))
    if isinstance(value, list):
        return ListOf(tuple(compile_value(item) for item in value))
    if not isinstance(value, str) or "${" not in value:
        return Literal(value)
    text = value.strip()
    if not (text.startswith("${") and text.endswith("}")):
        raise ExpressionSyntaxError(f"text around ${{}} is not interpolated: {text!r}; use +")
    if len(text) > MAX_EXPRESSION:
        raise ExpressionSyntaxError(
            f"expression of {len(text)} characters, at most {MAX_EXPRESSION}: {text[:40]}…"
        )
    return parse(text[2:-1])


def constant(expression: Expression) -> bool:
    """Whether there is nothing to look up or to compute."""
    return all(isinstance(part, Literal | ListOf | MapOf) for part in walk(expression))


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything in it."""
    yield expression
    for part in _parts(expression):
        yield from walk(part)


def _parts(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Member(base, key):
            return base, key
        case Call(_, parts) | Operation(_, parts) | ListOf(parts):
            return parts
        case MapOf(items):
            return tuple(part for item in items for part in item)
    return ()


Functions = Callable[[str, list[Any]], Any]


def evaluate(expression: Expression, variables: Variables, call: Functions) -> Any:
    """The expression's value; `call` runs library functions and subworkflows."""
    match expression:
        case Literal(value):
            return value
        case Name(name):
            return variables.lookup(name)
        case Member(base, key):
            return access(evaluate(base, variables, call), evaluate(key, variables, call))
        case Call(function, arguments):
            return call(function, [evaluate(a, variables, call) for a in arguments])
        case Operation("and" | "or" as operator, operands):
            values = (operators.boolean(operator, evaluate(o, variables, call)) for o in operands)
            return any(values) if operator == "or" else all(values)
        case Operation(operator, operands):
            return operators.apply(operator, [evaluate(o, variables, call) for o in operands])
        case ListOf(parts):
            return [evaluate(part, variables, call) for part in parts]
        case MapOf(items):
            pairs = [(evaluate(k, variables, call), evaluate(v, variables, call)) for k, v in items]
            return {expect(k, str, "a map's key must be a string, not a"): v for k, v in pairs}


def access(base: Any, key: Any) -> Any:
    """`base[key]` of a map or a list; KeyError, IndexError or TypeError map."""
    if isinstance(base, dict) and isinstance(key, str):
        if key not in base:
            raise failure("KeyError", f"key not found: {key}")
        return base[key]
    if isinstance(base, list) and type(key) is int:
        if not 0 <= key < len(base):
            raise failure("IndexError", f"index out of range: {key}, list of {len(base)}")
        return base[key]
    raise failure("TypeError", f"cannot access a {kind(base)} with a {kind(key)}: {key}")
