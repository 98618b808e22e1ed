"""Clues, checks, listings and exits of the monitoring system, by hand and by shares."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import (
    begin,
    county,
    rows_of,
    settings_of,
    within,
)
from tests.simulate.county.stirred import LINE, SHIPPED, busy, view_of

from fanpin_risk.simulate.county import clues, listing, rounds, verification
from fanpin_risk.simulate.county.kinds import (
    NEVER,
    Breach,
    Channel,
    Measure,
    Monitored,
    Shock,
)
from fanpin_risk.simulate.county.listing import Decision
from fanpin_risk.simulate.county.system import SystemSettings
from fanpin_risk.simulate.county.system_view import View
from fanpin_risk.simulate.county.verification import Result


def test_visits_miss_need_and_see_what_is_not_there():
    """The shares are those of the settings, and who hides once hides for good."""
    settings = busy(miss_low=0.3, miss_high=0.3, false_alarm=0.04)
    state = county(20_000)
    state.households.need[:10_000] = 1
    seen = view_of(state, settings).sees_need("a", np.arange(20_000))
    assert within(1 - seen[:10_000].mean(), 0.3, 10_000)
    assert within(seen[10_000:].mean(), 0.04, 10_000)
    spread = view_of(state, busy(miss_low=0.0, miss_high=1.0))
    first, second = (spread.sees_need(what, np.arange(10_000)) for what in ("a", "b"))
    assert (first == second).mean() > 0.6, "the same households are missed again"


@pytest.mark.parametrize(
    ("is_former_poor", "told_fen", "shock", "expected"),
    [
        (True, LINE - 1, None, Monitored.UNSTABLE),
        (False, LINE - 1, None, Monitored.MARGINAL),
        (True, LINE, None, Monitored.NONE),
        (True, LINE, 0, Monitored.SUDDEN),
        (False, LINE + 1, 11, Monitored.SUDDEN),
        (False, LINE + 1, 12, Monitored.NONE),
        (False, LINE - 1, 0, Monitored.MARGINAL),
    ],
)
def test_types_follow_the_notes(is_former_poor, told_fen, shock, expected):
    """Below the line by who was poor; above it only with a shock of the last twelve months."""
    state = county(1, month=23)
    state.households.is_former_poor[:] = is_former_poor
    if shock is not None:
        state.households.shock_month[0, Shock.ACCIDENT] = 24 - shock
    settings = settings_of("system", SystemSettings, line_yuan_by_year={2023: 6300})
    view = view_of(state, settings)
    assert view.line_fen == LINE
    assert listing.type_of(view, np.array([0]), np.array([told_fen])).tolist() == [expected]


def test_an_open_guarantee_is_sudden_and_a_missing_insurance_is_not():
    """Schooling, housing and water count by themselves; the uninsured are told to insure."""
    for breach in Breach:
        state = county(1)
        state.households.breach_since[0, breach] = -3
        found = listing.type_of(view_of(state, SHIPPED), np.array([0]), np.array([LINE * 3]))
        usual = Monitored.NONE if breach == Breach.MEDICAL else Monitored.SUDDEN
        assert found.tolist() == [usual], breach


def test_causes_are_what_is_seen():
    """At most three, in the official order; one that nobody sees is not named, none is 'other'."""
    state = county(3, members=((40, False), (38, True)))
    state.households.shock_month[0] = -1
    state.households.shock_month[1, Shock.DISASTER] = -1
    settings = settings_of("system", SystemSettings, cause_seen_share=1.0)
    view = view_of(state, settings)
    seen = listing.causes_seen(view, np.arange(3))
    assert np.flatnonzero(seen[0]).tolist() == [Shock.ILLNESS, Shock.DISABILITY, Shock.SCHOOLING]
    assert np.flatnonzero(seen[1]).tolist() == [Shock.DISASTER]
    assert np.flatnonzero(seen[2]).tolist() == [Shock.OTHER]
    blind = settings_of("system", SystemSettings, cause_seen_share=0.0)
    assert (listing.main_cause(view_of(state, blind), np.arange(3)) == Shock.OTHER).all()


def test_lack_of_labour_is_named_where_hardly_anybody_can_work():
    """One able member of four is few; one of two is not."""
    settings = settings_of("system", SystemSettings, cause_seen_share=1.0)
    many, few = ((40, False), (70, True)), ((40, False), (70, True), (70, True), (5, True))
    for members, is_named in ((few, True), (many, False), (((70, False),), True)):
        seen = listing.causes_seen(view_of(county(1, members), settings), np.array([0]))
        assert seen[0, Shock.LACK_OF_LABOUR] == is_named, members


def test_a_bill_is_warned_of_once_a_year():
    """The month in which the year's own cost passes the threshold of the group, and no other."""
    settings = settings_of("system", SystemSettings, reported=dict.fromkeys(SHIPPED.reported, 1.0))
    state = county(2)
    state.households.is_former_poor[:] = [True, False]
    warned = []
    for number in range(6):
        month = begin(state, number)
        state.people.year_own_fen[[0, 2]] += 450_000
        month.book.medical_compliant[:] = 400_000
        month.book.medical_other[:] = 50_000
        (found, *_) = clues.warnings_of_departments(View.of(state, month, settings))
        warned += [
            (number, int(hh), int(amount))
            for hh, amount in zip(found.hh, found.amount, strict=True)
        ]
        state.month = number
    # 5,000 yuan for the former poor, 20,000 for the others
    assert warned == [(1, 0, 900_000), (4, 1, 2_250_000)]


