"""The runner counts everything it looked at, refuses what it must not see, and reads no clock."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import AccountingError, ConfigError, SchemaError, TimeOrderError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.quality import CHECKS, LEFT_OUT, run_checks
from fanpin_risk.records.quality.run import COUNTS, COUNTS_SCHEMA, USED_TABLES, check_counts
from fanpin_risk.simulate.small_county import small_county

AS_OF = date(2024, 6, 30)


def state(result, check):
    """State of a check."""
    return result.states.row(by_predicate=pl.col("check") == check, named=True)["state"]


@given(seed=st.integers(0, 2**32 - 1), share_null=st.sampled_from([0.0, 0.3, 0.9]))
@settings(max_examples=25, deadline=None)
def test_counts_add_up_on_any_records(make, all_given, seed, share_null):
    """Eligible = evaluated + unknown, failed <= evaluated, and every row is counted and marked."""
    tables = make.random_tables(np.random.default_rng(seed), share_null=share_null)
    result = run_checks(tables, as_of=AS_OF, settings=all_given)
    counts = result.counts
    assert (counts["n_eligible"] == counts["n_evaluated"] + counts["n_unknown"]).all()
    assert (counts["n_failed"] <= counts["n_evaluated"]).all()
    assert (counts["n_eligible"] <= counts["n_rows"]).all()
    assert counts["n_failed"].sum() == result.failures.height
    for check in CHECKS.values():
        if check.scope == "field":
            of_check = counts.filter(check=check.id)
            assert of_check["n_rows"].sum() == tables[check.table].height, check.id
    assert result.states["check"].to_list() == sorted([*CHECKS, *LEFT_OUT])
    assert result.states["n_failed"].sum() == result.failures.height


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_has_no_part_in_it(make, all_given, seed):
    """Shuffled rows give the same counts and the same marks."""
    tables = make.random_tables(np.random.default_rng(seed))
    shuffled = {t: f.sample(fraction=1, shuffle=True, seed=1) for t, f in tables.items()}
    one = run_checks(tables, as_of=AS_OF, settings=all_given)
    other = run_checks(shuffled, as_of=AS_OF, settings=all_given)
    assert one.counts.equals(other.counts)
    assert one.failures.equals(other.failures)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_a_later_day_changes_only_what_waits(make, all_given, seed):
    """Seen later the same records give the same, apart from measures that were not due before."""
    tables = make.random_tables(np.random.default_rng(seed))
    one = run_checks(tables, as_of=AS_OF, settings=all_given).counts
    other = run_checks(tables, as_of=AS_OF + timedelta(days=900), settings=all_given).counts
    clocked = ["12.01", "12.02", "12.03", "12.04", "12.05", "12.06", "14.50", "14.51"]
    on_both = ~pl.col("check").is_in(clocked)
    assert one.filter(on_both).equals(other.filter(on_both))


def test_counts_are_by_source_place_month_and_batch(make, shipped):
    """Two sources, batches, months and places of households are four lines, each with its place."""
    tables = make.frames_of(
        {
            "household_snapshot": [{}, {"household_id": "h2", "place": "村二"}],
            "exit": [
                {"way": "natural", "has_safe_home_after": False},
                {"way": "natural", "household_id": "h2", "has_safe_home_after": True},
                {"way": "natural", "household_id": "h3", "batch": "000002"},
                {"way": "natural", "occurred_on": date(2022, 2, 17), "source": "b"},
            ],
        }
    )
    result = run_checks(tables, as_of=AS_OF, settings=shipped, checks=["14.45"])
    assert result.counts.select("source", "place", "month", "batch", *COUNTS).rows() == [
        ("b", "村一", date(2022, 2, 1), "000001", 1, 1, 0, 1, 0),
        ("hand", None, date(2023, 6, 1), "000002", 1, 1, 0, 1, 0),
        ("hand", "村一", date(2023, 6, 1), "000001", 1, 1, 1, 0, 1),
        ("hand", "村二", date(2023, 6, 1), "000001", 1, 1, 1, 0, 0),
    ]
    assert result.failures.rows() == [
        ("14.45", "exit", "h1", None, "exit-0000", date(2023, 6, 30), "000001", "hand", "村一")
    ]


def test_a_check_that_always_fails_is_reported(make, shipped):
    """Twenty failures out of twenty are "always_fails", nineteen out of nineteen "failed"."""
    bad = {"farmland_mu_x100": 20_000}
    for n, expected in ((19, "failed"), (20, "always_fails")):
        tables = make.frames_of({"household_snapshot": [bad] * n})
        assert state(run_checks(tables, as_of=AS_OF, settings=shipped), "14.36") == expected
    tables = make.frames_of({"household_snapshot": [bad] * 20 + [{"farmland_mu_x100": 0}]})
    assert state(run_checks(tables, as_of=AS_OF, settings=shipped), "14.36") == "failed"


def test_a_check_that_can_never_fire_is_not_passed(make, shipped):
    """Nothing eligible, nothing known and no number are three states, none of them "passed"."""
    tables = make.frames_of({"household_snapshot": [{"farmland_mu_x100": None}], "exit": []})
    result = run_checks(tables, as_of=AS_OF, settings=shipped)
    assert state(result, "14.36") == "unknown_only"
    assert state(result, "14.45") == "not_run"
    assert state(result, "14.29") == "parameter_missing"
    assert state(result, "14.49") == "left_out"
    assert "passed" not in result.states["state"].to_list()
    silent = result.states.filter(pl.col("state") != "failed")
    assert silent["reason_zh"].str.len_chars().min() > 0
    assert silent["reason_en"].str.len_chars().min() > 0


def test_no_records_at_all_give_no_passed_check(all_given):
    """Without a table every check says that it was not run, and names what is missing."""
    result = run_checks({}, as_of=AS_OF, settings=all_given)
    assert set(result.states["state"]) == {"not_run", "left_out"}
    assert result.counts.schema == pl.Schema(COUNTS_SCHEMA)
    reason = result.states.row(by_predicate=pl.col("check") == "14.45", named=True)
    assert "风险消除" in reason["reason_zh"]
    assert "exit" in reason["reason_en"]


def test_place_is_the_newest_snapshots(make, shipped):
    """A household that moved within the county is counted where it lives now."""
    tables = make.frames_of(
        {
            "household_snapshot": [{"place": "村二"}, {"occurred_on": date(2022, 1, 1)}],
            "exit": [{"way": "natural", "has_safe_home_after": True}],
        }
    )
    counts = run_checks(tables, as_of=AS_OF, settings=shipped, checks=["14.45"]).counts
    assert counts["place"].to_list() == ["村二"]


def test_a_household_that_ended_is_not_asked_about_its_members(make, shipped):
    """After a merge the old number has no members any more, so no head is missed."""
    members = [
        {"relation": "son", "household_id": "h1"},
        {"relation": "head", "household_id": "h2"},
    ]
    change = {"change": "merge", "other_household_id": "h2"}
    for changes, n_failed in (([], 1), ([change], 0)):
        tables = make.frames_of({"member_snapshot": members, "household_change": changes})
        result = run_checks(tables, as_of=AS_OF, settings=shipped, checks=["14.01"])
        assert result.failures.height == n_failed


def test_rows_from_the_future_are_refused(make, shipped):
    """A row recorded after the day of the check stops it."""
    tables = make.frames_of({"exit": [{"way": "natural"}]})
    with pytest.raises(TimeOrderError, match="1 rows were recorded after 2023-06-29"):
        run_checks(tables, as_of=date(2023, 6, 29), settings=shipped)


def test_withdrawn_rows_are_refused(make, shipped):
    """A withdrawn record is no record: the caller has to leave it out."""
    tables = make.frames_of({"exit": [{"way": "natural", "is_withdrawn": True}]})
    with pytest.raises(SchemaError, match="exit holds withdrawn records"):
        run_checks(tables, as_of=AS_OF, settings=shipped)


def test_two_versions_of_a_record_are_refused(make, shipped):
    """All versions would be counted as so many records."""
    tables = make.frames_of({"exit": [{"way": "natural", "record_id": "r"}] * 2})
    with pytest.raises(SchemaError, match="1 records of exit stand there more than once"):
        run_checks(tables, as_of=AS_OF, settings=shipped)


def test_frames_that_are_no_contract_frames_are_refused(make, shipped):
    """A column that is missing or of another type is named, with the mend."""
    frame = make.frames_of({"exit": [{"way": "natural"}]})["exit"]
    with pytest.raises(SchemaError, match="exit lacks the columns way, has_safe_home_after"):
        run_checks(
            {"exit": frame.drop("way", "has_safe_home_after")}, as_of=AS_OF, settings=shipped
        )
    wrong = {"exit": frame.with_columns(pl.col("occurred_on").cast(pl.Datetime))}
    with pytest.raises(SchemaError, match="exit: occurred_on is Datetime"):
        run_checks(wrong, as_of=AS_OF, settings=shipped)


def test_an_unknown_number_is_refused(shipped):
    """A number that is no check's is named, with the nearest one."""
    with pytest.raises(ConfigError, match=r"'14\.1' is no check"):
        run_checks({}, as_of=AS_OF, settings=shipped, checks=["14.1"])


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param((5, 4, 3, 0, 0), id="eligible is not evaluated and unknown"),
        pytest.param((5, 4, 4, 0, 5), id="more failed than evaluated"),
        pytest.param((3, 4, 4, 0, 0), id="more eligible than rows"),
        pytest.param((5, 4, 5, -1, 0), id="a negative count"),
    ],
)
def test_counts_that_do_not_add_up_are_an_error(numbers):
    """Each way of losing or doubling rows is noticed, and the check is named."""
    line = {"check": "14.01", "table": "t", **dict(zip(COUNTS, numbers, strict=True))}
    counts = pl.DataFrame([line], schema=COUNTS_SCHEMA)
    with pytest.raises(AccountingError, match=r"Check 14\.01: the counts do not add up"):
        check_counts(counts)


