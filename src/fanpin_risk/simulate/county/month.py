"""What happened in one month: amounts by household, and events one by one."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.state import I64, Flags, State, blank
from fanpin_risk.simulate.county.streams import Streams

Event = dict[str, npt.NDArray[Any]]


@dataclass
class Book:
    """Money of the month by household, in fen; what is in and what is out is fixed by its name."""

    wage: I64
    farm_sales: I64
    livestock_sales: I64
    business_sales: I64
    rent: I64  # land leased out, dividends of project assets apart
    dividend: I64  # of project assets
    kin_money: I64
    pension: I64
    farm_subsidy: I64
    dibao: I64
    tekun: I64
    disability_benefit: I64
    post_wage: I64  # public-welfare post, counted as wage and as help
    relief: I64  # temporary relief and help from society, not income
    measure_cash: I64  # other help in money
    claim: I64  # paid by crop or accident insurance, not income
    asset_sale: I64  # animals sold in distress, not income
    farm_cost: I64
    livestock_cost: I64
    business_cost: I64
    medical_compliant: I64  # own cost within the catalogue
    medical_other: I64  # own cost outside it
    school: I64  # net of aid
    disaster: I64
    accident: I64
    care: I64
    home_repair: I64
    water: I64
    premium: I64
    loss: I64  # money or stores destroyed
    wedding_funeral: I64
    carried_away: (
        I64  # savings that leave with whom splits off (out), or come with a merge (negative)
    )
    consumption: I64

    @classmethod
    def blank(cls, n: int) -> Book:
        """A month in which no money moved."""
        return cls(**{f.name: blank(np.int64, n) for f in fields(cls)})

    def grow(self, n: int) -> None:
        """Make room for households that began this month."""
        for f in fields(self):
            old = getattr(self, f.name)
            setattr(self, f.name, np.concatenate([old, blank(np.int64, n - len(old))]))


@dataclass
class Month:
    """The month at hand, which every process writes into.

    Attributes
    ----------
    month
        Months since the county's first one.
    keeps_events
        Whether events are kept for the records; futures of the truth do not need them.
    book
        Money by household.
    person_wage_fen, has_worked
        By person.
    shocked
        ``(n, len(Shock))``: what hit each household this month.
    events
        By name of a record table (or any other name that two modules agree on), pieces of arrays of
        one length.
    """

    month: int
    streams: Streams
    keeps_events: bool
    book: Book
    person_wage_fen: I64
    has_worked: Flags
    shocked: Flags
    events: dict[str, list[Event]] = field(default_factory=dict)

    @classmethod
    def begin(cls, state: State, n_shocks: int, *, keeps_events: bool) -> Month:
        """Return the month after the state's."""
        month = state.month + 1
        n, n_people = state.households.n, state.people.n
        return cls(
            month=month,
            streams=Streams(month),
            keeps_events=keeps_events,
            book=Book.blank(n),
            person_wage_fen=blank(np.int64, n_people),
            has_worked=blank(np.bool_, n_people),
            shocked=blank(np.bool_, n, 0, n_shocks),
        )

    @property
    def year(self) -> int:
        """Calendar year."""
        return FIRST_YEAR + self.month // 12

    @property
    def moy(self) -> int:
        """Month of the year, 1 to 12."""
        return self.month % 12 + 1

    def add(self, name: str, **columns: npt.NDArray[Any]) -> None:
        """Keep events of one kind; arrays of one length, which may be 0."""
        if self.keeps_events and len(next(iter(columns.values()))):
            self.events.setdefault(name, []).append(columns)

    def grow(self, state: State) -> None:
        """Make room for households and persons that began this month."""
        n, n_people = state.households.n, state.people.n
        self.book.grow(n)
        more = blank(np.bool_, n - len(self.shocked), 0, self.shocked.shape[1])
        self.shocked = np.concatenate([self.shocked, more])
        n_new = n_people - len(self.has_worked)
        self.person_wage_fen = np.concatenate([self.person_wage_fen, blank(np.int64, n_new)])
        self.has_worked = np.concatenate([self.has_worked, blank(np.bool_, n_new)])


def by_household(state: State, amounts: npt.NDArray[Any]) -> I64:
    """Sum of whole numbers of persons by household, exact below 2**53."""
    sums = np.bincount(
        state.people.household, weights=amounts.astype(np.float64), minlength=state.households.n
    )
    whole: I64 = sums.astype(np.int64)
    return whole


def may_happen(state: State, shock: int) -> Flags:
    """Households in which a kind of shock is not switched off."""
    allowed: Flags = (state.households.switched_off & (1 << shock)) == 0
    return allowed


def strike(state: State, month: Month, rows: npt.NDArray[Any], shock: int) -> None:
    """Write down that a kind of shock hit households (rows or mask) this month."""
    month.shocked[rows, shock] = True
    state.households.shock_month[rows, shock] = month.month


def age_years(state: State, month: Month) -> npt.NDArray[np.int64]:
    """Completed years of every person at the end of the month."""
    years: npt.NDArray[np.int64] = (month.month - state.people.born_month.astype(np.int64)) // 12
    return years
