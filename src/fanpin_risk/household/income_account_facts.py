"""Facts of the windows of the income account, out of their sums."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.household.facts import DAY, FEN, FLAG, RATIO
from fanpin_risk.household.income_account_windows import DETAILED, IncomeWindow
from fanpin_risk.household.income_account_yearly import STATED
from fanpin_risk.units import RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

SHOWN_PARTS = (*STATED, "asset_dividend", "help")
"""Parts whose amounts are facts."""
_OF_TRANSFERS = ("transfer", "transfer|rows")
_WITHIN_TRANSFERS = ("asset_dividend", "help")
"""Parts that are known whole where transfers are."""


def window_columns(name: str) -> Mapping[str, nw.dtypes.DType]:
    """Facts of a window by name, with their types."""
    found: dict[str, nw.dtypes.DType] = {}
    if name in DETAILED:
        found |= {f"{part}_{name}_fen": FEN for part in SHOWN_PARTS}
        found |= {f"is_{part}_{name}_known": FLAG for part in STATED}
        found |= {f"business_{name}_fen": FEN, f"income_of_gone_{name}_fen": FEN}
        found |= {f"earned_{name}_fen": FEN, f"earned_share_{name}_e4": RATIO}
        found |= {f"wage_of_away_{name}_least_fen": FEN, f"wage_of_away_{name}_most_fen": FEN}
    found |= {f"income_{name}_{part}": FEN for part in ("fen", "lower_fen", "upper_fen")}
    found |= {f"is_income_{name}_{part}_known": FLAG for part in ("lower", "upper")}
    found |= {
        f"income_without_loss_{name}_{part}": FEN for part in ("fen", "lower_fen", "upper_fen")
    }
    return found | {f"income_{name}_day": DAY}


def window_facts(sums: Frame, *, counts_claims: bool, has_claims: bool) -> Frame:
    """Facts of every window, with ``*`` for its name; `facts_of_window` takes out those of one.

    Parameters
    ----------
    sums
        Of `window_sums`.
    counts_claims, has_claims
        Whether insurance claims are income, and whether they are kept.

    Returns
    -------
    DataFrame
        ``home, window`` and what `window_columns` gives, but the day.
    """
    totals = _with_totals(_with_known(sums, counts_claims, has_claims))
    income, others = nw.col("income"), nw.col("others")
    has_lower, has_upper, is_exact = nw.col("has_lower"), nw.col("has_upper"), nw.col("is_exact")
    has_earned = nw.col("wage|known") & nw.col("has_business")
    of_nobody = nw.when(nw.col("away|n") == 0).then(nw.lit(0)).when(nw.col("away|n") > 0)
    without_loss = nw.col("without_loss")
    return totals.select(
        *("home", "window"),
        *[_shown(part).alias(f"{part}_*_fen") for part in SHOWN_PARTS],
        *[nw.col(f"{part}|known").alias(f"is_{part}_*_known") for part in STATED],
        **{
            "business_*_fen": nw.when(nw.col("has_business")).then(nw.col("net")),
            "income_of_gone_*_fen": nw.col("gone"),
            "earned_*_fen": nw.when(has_earned).then(nw.col("earned")),
            "earned_share_*_e4": nw.when(is_exact & (income > 0)).then(
                nw.col("earned") * RATIO_SCALE // income
            ),
            "wage_of_away_*_least_fen": of_nobody.then(nw.col("least")),
            "wage_of_away_*_most_fen": of_nobody.then(nw.col("wage")),
            "income_*_fen": nw.when(is_exact).then(income),
            "income_*_lower_fen": nw.when(has_lower).then(income),
            "income_*_upper_fen": nw.when(has_upper).then(income),
            "is_income_*_lower_known": has_lower,
            "is_income_*_upper_known": has_upper,
            "income_without_loss_*_fen": nw.when(is_exact & (nw.col("net") < 0)).then(others),
            "income_without_loss_*_lower_fen": nw.when(has_lower)
            .then(without_loss)
            .otherwise(others),
            "income_without_loss_*_upper_fen": nw.when(has_upper).then(without_loss),
        },
    )


def facts_of_window(facts: Frame, window: IncomeWindow, number: int) -> Frame:
    """Facts of one window.

    Parameters
    ----------
    facts
        Of `window_facts`.
    window
        The window.
    number
        Its position among the windows.

    Returns
    -------
    DataFrame
        ``home`` and `window_columns`, as `build_income` says.
    """
    day = f"income_{window.name}_day"
    names = {
        column.replace(f"_{window.name}_", "_*_"): column
        for column in window_columns(window.name)
        if column != day
    }
    return (
        facts.filter(nw.col("window") == number)
        .select("home", *names)
        .rename(names)
        .with_columns(nw.lit(window.last_day).cast(nw.Int64).alias(day))
    )


def _shown(part: str) -> nw.Expr:
    """What is on record of a part; null where nothing is, and that is not known to be all."""
    whole = "transfer" if part in _WITHIN_TRANSFERS else part
    return nw.when(nw.col(f"{whole}|known") | (nw.col(f"{part}|rows") > 0)).then(nw.col(part))


def _with_known(sums: Frame, counts_claims: bool, has_claims: bool) -> Frame:
    """Count claims as transfers where they are income; add of each part whether all is known."""
    months = {f"{part}|months": f"{part}|known" for part in STATED}
    known = sums.with_columns(nw.col(*months) == nw.col("n_months")).rename(months)
    if not counts_claims:
        return known
    counted = {
        name: nw.col(name) + nw.col(f"claim{name.removeprefix('transfer')}")
        for name in _OF_TRANSFERS
    }
    if not has_claims:
        counted["transfer|known"] = nw.lit(False)
    return known.with_columns(**counted)


def _with_totals(counted: Frame) -> Frame:
    """Add sums over parts, and on which side income is bounded."""
    wage, of_away = nw.col("wage"), nw.col("away|wage")
    has_upper = [f"{part}|known" for part in STATED if part != "business_cost"]
    found = counted.with_columns(
        net=nw.col("business_receipts") - nw.col("business_cost"),
        others=wage + nw.col("property") + nw.col("transfer") + nw.col("asset_dividend"),
        least=nw.when(of_away > wage).then(wage).otherwise(of_away),
        has_lower=nw.col("business_cost|known"),
        has_upper=nw.all_horizontal(*has_upper, ignore_nulls=False),
        has_business=nw.col("business_receipts|known") & nw.col("business_cost|known"),
    )
    net, others = nw.col("net"), nw.col("others")
    income = others + net
    return found.with_columns(
        income=income,
        earned=wage + net,
        is_exact=nw.col("has_lower") & nw.col("has_upper"),
        without_loss=nw.when(net > 0).then(income).otherwise(others),
    )
