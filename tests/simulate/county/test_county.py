"""Following a county: falls, their causes and spells of need, where every cause is known."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fanpin_risk.simulate.county.county import NeedSpells, follow
from fanpin_risk.simulate.county.kinds import NO_END, Shock
from fanpin_risk.simulate.county.pieces import pieces_of, put_together

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("fake.py"))))
ALONE, LEFT, RIGHT, EITHER_1, EITHER_2 = F.ALONE, F.LEFT, F.RIGHT, F.EITHER_1, F.EITHER_2
OneRule, hits, made = F.OneRule, F.hits, F.made
RATE = 0.06


def followed(n: int, n_months: int, *, asks_causes: bool = True):
    """Falls and spells of a county, and need by month as it was seen."""
    state = made(n)
    spells, seen = NeedSpells(state), []

    def watch(now, _):
        spells.take(now)
        seen.append(now.households.need > 0)

    falls = follow(OneRule(RATE), state, n_months, asks_causes=asks_causes, watch=watch)
    return state, falls, spells, np.array(seen)


def test_falls_are_first_months_of_need():
    """Each of them once; a month of need after a month of need is none."""
    _, falls, _, seen = followed(300, 20, asks_causes=False)
    before = np.vstack([np.zeros(300, dtype=bool), seen[:-1]])
    month, row = np.nonzero(seen & ~before)
    assert np.array_equal(np.concatenate(falls.month), month)
    assert np.array_equal(np.concatenate(falls.row), row)
    assert (np.concatenate(falls.prevented_by) == -1).all()


def test_causes_are_those_without_which_there_is_no_need():
    """Told from the draws alone: one shock, both of a pair, neither of two that each suffice."""
    state, falls, _, _ = followed(400, 30)
    rows, months = np.concatenate(falls.row), np.concatenate(falls.month)
    found = np.concatenate(falls.prevented_by)
    assert len(rows) > 200
    kinds = set()
    for row, month, bits in zip(rows, months, found, strict=True):
        hit = {shock: bool(hits(state, month, shock, RATE)[row]) for shock in Shock}
        ways = [
            {ALONE} if hit[ALONE] else set(),
            {LEFT, RIGHT} if hit[LEFT] and hit[RIGHT] else set(),
            {EITHER_1} if hit[EITHER_1] else set(),
            {EITHER_2} if hit[EITHER_2] else set(),
        ]
        ways = [way for way in ways if way]
        needed = set.intersection(*ways)
        assert bits == sum(1 << shock for shock in needed)
        kinds.add((len(ways) > 1, len(needed)))
    assert kinds >= {(False, 1), (False, 2), (True, 0)}


def test_a_month_that_does_not_run_again_as_it_was_is_found_out():
    """A draw that depends on more than its key must not pass for a cause."""

    class Careless(OneRule):
        """Forgets the chance of shocks when it runs again."""

        def step(self, state, *, keeps_events):
            self.rate = RATE if keeps_events else RATE / 2
            return super().step(state, keeps_events=keeps_events)

    with pytest.raises(AssertionError, match="a fall did not happen again"):
        follow(Careless(RATE), made(300), 20, asks_causes=True, watch=lambda *_: None)


def test_spells_tell_every_month_of_need_once():
    """Written out month by month they are what was seen."""
    _, _, spells, seen = followed(300, 25, asks_causes=False)
    again = np.zeros_like(seen)
    table = spells.table()
    for row, since, until in table:
        last = seen.shape[0] - 1 if until == NO_END else until
        assert not again[since : last + 1, row].any()
        again[since : last + 1, row] = True
    assert np.array_equal(again, seen)
    assert (table[:, 2] == NO_END).any()


def test_a_household_does_the_same_in_any_piece():
    """Falls and causes of the county are those of its pieces."""
    whole = made(300)
    together = follow(OneRule(RATE), whole, 15, asks_causes=True, watch=lambda *_: None)
    expected = set(
        zip(
            whole.households.number[np.concatenate(together.row)],
            np.concatenate(together.month),
            np.concatenate(together.prevented_by),
            strict=True,
        )
    )
    found = set()
    pieces = pieces_of(made(300).households.village, at_most=100)
    assert len(pieces) == 3
    for rows in pieces:
        part = made(300).taken(rows)
        falls = follow(OneRule(RATE), part, 15, asks_causes=True, watch=lambda *_: None)
        found |= set(
            zip(
                part.households.number[np.concatenate(falls.row)],
                np.concatenate(falls.month),
                np.concatenate(falls.prevented_by),
                strict=True,
            )
        )
    assert found == expected


def test_pieces_hold_everybody_once_and_no_village_is_divided():
    """Whatever the sizes of villages."""
    rng = np.random.default_rng(3)
    for n_villages in (1, 2, 7, 200):
        village = np.sort(rng.integers(0, n_villages, 1000)).astype(np.int32)
        rng.shuffle(village)
        pieces = pieces_of(village, at_most=130)
        assert sorted(np.concatenate(pieces).tolist()) == list(range(1000))
        owners = [set(village[rows].tolist()) for rows in pieces]
        assert sum(map(len, owners)) == len(set().union(*owners))


def test_pieces_put_together_are_the_whole():
    """Rows, people and kin follow their households."""
    whole = made(100)
    whole.households.kin[10], whole.households.kin[11] = 11, 10
    whole.households.kin[90], whole.households.kin[91] = 91, 90
    pieces = pieces_of(whole.households.village, at_most=40)
    again = put_together([whole.taken(rows) for rows in pieces])
    assert np.array_equal(again.households.number, whole.households.number)
    assert np.array_equal(again.households.kin, whole.households.kin)
    assert np.array_equal(again.people.household, whole.people.household)
    later = whole.copied()
    later.month = 4
    with pytest.raises(ValueError, match="different months"):
        put_together([whole, later])
