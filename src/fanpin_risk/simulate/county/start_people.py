"""The people of the first month: who lives with whom, how old, how able, how healthy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fanpin_risk.simulate.county.able import is_severe
from fanpin_risk.simulate.county.kinds import Job, Relation
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.rates import DAYS
from fanpin_risk.simulate.county.state import F64, I64, U64, Flags, People
from fanpin_risk.simulate.county.streams import Streams, mixed
from fanpin_risk.simulate.county.traits import (
    ability_of,
    by_age,
    education_of,
    frailty_of,
    log_odds_up,
    school_path,
    trait,
)

_N_CHILDREN, _N_GRANDCHILDREN = 3, 2
_SLOTS = (
    Relation.HEAD,
    Relation.SPOUSE,
    *(Relation.CHILD,) * _N_CHILDREN,
    Relation.CHILD_IN_LAW,
    *(Relation.GRANDCHILD,) * _N_GRANDCHILDREN,
    *(Relation.PARENT,) * 2,
)
_HEAD, _SPOUSE, _CHILD, _IN_LAW, _GRANDCHILD, _PARENT = 0, 1, 2, 5, 6, 8
_MOST_AGE = 99


@dataclass(frozen=True)
class _Slots:
    """Who is there by household and slot, how old in years with fraction, and of which sex."""

    is_there: Flags
    age: F64
    is_female: Flags


def start_people(
    settings: PeopleSettings, key: U64, number: I64, *, seed: int, month: int
) -> People:
    """Return everybody who lives in the county in its first month, by household in order.

    Parameters
    ----------
    settings
        Settings of the theme people.
    key, number
        Of the households.
    seed
        Enters the persons' keys.
    month
        Months since the county's first one, negative: ages are those at its end.

    Returns
    -------
    People
        Ages, sex, relation, schooling, ability, frailty, illness, disability and a job for those
        who work; posts, businesses and insurance are not yet given out.
    """
    draws = Streams(month)
    slots = _slots(settings, key, draws)
    rows, slot = np.nonzero(slots.is_there)
    n = len(rows)
    people = People.blank(n)
    people.household = rows.astype(np.int32)
    n_of = np.bincount(rows, minlength=len(key))
    within = np.arange(n) - np.repeat(np.cumsum(n_of) - n_of, n_of)
    people.number = number[rows] * 100 + within + 1
    people.key = mixed(people.number.astype(np.uint64), seed, 1)
    people.relation = np.array(_SLOTS, dtype=np.int8)[slot]
    people.is_female = slots.is_female[rows, slot]
    age_months = np.floor(slots.age[rows, slot] * 12).astype(np.int64)
    people.born_month = (month - age_months).astype(np.int32)
    people.born_day = (1 + np.floor(DAYS * draws.uniform("start.born_day", people.key))).astype(
        np.int8
    )
    _give_traits(people, settings, key, draws)
    _give_schooling(people, settings, month)
    _give_health(people, settings, draws, month)
    _give_jobs(people, settings, draws, month)
    return people


class _Maker:
    """Makes up every household from its kind, slot by slot."""

    def __init__(self, settings: PeopleSettings, key: U64, draws: Streams) -> None:
        self.settings, self.key, self.draws = settings, key, draws
        shares = np.array([kind.share for kind in settings.household_types])
        self.kind = draws.choice("start.kind", key, shares / shares.sum())
        shape = (len(key), len(_SLOTS))
        self.slots = _Slots(
            np.zeros(shape, dtype=np.bool_), np.zeros(shape), np.zeros(shape, dtype=np.bool_)
        )

    def of_kind(self, name: str) -> F64:
        """Setting of each household's kind; a pair gives two columns."""
        table = [getattr(kind, name) for kind in self.settings.household_types]
        found: F64 = np.array(table, dtype=np.float64)[self.kind]
        return found

    def how_many(self, name: str) -> I64:
        """How many children, grandchildren or parents there are by the shares of the kind."""
        rows = [getattr(kind, name) for kind in self.settings.household_types]
        longest = max(map(len, rows))
        table = np.array([(*row, *(0.0,) * (longest - len(row))) for row in rows])
        return self.draws.choice(f"start.{name}", self.key, table[self.kind])

    def years(self, name: str, low_high: tuple[float, float], *numbers: int) -> F64:
        """Years between two bounds."""
        low, high = low_high
        found: F64 = low + (high - low) * self.draws.uniform(f"start.{name}", self.key, *numbers)
        return found

    def age_of_kind(self, name: str) -> F64:
        """Age between the first and the last of the kind, both included."""
        bounds = self.of_kind(name)
        u = self.draws.uniform(f"start.{name}", self.key)
        found: F64 = bounds[:, 0] + (bounds[:, 1] + 1 - bounds[:, 0]) * u
        return found

    def happens(self, name: str, share: float | F64, *numbers: int) -> Flags:
        """Whether something is so in a household."""
        return self.draws.happens(f"start.{name}", self.key, share, *numbers)

    def put(self, slot: int, is_there: Flags, age: F64, is_female: Flags) -> None:
        """Fill a slot."""
        self.slots.is_there[:, slot] = is_there
        self.slots.age[:, slot] = np.clip(age, 0, _MOST_AGE)
        self.slots.is_female[:, slot] = is_female

    def couple(self) -> F64:
        """The head and who is married to the head; returns the head's age."""
        head = self.age_of_kind("head_age")
        is_female = self.happens("head_sex", self.of_kind("is_female"))
        self.put(_HEAD, np.ones(len(head), dtype=np.bool_), head, is_female)
        older = self.years("spouse_gap", self.settings.spouse_gap_years)
        spouse = self.happens("spouse", self.of_kind("has_spouse"))
        self.put(_SPOUSE, spouse, head + np.where(is_female, older, -older), ~is_female)
        return head

    def children(self, head: F64) -> F64:
        """Children and the spouse of the oldest; returns the age the oldest has or could have."""
        least, most = self.settings.parent_child_gap_years
        youngest = np.minimum(self.of_kind("child_age")[:, 0], 1)
        n = self.how_many("children")
        age = np.clip(self.age_of_kind("child_age"), head - most, head - least)
        oldest = age
        for place in range(_N_CHILDREN):
            if place:
                age = age - self.years("sibling", self.settings.sibling_gap_years, place)
            is_female = ~self.happens("child_sex", self.settings.boys_share, place)
            self.put(_CHILD + place, (n > place) & (age >= youngest), age, is_female)
        gap = self.years("in_law_gap", self.settings.spouse_gap_years)
        has_child = self.slots.is_there[:, _CHILD]
        married = has_child & self.happens("in_law", self.of_kind("has_child_in_law"))
        is_female = self.slots.is_female[:, _CHILD]
        self.put(_IN_LAW, married, oldest + np.where(is_female, gap, -gap), ~is_female)
        could_be: F64 = np.where(has_child, oldest, head - least)
        return could_be

    def grandchildren(self, oldest_child: F64) -> None:
        """Grandchildren, with or without their parents."""
        least = self.settings.parent_child_gap_years[0]
        n = self.how_many("grandchildren")
        age = np.minimum(self.age_of_kind("grandchild_age"), oldest_child - least)
        for place in range(_N_GRANDCHILDREN):
            if place:
                age = age - self.years("grandchild_gap", self.settings.sibling_gap_years, place)
            is_female = ~self.happens("grandchild_sex", self.settings.boys_share, place)
            self.put(_GRANDCHILD + place, (n > place) & (age >= 0), age, is_female)

    def parents(self, head: F64) -> None:
        """One or both parents of the head."""
        n = self.how_many("parents")
        age = head + self.years("parent_gap", self.settings.head_parent_gap_years)
        is_female = self.happens("parent_sex", self.settings.parent_is_female)
        self.put(_PARENT, n > 0, age, is_female)
        gap = self.years("parent_pair", self.settings.parent_pair_gap_years)
        self.put(_PARENT + 1, n > 1, age + gap, ~is_female)


