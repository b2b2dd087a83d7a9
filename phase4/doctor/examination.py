"""The whole examination, service by service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import connect
from phase4.doctor.appending import appending
from phase4.doctor.cloud_only import cloud_only
from phase4.doctor.finding import Finding
from phase4.doctor.services import deployed, messaging
from phase4.doctor.site import site
from phase4.doctor.tables import all_routines, datasets, tables


@dataclass(frozen=True)
class Examination:
    """All findings in the order in which they were made."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether everything was seen and is as it should be."""
        return all(finding.status in ("ok", "absent") for finding in self.findings)


def examine(settings: Settings) -> Examination:
    """Looks at everything that a run needs; reads only, and changes nothing."""
    return Examination(tuple(_findings(settings)))


def _findings(settings: Settings) -> Iterator[Finding]:
    client = connect(settings)
    yield from cloud_only(settings)
    yield from datasets(client, settings)
    yield from tables(client, settings)
    yield from appending(client, settings)
    yield from all_routines(client, settings)
    yield from deployed(settings)
    yield from messaging(settings)
    yield from site(settings)
