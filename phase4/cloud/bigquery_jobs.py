"""BigQuery jobs under ids of our own: each submitted once, found again, awaited to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from google.api_core.exceptions import Conflict, NotFound
from google.api_core.future.polling import POLLING_PREDICATE, PollingFuture
from google.api_core.retry import Retry
from google.cloud import bigquery

from phase4.cloud import retries
from phase4.cloud.asking import Asking, unheard

Result = TypeVar("Result")
Job = Any
# A pause is drawn between none and this: a load job of 2 to 4 s is seen a quarter of a second late,
# and sixteen of them ask 43 times a second, where the service takes 100.
LONGEST_PAUSE = 0.75
POLLING = Retry(
    predicate=POLLING_PREDICATE, initial=LONGEST_PAUSE, maximum=LONGEST_PAUSE, multiplier=1
)


def await_end(job: Job, seconds: float) -> None:
    """Returns when a load job has ended well; raises its error, TimeoutError after `seconds`."""
    # The job's own `result` takes no polling: its pauses grow from one second to twenty.
    PollingFuture.result(job, timeout=seconds, retry=None, polling=POLLING)


class JobUnknown(retries.Transient):
    """BigQuery does not know a job that was submitted; for a moment that may be so."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id} was submitted and is not known yet")


class Jobs:
    """The jobs of one client in one location.

    Until the service has answered once, `unreachable_seconds` bound the wait for somebody there.
    """

    def __init__(
        self,
        client: bigquery.Client,
        location: str,
        seconds: float,
        unreachable_seconds: float | None = None,
    ) -> None:
        self.telling: Callable[[retries.Retry], None] | None = None
        self.asking: Asking = unheard
        self._client = client
        self._location = location
        self._seconds = seconds
        self._unreachable_seconds = unreachable_seconds

    def run(
        self,
        what: str,
        base: str,
        submit: Callable[[str], Job],
        result: Callable[[Job], Result],
    ) -> Result:
        """Submits a job until one ends well and returns its `result`.

        A next id (`base_a1`, …) is taken only after a job that failed: a lost answer, or a job that
        BigQuery does not know for a while, must not do the work twice.
        """
        failed = 0

        def attempt() -> Result:
            nonlocal failed
            job_id = f"{base}_a{failed}"
            try:
                job = submit(job_id)
            # Sent before: its answer was lost, and by its id the job is found again.
            except Conflict:
                job = self._look(job_id)
                if job.error_result:
                    failed += 1
                    return attempt()
            try:
                return self._awaited(job, result)
            finally:
                # Whatever ended the wait: only a job that failed frees the way to another id.
                failed += bool(job.error_result)

        with self.asking("BigQuery"):
            ended = retries.call(
                what, attempt, self._seconds, self._unreachable_seconds, self.telling
            )
        self._unreachable_seconds = None
        return ended

    def _awaited(self, job: Job, result: Callable[[Job], Result]) -> Result:
        try:
            return result(job)
        except NotFound:
            # Of the job, or of a table that the job looked for: only the job itself can tell.
            if not job.error_result and not self._look(job.job_id).error_result:
                raise JobUnknown(job.job_id) from None
            raise

    def _look(self, job_id: str) -> Job:
        try:
            return self._client.get_job(job_id, location=self._location)
        except NotFound:
            raise JobUnknown(job_id) from None
