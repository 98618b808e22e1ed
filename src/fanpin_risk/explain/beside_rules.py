"""Rule findings and model reasons side by side, cause by cause: where they agree and differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.told import CAUSE_ORDER
from fanpin_risk.standards.rule import CANNOT_TELL, MET, Rule, StandardRule

CONFLICT = 0.05
"""Log-odds: a cause speaks against a rule that is met where it lowers the score by more than this,
and by more than this below the middle household."""
SEPARATOR = ", "
"""Between the names of rules."""

Standing = Literal["agree", "rules_only", "model_only", "conflict"]

BESIDE_SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "cause": pl.String(),
    "by_rules": pl.String(),
    "n_cannot_tell": pl.Int32(),
    "by_model": pl.Int32(),
    "contribution": pl.Float64(),
    "standing": pl.String(),
    "standing_zh": pl.String(),
    "standing_en": pl.String(),
}
"""Columns of `beside_rules`."""

_NO_CAUSES = ("exit", "loop")
"""Themes whose rules say nothing about why a household is in difficulty, as for the proposal."""

_STANDS = ("规则结论照样有效", "the rule's finding stands")
STANDING_WORDS: dict[str, tuple[str, str]] = {
    "agree": (
        f"规则与模型都指向这一致因；{_STANDS[0]}，不靠分数",
        f"rules and model both point to it; {_STANDS[1]} by itself",
    ),
    "rules_only": (
        f"只有规则指出；{_STANDS[0]}，不论分数高低",
        f"the rules alone; {_STANDS[1]} whatever the score says",
    ),
    "rules_only_no_indicator": (
        f"只有规则指出，模型没有这一致因的指标；{_STANDS[0]}，不论分数高低",
        f"the rules alone, the model has no indicator of it; {_STANDS[1]} whatever the score says",
    ),
    "model_only": (
        "只有模型提示，没有规则符合；请入户了解，不作结论",
        "the model alone, no rule of it is met; ask at the visit, nothing is concluded",
    ),
    "model_only_cannot_tell": (
        "只有模型提示，相关规则因缺资料无法判断；请入户了解并补录",
        "the model alone, rules of it cannot tell for lack of records; ask and put on record",
    ),
    "model_only_other": (
        f"模型归入其他；另有不分致因的规则符合，{_STANDS[0]}，不论分数高低",
        f"the model calls it other; rules that name no cause are met, and {_STANDS[1]} whatever "
        "the score says",
    ),
    "conflict": (
        f"两者不一致：规则符合，模型这一致因却把分数拉得比一般户更低；{_STANDS[0]}，不论分数高低",
        f"they differ: a rule is met, its cause lowers the score unusually; {_STANDS[1]} "
        "whatever the score says",
    ),
}
"""What is said of a household and a cause, Chinese and English; by standing, or a kind of it."""


def beside_rules(
    reasons: pl.DataFrame, findings: pl.DataFrame, rules: Sequence[Rule], sums: pl.DataFrame
) -> pl.DataFrame:
    """Set what the rules found beside what the model names, for every household scored.

    Parameters
    ----------
    reasons
        ``household_id, rank, cause, contribution`` of `fanpin_risk.explain.reasons.reasons`; lines
        that say that nothing raises the score (contribution 0) name no cause.
    findings
        ``household_id, rule, answer`` of the same day; households that were not scored are left
        out here and stay in the findings.
    rules
        The rules asked. Those with a cause count; flags of evidence, and rules on exits and on the
        work of offices, name no cause, as in the proposal. A rule without a cause has no row here
        and stands in the findings as before; where the model names 其他 the words mention it.
    sums
        From `fanpin_risk.explain.cause_sums.cause_sums`: says who was scored.

    Returns
    -------
    DataFrame
        One row for each household and each cause that either names, by household (bytes) and in the
        order of the taxonomy, with `BESIDE_SCHEMA`:

        ``by_rules``
            Names of the rules that are met, in the order of the rules; null for none.
        ``n_cannot_tell``
            Rules of the cause that cannot tell of the household.
        ``by_model``
            Rank of the reason; null where no reason is of this cause.
        ``contribution``
            Of the whole cause, in log-odds; below 0 where it lowers the score, null where the model
            has no indicator of the cause. For a reason that stands on a single indicator it differs
            from the reason's own.
        ``standing``
            ``conflict`` where a rule is met and the cause lowers the score by more than `CONFLICT`,
            and by more than `CONFLICT` below the middle household scored, whatever the reasons say
            (most households have no debts in arrears, say, which lowers most scores a little and
            speaks against nothing; a household scored alone is its own middle and has no conflict);
            else ``agree`` where both name it, ``rules_only``, ``model_only``. The opposite (a cause
            raises the score and its rules are not met) is no
            conflict: rules ask for more than a sign.
        ``standing_zh, standing_en``
            The same in words. A rule that is met stands in every one of them.

    Raises
    ------
    SchemaError
        If a household has a reason and no sums: the frames are of different scorings.

    Examples
    --------
    >>> from fanpin_risk.standards.catalogue import STANDARD_RULES
    >>> frame = lambda names, *rows: pl.DataFrame(rows, schema=names, orient="row")
    >>> reasons = frame(["household_id", "rank", "cause", "contribution"], ("h", 1, "因病", 0.4))
    >>> findings = frame(["household_id", "rule", "answer"], ("h", "no_labour", "met"))
    >>> sums = frame(
    ...     ["household_id", "cause", "contribution"],
    ...     *[("h", "因病", 0.4), ("h", "缺劳动力", -0.2)],
    ...     *[(other, "缺劳动力", 0.0) for other in ("i", "j")],
    ... )
    >>> found = beside_rules(reasons, findings, STANDARD_RULES, sums)
    >>> found.select("cause", "by_rules", "by_model", "standing").rows()
    [('因病', None, 1, 'model_only'), ('缺劳动力', 'no_labour', None, 'conflict')]
    """
    scored = sums.select("household_id").unique()
    named = (
        reasons.filter(pl.col("contribution") > 0)
        .group_by("household_id", "cause")
        .agg(by_model=pl.col("rank").min().cast(pl.Int32))
    )
    strange = named.join(scored, on="household_id", how="anti")["household_id"].n_unique()
    if strange:
        raise SchemaError(
            f"{strange} households have reasons and no contributions. Give both of one scoring."
        )
    told = _told(findings, rules).join(scored, on="household_id", how="semi")
    middle = sums.group_by("cause").agg(_middle=pl.col("contribution").median())
    rows = (
        told.join(named, on=["household_id", "cause"], how="full", coalesce=True)
        .filter(pl.col("by_rules").is_not_null() | pl.col("by_model").is_not_null())
        .join(sums, on=["household_id", "cause"], how="left")
        .join(middle, on="cause", how="left")
        .join(_met_without_cause(findings, rules), on="household_id", how="left")
        .with_columns(pl.col("n_cannot_tell").fill_null(0).cast(pl.Int32))
    )
    kind = _kind()
    return (
        rows.with_columns(
            standing=_standing(),
            standing_zh=kind.replace_strict({k: zh for k, (zh, _) in STANDING_WORDS.items()}),
            standing_en=kind.replace_strict({k: en for k, (_, en) in STANDING_WORDS.items()}),
        )
        .sort("household_id", pl.col("cause").cast(CAUSE_ORDER))
        .select(pl.col(name).cast(kind) for name, kind in BESIDE_SCHEMA.items())
    )


def standings(beside: pl.DataFrame) -> pl.DataFrame:
    """How many households stand how, cause by cause.

    Returns
    -------
    DataFrame
        ``cause, agree, rules_only, model_only, conflict``: households; for every cause with any, in
        the order of the taxonomy.

    Examples
    --------
    >>> frame = pl.DataFrame({"cause": ["因病", "因病"], "standing": ["agree", "conflict"]})
    >>> standings(frame).rows()
    [('因病', 1, 0, 0, 1)]
    """
    names: tuple[Standing, ...] = ("agree", "rules_only", "model_only", "conflict")
    counts = beside.group_by("cause").agg(
        (pl.col("standing") == name).sum().cast(pl.Int64).alias(name) for name in names
    )
    return counts.sort(pl.col("cause").cast(CAUSE_ORDER)).select("cause", *names)


def _told(findings: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """By household and cause: rules that are met, and how many cannot tell."""
    pairs = [
        (rule.name, cause.value, at)
        for at, rule in enumerate(rules)
        if isinstance(rule, StandardRule) and _says_why(rule)
        for cause in rule.causes
    ]
    of_rules = pl.DataFrame(
        pairs, schema={"rule": pl.String, "cause": pl.String, "_at": pl.Int32}, orient="row"
    )
    said = findings.select("household_id", "rule", "answer").join(of_rules, on="rule", how="inner")
    met = (
        said.filter(pl.col("answer") == MET)
        .sort("household_id", "_at")
        .group_by("household_id", "cause", maintain_order=True)
        .agg(by_rules=pl.col("rule").str.join(SEPARATOR))
    )
    open_ = (
        said.filter(pl.col("answer") == CANNOT_TELL)
        .group_by("household_id", "cause")
        .agg(n_cannot_tell=pl.len())
    )
    return met.join(open_, on=["household_id", "cause"], how="full", coalesce=True)


def _met_without_cause(findings: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Households that meet a rule about themselves that names no cause, such as a low income."""
    names = [
        rule.name
        for rule in rules
        if isinstance(rule, StandardRule) and _says_why(rule) and not rule.causes
    ]
    met = findings.filter(pl.col("answer") == MET, pl.col("rule").is_in(names))
    return met.select("household_id", _has_other=pl.lit(True)).unique()


