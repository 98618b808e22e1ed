"""Animals by hand: feed, one sale a year, deaths in lumps, distress."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import MAN, county, rows_of, run, settings_of, switch_off, within

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.farm import FarmSettings
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import Product, Shock
from fanpin_risk.simulate.county.livestock import livestock, usual_herd

SHIPPED = settings_of("farm", FarmSettings)
CATTLE_FEN = 550 * 3200


def keep(state, month, settings):
    """Animals without any measure for farming."""
    livestock(state, month, settings, np.ones(state.households.n))


def steady(*, death_a_month=0.0, outbreak_a_year=0.0, **changes):
    """Nothing dies but as told, nothing grows dearer."""
    animals = {
        name: animal.model_copy(
            update={"death_a_month": death_a_month, "outbreak_a_year": outbreak_a_year}
        )
        for name, animal in SHIPPED.animals.items()
    }
    return SHIPPED.model_copy(update={"animals": animals, "farm_growth_a_year": 0.0, **changes})


def herds(n, product=Product.CATTLE, heads=None, savings=10_000_000):
    """Households with a herd of one kind, by default the usual one."""
    state = county(n, (MAN,))
    state.households.product[:] = product
    usual = usual_herd(state.households.key, state.households.product, SHIPPED)
    state.households.herd[:] = usual if heads is None else heads
    state.households.savings_fen[:] = savings
    return state


def book(months, line):
    """A line of the book by month and household."""
    return np.array([getattr(month.book, line) for month in months])


@pytest.mark.parametrize(
    ("product", "low", "high"),
    [(Product.CATTLE, 3, 10), (Product.PIG, 8, 40), (Product.SHEEP, 12, 60), (Product.CORN, 0, 0)],
)
def test_usual_herds_lie_in_their_range(product, low, high):
    """Both ends occur; who lives on a crop keeps none."""
    keys = county(20_000).households.key
    heads = usual_herd(keys, np.full(20_000, product, dtype=np.int8), SHIPPED)
    assert (heads.min(), heads.max()) == (low, high)


def test_a_year_with_a_usual_herd():
    """Feed every month; one sale of the yearly share; as many young ones bought."""
    state = herds(400)
    heads = state.households.herd.copy()
    months = run(state, range(12), (keep, steady()))
    sold = np.rint(heads * 0.45)
    sales = book(months, "livestock_sales")
    assert np.array_equal(sales.sum(axis=0), np.rint(sold * CATTLE_FEN))
    assert ((sales > 0).sum(axis=0) <= 1).all()
    assert {n + 1 for n in np.flatnonzero(sales.any(axis=1))} == {1, 10, 11, 12}
    assert np.array_equal(state.households.herd, heads)
    costs = book(months, "livestock_cost").sum(axis=0)
    assert np.array_equal(costs, 12 * heads * 26_000 + sold * 560_000)
    assert not any(month.shocked.any() for month in months)


def test_a_lost_herd_is_built_up_again_as_savings_allow():
    """Half of the savings are spent on young animals at most."""
    for savings, expected in [(100_000_000, None), (2 * 560_000 * 2, 2), (0, 0), (-5_000, 0)]:
        state = herds(50, heads=0, savings=savings)
        usual = usual_herd(state.households.key, state.households.product, SHIPPED)
        run(state, range(12), (keep, steady()))
        wanted = usual if expected is None else np.minimum(usual, expected)
        assert np.array_equal(state.households.herd, wanted), savings


def test_more_animals_than_usual_are_sold_off():
    """Down to the usual herd."""
    state = herds(50, heads=20)
    usual = usual_herd(state.households.key, state.households.product, SHIPPED)
    months = run(state, range(12), (keep, steady()))
    sold = np.maximum(np.rint(20 * 0.45), 20 - usual)
    assert np.array_equal(book(months, "livestock_sales").sum(axis=0), sold * CATTLE_FEN)
    assert np.array_equal(state.households.herd, usual)


def test_without_a_herder_everything_is_sold():
    """In the household's month of sale."""
    state = herds(50)
    heads = state.households.herd.copy()
    state.people.born_month[:] = -12 * 80
    months = run(state, range(12), (keep, steady()))
    assert np.array_equal(book(months, "livestock_sales").sum(axis=0), heads * CATTLE_FEN)
    assert not state.households.herd.any()


