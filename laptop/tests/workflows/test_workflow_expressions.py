"""Expressions: precedence, types, errors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.expressions import (
    ExpressionSyntaxError,
    compile_value,
    evaluate,
    parse,
)
from laptop.workflows.language.library import FUNCTIONS
from laptop.workflows.language.scope import Memory, Scope

VARIABLES: dict[str, Any] = {
    "n": 3,
    "half": 0.5,
    "word": "ab",
    "yes": True,
    "nothing": None,
    "numbers": [10, 20, 30],
    "map": {"a": {"b": [1, 2]}, "key with space": 1, "in": "reserved"},
    "e": {"tags": ["HttpError"], "code": 404},
}


def value(text: str) -> Any:
    scope = Scope(Memory(), None, **VARIABLES)
    return evaluate(parse(text), scope, lambda name, args: FUNCTIONS[name](args, {}))


def error(text: str) -> dict[str, Any]:
    with pytest.raises(WorkflowError) as caught:
        value(text)
    found: dict[str, Any] = caught.value.value
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 * 3 % 4", 2),
        ("10 - 2 - 3", 5),
        ("-n * 2", -6),
        ("1 - -1", 2),
        ("1 + 1 == 2", True),
        ("n > 2 and n < 4", True),
        ("false and false or true", True),
        ("true or false and false", True),
        ("not yes == false", True),
        ("not (n == 4)", True),
        ("NOT yes OR yes AND false", False),
        ('"a" in map and 20 in numbers', True),
        ('not("b" in map)', True),
    ],
)
def test_operators_bind_as_documented(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 / 2", 3.5),
        ("4 / 2", 2.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7.0 // 2", 3.0),
        ("1 + 0.5", 1.5),
        ('"a" + 1', "a1"),
        ('1 + "a"', "1a"),
        ('"a" + 1.5', "a1.5"),
        ('"a" + true', "atrue"),
        ("1 == 1.0", True),
        ("1 == true", False),
        ("nothing == null", True),
        ('"a" < "b"', True),
        ("[1, 2] == [1, 2.0]", True),
    ],
)
def test_operands_keep_or_change_type_as_documented(text: str, expected: Any) -> None:
    result = value(text)
    assert (type(result), result) == (type(expected), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("map.a.b[1]", 2),
        ('map["a"]["b"][0]', 1),
        ('map["key with space"]', 1),
        ("map.in", "reserved"),
        ("numbers[n - 1]", 30),
        ("[1, n, [word]]", [1, 3, ["ab"]]),
        ("[]", []),
        ("'HttpError' in e.tags and e.code == 404", True),
        (r'"q\"\\\nA"', 'q"\\\nA'),
        ('if(n > 2, "big", "small")', "big"),
        ("default(nothing, 1)", 1),
        ("len(word) + len(numbers) + len(map)", 8),
        ("1.5e3", 1500.0),
    ],
)
def test_values_are_reached_and_written(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("map.missing", "KeyError"),
        ("numbers[3]", "IndexError"),
        ("numbers[-1]", "IndexError"),
        ("numbers.a", "TypeError"),
        ("word[0]", "TypeError"),
        ("nothing.a", "TypeError"),
        ("map[1]", "TypeError"),
        ("1 / 0", "ZeroDivisionError"),
        ("1 % 0", "ZeroDivisionError"),
        ('"a" - 1', "TypeError"),
        ('"a" * 2', "TypeError"),
        ('"a" + null', "TypeError"),
        ('"a" + map', "TypeError"),
        ("true + 1", "TypeError"),
        ("numbers + numbers", "TypeError"),
        ("1 and true", "TypeError"),
        ("not 1", "TypeError"),
        ("-word", "TypeError"),
        ('1 < "2"', "TypeError"),
        ("true < false", "TypeError"),
        ('"a" in word', "TypeError"),
        ("9223372036854775807 + 1", "ValueError"),
        ("undefined", "KeyError"),
    ],
)
def test_wrong_operands_raise_the_documented_tag(text: str, tag: str) -> None:
    assert tag in error(text)["tags"]
    assert error(text)["message"].startswith(f"{tag}: ")


def test_the_second_operand_of_and_is_not_evaluated_when_the_first_decides() -> None:
    assert value('"b" in map and map.b > 1') is False
    assert value("yes or undefined") is True


@pytest.mark.parametrize(
    "text",
    [
        "1 +",
        "a b",
        "a..b",
        "{1: 2}",
        "a ? b : c",
        "f(x=1)",
        "a[0:1]",
        "a = 1",
        '"open',
        "x!",
        "1()",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        parse(text)


def test_a_syntax_error_names_the_text_and_the_column() -> None:
    with pytest.raises(ExpressionSyntaxError, match=r"'n \+ \* 2' at column 5"):
        parse("n + * 2")


def test_an_expression_may_have_400_characters_and_no_more() -> None:
    fits = "${1" + "+1" * 198 + "}"
    assert len(fits) == 400
    compile_value(fits)
    with pytest.raises(ExpressionSyntaxError, match="401 characters"):
        compile_value(fits[:-1] + " }")


def test_text_around_an_expression_is_refused_not_taken_literally() -> None:
    with pytest.raises(ExpressionSyntaxError, match="not interpolated"):
        compile_value("run ${n}")


def test_expressions_are_found_in_nested_lists_and_maps() -> None:
    tree = compile_value({"a": [1, "${n + 1}", {"b": "${word}"}], "c": "plain"})
    scope = Scope(Memory(), None, **VARIABLES)
    assert evaluate(tree, scope, lambda *_: None) == {"a": [1, 4, {"b": "ab"}], "c": "plain"}


SMALL = st.integers(-1000, 1000)


@given(SMALL, SMALL, SMALL)
def test_arithmetic_of_integers_is_exact(a: int, b: int, c: int) -> None:
    assert value(f"{_in(a)} + {_in(b)} * {_in(c)}") == a + b * c
    assert value(f"({_in(a)} - {_in(b)}) * {_in(c)}") == (a - b) * c


@given(SMALL, SMALL.filter(bool))
def test_floor_division_and_remainder_belong_together(a: int, b: int) -> None:
    assert value(f"({_in(a)} // {_in(b)}) * {_in(b)} + {_in(a)} % {_in(b)}") == a


@given(st.text(st.characters(codec="utf-8", exclude_characters='"\\'), max_size=30))
def test_a_quoted_string_is_itself(text: str) -> None:
    assert value(f'"{text}"') == text


def _in(number: int) -> str:
    return str(number) if number >= 0 else f"(-{-number})"
