"""A household's account in the register: income written down, own cost, and the line in force."""

from __future__ import annotations

import runpy
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.dates import add_months, day_number, day_of
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.register_account import register_account

HERE = Path(__file__).parent
H = SimpleNamespace(**runpy.run_path(str(HERE / "identity_histories.py")))
LINE_FEN = 600_000
AS_OF = date(2023, 6, 30)
DAY = day_number(AS_OF)
KEPT = ("household_snapshot", "medical_bill", "rigid_spending")
REQUIRED = {
    "medical_bill": {"bill_kind": "inpatient", "total_fen": 1, "own_fen": 1},
    "rigid_spending": {"item": "schooling"},
}


def snapshot(household="h", income=None, *, day=DAY - 10, **more):
    """A household snapshot."""
    return {
        "household_id": household,
        "net_income_per_head_fen": income,
        "occurred_day": day,
        **more,
    }


def bill(own, *, day=DAY - 10, person="p", household=None, **more):
    """A bill as settled."""
    return {
        "household_id": household,
        "person_id": person,
        "compliant_own_fen": own,
        "occurred_day": day,
        **REQUIRED["medical_bill"],
        **more,
    }


def spending(amount, is_compliant, *, day=DAY - 10, household="h", **more):
    """Other rigid spending."""
    return {
        "household_id": household,
        "amount_fen": amount,
        "is_compliant": is_compliant,
        "occurred_day": day,
        **REQUIRED["rigid_spending"],
        **more,
    }


def accounts(
    snapshots=(),
    bills=(),
    spent=(),
    *,
    members=2,
    line_fen=LINE_FEN,
    kept=KEPT,
    people=None,
    **more,
):
    """Account of each household, as plain values."""
    people = {"p": "h", "q": "other"} if people is None else people
    said = [
        {"person_id": person, "household_id": home, "occurred_day": 0}
        for person, home in people.items()
    ]
    tables = {
        "household_snapshot": list(snapshots),
        "medical_bill": list(bills),
        "rigid_spending": list(spent),
    }
    known = H.known(DAY, members=said, **{name: tables[name] for name in kept}, **more)
    facts = facts_of(known)
    homes = sorted(set(facts.numbers["current_household_id"].to_list()))
    frame = pl.DataFrame(
        {
            "household_id": homes,
            "context_place": ["C"] * len(homes),
            "members": [members] * len(homes),
        },
        schema_overrides={"members": pl.Int64},
    )
    lines = pl.DataFrame(
        {"context_place": ["C"], "line_e4": [None if line_fen is None else line_fen * 10_000]},
        schema={"context_place": pl.String, "line_e4": pl.Int64},
    )
    found = register_account(
        facts,
        nw.from_native(frame, eager_only=True),
        nw.from_native(lines, eager_only=True),
        line="line",
    )
    return {row.pop("household_id"): row for row in found.to_native().iter_rows(named=True)}


def of_one(*args, **more):
    """Account of household h."""
    return accounts(*args, **more)["h"]


def test_income_is_the_newest_that_was_written_down():
    """A later snapshot without an income does not hide it; its day stands beside it."""
    rows = [
        snapshot(income=500_000, day=DAY - 400),
        snapshot(income=900_000, day=DAY - 100),
        snapshot(income=None, day=DAY - 5),
    ]
    found = of_one(rows)
    assert (found["income_per_head_fen"], found["income_day"]) == (900_000, DAY - 100)
    assert (found["income_to_line_e4"], found["is_below_line"]) == (15_000, False)


def test_who_has_no_income_on_record_has_no_account():
    """Not known, and neither below the line nor above it."""
    found = of_one([snapshot()])
    nothing = ("income_day", "income_per_head_fen", "income_to_line_e4", "after_rigid_to_line_e4")
    assert [found[name] for name in nothing] == [None] * 4
    assert (found["is_below_line"], found["is_below_line_after_rigid"]) == (None, None)
    assert (found["own_cost_12m_fen"], found["n_costs_not_known"]) == (0, 0)


@pytest.mark.parametrize(
    ("income", "expected"),
    [(599_999, (9_999, True)), (600_000, (10_000, False)), (600_001, (10_000, False))],
)
def test_on_the_line_is_not_below_it(income, expected):
    """A fen decides, exactly; ratios are rounded down."""
    found = of_one([snapshot(income=income)])
    assert (found["income_to_line_e4"], found["is_below_line"]) == expected


def test_a_loss_is_below_the_line():
    """A farm's bad year: rounded down below zero too."""
    found = of_one([snapshot(income=-1)])
    assert (found["income_to_line_e4"], found["is_below_line"]) == (-1, True)


def test_without_a_line_nothing_is_compared():
    """The amounts stay; the ratios are not known."""
    found = of_one([snapshot(income=1)], [bill(5)], line_fen=None)
    assert (found["income_per_head_fen"], found["own_cost_12m_fen"]) == (1, 5)
    assert [found[n] for n in ("income_to_line_e4", "after_rigid_to_line_e4")] == [None, None]
    assert [found[n] for n in ("is_below_line", "is_below_line_after_rigid")] == [None, None]


def test_own_cost_is_that_of_twelve_months_and_of_what_is_compliant():
    """From the day after the same day last year up to the day; the rest is left out."""
    year_ago = day_number(add_months(AS_OF, -12))
    found = of_one(
        [snapshot(income=700_000)],
        [bill(10, day=year_ago), bill(100, day=year_ago + 1), bill(1_000, day=DAY)],
        [spending(20_000, True), spending(7, False), spending(5, True, day=year_ago)],
    )
    assert found["own_cost_12m_fen"] == 21_100
    # two persons with 1,400,000 together, less 21,100, over a line of 1,200,000
    assert found["after_rigid_to_line_e4"] == 1_378_900 * 10_000 // 1_200_000


