"""Work of the small county's people: months, wages, and spells that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from fanpin_risk.simulate.small_county_cases import Case
from fanpin_risk.simulate.small_county_households import Calendar, Household
from fanpin_risk.simulate.small_county_people import Draws, Job, Person, month_end, works_in

_MONTHS_WITHOUT_WORK = 2


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of work of a person."""

    person: Person
    job: Job
    month: date
    wage_fen: int
    started_on: date
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class Home:
    """A household with what happens to it: its case, if any, its work, its dividends by year."""

    household: Household
    case: Case | None
    work: tuple[Month, ...]
    dividends_fen: dict[int, int]

    def wages_fen(self, first: date, last: date) -> int:
        """Wages of the household in the months from first to last, both included."""
        return sum(m.wage_fen for m in self.work if first <= m.month <= last)

    def months_of(self, person: Person, year: int, until: date) -> list[Month]:
        """Months that a person worked in a year, before a day."""
        return [
            m for m in self.work if m.person is person and m.month.year == year and m.month < until
        ]


@cache
def next_month(month: date) -> date:
    """First day of the month after.

    Examples
    --------
    >>> next_month(date(2022, 12, 1))
    datetime.date(2023, 1, 1)
    """
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def home_of(draws: Draws, household: Household, case: Case | None, calendar: Calendar) -> Home:
    """Put a household and what happens to it together."""
    work: list[Month] = []
    for person in household.people:
        if person.job is not None:
            work += _months(draws, person, person.job, case, calendar)
    has_dividend = household.household_type == "out_of_poverty" and draws.chance(0.3)
    years = range(calendar.opening_year - 1, calendar.last_day.year + 1) if has_dividend else ()
    dividends = {year: draws.whole(3, 9) * 100_00 for year in years}
    return Home(household=household, case=case, work=tuple(work), dividends_fen=dividends)


def _months(
    draws: Draws, person: Person, job: Job, case: Case | None, calendar: Calendar
) -> list[Month]:
    """Months of a person's work, from the collection year before the first day."""
    lost_on = case.began_on if case is not None and case.job_loser is person else None
    found: list[Month] = []
    for spell in _spells(person, calendar, lost_on):
        ends_on = month_end(spell[-1])
        if lost_on is not None and spell[-1] == lost_on.replace(day=1):
            ends_on = lost_on
        for month in spell:
            wage = job.wage_fen
            if job.public_post is None:
                wage = wage * draws.whole(92, 108) // 10_000 * 100
            found.append(
                Month(
                    person=person,
                    job=job,
                    month=month,
                    wage_fen=wage,
                    started_on=spell[0],
                    ends_on=ends_on,
                )
            )
    return found


def _spells(person: Person, calendar: Calendar, lost_on: date | None) -> list[list[date]]:
    """Months of work in a row, each within one calendar year."""
    gap = _gap(lost_on)
    spells: list[list[date]] = []
    month = date(calendar.opening_year - 1, 10, 1)
    is_going_on = False
    while month <= calendar.last_day:
        works = works_in(person, month) and month not in gap
        if works and is_going_on and month.month > 1:
            spells[-1].append(month)
        elif works:
            spells.append([month])
        is_going_on = works
        month = next_month(month)
    return spells


def _gap(lost_on: date | None) -> set[date]:
    """Months without work after a job was lost."""
    found: set[date] = set()
    month = lost_on
    for _ in range(_MONTHS_WITHOUT_WORK):
        if month is not None:
            month = next_month(month)
            found.add(month)
    return found
