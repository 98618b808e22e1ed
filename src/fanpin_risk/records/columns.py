"""Reading a whole column of texts at once, with the same outcome as `values.py` text by text.

Most texts are plain: they are read by the engine in one go. The others are few and different: each
distinct one is read once by the slow functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from fanpin_risk.records.spelling import Reading, UnreadableError, is_blank

_PLAIN_WORD = r"^[0-9A-Za-z][0-9A-Za-z./#-]*$"
_PLAIN_NUMBER = r"^[0-9A-Z][0-9A-Z_/#-]*$"
_AWKWARD = (
    r"[^\S ]|[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
    r"|[０-９Ａ-Ｚａ-ｚ\uff66-\uffdc&<_\ufffd]|\?\?|^(同上|同前|〃|″|′′)$"
    r"|[\U00010000-\U0010ffff]|  |^ | $|^[+-]?[0-9]+\.0*$|^[0-9]+ [0-9 ]+$"
    "|[\u3400-\u4dbf\u4e00-\u9fff] [\u3400-\u4dbf\u4e00-\u9fff]"
)
_LONGEST_FAST = 13  # digits in all: the product with a power of ten is then exact when rounded


FastReader = Callable[[pl.Series], tuple[pl.Series, pl.Series]]
"""Gives values and whether they were read, for the texts that need no mending."""


@dataclass(frozen=True, kw_only=True)
class ColumnRead:
    """Values of a column, the kind of fault where a text is not understood, and what was mended.

    ``fault`` is null where the text is understood or missing.
    """

    value: pl.Series
    fault: pl.Series
    mended: Counter[str] = field(default_factory=Counter)


def read_column(
    text: pl.Series,
    read: Callable[[str], Reading[object]],
    dtype: pl.DataType,
    *,
    fast: FastReader | None = None,
) -> ColumnRead:
    """Read every text of a column.

    Parameters
    ----------
    text
        Texts; missing ones are null and stay null, and so do those of which nothing can be seen.
    read
        Reads one text, or raises `UnreadableError` with the kind of fault.
    dtype
        Type of the values.
    fast
        Gives values and whether they were read, for the texts that need no mending.
    """
    if fast is None:
        value = pl.Series(text.name, [None], dtype=dtype).new_from_index(0, text.len())
        is_read = text.is_null()
    else:
        value, is_read = fast(text)
        is_read = is_read | text.is_null()
    fault = pl.Series("fault", [None], dtype=pl.String()).new_from_index(0, text.len())
    if is_read.all():
        return ColumnRead(value=value, fault=fault)
    at = (~is_read).arg_true()
    rest = text.gather(at).alias("text")
    distinct = _read_distinct(rest, read, dtype)
    found = rest.to_frame().join(distinct, on="text", how="left", maintain_order="left")
    mended: Counter[str] = Counter()
    for rules, n in found["rules"].drop_nulls().value_counts().iter_rows():
        mended.update(dict.fromkeys(rules.split("+"), n))
    return ColumnRead(
        value=value.scatter(at, found["value"]),
        fault=fault.scatter(at, found["fault"]),
        mended=mended,
    )


def _read_distinct(
    rest: pl.Series, read: Callable[[str], Reading[object]], dtype: pl.DataType
) -> pl.DataFrame:
    """Read each distinct text once."""
    texts = rest.unique().to_list()
    values: list[object] = []
    faults: list[str | None] = []
    rules: list[str | None] = []
    for one in texts:
        try:
            found = Reading(None) if is_blank(one) else read(one)
        except UnreadableError as error:
            values.append(None)
            faults.append(str(error))
            rules.append(None)
        else:
            values.append(found.value)
            faults.append(None)
            rules.append("+".join(found.rules) or None)
    return pl.DataFrame(
        {
            "text": pl.Series(texts, dtype=pl.String()),
            "value": pl.Series(values, dtype=dtype),
            "fault": pl.Series(faults, dtype=pl.String()),
            "rules": pl.Series(rules, dtype=pl.String()),
        }
    )


def stripped(text: pl.Series) -> pl.Series:
    """Texts without plain spaces around them; empty ones become null.

    Examples
    --------
    >>> stripped(pl.Series([" a", "", "  ", None])).to_list()
    ['a', None, None, None]
    """
    has_space = text.str.contains(r"^\s|\s$")
    if has_space.any():
        text = text.str.strip_chars()
    return text.set(text == "", None)


def fast_numbers(decimals: int) -> FastReader:
    """Reader of plain numbers: digits, a point, no more decimals than are kept.

    Examples
    --------
    >>> fast_numbers(2)(pl.Series(["12.5", "1,0"]))[0].to_list()
    [1250, None]
    """
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    pattern = rf"^[0-9]{{1,{_LONGEST_FAST - decimals}}}{fraction}$"

    def read(text: pl.Series) -> tuple[pl.Series, pl.Series]:
        is_plain = text.str.contains(pattern).fill_null(False)
        plain = text.set(~is_plain, None)
        if decimals:
            value = (plain.cast(pl.Float64) * 10.0**decimals).round().cast(pl.Int64)
        else:
            value = plain.cast(pl.Int64)
        return value, is_plain

    return read


def fast_words(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Reader of texts without spaces, full-width letters or zeros that would be mended."""
    is_plain = ~text.str.contains(_AWKWARD).fill_null(True)
    return text.set(~is_plain, None), is_plain


def fast_numbers_of_households(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Reader of plain household numbers; numbers with a point or an e go slowly."""
    is_plain = text.str.contains(_PLAIN_WORD) & ~text.str.contains(r"^[+-]?[0-9]+\.|[0-9][eE]")
    is_plain = is_plain.fill_null(False)
    return text.set(~is_plain, None), is_plain


def fast_office_numbers(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Reader of an office's numbers in capitals without a point or a space.

    Examples
    --------
    >>> fast_office_numbers(pl.Series(["JS0012", "js 0012"]))[1].to_list()
    [True, False]
    """
    is_plain = text.str.contains(_PLAIN_NUMBER).fill_null(False)
    return text.set(~is_plain, None), is_plain


def fast_codes(codes: Mapping[str, object], dtype: pl.DataType) -> FastReader:
    """Reader of words that stand in a code list as they are.

    Examples
    --------
    >>> fast_codes({"1": True, "2": False}, pl.Boolean())(pl.Series(["2", "3"]))[0].to_list()
    [False, None]
    """
    words = list(codes)

    def read(text: pl.Series) -> tuple[pl.Series, pl.Series]:
        value = text.replace_strict(words, list(codes.values()), default=None, return_dtype=dtype)
        if all(one is not None for one in codes.values()):
            return value, value.is_not_null()
        return value, text.is_in(words).fill_null(False)

    return read
