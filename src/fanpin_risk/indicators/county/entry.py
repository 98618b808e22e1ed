"""How the county's definitions are written: offices, and one short form for each kind of entry."""

from __future__ import annotations

from typing import Literal

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.indicator import Aggregate, Denominator, Direction, Indicator

A = Aggregate
OFFICES: dict[str, tuple[str, str]] = {
    "rural": ("乡村振兴部门", "rural revitalisation office"),
    "medical": ("医保部门", "medical insurance office"),
    "disabled": ("残联", "disabled persons' federation"),
    "civil": ("民政部门", "civil affairs office"),
    "work": ("人社部门", "human resources office"),
    "school": ("教育部门", "education office"),
    "housing": ("住建部门", "housing office"),
    "water": ("水利部门", "water office"),
    "emergency": ("应急部门", "emergency office"),
    "farm": ("农业农村部门", "agriculture office"),
    "finance": ("金融部门", "finance office"),
    "health": ("卫健部门", "health office"),
    "village": ("村民委员会", "village committee"),
}
"""Offices that answer for records, in Chinese and English."""

Office = Literal[
    "rural",
    "medical",
    "disabled",
    "civil",
    "work",
    "school",
    "housing",
    "water",
    "emergency",
    "farm",
    "finance",
    "health",
    "village",
]


def entry(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    *,
    table: str,
    expression: nw.Expr | str,
    cause: Cause,
    office: Office,
    purpose: str,
    aggregates: tuple[Aggregate, ...] = (A.LATEST,),
    windows: tuple[int, ...] = (),
    day: str = "occurred_day",
    relative_to: Denominator = "",
    base: nw.Expr | None = None,
    scale: int = 1,
    direction: Direction = 0,
    if_no_records: float | None = None,
    is_actionable: bool = False,
    is_sensitive: bool = False,
    told_by: tuple[Indicator, ...] = (),
) -> Indicator:
    """Return one definition over a county's records; money is the whole household's by default."""
    owner_zh, owner_en = OFFICES[office]
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit=unit,
        table=table,
        expression=nw.col(expression) if isinstance(expression, str) else expression,
        aggregates=aggregates,
        cause=cause,
        owner_zh=owner_zh,
        owner_en=owner_en,
        purpose=purpose,
        basis="county",
        windows=windows,
        day=day,
        relative_to=relative_to or ("line" if unit == "times_of_line" else ""),
        base=base,
        scale=scale,
        direction=direction,
        if_no_records=if_no_records,
        is_actionable=is_actionable,
        is_sensitive=is_sensitive,
        told_by=told_by,
    )


def is_one_of(column: str, *codes: str) -> nw.Expr:
    """Whether a code is one of several; null where it is not known."""
    return nw.any_horizontal(*[nw.col(column) == code for code in codes], ignore_nulls=False)
