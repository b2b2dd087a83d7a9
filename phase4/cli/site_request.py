"""Asking for the site behind a run that a command has ended: its workflow does not."""

from __future__ import annotations

from datetime import UTC, date, datetime

from phase4.cli.site_state import CURE
from phase4.cli.waiting import waiting_for
from phase4.cloud.publisher import Publisher
from phase4.cloud.retries import FORESEEN, one_line
from phase4.cloud.settings import Settings

SECONDS = 10


def request_site(settings: Settings, run_id: str, start: date, end: date) -> str:
    """Asks the validator for the site; a line that says how that went, empty without a site.

    What was done stands: nothing that fails here fails the command.
    """
    from phase4.tables.events import SiteRequested

    if not settings.site_bucket:
        return ""
    event = SiteRequested(
        event_id=f"{run_id}-site", run_id=run_id, occurred_at=datetime.now(UTC),
        start_date=start, end_date=end, code_version=settings.code_version,
    )  # fmt: skip
    try:
        with waiting_for("Pub/Sub"):
            Publisher(settings).publish(event, SECONDS)
    except FORESEEN as error:
        return f"the site was not asked for: {one_line(error)[:200]}\n  next  {CURE}"
    return "the site is written anew"