def _slots(settings: PeopleSettings, key: U64, draws: Streams) -> _Slots:
    """Make up every household."""
    maker = _Maker(settings, key, draws)
    head = maker.couple()
    maker.grandchildren(maker.children(head))
    maker.parents(head)
    return maker.slots


def _give_traits(people: People, settings: PeopleSettings, key: U64, draws: Streams) -> None:
    """Draw frailty and ability, which members share in part, and the education of adults."""
    of_household = key[people.household]
    people.frailty = frailty_of(settings, people.key, of_household)
    people.ability = ability_of(settings, people.key, of_household, people.frailty)
    people.education = education_of(settings, people)


def _give_schooling(people: People, settings: PeopleSettings, month: int) -> None:
    """Put children and students into their year of school."""
    people.school_year, attained = school_path(settings, people, month)
    in_school_age = attained >= 0
    people.education[in_school_age] = attained[in_school_age]


def _give_health(people: People, settings: PeopleSettings, draws: Streams, month: int) -> None:
    """Chronic illness and disability certificates by age and frailty."""
    age = (month - people.born_month) // 12
    chronic = by_age(age, settings.chronic_age_from, settings.chronic_share)
    people.is_chronic = draws.happens(
        "start.chronic", people.key, log_odds_up(chronic, people.frailty)
    )
    disabled = by_age(age, settings.chronic_age_from, settings.disabled_share)
    has_card = draws.happens("start.disabled", people.key, log_odds_up(disabled, people.frailty))
    levels = draws.choice(
        "start.disability_level", people.key, np.array(settings.disability_level_shares)
    )
    kinds = draws.choice(
        "start.disability_kind", people.key, np.array(settings.disability_kind_shares)
    )
    people.disability_level = np.where(has_card, levels + 1, 0).astype(np.int8)
    people.disability_kind = np.where(has_card, kinds, 0).astype(np.int8)
    is_child = age <= settings.compulsory_age_to
    unfit = np.where(is_severe(people), *settings.unfit_share)
    is_unfit = has_card & is_child & (trait("unfit_to_study", people.key) < unfit)
    people.is_unfit_to_study = is_unfit
    people.school_year[is_unfit] = 0


def _give_jobs(people: People, settings: PeopleSettings, draws: Streams, month: int) -> None:
    """What adults out of school live on; posts and businesses come later."""
    age = (month - people.born_month) // 12
    band = np.maximum(np.searchsorted(settings.job_age_from, age, side="right") - 1, 0)
    shares = np.where(
        people.is_female[:, None],
        np.array(settings.job_shares_female)[band],
        np.array(settings.job_shares_male)[band],
    )
    job = draws.choice("start.job", people.key, shares)
    able = (age >= settings.work_ages[0]) & (people.school_year == 0)
    people.job = np.where(able & ~is_severe(people), job, int(Job.NONE)).astype(np.int8)
    working = people.job != Job.NONE
    since = month - np.floor(
        settings.job_started_within_months * draws.uniform("start.job_since", people.key)
    ).astype(np.int32)
    people.job_since = np.where(working, since, people.job_since).astype(np.int32)
