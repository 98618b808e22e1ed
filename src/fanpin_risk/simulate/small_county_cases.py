"""Households of the small county that come to be listed: why, when, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from fanpin_risk.simulate.small_county_households import Calendar, Household
from fanpin_risk.simulate.small_county_people import (
    Draws,
    Person,
    export_day,
    export_year,
    works_in,
)

_SHARE_OF_HOUSEHOLDS = 0.14
_OFTENER = {"illness": 12, "schooling": 5, "disability": 5}
_SUDDEN = ("disaster", "accident", "failed_business")
_DAYS_LISTED = 200
"""More than six months: nobody is taken off the list sooner."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One household's way onto the list and, for some, off it again."""

    causes: tuple[str, ...]
    monitored_type: str
    began_on: date
    clue_on: date
    verified_on: date
    listed_on: date
    exited_on: date | None
    exit_way: str | None
    shock_kind: str | None
    disaster_kind: str | None
    loss_fen: int
    job_loser: Person | None
    uninsured: Person | None

    def is_listed_on(self, day: date) -> bool:
        """Whether the household has been listed by then, eliminated or not."""
        return self.listed_on <= day

    def is_eliminated_on(self, day: date) -> bool:
        """Whether the risk has been marked as eliminated by then."""
        return self.exited_on is not None and self.exited_on <= day

    def is_open_on(self, day: date) -> bool:
        """Whether the household is listed and its risk not eliminated."""
        return self.is_listed_on(day) and not self.is_eliminated_on(day)


def plain_day(day: date) -> date:
    """Keep off the first day of a month, which stands for the whole month in the national export.

    Examples
    --------
    >>> plain_day(date(2022, 9, 1)), plain_day(date(2022, 9, 2))
    (datetime.date(2022, 9, 2), datetime.date(2022, 9, 2))
    """
    return day + timedelta(days=1) if day.day == 1 else day


def case_of(draws: Draws, household: Household, calendar: Calendar) -> Case | None:
    """Draw whether a household gets into trouble, from causes that its facts allow."""
    n_days = (calendar.last_day - calendar.first_day).days
    if n_days < 180 or not draws.chance(_SHARE_OF_HOUSEHOLDS):
        return None
    began_on = plain_day(calendar.first_day + timedelta(days=draws.whole(100, n_days - 60)))
    clue_on = began_on + timedelta(days=draws.whole(3, 15))
    verified_on = clue_on + timedelta(days=draws.whole(1, 5))
    listed_on = plain_day(verified_on + timedelta(days=draws.whole(6, 9)))
    if household.has_weak_labour_only(listed_on) or not _is_same_year(began_on, listed_on):
        return None
    possible = possible_causes(household, calendar, listed_on)
    causes = tuple(dict.fromkeys(draws.pick(possible) for _ in range(draws.pick((1, 1, 2)))))
    exited_on = _exited_on(draws, household, calendar, listed_on)
    sudden = [cause for cause in causes if cause in _SUDDEN]
    return Case(
        causes=causes,
        monitored_type=_monitored_type(household, is_sudden=bool(sudden)),
        began_on=began_on,
        clue_on=clue_on,
        verified_on=verified_on,
        listed_on=listed_on,
        exited_on=exited_on,
        exit_way=None if exited_on is None else draws.pick(("by_help", "by_help", "natural")),
        shock_kind=_shock_kind(draws, sudden),
        disaster_kind=draws.pick(("flood", "drought", "weather")) if "disaster" in causes else None,
        loss_fen=draws.whole(30, 400) * 100_00,
        job_loser=_job_loser(household, listed_on) if "unstable_work" in causes else None,
        uninsured=household.people[-1] if "illness" in causes and draws.chance(0.5) else None,
    )


def _is_same_year(began_on: date, listed_on: date) -> bool:
    """Whether no national export falls between the beginning and the listing."""
    return export_year(began_on) == export_year(listed_on)


