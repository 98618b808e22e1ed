"""Deaths, marriages, splits, merges, heads and pensions: by hand, and against their rates."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import begin, county, rows_of, run, settings_of, switch_off, within

from fanpin_risk.simulate.county.arriving import arrive, come_back, who_gives_birth
from fanpin_risk.simulate.county.certificates import certify, fall_chronically_ill
from fanpin_risk.simulate.county.families import (
    CHANGE_DISSOLVED,
    CHANGE_MOVED_AWAY,
    end_empty,
    married_children,
    succeed,
)
from fanpin_risk.simulate.county.kinds import (
    NEVER,
    NO_END,
    End,
    Job,
    Left,
    Measure,
    Product,
    Relation,
    Shock,
)
from fanpin_risk.simulate.county.leaving import (
    celebrate,
    death_rate,
    die,
    let_go,
    marry_and_depart,
    move_away,
)
from fanpin_risk.simulate.county.pensions import (
    base_pension_fen,
    pay_care,
    pay_disability_benefits,
    pay_pensions,
)
from fanpin_risk.simulate.county.people import PeopleSettings, people
from fanpin_risk.simulate.county.splits import merge, number_of_split, split
from fanpin_risk.simulate.county.state import Households

HEAD, SPOUSE, CHILD, IN_LAW, GRANDCHILD, PARENT, OTHER = Relation
ALWAYS = 1.0
BASE = settings_of("people", PeopleSettings)


def settings(**changes):
    """Settings as shipped, but for what is changed."""
    return settings_of("people", PeopleSettings, **changes)


def family(n, *members):
    """Households of members given as age, whether female, and relation."""
    state = county(n, [(age, female) for age, female, _ in members])
    state.people.relation = np.tile([relation for *_, relation in members], n).astype(np.int8)
    state.households.n_persons_ever[:] = len(members)
    state.people.number = (
        state.households.number[state.people.household] * 100
        + np.tile(np.arange(len(members)), n)
        + 1
    )
    return state


THREE = ((60, False, HEAD), (58, True, SPOUSE), (33, False, CHILD), (31, True, IN_LAW),
         (6, True, GRANDCHILD))  # fmt: skip


# -- deaths and heads -----------------------------------------------------------------------------


def test_deaths_come_at_their_rate():
    """At 60 by sex, with frailty and a serious illness on top; within Monte Carlo error."""
    n = 40_000
    state = family(n, (60, False, HEAD), (60, True, SPOUSE))
    men = ~state.people.is_female
    expected = np.exp(
        np.array(BASE.death_log_rate_at_60) + np.array(BASE.death_log_rate_per_year) / 2
    )
    for is_ill in (False, True):
        state.people.serious_until[:] = NO_END if is_ill else NEVER
        month = begin(state, 0)
        rate = death_rate(state, month, BASE)
        factor = BASE.death_serious_factor if is_ill else 1.0
        assert np.allclose(rate[men], (expected[0] + BASE.death_floor_a_year) * factor)
        assert np.allclose(rate[~men], (expected[1] + BASE.death_floor_a_year) * factor)
    state.people.serious_until[:] = NEVER
    for year in range(3):
        run(state, range(12 * year, 12 * year + 12), (die, BASE), keeps_events=False)
    alive = state.people.is_here[men].mean()
    cumulated = sum(expected[0] * np.exp(BASE.death_log_rate_per_year[0] * k) for k in range(3))
    cumulated += 3 * BASE.death_floor_a_year
    assert within(1 - alive, 1 - np.exp(-cumulated), n)


def test_frail_and_old_people_die_more_often():
    """The rate is proportional to frailty and rises with age by the slope."""
    state = family(4, (60, False, HEAD), (80, False, PARENT))
    month = begin(state, 0)
    state.people.frailty[:] = np.repeat([1.0, 2.0], 4)
    rate = death_rate(state, month, BASE) - BASE.death_floor_a_year
    assert np.allclose(rate[4:6], 2 * rate[:2])
    assert np.allclose(rate[1] / rate[0], np.exp(20 * BASE.death_log_rate_per_year[0]))


@pytest.mark.parametrize(
    ("members", "heir", "then"),
    [
        (THREE, 1, {1: HEAD, 2: CHILD, 3: IN_LAW, 4: GRANDCHILD}),
        (THREE[:1] + THREE[2:], 1, {1: HEAD, 2: SPOUSE, 3: CHILD}),
        (
            ((50, False, HEAD), (25, True, CHILD), (27, False, CHILD), (75, True, PARENT)),
            2,
            {1: OTHER, 2: HEAD, 3: OTHER},
        ),
        (
            ((45, False, HEAD), (12, True, CHILD), (72, False, PARENT), (70, True, PARENT)),
            2,
            {1: GRANDCHILD, 2: HEAD, 3: SPOUSE},
        ),
        (((60, False, HEAD), (30, True, IN_LAW), (5, True, GRANDCHILD)), 1, {1: HEAD, 2: CHILD}),
        (((60, False, HEAD), (20, True, GRANDCHILD), (17, True, GRANDCHILD)), 1,
         {1: HEAD, 2: OTHER}),
    ],
)  # fmt: skip
def test_who_follows_as_head(members, heir, then):
    """The spouse, then the oldest child, adults before children; the others are renamed."""
    state = family(3, *members)
    width = len(members)
    month = begin(state, 0)
    dead = np.array([width])  # of the second household
    let_go(state, month, BASE, dead, Left.DIED)
    succeed(state, month, BASE)
    relation = state.people.relation.reshape(3, width)
    assert relation[0].tolist() == [r for *_, r in members]
    assert {k: Relation(relation[1, k]) for k in then} == then
    assert relation[1, heir] == HEAD
    assert (state.people.relation[state.people.is_here] == HEAD).sum() == 3


def test_a_household_ends_with_its_last_grown_up():
    """Dissolved by death; where children are left, they go elsewhere; kin are let go."""
    state = family(3, (80, False, HEAD), (8, True, GRANDCHILD))
    state.households.kin[:] = (1, 0, -1)
    month = begin(state, 0)
    let_go(state, month, BASE, np.array([0, 1, 2]), Left.DIED)
    end_empty(state, month, BASE)
    households = state.households
    assert households.is_here.tolist() == [False, False, True]
    assert households.end_kind.tolist() == [End.DISSOLVED, End.MOVED_AWAY, End.GOES_ON]
    assert households.ended_month.tolist() == [0, 0, NEVER]
    assert households.kin.tolist() == [-1, -1, -1]
    assert state.people.left.tolist() == [Left.DIED] * 3 + [Left.MOVED] + [Left.HERE] * 2
    change = rows_of(month, "household_change")
    assert dict(zip(change["hh"].tolist(), change["kind"].tolist(), strict=True)) == {
        0: CHANGE_DISSOLVED,
        1: CHANGE_MOVED_AWAY,
    }


# -- hands ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "goes", "is_struck"),
    [
        (((40, False, HEAD), (38, True, SPOUSE)), 0, True),
        (((40, False, HEAD), (38, True, SPOUSE), (19, False, CHILD)), 0, False),
        (((40, False, HEAD), (70, True, PARENT)), 1, False),
        (((40, False, HEAD), (70, True, PARENT)), 0, True),
        (((40, False, HEAD),), 0, False),
    ],
)
def test_lack_of_labour_strikes_where_at_most_one_able_adult_is_left(members, goes, is_struck):
    """By an able adult who dies, where somebody stays; where it is switched off, he lives."""
    state = family(2, *members)
    switch_off(state, Shock.LACK_OF_LABOUR, 1)
    month = begin(state, 0)
    rows = np.array([goes, len(members) + goes])
    left = let_go(state, month, BASE, rows, Left.DIED)
    assert month.shocked[:, Shock.LACK_OF_LABOUR].tolist() == [is_struck, False]
    assert left.tolist() == (rows[:1] if is_struck else rows).tolist()
    assert (state.households.shock_month[0, Shock.LACK_OF_LABOUR] == 0) == is_struck


def test_who_is_unable_goes_even_where_lack_of_labour_is_switched_off():
    """A household loses an able and an old member: only the able one is held."""
    state = family(1, (40, False, HEAD), (38, True, SPOUSE), (75, True, PARENT))
    switch_off(state, Shock.LACK_OF_LABOUR)
    left = let_go(state, begin(state, 0), BASE, np.array([1, 2]), Left.DIED)
    assert left.tolist() == [2]


# -- marriages, births, returns -------------------------------------------------------------------

FAST = settings(
    marriage_rate_male=(1.0,) * 6,
    marriage_rate_female=(1.0,) * 6,
    departure_rate=(0.0,) * 4,
    leaves_at_marriage=(0.0, 1.0),
)


def test_sons_bring_a_wife_and_daughters_leave_as_the_settings_say():
    """One spouse a household, of the other sex; who is at school or married does not marry."""
    n = 4000
    state = family(n, (55, False, HEAD), (53, True, SPOUSE), (25, False, CHILD), (24, True, CHILD))
    state.people.school_year[3::8] = 13
    month = begin(state, 0)
    bringers = marry_and_depart(state, month, FAST)
    chance = 1 - np.exp(-1 / 12)
    assert within(len(bringers) / n, chance, n)
    assert set((bringers % 4).tolist()) == {2}
    left = np.flatnonzero(~state.people.is_here)
    assert set((left % 8).tolist()) == {7}
    assert within(len(left) / (n / 2), chance, n // 2)
    before = state.people.n
    arrive(state, month, settings(birth_rate=(0.0,) * 5), bringers)
    new = np.arange(before, state.people.n)
    assert np.array_equal(state.people.household[new], state.people.household[bringers])
    assert state.people.is_female[new].all()
    assert set(state.people.relation[new].tolist()) == {IN_LAW}
    age = (0 - state.people.born_month[new]) // 12
    assert age.min() >= BASE.marriage_age_from[0]
    assert abs(age.mean() - 25) < 3
    assert np.array_equal(married_children(state), bringers)
    assert (state.people.number[new] % 100 == 5).all()
    assert (state.households.n_persons_ever[state.people.household[new]] == 5).all()
    assert state.people.is_insured[new].mean() > 0.8


def test_a_second_couple_of_children_does_not_live_in_the_house():
    """Brothers wait while one of them has his wife there; she does not marry again."""
    state = family(500, *THREE, (25, False, CHILD))
    bringers = marry_and_depart(state, begin(state, 0), FAST)
    assert len(bringers) == 0
    assert state.people.is_here.all()
    two = family(500, (55, False, HEAD), (25, False, CHILD), (27, False, CHILD))
    certain = FAST.model_copy(update={"marriage_rate_male": (1.0, 1.0, 1.0, 1.0, 1.0, 0.0)})
    for number in range(40):
        month = begin(two, number)
        bringers = marry_and_depart(two, month, certain)
        assert len(np.unique(two.people.household[bringers])) == len(bringers)
        arrive(two, month, settings(birth_rate=(0.0,) * 5), bringers)
    in_law = two.people.relation == IN_LAW
    assert np.bincount(two.people.household[in_law]).max() == 1
    assert in_law.sum() > 400


def test_weddings_and_funerals_cost_what_the_family_can_pay():
    """The median where there is money, a share of the savings, or the floor."""
    n = 3001
    state = family(n, (55, False, HEAD))
    month = begin(state, 0)
    rows = np.arange(n)
    state.households.savings_fen[:] = 10**9
    celebrate(state, month, BASE, rows, 70_000.0, 0.45, "people.wedding")
    assert abs(np.median(month.book.wedding_funeral) / 7_000_000 - 1) < 0.05
    poor = begin(state, 0)
    state.households.savings_fen[:] = np.where(rows % 2, -5_000_000, 4_000_000)
    celebrate(state, poor, BASE, rows, 1e9, 0.0, "people.wedding")
    share = round(4_000_000 * BASE.celebration_most_share_of_savings)
    floor = round(BASE.celebration_floor_yuan * 100)
    assert set(poor.book.wedding_funeral[::2].tolist()) == {share}
    assert set(poor.book.wedding_funeral[1::2].tolist()) == {floor}


def test_births_by_hand():
    """Wives of childbearing age, fewer with children; the child belongs to its household."""
    always = settings(birth_rate=(1.0,) * 5, birth_parity_factor=(1.0, 0.0))
    n = 3000
    state = family(n, (30, False, HEAD), (28, True, SPOUSE))
    found = who_gives_birth(state, begin(state, 0), always)
    assert within(len(found) / n, 1 - np.exp(-1 / 12), n)
    assert state.people.is_female[found].all()
    month = begin(state, 1)
    before = state.people.n
    arrive(state, month, always, np.array([], dtype=np.int64))
    new = np.arange(before, state.people.n)
    babies = state.people
    assert len(new) > 100
    assert (babies.born_month[new] == 1).all()
    assert (babies.joined_month[new] == 1).all()
    assert set(babies.relation[new].tolist()) == {CHILD}
    assert within(babies.is_female[new].mean(), 1 - BASE.boys_share, len(new))
    mothers = np.isin(np.arange(n), babies.household[new])
    later = who_gives_birth(state, begin(state, 2), always)
    assert not mothers[babies.household[later]].any()
    for members in (
        ((30, False, HEAD), (46, True, SPOUSE)),
        ((30, True, HEAD),),
        ((30, False, HEAD), (28, True, OTHER)),
    ):
        nobody = family(500, *members)
        assert len(who_gives_birth(nobody, begin(nobody, 0), always)) == 0
    grand = family(500, *THREE[:4])
    rows = who_gives_birth(grand, begin(grand, 0), always)
    assert set((rows % 4).tolist()) == {3}
    before = grand.people.n
    arrive(grand, begin(grand, 0), always, rows[:0])
    assert set(grand.people.relation[before:].tolist()) == {GRANDCHILD}


def test_some_who_left_come_back():
    """To households that are still here; as a child again, or as somebody else."""
    state = family(
        400, (55, False, HEAD), (50, True, SPOUSE), (30, False, CHILD), (50, True, OTHER)
    )
    month = begin(state, 0)
    let_go(state, month, BASE, np.arange(2, 1600, 4), Left.MOVED)
    let_go(state, month, BASE, np.arange(3, 1600, 4), Left.MOVED)
    state.households.is_here[:100] = False
    certain = settings(return_rate=1.0, return_age_to=59)
    come_back(state, month, certain)
    assert not state.people.is_here[2::4].any()  # not in the month of leaving
    come_back(state, begin(state, 1), certain)
    back = np.flatnonzero(state.people.joined_month == 1)
    assert state.people.household[back].min() >= 100
    assert within(len(back) / 600, 1 - np.exp(-1 / 12), 600)
    assert state.people.is_here[back].all()
    assert (state.people.left_month[back] == NEVER).all()
    assert set(state.people.relation[back[back % 4 == 2]].tolist()) == {CHILD}
    assert set(state.people.relation[back[back % 4 == 3]].tolist()) == {OTHER}


def test_whole_households_move_away_unless_somebody_is_old():
    """At their rate; the members leave with them."""
    n = 4000
    state = family(n, (40, False, HEAD), (38, True, SPOUSE))
    state.people.born_month[1] = -12 * 60
    move_away(state, begin(state, 0), settings(move_away_rate=1.0))
    gone = ~state.households.is_here
    assert within(gone.mean(), 1 - np.exp(-1 / 12), n)
    assert not gone[0]
    assert np.array_equal(~state.people.is_here, gone[state.people.household])
    assert (state.households.end_kind[gone] == End.MOVED_AWAY).all()


# -- splits and merges ----------------------------------------------------------------------------


def test_a_split_by_hand():
    """The young family takes its part; the rest stays; both are kin; nothing is lost."""
    sure = settings(split_rate=1.0)
    state = family(300, *THREE)
    households, persons = state.households, state.people
    households.savings_fen[:] = 1_000_000
    households.income_12[:] = 100_001
    households.crop_costs_fen[:] = 333
    households.kin[0], households.kin[1] = 1, 0
    persons.job[2::5] = Job.BUSINESS
    persons.job[3::5] = Job.POST
    households.has_business[:] = True
    households.measure_until[:, Measure.PUBLIC_POST] = 9
    switch_off(state, Shock.ACCIDENT, slice(0, None, 2))
    month = begin(state, 5)
    split(state, month, sure)
    new = np.arange(300, households.n)
    assert within(len(new) / 300, 1 - np.exp(-1 / 12), 300)
    old = households.kin[new]
    assert np.array_equal(households.kin[old], new)
    if 0 in old or 1 in old:
        assert households.kin[0] != 1
    assert np.array_equal(households.number[new], number_of_split(households.number[old], 5))
    assert (households.started_month[new] == 5).all()
    moved = np.isin(persons.household, new)
    assert set(np.flatnonzero(moved) % 5) == {2, 3, 4}
    assert persons.relation[moved].reshape(-1, 3).tolist() == [[HEAD, SPOUSE, CHILD]] * len(new)
    assert (households.land_mu_x100[new] == round(2000 * BASE.split_share_of_land)).all()
    assert (households.land_mu_x100[new] + households.land_mu_x100[old] == 2000).all()
    assert (households.crop_costs_fen[new] + households.crop_costs_fen[old] == 333).all()
    assert (households.income_12[new] == 100_001 * 3 // 5).all()
    assert (households.income_12[new] + households.income_12[old] == 100_001).all()
    carried = round(1_000_000 * BASE.split_share_of_savings)
    assert (month.book.carried_away[old] == carried).all()
    assert (month.book.carried_away[new] == -carried).all()
    assert (households.savings_fen[new] == 0).all()
    assert households.has_business[new].all()
    assert not households.has_business[old].any()
    assert (households.measure_until[new, Measure.PUBLIC_POST] == 9).all()
    assert (households.measure_until[old, Measure.PUBLIC_POST] == NEVER).all()
    assert np.array_equal(households.switched_off[new], households.switched_off[old])
    assert (households.switched_off[new] > 0).any()
    assert len(month.shocked) == households.n
    events = rows_of(month, "household_change")
    assert np.array_equal(events["hh"], new)
    assert np.array_equal(events["other"], old)
    # the parents, 60 and 58, are two able adults: no lack of labour
    assert not month.shocked[:, Shock.LACK_OF_LABOUR].any()


def test_a_split_that_leaves_no_hands_strikes_or_does_not_happen():
    """Parents of 66 and 58: one able adult is left."""
    state = family(600, (66, False, HEAD), *THREE[1:])
    switch_off(state, Shock.LACK_OF_LABOUR, slice(0, None, 2))
    month = begin(state, 5)
    split(state, month, settings(split_rate=1.0))
    old = np.unique(state.households.kin[600:])
    assert len(old) > 5
    assert (old % 2 == 1).all()
    assert month.shocked[old, Shock.LACK_OF_LABOUR].all()
    assert month.shocked[:, Shock.LACK_OF_LABOUR].sum() == len(old)


def test_a_household_that_split_off_does_not_split_again():
    """So that every number is given once."""
    state = family(300, *THREE)
    state.households.started_month[:] = 0
    split(state, begin(state, 5), settings(split_rate=1.0))
    assert state.households.n == 300


@pytest.mark.parametrize("month", [-100, 900])
def test_a_month_without_a_code_is_refused(month):
    """Rather than a number given twice."""
    with pytest.raises(ValueError, match=f"for month {month}. Use -99 to 899"):
        number_of_split(np.array([1]), month)
    assert number_of_split(np.array([999_999_999]), 899).tolist() == [999_999_999_999]


def old_and_young(**changes):
    """Pairs of an old couple and a young family."""
    state = family(200, (75, False, HEAD), (72, True, SPOUSE))
    young = np.arange(1, 200, 2)
    state.people.born_month[np.isin(state.people.household, young)] += 12 * 35
    row = np.arange(200)
    state.households.kin = (row ^ 1).astype(np.int32)
    for name, value in changes.items():
        getattr(state.households, name)[:] = value
    return state


def test_a_merge_by_hand():
    """The old move in with the young, with what they have and owe; their household ends."""
    state = old_and_young(savings_fen=-700, income_12=50, herd=3, product=Product.PIG)
    state.households.shock_month[::2, Shock.ILLNESS] = 2
    month = begin(state, 5)
    merge(state, month, settings(merge_rate=1.0, merge_frail_factor=1.0))
    households = state.households
    ended = np.flatnonzero(~households.is_here)
    assert within(len(ended) / 100, 1 - np.exp(-1 / 12), 100)
    assert (ended % 2 == 0).all()
    host = ended + 1
    assert (households.end_kind[ended] == End.MERGED).all()
    assert (households.land_mu_x100[host] == 4000).all()
    assert (households.herd[host] == 6).all()
    assert (households.income_12[host] == 100).all()
    assert not households.income_12[ended].any()
    assert (month.book.carried_away[ended] == -700).all()
    assert (month.book.carried_away[host] == 700).all()
    assert (households.shock_month[host, Shock.ILLNESS] == 2).all()
    assert (households.kin[host] == -1).all()
    assert (np.bincount(state.people.household, minlength=200)[host] == 4).all()
    assert (state.people.relation[np.isin(np.arange(400) // 2, ended)] == PARENT).all()
    event = rows_of(month, "household_change")
    assert np.array_equal(event["other"], host)


@pytest.mark.parametrize("why", ["animals", "path", "old_kin", "kin_gone", "young"])
def test_who_does_not_merge(why):
    """Animals the kin do not keep, kin elsewhere, as old or gone, or somebody young at home."""
    state = old_and_young(herd=3 if why == "animals" else 0)
    households = state.households
    if why == "animals":
        households.product[::2] = Product.CATTLE
    if why == "path":
        households.path[::2] = 1
    if why == "old_kin":
        state.people.born_month[:] = -12 * 75
    if why == "kin_gone":
        households.is_here[1::2] = False
    if why == "young":
        state.people.born_month[::2] = -12 * 50
    before = households.is_here.copy()
    for number in range(12):
        merge(state, begin(state, number), settings(merge_rate=1.0))
    assert np.array_equal(households.is_here, before)


def test_frail_households_merge_more_often():
    """One person alone, or somebody gravely disabled, by the factor."""
    counts = []
    for is_frail in (False, True):
        state = old_and_young()
        if is_frail:
            state.people.disability_level[:] = 1
        merge(state, begin(state, 5), settings(merge_rate=0.9, merge_frail_factor=8.0))
        counts.append((~state.households.is_here).sum())
    assert counts[1] > 3 * counts[0]


# -- certificates, pensions, care -----------------------------------------------------------------


def test_new_certificates_come_at_their_rate_and_strike():
    """By age; severe ones end work; a child may be unfit to study."""
    n = 20_000
    state = family(n, (50, False, HEAD), (10, True, CHILD))
    state.people.job[::2] = Job.FARM
    state.people.school_year[1::2] = 4
    switch_off(state, Shock.DISABILITY, slice(0, n // 2))
    often = settings(new_certificate_rate=(0.6, 0.6, 0.6, 0.6, 0.6), unfit_share=(1.0, 0.0))
    month = begin(state, 0)
    certify(state, month, often)
    people = state.people
    new = np.flatnonzero(people.disability_level > 0)
    assert people.household[new].min() >= n // 2
    assert within(len(new) / n, 1 - np.exp(-0.05), n)
    for level, share in enumerate(BASE.disability_level_shares, 1):
        assert within((people.disability_level[new] == level).mean(), share, len(new))
    severe = people.disability_level[new] <= 2
    adult = new % 2 == 0
    assert (people.job[new[adult & severe]] == Job.NONE).all()
    assert (people.job[new[adult & ~severe]] == Job.FARM).all()
    assert np.array_equal(people.is_unfit_to_study[new], ~adult & severe)
    assert (people.school_year[new[~adult & severe]] == 0).all()
    struck = np.zeros(n, dtype=bool)
    struck[people.household[new]] = True
    assert np.array_equal(month.shocked[:, Shock.DISABILITY], struck)
    assert np.array_equal(rows_of(month, "disability")["person"], new)


def test_a_serious_illness_can_end_with_a_certificate():
    """In the month after its last, with the share of the settings."""
    n = 8000
    state = family(n, (50, False, HEAD))
    state.people.serious_until[:] = np.where(np.arange(n) % 2, 3, 4)
    none = settings(new_certificate_rate=(0.0,) * 5, certificate_after_serious=0.3)
    certify(state, begin(state, 4), none)
    has = state.people.disability_level > 0
    assert not has[::2].any()
    assert within(has[1::2].mean(), 0.3, n // 2)


def test_chronic_illness_comes_at_its_rate_and_stays():
    """By frailty, once."""
    n = 20_000
    state = family(n, (50, False, HEAD))
    state.people.frailty[:] = np.where(np.arange(n) % 2, 2.0, 1.0)
    month = begin(state, 0)
    fall_chronically_ill(state, month, settings(new_chronic_rate=(0.3,) * 5))
    ill = state.people.is_chronic
    assert within(ill[::2].mean(), 1 - np.exp(-0.3 / 12), n // 2)
    assert within(ill[1::2].mean(), 1 - np.exp(-0.6 / 12), n // 2)
    assert rows_of(month, "chronic")["person"].tolist() == np.flatnonzero(ill).tolist()


def test_pensions_by_hand():
    """From the month of the 60th birthday; told once a quarter, or when somebody leaves."""
    state = family(6, (59, False, HEAD))
    # sixty in months 0, 1 and 4; long since, in months 1 and 2, and these three die in month 2
    state.people.born_month[:] = [month - 720 for month in (0, 1, 4, -180, 1, 2)]
    monthly = base_pension_fen(BASE, 0)
    told = {}
    for number in range(3):
        month = begin(state, number)
        if number == 2:
            let_go(state, month, BASE, np.array([3, 4, 5]), Left.DIED)
        pay_pensions(state, month, BASE)
        state.month = number
        drawn = [True, number >= 1, False, number < 2, number == 1, False]
        assert month.book.pension.tolist() == [monthly if draws else 0 for draws in drawn]
        rows = rows_of(month, "income_item")
        if rows:
            told |= dict(zip(rows["person"].tolist(), rows["amount"].tolist(), strict=True))
        assert bool(rows) == (number == 2)
    assert told == {0: 3 * monthly, 1: 2 * monthly, 3: 2 * monthly, 4: monthly}


def test_the_base_pension_goes_by_the_year():
    """The table's own year, the last one after it, the first one before it."""
    table = settings(pension_yuan_by_year={2021: 100.0, 2023: 120.5})
    found = [base_pension_fen(table, 12 * (year - 2021)) for year in (2019, 2021, 2022, 2023, 2030)]
    assert found == [10_000, 10_000, 10_000, 12_050, 12_050]