def test_own_cost_can_bring_a_household_below_the_line():
    """Of 1,300,000 together a bill of 100,000 leaves the line, and a fen more is below it."""
    at, below = (of_one([snapshot(income=650_000)], [bill(cost)]) for cost in (100_000, 100_001))
    assert (at["is_below_line"], at["is_below_line_after_rigid"]) == (False, False)
    assert (below["is_below_line"], below["is_below_line_after_rigid"]) == (False, True)
    assert (at["after_rigid_to_line_e4"], below["after_rigid_to_line_e4"]) == (10_000, 9_999)


def test_a_cost_that_is_not_known_leaves_it_open_unless_the_rest_is_enough():
    """Kleene: more cost can only be further below."""
    rows = [snapshot(income=650_000)]
    is_open = of_one(rows, [bill(100_000), bill(None)])
    assert (is_open["own_cost_known_fen"], is_open["n_costs_not_known"]) == (100_000, 1)
    assert is_open["own_cost_12m_fen"] is None
    assert is_open["after_rigid_to_line_e4"] is None
    assert is_open["is_below_line_after_rigid"] is None
    enough = of_one(rows, [bill(100_001), bill(None)])
    assert enough["is_below_line_after_rigid"] is True
    unmarked = of_one(rows, (), [spending(1, None)])
    assert (unmarked["n_costs_not_known"], unmarked["is_below_line_after_rigid"]) == (1, None)


@pytest.mark.parametrize("missing", ["medical_bill", "rigid_spending"])
def test_a_table_that_is_not_kept_is_cost_that_is_not_known(missing):
    """Nothing is taken for nought."""
    found = of_one([snapshot(income=650_000)], kept=[name for name in KEPT if name != missing])
    assert (found["n_costs_not_known"], found["own_cost_12m_fen"]) == (1, None)
    assert (found["is_below_line"], found["is_below_line_after_rigid"]) == (False, None)


def test_cost_follows_the_person():
    """A bill counts where the person is on the day, whatever the office wrote."""
    said = [
        {"person_id": "p", "household_id": "h", "occurred_day": 0},
        {"person_id": "p", "household_id": "other", "occurred_day": DAY - 5},
    ]
    known = H.known(
        DAY,
        members=said,
        household_snapshot=[snapshot(income=1), snapshot("other", income=1)],
        medical_bill=[bill(77, household="h")],
        rigid_spending=[],
    )
    facts = facts_of(known)
    frame = pl.DataFrame(
        {"household_id": ["h", "other"], "context_place": ["C", "C"], "members": [1, 1]}
    )
    lines = pl.DataFrame({"context_place": ["C"], "line_e4": [LINE_FEN * 10_000]})
    found = register_account(
        facts,
        nw.from_native(frame, eager_only=True),
        nw.from_native(lines, eager_only=True),
        line="line",
    )
    assert dict(found.select("household_id", "own_cost_12m_fen").iter_rows()) == {
        "h": 0,
        "other": 77,
    }


def test_a_renumbered_household_keeps_income_and_cost():
    """All of it stands under the new number."""
    changes = [
        {
            "household_id": "h",
            "other_household_id": "new",
            "change": "renumbered",
            "occurred_day": DAY - 1,
        }
    ]
    found = accounts([snapshot(income=700_000)], [bill(5)], [spending(6, True)], changes=changes)
    assert (found["new"]["income_per_head_fen"], found["new"]["own_cost_12m_fen"]) == (700_000, 11)


def test_amounts_that_leave_the_scale_are_capped_and_compared_exactly():
    """The largest that the contracts allow: sixty members with a hundred million yuan each."""
    found = of_one([snapshot(income=10_000_000_000)], members=60)
    assert found["is_below_line_after_rigid"] is False
    assert found["after_rigid_to_line_e4"] > 10_000
    poor = of_one([snapshot(income=-1_000_000_000)], members=60)
    assert (poor["is_below_line_after_rigid"], poor["after_rigid_to_line_e4"] < 0) == (True, True)


AMOUNTS = st.integers(0, 400_000) | st.none()


@settings(max_examples=60, deadline=None)
@given(
    income=st.integers(-300_000, 1_500_000) | st.none(),
    members=st.integers(1, 7),
    bills=st.lists(st.tuples(AMOUNTS, st.integers(0, 500)), max_size=5),
    spent=st.lists(
        st.tuples(
            st.integers(0, 300_000), st.sampled_from([True, False, None]), st.integers(0, 500)
        ),
        max_size=4,
    ),
)
def test_the_account_is_that_of_fractions(income, members, bills, spent):
    """A second implementation with fractions and loops."""
    found = of_one(
        [snapshot(income=income)],
        [bill(own, day=DAY - ago) for own, ago in bills],
        [spending(amount, marked, day=DAY - ago) for amount, marked, ago in spent],
        members=members,
    )
    year_ago = add_months(AS_OF, -12)
    cost, unknown = 0, 0
    for own, ago in bills:
        if day_of(DAY - ago) > year_ago:
            cost, unknown = cost + (own or 0), unknown + (own is None)
    for amount, marked, ago in spent:
        if day_of(DAY - ago) > year_ago:
            cost += amount if marked else 0
            unknown += marked is None
    assert (found["own_cost_known_fen"], found["n_costs_not_known"]) == (cost, unknown)
    if income is None:
        assert found["is_below_line_after_rigid"] is None
        return
    left = Fraction(income * members - cost, members)
    if unknown == 0:
        assert found["after_rigid_to_line_e4"] == left * 10_000 // LINE_FEN
    is_below = True if left < LINE_FEN else (None if unknown else False)
    assert found["is_below_line_after_rigid"] is is_below
    assert found["is_below_line"] is (income < LINE_FEN)
