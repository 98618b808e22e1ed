"""Page, figures and card of a register: its own words, its weights, and what it cannot show."""

from __future__ import annotations

import html
import json
import re
from dataclasses import asdict
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.config import BacktestSettings
from fanpin_risk.errors import SchemaError
from fanpin_risk.indicators.catalogue import COUNTY, columns_of
from fanpin_risk.outcomes.flow import EXCLUDED, DecisionDays, FlowSettings
from fanpin_risk.outcomes.words import register_words
from fanpin_risk.report.card import model_card
from fanpin_risk.report.cautions import limits
from fanpin_risk.report.content import DataNote
from fanpin_risk.report.figures import FIGURES, report_figures
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.html import report_html
from fanpin_risk.report.lists import FEWEST_FALLS, reliability
from fanpin_risk.report.page_register import outside_words
from fanpin_risk.report.tables_rules import THEMES
from fanpin_risk.report.terms import SURVEY_TERMS, terms_of
from fanpin_risk.report.words import DASH, MADE_UP, Words, count, percent
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.workflows.backtest import Predictions
from fanpin_risk.workflows.evaluate import evaluation
from fanpin_risk.workflows.register import LEFT_OUT

COLUMNS = columns_of(COUNTY)
FLOW = FlowSettings(
    horizon_months=6,
    look_within_months=2,
    decision_days=DecisionDays(first=date(2005, 8, 31), last=date(2012, 2, 29), every_months=6),
)
BASELINES = {
    "today": "register_income_to_line_latest",
    "past": "account_income_to_line_latest",
    "region_rate": "place_in_need_12m_latest",
}
OUTSIDE = {"listed": 127, "reentry": 33, "open_clue": 8, "in_need": 8}
PROPOSED = [
    {"proposal": "marginal", "route": "development", "is_listed": True, "n": 40},
    {"proposal": "none", "route": "development", "is_listed": False, "n": 3_500},
    {"proposal": "none", "route": "safety_net", "is_listed": False, "n": 99},
    {"proposal": "sudden", "route": "case_by_case", "is_listed": False, "n": 20},
    {"proposal": "sudden", "route": "case_by_case", "is_listed": True, "n": 87},
    {"proposal": "cannot_tell", "route": "cannot_tell", "is_listed": False, "n": 15},
]
LOOP = [
    {"measure": "clues_cleared", "title_zh": "线索已办结", "title_en": "clues cleared"}
    | {"count": 3, "of": 4, "cannot_tell": 1, "share_e4": 7_500},
    {"measure": "notices_short", "title_zh": "村级公示天数不足", "title_en": "notices too short"}
    | {"count": 0, "of": 0, "cannot_tell": 6, "share_e4": None},
]
CLEARING = [
    {"month": "2012-03", "opened": 9, "cleared": 5, "open": 15, "overdue": 2}
    | {"share_cleared_e4": 2_500}
]
OF_A_SURVEY = (
    *("走访过", "那次走访", "收入线", "被访到", "轮换", "季度", "大区", "返贫率", "老户", "新户"),
    *("的返贫户", "地区不足", "换一批地区", "历次", "due for", "visited on the origin"),
    *("below the income line", "share that fell", "many falls", "the falls", "by the rotation"),
    *("poorest today", "other places at", "over places", "being seen", "returning"),
)
"""What is true of visits and of no register."""
DRAWN = dict.fromkeys(FIGURES, '<svg role="img" aria-label="a figure"><path d="M0 0"/></svg>')


def register_predictions(small) -> pl.DataFrame:
    """The small backtest as a register has it: a tenth looked at, every need known, some died."""
    table = small.predictions(seed=8, per_place=80).drop("vep")
    rng = np.random.default_rng(1)
    n = table.height
    need = (1 / (1 + np.exp(3.2 - 1.2 * table["lightgbm"].to_numpy())) > rng.random(n)).astype(bool)
    looked, died = rng.random(n) < 0.12, (rng.random(n) < 0.003) & ~need
    label = np.where(need, "yes", np.where(died, "competing", np.where(looked, "no", "unknown")))
    weight = np.where(label == "no", 1 / 0.12, np.where(label == "unknown", np.nan, 1.0))
    return table.with_columns(
        label=pl.Series(label),
        fell=pl.Series(np.where(label == "unknown", np.nan, need)).fill_nan(None),
        weight=pl.Series(weight).fill_nan(None),
        is_new=pl.lit(False),
        risk_lightgbm=1 / (1 + (3.2 - 1.2 * pl.col("lightgbm")).exp()),
    )


