"""`${name}` in the text of a SQL file, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\$\{([a-z0-9_]+)\}")


def render(text: str, values: Mapping[str, str]) -> str:
    """Replaces every `${name}`; KeyError names a placeholder that nothing fills."""
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)


def render_known(text: str, values: Mapping[str, str]) -> str:
    """Replaces the placeholders that these values fill; the others stay."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def indented(text: str, blanks: int) -> str:
    """A query to stand in another one: every line but the first moved to the right."""
    return text.rstrip().replace("\n", "\n" + " " * blanks)
