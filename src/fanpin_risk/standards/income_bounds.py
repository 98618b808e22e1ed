"""Income known between two bounds, against a line per head: three-valued, and exact.

Whether there is a bound at all is a fact of its own and never not known; so a bound that is missing
leaves an answer open, and never turns it.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from fanpin_risk.standards.logic import all_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.units import FEN_PER_YUAN, RATIO_SCALE


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """An amount of the household in fen: at least ``lower``, at most ``upper``, both included.

    ``has_lower`` and ``has_upper`` say whether there is such a bound.
    """

    lower: nw.Expr
    upper: nw.Expr
    has_lower: nw.Expr
    has_upper: nw.Expr

    @property
    def is_exact(self) -> nw.Expr:
        """Whether the amount is bounded on both sides, which it only is where it is known."""
        return self.has_lower & self.has_upper

    def less(self, known: nw.Expr, is_whole: nw.Expr) -> Bounds:
        """What is left after a cost of which some is known, and whether that is all of it."""
        return Bounds(
            lower=self.lower - known,
            upper=self.upper - known,
            has_lower=self.has_lower & is_whole,
            has_upper=self.has_upper,
        )

    def less_between(self, least: nw.Expr, most: nw.Expr) -> Bounds:
        """What is left after a part of it that is known between two bounds."""
        return Bounds(
            lower=self.lower - most,
            upper=self.upper - least,
            has_lower=self.has_lower,
            has_upper=self.has_upper,
        )


def account_bounds(window: str, readings: Readings) -> Bounds:
    """Income of the account in a window, as the readings count it.

    Parameters
    ----------
    window
        ``12m``, ``before`` or ``annual``, as in the names of the facts.
    readings
        ``business_loss`` says whether a loss is set off; with ``missing_part: cannot_tell`` income
        that is not exact has no bounds.
    """
    is_set_off = readings.business_loss == "set_off"
    kind = "income" if is_set_off else "income_without_loss"
    has_lower = nw.col(f"is_income_{window}_lower_known")
    has_upper = nw.col(f"is_income_{window}_upper_known")
    both = has_lower & has_upper
    found = Bounds(
        lower=nw.col(f"{kind}_{window}_lower_fen"),
        upper=nw.col(f"{kind}_{window}_upper_fen"),
        has_lower=has_lower if is_set_off else nw.lit(True),
        has_upper=has_upper,
    )
    if readings.missing_part == "cannot_tell":
        found = Bounds(lower=found.lower, upper=found.upper, has_lower=both, has_upper=both)
    return found


def without_away(income: Bounds, window: str) -> Bounds:
    """Income of the others, without wages of members who are away."""
    wage = f"wage_of_away_{window}"
    return income.less_between(nw.col(f"{wage}_least_fen"), nw.col(f"{wage}_most_fen"))


def register_bounds(column: str = "register_income_per_head_fen") -> Bounds:
    """Income as the register has it: a figure per head times the members, where there is one."""
    total = nw.col(column) * nw.col("heads")
    return Bounds(lower=total, upper=total, has_lower=nw.lit(True), has_upper=nw.lit(True))


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line per head and the members it counts for.

    ``per_head`` is in fen, divided by ``scale``.
    """

    per_head: nw.Expr
    heads: nw.Expr
    scale: int = 1

    def factors(self, readings: Readings) -> tuple[int, nw.Expr]:
        """What the household's amount is multiplied with, and the limit it is then compared with.

        Below the limit is below the line per head: without rounding ``amount * scale < line *
        heads``. Cut to the fen, an amount is below if it is below the line's next whole fen;
        rounded half up to the yuan, if it is below the half yuan under the line's next whole yuan.
        """
        if readings.per_head_rounding == "none":
            return self.scale, self.per_head * self.heads
        if readings.per_head_rounding == "down_to_fen":
            return self.scale, self._up_to(self.scale) * self.heads
        yuan = FEN_PER_YUAN * self.scale
        whole = self._up_to(yuan)
        return self.scale + self.scale, (whole + whole - yuan) * self.heads

    def _up_to(self, unit: int) -> nw.Expr:
        """The line rounded up to whole units."""
        return (self.per_head + unit - 1) // unit * unit


def is_below(income: Bounds, line: Line, readings: Readings) -> tuple[nw.Expr, nw.Expr]:
    """Whether income is surely below a line per head, and whether it surely is not.

    On the line is neither below nor above (policy notes, section 19). Each is three-valued: false
    where there is no bound that says so, not known where a bound or the line is not known.
    """
    times, limit = line.factors(readings)
    below = said(income.has_upper, income.upper * times < limit)
    not_below = said(income.has_lower, income.lower * times >= limit)
    return below, not_below


def said(can_say: nw.Expr, statement: nw.Expr) -> nw.Expr:
    """A statement where it can be made at all, else false; not known where either is not."""
    return nw.when(can_say).then(statement).when(~can_say).then(nw.lit(False))


def settled(yes: nw.Expr, no: nw.Expr, otherwise: nw.Expr | None = None) -> nw.Expr:
    """True if yes and not no, false if no and not yes; what is open is as said otherwise.

    A yes or no that is not known leaves the answer open, and so do both together.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(
    ...     pl.DataFrame({"y": [True, False, False, None], "n": [False, True, False, False]}),
    ...     eager_only=True,
    ... )
    >>> frame.select(x=settled(nw.col("y"), nw.col("n")))["x"].to_list()
    [True, False, None, None]
    """
    answer = nw.when(all_of(yes, ~no)).then(nw.lit(True)).when(all_of(no, ~yes)).then(nw.lit(False))
    if otherwise is None:
        return answer
    return answer.when(all_of(~yes, ~no)).then(otherwise)


def has_fallen(now: Bounds, before: Bounds, share: nw.Expr) -> tuple[nw.Expr, nw.Expr]:
    """Whether an amount surely has fallen by at least a share of what it was, and surely has not.

    Parameters
    ----------
    now, before
        The amount in two windows.
    share
        In ten-thousandths; from exactly the share on it has. Where there was nothing before, or
        less, nothing has fallen.
    """
    left = nw.lit(RATIO_SCALE) - share
    most = (before.lower > 0) & (now.upper * RATIO_SCALE <= before.lower * left)
    least = now.lower * RATIO_SCALE > before.upper * left
    nothing_before = said(before.has_upper, before.upper <= 0)
    return (
        said(now.has_upper & before.has_lower, most),
        nothing_before | said(now.has_lower & before.has_upper, least),
    )
