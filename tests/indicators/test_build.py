"""The builder: what it never depends on, and what goes in and out at the door."""

from __future__ import annotations

import random
from datetime import date

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.build import as_pandas, from_pandas
from fanpin_risk.indicators.catalogue import SURVEY, columns_of
from fanpin_risk.indicators.indicator import Aggregate, Indicator
from fanpin_risk.records.contracts import TABLES, frame_schema

NAMES = [column.name for column in columns_of(SURVEY)]
CODES = [column.name for column in columns_of(SURVEY) if column.indicator.is_categorical]


def households(entries):
    """Names of the households of some entries, sorted."""
    return sorted({entry["household_id"] for entry in entries})


def test_no_indicator_is_in_nominal_money(small, feature_table):
    """All amounts and medians times seven: every column of every household stays the same."""
    visits, medians = small.random_panel(5)
    dearer = [v | {"total_minor": v["total_minor"] and v["total_minor"] * 7} for v in visits]
    higher = [m | {"median_income_minor": m["median_income_minor"] * 7} for m in medians]
    for day in (small.QUARTER_ENDS[5], small.QUARTER_ENDS[8]):
        before = feature_table(small.records(visits, medians), day, households(visits))
        after = feature_table(small.records(dearer, higher), day, households(visits))
        assert before.equals(after)
        only_incomes = feature_table(small.records(dearer, medians), day, households(visits))
        assert not before.equals(only_incomes)


def test_the_order_of_rows_changes_nothing(small, feature_table):
    """Rows of every table shuffled, and the population asked for in another order."""
    visits, medians = small.random_panel(6)
    everybody = households(visits)
    before = feature_table(small.records(visits, medians), small.QUARTER_ENDS[8], everybody)
    for seed in range(3):
        rng = random.Random(seed)
        for rows in (visits, medians, everybody):
            rng.shuffle(rows)
        after = feature_table(small.records(visits, medians), small.QUARTER_ENDS[8], everybody)
        assert before.equals(after)


def test_household_names_are_labels_only(small, feature_table):
    """Names permuted: each household keeps its values under its new name."""
    visits, medians = small.random_panel(7)
    old = households(visits)
    new = random.Random(1).sample([f"x{n}" for n in range(100)], len(old))
    names = dict(zip(old, new, strict=True))
    renamed = [
        v
        | {"household_id": (n := names[v["household_id"]]), "record_id": f"{n}/{v['occurred_on']}"}
        for v in visits
    ]
    day = small.QUARTER_ENDS[8]
    before = feature_table(small.records(visits, medians), day, old)
    after = feature_table(small.records(renamed, medians), day, new)
    expected = before.with_columns(pl.col("household_id").replace_strict(names))
    assert after.equals(expected.sort("household_id"))


def test_other_households_in_the_population_change_nothing(small, feature_table):
    """A household's values are the same alone and among all others."""
    visits, medians = small.random_panel(8)
    records = small.records(visits, medians)
    everybody = feature_table(records, small.QUARTER_ENDS[8], households(visits))
    for household in households(visits)[:3]:
        alone = feature_table(records, small.QUARTER_ENDS[8], [household])
        assert alone.equals(everybody.filter(pl.col("household_id") == household))


def test_the_last_bit_does_not_depend_on_how_many_are_asked_for(small, feature_table):
    """A third of the line reads 0.3333 alone and among others: division is exact."""
    day = date(2010, 3, 31)
    visits = [small.visit(f"h{n}", day, total_minor=200 + n) for n in range(40)]
    records = small.records(visits, [small.median(day, 1_000)])
    together = feature_table(records, day)
    assert together["income_to_line_latest"][0] == 0.3333
    for n in range(0, 40, 8):
        alone = feature_table(records, day, [f"h{n}"])
        assert alone.equals(together.filter(pl.col("household_id") == f"h{n}"))


def test_the_table_has_the_catalogues_columns_and_types(small, feature_table):
    """Columns in catalogue order, numbers as Float64, codes as String, sorted by bytes."""
    visits = [small.visit(name, "2010-03-31") for name in ("h10", "h2", "H3", "乙", "é")]
    found = feature_table(small.records(visits), date(2010, 3, 31))
    assert found.columns == ["household_id", *NAMES]
    kinds = {name: pl.String if name in CODES else pl.Float64 for name in NAMES}
    assert {name: found.schema[name] for name in NAMES} == kinds
    ids = found["household_id"].to_list()
    assert ids == sorted(ids, key=lambda name: name.encode())


def test_who_was_never_seen_has_nothing_but_nulls(small, feature_table):
    """Asked for and without any record: every value is unknown, none is zero."""
    visits = [small.visit("h1", "2010-03-31")]
    found = feature_table(small.records(visits), date(2010, 3, 31), ["h1", "nobody"])
    row = found.filter(pl.col("household_id") == "nobody").row(0, named=True)
    assert {name for name in NAMES if row[name] is not None} == set()


