"""`phase4 undo`: put the dates of a run back as they were before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from phase4.cli import person, terminal
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson, RunId, parse_day
from phase4.cli.site_request import request_site
from phase4.cloud.settings import Settings

if TYPE_CHECKING:
    from phase4.runs.undo_plan import Undo
    from phase4.runs.undo_run import Undone


def undo(
    run_id: RunId,
    dates: Annotated[
        list[date] | None,
        typer.Option(
            "--date", help="Only this date; repeatable.", parser=parse_day, metavar="YYYY-MM-DD"
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be put back, write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put back what a run wrote, as it was before it (within the time-travel window).

    Refuses when a later run wrote one of the dates, when rows were changed since, or when a run
    is at work on them. The undo is on record as a run of its own.

    Example: phase4 undo 2908d672-2fd2-4a83-beb4-0381f98b99ed --dry-run
    """
    from phase4.runs.run import whole_id
    from phase4.runs.undo_plan import assess
    from phase4.runs.undo_run import carry_out

    warehouse = open_warehouse(Settings.from_environment())
    run_id = whole_id(warehouse, run_id)
    if dry_run:
        _preview(assess(warehouse, run_id, dates or ()), dates or (), as_json=as_json)
        return
    undone = carry_out(warehouse, run_id, person.name(), dates or ())
    if line := request_site(warehouse.settings, undone.undo_id, *undone.span):
        terminal.notes().print(line, soft_wrap=True)
    _report(run_id, undone, as_json=as_json)


def _preview(undo: Undo, named: Sequence[date], *, as_json: bool) -> None:
    rows = [
        {
            "game_date": each.game_date,
            "rows_now": each.now.rows,
            "rows_before": each.before.rows,
            "rows_changed": each.before.changed_from(each.now),
        }
        for each in undo.restorations
    ]
    if as_json:
        terminal.print_json({"run_id": undo.run.run_id, "as_of": undo.at, "dates": rows})
        return
    for each in undo.others:
        terminal.results().print(
            f"{each.game_date}: {each.rows_changed} rows would go from {each.table_name}"
        )
    made = terminal.table("date", "rows now", "rows then", "differ")
    for row in rows:
        made.add_row(*(str(value) for value in row.values()))
    console = terminal.results()
    console.print(made)
    only = "".join(f" --date {day}" for day in named)
    console.print(
        f"{len(rows)} dates would be put back as of {terminal.moment(undo.at)} UTC\n"
        f"  next  phase4 undo {undo.run.run_id}{only}",
        soft_wrap=True,
    )


def _report(run_id: str, undone: Undone, *, as_json: bool) -> None:
    failed = undone.failures
    done = len(undone.dates) - len(failed)
    if as_json:
        terminal.print_json(
            {
                "undo_id": undone.undo_id,
                "run_id": run_id,
                "dates": done,
                "rows_restored": undone.rows_restored,
                "rows_taken_back": undone.rows_taken_back,
                "failed": {str(day): why for day, why in failed.items()},
            }
        )
    else:
        first, last = undone.span
        gone = (
            f", {undone.rows_taken_back:,} rows of other tables taken back" if undone.taken else ""
        )
        terminal.results().print(
            f"{done} of {len(undone.dates)} dates put back, {undone.rows_restored:,} rows{gone};"
            f" on record as {undone.undo_id}\n"
            f"  next  phase4 validate --start-date {first} --end-date {last}",
            soft_wrap=True,
        )
    for day, why in failed.items():
        terminal.notes().print(f"phase4: {day} was not put back: {why}", style="red")
    if failed:
        raise typer.Exit(1)
