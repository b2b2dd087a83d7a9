"""The evaluation: judged on later dates alone, and it says what the figures say."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.errors import Unfit
from phase4.evaluation import evaluate, html, models
from phase4.evaluation.evaluation import BEFORE, REAL, WITHOUT, Evaluation
from phase4.evaluation.samples import samples_of, with_factors_of
from phase4.evaluation.scores import Resampled
from phase4.evaluation.split import FEWEST_DATES, split
from phase4.tables.training import FACTORS
from tests.command_line import called
from tests.phase4.evaluation.exports import DATES, FIRST, PLAYERS, export


@pytest.fixture(scope="module")
def helping(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """An evaluation of a league in which a factor moves points, beside one without the factor."""
    folder = tmp_path_factory.mktemp("helping")
    real = export(folder / "real", weight=2.0)
    return evaluate(real, export(folder / "before", weight=2.0, real=False))


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """The same of a league in which no factor moves anything."""
    return evaluate(export(tmp_path_factory.mktemp("idle") / "real", weight=0.0))


def mae(evaluation: Evaluation, name: str) -> float:
    """The error of a model on the test."""
    return next(each.scores.mae.value for each in evaluation.judged if each.name == name)


@given(counts=st.lists(st.integers(1, 200), min_size=FEWEST_DATES, max_size=80))
def test_every_date_is_on_one_side_and_later_sides_have_later_dates(counts: list[int]) -> None:
    days = [FIRST + timedelta(days=2 * n) for n, games in enumerate(counts) for _ in range(games)]
    train, validation, test = split(np.array(days, dtype="datetime64[D]"))
    assert train.last < validation.first <= validation.last < test.first
    assert (train.rows.astype(int) + validation.rows + test.rows).tolist() == [1] * len(days)
    assert min(train.size, validation.size, test.size) > 0


def test_too_few_dates_are_refused_with_the_number_that_is_needed() -> None:
    with pytest.raises(Unfit, match=f"needs {FEWEST_DATES}"):
        split(np.array([date(2025, 1, 1)] * 50, dtype="datetime64[D]"))


def test_a_factor_that_moves_points_is_found(helping: Evaluation) -> None:
    assert mae(helping, REAL) < mae(helping, WITHOUT) < mae(helping, "constant")
    assert helping.differences[f"{REAL} - {WITHOUT}"].high < 0
    assert helping.verdict.startswith("The L4 factors help")
    names = list(helping.importance)
    assert set(names[:2]) == {"avg_points_this_season", "usage_spike_score"}


def test_factors_that_move_nothing_are_not_praised(idle: Evaluation) -> None:
    gain = idle.differences[f"{REAL} - {WITHOUT}"]
    assert gain.low < 0 < gain.high or gain.low > 0
    assert not idle.verdict.startswith("The L4 factors help")


def test_defaults_tell_a_model_no_more_than_nothing(helping: Evaluation) -> None:
    assert mae(helping, BEFORE) == mae(helping, WITHOUT)
    assert helping.before_real_pct == 0


def test_the_season_average_of_a_league_of_averages_is_hard_to_beat(idle: Evaluation) -> None:
    assert mae(idle, "season average") < mae(idle, "constant") / 1.3
    assert mae(idle, "season average") == pytest.approx(4 * np.sqrt(2 / np.pi), rel=0.1)


def test_the_same_export_gives_the_same_figures(idle: Evaluation, tmp_path: Path) -> None:
    assert asdict(evaluate(export(tmp_path / "again", weight=0.0))) == asdict(idle)


def test_what_is_learnt_from_is_before_what_is_judged(idle: Evaluation) -> None:
    sides = [(side.first, side.last) for side in idle.sides]
    assert sides[0][0] == FIRST
    assert sides[0][1] < sides[1][0] <= sides[1][1] < sides[2][0]
    assert sum(side.rows for side in idle.sides) == DATES * PLAYERS


def test_later_points_change_no_prediction_of_earlier_ones(tmp_path: Path) -> None:
    samples = samples_of(export(tmp_path / "x", weight=1.0))
    parts = split(samples.dates)
    later = replace(samples, label=samples.label + 50 * parts[-1].rows)
    before, after = (models.learn(each, parts, None).predicted for each in (samples, later))
    assert (before == after).all()
    assert models.constant(later, parts[0], parts[-1])[0] < 30


def test_rows_that_an_earlier_export_lacks_have_the_defaults(tmp_path: Path) -> None:
    now = samples_of(export(tmp_path / "now", weight=1.0))
    before = samples_of(export(tmp_path / "before", weight=1.0))
    del before.keys[10:]
    found = with_factors_of(now, before)
    assert (found["usage_spike_score"][:10] == now.values["usage_spike_score"][:10]).all()
    defaults = {feature.name: feature.default for feature in FACTORS}
    assert {name: set(values[10:]) for name, values in found.items()} == {
        name: {default} for name, default in defaults.items()
    }


def test_an_earlier_export_of_other_games_is_refused(tmp_path: Path) -> None:
    now = samples_of(export(tmp_path / "now", weight=1.0))
    with pytest.raises(Unfit, match="none of these player-games"):
        with_factors_of(now, replace(now, keys=[]))


def test_an_interval_covers_its_figure_and_narrows_with_more_dates() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for dates in (20, 500):
        errors = rng.normal(0, 5, dates * 20)
        found = Resampled(np.repeat(np.arange(dates), 20)).scores(errors, np.zeros(dates * 20))
        assert found.mae.low < found.mae.value < found.mae.high
        assert found.rmse.value == pytest.approx(np.sqrt((errors**2).mean()))
        assert found.within_3_pct.value == pytest.approx(100 * (np.abs(errors) <= 3).mean())
        widths.append(found.mae.high - found.mae.low)
    assert widths[1] < widths[0] / 3


def test_games_of_one_evening_that_miss_together_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    days = np.repeat(np.arange(100), 20)
    together = Resampled(days).scores(rng.normal(0, 5, 100)[days], np.zeros(2000)).mae
    alone = Resampled(days).scores(rng.normal(0, 5, 2000), np.zeros(2000)).mae
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_every_phase_and_month_of_the_test_is_judged(helping: Evaluation) -> None:
    assert helping.phases == {"after_all_star": 15 * PLAYERS, "before_all_star": 9 * PLAYERS}
    for each in helping.judged:
        assert set(each.by_phase) == set(helping.phases)
        assert list(each.by_month) == ["2025-02", "2025-03"]


def test_a_calibrated_model_lies_on_the_line(helping: Evaluation) -> None:
    assert sum(games for *_, games in helping.calibration) == helping.sides[-1].rows
    assert all(abs(predicted - came) < 2 for predicted, came, _ in helping.calibration)


def test_the_page_holds_every_figure_and_loads_nothing(helping: Evaluation) -> None:
    page = html(helping)
    assert not re.search(r"https?://|<link (?!rel=\"icon\" href=\"data:)|@import|<script", page)
    assert page.count("<svg") == 3
    assert helping.verdict in page
    assert all(f">{each.name}<" in page for each in helping.judged)
    assert all(name.replace("_", " ") in page for name in helping.importance)


def test_the_command_prints_the_verdict_and_writes_the_page(tmp_path: Path) -> None:
    folder, page = export(tmp_path / "x", weight=2.0), tmp_path / "page.html"
    done = called(("training", "evaluate", str(folder), "--out", str(page), "--json"), {})
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["verdict"] in page.read_text()
    assert {each["name"] for each in told["judged"]} >= {REAL, BEFORE, WITHOUT}
