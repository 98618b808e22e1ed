"""Medical bills: what is left to pay, how often somebody lies in hospital, what insurance pays."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.county.entry import A, entry
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator

_PAID = ("basic_paid_fen", "serious_paid_fen", "aid_paid_fen")


def _bill(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    aggregates: tuple[Aggregate, ...],
    windows: tuple[int, ...] = (12,),
    *,
    direction: Direction = 1,
    base: nw.Expr | None = None,
    cause: Cause = Cause.ILLNESS,
) -> Indicator:
    """Return an indicator over bills by the day of treatment; no bill on record is none."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="medical_bill",
        expression=expression,
        aggregates=aggregates,
        windows=windows,
        cause=cause,
        office="medical",
        purpose="own cost of illness, and admissions",
        base=base,
        direction=direction,
        if_no_records=0 if windows and A.SHARE not in aggregates else None,
        is_actionable=True,
    )


_is_inpatient = nw.col("bill_kind") == "inpatient"

BILLS = (
    _bill(
        "own_cost_to_line",
        "人均自付医疗费",
        "own medical cost per head",
        "times_of_line",
        "own_fen",
        (A.SUM, A.CHANGE),
        (3, 12),
    ),
    _bill(
        "compliant_own_cost_to_line",
        "人均合规自付医疗费",
        "compliant own medical cost per head",
        "times_of_line",
        "compliant_own_fen",
        (A.SUM,),
        (3, 12),
    ),
    _bill(
        "largest_bill_to_line",
        "单笔自付医疗费",
        "own cost of one bill",
        "times_of_line",
        "own_fen",
        (A.MAXIMUM,),
    ),
    _bill("bills", "就医结算次数", "medical bills", "occurrences", nw.lit(1), (A.COUNT,)),
    _bill(
        "admissions",
        "住院次数",
        "admissions to hospital",
        "occurrences",
        _is_inpatient,
        (A.COUNT, A.CHANGE),
    ),
    _bill(
        "days_from_admission",
        "住院",
        "admission to hospital",
        "days",
        _is_inpatient,
        (A.DAYS_SINCE,),
        (),
        direction=-1,
    ),
    _bill(
        "chronic_care_visits",
        "门诊慢特病就医次数",
        "outpatient bills of chronic or special illness",
        "occurrences",
        nw.col("bill_kind") == "outpatient_special",
        (A.COUNT,),
    ),
    _bill(
        "had_serious_illness_bill",
        "发生大病医疗费用",
        "a bill of serious illness",
        "yes_no",
        nw.any_horizontal(
            nw.col("illness_class") == "serious",
            nw.col("illness_class") == "treatment_list",
            ignore_nulls=False,
        ),
        (A.EVER,),
    ),
    _bill(
        "had_injury_bill",
        "发生意外伤害医疗费用",
        "a bill of an injury",
        "yes_no",
        nw.col("illness_class") == "injury",
        (A.EVER,),
        cause=Cause.ACCIDENT,
    ),
    _bill(
        "received_medical_aid",
        "获得医疗救助支付",
        "medical aid paid",
        "yes_no",
        nw.col("aid_paid_fen") > 0,
        (A.EVER,),
        direction=0,
    ),
    _bill(
        "treated_outside_county",
        "县外就医次数",
        "bills from outside the county",
        "occurrences",
        nw.col("is_outside_county"),
        (A.COUNT,),
    ),
    _bill(
        "paid_by_insurance",
        "医疗费用报销比例",
        "share of medical cost that insurance paid",
        "share",
        nw.sum_horizontal(*[nw.col(name).fill_null(0) for name in _PAID]),
        (A.SHARE,),
        direction=-1,
        base=nw.col("total_fen"),
    ),
)
