"""Work for pay: jobs lost and found, public posts that end, and what each month pays."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from fanpin_risk.records.contracts import codes
from fanpin_risk.records.contracts.model import CodeList
from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.happenings import add_shocks, place_in
from fanpin_risk.simulate.county.kinds import NO_END, Job, Measure, Shock
from fanpin_risk.simulate.county.labour import PAID, at_ages, growth, is_fit
from fanpin_risk.simulate.county.month import Month, by_household, may_happen, strike
from fanpin_risk.simulate.county.ranges import (
    Age,
    Fen,
    Months,
    NotNegative,
    OfTheYear,
    Positive,
    Share,
    check_lines,
    check_shares,
)
from fanpin_risk.simulate.county.shocks import ShockSettings, mean_of_exp, standard_swing
from fanpin_risk.simulate.county.state import F64, Flags, State
from fanpin_risk.simulate.county.streams import LASTING, Keys, mixed_with

__all__ = ["WorkSettings", "work"]

Rows = npt.NDArray[np.int64]

_HUNDREDTHS = 100.0


class WorkSettings(ShockSettings):
    """Parameters of work; ``configs/simulation/work.yaml`` says what each is."""

    able_from_age_years: Age
    able_until_age_years: Age
    farms_until_age_years: Age
    migrant_wage_fen_a_month: Fen
    local_wage_fen_a_month: Fen
    post_wage_low_fen_a_month: Fen
    post_wage_high_fen_a_month: Fen
    wage_growth_a_year: float
    living_cost_away_share: Share
    wage_ages_years: tuple[float, ...]
    wage_age_factors: tuple[float, ...]
    wage_women_factor: Positive
    wage_ability_slope: float
    year_shock_rho: Annotated[float, Field(ge=0, lt=1)]
    year_shock_sd: NotNegative
    month_shock_sd: NotNegative
    local_season: OfTheYear
    migrant_season: OfTheYear
    seeking_ages_years: tuple[float, ...]
    seeking_men: tuple[Share, ...]
    seeking_women: tuple[Share, ...]
    seeking_ability_slope: float
    seeking_no_earner_factor: NotNegative
    seeking_land_slope_per_mu: float
    seeking_land_mu: NotNegative
    seeking_land_most_mu: NotNegative
    migrant_ages_years: tuple[float, ...]
    migrant_share: tuple[Share, ...]
    loss_a_month: Share
    loss_ability_slope: float
    loss_demand_slope: float
    finding_a_month: NotNegative
    finding_season: OfTheYear
    finding_ability_slope: float
    finding_demand_slope: float
    finding_measure_factor: NotNegative
    leaving_a_month: Share
    unfit_loses_job_after_months: Months
    local_places: dict[str, Share]
    migrant_places: dict[str, Share]
    channels: dict[str, Share]
    channels_former_poor: dict[str, Share]
    post_kinds: dict[str, Share]
    n_branches: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        """Check values by age, and shares of places, channels and posts."""
        check_lines(
            wage_age_factors=(self.wage_ages_years, self.wage_age_factors),
            seeking_men=(self.seeking_ages_years, self.seeking_men),
            seeking_women=(self.seeking_ages_years, self.seeking_women),
            migrant_share=(self.migrant_ages_years, self.migrant_share),
        )
        places = {"local_places": self.local_places, "migrant_places": self.migrant_places}
        check_shares(codes.WORK_PLACES, **places)
        channels = {"channels": self.channels, "channels_former_poor": self.channels_former_poor}
        check_shares(codes.JOB_CHANNELS, **channels)
        check_shares(codes.PUBLIC_POSTS, post_kinds=self.post_kinds)
        return self


def work(state: State, month: Month, settings: WorkSettings) -> None:
    """Let a month of work pass: end posts, lose and find jobs, pay wages.

    A lost job and a post that ends strike `Shock.UNSTABLE_WORK`; where that is switched off, both
    go on. Leaving work for age, illness or care is no shock of this kind. Pay goes to ``book.wage``
    and ``book.post_wage`` and, by person, to ``person_wage_fen``: of migrants it is what is left
    after living away, while the event ``work_month`` tells the pay itself.
    """
    if month.moy == 1:
        _new_year(state, month, settings)
    able = able_adults(
        state.people, month.month, (settings.able_from_age_years, settings.able_until_age_years)
    )
    fit = is_fit(state, month)
    seeks = _seeks(state, month, settings)
    demand = state.commons.log_demand[state.households.path][state.people.household]
    _end_posts(state, month, able)
    _lose(state, month, settings, demand)
    _leave(state, month, settings, able, seeks)
    _find(state, month, settings, able & fit & seeks, demand)
    _stay_at_home(state, month, settings)
    _pay(state, month, settings, fit)


def _new_year(state: State, month: Month, settings: WorkSettings) -> None:
    """Draw the part of each household's earnings that changes by the year."""
    households = state.households
    swing = standard_swing(month.streams, "work.year", households.key, settings)
    households.year_shock = (
        settings.year_shock_rho * households.year_shock + settings.year_shock_sd * swing
    )


