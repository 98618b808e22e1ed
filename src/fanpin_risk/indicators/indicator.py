"""An indicator is data: what is measured, over which records, what it means, what absence means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.leaks import refuse_consequence

Direction = Literal[-1, 0, 1]
Basis = Literal["survey", "county"]
"""What the records are: visits of a survey's panel, or a county's monitoring records."""
Denominator = Literal["", "line", "line_of_head", "head"]
"""What a sum is divided by: its scale, the dated line of the whole household or of one head, the
members."""


class Aggregate(StrEnum):
    """How the known records of a household become one value."""

    LATEST = "latest"
    PREVIOUS = "previous"
    CHANGE = "change"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    WEIGHTED_MEAN = "weighted_mean"
    EVER = "ever"
    SUM = "sum"
    COUNT = "count"
    MEAN = "mean"
    SHARE = "share"
    DAYS_SINCE = "days_since"
    AGE = "age"


OF_SURVEY = frozenset(
    {
        *(Aggregate.LATEST, Aggregate.PREVIOUS, Aggregate.CHANGE, Aggregate.MINIMUM),
        *(Aggregate.MAXIMUM, Aggregate.WEIGHTED_MEAN, Aggregate.EVER),
    }
)
"""Aggregates over all known visits of a panel."""
OF_STATE = frozenset({Aggregate.LATEST, Aggregate.CHANGE, Aggregate.DAYS_SINCE, Aggregate.AGE})
"""Aggregates of a county's records without a window: the newest answer, and how old it is."""
OF_WINDOW = frozenset(
    {
        *(Aggregate.SUM, Aggregate.COUNT, Aggregate.MAXIMUM, Aggregate.MEAN),
        *(Aggregate.SHARE, Aggregate.EVER, Aggregate.CHANGE),
    }
)
"""Aggregates of a county's records within a window."""

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
    "times_of_line": ("倍", "times the line"),
    "occurrences": ("次", "times"),
    "danger_grade": ("级", "grade"),
    "months": ("个月", "months"),
    "years": ("岁", "years"),
    "loans": ("笔", "loans"),
    "households": ("户", "households"),
    "percent": ("%", "percent"),
    "minutes": ("分钟", "minutes"),
    "litres": ("升", "litres"),
    "metres": ("米", "metres"),
    "mu_per_head": ("亩/人", "mu per head"),
    "m2_per_head": ("平方米/人", "m2 per head"),
    "per_1000": ("‰", "per 1,000"),
}
"""Units an indicator may have, with their words. No currency is among them: money is relative."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One definition: an integer or truth value on a table's row, and its aggregates.

    Parameters
    ----------
    name
        English, without a unit's ambiguity; columns are ``<name>_<aggregate>``, with a window
        ``<name>_<aggregate>_<months>m``.
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
        One column each, or one for each window.
    basis
        Whose records: a survey's panel (aggregates `OF_SURVEY`) or a county's (`OF_STATE` without a
        window, `OF_WINDOW` with).
    windows
        Months back: each window is ``(as_of - w months, as_of]`` by calendar months, open at its
        beginning and closed at its end. `Aggregate.CHANGE` compares it with the ``w`` months before
        it.
    day
        Column with the day that places a row in a window, or makes it the newest.
    relative_to
        ``line``: fen of the household over its dated line, a year (line a head times members on
        the day); ``line_of_head``: fen of one person over the line a head; ``head``: a quantity
        over members times ``scale``; else over ``scale``.
    base
        Of `Aggregate.SHARE`: the integer whose sum the sum of ``expression`` is divided by, over
        rows that know both.
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
        that does not answer stays unknown, and so does a table that nobody keeps. In a window: with
        0 the records of everybody are kept from the table's first day on, with None those of a
        household from its own first record on; a window that begins earlier is unknown, and an
        empty one that does not is 0.
    is_actionable
        Whether an office can do something about it.
    is_sensitive
        Audited, never shown as a reason.
    told_by
        Indicators that say of the same events what kind they were, each a yes or no with the cause
        of its kind. Where those of a household that say yes have one cause, a contribution belongs
        to that cause; where they say no, or name several, to ``cause``.
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
    basis: Basis = "survey"
    windows: tuple[int, ...] = ()
    day: str = "occurred_day"
    relative_to: Denominator = ""
    base: nw.Expr | None = None
    scale: int = 1
    direction: Direction = 0
    if_no_records: float | None = None
    is_actionable: bool = False
    is_sensitive: bool = False
    told_by: tuple[Indicator, ...] = ()

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
        self._check_aggregates()
        self._check_denominator()

    def _check_aggregates(self) -> None:
        """Refuse aggregates that the basis and windows do not know, and windows that are none."""
        known = OF_SURVEY if self.basis == "survey" else OF_WINDOW if self.windows else OF_STATE
        strange = [aggregate.value for aggregate in self.aggregates if aggregate not in known]
        if strange:
            raise ValueError(
                f"Indicator {self.name!r}: the aggregates {strange} do not go with basis "
                f"{self.basis!r} and windows {self.windows}. Choose among "
                f"{sorted(aggregate.value for aggregate in known)}."
            )
        if list(self.windows) != sorted({w for w in self.windows if w > 0}):
            raise ValueError(
                f"Indicator {self.name!r}: windows {self.windows} must be months, 1 or more, each "
                "once and ascending."
            )
        if self.windows and self.basis == "survey":
            raise ValueError(
                f"Indicator {self.name!r}: visits of a panel have no windows. Drop {self.windows}."
            )
        if self.windows and self.if_no_records not in (None, 0):
            raise ValueError(
                f"Indicator {self.name!r}: in a window no record means 0 or not known. Got "
                f"if_no_records={self.if_no_records}."
            )

    def _check_denominator(self) -> None:
        """Refuse units, denominators and bases that contradict each other."""
        if self.relative_to.startswith("line") != (self.unit == "times_of_line"):
            raise ValueError(
                f"Indicator {self.name!r}: unit 'times_of_line' goes with relative_to 'line' or "
                f"'line_of_head'. Got {self.unit!r} and {self.relative_to!r}."
            )
        if (Aggregate.SHARE in self.aggregates) != (self.base is not None):
            raise ValueError(f"Indicator {self.name!r}: a share needs a base, and only a share.")
        is_days = {Aggregate.DAYS_SINCE, Aggregate.AGE} & set(self.aggregates)
        if is_days and (self.unit != "days" or len(self.aggregates) > 1):
            raise ValueError(
                f"Indicator {self.name!r}: {sorted(is_days)[0].value!r} gives days and stands "
                f"alone. Got unit {self.unit!r} and {len(self.aggregates)} aggregates."
            )

    @property
    def told_by_columns(self) -> tuple[str, ...]:
        """Columns that say what kind an event was."""
        return tuple(name for indicator in self.told_by for name in indicator.columns)

    @property
    def is_categorical(self) -> bool:
        """Whether the value is a code without an order."""
        return self.unit == "code"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns: by aggregate, then by window."""
        return tuple(column_name(self.name, aggregate, window) for aggregate, window in self.parts)

    @property
    def parts(self) -> tuple[tuple[Aggregate, int | None], ...]:
        """Aggregate and window of each of its columns, in their order."""
        windows: tuple[int | None, ...] = self.windows or (None,)
        return tuple((aggregate, window) for aggregate in self.aggregates for window in windows)


