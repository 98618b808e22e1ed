"""Rules on what hit a household: disasters, accidents, the main worker, crops and business.

No record of a shock means that none was reported, from the day on which shocks are on record; where
they are not kept, and before, it cannot be told. How long a shock counts, and from what loss it is
major, no public text says (policy notes, section 19).
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.happened import at_least, where_public, within
from fanpin_risk.standards.logic import all_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import Shown, StandardRule, months_before, parameter

SPAN: Final = "shock_counts_months"
FIGURE: Final = ("no_public_figure",)
"""The reading on figures that are not public."""

DISASTER_DAYS: Final = ("disaster_day", "disaster_claim_day")
ACCIDENT_DAYS: Final = ("accident_day", "fire_day", "accident_claim_day")
FAILURE_DAYS: Final = (
    *("failed_crop_day", "failed_livestock_day", "failed_business_day", "price_fall_day"),
    "crop_claim_day",
)


def _day(column: str, title_zh: str, title_en: str) -> Shown:
    """A day that a finding shows."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="day")


def _quiet(group: str) -> Shown:
    """Since when nothing happened."""
    return _day(f"{group}_quiet_since_day", "记录显示此日之后未再发生", "none on record after")


def _loss(group: str) -> tuple[Shown, ...]:
    """What was lost, and how many losses have no figure."""
    return (
        Shown(
            column=f"{group}_loss_known_fen",
            title_zh="计入期内已登记损失",
            title_en="losses on record in the span",
            unit="yuan",
        ),
        Shown(
            column=f"{group}_losses_open",
            title_zh="未登记金额的损失件数",
            title_en="losses without a figure",
            unit="count",
        ),
    )


_DISASTER = (
    _day("disaster_day", "最近自然灾害", "latest disaster"),
    _day("disaster_claim_day", "最近因灾防贫保险理赔", "latest insurance claim after a disaster"),
)
_ACCIDENT = (
    _day("accident_day", "最近意外事故", "latest accident"),
    _day("fire_day", "最近火灾", "latest fire"),
    _day("accident_claim_day", "最近意外险理赔", "latest claim of accident insurance"),
)
_FAILURE = (
    _day("failed_crop_day", "最近种植失败", "latest failed crop"),
    _day("failed_livestock_day", "最近养殖失败", "latest loss of livestock"),
    _day("failed_business_day", "最近经营失败", "latest failed business"),
    _day("price_fall_day", "最近滞销降价", "latest unsold product or price fall"),
    _day("crop_claim_day", "最近农业保险理赔", "latest claim of crop or livestock insurance"),
)


def _struck(days: tuple[str, ...], group: str, readings: Readings) -> nw.Expr:
    """Whether something of a group happened within the months that count."""
    hit = within(days, f"{group}_quiet_since_day", months_before(SPAN))
    return where_public(hit, readings, SPAN)


def _major(days: tuple[str, ...], group: str, limit: str, readings: Readings) -> nw.Expr:
    """Whether it did, and what is lost reaches the amount from which it is major."""
    hit = within(days, f"{group}_quiet_since_day", months_before(SPAN))
    reaches = at_least(f"{group}_loss_known_fen", f"{group}_losses_open", parameter(limit))
    return where_public(all_of(hit, reaches), readings, SPAN, limit)


def _main_worker(readings: Readings) -> nw.Expr:
    """Whether the main worker was lost within the months that count."""
    lost = within(("main_worker_lost_day",), "main_worker_quiet_since_day", months_before(SPAN))
    return where_public(lost, readings, SPAN)


_EMERGENCY = CAUSE_WORDS[Cause.DISASTER]
_CIVIL = CAUSE_WORDS[Cause.LACK_OF_LABOUR]
_FARMING = CAUSE_WORDS[Cause.FAILED_BUSINESS]

