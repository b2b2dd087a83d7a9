"""Steps: assign, call, switch, for, nested steps, jumps, subworkflows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from laptop.workflows.language.errors import WorkflowError

Run = Callable[..., Any]


def test_a_definition_may_be_a_bare_list_of_steps(run: Run) -> None:
    assert run("- only: {return: 1}") == 1


def test_a_workflow_without_return_gives_null(run: Run) -> None:
    assert run("- only: {assign: [{a: 1}]}") is None


def test_main_receives_the_argument(run: Run) -> None:
    source = "main: {params: [args], steps: [{r: {return: '${args.day}'}}]}"
    assert run(source, {"day": "2024-10-22"}) == "2024-10-22"


def test_yaml_dates_and_yes_are_strings_as_in_yaml_1_2(run: Run) -> None:
    assert run("- r: {return: [2024-10-22, yes, 010, 1:30, ~, True]}") == [
        "2024-10-22",
        "yes",
        "010",
        "1:30",
        None,
        True,
    ]


def test_assign_sets_variables_keys_and_elements_in_order(run: Run) -> None:
    result = run("""
      - set:
          assign:
            - name: inner
            - map: {list: [1, 2], deep: {}}
            - map.deep.added: ${map.list[0]}
            - map["key " + name]: true
            - map.list[len(map.list) - 1]: last
            - map[name]: ${name + "!"}
      - r: {return: "${map}"}
    """)
    assert result == {
        "list": [1, "last"],
        "deep": {"added": 1},
        "key inner": True,
        "inner": "inner!",
    }


def test_a_key_of_a_map_may_be_an_expression(run: Run, raised: Any) -> None:
    source = """
      - name: {assign: [{key: middle}]}
      - r: {return: {first: 1, "${key}": 2, "${key + key}": 3}}
    """
    assert run(source) == {"first": 1, "middle": 2, "middlemiddle": 3}
    assert raised(source.replace("key + key", "len(key)")).value["tags"] == ["TypeError"]


def test_assignment_copies_so_that_a_change_stays_in_one_variable(run: Run) -> None:
    result = run("""
      - set:
          assign:
            - one: {list: [1]}
            - two: ${one}
            - two.list[0]: 2
      - r: {return: "${[one, two]}"}
    """)
    assert result == [{"list": [1]}, {"list": [2]}]


def test_the_same_value_at_two_places_is_two_values(run: Run) -> None:
    result = run("""
      - set:
          assign:
            - one: {n: 1}
            - both: ${[one, one]}
            - both[0].n: 2
      - r: {return: "${both}"}
    """)
    assert result == [{"n": 2}, {"n": 1}]


@pytest.mark.parametrize("name", ["self", "memory", "parent"])
def test_any_word_names_a_parameter(run: Run, name: str) -> None:
    source = f"""
      main:
        steps:
          - call_it:
              call: echo
              args: {{{name}: 1}}
              result: r
          - done: {{return: "${{r}}"}}
      echo:
        params: [{name}]
        steps:
          - done: {{return: "${{{name}}}"}}
    """
    assert run(source) == 1


@pytest.mark.parametrize(
    ("target", "tag"),
    [("map.missing.key", "KeyError"), ("map.list[2]", "IndexError"), ("map.list.x", "TypeError")],
)
def test_a_target_must_lead_somewhere(raised: Any, target: str, tag: str) -> None:
    error = raised(f"""
      - set:
          assign:
            - map: {{list: [1, 2]}}
            - {target}: 1
    """)
    assert tag in error.value["tags"]


def test_switch_runs_the_first_true_condition(run: Run) -> None:
    source = """
      main:
        params: [n]
        steps:
          - choose:
              switch:
                - condition: ${n > 10}
                  return: large
                - condition: ${n > 5}
                  assign: [{size: medium}]
                - condition: ${n == 5}
                  next: five
                - condition: ${n > 3}
                  steps:
                    - inner: {assign: [{size: small}]}
              next: done
          - five: {return: five}
          - done: {return: '${size + "!"}'}
    """
    assert [run(source, n) for n in (11, 6, 5, 4)] == ["large", "medium!", "five", "small!"]


def test_without_a_true_condition_switch_goes_on_to_the_next_step(run: Run) -> None:
    source = """
      - choose:
          switch:
            - condition: false
              return: never
      - after: {return: after}
    """
    assert run(source) == "after"


def test_a_condition_must_be_a_boolean(raised: Any) -> None:
    error = raised("- choose: {switch: [{condition: '${1}', return: 1}]}")
    assert error.value["tags"] == ["TypeError"]


def test_for_visits_a_list_with_its_index(run: Run) -> None:
    result = run("""
      - init: {assign: [{seen: []}]}
      - loop:
          for:
            value: v
            index: i
            in: [a, b]
            steps:
              - add: {assign: [{seen: '${list.concat(seen, string(i) + v)}'}]}
      - r: {return: "${seen}"}
    """)
    assert result == ["0a", "1b"]


def test_a_range_includes_both_ends(run: Run) -> None:
    result = run("""
      - init: {assign: [{sum: 0}, {last: 4}]}
      - loop:
          for:
            value: v
            range: ${[2, last]}
            steps:
              - add: {assign: [{sum: '${sum * 10 + v}'}]}
      - r: {return: "${sum}"}
    """)
    assert result == 234


def test_break_and_continue_act_on_the_nearest_loop(run: Run) -> None:
    result = run("""
      - init: {assign: [{seen: []}]}
      - outer:
          for:
            value: a
            range: [1, 2]
            steps:
              - inner:
                  for:
                    value: b
                    range: [1, 9]
                    steps:
                      - odd: {switch: [{condition: '${b % 2 == 1}', next: continue}]}
                      - far: {switch: [{condition: '${b > 5}', next: break}]}
                      - add: {assign: [{seen: '${list.concat(seen, a * 10 + b)}'}]}
      - r: {return: "${seen}"}
    """)
    assert result == [12, 14, 22, 24]


def test_return_inside_a_loop_leaves_the_routine(run: Run) -> None:
    result = run("""
      - loop:
          for:
            value: v
            in: [1, 2, 3]
            steps:
              - two: {switch: [{condition: '${v == 2}', return: '${v}'}]}
    """)
    assert result == 2


def test_only_a_list_can_be_looped_over(raised: Any) -> None:
    error = raised("""
      - init: {assign: [{map: {a: 1}}]}
      - loop: {for: {value: v, in: '${map}', steps: [{s: {assign: [{x: '${v}'}]}}]}}
    """)
    assert error.value["tags"] == ["TypeError"]


def test_next_jumps_out_of_nested_steps_and_back(run: Run) -> None:
    result = run("""
      - init: {assign: [{n: 0}]}
      - group:
          steps:
            - count: {assign: [{n: '${n + 1}'}]}
            - again: {switch: [{condition: '${n < 3}', next: group}]}
            - leave: {next: done}
      - skipped: {return: skipped}
      - done: {return: "${n}"}
    """)
    assert result == 3


def test_next_end_stops_a_subworkflow_with_null(run: Run) -> None:
    result = run("""
      main:
        steps:
          - ask: {call: stops, result: answer}
          - r: {return: "${[answer]}"}
      stops:
        steps:
          - leave: {next: end}
          - never: {return: 1}
    """)
    assert result == [None]


SUBWORKFLOWS = """
  main:
    steps:
      - named: {call: add, args: {x: 1, y: 2}, result: a}
      - short: {call: add, args: {x: 1}, result: b}
      - r: {return: '${[a, b, add(5), add(5, 6), len(add("x", "y"))]}'}
  add:
    params: [x, y: 10]
    steps:
      - r: {return: "${x + y}"}