def test_animals_die_as_often_as_set_and_a_dead_one_is_a_shock_if_it_is_worth_enough():
    """One head of cattle is; one pig is not."""
    n = 20_000
    for product, is_shock in [(Product.CATTLE, True), (Product.PIG, False)]:
        state = herds(n, product, heads=5)
        (month,) = run(state, [2], (keep, steady(death_a_month=0.01)))
        lost = 5 - state.households.herd
        assert lost.mean() == pytest.approx(0.05, rel=0.1)
        hit = month.shocked[:, Shock.FAILED_BUSINESS]
        assert np.array_equal(hit, (lost > 0) if is_shock else lost > 2)


def test_a_shock_of_animals_that_is_switched_off_leaves_them_alive():
    """Losses too small to be one go on."""
    n = 5000
    state = herds(n, Product.PIG, heads=30)
    switch_off(state, Shock.FAILED_BUSINESS, slice(0, n // 2))
    (month,) = run(state, [2], (keep, steady(death_a_month=0.05, animal_loss_is_shock_fen=400_000)))
    lost = 30 - state.households.herd
    assert lost[: n // 2].max() == 2
    assert lost[n // 2 :].max() == 3
    assert not month.shocked[: n // 2].any()


def test_claims_pay_a_share_of_the_loss_to_the_insured():
    """The same households every time."""
    n = 5000
    state = herds(n, heads=5)
    (month,) = run(state, [2], (keep, steady(death_a_month=0.2, animals_insured_share=0.35)))
    lost = 5 - state.households.herd
    hit = lost > 0
    paid = month.book.claim
    assert within((paid[hit] > 0).mean(), 0.35, hit.sum())
    assert np.array_equal(paid[paid > 0], np.rint(lost[paid > 0] * CATTLE_FEN * 0.5))
    told = rows_of(month, "insurance_claim")
    assert told["paid"].sum() == paid.sum()
    assert set(told["cause"]) == {place_in(codes.DISASTER_KINDS, "biological")}


def test_an_outbreak_goes_through_one_village_and_one_kind():
    """Whole villages are spared or hit; where it is, a share of herds loses a share of heads."""
    n = 6000
    state = county(n, (MAN,), n_villages=60, n_cells=1)
    state.households.product[:] = np.where(np.arange(n) % 2, Product.PIG, Product.SHEEP)
    state.households.herd[:] = 20
    run(state, [2], (keep, steady(outbreak_a_year=0.9)))
    hit = state.households.herd < 20
    for product in (Product.PIG, Product.SHEEP):
        mine = state.households.product == product
        share = np.array(
            [hit[mine & (state.households.village == village)].mean() for village in range(60)]
        )
        assert 1 < (share == 0).sum() < 59
        assert abs(share[share > 0].mean() - SHIPPED.outbreak_hits_share) < 0.06
    lost = 20 - state.households.herd[hit]
    assert (lost.min(), lost.max()) == (7, 18)


def test_deep_in_debt_one_head_a_month_is_sold_below_its_price():
    """Money in hand, no income."""
    state = herds(3, heads=5)
    state.households.savings_fen[:] = [-1_500_001, -1_500_000, 0]
    (month,) = run(state, [2], (keep, steady()))
    assert state.households.herd.tolist() == [4, 5, 5]
    assert month.book.asset_sale.tolist() == [round(CATTLE_FEN * 0.8), 0, 0]
    assert not month.book.livestock_sales.any()
