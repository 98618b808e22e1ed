"""The route of a household by its findings: case by case, development help, or the safety net.

The founding text's three ways (二（二）2.8): who can work gets development help, who cannot the
safety net, and after a major disaster, an accident or family upheaval the household is judged case
by case (一事一议), whatever else.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.proposal_type import SUDDEN
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.routes import ROUTES

Frame = nw.DataFrame[pl.DataFrame]

CASE, DEVELOPMENT, NET, OPEN = "case_by_case", "development", "safety_net", "cannot_tell"
ROUTE_WORDS: dict[str, tuple[str, str]] = dict(
    zip((CASE, DEVELOPMENT, NET, OPEN), ROUTES, strict=True)
)
"""Every route in Chinese and English."""

UPHEAVALS: Final = (
    ("struck_by_disaster", "major_disaster"),
    ("struck_by_accident", "major_accident"),
)
"""What is judged case by case, and the rule that can say that it was not a major one."""
ROUTE_RULES: Final = (*[name for pair in UPHEAVALS for name in pair], "main_worker_lost")
"""Rules that a route rests on."""


def with_routes(homes: Frame, readings: Readings) -> Frame:
    """Add the route of each household, and a second one that stands behind it.

    A disaster or accident of which it cannot be told how grave it was counts as a major one. A crop
    or a job lost is not judged case by case by itself; it is once sudden hardship is proposed.

    Parameters
    ----------
    homes
        Any rows with the answers of `ROUTE_RULES`, the facts ``n_able, n_weak, n_labour_unknown,
        n_members, is_no_labour_on_register``, and ``proposal``.
    readings
        ``weak_labour_route``.

    Returns
    -------
    DataFrame
        The rows with ``route`` (a key of `ROUTE_WORDS`, never null) and ``second_route`` (likewise,
        null for none): behind case by case what labour points to; behind development help the
        safety net where labour is weak or half only.
    """
    case = is_case_by_case()
    by_labour = _labour_route(readings)
    net_behind = nw.lit(readings.weak_labour_route == "development_and_net") & _is_weak_only()
    second = (
        nw.when(case & (nw.col("_by_labour") != OPEN))
        .then(nw.col("_by_labour"))
        .when(~case & (nw.col("_by_labour") == DEVELOPMENT) & net_behind)
        .then(nw.lit(NET))
    )
    route = nw.when(case).then(nw.lit(CASE)).otherwise(nw.col("_by_labour"))
    return (
        homes.with_columns(_by_labour=by_labour)
        .with_columns(route=route, second_route=second)
        .drop("_by_labour")
    )


def is_case_by_case() -> nw.Expr:
    """Whether a household is judged case by case; never null: not known does not make it so."""
    grave = [all_of(nw.col(struck), nw.col(major).fill_null(True)) for struck, major in UPHEAVALS]
    upheaval = any_of(*grave, nw.col("main_worker_lost"), nw.col("proposal") == SUDDEN)
    return upheaval.fill_null(False)


def is_able() -> nw.Expr:
    """Whether a member with ordinary or skilled labour is on record; never null."""
    return (nw.col("n_able") > 0).fill_null(False)


def has_weak() -> nw.Expr:
    """Whether a member with weak or half labour is on record; never null."""
    return (nw.col("n_weak") > 0).fill_null(False)


def has_nobody() -> nw.Expr:
    """Whether nobody can work: all members told, or the register's own word; never null."""
    all_told = (nw.col("n_members") > 0) & (nw.col("n_labour_unknown") == 0)
    said = any_of(all_told, nw.col("is_no_labour_on_register")).fill_null(False)
    return said & ~is_able() & ~has_weak()


def _is_weak_only() -> nw.Expr:
    """Whether all labour on record is weak or half labour; never null."""
    return has_weak() & ~is_able()


def _labour_route(readings: Readings) -> nw.Expr:
    """The route that labour alone points to."""
    weak = _is_weak_only()
    if readings.weak_labour_route == "safety_net":
        all_told = (nw.col("n_labour_unknown") == 0).fill_null(False)
        develops, nets = is_able(), has_nobody() | (weak & all_told)
    else:
        develops, nets = is_able() | weak, has_nobody()
    return (
        nw.when(develops)
        .then(nw.lit(DEVELOPMENT))
        .when(nets)
        .then(nw.lit(NET))
        .otherwise(nw.lit(OPEN))
    )
