"""Which labels every service takes."""

from __future__ import annotations

import pytest

from laptop import labels


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"team": "", "cost-center_2": "2025-01-01_x", "länge": "größe", "名": "値"},
        {"gone": None},
        {"k" * 63: "v" * 63},
        {f"key{n}": "v" for n in range(64)},
    ],
)
def test_what_the_services_take_has_no_problem(given: dict[str, str | None]) -> None:
    assert labels.problem(given) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Team": "x"}, 'Label key "Team" has invalid characters.'),
        ({"1st": "x"}, 'Label key "1st" has invalid characters.'),
        ({"": "x"}, 'Label key "" has invalid characters.'),
        ({"a.b/c": "x"}, 'Label key "a.b/c" has invalid characters.'),
        ({"run": "R1"}, 'Label value "R1" has invalid characters.'),
        ({"run": "a b"}, 'Label value "a b" has invalid characters.'),
        ({"run": "v" * 64}, f'Label value "{"v" * 64}" has invalid characters.'),
        ({f"key{n}": "v" for n in range(65)}, "65 labels: at most 64 are allowed"),
    ],
)
def test_what_no_service_takes_is_named(given: dict[str, str | None], words: str) -> None:
    assert labels.problem(given) == words
