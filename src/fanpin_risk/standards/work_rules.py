"""Rules on work: lost jobs, posts that end, unstable wages, and who of a household can work."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.happened import decided, where_public, within
from fanpin_risk.standards.income_bounds import (
    Bounds,
    account_bounds,
    register_bounds,
    said,
    settled,
)
from fanpin_risk.standards.income_rules import OF_ACCOUNT
from fanpin_risk.standards.income_shows import ACCOUNT, REGISTER
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import (
    Shown,
    StandardRule,
    months_after,
    months_before,
    parameter,
    today,
)
from fanpin_risk.standards.shock_rules import FIGURE, SPAN
from fanpin_risk.units import RATIO_SCALE

GAP: Final = "work_gap_months"
NOTICE: Final = "public_post_notice_months"
POST_RULE: Final = "public_post_ending"
"""Name of the rule that fills the queue of posts."""

_WORK = CAUSE_WORDS[Cause.UNSTABLE_WORK]
_CIVIL = CAUSE_WORDS[Cause.LACK_OF_LABOUR]


def _stopped() -> nw.Expr:
    """Whether a member who worked in the window has had no month of work for so long.

    Nobody worked in it on record: nobody stopped.
    """
    has_stopped = nw.col("earliest_last_month_day") <= months_before(GAP)
    nobody = nw.col("n_workers_12m") == 0
    return decided(has_stopped, any_of(nobody, all_of(~nobody, ~has_stopped)))


def _job_lost(readings: Readings) -> nw.Expr:
    """Reported as unemployed within the months that count, or without a month of work since."""
    reported = within(("job_loss_day",), "job_loss_quiet_since_day", months_before(SPAN))
    return any_of(where_public(reported, readings, SPAN), where_public(_stopped(), readings, GAP))


def _post_ends(readings: Readings) -> nw.Expr:
    """On a post whose written end lies between the day and the horizon, both included."""
    end = nw.col("post_end_day")
    ends = all_of(
        nw.col("is_on_post"),
        nw.col("post_month_day") > months_before(GAP),
        end >= today(),
        end <= months_after(NOTICE),
    )
    return where_public(ends, readings, GAP, NOTICE)


def _unstable(readings: Readings) -> nw.Expr:
    """Whether unstable wages reach the share of income that is high."""
    by_register = settled(*_high(register_bounds()))
    if readings.income_source == "register":
        high = by_register
    else:
        account = _high(account_bounds("12m", readings))
        is_second = readings.income_source == "account_then_register"
        high = settled(*account, otherwise=by_register if is_second else None)
    return where_public(high, readings, "unstable_wage_share")


def _high(income: Bounds) -> tuple[nw.Expr, nw.Expr]:
    """Whether unstable wages surely reach the share of an income, and whether they surely do not.

    Without any there is no share. Of an income that is not positive any is high.
    """
    wages, share = nw.col("unstable_wages_12m_known_fen"), parameter("unstable_wage_share")
    is_whole = nw.col("unstable_wages_12m_open") == 0
    part = wages * RATIO_SCALE
    high = all_of(wages > 0, said(income.has_upper, part >= share * income.upper))
    short = any_of(wages == 0, said(income.has_lower, part < share * income.lower))
    return high, all_of(is_whole, short)


def _no_labour(_readings: Readings) -> nw.Expr:
    """Whether no member can work at all, weak and half labour included.

    Members of whom it is known decide; where they leave it open, the register's own word. Where the
    two contradict each other it cannot be told.
    """
    somebody = any_of(nw.col("n_able") > 0, nw.col("n_weak") > 0)
    is_told = nw.when(nw.col("n_labour_unknown") == 0).then(nw.lit(True))
    nobody = all_of(~somebody, is_told)
    registered = nw.col("is_no_labour_on_register").fill_null(False)
    return (
        nw.when(nobody.fill_null(False) | (nobody.is_null() & registered))
        .then(nw.lit(True))
        .when(~nobody.fill_null(True) & ~registered)
        .then(nw.lit(False))
    )


def _lacks_labour(_readings: Readings) -> nw.Expr:
    """Whether at most a share of the members can work; a larger one in large households."""
    members, able = nw.col("n_members"), nw.col("n_able")
    is_large = members >= parameter("large_household_from")
    share = (
        nw.when(is_large)
        .then(parameter("able_share_max_lack_of_labour_large"))
        .when(~is_large)
        .then(parameter("able_share_max_lack_of_labour"))
    )
    most = able + nw.col("n_labour_unknown")
    lacks = most * RATIO_SCALE <= share * members
    has_enough = able * RATIO_SCALE > share * members
    return decided(lacks, has_enough)


def _count(column: str, title_zh: str, title_en: str, day: str | None = None) -> Shown:
    """A number of members."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="count", day=day)


