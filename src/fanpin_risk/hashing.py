"""Keyed hashing of households: a fixed, unpredictable order that nobody can argue with.

Ties in a plan and the random order are broken by it, so that no household is last for ever and the
same day gives the same order on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

_BITS_OF_A_FLOAT = 53


def keyed_uniform(household_ids: Sequence[str], *, day: date, key: str) -> NDArray[np.float64]:
    """Return one number in [0, 1) per household, fixed by household, day and key.

    The numbers of different households, days or keys are as good as independent and uniform. A
    household's number does not depend on the others in the call or on their order.

    Parameters
    ----------
    household_ids : sequence of str, length n_households
        Any texts.
    day : date
        The decision day; another day gives another order.
    key : str
        A secret or a seed, not empty.

    Returns
    -------
    array of shape (n_households,)
        float64 in [0, 1): the upper 53 bits of BLAKE2b (RFC 7693) of day and household.

    Raises
    ------
    ValueError
        If the key is empty.
    TypeError
        If a household_id is no text.

    Examples
    --------
    >>> keyed_uniform(["a", "b"], day=date(2012, 3, 31), key="plan").round(3).tolist()
    [0.569, 0.353]
    """
    if not key:
        raise ValueError("key must not be empty: anybody could work out the order. Give any text.")
    start = _day_hash(day, key)
    content = b"".join(_digest(start, household_id) for household_id in household_ids)
    whole = np.frombuffer(content, dtype=">u8").astype(np.uint64)
    upper = whole >> np.uint64(64 - _BITS_OF_A_FLOAT)
    return np.asarray(upper * 2.0**-_BITS_OF_A_FLOAT, dtype=np.float64)


def _day_hash(day: date, key: str) -> hashlib.blake2b:
    """Return the hash that has seen key and day (ten letters, so no household can imitate one)."""
    secret = hashlib.sha256(key.encode()).digest()
    return hashlib.blake2b(day.isoformat().encode(), digest_size=8, key=secret)


def _digest(start: hashlib.blake2b, household_id: str) -> bytes:
    """Return the eight bytes of one household."""
    if not isinstance(household_id, str):
        raise TypeError(f"household_id must be text. Got {type(household_id).__name__}.")
    household = start.copy()
    household.update(household_id.encode())
    return household.digest()
