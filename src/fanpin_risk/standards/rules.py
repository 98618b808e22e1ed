"""The rules as three-valued tests of dated lines.

Answers follow Kleene logic: what is not known makes a rule say "cannot tell", never "not met".
Numbers are the parameters'; a rule only knows their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.errors import SchemaError, TimeOrderError
from fanpin_risk.household.account import is_below
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.standards.lines import LINE_SCALE
from fanpin_risk.standards.parameters import Standards, record_name
from fanpin_risk.standards.routes import on_visit, routes
from fanpin_risk.standards.rule import CANNOT_TELL, MET, NOT_MET, Rule, answer
from fanpin_risk.units import PERCENT

Frame = nw.DataFrame[pl.DataFrame]

__all__ = [
    "RULES",
    "Rule",
    "answer",
    "findings",
    "must_visits",
    "not_met_counts",
    "routes",
    "rule_answers",
    "rules_table",
]


@dataclass(frozen=True, kw_only=True)
class LineRule(Rule):
    """One rule: income per head strictly below a dated line.

    ``line`` names the parameter, whose office owns the rule.
    """

    line: str


RULES: tuple[LineRule, ...] = (
    LineRule(
        name="below_line",
        title_zh="人均收入低于收入线",
        title_en="income per head below the income line",
        tests_zh="走访当月人均收入低于当季收入线，等于该线不算低于",
        tests_en="income per head on the visit is strictly below the quarter's income line",
        line="income_line",
    ),
    LineRule(
        name="below_must_visit_line",
        title_zh="人均收入低于必访线",
        title_en="income per head below the must-visit line",
        tests_zh="走访当月人均收入低于当季必访线，等于该线不算低于",
        tests_en="income per head on the visit is strictly below the quarter's must-visit line",
        line="must_visit_line",
        makes_must_visit=True,
    ),
    LineRule(
        name="below_monitoring_line",
        title_zh="人均收入低于监测线",
        title_en="income per head below the monitoring line",
        tests_zh="走访当月人均收入低于当季监测线，等于该线不算低于",
        tests_en="income per head on the visit is strictly below the quarter's monitoring line",
        line="monitoring_line",
    ),
)
"""The rules of the income line, in the order in which they are shown."""


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
        English, with its date: how many times the line, rounded down to two decimals, or what is
        missing), ``parameter`` (the dated records used; the parameter's name where there is none).
        By household (bytes), then in the order of `RULES`.

    Raises
    ------
    ConfigError
        If the standards lack a rule's parameter.
    SchemaError
        If ``lines`` lacks a rule's line.
    TimeOrderError
        If ``as_of`` is after the day on which ``known`` was known.
    """
    _check(known, lines, standards, as_of)
    visits = _visits(known, lines, households, as_of)
    parts = [_one_rule(visits, rule, as_of).to_native() for rule in RULES]
    return in_order(pl.concat(parts), RULES)


def findings(answers: pl.DataFrame, rules: Sequence[Rule] = RULES) -> pl.DataFrame:
    """Answers that somebody must look at: met, and cannot tell; by household (bytes) and rule.

    Examples
    --------
    >>> answers = pl.DataFrame({"household_id": ["h1", "h2"], "rule": ["below_line"] * 2,
    ...                         "answer": ["not met", "cannot tell"]})
    >>> findings(answers)["household_id"].to_list()
    ['h2']
    """
    return in_order(answers.filter(pl.col("answer") != NOT_MET), rules)


def must_visits(answers: pl.DataFrame, rules: Sequence[Rule] = RULES) -> pl.DataFrame:
    """Whose visit the rules ask for: ``household_id, must_visit`` (null: a rule cannot tell).

    One rule that is met is enough; without one, a rule that cannot tell leaves it open (Kleene).
    """
    names = [rule.name for rule in rules if rule.makes_must_visit]
    asked = answers.filter(pl.col("rule").is_in(names))
    by_household = asked.group_by("household_id").agg(
        _met=(pl.col("answer") == MET).any(), _open=(pl.col("answer") == CANNOT_TELL).any()
    )
    value = pl.when("_met").then(pl.lit(True)).when("_open").then(None).otherwise(pl.lit(False))
    return by_household.select("household_id", must_visit=value.cast(pl.Boolean)).sort(
        "household_id"
    )


def not_met_counts(
    answers: pl.DataFrame, places: pl.DataFrame, rules: Sequence[Rule] = RULES
) -> pl.DataFrame:
    """How many households each rule is not met for, by place: what the findings leave out.

    Returns
    -------
    DataFrame
        ``rule, place, n`` for every rule and every place with an answer, zeros included; in the
        order of `RULES`, then by place (bytes).

    Raises
    ------
    SchemaError
        If the place of a household with an answer is not given.

    Examples
    --------
    >>> answers = pl.DataFrame({"household_id": ["h1", "h2"], "rule": ["below_line"] * 2,
    ...                         "answer": ["not met", "met"]})
    >>> places = pl.DataFrame({"household_id": ["h1", "h2"], "place": ["A", "B"]})
    >>> not_met_counts(answers, places).rows()
    [('below_line', 'A', 1), ('below_line', 'B', 0)]
    """
    joined = answers.join(places.select("household_id", "place"), on="household_id", how="left")
    lost = joined.filter(pl.col("place").is_null())["household_id"].n_unique()
    if lost:
        raise SchemaError(f"The place of {lost} households is not given. Add them to `places`.")
    counts = joined.group_by("rule", "place").agg(
        n=(pl.col("answer") == NOT_MET).sum().cast(pl.Int64)
    )
    return counts.sort(_order(rules), "place")


