"""People of the small county: who they are, and their age, school, labour and work by year."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TypeVar

import numpy as np

AREA = "230199"
"""Area code of the synthetic identity numbers. It does not exist, so no living person has one."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_LETTERS = "10X98765432"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰凤洁梅琳"
_SIBLINGS_A_DAY = 499

_EXPORT_MONTH, _EXPORT_DAY = 10, 1
"""The first day after a collection year has closed (policy notes, section 19). Ages, schools and
labour change once a year, on this day."""
_LAST_MONTH_OF_SCHOOL_YEAR = 9

Item = TypeVar("Item")


class Draws:
    """Plain random draws from one generator; quick for one value at a time."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed).random
        self._normal = np.random.default_rng([seed, 1]).standard_normal

    def chance(self, share: float) -> bool:
        """Whether something with this probability happens."""
        return bool(self._random() < share)

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[int(self._random() * len(items))]

    def around(self, middle: int, spread: float) -> int:
        """Return a positive whole number, log-normal with this median."""
        return max(1, round(middle * float(np.exp(spread * self._normal()))))


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that a person takes up each year, from a month of it to the end of another."""

    work_place: str
    work_place_kind: str
    employer_kind: str
    job_channel: str
    public_post: str | None
    wage_fen: int
    first_month: int
    last_month: int


@dataclass(frozen=True, kw_only=True)
class YearState:
    """What holds of a person from one national export to the next; age in completed years."""

    age: int
    school_state: str | None
    education: str | None
    is_disabled: bool
    labour_skill: str

    @property
    def can_work(self) -> bool:
        """Whether the person counts as ordinary or skilled labour."""
        return self.labour_skill in ("ordinary", "skilled")


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person. ``years`` holds the state by the year of the national export."""

    identity: str
    name: str
    relation: str
    sex: str
    born_on: date
    ethnicity: str
    is_chronically_ill: bool
    is_seriously_ill: bool
    disability_kind: str | None
    disability_level: int | None
    certified_on: date | None
    job: Job | None
    has_pension_cover: bool
    years: dict[int, YearState]

    def state(self, day: date) -> YearState:
        """Return the state that holds on a day."""
        return self.years[export_year(day)]


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What a person is like, apart from age."""

    track: str
    adult_education: str
    is_skilled: bool
    is_strong: bool
    is_chronically_ill: bool
    is_seriously_ill: bool
    disability_kind: str | None
    disability_level: int | None


_CARD_KINDS = ("", "sight", "hearing", "speech", "limb", "intellectual", "mental", "multiple")


def card_number(person: Person) -> str | None:
    """Number of the disability card: identity number, kind and level; None for the others."""
    if person.disability_kind is None or person.disability_level is None:
        return None
    kind = _CARD_KINDS.index(person.disability_kind)
    return f"{person.identity}{kind}{person.disability_level}"


@cache
def export_day(year: int) -> date:
    """Day of a year's national export: the collection year has closed the day before."""
    return date(year, _EXPORT_MONTH, _EXPORT_DAY)


def export_year(day: date) -> int:
    """Year of the last national export up to a day, that day included.

    Examples
    --------
    >>> export_year(date(2022, 9, 30)), export_year(date(2022, 10, 1))
    (2021, 2022)
    """
    return day.year if day >= export_day(day.year) else day.year - 1


def check_letter(first: str) -> str:
    """Last letter of an identity number, from its first 17 digits (GB 11643-1999).

    Examples
    --------
    >>> check_letter("11010519491231002")
    'X'
    """
    weighted = sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True))
    return _CHECK_LETTERS[weighted % 11]


class Identities:
    """Unique synthetic identity numbers: counted up by day of birth and sex."""

    def __init__(self) -> None:
        self._given: dict[tuple[date, str], int] = {}

    def next(self, born_on: date, sex: str) -> str:
        """Return the next number of a day of birth and sex.

        Raises
        ------
        ValueError
            If the numbers of that day are used up: the county is too large.
        """
        n = self._given.get((born_on, sex), 0)
        if n > _SIBLINGS_A_DAY:
            raise ValueError(f"too many births on {born_on}. Ask for fewer households.")
        self._given[(born_on, sex)] = n + 1
        sequence = 2 * n + (1 if sex == "male" else 0)
        first = f"{AREA}{born_on:%Y%m%d}{sequence:03d}"
        return first + check_letter(first)


def age_on(born_on: date, day: date) -> int:
    """Completed years of age.

    Examples
    --------
    >>> age_on(date(2000, 10, 1), date(2020, 9, 30))
    19
    """
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (not had_birthday)


def born_at_age(draws: Draws, age: int, year: int) -> date:
    """Return a random day of birth of somebody of that age on a year's day of export."""
    last = export_day(year).replace(year=year - age)
    return last - timedelta(days=draws.whole(0, 364))


def name_of(draws: Draws) -> str:
    """Return a name such as 张伟; it belongs to nobody."""
    given = draws.pick(_GIVEN) + (draws.pick(_GIVEN) if draws.chance(0.4) else "")
    return draws.pick(_SURNAMES) + given


def traits_of(draws: Draws, *, age: int, ages_past_work: bool) -> Traits:
    """Draw what a person is like; ``ages_past_work`` tells who turns 60 before the end."""
    is_old, is_grown = age >= 60, age >= 16
    is_chronic = is_grown and draws.chance(0.30 if is_old else 0.08)
    is_serious = is_grown and draws.chance(0.04 if is_old else 0.012)
    kind, level = None, None
    if draws.chance(0.08 if is_old else 0.025):
        kind = draws.pick(("limb", "limb", "sight", "hearing", "mental", "intellectual"))
        level = draws.whole(1, 4)
    is_fit = not (is_serious or kind) and not ages_past_work
    track = _track(draws, age=age, is_fit=is_fit)
    return Traits(
        track=track,
        adult_education=_adult_education(draws, age=age, may_be_college=is_fit),
        is_skilled=is_fit and track != "leave" and draws.chance(0.12),
        is_strong=draws.chance(0.5),
        is_chronically_ill=is_chronic,
        is_seriously_ill=is_serious,
        disability_kind=kind,
        disability_level=level,
    )


