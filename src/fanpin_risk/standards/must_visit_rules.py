"""The eight groups of households that must be visited (八必访), whatever a score says.

Policy notes, section 7. Where a group names somebody above all, it is these who are visited; a
reading takes the whole group. What is new, costly or several no public text says: the user supplies
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause, CauseWords
from fanpin_risk.standards.composed import rule_named
from fanpin_risk.standards.happened import where_public
from fanpin_risk.standards.income_rules import INCOME_RULES
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import (
    Level,
    Shown,
    StandardRule,
    months_before,
    of_household,
    parameter,
)
from fanpin_risk.standards.shock_rules import SHOCK_RULES
from fanpin_risk.standards.work_rules import WORK_RULES

_LOW: Final = (
    rule_named("income_below_line", INCOME_RULES),
    rule_named("sharp_income_fall", INCOME_RULES),
)
_UNSTABLE: Final = (rule_named("unstable_wage_share_high", WORK_RULES),)
_STRUCK: Final = (
    rule_named("struck_by_disaster", SHOCK_RULES),
    rule_named("struck_by_accident", SHOCK_RULES),
)
_SOURCE: Final = (
    "policy notes 7 (八必访): "
    "http://xxjyjedu.com/ztzl/zcwdpt/wzsnyncj/202406/t20240604_4559421.html"
)
_RURAL, _MEDICAL, _CIVIL, _DISABLED, _SCHOOL, _WORK, _EMERGENCY = (
    CAUSE_WORDS[cause]
    for cause in (
        Cause.OTHER,
        Cause.ILLNESS,
        Cause.LACK_OF_LABOUR,
        Cause.DISABILITY,
        Cause.SCHOOLING,
        Cause.UNSTABLE_WORK,
        Cause.DISASTER,
    )
)
NEW: Final = "new_status_months"
COSTLY: Final = "costly_chronic_year"
SEVERAL: Final = "several_students_min"
SEVERE: Final = "severe_disability_level_max"
_FIGURE: Final = ("no_public_figure",)
_GROUPS: Final = ("must_visit_groups",)


def _any_of(rules: tuple[StandardRule, ...]) -> Callable[[Readings], nw.Expr]:
    """Whether any of some rules is met."""
    return lambda readings: any_of(*[rule.condition(readings) for rule in rules])


def _illness(readings: Readings) -> nw.Expr:
    """Seriously ill, or chronically ill with costly bills this year; more bills can only add."""
    costly = nw.col("own_cost_year_fen") >= parameter(COSTLY)
    told = any_of(costly, nw.when(nw.col("has_bills_of_year")).then(costly))
    chronic = all_of(nw.col("is_chronically_ill"), told)
    return any_of(nw.col("is_seriously_ill"), where_public(chronic, readings, COSTLY))


def _is_new(since: str, denied: str, readings: Readings) -> nw.Expr:
    """Whether a status began within the months in which it is new.

    From the first day on record of a run that was denied before; without a denial it may be older.
    """
    begin = months_before(NEW)
    is_later = (nw.col(since) > begin) & ~nw.col(denied).is_null()
    is_older = nw.col(since) <= begin
    new = (
        nw.when(is_later.fill_null(False))
        .then(nw.lit(True))
        .when(is_older.fill_null(False))
        .then(nw.lit(False))
    )
    return where_public(new, readings, NEW)


def _tekun(readings: Readings) -> nw.Expr:
    """On destitute support, and alone where only these are meant."""
    if readings.must_visit_groups == "whole_group":
        return nw.col("is_on_tekun")
    return all_of(nw.col("is_on_tekun"), of_household("heads") == 1)


def _dibao(readings: Readings) -> nw.Expr:
    """On the living allowance, and newly where only these are meant."""
    if readings.must_visit_groups == "whole_group":
        return nw.col("is_on_dibao")
    return all_of(nw.col("is_on_dibao"), _is_new("dibao_since_day", "no_dibao_day", readings))


def _disabled(readings: Readings) -> nw.Expr:
    """Disabled, and severely or newly where only these are meant."""
    disabled = nw.col("is_disabled")
    severe = nw.col("disability_level") <= parameter(SEVERE)
    if readings.must_visit_groups == "whole_group":
        return disabled
    if readings.must_visit_disabled == "severe":
        return all_of(disabled, severe)
    new = _is_new("disabled_since_day", "no_disability_day", readings)
    return all_of(disabled, any_of(severe, new))


def _students(readings: Readings) -> nw.Expr:
    """So many members at school beyond the compulsory years, whatever the others do."""
    least, known = parameter(SEVERAL), nw.col("n_students")
    reaches = (known >= least).fill_null(False)
    falls_short = (known + nw.col("n_students_open") < least).fill_null(False)
    several = nw.when(reaches).then(nw.lit(True)).when(falls_short).then(nw.lit(False))
    return where_public(several, readings, SEVERAL)


def _flag(column: str, title_zh: str, title_en: str) -> Shown:
    """A yes or no with its day."""
    day = f"{column.removeprefix('is_').removeprefix('on_')}_day"
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="flag", day=day)


def _day(column: str, title_zh: str, title_en: str) -> Shown:
    """A day."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="day")


