"""The bucket of the site: its pages, each of which only a newer one replaces."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from phase4.cloud import emulator
from phase4.cloud.asking import Asking, unheard
from phase4.cloud.settings import Settings
from phase4.errors import NoAnswer
from phase4.tables.rows.runs import RecentRun

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud.storage import Blob, Bucket, Client

INDEX = "index.html"
REPORTS = "runs/"
MADE_AT = "made_at"
TRIES = 8
SECONDS = 60
# So long the client itself would try again.
PATIENT_SECONDS = 120.0
SERVICE = "Cloud Storage"


class Overtaken(NoAnswer):
    """A page changed between every look at it and the writing."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: others wrote it {TRIES} times meanwhile: write it again")


def report_name(run_id: str) -> str:
    """The page of a run."""
    return f"{REPORTS}{run_id}.html"


class SitePages:
    """The pages that the bucket of an environment has.

    A service that is silent is asked again for `seconds`.
    """

    def __init__(
        self, settings: Settings, asking: Asking = unheard, seconds: float = PATIENT_SECONDS
    ) -> None:
        client = _client(settings.project, os.environ.get(emulator.OBJECTS, ""))
        self._bucket = client.bucket(settings.site_bucket)
        self._asking = partial(asking, SERVICE)
        self._again = _again(seconds)

    def bucket(self) -> Bucket:
        """The bucket with what it was made with; NotFound when there is none."""
        with self._asking():
            self._bucket.reload(timeout=SECONDS, retry=self._again)
        return self._bucket

    def reports(self) -> list[str]:
        """The ids of the runs that have a page."""
        with self._asking():
            listed = self._bucket.list_blobs(prefix=REPORTS, timeout=SECONDS, retry=self._again)
            return [blob.name.removeprefix(REPORTS).removesuffix(".html") for blob in listed]

    def made_at(self, name: str = INDEX) -> datetime | None:
        """The moment that a page tells of; None when there is none."""
        return _made_at(self._there(name))

    def put(self, name: str, page: str, made_at: datetime) -> bool:
        """Writes a page unless one of the same moment or a later one is there.

        The generation that was looked at is the only one that is replaced: of two who write at once
        one looks again, and the newer page stays, whoever comes last.
        """
        from google.api_core.exceptions import PreconditionFailed

        for _ in range(TRIES):
            there = self._there(name)
            known = _made_at(there)
            if known is not None and known >= made_at:
                return False
            blob = self._bucket.blob(name)
            blob.metadata = {MADE_AT: made_at.isoformat()}
            blob.cache_control = "no-cache"
            try:
                with self._asking():
                    blob.upload_from_string(
                        page,
                        content_type="text/html; charset=utf-8",
                        if_generation_match=there.generation if there else 0,
                        timeout=SECONDS,
                        retry=self._again,
                    )
            except PreconditionFailed:
                continue
            return True
        raise Overtaken(name)

    def _there(self, name: str) -> Blob | None:
        with self._asking():
            return self._bucket.get_blob(name, timeout=SECONDS, retry=self._again)


def ended_since(made_at: datetime | None, runs: Iterable[RecentRun]) -> RecentRun | None:
    """A run that ended after the moment that the site tells of."""
    for run in runs:
        if run.finished_at is not None and (made_at is None or run.finished_at > made_at):
            return run
    return None


def _made_at(blob: object) -> datetime | None:
    text = (getattr(blob, "metadata", None) or {}).get(MADE_AT)
    return datetime.fromisoformat(text) if text else None


def _again(seconds: float) -> Retry:
    from google.cloud.storage.retry import DEFAULT_RETRY

    again: Retry = DEFAULT_RETRY.with_timeout(seconds)
    return again


@cache
def _client(project: str, _endpoint: str) -> Client:
    """One client per process and endpoint; on a laptop it finds the server by itself."""
    from google.cloud.storage import Client

    return Client(project=project)
