"""Households of the small county: families, homes, land and villages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fanpin_risk.simulate.small_county_people import (
    AREA,
    Draws,
    Identities,
    Person,
    Traits,
    born_at_age,
    export_day,
    export_year,
    job_of,
    name_of,
    traits_of,
    year_state,
)

COUNTY = "示例县"
"""Name of the county that does not exist."""

_VILLAGE_NAMES = ("兴旺", "永丰", "平安", "红星", "向阳", "团结", "光明", "新立", "长青", "双河")
_HOUSEHOLDS_A_VILLAGE = 80
_VILLAGES_A_TOWNSHIP = 5
_RETIRING_AGE = 60


@dataclass(frozen=True, kw_only=True)
class Village:
    """An administrative village."""

    code: str
    name: str
    township: str


@dataclass(frozen=True, kw_only=True)
class Household:
    """A household, which keeps its members throughout."""

    household_id: str
    village: Village
    phone: str
    household_type: str
    people: tuple[Person, ...]
    farmland_mu_x100: int
    forest_mu_x100: int
    home_area_m2_x100: int
    rooms: int
    road_distance_m: int
    has_sanitary_toilet: bool
    is_in_cooperative: bool
    is_relocated: bool
    home_grade: str

    def can_work(self, day: date) -> list[Person]:
        """Members who count as ordinary or skilled labour on a day."""
        return [person for person in self.people if person.state(day).can_work]

    def has_no_labour(self, day: date) -> bool:
        """Whether nobody has any labour capacity left, weak labour included."""
        return all(p.state(day).labour_skill in ("none", "lost") for p in self.people)

    def has_weak_labour_only(self, day: date) -> bool:
        """Whether there is weak labour and no other."""
        return not self.can_work(day) and not self.has_no_labour(day)

    def workers(self, day: date) -> list[Person]:
        """Members with a job who can work on a day."""
        return [person for person in self.can_work(day) if person.job is not None]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Days that the county's records cover: from the first to the last, both included."""

    first_day: date
    last_day: date

    @property
    def opening_year(self) -> int:
        """Year of the last national export up to the first day."""
        return export_year(self.first_day)

    def export_days(self) -> list[date]:
        """Days of the national exports, the opening one before the first day among them."""
        years = range(self.opening_year, self.last_day.year + 1)
        return [export_day(year) for year in years if export_day(year) <= self.last_day]

    def months(self) -> list[date]:
        """First days of the months that are wholly covered."""
        found = []
        month = self.first_day.replace(day=1)
        while month <= self.last_day:
            if month >= self.first_day:
                found.append(month)
            month = (month + timedelta(days=32)).replace(day=1)
        return found


