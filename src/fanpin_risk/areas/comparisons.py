"""Every comparison of one month: each area, stream and window with its own past and the county."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.counts import LEVELS, Areas, Counts
from fanpin_risk.areas.exact import NO_MARGIN, Flags, Floats, Ints, noisy_odds, tail
from fanpin_risk.areas.noise import area_noise, month_noise, noise_of_odds

_MONTHS_A_YEAR = 12
_SURELY_ABLE = 40.0
"""A comparison whose count may come to more than this is taken to be able to ring."""
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Comparisons:
    """Counts set against what the past and the other areas lead to expect; a row for each.

    The table of two by two of a comparison: households with an event in the area and window
    (``count``), in the area's quiet past (``past``), in the other areas in the window (``rest``),
    in their past (``rest_past``). The county has no other areas: there the last two are without
    end, and the count is binomial. ``odds`` is the ratio that the numbers of households lead to
    expect, ``noise`` the variance of what quiet months show beside it. ``level``, ``stream``,
    ``area`` and ``month`` are places in the lists of the counts.
    """

    month: Ints
    level: Ints
    window_months: Ints
    stream: Ints
    area: Ints
    count: Floats
    past: Floats
    rest: Floats
    rest_past: Floats
    odds: Floats
    noise: Floats

    def __len__(self) -> int:
        """How many comparisons there are."""
        return len(self.count)

    @classmethod
    def joined(cls, parts: Sequence[Comparisons]) -> Comparisons:
        """Put comparisons one after the other; one part at least."""
        columns: dict[str, Any] = {
            one.name: np.concatenate([getattr(part, one.name) for part in parts])
            for one in fields(cls)
        }
        return cls(**columns)

    def taken(self, rows: Ints | Flags) -> Comparisons:
        """Some of the comparisons."""
        return Comparisons(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    @property
    def row(self) -> Floats:
        """Sum of the area's window and past."""
        return self.count + self.past

    @property
    def column(self) -> Floats:
        """Sum of all areas in the window."""
        return self.count + self.rest

    @property
    def total(self) -> Floats:
        """Sum of all four."""
        return self.count + self.past + self.rest + self.rest_past

    @property
    def expected(self) -> Floats:
        """What the area's past and the others' window lead to expect; NaN where they cannot."""
        ratio = np.divide(
            self.rest, self.rest_past, out=np.full_like(self.rest, np.nan), where=self.rest_past > 0
        )
        return self.past * ratio * self.odds

    def chance(self) -> Floats:
        """Chance of so many or more in a quiet month, given the margins."""
        return self._chance(self.count, 0.0)

    def least_chance(self) -> Floats:
        """Smallest chance that any count can come to, given the margins."""
        most = np.minimum(self.row, self.column)
        least = np.zeros(len(self))
        asked = np.flatnonzero(most <= _SURELY_ABLE)
        least[asked] = self.taken(asked)._chance(most[asked], 0.0)
        return least

    def chance_with(self, count: Floats) -> Floats:
        """Chance of at least another count, everything else being as it is."""
        return self._chance(count, count - self.count)

    def _chance(self, count: Floats, more: Floats | float) -> Floats:
        """Chance of a count, with so many more households in the window."""
        row, column, total = (margin + more for margin in (self.row, self.column, self.total))
        found = np.zeros(len(self))
        for first in range(0, len(self), _ROWS_AT_ONCE):  # so that memory has a limit
            part = slice(first, first + _ROWS_AT_ONCE)
            points = noisy_odds(self.odds[part], self.noise[part])
            found[part] = tail(count[part], row[part], column[part], total[part], points)
        return found


@dataclass(frozen=True, kw_only=True)
class Untold:
    """A stream that cannot be judged on a level in a month, and why."""

    level: str
    stream: int
    reason: str


def comparisons(
    counts: Counts, month: int, is_quiet: Flags, settings: AlarmSettings
) -> tuple[Comparisons, list[Untold]]:
    """Comparisons of one month.

    Parameters
    ----------
    counts
        Of the county.
    month
        Index of the month asked about.
    is_quiet
        Months of each stream that may stand for its past, shape (n_streams, n_months).
    settings
        Windows, and how much past there must be.

    Returns
    -------
    comparisons : Comparisons
    untold : list of Untold
        Streams with events in the month's longest window that could not be judged on a level.
    """
    found: list[Comparisons] = []
    untold: list[Untold] = []
    for areas in counts.areas.values():
        if areas.level != "county" and len(areas.names) == 1:
            continue  # the same as the county
        noise = _noise(counts, areas, month, is_quiet, settings)
        for window in settings.windows:
            of_level = _county if areas.level == "county" else _between
            made, reasons = of_level(areas, month, window, is_quiet, noise, settings)
            found.append(made)
        untold += _untold(areas, month, settings, reasons)
    return Comparisons.joined(found), untold


def _noise(
    counts: Counts, areas: Areas, month: int, is_quiet: Flags, settings: AlarmSettings
) -> Floats:
    """Noise of every stream on a level, in the past of the longest window."""
    end = month - max(settings.windows) + 1
    span = slice(max(0, end - settings.baseline_months), end)
    kept = is_quiet[:, span]
    past = (areas.counts[:, :, span] * kept[:, None, :]).astype(np.float64)
    if areas.level == "county":
        homes = areas.households[0, span].astype(np.float64)
        return month_noise(past[:, 0], homes, kept, counts.first_month + span.start)
    return area_noise(past)