def test_tables_that_checks_need_are_looked_at():
    """Every needed column is in a contract, and its table among those looked at."""
    for check in CHECKS.values():
        for need in check.needs:
            table, column = need.split(".")
            assert table in USED_TABLES, check.id
            assert column in frame_schema(TABLES[table]), (check.id, need)


# The clean county


@pytest.fixture(scope="module")
def clean(all_given):
    """The checks over a clean county of 500 households and two years."""
    county = small_county(500, 24, seed=1, first_day=date(2022, 1, 1))
    tables = {table: clean_frame(table, county.newest(table)) for table in county.tables}
    return run_checks(tables, as_of=AS_OF, settings=all_given)


def clean_frame(table, rows):
    """Contract frame of a county's rows, with the person in clear as the person."""
    schema = frame_schema(TABLES[table])
    known = [row for row in rows if row["recorded_on"] <= AS_OF]
    named = [row | {"person_id": row.get("person"), "source": "s", "batch": "1"} for row in known]
    return pl.DataFrame(
        [{name: row[name] for name in schema} for row in named], schema=schema, orient="row"
    )


def test_no_check_fires_on_a_fifth_of_clean_records(clean):
    """Of each check at most 20% of the evaluated records fail."""
    failing = clean.states.filter(pl.col("n_failed") * 5 > pl.col("n_evaluated"))
    assert failing.select("check", "n_evaluated", "n_failed").rows() == []


def test_most_checks_run_on_the_clean_county(clean):
    """At least fifty checks are evaluated there, so the county says something about them."""
    assert clean.states.filter(pl.col("n_evaluated") > 0).height >= 50
