"""How long this process has lived."""

from __future__ import annotations

import os
import time
from pathlib import Path

IMPORTED = time.monotonic()
START_TIME = 19  # of the fields after the process's name, which may hold blanks


def seconds_alive() -> float:
    """Seconds since the kernel started this process, interpreter and imports included.

    Where there is no /proc: since this module was imported.
    """
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return time.monotonic() - IMPORTED
    ticks = os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[START_TIME]) / ticks
