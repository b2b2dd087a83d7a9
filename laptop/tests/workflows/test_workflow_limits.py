"""The documented limits of an execution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from laptop.workflows.language.scope import size

Run = Callable[..., Any]


GROWING = """
  main:
    params: [size]
    steps:
      - init: {assign: [{all: []}, {text: "0123456789abcdef"}]}
      - double:
          for:
            value: v
            range: [1, 13]
            steps: [{grow: {assign: [{text: "${text + text}"}]}}]
      - collect:
          for:
            value: v
            range: ${[1, size]}
            steps: [{add: {assign: [{all: "${list.concat(all, text)}"}]}}]
      - r: {return: "${len(all)}"}
"""


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        ("", 8),
        ("é", 10),
        (7, 8),
        (None, 8),
        ([], 8),
        ([1, "ab"], 8 + 8 + 10),
        ({}, 8),
        ({"a": [True]}, 8 + 9 + 8 + 8),
    ],
)
def test_a_value_counts_8_bytes_and_what_it_holds(value: Any, counted: int) -> None:
    assert size(value) == counted


def test_variables_may_take_512_kilobytes(run: Run, raised: Any) -> None:
    assert run(GROWING, 2) == 2
    assert raised(GROWING, 4).value["tags"] == ["ResourceLimitError"]


def test_after_the_memory_limit_a_handler_still_has_room(run: Run) -> None:
    result = run("""
      - init: {assign: [{text: "0123456789abcdef"}, {all: []}]}
      - attempt:
          try:
            steps:
              - fill:
                  for:
                    value: v
                    range: [1, 16]
                    steps: [{grow: {assign: [{text: "${text + text}"}]}}]
          except:
            as: e
            steps: [{note: {assign: [{note: "${e.tags[0]}"}]}}, {r: {return: "${note}"}}]
    """)
    assert result == "ResourceLimitError"


def test_a_loop_s_variables_are_given_back(run: Run) -> None:
    result = run("""
      - init: {assign: [{block: "0123456789abcdef"}]}
      - double:
          for: {value: v, range: [1, 12], steps: [{g: {assign: [{block: "${block + block}"}]}}]}
      - loop:
          for:
            value: v
            range: [1, 50]
            steps: [{copy: {assign: [{mine: "${block}"}]}}]
      - r: {return: "${len(block)}"}
    """)
    assert result == 65536


def test_memory_grown_through_the_keys_of_a_map_counts_too(raised: Any) -> None:
    error = raised(
        GROWING.replace("all: []", "all: {}").replace(
            'all: "${list.concat(all, text)}"', '"all[string(v)]": "${text}"'
        ),
        4,
    )
    assert error.value["tags"] == ["ResourceLimitError"]


COUNTING = """
  main:
    params: [last]
    steps:
      - init: {assign: [{n: 0}]}
      - count: {assign: [{n: "${n + 1}"}]}
      - again: {switch: [{condition: "${n < last}", next: count}]}
      - r: {return: "${n}"}
"""


def test_an_execution_may_run_100000_steps(run: Run, raised: Any) -> None:
    assert run(COUNTING, 49_999) == 49_999
    error = raised(COUNTING, 50_000)
    assert error.value["tags"] == ["ResourceLimitError"]
    assert "100000 steps" in error.value["message"]


CALLS = """
  main:
    params: [depth]
    steps: [{r: {return: "${deeper(depth)}"}}]
  deeper:
    params: [n]
    steps:
      - last: {switch: [{condition: "${n == 1}", return: bottom}]}
      - r: {return: "${deeper(n - 1)}"}
"""


def test_calls_may_be_20_deep(run: Run, raised: Any) -> None:
    assert run(CALLS, 19) == "bottom"
    assert raised(CALLS, 20).value["tags"] == ["RecursionError"]
