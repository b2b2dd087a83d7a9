"""try, retry, except, raise, and the errors that an execution ends with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def test_except_sees_the_error_map_of_a_system_error(run: Run) -> None:
    result = run("""
      - attempt:
          try:
            assign: [{map: {}}, {x: "${map.missing}"}]
          except:
            as: e
            steps:
              - r: {return: "${e}"}
    """)
    assert result == {
        "message": "KeyError: key not found: missing",
        "tags": ["KeyError", "LookupError"],
    }


@pytest.mark.parametrize("error", ["just text", {"code": 55, "message": "no", "more": [1]}])
def test_a_raised_string_or_map_arrives_as_it_is(run: Run, error: Any) -> None:
    source = """
      main:
        params: [error]
        steps:
          - attempt:
              try: {raise: "${error}"}
              except: {as: e, steps: [{r: {return: "${e}"}}]}
    """
    assert run(source, error) == error


def test_only_strings_and_maps_can_be_raised(raised: Any) -> None:
    assert raised("- bad: {raise: '${1 + 1}'}").value["tags"] == ["TypeError"]


def test_after_except_the_workflow_goes_on(run: Run) -> None:
    result = run("""
      - attempt:
          try:
            steps:
              - bad: {raise: oops}
              - never: {return: never}
          except:
            steps:
              - noted: {assign: [{local: 1}]}
      - after: {return: after}
    """)
    assert result == "after"


def test_try_without_except_lets_the_error_through(raised: Any) -> None:
    assert raised("- attempt: {try: {raise: oops}}").value == "oops"


def test_a_variable_first_set_in_except_is_local_to_it(raised: Any) -> None:
    with pytest.raises(Exception, match="symbol 'e' is neither"):
        raised("""
          - attempt:
              try: {raise: oops}
              except: {as: e, steps: [{s: {assign: [{x: 1}]}}]}
          - r: {return: "${e}"}
        """)


RETRIED = """
  main:
    params: [failures]
    steps:
      - init: {assign: [{tries: 0}]}
      - attempt:
          try:
            steps:
              - count: {assign: [{tries: "${tries + 1}"}]}
              - fail: {switch: [{condition: "${tries <= failures}", raise: {code: 503}}]}
          retry:
            predicate: ${again}
            max_retries: 3
            backoff: {initial_delay: 0, max_delay: 1, multiplier: 2}
          except:
            as: e
            steps:
              - gave_up: {return: '${"gave up after " + tries}'}
      - r: {return: "${tries}"}
  again:
    params: [e]
    steps:
      - r: {return: "${e.code == 503}"}
"""


def test_the_whole_try_block_runs_again_until_it_succeeds(run: Run) -> None:
    assert run(RETRIED, 2) == 3


def test_max_retries_do_not_count_the_first_attempt(run: Run) -> None:
    assert run(RETRIED, 99) == "gave up after 4"


def test_an_error_that_the_predicate_refuses_is_not_retried(run: Run) -> None:
    assert run(RETRIED.replace("code: 503}", "code: 400}"), 99) == "gave up after 1"


def test_an_uncaught_error_tells_the_steps_it_passed_outwards(raised: Any) -> None:
    error = raised("""\
      main:
        steps:
          - outer:
              steps:
                - ask: {call: fails}
      fails:
        steps:
          - boom: {raise: {code: 7}}
    """)
    assert error.context == (
        'RuntimeError: {"code":7}\n'
        'in step "boom", routine "fails", line: 8\n'
        'in step "ask", routine "main", line: 5'
    )


def test_a_reraised_system_error_keeps_its_message_at_the_new_step(raised: Any) -> None:
    error = raised("""\
      - attempt:
          try: {assign: [{x: '${1 / 0}'}]}
          except:
            as: e
            steps:
              - again: {raise: '${e}'}
    """)
    assert error.context == (
        'ZeroDivisionError: division by zero\nin step "again", routine "main", line: 6'
    )


def test_a_raised_string_is_quoted_in_the_context(raised: Any) -> None:
    error = raised("- bad: {raise: Error with iteration 2}")
    assert error.context.startswith('RuntimeError: "Error with iteration 2"\nin step "bad"')


def test_a_result_that_is_no_json_fails(raised: Any) -> None:
    error = raised("""- r: {return: '${text.encode("a")}'}""")
    assert error.value["tags"] == ["TypeError"]


def test_error_maps_are_json(raised: Any) -> None:
    error = raised("- bad: {return: '${[1][4]}'}")
    assert json.loads(json.dumps(error.value))["tags"] == ["IndexError", "LookupError"]
