"""What became of them: yes, no, or not knowable."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import TimeOrderError
from fanpin_risk.household.account import household_account
from fanpin_risk.outcomes.cohort import CohortSettings, cohort
from fanpin_risk.outcomes.label import outcome_known_on, status_at_horizon
from fanpin_risk.records.timeline import known_as_of

SMALL = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parents[1] / "reference" / "small_records.py"))
)
AS_OF, LATER = date(2010, 6, 30), date(2011, 6, 30)
YEAR = CohortSettings(horizon_months=12)


def evaluated(visits, on=LATER, *, as_of=AS_OF):
    """Account, records and outcomes of a cohort, with a line of 100 on every day."""
    known = known_as_of(SMALL.records(visits), on)
    days = [day_number(day) for day in SMALL.QUARTER_ENDS]
    lines = pl.DataFrame(
        {"context_place": ["C1"] * 12, "occurred_day": days, "line_e4": [1_000_000] * 12},
        schema={"context_place": pl.String(), "occurred_day": pl.Int32(), "line_e4": pl.Int64()},
    )
    account = household_account(known, nw.from_native(lines, eager_only=True), line="line")
    return account, status_at_horizon(account, known, as_of, YEAR)


def answers(visits, on=LATER):
    """Outcome by household, as found on a day."""
    _, found = evaluated(visits, on)
    return dict(found.select("household_id", "is_below_line_later").iter_rows())


def both(household, later_minor, **later):
    """Visits on the day and a year later."""
    return [
        SMALL.visit(household, AS_OF, total_minor=150),
        SMALL.visit(household, LATER, total_minor=later_minor, **later),
    ]


def test_below_on_the_later_visit_is_yes_and_on_the_line_is_no():
    """A status at the horizon, by the same exact comparison."""
    assert answers([*both("fell", 99), *both("on the line", 100)]) == {
        "fell": True,
        "on the line": False,
    }


def test_not_seen_is_never_no():
    """Who was not seen later is in the cohort and not among the answers: not knowable."""
    visits = [*both("seen", 120), SMALL.visit("not seen", AS_OF, total_minor=150)]
    account, found = evaluated(visits)
    joined = cohort(account, AS_OF, YEAR).join(found, on="household_id", how="left")
    answer = dict(joined.select("household_id", "is_below_line_later").iter_rows())
    assert answer == {"seen": False, "not seen": None}


def test_seen_without_an_income_is_not_knowable():
    """Null, not no; the two kinds of not knowing can be told apart."""
    assert answers(both("no income", None)) == {"no income": None}
    assert answers(both("no record", 99, without=("income",))) == {"no record": None}


@pytest.mark.parametrize("day", ["2011-03-31", "2011-09-30"])
def test_a_neighbouring_quarter_is_no_outcome(day):
    """Seen a quarter early or late says nothing about the day."""
    visits = [SMALL.visit("h1", AS_OF, total_minor=150), SMALL.visit("h1", day, total_minor=50)]
    assert answers(visits, date(2011, 9, 30)) == {}


def test_a_later_visit_that_was_entered_late_is_unknown_until_then():
    """Known from its entry on."""
    visits = both("h1", 99, recorded_on="2011-08-15")
    assert answers(visits, date(2011, 8, 14)) == {}
    assert answers(visits, date(2011, 8, 15)) == {"h1": True}


def test_a_correction_changes_the_outcome_from_its_day_on():
    """What was believed on a day stays readable."""
    visits = [
        *both("h1", 99),
        SMALL.visit("h1", LATER, version=2, recorded_on="2011-08-15", total_minor=120),
    ]
    assert answers(visits, date(2011, 8, 14)) == {"h1": True}
    assert answers(visits, date(2011, 8, 15)) == {"h1": False}


def test_an_outcome_cannot_be_asked_before_its_day():
    """Both days are named, and the mend."""
    visits = both("h1", 99)
    with pytest.raises(
        TimeOrderError,
        match=r"outcome of 2010-06-30 is known from 2011-06-30 on, not on 2011-06-29\. "
        r"Evaluate later, or ask about an earlier day",
    ):
        evaluated(visits, date(2011, 6, 29))


def test_an_outcome_is_known_from_the_later_visit_on():
    """The day of the later visit itself, by the horizon."""
    assert outcome_known_on(AS_OF, YEAR) == LATER
    assert outcome_known_on(AS_OF, CohortSettings(horizon_months=3)) == date(2010, 9, 30)


def test_how_far_above_or_below_is_there_too():
    """The ratio on the later visit, in ten-thousandths."""
    _, found = evaluated([*both("fell", 99), *both("rose", 250)])
    ratio = dict(found.select("household_id", "income_to_line_later_e4").iter_rows())
    assert ratio == {"fell": 9_900, "rose": 25_000}
