"""The standard library's functions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.library import FUNCTIONS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


TYPED: list[tuple[Any, str]] = [
    (True, "boolean"),
    (b"", "bytes"),
    (1.0, "double"),
    (1, "integer"),
    ([], "list"),
    ({}, "map"),
    (None, "null"),
    ("", "string"),
]


def call(name: str, *arguments: Any, **environment: str) -> Any:
    return FUNCTIONS[name](list(arguments), environment)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("int", ["42"], 42),
        ("int", ["-7"], -7),
        ("int", [2.7], 2),
        ("int", [-2.7], -2),
        ("double", ["3.5"], 3.5),
        ("double", [2], 2.0),
        ("string", [5], "5"),
        ("string", [True], "true"),
        ("default", [None, "x"], "x"),
        ("default", [0, "x"], 0),
        *(("get_type", [value], kind) for value, kind in TYPED),
        ("keys", [{"a": 1, "b": 2}], ["a", "b"]),
        ("map.get", [{"a": {"b": 1}}, "a"], {"b": 1}),
        ("map.get", [{"a": {"b": 1}}, ["a", "b"]], 1),
        ("map.get", [{"a": 1}, "z"], None),
        ("map.get", [{"a": 1}, ["a", "b"]], None),
        ("map.merge", [{"a": 1, "b": {"x": 1}}, {"b": {"y": 2}}], {"a": 1, "b": {"y": 2}}),
        ("map.merge_nested", [{"b": {"x": 1}}, {"b": {"y": 2}}], {"b": {"x": 1, "y": 2}}),
        ("map.delete", [{"a": 1, "b": 2}, "a"], {"b": 2}),
        ("list.concat", [[1], [2]], [1, [2]]),
        ("list.prepend", [[1], 0], [0, 1]),
        ("math.floor", [-1.5], -2),
        ("math.max", [1, 2.5], 2.5),
        ("math.min", [1, 2.5], 1),
        ("math.abs", [-3], 3),
        ("text.split", ["a,b,,c", ","], ["a", "b", "", "c"]),
        ("text.substring", ["2024-10-22T00:00:00Z", 0, 10], "2024-10-22"),
        ("text.replace_all", ["2024-10-22", "-", ""], "20241022"),
        ("text.replace_all_regex", ["a1b22", "[0-9]+", "#"], "a#b#"),
        ("text.match_regex", ["2024-10-22", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"], True),
        ("text.match_regex", ["2024-10-2x", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"], False),
        ("text.find_all", ["abab", "ab"], [0, 2]),
        ("text.find_all_regex", ["a1", "[0-9]"], [{"index": 1, "match": "1"}]),
        ("text.to_upper", ["ab"], "AB"),
        ("text.to_lower", ["AB"], "ab"),
        ("text.url_encode", ["a b/c"], "a%20b%2Fc"),
        ("text.url_encode_plus", ["a b/c"], "a+b%2Fc"),
        ("text.encode", ["é"], b"\xc3\xa9"),
        ("text.decode", [b"\xc3\xa9"], "é"),
        ("base64.encode", [b"ab"], "YWI="),
        ("base64.encode", [b"ab", False], "YWI"),
        ("base64.decode", ["YWI", False], b"ab"),
        ("json.encode_to_string", [{"b": 1, "a": [True, None]}], '{"a":[true,null],"b":1}'),
        ("json.encode", [{"a": 1}], b'{"a":1}'),
        ("json.decode", [b'{"a":[1,2.5]}'], {"a": [1, 2.5]}),
        ("time.format", [0], "1970-01-01T00:00:00Z"),
        ("time.format", [0, "America/Los_Angeles"], "1969-12-31T16:00:00-08:00"),
        ("time.parse", ["1970-01-01T00:01:00Z"], 60.0),
    ],
)
def test_functions_compute_as_documented(name: str, arguments: list[Any], expected: Any) -> None:
    assert call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "tag"),
    [
        ("int", ["4.2"], "ValueError"),
        ("int", ["1_000"], "ValueError"),
        ("int", [None], "TypeError"),
        ("int", [True], "TypeError"),
        ("double", ["abc"], "ValueError"),
        ("string", [{}], "TypeError"),
        ("string", [None], "TypeError"),
        ("len", [5], "TypeError"),
        ("keys", [[1]], "TypeError"),
        ("map.get", [None, "a"], "TypeError"),
        ("map.delete", [{}, "a"], "KeyError"),
        ("list.concat", [{}, 1], "TypeError"),
        ("math.floor", [True], "TypeError"),
        ("text.split", [5, ","], "TypeError"),
        ("text.substring", ["abc", 1, 9], "IndexError"),
        ("text.match_regex", ["a", "(?=a)"], "ValueError"),
        ("text.match_regex", ["a", "("], "ValueError"),
        ("text.decode", [b"\xff"], "ValueError"),
        ("json.decode", ["{"], "ValueError"),
        ("json.encode_to_string", [b"x"], "TypeError"),
        ("base64.encode", ["text"], "TypeError"),
        ("base64.decode", ["?"], "ValueError"),
        ("time.parse", ["yesterday"], "ValueError"),
        ("time.format", [0, "Mars/Olympus"], "ValueError"),
        ("if", ["yes", 1, 2], "TypeError"),
    ],
)
def test_wrong_arguments_raise_the_documented_tag(
    name: str, arguments: list[Any], tag: str
) -> None:
    with pytest.raises(WorkflowError) as caught:
        call(name, *arguments)
    assert tag in caught.value.value["tags"]


def test_string_of_a_map_fails_with_the_service_s_own_words() -> None:
    with pytest.raises(WorkflowError) as caught:
        call("string", {})
    assert caught.value.value["message"] == (
        "TypeError: unsupported operand type for string(): 'dict' "
        "(expecting number, string, or boolean)"
    )


def test_get_env_takes_the_default_only_for_a_missing_variable() -> None:
    assert call("sys.get_env", "A", "other", A="set") == "set"
    assert call("sys.get_env", "B", "other", A="set") == "other"


def test_get_env_without_default_raises_key_error() -> None:
    with pytest.raises(WorkflowError) as caught:
        call("sys.get_env", "B")
    assert "KeyError" in caught.value.value["tags"]


def test_uuids_differ() -> None:
    assert call("uuid.generate") != call("uuid.generate")


@given(JSON)
def test_json_survives_encoding_and_decoding(value: Any) -> None:
    assert call("json.decode", call("json.encode_to_string", value)) == value


@given(st.binary(max_size=20), st.booleans())
def test_base64_survives_encoding_and_decoding(data: bytes, padding: bool) -> None:
    assert call("base64.decode", call("base64.encode", data, padding), padding) == data


@given(st.floats(0, 4e9).map(lambda seconds: round(seconds, 6)))
def test_a_formatted_time_parses_to_itself(seconds: float) -> None:
    assert call("time.parse", call("time.format", seconds)) == pytest.approx(seconds, abs=1e-6)
