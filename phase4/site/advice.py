"""What to do now: the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence

from phase4.formats import counted, listed
from phase4.report.advice import SHOWN_CHECKS, Advice, filling, following, owed, short, span
from phase4.site.facts import Site
from phase4.site.states import TableDate
from phase4.tables.cures import first_command
from phase4.tables.filled import FILLED


def advice_of(site: Site) -> Advice:
    """The one thing to do."""
    if holders := site.overview.lock_holders:
        return following(holders[0].run_id, lease_expired=holders[0].lease_expired)
    if fillable := site.main.of_class("fillable"):
        return filling(fillable)
    if lacking := short(row for season in site.main.seasons for row in season.dates):
        return owed(lacking, _upstream(site, lacking))
    if site.overview.alerts:
        alerts = site.overview.alerts
        what = listed([alert.metric.removeprefix("check:") for alert in alerts], SHOWN_CHECKS)
        told = counted(len(alerts), "open alert")
        command = first_command(alerts[0].fix) or "phase4 alerts"
        return Advice(f"Nothing to fill, but {told}: {what}.", "other", command)
    if site.overview.signs.overdue:
        return Advice("The weekly health run is overdue.", "other", "phase4 health")
    return Advice("Every date is as it should be.", "passed")


def _upstream(site: Site, lacking: Sequence[TableDate]) -> str:
    """L3 may be fillable from L1; else the gaps say what lacks."""
    owed = {row.game_date for row in lacking}
    for table in site.tables:
        is_before = FILLED[table.name].is_added_to
        if is_before and owed & {row.game_date for row in table.of_class("fillable")}:
            return f"phase4 run {span(lacking)} --tables all"
    return f"phase4 gaps {span(lacking)}"
