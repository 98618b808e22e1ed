"""What the ledger and the findings say of a listed household: columns that others fill in later.

An account knows no decisions; whoever has the ledger of the day hands its word in
(`with_ledger_facts`), and whoever has the answers of the rules theirs. Until then it is not known.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, COUNT, DAY, FLAG, Columns, DayFacts, FactTheme
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]


def of_cause(prefix: str, cause: Cause) -> str:
    """Name of the column of a cause.

    Examples
    --------
    >>> of_cause("named", Cause.ILLNESS)
    'named_illness'
    """
    return f"{prefix}_{cause.name.lower()}"


NAMED, AIMED = "named", "aimed"
OPEN, LASTING = "open", "lasting"

LEDGER_COLUMNS: Columns = {
    "is_listed": FLAG,
    "listed_day": DAY,
    "listed_months": COUNT,
    "listed_type": CODE,
    "has_aimed_measure": FLAG,
    "first_aimed_day": DAY,
    **{of_cause(NAMED, cause): FLAG for cause in Cause},
    **{of_cause(AIMED, cause): FLAG for cause in Cause},
}
"""What the ledger says; see `fanpin_risk.ledger.listed_facts`."""

FINDING_COLUMNS: Columns = {
    "has_spending_problem": FLAG,
    "has_guarantee_gap": FLAG,
    "spending_problems": CODE,
    "guarantee_gaps": CODE,
    **{of_cause(OPEN, cause): FLAG for cause in Cause},
    **{of_cause(LASTING, cause): FLAG for cause in Cause},
}
"""What the findings say; see `fanpin_risk.standards.exit_facts`."""


def _nothing(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Nothing: the ledger and the findings come later."""
    return None


LISTED = FactTheme(
    name="listed", level="household", columns={**LEDGER_COLUMNS, **FINDING_COLUMNS}, build=_nothing
)
"""Columns of listed households, all null."""


def with_ledger_facts(facts: DayFacts, listed: Frame) -> DayFacts:
    """Put the ledger's word on each household in.

    Parameters
    ----------
    facts
        Of the day.
    listed
        ``household_id`` (each once) and the columns of `LEDGER_COLUMNS`, of the same day.

    Returns
    -------
    DayFacts
        The facts with these columns; null for a household that the ledger does not know.

    Raises
    ------
    SchemaError
        If a column is missing, or a household stands twice.
    """
    missing = [name for name in ("household_id", *LEDGER_COLUMNS) if name not in listed.columns]
    if missing:
        raise SchemaError(
            f"The ledger's facts lack the columns {missing}. Give those of `listed_facts`."
        )
    if listed["household_id"].n_unique() != len(listed):
        raise SchemaError("The ledger's facts name a household twice. Give one row for each.")
    typed = listed.select(
        "household_id", *[nw.col(name).cast(kind) for name, kind in LEDGER_COLUMNS.items()]
    )
    others = [name for name in facts.homes.columns if name not in LEDGER_COLUMNS]
    homes = facts.homes.select(others).join(typed, on="household_id", how="left")
    return DayFacts(as_of=facts.as_of, homes=homes, persons=facts.persons)
