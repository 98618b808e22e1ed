"""Score the households of a day: risks, contributions, reasons, findings and the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.config import Configuration
from fanpin_risk.errors import AccountingError, AsOfError, ModelError
from fanpin_risk.explain.beside_rules import beside_rules
from fanpin_risk.explain.cause_sums import cause_contributions, cause_sums
from fanpin_risk.explain.contributions import Explainer, Way, explanation
from fanpin_risk.explain.reasons import reasons
from fanpin_risk.indicators.catalogue import catalogue_digest, columns_of
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.report.content import Contributions
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.encode import encode, unseen_codes
from fanpin_risk.standards.rule import CANNOT_TELL, MET
from fanpin_risk.targeting.plan import Plan, PlanSettings, visit_plan
from fanpin_risk.workflows.change import Changes, changes_since
from fanpin_risk.workflows.days import Day, Setting, build_day, situation, visited_on
from fanpin_risk.workflows.plan_rows import plan_rows
from fanpin_risk.workflows.register_told import RegisterTold
from fanpin_risk.workflows.rule_counts import counts_by_rule


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """Everything that one day's scoring gives; each frame is a result file.

    ``columns`` are those of the contributions, ``words`` what the outcome is called, ``register``
    what a register's rules give beyond findings (None for other records), ``beside`` its rules
    beside the model's reasons (None too: a panel's rules name no causes), ``n_met`` and
    ``n_cannot_tell`` count households by rule, ``n_not_scored`` counts who is not scored by reason,
    ``left_out`` says what this kind of records cannot give, and why. ``changes``: why risks changed
    since an earlier day; None where it is not asked for, or there is no earlier day. ``way``: how
    contributions were worked out, and why it was not the fast way, if it was not.
    """

    as_of: date
    words: OutcomeWords
    columns: tuple[IndicatorColumn, ...]
    scores: pl.DataFrame
    contributions: pl.DataFrame
    cause_contributions: pl.DataFrame
    reasons: pl.DataFrame
    findings: pl.DataFrame
    rules: pl.DataFrame
    register: RegisterTold | None
    not_scored: pl.DataFrame
    plan: Plan
    explanation: Contributions
    n_visited: int
    n_not_scored: dict[str, int]
    left_out: dict[str, tuple[str, str]]
    n_income_not_known: int
    n_met: dict[str, int]
    n_cannot_tell: dict[str, int]
    not_met: pl.DataFrame
    unseen_codes: dict[str, int]
    beside: pl.DataFrame | None = None
    changes: Changes | None = None
    way: Way = Way.FAST
    fell_back_because: str | None = None


def score(
    setting: Setting,
    configuration: Configuration,
    model: StoredModel,
    *,
    as_of: date,
    n_threads: int,
    plan: PlanSettings | None = None,
    days: Sequence[Day] = (),
) -> Scoring:
    """Score everybody who could be asked about on ``as_of`` and is not known to be in need.

    On a survey that is who was visited on the day, on a register who exists. Whoever is in need
    already, or is outside for another reason, is not asked whether he will fall: he stands in
    ``not_scored`` and in the findings. A household whose income or line is not known is scored on
    the rest, and counted. ``days`` are earlier days that are built already, such as those that the
    model was trained on: why risks changed is then told without building one of them again.

    Raises
    ------
    AsOfError
        If there is nobody on that day.
    ModelError
        If the model was trained with other indicators.
    ExplanationError
        If contributions do not add up to the score.
    """
    basis = setting.basis
    columns = columns_of(basis.catalogue)
    names = tuple(column.name for column in columns)
    model.check_indicators(names)
    here = catalogue_digest(basis.catalogue)
    if model.catalogue_digest != here:
        raise ModelError(
            "The model was trained with other definitions of its indicators (catalogue "
            f"{model.catalogue_digest}, here {here}). Train it anew."
        )
    now = situation(setting, as_of)
    everybody = visited_on(setting, now)
    if everybody.height == 0:
        raise AsOfError(basis.nobody(setting.records, as_of))
    day = build_day(setting, as_of, now=now)
    matrix = encode(day.features, names, model.category_maps)
    raw = model.raw_score(matrix, n_threads=n_threads)
    risk = model.calibrator.risk(raw)
    explainer = Explainer.of(model)
    parts = explainer.contributions(matrix, n_threads=n_threads)
    shap_values = explanation(parts, raw, matrix, names)
    told = basis.told(now, everybody)
    found = told.findings
    worded = _reasons(day, parts, raw, configuration, columns)
    households = plan_rows(
        day,
        told,
        basis.rules,
        risk=risk,
        raw_score=raw,
        reasons=worded,
        routes=basis.routes(now, _ids(day.households)),
    )
    not_scored = basis.not_scored(everybody)
    shares = _contributions(day, parts, names)
    of_causes = cause_contributions(shares, day.features, columns)
    if day.features.height + not_scored.height != everybody.height:
        raise AccountingError(
            f"{everybody.height} households could be asked about, {day.features.height} scored and "
            f"{not_scored.height} not. Somebody was lost; nothing is written."
        )
    return Scoring(
        as_of=as_of,
        words=basis.words,
        columns=columns,
        scores=_scores(day, risk, raw, model),
        contributions=shares,
        cause_contributions=of_causes,
        reasons=worded,
        findings=found,
        rules=told.rules,
        register=told.register,
        not_scored=not_scored.drop("reason"),
        plan=visit_plan(households, as_of=as_of, settings=plan or configuration.plan),
        explanation=shap_values,
        way=explainer.way,
        fell_back_because=explainer.fell_back_because,
        n_visited=everybody.height,
        n_not_scored=dict(sorted(not_scored["reason"].value_counts().iter_rows())),
        left_out=basis.left_out,
        n_income_not_known=int(day.households["is_below_line"].is_null().sum()),
        n_met=counts_by_rule(found, MET),
        n_cannot_tell=counts_by_rule(found, CANNOT_TELL),
        not_met=told.not_met,
        unseen_codes=unseen_codes(day.features, model.category_maps),
        beside=beside_rules(worded, found, basis.rules, cause_sums(of_causes))
        if told.register
        else None,
        changes=changes_since(
            setting,
            configuration.changes,
            model,
            as_of=as_of,
            features=day.features,
            n_threads=n_threads,
            days=days,
        ),
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


def _contributions(day: Day, parts: npt.NDArray[np.float64], names: Sequence[str]) -> pl.DataFrame:
    """Log-odds by indicator; base and all of them add up to the raw score."""
    columns = {"household_id": day.features["household_id"], "base": parts[:, -1]}
    return pl.DataFrame(columns | {name: parts[:, i] for i, name in enumerate(names)}).sort(
        "household_id"
    )


def _reasons(
    day: Day,
    parts: npt.NDArray[np.float64],
    raw: npt.NDArray[np.float64],
    configuration: Configuration,
    columns: Sequence[IndicatorColumn],
) -> pl.DataFrame:
    """Reasons of every household scored; a county's are also set beside their village."""
    seen_on = pl.repeat(day.as_of, day.features.height, dtype=pl.Date, eager=True)
    has_villages = any(column.indicator.basis == "county" for column in columns)
    return reasons(
        parts[:, :-1],
        day.features,
        columns,
        seen_on=seen_on,
        as_of=day.as_of,
        n_reasons=configuration.reasons_per_household,
        raw_score=raw,
        villages=day.households["place"] if has_villages else None,
    )
