"""Checks of one row of the member snapshot (notes, section 14, lines 1 to 3 and 10).

Ages are completed years on the day of the row, so a row is judged the same whenever it is checked.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from fanpin_risk.records.quality.facts import (
    AGE,
    LABOUR,
    NO_LABOUR,
    has_public_post,
    is_in_school,
    works,
    works_in_any_way,
)
from fanpin_risk.records.quality.model import Check, Rule, proven_or
from fanpin_risk.records.quality.settings import QualitySettings

MALE_RELATIONS = ("son", "son_in_law", "father", "uncle")
FEMALE_RELATIONS = ("daughter", "daughter_in_law", "mother", "sister_in_law")
VOCATIONAL = ("vocational_1", "vocational_2", "vocational_3")
HIGHER_VOCATIONAL = ("higher_vocational_1", "higher_vocational_2", "higher_vocational_3")
BACHELOR = ("bachelor_1", "bachelor_2", "bachelor_3", "bachelor_4", "bachelor_5")
COLLEGE = ("college", "university")

_AGE = ("born_on",)
_SCHOOL = ("school_state", "education")
_WORK = ("work_months", "work_place_kind")
_POST = ("public_post_months", "public_post")


def _check(
    number: str,
    titles: tuple[str, str],
    messages: tuple[str, str],
    columns: tuple[str, ...],
    rule: Callable[[QualitySettings], Rule],
    parameters: tuple[str, ...] = (),
) -> Check:
    """Describe a check of one row of the member snapshot."""
    return Check(
        id=number,
        scope="field",
        table="member_snapshot",
        title_zh=titles[0],
        title_en=titles[1],
        message_zh=messages[0],
        message_en=messages[1],
        needs=tuple(f"member_snapshot.{column}" for column in columns),
        parameters=parameters,
        rule=rule,
    )


def _if(eligible: pl.Expr, failed: pl.Expr) -> Callable[[QualitySettings], Rule]:
    """Return a rule without numbers."""
    return lambda _settings: Rule(is_eligible=eligible, is_failed=failed)


def _child(failed: pl.Expr) -> Callable[[QualitySettings], Rule]:
    """Return a rule about members below working age."""
    return lambda settings: Rule(
        is_eligible=settings.whole("child_below_years") > AGE, is_failed=failed
    )


def _of_working_age(eligible: pl.Expr, failed: pl.Expr) -> Callable[[QualitySettings], Rule]:
    """Return a rule about members of working age, both ends included."""
    return lambda settings: Rule(
        is_eligible=eligible & _between(settings, "working_age"), is_failed=failed
    )


def _between(settings: QualitySettings, band: str) -> pl.Expr:
    """Whether the age lies within a band; both ends belong to it."""
    return AGE.is_between(settings.whole(f"{band}_from_years"), settings.whole(f"{band}_to_years"))


def _band(name: str) -> tuple[str, ...]:
    """Parameters of a band of ages."""
    return (f"{name}_from_years", f"{name}_to_years")


def _school_at_age(band: str, states: tuple[str, ...]) -> Callable[[QualitySettings], Rule]:
    """Return a rule that pupils of some schools are within a band of ages."""
    return lambda settings: Rule(
        is_eligible=pl.col("school_state").is_in(list(states)),
        is_failed=~_between(settings, band),
    )


def _is_severely_disabled_in_limbs(settings: QualitySettings) -> pl.Expr:
    """Whether a limb disability is of a severe level (1 is the gravest)."""
    kind, level = pl.col("disability_kind"), pl.col("disability_level")
    is_disabled = proven_or(pl.col("is_disabled"), kind.is_not_null())
    is_severe = level <= settings.whole("severe_disability_max_level")
    return is_disabled & (kind == "limb") & is_severe


_RELATION = pl.col("relation")
_SEXED = (*MALE_RELATIONS, *FEMALE_RELATIONS)
_EXPECTED_SEX = (
    pl.when(_RELATION.is_in(list(MALE_RELATIONS))).then(pl.lit("male")).otherwise(pl.lit("female"))
)

MEMBER_CHECKS: tuple[Check, ...] = (
    _check(
        "14.04",
        ("与户主关系和性别相符", "Relation fits the sex"),
        (
            "与户主关系和性别矛盾，请核对关系或性别",
            "The relation to the head does not fit the sex. Correct one of them",
        ),
        ("relation", "sex"),
        _if(_RELATION.is_in(list(_SEXED)), pl.col("sex") != _EXPECTED_SEX),
    ),
    _check(
        "14.05",
        ("证件号码校验位正确", "The identity number's check letter fits"),
        (
            "证件号码最后一位与前十七位不符，可能录错，请对照证件",
            "The identity number's last letter does not fit the others. Compare with the card",
        ),
        ("is_id_checksum_valid",),
        _if(pl.lit(True), ~pl.col("is_id_checksum_valid")),
    ),
    _check(
        "14.07",
        ("未达劳动年龄应为无劳动力", "Below working age means no labour capacity"),
        (
            "未达劳动年龄却登记有劳动力，请改为“无劳动力”或核对出生日期",
            "Recorded as labour below working age. Set 无劳动力, or correct the day of birth",
        ),
        (*_AGE, "labour_skill"),
        _child(LABOUR != "none"),
        ("child_below_years",),
    ),
    _check(
        "14.08",
        ("未达劳动年龄不应务工", "No work below working age"),
        (
            "未达劳动年龄却有务工信息，请核对务工信息或出生日期",
            "Work is recorded below working age. Correct the work, or the day of birth",
        ),
        (*_AGE, *_WORK),
        _child(works()),
        ("child_below_years",),
    ),
    _check(
        "14.09",
        ("未达劳动年龄不应有公益性岗位", "No public post below working age"),
        (
            "未达劳动年龄却有公益性岗位，请核对岗位或出生日期",
            "A public post is recorded below working age. Correct the post, or the day of birth",
        ),
        (*_AGE, *_POST),
        _child(has_public_post()),
        ("child_below_years",),
    ),
    _check(
        "14.10",
        ("高龄不应有公益性岗位", "No public post at a high age"),
        (
            "年龄已超公益性岗位上限，请核对岗位或出生日期",
            "A public post is recorded above the age for it. Correct the post, or the day of birth",
        ),
        (*_AGE, *_POST),
        lambda settings: Rule(
            is_eligible=settings.whole("public_post_below_years") <= AGE,
            is_failed=has_public_post(),
        ),
        ("public_post_below_years",),
    ),
    _check(
        "14.11",
        (
            "劳动年龄内健康且不在校者应有劳动力",
            "Healthy, of working age and out of school means able to work",
        ),
        (
            "健康、不在校且在劳动年龄内，却登记为无劳动力、丧失劳动力或弱劳动力，请核对",
            "Healthy, of working age and not in school, yet recorded as no or weak labour. "
            "Correct the labour capacity, or the health",
        ),
        (*_AGE, *_SCHOOL, "is_healthy", "labour_skill"),
        _of_working_age(pl.col("is_healthy") & ~is_in_school(), LABOUR.is_in([*NO_LABOUR, "weak"])),
        _band("working_age"),
    ),
    _check(
        "14.12",
        ("在校生应为无劳动力", "In school means no labour capacity"),
        (
            "在校生却登记有劳动力，请核对在校状况或劳动技能",
            "In school, yet recorded as labour. Correct the school state, or the labour capacity",
        ),
        (*_SCHOOL, "labour_skill"),
        _if(is_in_school(), LABOUR != "none"),
    ),
    _check(
        "14.13",
        ("在校生不应务工", "No work while in school"),
        (
            "在校生却有务工信息，请核对在校状况或务工信息",
            "In school, yet work is recorded. Correct the school state, or the work",
        ),
        (*_SCHOOL, *_WORK),
        _if(is_in_school(), works()),
    ),
    _check(
        "14.14",
        ("适龄青年不应只有小学文化", "A young person has more than primary schooling"),
        (
            "适龄青年文化程度仅为小学，可能未完成义务教育，请核实",
            "A young person with primary schooling only. Find out whether school was left early",
        ),
        (*_AGE, *_SCHOOL),
        lambda settings: Rule(
            is_eligible=_between(settings, "primary_only") & ~is_in_school(),
            is_failed=pl.col("education") == "primary",
        ),
        _band("primary_only"),
    ),
    *(
        _check(
            number,
            (f"{school_zh}在校生年龄相符", f"Age fits {school_en}"),
            (
                f"{school_zh}在校生年龄超出常见范围，请核对在校状况或出生日期",
                f"The age is unusual for {school_en}. Correct the school state, or the birth day",
            ),
            (*_AGE, "school_state"),
            _school_at_age(band, states),
            _band(band),
        )
        for number, band, states, school_zh, school_en in (
            ("14.15", "vocational", VOCATIONAL, "中职", "secondary vocational school"),
            (
                "14.16",
                "higher_vocational",
                HIGHER_VOCATIONAL,
                "高职高专",
                "higher vocational school",
            ),
            ("14.17", "bachelor", BACHELOR, "本科", "university"),
        )
    ),
    _check(
        "14.18",
        ("重度肢体残疾不应为普通劳动力", "Severe limb disability and ordinary labour"),
        (
            "重度肢体残疾却登记为普通劳动力，请核实劳动能力",
            "A severe limb disability, yet ordinary labour capacity. Find out which is so",
        ),
        ("is_disabled", "disability_kind", "disability_level", "labour_skill"),
        lambda settings: Rule(
            is_eligible=_is_severely_disabled_in_limbs(settings),
            is_failed=LABOUR == "ordinary",
        ),
        ("severe_disability_max_level",),
    ),
    _check(
        "14.19",
        ("残疾应有残疾证", "Disabled means holding a disability card"),
        (
            "健康状况为残疾但无残疾证号，请核对证件或帮助办证",
            "Recorded as disabled without a disability card. Enter the card, or help to get one",
        ),
        ("is_disabled", "has_disability_card"),
        _if(pl.col("is_disabled"), ~pl.col("has_disability_card")),
    ),
    *(
        _check(
            number,
            (f"{who_zh}应在务工", f"{who_en} works"),
            (
                f"劳动年龄内的{who_zh}没有务工或公益性岗位，请核实就业状况",
                f"{who_en} of working age, not in school, without work. Find out, and offer work",
            ),
            (*_AGE, *_SCHOOL, *_WORK, *_POST, *extra),
            _of_working_age(who & ~is_in_school(), ~works_in_any_way()),
            _band("working_age"),
        )
        for number, who, extra, who_zh, who_en in (
            ("14.52", LABOUR == "skilled", ("labour_skill",), "技能劳动力", "A skilled member"),
            (
                "14.53",
                pl.col("education").is_in(list(COLLEGE)),
                (),
                "大专及以上学历成员",
                "A member with college education",
            ),
        )
    ),
    _check(
        "13.01",
        ("文化程度与在校生状况只填一项", "Education completed or school attended, not both"),
        (
            "文化程度与在校生状况同时填写，在校生只填在校生状况",
            "Education and school state are both filled. For someone in school keep the latter",
        ),
        _SCHOOL,
        _if(
            pl.col("education").is_not_null() | pl.col("school_state").is_not_null(),
            pl.col("education").is_not_null() & pl.col("school_state").is_not_null(),
        ),
    ),
)
