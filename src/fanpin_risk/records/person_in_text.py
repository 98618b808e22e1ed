"""Identity numbers and phones where none belong: they must not get into the records unhashed."""

from __future__ import annotations

import re

import polars as pl

from fanpin_risk.records.identity_numbers import person_number
from fanpin_risk.records.spelling import UnreadableError

_LAST_BIRTH_YEAR = 2015
_LONG = re.compile(r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}[0-9]{7}[0-9Xx](?![0-9])")
_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_MAY_HOLD_ONE = r"[0-9]{11}"


def names_person(text: pl.Series, *, is_number: bool = False) -> pl.Series:
    """Whether a text holds an identity number, or a phone beside words; false for missing texts.

    A number of 18 characters counts where its day of birth is one, up to 2015, and its last
    character fits: a receipt's number of the same length seldom meets all three.

    Parameters
    ----------
    text
        Texts of a column.
    is_number
        Whether the column holds numbers of an office's own, which may look like phones.

    Examples
    --------
    >>> names_person(pl.Series(["张三13800000001", "11010519491231002X", "村东", None])).to_list()
    [True, True, False, False]
    """
    found = pl.Series([False], dtype=pl.Boolean()).new_from_index(0, text.len())
    at = text.str.contains(_MAY_HOLD_ONE).fill_null(False).arg_true()
    if not at.len():
        return found
    answers = [_is_person(one, is_number) for one in text.gather(at).to_list()]
    return found.scatter(at, pl.Series(answers, dtype=pl.Boolean()))


def _is_person(text: str, is_number: bool) -> bool:
    """Whether one text holds such a number."""
    if not is_number and _PHONE.search(text):
        return True
    return any(_fits(number) for number in _LONG.findall(text))


def _fits(number: str) -> bool:
    """Whether a number of 18 characters is an identity number."""
    if int(number[6:10]) > _LAST_BIRTH_YEAR:
        return False
    try:
        return bool(person_number(number).value.is_valid)
    except UnreadableError:
        return False
