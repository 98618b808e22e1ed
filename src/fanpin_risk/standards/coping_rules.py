"""Rules on capacity to cope alone, and the red-line lists as evidence to ask about.

The lists are of the registration of poor households from 2014 to 2018, each of one place, and no
list of the monitoring mechanism is public (policy notes, section 6). Where a list applies, an item
says what is on record; it is put to the household and weighed, and it drops nobody. Nothing on
record does not say that there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.happened import decided, within
from fanpin_risk.standards.logic import all_of
from fanpin_risk.standards.parameters import Mark
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import Shown, StandardRule, months_before, parameter

LIST: Final = "red_line_list"
WINDOW: Final = "income_window_identification"

_RURAL = CAUSE_WORDS[Cause.OTHER]
_ERA = (
    "policy notes 6, 19: of the registration of poor households, not of the monitoring mechanism; "
)
_HENAN = f"{_ERA}a Henan county's list of 2018, http://m.2word.com/show.php?id=622166"
_NINE = (
    f"{_ERA}nine items of 2017, place not named, "
    "http://www.360doc.com/content/17/0503/15/17164483_650643160.shtml"
)
_FOUR_SEVEN = f"{_ERA}四进七不进 of 2017, place not named, https://360online.cn/370139.html"
_EIGHT = "eight items of 2017, place not named, http://236466.nync.com/article/1226880.html"


def _is_over(item: str, limit: str) -> nw.Expr:
    """Whether the price of one on record is above a limit, on which it is not."""
    is_over = nw.col(f"{item}_value_known_fen") > parameter(limit)
    return decided(is_over, ~is_over & (nw.col(f"{item}_values_open") == 0))


def _shown(item: str, title_zh: str, title_en: str) -> tuple[Shown, ...]:
    """What is on record of an item."""
    day = f"{item}_day"
    return (
        Shown(
            column=f"has_{item}",
            title_zh=f"部门比对有{title_zh}",
            title_en=f"another office has on record: {title_en}",
            unit="flag",
            day=day,
        ),
        Shown(
            column=f"{item}_value_known_fen",
            title_zh="登记金额",
            title_en="price on record",
            unit="yuan",
            day=day,
        ),
        Shown(column=f"{item}_since_day", title_zh="取得或起始", title_en="since", unit="day"),
    )


def _item(
    item: str,
    title_zh: str,
    title_en: str,
    *,
    source: str,
    mark: Mark,
    beyond_zh: str = "",
    beyond_en: str = "",
    condition: Callable[[], nw.Expr] | None = None,
    limit: str | None = None,
) -> StandardRule:
    """An item of the lists: on record, where a list applies, and beyond the item's own limit."""

    def is_met(_readings: Readings) -> nw.Expr:
        parts = [parameter(LIST) == 1, nw.col(f"has_{item}")]
        return all_of(*parts, *([] if condition is None else [condition()]))

    return StandardRule(
        name=f"red_line_{item}",
        title_zh=f"红线线索：{title_zh}",
        title_en=f"red-line evidence: {title_en}",
        tests_zh=f"所在地适用红线清单，且有部门比对登记有{title_zh}{beyond_zh}；"
        "只作询问线索，不作否决依据，未见登记不等于没有",
        tests_en=f"a red-line list applies at the place and an office has {title_en} on record"
        f"{beyond_en}; something to ask about, never a veto, and none on record is not none",
        theme="coping",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source=source,
        mark=mark,
        condition=is_met,
        parameters=(LIST,) if limit is None else (LIST, limit),
        readings=("red_lines",),
        shows=_shown(item, title_zh, title_en),
        is_evidence=True,
    )


def _split(_readings: Readings) -> nw.Expr:
    """Whether the household was split or merged within the window of identification."""
    changed = within(("split_day",), "split_quiet_since_day", months_before(WINDOW))
    return all_of(parameter(LIST) == 1, changed)