def villages_of(n_households: int) -> list[Village]:
    """Enough villages for that many households, two at least."""
    n_villages = max(2, n_households // _HOUSEHOLDS_A_VILLAGE)
    found = []
    for n in range(n_villages):
        township, place = divmod(n, _VILLAGES_A_TOWNSHIP)
        found.append(
            Village(
                code=f"{AREA}{100 + township:03d}{200 + place:03d}",
                name=f"{_VILLAGE_NAMES[n % len(_VILLAGE_NAMES)]}{n // len(_VILLAGE_NAMES) + 1}村",
                township=f"{_VILLAGE_NAMES[township % len(_VILLAGE_NAMES)]}镇",
            )
        )
    return found


def households_of(draws: Draws, n_households: int, calendar: Calendar) -> list[Household]:
    """Draw the county's households, spread over its villages."""
    villages, identities = villages_of(n_households), Identities()
    found = []
    for n in range(n_households):
        village = villages[n % len(villages)]
        people = _family(draws, identities, calendar)
        land = draws.whole(0, 30) * 100 + draws.whole(0, 9) * 10
        found.append(
            Household(
                household_id=f"{AREA}{n + 1:08d}",
                village=village,
                phone=f"1200{n:07d}",
                household_type="out_of_poverty" if draws.chance(0.35) else "general",
                people=people,
                farmland_mu_x100=land,
                forest_mu_x100=draws.pick((0, 0, 0, 250, 500)),
                home_area_m2_x100=draws.whole(40, 140) * 100,
                rooms=draws.whole(2, 6),
                road_distance_m=draws.whole(1, 45) * 100,
                has_sanitary_toilet=draws.chance(0.6),
                is_in_cooperative=land > 0 and draws.chance(0.25),
                is_relocated=draws.chance(0.04),
                home_grade=draws.pick(("a", "a", "a", "b")),
            )
        )
    return found


def _family(draws: Draws, identities: Identities, calendar: Calendar) -> tuple[Person, ...]:
    """Draw a family: relations, sexes and ages that fit each other."""
    return tuple(
        _person(draws, identities, calendar, relation=relation, sex=sex, age=age)
        for relation, sex, age in _members(draws)
    )


def _members(draws: Draws) -> list[tuple[str, str, int]]:
    """Relation, sex and age of each member; parents are at least 20 years older than children."""
    kind = draws.pick(("old", "old", "couple", "couple", "three", "three", "three", "one_parent"))
    if kind == "old":
        return _couple(draws, draws.whole(62, 84), share_single=0.4)
    age = draws.whole(27, 54)
    members = _couple(draws, age, share_single=1.0 if kind == "one_parent" else 0.1)
    members += _children(draws, age)
    if kind == "three":
        older = min(age + draws.whole(21, 30), 88)
        members.append(("mother", "female", older))
        if draws.chance(0.5):
            members.append(("father", "male", min(older + 1, 88)))
    return members


def _couple(draws: Draws, age: int, *, share_single: float) -> list[tuple[str, str, int]]:
    """Return the head, and a spouse of the other sex."""
    sex = "male" if draws.chance(0.8) else "female"
    head = ("head", sex, age)
    if draws.chance(share_single):
        return [head]
    other = "female" if sex == "male" else "male"
    return [head, ("spouse", other, max(24, age + draws.whole(-3, 2)))]


def _children(draws: Draws, age_of_parent: int) -> list[tuple[str, str, int]]:
    """Up to three children, the oldest born when the parent was 23 or older."""
    oldest = min(age_of_parent - 23, 26)
    found = []
    for _ in range(draws.pick((0, 1, 1, 2, 2, 3))):
        sex = draws.pick(("male", "female"))
        found.append(("son" if sex == "male" else "daughter", sex, draws.whole(1, max(1, oldest))))
    return found


def _person(
    draws: Draws, identities: Identities, calendar: Calendar, *, relation: str, sex: str, age: int
) -> Person:
    """Draw one person, with the state of every year."""
    born_on = born_at_age(draws, age, calendar.opening_year)
    years = range(calendar.opening_year - 1, calendar.last_day.year + 1)
    last_age = age + calendar.last_day.year + 1 - calendar.opening_year
    ages_past_work = last_age >= _RETIRING_AGE
    traits = traits_of(draws, age=age, ages_past_work=ages_past_work)
    certified_on = _certified_on(draws, traits, calendar, age)
    states = {
        year: year_state(
            traits,
            age=max(0, age + year - calendar.opening_year),
            is_disabled=certified_on is not None and certified_on <= export_day(year),
        )
        for year in years
    }
    goes_to_college = traits.track in ("higher_vocational", "bachelor")
    is_sure = traits.is_skilled or goes_to_college
    is_sure |= traits.track == "adult" and traits.adult_education in ("college", "university")
    return Person(
        identity=identities.next(born_on, sex),
        name=name_of(draws),
        relation=relation,
        sex=sex,
        born_on=born_on,
        ethnicity=draws.pick(("汉族",) * 8 + ("满族", "朝鲜族")),
        is_chronically_ill=traits.is_chronically_ill,
        is_seriously_ill=traits.is_seriously_ill,
        disability_kind=traits.disability_kind,
        disability_level=traits.disability_level,
        certified_on=certified_on,
        job=None if ages_past_work else job_of(draws, traits, is_sure=is_sure),
        has_pension_cover=draws.chance(0.5),
        years=states,
    )


def _certified_on(draws: Draws, traits: Traits, calendar: Calendar, age: int) -> date | None:
    """Day of the disability card: long ago, or, for some of the old, while the records run."""
    if traits.disability_kind is None:
        return None
    n_days = (calendar.last_day - calendar.first_day).days
    if age >= _RETIRING_AGE and draws.chance(0.4):
        return calendar.first_day + timedelta(days=draws.whole(0, n_days))
    return export_day(calendar.opening_year) - timedelta(days=draws.whole(400, 3_000))
