"""Record tables as frames of the contracts, made of the gathered whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.records.contracts import DTYPES, Column, Table, frame_schema
from fanpin_risk.simulate.county.records_rows import MISSING, RECORDS_A_UNIT, Piece, Pile
from fanpin_risk.simulate.county.records_settings import SOURCES
from fanpin_risk.simulate.county.records_words import CONTEXT_PLACE, WORDS

_MONTHS = 12
_EPOCH_YEAR = 1970
_NUMBER_WIDTH = 18

INITIALS = {
    "household_snapshot": "HS",
    "income": "IN",
    "support": "SU",
    "shock_and_coping": "SC",
    "housing_check": "HC",
    "water_check": "WC",
    "place_context": "PC",
    "member_snapshot": "MS",
    "household_change": "CH",
    "work_month": "WM",
    "schooling": "SL",
    "income_item": "II",
    "medical_bill": "MB",
    "rigid_spending": "RS",
    "insurance": "IC",
    "insurance_claim": "CL",
    "loan": "LN",
    "asset_dividend": "AD",
    "shock": "SH",
    "support_measure": "ME",
    "clue": "CU",
    "verification": "VE",
    "listing": "LI",
    "exit": "EX",
    "visit": "VI",
    "override": "OV",
    "village": "VL",
    "place_month": "PM",
}
"""What a table's record numbers begin with."""

_COPY = "X"
"""Begins the number of a record that is a copy of another one."""


@dataclass(frozen=True)
class Names:
    """Texts by row of the state: of households, persons, villages and their townships."""

    household: pl.Series
    person: pl.Series
    village: pl.Series
    township: pl.Series


def frame_of(pile: Pile, names: Names) -> pl.DataFrame:
    """One record table as its contract has it, sorted by record and version.

    The pile is empty afterwards, so that a table is not held twice.
    """
    table, schema = pile.table, frame_schema(pile.table)
    pieces, pile.pieces = pile.pieces, []
    if not pieces:
        return pl.DataFrame(schema=schema)
    order = np.lexsort([_joined(pieces, name) for name in ("version", "number", "is_copy")])

    def taken(name: str) -> npt.NDArray[Any]:
        return _joined(pieces, name)[order]

    found = {
        "record_id": _record_ids(table, taken("number"), taken("is_copy")),
        "version": pl.Series(taken("version")).cast(pl.Int32),
        "occurred_on": pl.Series(taken("occurred")).cast(pl.Int32).cast(pl.Date),
        "recorded_on": pl.Series(taken("recorded")).cast(pl.Int32).cast(pl.Date),
        "source": _picked(pl.Series(list(SOURCES)), taken("source")),
        "batch": _batches(taken("source"), taken("recorded")),
        "is_withdrawn": pl.Series(taken("is_withdrawn")),
    }
    if table.key != "place":
        found["household_id"] = _picked(names.household, taken("household"))
    has = set().union(*pieces)
    for column in table.columns:
        found[column.name] = (
            _values(table, column, taken(column.name), names)
            if column.name in has
            else pl.repeat(None, len(order), dtype=DTYPES[column.kind], eager=True)
        )
    constant = {"context_place": CONTEXT_PLACE}
    found |= {
        name: pl.repeat(text, len(order), dtype=pl.String(), eager=True)
        for name, text in constant.items()
        if name in table.names
    }
    return pl.DataFrame({name: found[name] for name in schema}, schema_overrides=schema)


def record_number_text(table: str, number: npt.NDArray[np.int64]) -> pl.Series:
    """Record numbers as text; -1 is empty."""
    series = pl.Series(number)
    text = series.cast(pl.String).str.zfill(_NUMBER_WIDTH)
    joined: pl.Series = pl.DataFrame({"t": text, "n": series}).select(
        t=pl.when(pl.col("n") >= 0).then(pl.lit(INITIALS[table]) + pl.col("t"))
    )["t"]
    return joined


def _record_ids(
    table: Table, number: npt.NDArray[np.int64], is_copy: npt.NDArray[np.bool_]
) -> pl.Series:
    """Record numbers of a table; copies have others than what they copy."""
    text = record_number_text(table.name, number)
    if not is_copy.any():
        return text
    frame = pl.DataFrame({"t": text, "c": is_copy})
    ids: pl.Series = frame.select(t=pl.when("c").then(pl.lit(_COPY) + pl.col("t")).otherwise("t"))[
        "t"
    ]
    return ids


def _joined(pieces: Sequence[Piece], name: str) -> npt.NDArray[Any]:
    """One column of all pieces; a piece without it has it empty."""
    like = next(piece[name] for piece in pieces if name in piece)
    empty = MISSING if like.dtype == np.int64 else -1
    return np.concatenate(
        [
            piece[name] if name in piece else np.full(len(piece["number"]), empty, like.dtype)
            for piece in pieces
        ]
    )


def _values(table: Table, column: Column, values: npt.NDArray[Any], names: Names) -> pl.Series:
    """One column of the contract out of its whole numbers."""
    if column.codes is not None:
        return _picked(pl.Series(list(column.codes.words)), values)
    if column.kind == "text":
        numbers = _TEXTS.get((table.name, column.name))
        if numbers is not None:
            return numbers(values, names)
        return _picked(pl.Series(list(WORDS[table.name, column.name])), values)
    if column.kind == "person":
        return _picked(names.person, values)
    if column.kind == "flag":
        return pl.Series(values > 0).set(pl.Series(values < 0), None)
    whole = pl.Series(values.astype(np.int64))
    known = whole.set(whole == MISSING, None)
    if column.kind in ("day", "month"):
        return known.cast(pl.Int32).cast(pl.Date)
    return known


_TEXTS: dict[tuple[str, str], Callable[[npt.NDArray[Any], Names], pl.Series]] = {
    ("household_snapshot", "place"): lambda values, names: _picked(names.village, values),
    ("household_snapshot", "region"): lambda values, names: _picked(names.township, values),
    ("household_change", "other_household_id"): lambda values, names: _picked(
        names.household, values
    ),
    ("verification", "clue_record_id"): lambda values, _names: record_number_text("clue", values),
    ("village", "place"): lambda values, names: _picked(names.village, values),
    ("village", "township"): lambda values, names: _picked(names.township, values),
    ("village", "name"): lambda values, names: "村" + _picked(names.village, values),
    ("place_month", "place"): lambda values, names: _picked(names.village, values),
}
"""Texts that are numbers of households, records and places."""


def _picked(texts: pl.Series, index: npt.NDArray[Any]) -> pl.Series:
    """Texts by their place; empty below 0."""
    places = pl.Series(index.astype(np.int64))
    picked: pl.Series = texts.gather(places.set(places < 0, None))
    return picked


def _batches(source: npt.NDArray[np.int8], recorded: npt.NDArray[np.int32]) -> pl.Series:
    """Name of the delivery: the source and the month in which the row became known."""
    days = recorded.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    code = source.astype(np.int64) * RECORDS_A_UNIT + days
    distinct, place = np.unique(code, return_inverse=True)
    words = [
        f"{SOURCES[one]}-{_EPOCH_YEAR + month // _MONTHS:04d}-{month % _MONTHS + 1:02d}"
        for one, month in (divmod(c, RECORDS_A_UNIT) for c in distinct.tolist())
    ]
    return _picked(pl.Series(words), place)
