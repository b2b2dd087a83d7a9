"""The whole examination, service by service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import connect
from phase4.doctor.appending import appending
from phase4.doctor.cloud_only import cloud_only
from phase4.doctor.finding import Finding
from phase4.doctor.services import delivery, messaging, run_services, workflows
from phase4.doctor.silence import answered, service_subject
from phase4.doctor.site import site, site_bucket
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
    silent: set[str] = set()
    for services, findings in _looks(settings):
        if silent.intersection(services):
            continue
        for finding in answered(services[0], findings):
            if finding.subject == service_subject(services[0]):
                silent.add(services[0])
            yield finding


def _looks(settings: Settings) -> Iterator[tuple[tuple[str, ...], Iterable[Finding]]]:
    """What is looked at, with the services that have to answer; the one that is asked first."""
    client = connect(settings)
    bigquery = ("BigQuery",)
    yield ("Google Cloud",), cloud_only(settings)
    for look in (datasets, tables, appending, all_routines):
        yield bigquery, look(client, settings)
    yield ("Cloud Run",), run_services(settings)
    yield ("Workflows",), workflows(settings)
    yield ("Pub/Sub",), messaging(settings)
    # Who pushes is asked of Pub/Sub, to where of Cloud Run.
    yield ("Cloud Run", "Pub/Sub"), delivery(settings)
    yield ("Cloud Storage",), site_bucket(settings)
    # The run that the site should tell of is a row of BigQuery.
    yield ("Cloud Storage", *bigquery), site(settings)
