"""Checks of the causes of listed households against their members, records and measures.

Notes, section 14, lines 4 and 5, and the pairs of risk and expected measure of section 12. Only
listings that no exit ended are looked at.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from fanpin_risk.records.contracts.codes import CAUSES
from fanpin_risk.records.quality.model import Check, Rule, proven_or
from fanpin_risk.records.quality.settings import QualitySettings

CAUSE_COLUMNS = ("cause_1", "cause_2", "cause_3", "cause_4", "cause_5")
DEVELOPMENT = ("industry", "employment", "finance", "public_post")
"""开发式帮扶 (notes, section 12)."""

_CAUSES = tuple(f"listing.{name}" for name in CAUSE_COLUMNS)
_LABOUR = "member_snapshot.labour_skill"
_MEASURE = "support_measure.measure"
_WHOLE_PERCENT = 100


def has_cause(cause: str) -> pl.Expr:
    """Whether a listing names a cause; null where it names none at all, since one must be there."""
    named = pl.any_horizontal([pl.col(name).eq_missing(cause) for name in CAUSE_COLUMNS])
    is_any = pl.any_horizontal([pl.col(name).is_not_null() for name in CAUSE_COLUMNS])
    return pl.when(is_any).then(named)


def _check(
    number: str,
    titles: tuple[str, str],
    messages: tuple[str, str],
    needs: tuple[str, ...],
    rule: Callable[[QualitySettings], Rule],
    parameters: tuple[str, ...] = (),
) -> Check:
    """Describe a check of households now listed."""
    return Check(
        id=number,
        scope="cross",
        unit="listed",
        table="listing",
        title_zh=titles[0],
        title_en=titles[1],
        message_zh=messages[0],
        message_en=messages[1],
        needs=(*_CAUSES, *needs),
        parameters=parameters,
        rule=rule,
    )


def _if(eligible: pl.Expr, failed: pl.Expr) -> Callable[[QualitySettings], Rule]:
    """Return a rule without numbers."""
    return lambda _settings: Rule(is_eligible=eligible, is_failed=failed)


def _unfounded(
    number: str,
    cause: str,
    right: tuple[str, str],
    wrong: tuple[str, str],
    needs: tuple[str, ...],
    failed: pl.Expr,
) -> Check:
    """Describe a check that a cause named at listing has something behind it."""
    zh, en = CAUSES.words[cause]
    return _check(
        number,
        (f"{zh}：{right[0]}", f"Cause {en}: {right[1]}"),
        (
            f"监测风险含“{zh}”，但{wrong[0]}，请核对风险或相关信息",
            f"The cause {en} is named, but {wrong[1]}. Correct the cause, or the records",
        ),
        needs,
        _if(has_cause(cause), failed),
    )


def _able_share_above(settings: QualitySettings, parameter: str) -> pl.Expr:
    """Whether more than a share of the members can work; null while unknown ones could decide."""
    limit = settings.whole(parameter) * pl.col("n_members")
    able = pl.col("n_able") * _WHOLE_PERCENT
    at_most = (pl.col("n_able") + pl.col("n_labour_unknown")) * _WHOLE_PERCENT
    return pl.when(able > limit).then(pl.lit(True)).when(at_most <= limit).then(pl.lit(False))


def _enough_labour(number: str, *, is_large: bool) -> Check:
    """Describe a check that 缺劳动力 is not named where many members can work."""
    parameter = f"{'large' if is_large else 'small'}_household_able_max_percent"
    size_zh, size_en = ("人口较多的户", "larger") if is_large else ("人口较少的户", "smaller")

    def rule(settings: QualitySettings) -> Rule:
        """Ask households of that size; those of the size named count as large."""
        large = pl.col("n_members") >= settings.whole("large_household_from_members")
        return Rule(
            is_eligible=has_cause("lack_of_labour") & (large if is_large else ~large),
            is_failed=_able_share_above(settings, parameter),
        )

    return _check(
        number,
        (
            f"缺劳动力与劳动力占比相符（{size_zh}）",
            f"Lack of labour fits the share able to work ({size_en} households)",
        ),
        (
            "监测风险含“缺劳动力”，但能劳动的成员占比较高，请核对风险或劳动技能",
            "Lack of labour is named although many members can work. Correct one of them",
        ),
        (_LABOUR,),
        rule,
        ("large_household_from_members", parameter),
    )


CAUSE_CHECKS: tuple[Check, ...] = (
    _unfounded(
        "14.20",
        "illness",
        ("家中有人患病", "somebody is ill"),
        ("家中无人患病", "nobody in the household is ill"),
        ("member_snapshot.is_chronically_ill", "member_snapshot.is_seriously_ill"),
        ~pl.col("is_anyone_ill"),
    ),
    _unfounded(
        "14.21",
        "illness",
        ("合规自付支出不为0", "there is own cost"),
        ("合规自付支出为0", "the compliant own cost is 0"),
        ("household_snapshot.compliant_own_cost_fen",),
        pl.col("compliant_own_cost_fen") == 0,
    ),
    _unfounded(
        "14.22",
        "disability",
        ("家中有残疾人", "somebody is disabled"),
        ("家中无残疾人", "nobody in the household is disabled"),
        ("member_snapshot.is_disabled",),
        ~pl.col("is_anyone_disabled"),
    ),
    _unfounded(
        "14.23",
        "unstable_work",
        ("家中有人有劳动能力", "somebody is able to work"),
        ("家中无人有劳动能力", "nobody in the household is able to work"),
        (_LABOUR,),
        pl.col("is_without_labour"),
    ),
    _unfounded(
        "14.24",
        "unstable_work",
        ("有务工记录", "work is on record"),
        ("没有任何务工记录", "no work is on record"),
        ("member_snapshot.work_months", "work_month.work_month"),
        ~proven_or(pl.col("is_anyone_working"), pl.col("has_work_record")),
    ),
    _enough_labour("14.25", is_large=False),
    _enough_labour("14.26", is_large=True),
    _check(
        "14.27",
        ("有成员未参保则风险含因病", "An uninsured member means the cause illness"),
        (
            "有成员未参加基本医疗保险，但监测风险不含“因病”，请核对",
            "A member has no basic medical insurance, and illness is not among the causes",
        ),
        (
            "household_snapshot.has_uninsured_member",
            "member_snapshot.has_basic_medical",
            "member_snapshot.has_employee_medical",
        ),
        _if(
            proven_or(
                pl.coalesce("has_uninsured_member", "is_anyone_uninsured"),
                pl.col("is_anyone_uninsured"),
            ),
            ~has_cause("illness"),
        ),
    ),
    _check(
        "14.28",
        ("饮水不安全则风险含因安全饮水", "Unsafe water means the cause unsafe water"),
        (
            "未解决安全饮用水，但监测风险不含“因安全饮水”，请核对",
            "Drinking water is not safe, and unsafe water is not among the causes",
        ),
        ("household_snapshot.has_safe_water",),
        _if(~pl.col("has_safe_water"), ~has_cause("unsafe_water")),
    ),
)


def _is_due(settings: QualitySettings) -> pl.Expr:
    """Whether the time to record a first measure is over; the last day of it counts as over."""
    months = settings.whole("first_measure_within_months")
    return pl.col("occurred_on").dt.offset_by(f"{months}mo") <= pl.col("as_of")


def _has_none_of(measures: tuple[str, ...]) -> pl.Expr:
    """Whether none of some measures is on record; null where no measures were delivered at all."""
    wanted = [pl.col("measures").list.contains(measure) for measure in measures]
    return ~pl.any_horizontal(wanted)


def _expected(
    number: str,
    about: tuple[str, str],
    condition: pl.Expr,
    measures: tuple[str, ...],
    what: tuple[str, str],
    needs: tuple[str, ...] = (),
) -> Check:
    """Describe a check that a listed household has one of the measures that practice expects."""
    return _check(
        number,
        (f"{about[0]}应有{what[0]}", f"{about[1]}: expect {what[1]}"),
        (
            f"{about[0]}，但未登记{what[0]}，请落实帮扶或补录措施",
            f"{about[1]}, and none of these is on record: {what[1]}. Give the help, or enter it",
        ),
        (*needs, _MEASURE),
        lambda settings: Rule(
            is_eligible=condition & _is_due(settings), is_failed=_has_none_of(measures)
        ),
        ("first_measure_within_months",),
    )


MEASURE_CHECKS: tuple[Check, ...] = (
    _expected(
        "12.01",
        ("因学", "Cause schooling"),
        has_cause("schooling"),
        ("compulsory_schooling", "education", "social"),
        ("义务教育保障、教育帮扶或社会帮扶", "schooling secured, education or social help"),
    ),
    _expected(
        "12.02",
        ("因病", "Cause illness"),
        has_cause("illness"),
        ("health", "social"),
        ("健康帮扶或社会帮扶", "health or social help"),
    ),
    _expected(
        "12.03",
        ("因残", "Cause disability"),
        has_cause("disability"),
        ("safety_net", "social"),
        ("综合保障或社会帮扶", "safety net or social help"),
    ),
    _expected(
        "12.04",
        ("因安全住房", "Cause unsafe housing"),
        has_cause("unsafe_housing"),
        ("housing", "relocation"),
        ("住房安全保障或搬迁", "safe housing or relocation"),
    ),
    _expected(
        "12.05",
        ("因安全饮水", "Cause unsafe water"),
        has_cause("unsafe_water"),
        ("water",),
        ("饮水安全保障", "safe water"),
    ),
    _expected(
        "12.06",
        ("有劳动力的监测户", "Somebody can work"),
        ~pl.col("is_without_labour"),
        DEVELOPMENT,
        ("开发式帮扶措施", "a development measure (industry, work, finance, public post)"),
        (_LABOUR,),
    ),
    _check(
        "12.07",
        ("整户无劳动力应有低保或特困", "No labour at all means allowance or destitute support"),
        (
            "整户无劳动力，但无人享受低保或特困供养，请核查是否应保尽保",
            "Nobody can work, and nobody gets the allowance or destitute support. Find out why",
        ),
        (_LABOUR, "member_snapshot.dibao", "member_snapshot.tekun"),
        _if(pl.col("is_without_labour"), ~(pl.col("gets_dibao") | pl.col("gets_tekun"))),
    ),
    _check(
        "12.08",
        ("整户无劳动力应标注兜底保障户", "No labour at all means marked as covered household"),
        (
            "整户无劳动力，但未标注“整户无劳动能力兜底保障户”，请核对",
            "Nobody can work, and the household is not marked 整户无劳动能力兜底保障户",
        ),
        (_LABOUR, "household_snapshot.is_no_labour_household"),
        _if(pl.col("is_without_labour"), ~pl.col("is_no_labour_household")),
    ),
)