def _between(
    areas: Areas,
    month: int,
    window: int,
    is_quiet: Flags,
    noise: Floats,
    settings: AlarmSettings,
) -> tuple[Comparisons, list[str]]:
    """Areas of one level against each other: what all share this month is no excess."""
    end = month - window + 1
    now, span = slice(end, month + 1), slice(max(0, end - settings.baseline_months), end)
    kept = is_quiet[:, span]
    count = areas.counts[:, :, now].sum(axis=2)
    past = (areas.counts[:, :, span] * kept[:, None, :]).sum(axis=2)
    homes = np.broadcast_to(areas.households[:, now].sum(axis=1).astype(np.float64), count.shape)
    homes_past = np.einsum("am,sm->sa", areas.households[:, span], kept).astype(np.float64)
    odds = _quotient(_quotient(homes, homes_past), _quotient(_others(homes), _others(homes_past)))
    reasons = [
        _reason_between(int(events), int(months), settings)
        for events, months in zip(past.sum(axis=1), kept.sum(axis=1), strict=True)
    ]
    is_told = np.array([not reason for reason in reasons], dtype=np.bool_)
    stream, area = np.nonzero(is_told[:, None] & (odds > 0))
    return _made(
        areas, month, window, stream, area,
        count=count[stream, area],
        past=past[stream, area],
        rest=_others(count)[stream, area],
        rest_past=_others(past)[stream, area],
        odds=odds[stream, area],
        noise=noise_of_odds(noise, past.astype(np.float64), kept.sum(axis=1))[stream, area],
    ), reasons  # fmt: skip


def _county(
    areas: Areas,
    month: int,
    window: int,
    is_quiet: Flags,
    noise: Floats,
    settings: AlarmSettings,
) -> tuple[Comparisons, list[str]]:
    """The county against itself in the same months of earlier years."""
    by_month, homes = areas.counts[:, 0], areas.households[0]
    past, homes_past = np.zeros(len(by_month)), np.zeros(len(by_month))
    n_years = np.zeros(len(by_month), dtype=np.int64)
    for block in _same_months(month, window, settings):
        is_kept = is_quiet[:, block].all(axis=1)
        past += np.where(is_kept, by_month[:, block].sum(axis=1), 0)
        homes_past += np.where(is_kept, homes[block].sum(), 0)
        n_years += is_kept
    now = slice(month - window + 1, month + 1)
    odds = _quotient(np.full(len(past), float(homes[now].sum())), homes_past)
    reasons = ["" if n >= settings.least_years else "few_years" for n in n_years]
    stream = np.flatnonzero(np.array([not reason for reason in reasons], dtype=np.bool_))
    without_end = np.full(len(stream), NO_MARGIN)
    return _made(
        areas, month, window, stream, np.zeros(len(stream), dtype=np.int64),
        count=by_month[:, now].sum(axis=1)[stream],
        past=past[stream],
        rest=without_end,
        rest_past=without_end,
        odds=odds[stream],
        noise=(noise * (1 + 1 / np.maximum(n_years, 1)))[stream],
    ), reasons  # fmt: skip


def _made(
    areas: Areas,
    month: int,
    window: int,
    stream: Ints,
    area: Ints,
    **columns: npt.NDArray[np.generic],
) -> Comparisons:
    """Comparisons of one level and window in one month."""
    n = len(stream)
    return Comparisons(
        month=np.full(n, month),
        level=np.full(n, LEVELS.index(areas.level)),
        window_months=np.full(n, window),
        stream=stream,
        area=area,
        **{name: values.astype(np.float64) for name, values in columns.items()},
    )


def _same_months(month: int, window: int, settings: AlarmSettings) -> Iterator[slice]:
    """The same months of earlier years, back to the longest past that is looked at."""
    last = month - _MONTHS_A_YEAR
    while last - window + 1 >= max(0, month - settings.baseline_months):
        yield slice(last - window + 1, last + 1)
        last -= _MONTHS_A_YEAR


def _reason_between(n_events: int, n_months: int, settings: AlarmSettings) -> str:
    """Why areas cannot be set against each other; empty where they can."""
    if n_months < settings.least_baseline_months:
        return "few_months"
    return "few_events" if n_events < settings.least_baseline_events else ""


def _untold(areas: Areas, month: int, settings: AlarmSettings, reasons: list[str]) -> list[Untold]:
    """Streams with events of late that cannot be judged."""
    first = month - max(settings.windows) + 1
    late = areas.counts[:, :, first : month + 1].sum(axis=(1, 2))
    return [
        Untold(level=areas.level, stream=at, reason=reason)
        for at, reason in enumerate(reasons)
        if reason and late[at] > 0
    ]


def _others(values: npt.NDArray[np.generic]) -> Floats:
    """For each area the sum of all others."""
    numbers = values.astype(np.float64)
    others: Floats = numbers.sum(axis=1, keepdims=True) - numbers
    return others


def _quotient(above: Floats, below: Floats) -> Floats:
    """Quotient; 0 where there is nothing below."""
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
