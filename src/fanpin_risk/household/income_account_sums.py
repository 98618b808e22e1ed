"""Sums of the windows of the income account, one row for each household and window."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.household.by_number import under_numbers
from fanpin_risk.household.income_account_rows import NUMBER, PARTS
from fanpin_risk.household.income_account_windows import (
    DETAILED,
    IncomeWindow,
    slot_month,
    slot_of,
    with_slots,
)
from fanpin_risk.household.income_account_yearly import (
    SHARED,
    STATED,
    TellingAccounts,
    telling_accounts,
)
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

_MONTHS = tuple(f"{part}|months" for part in STATED)
_SUMS = (*SHARED, *(f"{part}|rows" for part in SHARED), *_MONTHS, "gone", "away|wage")
"""Sums that are 0 where there is nothing."""
_OF_HOMES = ("home", "away|n", "heads_without_away")


def window_sums(
    county: CountyView, windows: Sequence[IncomeWindow], amounts: Frame, accounts: Frame | None
) -> Frame:
    """Sums of every household and window, which stand under one integer, the ``slot``.

    Parameters
    ----------
    county
        The day's records.
    windows
        Windows of the account.
    amounts
        Of `monthly_amounts`.
    accounts
        Of `yearly_accounts`; None where no items are kept.

    Returns
    -------
    DataFrame
        ``home, window`` (position), ``n_months`` of it; the columns of `members_away`; and, 0 where
        there is nothing:

        ``<part>, <part>|rows``
            For each of `SHARED` what yearly accounts tell and what single amounts of other months
            and parts come to, in fen, and from how many sums that is: 0, nothing is on record. Help
            is added up for `DETAILED` windows alone.
        ``gone``
            What of single amounts is of persons who are no members, costs taken off.
        ``<part>|months``
            For each of `STATED` of how many months accounts tell it whole.
        ``away|wage``
            Wages that single amounts tell of members who are away, of whatever month.

        One row for each household and window.
    """
    telling = None if accounts is None else telling_accounts(accounts, windows)
    # most have neither an account nor anybody who is gone: nothing hangs on their single months
    others = amounts.filter(nw.col("is_gone")).select("home")
    if telling is not None:
        others = nw.concat([others, telling.homes])
    others = others.unique()
    homes = county.homes.select("home").join(members_away(county), on="home", how="left")
    found = nw.concat(
        [
            _of_months(homes.join(others, on="home", how="semi"), windows, amounts, telling),
            *_of_windows(homes.join(others, on="home", how="anti"), windows, amounts),
        ],
        how="diagonal",
    )
    away = _wages_of_away(county, windows, amounts)
    summed = found.join(away, on="slot", how="left")
    return summed.with_columns(nw.col(*_SUMS).fill_null(0)).drop("slot")


def _with_slots_of(homes: Frame, number: int, windows: Sequence[IncomeWindow]) -> Frame:
    """Households under their slots of one window."""
    return homes.with_columns(
        window=nw.lit(number).cast(nw.Int64),
        n_months=nw.lit(windows[number].months).cast(nw.Int64),
        slot=slot_of(number, windows),
    )


def _of_windows(homes: Frame, windows: Sequence[IncomeWindow], amounts: Frame) -> list[Frame]:
    """Households of which all single amounts of a window count: `window_sums`, window by window.

    What is 0 for all of them has no column.
    """
    cells = _sums_of_windows(amounts, windows)
    kinds = ("", "|rows")
    for part in PARTS:
        of_part = cells.filter(nw.col("part") == NUMBER[part])
        if len(of_part) > 0:
            names = {
                f"amount{number}{kind}": f"{part}{number}{kind}"
                for number in range(len(windows))
                for kind in kinds
            }
            homes = homes.join(of_part.select("home", *names).rename(names), on="home", how="left")
    helps = [name for name in cells.columns if name.startswith("help")]
    helped = cells.select("home", *helps).group_by("home").agg(nw.col(*helps).sum())
    homes = homes.join(helped, on="home", how="left")
    found = []
    for number in range(len(windows)):
        names = {f"{part}{number}{kind}": f"{part}{kind}" for part in SHARED for kind in kinds}
        here = {name: names[name] for name in homes.columns if name in names}
        of_window = homes.select(*_OF_HOMES, *here).rename(here)
        found.append(_with_slots_of(of_window, number, windows))
    return found


def _sums_of_windows(amounts: Frame, windows: Sequence[IncomeWindow]) -> Frame:
    """All amounts of each household and part, and help among them, in one pass.

    ``home, part``, and for each window ``amount`` or ``help`` with its position, and with ``|rows``
    how many they are.
    """
    month = nw.col("month")
    marked = amounts.select(
        _cell("home"),
        amount=nw.col("amount").fill_null(0),
        help=_help(),
        **{
            f"in{number}": (month >= window.first) & (month <= window.last)
            for number, window in enumerate(windows)
        },
    )
    rows = marked.to_native()
    groups = under_numbers(rows, "cell")
    cells = groups.present
    found = [pl.Series("cell", cells)]
    for number, window in enumerate(windows):
        is_in = rows[f"in{number}"].fill_null(False)
        for name in ("amount", "help") if window.name in DETAILED else ("amount",):
            value = rows[name]
            counts = (is_in & value.is_not_null()).to_numpy()
            total = groups.total(value.fill_null(0).to_numpy(), counts)
            found.append(pl.Series(f"{name}{number}", total[cells]))
            found.append(pl.Series(f"{name}{number}|rows", groups.counted(counts)[cells]))
    return nw.from_native(pl.DataFrame(found), eager_only=True).with_columns(
        home=(nw.col("cell") // len(PARTS)).cast(amounts.schema["home"]),
        part=nw.col("cell") % len(PARTS),
    )


def _of_months(
    homes: Frame,
    windows: Sequence[IncomeWindow],
    amounts: Frame,
    telling: TellingAccounts | None,
) -> Frame:
    """Households of which it is asked what counts in each month: `window_sums`, all columns."""
    asked = amounts.join(homes.select("home"), on="home", how="semi")
    by_month = with_slots(asked, windows)
    cells = _sums_of_months(by_month if telling is None else _not_told(by_month, telling))
    wide = cells.select(
        *("slot", "help", "gone"),
        **{name: nw.when(nw.col("part") == NUMBER[name]).then(nw.col("amount")) for name in PARTS},
    )
    if telling is None:
        wide = wide.with_columns(**dict.fromkeys(_MONTHS, nw.lit(None).cast(nw.Int64)))
    else:
        wide = nw.concat([wide, telling.sums], how="diagonal")
    sums = wide.group_by("slot").agg(
        nw.col(*SHARED, "gone", *_MONTHS).sum().cast(nw.Int64),
        nw.col(*SHARED).count().cast(nw.Int64).name.suffix("|rows"),
    )
    slots = [_with_slots_of(homes, number, windows) for number in range(len(windows))]
    return nw.concat(slots).join(sums, on="slot", how="left")


def _cell(key: str) -> nw.Expr:
    """A household, or a slot, and a part in one integer."""
    return (nw.col(key).cast(nw.Int64) * len(PARTS) + nw.col("part")).alias("cell")


def _help() -> nw.Expr:
    """What of an amount is public help."""
    is_cost = nw.col("part") == NUMBER["business_cost"]
    return nw.when(nw.col("is_help") & ~is_cost).then(nw.col("amount"))


def _sums_of_months(by_month: Frame) -> Frame:
    """Amounts of each slot and part: ``slot, part, amount, help, gone``."""
    amount = nw.col("amount")
    signed = nw.when(nw.col("part") == NUMBER["business_cost"]).then(-amount).otherwise(amount)
    names = ("amount", "help", "gone")
    sums = (
        by_month.select(
            _cell("slot"),
            "amount",
            help=_help(),
            gone=nw.when(nw.col("is_gone")).then(signed),
        )
        .group_by("cell")
        .agg(nw.col(*names).sum().cast(nw.Int64), _helps=nw.col("help").count())
    )
    told_help = nw.when(nw.col("_helps") > 0).then(nw.col("help"))
    return sums.select(
        *("amount", "gone"),
        slot=nw.col("cell") // len(PARTS),
        part=nw.col("cell") % len(PARTS),
        help=told_help,
    )


def _not_told(by_month: Frame, telling: TellingAccounts) -> Frame:
    """Amounts of parts that no account tells in their month."""
    told = [part for part in PARTS if f"{part}|told" in telling.months.columns]
    is_told: nw.Expr = nw.lit(False)
    for part in told:
        is_it = nw.col("part") == NUMBER[part]
        is_told = nw.when(is_it).then(nw.col(f"{part}|told")).otherwise(is_told)
    rows = by_month.with_columns(slot_month=slot_month())
    joined = rows.join(telling.months, on="slot_month", how="left")
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


def _wages_of_away(county: CountyView, windows: Sequence[IncomeWindow], amounts: Frame) -> Frame:
    """Wages that single amounts tell of members who are away: ``slot``, ``away|wage``."""
    away = county.persons.filter(nw.col("is_away") == 1).select("person")
    wages = (
        amounts.select("home", "person", "month", "amount", "part")
        .filter(nw.col("part") == NUMBER["wage"])
        .join(away, on="person", how="semi")
    )
    return (
        with_slots(wages, windows)
        .group_by("slot")
        .agg(nw.col("amount").sum().cast(nw.Int64).alias("away|wage"))
    )
