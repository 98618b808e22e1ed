"""What looking a standard up gives: the value with its records, or why it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from fanpin_risk.standards.units import Unit, integer_of
from fanpin_risk.standards.values import MARKS_TO_NAME, Mark, ParameterValue, record_name

Why = Literal[
    "no_record",
    "not_public",
    "mark_not_allowed",
    "other_regime",
    "day_unknown",
    "no_figure",
    "place_not_known",
]
"""Why a standard cannot be told."""

WHY: dict[Why, tuple[str, str]] = {
    "no_record": ("该地该日没有标准", "no record holds at the place on the day"),
    "not_public": ("没有公开数值，须由用户提供", "not public: the user must supply it"),
    "mark_not_allowed": (
        "数值未经证实，须在配置marks_allowed中写明才使用",
        "not confirmed: used only when marks_allowed names its mark",
    ),
    "other_regime": (
        "该数值属于另一政策阶段，配置未写明regime_bridge",
        "of another regime than the day's, and no regime_bridge is named",
    ),
    "day_unknown": ("当年起始日不明", "the day on which it began in that year is not known"),
    "no_figure": ("所依据的当地数字未登记", "the figure of the place is not on record"),
    "place_not_known": ("标准中没有该地", "no place of the standards"),
}
"""The reasons in words, Chinese and English."""

CautionKind = Literal["past_review", "later_general", "day_unknown", "bridge", "mark"]


@dataclass(frozen=True, kw_only=True, order=True)
class Caution:
    """What a user must know beside a value: its kind, the record, and words in both languages."""

    kind: CautionKind
    record: str
    words_zh: str
    words_en: str

    def __str__(self) -> str:
        return f"{self.words_zh} / {self.words_en}"


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What a lookup found for a place and day.

    Attributes
    ----------
    name, unit
        The standard.
    value
        The exact number in the standard's unit, for a code None.
    text
        A code's text, for a number None.
    why
        None where the value is known, else why it cannot be told.
    records
        The dated records used, a base after what stands on it; or the one that stopped the search.
    marks
        Their marks, in the same order.
    warnings
        What must be said beside the value, or beside the record that stopped the search.
    """

    name: str
    unit: Unit
    value: Fraction | None = None
    text: str | None = None
    why: Why | None = None
    records: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    warnings: tuple[Caution, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is a value."""
        return self.why is None

    @property
    def integer(self) -> int | None:
        """The value in the steps of its unit, such as fen; None where it cannot be told.

        Raises
        ------
        ConfigError
            If the value is finer than a step.
        """
        if self.value is None:
            return None
        return integer_of(self.value, self.unit, of=self.record_text)

    @property
    def written(self) -> str:
        """The value as people write it, without its unit; empty where it cannot be told."""
        if self.value is None:
            return self.text or ""
        return f"{Decimal(self.value.numerator) / Decimal(self.value.denominator):f}"

    @property
    def record_text(self) -> str:
        """The records as they stand beside an answer; the standard's name where there is none."""
        return " < ".join(self.records) or self.name

    @property
    def why_text(self) -> str:
        """Why it cannot be told, Chinese and English; empty where it can."""
        if self.why is None:
            return ""
        zh, en = WHY[self.why]
        return f"{self.record_text}：{zh} / {en}"


def later_general(special: str, general: str) -> Caution:
    """What is said where a later value of a more general place stands beside the special one."""
    return Caution(
        kind="later_general",
        record=special,
        words_zh=f"{special}仍适用，但上级地区有更新的数值{general}",
        words_en=f"{special} still holds, but a more general place has a later value: {general}",
    )


def cautions_of(name: str, value: ParameterValue, day: date, regime: str | None) -> list[Caution]:
    """What must be said beside one record with a number, on a day of a regime.

    Parameters
    ----------
    name
        The standard.
    value
        Its record.
    day
        The day asked about.
    regime
        The day's regime; None where nobody asks for it.
    """
    record, mark = record_name(name, value), value.mark
    said: dict[CautionKind, tuple[bool, str, str]] = {
        "past_review": (
            value.review_on is not None and day > value.review_on,
            f"{record}已过复核日{value.review_on}，请核对是否有新文件",
            f"{record} is past its review date {value.review_on}: look for a newer notice",
        ),
        "day_unknown": (
            not value.day_is_known,
            f"{record}只知年份，以1月1日代替",
            f"{record}: only the year is known, 1 January stands for the day",
        ),
        "bridge": (
            value.regime is not None and value.regime != regime,
            f"{record}属于{value.regime}，按配置的衔接用于{regime}",
            f"{record} is of {value.regime}, used in {regime} over the named bridge",
        ),
        "mark": (
            mark in MARKS_TO_NAME,
            f"{record}的可信度标记为{mark}，未经证实",
            f"{record} carries mark {mark}: not confirmed",
        ),
    }
    return [
        Caution(kind=kind, record=record, words_zh=zh, words_en=en)
        for kind, (is_so, zh, en) in said.items()
        if is_so
    ]
