"""The type that the joint judgement points to, out of ten three-valued inputs.

Income, compliant own spending, salient difficulties and the household's own capacity to cope are
judged together (policy notes, section 1). A village appraisal and a decision of the county follow;
nothing here decides.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.records.contracts.codes import MONITORED_TYPES
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.worded import joined

Frame = nw.DataFrame[pl.DataFrame]

UNSTABLE, MARGINAL, SUDDEN = MONITORED_TYPES.words
NONE, OPEN = "none", "cannot_tell"
PROPOSAL_WORDS: dict[str, tuple[str, str]] = {
    **MONITORED_TYPES.words,
    NONE: ("不提出类型建议", "no type is proposed"),
    OPEN: ("无法判断", "cannot tell"),
}
"""Every proposal in Chinese and English; the types in the words of the register."""

INPUTS: dict[str, str] = {
    "has_types": "the three types are those of the regime in force at the place on the day",
    "is_below": "income per head is below the monitoring line",
    "has_risk": "any listed risk, of whatever kind",
    "has_shock": "struck within the months that count",
    "has_gap": "a guarantee or water is open",
    "has_gap_of_type": "schooling, the home or water is open",
    "has_warning": "a warning of medical or school cost, or a high rigid burden",
    "is_serious": "basic living in serious difficulty: by what is left after rigid spending, by a "
    "sharp fall of income, or by rigid spending itself",
    "is_former_poor": "formerly registered poor",
    "copes_alone": "able to cope alone, as appraised",
}
"""What the type stands on; each true, false, or null where it cannot be told."""

MARK_OF_FOLLOWING = "D"
"""Mark of the sentence that a household able to close its own gap is not listed, but followed and
urged; it holds only where a configuration names the mark."""


def with_type(inputs: Frame, readings: Readings, *, marks_allowed: Sequence[str] = ()) -> Frame:
    """Add the type proposed, and for "cannot tell" what is missing.

    Below the line with a listed risk: unstable if formerly poor, marginal if not. Not below it,
    with a shock, a gap or a warning, and in serious difficulty: sudden. A household that is able to
    cope gets no type; that a gap which it could close itself lists it no more is a rule of mark D,
    and cannot be told unless the mark is named.

    Parameters
    ----------
    inputs
        Any rows with the columns of `INPUTS`.
    readings
        ``line_role``, ``sudden_needs``, ``coping_not_on_record`` and ``risk_not_on_record``.
    marks_allowed
        Marks that a configuration names.

    Returns
    -------
    DataFrame
        The rows with ``proposal`` (a key of `PROPOSAL_WORDS`, never null), ``is_followed`` (has a
        gap and is able to close it, the mark being named; never null), and ``missing_zh,
        missing_en``: what is not known and could change the answer; null where there is an answer.
    """
    parts = _Parts(readings, names_mark=MARK_OF_FOLLOWING in marks_allowed)
    low, sudden = parts.low(), parts.sudden()
    has_types, former = nw.col("has_types"), nw.col("is_former_poor")
    proposal = (
        nw.when(~has_types.fill_null(False))
        .then(nw.lit(OPEN))
        .when(all_of(low, former))
        .then(nw.lit(UNSTABLE))
        .when(all_of(low, ~former))
        .then(nw.lit(MARGINAL))
        .when(sudden)
        .then(nw.lit(SUDDEN))
        .when(all_of(~low, ~sudden))
        .then(nw.lit(NONE))
        .otherwise(nw.lit(OPEN))
    )
    decided = inputs.with_columns(proposal=proposal, is_followed=parts.followed())
    is_open = nw.col("proposal") == OPEN
    gaps = parts.gaps()
    zh, en = (
        joined([(is_gap, words[language]) for words, is_gap in gaps], separator)
        for language, separator in enumerate(("；", "; "))
    )
    return decided.with_columns(
        missing_zh=nw.when(is_open).then(zh), missing_en=nw.when(is_open).then(en)
    )


class _Parts:
    """The judgement's parts as expressions over the inputs, under the readings chosen."""

    def __init__(self, readings: Readings, *, names_mark: bool) -> None:
        self.readings = readings
        self.names_mark = names_mark

    def told(self, name: str) -> nw.Expr:
        """An input on a risk, false where the reading takes what nobody told as not there."""
        if self.readings.risk_not_on_record == "not_found":
            return nw.col(name).fill_null(False)
        return nw.col(name)

    def able(self) -> nw.Expr:
        """Whether the household is able to cope; false where the reading proposes all the same."""
        if self.readings.coping_not_on_record == "propose":
            return nw.col("copes_alone").fill_null(False)
        return nw.col("copes_alone")

    def ground(self) -> nw.Expr:
        """Whether a household below the line has what a type asks for beside."""
        if self.readings.line_role == "line_alone":
            return nw.lit(True)
        return self.told("has_risk")

    def trigger(self) -> nw.Expr:
        """Whether something came over a household that is not below the line."""
        alone = self.readings.sudden_needs == "shock_or_guarantee"
        gap = "has_gap_of_type" if alone else "has_gap"
        return any_of(*[self.told(name) for name in ("has_shock", gap, "has_warning")])

    def serious(self) -> nw.Expr:
        """Whether what came over it is serious difficulty."""
        if self.readings.sudden_needs == "shock_or_guarantee":
            return nw.lit(True)
        return nw.col("is_serious")

    def candidate(self) -> nw.Expr:
        """Whether a type would be proposed to a household that is not able to cope."""
        below = nw.col("is_below")
        return any_of(all_of(below, self.ground()), all_of(~below, self.trigger(), self.serious()))

    def is_out(self) -> nw.Expr:
        """Whether the household's own capacity takes it out of the types."""
        whether_gap_too = nw.lit(True if self.names_mark else None).cast(nw.Boolean)
        return all_of(self.able(), any_of(~self.told("has_gap"), whether_gap_too))

    def low(self) -> nw.Expr:
        """Whether it is one of the two types below the line."""
        return all_of(nw.col("is_below"), self.ground(), ~self.is_out())

    def sudden(self) -> nw.Expr:
        """Whether it is the third type."""
        return all_of(~nw.col("is_below"), self.trigger(), self.serious(), ~self.is_out())

    def followed(self) -> nw.Expr:
        """Whether it is to be followed and urged to close its gap."""
        return all_of(nw.lit(self.names_mark), self.told("has_gap"), self.able()).fill_null(False)

    def gaps(self) -> tuple[tuple[tuple[str, str], nw.Expr], ...]:
        """What can be missing: words, and whether it is and could change the answer."""
        below, able, gap = nw.col("is_below"), self.able(), self.told("has_gap")
        ground, trigger, serious = self.ground(), self.trigger(), self.serious()
        stays, candidate = _maybe(~self.is_out()), _maybe(self.candidate())
        missing = {
            ("收入或监测线", "income or the line"): [below.is_null()],
            ("有无风险", "whether there is a listed risk"): [
                *(ground.is_null(), _maybe(below), stays),
            ],
            ("变故、保障缺口或支出预警", "shocks, guarantee gaps or warnings"): [
                *(trigger.is_null(), _maybe(~below), _maybe(serious), stays),
            ],
            ("是否严重困难", "whether the difficulty is serious"): [
                *(serious.is_null(), _maybe(~below), _maybe(trigger), stays),
            ],
            ("户类型（是否脱贫户）", "whether it was formerly registered poor"): [
                *(nw.col("is_former_poor").is_null(), _maybe(self.low())),
            ],
            ("自主应对能力", "its capacity to cope"): [able.is_null(), candidate],
            (
                "能自行解决保障缺口的是否纳入（D级规定，须配置写明）",
                "whether a household able to close its own gap is listed (a rule of mark D, to be "
                "named in the configuration)",
            ): [nw.lit(not self.names_mark), _maybe(able), _maybe(gap), candidate],
        }
        has_types = nw.col("has_types").fill_null(False)
        no_types = (
            "该日所处政策阶段没有公开的类型标准",
            "no types are public for the regime in force on the day",
        )
        return (
            *((words, all_of(has_types, *parts)) for words, parts in missing.items()),
            (no_types, ~has_types),
        )


def _maybe(condition: nw.Expr) -> nw.Expr:
    """Whether something holds or cannot be told."""
    return condition.fill_null(True)
