"""The bucket of the site: its pages, each of which only a newer one replaces."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.errors import NoAnswer
from phase4.tables.rows.runs import RecentRun

if TYPE_CHECKING:
    from google.cloud.storage import Bucket, Client

INDEX = "index.html"
REPORTS = "runs/"
MADE_AT = "made_at"
TRIES = 8
SECONDS = 60


class Overtaken(NoAnswer):
    """A page changed between every look at it and the writing."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: others wrote it {TRIES} times meanwhile: write it again")


def report_name(run_id: str) -> str:
    """The page of a run."""
    return f"{REPORTS}{run_id}.html"


class SitePages:
    """The pages that the bucket of an environment has."""

    def __init__(self, settings: Settings) -> None:
        client = _client(settings.project, os.environ.get(emulator.OBJECTS, ""))
        self._bucket = client.bucket(settings.site_bucket)

    def bucket(self) -> Bucket:
        """The bucket with what it was made with; NotFound when there is none."""
        self._bucket.reload(timeout=SECONDS)
        return self._bucket

    def reports(self) -> list[str]:
        """The ids of the runs that have a page."""
        listed = self._bucket.list_blobs(prefix=REPORTS, timeout=SECONDS)
        return [blob.name.removeprefix(REPORTS).removesuffix(".html") for blob in listed]

    def made_at(self, name: str = INDEX) -> datetime | None:
        """The moment that a page tells of; None when there is none."""
        return _made_at(self._bucket.get_blob(name, timeout=SECONDS))

    def put(self, name: str, page: str, made_at: datetime) -> bool:
        """Writes a page unless one of the same moment or a later one is there.

        The generation that was looked at is the only one that is replaced: of two who write at once
        one looks again, and the newer page stays, whoever comes last.
        """
        from google.api_core.exceptions import PreconditionFailed

        for _ in range(TRIES):
            there = self._bucket.get_blob(name, timeout=SECONDS)
            known = _made_at(there)
            if known is not None and known >= made_at:
                return False
            blob = self._bucket.blob(name)
            blob.metadata = {MADE_AT: made_at.isoformat()}
            blob.cache_control = "no-cache"
            try:
                blob.upload_from_string(
                    page,
                    content_type="text/html; charset=utf-8",
                    if_generation_match=there.generation if there else 0,
                    timeout=SECONDS,
                )
            except PreconditionFailed:
                continue
            return True
        raise Overtaken(name)


def ended_since(made_at: datetime | None, runs: Iterable[RecentRun]) -> RecentRun | None:
    """A run that ended after the moment that the site tells of."""
    for run in runs:
        if run.finished_at is not None and (made_at is None or run.finished_at > made_at):
            return run
    return None


def _made_at(blob: object) -> datetime | None:
    text = (getattr(blob, "metadata", None) or {}).get(MADE_AT)
    return datetime.fromisoformat(text) if text else None


@cache
def _client(project: str, _endpoint: str) -> Client:
    """One client per process and endpoint; on a laptop it finds the server by itself."""
    from google.cloud.storage import Client

    return Client(project=project)
