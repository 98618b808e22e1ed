"""Rules on members: allowances, premiums, illness, disability, and visits to the old."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause, CauseWords
from fanpin_risk.standards.composed import rule_named
from fanpin_risk.standards.happened import decided, where_public
from fanpin_risk.standards.income_rules import INCOME_RULES
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.person_shows import (
    AGE,
    DISABILITY,
    ILLNESS,
    ON_ALLOWANCE,
    SCOPE,
    count,
    day,
    flag,
    premium,
)
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import (
    Shown,
    StandardRule,
    months_before,
    of_household,
    parameter,
)
from fanpin_risk.standards.safety_net_rules import (
    SAFETY_NET_RULES,
    is_listed,
    on_no_allowance,
    place_has,
)
from fanpin_risk.standards.values import Mark

SEVERE: Final = "severe_disability_level_max"
OLD: Final = "old_age_from"
MINOR: Final = "minor_age_to"
NEW: Final = "new_status_months"
SINGLE: Final = "single_person_dibao"
TOP_UP: Final = "dibao_top_up"
VISIT: Final = "home_visit_old"
MEDICAL_AID: Final = "medical_premium_aid"
PENSION_AID: Final = "pension_premium_aid"
_EDGE: Final = rule_named("income_below_dibao_edge", INCOME_RULES)
_CIVIL, _MEDICAL, _DISABLED, _WORK = (
    CAUSE_WORDS[cause]
    for cause in (Cause.LACK_OF_LABOUR, Cause.ILLNESS, Cause.DISABILITY, Cause.UNSTABLE_WORK)
)
_LISTED: Final = ("is_listed", "is_listed_on_register")


def is_severe() -> nw.Expr:
    """Whether a member's disability is severe: its level is up to the last severe one."""
    return all_of(nw.col("is_disabled"), nw.col("disability_level") <= parameter(SEVERE))


def _single(_readings: Readings) -> nw.Expr:
    """Severely disabled or seriously ill, on no allowance, in a low-income family that is on none.

    What the household's income says is the answer of the rule on the allowance's edge.
    """
    return all_of(
        place_has(SINGLE),
        any_of(is_severe(), nw.col("is_seriously_ill")),
        on_no_allowance(),
        ~of_household("is_dibao_household"),
        of_household(_EDGE.name),
    )


def _top_up(_readings: Readings) -> nw.Expr:
    """On the living allowance, and severely disabled, seriously ill, old or a minor."""
    age = nw.col("age")
    group = any_of(
        is_severe(),
        nw.col("is_seriously_ill"),
        age >= parameter(OLD),
        age <= parameter(MINOR),
    )
    return all_of(place_has(TOP_UP), nw.col("is_on_dibao"), group)


def _unaided(name: str, standard: str, entitled: nw.Expr) -> nw.Expr:
    """Entitled to aid for a premium that is due, and none was paid."""
    aid = nw.col(f"{name}_premium_aid_fen")
    return all_of(place_has(standard), entitled, nw.col(f"is_{name}_premium_due"), aid == 0)


def _on_allowance_or_listed() -> nw.Expr:
    """On either allowance, or of a listed household."""
    return any_of(nw.col("is_on_dibao"), nw.col("is_on_tekun"), is_listed())


def _treated(_readings: Readings) -> nw.Expr:
    """A bill for an illness of the programme; none where bills are whole and each has a class."""
    n = nw.col("n_treatment_bills")
    return decided(
        n > 0, all_of(n == 0, nw.col("treatment_bills_open") == 0, nw.col("has_bills_of_12m"))
    )


def _visit_old(_readings: Readings) -> nw.Expr:
    """Old, at home, and no other member lives at home."""
    present, unsaid = nw.col("n_others_present"), nw.col("n_others_open")
    alone = decided(all_of(present == 0, unsaid == 0), present > 0)
    return all_of(place_has(VISIT), nw.col("age") >= parameter(OLD), nw.col("is_away") == 0, alone)