def test_a_table_that_is_not_kept_is_unknown(small, feature_table):
    """Without support or housing records the rest of the columns is the same."""
    visits, medians = small.random_panel(9)
    tables = small.frames(visits, medians)
    full = feature_table(small.records(visits, medians), small.QUARTER_ENDS[8], households(visits))
    fewer = {n: t for n, t in tables.items() if n not in ("support", "housing_check")}
    less = feature_table(small.Records(fewer), small.QUARTER_ENDS[8], households(visits))
    gone = [
        column.name
        for column in columns_of(SURVEY)
        if column.indicator.table in ("support", "housing_check", "crowding")
    ]
    assert less.columns == full.columns
    assert less.select(gone).null_count().sum_horizontal().item() == less.height * len(gone)
    assert less.drop(gone).equals(full.drop(gone))


def test_a_household_twice_in_the_population_is_refused(small, feature_table):
    """The mistake is named before anything is computed."""
    records = small.records([small.visit("h1", "2010-03-31")])
    with pytest.raises(ValueError, match=r"stands twice in the population\. Give each once"):
        feature_table(records, date(2010, 3, 31), ["h1", "h1"])


def absence(if_no_records):
    """An indicator of severance pay with a meaning for no record at all."""
    return Indicator(
        name="has_severance_pay",
        title_zh="离职补偿",
        title_en="severance pay",
        unit="yes_no",
        table="shock_and_coping",
        expression=nw.col("has_severance_pay"),
        aggregates=(Aggregate.LATEST,),
        cause=Cause.UNSTABLE_WORK,
        owner_zh="人社部门",
        owner_en="human resources office",
        purpose="test",
        if_no_records=if_no_records,
    )


@pytest.mark.parametrize(("if_no_records", "expected"), [(None, None), (0.0, 0.0)])
def test_no_record_means_what_the_catalogue_says_and_an_unknown_value_stays_unknown(
    small, feature_table, if_no_records, expected
):
    """A household without any record gets the stated value; a record without answer stays null."""
    visits = [
        small.visit("a record says yes", "2010-03-31", has_severance_pay=True),
        small.visit("b record without answer", "2010-03-31"),
        small.visit("c no record", "2010-03-31", without=("shock_and_coping",)),
    ]
    catalogue = (absence(if_no_records),)
    found = feature_table(small.records(visits), date(2010, 3, 31), catalogue=catalogue)
    assert found["has_severance_pay_latest"].to_list() == [1.0, None, expected]


def test_what_absence_means_needs_records_to_be_kept_at_all(small, feature_table):
    """Where nobody keeps such records, no record does not mean none."""
    tables = small.frames([small.visit("h1", "2010-03-31")])
    del tables["shock_and_coping"]
    found = feature_table(small.Records(tables), date(2010, 3, 31), catalogue=(absence(0.0),))
    assert found["has_severance_pay_latest"].to_list() == [None]


def test_a_pandas_frame_comes_back_as_it_went(small, feature_table):
    """Out at the door null is NaN or None; in again NaN is null: nothing else changes."""
    visits, medians = small.random_panel(10)
    found = feature_table(small.records(visits, medians), small.QUARTER_ENDS[8], households(visits))
    frame = as_pandas(found)
    assert frame.index.name == "household_id"
    assert frame["income_to_line_latest"].dtype == np.float64
    gaps = found.drop("household_id", *CODES).null_count().row(0)
    assert tuple(frame.drop(columns=CODES).isna().sum()) == gaps
    assert sum(gaps) > 0
    assert from_pandas(frame.reset_index()).equals(found)


def test_records_may_come_from_pandas(small, feature_table):
    """Tables that went through pandas, where a gap makes integers floats, give the same values."""
    visits, medians = small.random_panel(11)
    tables = small.frames(visits, medians)
    through = {
        name: from_pandas(frame.to_pandas()).cast(dict(frame_schema(TABLES[name])))
        for name, frame in tables.items()
    }
    day = small.QUARTER_ENDS[8]
    before = feature_table(small.Records(tables), day, households(visits))
    assert before.equals(feature_table(small.Records(through), day, households(visits)))


def test_nan_becomes_null_at_the_door():
    """NaN is larger than any number below the door, so none may pass it."""
    frame = pd.DataFrame({"household_id": ["h1", "h2"], "income_to_line": [1.5, np.nan]})
    found = from_pandas(frame)
    assert found["income_to_line"].to_list() == [1.5, None]
    assert found.filter(pl.col("income_to_line") > 2).height == 0
