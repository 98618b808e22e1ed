"""The rules as three-valued tests of dated lines, and the route they point to.

Answers follow Kleene logic: what is not known makes a rule say "cannot tell", never "not met".
Numbers are the parameters'; a rule only knows their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.household.account import is_below
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.standards.parameters import ParameterValue, Standards, record_name

Frame = nw.DataFrame[pl.DataFrame]

MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: income per head strictly below a dated line."""

    name: str
    title_zh: str
    title_en: str
    line: str
    makes_must_visit: bool = False


RULES: tuple[Rule, ...] = (
    Rule(
        name="below_line",
        title_zh="人均收入低于收入线",
        title_en="income per head below the income line",
        line="income_line",
    ),
    Rule(
        name="below_must_visit_line",
        title_zh="人均收入低于必访线",
        title_en="income per head below the must-visit line",
        line="must_visit_line",
        makes_must_visit=True,
    ),
    Rule(
        name="below_monitoring_line",
        title_zh="人均收入低于监测线",
        title_en="income per head below the monitoring line",
        line="monitoring_line",
    ),
)
"""The rules of the income line, in the order in which they are shown."""


def answer(condition: nw.Expr) -> nw.Expr:
    """A nullable truth value in words: met, not met, or cannot tell."""
    return (
        nw.when(condition)
        .then(nw.lit(MET))
        .when(~condition)
        .then(nw.lit(NOT_MET))
        .otherwise(nw.lit(CANNOT_TELL))
    )


def rule_answers(
    known: KnownRecords, lines: Frame, standards: Standards, households: Frame, as_of: date
) -> pl.DataFrame:
    """What every rule says about every household visited on a day.

    Parameters
    ----------
    known
        What was known on the day.
    lines
        Lines of `line_table` for every rule's parameter.
    standards
        The parameters, for what stands beside an answer.
    households
        ``household_id`` of those asked about; who was not visited on the day has no answer.
    as_of
        The day of the visit.

    Returns
    -------
    DataFrame
        ``household_id, rule, answer`` ("met", "not met", "cannot tell"), ``evidence`` (Chinese and
        English, with its date), ``parameter`` (the dated records used; the parameter's name where
        there is none). By household (bytes), then in the order of `RULES`.
    """
    visits = _visits(known, lines, households, as_of)
    parts = [_one_rule(visits, rule, as_of, order) for order, rule in enumerate(RULES)]
    return (
        pl.concat([part.to_native() for part in parts])
        .sort("household_id", "_order")
        .drop("_order")
    )


def findings(answers: pl.DataFrame) -> pl.DataFrame:
    """Keep the answers that somebody must look at: met, and cannot tell; the order stays."""
    return answers.filter(pl.col("answer") != NOT_MET)


def must_visits(answers: pl.DataFrame) -> pl.DataFrame:
    """Whose visit the rules ask for: ``household_id, must_visit`` (null: a rule cannot tell).

    One rule that is met is enough; without one, a rule that cannot tell leaves it open (Kleene).
    """
    names = [rule.name for rule in RULES if rule.makes_must_visit]
    asked = answers.filter(pl.col("rule").is_in(names))
    by_household = asked.group_by("household_id").agg(
        _met=(pl.col("answer") == MET).any(), _open=(pl.col("answer") == CANNOT_TELL).any()
    )
    value = pl.when("_met").then(pl.lit(True)).when("_open").then(None).otherwise(pl.lit(False))
    return by_household.select("household_id", must_visit=value.cast(pl.Boolean)).sort(
        "household_id"
    )


