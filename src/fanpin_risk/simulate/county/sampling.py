"""A sample of households on a day, more of those near the line, each with a known chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.futures import narrowed
from fanpin_risk.simulate.county.state import I64, Flags, State
from fanpin_risk.simulate.county.streams import Keys, Streams, mixed

Floats = npt.NDArray[np.float64]

BANDS_X100 = (75, 100, 125, 150, 200)
"""Income a head over the line, in hundredths, at which a band ends; the last one has no end."""

BAND_SHARES_X100 = (18, 20, 22, 16, 14, 10)
"""Share of the sample that each band gets, from the poorest."""

_SAMPLE = 0x73616D70
_STATE_FILE, _ROWS_FILE = "state.npz", "households.npz"


@dataclass(frozen=True)
class Sample:
    """Households drawn on one day, and all that their futures need.

    Attributes
    ----------
    state
        The state at the end of the month, with the households drawn and who can touch them.
    rows
        Rows of the households drawn.
    number
        What their household numbers are made of.
    band
        Place of the band that each was drawn from.
    inclusion_probability
        Chance with which each was drawn, in (0, 1].
    is_in_need_now
        Whether it is in need on that day.
    n_frame
        Households that could have been drawn.
    """

    state: State
    rows: I64
    number: I64
    band: I64
    inclusion_probability: Floats
    is_in_need_now: Flags
    n_frame: int

    def save(self, folder: Path) -> None:
        """Write everything into a new folder."""
        folder.mkdir()
        self.state.save(folder / "state.npz")
        with (folder / "sample.npz").open("wb") as handle:
            np.savez(
                handle,
                rows=self.rows,
                number=self.number,
                band=self.band,
                inclusion_probability=self.inclusion_probability,
                is_in_need_now=self.is_in_need_now,
                n_frame=np.array(self.n_frame),
            )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(folder / "sample.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        n_frame = int(arrays.pop("n_frame"))
        return cls(state=State.load(folder / "state.npz"), n_frame=n_frame, **arrays)


def income_over_line_x100(state: State, line_fen: int) -> I64:
    """Net income a head of the last twelve months over the line, in hundredths, rounded down.

    Parameters
    ----------
    state
        A county at the end of a month.
    line_fen
        The line in force, a head and year.

    Returns
    -------
    ndarray of int64
        By household; 0 where nobody is there.
    """
    households, people = state.households, state.people
    members = np.bincount(people.household, weights=people.is_here, minlength=households.n)
    total = households.income_12.sum(axis=1)
    per_line = total * 100 // (np.maximum(members, 1).astype(np.int64) * line_fen)
    return np.where(members > 0, per_line, 0)


def band_of(income_over_line: I64, ends_x100: Sequence[int] = BANDS_X100) -> I64:
    """Band of each household: 0 up to the first end (which is not in it), and so on."""
    return np.searchsorted(np.array(ends_x100), income_over_line, side="right").astype(np.int64)


def sizes_of(n_in_band: Sequence[int], n: int, shares: Sequence[int]) -> list[int]:
    """How many to draw from each band.

    Parameters
    ----------
    n_in_band
        Households of each band.
    n
        How many to draw in all; fewer if there are not so many.
    shares
        Share of each band, in any unit. What a small band cannot give goes to the others.

    Returns
    -------
    list of int
        They sum to ``n``, or to all households. Every band with households gives one at least, so
        that each household has a chance.

    Raises
    ------
    ValueError
        If ``n`` is less than the number of bands with households.

    Examples
    --------
    >>> sizes_of([5, 100, 1000], 60, [50, 30, 20])
    [5, 33, 22]
    """
    sizes = [int(count > 0) for count in n_in_band]
    wanted = min(n, sum(n_in_band))
    if wanted < sum(sizes):
        raise ValueError(f"{n} households cannot come from {sum(sizes)} bands. Ask for more.")
    is_open = [size < count for size, count in zip(sizes, n_in_band, strict=True)]
    while (left := wanted - sum(sizes)) > 0:
        weights = [s if o else 0 for s, o in zip(shares, is_open, strict=True)]
        if sum(weights) == 0:
            weights = [int(o) for o in is_open]
        parts = _rounded(left, weights)
        sizes = [min(a + b, c) for a, b, c in zip(sizes, parts, n_in_band, strict=True)]
        is_open = [size < count for size, count in zip(sizes, n_in_band, strict=True)]
    return sizes


def _rounded(n: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of n by weights, the largest remainders rounded up (first ones before)."""
    total = sum(weights)
    parts = [n * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda k: (-(n * weights[k] % total), k))
    for k in order[: n - sum(parts)]:
        parts[k] += 1
    return parts


def chosen(keys: Keys, band: I64, sizes: Sequence[int], month: int) -> tuple[I64, Floats]:
    """Households drawn from each band, so many of each, every one with the same chance.

    Parameters
    ----------
    keys
        Keys of the households that can be drawn.
    band
        Band of each.
    sizes
        How many to draw from each band, at most as many as it has.
    month
        Month of the day; another month is another draw.

    Returns
    -------
    ndarray of int64, ndarray of float64
        Places drawn, in order, and the chance of each: those of its band that were drawn, over
        those that could have been.
    """
    order = Streams(month).uniform("truth.sample", mixed(keys, _SAMPLE))
    places: list[I64] = []
    chances: list[Floats] = []
    for k, size in enumerate(sizes):
        here = np.flatnonzero(band == k)
        if size > len(here):
            raise ValueError(f"Band {k} has {len(here)} households, {size} were asked for.")
        first = here[np.argsort(order[here], kind="stable")[:size]]
        places.append(first)
        chances.append(np.full(size, size / max(len(here), 1)))
    place = np.concatenate(places) if places else np.zeros(0, dtype=np.int64)
    chance = np.concatenate(chances) if chances else np.zeros(0)
    in_order = np.argsort(place, kind="stable")
    return place[in_order], chance[in_order]


def sampled(
    state: State,
    *,
    n: int,
    line_fen: int,
    whole_villages: bool = False,
) -> Sample:
    """Draw households of a county at the end of a month.

    Parameters
    ----------
    state
        The whole county, on one common path; it is not changed.
    n
        How many households to draw; all, if there are not more.
    line_fen
        The line in force, a head and year, which the bands are made with.
    whole_villages
        As in `families`.

    Returns
    -------
    Sample
        Fixed by the households' keys, that is by the county's seed, and the month.
    """
    households = state.households
    frame = np.flatnonzero(households.is_here)
    band = band_of(income_over_line_x100(state, line_fen))[frame]
    n_in_band = np.bincount(band, minlength=len(BAND_SHARES_X100)).tolist()
    sizes = sizes_of(n_in_band, n, BAND_SHARES_X100)
    place, chance = chosen(households.key[frame], band, sizes, state.month)
    rows = frame[place]
    small, at = narrowed(state, rows, whole_villages=whole_villages)
    return Sample(
        state=small,
        rows=at,
        number=households.number[rows],
        band=band[place],
        inclusion_probability=chance,
        is_in_need_now=households.need[rows] > 0,
        n_frame=len(frame),
    )
