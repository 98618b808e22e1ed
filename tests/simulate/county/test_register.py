"""The register's income: the true one as told, rounded, and bent where that is switched on."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import begin, county, rows_of, settings_of, varied

from fanpin_risk.simulate.county import register
from fanpin_risk.simulate.county.kinds import NEVER
from fanpin_risk.simulate.county.register import Reason
from fanpin_risk.simulate.county.system import SystemSettings
from fanpin_risk.simulate.county.system_view import View

LINE = 630_000
EXACT = {"recall_sd": 0.0, "heap_share": 0.0}


def told(state, number=2, **changes):
    """What would be written of everybody in a month, by default March."""
    settings = settings_of("system", SystemSettings, **changes)
    view = View.of(state, begin(state, number), settings)
    assert view.line_fen == LINE
    return register.told_income_fen(view, np.arange(state.households.n))


def spread(n, low=400_000, high=900_000):
    """Households of two with incomes a head spread evenly."""
    state = county(n)
    heads = np.linspace(low, high, n).astype(np.int64)
    state.households.income_12[:, 0] = heads * 2
    return state, heads


def test_without_error_it_is_the_true_income():
    """A head and twelve months, to the yuan, a bad year negative."""
    state = county(3)
    state.households.income_12[:, 0] = [1_234_560, -333_300, 0]
    assert told(state, **EXACT).tolist() == [617_300, -166_700, 0]


def test_bias_and_recall_are_log_points():
    """The household's own bias lasts; recall is drawn anew each month and has the spread set."""
    state, heads = spread(20_000, 5_000_000, 5_000_000)
    state.households.reporting_bias[:] = -0.2
    exact = told(state, **EXACT)
    assert np.abs(exact / heads - np.exp(-0.2)).max() < 1e-4
    first = np.log(told(state, recall_sd=0.3, heap_share=0.0) / heads)
    second = np.log(told(state, number=3, recall_sd=0.3, heap_share=0.0) / heads)
    assert np.std(first) == pytest.approx(0.3, rel=0.03)
    assert np.mean(first) == pytest.approx(-0.2, abs=0.01)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


def test_the_share_set_is_rounded_to_hundreds():
    """The others are rounded to a yuan; a hundredth of them falls on a hundred by chance."""
    state, _ = spread(20_000)
    values = told(state, recall_sd=0.2, heap_share=0.8)
    assert (values % 100 == 0).all()
    assert (values % 10_000 == 0).mean() == pytest.approx(0.8 + 0.2 / 100, abs=0.012)
    negative, _ = spread(100, -900_000, -400_000)
    assert (told(negative, recall_sd=0.0, heap_share=1.0) % 10_000 == 0).all()


def shares_beside(values, width=0.15):
    """Share of values a little below the line and a little above it."""
    below = ((values < LINE) & (values >= LINE * (1 - width))).mean()
    above = ((values >= LINE) & (values < LINE * (1 + width))).mean()
    return below, above


def test_unless_switched_on_nothing_is_bent():
    """On both sides of the line there are as many, in every month."""
    state, _ = spread(20_000)
    for number in (2, 11):
        below, above = shares_beside(told(state, number, recall_sd=0.05, heap_share=0.0))
        assert below == pytest.approx(above, rel=0.04)


def test_a_benefit_draws_incomes_below_the_line():
    """Half of those a little above it are written below; the listed have the benefit already."""
    state, heads = spread(20_000)
    options = {"bunch_share": 0.5, "bunch_width": 0.1, "bunches_below_benefit": True}
    values = told(state, **EXACT, **options)
    near = (heads >= LINE) & (heads < LINE * 1.1 - 100)
    assert (values[near] < LINE).mean() == pytest.approx(0.5, abs=0.045)
    assert np.abs(values - heads)[~near & (heads < LINE)].max() <= 50
    state.households.is_listed[:] = True
    assert shares_beside(told(state, **EXACT, **options))[1] == pytest.approx(
        shares_beside(heads)[1], rel=0.02
    )
    heaped = told(
        spread(20_000)[0], recall_sd=0.0, heap_share=1.0, **options | {"bunch_share": 1.0}
    )
    assert (heaped[near] < LINE).all(), "rounding lifts nobody back"


def test_before_appraisal_the_listed_are_written_above_the_line():
    """In the months named and for the listed alone."""
    state, heads = spread(20_000)
    options = {"bunch_share": 1.0, "bunch_width": 0.1, "bunches_above_exit": True}
    near = (heads < LINE - 100) & (heads >= LINE * 0.9 + 100)
    assert (told(state, 10, **EXACT, **options)[near] < LINE).all(), "nobody is listed"
    state.households.is_listed[:] = True
    assert (told(state, 5, **EXACT, **options)[near] < LINE).all(), "June"
    for number in (9, 10, 11):
        assert (told(state, number, **EXACT, **options)[near] > LINE).all(), number
    assert (told(state, 10, recall_sd=0.0, heap_share=1.0, **options)[near] > LINE).all()


def test_another_way_of_counting_shifts_all_of_it_from_its_month_on():
    """By the log points set."""
    state, _ = spread(500)
    before = told(state, 8, **EXACT, break_month=9, break_log=-0.5)
    after = told(state, 9, **EXACT, break_month=9, break_log=-0.5)
    assert np.abs(after / before - np.exp(-0.5)).max() < 1e-3


def test_the_collection_writes_the_former_poor_and_the_ever_listed_in_october():
    """Nobody else, and in no other month; what is written stands with its month."""
    state = varied(100)
    households = state.households
    households.n_listings[::7] = 1
    on_file = households.is_former_poor | (households.n_listings > 0)
    settings = settings_of("system", SystemSettings)
    for number in range(12):
        view = View.of(state, begin(state, number), settings)
        register.collect(view)
        written = rows_of(view.month, "collection")
        assert bool(written) == (number == 9)
        state.month = number
    (event,) = [rows_of(m, "collection") for m in [collected(state, settings)]]
    assert np.array_equal(event["hh"], np.flatnonzero(on_file))
    assert (event["reason"] == Reason.COLLECTION).all()
    assert np.array_equal(event["income"], households.register_income_fen[on_file])
    assert (households.register_month == NEVER).sum() == (~on_file).sum()


def collected(state, settings):
    """The month of a collection."""
    view = View.of(state, begin(state, 21), settings)
    register.collect(view)
    return view.month
