"""One household's card: what is told, what is never told, and the same bytes twice."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.beside_rules import beside_rules
from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.household_card import (
    BY_LOT,
    FOR_WHOM,
    NOT_TOLD,
    ONLY_HINTS,
    risk_texts,
)
from fanpin_risk.report.household_cards import NO_ROUTE, NOT_PLANNED, CardFrames, household_card
from fanpin_risk.report.words import MADE_UP, NOT_FOR, SLICES, Words
from fanpin_risk.standards.catalogue import STANDARD_RULES

AS_OF = date(2025, 8, 31)
REASON = (
    "因病：近12个月住院次数为3次，半数以上的户没有（截至2025-08-31）。核实后可对接：健康帮扶（医保部门）",
    "illness: admissions, last 12 months: 3 times (2025-08-31) → health support (insurance)",
)
LABOUR = ("缺劳动力：甲。请入户", "lack of labour: a → ask")
NOTHING = ("没有其他明显推高风险的因素", "nothing else raises this score")


@pytest.fixture(scope="module")
def frames(outcome) -> CardFrames:
    """Forty households, the risk of number n the n-th lowest; the last one has everything."""
    ids = [f"h{n:02}" for n in range(1, 41)]
    numbers = list(range(1, 41))
    scores = pl.DataFrame(
        {
            "household_id": ids,
            "as_of": [AS_OF] * 40,
            "risk": [n / 1000 for n in numbers],
            "raw_score": [n / 10 for n in numbers],
        }
    )
    reasons = pl.DataFrame(
        [
            ("h40", 2, "因病", 0.25, *REASON, "admissions_count_12m=3.0000@2025-08-31"),
            (
                "h40",
                1,
                "缺劳动力",
                0.5,
                "缺劳动力：甲。请入户",
                "lack of labour: a → ask",
                "x=1@2024-02-29",
            ),
            ("h40", 3, "其他", 0.0, *NOTHING, ""),
            ("h01", 1, "其他", 0.0, *NOTHING, ""),
        ],
        schema=["household_id", "rank", "cause", "contribution", "text_zh", "text_en", "evidence"],
        orient="row",
    )
    findings = pl.DataFrame(
        [
            ("h40", "no_labour", "met", "甲值为1 / the value is 1"),
            ("h40", "must_visit_illness", "met", "乙 / b"),
            ("h40", "income_below_line", "cannot tell", "收入不掌握 / income not known"),
            ("h40", "red_line_vehicle", "met", "有车 / a car"),
            ("h01", "no_labour", "met", "甲 / a"),
        ],
        schema=["household_id", "rule", "answer", "evidence"],
        orient="row",
    )
    sums = pl.DataFrame(
        [(home, cause, 0.1) for home in ids for cause in ("因病", "缺劳动力")],
        schema=["household_id", "cause", "contribution"],
        orient="row",
    )
    return CardFrames(
        scores=scores,
        reasons=reasons,
        findings=findings,
        beside=beside_rules(reasons, findings, STANDARD_RULES, sums),
        rules=STANDARD_RULES,
        routes=pl.DataFrame(
            {"household_id": ["h40"], "route_zh": ["兜底保障"], "route_en": ["safety net"]}
        ),
        visits=pl.DataFrame({"household_id": ["h40", "h39"], "slice": ["must_visit", "audit"]}),
        outcome=outcome,
        is_made_up=True,
    )


@pytest.fixture(scope="module")
def outcome():
    """Words of a register's outcome."""
    return OutcomeWords(
        kind="event",
        title_zh="6个月内出现困难",
        title_en="being found in need within 6 months",
        **dict.fromkeys(
            ("outcome_zh", "outcome_en", "cohort_zh", "cohort_en", "basis_zh", "basis_en"), "x"
        ),
    )


def test_a_card_holds_what_the_frames_say(frames):
    """Score, band, reasons in their order with the day, rules that ask for a visit first, route."""
    card = household_card("h40", frames)
    assert (card.risk, card.tenth, card.n_scored) == (0.04, 1, 40)
    assert card.risk_words.zh == "4.0%（每千户约40户）"
    assert card.band_words.en == "highest tenth of 40 households scored"
    first, second = card.reasons
    assert (first.cause.zh, first.says, first.to_do) == (
        "缺劳动力",
        Words("甲", "a"),
        Words("请入户", "ask"),
    )
    assert first.evidence_on == date(2024, 2, 29)
    assert second.says.en == "admissions, last 12 months: 3 times (2025-08-31)"
    assert second.to_do.zh == "核实后可对接：健康帮扶（医保部门）"
    assert [f.is_must_visit for f in card.met] == [True, False]
    assert card.met[1].evidence == Words("甲值为1", "the value is 1")
    assert [f.evidence.en for f in card.cannot_tell] == ["income not known"]
    assert {row.cause.zh: row.standing for row in card.standings} == {
        "因病": "agree",
        "缺劳动力": "agree",
    }
    assert (card.planned, card.route) == (SLICES["must_visit"], Words("兜底保障", "safety net"))


def test_flags_for_the_appraisal_are_no_finding_of_a_visit(frames):
    """A car on record stands on no card."""
    assert all("车" not in f.title.zh for f in household_card("h40", frames).met)


