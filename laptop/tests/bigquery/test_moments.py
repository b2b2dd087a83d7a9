"""The text of a query is the same whatever moment of the past it asks for."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from laptop.bigquery.moments import given, numbered

NOON, LATER = "2026-01-02T12:00:00+00:00", "2026-01-02T13:30:00.000001+00:00"


def _past(moment: str) -> str:
    return f"SELECT * FROM d.t FOR SYSTEM_TIME AS OF {moment}"


def _asked(text: str) -> list[dt.datetime]:
    moments = re.findall(r"TIMESTAMP '([^']*)'", text)
    return [given(dt.datetime.fromisoformat(moment)) for moment in moments]


@pytest.mark.parametrize("moment", [NOON, LATER])
def test_a_text_has_one_form_for_every_moment(moment: str) -> None:
    text = numbered(_past(f"TIMESTAMP '{moment}'"))
    assert text == numbered(_past("TIMESTAMP '2020-01-01'"))
    assert _asked(numbered(_past(f"TIMESTAMP '{moment}'"))) == [dt.datetime.fromisoformat(moment)]


@pytest.mark.parametrize(
    "moment",
    [f'TIMESTAMP "{NOON}"', f'CAST("{NOON}" AS TIMESTAMP)', "TIMESTAMP '2026-01-02 12:00:00'"],
)
def test_a_moment_is_known_however_it_is_written(moment: str) -> None:
    assert _asked(numbered(_past(moment))) == [dt.datetime.fromisoformat(NOON)]


def test_every_moment_of_a_text_has_its_number() -> None:
    both = " UNION ALL ".join(_past(f"TIMESTAMP '{one}'") for one in (NOON, LATER, NOON))
    wanted = [dt.datetime.fromisoformat(one) for one in (NOON, LATER, NOON)]
    assert _asked(numbered(both)) == wanted


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        f"SELECT \"FOR SYSTEM_TIME AS OF TIMESTAMP '{NOON}'\"",
        f"SELECT 1 -- FOR SYSTEM_TIME AS OF TIMESTAMP '{NOON}'",
        _past("TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)"),
        _past("TIMESTAMP 'yesterday'"),
    ],
)
def test_what_is_no_moment_stays_as_it_is(sql: str) -> None:
    assert numbered(sql) == sql


def test_a_moment_that_is_no_number_is_itself() -> None:
    numbered(_past(f"TIMESTAMP '{NOON}'"))
    first = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    for moment in (dt.datetime.fromisoformat(LATER), first, first + dt.timedelta(microseconds=2)):
        assert given(moment) == moment
