"""The monitoring system as a whole: what it hangs on, and what it cannot see."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from tests.simulate.county.hand import (
    county,
    parameters,
    rows_of,
    settings_of,
    varied,
)
from tests.simulate.county.stirred import BUSY, SHIPPED, all_events, busy, live, same, view_of

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import settings_from
from fanpin_risk.simulate.county import rounds
from fanpin_risk.simulate.county.listing import Decision
from fanpin_risk.simulate.county.need import NeedSettings, line_fen
from fanpin_risk.simulate.county.system import SystemSettings


def test_the_order_of_households_does_not_matter():
    """Permuted households fare the same, month after month."""
    one, order = varied(300), np.random.default_rng(3).permutation(300)
    other = one.taken(order)
    live(one, 15, busy())
    live(other, 15, busy())
    for f in fields(one.households):
        if f.name not in ("kin",):
            at = getattr(one.households, f.name)[order]
            assert np.array_equal(at, getattr(other.households, f.name)), f.name


def test_a_sample_of_households_fares_as_among_all():
    """Who else is simulated changes nothing, so that falls can be run again for some alone."""
    whole = varied(300)
    rows = np.arange(0, 300, 7)
    some = whole.taken(rows)
    live(whole, 15, busy())
    live(some, 15, busy())
    assert np.array_equal(whole.households.listed_month[rows], some.households.listed_month)
    assert np.array_equal(whole.households.measure_until[rows], some.households.measure_until)
    assert np.array_equal(
        whole.households.register_income_fen[rows], some.households.register_income_fen
    )
    assert (some.households.n_listings > 0).sum() > 5


def test_events_are_kept_or_not_and_change_nothing():
    """Futures without events are those with them."""
    one, other = varied(200), varied(200)
    live(one, 10, busy(), keeps_events=True)
    months = live(other, 10, busy(), keeps_events=False)
    assert same(one.households, other.households)
    assert same(one.people, other.people)
    assert all(not month.events for month in months)


def test_ended_households_are_left_alone():
    """Nothing about them changes, nothing is told of them, and they get no money."""
    state = varied(200)
    live(state, 8, busy())
    gone = np.arange(0, 200, 3)
    state.households.is_here[gone] = False
    state.people.is_here[np.isin(state.people.household, gone)] = False
    before = state.copied()
    months = live(state, 12, busy())
    for f in fields(before.households):
        if f.name in ("need", "income_12"):
            continue
        was, now = getattr(before.households, f.name), getattr(state.households, f.name)
        assert np.array_equal(was[gone], now[gone]), f.name
    for month in months:
        for name in month.events:
            assert not np.isin(rows_of(month, name)["hh"], gone).any(), name
        for f in fields(month.book):
            assert (getattr(month.book, f.name)[gone] == 0).all()


def test_nothing_is_known_of_what_no_record_holds():
    """With no share seen, savings, ability and frailty change nothing at all."""
    settings = busy(cadre_sees_share=0.0)
    one, other = varied(250), varied(250)
    other.households.savings_fen[:] = -other.households.savings_fen
    other.people.ability[:] = -other.people.ability
    other.people.frailty[:] = 2.0
    live(one, 14, settings)
    live(other, 14, settings)
    assert np.array_equal(one.households.listed_month, other.households.listed_month)
    assert np.array_equal(one.households.measure_since, other.households.measure_since)
    assert (one.households.last_looked_at == other.households.last_looked_at).all()


def test_cadres_who_see_more_go_where_trouble_is():
    """The share that is seen moves visits and help to those without income and savings."""
    state = county(2)
    state.households.income_12[:] = 30_000
    state.households.savings_fen[:] = [-100_000, 5_000_000]
    blind = rounds.visit_chance(view_of(state, busy(cadre_sees_share=0.0)))
    seeing = rounds.visit_chance(view_of(state, busy(cadre_sees_share=0.5, unseen_weight=3.0)))
    assert blind[0] == blind[1]
    assert seeing[0] == pytest.approx(blind[0] * 2.0)
    assert seeing[1] == pytest.approx(blind[1] * 0.5)


def test_the_worlds_differ_in_what_they_say():
    """Each world of the system changes its own settings, and the notice is that of need."""
    by_world = {
        world: parameters(world=world).theme("system", SystemSettings)
        for world in ("main", "recorded_help", "seen_help", "rule_bound", "gamed", "slots", "drift")
    }
    assert by_world["recorded_help"].cadre_sees_share == by_world["main"].cadre_sees_share == 0.0
    assert by_world["seen_help"].cadre_sees_share == 0.5
    assert by_world["rule_bound"].decided_share == by_world["rule_bound"].first_measure_share == 1.0
    assert by_world["main"].decided_share <= 0.85
    assert by_world["main"].first_measure_share <= 0.85
    assert by_world["gamed"].bunches_above_exit
    assert not by_world["main"].bunches_above_exit
    assert by_world["slots"].post_slots_per_1000 > by_world["main"].post_slots_per_1000 == 0
    assert by_world["drift"].break_month == 48
    need = settings_of("need", NeedSettings)
    for month in range(-24, 72):
        assert SHIPPED.line_fen(month) == line_fen(month, need), month


def test_in_the_rule_bound_world_listing_and_help_come_for_sure():
    """Whoever is confirmed with a type is listed at once, and a measure begins in that month."""
    settings = parameters(world="rule_bound").theme("system", SystemSettings)
    settings = settings.model_copy(update={"visits_a_month": BUSY["visits_a_month"]})
    state = varied(2_000)
    state.households.land_mu_x100[:] = 1000
    months = live(state, 10, settings, need=0.3)
    told = all_events(months, "listing")
    assert (told["decision"] == Decision.LISTED).mean() > 0.5
    for month in months:
        listed = rows_of(month, "listing")
        if listed:
            rows = listed["hh"][listed["decision"] == Decision.LISTED]
            begun = (state.households.measure_since[rows] >= month.month).any(axis=1)
            runs = (state.households.measure_until[rows] > month.month).any(axis=1)
            assert (begun | runs).all()


def test_settings_that_cannot_be_used():
    """A gap in the notice, a cause without a measure and an unknown name are refused in words."""
    plain = {name: getattr(SHIPPED, name) for name in SystemSettings.model_fields}

    def refused(words, **changes):
        with pytest.raises(ConfigError, match=words):
            settings_from(plain | changes, SystemSettings, where="system")

    refused("every year", line_yuan_by_year={2020: 6000, 2022: 6600})
    refused("names no measure", measures_for=SHIPPED.measures_for | {"illness": {"health": 0.0}})
    refused("illness_", measures_for={"illness_": {"health": 1.0}})
    refused("miss_low", miss_low=1.5)
