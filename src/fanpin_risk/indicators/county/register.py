"""What the register and the yearly income account say of each household, and what it has to pay."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.kept import is_kept_since, latest_start
from fanpin_risk.household.view import CountyView
from fanpin_risk.indicators.county.livelihood import months_back

Frame = nw.DataFrame[pl.DataFrame]

ACCOUNT_WINDOWS = ("rolling", "collection_year")
"""Clocks of the yearly account; a payment is no part of one."""


def net_view(county: CountyView) -> Frame | None:
    """Register income of the household less its compliant rigid spending of twelve months.

    Income is the newest net income per head on the register times the members on the day. Spending
    is the compliant own cost of bills and other compliant spending that occurred within the twelve
    months; it is unknown where a part of it is, and where either table begins later than a month
    into them.

    Returns
    -------
    DataFrame or None
        ``home, net_fen`` (a year; null: not known) of households with a register income;
        None where snapshots, bills or other spending are not kept.
    """
    needed = ("household_snapshot", "medical_bill", "rigid_spending")
    if any(name not in county.tables for name in needed):
        return None
    year_ago = months_back(county, 12)
    income = latest_answers(
        county.tables["household_snapshot"],
        ["home"],
        {"income": nw.col("net_income_per_head_fen")},
    )
    bills = county.tables["medical_bill"].select(
        "home",
        "occurred_day",
        cost=nw.col("compliant_own_fen"),
        unknown=nw.col("compliant_own_fen").is_null().cast(nw.Int64),
    )
    other = county.tables["rigid_spending"].select(
        "home",
        "occurred_day",
        cost=nw.when(nw.col("is_compliant")).then(nw.col("amount_fen")),
        unknown=nw.col("is_compliant").is_null().cast(nw.Int64),
    )
    limit = latest_start(county.known, 12)
    is_kept = is_kept_since(bills, limit) and is_kept_since(other, limit)
    costs = (
        nw.concat([bills, other])
        .filter(nw.col("occurred_day") > year_ago)
        .group_by("home")
        .agg(
            cost=nw.col("cost").sum().cast(nw.Int64),
            unknown=nw.col("unknown").sum().cast(nw.Int64),
        )
    )
    heads = county.homes.select("home", "heads", "since_day")
    joined = income.join(costs, on="home", how="left").join(heads, on="home", how="left")
    since = nw.col("since_day")
    is_here = since.is_null() | (since <= limit)
    is_told = nw.lit(is_kept) & is_here & (nw.col("unknown").fill_null(0) == 0)
    net = nw.col("income") * nw.col("heads") - nw.col("cost").fill_null(0)
    return joined.filter(~nw.col("income").is_null()).select(
        "home",
        occurred_day=nw.lit(county.day).cast(nw.Int32),
        net_fen=nw.when(is_told).then(net),
    )


def account_view(county: CountyView) -> Frame | None:
    """Yearly income account of each household, item by item, and the one before it.

    An account is the items of one household with one last month, of the rolling or the collection
    year; where both end in one month, or one was written twice, the one of the later day counts.
    Costs of the business are taken off.

    Returns
    -------
    DataFrame or None
        ``home``; ``occurred_day`` (last day of the account's last month); sums in fen:
        ``net_fen, wage_fen, business_fen`` (receipts less costs), ``family_fen`` (support
        from relatives), ``help_fen`` (public help), ``gross_fen`` (all but costs);
        ``has_business_loss``. One row for each account. None where items are not kept.
    """
    if "income_item" not in county.tables:
        return None
    keys = ["home", "last_day"]
    is_account = nw.any_horizontal(
        *[nw.col("window") == window for window in ACCOUNT_WINDOWS], ignore_nulls=False
    )
    rows = (
        county.tables["income_item"]
        .filter(is_account)
        .with_columns(last_day=nw.col("period_day"))
        .filter(nw.col("last_day") <= county.day)
    )
    newest = rows.group_by(keys).agg(_written=nw.col("occurred_day").max())
    latest = rows.join(newest, on=keys, how="inner").filter(
        nw.col("occurred_day") == nw.col("_written")
    )
    clocks = latest.group_by(keys).agg(_clock=nw.col("window").max())
    one = latest.join(clocks, on=keys, how="inner").filter(nw.col("window") == nw.col("_clock"))
    item, amount = nw.col("item"), nw.col("amount_fen")
    is_cost = item == "business_cost"
    zero = nw.lit(0)
    marked = one.select(
        *keys,
        net_fen=nw.when(is_cost).then(-amount).otherwise(amount),
        wage_fen=nw.when(item == "wage").then(amount).otherwise(zero),
        receipts_fen=nw.when(item == "business").then(amount).otherwise(zero),
        cost_fen=nw.when(is_cost).then(amount).otherwise(zero),
        family_fen=nw.when(item == "family_support").then(amount).otherwise(zero),
        help_fen=nw.when(nw.col("is_help")).then(amount).otherwise(zero),
        gross_fen=nw.when(is_cost).then(zero).otherwise(amount),
    )
    names = [name for name in marked.columns if name not in keys]
    sums = marked.group_by(keys).agg(nw.col(name).sum().cast(nw.Int64) for name in names)
    return sums.select(
        "home",
        *("net_fen", "wage_fen", "family_fen", "help_fen", "gross_fen"),
        occurred_day=nw.col("last_day").cast(nw.Int32),
        business_fen=nw.col("receipts_fen") - nw.col("cost_fen"),
        has_business_loss=(nw.col("receipts_fen") < nw.col("cost_fen")).cast(nw.Int64),
    )
