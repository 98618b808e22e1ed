"""What the catalogue holds, and what it refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import narwhals as nw
import pytest

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.household.account import household_account
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.catalogue import (
    CATALOGUE,
    COUNTY,
    SURVEY,
    catalogue_digest,
    catalogue_of,
    columns_of,
)
from fanpin_risk.indicators.indicator import UNITS, Aggregate, Indicator, column_name
from fanpin_risk.indicators.leaks import CONSEQUENCES, refuse_consequence
from fanpin_risk.outcomes.cohort import visited
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.standards.lines import line_table
from fanpin_risk.standards.parameters import Standards

CHINESE = re.compile("[\u4e00-\u9fff]")
MEMBERS = next(i for i in CATALOGUE if i.name == "members")
TENURE = next(i for i in CATALOGUE if i.name == "tenure")


def test_every_title_is_chinese_and_english():
    """Each column's words: Chinese first, English beside it, and no two columns alike."""
    columns = columns_of(CATALOGUE)
    for column in columns:
        assert CHINESE.search(column.title_zh), column.name
        assert not CHINESE.search(column.title_en), column.name
        assert column.title_en.strip(), column.name
    assert len({column.title_zh for column in columns}) == len(columns)
    assert len({column.title_en for column in columns}) == len(columns)


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda i: i.name)
def test_every_entry_is_complete(indicator):
    """Official cause, owner in two languages, purpose, known unit, aggregates once each."""
    assert indicator.cause in CAUSE_WORDS
    assert CHINESE.search(indicator.owner_zh)
    assert not CHINESE.search(indicator.owner_en)
    assert indicator.owner_en
    assert indicator.purpose
    assert indicator.unit in UNITS
    assert len(set(indicator.aggregates)) == len(indicator.aggregates)
    assert indicator.scale >= 1


def test_an_entry_with_a_unit_without_size_has_no_scale():
    """Shares, ratios and rooms per person are fixed-point; everything else is whole."""
    scaled = {i.unit for i in CATALOGUE if i.scale != 1}
    in_parts = {"mu_per_head", "m2_per_head", "per_1000"}
    assert scaled == {"ratio", "share", "persons_per_room", *in_parts}
    whole = {i.unit for i in CATALOGUE if i.scale == 1 and Aggregate.SHARE not in i.aggregates}
    assert whole.isdisjoint(scaled)


def test_direction_goes_with_one_meaning():
    """The level of income lowers risk, the rate of falling raises it, and the sign is -1, 0, 1."""
    by_name = {i.name: i.direction for i in CATALOGUE}
    assert by_name["income_to_line"] == -1
    assert by_name["place_rate_of_falling"] == 1
    assert set(by_name.values()) == {-1, 0, 1}


@pytest.mark.parametrize("unit", ["yuan", "peso", "minor unit", "", "Ratio"])
def test_an_amount_of_money_is_refused(unit):
    """No currency is a unit: money must be made relative to a dated line first."""
    with pytest.raises(ValueError, match=r"unit .* is not allowed. Amounts of money must be made"):
        replace(MEMBERS, unit=unit)


@pytest.mark.parametrize("direction", [-1, 1])
def test_a_code_with_a_direction_is_refused(direction):
    """A code has no order, so no direction."""
    with pytest.raises(ValueError, match=r"'tenure': a code has no direction .* Set direction=0"):
        replace(TENURE, direction=direction)


def test_a_code_has_only_its_latest_value():
    """A change or a minimum of codes means nothing."""
    with pytest.raises(ValueError, match="'tenure': a code has only its latest value"):
        replace(TENURE, aggregates=(Aggregate.LATEST, Aggregate.CHANGE))


def test_an_entry_without_aggregates_is_refused():
    """An indicator without a column is a mistake."""
    with pytest.raises(ValueError, match="'members': give at least one aggregate"):
        replace(MEMBERS, aggregates=())


@pytest.mark.parametrize("word", CONSEQUENCES)
def test_consequences_of_the_label_are_refused_by_name(word):
    """Wherever the word stands in the name; the message gives the reason."""
    for name in (word, f"months_since_{word}", f"{word}_count", f"has_{word.upper()}_before"):
        with pytest.raises(ValueError, match=f"{name!r} is refused: {word!r} - .*known before it"):
            replace(MEMBERS, name=name)


@pytest.mark.parametrize("name", ["enlisted_member", "exits_of_dwelling", "fellowship"])
def test_a_word_inside_another_word_is_no_consequence(name):
    """Only whole words count."""
    refuse_consequence(name)


