"""The county's record tables, gathered month by month from what happened.

Rows are those whose day lies within the months taken in, whatever the day on which they became
known: some are known only after the last month. Beside them stands what was known on the first day:
everybody as the public security office has them, and what the register holds. Days of snapshots and
of what the system does stand for the month's end, so ask on the last days of months.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from fanpin_risk.simulate.county import (
    records_looks,
    records_money,
    records_people,
    records_places,
    records_register,
)
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.records_frames import Names, frame_of
from fanpin_risk.simulate.county.records_identity import (
    FAMILY,
    household_ids,
    identity_numbers,
    identity_secret,
    person_ids,
)
from fanpin_risk.simulate.county.records_money import Accounts
from fanpin_risk.simulate.county.records_pages import Pages
from fanpin_risk.simulate.county.records_people import WorkSeen
from fanpin_risk.simulate.county.records_rows import Piles
from fanpin_risk.simulate.county.records_settings import RecordSettings
from fanpin_risk.simulate.county.records_snapshots import born_days
from fanpin_risk.simulate.county.records_words import township_code, village_code
from fanpin_risk.simulate.county.state import State

__all__ = ["NOT_KEPT", "Accounts", "RecordBook", "RecordSettings"]

NOT_KEPT = (
    *("income", "support", "shock_and_coping", "place_context", "override"),
    *("asset_evidence", "coping_assessment"),
)
"""Tables that this county does not keep: those of a survey, of plans that nobody made here, and of
means that nobody compared or appraised.
"""

_COUNTIES = 1_000


class RecordBook:
    """Gathers each month's events, and at the end gives every record table.

    Call `before` with each month before the first recorded one (as far as there are any), `begin`
    once, `add` with every month, and `frames` at the end.

    Parameters
    ----------
    settings
        Of the theme ``records``.
    seed
        Of the county; keys the hashes of persons.
    """

    def __init__(self, settings: RecordSettings, *, seed: int) -> None:
        self._seed = seed
        self._accounts = Accounts()
        self._work = WorkSeen()
        self._pages = Pages()
        self._piles = Piles(settings)

    def before(self, month: Month) -> None:
        """Take in the money and the work of a month that has no records of its own.

        The yearly account and the medical cost of a year look back twelve months. Without this the
        first account comes in the second October, and costs are empty for a year. Of events, those
        of work count, for the months worked that the register shows on the first day.
        """
        self._accounts.take(month)
        self._work.take(month)

    def begin(self, state: State) -> None:
        """Write down what is known on the first day: the frame of everybody, and the register.

        Parameters
        ----------
        state
            At the end of the month before the first one that is taken in.
        """
        self._pages.begin(self._piles, state)
        records_looks.add_opening(self._piles, state, self._accounts, self._work)

    def add(self, state: State, month: Month) -> None:
        """Take in a month that is over.

        Parameters
        ----------
        state
            At the end of the month; nothing of it is kept.
        month
            With its events.
        """
        piles = self._piles
        self._accounts.take(month)
        self._work.take(month)
        self._pages.add(piles, state, month)
        records_people.add_schooling(piles, state, month)
        records_people.add_insurance(piles, state, month)
        records_people.add_work_months(piles, state, month)
        records_money.add_bills(piles, state, month)
        records_money.add_payments(piles, state, month)
        records_money.add_dividends(piles, state, month)
        records_money.add_spending(piles, state, month)
        records_money.add_claims(piles, state, month)
        records_money.add_loans(piles, state, month)
        records_money.add_shocks(piles, state, month)
        records_register.add_clues(piles, state, month)
        records_register.add_checks(piles, state, month)
        listed_on = records_register.add_decisions(piles, state, month)
        records_register.add_measures(piles, state, month, listed_on)
        records_register.add_exits(piles, state, month)
        records_register.add_visits(piles, state, month)
        records_looks.add_snapshots(piles, state, month, self._accounts, self._work)
        records_looks.add_checks_of_homes(piles, state, month)
        records_places.add_place_months(piles, state, month)
        if month.moy == piles.settings.village_export_month:
            records_places.add_villages(piles, state, month)

    def frames(self, state: State) -> dict[str, pl.DataFrame]:
        """Every record table of the contracts, sorted by record and version.

        What was gathered is used up: call it once, after the last month.

        Parameters
        ----------
        state
            At the end of the last month.

        Returns
        -------
        dict of str to DataFrame
            Exactly the columns of `frame_schema`; the tables of `NOT_KEPT` are empty.
        """
        names = names_of(state, self.person_ids(state))
        return {name: frame_of(pile, names) for name, pile in self._piles.tables.items()}

    def person_ids(self, state: State) -> list[str]:
        """Keyed hashes of all persons of a state, as they stand in the records."""
        return person_ids(
            self.identity_numbers(state), identity_secret(self._seed, county_of(state))
        )

    @staticmethod
    def identity_numbers(state: State) -> list[str]:
        """Identity numbers in clear of all persons of a state; an office's files carry these."""
        return identity_numbers(state.people, born_days(state.people, np.arange(state.people.n)))


def names_of(state: State, persons: Sequence[str]) -> Names:
    """Texts of households, persons and places as the records have them."""
    township = state.villages.township.tolist()
    return Names(
        household=pl.Series(household_ids(state.households.number), dtype=pl.String),
        person=pl.Series(persons, dtype=pl.String),
        village=pl.Series([village_code(t, v) for v, t in enumerate(township)]),
        township=pl.Series([township_code(t) for t in township]),
    )


def county_of(state: State) -> int:
    """Number of the county whose households these are."""
    number = state.households.number
    return int(number[0] // FAMILY % _COUNTIES) if len(number) else 0
