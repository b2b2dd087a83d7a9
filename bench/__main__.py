"""`python -m bench`: measures everything in one go and writes results.md and results.svg."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from xml.sax.saxutils import escape

import typer

from bench import cost

HERE = Path(__file__).parent
TARGETS = {
    "234 dates, canary and five waves": 20.0,
    "nothing to do": 3.0,
    "one date": 4.0,
    "job": 3.0,
}
ROW_HEIGHT, LABEL_WIDTH, BAR_WIDTH = 22, 330, 420


def main(
    runs: Annotated[int, typer.Option(help="Runs per figure; the median counts.")] = 3,
) -> None:
    """Measure, print, and write the results."""
    computing = _measure("bench.compute", "--runs", str(runs))
    chain = _measure("bench.chain", "--runs", str(runs))
    costs = _measure("bench.cost")
    (HERE / "results.md").write_text(
        _page(computing, chain, runs) + "\n".join(cost.section(costs)) + "\n"
    )
    (HERE / "results.svg").write_text(_picture(chain))


def _measure(module: str, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", module, *arguments]
    figures = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - piped above
        for line in process.stdout:
            sys.stdout.write(line)
            figures.append(json.loads(line))
    if process.returncode:
        sys.exit(f"{module} failed with {process.returncode}")
    return figures


def _page(computing: Sequence[Any], chain: Sequence[Any], runs: int) -> str:
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    lines = [
        "# Measured",
        "",
        f"Medians of {runs} runs in one go on {datetime.now(UTC):%Y-%m-%d}; {machine},"
        f" Python {platform.python_version()}. `make bench` writes this page.",
        "",
        "![seconds per step](results.svg)",
        "",
        "## Computing alone",
        "",
        "`limit` is one hand-written DuckDB statement over the whole table with nothing around it.",
        "",
        "| what | dates | rows | seconds (median) | best | peak MB |",
        "|---|---|---|---|---|---|",
        *(
            f"| {f['what']} | {f['dates']:,} | {f['rows']:,} | {f['seconds']:.2f} |"
            f" {f['best']:.2f} | {f['peak_mb']:,} |"
            for f in computing
        ),
        "",
        "## The chain on the laptop cloud",
        "",
        "| group | what | seconds (median) | all runs | target |",
        "|---|---|---|---|---|",
        *(_chain_row(figure) for figure in chain),
    ]
    return "\n".join(lines) + "\n"


def _chain_row(figure: dict[str, Any]) -> str:
    target = TARGETS.get(figure["what"])
    every = ", ".join(f"{seconds:.2f}" for seconds in figure["seconds"])
    return (
        f"| {figure['group']} | {figure['what']} | {figure['median']:.2f} | {every} |"
        f" {'' if target is None else f'{target:g}'} |"
    )


def _picture(chain: Sequence[dict[str, Any]]) -> str:
    longest = max(figure["median"] for figure in chain)
    height = ROW_HEIGHT * len(chain) + 16
    rows = [_bar(index, figure, longest) for index, figure in enumerate(chain)]
    width = LABEL_WIDTH + BAR_WIDTH + 80
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img" aria-label="seconds per step"'
        ' font-family="system-ui, sans-serif" font-size="13">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def _bar(index: int, figure: dict[str, Any], longest: float) -> str:
    top = 8 + index * ROW_HEIGHT
    width = max(2, round(BAR_WIDTH * figure["median"] / longest))
    label = escape(f"{figure['group']}: {figure['what']}")
    return (
        f'<text x="{LABEL_WIDTH - 8}" y="{top + 15}" text-anchor="end" fill="#222">{label}</text>'
        f'<rect x="{LABEL_WIDTH}" y="{top + 3}" width="{width}" height="{ROW_HEIGHT - 7}"'
        ' rx="2" fill="#1d5fa8"/>'
        f'<text x="{LABEL_WIDTH + width + 6}" y="{top + 15}" fill="#222">'
        f"{figure['median']:.2f} s</text>"
    )


if __name__ == "__main__":
    typer.run(main)