def test_two_columns_of_one_name_are_refused():
    """The same entry twice is found when the columns are listed."""
    with pytest.raises(
        ValueError, match=r"give the columns \['members_change', 'members_latest'\]"
    ):
        columns_of((*CATALOGUE, MEMBERS))


def test_a_columns_name_says_indicator_and_aggregate():
    """One name for each, in the order of the catalogue."""
    names = [column.name for column in columns_of((MEMBERS,))]
    assert names == ["members_latest", "members_change"]
    assert column_name("members", Aggregate.WEIGHTED_MEAN) == "members_weighted_mean"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "people"},
        {"unit": "rooms"},
        {"scale": 2},
        {"aggregates": (Aggregate.LATEST,)},
        {"cause": Cause.ILLNESS},
        {"direction": -1},
        {"is_sensitive": True},
        {"if_no_records": 0.0},
        {"table": "income"},
    ],
    ids=str,
)
def test_the_fingerprint_changes_with_what_a_column_means(change):
    """A stored model is used only with the same meanings; the order counts too."""
    before = catalogue_digest((MEMBERS, TENURE))
    assert catalogue_digest((MEMBERS, TENURE)) == before
    assert catalogue_digest((replace(MEMBERS, **change), TENURE)) != before
    assert catalogue_digest((TENURE, MEMBERS)) != before


def test_words_alone_do_not_change_the_fingerprint():
    """A better title needs no new model."""
    assert catalogue_digest((replace(MEMBERS, title_zh="人口"),)) == catalogue_digest((MEMBERS,))


def test_an_expression_may_stand_on_any_column(small, feature_table):
    """An entry added tomorrow is built without a change elsewhere."""
    rooms = Indicator(
        name="rooms_besides_own",
        title_zh="非自用间数",
        title_en="rooms of others",
        unit="rooms",
        table="housing_check",
        expression=nw.col("dwelling_rooms") - nw.col("own_rooms"),
        aggregates=(Aggregate.LATEST, Aggregate.MAXIMUM),
        cause=Cause.UNSAFE_HOUSING,
        owner_zh="住建部门",
        owner_en="housing office",
        purpose="test",
    )
    visits = [
        small.visit("h1", "2010-12-31", dwelling_rooms=9, own_rooms=2),
        small.visit("h1", "2011-03-31", dwelling_rooms=4, own_rooms=2),
    ]
    found = feature_table(small.records(visits), date(2011, 3, 31), catalogue=(rooms,))
    assert found.row(0) == ("h1", 2.0, 7.0)


def test_the_catalogue_is_large_enough():
    """At least 25 definitions and 60 columns over a panel, 80 columns over a county's records."""
    assert len(SURVEY) >= 25
    assert len(columns_of(SURVEY)) >= 60
    assert len(columns_of(COUNTY)) >= 80


def test_the_parts_make_the_whole():
    """Survey first, then county, none twice; each part by its name, no other name."""
    assert (*SURVEY, *COUNTY) == CATALOGUE
    assert catalogue_of("survey") is SURVEY
    assert catalogue_of("county") is COUNTY
    for basis in ("survey", "county"):
        assert {i.basis for i in catalogue_of(basis)} == {basis}
    with pytest.raises(ValueError, match=r"no catalogue 'panel'\. Choose one of survey, county"):
        catalogue_of("panel")


def test_the_meaning_of_the_survey_s_columns_has_not_changed():
    """Models stored before the county's part came along are still used with the same columns."""
    assert catalogue_digest(SURVEY) == "e8ef13c0c5632339"
    assert columns_of(SURVEY) == columns_of(CATALOGUE)[: len(columns_of(SURVEY))]


def test_on_the_real_panel_the_columns_differ_from_each_other(panel_records, standards_folder):
    """At least 60 pairwise different columns among the households visited in one quarter."""
    as_of = date(2009, 12, 31)
    known = known_as_of(panel_records, as_of)
    lines = line_table(Standards.load(standards_folder), known, ["income_line"])
    account = household_account(known, lines, line="income_line")
    population = visited(account, as_of).select("household_id")
    found = build_indicators(known, account, population, horizon_months=12)
    distinct = {tuple(found[column.name].to_list()) for column in columns_of(SURVEY)}
    assert found.height > 5_000
    assert len(distinct) >= 60
    constant = [n for n in found.columns[1:] if found[n].n_unique() == 1]
    assert constant == ["season_latest", "days_since_visit_latest"]
