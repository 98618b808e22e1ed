"""Checks of a household's members, accounts and exits (notes, section 14, lines 1, 6, 8 to 10)."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from fanpin_risk.records.quality.model import Check, Rule, Scope, Unit, proven_or
from fanpin_risk.records.quality.settings import QualitySettings

_WAGES = ("income_item.item", "income_item.window", "income_item.amount_fen")
_SUPPORT = ("support_measure.measure", "support_measure.ends_on")


def _check(
    number: str,
    scope: Scope,
    unit: Unit,
    table: str,
    titles: tuple[str, str],
    messages: tuple[str, str],
    needs: tuple[str, ...],
    rule: Callable[[QualitySettings], Rule],
    parameters: tuple[str, ...] = (),
) -> Check:
    """Describe a check that needs more than one row."""
    return Check(
        id=number,
        scope=scope,
        unit=unit,
        table=table,
        title_zh=titles[0],
        title_en=titles[1],
        message_zh=messages[0],
        message_en=messages[1],
        needs=needs,
        parameters=parameters,
        rule=rule,
    )


def _if(eligible: pl.Expr, failed: pl.Expr) -> Callable[[QualitySettings], Rule]:
    """Return a rule without numbers."""
    return lambda _settings: Rule(is_eligible=eligible, is_failed=failed)


def _member_check(
    number: str,
    titles: tuple[str, str],
    messages: tuple[str, str],
    needs: tuple[str, ...],
    rule: Callable[[QualitySettings], Rule],
) -> Check:
    """Describe a check of the members of one household among themselves."""
    return _check(number, "household", "roster", "member_snapshot", titles, messages, needs, rule)


_RELATION = "member_snapshot.relation"

ROSTER_CHECKS: tuple[Check, ...] = (
    _member_check(
        "14.01",
        ("每户有且只有一名户主", "One head in each household"),
        (
            "户内没有户主或有多名户主，请核对与户主关系",
            "The household has no head, or several. Correct the relations to the head",
        ),
        (_RELATION,),
        _if(pl.lit(True), pl.col("n_heads") != 1),
    ),
    _member_check(
        "14.02",
        ("每户至多一名配偶", "At most one spouse"),
        (
            "户内有多名户主配偶，请核对与户主关系",
            "The household has several spouses of the head. Correct the relations",
        ),
        (_RELATION,),
        _if(pl.lit(True), pl.col("n_spouses") > 1),
    ),
    _member_check(
        "14.03",
        ("户主与配偶性别不同", "Head and spouse are of different sex"),
        (
            "户主与配偶性别相同，请核对性别或关系",
            "Head and spouse are recorded with the same sex. Correct the sex, or the relation",
        ),
        (_RELATION, "member_snapshot.sex"),
        _if(
            (pl.col("n_heads") == 1) & (pl.col("n_spouses") == 1),
            pl.col("head_sex") == pl.col("spouse_sex"),
        ),
    ),
    _check(
        "14.06",
        "cross",
        "person",
        "member_snapshot",
        ("证件号码不重复", "No identity number stands twice"),
        (
            "同一证件号码出现在多名成员名下，请核对证件或户籍变动",
            "One identity number stands for several members. Compare the cards, or record the move",
        ),
        ("member_snapshot.person_id",),
        _if(pl.lit(True), pl.col("n_places") > 1),
    ),
)


def _benefit_check(
    number: str, item: str, receives: pl.Expr, names: tuple[str, str], needs: str
) -> Check:
    """Describe a check that a benefit shows up in the transfers of the household's account."""
    return _check(
        number,
        "cross",
        "household",
        "household_snapshot",
        (f"有{names[0]}则转移性收入不为0", f"{names[1]}: transfer income is not 0"),
        (
            f"登记享受{names[0]}，但转移性收入为0，请核对收入或政策享受情况",
            "A benefit is recorded, yet transfer income is 0. Correct the income, or the benefit",
        ),
        (needs, *_WAGES),
        _if(receives, pl.col(f"is_without_transfers_{item}")),
    )


def _wage_check(number: str, kind: str, zh: str, en: str) -> Check:
    """Describe a check that a measure of work shows up in the wages of the household's account."""
    return _check(
        number,
        "cross",
        "household",
        "household_snapshot",
        (f"有{zh}则工资性收入不为0", f"{en}: wage income is not 0"),
        (
            f"登记了{zh}，但全年工资性收入为0，请核对收入或措施",
            "A measure of work is recorded, yet the year's wages are 0. Correct one of them",
        ),
        (*_SUPPORT, *_WAGES),
        _if(pl.col(f"has_{kind}_measure").fill_null(False), pl.col("wage_fen") == 0),
    )


