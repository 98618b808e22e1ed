"""What the county's definitions say of themselves, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from polars.testing import assert_frame_equal

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.catalogue import COUNTY, SURVEY, catalogue_digest, columns_of
from fanpin_risk.indicators.county.aggregate import aggregate
from fanpin_risk.indicators.county.entry import OFFICES
from fanpin_risk.indicators.county.sources import source_of
from fanpin_risk.indicators.indicator import Aggregate
from fanpin_risk.indicators.leaks import CONSEQUENCES

A = Aggregate
NAMED = {indicator.name: indicator for indicator in COUNTY}
COST, GRADE, SHARE = (NAMED[n] for n in ("own_cost_to_line", "home_grade", "paid_by_insurance"))
MEMBERS = next(i for i in SURVEY if i.name == "members")


def test_every_official_cause_has_columns():
    """A reason can be given for each cause."""
    assert {indicator.cause for indicator in COUNTY} == set(Cause)


def test_owners_are_offices_that_are_named_once():
    """Each definition names one of the offices, in both languages."""
    assert {(i.owner_zh, i.owner_en) for i in COUNTY} <= set(OFFICES.values())


def test_sex_and_ethnicity_are_never_shown():
    """They are there to be audited, and marked so."""
    sensitive = {indicator.name for indicator in COUNTY if indicator.is_sensitive}
    assert sensitive == {"is_head_female", "is_head_of_minority"}


def test_help_and_safety_net_have_no_direction():
    """Help answers need: more of it is no sound statement about risk either way."""
    words = ("help", "allowance", "relief", "dibao_members", "tekun", "aid", "on_public_post")
    for indicator in COUNTY:
        if any(word in indicator.name for word in words) and "paid_by" not in indicator.name:
            assert indicator.direction == 0, indicator.name


def test_no_title_names_a_consequence_of_the_label():
    """Neither name nor words speak of listing, exit or measures; the line's name is no listing."""
    for column in columns_of(COUNTY):
        assert not {*column.name.split("_")} & set(CONSEQUENCES)
        title = column.title_zh.replace("低于监测线", "")
        for word in ("纳入", "监测", "消除", "帮扶措施"):
            assert word not in title, column.name


def test_windows_stand_in_names_and_titles():
    """The window is said in the column's name and in both titles."""
    for column in columns_of(COUNTY):
        if column.window is None:
            assert not column.name.endswith(tuple(f"_{w}m" for w in (3, 6, 12, 24)))
            continue
        assert column.name.endswith(f"_{column.window}m")
        assert f"近{column.window}个月" in column.title_zh
        assert f"last {column.window} months" in column.title_en


REFUSED = {
    "a window of a panel": (MEMBERS, {"windows": (3,)}, "visits of a panel have no windows"),
    "a sum over a panel": (MEMBERS, {"aggregates": (A.SUM,)}, r"\['sum'\] do not go with basis"),
    "the newest in a window": (COST, {"aggregates": (A.LATEST,)}, r"\['latest'\] do not go with"),
    "a sum without a window": (COST, {"windows": ()}, r"\['sum'\] do not go with"),
    "a window of no months": (COST, {"windows": (0, 3)}, r"\(0, 3\) must be months, 1 or more"),
    "a window twice": (COST, {"windows": (3, 3)}, "each once and ascending"),
    "windows falling": (COST, {"windows": (12, 3)}, "each once and ascending"),
    "one for no record": (COST, {"if_no_records": 1.0}, "no record means 0 or not known. Got"),
    "money over nothing": (COST, {"relative_to": ""}, "goes with relative_to 'line' or"),
    "a grade over the line": (GRADE, {"relative_to": "line"}, "goes with relative_to 'line' or"),
    "a share of nothing": (SHARE, {"base": None}, "a share needs a base, and only a share"),
    "a sum with a base": (COST, {"base": SHARE.base}, "a share needs a base, and only a share"),
    "days in another unit": (GRADE, {"aggregates": (A.AGE,)}, "'age' gives days and stands alone"),
    "yuan": (COST, {"unit": "yuan"}, "'yuan' is not allowed. Amounts of money must be made"),
    "a listing": (COST, {"name": "days_since_listing"}, "is refused: 'listing'"),
    "a measure": (COST, {"name": "measure_count"}, "is refused: 'measure'"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_contradicts_itself_is_refused(what):
    """The message names the indicator and what is wrong with it."""
    indicator, change, words = REFUSED[what]
    with pytest.raises(ValueError, match=words):
        replace(indicator, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"windows": (3,)},
        {"day": "recorded_day"},
        {"if_no_records": None},
        {"relative_to": "line_of_head"},
    ],
    ids=str,
)
def test_the_fingerprint_changes_with_what_a_window_means(change):
    """A stored model is used only with the same windows, days and denominators."""
    assert catalogue_digest((replace(COST, **change),)) != catalogue_digest((COST,))


