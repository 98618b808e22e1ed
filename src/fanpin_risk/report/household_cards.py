"""Cards of households out of the result frames of one scoring."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.report.household_card import (
    BY_LOT,
    NOT_TOLD,
    SHOWN_BANDS,
    CardFinding,
    CardReason,
    CardStanding,
    HouseholdCard,
)
from fanpin_risk.report.words import SLICES, Words, words_of
from fanpin_risk.standards.rule import CANNOT_TELL, MET, Rule, StandardRule

NOT_PLANNED = Words("本轮未列入走访计划", "not on this round's plan")
NO_ROUTE = Words("规则未指明，入户后研判", "the rules name none: judge at the visit")
_NOT_FOR_TEAMS = frozenset({"exit", "loop"})
"""Rules about the work of offices; a visit is about the household."""
_SENSITIVE = frozenset(c.name for c in columns_of(CATALOGUE) if c.indicator.is_sensitive)
_TO_DO_ZH, _TO_DO_EN = "。", " → "
"""What parts a reason's words from what a visit can lead to."""
_BETWEEN = " / "
"""Between the Chinese and the English of a text that holds both."""


@dataclass(frozen=True, kw_only=True)
class CardFrames:
    """Result frames of one scoring; of each only the columns named here are looked at.

    Attributes
    ----------
    scores
        ``household_id, as_of, risk, raw_score``.
    reasons
        ``household_id, rank, cause, contribution, text_zh, text_en, evidence``.
    findings
        ``household_id, rule, answer, evidence``.
    beside
        ``household_id, cause, standing, standing_zh, standing_en`` of
        `fanpin_risk.explain.beside_rules.beside_rules`.
    rules
        The rules asked, in the order in which they are shown.
    routes
        ``household_id, route_zh, route_en``: of a register its proposals.
    visits
        ``household_id, slice`` of the visit plan.
    outcome
        What the risk is of.
    is_made_up
        Whether the records are simulated: then every card says so.
    """

    scores: pl.DataFrame
    reasons: pl.DataFrame
    findings: pl.DataFrame
    beside: pl.DataFrame
    rules: Sequence[Rule]
    routes: pl.DataFrame
    visits: pl.DataFrame
    outcome: OutcomeWords
    is_made_up: bool = False


def household_card(household_id: str, frames: CardFrames) -> HouseholdCard:
    """Put together the card of one household that was scored.

    The score is told if it is among the upper half of those scored, and never of a household that
    is on the plan by lot; nobody is told a low one. Rules about the work of offices and flags of
    evidence for the appraisal are left out.

    Parameters
    ----------
    household_id
        Of the scores.
    frames
        Of one scoring.

    Returns
    -------
    HouseholdCard

    Raises
    ------
    SchemaError
        If the household was not scored, or a reason rests on a sensitive indicator.
    """
    mine = _of(frames.scores, household_id)
    if mine.height != 1:
        raise SchemaError(
            f"Household {household_id} has {mine.height} scores. Ask for one that was scored on "
            "the day, and give the scores of one day."
        )
    row = mine.row(0, named=True)
    planned = _of(frames.visits, household_id)["slice"].to_list()
    tenth = _tenth(frames.scores, row)
    is_by_lot = "audit" in planned
    is_told = not is_by_lot and tenth <= SHOWN_BANDS
    told = list(_findings(_of(frames.findings, household_id), frames.rules))
    route = _of(frames.routes, household_id)
    return HouseholdCard(
        household_id=household_id,
        as_of=row["as_of"],
        asked=Words(frames.outcome.title_zh, frames.outcome.title_en),
        risk=row["risk"] if is_told else None,
        tenth=tenth if is_told else None,
        n_scored=frames.scores.height,
        not_shown=None if is_told else BY_LOT if is_by_lot else NOT_TOLD,
        reasons=tuple(_reasons(_of(frames.reasons, household_id))),
        met=tuple(finding for answer, finding in told if answer == MET),
        cannot_tell=tuple(finding for answer, finding in told if answer == CANNOT_TELL),
        standings=tuple(_standings(_of(frames.beside, household_id))),
        planned=words_of(SLICES, planned[0]) if planned else NOT_PLANNED,
        route=_route(route),
        is_made_up=frames.is_made_up,
    )


