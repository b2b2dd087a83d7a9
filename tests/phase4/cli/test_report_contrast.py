"""Text of the report can be read in both colour schemes: WCAG AA, 4.5 to 1."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import phase4.report

STYLE = (Path(phase4.report.__file__).with_name("templates") / "style.css").read_text()
BLOCKS = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
SCHEMES = dict(zip(("light", "dark"), BLOCKS, strict=False))
PAIRS = (
    *(("text", "card"), ("text", "page"), ("muted", "card"), ("muted", "page")),
    *((colour, "card") for colour in ("good", "bad", "warn", "accent")),
    *((f"{state}-text", state) for state in ("complete", "missing", "partial", "over", "blocked")),
    ("exempt-text", "exempt"),
)


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    known = colours(SCHEMES[scheme])
    assert contrast(known[text], known[ground]) >= 4.5
