"""Score the households visited on a day: risks, contributions, reasons, findings and the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw
import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.config import Configuration
from fanpin_risk.errors import AccountingError, AsOfError, ModelError
from fanpin_risk.explain.contributions import explanation
from fanpin_risk.explain.reasons import reasons
from fanpin_risk.indicators.catalogue import CATALOGUE, catalogue_digest
from fanpin_risk.report.content import Contributions
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.encode import encode, unseen_codes
from fanpin_risk.standards.rules import (
    RULES,
    findings,
    not_met_counts,
    routes,
    rule_answers,
    rules_table,
)
from fanpin_risk.targeting.plan import Plan, PlanSettings, visit_plan
from fanpin_risk.workflows.days import Day, Setting, Situation, build_day, situation, visited_on
from fanpin_risk.workflows.fit import COLUMNS, NAMES

IN_NEED = (
    "已低于收入线：属于当前需求，见规则结果",
    "below the line already: a present need, see the findings",
)


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """Everything that one day's scoring gives; each frame is a result file."""

    as_of: date
    scores: pl.DataFrame
    contributions: pl.DataFrame
    reasons: pl.DataFrame
    findings: pl.DataFrame
    rules: pl.DataFrame
    not_scored: pl.DataFrame
    plan: Plan
    explanation: Contributions
    n_visited: int
    n_income_not_known: int
    n_cannot_tell: dict[str, int]
    not_met: pl.DataFrame
    unseen_codes: dict[str, int]


def score(
    setting: Setting,
    configuration: Configuration,
    model: StoredModel,
    *,
    as_of: date,
    n_threads: int,
    plan: PlanSettings | None = None,
) -> Scoring:
    """Score everybody visited on ``as_of`` who is not known to be in need already.

    Whoever is below the line already is not asked whether he will fall: he stands in
    ``not_scored`` and in the findings. A household whose income or line is not known is scored on
    the rest, and counted.

    Raises
    ------
    AsOfError
        If nobody was visited on that day.
    ModelError
        If the model was trained with other indicators.
    ExplanationError
        If contributions do not add up to the score.
    """
    if model.catalogue_digest != catalogue_digest(CATALOGUE):
        model.check_indicators(NAMES)
        raise ModelError(
            "The model was trained with other definitions of its indicators (catalogue "
            f"{model.catalogue_digest}, here {catalogue_digest(CATALOGUE)}). Train it anew."
        )
    model.check_indicators(NAMES)
    now = situation(setting, as_of)
    everybody = visited_on(setting, now)
    if everybody.height == 0:
        days = setting.records.days_occurred("household_snapshot")
        earlier = [day for day in days if day <= as_of]
        raise AsOfError(
            f"Nobody was visited on {as_of}. The visits nearest before it are of {earlier[-1]}; "
            "choose a day of visits, such as the quarter's last."
        )
    day = build_day(setting, as_of, now=now)
    matrix = encode(day.features, NAMES, model.category_maps)
    raw = model.raw_score(matrix, n_threads=n_threads)
    risk = model.calibrator.risk(raw)
    parts = model.contributions(matrix, n_threads=n_threads)
    shap_values = explanation(parts, raw, matrix, NAMES)
    answers = rule_answers(now.known, now.lines, setting.standards, _ids(everybody), as_of)
    found = findings(answers)
    worded = _reasons(day, parts, configuration)
    households = _plan_input(day, now, risk, raw, found, worded)
    not_scored = _not_scored(everybody)
    if day.features.height + not_scored.height != everybody.height:
        raise AccountingError(
            f"{everybody.height} households were visited, {day.features.height} scored and "
            f"{not_scored.height} not. Somebody was lost; nothing is written."
        )
    unknown = found.filter(pl.col("answer") == "cannot tell")
    return Scoring(
        as_of=as_of,
        scores=_scores(day, risk, raw, model),
        contributions=_contributions(day, parts),
        reasons=worded,
        findings=found,
        rules=rules_table(setting.standards, as_of),
        not_scored=not_scored,
        plan=visit_plan(households, as_of=as_of, settings=plan or configuration.plan),
        explanation=shap_values,
        n_visited=everybody.height,
        n_income_not_known=int(day.households["is_below_line"].is_null().sum()),
        n_cannot_tell=dict(sorted(unknown["rule"].value_counts().iter_rows())),
        not_met=not_met_counts(answers, everybody.select("household_id", "place")),
        unseen_codes=unseen_codes(day.features, model.category_maps),
    )


