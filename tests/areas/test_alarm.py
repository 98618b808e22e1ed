"""The alarm rings where many are struck at once, says what it takes, looks at the past alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from fanpin_risk.areas.alarm import ALARM_COLUMNS, AlarmSettings, alarms
from fanpin_risk.errors import SchemaError

FIRST, LAST = 612, 671
SETTINGS = AlarmSettings()
SIZES = np.full(20, 200)


@pytest.fixture(scope="module")
def quiet(drawn):
    """A county of 20 villages without noise, half a household a village and month."""
    return drawn(1)


def with_cluster(events, n, *, village="v003", month=LAST, cause="illness", product=None):
    """The same events, and some households of one village in one month."""
    rows = [(village, month, cause, product, f"cluster-{at}") for at in range(n)]
    return pl.concat([events, pl.DataFrame(rows, schema=events.schema, orient="row")])


def last(events, exposure, settings=SETTINGS):
    """Report of the last month."""
    return alarms(events, exposure, from_month=LAST, to_month=LAST, settings=settings)


def village_rows(report, village="v003", window=1):
    """Rows of one village."""
    return report.rows.filter(
        pl.col("level") == "village", pl.col("place") == village, pl.col("window_months") == window
    )


def test_a_village_struck_at_once_rings(quiet):
    """Fourteen households where half a one is usual."""
    events, exposure = quiet
    (row,) = village_rows(last(with_cluster(events, 14), exposure)).iter_rows(named=True)
    assert row["is_alarm"]
    assert row["households"] >= 14
    assert row["expected"] < 2
    assert row["ratio"] == pytest.approx(row["households"] / row["expected"])
    assert 1 < row["ratio_low"] < row["ratio"] < row["ratio_high"]
    assert row["chance"] <= row["alarm_level"] < 0.5 / 12
    assert row["text_zh"].startswith("预警：村v003，2025-12，因病：")
    assert row["text_en"].startswith("Alarm: village v003, 2025-12, illness: ")


def number(events, months, places=None):
    """Households with an event in some months, in some places or everywhere."""
    asked = events.filter(pl.col("month").is_in(list(months)))
    asked = asked if places is None else asked.filter(pl.col("place").is_in(places))
    return asked.select("place", "month", "household_id").unique().height


@pytest.mark.parametrize("window", [1, 3])
def test_what_is_expected_is_what_a_slow_count_gives(quiet, window):
    """Of a village: its past times the others' month over their past. Of the county: other years.

    The past ends where the window begins, and goes back so many months at most.
    """
    events, exposure = quiet
    struck = with_cluster(with_cluster(events, 40), 30, village="v007")
    rows = last(struck, exposure, AlarmSettings(baseline_months=40)).rows
    rows = rows.filter(pl.col("window_months") == window)
    now = range(LAST - window + 1, LAST + 1)
    past = range(LAST - window + 1 - 40, LAST - window + 1)
    others = sorted(set(events["place"]) - {"v003"})
    (village,) = rows.filter(pl.col("place") == "v003").iter_rows(named=True)
    assert village["households"] == number(struck, now, ["v003"])
    rest = number(struck, now, others) / number(struck, past, others)
    assert village["expected"] == pytest.approx(number(struck, past, ["v003"]) * rest)
    (county,) = rows.filter(pl.col("level") == "county").iter_rows(named=True)
    assert county["households"] == number(struck, now)
    earlier = [month - 12 * years for years in (1, 2, 3) for month in now]
    assert county["expected"] == pytest.approx(number(struck, earlier) / 3)


def test_the_smallest_alarm_rings_and_one_household_less_does_not(quiet):
    """What is said of the smallest number holds when it comes true."""
    events, exposure = quiet
    (row,) = village_rows(last(with_cluster(events, 14), exposure)).iter_rows(named=True)
    usual = row["households"] - 14
    at, below = (
        village_rows(last(with_cluster(events, row["smallest_alarm"] - usual - less), exposure))
        for less in (0, 1)
    )
    assert at["is_alarm"].to_list() == [True]
    assert not below["is_alarm"].any()


def test_what_the_alarm_can_see_is_told_for_every_cause(quiet):
    """The middle village rings with the number said, planted anew; with one less it does not."""
    events, exposure = quiet
    reach = last(events, exposure).reach
    told = reach.filter(pl.col("level") == "village", pl.col("window_months") == 1)
    (row,) = told.iter_rows(named=True)
    assert row["n_areas"] == 20
    assert SETTINGS.least_households <= row["smallest_median"] <= row["smallest_high"] < 20
    assert row["expected_median"] == pytest.approx(0.5, abs=0.4)
    quiet_now = events.filter(pl.col("month") != LAST)
    n_rings = 0
    for village in range(0, 20, 2):
        struck = with_cluster(quiet_now, int(row["smallest_high"]) + 1, village=f"v{village:03d}")
        n_rings += village_rows(last(struck, exposure), f"v{village:03d}")["is_alarm"].any()
    assert n_rings >= 7


def test_what_the_whole_county_shares_is_no_excess_of_a_village(quiet):
    """Four times as many everywhere: the county rings, no village does."""
    events, exposure = quiet
    others = [
        with_cluster(events.head(0), 3, village=f"v{v:03d}").with_columns(
            household_id=pl.lit(f"{v}-") + pl.col("household_id")
        )
        for v in range(20)
    ]
    rows = last(pl.concat([events, *others]), exposure).rows
    rang = rows.filter("is_alarm")
    assert "county" in rang["level"].to_list()
    assert set(rang["level"]) == {"county"}


def test_the_county_names_where_most_are(quiet):
    """Villages with enough households to be named, the most first."""
    events, exposure = quiet
    struck = with_cluster(with_cluster(events, 30), 20, village="v007")
    (row,) = (
        last(struck, exposure)
        .rows.filter(pl.col("level") == "county", pl.col("window_months") == 1)
        .iter_rows(named=True)
    )
    assert "；最多的村：v003（3" in row["text_zh"]
    assert "most in v003 (3" in row["text_en"]
    assert row["place"] is None


def test_a_product_rings_by_itself(quiet):
    """Sheep die in one village; other businesses fail as ever."""
    events, exposure = quiet
    usual = events.with_columns(cause=pl.lit("failed_business"), product=pl.lit("corn"))
    few = usual.filter(pl.int_range(pl.len()) % 9 == 0).with_columns(product=pl.lit("sheep"))
    both = pl.concat([usual, few.with_columns(pl.col("household_id") + "s")])
    struck = with_cluster(both, 9, cause="failed_business", product="sheep")
    rang = last(struck, exposure).rows.filter("is_alarm")
    assert "sheep" in rang["product"].to_list()
    assert "corn" not in rang["product"].to_list()


def test_fewer_than_the_smallest_cell_are_never_shown(quiet):
    """Four households do not ring and are not listed, however rare that is."""
    events, exposure = quiet
    rare = with_cluster(events, 4, cause="unsafe_water")
    background = events.filter(pl.int_range(pl.len()) % 20 == 0)
    background = background.with_columns(cause=pl.lit("unsafe_water"))
    settings = AlarmSettings(shown_chance=1.0)
    rows = last(pl.concat([rare, background]), exposure, settings).rows
    assert rows.height > 0
    assert rows["households"].min() >= 5


def test_what_cannot_reach_the_smallest_cell_takes_no_share_of_the_promise(quiet):
    """A cause with one household in each village has no village that could ring."""
    events, exposure = quiet
    rare = [
        (f"v{village:03d}", 640 + village, "unsafe_water", None, f"w{village}")
        for village in range(20)
    ]
    more = pl.concat([events, pl.DataFrame(rare, schema=events.schema, orient="row")])
    one, other = (last(given, exposure).months["n_tests"].item() for given in (events, more))
    assert one <= other < one + 20


def test_a_cause_without_a_past_rings_for_the_county_alone(quiet):
    """Nothing to set villages against each other by: that is said, and the county is judged."""
    events, exposure = quiet
    report = last(with_cluster(events, 12, cause="unsafe_water"), exposure)
    rang = report.rows.filter("is_alarm")
    assert set(rang["level"]) == {"county"}
    assert rang["expected"].to_list() == [0.0] * rang.height
    assert rang["ratio"].null_count() == rang.height
    assert (rang["ratio_low"] > 1).all()
    untold = report.untold.filter(pl.col("cause") == "unsafe_water")
    assert set(untold["level"]) == {"village", "township"}
    assert untold["reason_en"].str.starts_with("too few cases of this kind").all()


def test_months_that_rang_are_no_part_of_the_quiet_past(quiet):
    """A second flood rings although the first was as large."""
    events, exposure = quiet
    flood = {"cause": "disaster", "village": "v003"}
    first = with_cluster(events, 60, month=LAST - 12, **flood)
    second = with_cluster(first, 40, month=LAST, **flood).with_columns(
        household_id=pl.col("household_id") + "-" + pl.col("month").cast(pl.String)
    )
    report = alarms(second, exposure, from_month=LAST - 12, to_month=LAST, settings=SETTINGS)
    rang = report.rows.filter("is_alarm", pl.col("cause") == "disaster")
    assert {LAST - 12, LAST} <= set(rang["month"])
    of_second = rang.filter(pl.col("month") == LAST, pl.col("level") == "county")
    assert of_second["expected"].max() == 0.0


def test_no_later_month_has_a_part(quiet):
    """Cutting the future off leaves every row of the past as it was."""
    events, exposure = quiet
    struck = with_cluster(events, 14, month=650)
    whole = alarms(struck, exposure, from_month=640, to_month=655, settings=SETTINGS)
    cut = alarms(
        struck.filter(pl.col("month") <= 655),
        exposure.filter(pl.col("month") <= 655),
        from_month=640,
        to_month=655,
        settings=SETTINGS,
    )
    assert whole.rows.equals(cut.rows)
    assert whole.months.equals(cut.months)


def test_a_month_by_itself_says_what_it_says_among_others(quiet):
    """Months that are not reported are judged all the same."""
    events, exposure = quiet
    struck = with_cluster(with_cluster(events, 14, month=660), 14, month=LAST, village="v009")
    among = alarms(struck, exposure, from_month=650, to_month=LAST, settings=SETTINGS)
    alone = last(struck, exposure)
    assert among.rows.filter(pl.col("month") == LAST).equals(alone.rows)


def test_the_order_of_rows_does_not_matter(quiet):
    """Shuffled rows, the same report."""
    events, exposure = quiet
    struck = with_cluster(events, 14)
    one = last(struck, exposure)
    other = last(struck.sample(fraction=1, shuffle=True, seed=1), exposure[::-1])
    assert one.rows.equals(other.rows)
    assert one.untold.equals(other.untold)


def test_growing_villages_are_no_excess(events_of_counts, exposure_of_sizes):
    """One village grows fourfold: four times the households in need are what is to be expected."""
    rng = np.random.default_rng(5)
    rates = np.full((20, 60), 2.0)
    rates[3, 48:] *= 4
    events = events_of_counts(rng.poisson(rates))
    exposure = exposure_of_sizes(SIZES, 60)
    grown = exposure.with_columns(
        households=pl.when(pl.col("place") == "v003", pl.col("month") >= FIRST + 48)
        .then(800)
        .otherwise("households")
    )
    span = {"from_month": FIRST + 48, "to_month": FIRST + 50, "settings": SETTINGS}
    assert not alarms(events, grown, **span).rows["is_alarm"].any()
    assert alarms(events, exposure, **span).rows["is_alarm"].any(), "households do count"


def test_columns_and_types_are_fixed(quiet):
    """Also where there is nothing to report."""
    events, exposure = quiet
    empty = alarms(events.head(0), exposure, from_month=FIRST, to_month=LAST, settings=SETTINGS)
    assert dict(empty.rows.schema) == ALARM_COLUMNS
    assert dict(last(with_cluster(events, 14), exposure).rows.schema) == ALARM_COLUMNS
    assert empty.months["n_alarms"].sum() == 0
    assert empty.months.height == LAST - FIRST + 1 - 2  # three months must have passed


@pytest.mark.parametrize("span", [(FIRST - 1, LAST), (FIRST, LAST + 1), (LAST, FIRST)])
def test_months_outside_are_refused(quiet, span):
    """The months there are stand in the message."""
    events, exposure = quiet
    with pytest.raises(SchemaError, match=r"which has 612 to 671"):
        alarms(events, exposure, from_month=span[0], to_month=span[1], settings=SETTINGS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"false_alarms_a_year": 0},
        {"windows": (3, 1)},
        {"windows": (1, 1)},
        {"baseline_months": 6},
        {"least_households": 1},
        {"unknown": 1},
    ],
)
def test_settings_that_promise_nothing_are_refused(wrong):
    """Windows rise, the past is long enough, the smallest cell is more than one household."""
    with pytest.raises(ValidationError):
        AlarmSettings(**wrong)
