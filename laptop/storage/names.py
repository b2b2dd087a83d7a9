"""Which names buckets and objects may have, and which labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from laptop import labels
from laptop.storage.errors import invalid

BUCKET = re.compile(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]")
# With dots it is a domain: longer, but each part as short as one without.
DOTTED = re.compile(
    r"(?=.{3,222}$)[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9][a-z0-9_-]{0,62})+"
)
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
LONGEST_OBJECT = 1024
CHALLENGE = ".well-known/acme-challenge/"


def check_bucket(name: str) -> None:
    """StorageError 400 for a name that no bucket can have."""
    fits = BUCKET.fullmatch(name) or DOTTED.fullmatch(name)
    reserved = name.startswith("goog") or "google" in name or ADDRESS.fullmatch(name)
    if not fits or reserved:
        raise invalid(f"Invalid bucket name: '{name}'")


def check_labels(given: Mapping[str, Any]) -> None:
    """StorageError 400 for a bucket with a label that no resource can have."""
    if refused := labels.problem(given.get("labels") or {}):
        raise invalid(refused)


def check_object(name: str) -> None:
    """StorageError 400 for a name that no object can have."""
    if not name:
        raise invalid("Required object name is missing")
    wrong = name in (".", "..") or name.startswith(CHALLENGE) or "\r" in name or "\n" in name
    if wrong or len(name.encode()) > LONGEST_OBJECT:
        raise invalid(f"Invalid object name: {name[:80]!r}")
