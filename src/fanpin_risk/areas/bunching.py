"""Do recorded incomes bunch at a line? A figure about the records, never about a person.

Appraisal gives reasons to write an income just below the line where a listing is at stake, and just
above it where an exit is (founding text, 七（二十三）). What is tested is whether the records near
the line lie on one side more often than the records further away lead to expect. Incomes are
rounded: bins as wide as what they are rounded to hold the same number of round amounts each, so
rounding makes no step at the line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from itertools import pairwise
from statistics import NormalDist
from typing import Annotated, Any, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from fanpin_risk.areas.density import Fit, chosen
from fanpin_risk.areas.exact import Ints, binomial_tail, doubtful_odds
from fanpin_risk.errors import SchemaError
from fanpin_risk.settings import Settings

Side = Literal["below", "above"]

INCOME_COLUMNS: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "income_fen": pl.Int64(),
    "line_fen": pl.Int64(),
}
"""One row for each income on record: what is asked of `bunching`."""
BIN_COLUMNS: dict[str, pl.DataType] = {
    "from_fen": pl.Int64(),
    "to_fen": pl.Int64(),
    "incomes": pl.Int64(),
    "expected": pl.Float64(),
    "is_window": pl.Boolean(),
}
ROUND_YUAN = (1_000, 500, 100, 50, 10, 1)
"""Amounts that incomes may be rounded to, from coarse to fine."""
_FEN = 100
_E4 = 10_000
_SHOWN_BINS = 6
_SURE_DEVIATIONS = 4.0
_POWER_DEVIATION = 0.842
"""Standard errors beyond the test's level at which four effects in five are found."""


class BunchingSettings(Settings):
    """Settings of the test for bunching.

    ``level``: chance of a find where there is none. ``window_e4``: how far from the line incomes
    are moved, in ten-thousandths of it; ``range_e4``: how far the records that tell what to expect
    reach. ``degree``: lowest of the polynomial of log density through them, see
    `fanpin_risk.areas.density.chosen`. ``least_rows``: fewer in the window tell nothing;
    ``least_households``: no cell with fewer is shown. ``interval``: level of intervals.
    """

    level: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    window_e4: Annotated[int, Field(ge=100, le=5_000)] = 1_600
    range_e4: Annotated[int, Field(ge=500, le=20_000)] = 6_000
    degree: Annotated[int, Field(ge=1, le=4)] = 3
    least_rows: Annotated[int, Field(ge=10)] = 40
    least_households: Annotated[int, Field(ge=2)] = 5
    interval: Annotated[float, Field(gt=0.5, lt=1)] = 0.95

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        """Refuse a range that leaves nothing beside the window."""
        if self.range_e4 < 2 * self.window_e4:
            raise ValueError("range_e4 must be twice window_e4 at least")
        return self


@dataclass(frozen=True, kw_only=True)
class BunchingReport:
    """Whether incomes bunch on one side of a line, in aggregates alone.

    Attributes
    ----------
    side
        Side that is asked about.
    is_found
        Whether there are more on that side than chance brings; None: cannot be told.
    reason_zh, reason_en
        Why it cannot be told; empty where it can.
    n_rows, n_households
        Incomes in the window, and the households they are of; None below the smallest cell.
    share_e4, expected_e4
        Of the window's incomes, those on the side: observed, and as the others lead to expect.
    moved_e4, moved_low_e4, moved_high_e4
        Share of the window's incomes that is on the side beyond what is expected, with its
        interval; negative: too few.
    smallest_moved_e4
        Share that would be found four times in five.
    chance
        Of so many or more on the side where nothing is bent.
    bin_fen
        Coarsest amount that incomes are rounded to.
    bins
        ``from_fen, to_fen`` (income less line; from belongs to the bin, to does not), ``incomes``
        (null: of fewer households than the smallest cell), those ``expected``, ``is_window``; as
        wide as makes six of them on each side of the window at most.
    """

    side: Side
    is_found: bool | None
    reason_zh: str
    reason_en: str
    n_rows: int | None
    n_households: int | None
    share_e4: int | None
    expected_e4: int | None
    moved_e4: int | None
    moved_low_e4: int | None
    moved_high_e4: int | None
    smallest_moved_e4: int | None
    chance: float | None
    bin_fen: int
    bins: pl.DataFrame


