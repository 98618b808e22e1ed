"""Crops: costs in spring, weather in summer, sales in autumn; land leased, subsidies, claims."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.commons import DROUGHT, FLOOD, field_of_cells, keys_of, struck_now
from fanpin_risk.simulate.county.crops import (
    HUNDREDTHS,
    STAPLE,
    FarmSettings,
    Fields,
    fields_of,
    per_crop,
)
from fanpin_risk.simulate.county.happenings import (
    add_claims,
    add_income,
    add_shocks,
    place_in,
)
from fanpin_risk.simulate.county.kinds import Job, Measure, Shock
from fanpin_risk.simulate.county.labour import growth, has_any, is_at_home, is_fit
from fanpin_risk.simulate.county.livestock import livestock
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.places_month import tell_places
from fanpin_risk.simulate.county.prices import price_fen_per_kg, usual_price_fen_per_kg
from fanpin_risk.simulate.county.state import F64, Flags, State
from fanpin_risk.simulate.county.streams import LASTING

__all__ = ["FarmSettings", "disaster_kind_of", "farm"]

Rows = npt.NDArray[np.int64]

_USUAL_YIELD_X1000 = 1000


def farm(state: State, month: Month, settings: FarmSettings) -> None:
    """Let a month of farming pass, crops and animals.

    Costs are paid in the sowing months and earned back in the harvest months, so a bad year shows
    only in autumn and net income can be negative. Weather at or above a share of the harvest is a
    `Shock.DISASTER`; a failed crop without it, a price far below usual and animals lost are
    `Shock.FAILED_BUSINESS`. What is switched off for a household does not happen to it.
    """
    fields = fields_of(state, settings)
    effect = _measure_effect(state, month, settings)
    if month.moy == settings.lease_month:
        _lease(state, month, settings)
        _pay_rent(state, month, settings)
    if month.moy in settings.sowing_shares:
        _sow(state, month, settings, fields)
    _weather(state, month, settings, fields)
    if month.moy == settings.pest_month:
        _pests(state, month, settings, fields)
    if month.moy in settings.harvest_shares:
        _harvest(state, month, settings, fields, effect)
    _subsidies(state, month, settings, fields)
    if month.moy == settings.claim_month:
        _claims(state, month, settings, fields)
        _end_season(state)
    livestock(state, month, settings, effect)
    tell_places(
        state, month, settings, settings.disaster_affected_low, settings.disaster_affected_high
    )


def _measure_effect(state: State, month: Month, settings: FarmSettings) -> F64:
    """Factor of sales: 1, and for households with help for farming more, for some less."""
    until = state.households.measure_until
    helped = (until[:, Measure.INDUSTRY] >= month.month) | (
        until[:, Measure.FINANCE] >= month.month
    )
    effect = np.ones(state.households.n)
    rows = np.flatnonzero(helped)
    swing = LASTING.normal("farm.measure", state.households.key[rows])
    gain = settings.measure_effect_mean + settings.measure_effect_sd * swing
    effect[rows] = 1.0 + np.maximum(gain, settings.measure_effect_least)
    return effect


def _has_farmer(state: State, month: Month, settings: FarmSettings, *, fit_in_months: int) -> Flags:
    """Households with an able adult at home who is fit so many months from now."""
    able = able_adults(
        state.people, month.month, (settings.able_from_age_years, settings.farmers_until_age_years)
    )
    at_home = is_at_home(state)
    return has_any(state, able & at_home & is_fit(state, month, months_ahead=fit_in_months))


def _lease(state: State, month: Month, settings: FarmSettings) -> None:
    """Decide for a year who leases out: who has no farmer, and some whose able all work for pay."""
    households, people = state.households, state.people
    ahead = settings.unfit_leases_after_months
    has_farmer = _has_farmer(state, month, settings, fit_in_months=ahead)
    idle = able_adults(
        state.people, month.month, (settings.able_from_age_years, settings.farmers_until_age_years)
    )
    idle &= (people.job == Job.NONE) | (people.job == Job.FARM)
    u = LASTING.uniform("farm.leases", households.key)
    tends_to = ~has_any(state, idle) & (u < settings.leases_with_outside_jobs_share)
    households.is_leasing_out = (
        households.is_here & (households.land_mu_x100 > 0) & (~has_farmer | tends_to)
    )


def _pay_rent(state: State, month: Month, settings: FarmSettings) -> None:
    """Pay a year's rent ahead."""
    households = state.households
    rows = np.flatnonzero(households.is_here & households.is_leasing_out)
    a_mu = settings.rent_fen_per_mu_a_year * growth(month, settings.farm_growth_a_year)
    rent = np.rint(households.land_mu_x100[rows] / HUNDREDTHS * a_mu).astype(np.int64)
    month.book.rent[rows] += rent
    add_income(month, "property", rows, rent, is_help=False)


