"""The sample of household-dates: chances are what they are said to be, and none is nought."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulate.county.fake import made

from fanpin_risk.simulate.county.sampling import (
    BAND_SHARES_X100,
    BANDS_X100,
    Sample,
    band_of,
    chosen,
    income_over_line_x100,
    sampled,
    sizes_of,
)
from fanpin_risk.simulate.county.streams import mixed

LINE_FEN = 6_000_00


def county(n: int = 3000):
    """A county whose incomes a head run evenly from nothing to three times the line."""
    state = made(n)
    income = (np.arange(n) * 3 * LINE_FEN) // n
    state.households.income_12[:] = (income // 12)[:, None]
    state.households.is_here[::10] = False
    state.households.need[5::50] = 1
    return state


def test_income_over_the_line_by_hand():
    """Twelve months a head; persons who are gone do not count; debts round down."""
    state = made(4)
    households = state.households
    households.income_12[0] = 1_000_00
    households.income_12[1, 3] = 5_999_99
    households.income_12[2, 0] = -1
    households.income_12[3] = 9_000_00
    state.people.household[:] = [0, 0, 1, 2]
    assert income_over_line_x100(state, LINE_FEN).tolist() == [100, 99, -1, 0]
    state.people.is_here[1] = False
    assert income_over_line_x100(state, LINE_FEN)[0] == 200


def test_a_band_begins_where_the_one_before_ends():
    """The end of a band is the beginning of the next, and everybody has one."""
    assert BANDS_X100[:2] == (75, 100)
    assert len(BAND_SHARES_X100) == len(BANDS_X100) + 1
    assert sum(BAND_SHARES_X100) == 100
    values = np.array([-500, 74, 75, 99, 100, 199, 200, 5000])
    assert band_of(values).tolist() == [0, 0, 1, 1, 2, 4, 5, 5]


@given(
    st.lists(st.integers(0, 300), min_size=6, max_size=6).filter(any),
    st.integers(6, 900),
    st.permutations(BAND_SHARES_X100),
)
def test_sizes_use_up_what_is_asked_for(n_in_band, n, shares):
    """No band gives more than it has, none with households gives nothing."""
    sizes = sizes_of(n_in_band, n, shares)
    assert sum(sizes) == min(n, sum(n_in_band))
    for size, count in zip(sizes, n_in_band, strict=True):
        assert min(count, 1) <= size <= count


def test_large_bands_get_their_shares():
    """By hand: what the small band lacks goes to the others by their shares."""
    assert sizes_of([1000] * 6, 100, BAND_SHARES_X100) == [18, 20, 22, 16, 14, 10]
    assert sizes_of([10, 1000, 1000], 106, [50, 25, 25]) == [10, 48, 48]
    with pytest.raises(ValueError, match=r"1 households cannot come from 2 bands\. Ask for more"):
        sizes_of([4, 4], 1, [50, 50])


def test_each_household_comes_as_often_as_its_chance_says():
    """Over 3,000 seeds, every one of 60 households."""
    band = np.repeat([0, 1, 2], [10, 20, 30])
    sizes = [5, 4, 3]
    times, chance_of = np.zeros(60), np.zeros(60)
    for seed in range(3000):
        keys = mixed(np.arange(60, dtype=np.uint64), seed)
        places, chances = chosen(keys, band, sizes, month=11)
        assert np.array_equal(np.bincount(band[places], minlength=3), sizes)
        times[places] += 1
        chance_of[places] = chances
    expected = np.array([0.5, 0.2, 0.1])[band]
    assert np.array_equal(chance_of, expected)
    distance = (times / 3000 - expected) / np.sqrt(expected * (1 - expected) / 3000)
    assert np.abs(distance).max() < 4
    assert 0.75 < distance.std() < 1.25


def test_who_is_drawn_hangs_on_keys_and_month_alone():
    """Not on the order of households; another month is another draw."""
    keys, band = mixed(np.arange(500, dtype=np.uint64), 3), np.arange(500) % 2
    places, _ = chosen(keys, band, [20, 30], month=3)
    order = np.random.default_rng(5).permutation(500)
    again, _ = chosen(keys[order], band[order], [20, 30], month=3)
    assert set(order[again].tolist()) == set(places.tolist())
    assert set(chosen(keys, band, [20, 30], month=4)[0].tolist()) != set(places.tolist())
    with pytest.raises(ValueError, match="Band 1 has 250 households, 251 were asked for"):
        chosen(keys, band, [1, 251], month=3)


def test_a_sample_stands_for_its_county():
    """Weights sum to those who are there, in each band; income is estimated within its error."""
    state = county()
    households = state.households
    sample = sampled(state, n=600, line_fen=LINE_FEN)
    is_here = households.is_here
    assert sample.n_frame == is_here.sum() == 2700
    assert len(sample.rows) == 600
    weight = 1 / sample.inclusion_probability
    assert weight.sum() == pytest.approx(2700, rel=1e-12)
    bands = band_of(income_over_line_x100(state, LINE_FEN))
    for band in range(len(BAND_SHARES_X100)):
        assert weight[sample.band == band].sum() == pytest.approx((bands[is_here] == band).sum())
    total = (weight * sample.state.households.income_12.sum(axis=1)[sample.rows]).sum()
    assert total == pytest.approx(households.income_12.sum(axis=1)[is_here].sum(), rel=0.01)
    assert weight[sample.band < 3].mean() < weight[sample.band > 3].mean()


def test_a_sample_tells_who_was_drawn():
    """Numbers, bands and need are those of the households, whose companions come along."""
    state = county()
    households = state.households
    households.kin[:1500] = np.arange(1500, 3000)
    households.kin[1500:] = np.arange(1500)
    sample = sampled(state, n=600, line_fen=LINE_FEN)
    assert np.array_equal(sample.state.households.number[sample.rows], sample.number)
    row_of = {number: row for row, number in enumerate(households.number.tolist())}
    rows = np.array([row_of[number] for number in sample.number.tolist()])
    assert np.array_equal(households.need[rows] > 0, sample.is_in_need_now)
    assert households.is_here[rows].all()
    assert 600 < sample.state.households.n <= 1200
    kin = households.number[households.kin[rows]]
    assert np.isin(kin, sample.state.households.number).all()


def test_a_small_county_is_drawn_whole():
    """Everybody who is there, for certain."""
    sample = sampled(county(100), n=5000, line_fen=LINE_FEN)
    assert len(sample.rows) == sample.n_frame == 90
    assert (sample.inclusion_probability == 1).all()


def test_a_sample_comes_back_as_it_was_kept(tmp_path):
    """Its state as well, so that the same futures can be drawn."""
    sample = sampled(county(), n=200, line_fen=LINE_FEN)
    sample.save(tmp_path / "one")
    again = Sample.load(tmp_path / "one")
    for field in fields(Sample):
        kept, found = getattr(sample, field.name), getattr(again, field.name)
        if field.name == "state":
            now, then = found.households.as_dict(""), kept.households.as_dict("")
            assert all(np.array_equal(now[name], then[name]) for name in then)
            assert found.month == kept.month
        else:
            assert np.array_equal(kept, found)
            assert np.asarray(kept).dtype == np.asarray(found).dtype
