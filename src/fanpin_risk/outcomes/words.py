"""What an outcome, its cohort and its basis are called: the words for whoever shows a result."""

from __future__ import annotations

from dataclasses import dataclass

from fanpin_risk.outcomes.cohort import CohortSettings
from fanpin_risk.outcomes.flow import FlowSettings

_NEED_ZH = {"visit": "走访发现有困难", "verification": "线索核查属实", "listing": "决定纳入监测"}
_NEED_EN = {
    "visit": "a visit that found need",
    "verification": "a clue that was confirmed",
    "listing": "a decision to list",
}


@dataclass(frozen=True, kw_only=True)
class OutcomeWords:
    """Words about an outcome in Chinese and English; each pair is one sentence or name.

    Attributes
    ----------
    kind
        ``event`` (first need within the horizon) or ``status`` (need at its end): the two never
        stand in one table.
    title_zh, title_en
        What "fell" means, as the name of a risk: "risk of …".
    outcome_zh, outcome_en
        When the answer is yes, when it is no, and when it is not knowable.
    cohort_zh, cohort_en
        Whose risk is asked.
    basis_zh, basis_en
        What kind of records the days are taken from.
    """

    kind: str
    title_zh: str
    title_en: str
    outcome_zh: str
    outcome_en: str
    cohort_zh: str
    cohort_en: str
    basis_zh: str
    basis_en: str


def survey_words(settings: CohortSettings) -> OutcomeWords:
    """Words of a status: below the line on the visit a horizon later."""
    months = settings.horizon_months
    return OutcomeWords(
        kind="status",
        title_zh=f"{months}个月后降到收入线以下",
        title_en=f"being below the income line {months} months later",
        outcome_zh=f"{months}个月后那次走访时收入低于收入线为“是”，不低于为“否”；"
        "没有访到，或收入、收入线不明，为不可知",
        outcome_en=f"yes: income below the line on the visit {months} months later; no: not below; "
        "not visited then, or income or line not known: not knowable",
        cohort_zh="当日走访过、已知不低于收入线、并且届时应再走访的住户",
        cohort_en="visited on the day, known not to be below the line, and due for the later visit",
        basis_zh="住户调查：逐次走访的记录",
        basis_en="a survey: records of repeated visits",
    )


def register_words(settings: FlowSettings) -> OutcomeWords:
    """Words of an event: the first need on record within a horizon."""
    months, look = settings.horizon_months, settings.look_within_months
    need_zh = "、".join(_NEED_ZH[table] for table in settings.need_from)
    need_en = ", ".join(_NEED_EN[table] for table in settings.need_from)
    return OutcomeWords(
        kind="event",
        title_zh=f"{months}个月内出现返贫致贫风险（有困难并经查实）",
        title_en=f"being found in need within {months} months",
        outcome_zh=f"{months}个月内有困难的记录（{need_zh}）为“是”；期满后{look}个月内看过、"
        "没有困难且其间也没有，为“否”；整户消亡单列，不算返贫；没有看过的为不可知，绝不当作“否”",
        outcome_en=f"yes: need on record within {months} months ({need_en}); no: looked at within "
        f"{look} months after them, without need then or before; a household that died out is kept "
        "apart and is no fall; not looked at: not knowable, never no",
        cohort_zh="当日在册的农户，除去：已纳入监测的、"
        f"风险消除不满{settings.reentry_months}个月的、有未核查线索的、"
        f"近{settings.free_of_need_months}个月内查实有困难且此后未见好转的",
        cohort_en="households on record on the day, without those listed, those whose risk was "
        f"marked as eliminated less than {settings.reentry_months} months before, those with a "
        f"clue not yet answered, and those found in need within {settings.free_of_need_months} "
        "months and not found without need since",
        basis_zh="监测台账：线索、核查、纳入、走访等记录。看到的是查实的困难，没有查到的困难看不到",
        basis_en="a register: clues, checks, decisions and visits. What is seen is need that was "
        "found; need that nobody found is not seen",
    )