def register_metrics(table: pl.DataFrame) -> dict:
    """What the evaluation says of them."""
    days = table["as_of"].unique().sort().to_list()
    found = evaluation(
        Predictions(
            table=table,
            origins=(),
            share_seen=0.12,
            effective_share=0.7,
            outside=dict.fromkeys(days, OUTSIDE),
            left_out=LEFT_OUT,
        ),
        BacktestSettings(first_origin=days[0], outcomes_until=date(2009, 12, 31), n_replicates=50),
        progress=lambda _: None,
    )
    return json.loads(json.dumps(found | {"final_fold_openings": []}))


def register_content(small, table, metrics, **manifest_changes):
    """Everything a report shows of a register."""
    rng = np.random.default_rng(2)
    parts = rng.normal(scale=0.1, size=(300, len(COLUMNS)))
    before = small.content(small.predictions(), small.metrics(small.predictions()))
    manifest = dict(before.manifest) | {
        "outcome": asdict(register_words(FLOW)),
        "left_out": {name: list(words) for name, words in LEFT_OUT.items()},
        "not_scored_by_reason": OUTSIDE,
        "households": {
            "visited": 3761,
            "scored": 3585,
            "not_scored": 176,
            "income_or_line_not_known": 2988,
        },
        "findings": {
            "met": {"struck_by_accident": 7},
            "cannot_tell": {"register_income_below_line": 2993},
            "not_met": {"register_income_below_line": 760, "struck_by_accident": 3754},
        },
        "marks_allowed": ["G"],
        "readings": {"notice_days": "inclusive"},
        "proposals": PROPOSED,
        "exits": {"met": 2, "not met": 120, "cannot tell": 5},
        "posts_ending": [{"month": "2012-04", "n": 3}, {"month": None, "n": 1}],
        "loop": LOOP,
        "clearing": CLEARING,
        "configuration": {
            "basis": "register",
            "baselines": BASELINES,
            "cohort": FLOW.model_dump(mode="json"),
            "final_fold": None,
            "records": {"simulate": {"households": 4000}},
        },
    }
    rules = before.rules.with_columns(
        kind=pl.lit("parameter"),
        title_zh=pl.lit("登记人均纯收入低于监测线"),
        title_en=pl.lit("net income per head on the register below the monitoring line"),
        value=pl.lit("7500"),
        unit=pl.lit("yuan per head a year"),
        source=pl.lit("this simulated county's own notice"),
        mark=pl.lit("H"),
        place=pl.lit("SIM"),
    )
    caution = {
        "kind": "caution",
        "parameter": "monitoring_line@SIM/2012-01-01",
        "words_zh": "已过复核日",
        "words_en": "past its day of review",
    }
    rules = pl.concat([rules, pl.DataFrame([caution])], how="diagonal")
    return small.content(
        table,
        metrics,
        manifest=manifest | manifest_changes,
        columns=COLUMNS,
        explanation=SimpleNamespace(values=parts, data=rng.normal(size=parts.shape)),
        rules=rules,
        data=DataNote(title=Words("编造的记录", "made-up records"), publisher=""),
    )


@pytest.fixture(scope="module")
def table(small):
    """Predictions of a register."""
    return register_predictions(small)


@pytest.fixture(scope="module")
def register(small, table):
    """A register's report content."""
    return register_content(small, table, register_metrics(table))


@pytest.fixture(scope="module")
def page(register) -> str:
    """Its page as plain text and tags."""
    return report_html(register, DRAWN)


