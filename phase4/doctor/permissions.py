"""What the account that gives a command has to be allowed: Google's permissions, by command.

A table function and a procedure run with the rights of their caller: whoever reads date states
needs to read the league's tables, not `nba_ops` alone.
"""

from __future__ import annotations

from dataclasses import dataclass

PROJECT = "project"
OPERATIONS = "nba_ops"
LEAGUE = "the tables of L1, L3 and L4"
TARGET = "the L4 table"
DEAD_LETTERS = "the dead-letter subscription"
SITE = "the bucket of the site"
EVENTS = "the topic of events"

READS_OPERATIONS = (
    "plan", "run", "status", "cancel", "validate", "gaps", "explain", "report", "receipt", "undo",
    "doctor", "alerts", "training summary", "training export", "site",
)  # fmt: skip
READS_LEAGUE = (
    "validate", "gaps", "explain", "report", "receipt", "undo", "doctor", "training summary",
    "training export", "site",
)  # fmt: skip
FOLLOWS = ("plan", "run", "status", "cancel", "health", "doctor")


@dataclass(frozen=True)
class Permission:
    """One of Google's permissions, on what it is needed, and for which commands."""

    name: str
    on: str
    commands: tuple[str, ...]

    @property
    def purpose(self) -> str:
        """The commands in one line."""
        return f"phase4 {', '.join(self.commands)}"


PERMISSIONS = (
    Permission("bigquery.jobs.create", PROJECT, READS_OPERATIONS),
    Permission("bigquery.tables.getData", OPERATIONS, READS_OPERATIONS),
    Permission("bigquery.routines.get", OPERATIONS, READS_OPERATIONS),
    Permission("bigquery.tables.updateData", OPERATIONS, ("cancel", "validate", "undo", "alerts")),
    Permission("bigquery.tables.getData", LEAGUE, READS_LEAGUE),
    Permission("bigquery.readsessions.create", PROJECT, ("training export",)),
    Permission("bigquery.readsessions.getData", PROJECT, ("training export",)),
    Permission("bigquery.tables.updateData", TARGET, ("undo",)),
    Permission("bigquery.tables.update", TARGET, ("undo",)),
    # Without it only the caller's own jobs are seen: the receipt then says so.
    Permission("bigquery.jobs.listAll", PROJECT, ("receipt", "report", "undo", "cancel", "site")),
    Permission("bigquery.jobs.update", PROJECT, ("undo", "cancel")),
    Permission("workflows.executions.create", PROJECT, ("plan", "run", "health")),
    Permission("workflows.executions.get", PROJECT, FOLLOWS),
    Permission("workflows.executions.list", PROJECT, ("status", "cancel")),
    Permission("workflows.executions.cancel", PROJECT, ("cancel",)),
    Permission("run.executions.list", PROJECT, ("cancel",)),
    Permission("run.executions.cancel", PROJECT, ("cancel",)),
    Permission("pubsub.subscriptions.consume", DEAD_LETTERS, ("status", "site")),
    # Without it the run ends as well: the site has to be asked for by hand.
    Permission("pubsub.topics.publish", EVENTS, ("undo", "cancel")),
    Permission("storage.objects.get", SITE, ("status", "doctor", "site")),
    # A folder needs neither of them: they are for `phase4 site --publish`.
    Permission("storage.objects.list", SITE, ("site",)),
    Permission("storage.objects.create", SITE, ("site",)),
    Permission("storage.objects.delete", SITE, ("site",)),
    Permission("storage.buckets.get", SITE, ("doctor",)),
)


def needed_by(command: str) -> list[Permission]:
    """The permissions of a command, by its name without `phase4`; none for those of the laptop."""
    return [each for each in PERMISSIONS if command in each.commands]
