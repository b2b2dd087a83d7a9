"""`python -m sample.league --out DIR [--seasons N]` writes the sample league as Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sample.league.files import write_league
from sample.league.sample import sample_league


def main(
    out: Annotated[Path, typer.Option(help="Folder for the Parquet files.")],
    seasons: Annotated[int, typer.Option(min=2, max=40, help="Seasons up to 2025-26.")] = 2,
    exhibitions: Annotated[bool, typer.Option(help="Preseason and All-Star games too.")] = False,
) -> None:
    """Write the sample league."""
    league = sample_league(seasons, exhibitions=exhibitions)
    write_league(league, out)
    for name, table in league.tables():
        typer.echo(f"{out / name}.parquet: {table.num_rows:,} rows")


if __name__ == "__main__":
    typer.run(main)
