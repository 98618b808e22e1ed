"""Ranges of parameters, and checks of lists and tables that belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, TypeVar

from pydantic import Field

from fanpin_risk.records.contracts.model import CodeList
from fanpin_risk.simulate.county.kinds import Product

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Fen = Annotated[int, Field(ge=0)]
Age = Annotated[int, Field(ge=0, le=120)]
Months = Annotated[int, Field(ge=0)]
MonthOfYear = Annotated[int, Field(ge=1, le=12)]
OfTheYear = Annotated[tuple[NotNegative, ...], Field(min_length=12, max_length=12)]
"""A value for each month from January."""

Code = TypeVar("Code", str, int)

_ROUNDING = 1e-9


def check_lines(**lines: tuple[Sequence[float], Sequence[float]]) -> None:
    """Refuse values that do not belong to rising points one by one; ``name=(points, values)``.

    Raises
    ------
    ValueError
        Naming the values.

    Examples
    --------
    >>> check_lines(wage=((20, 40), (1.0, 2.0)))
    """
    for name, (points, values) in lines.items():
        if len(points) != len(values):
            raise ValueError(
                f"{name} has {len(values)} values for {len(points)} points; give one for each"
            )
        if any(later <= before for before, later in pairwise(points)):
            raise ValueError(f"the points of {name} must rise")


def check_shares(listed: CodeList | None = None, **tables: Mapping[Code, float]) -> None:
    """Refuse tables of shares that do not sum to 1, or name what the contract does not list.

    Raises
    ------
    ValueError
        Naming the table.

    Examples
    --------
    >>> check_shares(harvest={10: 0.5, 11: 0.5})
    """
    for name, shares in tables.items():
        if abs(sum(shares.values()) - 1) > _ROUNDING:
            raise ValueError(f"{name} sums to {sum(shares.values()):.4f}; shares must sum to 1")
        unknown = [str(c) for c in shares if listed is not None and c not in listed.words]
        if unknown:
            raise ValueError(f"{name} names {', '.join(unknown)}, which its contract does not list")


def check_products(wanted: Sequence[Product], **tables: Mapping[str, object]) -> None:
    """Refuse tables that do not hold exactly the products wanted.

    Raises
    ------
    ValueError
        Naming the table and what is missing or too much.
    """
    names = {product.name.lower() for product in wanted}
    for name, table in tables.items():
        if set(table) != names:
            wrong = ", ".join(sorted(set(table) ^ names))
            raise ValueError(f"{name} must hold each of {len(names)} products once; see {wrong}")
