"""The county's state: copies, parts and files of it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from fanpin_risk.simulate.county.state import (
    Commons,
    Households,
    People,
    State,
    Villages,
    blank,
)


def made(n: int = 6) -> State:
    """A state in which every array tells its row."""
    households = Households.blank(n)
    households.number = np.arange(n) * 10
    households.savings_fen = np.arange(n) * 100
    households.kin = np.array([1, 0, -1, 5, -1, 3], dtype=np.int32)
    owners = np.array([0, 1, 1, 2, 4, 3, 0, 5], dtype=np.int32)
    people = People.blank(len(owners))
    people.household = owners
    people.number = np.arange(len(owners)) + 1000
    villages = Villages(
        key=blank(np.uint64, 2),
        township=blank(np.int32, 2),
        cell=blank(np.int32, 2),
        x=blank(np.float64, 2),
        y=blank(np.float64, 2),
        zeal=blank(np.float64, 2, 1),
        flood_share=blank(np.float64, 2),
    )
    return State(3, households, people, villages, Commons.blank(1, 2, 2))


def test_part_of_a_state_keeps_people_with_their_households():
    """In the order asked for, a household several times, each time with its own people."""
    part = made().taken(np.array([3, 1, 1, 0]))
    assert part.households.number.tolist() == [30, 10, 10, 0]
    owners = part.people.household
    numbers = [sorted(part.people.number[owners == row].tolist()) for row in range(4)]
    assert numbers == [[1005], [1001, 1002], [1001, 1002], [1000, 1006]]


def test_kin_are_found_again_on_their_own_path():
    """Who has no kin in the part has none; copies on two paths have their own kin."""
    part = made().taken(np.array([0, 3, 1]))
    assert part.households.kin.tolist() == [2, -1, 0]
    path = np.array([0, 0, 1, 1], dtype=np.int32)
    twice = made().taken(np.array([0, 1, 0, 1]), path)
    assert twice.households.kin.tolist() == [1, 0, 3, 2]
    assert twice.households.path.tolist() == [0, 0, 1, 1]


def test_a_part_shares_nothing_with_the_whole():
    """What happens to a part or a copy leaves the whole as it was."""
    whole = made()
    for other in (whole.taken(np.arange(6)), whole.copied()):
        for table in ("households", "people", "commons"):
            for field in fields(getattr(other, table)):
                getattr(getattr(other, table), field.name)[...] = 1
    assert whole.households.savings_fen.tolist() == [0, 100, 200, 300, 400, 500]
    assert whole.people.number.tolist() == list(range(1000, 1008))
    assert not whole.commons.log_price.any()


def test_a_saved_state_comes_back_equal(tmp_path):
    """Every array, its type and its values."""
    whole = made()
    whole.save(tmp_path / "state.npz")
    back = State.load(tmp_path / "state.npz")
    assert back.month == 3
    for table in ("households", "people", "villages", "commons"):
        for field in fields(getattr(whole, table)):
            one, two = (getattr(getattr(state, table), field.name) for state in (whole, back))
            assert one.dtype == two.dtype, field.name
            assert np.array_equal(one, two), field.name


def test_rows_are_added_at_the_end():
    """Every array grows by as many."""
    whole = made()
    whole.households.append(Households.blank(2))
    assert whole.households.n == 8
    assert all(len(getattr(whole.households, f.name)) == 8 for f in fields(Households))
    assert whole.households.kin[-1] == -1
