"""Every command is documented, has an example that exists, and refuses with the next step."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand

from laptop.ports import HOST
from phase4.cli import person
from phase4.cli.menu import OURS
from phase4.cli.reference import arguments_of, commands, help_of, options_of, reference
from phase4.doctor.permissions import PERMISSIONS
from phase4.report.losses import REMEDIES
from phase4.tables.checks import registry
from phase4.tables.states import STATES
from tests.command_line import Finished, called, started

TREE = dict(commands())
EXAMPLES = [
    (name, example)
    for name, command in TREE.items()
    for example in re.findall(r"Example: (.+)", help_of(command))
]
SPAN = {"start": date(2025, 1, 10), "end": date(2025, 1, 12)}
ADVICE = sorted(
    {check.fix.format(**SPAN) for check in registry().values()}
    | {state.remedy_for(**SPAN) for state in STATES.values()}
    | {remedy.format(**SPAN) for remedy in REMEDIES.values()}
)
DOCUMENT = Path(__file__).parents[3] / "docs" / "cli.md"


def phase4(*words: str, **environment: str) -> Finished:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PHASE4_", "GOOGLE_CLOUD"))}
    return called(words, {**kept, **environment})


def names_of(command: TyperCommand) -> set[str]:
    context = typer.Context(command)
    return {name for each in command.get_params(context) for name in each.opts}


@pytest.mark.parametrize("name", TREE)
def test_a_command_says_what_it_does_and_gives_an_example(name: str) -> None:
    text = help_of(TREE[name])
    assert len(text.splitlines()[0]) > 10
    assert "Example: " in text


@pytest.mark.parametrize("name", TREE)
def test_every_option_and_argument_is_explained(name: str) -> None:
    explained = {each.name: each.help for each in options_of(TREE[name])}
    explained |= {each.name: each.help for each in arguments_of(TREE[name])}
    assert [each for each, text in explained.items() if not text] == []


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_names_a_command_and_options_that_exist(name: str, example: str) -> None:
    words = shlex.split(example.removeprefix('eval "$(').removesuffix(')"'))
    assert " ".join(words).startswith(name)
    assert {word for word in words if word.startswith("--")} <= names_of(TREE[name])


@pytest.mark.parametrize("advice", ADVICE)
def test_a_command_that_is_advised_can_be_given_as_it_stands(advice: str) -> None:
    given = re.findall(r"phase4 ([a-z]+)((?: --[a-z-]+(?: [^-\s]\S*)?)*)", advice)
    assert given or not advice
    for name, options in given:
        command = TREE[f"phase4 {name}"]
        command.make_context(name, shlex.split(options))


def test_the_reference_in_docs_is_current() -> None:
    assert DOCUMENT.read_text() == reference(), "make docs"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_menu_is_shown_without_importing_what_a_command_needs(option: str) -> None:
    shown = "import sys\nfrom phase4.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    listed = "print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", shown + listed, option], capture_output=True, text=True, check=True
    )
    assert not {"google.api_core", "pyarrow", "duckdb", "pydantic"} & set(done.stderr.split())


def test_a_word_of_the_menu_is_a_command_of_its_module() -> None:
    assert list(OURS) == list(dict.fromkeys(name.split()[1] for name in TREE))[: len(OURS)]


def test_the_commands_of_an_operator_are_there() -> None:
    wanted = "plan run status cancel validate health report gaps explain receipt undo"
    assert {f"phase4 {word}" for word in wanted.split()} <= set(TREE)
    assert "phase4 workflow check" in TREE


def test_permissions_name_commands_that_exist() -> None:
    named = {f"phase4 {command}" for each in PERMISSIONS for command in each.commands}
    assert named <= set(TREE)
    here = ("phase4 local", "phase4 workflow", "phase4 training evaluate")
    at_google = {name for name in TREE if not name.startswith(here)}
    assert named == at_google


def test_everything_that_answers_can_answer_in_json() -> None:
    quiet = {"cancel", "report", "site"}
    answering = [name for name in TREE if len(name.split()) == 2 and name.split()[1] not in quiet]
    assert [name for name in answering if "--json" not in names_of(TREE[name])] == []


def test_a_date_that_does_not_exist_is_wrong_input() -> None:
    done = phase4("gaps", "--start-date", "2025-02-30", "--end-date", "2025-03-01")
    assert done.code == 2
    assert "2025-02-30" in done.err


def test_a_range_that_ends_before_it_starts_is_wrong_input() -> None:
    done = phase4(
        "gaps",
        "--start-date",
        "2025-03-02",
        "--end-date",
        "2025-03-01",
        PHASE4_PROJECT="some-project",
    )
    assert done.code == 2
    assert "2025-03-01 is before" in done.err


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--tasks", "0", "greater than or equal to 1"),
        ("--max-failure-rate", "1.5", "less than or equal to 1"),
        ("--reasons", "lost", "one of missing, partial, overcount, stale"),
    ],
)
def test_a_value_that_the_workflow_would_refuse_is_refused_before_it(
    option: str, value: str, expected: str
) -> None:
    done = phase4("run", option, value, PHASE4_PROJECT="some-project")
    assert done.code == 2
    assert option in done.err
    assert expected in done.err


def test_a_choice_may_be_spelled_in_capitals() -> None:
    command = TREE["phase4 run"]
    context = command.make_context("run", ["--reasons", "STALE"])
    assert context.params["reasons"] == ["stale"]


def test_where_nobody_answers_a_command_says_so_and_ends() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        nobody = f"http://{HOST}:{taken.getsockname()[1]}"
        done = phase4("status", PHASE4_PROJECT="some-project", BIGQUERY_EMULATOR_HOST=nobody)
    assert done.code == 2
    assert "nobody answered in 5 s" in done.err
    assert "phase4 local up" in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("login", "name"), [("ops", "ops"), (r"LEAGUE\ops", "LEAGUE/ops"), ('o"ps', "ops")]
)
def test_a_login_of_any_form_is_a_name_that_a_run_takes(
    login: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", login)
    assert person.name() == name


def test_without_a_project_the_next_step_is_named() -> None:
    done = phase4("status")
    assert done.code == 2
    assert "PHASE4_PROJECT" in done.err
    assert "phase4 local env" in done.err


def test_a_definition_that_deployment_would_reject_is_a_finding(tmp_path: Path) -> None:
    definition = tmp_path / "broken.yaml"
    definition.write_text("main:\n  steps:\n    - first:\n        call: no.such.function\n")
    done = phase4("workflow", "check", str(definition))
    assert done.code == 1
    assert "no.such.function" in done.out


def test_our_own_definitions_have_no_findings() -> None:
    definitions = sorted((DOCUMENT.parents[1] / "workflows").glob("*.yaml"))
    done = started(["workflow", "check", *map(str, definitions)], os.environ)
    assert (done.code, done.err) == (0, "")
