"""What a job may be asked for: its id, its dispositions, and what is not done here, by name."""

from __future__ import annotations

import re
from typing import Any

from .errors import BigQueryError

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,1024}")
_WRITE = ("WRITE_APPEND", "WRITE_EMPTY", "WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA")
_VALUES = {
    "createDisposition": ("CREATE_IF_NEEDED", "CREATE_NEVER"),
    "writeDisposition": _WRITE,
    "sourceFormat": (
        *("AVRO", "CSV", "DATASTORE_BACKUP", "GOOGLE_SHEETS", "NEWLINE_DELIMITED_JSON"),
        *("ORC", "PARQUET"),
    ),
}
# What would be left undone without a word.
_NOT_HERE = {
    "load": (
        *("clustering", "decimalTargetTypes", "hivePartitioningOptions", "ignoreUnknownValues"),
        *("rangePartitioning", "schemaUpdateOptions", "timePartitioning"),
    ),
    "query": (
        *("clustering", "connectionProperties", "createSession", "rangePartitioning"),
        *("schemaUpdateOptions", "tableDefinitions", "timePartitioning"),
        "userDefinedFunctionResources",
    ),
}


def check_job_id(job_id: str) -> None:
    """BigQueryError for an id that no job can have."""
    if not _JOB_ID.fullmatch(job_id):
        raise BigQueryError(
            "invalid",
            f'Invalid job ID "{job_id}". Job IDs must be alphanumeric (plus underscores and dashes)'
            " and must be at most 1024 characters long.",
        )


def check(kind: str, config: dict[str, Any]) -> None:
    """BigQueryError for a configuration with values that are none, or with what is not done here.

    `kind` is load or query.
    """
    for name, known in _VALUES.items():
        value = config.get(name) or known[0]
        if value not in known:
            raise BigQueryError(
                "invalid", f"Invalid value for {name}: {value} is not a valid value"
            )
    if undone := [name for name in _NOT_HERE[kind] if config.get(name)]:
        raise BigQueryError("notImplemented", f"{undone[0]} of a {kind} is not supported here")
    if kind == "load" and not (config.get("destinationTable") or {}).get("tableId"):
        raise BigQueryError("invalid", "Required parameter is missing: destinationTable")
