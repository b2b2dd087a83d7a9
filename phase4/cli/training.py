"""`phase4 training …`: what models train on, how much of it is real, and as files."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phase4.cli import terminal
from phase4.cli.options import (
    RUN_OR_LAST,
    AsJson,
    EndDate,
    StartDate,
    check_range,
    parse_moment,
)
from phase4.errors import NotThere, WrongInput
from phase4.tables.calendar import season_name
from phase4.tables.headline import Share

if TYPE_CHECKING:
    from phase4.training.export import Exported
    from phase4.training.shares import Counts, FeatureShare, TrainingShares

training = typer.Typer(help="What models train on.", no_args_is_help=True)


@training.callback()
def group() -> None:
    """What models train on."""


@training.command()
def summary(
    run_id: Annotated[
        str | None,
        typer.Argument(help=RUN_OR_LAST, metavar="RUN"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say of each season and feature how much is real, defaulted or absent, now and before a run.

    A run is asked about its range. Before is as the tables were when it started; without that, once
    they do not keep it any more, only the present is shown.

    Example: phase4 training summary

    Example: phase4 training summary 2908d672-2fd2-4a83-beb4-0381f98b99ed --json
    """
    from phase4.cli.open_warehouse import open_warehouse
    from phase4.cloud.settings import Settings
    from phase4.runs.run import last_run, run_of, whole_id
    from phase4.runs.training import training_of

    warehouse = open_warehouse(Settings.from_environment())
    run = run_of(warehouse, whole_id(warehouse, run_id) if run_id else last_run(warehouse))
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


@training.command()
def export(
    start_date: StartDate,
    end_date: EndDate,
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_moment, metavar="MOMENT", help="The tables as they were, UTC (now)."
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            help="The tables as they were when this run started; its id, or how it begins.",
            metavar="RUN",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the training set as Parquet, a file per season, through the Storage Read API.

    The metadata of a file say which range, moment, runs and versions it is from. The same moment
    gives the same bytes.

    Example: phase4 training export --start-date 2024-10-01 --end-date 2026-01-02 --out after

    Example: phase4 training export --start-date 2024-10-01 --end-date 2026-01-02 --out before
    --before 2908d672-2fd2-4a83-beb4-0381f98b99ed
    """
    from phase4.cli.open_warehouse import open_warehouse
    from phase4.cloud.settings import Settings
    from phase4.runs.run import run_of, whole_id
    from phase4.training.export import export

    check_range(start_date, end_date)
    if as_of and before:
        raise WrongInput("--as-of and --before both name a moment: give one of them")
    warehouse = open_warehouse(Settings.from_environment())
    run = run_of(warehouse, whole_id(warehouse, before)) if before else None
    moment = run.row.started_at if run else as_of
    made = export(warehouse, start_date, end_date, out, moment, _tell)
    if as_json:
        terminal.print_json([{**asdict(each), "path": str(each.path)} for each in made])


@training.command()
def evaluate(
    folder: Annotated[
        Path, typer.Argument(help="Folder of an export.", metavar="DIR", file_okay=False)
    ],
    before: Annotated[
        Path | None,
        typer.Option(
            help="Folder of an export of the same range before a backfill.", file_okay=False
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Page to write.", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Judge what the L4 factors are worth to a model of points, on games later than it has seen.

    Split by date: 60 % of the rows to learn from, 20 % to stop by, 20 % to be judged on. Needs the
    extra `phase4[training]`; asks no service.

    Example: phase4 training evaluate after --before before --out evaluation.html
    """
    from phase4.evaluation import evaluate, html

    made = evaluate(folder, before)
    if out is not None:
        terminal.write(out, html(made))
    if as_json:
        terminal.print_json({**asdict(made), "verdict": made.verdict})
        return
    console = terminal.results()
    shown = terminal.table("model", "MAE", "RMSE", "within 3", "within 5")
    for each in made.judged:
        scores = each.scores
        shown.add_row(
            each.name, f"{scores.mae.value:.3f}", f"{scores.rmse.value:.3f}",
            terminal.percent(scores.within_3_pct.value),
            terminal.percent(scores.within_5_pct.value),
        )  # fmt: skip
    console.print(shown)
    console.print(made.verdict, soft_wrap=True)


def _tell(made: Exported) -> None:
    share = Share(made.real_rows, made.rows)
    terminal.notes().print(
        f"{made.path}: {terminal.number(made.rows)} rows,"
        f" {terminal.percent(share.pct, made.rows, made.real_rows)} with every factor real,"
        f" {terminal.size(made.bytes)}, {terminal.duration(made.seconds)}",
        soft_wrap=True,
    )
    for run in made.runs_at_work:
        terminal.notes().print(
            f"  run {run} was at work on it: what it had not written yet is as before it",
            soft_wrap=True,
        )


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
        console.print(_table(f"season {season_name(season)}", own))
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
