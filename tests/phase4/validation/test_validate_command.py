"""`phase4 validate` without a run: figures for people, JSON for programs, three exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from phase4.cloud.warehouse import Caller, Warehouse
from phase4.validation.command import run_validation
from tests.phase4.validation.league import League
from tests.phase4.validation.world import Span, World


def test_the_exit_code_is_0_when_the_minimum_is_reached(
    world: World, span: Span, capsys: pytest.CaptureFixture[str]
) -> None:
    world.hold(League().season(span.start))
    assert run_validation(world.warehouse, span.start, span.end) == 0
    out = capsys.readouterr().out
    assert "of all L1 games      100.0 %     16  16" in out
    assert "Verdict: passed" in out
    assert "next " not in out


def test_the_exit_code_is_1_below_and_says_why(
    world: World, span: Span, capsys: pytest.CaptureFixture[str]
) -> None:
    world.hold(League().season(span.start, l4=False))
    assert run_validation(world.warehouse, span.start, span.end) == 1
    out = capsys.readouterr().out
    assert "not_filled" in out
    assert "Verdict: failed (game_coverage_80, date_coverage_80)" in out
    assert "Ready for machine learning: no (l4_coverage 0.0 %" in out
    fill = f"phase4 run --start-date {span.start} --end-date {span.end}"
    assert out.splitlines()[-1] == f"next    {fill}"


def test_the_exit_code_is_2_when_the_check_itself_failed(
    world: World, span: Span, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = replace(world.settings, ops_dataset="no_such_dataset")
    assert run_validation(Warehouse(elsewhere, Caller("validate")), span.start, span.end) == 2
    captured = capsys.readouterr()
    assert "UNKNOWN" in captured.err
    assert "no_such_dataset" in captured.err
    assert captured.out == ""


def test_a_season_that_the_calendar_lacks_is_unknown_and_not_fine(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    day = date(2015, 12, 1)
    world.hold(League().season(day))
    assert run_validation(world.warehouse, day, day) == 2
    assert "2015" in capsys.readouterr().err


def test_json_is_the_row_of_the_snapshot(
    world: World, span: Span, capsys: pytest.CaptureFixture[str]
) -> None:
    world.hold(League().season(span.start))
    run_validation(world.warehouse, span.start, span.end, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    (kept,) = world.snapshots(printed["event_id"])
    assert printed["coverage_pct"] == kept["coverage_pct"] == 100
    assert [check["name"] for check in printed["checks"]] == [c["name"] for c in kept["checks"]]
    assert kept["trigger"] == "manual"
