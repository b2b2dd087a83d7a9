"""Subscription filters: the language over attributes that Pub/Sub documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import cast

from lark import Lark, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

Attributes = Mapping[str, str]
Predicate = Callable[[Attributes], bool]

MAX_LENGTH = 256  # bytes, as the service limits a filter

GRAMMAR = r"""
?start: conjunction | disjunction | unary
conjunction: unary ("AND" unary)+
disjunction: unary ("OR" unary)+
?unary: ("NOT" | "-") primary -> negation
      | primary
?primary: "(" start ")" | comparison
comparison: "attributes" ":" key                       -> has
          | "attributes" "." key "=" STRING             -> equal
          | "attributes" "." key "!=" STRING            -> unequal
          | "hasPrefix" "(" "attributes" "." key "," STRING ")" -> prefix
?key: NAME | STRING
NAME: /(?!(AND|OR|NOT)\b(?!-))[A-Za-z_][A-Za-z0-9_-]*/
STRING: /"(\\.|[^"\\])*"/
%ignore /\s+/
"""


class FilterRefused(ValueError):
    """A filter that the service would not accept; the message shows where it goes wrong."""


@v_args(inline=True)
class _Compiler(Transformer):  # type: ignore[type-arg]
    """Turns the parse tree of a filter into one predicate over attributes."""

    def NAME(self, token: str) -> str:
        return str(token)

    def STRING(self, token: str) -> str:
        try:
            return cast(str, json.loads(token))
        except ValueError:
            raise FilterRefused(f"filter: {token} is not a valid string") from None

    def has(self, key: str) -> Predicate:
        return lambda attributes: key in attributes

    def equal(self, key: str, value: str) -> Predicate:
        return lambda attributes: attributes.get(key) == value

    def unequal(self, key: str, value: str) -> Predicate:
        return lambda attributes: attributes.get(key) != value

    def prefix(self, key: str, value: str) -> Predicate:
        return lambda attributes: key in attributes and attributes[key].startswith(value)

    def negation(self, operand: Predicate) -> Predicate:
        return lambda attributes: not operand(attributes)

    def conjunction(self, *operands: Predicate) -> Predicate:
        return lambda attributes: all(operand(attributes) for operand in operands)

    def disjunction(self, *operands: Predicate) -> Predicate:
        return lambda attributes: any(operand(attributes) for operand in operands)


_PARSER = Lark(GRAMMAR, parser="lalr", transformer=_Compiler())


def compile_filter(text: str) -> Predicate:
    """The predicate that a filter text means; the empty text lets everything through."""
    if not text.strip():
        return lambda _attributes: True
    if len(text.encode()) > MAX_LENGTH:
        raise FilterRefused(f"filter: {len(text.encode())} bytes; at most {MAX_LENGTH} are allowed")
    try:
        return cast(Predicate, _PARSER.parse(text))
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        rest = "its end" if at_end else repr(text[error.pos_in_stream or 0 :])
        raise FilterRefused(f"filter: {text!r} is not understood at {rest}") from None
