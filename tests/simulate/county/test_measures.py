"""Measures and allowances: whom they fit, what they pay, when they end, and who gets none."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import (
    begin,
    county,
    parameters,
    rows_of,
    settings_of,
    varied,
)
from tests.simulate.county.stirred import BUSY, SHIPPED, all_events, busy, live, view_of

from fanpin_risk.simulate.county import measures
from fanpin_risk.simulate.county.allowances import entitlement
from fanpin_risk.simulate.county.kinds import (
    NEVER,
    Job,
    Measure,
    Shock,
)
from fanpin_risk.simulate.county.system import SystemSettings, help_running


def test_measures_fit_the_causes():
    """Each cause gets one of its measures, and who can work gets development help."""
    state = county(600, ((40, False), (38, True)))
    state.households.is_listed[:] = True
    state.households.first_measure_due[:] = 0
    cause = np.arange(600) % len(Shock)
    state.households.listed_causes[:] = 1 << cause
    settings = settings_of("system", SystemSettings, development_share=1.0, admitted_share=1.0)
    view = view_of(state, settings, 0)
    measures.start_first(view)
    begun = state.households.measure_since == 0
    development = begun[:, list(measures.DEVELOPMENT)].any(axis=1)
    for kind in Shock:
        fits = {
            m
            for m in Measure
            if settings.measures_for[measures.CAUSES[kind]].get(measures.KINDS[m], 0)
        }
        others = {*Measure} - fits - {Measure.INDUSTRY, Measure.EMPLOYMENT}
        of_kind = begun[cause == kind]
        # an allowance only for those entitled to it, a post only for who lives at home
        if not fits & {Measure.SAFETY_NET, Measure.PUBLIC_POST}:
            assert of_kind[:, sorted(fits)].any(axis=1).all(), kind
        assert not of_kind[:, sorted(others)].any(), kind
    assert development.mean() > 0.95
    assert (state.households.first_measure_due == NEVER).all()


def test_without_labour_there_is_an_allowance_instead():
    """A household in which nobody can work is assessed, and gets no development help."""
    state = county(50, ((75, False), (72, True)))
    households = state.households
    households.is_listed[:] = True
    households.first_measure_due[:] = 0
    households.listed_causes[:] = 1 << Shock.OTHER
    settings = settings_of(
        "system", SystemSettings, admitted_share=1.0, measures_for={"other": {"social": 1.0}}
    )
    measures.start_first(view_of(state, settings, 0))
    assert (households.is_dibao | households.is_tekun).all()
    assert not (households.measure_since[:, list(measures.DEVELOPMENT)] == 0).any()


@pytest.mark.parametrize(
    ("income_fen", "members", "kin", "is_dibao", "is_tekun", "month_fen"),
    [
        # line 4,300 a head and year: (4,300 - 1,200) / 12 and a fifth of the line's month on top,
        # for each of two, up to ten yuan
        (20_000, ((70, False), (70, True)), 7, True, False, 660_00),
        # nobody's kin: destitute support, 1.3 / 12 of the line for each
        (20_000, ((70, False), (70, True)), -1, False, True, 940_00),
        # a little below the line: the smallest amount, and what is on top of it
        (70_000, ((70, False), (70, True)), 7, True, False, 330_00),
        # one able member of two: nothing on top for her
        (70_000, ((70, False), (40, True)), 7, True, False, 260_00),
        # on the line is not below it
        (71_667, ((70, False), (70, True)), 7, False, False, 0),
        # two able members of two are too many
        (20_000, ((40, False), (40, True)), 7, False, False, 0),
    ],
)
def test_allowances_by_hand(income_fen, members, kin, is_dibao, is_tekun, month_fen):
    """Who is entitled to what, at a line of 4,300 yuan."""
    state = county(2, members)
    state.households.income_12[:] = income_fen
    state.households.kin[:] = kin
    settings = settings_of(
        "system", SystemSettings, dibao_yuan_by_year={2021: 4300}, recall_sd=0.0, heap_share=0.0,
        smallest_month_yuan=90, top_up_share=0.2, tekun_multiple=1.3, able_of_members_at_most=0.5,
    )  # fmt: skip
    found = entitlement(view_of(state, settings, 0), np.array([0]))
    assert (found.is_dibao[0], found.is_tekun[0]) == (is_dibao, is_tekun)
    assert found.month_fen[0] == month_fen


def test_a_gravely_disabled_person_is_entitled_alone():
    """In a family of low income, as if it were a household of one; not in a family above it."""
    state = county(2, ((40, False), (38, True)))
    state.people.disability_level[[1, 3]] = 1
    state.households.income_12[:] = np.array([100_000, 110_000])[:, None]
    settings = settings_of(
        "system", SystemSettings, dibao_yuan_by_year={2021: 4300}, recall_sd=0.0,
        single_line_multiple=1.5,
    )  # fmt: skip
    found = entitlement(view_of(state, settings, 0), np.arange(2))
    # 6,000 a head is below 1.5 lines of 4,300, 6,600 is not
    assert found.is_dibao.tolist() == [True, False]
    assert found.month_fen.tolist() == [360_00, 0]


def test_money_that_running_measures_pay():
    """Relief is paid once, the month after it began; help from society as long as it runs."""
    state = county(2, month=4)
    state.households.is_dibao[:] = [True, False]
    state.households.dibao_fen[:] = [300_00, 0]
    settings = settings_of(
        "system", SystemSettings, measure_months=SHIPPED.measure_months | {"social": 3}
    )
    view = view_of(state, settings)
    for measure in (Measure.TEMPORARY_RELIEF, Measure.SOCIAL):
        measures.begin(view, np.array([1]), measure)
    written = rows_of(view.month, "measure")
    state.month = 5
    paid = []
    for _ in range(5):
        month = begin(state)
        help_running(state, month, settings)
        paid.append((month.book.relief[1], month.book.measure_cash[1], month.book.dibao[0]))
        state.month = month.month
    relief, social, dibao = np.array(paid).T
    assert (relief > 0).tolist() == [True, False, False, False, False]
    assert (social > 0).tolist() == [True, True, True, False, False]
    assert dibao.tolist() == [300_00] * 5
    by_measure = dict(zip(written["measure"].tolist(), written["amount"].tolist(), strict=True))
    assert by_measure == {Measure.TEMPORARY_RELIEF: relief.sum(), Measure.SOCIAL: social.sum()}


def test_a_post_goes_to_somebody_fit_at_home_and_ends_when_written():
    """The job is set with its last month; nobody away, ill, at school or too old gets one."""
    members = ((40, False), (40, True), (69, False), (30, True), (17, False))
    state = county(100, members)
    people = state.people
    people.job[::5] = Job.MIGRANT
    people.unfit_until[3::5] = 40
    people.school_year[4::5] = 11
    settings = settings_of(
        "system", SystemSettings, measure_months=SHIPPED.measure_months | {"public_post": 12}
    )
    view = view_of(state, settings, 0)
    measures.begin(view, np.arange(100), Measure.PUBLIC_POST)
    holders = np.flatnonzero(people.job == Job.POST)
    assert (holders % 5 == 1).all()
    assert len(holders) == 100
    assert (people.post_until[holders] == 12).all()
    assert (state.households.measure_until[:, Measure.PUBLIC_POST] == 12).all()
    assert (rows_of(view.month, "measure")["person"] == np.sort(holders)).all()


def test_posts_are_limited_in_the_world_of_slots():
    """A village has so many for each thousand households; those held already count."""
    state = county(400, n_villages=2)
    state.people.job[:] = Job.FARM
    settings = settings_of("system", SystemSettings, post_slots_per_1000=100)
    view = view_of(state, settings, 0)
    asked = np.arange(0, 400, 2)
    measures.begin(view, asked, Measure.PUBLIC_POST)
    holds = np.bincount(
        state.households.village[state.people.household[state.people.job == Job.POST]]
    )
    assert ((holds >= 20) & (holds <= 21)).all(), "200 households of a village, 100 for each 1000"
    measures.begin(view_of(state, settings, 1), np.arange(1, 400, 2), Measure.PUBLIC_POST)
    assert (state.people.job == Job.POST).sum() == holds.sum()


def test_help_that_never_comes_leaves_all_else_as_it_is():
    """No measure begins; clues, visits, checks and listings of the first month are the same."""
    one, other = varied(400), varied(400)
    for state in (one, other):
        live(state, 6, busy())
    other.households.is_helped_never[:] = True
    before = other.households.measure_since.copy()
    allowed = (one.households.is_dibao | one.households.is_tekun).copy()
    first, second = live(one, 1, busy()), live(other, 1, busy())
    for name in ("visit", "clue", "verification", "listing", "exit"):
        was, now = all_events(first, name), all_events(second, name)
        for column in was:
            assert np.array_equal(was[column], now[column]), (name, column)
    months = live(other, 14, busy())
    assert all_events(months, "measure") == {}
    assert all_events(months, "visit")
    assert np.array_equal(other.households.measure_since, before)
    assert not ((other.households.is_dibao | other.households.is_tekun) & ~allowed).any()


@pytest.mark.parametrize("is_helped_never", [False, True])
def test_an_allowance_is_help_as_well(is_helped_never):
    """Old people without income are admitted, unless no help may begin."""
    state = county(60, ((75, False),))
    state.households.is_helped_never[:] = is_helped_never
    live(state, 18, busy(), need=0.5, shock=0.0)
    has_one = state.households.is_dibao | state.households.is_tekun
    assert has_one.any() == (not is_helped_never)


def test_running_help_goes_on_to_its_end_for_who_gets_no_more():
    """An end as written is not moved, and an allowance goes on."""
    state = county(2, ((75, False),))
    households = state.households
    households.is_helped_never[:] = True
    households.measure_since[:, Measure.HEALTH] = -1
    households.measure_until[:, Measure.HEALTH] = 4
    households.is_dibao[0] = True
    households.dibao_fen[0] = 300_00
    months = live(
        state, 8, settings_of("system", SystemSettings, removed_share=0.0), need=0, shock=0
    )
    assert (households.measure_until[:, Measure.HEALTH] == 4).all()
    paid = [int(month.book.dibao[0] + month.book.tekun[0]) for month in months]
    assert min(paid) > 0


def cells_of_help(world, n=4_000, n_months=12, **changes):
    """Share of households of each cell of recorded state that get a new measure within a year."""
    settings = parameters(world=world).theme("system", SystemSettings)
    settings = settings.model_copy(
        update={"visits_a_month": BUSY["visits_a_month"], "self_report_in_need": 0.1} | changes
    )
    state = varied(n)
    live(state, 18, settings, need=0.35, shock=0.02)
    start, households = state.month, state.households
    listed = households.is_listed
    since = start - households.listed_month
    cells = {
        (kind, poor, low): (is_kind & (households.is_former_poor == poor) & (is_low == low))
        for kind, is_kind in (
            ("new", listed & (since <= 1)),
            ("waiting", listed & (households.first_measure_due > start)),
            ("old", listed & (since > 1)),
            ("open clue", households.clue_month != NEVER),
            ("not listed", ~listed),
        )
        for poor in (False, True)
        for low in (False, True)
        for is_low in [households.register_income_fen < 1.3 * settings.line_fen(start)]
    }
    months = live(state, n_months, settings, need=0.25, shock=0.02)
    helped = np.zeros(n, dtype=bool)
    helped[all_events(months, "measure")["hh"]] = True
    return {
        name: (helped[is_in].mean(), int(is_in.sum()))
        for name, is_in in cells.items()
        if is_in.sum() >= 30
    }


def test_help_comes_to_nobody_for_sure():
    """In the main world no cell of recorded state is helped within a year more often than 0.85."""
    found = cells_of_help("main")
    assert len(found) >= 8
    known = {name: value for name, value in found.items() if name[0] != "waiting"}
    for name, (share, n) in known.items():
        assert share - 3 * np.sqrt(0.85 * 0.15 / n) <= 0.85, (name, share, n)
    lavish = cells_of_help("main", n=1_500, preventive_a_year=BUSY["preventive_a_year"])
    assert max(share for share, _ in lavish.values()) > 0.9, "the bound can be broken"
