"""What the visit workbook says, in Chinese and English: warnings, guide, choices, notes."""

from __future__ import annotations

from datetime import date
from typing import Any

from fanpin_risk.causes import CAUSE_WORDS

GUIDE_SHEET = "说明 Guide"
LISTS_SHEET = "选项 Lists"

NOT_FOR_ZH = "不得用于资格认定、退出或考核"
NOT_FOR_EN = "not for eligibility, exit or appraisal"
INTERNAL_ZH = "内部工作用表，不得公示、转发"
INTERNAL_EN = "internal: do not publish or pass on"

RESULTS = (
    "已入户，未发现风险 / visited, no risk found",
    "已入户，发现风险 / visited, risk found",
    "已入户，需进一步核实 / visited, to be verified",
    "无人在家 / nobody at home",
    "整户外出或搬离 / household away or moved",
    "拒访 / declined",
    "未入户 / not visited",
)
CAUSES = tuple(f"{cause.value} / {words.title_en}" for cause, words in CAUSE_WORDS.items())
NEEDS = (
    "无需帮扶 / none",
    "开发式帮扶 / development help",
    "兜底保障 / safety net",
    "一事一议 / case by case",
    "待研判 / to be decided",
)
CHOICES = {"result_choices": RESULTS, "cause_choices": CAUSES, "need_choices": NEEDS}
"""What the fields to fill in offer, by the name of the list in the workbook."""

NO_REASONS_FOR_AUDIT = "抽查户不列，请直接了解 / not shown for random checks: ask openly"
NO_VISITS = "本轮没有走访 No visits this round"
TOTAL = "合计 Total"
CHOOSE_TITLE = "请从列表中选择 Choose from list"
CHOOSE_MESSAGE = "请从下拉列表中选一项。\nChoose one entry of the list."

GUIDE = (
    (
        "这是什么 What this is",
        "本轮建议入户走访的农户，每队一张表。上门是为了了解情况、提供帮扶。",
        "Households to visit this round, one sheet per team. A visit is made to learn how they are "
        "and to offer help.",
    ),
    (
        "不是什么 What this is not",
        f"{NOT_FOR_ZH}。{INTERNAL_ZH}。不在表中不等于没有困难，发现困难随时上报；"
        "是否帮扶由人按政策决定。",
        f"It is {NOT_FOR_EN}; {INTERNAL_EN}. A household that is not listed may still be in need: "
        "report it at any time. People decide on help, by the rules.",
    ),
    (
        "为何在列 Why a household is listed",
        "规则必访：符合必访规则，全部列入。风险靠前：必访户之外，本队估计风险较高。"
        "随机抽查：抽签选中，用来发现名单看不到的困难，不代表有风险或无风险。",
        "Must-visit: a rule asks for it; all of these are listed. Risk: among the team's higher "
        "estimated risks beyond the must-visits. Random check: drawn by lot, to find need that no "
        "list sees; it says nothing about the household.",
    ),
    (
        "次序 Order",
        "必访户在前，不分先后；其后大致按估计风险排列，抽查户随机穿插其间。序号不代表困难程度。"
        "抽查户不得调换、不得跳过。",
        "Must-visits come first, in no order; then households by estimated risk, with the random "
        "checks at random places among them. The number is no measure of hardship. A household "
        "drawn by lot is neither swapped for another nor left out.",
    ),
    (
        "怎样填写 How to fill in",
        "填黄色各栏，一户一行：日期按“年-月-日”填写；结果、致因、帮扶需求从下拉表选一项；"
        "有多个致因的，选最主要的，其余写入备注。无人在家、拒访不等于没有风险，请另约时间。"
        "发现风险的，当日按程序上报。",
        "Fill in the yellow columns, one row per household: dates as year-month-day; result, cause "
        "and need from the lists; of several causes choose the main one and put the others under "
        "remarks. Nobody at home or declined does not mean no risk: try again. Report a risk on "
        "the day it is found.",
    ),
)
"""Paragraphs of the guide: title, Chinese, English."""


def audit_guide(notice: tuple[str, str]) -> tuple[str, str, str]:
    """Give the paragraph of the guide about this round's random checks.

    Examples
    --------
    >>> audit_guide(("抽查", "checks"))
    ('随机抽查 Random checks', '抽查', 'checks')
    """
    return ("随机抽查 Random checks", *notice)


def team_counts(team: dict[str, Any]) -> str:
    """Say one team's counts, from its row of ``Plan.teams``.

    Examples
    --------
    >>> team_counts({"n_must_visit": 1, "n_risk": 2, "n_audit": 3, "capacity": 6}).split(" / ")[1]
    '1 must-visits, 2 by risk, 3 random checks, capacity 6'
    """
    return (
        f"规则必访{team['n_must_visit']}户，风险靠前{team['n_risk']}户，"
        f"随机抽查{team['n_audit']}户，走访能力{team['capacity']}户 / "
        f"{team['n_must_visit']} must-visits, {team['n_risk']} by risk, "
        f"{team['n_audit']} random checks, capacity {team['capacity']}"
    )


def day_words(first: date, last: date) -> dict[str, str]:
    """Say which days a visit can be dated, as xlsxwriter's data validation wants it said.

    Examples
    --------
    >>> day_words(date(2012, 3, 31), date(2014, 3, 31))["error_title"]
    '日期有误 Not a possible day'
    """
    return {
        "input_title": "走访日期 Visited on",
        "input_message": f"例 {first}\nfor instance {first}",
        "error_title": "日期有误 Not a possible day",
        "error_message": f"请填 {first} 至 {last} 之间的日期。\n"
        f"Enter a day from {first} to {last}.",
    }