def _seeks(state: State, month: Month, settings: WorkSettings) -> Flags:
    """Persons who want work for pay: most of the young, fewer with age; a lasting trait decides.

    More want it where nobody else of the household earns.
    """
    people = state.people
    earns = people.is_here & np.isin(people.job, PAID)
    others = np.bincount(people.household[earns], minlength=state.households.n)[people.household]
    others = others - earns
    ages = settings.seeking_ages_years
    men = at_ages(state, month, ages, settings.seeking_men)
    women = at_ages(state, month, ages, settings.seeking_women)
    share = np.where(people.is_female, women, men)
    share = share * np.where(others == 0, settings.seeking_no_earner_factor, 1.0)
    land_mu = np.minimum(state.households.land_mu_x100 / _HUNDREDTHS, settings.seeking_land_most_mu)
    land = settings.seeking_land_slope_per_mu * (land_mu - settings.seeking_land_mu)
    share = share + settings.seeking_ability_slope * people.ability + land[people.household]
    wants: Flags = LASTING.uniform("work.seeks", people.key) < share
    return wants


def _change_job(state: State, month: Month, persons: Rows, job: npt.NDArray[np.int8] | Job) -> None:
    """Give persons another job from this month."""
    state.people.job[persons] = job
    state.people.job_since[persons] = month.month


def _struck_from_work(state: State, month: Month, persons: Rows) -> None:
    """Persons who may lose their work lose it, and their household is hit."""
    rows = state.people.household[persons].astype(np.int64)
    _change_job(state, month, persons, Job.NONE)
    strike(state, month, rows, Shock.UNSTABLE_WORK)
    add_shocks(state, month, "job_loss", rows, person=persons)


def _end_posts(state: State, month: Month, able: Flags) -> None:
    """End public posts after their written month, and for those no longer able to hold one."""
    people = state.people
    held = people.is_here & (people.job == Job.POST)
    _change_job(state, month, np.flatnonzero(held & ~able), Job.NONE)
    lapses = held & able & (people.post_until < month.month)
    allowed = may_happen(state, Shock.UNSTABLE_WORK)[people.household]
    _struck_from_work(state, month, np.flatnonzero(lapses & allowed))


def _lose(state: State, month: Month, settings: WorkSettings, demand: F64) -> None:
    """Take jobs away, less often from the able and in good times."""
    people = state.people
    employed = people.is_here & ((people.job == Job.LOCAL) | (people.job == Job.MIGRANT))
    employed &= may_happen(state, Shock.UNSTABLE_WORK)[people.household]
    rows = np.flatnonzero(employed)
    hazard = settings.loss_a_month * np.exp(
        -settings.loss_ability_slope * people.ability[rows]
        - settings.loss_demand_slope * demand[rows]
    )
    lost = month.streams.happens("work.lose", people.key[rows], hazard)
    _struck_from_work(state, month, rows[lost])


