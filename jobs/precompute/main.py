"""Entry point of a Cloud Run task: fills the dates of one shard.

Exit codes: 0 every date is in the table as computed, 1 a date failed (its outcome says why),
2 the task was started wrongly.
"""

from __future__ import annotations

import sys

from phase4.filling.shard import run_task


def main() -> int:
    """Runs the task that the environment describes; returns the exit code."""
    return run_task()


if __name__ == "__main__":
    sys.exit(main())
