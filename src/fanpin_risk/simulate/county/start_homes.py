"""What the households of the first month own: land, animals, savings, homes, kin, allowances."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import NO_END, Job, Measure, Product
from fanpin_risk.simulate.county.places import PlacesSettings, Trait
from fanpin_risk.simulate.county.state import F64, I64, Flags, Households, People, Villages
from fanpin_risk.simulate.county.streams import Streams, mixed_with

_MONTHS = 12


def give_land(
    households: Households,
    villages: Villages,
    n_able: I64,
    settings: PlacesSettings,
    draws: Streams,
) -> None:
    """Land, what is grown or kept on it, herds, and who leases out."""
    key = households.key
    land = settings.land_median_mu * np.exp(settings.land_sd * draws.normal("start.land", key))
    land = np.minimum(land, settings.land_most_mu)
    landless = draws.happens("start.landless", key, settings.landless_share)
    households.land_mu_x100 = np.where(landless, 0, np.rint(land * 100)).astype(np.int32)
    product = draws.choice("start.product", key, np.array(settings.product_shares))
    keeps_animals = product >= Product.CATTLE
    product[keeps_animals & (n_able == 0)] = Product.CORN
    households.product = product.astype(np.int8)
    median = np.array(settings.herd_median, dtype=np.float64)[product]
    herd = np.rint(median * np.exp(settings.herd_sd * draws.normal("start.herd", key)))
    households.herd = np.where(median > 0, np.maximum(herd, 1), 0).astype(np.int32)
    leases = draws.happens("start.leasing", key, settings.leasing_share) & (households.herd == 0)
    households.is_leasing_out = ~landless & (leases | (n_able == 0))
    households.is_in_flood_land = draws.happens(
        "start.flood_land", key, villages.flood_share[households.village]
    )


def give_homes(households: Households, settings: PlacesSettings, draws: Streams) -> None:
    """Grade and wear of homes, and the way to water."""
    key = households.key
    grade = draws.choice("start.house_grade", key, np.array(settings.house_grade_shares))
    households.house_grade = grade.astype(np.int8)
    households.house_wear = draws.uniform("start.house_wear", key)
    trip = draws.choice("start.water_trip", key, np.array(settings.water_trip_shares))
    households.water_trip_minutes = np.array(settings.water_trip_minutes, dtype=np.int16)[trip]


def give_kin(
    households: Households, head_age: I64, settings: PlacesSettings, draws: Streams
) -> None:
    """Pair old households with younger ones of the same village, both ways, and send them money.

    Pairs are drawn at random within a village; a household has at most one.
    """
    key = households.key
    is_old = head_age >= settings.kin_pair_head_age
    low, high = settings.kin_pair_child_age
    is_young = (head_age >= low) & (head_age <= high)
    wants = is_old & draws.happens("start.kin_pair", key, settings.kin_pair_share)
    order = draws.uniform("start.kin_order", key)
    old, young = _ranked(households, wants, order), _ranked(households, is_young, order)
    pairs, of_old, of_young = np.intersect1d(old[0], young[0], return_indices=True)
    del pairs
    a, b = old[1][of_old], young[1][of_young]
    households.kin[a], households.kin[b] = b, a
    share = np.where(is_old, settings.kin_support_old_share, settings.kin_support_other_share)
    has = draws.happens("start.kin_support", key, share)
    sent = settings.kin_support_median_yuan * np.exp(
        settings.kin_support_sd * draws.normal("start.kin_amount", key)
    )
    households.kin_support_fen = np.where(has, np.rint(sent) * 100, 0).astype(np.int64)


def _ranked(
    households: Households, chosen: Flags, order: F64
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Village and rank within it as one number, and the row, of households that were chosen."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((order[rows], households.village[rows]))]
    village = households.village[rows].astype(np.int64)
    first = np.searchsorted(village, village, side="left")
    return village * households.n + (np.arange(len(rows)) - first), rows


def give_former_poor(
    households: Households,
    people: People,
    villages: Villages,
    n_able: I64,
    settings: PlacesSettings,
    draws: Streams,
) -> None:
    """Mark the share of households that were registered poor: little ability, hands and land.

    Exactly the share of the settings, rounded; the order is by traits that also shape the present,
    by village, and by chance.
    """
    size = np.maximum(np.bincount(people.household, minlength=households.n), 1)
    ill = people.is_chronic.astype(np.int64) + (people.disability_level > 0)
    ability, frailty, illness = (
        np.bincount(people.household, weights=values, minlength=households.n) / size
        for values in (people.ability, people.frailty, ill)
    )
    traits: dict[Trait, F64] = {
        "ability": ability,
        "frailty": frailty,
        "illness": illness,
        "labour": n_able / size,
        "land": households.land_mu_x100.astype(np.float64),
    }
    score = np.zeros(households.n)
    for name, weight in settings.former_poor_weights.items():
        score += weight * _standard(traits[name])
    village_key = mixed_with(villages.key, np.full(villages.n, 7))
    score = (
        _standard(score)
        + settings.former_poor_village_sd
        * draws.normal("start.former_poor_village", village_key)[households.village]
        + settings.former_poor_noise_sd * draws.normal("start.former_poor", households.key)
    )
    n_poor = round(settings.former_poor_share * households.n)
    households.is_former_poor[np.argsort(-score, kind="stable")[:n_poor]] = True


def give_work_outside_farm(
    households: Households,
    people: People,
    able: Flags,
    settings: PlacesSettings,
    draws: Streams,
    month: int,
) -> None:
    """Businesses and public posts, each for the ablest or the first able adult out of school."""
    for is_post in (False, True):
        if is_post:
            chosen = households.is_former_poor & draws.happens(
                "start.post", households.key, settings.post_share
            )
        else:
            chosen = draws.happens("start.business", households.key, settings.business_share)
        free = able & ~np.isin(people.job, (Job.POST, Job.BUSINESS, Job.MIGRANT))
        rows = _one_of_each(people, np.flatnonzero(free & chosen[people.household]))
        people.job[rows] = Job.POST if is_post else Job.BUSINESS
        people.job_since[rows] = np.maximum(
            people.job_since[rows], month - settings.post_started_within_months
        )
        here = people.household[rows]
        if not is_post:
            households.has_business[here] = True
            continue
        low, high = settings.post_months
        until = (
            month
            + low
            + np.floor(
                (high - low + 1) * draws.uniform("start.post_until", people.key[rows])
            ).astype(np.int32)
        )
        people.post_until[rows] = until
        households.measure_since[here, Measure.PUBLIC_POST] = month
        households.measure_until[here, Measure.PUBLIC_POST] = until


def _one_of_each(people: People, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The ablest of the rows of each household."""
    order = rows[np.lexsort((-people.ability[rows], people.household[rows]))]
    first = np.unique(people.household[order], return_index=True)[1]
    found: npt.NDArray[np.int64] = order[first]
    return found


