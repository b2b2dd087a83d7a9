"""What the registry names as the next step after a check that failed."""

from __future__ import annotations

from datetime import date

import pytest

from phase4.tables.checks import registry
from phase4.tables.cures import first_command

DAY = date(2025, 1, 6)


@pytest.mark.parametrize("name", registry())
def test_no_check_is_mended_by_looking_again(name: str) -> None:
    check = registry()[name]
    assert check.severity == "info" or "phase4 validate" not in first_command(
        check.fix_for(DAY, DAY)
    )


def test_what_upstream_has_to_mend_says_so_before_the_look() -> None:
    assert registry()["contradictions"].fix_for(DAY, DAY) == (
        "upstream mends what is named; then phase4 validate"
        " --start-date 2025-01-06 --end-date 2025-01-06"
    )