def _sow(state: State, month: Month, settings: FarmSettings, fields: Fields) -> None:
    """Pay for seed and fertiliser; in the first sowing month, draw how the year turns out."""
    households = state.households
    if month.moy == min(settings.sowing_shares):
        tills = households.is_here & ~households.is_leasing_out & (households.land_mu_x100 > 0)
        tills &= _has_farmer(
            state, month, settings, fit_in_months=settings.unfit_leases_after_months
        )
        _draw_yields(state, month, settings, np.flatnonzero(tills))
    else:
        tills = households.is_here & (households.crop_costs_fen > 0)
    costs = fields.sum_of(per_crop(settings, "cost_fen_per_mu"))
    costs = costs * growth(month, settings.farm_growth_a_year) * settings.sowing_shares[month.moy]
    paid = np.where(tills, np.rint(costs), 0).astype(np.int64)
    month.book.farm_cost += paid
    households.crop_costs_fen += paid


def _draw_yields(state: State, month: Month, settings: FarmSettings, rows: Rows) -> None:
    """Start the season: a lasting part, one of the plot and year, one that neighbours share."""
    households, shared = state.households, state.commons
    keys = households.key[rows]
    cells = np.arange(shared.season_cut.shape[1], dtype=np.uint64)
    draws = month.streams.normal("farm.cell", keys_of(shared.key, cells))
    field = field_of_cells(draws, state.villages, settings.yield_cell_reach_km)
    log_yield = (
        settings.yield_lasting_sd * LASTING.normal("farm.skill", keys)
        + settings.yield_plot_sd * month.streams.normal("farm.plot", keys)
        + settings.yield_cell_sd * field[households.path[rows], households.cell[rows]]
    )
    households.yield_factor_x1000[rows] = np.rint(_USUAL_YIELD_X1000 * np.exp(log_yield))


def _weather(state: State, month: Month, settings: FarmSettings, fields: Fields) -> None:
    """Cut what stands in the fields where drought or flood struck this month."""
    households = state.households
    kind, cut = struck_now(state)
    if not kind.any():
        return
    place = households.path, households.cell
    tills = households.is_here & (households.crop_costs_fen > 0)
    in_water = np.where(
        households.is_in_flood_land, settings.flood_plot_factor, settings.flood_other_factor
    )
    share = np.where(kind[place] == FLOOD, cut[place] * in_water, cut[place])
    share = np.minimum(share, settings.cut_most)
    is_shock = share >= settings.disaster_is_shock_from
    rows = np.flatnonzero(
        tills & (kind[place] > 0) & (~is_shock | may_happen(state, Shock.DISASTER))
    )
    kinds, share, is_shock = kind[place][rows], share[rows], is_shock[rows]
    expected = _expected_fen(state, month, settings, fields)[rows]
    _cut_yield(state, rows, share)
    hit = rows[is_shock]
    strike(state, month, hit, Shock.DISASTER)
    add_shocks(
        state,
        month,
        "disaster",
        hit,
        disaster_kind=disaster_kind_of(kinds[is_shock]),
        loss_fen=np.rint(expected[is_shock] * share[is_shock]).astype(np.int64),
        product=fields.crop[hit],
    )


def disaster_kind_of(kind: npt.NDArray[np.int8]) -> Rows:
    """Index in `DISASTER_KINDS` of a kind of weather; of a failure without any, biological."""
    named = {0: "biological", DROUGHT: "drought", FLOOD: "flood"}
    places = np.array([place_in(codes.DISASTER_KINDS, named[k]) for k in sorted(named)])
    found: Rows = places[kind]
    return found


def _expected_fen(state: State, month: Month, settings: FarmSettings, fields: Fields) -> F64:
    """What the season's harvest would fetch at usual prices, as it stands."""
    usual = usual_price_fen_per_kg(month, settings) * per_crop(settings, "yield_kg_per_mu")
    factor = state.households.yield_factor_x1000 / _USUAL_YIELD_X1000
    expected: F64 = fields.sum_of(usual) * factor
    return expected


def _cut_yield(state: State, rows: Rows, share: F64) -> None:
    """Take a share off what stands in the fields."""
    factor = state.households.yield_factor_x1000[rows] * (1.0 - share)
    state.households.yield_factor_x1000[rows] = np.rint(factor).astype(np.int32)


def _pests(state: State, month: Month, settings: FarmSettings, fields: Fields) -> None:
    """Let crops of single households fail: pests, bad seed, a late start."""
    households = state.households
    tills = households.is_here & (households.crop_costs_fen > 0)
    rows = np.flatnonzero(tills & may_happen(state, Shock.FAILED_BUSINESS))
    hit = month.streams.happens("farm.pest", households.key[rows], settings.pest_a_year)
    rows = rows[hit]
    u = month.streams.uniform("farm.pest_cut", households.key[rows])
    share = settings.pest_cut_low + (settings.pest_cut_high - settings.pest_cut_low) * u
    loss = np.rint(_expected_fen(state, month, settings, fields)[rows] * share).astype(np.int64)
    _cut_yield(state, rows, share)
    strike(state, month, rows, Shock.FAILED_BUSINESS)
    add_shocks(state, month, "failed_crop", rows, loss_fen=loss, product=fields.crop[rows])


