"""Figures of counties beside real ones: each by hand, spreads against simulated groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.simulate.county.fake import made

from fanpin_risk.simulate.county.kinds import Channel, Monitored, Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.realism import figures, sd_of_log_odds
from fanpin_risk.simulate.county.realism_targets import TARGETS, summary
from fanpin_risk.simulate.county.realism_watch import Listed, RealismWatch, Stock, YearEnd

LINE_FEN = 6_000_00


def month_of(state, number, **events) -> Month:
    """A month with these events."""
    state.month = number - 1
    month = Month.begin(state, len(Shock), keeps_events=True)
    for name, columns in events.items():
        month.add(name, **{key: np.array(value) for key, value in columns.items()})
    state.month = number
    return month


def listing(hh, monitored, causes, *, decision=0, serial=1):
    """Columns of decisions."""
    n = len(hh)
    return {
        "hh": hh,
        "decision": [decision] * n,
        "monitored": monitored,
        "causes": causes,
        "serial": [serial] * n,
    }


def test_listings_are_counted_once_and_refusals_not():
    """Kind, channel and causes are those of the day of the decision."""
    state, watch = made(5), RealismWatch(stock_month=99)
    state.households.clue_channel[:] = [2, 3, 2, 0, 4]
    causes = [1 << Shock.ILLNESS, (1 << Shock.ILLNESS) | (1 << Shock.DISASTER), 0]
    new = month_of(state, 3, listing=listing([4, 0, 1], [3, 1, 2], causes))
    watch.take(state, new, LINE_FEN)
    refused = month_of(state, 4, listing=listing([2], [0], [0], decision=1))
    watch.take(state, refused, LINE_FEN)
    found = watch.listed()
    assert found.month.tolist() == [3, 3, 3]
    assert found.monitored.tolist() == [Monitored.SUDDEN, Monitored.UNSTABLE, Monitored.MARGINAL]
    assert found.channel.tolist() == [Channel.ROUND, Channel.DEPARTMENT, Channel.CADRE]
    assert watch.n_here == [5, 5]


def test_a_medical_warning_counts_if_its_own_clue_led_to_the_listing():
    """Not another clue of the same household; warnings that opened none count below the line."""
    state, watch = made(5), RealismWatch(stock_month=99)
    clues = {"hh": [0, 1, 2, 3], "office": [0, 0, 0, 4], "serial": [1, 2, 0, 1]}
    watch.take(state, month_of(state, 0, clue=clues), LINE_FEN)
    one = listing([0], [3], [1], serial=1)
    watch.take(state, month_of(state, 1, listing=one), LINE_FEN)
    other = listing([1, 3], [3, 3], [1, 1], serial=1)
    watch.take(state, month_of(state, 2, listing=other), LINE_FEN)
    assert (watch.n_medical_warnings, watch.n_medical_listed) == (3, 1)


def test_year_ends_hold_the_county_and_who_falls_later():
    """Ended households have no members; a fall is need after a day without."""
    state, watch = made(4), RealismWatch(stock_month=11)
    households, people = state.households, state.people
    households.income_12[:] = 1_000_00
    households.help_12[:] = 100_00
    households.is_here[3] = False
    households.need[:] = [1, 0, 0, 0]
    people.household[:] = [0, 0, 1, 3]
    people.born_month[:] = -65 * 12 + 11
    people.born_month[1] += 1
    households.n_listings[:] = [1, 2, 1, 0]
    households.monitored[:] = [3, 3, 1, 0]
    households.is_listed[:] = [True, False, False, False]
    for number in range(11):
        watch.take(state, month_of(state, number), LINE_FEN)
    watch.take(state, month_of(state, 11), LINE_FEN)
    (end,) = watch.year_ends
    assert end.members.tolist() == [2, 1, 0, 0]
    assert end.n_old == 2
    assert end.income_fen[0] == 12_000_00
    assert end.help_fen[0] == 1_200_00
    assert watch.stock == Stock(
        n_ever={Monitored.UNSTABLE: 1, Monitored.MARGINAL: 0, Monitored.SUDDEN: 2},
        n_eliminated={Monitored.UNSTABLE: 1, Monitored.MARGINAL: 0, Monitored.SUDDEN: 1},
    )
    households.need[:] = [1, 1, 0, 0]
    watch.take(state, month_of(state, 12), LINE_FEN)
    households.need[:] = 0
    watch.take(state, month_of(state, 13), LINE_FEN)
    assert end.falls_later.tolist() == [False, True, False, False]
    assert end.is_in_need.tolist() == [True, False, False, False]


def year_end(month, income_yuan, **changes) -> YearEnd:
    """A December of households of one person."""
    n = len(income_yuan)
    end = YearEnd(
        month=month,
        line_fen=LINE_FEN,
        members=np.ones(n, dtype=np.int64),
        n_old=0,
        income_fen=np.array(income_yuan) * 100,
        help_fen=np.zeros(n, dtype=np.int64),
        is_former_poor=np.zeros(n, dtype=bool),
        is_in_need=np.zeros(n, dtype=bool),
        is_listed=np.zeros(n, dtype=bool),
        village=np.zeros(n, dtype=np.int64),
        falls_later=np.zeros(n, dtype=bool),
    )
    return replace(end, **changes)


def watch_of(*ends, listed=None) -> RealismWatch:
    """What was written down, by hand."""
    watch = RealismWatch(stock_month=99)
    watch.year_ends = list(ends)
    watch.n_here = [100] * 36
    watch.n_medical_warnings, watch.n_medical_listed = 50, 2
    watch.stock = Stock(
        n_ever={Monitored.UNSTABLE: 10, Monitored.MARGINAL: 10, Monitored.SUDDEN: 20},
        n_eliminated={Monitored.UNSTABLE: 6, Monitored.MARGINAL: 7, Monitored.SUDDEN: 5},
    )
    if listed is not None:
        watch._listed.append(listed)
    return watch


def test_figures_of_listings_by_hand():
    """Rates by household and year, shares of new listings, yields, stocks."""
    both = (1 << Shock.ILLNESS) | (1 << Shock.DISASTER)
    listed = Listed(
        month=np.array([0, 11, 12, 30]),
        monitored=np.array([3, 3, 3, 1]),
        channel=np.array([2, 3, 4, 0]),
        causes=np.array([both, 1 << Shock.ILLNESS, 1 << Shock.DISASTER, 1 << Shock.ILLNESS]),
    )
    found = figures(watch_of(year_end(11, [9000, 7000]), year_end(23, [9000, 7000]), listed=listed))
    assert found["new listings a household and year, first year"] == pytest.approx(0.02)
    assert found["new listings a household and year, later"] == pytest.approx(0.01)
    assert found["share of sudden among new listings"] == 0.75
    assert found["share of medical warnings that led to a listing"] == 0.04
    assert found["share of new listings found by comparison of data"] == 0.25
    assert found["illness among causes of new listings"] == 0.75
    assert found["illness among causes, less the next one"] == 0.25
    assert found["eliminated among ever listed, after two years"] == 0.45
    assert found["eliminated of sudden, less the least of the other types"] == pytest.approx(-0.35)


def test_figures_of_standing_by_hand():
    """Former poor in need, and poor but for help; need that nobody listed."""
    poor = np.array([True, True, False, True])
    end = year_end(
        11,
        [6500, 6500, 100, 9000],
        is_former_poor=poor,
        help_fen=np.array([500_00, 501_00, 0, 0]),
        is_in_need=np.array([True, False, True, False]),
        is_listed=np.array([True, False, False, False]),
        members=np.array([1, 1, 2, 0]),
        n_old=1,
    )
    found = figures(watch_of(end, end))
    assert found["former poor in need now"] == 0.5
    assert found["former poor below the line without all help"] == 0.5
    assert found["need not listed, over listed stock"] == 1.0
    assert found["persons a household"] == pytest.approx(4 / 3)
    assert found["persons of 65 and over"] == 0.25


def test_figures_of_income_by_hand():
    """Persons count for levels; households with an income in both years for changes."""
    first = year_end(11, [6000, 12000, 0, 8000], members=np.array([1, 2, 1, 1]))
    second = year_end(23, [12000, 6000, 5000, 8000, 7000])
    found = figures(watch_of(first, second))
    ratio = (6000 / (32000 * 0 + 26000 / 5), 7000 / 7600)
    assert found["income a head: median over mean"] == pytest.approx(np.mean(ratio))
    assert found["persons below the line"] == pytest.approx((1 / 5 + 1 / 5) / 2)
    x, y = np.log([6000, 6000, 8000]), np.log([12000, 6000, 8000])
    expected = np.corrcoef(x, y)[0, 1]
    assert found["correlation of log income with a year later"] == pytest.approx(expected)
    change = y - x - (y - x).mean()
    kurtosis = (change**4).mean() / (change**2).mean() ** 2 - 3
    assert found["excess kurtosis of its changes"] == pytest.approx(kurtosis)


def test_figures_of_falling_ask_those_without_need():
    """Per village and year; the last year has nothing after it."""
    n = 4000
    rng = np.random.default_rng(5)
    village = np.repeat(np.arange(20), n // 20)
    ends = []
    for month, level in ((11, 0.02), (23, 0.06), (35, 0.5)):
        falls = rng.random(n) < level
        in_need = rng.random(n) < 0.1
        ends.append(
            year_end(
                month, [9000] * n, village=village, falls_later=falls | in_need, is_in_need=in_need
            )
        )
    found = figures(watch_of(*ends))
    odds = [np.log(p / (1 - p)) for p in (0.02, 0.06)]
    between_years = found["sd of log-odds of falling between years"]
    assert between_years == pytest.approx(np.std(odds, ddof=1), abs=0.15)
    assert found["sd of log-odds of falling between villages, same day"] < 0.25


def test_nothing_to_count_is_nan():
    """Not nought: no listing has no share of sudden ones."""
    watch = RealismWatch(stock_month=99)
    watch.n_here = [100] * 36
    found = figures(watch)
    assert found["new listings a household and year, later"] == 0
    missing = {name for name, value in found.items() if np.isnan(value)}
    assert "share of sudden among new listings" in missing
    assert "persons below the line" in missing
    assert {target.name for targets in TARGETS.values() for target in targets} == set(found)


@pytest.mark.parametrize("spread", [0.0, 0.3, 0.6])
def test_spread_of_log_odds_between_groups(spread):
    """Over 200 sets of 150 groups the estimate centres on what the groups were made with."""
    rng = np.random.default_rng(11)
    estimates = []
    for _ in range(200):
        n = rng.integers(60, 700, size=150)
        odds = np.log(0.03 / 0.97) + spread * rng.standard_normal(150)
        estimates.append(sd_of_log_odds(rng.binomial(n, 1 / (1 + np.exp(-odds))), n))
    assert np.mean(estimates) == pytest.approx(spread, abs=0.06)
    assert np.isnan(sd_of_log_odds(np.array([3]), np.array([100])))
    assert np.isnan(sd_of_log_odds(np.array([0, 0]), np.array([100, 50])))


def test_summary_counts_seeds_within_the_range():
    """Ends of a range belong to it; the median decides; a nan is not met."""
    target = TARGETS["northeast"][2]
    values = [target.low, target.high, target.high + 0.1, float("nan")]
    rows = [("northeast", seed, target.name, value) for seed, value in enumerate(values)]
    rows += [("northeast", seed, "persons a household", 9.0) for seed in range(3)]
    names = ["preset", "seed", "figure", "value"]
    found = summary(pl.DataFrame(rows, schema=names, orient="row"))
    assert found["figure"].to_list() == [target.name, "persons a household"]
    assert found["n_met"].to_list() == [2, 0]
    assert found["n_seeds"].to_list() == [4, 3]
    assert found["is_met"].to_list() == [False, False]
    three = summary(pl.DataFrame(rows[:3], schema=names, orient="row"))
    assert three["median"].to_list() == [target.high]
    assert three["is_met"].to_list() == [True]
