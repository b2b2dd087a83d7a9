"""What deployment would reject is found at load, with the step's name and line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptop.workflows.check import check


def one(source: str) -> tuple[str, int, str]:
    """The single finding in a definition."""
    [finding] = check(dedent(source).strip("\n"))
    return finding.step, finding.line, finding.message


def test_a_sound_definition_has_no_findings() -> None:
    assert check("main: {params: [args], steps: [{r: {return: '${args}'}}]}") == []


@pytest.mark.parametrize(
    ("step", "line", "message", "source"),
    [
        ("go", 1, "next: nowhere is unknown", "- go: {next: nowhere}"),
        (
            "go",
            3,
            "next: inner is unknown or cannot be reached",
            """
            - loop:
                for: {value: v, in: [1], steps: [{inner: {assign: [{x: 1}]}}]}
            - go: {next: inner}
            """,
        ),
        (
            "go",
            2,
            "next: after is unknown or cannot be reached",
            """
            - loop:
                for: {value: v, in: [1], steps: [{go: {next: after}}]}
            - after: {return: 1}
            """,
        ),
        ("go", 1, "next: break is unknown", "- go: {next: break}"),
        (
            "same",
            2,
            "duplicate step name same",
            "- same: {assign: [{x: 1}]}\n- same: {assign: [{x: 1}]}",
        ),
        ("end", 1, "end cannot be the name of a step", "- end: {return: 1}"),
        (
            "",
            2,
            "params of sub: n is there twice",
            "main: {steps: [{a: {call: sub, args: {n: 1}}}]}\n"
            "sub: {params: [n, {n: 1}], steps: [{a: {return: '${n}'}}]}",
        ),
        (
            "",
            2,
            "integer 9223372036854775808 does not fit in 64 bits",
            "- a:\n    return: 9223372036854775808",
        ),
        ("r", 1, "symbol 'varC' is neither a variable", "- r: {return: '${varC}'}"),
        ("r", 1, "shout is no function", """- r: {return: '${shout("a")}'}"""),
        ("r", 1, "http.get is no function that an exp", """- r: {return: '${http.get("u")}'}"""),
        (
            "r",
            1,
            "text.split takes 2 to 2 arguments, not 1",
            """- r: {return: '${text.split("a")}'}""",
        ),
        ("c", 1, "unknown function or subworkflow nope", "- c: {call: nope}"),
        (
            "c",
            1,
            "unknown function or subworkflow events.cre",
            "- c: {call: events.create_callback_endpoint}",
        ),
        (
            "c",
            1,
            "sys.sleep: unknown ['minutes'], missing ['seconds']",
            "- c: {call: sys.sleep, args: {minutes: 1}}",
        ),
        ("c", 1, "sys.log needs one of", "- c: {call: sys.log, args: {severity: INFO}}"),
        (
            "c",
            1,
            "text.split: unknown [], missing ['separator']",
            "- c: {call: text.split, args: {source: a}}",
        ),
        (
            "c",
            1,
            "connector googleapis.storage.v1.objects.get is not supported",
            "- c: {call: googleapis.storage.v1.objects.get}",
        ),
        (
            "c",
            1,
            "unknown ['project'], missing ['projectId']",
            "- c: {call: googleapis.bigquery.v2.jobs.insert, args: {project: p, body: {}}}",
        ),
        (
            "c",
            3,
            "add: unknown ['z'], missing ['x']",
            """
            main:
              steps:
                - c: {call: add, args: {z: 1}}
            add: {params: [x, {y: 1}], steps: [{r: {return: '${x}'}}]}
            """,
        ),
        (
            "inc",
            6,
            "variable total of a parent is written in parallel but not in shared",
            """
            - init: {assign: [{total: 0}]}
            - all:
                parallel:
                  branches:
                    - one: {steps: [{fine: {assign: [{own: 1}]}}]}
                    - two: {steps: [{inc: {assign: [{total: 1}]}}]}
            """,
        ),
        (
            "ask",
            3,
            "variable out of a parent is written in parallel",
            """
            - init: {assign: [{out: 0}]}
            - all:
                parallel: {for: {value: v, in: [1], steps: [{ask: {call: sys.now, result: out}}]}}
            """,
        ),
        (
            "all",
            1,
            "shared: unknown variable total",
            "- all: {parallel: {shared: [total], "
            "for: {value: v, in: [1], steps: [{s: {assign: [{x: 1}]}}]}}}",
        ),
        (
            "s",
            1,
            "return cannot leave a parallel step",
            "- all: {parallel: {for: {value: v, in: [1], steps: [{s: {return: 1}}]}}}",
        ),
        (
            "s",
            1,
            "next: end is unknown or cannot be reached",
            "- all: {parallel: {for: {value: v, in: [1], steps: [{s: {next: end}}]}}}",
        ),
        (
            "attempt",
            1,
            "for cannot stand directly under try",
            "- attempt: {try: {for: {value: v, in: [1], steps: [{s: {assign: [{x: 1}]}}]}}}",
        ),
        (
            "s",
            1,
            "'try' is a dependency of 'retry'",
            "- s: {assign: [{x: 1}], retry: '${http.default_retry}'}",
        ),
        (
            "s",
            1,
            "'try' is a dependency of 'except'",
            "- s: {assign: [{x: 1}], except: {steps: []}}",
        ),
        ("s", 1, "'call' is a dependency of 'args'", "- s: {assign: [{x: 1}], args: {}}"),
        ("s", 1, "unknown retry policy", "- s: {try: {raise: a}, retry: '${my.policy}'}"),
        (
            "s",
            1,
            "retry: nobody is neither a subworkflow nor one of",
            "- s: {try: {raise: a}, retry: {predicate: '${nobody}', max_retries: 1, "
            "backoff: {initial_delay: 1, max_delay: 1, multiplier: 1}}}",
        ),
        (
            "s",
            1,
            "retry/max_retries: 'often'",
            "- s: {try: {raise: a}, retry: {max_retries: often}}",
        ),
        (
            "r",
            1,
            "googleapis.bigquery.v2.jobs.get cannot be called inside an expression: use call",
            """- r: {return: '${googleapis.bigquery.v2.jobs.get("p", "j")}'}""",
        ),
        ("r", 1, "cannot parse expression", """- r: {return: '${{"a": 1}}'}"""),
        ("s", 1, "a step does one of", "- s: {assign: [{x: 1}], return: 1}"),
        ("s", 1, "a step does one of", "- s: {}"),
        ("s", 1, "Additional properties are not allowed ('retrun'", "- s: {retrun: 1}"),
        ("s", 1, "unknown key retrun", "- s: {switch: [{condition: true, retrun: 1}]}"),
        ("s", 1, "cannot parse expression 'a +' at column 3", "- s: {return: '${a +}'}"),
        ("s", 1, "is not interpolated", "- s: {return: 'a ${b}'}"),
        ("s", 1, "cannot assign to f(1)", "- s: {assign: [{'f(1)': 1}]}"),
        (
            "",
            2,
            "duplicate key or a key that is no word: a",
            "- s:\n    assign: [{x: {a: 1, a: 2}}]",
        ),
        ("", 1, "YAML aliases are not supported", "- s: {assign: [{x: &a 1}, {y: *a}]}"),
        ("", 1, "YAML tag tag:yaml.org,2002:int is not supported", "- s: {return: !!int abc}"),
        ("", 1, "YAML tag tag:yaml.org,2002:set is not supported", "- s: {return: !!set {a}}"),
        ("", 1, "not YAML", "- s: {return: [1}"),
        ("", 1, "tag tag:yaml.org,2002:binary is not", "- s: {return: !!binary YQ==}"),
        ("", 1, "'main' is a required property", "other: {steps: []}"),
        ("", 1, "main has no steps", "main: {params: [a]}"),
        (
            "",
            1,
            "2 entries, at most 1 are allowed",
            "main: {params: [a, b], steps: [{r: {return: 1}}]}",
        ),
    ],
)
def test_a_fault_is_found_where_it_is(step: str, line: int, message: str, source: str) -> None:
    found = one(source)
    assert found[:2] == (step, line)
    assert message in found[2]


LOOP = "for: {value: v, in: [1], steps: [{s: {assign: [{x: 1}]}}]}"


@pytest.mark.parametrize(
    "source",
    [
        "- s: {try: {raise: a}, retry: {max_retries: 1}}",
        "- s: {try: {raise: a}, retry: {backoff: {initial_delay: 0.5}}}",
        "- s: {try: {raise: a}, retry: {backoff: {max_delay: 2.5, multiplier: 1.5}}}",
        "- s: {try: {raise: a}, retry: {max_retries: '${1 + 1}', backoff: {max_delay: '${9}'}}}",
        f"- all: {{parallel: {{concurrency_limit: '${{1 + 1}}', {LOOP}}}}}",
        "- s: {call: http.get, args: {url: 'http://x', timeout: '${60 * 2}'}}",
        "- s: {call: googleapis.bigquery.v2.jobs.insert, args: {projectId: p, body: {}, "
        "connector_params: {timeout: '${60 * 2}', polling_policy: {initial_delay: '${1 / 2}'}}}}",
        "- s: {return: '${len([1, [2, 3]]) in [1, 2]}'}",
        "- s: {return: '${null == Null and NULL == null}'}",
        "- s: {return: '${get_type([])}'}",
        "- s: {raise: false}",
    ],
)
def test_what_the_service_deploys_has_no_findings(source: str) -> None:
    assert check(source) == []


WORDS = st.sampled_from(
    [
        "main",
        "steps",
        "params",
        "assign",
        "call",
        "args",
        "result",
        "for",
        "value",
        "in",
        "try",
        "except",
        "as",
        "retry",
        "switch",
        "condition",
        "next",
        "return",
        "parallel",
        "branches",
        "shared",
        "range",
        "raise",
        "sys.log",
        "end",
        "${x}",
        "${f(x)}",
        "${",
        "http.get",
        "x",
    ]
)
DOCUMENTS = st.recursive(
    WORDS | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=30,
)


@given(DOCUMENTS)
def test_any_document_gets_findings_or_none_but_no_fault(document: object) -> None:
    for finding in check(json.dumps(document)):
        assert finding.line == 1
        assert finding.message


@given(st.text(max_size=60))
def test_any_text_gets_findings_or_none_but_no_fault(text: str) -> None:
    check(text)
    check(f"- s: {{return: '${{{text}}}'}}")


def test_deep_nesting_is_a_finding() -> None:
    assert "nested too deeply" in one("[" * 5000)[2]
    assert "nested too deeply" in one("- s: " + "{steps: [{s: " * 300 + "{}" + "}]}" * 300)[2]


def test_a_default_of_a_parameter_is_a_constant() -> None:
    source = """
        main: {{steps: [{{r: {{return: "${{f()}}"}}}}]}}
        f: {{params: [{{x: {}}}], steps: [{{g: {{next: end}}}}]}}
    """
    assert check(dedent(source).format("[1, {a: b}]")) == []
    assert "must be a constant" in one(dedent(source).format("'${1 + 1}'"))[2]


@pytest.mark.parametrize("key", ["assign", "switch"])
def test_assign_and_switch_take_50_entries(key: str) -> None:
    entry = "{x: 1}" if key == "assign" else "{condition: true, next: end}"

    def of(count: int) -> str:
        return f"- s: {{{key}: [{', '.join([entry] * count)}]}}"

    assert check(of(50)) == []
    assert "51 entries, at most 50" in one(of(51))[2]


def test_parallel_takes_2_to_10_branches() -> None:
    def of(count: int) -> str:
        branches = ", ".join(f"{{b{i}: {{assign: [{{x: 1}}]}}}}" for i in range(count))
        return f"- all: {{parallel: {{branches: [{branches}]}}}}"

    assert check(of(10)) == []
    assert "11 branches" in one(of(11))[2]
    assert "1 branches" in one(of(1))[2]


def test_parallel_steps_nest_two_deep() -> None:
    source = "{assign: [{x: 1}]}"
    for depth in range(3):
        source = f"{{parallel: {{for: {{value: v, in: [1], steps: [{{s{depth}: {source}}}]}}}}}}"
    assert "nested 2 deep" in one(f"- outer: {source}")[2]


def test_a_source_may_have_128_kilobytes() -> None:
    def of(size: int) -> str:
        head = "- s: {return: 1} #"
        return head + "x" * (size - len(head))

    assert check(of(128 * 1024)) == []
    assert "131073 bytes, at most 131072" in one(of(128 * 1024 + 1))[2]


def test_every_finding_is_reported_in_the_order_of_lines() -> None:
    findings = check("- a: {return: '${x}'}\n- b: {next: c}\n- d: {return: '${y +}'}")
    assert [finding.step for finding in findings] == ["d"]
    findings = check("- a: {return: '${x}'}\n- b: {next: c}\n- d: {return: '${y}'}")
    assert [finding.step for finding in findings] == ["a", "b", "d"]


def test_the_command_names_file_line_step_and_fails(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.yaml", tmp_path / "good.yaml"
    bad.write_text("- a:\n    next: nowhere\n")
    good.write_text("- a: {return: 1}\n")
    command = [sys.executable, "-m", "laptop.workflows.check"]
    result = subprocess.run([*command, bad, good], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stdout == (
        f"{bad}:1: a: next: nowhere is unknown or cannot be reached from here\n"
    )
    assert subprocess.run([*command, good], check=False).returncode == 0


def test_the_command_refuses_a_missing_file_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "laptop.workflows.check", str(tmp_path / "none.yaml")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
