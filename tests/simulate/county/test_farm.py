"""A farm's year by hand: costs in spring, sales in autumn, and what can go wrong between."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import (
    MAN,
    begin,
    county,
    rows_of,
    run,
    settings_of,
    switch_off,
    within,
)

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.commons import DROUGHT, FLOOD
from fanpin_risk.simulate.county.farm import FarmSettings, disaster_kind_of, farm
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import NO_END, Job, Measure, Product, Shock

STEADY = {
    "farm_growth_a_year": 0.0,
    "yield_lasting_sd": 0.0,
    "yield_plot_sd": 0.0,
    "yield_cell_sd": 0.0,
    "pest_a_year": 0.0,
    "measure_effect_sd": 0.0,
}
"""Settings under which a year is as expected."""

YEAR = range(12)
CORN_GROSS = 455 * 206
CORN_COST = 43_000
_NEW = 2
"""How `commons` marks weather that struck this very month."""


def steady(**changes):
    """Settings without chance, but for the changes."""
    return settings_of("farm", FarmSettings, **{**STEADY, **changes})


def book(months, line):
    """A line of the book by month and household."""
    return np.array([getattr(month.book, line) for month in months])


def strike_cells(state, kind, cut):
    """Let weather strike every cell this month."""
    state.commons.season_kind[:] = kind + _NEW
    state.commons.season_cut[:] = cut


def year_with_weather(state, settings, kind, cut, month_of_year=7):
    """A year in which weather strikes everywhere in one month."""
    months = run(state, range(month_of_year - 1), (farm, settings))
    strike_cells(state, kind, cut)
    months += run(state, [month_of_year - 1], (farm, settings))
    state.commons.season_kind[:] = kind
    return months + run(state, range(month_of_year, 12), (farm, settings))


def test_a_usual_year_of_corn_on_twenty_mu():
    """Every payment by hand: seed, subsidies, three sales."""
    state = county(1)
    months = run(state, YEAR, (farm, steady()))
    cost, sales = 20 * CORN_COST, 20 * CORN_GROSS
    expected_cost = [0, 0, 0, 0.6 * cost, 0.4 * cost, *[0] * 7]
    assert book(months, "farm_cost")[:, 0].tolist() == expected_cost
    expected_sales = [*[0] * 9, 0.4 * sales, 0.35 * sales, 0.25 * sales]
    assert np.allclose(book(months, "farm_sales")[:, 0], expected_sales, atol=0.5)
    subsidy = book(months, "farm_subsidy")[:, 0]
    assert subsidy[5] == 20 * 6_500
    assert subsidy[8] == 20 * 3_000
    assert subsidy.sum() == subsidy[5] + subsidy[8]
    assert not book(months, "rent").any()
    assert not book(months, "claim").any()
    assert not any(month.shocked.any() for month in months)
    assert state.households.crop_costs_fen.tolist() == [0]
    assert state.households.yield_factor_x1000.tolist() == [1000]


def test_prices_and_costs_grow_together():
    """Four per cent a year, by the month."""
    state = county(1)
    months = run(state, YEAR, (farm, steady(farm_growth_a_year=0.04)))
    april, october = months[3].book.farm_cost[0], months[9].book.farm_sales[0]
    assert april == round(20 * CORN_COST * 0.6 * 1.04 ** (3 / 12))
    assert october == round(20 * CORN_GROSS * 0.4 * 1.04 ** (9 / 12))


def test_land_beyond_the_most_of_a_crop_stands_under_corn():
    """Four mu of vegetables, sixteen of corn; keepers of animals have corn alone."""
    state = county(2)
    state.households.product[:] = [Product.VEGETABLE, Product.CATTLE]
    months = run(state, YEAR, (farm, steady()))
    costs = book(months, "farm_cost").sum(axis=0)
    sales = book(months, "farm_sales").sum(axis=0)
    assert costs.tolist() == [4 * 220_000 + 16 * CORN_COST, 20 * CORN_COST]
    assert np.allclose(sales, [4 * 2600 * 170 + 16 * CORN_GROSS, 20 * CORN_GROSS], atol=2)


@pytest.mark.parametrize(
    ("kind", "in_flood_land", "share"),
    [(DROUGHT, False, 0.4), (DROUGHT, True, 0.4), (FLOOD, False, 0.32), (FLOOD, True, 0.6)],
)
def test_weather_takes_its_share_and_shows_in_autumn_alone(kind, in_flood_land, share):
    """A flood takes more on land that floods; insured fields are paid in December."""
    state = county(1)
    state.households.is_in_flood_land[:] = in_flood_land
    months = year_with_weather(state, steady(crops_insured_share=1.0), kind, 0.4)
    assert not book(months, "farm_sales")[:9].any()
    sales = book(months, "farm_sales").sum()
    assert sales == pytest.approx(20 * CORN_GROSS * (1 - share), rel=0.001)
    assert [bool(m.shocked[0, Shock.DISASTER]) for m in months] == [n == 6 for n in YEAR]
    claim = book(months, "claim")[:, 0]
    assert claim[11] == pytest.approx(20 * 40_000 * share, rel=0.001)
    assert claim.sum() == claim[11]
    told = rows_of(months[6], "shock")
    word = {DROUGHT: "drought", FLOOD: "flood"}[kind]
    assert told["disaster_kind"].tolist() == [place_in(codes.DISASTER_KINDS, word)]
    assert told["loss"][0] == pytest.approx(20 * CORN_GROSS * share, rel=0.001)
    assert told["product"].tolist() == [Product.CORN]
    paid = rows_of(months[11], "insurance_claim")
    assert paid["cause"].tolist() == told["disaster_kind"].tolist()


def test_a_bad_year_can_leave_less_than_nothing():
    """Costs were paid before the drought came."""
    state = county(1)
    months = year_with_weather(state, steady(crops_insured_share=0.0), DROUGHT, 0.6)
    sales, costs = book(months, "farm_sales").sum(), book(months, "farm_cost").sum()
    assert sales < costs


def test_a_larger_farm_can_fall_deeper():
    """The loss grows with the land."""
    state = county(2)
    state.households.land_mu_x100[:] = [500, 5000]
    months = year_with_weather(state, steady(crops_insured_share=0.0), FLOOD, 0.75)
    left = book(months, "farm_sales").sum(axis=0) - book(months, "farm_cost").sum(axis=0)
    assert left[1] < left[0] < 0


def test_without_the_disaster_the_harvest_is_whole():
    """Switched off for one of two; a small cut is no shock and comes all the same."""
    state = county(2)
    switch_off(state, Shock.DISASTER, [0])
    months = year_with_weather(state, steady(), DROUGHT, 0.5)
    sales = book(months, "farm_sales").sum(axis=0)
    assert sales[0] == pytest.approx(2 * sales[1], rel=0.001)
    small = county(2)
    switch_off(small, Shock.DISASTER, [0])
    months = year_with_weather(small, steady(), DROUGHT, 0.1)
    sales = book(months, "farm_sales").sum(axis=0)
    assert sales[0] == sales[1] == pytest.approx(20 * CORN_GROSS * 0.9, rel=0.001)
    assert not any(month.shocked.any() for month in months)


def test_weather_spares_empty_fields():
    """Before sowing, and on land leased out."""
    state = county(2)
    state.people.is_here[:2] = False
    months = year_with_weather(state, steady(), FLOOD, 0.5)
    assert [m.shocked[0].any() for m in months] == [False] * 12
    early = county(1)
    strike_cells(early, DROUGHT, 0.5)
    (month,) = run(early, [2], (farm, steady()))
    assert not month.shocked.any()


def test_who_has_no_farmer_leases_out_for_a_year():
    """The old alone, the long ill, those all away; rent is paid ahead, land subsidy stays."""
    state = county(4, (MAN,))
    people = state.people
    people.born_month[0] = -12 * 80
    people.unfit_until[1] = 20
    people.job[2] = Job.MIGRANT
    months = run(state, YEAR, (farm, steady()))
    rent = book(months, "rent")
    assert rent[2].tolist() == [20 * 42_000] * 3 + [0]
    assert rent.sum() == rent[2].sum()
    assert (book(months, "farm_sales").sum(axis=0) > 0).tolist() == [False, False, False, True]
    assert book(months, "farm_subsidy")[5].tolist() == [20 * 6_500] * 4
    assert book(months, "farm_subsidy")[8].tolist() == [0, 0, 0, 20 * 3_000]
    people.job[2] = Job.FARM
    later = run(state, range(12, 24), (farm, steady()))
    assert book(later, "farm_sales").sum(axis=0)[2] > 0
    items = rows_of(months[2], "income_item")
    assert items["hh"].tolist() == [0, 1, 2]
    assert set(items["item"]) == {place_in(codes.INCOME_ITEMS, "property")}


def test_some_whose_able_all_work_for_pay_lease_out_too():
    """A lasting share of them; never where somebody is idle at home."""
    n = 5000
    state = county(n, (MAN,))
    state.people.job[:] = Job.LOCAL
    run(state, [2], (farm, steady(leases_with_outside_jobs_share=0.3)))
    assert within(state.households.is_leasing_out.mean(), 0.3, n)
    state.people.job[:] = Job.FARM
    run(state, [14], (farm, steady(leases_with_outside_jobs_share=0.3)))
    assert not state.households.is_leasing_out.any()


def test_who_falls_ill_before_harvest_pays_others_to_bring_it_in():
    """A share of the sales."""
    state = county(1, (MAN,))
    run(state, range(8), (farm, steady()))
    state.people.unfit_until[:] = 11
    months = run(state, range(8, 12), (farm, steady()))
    sales, hired = book(months, "farm_sales")[:, 0], book(months, "farm_cost")[:, 0]
    assert np.allclose(hired, 0.15 * sales, atol=1)
    told = sum(rows_of(month, "harvest")["cost"][0] for month in months[1:])
    assert told == pytest.approx(20 * CORN_COST + hired.sum(), abs=3)


def test_single_crops_fail_as_often_as_set_and_are_no_disaster():
    """A failed business, for want of any other word in the official list."""
    n = 20_000
    state = county(n, (MAN,))
    settings = steady(pest_a_year=0.05)
    *_, july = run(state, range(7), (farm, settings))
    hit = july.shocked[:, Shock.FAILED_BUSINESS]
    assert within(hit.mean(), 0.05, n)
    assert not july.shocked[:, Shock.DISASTER].any()
    factor = state.households.yield_factor_x1000
    assert (factor[~hit] == 1000).all()
    assert (factor[hit].min(), factor[hit].max()) == pytest.approx((100, 600), abs=5)
    spared = county(n, (MAN,))
    switch_off(spared, Shock.FAILED_BUSINESS)
    *_, july = run(spared, range(7), (farm, settings))
    assert not july.shocked.any()


def test_a_deep_fall_of_the_price_is_a_shock_and_a_shallow_one_is_not():
    """Switched off, the usual price is paid; the event stands in the first month of harvest."""
    for fall, is_shock in [(0.2, False), (0.4, True)]:
        state = county(2)
        switch_off(state, Shock.FAILED_BUSINESS, [1])
        state.commons.log_price[:, Product.CORN] = np.log(1 - fall)
        months = run(state, YEAR, (farm, steady()))
        sales = book(months, "farm_sales").sum(axis=0)
        usual = 20 * CORN_GROSS
        assert sales[0] == pytest.approx(usual * (1 - fall), rel=0.001)
        assert sales[1] == pytest.approx(usual * (1 if is_shock else 1 - fall), rel=0.001)
        told = rows_of(months[9], "shock")
        assert (told.get("hh", np.zeros(0)).tolist() == [0]) == is_shock
        if is_shock:
            assert told["kind"].tolist() == [place_in(codes.SHOCK_KINDS, "price_fall")]
            assert told["loss"][0] == pytest.approx(usual * fall, rel=0.001)
        hit = [month.shocked[:, Shock.FAILED_BUSINESS].tolist() for month in months]
        assert hit == [[is_shock and n >= 9, False] for n in YEAR]


def test_help_for_farming_raises_sales_of_most():
    """By a factor that belongs to the household, with a least one."""
    n = 4000
    state = county(n, (MAN,))
    state.households.measure_until[: n // 2, Measure.INDUSTRY] = NO_END
    settings = steady(measure_effect_sd=0.12)
    months = run(state, YEAR, (farm, settings))
    ratio = book(months, "farm_sales").sum(axis=0) / (20 * CORN_GROSS)
    assert np.allclose(ratio[n // 2 :], 1, atol=1e-5)
    assert ratio[: n // 2].mean() == pytest.approx(1.12, abs=0.01)
    assert ratio[: n // 2].std() == pytest.approx(0.12, abs=0.01)
    assert 0 < (ratio[: n // 2] < 1).mean() < 0.3
    again = run(state, range(12, 24), (farm, settings))
    assert np.allclose(book(again, "farm_sales").sum(axis=0) / (20 * CORN_GROSS), ratio, atol=1e-4)


def test_yields_spread_as_set_and_neighbours_share_a_part():
    """A lasting part, one of the year, one of the cell."""
    n = 20_000
    parts = {"yield_lasting_sd": 0.2, "yield_plot_sd": 0.1, "yield_cell_sd": 0.0}
    state = county(n, (MAN,))
    years = []
    for year in (0, 12):
        run(state, range(year, year + 4), (farm, steady(**parts)), keeps_events=False)
        years.append(np.log(state.households.yield_factor_x1000 / 1000))
    assert years[0].std() == pytest.approx(np.sqrt(0.05), rel=0.03)
    assert np.corrcoef(*years)[0, 1] == pytest.approx(0.04 / 0.05, abs=0.02)
    shared = county(n, (MAN,), n_villages=8, n_cells=4)
    run(shared, range(4), (farm, steady(yield_cell_sd=0.1)), keeps_events=False)
    factor = shared.households.yield_factor_x1000
    assert len({(int(c), int(f)) for c, f in zip(shared.households.cell, factor, strict=True)}) == 4


def test_a_failure_without_weather_is_told_as_biological():
    """The only word of the official list for pests."""
    kinds = disaster_kind_of(np.array([0, DROUGHT, FLOOD], dtype=np.int8))
    names = list(codes.DISASTER_KINDS.words)
    assert [names[kind] for kind in kinds] == ["biological", "drought", "flood"]


def test_villages_are_told_prices_every_month_and_disasters_when_they_strike():
    """A row is one or the other."""
    state = county(8, n_villages=8, n_cells=2)
    state.commons.log_price[0, Product.PIG] = np.log(1.5)
    month = begin(state, 6)
    state.commons.season_kind[0] = [FLOOD + _NEW, 0]
    state.commons.season_cut[0] = [0.5, 0.0]
    farm(state, month, steady())
    told = rows_of(month, "place_month")
    is_price = told["product"] >= 0
    assert is_price.sum() == 8 * len(Product)
    assert (told["disaster_kind"][is_price] == -1).all()
    assert (told["affected_percent"][is_price] == -1).all()
    pig = told["product"] == Product.PIG
    assert set(told["price_fen_per_kg"][pig]) == {round(1650 * 1.5)}
    struck = ~is_price
    assert told["village"][struck].tolist() == [0, 2, 4, 6]
    assert set(told["disaster_kind"][struck]) == {place_in(codes.DISASTER_KINDS, "flood")}
    percent = told["affected_percent"][struck]
    assert ((percent >= 50) & (percent <= 100)).all()
    assert (told["price_fen_per_kg"][struck] == -1).all()