COPING_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="able_to_cope",
        title_zh="具备自主应对能力",
        title_en="able to cope alone",
        tests_zh="最近一次评议认为家庭具备自主应对能力；未评议或评议不能判断的无法判断",
        tests_en="the newest appraisal states that the household copes with its difficulty alone; "
        "without an appraisal, or where it could not tell, it cannot be told",
        theme="coping",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 1, 6, 19",
        mark="A",
        condition=lambda _readings: nw.col("can_cope"),
        shows=(
            Shown(
                column="can_cope",
                title_zh="评议为具备自主应对能力",
                title_en="appraised as able to cope alone",
                unit="flag",
                day="coping_day",
            ),
            Shown(
                column="savings_fen",
                title_zh="登记存款理财",
                title_en="savings on record",
                unit="yuan",
                day="savings_day",
            ),
            Shown(
                column="loan_balance_fen",
                title_zh="贷款余额",
                title_en="loans",
                unit="yuan",
                day="loan_day",
            ),
            Shown(
                column="loan_overdue_fen",
                title_zh="其中逾期",
                title_en="of them overdue",
                unit="yuan",
                day="loan_day",
            ),
        ),
    ),
    _item(
        "vehicle",
        "机动车",
        "a motor vehicle",
        source=_HENAN,
        mark="B",
        beyond_zh="，且金额高于提示线（等于不算）",
        beyond_en=", priced above the figure of the place (on it does not count)",
        condition=lambda: _is_over("vehicle", "vehicle_value_flag"),
        limit="vehicle_value_flag",
    ),
    _item("town_home", "城镇住房或商铺", "a home or a shop in town", source=_HENAN, mark="B"),
    _item("firm", "在营企业", "a registered active firm", source=_HENAN, mark="B"),
    _item(
        "payroll",
        "成员或户主父母、配偶、子女财政供养",
        "a member, or the head's parent, spouse or child, on the public payroll",
        source=_HENAN,
        mark="B",
    ),
    _item("machinery", "大型机械", "large machinery", source=_NINE, mark="D"),
    _item("large_farm", "规模种养或雇工", "a large farm or hired labour", source=_HENAN, mark="B"),
    _item(
        "new_home",
        "新建或新购住房",
        "a home newly built or bought",
        source=f"{_FOUR_SEVEN}; {_EIGHT}",
        mark="D",
        beyond_zh="，且取得日期在提示月数之内（恰满该月数的不算）",
        beyond_en=", later than the day so many months before the day of decision",
        condition=lambda: nw.col("new_home_since_day") > months_before("new_home_flag_months"),
        limit="new_home_flag_months",
    ),
    _item(
        "appliance",
        "高档电器",
        "a costly appliance",
        source=_NINE,
        mark="D",
        beyond_zh="，且金额高于提示线（等于不算）",
        beyond_en=", priced above the figure (on it does not count)",
        condition=lambda: _is_over("appliance", "appliance_value_flag"),
        limit="appliance_value_flag",
    ),
    _item("village_post", "村干部任职", "a village post", source=_HENAN, mark="B"),
    _item(
        "away",
        "举家外出",
        "the whole household away",
        source=_FOUR_SEVEN,
        mark="D",
        beyond_zh="，且外出已满提示月数（恰满也算）",
        beyond_en=" for so many months or longer",
        condition=lambda: nw.col("away_since_day") <= months_before("away_flag_months"),
        limit="away_flag_months",
    ),
    StandardRule(
        name="red_line_split_registration",
        title_zh="红线线索：近期分户或并户",
        title_en="red-line evidence: registration split or merged",
        tests_zh="所在地适用红线清单，且收入计算期的月数之内有分户或并户登记；只作询问线索，不作否决依据",
        tests_en="a red-line list applies at the place and a split or merge of the household is on "
        "record within the months of the window of identification; something to ask about, never a "
        "veto",
        theme="coping",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source=_HENAN,
        mark="B",
        condition=_split,
        parameters=(LIST, WINDOW),
        readings=("red_lines",),
        shows=(
            Shown(
                column="split_day",
                title_zh="最近分户或并户",
                title_en="latest split or merge",
                unit="day",
            ),
            Shown(
                column="split_quiet_since_day",
                title_zh="记录显示此日之后未再发生",
                title_en="none on record after",
                unit="day",
            ),
        ),
        is_evidence=True,
    ),
)
"""Coping capacity and red-line evidence, in the order in which they are shown."""
