"""The site, written when a run has ended: its verdict stands and neither waits nor is lost."""

from __future__ import annotations

import time

from phase4.cloud.logging import log
from phase4.cloud.retries import is_transient, one_line
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.errors import NoAnswer
from phase4.formats import percent
from phase4.site import Site, publish, site_of
from phase4.tables.events import SiteRequested

COMPONENT = "site"


def write_site(settings: Settings, event: SiteRequested) -> None:
    """Writes the site, where the environment has one.

    What may pass is raised, so that the message comes again; what will not is a line in the log,
    and `phase4 status` says that the site is older than the run.
    """
    if not settings.site_bucket:
        return
    labels = {"component": COMPONENT, "run_id": event.run_id, "event_id": event.event_id}
    began = time.monotonic()
    try:
        # Not counted as the run's: it had ended when this began.
        warehouse = Warehouse(settings, Caller(COMPONENT))
        site = site_of(warehouse)
        _tell_coverage(site, labels)
        published = publish(warehouse, site, event.run_id)
    except Exception as error:
        log("ERROR", f"the site was not written: {one_line(error)[:500]}",
            labels=labels, event="site_failed")  # fmt: skip
        if is_transient(error) or isinstance(error, NoAnswer):
            raise
        return
    log(
        "INFO",
        f"{published.address} " + ("is written" if published.is_written else "is newer already"),
        labels=labels,
        event="site_written",
        seconds=round(time.monotonic() - began, 3),
    )


def _tell_coverage(site: Site, labels: dict[str, str]) -> None:
    """A line per filled table, which the dashboard's chart and the policies read."""
    for table in site.tables:
        coverage, ceiling = table.headline.coverage_pct, table.headline.ceiling_pct
        # Where nothing is wanted nothing lacks.
        if (wanted := table.wanted.pct) is not None:
            log("INFO", f"{table.name}: {percent(coverage)}, ceiling {percent(ceiling)}",
                labels=labels, event="table_coverage", table=table.name, coverage_pct=coverage,
                wanted_pct=wanted, ceiling_pct=ceiling)  # fmt: skip
