"""What the parser reads in another dialect's spelling, and hands on as if GoogleSQL had it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import Token, TokenType
from sqlglot.dialects.bigquery import BigQuery

_END = "Expected end of input but got"
# By the text, as the tree no longer says how it was written.
_SPELLINGS = {
    "==": 'Unexpected "="',
    "<=>": 'Unexpected ">"',
    "%": f'{_END} "%"',
    "->>": f'{_END} "->"',
}
_AFTER_A_STAR = frozenset({"EXCLUDE", "RENAME"})
_DATE_PARTS = frozenset(
    {
        *("MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAYOFWEEK", "DAY"),
        *("DAYOFYEAR", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR", "ISOYEAR", "DATE", "TIME"),
    }
)
_WRITING = frozenset({"FORMAT_DATE", "FORMAT_DATETIME", "FORMAT_TIME", "FORMAT_TIMESTAMP"})
# Blanks, offsets and fractions that DuckDB writes otherwise, or leaves as they stand there.
_NOT_WRITTEN = re.compile(r"%(?:%|(?P<element>[ecz]|E[*#0-57-9]S))")
_QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.RAW_STRING})


def refused_spelling(sql: str) -> str:
    """What BigQuery says of a text that only another dialect writes so; '' of all others."""
    tokens = BigQuery().tokenize(sql)
    for at, token in enumerate(tokens):
        sentence = "" if token.token_type in _QUOTED else _refused(tokens[at : at + 4])
        if sentence:
            return sentence
    return ""


def _refused(tokens: Sequence[Token]) -> str:
    """What is said of the first of these tokens and those behind it."""
    words = [token.text.upper() for token in tokens]
    word, following = words[0], words[1:]
    found = _SPELLINGS.get(word, "")
    if word == "->" and tokens[1].token_type is TokenType.STRING:
        found = f'{_END} "->"'
    elif word == "*" and following and following[0] in _AFTER_A_STAR:
        found = f"{_END} keyword {following[0]}"
    elif word == "LIMIT" and following[1:2] == [","]:
        found = f'{_END} ","'
    elif tokens[0].token_type is TokenType.NUMBER and _touches_a_name(*tokens[:2]):
        found = "Missing whitespace between literal and alias"
    elif word in _WRITING and len(tokens) > 2 and tokens[2].token_type in _QUOTED:
        elements = (one["element"] for one in _NOT_WRITTEN.finditer(tokens[2].text))
        element = next(filter(None, elements), "")
        return f"{word} with %{element}: the local BigQuery does not write it" if element else ""
    elif word == "TRY_CAST" and following[:1] == ["("]:
        return f"Function not found: {tokens[0].text}"
    elif word == "EXTRACT" and following[:1] == ["("] and following[2:] == ["FROM"]:
        known = following[1] in _DATE_PARTS
        part = tokens[2].text
        return "" if known else f"A valid date part name is required but found {part}"
    return f"Syntax error: {found}" if found else ""


def _touches_a_name(number: Token, behind: Token | None = None) -> bool:
    if behind is None or behind.token_type is not TokenType.VAR:
        return False
    return bool(behind.start == number.end + 1)
