"""What a snapshot shows of households and their members, in the columns of the contracts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.able import is_severe
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import NEVER, Breach, Job, Monitored, Relation
from fanpin_risk.simulate.county.records_rows import MISSING, first_day
from fanpin_risk.simulate.county.records_settings import RecordSettings
from fanpin_risk.simulate.county.state import I64, Flags, People, State
from fanpin_risk.simulate.county.streams import LASTING
from fanpin_risk.simulate.county.system_view import (
    PENSION_AGE_YEARS,
    UNSAFE_GRADE,
    Rows,
)

Columns = dict[str, npt.NDArray[Any]]

_MONTHS = 12
_WORK_FROM_YEARS = 16
_WEAK_FROM_YEARS = 60
_LOST_FROM_YEARS = 80
_SCHOOL_FROM_YEARS = 6
_KINDERGARTEN_FROM_YEARS = 3
_FIRST_SENIOR_YEAR, _FIRST_HIGHER_YEAR = 10, 13
_LAST_HIGHER_VOCATIONAL = 3
_VOCATIONAL_SHARE = 0.5
_SKILLED_SHARE = 0.3
_TOILET_SHARE, _COOPERATIVE_SHARE, _FIRM_SHARE = 0.7, 0.25, 0.1
_AREA_M2_X100_A_HEAD, _AREA_LEAST_M2_X100 = 18_00, 35_00
_FURTHEST_ROAD_M = 2_000
_UNKNOWN = -1

_MALE = {
    Relation.HEAD: "head",
    Relation.SPOUSE: "spouse",
    Relation.CHILD: "son",
    Relation.CHILD_IN_LAW: "son_in_law",
    Relation.GRANDCHILD: "grandchild",
    Relation.PARENT: "father",
    Relation.OTHER: "other",
}
_FEMALE = _MALE | {
    Relation.CHILD: "daughter",
    Relation.CHILD_IN_LAW: "daughter_in_law",
    Relation.PARENT: "mother",
}
_RELATIONS = np.array(
    [
        [place_in(codes.RELATIONS, words[relation]) for relation in Relation]
        for words in (_MALE, _FEMALE)
    ],
    dtype=np.int8,
)


def born_days(people: People, persons: Rows) -> I64:
    """Day of birth of persons, days from 1970-01-01."""
    days: I64 = (
        first_day(people.born_month[persons].astype(np.int64)) + people.born_day[persons] - 1
    )
    return days


def place_columns(state: State, rows: Rows) -> Columns:
    """Where households live, and how many belong to them: what the frame knows."""
    village = state.households.village[rows]
    people = state.people
    members = np.bincount(people.household[people.is_here], minlength=state.households.n)
    return {"place": village, "region": village, "members": members[rows].astype(np.int64)}


def household_columns(state: State, rows: Rows, income_fen: I64, cost_fen: I64) -> Columns:
    """Households as the national system shows them.

    Parameters
    ----------
    income_fen
        Net income a head as the register has it.
    cost_fen
        Compliant own cost of the last twelve months; `MISSING` where not known.
    """
    households, people = state.households, state.people
    keys = households.key[rows]
    ever = households.n_listings[rows] > 0
    is_asked = np.zeros(households.n, dtype=np.bool_)
    is_asked[rows] = True
    persons = np.flatnonzero(people.is_here & is_asked[people.household])
    age = (state.month - people.born_month[persons]) // _MONTHS
    able = _labour(people, persons, age) <= place_in(codes.LABOUR_SKILLS, "weak")
    n_able = np.bincount(people.household[persons[able]], minlength=households.n)
    columns = place_columns(state, rows)
    breach = households.breach_since[rows] != NEVER
    has_water = ~breach[:, Breach.WATER]
    area = columns["members"] * _AREA_M2_X100_A_HEAD
    area = area * (0.5 + LASTING.uniform("records.area", keys))
    type_former = place_in(codes.HOUSEHOLD_TYPES, "out_of_poverty")
    return columns | {
        "household_type": np.where(households.is_former_poor[rows], type_former, 0).astype(np.int8),
        "monitored_type": np.where(ever, households.monitored[rows] - 1, _UNKNOWN).astype(np.int8),
        "is_risk_eliminated": np.where(ever, ~households.is_listed[rows], _UNKNOWN).astype(np.int8),
        "net_income_per_head_fen": income_fen,
        "compliant_own_cost_fen": cost_fen,
        "is_dilapidated_home": (households.house_grade[rows] >= UNSAFE_GRADE).astype(np.int8),
        "home_area_m2_x100": np.maximum(area, _AREA_LEAST_M2_X100).astype(np.int64),
        "has_safe_water": has_water.astype(np.int8),
        "has_sanitary_toilet": _lasting("records.toilet", keys, _TOILET_SHARE),
        "has_hard_access_road": np.ones(len(rows), dtype=np.int8),
        "road_distance_m": np.floor(
            LASTING.uniform("records.road", keys) ** 2 * _FURTHEST_ROAD_M
        ).astype(np.int64),
        "has_power": np.ones(len(rows), dtype=np.int8),
        "farmland_mu_x100": households.land_mu_x100[rows].astype(np.int64),
        "is_in_cooperative": _lasting("records.cooperative", keys, _COOPERATIVE_SHARE),
        "has_leading_firm": _lasting("records.firm", keys, _FIRM_SHARE),
        "has_dropout": breach[:, Breach.SCHOOLING].astype(np.int8),
        "has_uninsured_member": breach[:, Breach.MEDICAL].astype(np.int8),
        "is_no_labour_household": (n_able[rows] == 0).astype(np.int8),
    }


def birth_columns(state: State, persons: Rows) -> Columns:
    """Who persons are: what the public security office has of everybody."""
    people = state.people
    return {
        "relation": _RELATIONS[people.is_female[persons].astype(np.int8), people.relation[persons]],
        "sex": people.is_female[persons].astype(np.int8),
        "born_on": born_days(people, persons),
        "is_id_checksum_valid": np.ones(len(persons), dtype=np.int8),
    }


def member_columns(
    state: State, persons: Rows, looked_on: I64, settings: RecordSettings, work: Columns
) -> Columns:
    """Members as the national system shows them, with the fields that nobody filled in.

    Parameters
    ----------
    looked_on
        Day on which each was looked at, days from 1970-01-01; ages are those of that day.
    work
        ``work_months, public_post_months, work_place_kind, job_channel, public_post`` of all
        persons, this year.
    """
    people, households = state.people, state.households
    keys, hh = people.key[persons], people.household[persons]
    age = age_on(people, persons, looked_on)
    school = _school(people, persons, age)
    is_in_school = school >= 0
    labour = _labour(people, persons, age)
    can_work = labour <= place_in(codes.LABOUR_SKILLS, "weak")
    factor = np.where(households.is_listed[hh], settings.missing_listed_factor, 1.0)

    def gone(field: str) -> Flags:
        """Whose field nobody filled in; mostly the same persons each year."""
        drawn = LASTING.uniform(f"records.missing.{field}", keys)
        missing: Flags = drawn < settings.missing[field] * factor
        return missing

    is_disabled = people.disability_level[persons] > 0
    is_chronic = people.is_chronic[persons]
    is_serious = people.serious_until[persons] >= state.month
    health: Columns = {
        "is_healthy": ~(is_disabled | is_chronic | is_serious),
        "is_chronically_ill": is_chronic,
        "is_seriously_ill": is_serious,
        "is_disabled": is_disabled,
    }
    covered = people.is_insured[persons].astype(np.int8)
    is_paid = people.is_here[persons]
    found: Columns = birth_columns(state, persons) | {
        "membership": _membership(people, persons),
        "has_disability_card": is_disabled.astype(np.int8),
        "education": np.where(
            is_in_school | (age < _WORK_FROM_YEARS) | gone("education"),
            _UNKNOWN,
            people.education[persons],
        ).astype(np.int8),
        "school_state": school,
        "labour_skill": np.where(gone("labour_skill"), _UNKNOWN, labour).astype(np.int8),
        "disability_kind": np.where(is_disabled, people.disability_kind[persons], _UNKNOWN),
        "disability_level": np.where(
            is_disabled, people.disability_level[persons].astype(np.int64), MISSING
        ),
        "has_basic_medical": covered,
        "has_serious_illness_insurance": covered,
        "dibao": (households.is_dibao[hh] & is_paid).astype(np.int8),
        "tekun": (households.is_tekun[hh] & is_paid).astype(np.int8),
        "has_medical_aid": (people.year_aid_fen[persons] > 0).astype(np.int8),
    }
    is_gone = gone("health")
    for name, values in health.items():
        found[name] = np.where(is_gone, _UNKNOWN, values).astype(np.int8)
    for name, values in work.items():
        kept = values[persons]
        empty = 0 if kept.dtype == np.int64 else _UNKNOWN
        found[name] = np.where(can_work, kept, empty).astype(kept.dtype)
    return found


def _lasting(what: str, keys: npt.NDArray[np.uint64], share: float) -> npt.NDArray[np.int8]:
    """Yes or no for good, by a share."""
    return LASTING.happens(what, keys, share).astype(np.int8)


def _membership(people: People, persons: Rows) -> npt.NDArray[np.int8]:
    """Present, or away: who works away belongs to the household."""
    present = place_in(codes.MEMBERSHIP_STATES, "present")
    away = place_in(codes.MEMBERSHIP_STATES, "away")
    is_away = people.job[persons] == Job.MIGRANT
    return np.where(is_away, away, present).astype(np.int8)


def age_on(people: People, persons: Rows, day: I64) -> I64:
    """Completed years of persons on a day, days from 1970-01-01."""
    born = np.stack([born_days(people, persons), day]).astype("datetime64[D]")
    months = born.astype("datetime64[M]")
    of_month = (born - months).astype(np.int64)
    passed = np.diff(months.astype(np.int64), axis=0)[0]
    passed = passed - (of_month[1] < of_month[0])
    years: I64 = passed // _MONTHS
    return years


def _labour(people: People, persons: Rows, age: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
    """Labour capacity of persons that fits their age, school and health."""
    ordinary, skilled, weak, lost, none = range(len(codes.LABOUR_SKILLS.words))
    level = people.disability_level[persons]
    is_grave = is_severe(people)[persons]
    is_schooled = people.education[persons] >= place_in(codes.EDUCATION, "senior")
    is_skilled = is_schooled & LASTING.happens(
        "records.skilled", people.key[persons], _SKILLED_SHARE
    )
    found = np.where(is_skilled, skilled, ordinary)
    is_weak = (age >= _WEAK_FROM_YEARS) | people.is_chronic[persons] | (level > 0)
    found = np.where(is_weak, weak, found)
    found = np.where(is_grave | (age >= _LOST_FROM_YEARS), lost, found)
    is_pupil = people.school_year[persons] > 0
    return np.where((age < _WORK_FROM_YEARS) | is_pupil, none, found).astype(np.int8)


def school_states(people: People, persons: Rows, year: npt.NDArray[np.integer]) -> Rows:
    """School attended in a school year: 1 to 9 compulsory, to 12 senior, to 16 higher; -1 for 0."""
    keys = people.key[persons]
    year = year.astype(np.int64)
    primary = place_in(codes.SCHOOL_STATES, "primary")
    is_vocational = LASTING.happens("records.vocational", keys, _VOCATIONAL_SHARE)
    senior = np.where(
        is_vocational,
        place_in(codes.SCHOOL_STATES, "vocational_1"),
        place_in(codes.SCHOOL_STATES, "senior_1"),
    )
    step = year - _FIRST_HIGHER_YEAR
    higher = np.where(
        is_vocational & (step < _LAST_HIGHER_VOCATIONAL),
        place_in(codes.SCHOOL_STATES, "higher_vocational_1"),
        place_in(codes.SCHOOL_STATES, "bachelor_1"),
    )
    found = np.where(year >= 7, place_in(codes.SCHOOL_STATES, "grade_7") + year - 7, primary)
    found = np.where(year >= _FIRST_SENIOR_YEAR, senior + year - _FIRST_SENIOR_YEAR, found)
    found = np.where(year >= _FIRST_HIGHER_YEAR, higher + step, found)
    return np.where(year > 0, found, _UNKNOWN)


def _school(people: People, persons: Rows, age: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
    """School state of persons, the little ones by age; -1: at no school."""
    found = school_states(people, persons, people.school_year[persons])
    kindergarten = place_in(codes.SCHOOL_STATES, "kindergarten")
    below = place_in(codes.SCHOOL_STATES, "preschool_age")
    is_little = (found < 0) & (age < _SCHOOL_FROM_YEARS)
    little = np.where(age < _KINDERGARTEN_FROM_YEARS, below, kindergarten)
    return np.where(is_little, little, found).astype(np.int8)


assert _WEAK_FROM_YEARS == PENSION_AGE_YEARS, "who is past the age of work is weak labour at most"
assert len(Monitored) - 1 == len(codes.MONITORED_TYPES.words), "types in the contract's order"