def _shows_of(rules: tuple[StandardRule, ...]) -> tuple[Shown, ...]:
    """What some rules show, each value once."""
    return tuple(dict.fromkeys(shown for rule in rules for shown in rule.shows))


def _names(rules: tuple[StandardRule, ...], of: str) -> tuple[str, ...]:
    """Parameters or readings of some rules, each once."""
    return tuple(dict.fromkeys(name for rule in rules for name in getattr(rule, of)))


def _group(
    name: str,
    titles: tuple[str, str],
    tests: tuple[str, str],
    condition: Callable[[Readings], nw.Expr],
    shows: tuple[Shown, ...],
    *,
    owner: CauseWords,
    level: Level = "household",
    causes: tuple[Cause, ...] = (),
    parameters: tuple[str, ...] = (),
    readings: tuple[str, ...] = (),
    household_columns: tuple[str, ...] = (),
) -> StandardRule:
    """One of the eight groups."""
    return StandardRule(
        name=name,
        title_zh=titles[0],
        title_en=titles[1],
        tests_zh=tests[0],
        tests_en=tests[1],
        theme="must_visit",
        level=level,
        owner_zh=owner.owner_zh,
        owner_en=owner.owner_en,
        source=_SOURCE,
        mark="B",
        makes_must_visit=True,
        condition=condition,
        shows=shows,
        causes=causes,
        parameters=parameters,
        readings=readings,
        household_columns=household_columns,
    )