def words_on(page: str) -> str:
    """The text of a page."""
    return re.sub(r"\s+", " ", re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", page))


def rows_of(page: str, name: str) -> list[list[str]]:
    """Cells of a table's body."""
    part = page[page.index(f'id="table-{name}"') :]
    body = part[part.index("<tbody>") : part.index("</tbody>")]
    return [
        [re.sub(r"<[^>]+>", "", re.sub(r"(?s)<small.*?</small>", "", cell)) for cell in cells]
        for row in re.findall(r"(?s)<tr[^>]*>(.*?)</tr>", body)
        if (cells := re.findall(r"(?s)<td[^>]*>(.*?)</td>", row))
    ]


# Words


def test_nothing_of_a_survey_is_said_of_a_register(page):
    """No visit of the day, no income line, no quarter, no region, no rotation."""
    said = words_on(page)
    assert [words for words in OF_A_SURVEY if words in said] == []


def test_a_survey_says_what_a_register_does_not(content):
    """The list of words above is a list of what the panel's page does say."""
    said = words_on(report_html(content, DRAWN))
    assert sum(words in said for words in OF_A_SURVEY) > 0.7 * len(OF_A_SURVEY)
    assert "新困难户" not in said
    assert MADE_UP.zh not in said


def test_figures_say_nothing_of_a_survey(register, small):
    """Titles, axes and legends, in Chinese and in English alone."""
    for font in (figure_font(notice=print), figure_font(installed={}, notice=lambda _: None)):
        for name, figure in report_figures(register, font=font).items():
            texts = [
                text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))
            ]
            said = " ".join([figure.get_suptitle(), figure.get_supxlabel(), *texts])
            assert [words for words in OF_A_SURVEY if words in said] == [], name


def test_outcome_cohort_and_records_are_the_words_of_the_basis(page, register):
    """Sentences of the definitions come from the basis."""
    said = words_on(page)
    words = register.outcome
    for text in (words.title_zh, words.outcome_zh, words.cohort_zh, words.basis_zh):
        assert text in said
    assert "照现状" in said
    assert "绝不当作“没有困难”" in said


def test_what_a_register_cannot_show_is_said(page):
    """Need that nobody found, methods left out, and whose figures the line's are."""
    said = words_on(page)
    assert "没有人查到的困难" in said
    for zh, en in LEFT_OUT.values():
        assert zh in said
        assert en in said
    assert "自行设定，不是任何地方的规定" in said
    assert "7,500元（人均每年）" in said
    for rule in STANDARD_RULES:
        assert rule.tests_zh in html.unescape(said)
        assert rule.name not in said


# Rules


def test_every_rule_has_its_office_and_its_answers(page):
    """In the order of the catalogue under the themes; evidence tells only what is met."""
    rows = rows_of(page, "rules")
    titles = [html.unescape(row[0]) for row in rows]
    assert {rule.title_zh for rule in STANDARD_RULES} <= set(titles)
    assert len(rows) == len(STANDARD_RULES) + len({rule.theme for rule in STANDARD_RULES})
    by_title = {html.unescape(row[0]): row[1:] for row in rows}
    line = next(r for r in STANDARD_RULES if r.name == "register_income_below_line")
    assert by_title[line.title_zh] == [line.owner_zh, "0", "760", "2,993"]
    struck = next(r for r in STANDARD_RULES if r.name == "struck_by_accident")
    assert by_title[struck.title_zh][1:] == ["7", "3,754", "0"]
    evidence = next(r for r in STANDARD_RULES if r.is_evidence)
    assert by_title[evidence.title_zh][-1] == DASH


def test_every_theme_of_the_catalogue_has_words():
    """No theme shows as a code."""
    assert {rule.theme for rule in STANDARD_RULES} <= set(THEMES)


def test_proposals_add_up_by_type_and_by_route(page):
    """Every household once; the last row is their sum."""
    rows = {
        row[0]: [int(n.replace(",", "")) for n in row[1:]] for row in rows_of(page, "proposals")
    }
    assert rows["突发严重困难户"] == [107, 87, 107, 0, 0, 0]
    assert rows["不提出类型建议"] == [3_599, 0, 0, 3_500, 99, 0]
    total = rows.pop("合计")
    assert total == [sum(column) for column in zip(*rows.values(), strict=True)]
    assert total[0] == sum(total[2:]) == sum(row["n"] for row in PROPOSED)


