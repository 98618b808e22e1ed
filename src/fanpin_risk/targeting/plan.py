"""The visit plan: who each team visits, within what it can do, and why each household is on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.targeting.allocate import Allocation, Team, allocate, cut_into_teams
from fanpin_risk.targeting.audit import FloatArray, recall_words, visits_needed_for_recall
from fanpin_risk.targeting.plan_settings import PlanSettings, team_capacity

__all__ = [
    "INPUT_COLUMNS",
    "NO_ROUTE",
    "TEAM_COLUMNS",
    "VISIT_COLUMNS",
    "Plan",
    "PlanSettings",
    "recall_notice",
    "team_capacity",
    "visit_plan",
]

INPUT_COLUMNS: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "place": pl.String(),
    "team": pl.String(),
    "risk": pl.Float64(),
    "raw_score": pl.Float64(),
    "must_visit": pl.Boolean(),
    "rule_findings": pl.String(),
    "route": pl.String(),
    "reasons": pl.String(),
}
"""What `visit_plan` asks for, with types; more columns are left aside, but for ``proposal``, a text
that may be missing where nothing is proposed."""

VISIT_COLUMNS = (
    "household_id",
    "place",
    "team",
    "rank",
    "slice",
    "inclusion_probability",
    "risk",
    "rule_findings",
    "reasons",
    "proposal",
    "route",
    "why_zh",
    "why_en",
)

TEAM_COLUMNS = (
    "team",
    "n_households",
    "capacity",
    "n_must_visit",
    "n_cannot_tell",
    "n_audit",
    "n_risk",
    "visits_needed_for_recall",
    "note_zh",
    "note_en",
)

NO_ROUTE = "规则未指明帮扶路径，入户后研判 / The rules name no route: judge at the visit"

WHY_ZH = {
    "must_visit": "规则必访：规则要求走访",
    "risk": "风险靠前：本队估计风险较高",
    "audit": "随机抽查：抽签选中，不代表有风险或无风险",
}
WHY_EN = {
    "must_visit": "Must-visit: a rule asks for it",
    "risk": "Risk: higher estimated risk in the team",
    "audit": "Random check: drawn by lot, says nothing about the household",
}
CANNOT_TELL_ZH = "；必访规则因缺资料无法判断，请当面核实"
CANNOT_TELL_EN = "; the must-visit rules cannot tell for lack of records: ask at the visit"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One round of visits, and the draw behind it.

    Attributes
    ----------
    as_of
        The day on which the plan was drawn up.
    visits
        One row per visit with `VISIT_COLUMNS`, by team (bytes) and rank. ``rank`` counts from 1 in
        each team. ``inclusion_probability`` is 1 for must-visits, the chance of the draw for audit
        rows, and null for the risk slice, which is chosen and not drawn. ``risk`` is filled for the
        risk slice only: no row that is there by rule or by lot carries a score.
    frame
        ``household_id, team, audit_probability`` of every household that is no must-visit, by team
        and household: the policy of this round, for any later estimate.
    teams
        One row per team with `TEAM_COLUMNS`. ``visits_needed_for_recall`` is as below, for one team
        alone; the notes say in words what the team and the county must know.
    visits_needed_for_recall
        Further audited visits, over all teams together, before recall could be estimated with a
        relative standard error of 30%; 0 when this round's are enough, None when it cannot be told.
    """

    as_of: date
    visits: pl.DataFrame
    frame: pl.DataFrame
    teams: pl.DataFrame
    visits_needed_for_recall: int | None


