"""Records of places: villages once a year, prices and disasters every month."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import NEVER, Breach
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.records_rows import LAST_DAY, MISSING, Piles, first_day
from fanpin_risk.simulate.county.state import I64, State
from fanpin_risk.simulate.county.streams import LASTING
from fanpin_risk.simulate.county.system_view import UNSAFE_GRADE, Rows

_NONE = -1
_FEN = 100
_DOCTORS_AT_MOST = 3
_BUS_SHARE = 0.8


def villages_of(state: State) -> Rows:
    """Villages in which a household of this state ever lived, in order."""
    return np.unique(state.households.village).astype(np.int64)


def add_place_months(piles: Piles, state: State, month: Month) -> None:
    """Prices and disasters of the month, in the villages of this state."""
    own = villages_of(state)
    # the source counts its days from the month's last one
    last_day = first_day(month.month + 1) - first_day(month.month)
    for event in month.events.get("place_month", []):
        kept = np.isin(event["village"], own)
        found = {name: values[kept] for name, values in event.items()}
        village = found["village"].astype(np.int64)
        n = len(village)
        piles.add(
            state,
            "place_month",
            "agriculture_prices",
            month.month,
            {
                "month": np.full(n, first_day(month.month), dtype=np.int64),
                "product": found["product"].astype(np.int8),
                "price_fen_per_kg": _known(found["price_fen_per_kg"]),
                "disaster_kind": found["disaster_kind"].astype(np.int8),
                "affected_percent": _known(found["affected_percent"]),
            },
            village=village,
            day=np.full(n, last_day, dtype=np.int64),
        )


def add_villages(piles: Piles, state: State, month: Month) -> None:
    """Each village with the sums of its households, as the yearly export has them."""
    households, people = state.households, state.people
    place = villages_of(state)
    keys = state.villages.key[place]
    here = households.is_here

    n = state.villages.n
    lives = people.is_here & here[people.household]
    home = households.village[people.household]

    def of_households(values: npt.NDArray[Any]) -> I64:
        """Sums by village of a column of households."""
        return _sums(households.village[here], values[here], n)[place]

    def of_people(values: npt.NDArray[Any]) -> I64:
        """Sums by village of a column of persons."""
        return _sums(home[lives], values[lives], n)[place]

    low, high = piles.settings.collective_income_yuan
    income = np.floor(low + LASTING.uniform("records.collective", keys) * (high - low))
    drawn = LASTING.uniform("records.doctors", keys)
    piles.add(
        state,
        "village",
        "national_village",
        month.month,
        {
            "name": place,
            "township": place,
            "households": of_households(np.ones(households.n)),
            "people": of_people(np.ones(people.n)),
            "dibao_households": of_households(households.is_dibao),
            "dibao_people": of_people(households.is_dibao[people.household]),
            "tekun_people": of_people(households.is_tekun[people.household]),
            "disabled_people": of_people(people.disability_level > 0),
            "dilapidated_homes": of_households(households.house_grade >= UNSAFE_GRADE),
            "without_safe_water": of_households(households.breach_since[:, Breach.WATER] != NEVER),
            "farmland_mu_x100": of_households(households.land_mu_x100),
            "collective_income_fen": income.astype(np.int64) * _FEN,
            "has_clinic": np.ones(len(place), dtype=np.int8),
            "doctors": 1 + np.floor(drawn * _DOCTORS_AT_MOST).astype(np.int64),
            "has_paved_road": np.ones(len(place), dtype=np.int8),
            "has_bus": LASTING.happens("records.bus", keys, _BUS_SHARE).astype(np.int8),
        },
        village=place,
        day=np.full(len(place), LAST_DAY, dtype=np.int64),
    )


def _known(values: npt.NDArray[Any]) -> I64:
    """Whole numbers of an event, empty where it has none."""
    return np.where(values == _NONE, MISSING, values).astype(np.int64)


def _sums(group: npt.NDArray[np.integer], values: npt.NDArray[Any], n: int) -> I64:
    """Whole sums by group, exact below 2**53."""
    sums: I64 = np.bincount(group, weights=values.astype(np.float64), minlength=n).astype(np.int64)
    return sums
