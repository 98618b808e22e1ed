"""The official vocabulary of causes, and the kinds of support that practice expects for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Official classes of risk causes; the value is the official Chinese word."""

    ILLNESS = "因病"
    DISABILITY = "因残"
    SCHOOLING = "因学"
    DISASTER = "因自然灾害"
    ACCIDENT = "因意外事故"
    FAILED_BUSINESS = "因产业失败"
    UNSTABLE_WORK = "因务工就业不稳"
    LACK_OF_LABOUR = "缺劳动力"
    UNSAFE_HOUSING = "因安全住房"
    UNSAFE_WATER = "因安全饮水"
    OTHER = "其他"


@dataclass(frozen=True, kw_only=True)
class CauseWords:
    """How a cause is named in English, and which office answers for it."""

    title_en: str
    owner_zh: str
    owner_en: str


CAUSE_WORDS: dict[Cause, CauseWords] = {
    Cause.ILLNESS: CauseWords(
        title_en="illness", owner_zh="医保部门", owner_en="medical insurance"
    ),
    Cause.DISABILITY: CauseWords(
        title_en="disability", owner_zh="残联", owner_en="disabled federation"
    ),
    Cause.SCHOOLING: CauseWords(title_en="schooling", owner_zh="教育部门", owner_en="education"),
    Cause.DISASTER: CauseWords(
        title_en="natural disaster", owner_zh="应急部门", owner_en="emergency"
    ),
    Cause.ACCIDENT: CauseWords(title_en="accident", owner_zh="应急部门", owner_en="emergency"),
    Cause.FAILED_BUSINESS: CauseWords(
        title_en="failed business", owner_zh="农业农村部门", owner_en="agriculture"
    ),
    Cause.UNSTABLE_WORK: CauseWords(
        title_en="unstable work", owner_zh="人社部门", owner_en="human resources"
    ),
    Cause.LACK_OF_LABOUR: CauseWords(
        title_en="lack of labour", owner_zh="民政部门", owner_en="civil affairs"
    ),
    Cause.UNSAFE_HOUSING: CauseWords(title_en="housing", owner_zh="住建部门", owner_en="housing"),
    Cause.UNSAFE_WATER: CauseWords(
        title_en="water and sanitation", owner_zh="水利部门", owner_en="water"
    ),
    Cause.OTHER: CauseWords(
        title_en="other", owner_zh="乡村振兴部门", owner_en="rural revitalisation"
    ),
}
"""Words and owners of every cause."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """Kinds of support of one cause: codes of measures, and the words in which they are named.

    Attributes
    ----------
    measures
        Codes of the contract's list of measures (帮扶措施), in its order.
    zh, en
        The official words, and beside the measures what goes with them.
    """

    measures: tuple[str, ...]
    zh: str
    en: str


SUPPORT: dict[Cause, Support] = {
    Cause.ILLNESS: Support(
        measures=("health", "social"), zh="健康帮扶、社会帮扶", en="health support, social support"
    ),
    Cause.DISABILITY: Support(
        measures=("safety_net", "social"), zh="综合保障、社会帮扶", en="safety net, social support"
    ),
    Cause.SCHOOLING: Support(
        measures=("education", "compulsory_schooling", "social"),
        zh="义务教育保障、教育帮扶、社会帮扶",
        en="compulsory schooling, education support, social support",
    ),
    Cause.DISASTER: Support(
        measures=("living_conditions", "safety_net", "temporary_relief"),
        zh="一事一议，综合保障（临时救助）、生产生活条件改善",
        en="case by case, temporary relief, means of work and living",
    ),
    Cause.ACCIDENT: Support(
        measures=("safety_net", "social", "temporary_relief"),
        zh="一事一议，综合保障（临时救助）、社会帮扶",
        en="case by case, temporary relief, social support",
    ),
    Cause.FAILED_BUSINESS: Support(
        measures=("industry", "finance"),
        zh="产业帮扶、金融帮扶",
        en="farm and business support, finance support",
    ),
    Cause.UNSTABLE_WORK: Support(
        measures=("employment", "public_post"),
        zh="就业帮扶、公益性岗位帮扶",
        en="job support, public-welfare posts",
    ),
    Cause.LACK_OF_LABOUR: Support(
        measures=("employment", "public_post", "safety_net"),
        zh="综合保障（低保、特困）、就近就业帮扶",
        en="safety net, near-home work",
    ),
    Cause.UNSAFE_HOUSING: Support(
        measures=("housing", "relocation"), zh="住房安全保障、搬迁", en="safe housing, relocation"
    ),
    Cause.UNSAFE_WATER: Support(measures=("water",), zh="饮水安全保障", en="safe water"),
    Cause.OTHER: Support(measures=(), zh="按核实的困难一事一议", en="case by case"),
}
"""Pairs of risk and expected measure that practice checks (policy notes, section 12).

Where the pairs name none, the founding text's three ways stand in: development help for whoever can
work, the safety net for whoever cannot, case by case after a disaster or an accident.
"""

DEVELOPMENT_MEASURES = ("industry", "employment", "finance", "public_post")
"""Measures that are development help (开发式帮扶): where somebody is able to work, one of them at
least is expected, and not the safety net alone (policy notes, section 12)."""


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