SHOCK_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="struck_by_disaster",
        title_zh="遭受自然灾害",
        title_en="struck by a natural disaster",
        tests_zh="最近一次自然灾害（或防贫保险因灾理赔）在计入月数之内：晚于判断日往前推该月数的那一天；"
        "突发变故有登记而未见记录的视为未发生",
        tests_en="the latest natural disaster on record, or claim of poverty-prevention insurance "
        "that names one, is later than the day so many months before the day of decision; none on "
        "record while shocks are kept is none",
        theme="shock",
        owner_zh=_EMERGENCY.owner_zh,
        owner_en=_EMERGENCY.owner_en,
        source="policy notes 1, 4.2, 7, 9, 19; founding text 二（二）2.1, 五（十七）",
        mark="A",
        causes=(Cause.DISASTER,),
        condition=lambda readings: _struck(DISASTER_DAYS, "disaster", readings),
        parameters=(SPAN,),
        readings=FIGURE,
        shows=(*_DISASTER, _quiet("disaster")),
    ),
    StandardRule(
        name="major_disaster",
        title_zh="遭受重大自然灾害",
        title_en="struck by a major disaster",
        tests_zh="计入月数之内遭受自然灾害，且其间损失合计达到重大损失线（达到即算）",
        tests_en="struck by a natural disaster within the months that count, and the losses in "
        "them together reach the amount from which a disaster is major",
        theme="shock",
        owner_zh=_EMERGENCY.owner_zh,
        owner_en=_EMERGENCY.owner_en,
        source="policy notes 19; founding text 二（二）2.8",
        mark="A",
        causes=(Cause.DISASTER,),
        condition=lambda readings: _major(
            DISASTER_DAYS, "disaster", "disaster_loss_major", readings
        ),
        parameters=(SPAN, "disaster_loss_major"),
        readings=FIGURE,
        shows=(*_DISASTER, *_loss("disaster"), _quiet("disaster")),
    ),
    StandardRule(
        name="struck_by_accident",
        title_zh="发生意外事故或火灾",
        title_en="struck by an accident or a fire",
        tests_zh="最近一次意外事故、火灾（或意外险理赔）在计入月数之内：晚于判断日往前推该月数的那一天；"
        "突发变故有登记而未见记录的视为未发生",
        tests_en="the latest accident or fire on record, or claim of accident insurance, is later "
        "than the day so many months before the day of decision; none on record while shocks are "
        "kept is none",
        theme="shock",
        owner_zh=_EMERGENCY.owner_zh,
        owner_en=_EMERGENCY.owner_en,
        source="policy notes 1, 7, 9, 19; founding text 二（二）2.1, 五（十七）",
        mark="A",
        causes=(Cause.ACCIDENT,),
        condition=lambda readings: _struck(ACCIDENT_DAYS, "accident", readings),
        parameters=(SPAN,),
        readings=FIGURE,
        shows=(*_ACCIDENT, _quiet("accident")),
    ),
    StandardRule(
        name="major_accident",
        title_zh="发生重大意外事故或火灾",
        title_en="struck by a major accident or fire",
        tests_zh="计入月数之内发生意外事故或火灾，且其间损失合计达到重大支出线（达到即算）",
        tests_en="struck by an accident or a fire within the months that count, and the losses in "
        "them together reach the cost from which an accident is major",
        theme="shock",
        owner_zh=_EMERGENCY.owner_zh,
        owner_en=_EMERGENCY.owner_en,
        source="policy notes 19; founding text 二（二）2.8",
        mark="A",
        causes=(Cause.ACCIDENT,),
        condition=lambda readings: _major(
            ACCIDENT_DAYS, "accident", "accident_cost_major", readings
        ),
        parameters=(SPAN, "accident_cost_major"),
        readings=FIGURE,
        shows=(*_ACCIDENT, *_loss("accident"), _quiet("accident")),
    ),
    StandardRule(
        name="main_worker_lost",
        title_zh="丧失主要劳动力",
        title_en="loss of the main worker",
        tests_zh="计入月数之内，此前窗口月数内务工收入最高的成员死亡、离开、新患大病或新成为重度残疾，"
        "或有部门登记主要劳动力丧失；看不出是否为主要劳动力的无法判断",
        tests_en="within the months that count the member whose wages were highest in the months "
        "before died, left, became seriously ill or severely disabled, or an office reported the "
        "loss of a main worker; where nobody can tell who that was, it cannot be told",
        theme="shock",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source="policy notes 1, 9, 19; founding text 二（二）2.1, 2.8",
        mark="A",
        causes=(Cause.LACK_OF_LABOUR,),
        condition=_main_worker,
        parameters=(SPAN,),
        readings=FIGURE,
        shows=(
            _day("main_worker_lost_day", "主要劳动力丧失", "main worker lost"),
            _day(
                "main_worker_open_day",
                "可能丧失主要劳动力、尚不能确认",
                "main worker perhaps lost, not settled",
            ),
            _quiet("main_worker"),
        ),
    ),
    StandardRule(
        name="crop_or_business_failed",
        title_zh="种养或经营失败",
        title_en="failed crop, livestock or business",
        tests_zh="最近一次种植、养殖、经营失败或滞销降价（或农业保险理赔）在计入月数之内：晚于判断日往前推"
        "该月数的那一天；突发变故有登记而未见记录的视为未发生",
        tests_en="the latest failed crop, loss of livestock, failed business or price fall on "
        "record, or claim of crop or livestock insurance, is later than the day so many months "
        "before the day of decision; none on record while shocks are kept is none",
        theme="shock",
        owner_zh=_FARMING.owner_zh,
        owner_en=_FARMING.owner_en,
        source="policy notes 1, 9, 12, 19; founding text 三（五）, 五（十七）",
        mark="A",
        causes=(Cause.FAILED_BUSINESS,),
        condition=lambda readings: _struck(FAILURE_DAYS, "failure", readings),
        parameters=(SPAN,),
        readings=FIGURE,
        shows=(*_FAILURE, *_loss("failure"), _quiet("failure")),
    ),
)
"""Rules on shocks, in the order in which they are shown."""