_FIGURES = tuple(
    one.name
    for one in fields(BunchingReport)
    if one.name not in ("side", "reason_zh", "reason_en", "bin_fen", "bins")
)
"""What stays empty where it cannot be told."""


def bunching(incomes: pl.DataFrame, *, side: Side, settings: BunchingSettings) -> BunchingReport:
    """Test whether incomes on record bunch on one side of their line.

    A polynomial is laid through the log density of the incomes further from the line. It says which
    share of those near the line lies on the side; the number that does is then binomial, averaged
    over the doubt of the fit and widened where the other bins vary beyond chance.

    Parameters
    ----------
    incomes
        `INCOME_COLUMNS`: incomes a head and year with the line in force when they were written. A
        household may have several. Rows without income or line are left aside. Give the incomes of
        households that are not listed to ask about the line of entry, of listed ones for the exit.
    side
        ``below`` (entry) or ``above`` (exit); on the line is not below.
    settings
        Level, window, range, smallest cell.

    Returns
    -------
    BunchingReport
        Aggregates alone: no cell is of fewer than ``least_households`` households.

    Raises
    ------
    SchemaError
        If a column is missing or not an integer, or a line is not positive.

    Notes
    -----
    It cannot tell bending from a programme that lifts incomes to just above the line: look at what
    else changes there before anything is said of the records. The chance is one-sided.
    """
    rows = _checked(incomes)
    bin_fen = rounded_to(rows["income_fen"].to_numpy())
    rows = rows.with_columns(position=(pl.col("income_fen") - pl.col("line_fen")) // bin_fen)
    line = float(rows["line_fen"].to_numpy().mean()) if rows.height else 0.0
    width = max(int(line * settings.window_e4 / _E4 / bin_fen + 0.5), 1)
    together = -(-width // _SHOWN_BINS)
    width = _up_to(width, together)
    reach = _up_to(max(int(line * settings.range_e4 / _E4 / bin_fen + 0.5), 2 * width), together)
    at = np.arange(-reach, reach)
    is_window = (at >= -width) & (at < width)
    is_side = is_window & ((at < 0) if side == "below" else (at >= 0))
    position = rows["position"].to_numpy()
    inside = position[(position >= -reach) & (position < reach)]
    counts = np.bincount(inside + reach, minlength=2 * reach).astype(np.float64)
    fit = chosen(at, counts, ~is_window, degree=settings.degree)
    of_window = rows.filter(pl.col("position").is_between(-width, width - 1))
    near = _Window(
        n_rows=of_window.height,
        n_side=int(counts[is_side].sum()),
        n_households=of_window["household_id"].n_unique(),
    )
    told: dict[str, Any] = dict.fromkeys(_FIGURES)
    reason = near.reason(fit, settings)
    if fit is not None and reason == ("", ""):
        odds, spread = fit.odds(is_side, is_window & ~is_side)
        told = _told(near, odds, spread, fit.dispersion, settings)
    expected = np.full(len(at), np.nan) if fit is None else fit.expected
    first = at[::together]
    shown = pl.DataFrame(
        {
            "from_fen": first * bin_fen,
            "to_fen": (first + together) * bin_fen,
            "incomes": counts.reshape(-1, together).sum(axis=1),
            "expected": expected.reshape(-1, together).sum(axis=1),
            "is_window": is_window[::together],
        },
        schema=BIN_COLUMNS,
        strict=False,
    ).with_columns(pl.col("expected").fill_nan(None))
    enough = pl.Series(_households(rows, first, together)) >= settings.least_households
    return BunchingReport(
        side=side,
        reason_zh=reason[0],
        reason_en=reason[1],
        bin_fen=bin_fen,
        bins=shown.with_columns(pl.when(enough).then("incomes").alias("incomes")),
        **told,
    )


def rounded_to(incomes_fen: Ints) -> int:
    """Coarsest of `ROUND_YUAN`, in fen, that incomes are rounded to more often than chance brings.

    An amount counts where more incomes are its multiples than those of the next finer amount lead
    to expect. The finest is returned where there is no rounding at all.

    Examples
    --------
    >>> rounded_to(np.arange(1, 400) * 10_000)
    10000
    """
    for coarse, fine in pairwise(ROUND_YUAN):
        n = int((incomes_fen % (fine * _FEN) == 0).sum())
        share = fine / coarse
        excess = int((incomes_fen % (coarse * _FEN) == 0).sum()) - n * share
        if excess > _SURE_DEVIATIONS * math.sqrt(n * share * (1 - share)):
            return coarse * _FEN
    return ROUND_YUAN[-1] * _FEN


_REASONS: dict[str, tuple[str, str]] = {
    "rows": ("线附近的记录太少", "too few incomes near the line"),
    "households": (
        "线附近的户数太少，不显示",
        "too few households near the line to be shown or judged",
    ),
    "fit": (
        "离线较远处的记录太少，无从比较",
        "too few incomes further from the line to compare with",
    ),
}


@dataclass(frozen=True, kw_only=True)
class _Window:
    """What is near the line: incomes, those on the side, households."""

    n_rows: int
    n_side: int
    n_households: int

    def reason(self, fit: Fit | None, settings: BunchingSettings) -> tuple[str, str]:
        """Why it cannot be told; empty words where it can."""
        if self.n_households < settings.least_households:
            return _REASONS["households"]
        if self.n_rows < settings.least_rows:
            return _REASONS["rows"]
        return _REASONS["fit"] if fit is None else ("", "")


def _told(
    near: _Window, odds: float, spread: float, dispersion: float, settings: BunchingSettings
) -> dict[str, Any]:
    """What was found, by the names of the report."""
    n, k = near.n_rows, near.n_side
    share = odds / (1 + odds)
    sampling = share * (1 - share) / n
    spread = math.sqrt(spread**2 + (dispersion - 1) / (n * share * (1 - share)))
    points = doubtful_odds(np.array([odds]), np.array([spread]))
    chance = float(binomial_tail(np.array([float(k)]), np.array([float(n)]), points)[0])
    doubt = (share * (1 - share) * spread) ** 2
    observed = k / n
    half = -_normal((1 - settings.interval) / 2) * math.sqrt(observed * (1 - observed) / n + doubt)
    found = (_POWER_DEVIATION - _normal(settings.level)) * math.sqrt(sampling + doubt)
    moved = observed - share
    shares = {
        "share": observed,
        "expected": share,
        "moved": moved,
        "moved_low": moved - half,
        "moved_high": moved + half,
        "smallest_moved": found,
    }
    return {
        "is_found": chance <= settings.level,
        "chance": chance,
        "n_rows": n,
        "n_households": near.n_households,
        **{f"{name}_e4": round(value * _E4) for name, value in shares.items()},
    }


def _normal(chance: float) -> float:
    """Quantile of the standard normal."""
    return NormalDist().inv_cdf(chance)


def _households(rows: pl.DataFrame, first: Ints, together: int) -> Ints:
    """Households of each bin that is shown; one with several incomes there counts once."""
    found = np.zeros(len(first), dtype=np.int64)
    shown = (pl.col("position") - int(first[0])) // together
    of_bin = rows.group_by(shown.alias("shown")).agg(pl.col("household_id").n_unique())
    inside = of_bin.filter(pl.col("shown").is_between(0, len(first) - 1))
    found[inside["shown"].to_numpy()] = inside["household_id"].to_numpy()
    return found


def _up_to(number: int, step: int) -> int:
    """Next multiple of a step that is not less."""
    return -(-number // step) * step


def _checked(incomes: pl.DataFrame) -> pl.DataFrame:
    """Rows with income and line, in their types, or raise."""
    missing = [name for name in INCOME_COLUMNS if name not in incomes.columns]
    if missing:
        raise SchemaError(f"The incomes lack the columns {missing}. Found {incomes.columns}.")
    for name in ("income_fen", "line_fen"):
        kind = incomes.schema[name]
        if not kind.is_integer() and kind != pl.Null():
            raise SchemaError(f"Column {name!r} must be whole fen. Got {kind}. Convert it first.")
    rows = incomes.select(pl.col(name).cast(kind) for name, kind in INCOME_COLUMNS.items())
    n_wrong = rows.filter(pl.col("line_fen") <= 0).height
    if n_wrong:
        raise SchemaError(
            f"Column 'line_fen' is not positive in {n_wrong} of {rows.height} rows. "
            "Leave out what has no line."
        )
    return rows.drop_nulls()
