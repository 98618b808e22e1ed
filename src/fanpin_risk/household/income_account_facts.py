"""Facts of one window of the income account, out of its sums."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.household.facts import DAY, FEN, FLAG, RATIO
from fanpin_risk.household.income_account_windows import ANNUAL, IDENTIFICATION, IncomeWindow
from fanpin_risk.household.income_account_yearly import STATED
from fanpin_risk.units import RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

DETAILED = (IDENTIFICATION, ANNUAL)
"""Windows of which every part is a fact; of the one before only the income."""
SHOWN_PARTS = (*STATED, "asset_dividend", "help")
"""Parts whose amounts are facts."""
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


def window_facts(
    sums: Frame, window: IncomeWindow, *, counts_claims: bool, has_claims: bool
) -> Frame:
    """Facts of a window.

    Parameters
    ----------
    sums
        ``home`` and the columns of `told_sums`, `single_sums`, `members_away` and `wages_of_away`.
    window
        The window.
    counts_claims, has_claims
        Whether insurance claims are income, and whether they are kept.

    Returns
    -------
    DataFrame
        ``home`` and `window_columns`, as `build_income` says.
    """
    name = window.name
    counted = _with_known(_with_claims(sums, counts_claims), window, counts_claims, has_claims)
    totals = _with_totals(counted)
    has_lower, has_upper = nw.col("has_lower"), nw.col("has_upper")
    income, others, gain = nw.col("income"), nw.col("others"), nw.col("gain")
    earned, is_exact = nw.col("earned"), has_lower & has_upper
    has_earned = nw.col("known|wage") & nw.col("has_business")
    of_nobody = nw.when(nw.col("away|n") == 0).then(nw.lit(0)).when(nw.col("away|n") > 0)
    facts = {
        **{f"{part}_{name}_fen": nw.col(f"shown|{part}") for part in SHOWN_PARTS},
        **{f"is_{part}_{name}_known": nw.col(f"known|{part}") for part in STATED},
        f"business_{name}_fen": nw.when(nw.col("has_business")).then(nw.col("net")),
        f"income_of_gone_{name}_fen": nw.col("single|gone").fill_null(0),
        f"earned_{name}_fen": nw.when(has_earned).then(earned),
        f"earned_share_{name}_e4": nw.when(is_exact & (income > 0)).then(
            earned * RATIO_SCALE // income
        ),
        f"wage_of_away_{name}_least_fen": of_nobody.then(nw.col("least")),
        f"wage_of_away_{name}_most_fen": of_nobody.then(nw.col("amount|wage")),
        f"income_{name}_fen": nw.when(is_exact).then(income),
        f"income_{name}_lower_fen": nw.when(has_lower).then(income),
        f"income_{name}_upper_fen": nw.when(has_upper).then(income),
        f"is_income_{name}_lower_known": has_lower,
        f"is_income_{name}_upper_known": has_upper,
        f"income_without_loss_{name}_fen": nw.when(is_exact & (nw.col("net") < 0)).then(others),
        f"income_without_loss_{name}_lower_fen": nw.when(has_lower)
        .then(others + gain)
        .otherwise(others),
        f"income_without_loss_{name}_upper_fen": nw.when(has_upper).then(others + gain),
        f"income_{name}_day": nw.lit(window.last_day).cast(nw.Int64),
    }
    return totals.select("home", **{column: facts[column] for column in window_columns(name)})


def _with_claims(sums: Frame, counts_claims: bool) -> Frame:
    """Count claims as transfers where they are income."""
    if not counts_claims:
        return sums
    claim, transfer = nw.col("single|claim"), nw.col("single|transfer")
    both = nw.when(~claim.is_null()).then(transfer.fill_null(0) + claim).otherwise(transfer)
    return sums.with_columns(both.alias("single|transfer"))


def _with_known(sums: Frame, window: IncomeWindow, counts_claims: bool, has_claims: bool) -> Frame:
    """Add of each part whether all of it is known, what is on record, and what of that is shown."""
    known = {
        f"known|{part}": nw.col(f"{part}|months").fill_null(0) == window.months for part in STATED
    }
    if counts_claims and not has_claims:
        known["known|transfer"] = nw.lit(False)
    amounts = {
        f"amount|{part}": nw.col(f"account|{part}").fill_null(0)
        + nw.col(f"single|{part}").fill_null(0)
        for part in SHOWN_PARTS
    }
    found = sums.with_columns(**known, **amounts)
    shown = {}
    for part in SHOWN_PARTS:
        whole = "transfer" if part in _WITHIN_TRANSFERS else part
        is_none = nw.col(f"account|{part}").is_null() & nw.col(f"single|{part}").is_null()
        is_told = nw.col(f"known|{whole}") | ~is_none
        shown[f"shown|{part}"] = nw.when(is_told).then(nw.col(f"amount|{part}"))
    return found.with_columns(**shown)


def _with_totals(counted: Frame) -> Frame:
    """Add sums over parts, and on which side income is bounded."""
    receipts, cost = nw.col("amount|business_receipts"), nw.col("amount|business_cost")
    wage, of_away = nw.col("amount|wage"), nw.col("away|wage").fill_null(0)
    unearned = (
        nw.col("amount|property") + nw.col("amount|transfer") + nw.col("amount|asset_dividend")
    )
    has_upper = [nw.col(f"known|{part}") for part in STATED if part != "business_cost"]
    found = counted.with_columns(
        net=receipts - cost,
        others=wage + unearned,
        least=nw.when(of_away > wage).then(wage).otherwise(of_away),
        has_lower=nw.col("known|business_cost"),
        has_upper=nw.all_horizontal(*has_upper, ignore_nulls=False),
        has_business=nw.col("known|business_receipts") & nw.col("known|business_cost"),
    )
    net = nw.col("net")
    return found.with_columns(
        income=nw.col("others") + net,
        earned=wage + net,
        gain=nw.when(net > 0).then(net).otherwise(nw.lit(0)),
    )
