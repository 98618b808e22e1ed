"""Yearly accounts of households: which of them says what of the months of a window.

An account is the items of one household for one period and clock; where it was written twice, as it
was written last. Of several that reach into a window, each month is told by one: the account of
exactly that window, else one of the window's own clock, else the one written later, else the one
that ends later, else the one that begins later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from fanpin_risk.household.income_account_rows import (
    ACCOUNT_CLOCKS,
    NUMBER,
    PARTS,
    with_months,
)
from fanpin_risk.household.income_account_windows import IncomeWindow, slot_month, slot_of
from fanpin_risk.units import DAY_SCALE

Frame = nw.DataFrame[pl.DataFrame]

NEEDED = ("wage", "business_receipts", "business_cost", "property")
"""Parts that an account must name for its list of transfers to be whole."""
STATED = (*NEEDED, "transfer")
"""Parts of which is told whether they are known."""
SHARED = (*PARTS, "help")
"""Sums that are cut to the months of a window."""
_WITH_TRANSFERS = ("transfer", "asset_dividend")
"""Parts that an account says something of where its list of transfers is whole."""
_ACCOUNT = ("home", "period")


@dataclass(frozen=True, kw_only=True)
class TellingAccounts:
    """What accounts say of windows.

    Attributes
    ----------
    sums
        A row for each account that tells months of a window: ``slot`` (household and window,
        `slot_of`); for each of `SHARED` the amount of these months (null: it does not name the
        part); for each of `STATED` ``<part>|months``: of how many months it is known whole.
    months
        ``slot_month`` of every month that an account tells, and for each part ``<part>|told``:
        whether the account names it, so that single amounts of it do not count again.
    homes
        ``home`` of every household that has such an account, once each.
    """

    sums: Frame
    months: Frame
    homes: Frame


def yearly_accounts(items: Frame) -> Frame:
    """One row for each account of some items of accounts.

    Returns
    -------
    DataFrame
        ``home, from_month, to_month, clock, written_day``; for each of `SHARED` the sum (null: no
        item of it) and for each of `STATED` ``<part>|stated``: it is known whole. Wages, receipts,
        costs and property are where the account names them, nought being written as 0; transfers
        are where all of those are named (then one that is not named is none), or where the account
        gives transfers in one sum.
    """
    rows = with_months(items.filter(nw.col("period_from") <= nw.col("period_to")))
    is_income = nw.col("part") != NUMBER["business_cost"]
    months = nw.col("from_month") * DAY_SCALE + nw.col("to_month")
    marked = rows.select(
        "home",
        (months * len(ACCOUNT_CLOCKS) + nw.col("clock")).alias("period"),
        "written_day",
        **{part: nw.when(nw.col("part") == NUMBER[part]).then(nw.col("amount")) for part in PARTS},
        help=nw.when(nw.col("is_help") & is_income).then(nw.col("amount")),
        total=nw.col("is_total").cast(nw.Int64),
    )
    written = marked.group_by(*_ACCOUNT, "written_day").agg(
        nw.col("total").max(),
        nw.col(*SHARED).sum().cast(nw.Int64),
        nw.col(*SHARED).count().name.suffix("|rows"),
    )
    last = written.group_by(_ACCOUNT).agg(nw.col("written_day").max())
    summed = written.join(last, on=[*_ACCOUNT, "written_day"], how="semi")
    named = {name: nw.col(f"{name}|rows") > 0 for name in SHARED}
    is_whole = nw.all_horizontal(*[named[part] for part in NEEDED], ignore_nulls=False)
    months = nw.col("period") // len(ACCOUNT_CLOCKS)
    return summed.select(
        "home",
        (months // DAY_SCALE).alias("from_month"),
        (months % DAY_SCALE).alias("to_month"),
        (nw.col("period") % len(ACCOUNT_CLOCKS)).alias("clock"),
        "written_day",
        *[nw.when(named[name]).then(nw.col(name)).alias(name) for name in SHARED],
        *[named[part].alias(f"{part}|stated") for part in NEEDED],
        (is_whole | (nw.col("total") == 1)).alias("transfer|stated"),
    )


def telling_accounts(accounts: Frame, windows: Sequence[IncomeWindow]) -> TellingAccounts:
    """What accounts say of the months of each window.

    An account counts by the share of its months that it tells: every part is spread evenly over its
    months, in whole fen, and what does not divide goes to its last month.
    """
    begins, ends = nw.col("from_month"), nw.col("to_month")
    numbered = accounts.with_row_index("number")
    reaching = (
        numbered.select("number", "home", "from_month", "to_month", "clock", "written_day")
        .join(_frame_of(windows), how="cross")
        .filter(begins <= nw.col("last"), ends >= nw.col("first"))
    )
    order = ("_is_exact", "_is_own", "written_day", "to_month", "from_month", "home", "clock")
    ranked = (
        reaching.with_columns(
            _is_exact=(begins == nw.col("first")) & (ends == nw.col("last")),
            _is_own=nw.col("clock") == nw.col("own"),
        )
        .sort(order)
        .select(
            *("number", "to_month", "from_month"),
            slot=slot_of(nw.col("window"), windows),
            _from=nw.max_horizontal("from_month", "first"),
            _to=nw.min_horizontal("to_month", "last"),
        )
        .with_row_index("account")
    )
    owners = _owners(ranked, max(window.months for window in windows))
    owned = owners.group_by("account").agg(
        n_owned=nw.len().cast(nw.Int64), _last=nw.col("slot_month").max() % DAY_SCALE
    )
    told = numbered.select("number", *SHARED, *(f"{part}|stated" for part in STATED))
    telling = ranked.join(owned, on="account", how="inner").join(told, on="number", how="inner")
    return TellingAccounts(
        sums=_cut(telling),
        months=owners.join(_flags(telling), on="account", how="inner").drop("account"),
        homes=reaching.select("home").unique(),
    )


def _frame_of(windows: Sequence[IncomeWindow]) -> Frame:
    """Windows as rows: ``window`` (position), ``first, last``, and the clock that is their ``own``.

    A clock is its position in `ACCOUNT_CLOCKS`.
    """
    columns = {
        "window": list(range(len(windows))),
        "first": [window.first for window in windows],
        "last": [window.last for window in windows],
        "own": [ACCOUNT_CLOCKS.index(window.clock) for window in windows],
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64))
    return nw.from_native(frame, eager_only=True)


def _owners(ranked: Frame, longest: int) -> Frame:
    """For each household, window and month the ``account`` that tells it: ``slot_month, account``.

    ``longest``: months of the longest window.
    """
    steps = nw.from_native(
        pl.DataFrame({"month": list(range(longest))}, schema={"month": pl.Int64}), eager_only=True
    )
    inside = (
        ranked.select("account", "slot", "_from", "_to")
        .join(steps, how="cross")
        .with_columns(month=nw.col("_from") + nw.col("month"))
        .filter(nw.col("month") <= nw.col("_to"))
        .select("account", slot_month=slot_month())
    )
    return inside.group_by("slot_month").agg(nw.col("account").max())


def _cut(telling: Frame) -> Frame:
    """What each account tells of the months that are its own."""
    counted = telling.with_columns(
        _n=nw.col("to_month") - nw.col("from_month") + 1,
        _last=(nw.col("_last") == nw.col("to_month")).cast(nw.Int64),
    )
    n, n_owned, last = nw.col("_n"), nw.col("n_owned"), nw.col("_last")
    stated = {f"{part}|stated": f"{part}|months" for part in STATED}
    return counted.select(
        "slot",
        *[(nw.col(name) // n * n_owned + nw.col(name) % n * last).alias(name) for name in SHARED],
        nw.col(*stated).cast(nw.Int64) * n_owned,
    ).rename(stated)


def _flags(telling: Frame) -> Frame:
    """Whether each account says something of each part."""
    told = [part for part in PARTS if part != "claim"]
    flags = telling.select("account", "transfer|stated", ~nw.col(*told).is_null())
    of_transfers = [nw.col(part) | nw.col("transfer|stated") for part in _WITH_TRANSFERS]
    return flags.select(
        "account", *(part for part in told if part not in _WITH_TRANSFERS), *of_transfers
    ).rename({part: f"{part}|told" for part in told})
