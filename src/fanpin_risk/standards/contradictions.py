"""Pairs of answers that cannot both be right of one household, or deserve a look if they are.

Where two rules look at the same thing from two sides, both sides show whether the records or the
rules are at fault. A pair that cannot be points to a rule; one worth a look points to records that
two offices keep differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fanpin_risk.standards.risks import GAPS, SPENDING

PROPOSED: Final = "is_proposed"
"""Whether a type is proposed; a pair may name it, and any yes or no of the household's facts."""


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two answers about one household, and what it says if both are given.

    Attributes
    ----------
    one, other
        Names of rules or of yes-or-no facts of the household.
    is_one_met, is_other_met
        Which answer of each: met, or not met.
    cannot_be
        Whether the two cannot both be right; else they are worth a look.
    words_zh, words_en
        What it says.
    """

    one: str
    other: str
    words_zh: str
    words_en: str
    is_one_met: bool = True
    is_other_met: bool = True
    cannot_be: bool = False


def _within(part: str, whole: str, words_zh: str, words_en: str) -> Contradiction:
    """Whoever meets the one meets the other."""
    return Contradiction(
        one=part,
        other=whole,
        is_other_met=False,
        cannot_be=True,
        words_zh=words_zh,
        words_en=words_en,
    )


def _two_sources(one: str, other: str, zh: str, en: str) -> tuple[Contradiction, ...]:
    """Two sources that say of one thing that it is so, and that it is not."""
    return tuple(
        Contradiction(
            one=said,
            other=denied,
            is_other_met=False,
            words_zh=f"{zh}：两处记录不一致",
            words_en=f"{en}: two records disagree",
        )
        for said, denied in ((one, other), (other, one))
    )


CONTRADICTIONS: Final = (
    *_two_sources(
        "register_income_below_line",
        "income_below_line",
        "登记收入与核算收入和监测线比较",
        "income on the register and income as reckoned against the line",
    ),
    *_two_sources(
        "register_child_out_of_school",
        "schooling_not_guaranteed",
        "登记的辍学与学籍",
        "a dropout on the register and the schools' rolls",
    ),
    *_two_sources(
        "register_member_uninsured",
        "medical_cover_gap",
        "登记的未参保与医保台账",
        "no cover on the register and the medical scheme's ledger",
    ),
    _within(
        "register_income_below_line",
        "register_income_after_rigid_below_line",
        "登记收入已低于线，扣除支出后反而不低于",
        "income on the register is below the line, and after spending it is not",
    ),
    _within(
        "income_below_line",
        "must_visit_income",
        "收入低于监测线，却不在收入类必访之列",
        "income is below the line, and it is no must-visit of income",
    ),
    _within(
        "sharp_income_fall",
        "must_visit_income",
        "收入骤减，却不在收入类必访之列",
        "income fell sharply, and it is no must-visit of income",
    ),
    _within(
        "major_disaster",
        "struck_by_disaster",
        "重大灾害损失，却未遭灾",
        "great losses by disaster, and none struck",
    ),
    _within(
        "major_accident",
        "struck_by_accident",
        "重大事故费用，却无事故",
        "great cost of an accident, and none happened",
    ),
    _within(
        "struck_by_disaster",
        "must_visit_struck",
        "遭灾，却不在受灾类必访之列",
        "struck by a disaster, and no must-visit for it",
    ),
    _within(
        "struck_by_accident",
        "must_visit_struck",
        "遭事故，却不在受灾类必访之列",
        "struck by an accident, and no must-visit for it",
    ),
    _within(
        "unstable_wage_share_high",
        "must_visit_unstable_work",
        "不稳定务工收入占比高，却不在该类必访之列",
        "a high share of unstable wages, and no must-visit for it",
    ),
    _within(
        "expenditure_poverty",
        "rigid_burden_high",
        "刚性支出困难，而刚性支出占比不高",
        "in difficulty through rigid spending, and its ratio is not high",
    ),
    *[
        Contradiction(
            one="exit_guarantees_ok",
            other=gap,
            cannot_be=True,
            words_zh="退出条件称三保障和饮水无缺口，而有一项缺口",
            words_en="an exit finds no gap in guarantees and water, and one is met",
        )
        for gap in GAPS
    ],
    *[
        Contradiction(
            one="exit_spending_ok",
            other=warning,
            cannot_be=True,
            words_zh="退出条件称支出已解决，而有一项支出预警",
            words_en="an exit finds spending solved, and a warning of it is met",
        )
        for warning in SPENDING
    ],
    Contradiction(
        one="exit_income_ok",
        other="income_below_line",
        cannot_be=True,
        words_zh="退出条件称收入高于线，而收入低于线",
        words_en="an exit finds income above the line, and it is below",
    ),
    Contradiction(
        one="exit_income_ok",
        other="register_income_below_line",
        words_zh="核算收入已过线，而登记收入仍低于线",
        words_en="income as reckoned has passed the line, and on the register it is below",
    ),
    Contradiction(
        one="no_labour",
        other="public_post_ending",
        words_zh="整户无劳动能力，却有成员在公益性岗位",
        words_en="nobody can work, and a member is on a public-welfare post",
    ),
    Contradiction(
        one="no_labour",
        other="unstable_wage_share_high",
        words_zh="整户无劳动能力，却有不稳定务工收入",
        words_en="nobody can work, and unstable wages are a large share of income",
    ),
    Contradiction(
        one="no_labour",
        other="able_to_cope",
        words_zh="整户无劳动能力，却评议为能够自行化解",
        words_en="nobody can work, and the appraisal says that they cope alone",
    ),
    Contradiction(
        one="exit_ready",
        other=PROPOSED,
        words_zh="退出条件均已满足，同时又建议纳入",
        words_en="all conditions of an exit hold, and a type is proposed at once",
    ),
    Contradiction(
        one="exit_ready",
        other="must_visit_struck",
        words_zh="退出条件均已满足，而近期遭受灾害或事故",
        words_en="all conditions of an exit hold, and a disaster or accident struck lately",
    ),
    Contradiction(
        one="able_to_cope",
        other="income_below_dibao",
        words_zh="评议为能够自行化解，而收入低于低保标准",
        words_en="the appraisal says that they cope alone, and income is below the allowance",
    ),
    Contradiction(
        one="red_line_payroll",
        other="no_labour",
        words_zh="有财政供养人员，却整户无劳动能力",
        words_en="a member is on a public payroll, and nobody can work",
    ),
    Contradiction(
        one="red_line_payroll",
        other="income_below_line",
        words_zh="有财政供养人员，而核算收入低于线",
        words_en="a member is on a public payroll, and income as reckoned is below the line",
    ),
)
"""Every pair, those of two sources first."""
