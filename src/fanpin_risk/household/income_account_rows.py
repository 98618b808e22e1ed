"""Single amounts of the income account by month: payments, wages of months worked, dividends.

What is received or earned in a month stands here once. A month of work on record counts only where
no payment item says what was earned in it, of the household or of that person; a dividend in the
books of the assets only where no payment item of that month is one.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import with_day
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.income_account_windows import (
    IncomeWindow,
    calendar_of,
    is_placed,
    month_number_of,
    with_month,
)
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import DAY_SCALE

Frame = nw.DataFrame[pl.DataFrame]

PARTS = (
    *("wage", "business_receipts", "business_cost", "property", "transfer"),
    *("asset_dividend", "claim"),
)
"""Parts of the account. A dividend of project assets is a part of its own, and so is an insurance
claim, which is no income unless a reading says so."""
PART_OF_ITEM = {
    "wage": "wage",
    "business": "business_receipts",
    "business_cost": "business_cost",
    "property": "property",
    "asset_dividend": "asset_dividend",
}
"""Part that each item belongs to; every other item is a transfer."""
NUMBER = {part: number for number, part in enumerate(PARTS)}
WORK_ITEMS = ("wage", "business", "business_cost")
"""Items that belong to the months they cover; all others to the day on which they were paid."""
_WORK_PARTS = tuple(NUMBER[PART_OF_ITEM[item]] for item in WORK_ITEMS)
ACCOUNT_CLOCKS = ("rolling", "collection_year")
"""Clocks of yearly accounts; an item of another clock, or of none, is a single payment."""


def single_items(county: CountyView, choices: AccountChoices, first_day: int) -> Frame | None:
    """Income items, and which of them are single payments that can reach into a window.

    Returns
    -------
    DataFrame or None
        ``home, person, record_id, part`` (number in `PARTS`), ``amount, is_help`` (null: not
        marked), ``period_from, period_to`` (dates), ``placed_day`` (on which it counts);
        ``is_spread``: to be spread over the months that it covers; ``is_asked``: it is a single
        payment of a household on record that reaches to the window's first day or beyond.
        Temporary relief is not asked for where the choices say so. None where the table is not
        kept.
    """
    if "income_item" not in county.tables:
        return None
    days = ("paid_day", "period_day", "occurred_day")
    rows = county.tables["income_item"].select(
        *("home", "person", "record_id", "is_help", "period_from", "period_to", *days),
        amount=nw.col("amount_fen"),
        part=_part_of_item(),
        is_asked=_is_counted(choices) & ~_is_account(),
    )
    part = nw.col("part")
    is_work = nw.any_horizontal(*[part == number for number in _WORK_PARTS], ignore_nulls=False)
    paid, of_work = nw.coalesce(nw.col("paid_day"), nw.col("period_day")), nw.col("period_day")
    if choices.places_work_by_payment:
        of_work = nw.coalesce(nw.col("paid_day"), nw.col("occurred_day").cast(nw.Int64))
        is_spread = nw.lit(False)
    else:
        is_spread = nw.col("is_work") & (nw.col("period_from") < nw.col("period_to"))
    placed = rows.with_columns(is_work=is_work).with_columns(
        placed_day=nw.when(nw.col("is_work")).then(of_work).otherwise(paid), is_spread=is_spread
    )
    return placed.with_columns(
        is_asked=nw.col("is_asked") & (nw.col("placed_day") >= first_day)
    ).drop("is_work", *days)


def account_items(county: CountyView, choices: AccountChoices, first_day: int) -> Frame | None:
    """Items of yearly accounts that can reach into a window from its first day on.

    Returns
    -------
    DataFrame or None
        ``home, part`` (number in `PARTS`), ``is_total`` (transfers in one sum), ``amount, is_help``
        (null: not marked), ``clock`` (position in `ACCOUNT_CLOCKS`), ``period_from, period_to``
        (dates), ``written_day``. Relief as in `single_items`. None where the table is not kept.
    """
    if "income_item" not in county.tables:
        return None
    in_reach = _is_account() & (nw.col("period_day") >= first_day)
    columns = ("home", "is_help", "period_from", "period_to", "item", "window", "occurred_day")
    rows = county.tables["income_item"].select(
        *columns, amount=nw.col("amount_fen"), _is_asked=_is_counted(choices) & in_reach
    )
    return rows.filter("_is_asked").select(
        *("home", "is_help", "period_from", "period_to", "amount"),
        part=_part_of_item(),
        is_total=nw.col("item") == "transfer",
        clock=clock_number(nw.col("window")),
        written_day=nw.col("occurred_day").cast(nw.Int64),
    )


def clock_number(clock: nw.Expr) -> nw.Expr:
    """A clock of accounts as its position in `ACCOUNT_CLOCKS`."""
    number: nw.Expr = nw.lit(0)
    for place, code in enumerate(ACCOUNT_CLOCKS):
        number = nw.when(clock == code).then(nw.lit(place)).otherwise(number)
    return number.cast(nw.Int64)


def _is_counted(choices: AccountChoices) -> nw.Expr:
    """Whether an item is of a household on record, and not left out."""
    has_home = ~nw.col("home").is_null()
    return (
        has_home & (nw.col("item") != "temporary_relief") if choices.leaves_out_relief else has_home
    )


def _is_account() -> nw.Expr:
    """Whether an item belongs to a yearly account."""
    is_one = [nw.col("window") == clock for clock in ACCOUNT_CLOCKS]
    return nw.any_horizontal(*is_one, ignore_nulls=False).fill_null(False)


def _part_of_item() -> nw.Expr:
    """Part of an item as its number."""
    part: nw.Expr = nw.lit(NUMBER["transfer"])
    for item, name in PART_OF_ITEM.items():
        part = nw.when(nw.col("item") == item).then(nw.lit(NUMBER[name])).otherwise(part)
    return part.cast(nw.Int64)


def monthly_amounts(
    county: CountyView, choices: AccountChoices, windows: Sequence[IncomeWindow]
) -> Frame:
    """Every single amount, in the month in which it counts.

    An amount for work or business over several months is spread over them evenly, in whole fen, and
    what does not divide goes to the last. Where the period is the wrong way round, its last month
    counts.

    Parameters
    ----------
    county
        The day's records.
    choices
        Ways of counting.
    windows
        Windows of interest.

    Returns
    -------
    DataFrame
        ``home, person`` (null: of the household, or of somebody who is gone), ``is_gone`` (of a
        person who has left or died since), ``month, part, amount, is_help`` (false where it is not
        marked).
    """
    calendar = calendar_of(min(w.first for w in windows), max(w.last for w in windows))
    items = single_items(county, choices, min(w.first_day for w in windows))
    single = None if items is None else _payments(county, items, calendar)
    parts = [] if single is None else [single]
    for part in (_worked(county, single, calendar), _dividends(county, single, calendar)):
        parts += [] if part is None else [part]
    if choices.counts_claims:
        claims = _claims(county, calendar)
        parts += [] if claims is None else [claims]
    rows = nw.concat(parts) if parts else _nothing()
    return rows if choices.counts_income_of_gone else rows.filter(~nw.col("is_gone"))


def _payments(county: CountyView, items: Frame, calendar: Frame) -> Frame:
    """Payment items by month."""
    is_plain = ~nw.col("is_spread") & ~nw.col("person").is_null()
    of_members = items.select(
        *("home", "person", "amount", "part", "placed_day", "is_help"),
        _is_it=nw.col("is_asked") & is_plain & is_placed("placed_day", calendar),
    ).filter("_is_it")
    others = _with_gone(county, items.filter(nw.col("is_asked") & ~is_plain))
    return nw.concat(
        [
            _entries(
                with_month(of_members.with_columns(is_gone=nw.lit(False)), "placed_day", calendar)
            ),
            _placed(others.filter(~nw.col("is_spread")), calendar),
            _spread(others.filter("is_spread"), calendar),
        ]
    )


def _placed(rows: Frame, calendar: Frame) -> Frame:
    """Amounts in the month of their day."""
    inside = rows.filter(is_placed("placed_day", calendar))
    return _entries(with_month(inside, "placed_day", calendar))


def _spread(rows: Frame, calendar: Frame) -> Frame:
    """Amounts over several months, a row for each of them that is asked about."""
    months = calendar.select("month").unique()
    inside = (
        with_months(rows)
        .join(months, how="cross")
        .filter(nw.col("from_month") <= nw.col("month"), nw.col("month") <= nw.col("to_month"))
    )
    n = nw.col("to_month") - nw.col("from_month") + 1
    each = nw.col("amount") // n
    rest = nw.when(nw.col("month") == nw.col("to_month")).then(nw.col("amount") - each * n)
    return _entries(inside.with_columns(amount=each + rest.fill_null(0)))


def _with_gone(county: CountyView, rows: Frame) -> Frame:
    """Mark payments to persons who do not belong to a household on the day."""
    nobody = rows.filter(nw.col("person").is_null()).select("record_id")
    gone = (
        county.known.tables["income_item"]
        .select("record_id", "person_id")
        .join(nobody, on="record_id", how="semi")
        .filter(~nw.col("person_id").is_null())
        .select("record_id", is_gone=nw.lit(True))
    )
    return rows.join(gone, on="record_id", how="left").with_columns(
        is_gone=nw.col("is_gone").fill_null(False)
    )


def with_months(rows: Frame) -> Frame:
    """Add the months of a period as numbers: ``from_month, to_month``."""
    for month, date in (("from_month", "period_from"), ("to_month", "period_to")):
        rows = with_day(rows, month, date, month_number_of)
    return rows


def _worked(county: CountyView, single: Frame | None, calendar: Frame) -> Frame | None:
    """Wages of months worked, where no payment item says what was earned in the month."""
    if "work_month" not in county.tables:
        return None
    rows = (
        county.tables["work_month"]
        .select("home", "person", "month_day", amount=nw.col("wage_fen"))
        .filter(~nw.col("home").is_null(), ~nw.col("amount").is_null())
    )
    rows = with_month(rows.filter(is_placed("month_day", calendar)), "month_day", calendar)
    if single is not None:
        told = single.filter(nw.col("part") == NUMBER["wage"])
        of_person = told.filter(~nw.col("person").is_null())
        of_home = told.filter(nw.col("person").is_null(), ~nw.col("is_gone"))
        rows = _without(_without(rows, of_person, "person"), of_home, "home")
    return rows.select(
        *("home", "person"),
        nw.col("person").is_null().alias("is_gone"),
        "month",
        nw.lit(NUMBER["wage"]).cast(nw.Int64).alias("part"),
        "amount",
        nw.lit(False).alias("is_help"),
    )


def _without(rows: Frame, told: Frame, key: str) -> Frame:
    """Rows of whose household or person, and month, nothing else is told."""
    if len(told) == 0:
        return rows
    both = (nw.col(key).cast(nw.Int64) * DAY_SCALE + nw.col("month")).alias("_both")
    return rows.with_columns(both).join(told.select(both), on="_both", how="anti").drop("_both")


def _dividends(county: CountyView, single: Frame | None, calendar: Frame) -> Frame | None:
    """Dividends of project assets, where no payment item of the month is one; they are help."""
    if "asset_dividend" not in county.tables:
        return None
    rows = _dated(county.tables["asset_dividend"], calendar)
    if single is not None:
        told = single.filter(nw.col("part") == NUMBER["asset_dividend"])
        rows = _without(rows, told, "home")
    return _of_home(rows, "asset_dividend", "amount_fen", is_help=True)


def _claims(county: CountyView, calendar: Frame) -> Frame | None:
    """Insurance claims paid."""
    if "insurance_claim" not in county.tables:
        return None
    rows = _dated(county.tables["insurance_claim"], calendar).filter(~nw.col("paid_fen").is_null())
    return _of_home(rows, "claim", "paid_fen", is_help=False)


def _dated(rows: Frame, calendar: Frame) -> Frame:
    """Rows of households on record by the month in which they occurred."""
    inside = rows.filter(~nw.col("home").is_null(), is_placed("occurred_day", calendar))
    return with_month(inside, "occurred_day", calendar)


_COLUMNS = ("home", "person", "is_gone", "month", "part", "amount", "is_help")


def _entries(rows: Frame) -> Frame:
    """Rows as `monthly_amounts` gives them."""
    return rows.with_columns(is_help=nw.col("is_help").fill_null(False)).select(_COLUMNS)


def _of_home(rows: Frame, part: str, amount: str, *, is_help: bool) -> Frame:
    """Rows of the household itself as `monthly_amounts` gives them."""
    return rows.select(
        *("home", "month"),
        person=nw.lit(None).cast(nw.UInt32),
        is_gone=nw.lit(False),
        part=nw.lit(NUMBER[part]).cast(nw.Int64),
        amount=nw.col(amount),
        is_help=nw.lit(is_help),
    ).select(_COLUMNS)


def _nothing() -> Frame:
    """No amounts."""
    schema = {
        "home": pl.UInt32(),
        "person": pl.UInt32(),
        "is_gone": pl.Boolean(),
        "month": pl.Int64(),
        "part": pl.Int64(),
        "amount": pl.Int64(),
        "is_help": pl.Boolean(),
    }
    return nw.from_native(pl.DataFrame(schema=schema), eager_only=True)
