"""The truth as tables: counts that add up, days that are month ends, causes in words."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.simulate.county.chain import Chain
from tests.simulate.county.fake import OneRule, made
from tests.simulate.county.test_truth import SMALL, two_samples

from fanpin_risk.simulate.county.county import Falls, NeedSpells, follow
from fanpin_risk.simulate.county.futures import Estimand
from fanpin_risk.simulate.county.kinds import CAUSE_CODES, NO_END, End, Route, Shock
from fanpin_risk.simulate.county.truth import draw_truth
from fanpin_risk.simulate.county.truth_frames import (
    JOINT,
    NO_SINGLE,
    TRUTH_SCHEMA,
    falls_frame,
    futures_frame,
    households_frame,
    month_ends,
    needs_frame,
    paths_frame,
    people_frame,
    truth_frame,
)

HORIZONS = (3, 6, 12)


def identify(numbers):
    """Names as the records could have them."""
    return pl.Series([f"H{number:08d}" for number in numbers.tolist()], dtype=pl.String)


@pytest.fixture(scope="module")
def truth():
    """Two samples, their futures, and the tables of them."""
    samples = two_samples()
    futures = draw_truth(Chain(kin=3.0), samples, SMALL, digest="x")
    return samples, futures, truth_frame(samples, futures, identify)


def test_one_row_for_each_household_day_estimand_and_horizon(truth):
    """Keys are complete and unique, days are the ends of the samples' months."""
    samples, _, frame = truth
    assert frame.schema == TRUTH_SCHEMA
    assert frame.height == (5 + 10) * 2 * 3
    assert (
        not frame.select("household_id", "as_of", "estimand", "horizon_months")
        .is_duplicated()
        .any()
    )
    days = dict(frame.group_by("as_of").agg(pl.col("household_id").n_unique()).iter_rows())
    assert days == {date(2020, 12, 31): 5, date(2021, 6, 30): 10}
    for sample in samples:
        day = month_ends(np.array([sample.state.month]))[0]
        ids = frame.filter(as_of=day)["household_id"].unique().sort().to_list()
        assert ids == sorted(identify(sample.number).to_list())


def test_counts_are_those_of_the_futures(truth):
    """Told one by one from the bits of each future, in plain Python."""
    samples, futures, frame = truth
    for row in frame.iter_rows(named=True):
        k = 0 if row["as_of"].year == 2020 else 1
        at = identify(samples[k].number).to_list().index(row["household_id"])
        drawn = futures[k][Estimand(row["estimand"])]
        for half, replicates in ((1, range(10)), (2, range(10, 20))):
            counts = dict.fromkeys(("event", "status", "dissolved", "moved", "merged"), 0)
            for r in replicates:
                bits, ended = int(drawn.needs[at, r]), int(drawn.ended_after_months[at, r])
                months = [m for m in range(1, 13) if bits >> (m - 1) & 1]
                falls = any(m <= row["horizon_months"] for m in months)
                counts["event"] += falls
                counts["status"] += row["horizon_months"] in months
                if 0 < ended <= row["horizon_months"] and not falls:
                    name = {End.DISSOLVED: "dissolved", End.MOVED_AWAY: "moved"}
                    counts[name[End(drawn.end_kind[at, r])]] += 1
            if samples[k].is_in_need_now[at]:
                counts["event"] = None
            for name, count in counts.items():
                assert row[f"n_{name}_half_{half}"] == count
        assert row["n_futures_half"] == 10
        assert row["is_in_need_now"] == samples[k].is_in_need_now[at]


