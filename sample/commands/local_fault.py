"""`phase4 local fault …`: make something go wrong in the laptop cloud, on purpose."""

from __future__ import annotations

import contextlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from phase4.errors import WrongInput
from sample.commands.folder import FOLDER, Folder, running

app = typer.Typer(
    help="Faults on demand: kill a task, fail or slow down calls, deliver events twice or late.",
    no_args_is_help=True,
)
Times = Annotated[int, typer.Option(min=0, help="How often it strikes; 0: for ever.")]
Contains = Annotated[
    list[str] | None,
    typer.Option(help="Only calls with this text (SQL, table$partition, label=value); repeatable."),
]
Document = dict[str, Any]


class Point(StrEnum):
    """Where in its life a task is killed."""

    START = "start"
    BEFORE_WRITE = "before-write"
    AFTER_WRITE = "after-write"
    BEFORE_EVENT = "before-event"
    AFTER_EVENT = "after-event"


class Call(StrEnum):
    """A kind of BigQuery call."""

    QUERY = "query"
    LOAD = "load"
    INSERT = "insert"
    READ = "read"
    ANY = "any"


def killing(point: Point, wave: int | None, task: int | None, table: str) -> tuple[str, Document]:
    """The service and the fault that kill a task (any when None) at a point; `table` is L4's."""
    when = "after" if point in (Point.AFTER_WRITE, Point.AFTER_EVENT) else "before"
    if point in (Point.BEFORE_EVENT, Point.AFTER_EVENT):
        waves = [] if wave is None else [f'"wave":{wave},']
        tasks = ['"task": "'] if task is None else [f'"task": "{task}"']
        return "pubsub", _killing("publish", when, [*waves, *tasks])
    labels = {"component": "precompute", "wave": wave, "task": task}
    lines = [f"\n{name}={value}\n" for name, value in labels.items() if value is not None]
    if point is Point.START:
        return "bigquery", _killing("query", when, lines)
    return "bigquery", _killing("load", when, [*lines, f"{table}$"])


def _killing(on: str, when: str, contains: list[str]) -> Document:
    return {"on": on, "action": "kill_caller", "when": when, "contains": contains}


@app.command()
def kill(
    at: Annotated[Point, typer.Option(help="Where in the task's life.")],
    wave: Annotated[int | None, typer.Option(help="Only in this wave.")] = None,
    task: Annotated[int | None, typer.Option(help="Only this task index.")] = None,
    times: Times = 1,
    folder: Folder = FOLDER,
) -> None:
    """Kill (SIGKILL) a task of the next run at a point.

    Example: phase4 local fault kill --wave 1 --task 0 --at after-write
    """
    service, fault = killing(at, wave, task, _table(folder))
    _arm(folder, service, {**fault, "count": times})


@app.command()
def bigquery(
    call: Annotated[Call, typer.Argument(help="Kind of call.")],
    status: Annotated[int, typer.Option(min=400, max=599, help="HTTP status.")] = 503,
    reason: Annotated[str, typer.Option(help="BigQuery's reason.")] = "backendError",
    slow: Annotated[
        float, typer.Option(min=0, help="Seconds of delay, in place of the error.")
    ] = 0,
    failed_job: Annotated[
        bool, typer.Option("--failed-job", help="Accept the job and let it fail.")
    ] = False,
    after: Annotated[bool, typer.Option("--after", help="Do the work, then fail.")] = False,
    contains: Contains = None,
    times: Times = 1,
    folder: Folder = FOLDER,
) -> None:
    """Fail or slow down BigQuery calls.

    Example: phase4 local fault bigquery load --status 403 --reason quotaExceeded --times 2
    """
    action = "delay" if slow else "job_error" if failed_job else "error"
    fault = {"on": call.value, "action": action, "status": status, "reason": reason}
    rest = {"contains": contains or [], "count": times, "when": "after" if after else "before"}
    _arm(folder, "bigquery", {**fault, **rest, **({"seconds": slow} if slow else {})})


@app.command()
def deliver(
    copies: Annotated[int, typer.Option(min=0, max=100, help="Deliver again so often.")] = 0,
    late: Annotated[float, typer.Option(min=0, help="Seconds; of the copies, if there are.")] = 0,
    contains: Contains = None,
    times: Times = 1,
    folder: Folder = FOLDER,
) -> None:
    """Deliver events twice or late.

    Example: phase4 local fault deliver --copies 2 --late 0.5 --contains wave.completed
    """
    if not copies and not late:
        raise WrongInput("deliver: give --copies, --late or both")
    twice = {"action": "duplicate", "copies": copies} if copies else {"action": "delay"}
    shared = {"on": "push", "seconds": late, "contains": contains or [], "count": times}
    _arm(folder, "pubsub", {**shared, **twice})


@app.command("list")
def listing(folder: Folder = FOLDER) -> None:
    """Show the armed faults and how often each has struck.

    Example: phase4 local fault list
    """
    for service, answer in _asked("GET", folder).items():
        for fault in answer["faults"]:
            typer.echo(f"{service} {json.dumps(fault)}")


@app.command()
def clear(folder: Folder = FOLDER) -> None:
    """Disarm every fault.

    Example: phase4 local fault clear
    """
    cleared = sum(answer["cleared"] for answer in _asked("DELETE", folder).values())
    typer.echo(f"{cleared} faults cleared")


def _arm(folder: Path, service: str, fault: Document) -> None:
    typer.echo(f"{service} {json.dumps(_call('POST', _services(folder)[service], fault))}")


def _asked(method: str, folder: Path) -> dict[str, Document]:
    """The answers of the services that run; one that is down has no fault armed."""
    import httpx

    answers: dict[str, Document] = {}
    for service, url in _services(folder).items():
        with contextlib.suppress(httpx.ConnectError):
            answers[service] = _call(method, url)
    return answers


def _table(folder: Path) -> str:
    return running(folder).settings.target_table


def _services(folder: Path) -> dict[str, str]:
    from laptop.cloud import fault_addresses

    return fault_addresses(running(folder).ports)


def _call(method: str, url: str, body: Document | None = None) -> Document:
    import httpx

    answer = httpx.request(method, url, json=body, timeout=10)
    if answer.is_error:
        raise WrongInput(f"{url} answered {answer.status_code}: {answer.text}")
    document: Document = answer.json()
    return document