"""


def test_subworkflows_take_names_positions_and_defaults(run: Run) -> None:
    assert run(SUBWORKFLOWS) == [3, 11, 15, 11, 2]


def test_a_subworkflow_does_not_see_or_change_the_caller_s_variables(run: Run) -> None:
    result = run("""
      main:
        steps:
          - init: {assign: [{x: 1}, {map: {a: 1}}]}
          - call: {call: change, args: {map: "${map}"}, result: other}
          - r: {return: "${[x, map, other]}"}
      change:
        params: [map]
        steps:
          - set: {assign: [{x: 2}, {map.a: 2}]}
          - r: {return: "${map}"}
    """)
    assert result == [1, {"a": 1}, {"a": 2}]


def test_a_variable_first_set_in_a_loop_is_gone_afterwards(run: Run) -> None:
    with pytest.raises(Exception, match="symbol 'inner' is neither"):
        run("""
          - loop: {for: {value: v, in: [1], steps: [{s: {assign: [{inner: 1}]}}]}}
          - r: {return: "${inner}"}
        """)


def test_a_step_that_was_jumped_over_leaves_its_variable_unset(raised: Any) -> None:
    error: WorkflowError = raised("""
      - go: {next: use}
      - set: {assign: [{x: 1}]}
      - use: {return: "${x}"}
    """)
    assert error.value["message"] == "KeyError: variable not set: x"


def test_a_library_function_can_be_called_as_a_step(run: Run) -> None:
    result = run("""
      - split: {call: text.split, args: {source: a-b, separator: "-"}, result: parts}
      - env: {call: sys.get_env, args: {name: GOOGLE_CLOUD_PROJECT_ID}, result: project}
      - r: {return: "${[parts, project]}"}
    """)
    assert result == [["a", "b"], "demo"]


def test_sys_log_writes_one_structured_line(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    run("- note: {call: sys.log, args: {severity: WARNING, json: {dates: 3}}}")
    record = json.loads(capfd.readouterr().err)
    assert (record["severity"], record["jsonPayload"]) == ("WARNING", {"dates": 3})


def test_sys_log_knows_the_severities(raised: Any) -> None:
    error = raised("- note: {call: sys.log, args: {severity: LOUD, text: x}}")
    assert error.value["tags"] == ["ValueError"]


@pytest.mark.parametrize(("seconds", "tag"), [("-1", "ValueError"), ('"1"', "TypeError")])
def test_sys_sleep_needs_seconds_from_0_to_a_year(raised: Any, seconds: str, tag: str) -> None:
    error = raised(f"- nap: {{call: sys.sleep, args: {{seconds: {seconds}}}}}")
    assert error.value["tags"] == [tag]


def test_sys_sleep_until_returns_at_once_for_a_time_that_is_past(run: Run) -> None:
    source = """
      - nap: {call: sys.sleep_until, args: {time: "2024-10-22T00:00:00Z"}}
      - r: {return: awake}
    """
    assert run(source) == "awake"
