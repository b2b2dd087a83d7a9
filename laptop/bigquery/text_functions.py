"""Functions of texts and lists that DuckDB has by the same name, and counts or cuts otherwise."""

from __future__ import annotations

import re

from sqlglot import exp

from .macros import call

# What Unicode calls white space; DuckDB trims blanks alone.
_WHITE = (
    "\t\n\v\f\r \x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + ("\u2028\u2029\u202f\u205f\u3000")
)

_NOT_COUNTED = (
    "INSTR with an occurrence and a position that is no positive number: the local BigQuery counts"
    " occurrences from the front alone"
)
_NO_ZONE = (
    "PARSE_TIMESTAMP with a zone: the local BigQuery reads UTC alone; read it by TIMESTAMP(…)"
)
_NO_OFFSET = "STRING with a zone: the local BigQuery writes no offset; FORMAT_TIMESTAMP writes one"
_NO_COUNTS = (
    "APPROX_TOP_COUNT: the local BigQuery has the values without their counts; count and order them"
)
_SEVERAL_GROUPS = (
    "Regular expressions passed into extraction functions must not have more than 1 capturing group"
)

FUNCTIONS = {
    "first_place(a, b)": "CASE WHEN b = 0 OR b < -length(a) THEN 1 ELSE b END",
    "first_match(a, b)": "CASE WHEN regexp_matches(a, b) THEN regexp_extract(a, b) END",
    "last_place(a, b)": """
CASE strpos(reverse(a), reverse(b))
  WHEN 0 THEN 0
  ELSE length(a) - strpos(reverse(a), reverse(b)) - length(b) + 2
END
""",
    "place_of(a, b, c)": """
CASE
  WHEN c = 0 THEN error('Position must be non-zero')
  WHEN c < -length(a) THEN 0
  WHEN c < 0 THEN last_place(substr(a, 1, length(a) + c + length(b)), b)
  WHEN strpos(substr(a, c), b) = 0 THEN 0
  ELSE strpos(substr(a, c), b) + c - 1
END
""",
    "place_in_list(a)": "CASE WHEN a < 0 THEN a ELSE a + 1 END",
}
KINDS = (exp.Substring, exp.Trim, exp.StrPosition, exp.RegexpExtract, exp.ArraySlice)
NAMES = r"\b(?:SUBSTR(?:ING)?|[LR]?TRIM|INSTR|REGEXP_(?:EXTRACT|SUBSTR)|ARRAY_SLICE)\s*\("


def counted(node: exp.Expr) -> exp.Expr | None:
    """The same as DuckDB has to read it; None where it may stay."""
    made = node.copy()
    if isinstance(node, exp.Substring):
        start = made.args.get("start")
        if start is None or _is_positive(start):
            return None
        made.set("start", call("first_place", node.this.copy(), start))
    elif isinstance(node, exp.Trim):
        if node.args.get("expression") is not None:
            return None
        made.set("expression", exp.Literal.string(_WHITE))
    elif isinstance(node, exp.StrPosition):
        place = made.args.get("position")
        if place is None or _is_positive(place):
            return None
        return call("place_of", made.this, made.args["substr"], place)
    elif isinstance(node, exp.RegexpExtract):
        # A group that took no part and one that is empty are one to DuckDB.
        if groups(node) != 0 or node.args.get("position") is not None:
            return None
        return call("first_match", made.this, made.expression)
    elif isinstance(node, exp.ArraySlice):
        for name in ("start", "end"):
            made.set(name, call("place_in_list", made.args[name]))
    return made


def refused(node: exp.Expr) -> str:
    """What is said of a function that is not as it has to be, or not answered here."""
    if isinstance(node, exp.StrPosition):
        place = node.args.get("position")
        counted_back = node.args.get("occurrence") is not None and not _is_positive(place)
        return _NOT_COUNTED if counted_back else ""
    if isinstance(node, exp.StrToTime) and node.args.get("zone") is not None:
        return _NO_ZONE
    if isinstance(node, exp.String) and node.args.get("zone") is not None:
        return _NO_OFFSET
    if isinstance(node, exp.ApproxTopK):
        return _NO_COUNTS
    extracts = isinstance(node, exp.RegexpExtract | exp.RegexpExtractAll)
    return _SEVERAL_GROUPS if extracts and (groups(node) or 0) > 1 else ""


def groups(node: exp.Expr) -> int | None:
    """How many groups a pattern has that is written out; None of another one."""
    pattern = node.expression
    if not isinstance(pattern, exp.Literal | exp.RawString):
        return None
    try:
        return re.compile(pattern.this).groups
    except re.error:
        return None


def _is_positive(place: exp.Expr | None) -> bool:
    """Whether it is a positive number, or one that is added to what cannot be negative."""
    if isinstance(place, exp.Add):
        sides = (place.this, place.expression)
        return any(map(_is_positive, sides)) and all(map(_is_counted, sides))
    return isinstance(place, exp.Literal) and place.is_int and int(place.this) > 0


def _is_counted(place: exp.Expr) -> bool:
    return isinstance(place, exp.Length | exp.StrPosition) or _is_positive(place)
