"""Premiums of resident insurance, and what public aid pays of them: the newest period of a person.

Only insurance of residents has premiums that public aid pays (founding text 二（三）, 四（十二）);
insurance of employees tells that somebody has none of these.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.household.facts import DAY, FEN, FLAG, Columns, with_found
from fanpin_risk.household.guarantees_cover import KINDS, PENSIONS, largest, newest_periods
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

PREMIUMS: Mapping[str, tuple[str, ...]] = {
    "medical": ("basic_medical", "employee_medical"),
    "pension": PENSIONS,
}
"""Kinds of insurance that tell about each premium, the one of residents first."""


def _columns(name: str) -> Columns:
    """Facts of one premium."""
    return {
        f"is_{name}_premium_due": FLAG,
        f"{name}_premium_day": DAY,
        f"{name}_premium_fen": FEN,
        f"{name}_premium_aid_fen": FEN,
    }


PREMIUM_COLUMNS: Columns = {
    column: kind for name in PREMIUMS for column, kind in _columns(name).items()
}
"""Facts of both premiums; see `premium_facts`."""


def premium_facts(county: CountyView) -> Frame:
    """Premium of the newest period of each resident insurance of each member.

    Of periods that have begun by the day the one that begins last counts; of those that begin on
    one day the one recorded later, and of those recorded together the larger amounts.

    Returns
    -------
    DataFrame
        ``person`` and, for ``medical`` and ``pension``:

        ``is_<name>_premium_due``
            Whether the person is insured as a resident by a period that covers the day, its last
            day included, and a premium above nought is due for it; a period without a last day goes
            on. Not known after its last day, for the new year's list may not be there yet. No where
            the person only has insurance as an employee; not known of somebody without either.
        ``<name>_premium_day``
            First day of that period.
        ``<name>_premium_fen, <name>_premium_aid_fen``
            Its premium, and what public aid paid of it; 0 is none, null is not on record.

        Everything null where no insurance is kept.
    """
    found = county.persons.select("person")
    if "insurance" not in county.tables:
        nothing = nw.lit(None)
        return found.with_columns(
            nothing.cast(kind).alias(name) for name, kind in PREMIUM_COLUMNS.items()
        )
    _, latest = newest_periods(county)
    parts = [_of_kinds(latest, county, name, kinds) for name, kinds in PREMIUMS.items()]
    return with_found(found, parts, "person").select(["person", *PREMIUM_COLUMNS])


def _of_kinds(latest: Frame, county: CountyView, name: str, kinds: tuple[str, ...]) -> Frame:
    """Facts of one premium, of everybody with insurance of its kinds."""
    own, *others = (latest.filter(nw.col("kind") == KINDS[kind]) for kind in kinds)
    columns = ("person", "from_day", "to_day", "premium_fen", "premium_aid_fen")
    periods = largest(own.select(*columns, covered=nw.col("is_covered").cast(nw.Int64)), "person")
    rest = nw.concat([rows.select("person") for rows in others]).unique()
    is_over = (nw.col("to_day") < county.day).fill_null(False)
    is_insured = nw.when(~is_over).then(nw.col("covered") == 1)
    facts = {
        f"is_{name}_premium_due": is_insured & (nw.col("premium_fen") > 0),
        f"{name}_premium_day": nw.col("from_day").cast(nw.Int64),
        f"{name}_premium_fen": nw.col("premium_fen").cast(nw.Int64),
        f"{name}_premium_aid_fen": nw.col("premium_aid_fen").cast(nw.Int64),
    }
    nothing = {
        name: nw.lit(value).cast(PREMIUM_COLUMNS[name])
        for name, value in zip(facts, (False, None, None, None), strict=True)
    }
    not_own = rest.join(periods.select("person"), on="person", how="anti")
    return nw.concat([periods.select("person", **facts), not_own.select("person", **nothing)])
