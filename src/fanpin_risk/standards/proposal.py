"""The proposal for every household: type, causes, route and kinds of support, or what is missing.

It is a proposal: a village appraisal and a decision of the county confirm it or do not. Rules are
asked first; this puts their answers together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.ledger.listed_facts import CAUSE_COLUMNS
from fanpin_risk.records.contracts.codes import MONITORED_TYPES
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.proposal_causes import with_causes, with_measures
from fanpin_risk.standards.proposal_type import PROPOSAL_WORDS, SUDDEN, with_type
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.regimes import REGIME
from fanpin_risk.standards.risks import (
    COPING,
    GAPS,
    GAPS_OF_TYPE,
    JUDGED,
    LINE,
    RISKS,
    SERIOUS,
    SHOCKS,
    WARNINGS,
    Judged,
    asked_rules,
)
from fanpin_risk.standards.routes_by_rule import (
    CASE,
    ROUTE_RULES,
    ROUTE_WORDS,
    with_routes,
)
from fanpin_risk.standards.worded import in_words, rule_words

Frame = nw.DataFrame[pl.DataFrame]

TYPES_REGIME: Final = "transition_2021_2025"
"""Regime that the three types belong to (policy notes, section 11)."""
FORMER_POOR: Final = "is_formerly_poor"
"""Fact that tells the first type from the second."""

SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("household_id", "proposal", "proposal_zh", "proposal_en"), pl.String()),
    **dict.fromkeys(("because", "because_zh", "because_en"), pl.String()),
    **dict.fromkeys(CAUSE_COLUMNS, pl.String()),
    **dict.fromkeys(("route", "route_zh", "route_en"), pl.String()),
    **dict.fromkeys(("second_route", "second_route_zh", "second_route_en"), pl.String()),
    **dict.fromkeys(("measures", "measures_zh", "measures_en"), pl.String()),
    **dict.fromkeys(("missing_zh", "missing_en"), pl.String()),
    **dict.fromkeys(("must_visit", "is_followed", "is_listed"), pl.Boolean()),
    **dict.fromkeys(("listed_type", "listed_type_zh", "listed_type_en"), pl.String()),
}
"""Columns of `proposals`."""


def proposals(
    answers: Answers,
    state: Frame,
    readings: Readings,
    *,
    marks_allowed: Sequence[str] = (),
) -> pl.DataFrame:
    """Put the answers of a day together into a proposal for each household.

    Parameters
    ----------
    answers
        Of `evaluate`, of every rule of `JUDGED`, ``able_to_cope`` and `ROUTE_RULES`.
    state
        ``household_id, is_listed, monitored_type`` of the ledger on the day, each household once;
        one that is not in it has neither.
    readings
        The readings (`with_type`, `with_routes`).
    marks_allowed
        Marks that a configuration names.

    Returns
    -------
    DataFrame
        One row for each household asked about, by number (bytes); columns of `SCHEMA`:

        ``proposal``
            ``unstable, marginal, sudden`` (the register's types), ``none``, or ``cannot_tell``; on
            a day of another regime than the types' it cannot be told, unless a bridge is named.
        ``because``
            Met rules that it can rest on, by name and title, in the order of the rules; empty for
            none. They are named whatever the proposal is.
        ``cause_1`` to ``cause_5``
            Official causes (`with_causes`).
        ``route, second_route, measures``
            See `with_routes` and `with_measures`.
        ``missing_zh, missing_en``
            What is not known and could change the answer, where it cannot be told; else null.
        ``must_visit``
            Sudden hardship is proposed, or the route is case by case: whoever that is, is visited,
            whatever a score says. Never null; of others the rules decide.
        ``is_followed``
            Able to close a gap that is there: followed and urged, where mark D is named.
        ``is_listed, listed_type``
            Of ``state``; the type of those listed.

    Raises
    ------
    SchemaError
        If a rule or a fact that the proposal stands on is missing.

    Notes
    -----
    Policy notes, sections 1, 11 and 12; founding text 二（二）2.7 to 2.9 and 2.14.
    """
    asked_rules(answers, (*JUDGED, COPING, *ROUTE_RULES))
    if FORMER_POOR not in answers.homes.columns:
        raise SchemaError(
            f"The proposal looks at the fact {FORMER_POOR!r}, which nobody gives. Build every "
            "theme of the household's account."
        )
    homes = answers.homes.with_columns(**_inputs(answers, tuple(marks_allowed)))
    homes = with_type(homes, readings, marks_allowed=marks_allowed)
    homes = with_routes(homes, readings)
    homes = with_measures(with_causes(homes, answers.rules))
    because = asked_rules(answers, JUDGED)
    met = rule_words(because, {rule.name: nw.col(rule.name) for rule in because})
    homes = homes.with_columns(
        must_visit=(nw.col("proposal") == SUDDEN) | (nw.col("route") == CASE),
        **dict(zip(_BECAUSE, met, strict=True)),
    )
    for column, words in _WORDED.items():
        homes = homes.with_columns(**in_words(column, words))
    listed = state.select("household_id", "is_listed", listed_type=nw.col("monitored_type"))
    homes = homes.drop([name for name in ("is_listed", "listed_type") if name in homes.columns])
    found = homes.join(listed, on="household_id", how="left")
    found = found.with_columns(**in_words("listed_type", MONITORED_TYPES.words))
    return found.select(*SCHEMA).to_native().cast(SCHEMA).sort("household_id")  # type: ignore[arg-type]


_BECAUSE = ("because", "because_zh", "because_en")
_WORDED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "proposal": PROPOSAL_WORDS,
    "route": ROUTE_WORDS,
    "second_route": ROUTE_WORDS,
}


def _inputs(answers: Answers, marks_allowed: tuple[str, ...]) -> dict[str, nw.Expr]:
    """The inputs of the judgement out of the answers and the household's type on record."""
    judged = Judged(answers=answers, marks_allowed=marks_allowed)
    return {
        "has_types": _has_types(answers),
        "is_below": nw.col(LINE),
        "has_risk": judged.any_met(RISKS),
        "has_shock": judged.any_met(SHOCKS),
        "has_gap": judged.any_met(GAPS),
        "has_gap_of_type": judged.any_met(GAPS_OF_TYPE),
        "has_warning": judged.any_met(WARNINGS),
        "is_serious": judged.any_met(SERIOUS),
        "is_former_poor": nw.col(FORMER_POOR),
        "copes_alone": nw.col(COPING),
    }


def _has_types(answers: Answers) -> nw.Expr:
    """Whether the types are those of the regime on the day; a bridge joins two regimes."""
    standards, day = answers.table.standards, answers.as_of
    if REGIME not in standards.parameters:
        return nw.lit(False)
    regimes = {TYPES_REGIME}
    bridge = standards.bridge
    if bridge is not None and bridge.before == TYPES_REGIME:
        regimes.add(bridge.after)
    places = answers.table.frame["context_place"].to_list()
    held = [place for place in places if standards.regime_on(place, day) in regimes]
    return nw.col("context_place").is_in(held)
