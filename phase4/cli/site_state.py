"""The site as `phase4 status` tells of it: where, as of when, and whether a run ended since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console

from phase4.cli import terminal
from phase4.cli.waiting import waiting_for
from phase4.cloud.retries import FORESEEN, one_line
from phase4.cloud.settings import Settings
from phase4.cloud.site_pages import INDEX, SitePages, ended_since
from phase4.tables.rows.runs import RecentRun

CURE = "phase4 site --publish"
# Beside all else that is told.
GLANCE_SECONDS = 5.0


@dataclass(frozen=True)
class SiteState:
    """`problem` says why it does not tell of everything; empty when it does."""

    address: str
    made_at: datetime | None = None
    problem: str = ""


def site_state(settings: Settings, runs: Sequence[RecentRun]) -> SiteState | None:
    """How the site in the bucket stands; None where the environment has no bucket."""
    if not settings.site_bucket:
        return None
    address = settings.page(INDEX)
    try:
        made_at = SitePages(settings, waiting_for, GLANCE_SECONDS).made_at()
    except FORESEEN as error:
        return SiteState(address, problem=f"not readable from here: {one_line(error)[:200]}")
    late = ended_since(made_at, runs)
    if late is not None:
        return SiteState(address, made_at, f"run {late.run_id} ended since: {CURE}")
    return SiteState(address, made_at, "" if made_at else f"not written yet: {CURE}")


def show_site(console: Console, site: SiteState | None) -> None:
    """One line; none where there is no site."""
    if site is None:
        return
    moment = f", as of {terminal.moment(site.made_at)}" if site.made_at else ""
    problem = f"; [red]{site.problem}[/]" if site.problem else ""
    console.print(f"[bold]Site[/]  {site.address}{moment}{problem}", soft_wrap=True)