def visit_plan(households: pl.DataFrame, *, as_of: date, settings: PlanSettings) -> Plan:
    """Draw up who each team visits: the rules' must-visits, a random audit, the highest risks.

    In each team the must-visits come first and are never displaced, also when they are more than
    the capacity. Of what they leave, the audit share is set aside and drawn from all other
    households with stored probabilities; the rest goes to the highest risks, equal risks by raw
    score and then by a keyed hash of household and day. A household whose must-visit rules cannot
    tell is not taken for a no: it stays in the draw and in the ranking, and is counted. One without
    a risk can be drawn or be a must-visit, and is never ranked.

    The order of a team's visits reveals no low score: must-visits stand first in an order by hash;
    below them the audit rows are scattered by hash among the risk rows, so that they are not what
    is left undone when time is short either.

    Parameters
    ----------
    households
        One row per household with `INPUT_COLUMNS`. ``risk`` in [0, 1] or null, ``must_visit`` null
        where the rules cannot tell; ``rule_findings``, ``route``, ``reasons`` and ``proposal`` are
        texts for the officer. The order of rows has no influence.
    as_of
        The day of the plan; it enters the draw and the order of ties.
    settings
        Capacity, audit and seeds.

    Raises
    ------
    SchemaError
        If a column is missing or of another type, a household stands twice or has no team, or a
        risk is outside [0, 1].
    ConfigError
        If the settings name no capacity for a team.

    Examples
    --------
    >>> text = pl.lit("-")
    >>> households = pl.DataFrame(
    ...     {
    ...         "household_id": ["h1", "h2", "h3"],
    ...         "risk": [0.1, 0.4, 0.2],
    ...         "must_visit": [True, False, None],
    ...     }
    ... ).with_columns(
    ...     place=text, team=text, raw_score="risk", rule_findings=text, route=text, reasons=text
    ... )
    >>> settings = PlanSettings(visits_per_team=2, audit_share=0, seed=7, tie_key="round-1")
    >>> plan = visit_plan(households, as_of=date(2012, 3, 31), settings=settings)
    >>> plan.visits.select("household_id", "slice", "rank").rows()
    [('h1', 'must_visit', 1), ('h2', 'risk', 2)]
    """
    table = _checked(households).sort("team", "household_id")
    teams = cut_into_teams(table, as_of=as_of, tie_key=settings.tie_key)
    done = [allocate(team, as_of=as_of, settings=settings) for team in teams]
    planned = table.with_columns(
        slice=pl.Series(np.concatenate([one.kind for one in done]).tolist(), dtype=pl.String),
        rank=pl.Series(np.concatenate([one.rank for one in done])),
        audit_probability=pl.Series(np.concatenate([one.audit_probability for one in done])),
    ).with_columns(pl.col("audit_probability").fill_nan(None))
    unvisited = [team.risk[one.rank == 0] for team, one in zip(teams, done, strict=True)]
    return Plan(
        as_of=as_of,
        visits=_visits(planned),
        frame=_audit_frame(planned),
        teams=_team_table(teams, done),
        visits_needed_for_recall=_further_visits(
            np.concatenate(unvisited), n_audit=sum(one.count("audit") for one in done)
        ),
    )


def recall_notice(plan: Plan) -> tuple[str, str]:
    """Say in Chinese and English how far this round's audit carries, over all teams together."""
    return recall_words(
        n_audit=int(plan.teams["n_audit"].sum()), n_further=plan.visits_needed_for_recall
    )


def _checked(households: pl.DataFrame) -> pl.DataFrame:
    """Give back the columns a plan needs, with their types, or raise."""
    missing = [name for name in INPUT_COLUMNS if name not in households.columns]
    if missing:
        raise SchemaError(f"The plan needs the columns {missing}. Found {households.columns}.")
    if households.is_empty():
        raise SchemaError("The plan needs at least one household. Got an empty table.")
    for name, wanted in INPUT_COLUMNS.items():
        found = households.schema[name]
        fits = found == wanted or found == pl.Null or (wanted.is_numeric() and found.is_numeric())
        if not fits:
            raise SchemaError(f"Column {name!r} must be {wanted}. Got {found}. Cast it first.")
    proposal = pl.col("proposal") if "proposal" in households.columns else pl.lit(None)
    table = households.select(
        *(pl.col(name).cast(kind) for name, kind in INPUT_COLUMNS.items()),
        proposal=proposal.cast(pl.String),
    )
    table = table.with_columns(pl.col("risk", "raw_score").fill_nan(None))
    _check_values(table)
    return table


def _check_values(table: pl.DataFrame) -> None:
    """Raise on a household without number or team, one that stands twice, or an impossible risk."""
    for name in ("household_id", "team"):
        n_empty = int((table[name].is_null() | (table[name] == "")).sum())
        if n_empty:
            raise SchemaError(f"Column {name!r} is empty in {n_empty} of {table.height} rows.")
    twice = table.filter(pl.col("household_id").is_duplicated())["household_id"].unique().sort()
    if len(twice):
        raise SchemaError(
            f"Column 'household_id' holds {len(twice)} households more than once, "
            f"for instance {twice[0]!r}. Give each household one row."
        )
    outside = table.filter(~pl.col("risk").is_between(0, 1))["risk"]
    if len(outside):
        raise SchemaError(
            f"Column 'risk' must lie in [0, 1]; {len(outside)} rows do not. "
            "Give the calibrated probability, not the raw score."
        )


