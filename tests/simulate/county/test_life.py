"""What holds of all that happens to people: keyed draws, accounts of persons, money and land."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from tests.simulate.county.hand import parameters, rows_of, run, settings_of, switch_off

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county import families, leaving, pensions
from fanpin_risk.simulate.county.illness import IllnessSettings, illness
from fanpin_risk.simulate.county.kinds import NEVER, End, Left, Relation, Shock
from fanpin_risk.simulate.county.month import Book
from fanpin_risk.simulate.county.people import PeopleSettings, people
from fanpin_risk.simulate.county.pieces import pieces_of
from fanpin_risk.simulate.county.start import START_MONTH, start

N = 700
MONTHS = range(START_MONTH + 1, START_MONTH + 31)
OFTEN = settings_of(
    "people",
    PeopleSettings,
    split_rate=0.9,
    merge_rate=0.9,
    merge_age=58,
    move_away_rate=0.05,
    return_rate=0.4,
    departure_rate=(0.2, 0.2, 0.1, 0.0),
    marriage_rate_male=(0.5, 0.6, 0.6, 0.4, 0.3, 0.1),
    marriage_rate_female=(0.5, 0.6, 0.6, 0.4, 0.3, 0.1),
    leaves_at_marriage=(0.2, 0.4),
    birth_rate=(0.9, 0.9, 0.9, 0.5, 0.2),
    new_certificate_rate=(0.02, 0.02, 0.03, 0.04, 0.05),
    dropout_rate=(0.05, 0.2),
    dropout_return_rate=0.1,
    school_strike_share=0.1,
    death_log_rate_at_60=(-3.2, -3.6),
)
ILL = settings_of(
    "illness",
    IllnessSettings,
    serious_rate=(0.1, 0.1, 0.1, 0.2),
    admission_rate=(0.5, 0.5, 0.5, 0.9),
    stays_insured=(0.8, 0.9, 0.9, 1.0),
)
"""Settings under which everything happens often."""

PROCESSES = ((people, OFTEN), (illness, ILL))
MINE = {
    *("pension", "disability_benefit", "care", "school", "wedding_funeral", "carried_away"),
    *("medical_compliant", "medical_other", "premium"),
}
"""Lines of the book that these processes write."""

OF_ROWS = ("kin", "number")
"""Facts of a household that name another row, or are compared apart."""


def county():
    """Some households as a county begins, with the young families of the southwest."""
    state = start(parameters(preset="southwest"), N, seed=4, county=1)
    state.households.switched_off[:] = 0
    return state


def by_key(part, key="key"):
    """Rows in the order of their keys, by name."""
    order = np.argsort(getattr(part, key), kind="stable")
    return {name: array[order] for name, array in part.as_dict("").items()}


@pytest.fixture(scope="module")
def whole():
    """Two and a half years: the state at the end, every month, and copies of the states."""
    state, kept = county(), []

    def keep(now, _month, _settings):
        kept.append(now.copied())

    months = run(state, MONTHS, *PROCESSES, (keep, None))
    return state, months, kept


def test_everything_happens(whole):
    """Otherwise the properties below would say nothing about it."""
    state, months, _ = whole
    struck = {Shock(k) for month in months for k in np.flatnonzero(month.shocked.any(axis=0))}
    assert struck == {
        Shock.ILLNESS,
        Shock.DISABILITY,
        Shock.SCHOOLING,
        Shock.LACK_OF_LABOUR,
    }
    members, changes = events(months, "member_change"), events(months, "household_change")
    assert set(members["kind"].tolist()) == set(range(7))
    assert set(changes["kind"].tolist()) == {
        families.CHANGE_SPLIT,
        families.CHANGE_MERGE,
        families.CHANGE_MOVED_AWAY,
        families.CHANGE_DISSOLVED,
    }
    assert {"insurance", "serious", "chronic", "disability", "schooling", "medical_bill"} <= set(
        months[-1].events
    ) | set(months[1].events) | set(months[8].events) | set(months[2].events)
    assert set(state.households.end_kind.tolist()) == {int(kind) for kind in End}


def events(months, name):
    """Events of one name of all months, with the month."""
    found = [(month, rows_of(month, name)) for month in months]
    found = [(month, rows) for month, rows in found if rows]
    columns = {
        column: np.concatenate([rows[column] for _, rows in found]) for column in found[0][1]
    }
    lengths = [len(next(iter(rows.values()))) for _, rows in found]
    return columns | {"month": np.repeat([month.month for month, _ in found], lengths)}


def test_a_piece_lives_as_it_does_in_the_whole(whole):
    """Villages apart, in another order and without events: the same lives, keys and numbers."""
    state, _, _ = whole
    one = county()
    pieces = pieces_of(one.households.village, 300)
    assert len(pieces) > 1
    rng = np.random.default_rng(5)
    households, persons = [], []
    for rows in pieces:
        part = county().taken(rng.permutation(rows))
        run(part, MONTHS, *PROCESSES, keeps_events=False)
        part.people.household = part.people.household.astype(np.int32)
        households.append(part.households)
        home = part.households.key[part.people.household]
        persons.append((part.people, home))
    joined = households[0].copied()
    for more in households[1:]:
        joined.append(more)
    found, expected = by_key(joined), by_key(state.households)
    for name, array in expected.items():
        if name not in ("kin",):
            assert np.array_equal(array, found[name]), name
    homes = np.concatenate([home for _, home in persons])
    together = persons[0][0].copied()
    for more, _ in persons[1:]:
        together.append(more)
    order = np.argsort(together.key)
    assert np.array_equal(
        homes[order],
        state.households.key[state.people.household][np.argsort(state.people.key)],
    )
    found, expected = by_key(together), by_key(state.people)
    for name, array in expected.items():
        if name != "household":
            assert np.array_equal(array, found[name]), name


def test_households_on_copies_of_a_path_live_the_same_lives(whole):
    """With their kin, as when the months before a fall are run again on several paths."""
    one = county()
    kin = one.households.kin
    together = np.flatnonzero((kin >= 0) | (np.arange(N) % 3 == 0))
    rows = np.tile(together, 2)
    part = one.taken(rows, np.repeat(np.arange(2, dtype=np.int32), len(together)))
    part.commons = one.commons.taken(np.zeros(2, dtype=np.int64))
    run(part, MONTHS, *PROCESSES, keeps_events=False)
    first = slice(0, len(together)), slice(len(together), len(rows))
    for name, array in whole[0].households.as_dict("").items():
        if name in ("kin", "path"):
            continue
        for half in first:
            found = getattr(part.households, name)[half]
            assert np.array_equal(array[together], found), name


@pytest.mark.parametrize(
    "shock", [Shock.ILLNESS, Shock.DISABILITY, Shock.SCHOOLING, Shock.LACK_OF_LABOUR]
)
def test_a_shock_that_is_switched_off_does_not_happen_and_moves_no_one_else(whole, shock):
    """Half of the households, with their kin, are spared it; the others live on as they did."""
    state = county()
    spared = np.arange(N) % 2 == 0
    spared[state.households.kin[spared & (state.households.kin >= 0)]] = True
    switch_off(state, shock, spared)
    months = run(state, MONTHS, *PROCESSES, keeps_events=False)
    for month in months:
        assert not month.shocked[:N][spared, shock].any()
    assert any(month.shocked[:N][~spared, shock].any() for month in months)
    for name, array in whole[0].households.as_dict("").items():
        if name != "kin":
            found = getattr(state.households, name)
            assert np.array_equal(array[:N][~spared], found[:N][~spared]), name


@pytest.mark.parametrize(
    "shock", [Shock.ILLNESS, Shock.DISABILITY, Shock.SCHOOLING, Shock.LACK_OF_LABOUR]
)
def test_who_is_never_struck_lives_the_same_life_without_that_kind(whole, shock):
    """What does not happen anyway cannot be missed, to the last bit of every fact."""
    struck = np.zeros(whole[0].households.n, dtype=bool)
    for month in whole[1]:
        struck[: len(month.shocked)] |= month.shocked[:, shock]
    state = county()
    kin = state.households.kin
    never = ~struck[:N] & ~np.where(kin >= 0, struck[kin], False)
    for new, old in zip(*[events(whole[1], "household_change")[c] for c in ("hh", "other")],
                        strict=True):  # fmt: skip
        if old >= 0:
            never[[row for row in (new, old) if row < N]] &= not (struck[new] or struck[old])
    assert never.sum() > 10
    switch_off(state, shock)
    run(state, MONTHS, *PROCESSES, keeps_events=False)
    for name, array in whole[0].households.as_dict("").items():
        if name not in ("kin", "switched_off"):
            found = getattr(state.households, name)[:N]
            assert np.array_equal(array[:N][never], found[never]), name


def test_who_has_ended_or_gone_does_nothing(whole):
    """No money, no events, no change of any fact but the age."""
    _, months, kept = whole
    for before, month, after in zip(kept[:-1], months[1:], kept[1:], strict=True):
        ended = np.flatnonzero(~before.households.is_here)
        gone = np.flatnonzero(~before.people.is_here & ~after.people.is_here[: before.people.n])
        for field in fields(Book):
            assert not getattr(month.book, field.name)[ended].any(), field.name
        assert not month.shocked[ended].any()
        for name, array in before.households.as_dict("").items():
            assert np.array_equal(array[ended], getattr(after.households, name)[ended]), name
        for name, array in before.people.as_dict("").items():
            if not name.startswith("year_"):
                assert np.array_equal(array[gone], getattr(after.people, name)[gone]), name
        for pieces in month.events.values():
            for piece in pieces:
                assert not np.isin(piece["hh"], ended).any()
                if "person" in piece:
                    assert not np.isin(piece["person"], gone).any()


def test_only_their_own_lines_are_written(whole):
    """The others belong to other processes."""
    for month in whole[1]:
        for field in fields(Book):
            amounts = getattr(month.book, field.name)
            assert field.name in MINE or not amounts.any(), field.name
            if field.name != "carried_away":
                assert amounts.min() >= 0
    for name in MINE:
        assert any(getattr(month.book, name).any() for month in whole[1]), name


def test_persons_and_households_fit_together_every_month(whole):
    """Who is here is in a household that is here; each of these has one head; kin are pairs."""
    for state in whole[2]:
        households, persons = state.households, state.people
        here = persons.is_here
        assert households.is_here[persons.household[here]].all()
        heads = np.bincount(
            persons.household[here & (persons.relation == Relation.HEAD)], minlength=households.n
        )
        assert np.array_equal(heads == 1, households.is_here)
        assert heads.max() == 1
        kin = np.flatnonzero(households.kin >= 0)
        assert np.array_equal(households.kin[households.kin[kin]], kin)
        assert households.is_here[kin].all()
        assert np.array_equal(households.village[kin], households.village[households.kin[kin]])
        assert np.array_equal(here, persons.left == Left.HERE)
        assert np.array_equal(persons.left_month == NEVER, here)
        assert np.array_equal(households.end_kind == End.GOES_ON, households.is_here)
        spouse = here & (persons.relation == Relation.SPOUSE)
        assert np.bincount(persons.household[spouse]).max() == 1
        in_law = here & (persons.relation == Relation.CHILD_IN_LAW)
        assert np.bincount(persons.household[in_law], minlength=1).max() <= 1
        assert len(np.unique(persons.number)) == persons.n
        assert len(np.unique(households.number)) == households.n
        assert len(np.unique(persons.key)) == persons.n
        assert len(np.unique(households.key)) == households.n


def test_the_account_of_persons_is_whole(whole):
    """Here now = here before + born + married in + returned - died - left - moved away with all."""
    _, months, kept = whole
    before = county()
    for month, after in zip(months, kept, strict=True):
        count = np.bincount(rows_of(month, "member_change")["kind"], minlength=7)
        ended = rows_of(month, "household_change")
        born, died, married, left, returned = count[:5]
        moved = 0
        if ended:
            away = ended["hh"][ended["kind"] == families.CHANGE_MOVED_AWAY]
            told = rows_of(month, "member_change")
            apart = told["person"][np.isin(told["kind"], (families.DIED, families.LEFT))]
            gone = np.flatnonzero(after.people.left_month == month.month)
            gone = gone[np.isin(after.people.household[gone], away)]
            moved = len(np.setdiff1d(gone, apart))
        expected = before.people.is_here.sum() + born + married + returned - died - left - moved
        assert after.people.is_here.sum() == expected
        assert after.people.n == before.people.n + born + married
        before = after


def test_land_and_books_go_along_with_people(whole):
    """Splits and merges move land, costs sown and the book of twelve months, and lose none."""
    _, months, kept = whole
    before = county()
    for month, after in zip(months, kept, strict=True):
        changes = rows_of(month, "household_change")
        merged = changes["hh"][changes["kind"] == families.CHANGE_MERGE] if changes else []
        for name in ("land_mu_x100", "crop_costs_fen", "kin_support_fen", "herd"):
            now, then = getattr(after.households, name), getattr(before.households, name)
            assert now.sum() == then.sum(), name
        for name in ("income_12", "rigid_12"):
            now, then = getattr(after.households, name), getattr(before.households, name)
            assert np.array_equal(now.sum(axis=0), then.sum(axis=0)), name
        assert month.book.carried_away.sum() == 0
        if len(merged):
            assert not after.households.land_mu_x100[merged].any()
            assert (month.book.carried_away[merged] == before.households.savings_fen[merged]).all()
        before = after


def test_payments_that_are_told_are_those_that_are_booked(whole):
    """Pensions over the quarters of the run, benefits and care month by month, to the fen."""
    _, months, kept = whole
    told = events(months, "income_item")
    n_quarters = len(months) // 3
    assert MONTHS[0] % 3 == 0
    booked = sum(month.book.pension.sum() for month in months[: 3 * n_quarters])
    pension = told["item"] == pensions._ITEM_PENSION
    assert told["amount"][pension].sum() == booked
    benefit = told["item"] == pensions._ITEM_DISABILITY_BENEFIT
    assert told["amount"][benefit].sum() == sum(m.book.disability_benefit.sum() for m in months)
    assert told["is_help"][benefit].all()
    assert not told["is_help"][pension].any()
    care = events(months, "rigid_spending")
    assert care["amount"].sum() == sum(month.book.care.sum() for month in months)
    bills = events(months, "medical_bill")
    own = sum((m.book.medical_compliant + m.book.medical_other).sum() for m in months)
    assert bills["own"].sum() == own
    paid = bills["basic_paid"] + bills["serious_paid"] + bills["aid_paid"] + bills["own"]
    assert np.array_equal(paid, bills["total"])
    cover = events(months, "insurance")
    premiums = (cover["premium"] - cover["premium_aid"])[cover["is_covered"]].sum()
    assert premiums == sum(month.book.premium.sum() for month in months)
    assert kept[-1].people.year_own_fen.sum() <= own


def test_columns_are_those_that_the_records_read(whole):
    """Names and lengths of every event."""
    expected = {
        "medical_bill": (
            *("person", "hh", "kind", "total", "basic_paid", "serious_paid", "aid_paid"),
            *("compliant_own", "own", "illness_class", "is_outside_county", "day"),
        ),
        "schooling": (
            *("person", "hh", "school_year", "is_in_school", "dropout_reason"),
            *("is_unable_to_study", "is_boarding", "cost", "aid"),
        ),
        "insurance": ("person", "hh", "is_covered", "premium", "premium_aid"),
        "household_change": ("hh", "kind", "other"),
        "member_change": ("person", "hh", "kind", "other"),
        "disability": ("person", "hh", "level", "kind"),
        "chronic": ("person", "hh"),
        "serious": ("person", "hh"),
        "income_item": ("hh", "person", "item", "amount", "is_help"),
        "shock": ("hh", "person", "kind", "disaster_kind", "loss", "product", "day"),
        "rigid_spending": ("hh", "person", "item", "amount", "is_compliant"),
    }
    seen = {}
    for month in whole[1]:
        for name, pieces in month.events.items():
            for piece in pieces:
                seen[name] = tuple(piece)
                assert len({len(column) for column in piece.values()}) == 1, name
    assert seen == expected


def test_places_in_lists_are_those_of_the_contracts():
    """Codes are told by their place, in the official order."""
    changes, shocks = list(codes.HOUSEHOLD_CHANGES.words), list(codes.SHOCK_KINDS.words)
    items, spending = list(codes.INCOME_ITEMS.words), list(codes.SPENDING_ITEMS.words)
    assert changes[families.CHANGE_SPLIT] == "split"
    assert changes[families.CHANGE_MERGE] == "merge"
    assert changes[families.CHANGE_MOVED_AWAY] == "moved_away"
    assert changes[families.CHANGE_DISSOLVED] == "dissolved"
    assert shocks[leaving._SHOCK_DEATH] == "death"
    assert shocks[leaving._SHOCK_WORKER_LOST] == "worker_lost"
    assert items[pensions._ITEM_PENSION] == "pension"
    assert items[pensions._ITEM_DISABILITY_BENEFIT] == "disability_benefit"
    assert spending[pensions._SPENDING_CARE] == "care"
    reasons = len(settings_of("people", PeopleSettings).dropout_reason_shares)
    assert reasons == len(codes.DROPOUT_REASONS.words)
    kinds = len(settings_of("people", PeopleSettings).disability_kind_shares)
    assert kinds == len(codes.DISABILITY_KINDS.words)


def test_two_years_of_settling_keep_the_regions_as_they_are():
    """65 and over at least 17% in the northeast in January 2021, households of 2.05 to 2.4."""
    settings = settings_of("people", PeopleSettings)
    ill = settings_of("illness", IllnessSettings)
    state = start(parameters(), 6000, seed=2, county=1)
    run(state, range(START_MONTH + 1, 1), (people, settings), (illness, ill), keeps_events=False)
    here = state.people.is_here
    age = (state.month - state.people.born_month[here]) // 12
    assert 0.165 <= (age >= 65).mean() <= 0.20
    size = here.sum() / state.households.is_here.sum()
    assert 2.05 <= size <= 2.4
    serious = (state.people.serious_until[here] >= state.month).mean()
    assert 0.006 <= serious <= 0.012
