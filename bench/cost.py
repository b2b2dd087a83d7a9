"""`python -m bench.cost`: what a run costs, from its own counts and list prices.

Counted by a run on the laptop cloud: statements, jobs, bytes read through Storage Read, seconds of
tasks and of the validator. Computed: the bytes billed for statements (billing.py). The prices and
what is assumed of the machines are in prices.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import chain
from bench.billing import Sizes, Texts, calls_of
from phase4.runs.usage import Usage
from phase4.tables.cost_model import staffing
from sample.league import sample_league

PRICES: dict[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text())
TIB = 2**40
CASES = {"reference case": (2, "2024-10-01"), "five seasons": (5, "2021-10-01")}
# As many tasks as a full wave has with the defaults of an environment.
TASKS = staffing().most_tasks
VALIDATION = ("validation_context", "date_figures", "row_findings")
# What is asked once, when the run has ended.
AT_THE_END = ("source_findings", "training_figures")


@dataclass(frozen=True)
class Cost:
    """What one run used and what that costs at list price in dollars."""

    what: str
    dates: int
    tasks: int
    query_bytes: int
    read_bytes: int
    task_seconds: float
    dollars: dict[str, float]


def query_bytes(usage: Usage, calls: Mapping[str, int], sizes: Sizes, texts: Texts) -> int:
    """Bytes billed for all statements of a run, from how often each was asked."""
    tasks, validator = usage["tasks"], usage["validator"]
    routines = {
        **calls,
        **dict.fromkeys(VALIDATION, validator["snapshots"]),
        **dict.fromkeys(AT_THE_END, 1),
    }
    total = sum(
        count * sizes.billed(texts, texts.routines[name]) for name, count in routines.items()
    )
    # A task asks for its shard once; all its other statements ask whether it may go on.
    total += tasks["attempts"] * sizes.billed(texts, texts.query("shard"))
    looks = tasks["queries"] - tasks["attempts"]
    total += looks * sizes.billed(texts, texts.routines["run_breaker"])
    # The others look whether a checkpoint is due, or at the alerts of the range.
    others = validator["queries"] - len(VALIDATION) * validator["snapshots"] - len(AT_THE_END)
    return int(total + others * sizes.billed(texts, texts.routines["checkpoint_due"]))


def dollars(usage: Usage, billed: int) -> dict[str, float]:
    """What a run costs by list price; a task is billed for a minute at least."""
    tasks, validator = usage["tasks"], usage["validator"]
    assumed = PRICES["assumed"]
    attempts, job = tasks["attempts"], PRICES["job"]
    seconds = attempts * max(job["least_seconds"], tasks["seconds"] / max(attempts, 1))
    function = PRICES["function"]
    messages = attempts + validator["snapshots"]
    volume = messages * assumed["bytes_per_message"] / TIB
    steps = usage["workflow"]["queries"] * assumed["steps_per_statement"]
    return {
        "statements": billed / TIB * PRICES["bigquery"]["query_per_tib"],
        "Storage Read": tasks["bytes_read"] / TIB * PRICES["bigquery"]["storage_read_per_tib"],
        "tasks": seconds * job_second(),
        "validator": validator["seconds"] * _second(function, assumed["function"])
        + validator["snapshots"] * function["per_million_requests"] / 1e6,
        "workflow steps": steps * PRICES["workflows"]["per_thousand_steps"] / 1000,
        # Published, pushed to the validator, written to the audit trail: all at their dearest.
        "events": volume
        * (2 * PRICES["pubsub"]["per_tib"] + PRICES["pubsub"]["bigquery_subscription_per_tib"]),
    }


def costs() -> Iterator[Cost]:
    """The cost of each case, each of them run once on a laptop cloud of its own."""
    texts = Texts()
    for what, (seasons, first) in CASES.items():
        with chain.a_cloud(seasons, 1) as bench:
            _, execution = bench.run(start_date=first, end_date=chain.LAST, tasks=TASKS)
            summary = execution.summary
            (counted,) = bench.warehouse.query(
                f"SELECT COUNT(*) AS n FROM `{bench.cloud.settings.target_table}`"
            )
            calls = calls_of(bench.warehouse.client.list_jobs(all_users=True), summary["run_id"])
        usage = summary["usage"]
        sizes = Sizes.of(sample_league(seasons), counted["n"])
        billed = query_bytes(usage, calls, sizes, texts)
        yield Cost(
            what=what,
            dates=summary["plan"]["planned_dates"],
            tasks=usage["tasks"]["attempts"],
            query_bytes=billed,
            read_bytes=usage["tasks"]["bytes_read"],
            task_seconds=usage["tasks"]["seconds"],
            dollars=dollars(usage, billed),
        )


def earlier_system() -> dict[str, Any]:
    """What is known of the earlier system, in the form of a cost; its machine is not known."""
    known = PRICES["earlier_system"]
    price = PRICES["bigquery"]["query_per_tib"]
    return {
        "what": "earlier system",
        "dates": known["dates"],
        "tasks": None,
        "query_bytes": known["bytes"],
        "read_bytes": None,
        "task_seconds": known["dates"] * known["seconds_per_date"],
        "dollars": {"statements": known["bytes"] / TIB * price},
    }


def section(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of the chapter in results.md, from `Cost`s as dictionaries."""
    rows = [*figures, earlier_system()]
    parts = list(figures[0]["dollars"])
    return [
        "",
        "## What a run costs",
        "",
        "Counted by a run on the laptop cloud: dates, tasks, bytes of Storage Read (as Arrow), task"
        " seconds. Computed: the bytes billed for statements, an upper estimate from rows and"
        " column widths, every table whole and at least 10 MiB per table and statement. Load jobs"
        " are free; a task is billed for 60 s at least; a statement of the workflow is"
        f" {PRICES['assumed']['steps_per_statement']} steps, as counted once on the laptop. Of the"
        " earlier system only bytes and seconds per date are known; its machine is not priced.",
        "",
        f"Prices as of {PRICES['as_of']}: {PRICES['source']}.",
        "",
        "| | " + " | ".join(row["what"] for row in rows) + " |",
        "|---|" + "---:|" * len(rows),
        _line("dates filled", rows, lambda row: f"{row['dates']:,}"),
        _line("tasks", rows, lambda row: "-" if row["tasks"] is None else f"{row['tasks']:,}"),
        _line("bytes of statements", rows, lambda row: _size(row["query_bytes"])),
        _line("bytes of Storage Read", rows, lambda row: _size(row["read_bytes"])),
        _line("bytes per date", rows, lambda row: _size(_bytes(row) / row["dates"])),
        _line(
            "task seconds (earlier system: elapsed)",
            rows,
            lambda row: f"{row['task_seconds']:,.0f}",
        ),
        _line("task seconds per date", rows, lambda row: f"{_per_date(row, 'task_seconds'):.2f}"),
        *(_line(f"$ {part}", rows, partial(_dollars, part)) for part in parts),
        _line("$ in all", rows, lambda row: f"{sum(row['dollars'].values()):.4f}"),
        _line("$ per date", rows, lambda row: f"{sum(row['dollars'].values()) / row['dates']:.6f}"),
    ]


def _line(
    what: str, rows: Sequence[Mapping[str, Any]], cell: Callable[[Mapping[str, Any]], str]
) -> str:
    return f"| {what} | " + " | ".join(cell(row) for row in rows) + " |"


def _bytes(row: Mapping[str, Any]) -> int:
    return int(row["query_bytes"] + (row["read_bytes"] or 0))


def _per_date(row: Mapping[str, Any], figure: str) -> float:
    return float(row[figure] / row["dates"])


def _dollars(part: str, row: Mapping[str, Any]) -> str:
    return f"{row['dollars'][part]:.4f}" if part in row["dollars"] else "-"


def _size(count: float | None) -> str:
    if count is None:
        return "-"
    return f"{count / 1e9:,.2f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def job_second() -> float:
    """Dollars of a second of a task."""
    return _second(PRICES["job"], PRICES["assumed"]["job"])


def _second(price: Mapping[str, float], size: Mapping[str, float]) -> float:
    return price["vcpu_second"] * size["vcpu"] + price["gib_second"] * size["gib"]


def main() -> None:
    """Print one JSON line per case."""
    for cost in costs():
        print(json.dumps(asdict(cost)), flush=True)


if __name__ == "__main__":
    main()
