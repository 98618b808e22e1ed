"""Guards of the guards: the checks that would notice a useless model, or one that sees the future.

Each check is a function. It holds on the honest chain, and it must fail when the model is replaced
by a constant, when outcomes are shuffled before training, and when the door of time lets everything
pass. So nobody can break one of these and keep all tests green.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.config import load_project
from fanpin_risk.explain.contributions import Explainer
from fanpin_risk.records import timeline
from fanpin_risk.risk.metrics import auc
from fanpin_risk.risk.model import RiskModel
from fanpin_risk.workflows import backtest as backtest_module
from fanpin_risk.workflows import score as score_module
from fanpin_risk.workflows.backtest import backtest
from fanpin_risk.workflows.commands import read_project
from fanpin_risk.workflows.days import build_day, build_days, decision_days

AS_OF = "2008-12-31"
UNTIL = date(2007, 6, 30)


def silent(*_words):
    """Take note of nothing."""


# The checks


def model_beats_today(predictions):
    """The model tells falls from others better than today's income does."""
    gained = areas(predictions)["lightgbm"] - areas(predictions)["rules_order"]
    assert gained >= 0.01, f"AUC above today's income by {gained:.3f}"


def model_tells_falls_apart(predictions):
    """The model's AUC is far from that of a lottery."""
    assert areas(predictions)["lightgbm"] >= 0.75


def model_finds_more_falls(predictions):
    """Among the tenth with the highest scores there are more falls by the model than by lot."""
    found = falls_in_tenth(predictions, "lightgbm")
    assert found >= 2 * falls_in_tenth(predictions, "random")


def risks_tell_households_apart(predictions):
    """Of the fifth with the highest risk a fifth falls, of the lowest less than a twentieth."""
    table = predictions.table.filter(pl.col("fell").is_not_null()).sort("risk_lightgbm")
    n = table.height // 5
    assert table.tail(n)["fell"].mean() > 0.2
    assert table.head(n)["fell"].mean() < 0.05
    assert table.tail(n)["risk_lightgbm"].mean() > 2 * table["risk_lightgbm"].mean()


def model_is_not_too_good(predictions):
    """No honest model reaches such an AUC on such data: above it suspect a leak."""
    assert areas(predictions)["lightgbm"] <= 0.88


def lottery_tells_nothing(predictions):
    """The random order has no skill."""
    assert abs(areas(predictions)["random"] - 0.5) < 0.05


def later_rows_change_no_indicator(stage, day=date(2005, 12, 31)):
    """Indicators of a day are the same from a file that ends on it."""
    whole = build_day(stage.setting, day)
    ends_then = build_day(stage.setting_until(day), day)
    assert whole.features.equals(ends_then.features)
    assert whole.households.equals(ends_then.households)


def later_rows_change_no_prediction(stage, day=date(2005, 12, 31)):
    """Scores of an origin are the same from a file that ends on it, for every method."""
    honest = predictions_of_day(stage.setting, stage, day)
    ends_then = predictions_of_day(stage.setting_until(day), stage, day)
    assert honest.equals(ends_then)


# What they look at


def areas(predictions):
    """AUC of every method over all origins."""
    known = predictions.table.filter(pl.col("fell").is_not_null())
    return {
        name: auc(known[name].to_numpy(), known["fell"].to_numpy())
        for name in ("lightgbm", "rules_order", "random")
    }