def _of(frame: pl.DataFrame, household_id: str) -> pl.DataFrame:
    """One household's rows, in their order."""
    return frame.filter(pl.col("household_id") == household_id)


def _tenth(scores: pl.DataFrame, row: dict[str, Any]) -> int:
    """Tenth from the top; equal risks are ordered by raw score, and those equal too share one."""
    higher = (pl.col("risk") > row["risk"]) | (
        (pl.col("risk") == row["risk"]) & (pl.col("raw_score") > row["raw_score"])
    )
    n_before = int(scores.select(higher.sum()).item())
    return 10 * n_before // scores.height + 1


def _reasons(rows: pl.DataFrame) -> Iterator[CardReason]:
    """Reasons that raise the score; a line that says that nothing does is none."""
    for row in rows.sort("rank").filter(pl.col("contribution") > 0).iter_rows(named=True):
        column, _, rest = row["evidence"].partition("=")
        if column in _SENSITIVE:
            raise SchemaError(
                f"A reason rests on the sensitive indicator {column}. Such reasons are never "
                "shown; make the reasons anew."
            )
        said_zh, _, do_zh = row["text_zh"].partition(_TO_DO_ZH)
        said_en, _, do_en = row["text_en"].partition(_TO_DO_EN)
        day = re.search(r"@(\d{4}-\d{2}-\d{2})$", rest)
        yield CardReason(
            cause=_cause(row["cause"]),
            contribution=row["contribution"],
            says=Words(_without_cause(said_zh, "："), _without_cause(said_en, ": ")),
            to_do=Words(do_zh, do_en),
            evidence_on=None if day is None else date.fromisoformat(day[1]),
        )


def _without_cause(text: str, separator: str) -> str:
    """Words of a reason behind its cause, which stands apart on a card."""
    return text.partition(separator)[2] or text


def _cause(word: str) -> Words:
    """Official word and its English."""
    return Words(word, CAUSE_WORDS[Cause(word)].title_en)


def _findings(rows: pl.DataFrame, rules: Sequence[Rule]) -> Iterator[tuple[str, CardFinding]]:
    """Answers about the household, those of rules that ask for a visit first."""
    said = {
        rule: (answer, text)
        for rule, answer, text in rows.select("rule", "answer", "evidence").iter_rows()
    }
    for rule in sorted(rules, key=lambda rule: not rule.makes_must_visit):
        if rule.name in said and _is_for_teams(rule):
            answer, text = said[rule.name]
            yield (
                answer,
                CardFinding(
                    title=Words(rule.title_zh, rule.title_en),
                    evidence=both(text),
                    is_must_visit=rule.makes_must_visit,
                ),
            )


def _is_for_teams(rule: Rule) -> bool:
    """Whether a team that visits is told of a rule."""
    if not isinstance(rule, StandardRule):
        return True
    return not rule.is_evidence and rule.theme not in _NOT_FOR_TEAMS


def both(text: str) -> Words:
    """Chinese and English of a text that holds both, apart.

    Examples
    --------
    >>> both("甲 / A"), both("甲 / 乙 / A / B"), both("甲")
    (Words(zh='甲', en='A'), Words(zh='甲 / 乙', en='A / B'), Words(zh='甲', en='甲'))
    """
    parts = text.split(_BETWEEN)
    half = len(parts) // 2
    if len(parts) % 2:
        return Words(text, text)
    return Words(_BETWEEN.join(parts[:half]), _BETWEEN.join(parts[half:]))


def _standings(rows: pl.DataFrame) -> Iterator[CardStanding]:
    """Rules beside model, cause by cause."""
    columns = ("cause", "standing", "standing_zh", "standing_en")
    for cause, standing, zh, en in rows.select(columns).iter_rows():
        yield CardStanding(cause=_cause(cause), standing=standing, says=Words(zh, en))


def _route(rows: pl.DataFrame) -> Words:
    """Way of help that the rules point to."""
    if rows.is_empty() or rows["route_zh"][0] is None:
        return NO_ROUTE
    return Words(rows["route_zh"][0], rows["route_en"][0])
