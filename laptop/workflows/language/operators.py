"""Operators of the expression language with their documented operand types."""

from __future__ import annotations

import math
import operator as op
from collections.abc import Callable
from typing import Any

from laptop.workflows.language.errors import WorkflowError, expect, failure, kind

INT64_MAX = 2**63 - 1
Binary = Callable[[Any, Any], Any]
ORDER: dict[str, Binary] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}
ARITHMETIC: dict[str, Binary] = {
    "+": op.add,
    "-": op.sub,
    "*": op.mul,
    "/": op.truediv,
    "//": op.floordiv,
    "%": op.mod,
}


def number(value: Any) -> bool:
    """Integer or double; a boolean is neither."""
    return type(value) in (int, float)


def boolean(operator: str, value: Any) -> bool:
    """The value itself, or a TypeError map if it is not a boolean."""
    checked: bool = expect(value, bool, f"operand of {operator} must be a boolean, not")
    return checked


def text(value: Any) -> str:
    """A number, boolean or string as text."""
    # To Python a bool is an int.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        return str(value)
    expected = "(expecting number, string, or boolean)"
    raise failure("TypeError", f"unsupported operand type for string(): '{kind(value)}' {expected}")


def int64(value: Any) -> Any:
    """The value, or a ValueError map if it is an integer beyond 64 bits."""
    if type(value) is int and not -INT64_MAX - 1 <= value <= INT64_MAX:
        raise failure("ValueError", f"integer overflow: {value}")
    return value


def equal(left: Any, right: Any) -> bool:
    """Deep equality; 1 equals 1.0, true does not equal 1."""
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(v, right[k]) for k, v in left.items())
    return bool(left == right)


def contains(item: Any, container: Any) -> bool:
    """`item in container` for a list's elements or a map's keys."""
    if isinstance(container, list):
        return any(equal(item, element) for element in container)
    if isinstance(container, dict):
        return isinstance(item, str) and item in container
    raise _unsupported("in", item, container)


def apply(operator: str, operands: list[Any]) -> Any:
    """The result of an operator other than `and` and `or`."""
    left, right = operands[0], operands[-1]
    match operator:
        case "not":
            return not boolean("not", left)
        case "negate":
            return _negated(left)
        case "==":
            return equal(left, right)
        case "!=":
            return not equal(left, right)
        case "in":
            return contains(left, right)
    return (_ordered if operator in ORDER else _arithmetic)(operator, left, right)


def _negated(value: Any) -> Any:
    if not number(value):
        raise _unsupported("-", value)
    return int64(-value)


def _ordered(operator: str, left: Any, right: Any) -> bool:
    comparable = number(left) and number(right)
    if not comparable and not (isinstance(left, str) and isinstance(right, str)):
        raise _unsupported(operator, left, right)
    return bool(ORDER[operator](left, right))


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        if any(isinstance(side, list | dict | bytes | None) for side in (left, right)):
            raise _unsupported(operator, left, right)
        return text(left) + text(right)
    if not (number(left) and number(right)):
        raise _unsupported(operator, left, right)
    if operator in ("/", "//", "%") and right == 0:
        raise failure("ZeroDivisionError", "division by zero")
    try:
        result = ARITHMETIC[operator](left, right)
    except OverflowError:
        result = math.inf
    if isinstance(result, float) and not math.isfinite(result):
        raise failure("ValueError", f"number overflow in {operator}")
    return int64(result)


def _unsupported(operator: str, *operands: Any) -> WorkflowError:
    kinds = " and ".join(f"'{kind(operand)}'" for operand in operands)
    types = "type" if len(operands) == 1 else "type(s)"
    return failure("TypeError", f"unsupported operand {types} for {operator}: {kinds}")
