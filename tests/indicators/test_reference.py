"""Every column over a survey equals a slow second implementation without frames."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fanpin_risk.indicators.catalogue import SURVEY, columns_of
from fanpin_risk.indicators.income import LEVEL

NAMES = [column.name for column in columns_of(SURVEY)]


def test_the_reference_knows_every_column(reference):
    """A new indicator needs a second, obvious definition beside its first."""
    assert reference.column_names() == set(NAMES)


@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32 - 1), quarter=st.integers(3, 11))
def test_every_column_equals_the_reference(
    small, reference, feature_table, multiples, seed, quarter
):
    """Gaps, late entries, corrections, withdrawals, moves and missing values: equal to the bit."""
    visits, medians = small.random_panel(seed)
    as_of = small.QUARTER_ENDS[quarter]
    everybody = sorted({v["household_id"] for v in visits})
    expected = reference.indicators(visits, medians, as_of, everybody, multiples)
    found = feature_table(small.records(visits, medians), as_of, everybody)
    assert found["household_id"].to_list() == everybody
    for name in NAMES:
        assert found[name].to_list() == [expected[h][name] for h in everybody], name


def test_the_random_panels_reach_every_column(small, feature_table):
    """The comparison is worth something: each column takes several values, and null, somewhere."""
    seen = {name: set() for name in NAMES}
    for seed in range(2):
        visits, medians = small.random_panel(seed)
        everybody = sorted({v["household_id"] for v in visits})
        records = small.records(visits, medians)
        for day in (small.QUARTER_ENDS[3], small.QUARTER_ENDS[8], small.QUARTER_ENDS[11]):
            found = feature_table(records, day, everybody)
            for name in NAMES:
                seen[name] |= set(found[name].to_list())
    assert {name for name, values in seen.items() if len(values - {None}) < 2} == set()
    assert {name for name, values in seen.items() if None not in values} == set()


@pytest.mark.parametrize(
    ("days_ago", "weight"),
    [(45, 8), (46, 6), (136, 6), (137, 4), (228, 4), (229, 2), (410, 2), (411, 1), (3_000, 1)],
)
def test_older_visits_weigh_less(small, feature_table, days_ago, weight):
    """By hand: 1 today with weight 8, and 2 so many days ago; each step ends on its last day."""
    as_of = date(2011, 3, 31)
    before = as_of - timedelta(days=days_ago)
    visits = [
        small.visit("h1", as_of, total_minor=600),
        small.visit("h1", before, total_minor=1_200),
    ]
    medians = [small.median(day, 1_000) for day in (as_of, before)]
    found = feature_table(small.records(visits, medians), as_of, catalogue=LEVEL)
    mean = (8 * 1 + weight * 2) / (8 + weight)
    assert found["income_to_line_weighted_mean"].to_list() == [mean]