def not_met_counts(answers: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """How many households each rule is not met for, by place: ``rule, place, n``."""
    joined = answers.filter(pl.col("answer") == NOT_MET).join(
        places.select("household_id", "place"), on="household_id", how="left"
    )
    return joined.group_by("rule", "place").agg(n=pl.len().cast(pl.Int64)).sort("rule", "place")


def rules_table(standards: Standards, as_of: date) -> pl.DataFrame:
    """Every rule with each dated record of its parameter that holds on a day, once.

    Returns
    -------
    DataFrame
        ``rule, title_zh, title_en, parameter, value`` (as written, such as "1.1 x income_line"),
        ``unit, place, valid_from, valid_to, source, mark, owner_zh, owner_en``.
    """
    rows = []
    for rule in RULES:
        parameter = standards.parameter(rule.line)
        for value in parameter.values:
            if value.valid_from <= as_of and (value.valid_to is None or as_of <= value.valid_to):
                rows.append(
                    {
                        "rule": rule.name,
                        "title_zh": rule.title_zh,
                        "title_en": rule.title_en,
                        "parameter": record_name(parameter.name, value),
                        "value": _written(value),
                        "unit": parameter.unit,
                        "place": value.place,
                        "valid_from": value.valid_from,
                        "valid_to": value.valid_to,
                        "source": value.source,
                        "mark": value.mark,
                        "owner_zh": parameter.owner_zh,
                        "owner_en": parameter.owner_en,
                    }
                )
    return pl.DataFrame(rows, schema=_RULES_SCHEMA, orient="row")


def routes(known: KnownRecords, households: Frame, as_of: date) -> pl.DataFrame:
    """Which kind of support the records of a visit point to, in the founding text's three ways.

    A job lost by the day (severance pay) is a shock and is judged case by case (一事一议); otherwise
    somebody who works means development help, and nobody who works the safety net. What is not
    recorded leaves it open. It is a pointer for the team and no decision.

    Returns
    -------
    DataFrame
        ``household_id, route_zh, route_en``, sorted; households visited on the day.
    """
    day = day_number(as_of)
    work = known.tables["income"].filter(nw.col("occurred_day") == day)
    asked = households.join(
        work.select("household_id", "has_work_income"), on="household_id", how="left"
    )
    if "shock_and_coping" in known.tables:
        shock = known.tables["shock_and_coping"].filter(nw.col("occurred_day") == day)
        asked = asked.join(
            shock.select("household_id", "has_severance_pay"), on="household_id", how="left"
        )
    else:
        asked = asked.with_columns(has_severance_pay=nw.lit(None).cast(nw.Boolean))
    lost, works = nw.col("has_severance_pay").fill_null(False), nw.col("has_work_income")

    def words(language: int) -> nw.Expr:
        texts = [nw.lit(pair[language]) for pair in _ROUTES]
        return (
            nw.when(lost)
            .then(texts[0])
            .when(works)
            .then(texts[1])
            .when(~works)
            .then(texts[2])
            .otherwise(texts[3])
        )

    return (
        asked.select("household_id", route_zh=words(0), route_en=words(1))
        .sort("household_id")
        .to_native()
    )


_ROUTES = (
    ("一事一议", "case by case"),
    ("开发式帮扶", "development help"),
    ("兜底保障", "safety net"),
    ("无法判断", "cannot tell"),
)

_RULES_SCHEMA: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "title_zh": pl.String(),
    "title_en": pl.String(),
    "parameter": pl.String(),
    "value": pl.String(),
    "unit": pl.String(),
    "place": pl.String(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "source": pl.String(),
    "mark": pl.String(),
    "owner_zh": pl.String(),
    "owner_en": pl.String(),
}


def _visits(known: KnownRecords, lines: Frame, households: Frame, as_of: date) -> Frame:
    """Income, members and every line of each household's visit on the day."""
    day = day_number(as_of)
    today = known.tables["household_snapshot"].filter(nw.col("occurred_day") == day)
    income = known.tables["income"].filter(nw.col("occurred_day") == day)
    return (
        today.select("household_id", "context_place", "occurred_day", "members")
        .join(households.select("household_id"), on="household_id", how="semi")
        .join(income.select("household_id", "total_minor"), on="household_id", how="left")
        .join(lines, on=["context_place", "occurred_day"], how="left")
    )


def _one_rule(visits: Frame, rule: Rule, as_of: date, order: int) -> Frame:
    """Answers of one rule."""
    line = nw.col(f"{rule.line}_e4")
    total, members = nw.col("total_minor"), nw.col("members")
    return visits.with_columns(_answer=answer(is_below(total, members, line))).select(
        "household_id",
        rule=nw.lit(rule.name),
        answer=nw.col("_answer"),
        evidence=_evidence(total, members, line, as_of),
        parameter=nw.when(~nw.col(f"{rule.line}_record").is_null())
        .then(nw.col(f"{rule.line}_record"))
        .otherwise(nw.lit(rule.line)),
        _order=nw.lit(order),
    )


def _evidence(total: nw.Expr, members: nw.Expr, line: nw.Expr, as_of: date) -> nw.Expr:
    """What an answer rests on, in Chinese and English, with its date."""
    hundredths = total * 10_000 * 100 // (line * members)
    whole = (hundredths // 100).cast(nw.String)
    rest = (hundredths % 100 + 100).cast(nw.String).str.slice(1, 2)
    times = nw.concat_str(whole, nw.lit("."), rest)
    told = nw.concat_str(
        nw.lit("人均收入为该线的"),
        times,
        nw.lit(f"倍（{as_of}） / income per head is "),
        times,
        nw.lit(f" times this line ({as_of})"),
    )
    no_line = nw.lit(f"该日没有线 / no line for this day ({as_of})")
    no_income = nw.lit(f"收入未登记 / income not on record ({as_of})")
    no_members = nw.lit(f"人口未登记 / members not on record ({as_of})")
    return (
        nw.when(line.is_null())
        .then(no_line)
        .when(total.is_null())
        .then(no_income)
        .when(members.is_null())
        .then(no_members)
        .otherwise(told)
    )


def _written(value: ParameterValue) -> str:
    """A record's number as it is written."""
    return value.value if value.value is not None else f"{value.multiple} x {value.of}"