def _track(draws: Draws, *, age: int, is_fit: bool) -> str:
    """How far a young person goes to school; the others have left it."""
    if age >= 22:
        return "adult"
    if not is_fit:
        return draws.pick(("leave", "vocational"))
    return draws.pick(("leave", "vocational", "higher_vocational", "higher_vocational", "bachelor"))


def _adult_education(draws: Draws, *, age: int, may_be_college: bool) -> str:
    """Education of somebody who has left school; nobody of 16 to 22 has primary school alone."""
    if age >= 60:
        return draws.pick(("none", "none", "primary", "primary", "junior"))
    if age >= 45:
        return draws.pick(("primary", "primary", "junior", "junior", "junior", "senior"))
    high = draws.pick(("college", "university")) if may_be_college else "senior"
    return draws.pick(("junior", "junior", "junior", "junior", "senior", "senior", "senior", high))


_LAST_SCHOOL_AGE = {"leave": 15, "vocational": 17, "higher_vocational": 20, "bachelor": 21}
_EDUCATION_AFTER = {
    "leave": "junior",
    "vocational": "senior",
    "higher_vocational": "college",
    "bachelor": "university",
}


def school_state(age: int, track: str) -> str | None:
    """School attended at an age, or None for those who have left it.

    Examples
    --------
    >>> school_state(16, "leave"), school_state(16, "bachelor"), school_state(19, "bachelor")
    (None, 'senior_2', 'bachelor_2')
    """
    if age > _LAST_SCHOOL_AGE.get(track, 14):
        return None
    for oldest, state in ((2, "preschool_age"), (5, "kindergarten"), (11, "primary")):
        if age <= oldest:
            return state
    if age <= 14:
        return f"grade_{age - 5}"
    if age <= 17:
        return f"{'senior' if track == 'bachelor' else 'vocational'}_{age - 14}"
    return f"{track}_{age - 17}"


def year_state(traits: Traits, *, age: int, is_disabled: bool) -> YearState:
    """Return what holds of a person of that age: exactly one of school and education is filled."""
    school = school_state(age, traits.track)
    education = None if school else _EDUCATION_AFTER.get(traits.track, traits.adult_education)
    return YearState(
        age=age,
        school_state=school,
        education=education,
        is_disabled=is_disabled,
        labour_skill=_labour(
            traits, age=age, in_school=school is not None, is_disabled=is_disabled
        ),
    )


def _labour(traits: Traits, *, age: int, in_school: bool, is_disabled: bool) -> str:
    """Labour capacity that fits age, school and health."""
    if age < 16 or in_school:
        return "none"
    is_severe = is_disabled and traits.disability_level in (1, 2)
    if is_severe or age >= 80:
        return "lost"
    if traits.is_seriously_ill or age >= 70 or (age >= 60 and not traits.is_strong):
        return "weak"
    return "skilled" if traits.is_skilled else "ordinary"


_AWAY = (
    ("松江县", "county", 3_000_00),
    ("哈尔滨市", "province", 3_800_00),
    ("沈阳市", "outside", 4_300_00),
    ("天津市", "outside", 4_800_00),
    ("青岛市", "outside", 4_600_00),
)
_BRANCHES = ("建筑业", "制造业", "餐饮服务", "物流运输", "家政服务", "批发零售")


def job_of(draws: Draws, traits: Traits, *, is_sure: bool) -> Job | None:
    """Draw a job; ``is_sure`` for the skilled and those from college, who always work."""
    if not is_sure and draws.chance(0.3):
        return None
    if not is_sure and draws.chance(0.08):
        post = draws.pick(("forest_ranger", "cleaner", "road", "water", "care"))
        return Job(
            work_place="示例县",
            work_place_kind="village",
            employer_kind="公益性岗位",
            job_channel="public_post",
            public_post=post,
            wage_fen=draws.whole(5, 8) * 100_00,
            first_month=1,
            last_month=12,
        )
    place, kind, wage = draws.pick(_AWAY)
    return Job(
        work_place=place,
        work_place_kind=kind,
        employer_kind=draws.pick(_BRANCHES),
        job_channel=draws.pick(("own", "own", "organised", "relatives")),
        public_post=None,
        wage_fen=draws.around(wage // 100_00, 0.2) * 100_00,
        first_month=draws.pick((1, 2, 3)),
        last_month=draws.pick((11, 12, 12)),
    )


@cache
def month_end(month: date) -> date:
    """Last day of a month.

    Examples
    --------
    >>> month_end(date(2024, 2, 1))
    datetime.date(2024, 2, 29)
    """
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def works_in(person: Person, day: date) -> bool:
    """Whether a person's job and age let them work in the month of a day.

    Who leaves school grown up begins in the month before the export, the young in that of the
    export, so that nobody works before the sixteenth birthday.
    """
    job = person.job
    if job is None or not job.first_month <= day.month <= job.last_month:
        return False
    state = person.years[export_year(day.replace(day=1))]
    if day.month == _LAST_MONTH_OF_SCHOOL_YEAR:
        next_state = person.years[day.year]
        state = next_state if next_state.age >= 18 else state
    return state.can_work