def test_who_was_listed_gets_no_new_clue_to_check():
    """The first followed clue of a household is opened; the others are kept all the same."""
    state = county(3)
    state.households.is_listed[0] = True
    state.households.clue_month[1] = -2
    view = view_of(state, SHIPPED)
    desk = clues.Pointed.by(np.array([2]), Channel.DEPARTMENT, Shock.ILLNESS, is_followed=False)
    both = clues.Pointed.by(np.array([0, 1, 2]), Channel.CADRE, Shock.OTHER)
    last = clues.Pointed.by(np.array([2]), Channel.ROUND, Shock.SCHOOLING)
    clues.take_up(view, [desk, both, last])
    told = rows_of(view.month, "clue")
    assert sorted(zip(told["hh"].tolist(), told["serial"].tolist(), strict=True)) == [
        (0, 0), (1, 0), (2, 0), (2, 0), (2, 1),
    ]  # fmt: skip
    assert state.households.clue_channel[2] == Channel.CADRE
    assert state.households.clue_month.tolist() == [NEVER, -2, 0]
    assert state.households.decision_due[2] in (0, 1)


def test_a_check_meets_somebody_or_is_made_again():
    """Where nobody is met the clue waits, a month at a time, until it is too old."""
    settings = settings_of(
        "system",
        SystemSettings,
        not_reached_share=1.0,
        clue_lasts_months=2,
        miss_low=0,
        miss_high=0,
    )
    state = county(1)
    state.households.need[:] = 1
    state.households.clue_month[:] = 0
    state.households.decision_due[:] = 0
    for number, is_open in ((0, True), (1, True), (2, False)):
        view = view_of(state, settings, number)
        confirmed, others = verification.verify(view)
        assert len(confirmed) == len(others) == 0
        assert rows_of(view.month, "verification")["result"].tolist() == [Result.NOT_REACHED]
        assert (state.households.clue_month[0] != NEVER) == is_open
        state.month = number


def test_confirmed_are_listed_by_the_share_and_the_others_refused():
    """Of many confirmed with a type, the share of the settings is listed; each gets a decision."""
    state = county(8_000)
    state.households.income_12[:] = 10_000
    state.households.clue_month[:] = 0
    settings = settings_of("system", SystemSettings, decided_share=0.7)
    view = view_of(state, settings, 0)
    listed = listing.decide(view, np.arange(8_000))
    told = rows_of(view.month, "listing")
    assert within(len(listed) / 8_000, 0.7, 8_000)
    assert (np.sort(told["hh"][told["decision"] == Decision.LISTED]) == listed).all()
    assert (told["monitored"][told["decision"] == Decision.REFUSED] == Monitored.NONE).all()
    assert (state.households.monitored[listed] == Monitored.MARGINAL).all()
    assert (state.households.n_listings[listed] == 1).all()