def _ids(frame: pl.DataFrame) -> nw.DataFrame[pl.DataFrame]:
    """Household numbers as the rules want them."""
    return nw.from_native(frame.select("household_id"), eager_only=True)


def _scores(
    day: Day, risk: npt.NDArray[np.float64], raw: npt.NDArray[np.float64], model: StoredModel
) -> pl.DataFrame:
    """One row for each household scored."""
    return pl.DataFrame(
        {
            "household_id": day.features["household_id"],
            "as_of": pl.repeat(day.as_of, day.features.height, dtype=pl.Date, eager=True),
            "horizon_months": pl.repeat(
                model.horizon_months, day.features.height, dtype=pl.Int32, eager=True
            ),
            "risk": risk,
            "raw_score": raw,
            "model_version": pl.repeat(model.model_version, day.features.height, eager=True),
        }
    ).sort("household_id")


def _contributions(day: Day, parts: npt.NDArray[np.float64]) -> pl.DataFrame:
    """Log-odds by indicator; base and all of them add up to the raw score."""
    columns = {"household_id": day.features["household_id"], "base": parts[:, -1]}
    return pl.DataFrame(columns | {name: parts[:, i] for i, name in enumerate(NAMES)}).sort(
        "household_id"
    )


def _reasons(
    day: Day, parts: npt.NDArray[np.float64], configuration: Configuration
) -> pl.DataFrame:
    """Reasons of every household scored."""
    seen_on = pl.repeat(day.as_of, day.features.height, dtype=pl.Date, eager=True)
    return reasons(
        parts[:, :-1],
        day.features,
        COLUMNS,
        seen_on=seen_on,
        as_of=day.as_of,
        n_reasons=configuration.reasons_per_household,
    )


def _not_scored(everybody: pl.DataFrame) -> pl.DataFrame:
    """Who was visited and is not to be scored, and why; told apart from how days are built."""
    in_need = everybody.filter(pl.col("is_below_line").fill_null(False))
    return in_need.select(
        "household_id", reason_zh=pl.lit(IN_NEED[0]), reason_en=pl.lit(IN_NEED[1])
    ).sort("household_id")


def _plan_input(
    day: Day,
    now: Situation,
    risk: npt.NDArray[np.float64],
    raw: npt.NDArray[np.float64],
    found: pl.DataFrame,
    worded: pl.DataFrame,
) -> pl.DataFrame:
    """What the plan wants to know of each household scored."""
    titles = {rule.name: (rule.title_zh, rule.title_en) for rule in RULES}
    met = (
        found.filter(pl.col("answer") == "met")
        .with_columns(
            _text=pl.col("rule").replace_strict(
                {rule: f"{zh} / {en}" for rule, (zh, en) in titles.items()}, default=None
            )
        )
        .group_by("household_id", maintain_order=True)
        .agg(rule_findings=pl.col("_text").str.join("；"))
    )
    # lines that say that nothing else raises the score are of no use to a visiting team
    said = worded.filter(pl.col("contribution") > 0)
    reason = said.group_by("household_id", maintain_order=True).agg(
        reasons=pl.concat_str("text_zh", pl.lit(" / "), "text_en").str.join("\n")
    )
    route = routes(now.known, _ids(day.households), day.as_of).select(
        "household_id", route=pl.concat_str("route_zh", pl.lit(" / "), "route_en")
    )
    base = day.households.select(
        "household_id", "place", team="place", must_visit="must_visit"
    ).with_columns(risk=pl.Series(risk), raw_score=pl.Series(raw))
    for other in (met, reason, route):
        base = base.join(other, on="household_id", how="left", maintain_order="left")
    return base
