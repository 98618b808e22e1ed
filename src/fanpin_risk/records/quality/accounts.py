"""A household's newest annual account: wages and transfers, and what should show up in them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from fanpin_risk.records.quality.work import with_household

TRANSFERS = (
    "pension",
    "dibao",
    "tekun",
    "disability_benefit",
    "child_benefit",
    "ecological",
    "farm_subsidy",
    "temporary_relief",
    "family_support",
    "other_transfer",
)
"""Parts of 转移性收入, where it is told apart."""
BENEFITS = ("dibao", "tekun", "disability_benefit")
WORK_MEASURES = ("employment", "public_post")

_PERIOD = ("period_from", "period_to")


def account_facts(tables: Mapping[str, pl.DataFrame], household_of: pl.DataFrame) -> pl.DataFrame:
    """One row per household with an account, a benefit paid or a work measure.

    Parameters
    ----------
    tables
        ``income_item`` and ``support_measure`` as contract frames.
    household_of
        ``person_id, household_id``, for rows that do not name the household.

    Returns
    -------
    pl.DataFrame
        ``household_id``; ``wage_fen`` of the newest annual period, null where it has no wage item;
        for each benefit ``has_<benefit>_income``, whether an amount above 0 is on record in that
        period, and ``is_without_transfers_<benefit>``, whether transfer income is 0: by the total
        where that is recorded, else by the parts, null where they are 0 and the benefit's own is
        not among them; for each work measure ``has_<measure>_measure``, whether one ran in the
        period. Without a period every payment and measure counts. Flags with ``has_`` are never
        null.
    """
    items = with_household(tables["income_item"], household_of)
    support = with_household(tables["support_measure"], household_of)
    yearly = items.filter(pl.col("window").is_in(["rolling", "collection_year"]))
    newest = (
        yearly.sort("household_id", "period_to", "period_from")
        .unique("household_id", keep="last", maintain_order=True)
        .select("household_id", *_PERIOD)
    )
    account = yearly.join(newest, on=["household_id", *_PERIOD])
    period = newest.rename({name: f"_{name}" for name in _PERIOD})
    paid = _benefits(account, items.filter(pl.col("window") == "payment"), period)
    ran = _work_measures(support, period)
    households = pl.concat([frame.select("household_id") for frame in (newest, paid, ran)]).unique()
    facts = households
    for part in (_sums(account), paid, ran):
        facts = facts.join(part, on="household_id", how="left")
    return facts.with_columns(pl.selectors.starts_with("has_").fill_null(False)).sort(
        "household_id"
    )


def _sums(account: pl.DataFrame) -> pl.DataFrame:
    """Wages of each household's account, and whether it has no transfers at all."""
    sums = account.group_by("household_id").agg(
        wage_fen=_sum_of("wage"),
        _total=_sum_of("transfer"),
        _parts=_sum_of(*TRANSFERS),
        **{f"_{benefit}": _sum_of(benefit) for benefit in BENEFITS},
    )
    return sums.select("household_id", "wage_fen", *(_no_transfers(name) for name in BENEFITS))


def _no_transfers(benefit: str) -> pl.Expr:
    """Whether transfer income is 0, as far as a benefit is concerned.

    Parts on record that add up to 0 do not show that there are no others: only with the benefit's
    own part among them is it known to be missing.
    """
    return (
        pl.when(pl.col("_total").is_not_null())
        .then(pl.col("_total") == 0)
        .when(pl.col("_parts") > 0)
        .then(pl.lit(False))
        .when(pl.col(f"_{benefit}").is_not_null())
        .then(pl.lit(True))
        .alias(f"is_without_transfers_{benefit}")
    )


def _sum_of(*items: str) -> pl.Expr:
    """Sum of some items; null where there is none, since a sum of nothing would be 0."""
    amounts = pl.col("amount_fen").filter(pl.col("item").is_in(list(items)))
    return pl.when(amounts.count() > 0).then(amounts.sum())


def _benefits(account: pl.DataFrame, payments: pl.DataFrame, period: pl.DataFrame) -> pl.DataFrame:
    """Whether each benefit is on record in a household's account, or was paid in its period."""
    in_period = _overlaps("period_from", "period_to")
    paid = payments.join(period, on="household_id", how="left").filter(in_period)
    columns = ("household_id", "item", "amount_fen")
    rows = pl.concat([account.select(columns), paid.select(columns)])
    return (
        rows.filter(pl.col("amount_fen") > 0)
        .group_by("household_id")
        .agg(**{f"has_{item}_income": (pl.col("item") == item).any() for item in BENEFITS})
    )


def _work_measures(support: pl.DataFrame, period: pl.DataFrame) -> pl.DataFrame:
    """Whether each kind of work measure ran in a household's account period."""
    ran = support.join(period, on="household_id", how="left").filter(
        _overlaps("occurred_on", "ends_on")
    )
    return ran.group_by("household_id").agg(
        **{f"has_{kind}_measure": (pl.col("measure") == kind).any() for kind in WORK_MEASURES}
    )


def _overlaps(first: str, last: str) -> pl.Expr:
    """Whether something runs in the account's period; without a period, or an end, it does.

    The period's last month is held as its first day, and belongs to the period as a whole.
    """
    period_ends_before = pl.col("_period_to").dt.month_end() < pl.col(first)
    has_ended = pl.col(last) < pl.col("_period_from")
    return ~period_ends_before.fill_null(False) & ~has_ended.fill_null(False)
