"""The builder: one pass over each table, one row for each household of the population."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd
import polars as pl

from fanpin_risk.household.view import CountyView
from fanpin_risk.indicators.catalogue import SURVEY, columns_of
from fanpin_risk.indicators.county.aggregate import aggregate
from fanpin_risk.indicators.county.sources import source_of
from fanpin_risk.indicators.indicator import Aggregate, Basis, Indicator, column_name
from fanpin_risk.indicators.views import crowding, observation_view, place_view
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]

WEIGHT_BY_AGE_DAYS = ((45, 8), (136, 6), (228, 4), (410, 2))
"""Weight of a visit in a weighted mean by its age: up to so many days, so much; older: 1."""


def build_indicators(
    known: KnownRecords,
    account: Frame | None,
    population: Frame,
    *,
    horizon_months: int,
    catalogue: Sequence[Indicator] = SURVEY,
    county: CountyView | None = None,
) -> pl.DataFrame:
    """Every indicator of every household of a population, as it was known on a day.

    Parameters
    ----------
    known
        Records behind the door of time.
    account
        The household account of a panel, built from the same ``known``; None where no definition is
        over a panel.
    population
        ``household_id`` of the households asked for, each once.
    horizon_months
        How long after a day its outcome is known; the place's rates need it.
    catalogue
        Definitions; the columns come in their order.
    county
        A county's records of the same ``known``, from `county_view`: what definitions over a
        county's records stand on. Without it those columns are unknown, as where no such records
        are kept.

    Returns
    -------
    DataFrame of shape (n_households, 1 + n_columns)
        ``household_id``, sorted by bytes, then ``Float64`` columns (codes as ``String``); null is
        "not known".

    Raises
    ------
    ValueError
        If a household stands twice in the population, or definitions over a panel get no account.
    """
    base = population.select("household_id").sort("household_id")
    if base["household_id"].n_unique() != len(base):
        raise ValueError("A household stands twice in the population. Give each once.")
    if county is not None and county.known.as_of != known.as_of:
        raise ValueError(
            f"The county's records are of {county.known.as_of}, the rest is of {known.as_of}. "
            "Put both together from the same day."
        )
    result = base
    for (basis, table), indicators in _by_table(catalogue).items():
        if basis == "county":
            part = _county_part(table, indicators, county, base)
            result = result if part is None else result.join(part, on="household_id", how="left")
            continue
        if account is None:
            raise ValueError(
                f"Definitions over a panel ({table}) need the household account. Give it, or "
                "choose the county's part of the catalogue."
            )
        rows = _rows(table, known, account, base, horizon_months)
        if rows is None:
            continue
        part = _aggregate(rows, indicators, known.day)
        result = _joined(result, part, indicators)
    return _finished(result, catalogue)


def as_pandas(features: pl.DataFrame) -> pd.DataFrame:
    """Indicators as a pandas frame indexed by ``household_id``; null becomes NaN or None."""
    return features.to_pandas().set_index("household_id")


def from_pandas(frame: pd.DataFrame) -> pl.DataFrame:
    """Take a pandas frame in at the door: NaN becomes null, and no expression runs on pandas."""
    return pl.from_pandas(frame, nan_to_null=True)


def _by_table(catalogue: Sequence[Indicator]) -> dict[tuple[Basis, str], list[Indicator]]:
    """Indicators by basis and the table they read, in order."""
    tables: dict[tuple[Basis, str], list[Indicator]] = {}
    for indicator in catalogue:
        tables.setdefault((indicator.basis, indicator.table), []).append(indicator)
    return tables


def _county_part(
    table: str, indicators: list[Indicator], county: CountyView | None, base: Frame
) -> Frame | None:
    """Columns over one source of a county's records; None where it is not kept."""
    source = None if county is None else source_of(county, table)
    if county is None or source is None:
        return None
    homes = base.join(county.homes, on="household_id", how="left")
    return aggregate(source, indicators, homes, county.known)


def _rows(
    table: str, known: KnownRecords, account: Frame, population: Frame, horizon_months: int
) -> Frame | None:
    """Rows of a table or view for the population; None where no such records are kept."""
    if table == "account":
        rows = account
    elif table == "observation_view":
        rows = observation_view(account, known)
    elif table == "place_view":
        return place_view(account, known, population, horizon_months=horizon_months)
    elif table == "crowding":
        if "housing_check" not in known.tables:
            return None
        rows = crowding(known)
    elif table in known.tables:
        rows = known.tables[table]
    else:
        return None
    return rows.join(population, on="household_id", how="semi")


