"""Whether something happened within some months: by its newest days, and since when it is quiet."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from fanpin_risk.standards.logic import any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import parameter


def within(days: Sequence[str], quiet_since: str, begin: nw.Expr) -> nw.Expr:
    """Whether any of some days lies after the day on which a span begins.

    Parameters
    ----------
    days
        Columns with the newest days on record; null: none on record.
    quiet_since
        Column with the day after which nothing happened, as far as records reach; null: records are
        not kept.
    begin
        Day number; the day itself lies outside.

    Returns
    -------
    Expr
        True if one of the days is later; false if it was quiet since ``begin`` or longer; else not
        known, as where the two contradict each other. What is missing leaves it open, and turns
        nothing.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(
    ...     pl.DataFrame({"d": [9, 3, None, None], "q": [9, 5, 4, 6]}), eager_only=True
    ... )
    >>> frame.select(x=within(["d"], "q", nw.lit(5)))["x"].to_list()
    [True, False, False, None]
    """
    is_later = any_of(*[nw.col(day) > begin for day in days])
    return decided(is_later, nw.col(quiet_since) <= begin)


def decided(yes: nw.Expr, no: nw.Expr) -> nw.Expr:
    """True where only the first is known to hold, false where only the second is, else not known.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(
    ...     pl.DataFrame({"y": [True, None, True], "n": [None, True, True]}), eager_only=True
    ... )
    >>> frame.select(x=decided(nw.col("y"), nw.col("n")))["x"].to_list()
    [True, False, None]
    """
    is_yes, is_no = yes.fill_null(False), no.fill_null(False)
    return nw.when(is_yes & ~is_no).then(nw.lit(True)).when(is_no & ~is_yes).then(nw.lit(False))


def at_least(known: str, n_open: str, limit: nw.Expr) -> nw.Expr:
    """Whether an amount of which some may be open reaches a limit; the limit itself does.

    Parameters
    ----------
    known
        Column with what is known of it.
    n_open
        Column with how many parts are not; 0: the rest is none.
    limit
        What it is compared with.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(
    ...     pl.DataFrame({"a": [5, 4, 4, None], "n": [1, 0, 1, 0]}), eager_only=True
    ... )
    >>> frame.select(x=at_least("a", "n", nw.lit(5)))["x"].to_list()
    [True, False, None, None]
    """
    reaches = nw.col(known) >= limit
    return decided(reaches, ~reaches & (nw.col(n_open) == 0))


def where_public(condition: nw.Expr, readings: Readings, *names: str) -> nw.Expr:
    """A condition, and what the reading says where a figure it needs is not public.

    "Cannot tell" by itself; with ``no_public_figure: not_met`` it counts as not met (policy notes,
    section 19).
    """
    if readings.no_public_figure == "cannot_tell":
        return condition
    is_missing = any_of(*[parameter(name).is_null() for name in names])
    return nw.when(is_missing).then(nw.lit(False)).otherwise(condition)
