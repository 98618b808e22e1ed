"""Rules on drinking water: outage, quality, the way to it, how much, and how surely.

A limit of the place decides; what the register says later than a check, that water is safe, settles
the check. How supply is arranged is not on record, so that the dry days of a scattered supply, and
distance or climb beside the minutes on foot, cannot be told.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import Shown, StandardRule, parameter

_LIMITED: Final = "evidence_age_limit_months"
_OWNER = CAUSE_WORDS[Cause.UNSAFE_WATER]
_PAGE = "http://www.yncxym.gov.cn/info/3844/78406.htm"
_BY_REGISTER = Shown(
    column="register_water_is_safe",
    title_zh="登记已解决安全饮水",
    title_en="safe water by the register",
    unit="flag",
    day="register_water_day",
)


def _outage(readings: Readings) -> nw.Expr:
    """Without water for longer than the limit, or than the calendar month where a month is read."""
    days, limit = nw.col("water_outage_days"), parameter("water_outage_warn")
    if readings.thirty_days_or_month == "calendar_month":
        limit = nw.when(~limit.is_null()).then(nw.col("water_outage_month_days"))
    return all_of(days > limit, ~nw.col("water_outage_is_settled"))


def _far(_readings: Readings) -> nw.Expr:
    """Further to water and back than the limit."""
    is_far = nw.col("water_trip_minutes") > parameter("water_trip_max")
    return all_of(is_far, ~nw.col("water_trip_is_settled"))


def _scarce(_readings: Readings) -> nw.Expr:
    """Less water than the least of the place: another one where the area is a hard one.

    Below both amounts or below neither, it does not matter which kind of area it is.
    """
    litres, is_hard = nw.col("water_litres"), parameter("water_hard_area") == 1
    is_below = litres < parameter("water_quantity_min")
    is_below_hard = litres < parameter("water_quantity_min_hard")
    is_scarce = any_of(
        all_of(is_below, is_below_hard), all_of(is_hard, is_below_hard), all_of(~is_hard, is_below)
    )
    return all_of(is_scarce, ~nw.col("water_litres_is_settled"))


def _unreliable(_readings: Readings) -> nw.Expr:
    """Supply less sure than the limit."""
    is_below = nw.col("water_supply_e4") < parameter("water_reliability_min")
    return all_of(is_below, ~nw.col("water_supply_is_settled"))


WATER_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="water_outage",
        title_zh="饮水中断",
        title_en="drinking water cut off",
        tests_zh="连续断水天数超过预警天数，正好等于不算；首日不计、末日计入；读法为一个月时，超过核查日之前的"
        "一个月；此后登记已解决安全饮水的不算",
        tests_en="days without water at a stretch are more than the limit, exactly as many are "
        "not; the first day is not counted, the last is; where a month is read, more than the "
        "month up to the check; settled where the register says later that water is safe",
        theme="guarantee",
        owner_zh=_OWNER.owner_zh,
        owner_en=_OWNER.owner_en,
        source=f"policy notes 5, 19: {_PAGE}; founding text 二（三）3.4",
        mark="A",
        causes=(Cause.UNSAFE_WATER,),
        condition=_outage,
        parameters=("water_outage_warn",),
        readings=("thirty_days_or_month", _LIMITED),
        shows=(
            Shown(
                column="water_outage_days",
                title_zh="连续断水",
                title_en="without water",
                unit="days",
                day="water_outage_day",
            ),
            _BY_REGISTER,
        ),
    ),
    StandardRule(
        name="water_unsafe",
        title_zh="饮水水质不达标或登记为不安全",
        title_en="drinking water of poor quality, or unsafe by the register",
        tests_zh="最近一次核查水质不达标，或此后登记为未解决安全饮水；同日以核查为准",
        tests_en="the newest check found poor quality, or the register says later that water is "
        "not safe; of one day the check counts",
        theme="guarantee",
        owner_zh=_OWNER.owner_zh,
        owner_en=_OWNER.owner_en,
        source=f"policy notes 5: {_PAGE}; founding text 二（三）3.4",
        mark="A",
        causes=(Cause.UNSAFE_WATER,),
        condition=lambda _readings: nw.col("water_is_unsafe"),
        readings=(_LIMITED,),
        shows=(
            Shown(
                column="water_is_unsafe",
                title_zh="饮水不安全",
                title_en="water not safe",
                unit="flag",
                day="water_is_unsafe_day",
            ),
            Shown(
                column="water_quality_is_poor",
                title_zh="核查水质不达标",
                title_en="poor quality by the check",
                unit="flag",
                day="water_quality_day",
            ),
            _BY_REGISTER,
            Shown(
                column="water_sources_disagree",
                title_zh="核查与登记不一致",
                title_en="check and register disagree",
                unit="flag",
            ),
        ),
    ),
    StandardRule(
        name="water_far",
        title_zh="取水距离远",
        title_en="far to fetch water",
        tests_zh="取水往返时间超过上限，正好等于不算；此后登记已解决安全饮水的不算",
        tests_en="the round trip to water takes longer than the limit, exactly as long is not; "
        "settled where the register says later that water is safe",
        theme="guarantee",
        owner_zh=_OWNER.owner_zh,
        owner_en=_OWNER.owner_en,
        source=f"policy notes 5: {_PAGE}; founding text 二（三）3.4",
        mark="A",
        causes=(Cause.UNSAFE_WATER,),
        condition=_far,
        parameters=("water_trip_max",),
        readings=(_LIMITED,),
        shows=(
            Shown(
                column="water_trip_minutes",
                title_zh="取水往返",
                title_en="round trip to water",
                unit="minutes",
                day="water_trip_day",
            ),
            _BY_REGISTER,
        ),
    ),
    StandardRule(
        name="water_scarce",
        title_zh="饮水水量不足",
        title_en="too little drinking water",
        tests_zh="人均日水量低于下限，正好等于不算；是否按困难地区下限由当地确定；此后登记已解决安全饮水的不算",
        tests_en="water per head and day is below the least amount, exactly as much is not; the "
        "place says whether the amount of hard areas holds; settled where the register says later "
        "that water is safe",
        theme="guarantee",
        owner_zh=_OWNER.owner_zh,
        owner_en=_OWNER.owner_en,
        source="policy notes 5: https://negevfu.com.cn/info/1901/27266.htm, "
        "http://new.aaeba.com/gnxw/89966.html; founding text 二（三）3.4",
        mark="B",
        causes=(Cause.UNSAFE_WATER,),
        condition=_scarce,
        parameters=("water_quantity_min", "water_quantity_min_hard", "water_hard_area"),
        readings=(_LIMITED,),
        shows=(
            Shown(
                column="water_litres",
                title_zh="人均日水量",
                title_en="water per head and day",
                unit="litres",
                day="water_litres_day",
            ),
            _BY_REGISTER,
        ),
    ),
    StandardRule(
        name="water_unreliable",
        title_zh="供水保证率不足",
        title_en="unreliable water supply",
        tests_zh="供水保证率低于下限，正好等于不算；此后登记已解决安全饮水的不算",
        tests_en="reliability of supply is below the least share, exactly as much is not; settled "
        "where the register says later that water is safe",
        theme="guarantee",
        owner_zh=_OWNER.owner_zh,
        owner_en=_OWNER.owner_en,
        source="policy notes 5: http://tlhxzl.com/industry_view.php?id=550, "
        "http://new.aaeba.com/gnxw/89966.html; founding text 二（三）3.4",
        mark="B",
        causes=(Cause.UNSAFE_WATER,),
        condition=_unreliable,
        parameters=("water_reliability_min",),
        readings=(_LIMITED,),
        shows=(
            Shown(
                column="water_supply_e4",
                title_zh="供水保证率",
                title_en="reliability of supply",
                unit="percent",
                day="water_supply_day",
            ),
            _BY_REGISTER,
        ),
    ),
)
"""Rules on drinking water, in the order in which they are shown."""
