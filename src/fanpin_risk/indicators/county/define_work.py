"""Work: wages, months worked, who works away, posts that end, and whose work stopped."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.county.entry import A, entry, is_one_of
from fanpin_risk.indicators.county.livelihood import AWAY
from fanpin_risk.indicators.indicator import Aggregate, Denominator, Direction, Indicator
from fanpin_risk.units import RATIO_SCALE

_PURPOSE = "whether work is stable, and when it ends"


def _month(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    aggregates: tuple[Aggregate, ...],
    windows: tuple[int, ...],
    *,
    direction: Direction = -1,
    base: nw.Expr | None = None,
    relative_to: Denominator = "",
) -> Indicator:
    """Return an indicator over months of work, by the last day of the month worked.

    Not everybody's work is recorded: a household is covered from its own first month on.
    """
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="work_month",
        expression=expression,
        aggregates=aggregates,
        windows=windows,
        day="month_day",
        base=base,
        relative_to=relative_to,
        cause=Cause.UNSTABLE_WORK,
        office="work",
        purpose=_PURPOSE,
        direction=direction,
        is_actionable=True,
    )


def _worker(
    name: str,
    title_zh: str,
    title_en: str,
    expression: str,
    direction: Direction = 0,
    unit: str = "persons",
) -> Indicator:
    """Return an indicator over the members who have months of work on record."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="work_view",
        expression=expression,
        cause=Cause.UNSTABLE_WORK,
        office="work",
        purpose=_PURPOSE,
        direction=direction,
        scale=RATIO_SCALE if unit == "share" else 1,
        is_actionable=True,
    )


WORK = (
    _month(
        "wage_to_line",
        "人均务工收入",
        "wages per head",
        "times_of_line",
        "wage_fen",
        (A.SUM, A.CHANGE),
        (6, 12),
    ),
    _month(
        "wage_of_month_to_line",
        "每人月平均务工收入",
        "mean wage of a month worked",
        "times_of_line",
        "wage_fen",
        (A.MEAN,),
        (12,),
        relative_to="line_of_head",
    ),
    _month(
        "months_worked",
        "务工人月数",
        "months of work, all members",
        "months",
        nw.lit(1),
        (A.COUNT, A.CHANGE),
        (12,),
    ),
    _month(
        "months_worked_away",
        "县外务工人月数",
        "months of work outside the county",
        "months",
        is_one_of("work_place_kind", *AWAY),
        (A.COUNT,),
        (12,),
        direction=0,
    ),
    entry(
        "days_from_wage",
        "务工收入",
        "month with a wage",
        "days",
        table="work_month",
        expression=nw.col("wage_fen") > 0,
        aggregates=(A.DAYS_SINCE,),
        day="month_day",
        cause=Cause.UNSTABLE_WORK,
        office="work",
        purpose=_PURPOSE,
        direction=1,
        is_actionable=True,
    ),
    _worker(
        "earners", "近6个月务工人数", "members who worked in the last 6 months", "earners_6m", -1
    ),
    _worker(
        "earners_away",
        "近6个月县外务工人数",
        "members who worked outside the county in the last 6 months",
        "away_earners_6m",
    ),
    _worker(
        "stopped_working",
        "已停工4个月以上的务工人数",
        "members whose work stopped more than 4 months ago",
        "stopped",
        1,
    ),
    _worker("on_public_post", "在公益性岗位人数", "members on a public-welfare post", "on_post"),
    _worker(
        "post_ends_in_6m",
        "公益性岗位将在6个月内到期",
        "a public-welfare post ends within 6 months",
        "post_ends_6m",
        1,
        "yes_no",
    ),
    _worker(
        "post_ends_in_12m",
        "公益性岗位将在12个月内到期",
        "a public-welfare post ends within 12 months",
        "post_ends_12m",
        1,
        "yes_no",
    ),
    _worker(
        "work_ends_in_3m",
        "务工将在3个月内结束",
        "other work ends within 3 months as written",
        "job_ends_3m",
        1,
        "yes_no",
    ),
    _worker(
        "main_earner_share",
        "主要务工者占务工收入比例",
        "share of the main earner in the wages",
        "main_earner_e4",
        1,
        "share",
    ),
)
