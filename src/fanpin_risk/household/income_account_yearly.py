"""Yearly accounts of households: which of them says what of the months of a window.

An account is the items of one household for one period and clock; where it was written twice, as it
was written last. Of several that reach into a window, each month is told by one: the account of
exactly that window, else one of the window's own clock, else the one written later, else the one
that ends later, else the one that begins later.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from fanpin_risk.household.income_account_rows import NUMBER, PARTS, with_months
from fanpin_risk.household.income_account_windows import IncomeWindow

Frame = nw.DataFrame[pl.DataFrame]

NEEDED = ("wage", "business_receipts", "business_cost", "property")
"""Parts that an account must name for its list of transfers to be whole."""
STATED = (*NEEDED, "transfer")
"""Parts of which is told whether they are known."""
SHARED = (*PARTS, "help")
"""Sums that are cut to the months of a window."""
_KEY = ("home", "from_month", "to_month", "clock")


@dataclass(frozen=True, kw_only=True)
class TellingAccounts:
    """What accounts say of a window.

    Attributes
    ----------
    sums
        ``home``; for each of `SHARED` the amount of the months that accounts tell (null: none names
        the part); for each of `STATED` ``<part>|months``: of how many months it is known whole.
    months
        ``home, month`` of every month that an account tells, and for each part ``<part>|told``:
        whether the account names it, so that single amounts of it do not count again.
    """

    sums: Frame
    months: Frame


def yearly_accounts(items: Frame) -> Frame:
    """One row for each account of some income items.

    Returns
    -------
    DataFrame
        ``home, from_month, to_month, clock, written_day``; for each of `SHARED` the sum (null: no
        item of it) and for each of `STATED` ``<part>|stated``: it is known whole. Wages, receipts,
        costs and property are where the account names them, nought being written as 0; transfers
        are where all of those are named (then one that is not named is none), or where the account
        gives transfers in one sum.
    """
    rows = with_months(
        items.filter(nw.col("is_account"), nw.col("period_from") <= nw.col("period_to"))
    )
    last = rows.group_by(_KEY).agg(_last=nw.col("written_day").max())
    rows = rows.join(last, on=list(_KEY), how="inner").filter(
        nw.col("written_day") == nw.col("_last")
    )
    is_income = nw.col("part") != NUMBER["business_cost"]
    marked = rows.select(
        *_KEY,
        "written_day",
        **{part: nw.when(nw.col("part") == NUMBER[part]).then(nw.col("amount")) for part in PARTS},
        help=nw.when(nw.col("is_help") & is_income).then(nw.col("amount")),
        total=nw.col("is_total").cast(nw.Int64),
    )
    summed = marked.group_by(_KEY).agg(
        nw.col("written_day").max(),
        nw.col("total").max(),
        *[nw.col(name).sum().cast(nw.Int64) for name in SHARED],
        *[nw.col(name).count().cast(nw.Int64).alias(f"{name}|rows") for name in SHARED],
    )
    named = {name: nw.col(f"{name}|rows") > 0 for name in SHARED}
    is_whole = nw.all_horizontal(*[named[part] for part in NEEDED], ignore_nulls=False)
    stated = {f"{part}|stated": named[part] for part in NEEDED}
    return summed.select(
        *_KEY,
        "written_day",
        *[nw.when(named[name]).then(nw.col(name)).alias(name) for name in SHARED],
        **stated,
        **{"transfer|stated": is_whole | (nw.col("total") == 1)},
    )


def telling_accounts(accounts: Frame, window: IncomeWindow) -> TellingAccounts:
    """What accounts say of the months of a window.

    An account counts by the share of its months that it tells: every part is spread evenly over its
    months, in whole fen, and what does not divide goes to its last month.
    """
    reaching = accounts.filter(
        nw.col("from_month") <= window.last, nw.col("to_month") >= window.first
    )
    ranked = (
        reaching.with_columns(
            _is_exact=(nw.col("from_month") == window.first) & (nw.col("to_month") == window.last),
            _is_own=nw.col("clock") == window.clock,
        )
        .sort("_is_exact", "_is_own", "written_day", "to_month", "from_month", "home", "clock")
        .with_row_index("account")
    )
    owners = _owners(ranked, window)
    owned = owners.group_by("account").agg(
        n_owned=nw.len().cast(nw.Int64), _last=nw.col("month").max()
    )
    telling = ranked.join(owned, on="account", how="inner")
    sums = _cut(telling)
    told = [part for part in PARTS if part != "claim"]
    flags = telling.select("account", *[_is_told(part).alias(f"{part}|told") for part in told])
    return TellingAccounts(
        sums=sums,
        months=owners.join(flags, on="account", how="inner").drop("account"),
    )


def _owners(ranked: Frame, window: IncomeWindow) -> Frame:
    """For each household and month of a window the account that tells it."""
    months = nw.from_native(
        pl.DataFrame(
            {"month": list(range(window.first, window.last + 1))}, schema={"month": pl.Int64}
        ),
        eager_only=True,
    )
    inside = (
        ranked.select("account", "home", "from_month", "to_month")
        .join(months, how="cross")
        .filter(nw.col("from_month") <= nw.col("month"), nw.col("month") <= nw.col("to_month"))
    )
    return inside.group_by("home", "month").agg(nw.col("account").max())


def _cut(telling: Frame) -> Frame:
    """Sums of the months told, by household."""
    counted = telling.with_columns(
        _n=nw.col("to_month") - nw.col("from_month") + 1,
        _tells_last=nw.col("_last") == nw.col("to_month"),
    )

    def share(name: str) -> nw.Expr:
        rest = nw.when(nw.col("_tells_last")).then(nw.col(name) % nw.col("_n"))
        return nw.col(name) // nw.col("_n") * nw.col("n_owned") + rest.otherwise(nw.lit(0))

    cut = counted.select(
        "home",
        *[share(name).alias(name) for name in SHARED],
        *[
            nw.when(nw.col(f"{part}|stated"))
            .then(nw.col("n_owned"))
            .otherwise(nw.lit(0))
            .alias(f"{part}|months")
            for part in STATED
        ],
    )
    summed = cut.group_by("home").agg(
        *[nw.col(name).sum().cast(nw.Int64) for name in SHARED],
        *[nw.col(name).count().cast(nw.Int64).alias(f"{name}|rows") for name in SHARED],
        *[nw.col(f"{part}|months").sum().cast(nw.Int64) for part in STATED],
    )
    return summed.select(
        "home",
        *[nw.when(nw.col(f"{name}|rows") > 0).then(nw.col(name)).alias(name) for name in SHARED],
        *[f"{part}|months" for part in STATED],
    )


def _is_told(part: str) -> nw.Expr:
    """Whether an account says something of a part."""
    named = ~nw.col(part).is_null()
    if part in ("transfer", "asset_dividend"):
        return named | nw.col("transfer|stated")
    return named
