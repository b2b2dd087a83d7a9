"""How long a process has lived."""

from __future__ import annotations

import subprocess
import sys
import time

PROGRAM = """import time; time.sleep(0.5)
from phase4.filling.clock import seconds_alive; print(seconds_alive())"""


def test_what_came_before_the_question_is_counted() -> None:
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    passed = time.monotonic() - started
    # The kernel notes a start in hundredths of a second.
    assert 0.5 <= float(done.stdout) <= passed + 0.02