def _newly_severe(readings: Readings) -> nw.Expr:
    """Severely disabled, first so within the months in which it is new, and denied before."""
    since, begin = nw.col("severe_since_day"), months_before(NEW)
    is_new = decided(all_of(since > begin, ~nw.col("no_severe_day").is_null()), since <= begin)
    return where_public(all_of(is_severe(), is_new), readings, NEW)


def _rule(
    name: str,
    titles: tuple[str, str],
    tests: tuple[str, str],
    condition: Callable[[Readings], nw.Expr],
    shows: tuple[Shown, ...],
    *,
    owner: CauseWords,
    source: str,
    parameters: tuple[str, ...] = (),
    mark: Mark = "A",
    causes: tuple[Cause, ...] = (),
    readings: tuple[str, ...] = (),
    household_columns: tuple[str, ...] = (),
) -> StandardRule:
    """A rule on members."""
    return StandardRule(
        name=name,
        title_zh=titles[0],
        title_en=titles[1],
        tests_zh=tests[0],
        tests_en=tests[1],
        theme="person",
        level="person",
        owner_zh=owner.owner_zh,
        owner_en=owner.owner_en,
        source=source,
        mark=mark,
        condition=condition,
        shows=shows,
        causes=causes,
        parameters=parameters,
        readings=readings,
        household_columns=household_columns,
    )


