"""Moments of time travel, kept apart from the text of a query.

A text with another moment each time would be read and translated anew each time. What is remembered
of a query whose moments are numbered holds at any moment.
"""

from __future__ import annotations

import datetime as dt
import re
from contextvars import ContextVar

from .dialect import outside_strings

_GIVEN = (
    r"(?P<before>\bFOR\s+SYSTEM_TIME\s+AS\s+OF\s+)"
    r"(?:TIMESTAMP\s*(?P<quote>['\"])(?P<moment>[^'\"\\]+)(?P=quote)"
    r"|CAST\(\"(?P<bound>[^'\"\\]+)\" AS TIMESTAMP\))"
)
# Long before any table was made: no query can ask for such a moment and be answered.
_FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_MOMENTS: ContextVar[tuple[dt.datetime, ...]] = ContextVar("moments", default=())


def numbered(sql: str) -> str:
    """A query with a number in place of each moment; `given` knows the moments of the last one."""
    moments: list[dt.datetime] = []
    if "SYSTEM_TIME" not in sql.upper():
        return sql

    def put(match: re.Match[str]) -> str:
        try:
            moment = dt.datetime.fromisoformat(match["moment"] or match["bound"])
        except ValueError:
            return match[0]
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        if moment not in moments:
            moments.append(moment)
        number = _FIRST + dt.timedelta(microseconds=1 + moments.index(moment))
        return f"{match['before']}TIMESTAMP '{number.isoformat()}'"

    text = outside_strings(_GIVEN, put, sql)
    _MOMENTS.set(tuple(moments))
    return text


def given(moment: dt.datetime) -> dt.datetime:
    """The moment that a number stands for; any other moment is itself."""
    number = (moment - _FIRST) // dt.timedelta(microseconds=1)
    moments = _MOMENTS.get()
    return moments[number - 1] if 1 <= number <= len(moments) else moment
