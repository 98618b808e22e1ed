"""Random numbers that belong to a household, a process and a month, and to nothing else.

Every draw is a hash of a unit's key with what is drawn and when. So switching a process off, adding
a household or splitting the county into pieces leaves every other draw as it was, and the bytes do
not depend on the number of processes.
"""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from fanpin_risk.simulate.county.kinds import NEVER

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_MASK = (1 << 64) - 1
_ODD_1, _ODD_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_GOLDEN = 0x9E3779B97F4A7C15
_TO_UNIT = 1.0 / (1 << 53)


_LASTING = np.uint64(0xFFFFFFFF)


def lasting(keys: Keys) -> Keys:
    """The half of keys that their futures keep; what belongs to a unit for good goes by it."""
    return keys & _LASTING


def mixed(keys: Keys, *numbers: int) -> Keys:
    """New keys out of keys and whole numbers; the same input gives the same keys.

    Parameters
    ----------
    keys
        Keys of units, any shape.
    *numbers
        What the new keys are for: a replicate, a slot, a day.

    Returns
    -------
    ndarray of uint64
        As many keys, each as good as drawn at random.

    Examples
    --------
    >>> keys = np.arange(3, dtype=np.uint64)
    >>> len(set(mixed(keys, 1).tolist()) | set(mixed(keys, 2).tolist()))
    6
    """
    return _scrambled(keys ^ np.uint64(_constant(*numbers)))


def mixed_with(keys: Keys, others: npt.NDArray[np.integer]) -> Keys:
    """New keys out of keys and one whole number for each of them."""
    return _scrambled(_scrambled(others.astype(np.uint64)) ^ keys)


class Streams:
    """Draws of one month, for any unit and process.

    Parameters
    ----------
    month
        Months since the county's first one; before it, negative.

    Examples
    --------
    >>> keys = mixed(np.arange(100_000, dtype=np.uint64), 7)
    >>> u = Streams(3).uniform("farm.yield", keys)
    >>> bool(0 <= u.min() and u.max() < 1 and abs(u.mean() - 0.5) < 0.005)
    True
    >>> bool(np.array_equal(u[5:7], Streams(3).uniform("farm.yield", keys[5:7])))
    True
    """

    def __init__(self, month: int) -> None:
        self.month = month

    def uniform(self, what: str, keys: Keys, *numbers: int) -> Floats:
        """Uniform draws from [0, 1), one for each key, named by what they decide.

        Draws of the month `NEVER` belong to a unit for good: its futures have the same.
        """
        if self.month == NEVER:
            keys = lasting(keys)
        constant = _constant(_named(what), self.month + (1 << 20), *numbers)
        bits = _scrambled(keys ^ np.uint64(constant))
        bits >>= np.uint64(11)
        draws: Floats = bits.astype(np.float64)
        draws *= _TO_UNIT
        return draws

    def happens(self, what: str, keys: Keys, probability: float | Floats, *numbers: int) -> Bools:
        """Whether something happens that has this probability."""
        return self.uniform(what, keys, *numbers) < probability

    def normal(self, what: str, keys: Keys, *numbers: int) -> Floats:
        """Standard normal draws."""
        u = self.uniform(what, keys, *numbers)
        draws: Floats = ndtri(u + 0.5 * _TO_UNIT)
        return draws

    def quantile(self, what: str, keys: Keys, quantiles: Floats, *numbers: int) -> Floats:
        """Draws from a distribution that is given by its quantiles, evenly spaced in probability.

        ``quantiles`` are those of (0.5, 1.5, …, n - 0.5) / n; between them it is linear, and
        nothing lies outside them.
        """
        u = self.uniform(what, keys, *numbers)
        draws: Floats = np.interp(u * len(quantiles) - 0.5, np.arange(len(quantiles)), quantiles)
        return draws

    def poisson(self, what: str, keys: Keys, rate: Floats, *numbers: int, at_most: int = 3) -> Ints:
        """Poisson counts, cut off at ``at_most``, by inversion: a higher rate never gives fewer."""
        u = self.uniform(what, keys, *numbers)
        term = np.exp(-rate)
        total = term.copy()
        counts = np.zeros(len(u), dtype=np.int64)
        for n in range(1, at_most + 1):
            counts += u >= total
            term = term * rate / n
            total += term
        return counts

    def choice(self, what: str, keys: Keys, shares: Floats, *numbers: int) -> Ints:
        """Place drawn from shares that sum to 1; a row of shares for all, or one for each key."""
        u = self.uniform(what, keys, *numbers)
        upper = np.cumsum(shares, axis=-1)
        if upper.ndim == 1:
            drawn = np.searchsorted(upper, u, side="right")
        else:
            drawn = (u[:, None] >= upper).sum(axis=1)
        drawn = np.minimum(drawn, shares.shape[-1] - 1)
        found: Ints = drawn.astype(np.int64)
        return found


LASTING = Streams(NEVER)
"""Draws that belong to a unit for good: traits, habits, the month of a yearly review."""


@cache
def _named(what: str) -> int:
    """Whole number of a process' name."""
    return zlib.crc32(what.encode())


@cache
def _constant(*numbers: int) -> int:
    """Sixty-four bits out of whole numbers, in order."""
    value = _GOLDEN
    for number in numbers:
        value = _scrambled_number((value ^ (number & _MASK)) + _GOLDEN)
    return value


def _scrambled_number(value: int) -> int:
    """The scrambling of `_scrambled`, for one Python number."""
    value &= _MASK
    for _ in range(2):
        value ^= value >> 30
        value = value * _ODD_1 & _MASK
        value ^= value >> 27
        value = value * _ODD_2 & _MASK
        value ^= value >> 31
    return value


def _scrambled(keys: Keys) -> Keys:
    """Two rounds of the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    bits = keys.copy()
    shifted = np.empty_like(bits)
    for _ in range(2):
        for shift, odd in ((30, _ODD_1), (27, _ODD_2)):
            np.right_shift(bits, np.uint64(shift), out=shifted)
            bits ^= shifted
            bits *= np.uint64(odd)
        np.right_shift(bits, np.uint64(31), out=shifted)
        bits ^= shifted
    return bits