# The builder


def test_a_panel_needs_its_account_and_a_county_its_own_day(made, view_of):
    """What is missing is named; a county of another day is refused."""
    tables, as_of = made.random_county(2)
    county = view_of(tables, as_of)
    asked = county.homes.select("household_id")
    with pytest.raises(ValueError, match=r"need the household account\. Give it, or choose"):
        build_indicators(county.known, None, asked, horizon_months=12)
    other = view_of(tables, as_of.replace(day=1))
    with pytest.raises(ValueError, match=r"are of .*, the rest is of .* from the same day"):
        build_indicators(
            county.known, None, asked, horizon_months=12, catalogue=COUNTY, county=other
        )


def test_without_a_county_its_columns_are_unknown(made, view_of):
    """As where no such records are kept."""
    county = view_of(*made.random_county(2))
    asked = county.homes.select("household_id")
    found = build_indicators(county.known, None, asked, horizon_months=12, catalogue=COUNTY)
    assert found.columns[1:] == [column.name for column in columns_of(COUNTY)]
    assert found.drop("household_id").null_count().row(0) == (len(asked),) * (found.width - 1)


def test_other_households_change_nothing_to_the_last_bit(made, columns_of_county):
    """A household alone has the values it has among all others."""
    tables, as_of = made.random_county(4)
    everybody = columns_of_county(tables, as_of)
    for household in everybody["household_id"][:4]:
        alone = columns_of_county(tables, as_of, [household])
        assert alone.equals(everybody.filter(household_id=household))


def test_the_order_of_rows_changes_nothing(made, columns_of_county):
    """Rows of every table turned round, and the households asked for too."""
    tables, as_of = made.random_county(5)
    before = columns_of_county(tables, as_of)
    turned = {name: rows[::-1] for name, rows in tables.items()}
    after = columns_of_county(turned, as_of, before["household_id"].to_list()[::-1])
    assert before.equals(after)


def test_no_column_is_in_nominal_money(made, columns_of_county):
    """Every amount and the line times seven: nothing changes."""
    tables, as_of = made.random_county(6)
    amounts = ("_fen", "price_fen_per_kg")
    dearer = {
        name: [
            {k: v * 7 if k.endswith(amounts) and v is not None else v for k, v in row.items()}
            for row in rows
        ]
        for name, rows in tables.items()
    }
    before = columns_of_county(tables, as_of)
    line = {place: fen * 7 for place, fen in made.LINES.items()}
    # the village's income a head is rounded down to the fen before it is divided by the line
    assert_frame_equal(columns_of_county(dearer, as_of, lines=line), before, abs_tol=1e-5)
    assert not columns_of_county(dearer, as_of).equals(before)


def test_a_definition_added_tomorrow_is_built_without_a_change_elsewhere(made, view_of):
    """Another window, and a mean, of what is read already."""
    county = view_of(*made.random_county(7))
    new = replace(COST, name="own_cost_of_two_years", aggregates=(A.MEAN, A.SUM), windows=(24,))
    source = source_of(county, "medical_bill")
    found = aggregate(source, [new], county.homes, county.known)
    assert found.columns == [
        "household_id",
        "own_cost_of_two_years_mean_24m",
        "own_cost_of_two_years_sum_24m",
    ]


def test_tables_without_a_row_tell_nothing(made, columns_of_county):
    """Kept from no day on: what they would tell is unknown, but for debts, and nothing breaks."""
    tables, as_of = made.random_county(8)
    homes = tables["household_snapshot"]
    empty = {name: [] for name in tables if name != "household_snapshot"}
    none = columns_of_county({"household_snapshot": homes, **empty}, as_of)
    alone = columns_of_county({"household_snapshot": homes}, as_of)
    differs = {n for n in none.columns if none[n].to_list() != alone[n].to_list()}
    assert differs == {f"{i.name}_latest" for i in COUNTY if i.table == "loan_view"}