ACCOUNT_CHECKS: tuple[Check, ...] = (
    _check(
        "14.29",
        "cross",
        "household",
        "household_snapshot",
        ("收入低于监测线应纳入", "Income below the line means listed"),
        (
            "人均纯收入低于监测线但未纳入监测，请尽快核查",
            "Net income per head is below the line, and the household is not listed. Visit it soon",
        ),
        (
            "household_snapshot.net_income_per_head_fen",
            "household_snapshot.monitored_type",
            "household_snapshot.is_risk_eliminated",
            "listing.decision",
            "exit.occurred_on",
        ),
        lambda settings: Rule(
            is_eligible=pl.col("net_income_per_head_fen") < settings.whole("income_line_fen"),
            is_failed=~pl.col("is_listed"),
        ),
        ("income_line_fen",),
    ),
    _benefit_check(
        "14.31",
        "dibao",
        proven_or(pl.col("gets_dibao"), pl.col("has_dibao_income")),
        ("低保", "Minimum living allowance"),
        "member_snapshot.dibao",
    ),
    _benefit_check(
        "14.32",
        "tekun",
        proven_or(pl.col("gets_tekun"), pl.col("has_tekun_income")),
        ("特困供养", "Destitute support"),
        "member_snapshot.tekun",
    ),
    _benefit_check(
        "14.33",
        "disability_benefit",
        pl.col("has_disability_benefit_income").fill_null(False),
        ("残疾人补贴", "Disability benefit"),
        "income_item.period_to",
    ),
    _wage_check("14.34", "employment", "就业帮扶", "Employment help"),
    _wage_check("14.35", "public_post", "公益性岗位帮扶", "Public-welfare post"),
)

_LISTED = ("listing.decision", "listing.occurred_on")

EXIT_CHECKS: tuple[Check, ...] = (
    _check(
        "14.43",
        "cross",
        "exit",
        "exit",
        ("整户无劳动能力不应标注风险消除", "No elimination where nobody can work"),
        (
            "整户无劳动能力，风险不宜标注消除，应持续跟踪",
            "Nobody in the household can work, yet the risk is marked as eliminated. Follow it on",
        ),
        ("member_snapshot.labour_skill", "household_snapshot.is_no_labour_household"),
        _if(
            pl.col("is_current"),
            proven_or(pl.col("is_without_labour"), pl.col("is_no_labour_household")),
        ),
    ),
    _check(
        "14.44",
        "cross",
        "exit",
        "exit",
        ("纳入后满期限方可消除", "Elimination not too soon after listing"),
        (
            "纳入监测未满规定月数即标注风险消除，请核对时间或恢复监测",
            "The risk was marked as eliminated too soon after listing. Correct the days, or reopen",
        ),
        (*_LISTED, "exit.occurred_on"),
        lambda settings: Rule(
            is_eligible=pl.col("occurred_on") >= settings.exits_checked_from.value,
            is_failed=pl.col("occurred_on")
            < pl.col("listed_on").dt.offset_by(f"{settings.whole('listed_at_least_months')}mo"),
        ),
        ("listed_at_least_months", "exits_checked_from"),
    ),
)


def _work_check(number: str, kind: str, fact: str, zh: str, en: str, needs: str) -> Check:
    """Describe a check that a measure of work is borne out by a month of work on record."""
    return _check(
        number,
        "cross",
        "measure",
        "support_measure",
        (f"{zh}有相应务工记录", f"{en} has a matching work record"),
        (
            f"登记了{zh}，期间却没有相应的务工记录，请核对措施或补录务工",
            f"{en} is recorded without a month of work to match. Correct it, or enter the work",
        ),
        (*_SUPPORT, "work_month.work_month", needs),
        _if(pl.col("measure") == kind, ~pl.col(fact)),
    )


WORK_CHECKS: tuple[Check, ...] = (
    _check(
        "14.48",
        "cross",
        "spells",
        "work_month",
        ("务工时段不重叠", "Work spells do not overlap"),
        (
            "同一人的务工时段相互重叠，请核对开始和结束时间",
            "Two spells of one person's work overlap. Correct the beginning or the end",
        ),
        ("work_month.spell_started_on", "work_month.spell_ends_on"),
        _if(pl.col("n_spells") > 1, pl.col("is_overlapping")),
    ),
    _work_check(
        "14.50", "employment", "has_work", "就业帮扶", "Employment help", "work_month.person_id"
    ),
    _work_check(
        "14.51",
        "public_post",
        "has_post",
        "公益性岗位帮扶",
        "A public-welfare post",
        "work_month.public_post",
    ),
)
