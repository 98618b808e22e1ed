"""The county's whole state: one array for each fact, of households, persons and what they share.

Nothing else is carried from month to month, so a copy of it is a snapshot from which the county can
go on, once or five hundred times.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import NEVER, Breach, Measure, Product, Shock

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
I16 = npt.NDArray[np.int16]
I8 = npt.NDArray[np.int8]
F64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MONTHS_KEPT = 12
"""Months of income and spending that the state remembers; month m stands at ``m % 12``."""


def blank(dtype: type, n: int, fill: float = 0, second: int | None = None) -> Any:
    """Array of one value."""
    return np.full(n if second is None else (n, second), fill, dtype=dtype)


@dataclass
class Arrays:
    """A table of arrays of one length."""

    @property
    def n(self) -> int:
        """Rows."""
        return len(getattr(self, fields(self)[0].name))

    def taken(self, rows: npt.NDArray[Any]) -> Self:
        """Rows by place or mask, as a copy."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def copied(self) -> Self:
        """A copy that shares nothing."""
        return type(self)(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def append(self, more: Self) -> None:
        """Add rows at the end."""
        for f in fields(self):
            both = np.concatenate([getattr(self, f.name), getattr(more, f.name)])
            setattr(self, f.name, both)

    def as_dict(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """Arrays by name."""
        return {f"{prefix}{f.name}": getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_dict(cls, arrays: dict[str, npt.NDArray[Any]], prefix: str) -> Self:
        """Read back what `as_dict` gave."""
        return cls(**{f.name: arrays[f"{prefix}{f.name}"] for f in fields(cls)})


@dataclass
class Households(Arrays):
    """One row for each household that ever was, ended ones included.

    Money is in fen. Months are months since the county's first one, `NEVER` where nothing happened.
    """

    key: U64  # of its random streams
    number: I64  # what its household number is made of
    path: I32  # whose prices, weather and villages it lives under: row of `Commons`
    village: I32  # row of `Villages` within the path
    cell: I32  # weather cell
    is_former_poor: Flags
    is_here: Flags  # neither ended nor moved away
    ended_month: I32
    end_kind: I8  # End
    kin: I32  # row of a household of the same family in the village; -1: none
    started_month: I32  # when it split off or moved in; NEVER: from the beginning
    # land and capital
    product: I8  # Product it lives on, crop or animal
    land_mu_x100: I32
    is_leasing_out: Flags
    is_in_flood_land: Flags
    herd: I32  # heads
    crop_costs_fen: I64  # sown this season, to be earned back at harvest
    yield_factor_x1000: I32  # this season's yield so far, 1000 is normal
    has_business: Flags
    savings_fen: I64  # never recorded; may be debt
    kin_support_fen: I64  # a month, from kin outside; stops for good when it stops
    house_grade: I8  # 0 to 3 for A to D
    house_wear: F64  # in [0, 1): next grade at 1
    water_trip_minutes: I16
    water_out_since: I32  # month since which there is no water; NEVER
    # transitory part of earnings
    year_shock: F64  # a_h,y of log earnings
    reporting_bias: F64  # of register income, in log points, drawn once
    # the book of twelve months
    income_12: I64  # (n, 12) net income with help
    help_12: I64  # (n, 12) public help within it
    rigid_12: I64  # (n, 12) compliant rigid spending
    own_cost_12: I64  # (n, 12) medical own cost, compliant or not
    shock_month: I32  # (n, len(Shock)) last month of each kind
    breach_since: I32  # (n, len(Breach)) month since which it is open; NEVER
    switched_off: I32  # bits 1 << Shock that do not happen here
    # need
    need: I8  # Route bits of this month
    need_since: I32  # first month of the running spell
    must_visit_since: I32  # month since which some must-visit fact has stood; NEVER: none does
    # the system
    is_dibao: Flags
    is_tekun: Flags
    dibao_fen: I64  # a month
    measure_since: I32  # (n, len(Measure))
    measure_until: I32  # (n, len(Measure)) last month; NO_END: none written; NEVER: not running
    is_listed: Flags
    listed_month: I32
    monitored: I8  # Monitored, of the running or last listing
    listed_causes: I32  # bits 1 << Shock
    exited_month: I32
    n_listings: I8
    clue_month: I32  # of the open clue; NEVER: none
    clue_channel: I8
    clue_cause: I8  # Shock
    clue_serial: I32  # number of the household's clues so far
    decision_due: I32  # month in which the open clue is verified
    first_measure_due: I32
    is_helped_never: Flags  # no new measure starts (estimand "no further help")
    last_looked_at: I32
    register_income_fen: I64  # a head and year, as last written; may be negative
    register_month: I32
    n_persons_ever: I16

    @classmethod
    def blank(cls, n: int) -> Households:
        """Rows in which nothing has happened yet."""
        second = {
            "income_12": MONTHS_KEPT,
            "help_12": MONTHS_KEPT,
            "rigid_12": MONTHS_KEPT,
            "own_cost_12": MONTHS_KEPT,
            "shock_month": len(Shock),
            "breach_since": len(Breach),
            "measure_since": len(Measure),
            "measure_until": len(Measure),
        }
        never = {
            "ended_month", "started_month", "water_out_since", "shock_month", "breach_since",
            "need_since", "must_visit_since", "measure_since", "measure_until", "listed_month",
            "exited_month", "clue_month", "decision_due", "first_measure_due", "last_looked_at",
            "register_month",
        }  # fmt: skip
        arrays = {
            f.name: blank(
                _DTYPES[str(f.type)], n, NEVER if f.name in never else 0, second.get(f.name)
            )
            for f in fields(cls)
        }
        rows = cls(**arrays)
        rows.kin[:] = -1
        rows.is_here[:] = True
        rows.yield_factor_x1000[:] = 1000
        return rows


@dataclass
class People(Arrays):
    """One row for each person who ever was a member, those gone included."""

    key: U64
    number: I64  # what the person's number is made of
    household: I32  # row of `Households`
    is_here: Flags
    left: I8  # Left
    left_month: I32
    joined_month: I32  # born, married in, returned; NEVER: from the beginning
    born_month: I32  # months since month 0, negative; age in months is month - born_month
    born_day: I8  # 1 to 28
    is_female: Flags
    relation: I8  # Relation
    education: I8  # 0 none, 1 primary, 2 junior, 3 senior, 4 college, 5 university
    school_year: I8  # year of school attended now: 1 to 9 compulsory, 10 to 12, 13 to 16; 0: none
    is_dropout: Flags
    is_unfit_to_study: Flags
    ability: F64  # never recorded
    frailty: F64  # never recorded; mean 1
    is_chronic: Flags
    disability_level: I8  # 0 none, 1 gravest to 4
    disability_kind: I8  # index of the contracts' list
    job: I8  # Job
    job_since: I32
    post_until: I32  # last month of a public post as written
    unfit_until: I32  # last month in which the person cannot work
    carer_until: I32  # last month in which the person stays at home to care
    serious_until: I32  # last month of a serious illness
    serious_monthly_fen: I64  # bill of a month of it
    is_insured: Flags  # basic medical insurance of this year
    year_total_fen: I64  # bills since January
    year_compliant_fen: I64  # compliant own cost after basic insurance since January
    year_aid_fen: I64  # medical aid since January
    year_own_fen: I64  # own cost since January, compliant or not

    @classmethod
    def blank(cls, n: int) -> People:
        """Rows in which nothing has happened yet."""
        never = {
            "left_month", "joined_month", "job_since", "post_until", "unfit_until",
            "carer_until", "serious_until",
        }  # fmt: skip
        arrays = {
            f.name: blank(_DTYPES[str(f.type)], n, NEVER if f.name in never else 0)
            for f in fields(cls)
        }
        rows = cls(**arrays)
        rows.is_here[:] = True
        rows.born_day[:] = 1
        rows.frailty[:] = 1.0
        return rows


@dataclass
class Villages(Arrays):
    """One row for each village; the same on every path unless said otherwise."""

    key: U64
    township: I32
    cell: I32  # weather cell of its fields
    x: F64  # km
    y: F64
    zeal: F64  # how often its cadres look, 1 is usual
    flood_share: F64  # share of its land that floods


@dataclass
class Commons(Arrays):
    """What households share, one row for each common path; the county itself is one path."""

    key: U64
    log_price: F64  # (paths, len(Product))
    log_demand: F64  # (paths,) regional demand for labour
    season_cut: F64  # (paths, n_cells) share of this season's harvest lost to weather so far
    season_kind: I8  # (paths, n_cells) 0 none, 1 drought, 2 flood
    zeal_drift: F64  # (paths, n_villages) in log points

    @classmethod
    def blank(cls, n_paths: int, n_cells: int, n_villages: int) -> Commons:
        """Paths on which nothing has happened yet."""
        return cls(
            key=blank(np.uint64, n_paths),
            log_price=blank(np.float64, n_paths, 0, len(Product)),
            log_demand=blank(np.float64, n_paths),
            season_cut=blank(np.float64, n_paths, 0, n_cells),
            season_kind=blank(np.int8, n_paths, 0, n_cells),
            zeal_drift=blank(np.float64, n_paths, 0, n_villages),
        )


_DTYPES: dict[str, type] = {
    "U64": np.uint64,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "F64": np.float64,
    "Flags": np.bool_,
}


@dataclass
class State:
    """Everything at the end of a month.

    Attributes
    ----------
    month
        The last month that is over; before the first recorded month, negative.
    """

    month: int
    households: Households
    people: People
    villages: Villages
    commons: Commons

    def copied(self) -> State:
        """A copy that shares nothing (villages do not change and are shared)."""
        return State(
            self.month,
            self.households.copied(),
            self.people.copied(),
            self.villages,
            self.commons.copied(),
        )

    def taken(
        self, rows: npt.NDArray[np.int64], path: npt.NDArray[np.int32] | None = None
    ) -> State:
        """Some households with their people, in the order asked for; one may stand several times.

        Parameters
        ----------
        rows
            Rows of households.
        path
            Path of each household asked for; None keeps the one it has.
        """
        households = self.households.taken(rows)
        order = np.argsort(self.people.household, kind="stable")
        counts = np.bincount(self.people.household, minlength=self.households.n)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        n_of = counts[rows]
        begin = np.repeat(first[rows], n_of)
        within = np.arange(int(n_of.sum())) - np.repeat(np.cumsum(n_of) - n_of, n_of)
        people = self.people.taken(order[begin + within])
        people.household = np.repeat(np.arange(len(rows), dtype=np.int32), n_of)
        if path is not None:
            households.path = path.astype(np.int32)
        households.kin = _kin_of(self.households.kin, rows, households.path)
        return State(self.month, households, people, self.villages, self.commons.copied())

    def save(self, file: Path) -> None:
        """Write everything to one file."""
        arrays = {
            "month": np.array(self.month),
            **self.households.as_dict("households."),
            **self.people.as_dict("people."),
            **self.villages.as_dict("villages."),
            **self.commons.as_dict("commons."),
        }
        with file.open("wb") as handle:
            np.savez(handle, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, file: Path) -> State:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return cls(
            int(arrays["month"]),
            Households.from_dict(arrays, "households."),
            People.from_dict(arrays, "people."),
            Villages.from_dict(arrays, "villages."),
            Commons.from_dict(arrays, "commons."),
        )


def _kin_of(kin: I32, rows: npt.NDArray[np.int64], path: I32) -> I32:
    """New row of each household's kin on the same path; -1 where the kin was not taken."""
    found = np.full(len(rows), -1, dtype=np.int32)
    wanted = kin[rows]
    n = len(kin)
    place = path.astype(np.int64) * n + rows
    order = np.argsort(place, kind="stable")
    asked = path.astype(np.int64) * n + wanted
    at = np.minimum(np.searchsorted(place[order], asked), max(len(rows) - 1, 0))
    has = (wanted >= 0) & (place[order][at] == asked) if len(rows) else np.zeros(0, dtype=bool)
    found[has] = order[at][has].astype(np.int32)
    return found
