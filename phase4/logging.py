"""Structured log lines: one JSON object per line on stdout, as Cloud Logging reads them."""

from __future__ import annotations

import json
import sys
from typing import Literal

Severity = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LABELS = "logging.googleapis.com/labels"


def log(severity: Severity, message: str, *, labels: dict[str, str], **fields: object) -> None:
    """Writes one line; `labels` are indexed by Cloud Logging, `fields` land in the payload."""
    line = {"severity": severity, "message": message, LABELS: labels, **fields}
    print(json.dumps(line, default=str), file=sys.stdout, flush=True)