@dataclass(frozen=True, kw_only=True)
class IndicatorColumn:
    """One column of the feature table: an indicator, one of its aggregates, maybe a window."""

    name: str
    indicator: Indicator
    aggregate: Aggregate
    window: int | None = None

    @property
    def title_zh(self) -> str:
        """Chinese title with what the aggregate and the window add."""
        title = self.indicator.title_zh
        if self.indicator.basis == "survey":
            return title + _SUFFIX_ZH[self.aggregate]
        within = "" if self.window is None else f"近{self.window}个月"
        before = "上次" if self.window is None else f"此前{self.window}个月"
        words = {
            Aggregate.CHANGE: f"{title}较{before}增减",
            Aggregate.MAXIMUM: f"{title}（最高一次）",
            Aggregate.DAYS_SINCE: f"距最近一次{title}的天数",
            Aggregate.AGE: f"距{title}登记的天数",
        }
        return within + words.get(self.aggregate, title)

    @property
    def title_en(self) -> str:
        """English title with what the aggregate and the window add."""
        title = self.indicator.title_en
        if self.indicator.basis == "survey":
            return title + _SUFFIX_EN[self.aggregate]
        within = "" if self.window is None else f", last {self.window} months"
        before = "the record before" if self.window is None else f"the {self.window} before"
        words = {
            Aggregate.CHANGE: f"change of {title}{within} against {before}",
            Aggregate.MAXIMUM: f"largest {title}{within}",
            Aggregate.DAYS_SINCE: f"days since the latest {title}",
            Aggregate.AGE: f"days since {title} was recorded",
        }
        return words.get(self.aggregate, title + within)


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


def column_name(name: str, aggregate: Aggregate, window: int | None = None) -> str:
    """Name of the column for an indicator, an aggregate and a window in months, if any.

    Examples
    --------
    >>> column_name("members", Aggregate.CHANGE)
    'members_change'
    >>> column_name("wage_to_line", Aggregate.SUM, 12)
    'wage_to_line_sum_12m'
    """
    return f"{name}_{aggregate.value}" + ("" if window is None else f"_{window}m")
