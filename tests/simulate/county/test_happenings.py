"""Events have the columns agreed on, all of one length, in the contracts' codes."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import begin, county, rows_of

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.happenings import (
    NONE,
    add_claims,
    add_income,
    add_rigid_spending,
    add_shocks,
    days,
    place_in,
)


@pytest.mark.parametrize("code", list(codes.SHOCK_KINDS.words))
def test_place_in_a_list_leads_back_to_the_code(code):
    """For every kind of shock."""
    assert list(codes.SHOCK_KINDS.words)[place_in(codes.SHOCK_KINDS, code)] == code


def test_a_code_that_does_not_exist_is_refused():
    """By name."""
    with pytest.raises(ValueError, match="'droughtt' is not in list"):
        place_in(codes.DISASTER_KINDS, "droughtt")


def test_events_are_whole_and_filled():
    """One value for all stands in every row."""
    state = county(5)
    month = begin(state)
    rows = np.array([1, 3])
    add_shocks(state, month, "fire", rows, loss_fen=np.array([5, 7]))
    add_income(month, "property", rows, np.array([10, 20]), is_help=False)
    add_rigid_spending(month, "water", rows, np.array([1, 2]), person=np.array([2, 6]))
    add_claims(month, "crop", rows, np.array([3, 4]), cause=NONE, product=1)
    shock = rows_of(month, "shock")
    assert list(shock) == ["hh", "person", "kind", "disaster_kind", "loss", "product", "day"]
    assert shock["kind"].tolist() == [place_in(codes.SHOCK_KINDS, "fire")] * 2
    assert shock["person"].tolist() == [-1, -1]
    assert list(rows_of(month, "income_item")) == ["hh", "person", "item", "amount", "is_help"]
    spent = rows_of(month, "rigid_spending")
    assert list(spent) == ["hh", "person", "item", "amount", "is_compliant"]
    assert spent["person"].tolist() == [2, 6]
    claim = rows_of(month, "insurance_claim")
    assert list(claim) == ["hh", "insurance", "paid", "cause", "product"]
    for name in ("shock", "income_item", "rigid_spending", "insurance_claim"):
        assert {len(column) for column in rows_of(month, name).values()} == {2}


def test_a_month_that_keeps_no_events_has_none():
    """Futures of the truth run so."""
    state = county(3)
    month = begin(state, keeps_events=False)
    add_shocks(state, month, "fire", np.array([0]))
    add_income(month, "property", np.array([0]), np.array([1]), is_help=False)
    add_rigid_spending(month, "water", np.array([0]), np.array([1]))
    add_claims(month, "crop", np.array([0]), np.array([1]), cause=NONE)
    assert month.events == {}


def test_days_lie_in_every_month():
    """1 to 28, each about as often."""
    state = county(20_000)
    found = days(state, begin(state), "test", np.arange(20_000))
    assert (found.min(), found.max()) == (1, 28)
    assert np.bincount(found)[1:].std() / (20_000 / 28) < 0.06
