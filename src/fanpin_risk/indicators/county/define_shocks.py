"""What hit the household: disasters, accidents, deaths, failed crops and businesses, lost jobs."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.county.entry import A, Office, entry, is_one_of
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator


def _shock(
    name: str,
    title_zh: str,
    title_en: str,
    *kinds: str,
    cause: Cause,
    office: Office = "emergency",
    windows: tuple[int, ...] = (12,),
) -> Indicator:
    """Return whether something of these kinds happened, by the day it did; no record is none."""
    return entry(
        name,
        title_zh,
        title_en,
        "yes_no",
        table="shock",
        expression=is_one_of("shock_kind", *kinds),
        aggregates=(A.EVER,),
        windows=windows,
        cause=cause,
        office=office,
        purpose="sudden loss of income or of what the household owns",
        direction=1,
        if_no_records=0,
        is_actionable=True,
    )


def _loss(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    how: Aggregate,
    windows: tuple[int, ...],
    *,
    table: str = "shock",
    cause: Cause = Cause.OTHER,
    office: Office = "emergency",
    direction: Direction = 1,
    told_by: tuple[Indicator, ...] = (),
) -> Indicator:
    """Return how much was lost, or when; no record is none."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table=table,
        expression=expression,
        aggregates=(how,),
        windows=windows,
        cause=cause,
        office=office,
        purpose="sudden loss of income or of what the household owns",
        direction=direction,
        if_no_records=0 if windows else None,
        is_actionable=True,
        told_by=told_by,
    )


_KINDS = (
    _shock(
        "hit_by_disaster", "遭受自然灾害", "a natural disaster", "disaster", cause=Cause.DISASTER
    ),
    _shock(
        "had_accident",
        "发生意外事故或火灾",
        "an accident or a fire",
        *("accident", "fire"),
        cause=Cause.ACCIDENT,
    ),
    _shock(
        "lost_worker",
        "家庭成员死亡或主要劳动力丧失",
        "death of a member or loss of a main worker",
        *("death", "worker_lost"),
        cause=Cause.LACK_OF_LABOUR,
        office="civil",
    ),
    _shock(
        "farm_failed",
        "种植或养殖失败",
        "a failed crop or lost livestock",
        *("failed_crop", "failed_livestock"),
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
    _shock(
        "business_failed",
        "经营失败或产品滞销降价",
        "a failed business or a price fall",
        *("failed_business", "price_fall"),
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
    _shock(
        "lost_job",
        "成员失业",
        "loss of a job",
        "job_loss",
        cause=Cause.UNSTABLE_WORK,
        office="work",
    ),
)

SHOCKS = (
    *_KINDS,
    _loss(
        *("shocks", "突发变故次数", "shocks", "occurrences", nw.lit(1), A.COUNT, (3, 12)),
        told_by=_KINDS,
    ),
    _loss(
        *("loss_to_line", "人均变故损失", "loss per head", "times_of_line"),
        *("loss_fen", A.SUM, (12,)),
        told_by=_KINDS,
    ),
    _loss(
        "farm_loss_to_line",
        "人均种养损失",
        "loss per head of crops and livestock",
        "times_of_line",
        nw.when(is_one_of("shock_kind", "failed_crop", "failed_livestock"))
        .then(nw.col("loss_fen"))
        .otherwise(nw.lit(0)),
        A.SUM,
        (12,),
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
    _loss(
        "days_from_shock",
        "突发变故",
        "shock",
        "days",
        nw.lit(1),
        A.DAYS_SINCE,
        (),
        direction=-1,
        told_by=_KINDS,
    ),
    _loss(
        "claims_to_line",
        "人均保险理赔",
        "insurance claims paid per head",
        "times_of_line",
        "paid_fen",
        A.SUM,
        (12,),
        table="insurance_claim",
        cause=Cause.FAILED_BUSINESS,
        office="farm",
        direction=0,
    ),
    _loss(
        "had_crop_claim",
        "发生农业保险理赔",
        "a claim of crop or livestock insurance",
        "yes_no",
        nw.col("insurance") == "crop",
        A.EVER,
        (12,),
        table="insurance_claim",
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
)
