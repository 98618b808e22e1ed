"""Numbers that records carry: of households, of persons in clear, and their keyed hashes."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import ConfigError
from fanpin_risk.simulate.county.state import I64, People
from fanpin_risk.simulate.county.system_view import Rows

FAMILY = 1_000_000
"""Numbers of households that leave the same rest are one family: who split off from whom."""

_PERSONS_A_NUMBER = 100
_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
_LAST_LETTERS = np.array(list("10X98765432"))
_SAME_DAY_AT_MOST = 50
_SEQUENCES_OF_A_SEX = 500
_HASH_BYTES = 12
_MONTHS = 12
_EPOCH_YEAR = 1970


def household_ids(number: I64) -> list[str]:
    """Household numbers as records have them.

    Examples
    --------
    >>> household_ids(np.array([1_000_007]))
    ['SIM000001000007']
    """
    return [f"SIM{one:012d}" for one in number.tolist()]


def identity_numbers(people: People, born: I64) -> list[str]:
    """Synthetic identity numbers of 18 characters, with a valid last one (GB 11643).

    Area codes begin with 0, which none in use does, so no living person has one of these numbers.
    Area and sequence are made of the family and of how many were born in it before on the same day
    with the same sex. So no two persons of a county share a number, and it does not depend on who
    else lives there.

    Parameters
    ----------
    people
        All persons; those of a family in the order in which they came.
    born
        Day of birth of each, days from 1970-01-01.

    Raises
    ------
    ConfigError
        If more than 50 persons of a family and sex were born on one day.
    """
    family = people.number // _PERSONS_A_NUMBER % FAMILY
    rank = _rank_within(family, born, people.is_female)
    if len(rank) and rank.max() >= _SAME_DAY_AT_MOST:
        raise ConfigError(
            f"{int(rank.max()) + 1} persons of one family were born on one day. Give persons born "
            "on other days, or fewer of them."
        )
    code = family * _SAME_DAY_AT_MOST + rank
    area, sequence = np.divmod(code, _SEQUENCES_OF_A_SEX)
    sequence = 2 * sequence + ~people.is_female
    date = _as_written(born)
    digits = np.column_stack([_digits(area, 6), _digits(date, 8), _digits(sequence, 3)])
    last = _LAST_LETTERS[digits @ _WEIGHTS % len(_LAST_LETTERS)]
    columns = (area.tolist(), date.tolist(), sequence.tolist(), last.tolist())
    return [f"{a:06d}{d:08d}{s:03d}{x}" for a, d, s, x in zip(*columns, strict=True)]


def identity_secret(seed: int, county: int) -> bytes:
    """Key of a simulated county's hashes: whoever knows seed and county can make it again."""
    return hashlib.sha256(f"simulated county {county} of seed {seed}".encode()).digest()


def person_ids(numbers: list[str], secret: bytes) -> list[str]:
    """Keyed hashes of identity numbers: 24 hexadecimal letters, as the intake makes them."""
    start = hashlib.blake2b(digest_size=_HASH_BYTES, key=secret)
    hashes = []
    for number in numbers:
        one = start.copy()
        one.update(number.encode())
        hashes.append(one.hexdigest())
    return hashes


def _as_written(days: I64) -> I64:
    """Days as whole numbers of the form 20210131."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    months = month.astype(np.int64)
    year, of_year = months // _MONTHS + _EPOCH_YEAR, months % _MONTHS + 1
    of_month = (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    written: I64 = (year * 100 + of_year) * 100 + of_month
    return written


def _digits(numbers: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int64]:
    """Decimal digits, ``(n, width)``, the highest first."""
    powers = 10 ** np.arange(width - 1, -1, -1)
    digits: npt.NDArray[np.int64] = numbers[:, None] // powers % 10
    return digits


def _rank_within(family: Rows, day: Rows, is_female: npt.NDArray[np.bool_]) -> Rows:
    """How many persons of the same family, day of birth and sex stand before each."""
    order = np.lexsort((is_female, day, family))
    n = len(order)
    keys = [column[order] for column in (family, day, is_female)]
    is_new = np.append(True, np.any([k[1:] != k[:-1] for k in keys], axis=0))[:n]
    begins = np.flatnonzero(is_new)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - np.repeat(begins, np.diff(np.append(begins, n)))
    return rank
