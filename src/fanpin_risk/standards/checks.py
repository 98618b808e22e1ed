"""What an office should look at in its standards: gaps, old values, doubtful ones, missing ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from fanpin_risk.standards.parameters import MARKS_TO_NAME, Standards
from fanpin_risk.standards.required import RequiredStandard, missing
from fanpin_risk.standards.values import ParameterValue, Span

Kind = Literal["missing", "gap", "ended", "not_public", "past_review", "mark"]

KINDS: dict[Kind, tuple[str, str]] = {
    "missing": ("缺少必需的标准", "required and missing"),
    "gap": ("中间有空档", "gap"),
    "ended": ("已到期，无后续标准", "ended, nothing follows"),
    "not_public": ("未公开，须由用户提供", "not public, the user must supply it"),
    "past_review": ("已过复核日", "past its review date"),
    "mark": ("未经证实的数值", "not confirmed"),
}
"""Kinds of notices, the gravest first; the first is an error."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One thing to look at: its kind, the record or standard, where, and the words."""

    kind: Kind
    standard: str
    place: str
    words_zh: str
    words_en: str

    @property
    def is_error(self) -> bool:
        """Whether the standards cannot be used as they are."""
        return self.kind == "missing"


def notices(
    standards: Standards, day: date, required: Iterable[RequiredStandard] = ()
) -> list[Notice]:
    """Everything that an office should look at on a day.

    Values of one place that claim the same day are no notice: such standards do not load.

    Parameters
    ----------
    standards
        The standards with the marks that may be used.
    day
        The day from which review dates and values in force are seen.
    required
        What must be known on the day.

    Returns
    -------
    list of Notice
        In the order of `KINDS`, then by standard and place.
    """
    found = list(_missing(standards, required, day))
    for name in standards.parameters:
        for place, spans in standards.spans_of(name).items():
            found += _gaps(name, place, spans, day)
            found += _in_force(standards, name, place, spans, day)
    order = list(KINDS)
    return sorted(found, key=lambda n: (order.index(n.kind), n.standard, n.place, n.words_en))


def _missing(
    standards: Standards, required: Iterable[RequiredStandard], day: date
) -> Iterator[Notice]:
    """What is required and cannot be told."""
    for one in required:
        for problem in missing(standards, [one], [day]):
            yield Notice(
                kind="missing",
                standard=one.standard,
                place=one.place,
                words_zh="当日不能确定",
                words_en=problem,
            )


def _gaps(name: str, place: str, spans: list[Span], day: date) -> Iterator[Notice]:
    """Days between two records on which none holds, and records that ended without another."""
    placed = sorted(spans, key=lambda span: span.first)
    covered: date | None = placed[0].first
    for before, after in itertools.pairwise(placed):
        covered = _later(covered, before.last)
        if covered is not None and covered + timedelta(days=1) < after.first:
            first, last = covered + timedelta(days=1), after.first - timedelta(days=1)
            yield Notice(
                kind="gap",
                standard=name,
                place=place,
                words_zh=f"{first}至{last}没有标准",
                words_en=f"no record from {first} to {last}",
            )
    covered = _later(covered, placed[-1].last)
    if covered is not None and covered < day:
        yield Notice(
            kind="ended",
            standard=name,
            place=place,
            words_zh=f"{covered}以后没有标准",
            words_en=f"no record after {covered}",
        )


def _later(covered: date | None, last: date | None) -> date | None:
    """The later of two last days; None is without end."""
    return None if covered is None or last is None else max(covered, last)


def _in_force(
    standards: Standards, name: str, place: str, spans: list[Span], day: date
) -> Iterator[Notice]:
    """What is to be said of the record that holds on a day."""
    holding = [span.value for span in spans if span.holds_on(day)]
    if not holding:
        return
    value = holding[0]
    for kind, zh, en in _words_of(value, day, value.mark in standards.marks_allowed):
        yield Notice(kind=kind, standard=name, place=place, words_zh=zh, words_en=en)


def _words_of(
    value: ParameterValue, day: date, is_allowed: bool
) -> Iterator[tuple[Kind, str, str]]:
    """Kinds of notices of one record, each with its words in Chinese and English."""
    since = value.valid_from
    if not value.has_number:
        yield "not_public", f"自{since}", f"from {since} on"
        return
    if value.review_on is not None and value.review_on < day:
        yield (
            "past_review",
            f"{since}起的数值应于{value.review_on}复核",
            f"the value from {since} was to be reviewed on {value.review_on}",
        )
    if value.mark in MARKS_TO_NAME:
        zh = "已允许使用" if is_allowed else "未允许，查询时为无法判断"
        en = "allowed" if is_allowed else "not allowed: a lookup cannot tell"
        yield (
            "mark",
            f"{since}起的数值，{value.mark}级，{zh}",
            f"the value from {since}, mark {value.mark}, {en}",
        )
