"""Who is able and fit, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import begin, county

from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.kinds import Job
from fanpin_risk.simulate.county.labour import (
    at_ages,
    growth,
    has_any,
    is_at_home,
    is_fit,
    members,
)


def test_able_are_those_of_age_out_of_school_and_not_gravely_disabled():
    """Both ends of the ages belong to it; levels 1 and 2 do not."""
    ages = [15, 16, 40, 40, 40, 40, 69, 70]
    state = county(1, [(age, False) for age in ages], month=0)
    state.people.school_year[2] = 12
    state.people.disability_level[3:6] = [1, 2, 3]
    month = begin(state)
    able = able_adults(state.people, month.month, (16, 69))
    assert able.tolist() == [False, True, False, False, False, True, True, False]
    state.people.is_here[1] = False
    assert not able_adults(state.people, month.month, (16, 69))[1]


def test_fit_again_in_the_month_after_the_last_unfit_one():
    """The written month itself is still one of illness; care counts like illness."""
    state = county(1, [(40, False)] * 3)
    state.people.unfit_until[:] = [4, -10_000, 6]
    state.people.carer_until[1] = 5
    month = begin(state, 5)
    assert is_fit(state, month).tolist() == [True, False, False]
    assert is_fit(state, month, months_ahead=2).tolist() == [True, True, True]


def test_members_who_work_away_belong_to_the_household_and_the_gone_do_not():
    """Counts by household, households without anybody included."""
    state = county(3)
    state.people.job[0] = Job.MIGRANT
    state.people.is_here[4:] = False
    assert members(state).tolist() == [2, 2, 0]
    assert is_at_home(state).tolist() == [False, True, True, True, True, True]
    assert has_any(state, state.people.job == Job.MIGRANT).tolist() == [True, False, False]


@pytest.mark.parametrize(("month", "factor"), [(0, 1.0), (12, 1.1), (-12, 1 / 1.1), (24, 1.21)])
def test_growth_is_compound(month, factor):
    """A year on, a year back."""
    assert growth(begin(county(1), month), 0.1) == pytest.approx(factor)


def test_values_at_ages_lie_on_straight_lines():
    """And stay level outside."""
    state = county(1, [(10, False), (25, False), (35, False), (90, False)], month=0)
    found = at_ages(state, begin(state), (20.0, 30.0, 40.0), (0.0, 1.0, 0.5))
    assert np.allclose(found, [0.0, 0.5, 0.75, 0.5])
