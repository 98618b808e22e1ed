"""Small counties made by hand, and the county's own settings with single values changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from fanpin_risk.simulate.county.kinds import Job, Product, Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.state import Commons, Households, People, State, Villages, blank
from fanpin_risk.simulate.county.streams import mixed

FOLDER = Path(__file__).parents[3] / "configs/simulation"
MAN, WOMAN = (40, False), (38, True)


@cache
def parameters(preset="northeast", world="main"):
    """The parameters shipped."""
    return load_parameters(FOLDER, preset=preset, world=world)


def settings_of(theme, kind, *, world="main", **changes):
    """Settings of a theme as shipped, but for what is changed."""
    whole = parameters(world=world).theme(theme, kind)
    unknown = set(changes) - set(kind.model_fields)
    assert not unknown, unknown
    return whole.model_copy(update=changes)


def county(n, members=(MAN, WOMAN), *, n_villages=4, n_cells=2, n_paths=1, seed=1, month=-1):
    """Households of the same members with 20 mu of corn each, in villages along a line.

    ``members`` are pairs of age in years and whether female.
    """
    households = Households.blank(n)
    households.number = np.arange(n) + 1_000_001
    households.key = mixed(households.number.astype(np.uint64), seed)
    households.village = np.sort(np.arange(n) % n_villages).astype(np.int32)
    households.land_mu_x100[:] = 2000
    households.product[:] = Product.CORN
    people = People.blank(n * len(members))
    people.household = np.repeat(np.arange(n), len(members)).astype(np.int32)
    people.number = np.arange(people.n) + 1
    people.key = mixed(people.number.astype(np.uint64), seed, 1)
    people.born_month = np.tile([month - 12 * age - 6 for age, _ in members], n).astype(np.int32)
    people.is_female = np.tile([is_female for _, is_female in members], n)
    villages = Villages(
        key=mixed(np.arange(n_villages, dtype=np.uint64), seed, 2),
        township=blank(np.int32, n_villages),
        cell=(np.arange(n_villages) % n_cells).astype(np.int32),
        x=np.arange(n_villages) * 10.0,
        y=np.zeros(n_villages),
        zeal=blank(np.float64, n_villages, 1),
        flood_share=blank(np.float64, n_villages, 0.1),
    )
    households.cell = villages.cell[households.village]
    commons = Commons.blank(n_paths, n_cells, n_villages)
    commons.key = mixed(np.arange(n_paths, dtype=np.uint64), seed, 3)
    return State(month, households, people, villages, commons)


def begin(state, month=None, *, keeps_events=True):
    """Begin a month, by default the state's next one."""
    if month is not None:
        state.month = month - 1
    return Month.begin(state, len(Shock), keeps_events=keeps_events)


def run(state, months, *processes, keeps_events=True):
    """Let months pass; ``processes`` are pairs of a process and its settings.

    Returns the months.
    """
    passed = []
    for number in months:
        month = begin(state, number, keeps_events=keeps_events)
        for process, settings in processes:
            process(state, month, settings)
        state.month = month.month
        passed.append(month)
    return passed


def rows_of(month, name):
    """Events of one name put together, as columns; {} where there is none."""
    pieces = month.events.get(name, [])
    if not pieces:
        return {}
    return {column: np.concatenate([p[column] for p in pieces]) for column in pieces[0]}


def switch_off(state, shock, rows=slice(None)):
    """Let a kind of shock no more happen to households."""
    state.households.switched_off[rows] |= 1 << shock


def within(share, expected, n, sigmas=4.5):
    """Whether a share of n draws lies where it should, within Monte Carlo error."""
    return abs(share - expected) <= sigmas * np.sqrt(expected * (1 - expected) / n)


def varied(n, *, seed=1, month=-1):
    """Households that differ in everything the processes of living look at."""
    state = county(n, ((40, False), (38, True), (66, True)), n_villages=6, n_cells=3, seed=seed)
    households, people = state.households, state.people
    row = np.arange(n)
    households.product = (row % len(Product)).astype(np.int8)
    households.herd = np.where(households.product >= Product.CATTLE, 6 + row % 9, 0).astype(
        np.int32
    )
    households.land_mu_x100 = (row % 7 * 600).astype(np.int32)
    households.is_in_flood_land = row % 4 == 0
    households.is_former_poor = row % 5 == 0
    households.kin_support_fen = np.where(row % 3 == 0, 30_000, 0)
    households.savings_fen = (row % 13 - 2) * 400_000
    households.income_12[:] = 200_000
    households.house_grade = (row % 3 % 2).astype(np.int8)
    households.house_wear = (row % 100) / 100
    people.ability = np.sin(np.arange(people.n) * 1.7)
    jobs = np.array([Job.LOCAL, Job.FARM, Job.NONE, Job.MIGRANT, Job.FARM, Job.NONE])
    people.job = jobs[np.arange(people.n) % 6].astype(np.int8)
    posts = np.flatnonzero((people.household % 10 == 0) & (people.job == Job.FARM))
    people.job[posts] = Job.POST
    people.post_until[posts] = month + 1 + posts % 24
    return state