def _monitored_type(household: Household, *, is_sudden: bool) -> str:
    """Type on the register that fits the household."""
    if is_sudden:
        return "sudden"
    return "unstable" if household.household_type == "out_of_poverty" else "marginal"


def _shock_kind(draws: Draws, sudden: list[str]) -> str | None:
    """Return what hit the household, where something did."""
    if not sudden:
        return None
    if sudden[0] == "failed_business":
        return draws.pick(("failed_crop", "failed_livestock", "failed_business", "price_fall"))
    return sudden[0]


def _exited_on(
    draws: Draws, household: Household, calendar: Calendar, listed_on: date
) -> date | None:
    """Day of elimination: after more than six months, and only where somebody can work."""
    exited_on = plain_day(listed_on + timedelta(days=draws.whole(_DAYS_LISTED, 2 * _DAYS_LISTED)))
    if exited_on > calendar.last_day or not draws.chance(0.6):
        return None
    last = export_day(calendar.last_day.year)
    can_work = household.can_work(exited_on) and household.can_work(last)
    return exited_on if can_work else None


def possible_causes(household: Household, calendar: Calendar, day: date) -> list[str]:
    """Causes that the household's facts allow on a day; illness leads, as in practice."""
    found = [cause for cause, is_so in _CAUSES.items() if is_so(household, calendar, day)]
    return [cause for cause in found for _ in range(_OFTENER.get(cause, 1))]


def _has_illness(household: Household, calendar: Calendar, day: date) -> bool:
    """Whether somebody is ill for long."""
    return any(p.is_chronically_ill or p.is_seriously_ill for p in household.people)


def _has_disability(household: Household, calendar: Calendar, day: date) -> bool:
    """Whether somebody is disabled, by the last national export too."""
    return any(p.state(day).is_disabled for p in household.people)


def _has_student(household: Household, calendar: Calendar, day: date) -> bool:
    """Whether somebody attends a school that costs a lot."""
    stages = ("senior", "vocational", "higher", "bachelor")
    return any((p.state(day).school_state or "").startswith(stages) for p in household.people)


def _has_unstable_work(household: Household, calendar: Calendar, day: date) -> bool:
    """Whether somebody has a job that can be lost."""
    return _job_loser(household, day) is not None


def _lacks_labour(household: Household, calendar: Calendar, day: date) -> bool:
    """Whether few enough can work, from the listing on: a quarter, or half of four or more."""
    n_people = len(household.people)
    share = 2 if n_people >= 4 else 4
    years = range(export_year(day), calendar.last_day.year + 1)
    return all(
        share * sum(p.years[y].labour_skill not in ("none", "lost") for p in household.people)
        <= n_people
        for y in years
    )


def _has_land(household: Household, calendar: Calendar, day: date) -> bool:
    """Whether there is land on which something can fail."""
    return household.farmland_mu_x100 > 0


def _always(household: Household, calendar: Calendar, day: date) -> bool:
    """Say that it can happen to anybody."""
    return True


def _job_loser(household: Household, day: date) -> Person | None:
    """Return a worker who has a job to lose in the weeks before: no public post, not a new one."""
    weeks_before = day - timedelta(days=31)
    for person in household.workers(day):
        is_old_hand = person.years[export_year(day) - 1].can_work
        is_at_work = works_in(person, day) and works_in(person, weeks_before)
        is_own = person.job is not None and person.job.public_post is None
        if is_old_hand and is_at_work and is_own:
            return person
    return None


_CAUSES: dict[str, Callable[[Household, Calendar, date], bool]] = {
    "illness": _has_illness,
    "disability": _has_disability,
    "schooling": _has_student,
    "disaster": _always,
    "accident": _always,
    "failed_business": _has_land,
    "unstable_work": _has_unstable_work,
    "lack_of_labour": _lacks_labour,
    "unsafe_housing": _always,
    "unsafe_water": _always,
}