def test_disability_benefits_by_hand():
    """Care for levels 1 and 2; a living benefit beside an allowance."""
    state = family(6, (50, False, HEAD))
    state.people.disability_level[:] = (0, 1, 2, 3, 1, 4)
    state.households.is_dibao[:] = (1, 0, 0, 0, 1, 1)
    month = begin(state, 0)
    pay_disability_benefits(state, month, BASE)
    care, living = (
        round(yuan * 100) for yuan in (BASE.disability_care_yuan, BASE.disability_living_yuan)
    )
    assert month.book.disability_benefit.tolist() == [0, care, care, 0, care + living, living]


def test_care_is_paid_for_good_by_a_share():
    """The same persons every month."""
    n = 4000
    state = family(n, (50, False, HEAD))
    state.people.disability_level[:] = 1 + np.arange(n) % 4
    paying = []
    for number in (0, 1):
        month = begin(state, number)
        pay_care(state, month, BASE)
        paying.append(month.book.care > 0)
    severe = np.arange(n) % 4 < 2
    assert np.array_equal(paying[0], paying[1])
    assert not paying[0][~severe].any()
    assert within(paying[0][severe].mean(), BASE.care_share, severe.sum())
    assert abs(np.median(month.book.care[paying[0]]) / (BASE.care_median_yuan * 100) - 1) < 0.1


def test_a_month_of_nothing_changes_nothing():
    """Rates of nought: nobody is born, dies, marries or moves."""
    rates = {
        name: (0.0,) * len(value) if isinstance(value, tuple) else 0.0
        for name, value in BASE.model_dump().items()
        if name.endswith(("_rate", "_rate_male", "_rate_female"))
    }
    quiet = settings(
        **rates,
        death_log_rate_at_60=(-60.0, -60.0),
        death_floor_a_year=0.0,
        infant_death=0.0,
        certificate_after_serious=0.0,
    )
    state = family(300, *THREE)
    before = state.copied()
    run(state, range(12), (people, quiet))
    changed = {"school_year", "education", "is_dropout"}
    for name, array in before.people.as_dict("").items():
        assert name in changed or np.array_equal(array, getattr(state.people, name)), name
    same = set(Households.blank(0).as_dict("")) - {"shock_month", "breach_since"}
    for name in same:
        assert np.array_equal(getattr(before.households, name), getattr(state.households, name)), (
            name
        )
