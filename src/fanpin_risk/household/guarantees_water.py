"""Drinking water of a household: checks of the water office, and what the register says."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number, day_of
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.facts import COUNT, DAY, FLAG, RATIO, Columns
from fanpin_risk.household.guarantees_sources import (
    OFFICE,
    REGISTER,
    answer_of,
    day_of_answer,
    disagree,
    is_yes,
    newer,
    of_this_home,
    recent,
)
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import PERCENT, RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

WATER_COLUMNS: Columns = {
    "water_quality_is_poor": FLAG,
    "water_quality_day": DAY,
    "register_water_is_safe": FLAG,
    "register_water_day": DAY,
    "water_is_unsafe": FLAG,
    "water_is_unsafe_day": DAY,
    "water_sources_disagree": FLAG,
    "water_outage_days": COUNT,
    "water_outage_day": DAY,
    "water_outage_month_days": COUNT,
    "water_outage_is_settled": FLAG,
    "water_trip_minutes": COUNT,
    "water_trip_day": DAY,
    "water_trip_is_settled": FLAG,
    "water_litres": COUNT,
    "water_litres_day": DAY,
    "water_litres_is_settled": FLAG,
    "water_supply_e4": RATIO,
    "water_supply_day": DAY,
    "water_supply_is_settled": FLAG,
}

WATER_QUESTIONS = ("unsafe", "outage", "trip", "litres", "supply")
"""What checks of water are asked; the register answers the first."""


def water_by_office(county: CountyView, since: int | None) -> Frame | None:
    """Newest answers of the checks to `WATER_QUESTIONS`, with their days.

    Returns
    -------
    DataFrame or None
        ``home``, and for each question ``<name>`` and ``<name>|day``; None where no check is kept.
    """
    if "water_check" not in county.tables:
        return None
    rows = recent(of_this_home(county.tables["water_check"], county), since)
    values = {
        "unsafe": (nw.col("quality") == "poor").cast(nw.Int64),
        "outage": nw.col("outage_days").cast(nw.Int64),
        "trip": nw.col("trip_minutes").cast(nw.Int64),
        "litres": nw.col("litres_per_head_day").cast(nw.Int64),
        "supply": nw.col("supply_percent").cast(nw.Int64),
    }
    return latest_answers(rows, ["home"], values, are_small=True)


def water_columns() -> dict[str, nw.Expr]:
    """`WATER_COLUMNS` but ``water_outage_month_days``, out of the answers of both sources."""
    register = answer_of(REGISTER, "unsafe")
    register_day = day_of_answer(REGISTER, "unsafe")
    unsafe, unsafe_day = newer("unsafe")
    columns: dict[str, nw.Expr] = {
        "water_quality_is_poor": is_yes(answer_of(OFFICE, "unsafe")),
        "water_quality_day": day_of_answer(OFFICE, "unsafe"),
        "register_water_is_safe": register == 0,
        "register_water_day": register_day,
        "water_is_unsafe": is_yes(unsafe),
        "water_is_unsafe_day": unsafe_day,
        "water_sources_disagree": disagree("unsafe"),
    }
    scaled = answer_of(OFFICE, "supply") * (RATIO_SCALE // PERCENT)
    values = {
        "outage": ("water_outage_days", answer_of(OFFICE, "outage")),
        "trip": ("water_trip_minutes", answer_of(OFFICE, "trip")),
        "litres": ("water_litres", answer_of(OFFICE, "litres")),
        "supply": ("water_supply_e4", scaled),
    }
    for question, (name, value) in values.items():
        columns[name] = value
        columns[f"water_{question}_day"] = day_of_answer(OFFICE, question)
        columns[f"water_{question}_is_settled"] = _is_settled(question)
    return columns


def _is_settled(question: str) -> nw.Expr:
    """Whether the register says, later than the newest check, that water is safe.

    False where the check is the newest word or the register says that it is not; null where neither
    answers.
    """
    check_day, register_day = day_of_answer(OFFICE, question), day_of_answer(REGISTER, "unsafe")
    register = answer_of(REGISTER, "unsafe")
    is_later = check_day.is_null() | (register_day > check_day)
    is_safe = (register == 0).fill_null(False)
    return nw.when(~check_day.is_null() | ~register.is_null()).then(is_safe & is_later)


def with_month_lengths(homes: Frame) -> Frame:
    """Add how many days the calendar month up to the check of an outage has.

    Returns
    -------
    DataFrame
        ``water_outage_month_days``: days from the same day of the month before to the day of the
        check, the first not counted and the last counted; null without a check.
    """
    days = sorted({int(day) for day in homes["water_outage_day"].drop_nulls().to_list()})
    lengths = [day - day_number(add_months(day_of(day), -1)) for day in days]
    schema = {"water_outage_day": pl.Int64(), "water_outage_month_days": pl.Int64()}
    table = pl.DataFrame(
        {"water_outage_day": days, "water_outage_month_days": lengths}, schema=schema
    )
    return homes.join(nw.from_native(table, eager_only=True), on="water_outage_day", how="left")
