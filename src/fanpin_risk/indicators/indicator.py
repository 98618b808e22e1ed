"""An indicator is data: what is measured, over which visits, what it means, what absence means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.leaks import refuse_consequence

Direction = Literal[-1, 0, 1]


class Aggregate(StrEnum):
    """How the known visits of a household become one value."""

    LATEST = "latest"
    PREVIOUS = "previous"
    CHANGE = "change"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    WEIGHTED_MEAN = "weighted_mean"
    EVER = "ever"


UNITS = {
    "ratio": ("倍", "times"),
    "share": ("", ""),
    "yes_no": ("", ""),
    "persons": ("人", "persons"),
    "rooms": ("间", "rooms"),
    "persons_per_room": ("人/间", "persons per room"),
    "grade": ("级", "grade"),
    "kinds": ("种", "kinds"),
    "visits": ("次", "visits"),
    "days": ("天", "days"),
    "quarter": ("季度", "quarter"),
    "code": ("", ""),
}
"""Units an indicator may have, with their words. No currency is among them: money is relative."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One definition: an integer or truth value on a table's row, and its aggregates.

    Parameters
    ----------
    name
        English, without a unit's ambiguity; columns are ``<name>_<aggregate>``.
    title_zh, title_en
        The officer's words.
    unit
        One of `UNITS`.
    table
        A record table or view that `build` knows.
    expression
        The value on one row: a truth value, a code, or an integer in ``1 / scale`` of the unit.
    scale
        What the integer is divided by at the very end.
    aggregates
        One column each.
    cause
        The official class of causes that a contribution of this indicator belongs to.
    owner_zh, owner_en
        The office that answers for the records.
    purpose
        Why it may be used.
    direction
        -1 where a larger value means less risk, 1 more, 0 unknown, under the estimand named in the
        configuration; 0 for codes.
    if_no_records
        Value without any record: usually unknown (None), 0 where no record means none. A record
        that does not answer stays unknown, and so does a table that nobody keeps.
    is_actionable
        Whether an office can do something about it.
    is_sensitive
        Audited, never shown as a reason.
    """

    name: str
    title_zh: str
    title_en: str
    unit: str
    table: str
    expression: nw.Expr
    aggregates: tuple[Aggregate, ...]
    cause: Cause
    owner_zh: str
    owner_en: str
    purpose: str
    scale: int = 1
    direction: Direction = 0
    if_no_records: float | None = None
    is_actionable: bool = False
    is_sensitive: bool = False

    def __post_init__(self) -> None:
        """Refuse what the catalogue must never hold."""
        refuse_consequence(self.name)
        if self.unit not in UNITS:
            raise ValueError(
                f"Indicator {self.name!r}: unit {self.unit!r} is not allowed. Amounts of money "
                f"must be made relative to a dated line first. Known: {', '.join(UNITS)}."
            )
        if self.is_categorical and self.direction != 0:
            raise ValueError(
                f"Indicator {self.name!r}: a code has no direction (it would end the process "
                "inside LightGBM). Set direction=0."
            )
        if self.is_categorical and self.aggregates != (Aggregate.LATEST,):
            raise ValueError(f"Indicator {self.name!r}: a code has only its latest value.")
        if not self.aggregates:
            raise ValueError(f"Indicator {self.name!r}: give at least one aggregate.")
        if self.is_categorical and self.if_no_records is not None:
            raise ValueError(f"Indicator {self.name!r}: without a record there is no code.")

    @property
    def is_categorical(self) -> bool:
        """Whether the value is a code without an order."""
        return self.unit == "code"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns, in the order of its aggregates."""
        return tuple(column_name(self.name, aggregate) for aggregate in self.aggregates)


@dataclass(frozen=True, kw_only=True)
class IndicatorColumn:
    """One column of the feature table: an indicator and one of its aggregates."""

    name: str
    indicator: Indicator
    aggregate: Aggregate

    @property
    def title_zh(self) -> str:
        """Chinese title with what the aggregate adds."""
        return self.indicator.title_zh + _SUFFIX_ZH[self.aggregate]

    @property
    def title_en(self) -> str:
        """English title with what the aggregate adds."""
        return self.indicator.title_en + _SUFFIX_EN[self.aggregate]


_SUFFIX_ZH = {
    Aggregate.LATEST: "",
    Aggregate.PREVIOUS: "（上次）",
    Aggregate.CHANGE: "（较上次变化）",
    Aggregate.MINIMUM: "（历次最低）",
    Aggregate.MAXIMUM: "（历次最高）",
    Aggregate.WEIGHTED_MEAN: "（历次加权平均）",
    Aggregate.EVER: "（曾经有过）",
}
_SUFFIX_EN = {
    Aggregate.LATEST: "",
    Aggregate.PREVIOUS: ", visit before",
    Aggregate.CHANGE: ", change since the visit before",
    Aggregate.MINIMUM: ", lowest so far",
    Aggregate.MAXIMUM: ", highest so far",
    Aggregate.WEIGHTED_MEAN: ", weighted mean so far",
    Aggregate.EVER: ", ever so far",
}


def column_name(name: str, aggregate: Aggregate) -> str:
    """Name of the column for an indicator and an aggregate.

    Examples
    --------
    >>> column_name("members", Aggregate.CHANGE)
    'members_change'
    """
    return f"{name}_{aggregate.value}"
