"""`python -m bench`: measures everything in one go and writes results.md and results.svg."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from xml.sax.saxutils import escape

import typer

from bench.page import TARGETS, page

HERE = Path(__file__).parent
ROW_HEIGHT, LABEL_WIDTH, BAR_WIDTH = 22, 330, 420
WHOLE, PART = "#1d5fa8", "#8fb4dc"


def main(
    runs: Annotated[int, typer.Option(help="Runs per figure; the median counts.")] = 3,
) -> None:
    """Measure, print, and write the results."""
    computing = _measure("bench.compute", "--runs", str(max(runs, 5)))
    tasks = _measure("bench.task", "--runs", str(runs))
    chain = _measure("bench.chain", "--runs", str(runs))
    exports = _measure("bench.export")
    costs = _measure("bench.cost")
    modelled = _measure("bench.service")
    text = page(computing, tasks, chain, exports, costs, modelled, runs)
    (HERE / "results.md").write_text(text)
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


def _picture(chain: Sequence[dict[str, Any]]) -> str:
    longest = max(max(one["median"], TARGETS.get(one["what"], 0)) for one in chain)
    height = ROW_HEIGHT * len(chain) + 16
    rows = [_bar(index, figure, BAR_WIDTH / longest) for index, figure in enumerate(chain)]
    width = LABEL_WIDTH + BAR_WIDTH + 110
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img" aria-label="seconds per step, and targets"'
        ' font-family="system-ui, sans-serif" font-size="13">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def _bar(index: int, figure: dict[str, Any], scale: float) -> str:
    top = 8 + index * ROW_HEIGHT
    width = max(2, round(figure["median"] * scale))
    colour = PART if figure["group"] == "of which" else WHOLE
    label = escape(f"{figure['group']}: {figure['what']}")
    target = TARGETS.get(figure["what"], 0.0)
    seconds = f"{figure['median']:.2f} s" + (f" of {target:g} s" if target else "")
    end = LABEL_WIDTH + max(width, round(target * scale))
    return (
        f'<text x="{LABEL_WIDTH - 8}" y="{top + 15}" text-anchor="end" fill="#222">{label}</text>'
        f'<rect x="{LABEL_WIDTH}" y="{top + 3}" width="{width}" height="{ROW_HEIGHT - 7}"'
        f' rx="2" fill="{colour}"/>'
        f'<text x="{end + 6}" y="{top + 15}" fill="#222">{seconds}</text>'
        + _target_mark(target, top, scale)
    )


def _target_mark(target: float, top: int, scale: float) -> str:
    if not target:
        return ""
    x = LABEL_WIDTH + round(target * scale)
    return (
        f'<line x1="{x}" x2="{x}" y1="{top + 1}" y2="{top + ROW_HEIGHT - 2}"'
        ' stroke="#b3261e" stroke-width="2"/>'
    )


if __name__ == "__main__":
    typer.run(main)
