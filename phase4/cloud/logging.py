"""Structured log lines: one JSON object per line on stdout, as Cloud Logging reads them."""

from __future__ import annotations

import json
import sys
import threading
from typing import Literal

Severity = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LABELS = "logging.googleapis.com/labels"
_ONE_AT_A_TIME = threading.Lock()


def log(severity: Severity, message: str, *, labels: dict[str, str], **fields: object) -> None:
    """Writes one line; `labels` are indexed by Cloud Logging, `fields` land in the payload."""
    line = {"severity": severity, "message": message, LABELS: labels, **fields}
    # One write under a lock: lines of several threads must not run into each other.
    with _ONE_AT_A_TIME:
        sys.stdout.write(json.dumps(line, default=str) + "\n")
        sys.stdout.flush()
