"""What holds for every process of living: shared nothing but the shared, switched off and ended."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from tests.simulate.county.hand import begin, rows_of, run, settings_of, switch_off, varied

from fanpin_risk.simulate.county.commons import CommonsSettings, commons
from fanpin_risk.simulate.county.farm import FarmSettings, farm
from fanpin_risk.simulate.county.kinds import Shock
from fanpin_risk.simulate.county.misfortune import MisfortuneSettings, misfortune
from fanpin_risk.simulate.county.money import MoneySettings, accounting_gap, settle
from fanpin_risk.simulate.county.need import NeedSettings, need
from fanpin_risk.simulate.county.work import WorkSettings, work

PROCESSES = (
    (commons, settings_of("commons", CommonsSettings, weather_a_year=0.7)),
    (work, settings_of("work", WorkSettings)),
    (farm, settings_of("farm", FarmSettings, pest_a_year=0.2)),
    (
        misfortune,
        settings_of(
            "misfortune",
            MisfortuneSettings,
            accident_a_year=0.3,
            accident_disables_share=0.5,
            fire_a_year=0.2,
            flood_home_share=0.5,
            kin_stops_a_year=0.4,
            home_wear_a_month=0.03,
            other_outage_a_month=0.1,
            business_start_a_month=0.05,
            business_failure_a_month=0.1,
        ),
    ),
    (settle, settings_of("money", MoneySettings)),
    (need, settings_of("need", NeedSettings)),
)
"""Settings under which everything happens often."""

COLUMNS = {
    "work_month": (
        *("person", "hh", "job", "wage", "work_place", "channel", "branch", "post_kind"),
        *("spell_started", "spell_ends"),
    ),
    "income_item": ("hh", "person", "item", "amount", "is_help"),
    "shock": ("hh", "person", "kind", "disaster_kind", "loss", "product", "day"),
    "rigid_spending": ("hh", "person", "item", "amount", "is_compliant"),
    "insurance_claim": ("hh", "insurance", "paid", "cause", "product"),
    "housing": ("hh", "grade"),
    "water": ("hh", "outage_months", "quality", "trip_minutes"),
    "loan": ("hh", "kind", "balance", "overdue"),
    "asset_dividend": ("hh", "amount"),
    "harvest": ("hh", "mu_x100", "sales", "cost"),
    "place_month": ("village", "product", "price_fen_per_kg", "disaster_kind", "affected_percent"),
    "disability": ("person", "hh", "level", "kind"),
}
"""Columns of every event, as the records read them."""

MONTHS = range(36)


def household_arrays(state):
    """Arrays of households by name, without those that name another row."""
    return {k: v for k, v in state.households.as_dict("").items() if k != "kin"}


@pytest.fixture(scope="module")
def whole():
    """Three years of 600 households: the state at the end, and every month."""
    state = varied(600)
    return state, run(state, MONTHS, *PROCESSES)


def test_every_kind_of_shock_of_these_processes_happens(whole):
    """Otherwise the properties below would say nothing about it."""
    _, months = whole
    found = {Shock(kind) for month in months for kind in np.flatnonzero(month.shocked.any(axis=0))}
    mine = set(Shock) - {Shock.ILLNESS, Shock.SCHOOLING, Shock.LACK_OF_LABOUR}
    assert found == mine


def test_the_same_again_gives_the_same_bytes(whole):
    """Nothing is drawn but by keys."""
    state = varied(600)
    run(state, MONTHS, *PROCESSES, keeps_events=False)
    for name, array in state.households.as_dict("").items():
        assert np.array_equal(array, whole[0].households.as_dict("")[name]), name
    for name, array in state.people.as_dict("").items():
        assert np.array_equal(array, whole[0].people.as_dict("")[name]), name


def test_households_in_another_order_or_fewer_live_the_same_lives(whole):
    """A part of the county, shuffled, goes through the same months."""
    rows = np.random.default_rng(3).permutation(600)[:350]
    part = varied(600).taken(rows)
    run(part, MONTHS, *PROCESSES, keeps_events=False)
    for name, array in household_arrays(whole[0]).items():
        assert np.array_equal(array[rows], household_arrays(part)[name]), name
    wage = {int(k): int(j) for k, j in zip(whole[0].people.key, whole[0].people.job, strict=True)}
    assert all(wage[int(k)] == j for k, j in zip(part.people.key, part.people.job, strict=True))


def test_households_on_copies_of_a_path_live_the_same_lives(whole):
    """As when the months before a fall are run again on many paths at once."""
    state = varied(600)
    rows = np.tile(np.arange(0, 600, 7), 3)
    path = np.repeat(np.arange(3), len(rows) // 3).astype(np.int32)
    part = state.taken(rows, path)
    part.commons = state.commons.taken(np.zeros(3, dtype=np.int64))
    run(part, MONTHS, *PROCESSES, keeps_events=False)
    for name, array in household_arrays(whole[0]).items():
        if name != "path":
            assert np.array_equal(array[rows], household_arrays(part)[name]), name


def test_each_path_has_its_own_weather_prices_and_demand():
    """Households on the second of two paths live as if that path were the only one."""
    both, alone = varied(200), varied(200)
    commons_of_both = both.commons.taken(np.array([0, 0]))
    commons_of_both.key = commons_of_both.key + np.array([0, 1], dtype=np.uint64)
    both.commons = commons_of_both
    both.households.path[100:] = 1
    alone.commons = commons_of_both.taken(np.array([1]))
    run(both, MONTHS, *PROCESSES, keeps_events=False)
    run(alone, MONTHS, *PROCESSES, keeps_events=False)
    for name, array in household_arrays(both).items():
        if name != "path":
            assert np.array_equal(array[100:], household_arrays(alone)[name][100:]), name
    differ = both.households.savings_fen[:100] != alone.households.savings_fen[:100]
    assert differ.mean() > 0.9


@pytest.mark.parametrize("shock", list(Shock))
def test_a_shock_that_is_switched_off_does_not_happen_and_moves_no_one_else(whole, shock):
    """Half of the households are spared it; the others live on as they did."""
    state = varied(600)
    spared = np.arange(600) % 2 == 0
    switch_off(state, shock, spared)
    months = run(state, MONTHS, *PROCESSES, keeps_events=False)
    for month in months:
        assert not month.shocked[spared, shock].any()
    assert (state.households.shock_month[spared, shock] < 0).all()
    for name, array in household_arrays(whole[0]).items():
        assert np.array_equal(array[~spared], household_arrays(state)[name][~spared]), name


@pytest.mark.parametrize("shock", [s for s in Shock if s != Shock.ACCIDENT])
def test_who_is_never_struck_lives_the_same_life_without_that_kind(whole, shock):
    """What does not happen anyway cannot be missed: to the last bit of every fact."""
    never = ~np.any([month.shocked[:, shock] for month in whole[1]], axis=0)
    assert never.sum() > 10
    state = varied(600)
    switch_off(state, shock)
    run(state, MONTHS, *PROCESSES, keeps_events=False)
    for name, array in household_arrays(whole[0]).items():
        if name != "switched_off":
            assert np.array_equal(array[never], household_arrays(state)[name][never]), name


def test_ended_households_do_nothing():
    """No money, no event, no shock, no need; their savings stand still."""
    state = varied(200)
    gone = np.arange(200) % 2 == 0
    state.households.is_here[gone] = False
    state.people.is_here[gone[state.people.household]] = False
    before = state.households.savings_fen.copy()
    months = run(state, MONTHS, *PROCESSES)
    assert np.array_equal(state.households.savings_fen[gone], before[gone])
    assert not np.array_equal(state.households.savings_fen[~gone], before[~gone])
    for month in months:
        for line, amount in vars(month.book).items():
            assert not amount[gone].any(), line
        assert not month.shocked[gone].any()
        assert not month.has_worked[gone[state.people.household]].any()
        for name in set(month.events) - {"place_month"}:
            assert not gone[rows_of(month, name)["hh"]].any(), name
    assert not state.households.need[gone].any()


def test_the_book_explains_every_fen_in_every_month():
    """Savings before and after, and all money in between."""
    state = varied(300)
    for number in MONTHS:
        before = state.households.savings_fen.copy()
        (month,) = run(state, [number], *PROCESSES)
        assert not accounting_gap(before, state, month).any()
        assert all((amount >= 0).all() for amount in vars(month.book).values())


def test_a_fen_that_is_taken_behind_the_books_back_shows():
    """The account is worth nothing otherwise."""
    state = varied(50)
    before = state.households.savings_fen.copy()
    month = begin(state, 0)
    for process, settings in PROCESSES[:-2]:
        process(state, month, settings)
    state.households.savings_fen[7] -= 1
    settle(state, month, PROCESSES[-2][1])
    gap = accounting_gap(before, state, month)
    assert gap[7] == -1
    assert np.count_nonzero(gap) == 1


def test_events_have_their_columns_and_point_to_rows_that_exist(whole):
    """Whole numbers, of one length, in range; a person's row is one of the household's."""
    state, months = whole
    seen = set()
    for month in months:
        for name, pieces in month.events.items():
            seen.add(name)
            for piece in pieces:
                assert tuple(piece) == COLUMNS[name], name
                assert len({len(column) for column in piece.values()}) == 1
                assert {column.dtype.kind for column in piece.values()} <= {"i", "b"}, name
                if "person" in piece and "hh" in piece:
                    known = piece["person"] >= 0
                    owner = state.people.household[piece["person"][known]]
                    assert np.array_equal(owner, piece["hh"][known]), name
    assert seen == set(COLUMNS)


def test_what_events_tell_is_what_the_book_holds(whole):
    """Sums of events against lines of the book, by month."""
    _, months = whole
    lines = {
        "harvest": ("sales", ("farm_sales",)),
        "insurance_claim": ("paid", ("claim",)),
        "asset_dividend": ("amount", ("dividend",)),
        "rigid_spending": ("amount", ("disaster", "accident", "home_repair", "water")),
        "income_item": ("amount", ("rent", "farm_subsidy", "dividend")),
    }
    totals = dict.fromkeys(lines, 0)
    for month in months:
        for name, (column, of_book) in lines.items():
            told = rows_of(month, name).get(column, np.zeros(0)).sum()
            assert told == sum(getattr(month.book, line).sum() for line in of_book), name
            totals[name] += told
    assert all(total > 0 for total in totals.values())


def test_costs_of_a_season_are_told_to_the_fen(whole):
    """Costs that harvests tell sum to those paid for crops, but for rounding of three shares."""
    _, months = whole
    for year in range(3):
        season = months[12 * year : 12 * year + 12]
        told = np.zeros(600, dtype=np.int64)
        for month in season:
            rows = rows_of(month, "harvest")
            if rows:
                np.add.at(told, rows["hh"], rows["cost"])
        paid = sum(month.book.farm_cost for month in season)
        assert np.abs(told - paid).max() <= 3
        assert told.sum() > 0


def test_arrays_keep_their_kinds(whole):
    """No process turns whole numbers into fractions on the way."""
    fresh = varied(5)
    for part in ("households", "people", "commons"):
        for field in fields(getattr(fresh, part)):
            before = getattr(getattr(fresh, part), field.name).dtype
            assert getattr(getattr(whole[0], part), field.name).dtype == before, field.name
