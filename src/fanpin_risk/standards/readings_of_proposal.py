"""Readings of the proposal, the must-visit groups and the exit."""

from __future__ import annotations

from typing import Literal

from fanpin_risk.settings import Settings
from fanpin_risk.standards.reading_field import reading


class ProposalReadings(Settings):
    """Settings on which the type proposed, a must-visit or an exit depends.

    Policy notes, sections 1, 7, 8 and 17.
    """

    line_role: Literal["line_and_risk", "line_alone"] = reading(
        "监测线的作用",
        "what the monitoring line decides",
        line_and_risk=(
            "低于监测线，且有至少一项风险，才提出类型建议",
            "a type is proposed below the line with at least one listed risk",
        ),
        line_alone=("低于监测线即提出类型建议", "a type is proposed below the line, risk or not"),
    )
    sudden_needs: Literal["serious_difficulty", "shock_or_guarantee"] = reading(
        "突发严重困难户的条件",
        "what sudden serious difficulty needs",
        serious_difficulty=(
            "不低于监测线，有变故、保障缺口或支出预警，且扣除刚性支出后低于监测线、收入骤减或刚性支出特别大",
            "not below the line, with a shock, a guarantee gap or a warning, and below the line "
            "after rigid spending, a sharp fall of income, or serious rigid spending",
        ),
        shock_or_guarantee=(
            "不低于监测线，有变故、大额支出预警，或义务教育、住房、饮水未保障，即提出",
            "not below the line, and a shock, a warning of large spending, or schooling, housing "
            "or water not guaranteed",
        ),
    )
    risk_not_on_record: Literal["cannot_tell", "not_found"] = reading(
        "没有依据可判断的风险",
        "a risk that the records cannot tell",
        cannot_tell=(
            "影响结论时，类型建议为无法判断",
            "where it matters, the proposal is cannot tell",
        ),
        not_found=(
            "部门未推送、登记未载明即视为未发现",
            "what no office reported and no register says counts as not found",
        ),
    )
    must_visit_groups: Literal["above_all", "whole_group"] = reading(
        "八必访中“特别是”所指",
        "whom the must-visit groups mean",
        above_all=(
            "只将“特别是”所指的户列为必访：一人特困户、新增低保户、新发或重度残疾人户",
            "only whom the groups name above all: destitute support in a one-person household, new "
            "living allowance, new or severe disability",
        ),
        whole_group=(
            "全部特困户、低保户、残疾人户列为必访",
            "everybody on destitute support or the living allowance, and every disabled person",
        ),
    )
    must_visit_disabled: Literal["new_or_severe", "severe"] = reading(
        "八必访中的残疾人户",
        "disability that makes a must-visit",
        new_or_severe=("新发残疾或重度残疾", "new or severe"),
        severe=("只列重度残疾", "severe only"),
    )
    exit_lasting_risk: Literal["help_is_enough", "must_be_gone"] = reading(
        "残疾、缺劳动力等长期风险的消除",
        "when a lasting risk, disability or lack of labour, is gone",
        help_is_enough=(
            "纳入后已落实对应帮扶措施即视为解决",
            "settled where a measure expected for it was given since the listing",
        ),
        must_be_gone=("风险本身须不再存在", "it must no longer be there"),
    )
