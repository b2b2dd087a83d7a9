"""results.md: every measured figure next to its target."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from bench import cost, service

TARGETS = {
    "234 dates, canary and all the rest": 20.0,
    "nothing to do": 3.0,
    "one date": 4.0,
    "fifty dates": 4.0,
    "all dates": 3.0,
}
EXPORT_TARGETS = (60, 1_000)
PEAKS = {"one season": 400, "ten seasons": 800}
LIMIT_RATIO = 1.5
Figures = Sequence[dict[str, Any]]


def page(
    computing: Figures,
    tasks: Figures,
    chain: Figures,
    exports: Figures,
    costs: Figures,
    modelled: Figures,
    runs: int,
) -> str:
    """The page; `runs` is how often each figure of the chain was measured."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    lines = [
        "# Measured",
        "",
        f"Medians of {runs} runs (computing: {max(runs, 5)}) in one go on"
        f" {datetime.now(UTC):%Y-%m-%d}; {machine}, Python {platform.python_version()}."
        " `make bench` writes this page; docs/performance.md says what the figures mean.",
        "",
        "![seconds per step](results.svg) Red: the target.",
        "",
        *_computing([one for one in computing if not one["what"].startswith("synthetic")]),
        *_growth([one for one in computing if one["what"].startswith("synthetic")]),
        *_tasks(tasks),
        *_chain(chain),
        *_exports(exports),
        *cost.section(costs),
        *service.section(modelled),
    ]
    return "\n".join(lines) + "\n"


def _computing(figures: Figures) -> list[str]:
    by_name = {one["what"]: one for one in figures}
    ratio = by_name["all dates"]["seconds"] / by_name["limit, rows"]["seconds"]
    return [
        "## Computing alone",
        "",
        "`limit` is one hand-written DuckDB statement over the whole table with nothing around it:"
        " `rows` writes texts and hash as the job does, `features` stops at the scores. All dates"
        f" take {ratio:.2f} times the limit (target {LIMIT_RATIO:g}).",
        "",
        "| what | dates | rows | seconds (median) | best | peak MB | target s |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one['what']} | {one['dates']:,} | {one['rows']:,} | {one['seconds']:.2f} |"
            f" {one['best']:.2f} | {one['peak_mb']:,} | {_target(one['what'])} |"
            for one in figures
        ),
        "",
    ]


def _growth(figures: Figures) -> list[str]:
    steps = [""] + [f"{_growth_of(*pair):.2f}" for pair in pairwise(figures)]
    first, last = figures[0], figures[-1]
    return [
        "## Twenty times the rows",
        "",
        f"Synthetic leagues. From the first line to the last the rows grow"
        f" {last['rows'] / first['rows']:.1f} times and the seconds"
        f" {last['seconds'] / first['seconds']:.1f} times. `growth` is that of the seconds over"
        " that of the rows since the line above: 1 is in step (the target), below 1 is better.",
        "",
        "| seasons | rows | seconds (median) | µs per row | growth | peak MB |",
        "|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one['what'].split()[-1]} | {one['rows']:,} | {one['seconds']:.2f} |"
            f" {1e6 * one['seconds'] / one['rows']:.1f} | {step} | {one['peak_mb']:,} |"
            for one, step in zip(figures, steps, strict=True)
        ),
        "",
    ]


def _growth_of(earlier: dict[str, Any], later: dict[str, Any]) -> float:
    return float((later["seconds"] / earlier["seconds"]) / (later["rows"] / earlier["rows"]))


def _tasks(figures: Figures) -> list[str]:
    return [
        "## A task as a fresh process",
        "",
        "From its start to its exit: interpreter, imports, reads, rows, load jobs, ledger, event.",
        "",
        "| one shard of | dates | seconds (median) | target s | peak MB | target MB |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {one['what']} | {one['dates']:,} | {one['median']:.2f} | {_target(one['what'])} |"
            f" {one['peak_mb']:,} | {PEAKS.get(one['what'], '')} |"
            for one in figures
        ),
        "",
    ]


def _exports(figures: Figures) -> list[str]:
    seconds, peak = EXPORT_TARGETS
    return [
        "",
        "## The training set as files",
        "",
        "`phase4 training export` as a fresh process, from its start to its exit.",
        "",
        "| what | rows | MB of files | seconds | target s | peak MB | target MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one['what']} | {one['rows']:,} | {one['file_mb']} | {one['median']:.1f} |"
            f" {seconds} | {one['peak_mb']:,} | {peak:,} |"
            for one in figures
        ),
    ]


def _chain(figures: Figures) -> list[str]:
    return [
        "## The chain on the laptop cloud",
        "",
        "`of which` shares out the run of the line above.",
        "",
        "| group | what | seconds (median) | all runs | target s |",
        "|---|---|---:|---|---:|",
        *(
            f"| {one['group']} | {one['what']} | {one['median']:.2f} |"
            f" {', '.join(f'{seconds:.2f}' for seconds in one['seconds'])} |"
            f" {_target(one['what'])} |"
            for one in figures
        ),
    ]


def _target(what: str) -> str:
    return f"{TARGETS[what]:g}" if what in TARGETS else ""
