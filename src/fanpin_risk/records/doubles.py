"""Faults that only several rows together show: doubles, contradictions, gaps between versions.

Each of these checks judges a row only by rows that became known no later. So what is entered later
never changes what is accepted of what was known before.
"""

from __future__ import annotations

import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.files import LINE
from fanpin_risk.records.source import Source

FILE = "_file"
DAY, KNOWN, ID, VERSION, WITHDRAWN = "_day", "_known", "_id", "_version", "_withdrawn"
ASIDE_SCHEMA: dict[str, pl.DataType] = {
    FILE: pl.Int64(),
    LINE: pl.Int64(),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
}

_COPY = "与另一行完全相同（记录编号重复）", "exact copy of another row (duplicate record_id)"
_CONFLICT = (
    "同一户同一日有不同的行（记录编号重复），无法判断以哪行为准",
    "duplicate record_id: rows of one household and day differ, and which one is right is not "
    "known",
)
_LATER = (
    "同一户同一日已有更早登记的行（记录编号重复）；更正须编为下一版",
    "duplicate record_id: another row of this household and day was known earlier; number "
    "corrections 2, 3 …",
)
_CONTRADICTION = (
    "地区数据与同地同日其他行不一致",
    "the place's figure differs from the other rows of that place and day",
)
_GAP = (
    "前一版缺失、已隔离或登记更晚，本版无法接续",
    "version: the one before it is missing, set aside or was recorded later",
)


def set_aside_across(rows: pl.DataFrame, source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that fit together, and the others with their reasons.

    Raises
    ------
    SchemaError
        If the rows that gave a place's figure for a day first contradict each other evenly.
    """
    rows, doubled = _set_doubles_aside(rows)
    rows, contradicting = _set_contradictions_aside(rows, source)
    rows, gaps = _set_gaps_aside(rows)
    return rows, pl.concat([doubled, contradicting, gaps])


def _set_doubles_aside(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of equal rows for one household, day and version, the one known first counts, once."""
    key = [ID, DAY, VERSION]
    if not rows.select(key).is_duplicated().any():
        return rows, pl.DataFrame(schema=ASIDE_SCHEMA)
    is_doubled = rows.select(key).is_duplicated()
    several = rows.filter(is_doubled).sort(FILE, LINE)
    marked = several.with_columns(
        _is_first=pl.col(KNOWN) == pl.col(KNOWN).min().over(key),
        _value=pl.struct([name for name in rows.columns if name not in (FILE, LINE)]),
    ).with_columns(
        _n_kinds=pl.col("_value").filter("_is_first").n_unique().over(key),
        _nth=pl.int_range(pl.len()).over([*key, "_is_first"]),
    )
    agreed = marked.filter(pl.col("_n_kinds") == 1)
    is_kept = pl.col("_is_first") & (pl.col("_nth") == 0)
    aside = [
        _aside(agreed.filter(pl.col("_is_first") & ~is_kept), _COPY),
        _aside(agreed.filter(~pl.col("_is_first")), _LATER),
        _aside(marked.filter(pl.col("_n_kinds") > 1), _CONFLICT),
    ]
    kept = agreed.filter(is_kept).select(rows.columns)
    return pl.concat([rows.filter(~is_doubled), kept]), pl.concat(aside)


def _set_contradictions_aside(
    rows: pl.DataFrame, source: Source
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose figure for a place and day is not what most rows known first say."""
    none = pl.DataFrame(schema=ASIDE_SCHEMA)
    mapping = source.tables.get("place_context", {}).get("median_income_minor")
    if mapping is None:
        return rows, none
    place, figure = "place_context.place", "place_context.median_income_minor"
    given = rows.filter(pl.col(figure).is_not_null())
    if not given.select(place, DAY, figure).unique().select(place, DAY).is_duplicated().any():
        return rows, none
    is_first = pl.col(KNOWN) == pl.col(KNOWN).min().over(place, DAY)
    said = given.filter(is_first).group_by(place, DAY, figure).len()
    usual = said.filter(pl.col("len") == pl.col("len").max().over(place, DAY))
    even = usual.filter(pl.len().over(place, DAY) > 1)
    if even.height:
        day = even[DAY].sort()[0]
        raise SchemaError(
            f"The rows of {day} give different medians, equally often. One place and day has one "
            f"figure: mend column {mapping.column!r}."
        )
    marked = rows.join(usual.select(place, DAY, _usual=figure), on=[place, DAY], how="left")
    differs = (pl.col(figure) != pl.col("_usual")).fill_null(False)
    return marked.filter(~differs).drop("_usual"), _aside(marked.filter(differs), _CONTRADICTION)


def _set_gaps_aside(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Versions that do not follow on 1, 2, 3 … in the order they became known."""
    record = [ID, DAY]
    if (rows[VERSION] == 1).all():
        return rows, pl.DataFrame(schema=ASIDE_SCHEMA)
    follows = (pl.col(VERSION) == pl.int_range(1, pl.len() + 1).over(record)) & (
        pl.col(KNOWN) >= pl.col(KNOWN).shift(1).over(record)
    ).fill_null(True)
    marked = rows.sort(*record, VERSION).with_columns(_follows=follows)
    marked = marked.with_columns(_follows=pl.col("_follows").cast(pl.Int8).cum_min().over(record))
    fits = pl.col("_follows") == 1
    return marked.filter(fits).drop("_follows"), _aside(marked.filter(~fits), _GAP)


def _aside(rows: pl.DataFrame, reasons: tuple[str, str]) -> pl.DataFrame:
    """Set typed rows aside for one reason, in Chinese and English."""
    zh, en = reasons
    return rows.select(FILE, LINE, reason_zh=pl.lit(zh), reason_en=pl.lit(en)).cast(
        pl.Schema(ASIDE_SCHEMA)
    )