def test_loop_posts_and_exits_are_counted(page):
    """A share that cannot be told is a dash; a post without a written end is said so."""
    assert rows_of(page, "loop") == [
        ["线索已办结", "3", "4", "75.0%", "1"],
        ["村级公示天数不足", "0", "0", DASH, "6"],
    ]
    assert rows_of(page, "clearing") == [["2012-03", "9", "5", "15", "2", "25.0%"]]
    assert rows_of(page, "posts") == [["2012-04", "3"], ["未写明到期日", "1"]]
    assert "在册监测对象127户：可提出消除风险2户，尚不可120户，无法判断5户。" in words_on(page)


def test_readings_and_cautions_are_said(page, small, table, register):
    """What is chosen otherwise stands in a table; with defaults the page says so."""
    assert rows_of(page, "readings") == [["公示天数", "首尾日均计入"]]
    assert rows_of(page, "cautions") == [["monitoring_line@SIM/2012-01-01", "已过复核日"]]
    assert "配置准用的依据等级：G（常识，未核对原页）。" in words_on(page)
    plain = register_content(small, table, register.metrics, readings={}, marks_allowed=[])
    said = words_on(report_html(plain, DRAWN))
    assert "都采用默认读法" in said
    assert "没有准用D、N级依据。" in said


def test_what_records_do_not_give_is_not_shown(small, table, register):
    """Without listed households, posts or a loop there is no empty table."""
    none = {"exits": {}, "posts_ending": [], "loop": [], "clearing": [], "proposals": []}
    said = report_html(register_content(small, table, register.metrics, **none), DRAWN)
    for name in ("proposals", "loop", "clearing", "posts"):
        assert f'id="table-{name}"' not in said
    assert "在册监测对象" not in words_on(said)


def test_a_simulated_county_says_so_and_another_does_not(small, table, register, page):
    """The notice stands above everything where the records were simulated for the run."""
    assert MADE_UP.zh in words_on(page)
    assert MADE_UP.en in words_on(page)
    configuration = register.manifest["configuration"] | {"records": {"simulate": None}}
    real = register_content(small, table, register.metrics, configuration=configuration)
    assert MADE_UP.zh not in words_on(report_html(real, DRAWN))


def test_baselines_are_named_by_the_columns_they_order_by():
    """Another column gives another name; what has no title keeps its code."""
    terms = terms_of({"basis": "register", "baselines": BASELINES}, COLUMNS)
    assert terms.method("rules_order").zh == "规则顺序（登记人均纯收入低者先）"
    assert terms.method("weighted_past_income").zh == "上年度核算人均纯收入低者先"
    assert terms.method("region_only").en.startswith("only the share of the village found in need")
    other = terms_of({"basis": "register", "baselines": BASELINES | {"past": "unheard"}}, COLUMNS)
    assert other.method("weighted_past_income").en == "lowest unheard first"
    assert terms_of({"basis": "survey"}, COLUMNS) is SURVEY_TERMS


@pytest.mark.parametrize("kind", ["status", "event"])
def test_cautions_go_with_the_kind_of_outcome(kind):
    """A visit is spoken of for a status, found need for an event."""
    said = " ".join(f"{words.zh} {words.en}" for words in limits(6, kind=kind))
    assert ("一次走访时的状态" in said) is (kind == "status")
    assert ("没有人查到的困难看不到" in said) is (kind == "event")


# Counts


def test_population_is_those_asked_about_and_those_not(page, register):
    """Every row adds up; the last is this round."""
    rows = rows_of(page, "population")
    assert len(rows) == len(register.metrics["population"]) + 1
    for row in rows:
        on_record, *outside, asked = (int(cell.replace(",", "")) for cell in row[1:])
        assert len(outside) == len(EXCLUDED)
        assert on_record == sum(outside) + asked
    assert rows[-1][1:] == ["3,761", "127", "33", "8", "8", "3,585"]


def test_outcomes_add_up_to_those_asked_about(page, register, table):
    """New needs, no need, died out and unknown, with bounds that need no assumption."""
    for row, (day,) in zip(
        rows_of(page, "outcomes"), table.select("as_of").unique().sort("as_of").rows(), strict=True
    ):
        mine = table.filter(pl.col("as_of") == day)
        asked, *labels = (int(cell.replace(",", "")) for cell in row[1:6])
        assert asked == sum(labels) == mine.height
        assert labels[0] == (mine["label"] == "yes").sum()
        assert row[6] == percent(labels[0] / asked)
        assert row[7] == percent((labels[0] + labels[3]) / asked)


