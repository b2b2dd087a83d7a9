"""The bucket of the site: there, closed to the public, and its index as of the last run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phase4.cloud.queries import ask
from phase4.cloud.settings import Settings
from phase4.cloud.site_pages import SitePages, ended_since
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.doctor.finding import APPLY, Finding, looked_at, ok, wrong
from phase4.tables.rows.runs import RecentRun

WRITE = "phase4 site --publish"


def site_bucket(settings: Settings) -> Iterator[Finding]:
    """The bucket, or that the environment has none."""
    if not settings.site_bucket:
        yield Finding("site", "absent", "PHASE4_SITE_BUCKET is not set: no site is written")
        return
    subject = f"bucket {settings.site_bucket}"
    yield from looked_at(subject, APPLY, _bucket, subject, SitePages(settings), settings)


def site(settings: Settings) -> Iterator[Finding]:
    """Whether the index tells of the last run, where the environment has a bucket."""
    if settings.site_bucket:
        yield from looked_at("site", APPLY, _index, SitePages(settings), settings)


def _bucket(subject: str, pages: SitePages, settings: Settings) -> Iterator[Finding]:
    bucket = pages.bucket()
    problems = [*_problems(bucket, settings.location)]
    if problems:
        yield wrong(subject, "; ".join(problems), APPLY)
    else:
        yield ok(subject, f"in {settings.location}, closed to the public")


def _problems(bucket: Any, location: str) -> Iterator[str]:
    if bucket.location.lower() != location.lower():
        yield f"is in {bucket.location.lower()}, not in {location}"
    if not bucket.iam_configuration.uniform_bucket_level_access_enabled:
        yield "lets single objects have grants of their own"
    if bucket.iam_configuration.public_access_prevention != "enforced":
        yield "may be opened to the public"


def _index(pages: SitePages, settings: Settings) -> Iterator[Finding]:
    made_at = pages.made_at()
    late = ended_since(made_at, ask(Warehouse(settings, Caller("doctor")), RecentRun))
    if late is not None:
        yield wrong("site", f"does not tell of run {late.run_id}, which has ended", WRITE)
    else:
        yield ok("site", f"as of {made_at:%Y-%m-%d %H:%M} UTC" if made_at else "no run has ended")
