"""Identity numbers of a whole column: each distinct one is checked and replaced once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.identity_numbers import LAST_LETTERS, WEIGHTS, person_number
from fanpin_risk.records.spelling import UnreadableError, is_blank

_USUAL_DAY = "((0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])(29|30)|(0[13578]|1[02])31)"
_USUAL = f"^[1-9][0-9]{{5}}(19|20)[0-9]{{2}}{_USUAL_DAY}[0-9]{{3}}[0-9X]$"
_ZERO = ord("0")


@dataclass(frozen=True, kw_only=True)
class PersonsRead:
    """Keyed hashes, and what the numbers say of themselves; null where not understood."""

    value: pl.Series
    fault: pl.Series
    is_valid: pl.Series
    is_card: pl.Series
    mended: Counter[str] = field(default_factory=Counter)


def read_persons(text: pl.Series, key: IdentityKey) -> PersonsRead:
    """Replace every identity number of a column by its keyed hash.

    Parameters
    ----------
    text
        Identity numbers as they stand in the file; null where there is none.
    key
        The secret key; the same person has the same hash in every file of a store.

    Returns
    -------
    PersonsRead
        ``fault`` is ``destroyed`` where Excel rounded the number, ``person`` where it is none.
        ``is_valid`` is false where the last character does not fit, null where there is no rule.
    """
    distinct = text.drop_nulls().unique().alias("text")
    is_usual = distinct.str.contains(_USUAL)
    usual = distinct.filter(is_usual)
    fits = pl.Series(_last_letter_fits(usual), dtype=pl.Boolean())
    plain = usual.filter(fits)
    rest = pl.concat([usual.filter(~fits), distinct.filter(~is_usual)])
    read = pl.concat([_plain(plain, key), _slow(rest, key)])
    found = text.alias("text").to_frame().join(read, on="text", how="left", maintain_order="left")
    mended: Counter[str] = Counter()
    for rules, n in found["rules"].drop_nulls().value_counts().iter_rows():
        mended.update(dict.fromkeys(rules.split("+"), n))
    return PersonsRead(
        value=found["value"],
        fault=found["fault"],
        is_valid=found["is_valid"],
        is_card=found["is_card"],
        mended=mended,
    )


def _last_letter_fits(usual: pl.Series) -> NDArray[np.bool_]:
    """Whether the last character belongs to the first 17 digits, for numbers of the usual form."""
    if usual.len() == 0:
        return np.zeros(0, dtype=bool)
    letters = np.frombuffer("".join(usual.to_list()).encode("ascii"), dtype=np.uint8)
    letters = letters.reshape(-1, len(WEIGHTS) + 1)
    total = (letters[:, :-1].astype(np.int32) - _ZERO) @ np.array(WEIGHTS, dtype=np.int32)
    wanted = np.frombuffer(LAST_LETTERS.encode("ascii"), dtype=np.uint8)[total % 11]
    return np.asarray(letters[:, -1] == wanted, dtype=bool)


def _plain(numbers: pl.Series, key: IdentityKey) -> pl.DataFrame:
    """Numbers in their one spelling, with a last character that fits."""
    return pl.DataFrame({"text": numbers}).select(
        "text",
        value=pl.Series(key.persons(numbers.to_list()), dtype=pl.String()),
        fault=pl.lit(None, dtype=pl.String()),
        is_valid=pl.lit(True),
        is_card=pl.lit(False),
        rules=pl.lit(None, dtype=pl.String()),
    )


def _slow(numbers: pl.Series, key: IdentityKey) -> pl.DataFrame:
    """Numbers that are written otherwise, or are none."""
    found = [_one(text, key) for text in numbers.to_list()]
    columns = {name: [getattr(one, name) for one in found] for name in _READ}
    return pl.DataFrame({"text": numbers, **columns}, schema=_READ_SCHEMA)


@dataclass(frozen=True, slots=True)
class _Read:
    """What one number came to."""

    value: str | None = None
    fault: str | None = None
    is_valid: bool | None = None
    is_card: bool | None = None
    rules: str | None = None


_READ = ("value", "fault", "is_valid", "is_card", "rules")
_READ_SCHEMA = {
    "text": pl.String(),
    "value": pl.String(),
    "fault": pl.String(),
    "is_valid": pl.Boolean(),
    "is_card": pl.Boolean(),
    "rules": pl.String(),
}


def _one(text: str, key: IdentityKey) -> _Read:
    """Read one number the slow way; a field of which nothing can be seen is empty."""
    if is_blank(text):
        return _Read()
    try:
        read = person_number(text)
    except UnreadableError as error:
        return _Read(fault=str(error))
    person = read.value
    return _Read(
        value=key.person(person.number),
        is_valid=person.is_valid,
        is_card=person.is_card,
        rules="+".join(read.rules) or None,
    )
