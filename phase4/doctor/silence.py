"""Services that do not answer: said once each, in seconds, whatever their clients would wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread

from phase4.cloud import emulator
from phase4.cloud.retries import is_transient, one_line
from phase4.doctor.finding import Finding, wrong
from phase4.errors import NoAnswer

# The clients try again for up to ten minutes a call, and an operator sees nothing until then.
LONGEST_LOOK_SECONDS = 20.0
# The names that the laptop cloud has for the services.
LOCAL = {
    "BigQuery": "bigquery",
    "Cloud Run": "run",
    "Workflows": "workflows",
    "Pub/Sub": "pubsub",
    "Cloud Storage": "storage",
}
AGAIN = "is the address right, and the network up? Then phase4 doctor again"


def service_subject(service: str) -> str:
    """The subject of the finding that a service does not answer."""
    return f"service {service}"


def answered(service: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings as they come; of a service that falls silent that it does, and no more."""
    # A daemon: the end of the command does not wait for the client's retries.
    found: SimpleQueue[Finding | Exception | None] = SimpleQueue()
    Thread(target=_look, args=(findings, found), daemon=True).start()
    while True:
        try:
            each = found.get(timeout=LONGEST_LOOK_SECONDS)
        except Empty:
            each = NoAnswer(f"nobody answered in {LONGEST_LOOK_SECONDS:.0f} s")
        if each is None:
            return
        if isinstance(each, Finding):
            yield each
            continue
        if not isinstance(each, NoAnswer) and not is_transient(each):
            raise each
        detail = f"does not answer: {one_line(each)[:200]}"
        yield wrong(service_subject(service), detail, _cure(service))
        return


def _cure(service: str) -> str:
    if not emulator.is_used() or service not in LOCAL:
        return AGAIN
    return f"{AGAIN}; on this laptop `phase4 local restart {LOCAL[service]}` brings it back"


def _look(findings: Iterable[Finding], found: SimpleQueue[Finding | Exception | None]) -> None:
    try:
        for each in findings:
            found.put(each)
    except Exception as error:
        found.put(error)
    else:
        found.put(None)