def falls_in_tenth(predictions, method):
    """Known falls among the tenth of the rows that a method puts first."""
    first = predictions.table.sort(method, descending=True).head(predictions.table.height // 10)
    return first["fell"].sum()


def predictions_of_day(setting, stage, day):
    """What every method says of a day's cohort, without what became of it."""
    days = build_days(setting, [d for d in stage.calendar if d <= day], silent)
    earlier = [d for d in days if d.as_of < day]
    training = backtest_module.sample_of(
        backtest_module.with_outcomes(setting, earlier, backtest_module.day_before(day)),
        first_seen_before=None,
    )
    none = pl.repeat(None, days[-1].households.height, dtype=pl.Float64, eager=True)
    unknown = pl.DataFrame({"fell": none, "income_to_line_later": none})
    table, _ = backtest_module.predict_one(
        setting, stage.configuration, training, [(days[-1], unknown)], 1
    )
    return table


@pytest.fixture(scope="module")
def stage(small_project, tmp_path_factory):
    """The small project's records, its days of the development period, and how to cut its file."""
    project = load_project(small_project.config)
    _, setting = read_project(project, silent)

    def setting_until(day):
        path = tmp_path_factory.mktemp("until") / "panel.parquet"
        month = pl.col("year").cast(pl.Int64) * 12 + pl.col("quarter").cast(pl.Int64) * 3
        small_project.rows.filter(month <= day.year * 12 + day.month).write_parquet(path)
        return read_project(project, silent, [path])[1]

    calendar = decision_days(setting.records, until=UNTIL)
    return SimpleNamespace(
        setting=setting,
        setting_until=setting_until,
        configuration=project.configuration,
        calendar=calendar,
        days=build_days(setting, calendar, silent),
    )


def predicted(stage, days=None):
    """Every prediction of the backtest."""
    return backtest(
        stage.setting, stage.configuration, days or stage.days, n_threads=1, progress=silent
    )


@pytest.fixture(scope="module")
def honest(stage):
    """Predictions of the chain as it is."""
    return predicted(stage)


# The honest chain passes them


@pytest.mark.parametrize(
    "check",
    [
        model_beats_today,
        model_tells_falls_apart,
        model_finds_more_falls,
        risks_tell_households_apart,
        model_is_not_too_good,
        lottery_tells_nothing,
    ],
)
def test_the_honest_chain_passes(honest, check):
    """Every check holds on the chain as it is."""
    check(honest)


def test_the_honest_door_passes(stage):
    """What was entered later changes neither indicators nor predictions."""
    later_rows_change_no_indicator(stage)
    later_rows_change_no_prediction(stage)


# The broken chains do not


@contextmanager
def constant_model():
    """Every household gets the same score."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RiskModel, "raw_score", lambda self, X, **_: np.zeros(len(X)))
        yield


@contextmanager
def shuffled_outcomes():
    """Before training the outcomes of each day are dealt out anew among those known."""
    honest_fit = backtest_module.fit_risk

    def fit(training, **settings):
        rng = np.random.default_rng(0)
        fell = training.fell.copy()
        for day in np.unique(training.day):
            rows = np.flatnonzero((training.day == day) & training.known)
            fell[rows] = rng.permutation(fell[rows])
        return honest_fit(replace(training, fell=fell), **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest_module, "fit_risk", fit)
        yield


@contextmanager
def open_door():
    """`known_as_of` lets everything pass, whenever it was recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "newest_known", lambda table, *_: table)
        yield


@pytest.fixture(scope="module", params=[constant_model, shuffled_outcomes])
def useless(stage, request):
    """Predictions of a chain whose model has learnt nothing."""
    with request.param():
        return predicted(stage)


@pytest.mark.parametrize(
    "check",
    [
        model_beats_today,
        model_tells_falls_apart,
        model_finds_more_falls,
        risks_tell_households_apart,
    ],
)
def test_a_useless_model_is_noticed(useless, check):
    """A constant in place of the model, or shuffled outcomes, turn every check of skill red."""
    with pytest.raises(AssertionError):
        check(useless)


def test_an_open_door_is_noticed_in_the_indicators(stage):
    """If everything passes the door, later rows change indicators, and the check says so."""
    with open_door(), pytest.raises(AssertionError):
        later_rows_change_no_indicator(stage)


def test_an_open_door_is_noticed_in_the_predictions(stage):
    """If everything passes the door, later rows change predictions, and the check says so."""
    with open_door(), pytest.raises(AssertionError):
        later_rows_change_no_prediction(stage)


def test_an_open_door_makes_the_model_too_good(stage):
    """If everything passes the door, the model knows the outcome, and its AUC gives it away."""
    with open_door():
        leaking = predicted(stage, build_days(stage.setting, stage.calendar, silent))
    with pytest.raises(AssertionError):
        model_is_not_too_good(leaking)


# Guards inside the commands


@pytest.fixture
def scored(run_fanpin, small_run, small_project, tmp_path):
    """Score some households of the last day through the command line."""
    rows = small_project.rows.filter(pl.col("year") == 2008, pl.col("hh_id") % 8 == 0)
    rows.write_parquet(tmp_path / "rows.parquet")

    def score():
        return run_fanpin(
            *("score", "--model", small_run.model, "--records", tmp_path / "rows.parquet"),
            *("--as-of", AS_OF, "--output", tmp_path / "out", "--threads", 1),
        )

    return score


def test_contributions_that_do_not_add_up_stop_the_scoring(scored, monkeypatch, tmp_path):
    """One household's contribution off by a hundred-thousandth: no result, one line, code 18."""
    exact = Explainer.contributions

    def bent(self, X, **more):
        parts = exact(self, X, **more)
        parts[0, 3] += 1e-5
        return parts

    monkeypatch.setattr(Explainer, "contributions", bent)
    ran = scored()
    assert ran.code == 18
    assert ran.err.splitlines()[-1].startswith("ExplanationError: For 1 of ")
    assert not (tmp_path / "out").exists()


def test_a_household_that_goes_missing_stops_the_scoring(scored, monkeypatch, tmp_path):
    """If a household visited is neither scored nor in need, nothing is written: code 19."""
    honest_day = score_module.build_day

    def one_less(*arguments, **more):
        day = honest_day(*arguments, **more)
        return day.restricted(pl.Series([False] + [True] * (day.features.height - 1)))

    monkeypatch.setattr(score_module, "build_day", one_less)
    ran = scored()
    assert ran.code == 19
    assert "Somebody was lost; nothing is written." in ran.err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_the_guarded_scoring_works(scored, tmp_path):
    """Without anything bent the same command succeeds."""
    ran = scored()
    assert ran.code == 0, ran.err
    assert (tmp_path / "out/scores.parquet").exists()