def _aggregate(rows: Frame, indicators: list[Indicator], day: int) -> Frame:
    """One row for each household: project each value once, group once, derive at the end."""
    codes = [i for i in indicators if i.is_categorical]
    numbers = [i for i in indicators if not i.is_categorical]
    marked = _with_order(rows, day)
    is_latest = nw.col("occurred_day") == nw.col("_latest")
    is_previous = nw.col("occurred_day") == nw.col("_previous")
    values = {i.name: i.expression.cast(nw.Int64) for i in numbers}
    projected = marked.select(
        "household_id",
        "_weight",
        *[value.alias(name) for name, value in values.items()],
        *[nw.when(is_latest).then(v).alias(f"{n}|latest") for n, v in values.items()],
        *[nw.when(is_previous).then(v).alias(f"{n}|previous") for n, v in values.items()],
        *[
            nw.when(is_latest).then(i.expression).alias(column_name(i.name, Aggregate.LATEST))
            for i in codes
        ],
    ).with_columns(
        *[(nw.col(n) * nw.col("_weight")).alias(f"{n}|weighted") for n in values],
        *[
            nw.when(~nw.col(n).is_null()).then(nw.col("_weight")).alias(f"{n}|weight")
            for n in values
        ],
    )
    grouped = projected.group_by("household_id").agg(
        *[nw.col(f"{n}|{part}").max() for n in values for part in ("latest", "previous")],
        *[nw.col(n).min().alias(f"{n}|minimum") for n in values],
        *[nw.col(n).max().alias(f"{n}|maximum") for n in values],
        *[nw.col(f"{n}|{part}").sum() for n in values for part in ("weighted", "weight")],
        *[nw.col(column_name(i.name, Aggregate.LATEST)).max() for i in codes],
    )
    finished = [
        _value(i, aggregate).alias(column_name(i.name, aggregate))
        for i in numbers
        for aggregate in i.aggregates
    ]
    kept = [column_name(i.name, Aggregate.LATEST) for i in codes]
    # dividing by a literal is multiplying by its inverse, unless the frame has a single row: the
    # last bit would depend on how many households are asked for; dividing by a column is exact
    whole = grouped.with_columns(_one=(~nw.col("household_id").is_null()).cast(nw.Float64))
    return whole.select("household_id", *finished, *kept)


def _with_order(rows: Frame, day: int) -> Frame:
    """Mark each household's latest row, the one before it, and how much each row weighs."""
    latest = rows.group_by("household_id").agg(_latest=nw.col("occurred_day").max())
    marked = rows.join(latest, on="household_id", how="left")
    previous = (
        marked.filter(nw.col("occurred_day") < nw.col("_latest"))
        .group_by("household_id")
        .agg(_previous=nw.col("occurred_day").max())
    )
    age = nw.lit(day) - nw.col("occurred_day").cast(nw.Int64)
    weight = nw.lit(1)
    for days, value in reversed(WEIGHT_BY_AGE_DAYS):
        weight = nw.when(age <= days).then(nw.lit(value)).otherwise(weight)
    return marked.join(previous, on="household_id", how="left").with_columns(
        _weight=weight.cast(nw.Int64)
    )


def _value(indicator: Indicator, aggregate: Aggregate) -> nw.Expr:
    """An aggregate of grouped integers, divided into the indicator's unit at the very end."""

    def part(name: str) -> nw.Expr:
        return nw.col(f"{indicator.name}|{name}").cast(nw.Float64)

    scale = nw.col("_one") * float(indicator.scale)
    if aggregate is Aggregate.CHANGE:
        return (part("latest") - part("previous")) / scale
    if aggregate is Aggregate.WEIGHTED_MEAN:
        return nw.when(part("weight") > 0).then(part("weighted") / (part("weight") * scale))
    name = {Aggregate.EVER: "maximum"}.get(aggregate, aggregate.value)
    return part(name) / scale


def _joined(result: Frame, part: Frame, indicators: list[Indicator]) -> Frame:
    """Add a table's columns; no record there means what the catalogue says, no answer nothing."""
    joined = result.join(
        part.with_columns(_has_records=nw.lit(True)), on="household_id", how="left"
    )
    stated = [
        nw.when(nw.col("_has_records").is_null())
        .then(nw.lit(indicator.if_no_records))
        .otherwise(nw.col(name))
        .alias(name)
        for indicator in indicators
        if indicator.if_no_records is not None
        for name in indicator.columns
    ]
    return joined.with_columns(*stated).drop("_has_records")


def _finished(result: Frame, catalogue: Sequence[Indicator]) -> pl.DataFrame:
    """Columns in catalogue order and type; a table that is not kept leaves its columns unknown."""
    frame = result.to_native()
    columns = []
    for column in columns_of(catalogue):
        kind = pl.String() if column.indicator.is_categorical else pl.Float64()
        value = pl.col(column.name) if column.name in frame.columns else pl.lit(None)
        columns.append(value.cast(kind).alias(column.name))
    return frame.select("household_id", *columns).sort("household_id")