def test_reasons_are_counted_in_words():
    """In the order in which they are asked, none of nobody."""
    said = outside_words({"in_need": 2, "listed": 1200, "reentry": 0})
    assert said.zh == "已纳入监测对象1,200户，近期已查实有困难2户"
    assert said.en == "on the list already: 1,200, found in need lately: 2"


# Weights


def test_the_share_at_the_head_is_the_weighted_one(page, register):
    """Known outcomes alone hold far too many needs."""
    cohort = register.metrics["cohort"]
    assert cohort["prevalence"] > 2 * cohort["prevalence_weighted"]
    assert f'<div class="value">{percent(cohort["prevalence_weighted"])}</div>' in page
    assert f"由{count(cohort['n_known'])}个已知结果加权推算" in words_on(page)


def test_calibration_is_weighted(page, register):
    """Slope, intercept and ICI of the table are the weighted ones."""
    found = register.metrics["weighted"]["lightgbm"]
    (row,) = [row for row in rows_of(page, "calibration") if row[0].startswith("模型")]
    assert row[2] == f"{found['weighted']['calibration_slope']:.3f}"
    assert row[3].replace("−", "-") == f"{found['weighted']['calibration_intercept']:.3f}"
    assert found["weighted"]["calibration_intercept"] != pytest.approx(
        found["unweighted"]["calibration_intercept"], abs=0.5
    )


def test_tenths_are_weighted(table):
    """A second way: the weighted mean of the outcomes of the tenth with the highest risks."""
    rows = reliability(table, "lightgbm", with_intervals=False, is_weighted=True)
    known = table.filter(pl.col("fell").is_not_null()).sort("risk_lightgbm")
    total = known["weight"].sum()
    share = sum(row.observed.value for row in rows) / len(rows)
    mean = (known["fell"] * known["weight"]).sum() / total
    assert share == pytest.approx(mean, rel=0.05)
    plain = reliability(table, "lightgbm", with_intervals=False)
    assert plain[-1].observed.value > 2 * rows[-1].observed.value


def test_without_weights_there_is_no_report_of_a_register(small, register, table):
    """The mend is said."""
    with pytest.raises(SchemaError, match=r"lack the columns \['weight', 'label'\]"):
        register_content(small, table.drop("weight", "label"), register.metrics)


def test_parts_that_are_empty_are_not_shown(page, table):
    """Nobody is new: no row for them; villages without enough needs have none either."""
    assert [row[0] for row in rows_of(page, "views")] == ["全部", "仅结果已知者（不加权）"]
    falls = table.group_by("place").agg(pl.col("fell").sum())
    told = falls.filter(pl.col("fell") >= FEWEST_FALLS)["place"].sort().to_list()
    assert sorted(row[0] for row in rows_of(page, "missed-places")) == told


# Card


@pytest.mark.parametrize("is_made_up", [True, False])
def test_the_card_says_what_the_risk_is_a_risk_of(stored_model, register, is_made_up):
    """Outcome, cohort, records, and whether they are made up; nothing of a survey."""
    model = SimpleNamespace(
        model_version="v",
        estimand="as_things_are",
        horizon_months=6,
        versions={},
        calibrator=SimpleNamespace(method="logistic"),
        trained_until=date(2011, 1, 1),
        calibrated_from=date(2011, 1, 1),
        calibrated_until=date(2011, 7, 1),
        catalogue_digest="d",
        parameters={},
    )
    card = model_card(
        model,
        title=Words("甲", "A"),
        data=register.data,
        columns=COLUMNS,
        outcome=register.outcome,
        terms=register.terms,
        metrics=register.metrics,
        is_made_up=is_made_up,
    )
    assert "## 问什么 Outcome" in card
    assert register.outcome.cohort_zh in card
    assert register.outcome.basis_en in card
    share = percent(register.metrics["cohort"]["prevalence_weighted"])
    assert f"新困难户占比{share}" in card
    assert (MADE_UP.zh in card) is is_made_up
    assert [words for words in OF_A_SURVEY if words in card] == []
