"""Escapes of string literals that name a character by its number, written as that character.

The emulator's parser knows \\n and its like; \\x41, \\u0041, \\U00000041 and \\101 it leaves alone.
"""

from __future__ import annotations

import re

_LITERAL = re.compile(
    r"""(?P<raw>\b(?:r|rb|br)(?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|"[^"\n]*"))"""
    r"""|(?P<bytes>\bb(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))"""
    r"""|(?P<text>'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<rest>`[^`]*`|--[^\n]*|\#[^\n]*|/\*.*?\*/)""",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:[xX](?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})"
    r"|(?P<o>[0-7]{3})|.)",
    re.DOTALL,
)
# What cannot stand in a literal as it is.
_WRITTEN = {"'": "\\'", '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def characters_by_number(sql: str) -> str:
    """The statement with such escapes replaced; raw strings, bytes, names and comments stay."""
    if "\\" not in sql:
        return sql
    return _LITERAL.sub(
        lambda found: _ESCAPE.sub(_character, found[0]) if found["text"] else found[0], sql
    )


def _character(found: re.Match[str]) -> str:
    number = found["x"] or found["u"] or found["U"]
    if not number and not found["o"]:
        return found[0]
    character = chr(int(number, 16) if number else int(found["o"], 8))
    return _WRITTEN.get(character, character)
