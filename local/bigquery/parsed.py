"""Each statement is parsed once: the emulator's rewriters parse the same text again and again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlglot

REMEMBERED = 512


def install() -> None:
    """Gives callers of `sqlglot.parse_one` a copy of the remembered tree, theirs to change."""
    parse = sqlglot.parse_one

    @lru_cache(maxsize=REMEMBERED)
    def remembered(sql: str, options: tuple[tuple[str, Any], ...]) -> Any:
        return parse(sql, **dict(options))

    def parse_one(sql: str, **options: Any) -> Any:
        try:
            key = tuple(sorted(options.items()))
            return remembered(sql, key).copy()
        except TypeError:
            return parse(sql, **options)

    vars(sqlglot)["parse_one"] = parse_one