def _leave(state: State, month: Month, settings: WorkSettings, able: Flags, seeks: Flags) -> None:
    """Let persons leave paid work for age, school, long illness or care."""
    people = state.people
    employed = people.is_here & ((people.job == Job.LOCAL) | (people.job == Job.MIGRANT))
    ahead = settings.unfit_loses_job_after_months
    is_out_long = ~is_fit(state, month, months_ahead=ahead)
    rows = np.flatnonzero(employed & ~seeks)
    tired = np.zeros(people.n, dtype=np.bool_)
    tired[rows] = month.streams.happens("work.leave", people.key[rows], settings.leaving_a_month)
    _change_job(state, month, np.flatnonzero(employed & (~able | is_out_long | tired)), Job.NONE)
    posted = people.is_here & (people.job == Job.POST) & is_out_long
    _change_job(state, month, np.flatnonzero(posted), Job.NONE)


def _find(state: State, month: Month, settings: WorkSettings, wants: Flags, demand: F64) -> None:
    """Let persons find work for pay, at home or away as is their habit and age."""
    people = state.people
    rows = np.flatnonzero(wants & ((people.job == Job.NONE) | (people.job == Job.FARM)))
    helped = state.households.measure_until[:, Measure.EMPLOYMENT] >= month.month
    hazard = (
        settings.finding_a_month
        * settings.finding_season[month.moy - 1]
        * np.exp(
            settings.finding_ability_slope * people.ability[rows]
            + settings.finding_demand_slope * demand[rows]
        )
        * np.where(helped[people.household[rows]], settings.finding_measure_factor, 1.0)
    )
    found = rows[month.streams.happens("work.find", people.key[rows], hazard)]
    away = at_ages(state, month, settings.migrant_ages_years, settings.migrant_share)[found]
    goes = LASTING.uniform("work.goes_away", people.key[found]) < away
    job = np.where(goes, int(Job.MIGRANT), int(Job.LOCAL)).astype(np.int8)
    _change_job(state, month, found, job)


def _stay_at_home(state: State, month: Month, settings: WorkSettings) -> None:
    """Who has no work for pay farms where the household has land of its own to till."""
    people, households = state.people, state.households
    farms = able_adults(
        state.people, month.month, (settings.able_from_age_years, settings.farms_until_age_years)
    )
    farms &= ((households.land_mu_x100 > 0) & ~households.is_leasing_out)[people.household]
    idle = people.is_here & ((people.job == Job.NONE) | (people.job == Job.FARM))
    wanted = np.where(farms, int(Job.FARM), int(Job.NONE)).astype(np.int8)
    changes = np.flatnonzero(idle & (people.job != wanted))
    _change_job(state, month, changes, wanted[changes])


def _pay(state: State, month: Month, settings: WorkSettings, fit: Flags) -> None:
    """Pay this month's wages."""
    people, book = state.people, month.book
    employed = (people.job == Job.LOCAL) | (people.job == Job.MIGRANT)
    earners = np.flatnonzero(people.is_here & employed & fit)
    gross = _wages_fen(state, month, settings, earners)
    is_away = people.job[earners] == Job.MIGRANT
    kept = np.where(is_away, gross * (1.0 - settings.living_cost_away_share), gross)
    wage = np.rint(kept).astype(np.int64)
    holders = np.flatnonzero(people.is_here & (people.job == Job.POST) & fit)
    post_wage = _post_wages_fen(state, settings, holders)
    month.person_wage_fen[earners] = wage
    month.person_wage_fen[holders] = post_wage
    month.has_worked[earners] = True
    month.has_worked[holders] = True
    all_wages = np.zeros(people.n, dtype=np.int64)
    all_wages[earners] = wage
    book.wage += by_household(state, all_wages)
    all_wages[:] = 0
    all_wages[holders] = post_wage
    book.post_wage += by_household(state, all_wages)
    if month.keeps_events:
        _tell(state, month, settings, earners, np.rint(gross).astype(np.int64))
        _tell(state, month, settings, holders, post_wage)