def _visits(planned: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows of the plan, with words; what was not chosen by risk shows none."""
    is_open = pl.col("must_visit").is_null()
    why = {"zh": (WHY_ZH, CANNOT_TELL_ZH), "en": (WHY_EN, CANNOT_TELL_EN)}
    kind = pl.col("slice")
    return (
        planned.filter(pl.col("rank") > 0)
        .with_columns(
            inclusion_probability=pl.when(kind == "must_visit")
            .then(1.0)
            .when(kind == "audit")
            .then("audit_probability"),
            risk=pl.when(kind == "risk").then("risk"),
            route=pl.col("route").fill_null(NO_ROUTE),
            **{
                f"why_{language}": kind.replace_strict(words, return_dtype=pl.String)
                + pl.when(is_open).then(pl.lit(added)).otherwise(pl.lit(""))
                for language, (words, added) in why.items()
            },
        )
        .sort("team", "rank")
        .select(VISIT_COLUMNS)
    )


def _audit_frame(planned: pl.DataFrame) -> pl.DataFrame:
    """Every household that could have been drawn, with its chance."""
    frame = planned.filter(pl.col("audit_probability").is_not_null())
    return frame.select("household_id", "team", "audit_probability")


def _further_visits(unvisited_risk: FloatArray, *, n_audit: int) -> int | None:
    """Audited visits still wanted before recall can be estimated among these households."""
    known = unvisited_risk[~np.isnan(unvisited_risk)]
    needed = visits_needed_for_recall(float(np.mean(known)) if len(known) else None)
    return None if needed is None else max(needed - n_audit, 0)


def _team_table(teams: list[Team], done: list[Allocation]) -> pl.DataFrame:
    """One row per team: counts, and what is to be said about them."""
    rows = [_team_row(team, one) for team, one in zip(teams, done, strict=True)]
    texts = ("team", "note_zh", "note_en")
    kinds = {name: pl.String if name in texts else pl.Int64 for name in TEAM_COLUMNS}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _team_row(team: Team, one: Allocation) -> tuple[str | int | None, ...]:
    """Give the values of `TEAM_COLUMNS` for one team."""
    further = _further_visits(team.risk[one.rank == 0], n_audit=one.count("audit"))
    notes = _notes(team, one, further)
    return (
        team.name,
        len(team.must),
        one.capacity,
        one.count("must_visit"),
        int(team.is_open.sum()),
        one.count("audit"),
        one.count("risk"),
        further,
        "；".join(zh for zh, _ in notes),
        "; ".join(en for _, en in notes),
    )


def _notes(team: Team, one: Allocation, further: int | None) -> list[tuple[str, str]]:
    """Say in both languages what team and county must know about this team's plan."""
    capacity, n_must, n_audit = one.capacity, one.count("must_visit"), one.count("audit")
    n_visits = n_must + n_audit + one.count("risk")
    n_open = int(team.is_open.sum())
    n_open_off = int((team.is_open & (one.rank == 0)).sum())
    said = {
        (
            f"必访{n_must}户，超出走访能力{capacity}户，全部列入，不删减，需增派人手或分批走访",
            f"{n_must} must-visits exceed the capacity of {capacity}: all are on the plan, none is "
            "left out, and more hands or a second round are needed",
        ): n_must > capacity,
        (
            f"必访户占用能力，随机抽查由{one.n_audit_wanted}户减为{n_audit}户",
            f"must-visits leave room for {n_audit} of {one.n_audit_wanted} random checks",
        ): n_audit < one.n_audit_wanted,
        recall_words(n_audit=0, n_further=further): n_audit == 0 and n_visits < len(team.must),
        (
            f"{n_open}户必访规则无法判断（不等于“不必访”），其中{n_open_off}户本轮未列入",
            f"households for which the must-visit rules cannot tell (which is not a no): {n_open}, "
            f"of them not on this plan: {n_open_off}",
        ): n_open > 0,
        (
            f"尚余{capacity - n_visits}次走访未安排：没有其他可列入的农户",
            "visits left free, as no further household can be put on the plan: "
            f"{capacity - n_visits}",
        ): n_visits < capacity,
    }
    return [words for words, holds in said.items() if holds]
