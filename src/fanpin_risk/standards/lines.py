"""Dated lines for every place and day of visit, exact, from parameters and known figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ConfigError
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.standards.parameters import FIGURES, Standards
from fanpin_risk.standards.units import Unit
from fanpin_risk.units import FEN_PER_YUAN, RATIO_SCALE

LINE_SCALE = RATIO_SCALE
"""Lines are held as integers in ten-thousandths of the minor unit, so comparisons are exact."""

YEARLY_UNIT: Unit = "yuan per head a year"
"""Unit of a line that a register's yearly income is compared with."""

PANEL_UNIT: Unit = "minor unit per head a month"
"""Unit of a line that a survey's monthly income is compared with."""

_UNITS = {"register": YEARLY_UNIT, "survey": PANEL_UNIT}


def line_table(
    standards: Standards, known: KnownRecords, names: Sequence[str]
) -> nw.DataFrame[pl.DataFrame]:
    """Every named line for each place and day on which a known visit took place.

    Parameters
    ----------
    standards
        The parameters.
    known
        What was known on a day.
    names
        Parameters in the minor unit per head and month.

    Returns
    -------
    DataFrame
        ``context_place, occurred_day`` and, for each name, ``<name>_e4`` (``Int64``,
        ten-thousandths of the minor unit per head and month; null where it cannot be told) and
        ``<name>_record`` (the dated records used, joined by " < "). Sorted.

    Raises
    ------
    ConfigError
        If there is no such parameter, it has another unit, or a line is finer than a ten-thousandth
        of the minor unit.
    """
    for name in names:
        check_line(standards, name, on="survey")
    figures = _figures(known)
    visits = known.tables["household_snapshot"].select("context_place", "occurred_on").unique()
    rows = []
    for place, day in sorted(visits.iter_rows()):
        row: dict[str, object] = {"context_place": place, "occurred_day": day_number(day)}
        for name in names:
            row |= _one_line(standards, name, place, day, figures.get((place, day), {}))
        rows.append(row)
    schema: dict[str, pl.DataType] = {"context_place": pl.String(), "occurred_day": pl.Int32()}
    for name in names:
        schema |= {f"{name}_e4": pl.Int64(), f"{name}_record": pl.String()}
    return nw.from_native(pl.DataFrame(rows, schema=schema, orient="row"), eager_only=True)


def lines_on(
    standards: Standards, places: Sequence[str], day: date, names: Sequence[str]
) -> nw.DataFrame[pl.DataFrame]:
    """Every named line in force on one day, for each place.

    Parameters
    ----------
    standards
        The parameters.
    places
        Codes of places whose lines are asked for.
    day
        The day.
    names
        Parameters in yuan per head a year.

    Returns
    -------
    DataFrame
        ``context_place`` and, for each name, ``<name>_e4`` (``Int64``, ten-thousandths of a fen per
        head a year; null where no record holds on the day) and ``<name>_record``. By place (bytes).

    Raises
    ------
    ConfigError
        If there is no such parameter, it has another unit, or a line is finer than a ten-thousandth
        of the minor unit.
    """
    for name in names:
        check_line(standards, name, on="register")
    rows = []
    for place in sorted(set(places)):
        row: dict[str, object] = {"context_place": place}
        for name in names:
            row |= _one_line(standards, name, place, day, {})
        rows.append(row)
    schema: dict[str, pl.DataType] = {"context_place": pl.String()}
    for name in names:
        schema |= {f"{name}_e4": pl.Int64(), f"{name}_record": pl.String()}
    return nw.from_native(pl.DataFrame(rows, schema=schema, orient="row"), eager_only=True)


def check_line(standards: Standards, name: str, *, on: Literal["survey", "register"]) -> None:
    """Refuse a line in another unit than the incomes of a kind of records.

    Raises
    ------
    ConfigError
        If there is no such parameter, or it has another unit.
    """
    unit, wanted = standards.parameter(name).unit, _UNITS[on]
    if unit != wanted:
        raise ConfigError(
            f"{name} is in {unit!r}; income on a {on} is compared with a line in {wanted!r}. "
            "Name another line."
        )


def _figures(known: KnownRecords) -> dict[tuple[str, date], dict[str, int | None]]:
    """Known figures by place and day."""
    if "place_context" not in known.tables:
        return {}
    rows = known.tables["place_context"].select("place", "occurred_on", *FIGURES).iter_rows()
    return {(place, day): dict(zip(FIGURES, values, strict=True)) for place, day, *values in rows}


def _one_line(
    standards: Standards, name: str, place: str, day: date, figures: dict[str, int | None]
) -> dict[str, object]:
    """One line for one place and day, scaled to an integer."""
    found = standards.resolve(name, place=place, day=day, figures=figures)
    if found.value is None:
        return {f"{name}_e4": None, f"{name}_record": None}
    minor = found.value * (FEN_PER_YUAN if found.unit == YEARLY_UNIT else 1)
    scaled = minor * LINE_SCALE
    if scaled.denominator != 1:
        raise ConfigError(
            f"{name} at {place} on {day} is {float(minor)}: finer than a ten-thousandth of "
            "the minor unit. Round the multiple to four decimals."
        )
    return {f"{name}_e4": int(scaled), f"{name}_record": found.record_text}