def _day(column: str, title_zh: str, title_en: str) -> Shown:
    """A day."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="day")


_LABOUR = (
    _count("n_members", "家庭人口", "members"),
    _count("n_able", "普通或技能劳动力", "able to work", "labour_day"),
    _count("n_weak", "弱劳动力或半劳动力", "weak or half labour", "labour_day"),
    _count("n_labour_unknown", "劳动能力不掌握的成员", "labour not known", "labour_day"),
)

WORK_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="job_lost",
        title_zh="务工成员失业或停工",
        title_en="a lost job",
        tests_zh="计入月数之内有失业登记；或核算期内务过工的成员，最近一个务工月距今已满停工月数；"
        "两项都有登记而未见的视为未发生",
        tests_en="a job loss reported within the months that count; or a member who worked in the "
        "window of identification and whose newest month of work ended so many months ago or "
        "earlier; neither on record while both are kept is none",
        theme="shock",
        owner_zh=_WORK.owner_zh,
        owner_en=_WORK.owner_en,
        source="policy notes 9, 12, 19; founding text 三（六）",
        mark="A",
        causes=(Cause.UNSTABLE_WORK,),
        condition=_job_lost,
        parameters=(SPAN, GAP),
        readings=FIGURE,
        shows=(
            _day("job_loss_day", "最近失业登记", "latest job loss reported"),
            _day("job_loss_quiet_since_day", "记录显示此日之后未再发生", "none on record after"),
            _day(
                "earliest_last_month_day",
                "务工成员中停工最久者的最近务工月",
                "newest month of the member longest without work",
            ),
            _count("n_workers_12m", "核算期内务工成员", "members who worked in the window"),
        ),
    ),
    StandardRule(
        name=POST_RULE,
        title_zh="公益性岗位即将到期",
        title_en="a public-welfare post about to end",
        tests_zh="成员在公益性岗位上，且书面到期日在判断日至提前提示月数之内（首尾均含）；"
        "未写到期日的无法判断，不在岗的不符合",
        tests_en="a member is on a public-welfare post whose written end lies between the day of "
        "decision and so many months after it, both included; without a written end it cannot be "
        "told, and who is on no post does not meet it",
        theme="shock",
        level="person",
        owner_zh=_WORK.owner_zh,
        owner_en=_WORK.owner_en,
        source="policy notes 13, 19; founding text 三（六）",
        mark="A",
        causes=(Cause.UNSTABLE_WORK,),
        condition=_post_ends,
        parameters=(NOTICE, GAP),
        readings=FIGURE,
        shows=(
            Shown(
                column="is_on_post",
                title_zh="在公益性岗位",
                title_en="on a public-welfare post",
                unit="flag",
                day="last_work_month_day",
            ),
            _day("post_month_day", "最近在岗月", "newest month on it"),
            _day("post_end_day", "书面到期日", "written end"),
            Shown(
                column="post_wage_fen",
                title_zh="岗位月收入",
                title_en="its wage a month",
                unit="yuan",
                day="post_month_day",
            ),
        ),
    ),
    StandardRule(
        name="unstable_wage_share_high",
        title_zh="不稳定务工收入占比高",
        title_en="a high share of unstable wages",
        tests_zh="核算期内务工月数不足稳定务工月数的成员，其务工收入占家庭纯收入的比例达到规定比例（达到即算）",
        tests_en="wages of members who worked fewer months of the window than make wages stable "
        "reach the share of the household's net income that is high",
        theme="shock",
        owner_zh=_WORK.owner_zh,
        owner_en=_WORK.owner_en,
        source="policy notes 7, 19",
        mark="B",
        causes=(Cause.UNSTABLE_WORK,),
        condition=_unstable,
        parameters=("unstable_wage_share",),
        readings=(*FIGURE, *OF_ACCOUNT, "income_source"),
        shows=(
            Shown(
                column="unstable_wages_12m_known_fen",
                title_zh="不稳定务工收入",
                title_en="unstable wages",
                unit="yuan",
                day="income_12m_day",
            ),
            _count("unstable_wages_12m_open", "工资不掌握的月数", "months without a wage"),
            *ACCOUNT,
            *REGISTER,
        ),
    ),
    StandardRule(
        name="no_labour",
        title_zh="整户无劳动能力",
        title_en="no labour capacity at all",
        tests_zh="没有成员具有普通、技能、弱或半劳动力；成员情况不全时以登记的“整户无劳动能力兜底保障户”为准，"
        "两者矛盾的无法判断",
        tests_en="no member has ordinary, skilled, weak or half labour; where not everybody's is "
        "known, the register's word on the household; where the two contradict each other it "
        "cannot be told",
        theme="coping",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source="policy notes 8, 12, 14; founding text 二（二）2.8, 四（十三）",
        mark="A",
        causes=(Cause.LACK_OF_LABOUR,),
        condition=_no_labour,
        shows=(
            *_LABOUR,
            Shown(
                column="is_no_labour_on_register",
                title_zh="登记为整户无劳动能力兜底保障户",
                title_en="on the register as without any labour",
                unit="flag",
                day="no_labour_register_day",
            ),
        ),
    ),
    StandardRule(
        name="lack_of_labour",
        title_zh="缺劳动力",
        title_en="lack of labour",
        tests_zh="具有普通或技能劳动力的成员占家庭人口的比例不超过规定比例（等于也算缺；人口多的户另定比例）",
        tests_en="members with ordinary or skilled labour are at most the share of all members "
        "that is set, the share itself included; large households have a share of their own",
        theme="coping",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source="policy notes 12, 14: https://github.com/Gzuwkj/fuping",
        mark="E",
        causes=(Cause.LACK_OF_LABOUR,),
        condition=_lacks_labour,
        parameters=(
            *("able_share_max_lack_of_labour", "able_share_max_lack_of_labour_large"),
            "large_household_from",
        ),
        shows=_LABOUR,
    ),
)
"""Rules on work and labour, in the order in which they are shown."""