MUST_VISIT_RULES: tuple[StandardRule, ...] = (
    _group(
        "must_visit_income",
        ("必访：收入低或明显下降", "must visit: low or clearly falling income"),
        (
            "人均纯收入低于监测线（等于不算），或收入骤减达到规定比例",
            "income per head is strictly below the monitoring line, or has fallen by the share "
            "from which a fall is sharp",
        ),
        _any_of(_LOW),
        _shows_of(_LOW),
        owner=_RURAL,
        parameters=_names(_LOW, "parameters"),
        readings=_names(_LOW, "readings"),
    ),
    _group(
        "must_visit_illness",
        ("必访：大病或费用较高慢性病", "must visit: serious or costly chronic illness"),
        (
            "有成员患大病，或患长期慢性病且本年1月1日以来自付费用达到较高线（达到即算）",
            "a member is seriously ill, or chronically ill with own cost since 1 January that "
            "reaches the amount from which it is costly",
        ),
        _illness,
        (
            _flag("is_seriously_ill", "患大病", "seriously ill"),
            _flag("is_chronically_ill", "长期慢性病", "chronically ill"),
            Shown(
                column="own_cost_year_fen",
                title_zh="本年自付医疗费用",
                title_en="own medical cost this year",
                unit="yuan",
                day="own_cost_year_day",
            ),
        ),
        owner=_MEDICAL,
        level="person",
        causes=(Cause.ILLNESS,),
        parameters=(COSTLY,),
        readings=_FIGURE,
    ),
    _group(
        "must_visit_tekun_alone",
        ("必访：分散供养特困一人户", "must visit: destitute support, alone"),
        (
            "享受特困供养且一人一户；读法为全部特困户时不限人口。是否分散供养未登记，在册人员均按在家计",
            "on destitute support in a household of one; in any household where the whole group is "
            "read. Who lives in an institution is not on record; all count as living at home",
        ),
        _tekun,
        (
            _flag("is_on_tekun", "享受特困供养", "on destitute support"),
            Shown(column="h|heads", title_zh="家庭人口", title_en="members", unit="count"),
        ),
        owner=_CIVIL,
        level="person",
        readings=_GROUPS,
        household_columns=("heads",),
    ),
    _group(
        "must_visit_dibao",
        ("必访：新增低保户", "must visit: new living allowance"),
        (
            "有成员享受低保，且首次登记晚于判断日往前推规定月数的那一天、此前登记为未享受；"
            "读法为全部低保户时不论新旧",
            "a member is on the living allowance, first recorded later than the day so many months "
            "before, and recorded as without it before; whenever it began, by the reading",
        ),
        _dibao,
        (
            _flag("is_on_dibao", "享受低保", "on the living allowance"),
            _day("dibao_since_day", "连续享受登记始于", "recorded without a break since"),
            _day("no_dibao_day", "此前登记未享受", "recorded as without it before on"),
        ),
        owner=_CIVIL,
        level="person",
        parameters=(NEW,),
        readings=(*_GROUPS, *_FIGURE),
    ),
    _group(
        "must_visit_disabled",
        ("必访：新发或重度残疾人户", "must visit: new or severe disability"),
        (
            "有成员残疾，且为重度（等级不超过重度残疾最末等级），或新发（首次登记晚于判断日往前推规定月数的"
            "那一天、此前登记为无残疾）；只列重度或全部残疾人户依读法",
            "a member is disabled, severely (level up to the last severe one) or newly (first "
            "recorded later than the day so many months before, and recorded as not disabled "
            "before); severe only, or everybody disabled, by the readings",
        ),
        _disabled,
        (
            _flag("is_disabled", "残疾", "disabled"),
            Shown(
                column="disability_level",
                title_zh="残疾等级",
                title_en="level of disability",
                unit="count",
                day="disabled_day",
            ),
            _day("disabled_since_day", "连续登记残疾始于", "recorded without a break since"),
            _day("no_disability_day", "此前登记无残疾", "recorded as not disabled before on"),
        ),
        owner=_DISABLED,
        level="person",
        causes=(Cause.DISABILITY,),
        parameters=(SEVERE, NEW),
        readings=(*_GROUPS, "must_visit_disabled", *_FIGURE),
    ),
    _group(
        "must_visit_students",
        ("必访：多子女非义务教育阶段就学", "must visit: several students beyond compulsory school"),
        (
            "非义务教育阶段（普通高中、中职及以上）在校成员达到规定人数（达到即算）",
            "as many members as are several, or more, attend upper secondary school or beyond",
        ),
        _students,
        (
            Shown(
                column="n_students",
                title_zh="非义务教育阶段在校成员",
                title_en="students beyond compulsory school",
                unit="count",
                day="students_day",
            ),
            Shown(
                column="n_students_open",
                title_zh="就学情况不掌握的成员",
                title_en="members whose schooling is not known",
                unit="count",
            ),
        ),
        owner=_SCHOOL,
        causes=(Cause.SCHOOLING,),
        parameters=(SEVERAL,),
        readings=_FIGURE,
    ),
    _group(
        "must_visit_unstable_work",
        ("必访：不稳定务工收入占比高", "must visit: high share of unstable wages"),
        (
            "不稳定务工收入占家庭纯收入的比例达到规定比例（达到即算）",
            "wages of members who worked too few months reach the share of the household's income "
            "that is high",
        ),
        _any_of(_UNSTABLE),
        _shows_of(_UNSTABLE),
        owner=_WORK,
        causes=(Cause.UNSTABLE_WORK,),
        parameters=_names(_UNSTABLE, "parameters"),
        readings=_names(_UNSTABLE, "readings"),
    ),
    _group(
        "must_visit_struck",
        ("必访：遭受灾害或意外事故", "must visit: accident or disaster"),
        (
            "计入月数之内遭受自然灾害、意外事故或火灾",
            "struck by a natural disaster, an accident or a fire within the months that count",
        ),
        _any_of(_STRUCK),
        _shows_of(_STRUCK),
        owner=_EMERGENCY,
        parameters=_names(_STRUCK, "parameters"),
        readings=_names(_STRUCK, "readings"),
    ),
)
"""The eight groups, in the order of the policy notes."""
