"""A service that does not answer is named in seconds, and at the end of the command again."""

from __future__ import annotations

import time

import pytest

from laptop.ports import HOST, free_port
from phase4.cli import cancel, site, waiting
from phase4.cloud import emulator
from phase4.cloud.retries import one_line
from tests.laptop import Laptop

PATIENCE = 5.0
NAMES_ALL = "phase4 doctor names what does not answer"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (cancel, site):
        monkeypatch.setattr(command, "PATIENCE_SECONDS", PATIENCE)
    monkeypatch.setattr(waiting, "NOTICE_SECONDS", 0.5)


def silent(variable: str) -> dict[str, str]:
    """An environment with a site, in which nobody listens where a variable points to."""
    scheme = "http://" if variable == emulator.OBJECTS else ""
    return {variable: f"{scheme}{HOST}:{free_port()}", "PHASE4_SITE_BUCKET": "the-site"}


@pytest.mark.slow
class TestACommand:
    @pytest.mark.parametrize(
        ("command", "variable", "service", "waits"),
        [
            ("cancel {run}", emulator.EXECUTIONS, "Workflows", True),
            ("site --publish", emulator.OBJECTS, "Cloud Storage", True),
            # Here a refused connection is answer enough: what may have begun is not begun again.
            ("run --date 2025-11-03", emulator.EXECUTIONS, "Workflows", False),
            ("health", emulator.EXECUTIONS, "Workflows", False),
            ("cancel {run}", emulator.RUN, "Cloud Run", False),
        ],
    )
    def test_names_the_service_that_it_waits_for_and_ends(
        self, laptop: Laptop, run_id: str, command: str, variable: str, service: str, *, waits: bool
    ) -> None:
        done = laptop.phase4(*command.format(run=run_id).split(), **silent(variable))
        assert done.code == 2
        end = done.err.strip().splitlines()[-1]
        assert end.startswith(f"phase4: {service} does not answer: ")
        assert NAMES_ALL in end
        assert (f"waiting for {service} to answer\n" in done.err) >= waits

    def test_tells_everything_else_before_it_waits_for_the_site(self, laptop: Laptop) -> None:
        began = time.monotonic()
        done = laptop.phase4("status", **silent(emulator.OBJECTS))
        assert time.monotonic() - began < 60
        assert done.code == 0
        assert "waiting for Cloud Storage to answer\n" in done.err
        assert "not readable from here: Cloud Storage does not answer: " in done.out

    def test_says_why_the_site_was_not_asked_for(self, laptop: Laptop, run_id: str) -> None:
        done = laptop.phase4("cancel", run_id, **silent(emulator.PUBSUB))
        assert done.code == 0
        assert "waiting for Pub/Sub to answer\n" in done.err
        assert "the site was not asked for: Pub/Sub does not answer: " in done.err
        assert "took no message for topic phase4-backfill-events in 10 s" in done.err


def test_an_error_without_a_text_is_told_by_its_kind() -> None:
    assert one_line(TimeoutError()) == "TimeoutError"


@pytest.mark.usefixtures("disarmed")
class TestARefusal:
    QUOTA = "Quota exceeded for quota metric 'Write requests' of service 'workflowexecutions'"
    DENIED = "Permission 'workflows.executions.create' denied on resource (or it may not exist)"

    @pytest.mark.parametrize("command", ["run --date 2025-11-03", "health"])
    def test_of_a_quota_is_an_answer(self, laptop: Laptop, command: str) -> None:
        laptop.arm("workflows", on="create", action="error", status=429, reason=self.QUOTA)
        done = laptop.phase4(*command.split())
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert f"phase4: Workflows takes no more for now: 429 {self.QUOTA}" in done.err
        assert "does not answer" not in done.err
        assert "the same command again in a minute" in done.err

    def test_behind_the_start_leaves_the_look_going_and_says_so(self, laptop: Laptop) -> None:
        laptop.arm("workflows", on="get", action="error", status=403, reason=self.DENIED)
        done = laptop.phase4("health", "--as-of", "1999-01-01")
        assert done.code == 2
        going_on = "the health run goes on; what it finds:\n  phase4 status\nphase4: 403 "
        assert going_on in done.err

    def test_for_lack_of_a_right_names_what_tells_all_that_lack(self, laptop: Laptop) -> None:
        laptop.arm("workflows", on="create", action="error", status=403, reason=self.DENIED)
        done = laptop.phase4("run", "--date", "2025-11-03")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert f"phase4: 403 {self.DENIED}" in done.err
        assert "phase4 doctor names the rights that you lack" in done.err


def test_a_refusal_is_no_silence() -> None:
    with pytest.raises(PermissionError), waiting.waiting_for("Cloud Run"):
        raise PermissionError


def test_what_a_service_is_to_carry_out_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting.waiting_for("Cloud Run", "to end the tasks"):
        time.sleep(1)
    assert capsys.readouterr().err == "waiting for Cloud Run to end the tasks\n"
