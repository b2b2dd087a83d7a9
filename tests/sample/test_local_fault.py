"""Faults on demand from the command line: what it arms, lists and clears."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from laptop.faults import Fault
from laptop.ports import Ports
from laptop.tests.pubsub.servers import Broker, embedded_server
from sample.cloud import Cloud
from sample.commands.local_fault import Point, app, killing
from tests.table_server import TableServer

TARGET = "nba_precompute.player_composite_factors"
Command = Callable[..., Result]


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with embedded_server() as server:
        yield server


@pytest.fixture
def fault(tables: TableServer, broker: Broker, tmp_path: Path) -> Iterator[Command]:
    """`phase4 local fault …` in a cloud of BigQuery and Pub/Sub only."""
    rest = int(broker.rest.rpartition(":")[2])
    ports = replace(Ports(), bigquery=tables.port, pubsub_rest=rest)
    Cloud(tmp_path, ports, (), tables.settings).save()

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--folder", str(tmp_path)])

    yield run
    run("clear")


def armed(result: Result) -> dict[str, object]:
    """The fault that a command says it has armed."""
    assert result.exit_code == 0, result.output
    document: dict[str, object] = json.loads(result.output.partition(" ")[2])
    return document


def test_a_bigquery_error_is_armed_as_asked(fault: Command) -> None:
    kind = ("--status", "403", "--reason", "quotaExceeded", "--times", "2")
    result = fault("bigquery", "load", *kind, "--contains", "$20251115", "--contains", "task=1")
    assert armed(result) | {
        "on": "load", "action": "error", "status": 403, "reason": "quotaExceeded", "count": 2,
        "contains": ["$20251115", "task=1"], "when": "before",
    } == armed(result)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("query", "--slow", "2.5"), {"action": "delay", "seconds": 2.5}),
        (("load", "--failed-job"), {"action": "job_error"}),
        (("load", "--after"), {"action": "error", "when": "after"}),
        (("read", "--times", "0"), {"on": "read", "count": 0}),
    ],
)
def test_slow_calls_failed_jobs_lost_answers_and_outages(
    fault: Command, words: tuple[str, ...], expected: dict[str, object]
) -> None:
    found = armed(fault("bigquery", *words))
    assert found | expected == found


def test_events_are_delivered_twice_or_late(fault: Command) -> None:
    twice = armed(fault("deliver", "--copies", "2", "--contains", "wave.completed"))
    late = armed(fault("deliver", "--late", "1.5"))
    assert (twice["action"], twice["copies"], twice["on"]) == ("duplicate", 2, "push")
    assert (late["action"], late["seconds"]) == ("delay", 1.5)


def test_a_delivery_that_is_neither_twice_nor_late_is_refused(fault: Command) -> None:
    assert "give --copies, --late or both" in str(fault("deliver").exception)


def test_a_fault_that_the_server_cannot_do_is_refused_with_its_reason(fault: Command) -> None:
    refused = fault("kill", "--at", "before-write")
    assert "action = 'kill_caller'" in str(refused.exception)


def test_armed_faults_are_listed_with_their_strikes_and_cleared(
    fault: Command, tables: TableServer
) -> None:
    fault("bigquery", "query")
    fault("deliver", "--copies", "1")
    assert tables.warehouse().query("SELECT 1 AS one") == [{"one": 1}]
    listed = fault("list").output.splitlines()
    strikes = [json.loads(line.partition(" ")[2])["struck"] for line in listed]
    assert strikes == [1, 0]
    assert fault("clear").output == "2 faults cleared\n"
    assert fault("list").output == ""


def test_without_a_cloud_the_next_step_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["list", "--folder", str(tmp_path)])
    assert "phase4 local up" in str(result.exception)


LOAD = (
    "job-1\ncomponent=precompute\nrun_id=r\nexecution=x\ntask=1\nwave=2\n\n" + f"{TARGET}$20251115"
)
EVENT = """topic {"run_id": "r", "execution": "x", "task": "1"} {"run_id":"r","wave":2,"task":1}"""


@pytest.mark.parametrize("point", Point)
@pytest.mark.parametrize(
    ("wave", "task", "strikes"),
    [(2, 1, True), (None, None, True), (2, None, True), (None, 1, True), (1, 1, False),
     (2, 0, False), (2, 11, False), (22, 1, False)],
)  # fmt: skip
def test_a_kill_strikes_only_the_wave_and_the_task_that_it_names(
    point: Point, wave: int | None, task: int | None, strikes: bool
) -> None:
    service, document = killing(point, wave, task, TARGET)
    fault = Fault.parse(document)
    assert fault.fits(fault.on, EVENT if service == "pubsub" else LOAD) == strikes


def test_a_kill_at_a_write_strikes_no_other_table() -> None:
    fault = Fault.parse(killing(Point.BEFORE_WRITE, 2, 1, TARGET)[1])
    assert not fault.fits("load", LOAD.replace(f"{TARGET}$20251115", "nba_ops.outcomes"))


def test_a_kill_at_an_event_spares_the_workflow() -> None:
    fault = Fault.parse(killing(Point.AFTER_EVENT, 2, None, TARGET)[1])
    assert not fault.fits(
        "publish", 'topic {"run_id": "r"} {"event_type":"wave.completed","wave":2,}'
    )