def expected_income(
    households: Households,
    people: People,
    settings: PlacesSettings,
    pension_fen: int,
    month: int,
    pension_age: int,
) -> I64:
    """Rough income of a month by household, in fen, for the twelve months before the first one."""
    earned = np.rint(np.array(settings.income_by_job_yuan) * 100)[people.job]
    is_old = (month - people.born_month) // 12 >= pension_age
    persons = np.bincount(
        people.household,
        weights=earned + np.where(is_old, pension_fen, 0),
        minlength=households.n,
    )
    land = households.land_mu_x100 * settings.land_income_yuan_per_mu / _MONTHS
    herd = np.array(settings.herd_income_yuan)[households.product] * households.herd * 100 / _MONTHS
    income: I64 = np.rint(
        persons + land + herd + households.kin_support_fen + settings.other_income_yuan * 100
    ).astype(np.int64)
    return income


def give_money(
    households: Households, income: I64, settings: PlacesSettings, draws: Streams
) -> None:
    """Savings and debts in proportion to income, and the book of the twelve months before."""
    key = households.key
    year = income * float(_MONTHS)
    saved = settings.savings_share_of_income * np.exp(
        settings.savings_sd * draws.normal("start.savings", key)
    )
    owed = settings.debt_share_of_income * np.exp(
        settings.debt_sd * draws.normal("start.debt", key)
    )
    owes = draws.happens("start.owes", key, settings.debt_share)
    households.savings_fen = np.rint(year * np.where(owes, -owed, saved)).astype(np.int64)
    households.income_12[:] = income[:, None]
    households.year_shock = settings.year_shock_sd * draws.normal("start.year_shock", key)
    households.reporting_bias = settings.reporting_bias_sd * draws.normal("start.bias", key)


def give_allowances(
    households: Households,
    people: People,
    n_able: I64,
    head_age: I64,
    settings: PlacesSettings,
    draws: Streams,
    month: int,
) -> None:
    """Minimum living allowance and destitute support that run when the county begins."""
    size = np.bincount(people.household, minlength=households.n)
    per_head = households.income_12.sum(axis=1) / np.maximum(size, 1)
    poor = (n_able == 0) & (per_head < settings.dibao_income_yuan * 100)
    alone = (size == 1) & (head_age >= settings.kin_pair_head_age) & (households.kin < 0)
    households.is_tekun = (
        alone
        & (households.kin_support_fen == 0)
        & draws.happens("start.tekun", households.key, settings.tekun_share)
    )
    households.is_dibao = (
        poor
        & ~households.is_tekun
        & draws.happens("start.dibao", households.key, settings.dibao_share)
    )
    amount = np.where(households.is_dibao, settings.dibao_yuan * 100 * size, 0)
    amount = np.where(households.is_tekun, settings.tekun_yuan * 100, amount)
    households.dibao_fen = np.rint(amount).astype(np.int64)
    has = households.is_dibao | households.is_tekun
    households.measure_since[has, Measure.SAFETY_NET] = month
    households.measure_until[has, Measure.SAFETY_NET] = NO_END


def _standard(values: F64) -> F64:
    """Values less their mean, in units of their spread; all nought where they do not differ."""
    spread = float(values.std())
    found: F64 = (values - values.mean()) / (spread if spread > 0 else 1.0)
    return found
