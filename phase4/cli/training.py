"""`phase4 training …`: what models train on, how much of it is real, and as files."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phase4.cli import terminal
from phase4.cli.options import AsJson

if TYPE_CHECKING:
    from phase4.training.shares import Counts, FeatureShare, TrainingShares

training = typer.Typer(help="What models train on.", no_args_is_help=True)


@training.callback()
def group() -> None:
    """What models train on."""


@training.command()
def summary(
    run_id: Annotated[
        str | None,
        typer.Argument(help="Id of a run; without it, the last backfill.", metavar="RUN"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say of each season and feature how much is real, defaulted or absent, now and before a run.

    A run is asked about its range. Before is as the tables were when it started; without that, once
    they do not keep it any more, only the present is shown.

    Example: phase4 training summary

    Example: phase4 training summary 2908d672-2fd2-4a83-beb4-0381f98b99ed --json
    """
    from phase4.cloud.settings import Settings
    from phase4.cloud.warehouse import Caller, Warehouse
    from phase4.errors import NotThere
    from phase4.runs.run import last_run, run_of
    from phase4.runs.training import training_of

    warehouse = Warehouse(Settings.from_environment(), Caller("command-line"))
    run = run_of(warehouse, run_id or last_run(warehouse))
    found = training_of(warehouse, run)
    if found is None:
        raise NotThere(
            f"what run {run.run_id} left is not kept any more: `phase4 training summary` shows the"
            " last one"
        )
    if as_json:
        terminal.print_json(_document(found))
    else:
        _show(found)


def _document(found: TrainingShares) -> dict[str, Any]:
    return {**asdict(found), "overall": [asdict(share) for share in found.overall]}


def _show(found: TrainingShares) -> None:
    console = terminal.results()
    past = "not known" if found.before_at is None else f"{terminal.moment(found.before_at)} UTC"
    console.print(
        f"training set of {found.start_date} … {found.end_date}; before: {past}", soft_wrap=True
    )
    seasons = sorted({share.season_year for share in found.features if share.season_year})
    for season in seasons:
        own = [share for share in found.features if share.season_year == season]
        console.print(_table(f"season {season}-{(season + 1) % 100:02}", own))
    if len(seasons) != 1:
        console.print(_table("all seasons", found.overall))


def _table(title: str, shares: list[FeatureShare]) -> Any:
    made = terminal.table("feature", "real before", "real now", "defaulted", "absent", title=title)
    for share in shares:
        now = share.now
        made.add_row(
            share.feature, _real(share.before), _real(now), terminal.number(now.defaulted),
            terminal.number(now.absent),
        )  # fmt: skip
    return made


def _real(counts: Counts | None) -> str:
    if counts is None:
        return "unknown"
    return terminal.percent(counts.real_share.pct, counts.total, counts.real)