def test_tables_of_futures_and_paths_say_the_same(truth):
    """Events of the truth are rows of the futures; totals by path are sums of both."""
    samples, futures, frame = truth
    rare, paths = futures_frame(samples, futures, identify), paths_frame(samples, futures)
    key = ["household_id", "as_of", "estimand"]
    for horizon in HORIZONS:
        hits = rare.filter(pl.col("needs_bits") & ((1 << horizon) - 1) > 0)
        counted = hits.group_by(key).agg(n=pl.len())
        whole = frame.filter(pl.col("horizon_months") == horizon).join(counted, on=key, how="left")
        asked = whole.filter(~pl.col("is_in_need_now"))
        total = asked["n_event_half_1"] + asked["n_event_half_2"]
        assert (total == asked["n"].fill_null(0)).all()
        by_path = paths.filter(pl.col("horizon_months") == horizon)
        assert by_path["n_event"].sum() == total.sum()
        assert (
            by_path["n_status"].sum()
            == asked["n_status_half_1"].sum() + asked["n_status_half_2"].sum()
        )
        assert by_path.height == 2 * 2 * 20
        assert set(by_path["n_sampled"]) == set(
            asked.filter(estimand="as_things_are").group_by("as_of").len()["len"]
        )
    ends = rare.filter(pl.col("end_kind").is_not_null())
    assert set(ends["end_kind"]) == {"dissolved", "moved_away"}
    assert ends["ended_after_months"].min() >= 1
    going_on = rare.filter(pl.col("end_kind").is_null())
    assert going_on["ended_after_months"].is_null().all()
    assert (going_on["needs_bits"] > 0).all()


def test_month_ends_know_leap_years():
    """And have none for what never was or does not end."""
    found = month_ends(np.array([37, 25, NO_END], dtype=np.int64)).to_list()
    assert found == [date(2024, 2, 29), date(2023, 2, 28), None]


def test_falls_in_words():
    """One cause by its code; several needed together; none alone; not asked."""
    falls = Falls(
        row=[np.array([2, 0]), np.array([1, 2])],
        month=[np.array([3, 3]), np.array([5, 5])],
        need=[
            np.array([Route.SUDDEN, Route.CHRONIC | Route.BREACH]),
            np.array([Route.CHRONIC, Route.BREACH]),
        ],
        prevented_by=[
            np.array([1 << Shock.UNSAFE_WATER, (1 << Shock.ILLNESS) | (1 << Shock.DISASTER)]),
            np.array([0, -1]),
        ],
    )
    frame = falls_frame(falls, made(3), identify)
    assert frame["main_cause"].to_list() == [JOINT, "unsafe_water", NO_SINGLE, None]
    assert frame["prevented_by"].to_list() == [9, 512, 0, None]
    assert frame["month"].to_list() == [date(2021, 4, 30)] * 2 + [date(2021, 6, 30)] * 2
    assert frame["household_id"].to_list() == identify(np.array([1, 3, 2, 3]) + 1_000_000).to_list()
    ways = frame.select("is_chronic", "is_sudden", "is_breach").rows()
    assert ways == [
        (True, False, True),
        (False, True, False),
        (True, False, False),
        (False, False, True),
    ]
    assert falls_frame(Falls(), made(3), identify).schema == frame.schema


def test_falls_and_spells_of_a_county_fit_together():
    """Each spell that did not run from the beginning begins with a fall, and no other."""
    state = made(200)
    spells = NeedSpells(state)
    falls = follow(OneRule(), state, 20, asks_causes=True, watch=lambda now, _: spells.take(now))
    fallen = falls_frame(falls, state, identify)
    needs = needs_frame(spells.table(), state, identify)
    begun = needs.select("household_id", month="since").sort("month", "household_id")
    assert begun.equals(fallen.select("household_id", "month"))
    over = needs.filter(pl.col("until").is_not_null())
    assert 0 < over.height < needs.height
    assert (over["until"] >= over["since"]).all()
    known = {*CAUSE_CODES, JOINT, NO_SINGLE}
    assert set(fallen["main_cause"].drop_nulls()) <= known


def test_who_is_who():
    """Kin by name, ends by kind, traits by person."""
    state = made(4)
    households = state.households
    households.kin[:2] = [1, 0]
    households.is_here[3], households.ended_month[3] = False, 7
    households.end_kind[3] = End.MERGED
    households.started_month[2] = 2
    frame = households_frame(state, identify)
    ids = identify(households.number).to_list()
    assert frame["kin_household_id"].to_list() == [ids[1], ids[0], None, None]
    assert frame["ended_on"].to_list() == [None, None, None, date(2021, 8, 31)]
    assert frame["end_kind"].to_list() == [None, None, None, "merged"]
    assert frame["started_on"].to_list() == [None, None, date(2021, 3, 31), None]
    names = pl.Series(["c", "a", "b", "d"])
    state.people.household[:] = [3, 0, 0, 1]
    people = people_frame(state, identify, names)
    assert people["person_id"].to_list() == ["a", "b", "d", "c"]
    assert people["household_id"].to_list() == [ids[0], ids[0], ids[1], ids[3]]
