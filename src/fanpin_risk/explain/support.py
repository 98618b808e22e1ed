"""Kinds of support that go with each official cause: what a visit can lead to, and which office."""

from __future__ import annotations

from dataclasses import dataclass

from fanpin_risk.causes import CAUSE_WORDS, Cause


@dataclass(frozen=True, kw_only=True)
class Support:
    """Kinds of support of one cause, in the official words for measures."""

    zh: str
    en: str


SUPPORT: dict[Cause, Support] = {
    Cause.ILLNESS: Support(zh="健康帮扶、社会帮扶", en="health support, social support"),
    Cause.DISABILITY: Support(zh="综合保障、社会帮扶", en="safety net, social support"),
    Cause.SCHOOLING: Support(
        zh="义务教育保障、教育帮扶、社会帮扶",
        en="compulsory schooling, education support, social support",
    ),
    Cause.DISASTER: Support(
        zh="一事一议，综合保障（临时救助）、生产生活条件改善",
        en="case by case, temporary relief, means of work and living",
    ),
    Cause.ACCIDENT: Support(
        zh="一事一议，综合保障（临时救助）、社会帮扶",
        en="case by case, temporary relief, social support",
    ),
    Cause.FAILED_BUSINESS: Support(
        zh="产业帮扶、金融帮扶", en="farm and business support, finance support"
    ),
    Cause.UNSTABLE_WORK: Support(
        zh="就业帮扶、公益性岗位帮扶", en="job support, public-welfare posts"
    ),
    Cause.LACK_OF_LABOUR: Support(
        zh="综合保障（低保、特困）、就近就业帮扶",
        en="safety net, near-home work",
    ),
    Cause.UNSAFE_HOUSING: Support(zh="住房安全保障、搬迁", en="safe housing, relocation"),
    Cause.UNSAFE_WATER: Support(zh="饮水安全保障", en="safe water"),
    Cause.OTHER: Support(zh="按核实的困难一事一议", en="case by case"),
}
"""Pairs of risk and expected measure that practice checks (see the policy notes on measures).

Where the pairs name none, the founding text's three ways stand in: development help for whoever can
work, the safety net for whoever cannot, case by case after a disaster or an accident.
"""


def to_do(cause: Cause) -> tuple[str, str]:
    """What can follow once a reason is confirmed at a visit, and which office it is for.

    Returns
    -------
    tuple of str
        Chinese and English, the English without the words "if confirmed" to stay short.

    Examples
    --------
    >>> to_do(Cause.UNSAFE_WATER)
    ('核实后可对接：饮水安全保障（水利部门）', 'safe water (water)')
    """
    support, words = SUPPORT[cause], CAUSE_WORDS[cause]
    return (
        f"核实后可对接：{support.zh}（{words.owner_zh}）",
        f"{support.en} ({words.owner_en})",
    )