PERSON_RULES: tuple[StandardRule, ...] = (
    _rule(
        "single_person_dibao_open",
        (
            "重残重病人员可参照单人户纳入低保",
            "may enter the living allowance like a household of one",
        ),
        (
            "成员重度残疾（等级不超过重度残疾最末等级）或患大病，未享受低保、特困供养，家庭本身不是低保户，"
            "家庭人均收入低于低保边缘标准（等于不算），且当地有此规定",
            "a member is severely disabled (level up to the last severe one) or seriously ill and "
            "on neither allowance, the household itself is not on the living allowance, its income "
            "per head is strictly below the allowance's edge, and the place has the rule",
        ),
        _single,
        (
            *DISABILITY,
            ILLNESS,
            *ON_ALLOWANCE,
            flag("h|is_dibao_household", "家庭为低保户", "household on the living allowance"),
            flag(f"h|{_EDGE.name}", _EDGE.title_zh, _EDGE.title_en),
        ),
        owner=_CIVIL,
        source="founding text 四（十）; policy notes 4.2, 16",
        causes=(Cause.ILLNESS, Cause.DISABILITY),
        parameters=(SINGLE, SEVERE, *_EDGE.parameters),
        readings=_EDGE.readings,
        household_columns=("is_dibao_household", _EDGE.name),
    ),
    _rule(
        "top_up_due",
        ("低保对象符合增发低保金条件", "entitled to more living allowance"),
        (
            "享受低保的成员重度残疾、患大病、达到老年起始年龄（达到即算）或未超过未成年截止年龄（含），且当地有"
            "增发规定；是否已增发不在记录中",
            "a member on the living allowance is severely disabled, seriously ill, old (the age "
            "itself counts) or a minor (the last age included), and the place pays more to these; "
            "whether it was paid is not on record",
        ),
        _top_up,
        (*ON_ALLOWANCE[:1], *DISABILITY, ILLNESS, AGE),
        owner=_CIVIL,
        source="founding text 四（十）; policy notes 16",
        parameters=(TOP_UP, SEVERE, OLD, MINOR),
    ),
    *SAFETY_NET_RULES,
    _rule(
        "premium_aid_missing",
        ("应资助而未资助基本医疗保险费", "no aid for the premium of basic medical insurance"),
        (
            "享受低保、特困供养或所在户为监测对象的成员，现参保期应缴城乡居民基本医疗保险费而资助金额为零；"
            "文件未列资助类别，其他脱贫人口由当地规定",
            "a member on either allowance or of a listed household owes a premium of residents' "
            "basic medical insurance for the present period, and aid paid nothing of it; the text "
            "names no classes, and other formerly poor people are for the place to say",
        ),
        lambda _readings: _unaided("medical", MEDICAL_AID, _on_allowance_or_listed()),
        (*premium("medical", "医保费", "medical premium"), *ON_ALLOWANCE, *SCOPE[1:]),
        owner=_MEDICAL,
        source="founding text 二（三）3.2; policy notes 16",
        causes=(Cause.ILLNESS,),
        parameters=(MEDICAL_AID,),
        household_columns=_LISTED,
    ),
    _rule(
        "pension_premium_aid_missing",
        ("应代缴而未代缴养老保险费", "no aid for the premium of the residents' pension"),
        (
            "享受低保、特困供养、重度残疾或所在户为监测对象的成员，现参保期应缴城乡居民基本养老保险费而资助金额"
            "为零；未参保的不符合",
            "a member on either allowance, severely disabled, or of a listed household owes a "
            "premium of the residents' pension for the present period, and aid paid nothing of it; "
            "not met by who is not insured",
        ),
        lambda _readings: _unaided(
            "pension", PENSION_AID, any_of(_on_allowance_or_listed(), is_severe())
        ),
        (
            *premium("pension", "养老保险费", "pension premium"),
            flag(
                "is_pension_insured",
                "登记参加养老保险",
                "pension insurance on the register",
                "pension_insured_day",
            ),
            *ON_ALLOWANCE,
            *DISABILITY,
            *SCOPE[1:],
        ),
        owner=_WORK,
        source="founding text 四（十二）; policy notes 16",
        parameters=(PENSION_AID, SEVERE),
        household_columns=_LISTED,
    ),
    _rule(
        "treatment_list_ill",
        ("大病专项救治病种患者", "ill with an illness of the treatment programme"),
        (
            "近12个月有大病专项救治病种的医疗费用；费用登记完整、病种均有登记而没有的不符合",
            "a bill of the twelve months up to the day is for an illness of the treatment "
            "programme; not met where bills are complete, each has a class, and none is",
        ),
        _treated,
        (
            count(
                "n_treatment_bills",
                "专项救治病种费用笔数",
                "bills for such an illness",
                "treatment_list_day",
            ),
            count("treatment_bills_open", "病种不掌握的费用笔数", "bills without a class"),
            flag("has_bills_of_12m", "近12个月费用登记完整", "bills of 12 months complete"),
            flag("has_medical_aid", "接受医疗救助", "received medical aid", "medical_aid_day"),
        ),
        owner=_MEDICAL,
        source="founding text 三（八）; policy notes 16 (treatment_list_size)",
        causes=(Cause.ILLNESS,),
    ),
    _rule(
        "due_home_visit_old",
        ("独居或留守老年人应居家探访", "an old person alone or left behind, to be visited at home"),
        (
            "达到老年起始年龄（达到即算）、本人在家，且没有其他成员在家（一人户，或其他成员均外出），当地有居家"
            "探访制度",
            "a member is old (the age itself counts) and at home, and no other member is: a "
            "household of one, or all others away; and the place has the system of home visits",
        ),
        _visit_old,
        (
            AGE,
            count("is_away", "本人外出（1为外出）", "away from home (1: away)"),
            count("n_others_present", "其他在家成员", "other members at home"),
            count("n_others_open", "是否在家不掌握的成员", "members not known to be at home"),
        ),
        owner=_CIVIL,
        source="founding text 四（十二）; policy notes 16",
        parameters=(VISIT, OLD),
    ),
    _rule(
        "disabled_new_severe",
        ("新发重度残疾", "newly severe disability"),
        (
            "成员重度残疾，且首次登记为重度晚于判断日往前推规定月数的那一天、此前登记为非重度",
            "a member is severely disabled, first recorded as severe later than the day so many "
            "months before, and recorded as not severe before",
        ),
        _newly_severe,
        (
            *DISABILITY,
            day("severe_since_day", "连续登记重度始于", "recorded as severe without a break since"),
            day("no_severe_day", "此前登记非重度", "recorded as not severe before on"),
        ),
        owner=_DISABLED,
        source="policy notes 9",
        mark="B",
        causes=(Cause.DISABILITY,),
        parameters=(SEVERE, NEW),
        readings=("no_public_figure",),
    ),
)
"""Rules on members, in the order in which they are shown."""