def test_without_a_type_nobody_is_listed():
    """Income above the line and no shock: refused, however sure the decision."""
    state = county(200)
    state.households.income_12[:] = 500_000
    view = view_of(state, settings_of("system", SystemSettings, decided_share=1.0), 0)
    assert len(listing.decide(view, np.arange(200))) == 0
    assert (rows_of(view.month, "listing")["decision"] == Decision.REFUSED).all()
    assert not state.households.is_listed.any()


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, True),
        ({"listed_month": 14}, False),
        ({"listed_month": 13}, True),
        ({"is_without_labour": True}, False),
        ({"shocked": 18}, False),
        ({"shocked": 17}, True),
        ({"is_in_need": True}, False),
        ({"income": 50_000}, False),
        ({"breach": True}, False),
    ],
)
def test_a_listing_ends_when_all_of_it_is_so(changes, ends):
    """More than six months, no need to be seen, quiet, above the line, somebody able, no breach."""
    members = ((80, False),) if changes.get("is_without_labour") else ((40, False),)
    state = county(1, members, month=19)
    households = state.households
    households.is_listed[:] = True
    households.monitored[:] = Monitored.UNSTABLE
    households.listed_month[:] = changes.get("listed_month", 2)
    households.income_12[:] = changes.get("income", 150_000)
    households.need[:] = int(changes.get("is_in_need", False))
    if "shocked" in changes:
        households.shock_month[0, Shock.ILLNESS] = changes["shocked"]
    if changes.get("breach"):
        households.breach_since[0, Breach.HOUSING] = 2
    settings = settings_of(
        "system",
        SystemSettings,
        exit_a_month=dict.fromkeys(SHIPPED.exit_a_month, 1.0),
        quiet_months=dict.fromkeys(SHIPPED.quiet_months, 3),
        exit_after_months=6,
        miss_low=0.0,
        miss_high=0.0,
        false_alarm=0.0,
    )
    view = view_of(state, settings)
    listing.end_listings(view)
    assert households.is_listed[0] == (not ends)
    assert len(rows_of(view.month, "exit").get("hh", [])) == ends


def test_an_exit_is_by_help_only_after_a_measure_of_that_listing():
    """A measure from before the listing makes no exit by help."""
    state = county(3, month=19)
    households = state.households
    households.is_listed[:] = True
    households.monitored[:] = Monitored.MARGINAL
    households.listed_month[:] = 5
    households.income_12[:] = 200_000
    households.measure_since[:, Measure.SOCIAL] = [4, 5, NEVER]
    settings = settings_of(
        "system",
        SystemSettings,
        exit_a_month=dict.fromkeys(SHIPPED.exit_a_month, 1.0),
        false_alarm=0.0,
    )
    view = view_of(state, settings)
    listing.end_listings(view)
    told = rows_of(view.month, "exit")
    assert told["way"].tolist() == [listing.Way.NATURAL, listing.Way.BY_HELP, listing.Way.NATURAL]


def visits_of_round(number, **changes):
    """Visits of a screening round in a month among 20,000 households, half of them in need."""
    plain = {"round_visit_share": 0.4, "met_share": 1.0, "miss_low": 0.3, "miss_high": 0.3}
    state = county(20_000, n_villages=2)
    state.villages.zeal[:] = [1.0, 0.5]
    state.households.need[::2] = 1
    settings = settings_of("system", SystemSettings, **(plain | changes))
    view = view_of(state, settings, number)
    pointed = rounds.central_round(view)
    return rows_of(view.month, "visit"), pointed, state


def test_rounds_are_in_april_and_september_and_go_by_zeal():
    """In other months nobody is visited; a village half as zealous is visited half as often."""
    for number in range(12):
        visits, pointed, state = visits_of_round(number)
        assert bool(visits) == (number in (3, 8))
        if not visits:
            assert len(pointed.hh) == 0
            continue
        zealous = state.households.village[visits["hh"]] == 0
        assert within(zealous.sum() / 10_000, 0.4, 10_000)
        assert within((~zealous).sum() / 10_000, 0.2, 10_000)


@pytest.mark.parametrize(("number", "noticed"), [(3, 0.6), (15, 0.3)])
def test_what_a_round_sees_of_need(number, noticed):
    """Need times what is not missed times what is noticed, more in the first year."""
    visits, pointed, state = visits_of_round(
        number, round_notices_share=0.3, first_year_factor=2.0, false_alarm=0.1
    )
    in_need = state.households.need[visits["hh"]] > 0
    seen = visits["result"] == rounds.Found.IN_NEED
    assert within(seen[in_need].mean(), 0.7 * noticed, in_need.sum())
    assert within(seen[~in_need].mean(), 0.1 * noticed, (~in_need).sum())
    assert np.array_equal(pointed.hh, visits["hh"][seen])
    assert (pointed.channel == Channel.ROUND).all()
    assert (visits["cause"][~seen] == listing.NO_CAUSE).all()
