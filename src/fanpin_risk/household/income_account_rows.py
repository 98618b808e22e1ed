"""Single amounts of the income account by month: payments, wages of months worked, dividends.

What is received or earned in a month stands here once. A month of work on record counts only where
no payment item says what was earned in it, of the household or of that person; a dividend in the
books of the assets only where no payment item of that month is one.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import with_day
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.income_account_windows import calendar_of, month_number_of
from fanpin_risk.household.view import CountyView

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
ACCOUNT_CLOCKS = ("rolling", "collection_year")
"""Clocks of yearly accounts; an item of another clock, or of none, is a single payment."""


def income_items(county: CountyView, choices: AccountChoices, first_day: int) -> Frame | None:
    """Income items of households on record that can reach into a window.

    Returns
    -------
    DataFrame or None
        ``home, person, record_id, part`` (number in `PARTS`), ``is_work`` (belongs to the months it
        covers), ``is_total`` (transfers in one sum), ``is_account, clock, amount, is_help`` (null:
        not marked), ``period_from, period_to`` (dates), ``placed_day`` (on which a single payment
        counts), ``written_day``. Temporary relief is left out where the choices say so. None where
        the table is not kept.
    """
    if "income_item" not in county.tables:
        return None
    rows = county.tables["income_item"].filter(~nw.col("home").is_null())
    is_work = _is_one_of("item", WORK_ITEMS)
    paid = nw.coalesce(nw.col("paid_day"), nw.col("period_day"))
    if choices.places_work_by_payment:
        written = nw.coalesce(nw.col("paid_day"), nw.col("occurred_day").cast(nw.Int64))
        placed = nw.when(is_work).then(written).otherwise(paid)
    else:
        placed = nw.when(is_work).then(nw.col("period_day")).otherwise(paid)
    recent = rows.with_columns(
        placed_day=placed, is_account=_is_one_of("window", ACCOUNT_CLOCKS).fill_null(False)
    ).filter(
        nw.when(nw.col("is_account")).then(nw.col("period_day")).otherwise(nw.col("placed_day"))
        >= first_day
    )
    if choices.leaves_out_relief:
        recent = recent.filter(nw.col("item") != "temporary_relief")
    part: nw.Expr = nw.lit(NUMBER["transfer"])
    for item, name in PART_OF_ITEM.items():
        part = nw.when(nw.col("item") == item).then(nw.lit(NUMBER[name])).otherwise(part)
    return recent.select(
        *("home", "person", "record_id", "is_account", "is_help"),
        *("period_from", "period_to", "placed_day"),
        part=part.cast(nw.Int64),
        is_work=is_work,
        is_total=nw.col("item") == "transfer",
        clock=nw.col("window"),
        amount=nw.col("amount_fen"),
        written_day=nw.col("occurred_day").cast(nw.Int64),
    )


def monthly_amounts(
    county: CountyView, choices: AccountChoices, items: Frame | None, first: int, last: int
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
    items
        Of `income_items`.
    first, last
        Months of interest, both included.

    Returns
    -------
    DataFrame
        ``home, person`` (null: of the household, or of somebody who is gone), ``is_gone`` (of a
        person who has left or died since), ``month, part, amount, is_help`` (false where it is not
        marked).
    """
    calendar = calendar_of(first, last)
    single = None if items is None else _payments(county, choices, items, calendar)
    parts = [] if single is None else [single]
    for part in (_worked(county, single, calendar), _dividends(county, single, calendar)):
        parts += [] if part is None else [part]
    if choices.counts_claims:
        claims = _claims(county, calendar)
        parts += [] if claims is None else [claims]
    rows = nw.concat(parts) if parts else _nothing()
    return rows if choices.counts_income_of_gone else rows.filter(~nw.col("is_gone"))


def _payments(county: CountyView, choices: AccountChoices, items: Frame, calendar: Frame) -> Frame:
    """Payment items by month."""
    rows = _with_gone(county, items.filter(~nw.col("is_account")))
    if choices.places_work_by_payment:
        return _placed(rows, calendar)
    is_spread = nw.col("is_work") & (nw.col("period_from") < nw.col("period_to"))
    spread = rows.filter(is_spread)
    amounts = _placed(rows.filter(~is_spread), calendar)
    return nw.concat([amounts, _spread(spread, calendar)]) if len(spread) > 0 else amounts


def _placed(rows: Frame, calendar: Frame) -> Frame:
    """Amounts in the month of their day."""
    return _entries(rows.join(calendar, left_on="placed_day", right_on="day", how="inner"))


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
    is_nobody = nw.col("person").is_null()
    members = rows.filter(~is_nobody).with_columns(is_gone=nw.lit(False))
    others = rows.filter(is_nobody)
    if len(others) == 0:
        return members
    known = county.known.tables["income_item"].select("record_id", "person_id")
    gone = (
        known.filter(~nw.col("person_id").is_null())
        .join(others.select("record_id"), on="record_id", how="semi")
        .select("record_id", is_gone=nw.lit(True))
    )
    marked = others.join(gone, on="record_id", how="left").with_columns(
        is_gone=nw.col("is_gone").fill_null(False)
    )
    return nw.concat([members, marked])


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
        .filter(~nw.col("home").is_null(), ~nw.col("wage_fen").is_null())
        .join(calendar, left_on="month_day", right_on="day", how="inner")
    )
    if single is not None:
        told = single.filter(nw.col("part") == NUMBER["wage"])
        of_person = told.filter(~nw.col("person").is_null())
        of_home = told.filter(nw.col("person").is_null(), ~nw.col("is_gone"))
        rows = rows.join(of_person, on=["home", "person", "month"], how="anti")
        rows = rows.join(of_home, on=["home", "month"], how="anti")
    return rows.select(
        *("home", "person", "month"),
        is_gone=nw.col("person").is_null(),
        part=nw.lit(NUMBER["wage"]).cast(nw.Int64),
        amount=nw.col("wage_fen"),
        is_help=nw.lit(False),
    ).select(_COLUMNS)


def _dividends(county: CountyView, single: Frame | None, calendar: Frame) -> Frame | None:
    """Dividends of project assets, where no payment item of the month is one; they are help."""
    if "asset_dividend" not in county.tables:
        return None
    rows = _dated(county.tables["asset_dividend"], calendar)
    if single is not None:
        told = single.filter(nw.col("part") == NUMBER["asset_dividend"])
        rows = rows.join(told, on=["home", "month"], how="anti")
    return _of_home(rows, "asset_dividend", "amount_fen", is_help=True)


def _claims(county: CountyView, calendar: Frame) -> Frame | None:
    """Insurance claims paid."""
    if "insurance_claim" not in county.tables:
        return None
    rows = _dated(county.tables["insurance_claim"], calendar).filter(~nw.col("paid_fen").is_null())
    return _of_home(rows, "claim", "paid_fen", is_help=False)


def _dated(rows: Frame, calendar: Frame) -> Frame:
    """Rows of households on record by the month in which they occurred."""
    return (
        rows.filter(~nw.col("home").is_null())
        .with_columns(occurred_day=nw.col("occurred_day").cast(nw.Int64))
        .join(calendar, left_on="occurred_day", right_on="day", how="inner")
    )


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


def _is_one_of(column: str, codes: tuple[str, ...]) -> nw.Expr:
    """Whether a code is one of several; null where it is not known."""
    return nw.any_horizontal(*[nw.col(column) == code for code in codes], ignore_nulls=False)
