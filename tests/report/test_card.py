"""The model card says what the model is, what it is not for, and the evaluation's own numbers."""

from __future__ import annotations

import re
from datetime import date

import pytest

from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
from fanpin_risk.outcomes.cohort import CohortSettings
from fanpin_risk.outcomes.words import survey_words
from fanpin_risk.report.card import model_card
from fanpin_risk.report.content import DataNote
from fanpin_risk.report.terms import SURVEY_TERMS
from fanpin_risk.report.words import NOT_FOR, Words
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.calibrate import Calibrator

COLUMNS = columns_of(CATALOGUE)
DATA = DataNote(
    title=Words("示例面板", "Example panel"),
    publisher="INDEC",
    limits=(Words("只有城市。", "Urban only."),),
)
TITLE = Words("小例", "Small example")

SURVEY = {
    "outcome": survey_words(CohortSettings(horizon_months=12)),
    "terms": SURVEY_TERMS,
}


@pytest.fixture(scope="module")
def model() -> StoredModel:
    """A model of two indicators; a card never looks at its trees."""
    return StoredModel(
        booster_text="tree",
        indicator_names=("a", "b"),
        indicator_kinds=("ratio", "ratio"),
        category_maps={},
        categorical_columns=(),
        calibrator=Calibrator(method="logistic", intercept=-0.1, slope=0.9),
        catalogue_digest="catalogue0123456",
        estimand="as_things_are",
        horizon_months=12,
        trained_until=date(2010, 12, 31),
        calibrated_from=date(2010, 12, 31),
        calibrated_until=date(2011, 12, 31),
        parameters={"n_trees": 300, "l2": 5.0, "monotone": None},
        versions={"lightgbm": "4.7.0"},
    )


@pytest.fixture(scope="module")
def card(model, metrics) -> str:
    """The card with an evaluation."""
    return model_card(model, title=TITLE, data=DATA, columns=COLUMNS, **SURVEY, metrics=metrics)


def test_every_part_is_there_in_both_languages(card):
    """Each heading is Chinese with English beside, and a part with words of both stands beneath."""
    parts = dict(re.findall(r"(?ms)^## ([^\n]+)\n(.*?)(?=^## |\Z)", card))
    assert [name.split()[0] for name in parts] == [
        "Small",
        "模型",
        "用途",
        "不得用于",
        "数据",
        "指标",
        "评估",
        "局限",
    ]
    for name, body in list(parts.items())[1:]:
        assert re.search(r"[A-Z][a-z]+", name)
        assert re.search(r"[\u4e00-\u9fff]{2}", body)
        assert re.search(r"[a-z]{4}", body)


def test_what_it_is_not_for_comes_first(card):
    """The notice stands before anything else is said."""
    assert card.index(NOT_FOR.zh) < card.index("## 模型")
    assert card.index(NOT_FOR.en) < card.index("## 模型")


def test_the_model_is_described(card, model):
    """Version, what it learnt until, calibration, horizon, definitions and parameters are named."""
    for words in (
        model.model_version,
        "2010-12-31",
        "2011-12-31",
        "logistic",
        "12 个月 months",
        "catalogue0123456",
        "`n_trees` 300",
        "LightGBM 4.7.0",
    ):
        assert words in card
    assert "monotone" not in card


def test_numbers_are_the_evaluations(card, metrics):
    """AUC, difference to the logistic regression and ratio of falls with the interval to read."""
    of_all = metrics["views"]["all"]
    auc = of_all["methods"]["lightgbm"]["auc"]
    shown = f"{auc['value']:.3f} [{auc['jackknife_low']:.3f}, {auc['jackknife_high']:.3f}]"
    assert f"AUC，全部 / AUC, all | {shown} |" in card
    ratio = of_all["ratios"]["lightgbm / rules_order"]["further_falls_at_5%"]
    assert f"{ratio['value']:.2f} [{ratio['jackknife_low']:.2f}" in card
    slope = metrics["over_origins"]["lightgbm"]["calibration_slope"]
    assert f"{slope['mean']:.3f} ({slope['low']:.3f} … {slope['high']:.3f})" in card


def test_without_an_evaluation_the_card_says_so(model):
    """A model that was only trained has a card that claims nothing about how well it does."""
    found = model_card(model, title=TITLE, data=DATA, columns=COLUMNS, **SURVEY)
    assert "No evaluation is attached" in found
    assert "AUC" not in found


def test_sensitive_indicators_are_named(card):
    """Whoever reads the card sees which indicators are audited and never shown as a reason."""
    sensitive = [column for column in COLUMNS if column.indicator.is_sensitive]
    assert sensitive
    for column in sensitive:
        assert column.title_zh in card
        assert column.title_en in card


def test_the_source_and_its_limits_are_named(card):
    """Publisher and limits of the data stand in the card."""
    assert "示例面板（INDEC）" in card
    assert "- 只有城市。 Urban only." in card


def test_no_text_breaks_out_of_its_place(model):
    """A title with bars, line breaks and markup stays one line and one cell."""
    hostile = Words("甲|乙\n# 丙", "<script>a</script>|b")
    found = model_card(model, title=hostile, data=DATA, columns=COLUMNS, **SURVEY)
    assert "<script>" not in found
    assert "\n# 丙" not in found
    assert found.startswith("# 甲\\|乙 # 丙\n")


def test_the_same_model_has_the_same_card(card, model, metrics):
    """No date and no chance has a part in it."""
    assert (
        model_card(model, title=TITLE, data=DATA, columns=COLUMNS, **SURVEY, metrics=metrics)
        == card
    )
    assert not re.search(r"HH\d{10}|SC\d{6}", card)
