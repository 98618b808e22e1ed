"""Sums of one window of the income account, one row for each household."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.income_account_rows import NUMBER, PARTS
from fanpin_risk.household.income_account_yearly import SHARED, STATED, TellingAccounts
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]


def told_sums(telling: TellingAccounts | None, homes: Frame) -> Frame:
    """What yearly accounts tell.

    Parameters
    ----------
    telling
        Of the window; None where no items are kept.
    homes
        ``home`` of every household.

    Returns
    -------
    DataFrame
        ``home``; ``account|<part>`` (fen; null: no account names it) for each of `SHARED`;
        ``<part>|months``, of how many months it is known whole, for each of `STATED`. Not every
        household has a row.
    """
    if telling is None:
        return homes.select(
            "home",
            *[nw.lit(None).cast(nw.Int64).alias(f"account|{name}") for name in SHARED],
            *[nw.lit(0).cast(nw.Int64).alias(f"{part}|months") for part in STATED],
        )
    return telling.sums.select(
        "home",
        *[nw.col(name).alias(f"account|{name}") for name in SHARED],
        *[f"{part}|months" for part in STATED],
    )


def single_sums(inside: Frame, telling: TellingAccounts | None) -> Frame:
    """Single amounts of a window, without those of parts that an account tells in the month.

    Returns
    -------
    DataFrame
        ``home``; ``single|<part>`` (fen; null: no amount) for each of `PARTS` and for ``help``;
        ``single|gone``: what of them is of persons who are no members, costs taken off. Not every
        household has a row.
    """
    rows = inside if telling is None else _not_told(inside, telling)
    amount, part = nw.col("amount"), nw.col("part")
    is_cost = part == NUMBER["business_cost"]
    signed = nw.when(is_cost).then(-amount).otherwise(amount)
    marked = rows.select(
        *("home", "part", "amount"),
        help=nw.when(nw.col("is_help") & ~is_cost).then(amount),
        gone=nw.when(nw.col("is_gone")).then(signed),
    )
    by_part = marked.group_by("home", "part").agg(
        *[nw.col(name).sum().cast(nw.Int64) for name in ("amount", "help", "gone")],
        _helps=nw.col("help").count(),
    )
    wide = by_part.select(
        "home",
        "gone",
        help=nw.when(nw.col("_helps") > 0).then(nw.col("help")),
        **{name: nw.when(part == NUMBER[name]).then(amount) for name in PARTS},
    )
    summed = wide.group_by("home").agg(
        *[nw.col(name).max() for name in PARTS],
        *[nw.col(name).sum().cast(nw.Int64) for name in ("help", "gone")],
        _helps=nw.col("help").count(),
    )
    names = (*PARTS, "gone")
    return summed.select(
        "home",
        *[nw.col(name).alias(f"single|{name}") for name in names],
        nw.when(nw.col("_helps") > 0).then(nw.col("help")).alias("single|help"),
    )


def _not_told(inside: Frame, telling: TellingAccounts) -> Frame:
    """Amounts of parts that no account tells in their month."""
    told = [part for part in PARTS if f"{part}|told" in telling.months.columns]
    is_told: nw.Expr = nw.lit(False)
    for part in told:
        is_it = nw.col("part") == NUMBER[part]
        is_told = nw.when(is_it).then(nw.col(f"{part}|told")).otherwise(is_told)
    joined = inside.join(telling.months, on=["home", "month"], how="left")
    return joined.filter(~is_told.fill_null(False))


def members_away(county: CountyView) -> Frame:
    """Members who are away, of households with members on record.

    Returns
    -------
    DataFrame
        ``home``; ``away|n``: how many (null: not known of one); ``heads_without_away``: members
        less those (null likewise, and where nobody is left).
    """
    rows = county.persons.group_by("home").agg(
        _n=nw.len().cast(nw.Int64),
        _away=nw.col("is_away").sum().cast(nw.Int64),
        _known=nw.col("is_away").count().cast(nw.Int64),
    )
    is_told = nw.col("_known") == nw.col("_n")
    left = nw.col("_n") - nw.col("_away")
    return rows.select(
        "home",
        nw.when(is_told).then(nw.col("_away")).alias("away|n"),
        heads_without_away=nw.when(is_told & (left > 0)).then(left),
    )


def wages_of_away(county: CountyView, inside: Frame) -> Frame:
    """Wages that single amounts tell of members who are away: ``home``, ``away|wage``."""
    away = county.persons.filter(nw.col("is_away") == 1).select("person")
    return (
        inside.filter(nw.col("part") == NUMBER["wage"])
        .join(away, on="person", how="inner")
        .group_by("home")
        .agg(nw.col("amount").sum().cast(nw.Int64).alias("away|wage"))
    )
