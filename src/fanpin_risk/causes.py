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