def _says_why(rule: StandardRule) -> bool:
    """Whether a rule is about why a household is in difficulty."""
    return not rule.is_evidence and rule.theme not in _NO_CAUSES


def _standing() -> pl.Expr:
    """How rules and model stand to each other in a row."""
    has_rule, is_named = pl.col("by_rules").is_not_null(), pl.col("by_model").is_not_null()
    edge = pl.min_horizontal(pl.col("_middle"), 0.0) - CONFLICT
    lowers = (pl.col("contribution") < edge).fill_null(False)
    return (
        pl.when(has_rule & lowers)
        .then(pl.lit("conflict"))
        .when(has_rule & is_named)
        .then(pl.lit("agree"))
        .when(has_rule)
        .then(pl.lit("rules_only"))
        .otherwise(pl.lit("model_only"))
    )


def _kind() -> pl.Expr:
    """Which of `STANDING_WORDS` a row is said with."""
    standing = _standing()
    return (
        pl.when((standing == "rules_only") & pl.col("contribution").is_null())
        .then(pl.lit("rules_only_no_indicator"))
        .when(
            (standing == "model_only")
            & (pl.col("cause") == Cause.OTHER.value)
            & pl.col("_has_other")
        )
        .then(pl.lit("model_only_other"))
        .when((standing == "model_only") & (pl.col("n_cannot_tell") > 0))
        .then(pl.lit("model_only_cannot_tell"))
        .otherwise(standing)
    )
