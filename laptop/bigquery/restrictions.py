"""Restrictions of Storage Read that DuckDB reads as they stand."""

from __future__ import annotations

import re

# A session's restriction, as the emulator hands it to its translator.
_CONDITION = "SELECT 1 WHERE "
# A quote or a backslash says something else in one of the dialects, as do names of functions.
_TEXT = r"'[\w:.+-]*'"
_COLUMN = r"(?!(?:current|session|system)_)[a-z]\w*"
_COMPARISON = rf"(?:[<>]=?|=) {_TEXT}|BETWEEN {_TEXT} AND {_TEXT}|IN \({_TEXT}(?:, {_TEXT})*\)"
_TERM = rf"{_COLUMN} (?:{_COMPARISON})"
_PLAIN = re.compile(rf"{_CONDITION}(?:{_TERM}|\({_TERM}\)(?: OR \({_TERM}\))*)")


def is_plain(sql: str) -> bool:
    """Whether this compares columns with texts and nothing else: both dialects say it alike."""
    return _PLAIN.fullmatch(sql) is not None
