"""Checks of one row of the other tables: what cannot be true, and what is out of the usual range.

Numbers 00.xx are this project's own: a row that contradicts itself, which is set aside on intake.
Numbers 14.xx are the notes' section 14, lines 6 to 8.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from fanpin_risk.records.contracts.model import QUANTITY_SCALE
from fanpin_risk.records.quality.model import Check, Rule, Severity
from fanpin_risk.records.quality.settings import QualitySettings

PAID = ("basic_paid_fen", "serious_paid_fen", "aid_paid_fen")
"""The three layers that pay a medical bill."""
AFTER_EXIT = ("has_safe_home_after", "has_safe_water_after", "net_income_per_head_after_fen")
"""What is recorded once a risk is eliminated."""


def _check(
    number: str,
    table: str,
    titles: tuple[str, str],
    messages: tuple[str, str],
    columns: tuple[str, ...],
    rule: Callable[[QualitySettings], Rule],
    parameters: tuple[str, ...] = (),
    severity: Severity = "warning",
) -> Check:
    """Describe a check of one row."""
    return Check(
        id=number,
        scope="field",
        table=table,
        severity=severity,
        title_zh=titles[0],
        title_en=titles[1],
        message_zh=messages[0],
        message_en=messages[1],
        needs=tuple(f"{table}.{column}" for column in columns),
        parameters=parameters,
        rule=rule,
    )


def _every(failed: pl.Expr) -> Callable[[QualitySettings], Rule]:
    """Return a rule about every row."""
    return lambda _settings: Rule(is_eligible=pl.lit(True), is_failed=failed)


def _wrong_order(number: str, table: str, first: str, last: str, what: tuple[str, str]) -> Check:
    """Describe a check that an end does not come before its beginning; one day is fine."""
    return _check(
        number,
        table,
        (f"{what[0]}起止顺序正确", f"{what[1]}: it does not end before it begins"),
        (
            f"{what[0]}的结束早于开始，请更正其中一个日期",
            f"{what[1]}: it ends before it begins. Correct one of the two dates",
        ),
        (first, last),
        _every(pl.col(last) < pl.col(first)),
        severity="error",
    )


def _paid_above_total() -> pl.Expr:
    """Whether the three layers paid more than the bill; an unknown part cannot make it less."""
    known = pl.sum_horizontal([pl.col(name).fill_null(0) for name in PAID])
    is_complete = pl.all_horizontal([pl.col(name).is_not_null() for name in PAID])
    total = pl.col("total_fen")
    return pl.when(known > total).then(pl.lit(True)).when(is_complete).then(known > total)


OWN_CHECKS: tuple[Check, ...] = (
    _wrong_order(
        "00.01", "member_snapshot", "born_on", "occurred_on", ("出生与登记", "Birth and record")
    ),
    _wrong_order(
        "00.02", "income_item", "period_from", "period_to", ("收入核算周期", "Income period")
    ),
    _wrong_order(
        "00.03", "work_month", "spell_started_on", "spell_ends_on", ("务工时段", "Work spell")
    ),
    _wrong_order("00.04", "insurance", "valid_from", "valid_to", ("参保", "Insurance cover")),
    _wrong_order(
        "00.05", "support_measure", "occurred_on", "ends_on", ("帮扶措施", "Support measure")
    ),
    _wrong_order("00.06", "listing", "noticed_from", "noticed_to", ("村级公示", "Village notice")),
    _check(
        "00.07",
        "medical_bill",
        ("个人自付不超过总费用", "Own cost is not above the total"),
        (
            "个人自付大于总费用，请按结算单更正",
            "The own cost is above the total cost. Correct it from the settlement",
        ),
        ("own_fen", "total_fen"),
        _every(pl.col("own_fen") > pl.col("total_fen")),
        severity="error",
    ),
    _check(
        "00.08",
        "medical_bill",
        ("三重保障支付不超过总费用", "The three layers do not pay more than the total"),
        (
            "基本医保、大病保险、医疗救助支付之和大于总费用，请按结算单更正",
            "The three layers together paid more than the total. Correct it from the settlement",
        ),
        (*PAID, "total_fen"),
        _every(_paid_above_total()),
        severity="error",
    ),
)

LAND = (
    ("14.36", "farmland", "耕地面积", "farmland"),
    ("14.37", "forest", "林地面积", "forest land"),
    ("14.38", "returned_forest", "退耕还林面积", "returned farmland"),
    ("14.39", "orchard", "林果面积", "orchard"),
    ("14.40", "pasture", "牧草地面积", "pasture"),
    ("14.41", "pond", "水面面积", "water surface"),
)


def _land_check(number: str, kind: str, zh: str, en: str) -> Check:
    """Describe a check that an area of land is within the usual range; the maximum is in it."""
    column, parameter = f"{kind}_mu_x100", f"{kind}_max_mu"
    return _check(
        number,
        "household_snapshot",
        (f"{zh}在常见范围内", f"Area of {en} is in the usual range"),
        (
            f"{zh}超出常见范围，请核对单位（亩）和数值",
            f"The area of {en} is out of the usual range. Look at the unit (mu) and the number",
        ),
        (column,),
        lambda settings: Rule(
            is_eligible=pl.lit(True),
            is_failed=pl.col(column) > settings.whole(parameter) * QUANTITY_SCALE,
        ),
        (parameter,),
    )


ROW_CHECKS: tuple[Check, ...] = (
    _check(
        "14.30",
        "income_item",
        ("全年工资性收入不过小", "A year's wages are 0 or not next to nothing"),
        (
            "全年工资性收入大于0却过小，可能把单位填成了万元，请核对",
            "A year's wages are above 0 and next to nothing; the unit may be wrong. Look again",
        ),
        ("item", "window", "amount_fen"),
        lambda settings: Rule(
            is_eligible=(pl.col("item") == "wage") & (pl.col("window") != "payment"),
            is_failed=(pl.col("amount_fen") > 0)
            & (pl.col("amount_fen") < settings.whole("wage_suspicious_below_fen")),
        ),
        ("wage_suspicious_below_fen",),
    ),
    *(_land_check(*land) for land in LAND),
    _check(
        "14.42",
        "household_snapshot",
        ("与村主干路距离在常见范围内", "Distance to the main road is in the usual range"),
        (
            "与村主干路距离过大，请核对单位（公里或米）",
            "The distance to the main road is too large. Look at the unit (km or m)",
        ),
        ("road_distance_m",),
        lambda settings: Rule(
            is_eligible=pl.lit(True),
            is_failed=pl.col("road_distance_m") > settings.whole("road_distance_max_m"),
        ),
        ("road_distance_max_m",),
    ),
    *(
        _check(
            number,
            "exit",
            (f"风险消除后{zh}", f"{en} once the risk is eliminated"),
            (
                f"风险已消除但未做到{zh}，请核实后恢复监测或更正",
                f"The risk is marked as eliminated, yet not: {en.lower()}. Reopen it or correct it",
            ),
            (column,),
            _every(~pl.col(column)),
        )
        for number, column, zh, en in (
            ("14.45", "has_safe_home_after", "住房安全", "The home is safe"),
            ("14.46", "has_safe_water_after", "饮水安全", "Drinking water is safe"),
        )
    ),
    _check(
        "14.47",
        "exit",
        ("风险消除后各项已填写", "State after elimination is filled in"),
        (
            "风险消除后的住房、饮水或收入未填写，请补填",
            "Home, water or income after elimination is blank. Fill it in",
        ),
        AFTER_EXIT,
        _every(pl.any_horizontal([pl.col(name).is_null() for name in AFTER_EXIT])),
    ),
)