def rules_table(
    standards: Standards, as_of: date, rules: Sequence[LineRule] = RULES
) -> pl.DataFrame:
    """Every dated record that the rules stand on and that holds on a day, once each.

    Returns
    -------
    DataFrame
        ``rule, title_zh, title_en`` of the rule whose line the record gives (for a record that is
        only the base of lines: the first rule that stands on it), ``parameter`` (the record's name,
        as in findings), ``value`` (as written, such as "1.1 x income_line"), ``unit, place,
        valid_from, valid_to`` (null: until further notice), ``source, mark, owner_zh, owner_en``.

    Raises
    ------
    ConfigError
        If the standards lack a rule's parameter.
    """
    rows = []
    for name, rule in _parameters_of_rules(standards, rules).items():
        parameter = standards.parameter(name)
        placed = standards.spans_of(name)
        for span in (span for place in sorted(placed) for span in placed[place]):
            if span.holds_on(as_of):
                value = span.value
                rows.append(
                    {
                        "rule": rule.name,
                        "title_zh": rule.title_zh,
                        "title_en": rule.title_en,
                        "parameter": record_name(parameter.name, value),
                        "value": value.written,
                        "unit": parameter.unit,
                        "place": value.place,
                        "valid_from": value.valid_from,
                        "valid_to": span.last,
                        "source": value.source,
                        "mark": value.mark,
                        "owner_zh": parameter.owner_zh,
                        "owner_en": parameter.owner_en,
                    }
                )
    return pl.DataFrame(rows, schema=_RULES_SCHEMA, orient="row")


_RULES_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("rule", "title_zh", "title_en", "parameter"), pl.String()),
    **dict.fromkeys(("value", "unit", "place"), pl.String()),
    **dict.fromkeys(("valid_from", "valid_to"), pl.Date()),
    **dict.fromkeys(("source", "mark", "owner_zh", "owner_en"), pl.String()),
}


def _visits(known: KnownRecords, lines: Frame, households: Frame, as_of: date) -> Frame:
    """Income, members and every line of each household's visit on the day."""
    today = known.tables["household_snapshot"].filter(nw.col("occurred_day") == day_number(as_of))
    visits = today.select("household_id", "context_place", "occurred_day", "members").join(
        households.select("household_id"), on="household_id", how="semi"
    )
    return on_visit(visits, known, "income", "total_minor", nw.Int64, as_of).join(
        lines, on=["context_place", "occurred_day"], how="left"
    )


def _one_rule(visits: Frame, rule: LineRule, as_of: date) -> Frame:
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
    )


def _evidence(total: nw.Expr, members: nw.Expr, line: nw.Expr, as_of: date) -> nw.Expr:
    """What an answer rests on, in Chinese and English, with its date."""
    # rounded down: what is below the line never reads as one times the line
    hundredths = total * LINE_SCALE * PERCENT // (line * members)
    rest = (hundredths % PERCENT + PERCENT).cast(nw.String).str.slice(1)
    times = nw.concat_str((hundredths // PERCENT).cast(nw.String), nw.lit("."), rest)
    told = nw.concat_str(
        nw.lit("人均收入为该线的"),
        times,
        nw.lit(f"倍（{as_of}） / income per head is "),
        times,
        nw.lit(f" times this line ({as_of})"),
    )
    gaps = {"该日没有线 / no line for this day": line, "收入未登记 / income not on record": total}
    gaps["人口未登记 / members not on record"] = members
    missing = nw.concat_str(
        *[
            nw.when(value.is_null()).then(nw.lit(f"{said} ({as_of})"))
            for said, value in gaps.items()
        ],
        separator="；",
        ignore_nulls=True,
    )
    is_told = ~(line.is_null() | total.is_null() | members.is_null())
    return (
        nw.when(is_told & (line > 0))
        .then(told)
        .when(is_told)
        .then(nw.lit(f"该线为0 / this line is 0 ({as_of})"))
        .otherwise(missing)
    )


def _order(rules: Sequence[Rule]) -> pl.Expr:
    """Place of a rule's name in the order of the rules."""
    places = {rule.name: number for number, rule in enumerate(rules)}
    return pl.col("rule").replace_strict(places, return_dtype=pl.Int64)


def in_order(answers: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Answers by household (bytes), then in the order of the rules."""
    return answers.sort("household_id", _order(rules))


def _check(known: KnownRecords, lines: Frame, standards: Standards, as_of: date) -> None:
    """Refuse a day that is not known yet, and rules whose lines nobody gives."""
    if as_of > known.as_of:
        raise TimeOrderError(
            f"Visits of {as_of} are asked for in what was known on {known.as_of}. "
            "Ask for that day's records, or about an earlier day."
        )
    for rule in RULES:
        standards.parameter(rule.line)
        if f"{rule.line}_e4" not in lines.columns:
            raise SchemaError(
                f"The rule {rule.name!r} needs the line {rule.line!r}, which the table of lines "
                "lacks. Name it when building the lines."
            )


def _parameters_of_rules(standards: Standards, rules: Sequence[LineRule]) -> dict[str, LineRule]:
    """Parameters that the rules stand on, each with the rule it belongs to."""
    owner = {rule.line: rule for rule in reversed(rules)}
    found: dict[str, LineRule] = {}
    for rule in rules:
        waiting = [rule.line]
        while waiting:
            name = waiting.pop()
            found.setdefault(name, owner.get(name, rule))
            bases = {value.of for value in standards.parameter(name).values}
            waiting += sorted(b for b in bases if b in standards.parameters)
    return found
