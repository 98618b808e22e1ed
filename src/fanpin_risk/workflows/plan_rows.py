"""What the visit plan wants to know of each household scored, in the words of the officer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.standards.rule import MET, Rule, StandardRule
from fanpin_risk.workflows.days import Day, RulesTold

MOST_TITLES = 5
"""So many rules that are met are named on a team's sheet; the findings hold all."""

_NOT_FOR_TEAMS = frozenset({"exit", "loop"})
"""Rules about the work of offices; a visit is about the household."""


def plan_rows(
    day: Day,
    told: RulesTold,
    rules: Sequence[Rule],
    *,
    risk: npt.NDArray[np.float64],
    raw_score: npt.NDArray[np.float64],
    reasons: pl.DataFrame,
    routes: pl.DataFrame,
) -> pl.DataFrame:
    """Put together the input of `visit_plan`, a row for each household of the day, in its order.

    Parameters
    ----------
    day
        Who is asked about.
    told
        What the rules say.
    rules
        Rules of the basis, in the order in which they are shown.
    risk, raw_score
        In the order of the day.
    reasons
        Of the model: ``household_id, rank, contribution, text_zh, text_en``.
    routes
        ``household_id, route_zh, route_en``.

    Returns
    -------
    DataFrame
        ``household_id, place, team, must_visit, risk, raw_score``, and texts, Chinese / English,
        each null for none: ``rule_findings`` (`titles_met`), ``reasons`` (those that raise the
        score, a line each), ``route``, ``proposal``.
    """
    # lines that say that nothing else raises the score are of no use to a visiting team
    said = reasons.filter(pl.col("contribution") > 0)
    reason = said.group_by("household_id", maintain_order=True).agg(
        reasons=_both("text").str.join("\n")
    )
    base = day.households.select(
        "household_id", "place", team="place", must_visit="must_visit"
    ).with_columns(risk=pl.Series(risk), raw_score=pl.Series(raw_score))
    parts = [
        titles_met(told.findings, rules),
        reason,
        routes.select("household_id", route=_both("route")),
    ]
    if told.register is not None:
        parts.append(told.register.proposals.select("household_id", proposal=_both("proposal")))
    for part in parts:
        base = base.join(part, on="household_id", how="left", maintain_order="left")
    return base


def titles_met(findings: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Titles of the rules that are met, by household: those that ask for a visit come first.

    Rules about the work of offices, and evidence that is for the appraisal alone, are left out.
    More than `MOST_TITLES` are counted: the Chinese says how many there are in all, the English how
    many more.

    Returns
    -------
    DataFrame
        ``household_id, rule_findings``; without households that meet none.

    Examples
    --------
    >>> rules = [
    ...     Rule(name=n, title_zh=n, title_en=n.upper(), tests_zh="", tests_en="",
    ...          makes_must_visit=n == "b")
    ...     for n in "abcdef"
    ... ]
    >>> rows = [("h", n, "met") for n in "ab"] + [("i", n, "met") for n in "abcdef"]
    >>> frame = pl.DataFrame(rows, schema=["household_id", "rule", "answer"], orient="row")
    >>> for _, text in titles_met(frame, rules).iter_rows():
    ...     print(text)
    b / B；a / A
    b / B；a / A；c / C；d / D；e / E；等6项 / and 1 more
    """
    shown = sorted((r for r in rules if _is_for_teams(r)), key=lambda r: not r.makes_must_visit)
    words = pl.DataFrame(
        {
            "rule": [rule.name for rule in shown],
            "_place": list(range(len(shown))),
            "_title": [f"{rule.title_zh} / {rule.title_en}" for rule in shown],
        },
        schema={"rule": pl.String, "_place": pl.Int64, "_title": pl.String},
    )
    met = findings.filter(pl.col("answer") == MET).select("household_id", "rule")
    counted = (
        met.join(words, on="rule", how="inner")
        .sort("household_id", "_place")
        .group_by("household_id", maintain_order=True)
        .agg(_titles=pl.col("_title").head(MOST_TITLES).str.join("；"), _n=pl.len())
    )
    n = pl.col("_n").cast(pl.Int64)
    more = pl.format("；等{}项 / and {} more", n, n - MOST_TITLES)
    return counted.select(
        "household_id",
        rule_findings=pl.concat_str(
            "_titles", pl.when(n > MOST_TITLES).then(more).otherwise(pl.lit(""))
        ),
    )


def _is_for_teams(rule: Rule) -> bool:
    """Whether a team that visits is told of a rule."""
    if not isinstance(rule, StandardRule):
        return True
    return not rule.is_evidence and rule.theme not in _NOT_FOR_TEAMS


def _both(name: str) -> pl.Expr:
    """A text in Chinese and English, in one; null where there is none."""
    return pl.concat_str(f"{name}_zh", pl.lit(" / "), f"{name}_en")
