"""What the system can count about every household at the end of a month."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.able import able_adults, is_severe
from fanpin_risk.simulate.county.kinds import NEVER, Breach, Shock
from fanpin_risk.simulate.county.labour import is_at_home, is_fit
from fanpin_risk.simulate.county.month import Month, age_years
from fanpin_risk.simulate.county.state import F64, I64, Flags, State
from fanpin_risk.simulate.county.streams import LASTING, Bools, Floats
from fanpin_risk.simulate.county.system_settings import SystemSettings

Rows = npt.NDArray[np.int64]

_FEN = 100


PENSION_AGE_YEARS = 60
"""From this age on a person counts as old (policy notes, section 14)."""

CHILD_YEARS = 16
"""Below this age nobody works (policy notes, section 14)."""


UNSAFE_GRADE = 2
"""Grades of dwellings from this on, C and D, count as dilapidated (policy notes, section 5)."""


@dataclass(frozen=True)
class View:
    """A state at the end of a month, as the system counts it; every column is computed once.

    Columns are by household, ended ones included (``here`` tells them apart).

    Attributes
    ----------
    is_listed, has_allowance, has_open_clue
        As it was before the system did anything this month.
    """

    state: State
    month: Month
    settings: SystemSettings
    here: Flags
    members: I64
    is_listed: Flags
    has_allowance: Flags
    has_open_clue: Flags

    @classmethod
    def of(cls, state: State, month: Month, settings: SystemSettings) -> View:
        """Look at a state before the system acts on it."""
        households, people = state.households, state.people
        counts = _counted(people.household[people.is_here], households.n)
        here = households.is_here & (counts > 0)
        return cls(
            state=state,
            month=month,
            settings=settings,
            here=here,
            members=counts,
            is_listed=households.is_listed & here,
            has_allowance=households.is_dibao | households.is_tekun,
            has_open_clue=households.clue_month != NEVER,
        )

    @cached_property
    def age_years(self) -> I64:
        """Completed years of every person at the end of the month."""
        return age_years(self.state, self.month)

    @cached_property
    def is_able(self) -> Flags:
        """Persons here who are able to work: of age, out of school, not gravely disabled."""
        return able_adults(self.state.people, self.month.month, self.settings.able_ages)

    @cached_property
    def is_fit(self) -> Flags:
        """Persons who live at home, and are neither ill nor care for somebody now."""
        people = self.state.people
        found: Flags = people.is_here & is_at_home(self.state) & is_fit(self.state, self.month)
        return found

    @cached_property
    def able(self) -> I64:
        """Members who are able to work."""
        return self.counted(self.is_able)

    @cached_property
    def is_all_old(self) -> Flags:
        """Everybody is past the age of work."""
        is_old = self.state.people.is_here & (self.age_years >= PENSION_AGE_YEARS)
        found: Flags = self.counted(is_old) >= self.members
        return found

    @cached_property
    def is_gravely_disabled(self) -> Flags:
        """Persons here with a grave disability, by person."""
        found: Flags = self.state.people.is_here & is_severe(self.state.people)
        return found

    @cached_property
    def is_seriously_ill(self) -> Flags:
        """Persons here whose serious illness goes on, by person."""
        people = self.state.people
        found: Flags = people.is_here & (people.serious_until >= self.month.month)
        return found

    @cached_property
    def has_grave_disability(self) -> Flags:
        """Somebody is gravely disabled."""
        return self.counted(self.is_gravely_disabled) > 0

    @cached_property
    def has_serious_case(self) -> Flags:
        """Somebody is seriously ill now."""
        return self.counted(self.is_seriously_ill) > 0

    @cached_property
    def frail(self) -> I64:
        """Members who are old, children, or gravely disabled."""
        age, people = self.age_years, self.state.people
        is_frail = (age >= PENSION_AGE_YEARS) | (age < CHILD_YEARS) | self.is_gravely_disabled
        return self.counted(people.is_here & is_frail)

    @cached_property
    def has_costly_illness(self) -> Flags:
        """Own medical cost of the last twelve months is high for so many members."""
        own = self.state.households.own_cost_12.sum(axis=1)
        limit = _FEN * self.settings.illness_shows_from_yuan * np.maximum(self.members, 1)
        found: Flags = own >= limit
        return found

    @cached_property
    def has_ill_or_disabled(self) -> Flags:
        """Somebody is on record as chronically ill, or has a disability card."""
        people = self.state.people
        return (
            self.counted(people.is_here & (people.is_chronic | (people.disability_level > 0))) > 0
        )

    @cached_property
    def income_head_fen(self) -> I64:
        """True net income of the last twelve months, a head; rounded down."""
        of_year: I64 = self.state.households.income_12.sum(axis=1)
        return of_year // np.maximum(self.members, 1)

    @cached_property
    def line_fen(self) -> int:
        """Line in force, a head and year."""
        return self.settings.line_fen(self.month.month)

    @cached_property
    def zeal(self) -> F64:
        """How often the cadres of the household's village look now, 1 is usual."""
        households, commons = self.state.households, self.state.commons
        drift = commons.zeal_drift[households.path, households.village]
        zeal: F64 = (self.state.villages.zeal[households.village] * np.exp(drift)).astype(
            np.float64
        )
        return zeal

    @cached_property
    def has_low_register_income(self) -> Flags:
        """The register's last income is low; False where it has none."""
        households = self.state.households
        limit = self.settings.low_register_line_multiple * self.line_fen
        found: Flags = (households.register_month != NEVER) & (
            households.register_income_fen < limit
        )
        return found

    @cached_property
    def has_open_guarantee(self) -> Flags:
        """Schooling, housing or water is open: what a visit takes for hardship by itself."""
        return self.has_breach(Breach.SCHOOLING, Breach.HOUSING, Breach.WATER)

    @cached_property
    def is_in_trouble_unseen(self) -> Flags:
        """What no record holds: little income and no savings."""
        limit = self.settings.unseen_line_multiple * self.line_fen
        found: Flags = (self.income_head_fen < limit) & (self.state.households.savings_fen <= 0)
        return found

    @cached_property
    def cadre_factor(self) -> F64:
        """How much more, or less, cadres turn to a household for what no record holds."""
        weight = self.settings.cadre_sees_share
        unseen = self.settings.unseen_weight * self.is_in_trouble_unseen.astype(np.float64)
        factor: F64 = 1.0 - weight + weight * unseen
        return factor

    @cached_property
    def miss(self) -> F64:
        """Chance that need of this household is not seen by who looks; its own, for ever."""
        low, high = self.settings.miss_low, self.settings.miss_high
        drawn = LASTING.uniform("system.miss", self.state.households.key)
        miss: F64 = low + (high - low) * drawn
        return miss

    @cached_property
    def has_water_out(self) -> Flags:
        """There has been no water for a month or more."""
        since = self.state.households.water_out_since
        found: Flags = (since != NEVER) & (since < self.month.month)
        return found

    def has_breach(self, *kinds: Breach) -> Flags:
        """Guarantees that are open, any of some kinds."""
        since = self.state.households.breach_since[:, list(kinds or Breach)]
        found: Flags = (since != NEVER).any(axis=1)
        return found

    def struck_within(self, months: int, *kinds: Shock) -> Flags:
        """Households that a shock of some kinds (none named: any) hit in the last months."""
        struck, since = self.state.households.shock_month, self.month.month - months
        found: Flags = np.zeros(len(struck), dtype=np.bool_)
        for kind in kinds or Shock:
            found |= struck[:, kind] > since
        return found

    def counted(self, persons: npt.NDArray[np.bool_]) -> I64:
        """Number of the persons by household."""
        return _counted(self.state.people.household[persons], self.state.households.n)

    def happens(self, what: str, probability: float | Floats, *numbers: int) -> Bools:
        """Whether something happens to each household, by its own key."""
        return self.month.streams.happens(what, self.state.households.key, probability, *numbers)

    def sees_need(self, what: str, rows: Rows) -> Flags:
        """Whether somebody who looks says that there is need: wrong in both directions."""
        u = self.month.streams.uniform(what, self.state.households.key[rows])
        is_in_need = self.state.households.need[rows] > 0
        found: Flags = np.where(is_in_need, u >= self.miss[rows], u < self.settings.false_alarm)
        return found

    def persons_of(self, rows: Rows, suits: Flags, what: str) -> Rows:
        """One member of each of some households who suits, drawn by key; -1: nobody does."""
        people = self.state.people
        is_asked = np.zeros(self.state.households.n, dtype=np.bool_)
        is_asked[rows] = True
        persons = np.flatnonzero(suits & is_asked[people.household])
        order = np.argsort(LASTING.uniform(what, people.key[persons]), kind="stable")
        found = np.full(self.state.households.n, -1, dtype=np.int64)
        found[people.household[persons[order]]] = persons[order]
        return found[rows]


def _counted(household: npt.NDArray[np.int32], n: int) -> I64:
    """How often each of n households stands there."""
    counts: I64 = np.bincount(household, minlength=n).astype(np.int64)
    return counts
