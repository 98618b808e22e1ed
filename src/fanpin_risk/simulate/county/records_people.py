"""Records of members: school, insurance and months of work."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import FIRST_YEAR, NO_END, Job
from fanpin_risk.simulate.county.month import Event, Month
from fanpin_risk.simulate.county.records_rows import MISSING, Piles, first_day
from fanpin_risk.simulate.county.records_snapshots import (
    Columns,
    school_states,
)
from fanpin_risk.simulate.county.records_words import BRANCHES
from fanpin_risk.simulate.county.state import Flags, State
from fanpin_risk.simulate.county.streams import LASTING

_FEN = 100
_MONTHS = 12
_NO_CODE = -1


class WorkSeen:
    """Where persons work and how many months of this year, as snapshots ask for it."""

    def __init__(self) -> None:
        self._year = FIRST_YEAR
        self._months = np.zeros(0, dtype=np.int64)
        self._post_months = np.zeros(0, dtype=np.int64)
        self._last = {
            name: np.zeros(0, dtype=np.int8)
            for name in ("work_place_kind", "job_channel", "public_post")
        }

    def take(self, month: Month) -> None:
        """Take in a month of work."""
        self._grow(len(month.has_worked))
        if month.year != self._year:
            self._months[:] = 0
            self._post_months[:] = 0
            for values in self._last.values():
                values[:] = _NO_CODE
            self._year = month.year
        for event in month.events.get("work_month", []):
            person, job = event["person"], event["job"]
            self._months[person] += 1
            self._post_months[person] += job == Job.POST
            self._last["work_place_kind"][person] = event["work_place"]
            self._last["job_channel"][person] = event["channel"]
            self._last["public_post"][person] = event["post_kind"]

    def columns(self, n_people: int) -> Columns:
        """Columns of the member snapshot, of all persons."""
        self._grow(n_people)
        return {"work_months": self._months, "public_post_months": self._post_months, **self._last}

    def _grow(self, n: int) -> None:
        """Make room for persons who have come."""
        more = n - len(self._months)
        if more > 0:
            self._months = np.append(self._months, np.zeros(more, dtype=np.int64))
            self._post_months = np.append(self._post_months, np.zeros(more, dtype=np.int64))
            for name, values in self._last.items():
                self._last[name] = np.append(values, np.full(more, _NO_CODE, dtype=np.int8))


def add_schooling(piles: Piles, state: State, month: Month) -> None:
    """Pupils and students of a term, as far as the education office finds them."""
    for event in month.events.get("schooling", []):
        keys = state.people.key[event["person"]]
        told = month.streams.happens("records.schooling", keys, piles.settings.schooling_recorded)
        found = {name: values[told] for name, values in event.items()}
        person = found["person"].astype(np.int64)
        piles.add(
            state,
            "schooling",
            "education",
            month.month,
            {
                "school_state": school_states(state.people, person, found["school_year"]),
                "is_in_school": found["is_in_school"].astype(np.int8),
                "dropout_reason": found["dropout_reason"].astype(np.int8),
                "is_unable_to_study": found["is_unable_to_study"].astype(np.int8),
                "is_boarding": found["is_boarding"].astype(np.int8),
                "cost_fen": found["cost"].astype(np.int64),
                "aid_fen": found["aid"].astype(np.int64),
            },
            person=person,
            day=np.ones(len(person), dtype=np.int64),
        )


def add_insurance(piles: Piles, state: State, month: Month) -> None:
    """Who is covered in the year that begins."""
    last = first_day(month.month + _MONTHS) - 1
    for event in month.events.get("insurance", []):
        n = len(event["person"])
        covered = event["is_covered"].astype(np.int8)
        piles.add(
            state,
            "insurance",
            "medical_insurance_cover",
            month.month,
            {
                "insurance": np.full(n, place_in(codes.INSURANCES, "basic_medical"), dtype=np.int8),
                "is_covered": covered,
                "valid_from": np.full(n, first_day(month.month), dtype=np.int64),
                "valid_to": np.where(covered > 0, last, MISSING),
                "premium_fen": event["premium"].astype(np.int64),
                "premium_aid_fen": event["premium_aid"].astype(np.int64),
            },
            person=event["person"].astype(np.int64),
            day=np.ones(n, dtype=np.int64),
        )


def add_work_months(piles: Piles, state: State, month: Month) -> None:
    """Months of work that are on record: of posts, the listed, the former poor, the organised."""
    for event in month.events.get("work_month", []):
        is_post = event["job"] == Job.POST
        kept = is_work_recorded(piles, state, event)
        for is_of, source in ((is_post, "human_resources"), (~is_post, "national_work_month")):
            _add_work(piles, state, month, {k: v[kept & is_of] for k, v in event.items()}, source)


def is_work_recorded(piles: Piles, state: State, event: Event) -> Flags:
    """Whose months of work somebody writes down; mostly the same persons every month."""
    settings, households = piles.settings, state.households
    hh = event["hh"]
    organised = place_in(codes.JOB_CHANNELS, "organised")
    share = np.zeros(len(hh))
    for name, is_so in (
        ("organised", event["channel"] == organised),
        ("former_poor", households.is_former_poor[hh]),
        ("listed", households.is_listed[hh]),
        ("post", event["job"] == Job.POST),
    ):
        share = np.where(is_so, np.maximum(share, settings.work_recorded[name]), share)
    return LASTING.happens("records.work", state.people.key[event["person"]], share)


def _add_work(
    piles: Piles, state: State, month: Month, event: dict[str, npt.NDArray[Any]], source: str
) -> None:
    """Months of work of one source; wages as told are rounded, those of posts are not."""
    person, n = event["person"].astype(np.int64), len(event["person"])
    is_post = source == "human_resources"
    heap = piles.settings.wage_heap_yuan * _FEN
    wage = event["wage"].astype(np.int64)
    ends = event["spell_ends"].astype(np.int64)
    has_end = ends < NO_END
    piles.add(
        state,
        "work_month",
        source,
        month.month,
        {
            "work_month": np.full(n, first_day(month.month), dtype=np.int64),
            "work_place_kind": event["work_place"].astype(np.int8),
            "wage_fen": wage if is_post else (wage + heap // 2) // heap * heap,
            "employer_kind": np.full(n, len(BRANCHES), dtype=np.int8)
            if is_post
            else (event["branch"] % len(BRANCHES)).astype(np.int8),
            "job_channel": event["channel"].astype(np.int8),
            "public_post": event["post_kind"].astype(np.int8),
            "spell_started_on": first_day(event["spell_started"].astype(np.int64)),
            "spell_ends_on": np.where(
                has_end, first_day(np.where(has_end, ends, 0) + 1) - 1, MISSING
            ).astype(np.int64),
        },
        household=event["hh"].astype(np.int64),
        person=person,
        day=np.ones(n, dtype=np.int64),
        is_of_whole_month=True,
    )