def _harvest(
    state: State, month: Month, settings: FarmSettings, fields: Fields, effect: F64
) -> None:
    """Sell this month's part of the harvest; where nobody is fit, pay others to bring it in."""
    households = state.households
    rows = np.flatnonzero(households.is_here & (households.crop_costs_fen > 0))
    fetched = _fetched_fen_per_kg(state, month, settings, fields, rows)
    yields = per_crop(settings, "yield_kg_per_mu")
    gross = (
        fields.main_mu[rows] * yields[fields.crop[rows]] * fetched[0]
        + fields.rest_mu[rows] * yields[STAPLE] * fetched[1]
    )
    gross = gross * households.yield_factor_x1000[rows] / _USUAL_YIELD_X1000 * effect[rows]
    gross = gross * settings.harvest_shares[month.moy]
    sales = np.rint(gross).astype(np.int64)
    alone = ~_has_farmer(state, month, settings, fit_in_months=0)[rows]
    hired = np.where(alone, np.rint(gross * settings.hired_harvest_share), 0).astype(np.int64)
    month.book.farm_sales[rows] += sales
    month.book.farm_cost[rows] += hired
    share = settings.harvest_shares[month.moy]
    cost = np.rint(households.crop_costs_fen[rows] * share).astype(np.int64) + hired
    month.add(
        "harvest",
        hh=rows,
        mu_x100=households.land_mu_x100[rows].astype(np.int64),
        sales=sales,
        cost=cost,
    )


def _fetched_fen_per_kg(
    state: State, month: Month, settings: FarmSettings, fields: Fields, rows: Rows
) -> tuple[F64, F64]:
    """Price of each household's main crop and of the staple; a deep fall is a shock.

    Where such a shock is switched off, the usual price is paid for the main crop instead.
    """
    households = state.households
    usual = usual_price_fen_per_kg(month, settings)
    price = price_fen_per_kg(state, month, settings)[households.path[rows]]
    crop = fields.crop[rows]
    at = np.arange(len(rows))
    has_fallen = price[at, crop] < (1.0 - settings.price_fall_is_shock_from) * usual[crop]
    allowed = may_happen(state, Shock.FAILED_BUSINESS)[rows]
    paid = np.where(has_fallen & ~allowed, usual[crop], price[at, crop])
    is_hit = has_fallen & allowed
    hit = rows[is_hit]
    strike(state, month, hit, Shock.FAILED_BUSINESS)
    if month.moy == min(settings.harvest_shares):
        expected = _expected_fen(state, month, settings, fields)[hit]
        fall = 1.0 - price[at, crop][is_hit] / usual[crop[is_hit]]
        loss = np.rint(expected * fall).astype(np.int64)
        add_shocks(state, month, "price_fall", hit, loss_fen=loss, product=crop[is_hit])
    return paid, price[:, STAPLE]


def _subsidies(state: State, month: Month, settings: FarmSettings, fields: Fields) -> None:
    """Pay subsidies: for land to who holds it, for crops to who sowed them."""
    households = state.households
    if month.moy == settings.land_subsidy_month:
        amount = households.land_mu_x100 / HUNDREDTHS * settings.land_subsidy_fen_per_mu
        amount = np.where(households.is_here, amount, 0.0)
    elif month.moy == settings.crop_subsidy_month:
        amount = fields.sum_of(per_crop(settings, "subsidy_fen_per_mu"))
        amount = np.where(households.is_here & (households.crop_costs_fen > 0), amount, 0.0)
    else:
        return
    paid = np.rint(amount).astype(np.int64)
    month.book.farm_subsidy += paid
    rows = np.flatnonzero(paid)
    add_income(month, "farm_subsidy", rows, paid[rows], is_help=True)


def _claims(state: State, month: Month, settings: FarmSettings, fields: Fields) -> None:
    """Pay claims of insured fields whose yield fell far enough below the usual one."""
    households = state.households
    cover = fields.sum_of(per_crop(settings, "cover_fen_per_mu"))
    lost = 1.0 - households.yield_factor_x1000 / _USUAL_YIELD_X1000
    rows = np.flatnonzero(
        households.is_here
        & (households.crop_costs_fen > 0)
        & (cover > 0)
        & (lost >= settings.claim_from)
        & (LASTING.uniform("farm.insured", households.key) < settings.crops_insured_share)
    )
    paid = np.rint(cover[rows] * lost[rows]).astype(np.int64)
    month.book.claim[rows] += paid
    kind = state.commons.season_kind[households.path[rows], households.cell[rows]]
    add_claims(month, "crop", rows, paid, cause=disaster_kind_of(kind), product=fields.crop[rows])


def _end_season(state: State) -> None:
    """Clear the fields."""
    state.households.crop_costs_fen[:] = 0
    state.households.yield_factor_x1000[:] = _USUAL_YIELD_X1000
