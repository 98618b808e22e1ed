"""Readings: the notes' own are the default, each has another option, and all are worded."""

from __future__ import annotations

import re
from typing import Literal, get_args, get_origin

import polars as pl
import pytest

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import settings_from
from fanpin_risk.standards.readings import Readings, options_of, overridden, reading_rows

FIELDS = Readings.model_fields
CHINESE = re.compile(r"[一-鿿]")
OF_PROPOSAL = {
    "line_role": "line_and_risk",
    "sudden_needs": "serious_difficulty",
    "risk_not_on_record": "cannot_tell",
    "must_visit_groups": "above_all",
    "must_visit_disabled": "new_or_severe",
    "exit_lasting_risk": "help_is_enough",
}


def test_the_defaults_are_the_readings_of_the_notes():
    """Section 19, point by point."""
    assert Readings().model_dump() == {
        "per_head_rounding": "none",
        "missing_part": "bounded",
        "who_counts": "on_the_day",
        "own_budget_member": "counts_until_recorded_apart",
        "window_of_income": "months_covered",
        "business_loss": "set_off",
        "not_income_items": "left_out",
        "d_item_rules": "only_when_named",
        "collection_year_closes": "after_30_september",
        "national_floor_ends": "on_its_date",
        "heilongjiang_line_ends": "on_its_date",
        "minimum_wage_2017_ends": "on_its_date",
        "year_only_dates": "from_1_january",
        "special_against_later_general": "special_stays",
        "deduction_day": "day_of_decision",
        "deduction_place": "latest_place_of_work",
        "deduction_cap": "not_cut",
        "deduction_without_rule": "cannot_tell",
        "thirty_days_or_month": "days",
        "notice_days": "difference",
        "first_measure_month": "exactly_one_month_is_late",
        "age": "completed",
        "school_ages": "six_by_law",
        "evidence_age_limit_months": None,
        "coping_not_on_record": "cannot_tell",
        "weak_labour_route": "development_and_net",
        "never_poor_without_labour": "not_met_but_look",
        "exit_without_measure": "natural",
        "exit_line": "above",
        "red_lines": "evidence",
        "no_public_figure": "cannot_tell",
        "income_source": "account_then_register",
        **OF_PROPOSAL,
    }


@pytest.mark.parametrize("name", FIELDS)
def test_every_option_is_worded_in_both_languages(name):
    """The first option is the default; no option is without words, no words without an option."""
    field = FIELDS[name]
    words = field.json_schema_extra["words"]
    options = options_of(name)
    if options:
        assert get_origin(field.annotation) is Literal
        assert tuple(words) == options == get_args(field.annotation)
        assert (len(options) >= 2, options[0]) == (True, field.default)
    else:
        assert list(words) == ["", "limit"]
    assert CHINESE.search(field.json_schema_extra["title_zh"])
    assert field.title
    assert not CHINESE.search(field.title)
    for zh, en in words.values():
        assert CHINESE.search(zh)
        assert en
        assert not CHINESE.search(en)


def test_rows_say_what_is_chosen_in_words():
    """One row for each reading, in order, and whether it is the notes' own."""
    rows = reading_rows(Readings(evidence_age_limit_months=12, age="by_calendar_year"))
    assert rows.columns == [
        *("name", "title_zh", "title_en", "chosen", "words_zh", "words_en", "is_default"),
    ]
    assert rows["name"].to_list() == list(FIELDS)
    chosen = rows.filter(~pl.col("is_default")).select("name", "chosen", "words_en")
    assert chosen.rows() == [
        ("age", "by_calendar_year", "difference of calendar years"),
        ("evidence_age_limit_months", "12", "older evidence gives no answer"),
    ]
    plain = reading_rows(Readings())
    assert plain["is_default"].all()
    limit = plain.row(by_predicate=pl.col("name") == "evidence_age_limit_months", named=True)
    assert (limit["chosen"], limit["words_zh"]) == ("", "本身不设时限，始终列出日期")


def test_some_may_be_chosen_otherwise():
    """Those that are not named keep what was chosen before."""
    before = Readings(notice_days="inclusive")
    after = overridden(before, {"age": "by_calendar_year"})
    assert (after.notice_days, after.age) == ("inclusive", "by_calendar_year")
    assert overridden(before, {}) == before


def test_ends_that_are_waived_are_named():
    """Only readings about ends, and only where they carry a value on."""
    assert Readings().ends_waived() == frozenset()
    chosen = Readings(national_floor_ends="until_replaced", exit_line="on_or_above")
    assert chosen.ends_waived() == {"national_floor_ends"}


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"notice_day": "inclusive"}, "notice_day is no setting. Did you mean 'notice_days'?"),
        ({"notice_days": "both"}, "notice_days: Input should be 'difference' or 'inclusive'"),
        ({"evidence_age_limit_months": 0}, "evidence_age_limit_months: Input should be greater"),
    ],
)
def test_what_is_no_option_is_refused(chosen, words):
    """The setting, what it got and what it may be."""
    with pytest.raises(ConfigError, match=rf"^r\.yaml: {re.escape(words)}"):
        settings_from(chosen, Readings, where="r.yaml")