def _wages_fen(state: State, month: Month, settings: WorkSettings, rows: Rows) -> F64:
    """Pay of persons who work for pay this month, before living cost away."""
    people = state.people
    is_away = people.job[rows] == Job.MIGRANT
    base = np.where(is_away, settings.migrant_wage_fen_a_month, settings.local_wage_fen_a_month)
    season = np.where(
        is_away, settings.migrant_season[month.moy - 1], settings.local_season[month.moy - 1]
    )
    slope, sd_month = settings.wage_ability_slope, settings.month_shock_sd
    log_pay = slope * people.ability[rows] + state.households.year_shock[people.household[rows]]
    log_pay += sd_month * standard_swing(month.streams, "work.month", people.key[rows], settings)
    steady = (
        growth(month, settings.wage_growth_a_year)
        / mean_of_exp(settings, sd_month)
        / mean_of_exp(settings, settings.year_shock_sd / np.sqrt(1 - settings.year_shock_rho**2))
        / np.exp(0.5 * slope**2)
    )
    factor = at_ages(state, month, settings.wage_ages_years, settings.wage_age_factors)[rows]
    factor = factor * np.where(people.is_female[rows], settings.wage_women_factor, 1.0)
    pay: F64 = base * season * factor * steady * np.exp(log_pay)
    return pay


def _post_wages_fen(state: State, settings: WorkSettings, rows: Rows) -> Rows:
    """Pay of holders of public posts: fixed for each person."""
    low, high = settings.post_wage_low_fen_a_month, settings.post_wage_high_fen_a_month
    u = LASTING.uniform("work.post_wage", state.people.key[rows])
    pay: Rows = np.rint(low + (high - low) * u).astype(np.int64)
    return pay


def _tell(state: State, month: Month, settings: WorkSettings, rows: Rows, wage_fen: Rows) -> None:
    """Keep the months worked as records may tell them."""
    people = state.people
    job = people.job[rows].astype(np.int64)
    is_post = job == Job.POST
    spell: Keys = mixed_with(people.key[rows], people.job_since[rows] + _SPELL_OFFSET)
    former_poor = state.households.is_former_poor[people.household[rows]]
    village = place_in(codes.WORK_PLACES, "village")
    public_post = place_in(codes.JOB_CHANNELS, "public_post")
    near = _drawn_code("work.place", spell, settings.local_places, codes.WORK_PLACES)
    away = _drawn_code("work.place_away", spell, settings.migrant_places, codes.WORK_PLACES)
    usual = _drawn_code("work.channel", spell, settings.channels, codes.JOB_CHANNELS)
    led = _drawn_code("work.channel", spell, settings.channels_former_poor, codes.JOB_CHANNELS)
    kinds = _drawn_code("work.post_kind", spell, settings.post_kinds, codes.PUBLIC_POSTS)
    branch = LASTING.uniform("work.branch", spell) * settings.n_branches
    month.add(
        "work_month",
        person=rows,
        hh=people.household[rows].astype(np.int64),
        job=job,
        wage=wage_fen,
        work_place=np.where(is_post, village, np.where(job == Job.MIGRANT, away, near)),
        channel=np.where(is_post, public_post, np.where(former_poor, led, usual)),
        branch=branch.astype(np.int64),
        post_kind=np.where(is_post, kinds, -1),
        spell_started=people.job_since[rows].astype(np.int64),
        spell_ends=np.where(is_post, people.post_until[rows], NO_END).astype(np.int64),
    )


_SPELL_OFFSET = 1 << 20
"""Keeps months before the first one apart from numbers of people when keys are mixed."""


def _drawn_code(what: str, keys: Keys, shares: dict[str, float], listed: CodeList) -> Rows:
    """Index of a code in its contract's list, drawn for good by shares."""
    places = np.array([place_in(listed, code) for code in shares])
    drawn = LASTING.choice(what, keys, np.array(list(shares.values())))
    found: Rows = places[drawn]
    return found