@pytest.mark.parametrize(
    ("household", "tenth"),
    [("h40", 1), ("h37", 1), ("h36", 2), ("h25", 4), ("h24", 5), ("h21", 5)],
)
def test_the_tenth_is_counted_from_the_top(frames, household, tenth):
    """Forty households, four to a tenth."""
    assert household_card(household, frames).tenth == tenth


def test_equal_risks_are_parted_by_the_raw_score(frames):
    """As in the plan; households equal in both share the better tenth."""
    same = frames.scores.with_columns(risk=pl.lit(0.5))
    assert household_card("h36", replace(frames, scores=same)).tenth == 2
    alike = same.with_columns(raw_score=pl.lit(0.0))
    assert household_card("h36", replace(frames, scores=alike)).tenth == 1


@pytest.mark.parametrize("household", [f"h{n:02}" for n in range(1, 21)])
def test_no_low_score_is_told(frames, household):
    """In the lower half there is no risk, no tenth and no number in any view."""
    card = household_card(household, frames)
    assert (card.risk, card.tenth, card.not_shown) == (None, None, NOT_TOLD)
    assert "%" not in re.sub(r"(?s)<style>.*</style>", "", card._repr_html_())


def test_no_score_is_told_of_whoever_was_drawn_by_lot(frames):
    """A visit by lot goes without prejudice, even where the score is high."""
    card = household_card("h39", frames)
    assert (card.risk, card.risk_words) == (None, BY_LOT)


def test_what_there_is_not_is_said(frames):
    """No reason, no plan, no route: each has its words."""
    card = household_card("h01", frames)
    assert (card.reasons, card.planned, card.route) == ((), NOT_PLANNED, NO_ROUTE)
    page = card._repr_html_()
    assert "没有明显推高风险的因素" in page
    assert "没有规则符合" in household_card("h39", frames)._repr_html_()


def test_every_card_says_for_whom_it_is_and_what_not_for(frames):
    """In both languages, and that a made-up county is made up."""
    for household in ("h40", "h39", "h01"):
        page = html.unescape(household_card(household, frames)._repr_html_())
        for words in (FOR_WHOM, ONLY_HINTS, NOT_FOR, MADE_UP):
            assert words.zh in page
            assert words.en in page
    real = household_card("h40", replace(frames, is_made_up=False))
    assert MADE_UP.zh not in real._repr_html_()


def test_nothing_but_the_columns_named_gets_onto_a_card(frames):
    """Names, numbers and addresses that stand in a frame by mistake do not pass."""
    poison = [pl.lit("张三丰").alias("name"), pl.lit("110101199003074514").alias("id_number")]
    spoilt = replace(
        frames,
        **{
            part: getattr(frames, part).with_columns(poison)
            for part in ("scores", "reasons", "findings", "beside", "routes", "visits")
        },
    )
    card = household_card("h40", spoilt)
    assert card == household_card("h40", frames)
    assert "张三丰" not in card._repr_html_()
    assert "110101199003074514" not in card._repr_html_()


SENSITIVE = [c.name for c in columns_of(CATALOGUE) if c.indicator.is_sensitive]


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_reason_from_a_sensitive_indicator_is_refused(frames, name):
    """Such a reason cannot come from this package; if it does, there is no card."""
    wrong = frames.reasons.with_columns(evidence=pl.lit(f"{name}=1@2025-08-31"))
    with pytest.raises(SchemaError, match=name):
        household_card("h40", replace(frames, reasons=wrong))


def test_a_household_that_was_not_scored_has_no_card(frames):
    """It is an error that says so, and so are scores of two days."""
    with pytest.raises(SchemaError, match="h99 has 0 scores"):
        household_card("h99", frames)
    twice = replace(frames, scores=pl.concat([frames.scores, frames.scores]))
    with pytest.raises(SchemaError, match="has 2 scores"):
        household_card("h40", twice)


def test_the_page_asks_for_nothing(frames):
    """No script, no address, no picture; what stands in a text is escaped."""
    wild = frames.reasons.with_columns(text_zh=pl.lit("因病：<script>alert(1)</script>"))
    page = household_card("h40", replace(frames, reasons=wild))._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"https?:|src=|@import|url\(", page)


def test_bars_are_as_long_as_contributions(frames):
    """The largest fills its place, half of it half."""
    page = household_card("h40", frames)._repr_html_()
    assert re.findall(r'class="bar" style="width: (\d+)%"', page) == ["100", "50"]


@pytest.mark.parametrize("name", ["card.png", "card.svg"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_saved_card_has_the_same_bytes_twice(frames, tmp_path, name, language):
    """Whatever stands there is replaced by the same picture."""
    card = household_card("h40", frames)
    font = figure_font(notice=lambda _: None)
    path = tmp_path / name
    card.save(path, language, font=font)
    before = path.read_bytes()
    card.save(path, language, font=font)
    assert path.read_bytes() == before
    assert before.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")
    assert b"dc:date" not in before
    assert b"<text" not in before  # words are outlines, whatever fonts the reader has


def test_other_endings_are_refused(frames, tmp_path):
    """What it can be written as is said."""
    with pytest.raises(SchemaError, match=r"\.png or \.svg"):
        household_card("h40", frames).save(tmp_path / "card.pdf")


def test_a_small_risk_is_not_nothing():
    """Below one in a thousand is said so, never as 0."""
    assert risk_texts(0.0) == ("<0.1%", "<1")
    assert risk_texts(0.001) == ("0.1%", "1")
