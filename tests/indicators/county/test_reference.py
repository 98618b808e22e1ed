"""Every column over a county's records equals a slow second implementation without frames."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fanpin_risk.indicators.catalogue import COUNTY, columns_of

NAMES = [column.name for column in columns_of(COUNTY)]


def everybody(tables):
    """Every household number that a snapshot names, and one that nobody ever wrote."""
    return sorted({row["household_id"] for row in tables["household_snapshot"]} | {"nobody"})


def test_the_reference_knows_every_column(made, reference):
    """A new indicator needs a second, obvious definition beside its first."""
    tables, as_of = made.random_county(0)
    (found,) = reference.columns(tables, as_of, made.LINES, ["nobody"]).values()
    assert set(found) == set(NAMES)


def compared(made, reference, columns_of_county, seed):
    """Columns of a random county, which equal the reference."""
    tables, as_of = made.random_county(seed)
    households = everybody(tables)
    expected = reference.columns(tables, as_of, made.LINES, households)
    found = columns_of_county(tables, as_of, households)
    assert found["household_id"].to_list() == households
    for name in NAMES:
        assert found[name].to_list() == [expected[h][name] for h in households], name
    return found


@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(100, 2**32 - 1))
def test_every_column_equals_the_reference(made, reference, columns_of_county, seed):
    """Late entries, corrections, withdrawals, moves, gaps, tables not kept: equal to the bit."""
    compared(made, reference, columns_of_county, seed)


def test_the_comparison_reaches_every_column(made, reference, columns_of_county):
    """It is worth something: each column takes several values, and null, on one county or other."""
    seen = {name: set() for name in NAMES}
    for seed in range(12):
        found = compared(made, reference, columns_of_county, seed)
        for name in NAMES:
            seen[name] |= set(found[name].to_list())
    assert {name for name, values in seen.items() if len(values - {None}) < 2} == set()
    assert {name for name, values in seen.items() if None not in values} == set()


@pytest.mark.parametrize("broken", ["own_fen", "wage_fen", "amount_fen"])
def test_a_wrong_value_is_noticed(made, reference, columns_of_county, broken):
    """The comparison can fail: one fen more on every row, and columns differ."""
    tables, as_of = made.random_county(3)
    dearer = {
        name: [row | {broken: row[broken] + 1} if row.get(broken) else row for row in rows]
        for name, rows in tables.items()
    }
    households = everybody(tables)
    expected = reference.columns(tables, as_of, made.LINES, households)
    found = columns_of_county(dearer, as_of, households)
    assert any(found[n].to_list() != [expected[h][n] for h in households] for n in NAMES)
