"""Parallel branches and iterations."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from laptop.workflows.calls import Surroundings, load
from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.interpreter import Interpreter

Run = Callable[..., Any]


def test_branches_write_shared_variables(run: Run) -> None:
    result = run("""
      - init: {assign: [{a: 0}, {b: 0}]}
      - both:
          parallel:
            shared: [a, b]
            branches:
              - one: {steps: [{set_a: {assign: [{a: 1}]}}]}
              - two: {steps: [{set_b: {assign: [{b: 2}]}}]}
      - r: {return: "${[a, b]}"}
    """)
    assert result == [1, 2]


def test_an_assignment_to_a_shared_variable_is_atomic(run: Run) -> None:
    result = run("""
      - init: {assign: [{total: 0}, {seen: {}}]}
      - all:
          parallel:
            shared: [total, seen]
            for:
              value: v
              range: [1, 300]
              steps:
                - add: {assign: [{total: "${total + v}"}, {"seen[string(v)]": true}]}
      - r: {return: "${[total, len(seen)]}"}
    """)
    assert result == [45150, 300]


def test_a_branch_keeps_its_own_variables(run: Run) -> None:
    result = run("""
      - init: {assign: [{out: {}}]}
      - all:
          parallel:
            shared: [out]
            for:
              value: v
              in: [1, 2, 3]
              steps:
                - own: {assign: [{mine: "${v * 10}"}]}
                - give: {assign: [{"out[string(v)]": "${mine}"}]}
      - r: {return: "${out}"}
    """)
    assert result == {"1": 10, "2": 20, "3": 30}


FAILING = """
  - init: {assign: [{done: []}]}
  - attempt:
      try:
        parallel:
          shared: [done]
          for:
            value: v
            range: [0, 4]
            steps:
              - odd: {switch: [{condition: "${v % 2 == 1}", raise: '${"odd " + v}'}]}
              - even: {assign: [{done: "${list.concat(done, v)}"}]}
      except:
        as: e
        steps:
          - r: {return: {error: "${e}", done: "${len(done)}"}}
"""


def test_all_iterations_run_and_their_errors_come_together(run: Run) -> None:
    result = run(FAILING)
    assert result["done"] == 3
    assert "UnhandledBranchError" in result["error"]["tags"]
    assert result["error"]["truncated"] is False
    failed = {branch["id"]: branch["error"]["payload"] for branch in result["error"]["branches"]}
    assert failed == {"1": "odd 1", "3": "odd 3"}


def test_a_failed_branch_is_known_by_its_name(run: Run) -> None:
    result = run("""
      - attempt:
          try:
            parallel:
              branches:
                - good: {steps: [{g: {assign: [{x: 1}]}}]}
                - bad: {steps: [{b: {raise: {code: 1}}}]}
          except: {as: e, steps: [{r: {return: "${e.branches[0]}"}}]}
    """)
    assert result["id"] == "bad"
    assert result["error"]["payload"] == {"code": 1}
    assert 'in step "b", routine "main"' in result["error"]["context"]


class Counting(Surroundings):
    """Counts how many iterations wait at the same time."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "lock", threading.Lock())
        object.__setattr__(self, "counts", [0, 0])

    def sleep(self, seconds: float) -> None:
        counts: list[int] = self.__dict__["counts"]
        with self.__dict__["lock"]:
            counts[0] += 1
            counts[1] = max(counts)
        time.sleep(seconds)
        with self.__dict__["lock"]:
            counts[0] -= 1


def together(limit: str) -> int:
    source = f"""
- all:
    parallel:
      {limit}
      for:
        value: v
        range: [1, 40]
        steps: [{{nap: {{call: sys.sleep, args: {{seconds: 0.02}}}}}}]
"""
    host = Counting()
    Interpreter(load(source), host).run(None)
    most: int = host.__dict__["counts"][1]
    return most


def test_concurrency_limit_bounds_what_runs_at_once() -> None:
    assert together("concurrency_limit: 3") == 3


def test_concurrency_limit_may_be_an_expression() -> None:
    assert together("concurrency_limit: '${1 + 1}'") == 2


def test_a_concurrency_limit_of_none_is_an_error() -> None:
    with pytest.raises(WorkflowError) as refused:
        together("concurrency_limit: '${1 - 1}'")
    assert "concurrency_limit: 0 is no positive integer" in refused.value.value["message"]


def test_at_most_20_iterations_run_at_once() -> None:
    assert together("concurrency_limit: 1000") <= 20


NESTED = """
  main:
    params: [levels]
    steps:
      - attempt:
          try: {call: level, args: {n: "${levels}"}}
          except: {as: e, steps: [{caught: {return: "${json.encode_to_string(e)}"}}]}
      - r: {return: nested}
  level:
    params: [n]
    steps:
      - stop: {switch: [{condition: "${n == 0}", next: end}]}
      - deeper:
          parallel:
            for: {value: v, in: [1], steps: [{go: {call: level, args: {n: "${n - 1}"}}}]}
"""


def test_parallel_steps_nest_two_deep_through_subworkflows_too(run: Run) -> None:
    assert run(NESTED, 2) == "nested"
    assert "ParallelNestingError" in run(NESTED, 3)
