"""Deduction of employment cost from the income of households on the living allowance.

Founding text 四（十）: two months of the minimum wage at the place of work, once a year, for each
member on the living allowance who can work and does. Policy notes, sections 3, 10 and 19.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number, day_of
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.resolved import Resolved

Frame = nw.DataFrame[pl.DataFrame]

MONTHS = "employment_cost_months"
"""Standard that says how many months of the minimum wage are deducted; at the household's place."""
WAGE = "minimum_wage_month"
"""Standard with the minimum wage of a month; at the place of work."""
FACTS = ("employment_cost_known_fen", "employment_cost_open", "employment_cost_record")
"""Facts of the household that are filled."""
NO_RECORD = "无 / none"
"""What stands for records where nothing is deducted."""
_COMMA = ", "
_KEYS = ("context_place", "_wage_place", "_wage_day")


def with_deduction(
    facts: DayFacts, standards: Standards, readings: Readings, day: date
) -> DayFacts:
    """The same facts with the deduction of employment cost of each household.

    Parameters
    ----------
    facts
        Of the day, with the themes of income and of workers.
    standards
        The parameters.
    readings
        ``deduction_day``, ``deduction_place``, ``deduction_cap`` and ``deduction_without_rule``.
    day
        The day of decision.

    Returns
    -------
    DayFacts
        With three columns of the households filled:

        ``employment_cost_known_fen``
            Sum over the members who are known to have a deduction, of a year, in fen; 0 for none.
        ``employment_cost_open``
            For how many more members it cannot be told whether they have one, or how much: not
            known to be on the allowance, to be able, to work, or where; no wage on record for that
            place and day; no rule on record for the household's place. One where no member is on
            record at all.
        ``employment_cost_record``
            The dated records used; `NO_RECORD` where it is known that nothing is deducted, null
            where only open members are left.

    Raises
    ------
    ConfigError
        If the standards lack the wage or the rule altogether.
    """
    works, able = nw.col("works_in_window"), nw.col("is_able_on_dibao")
    has_one = works & able
    asked = facts.persons.select(
        "home",
        "latest_work_place",
        "latest_work_day",
        "wage_earned_fen",
        _has_one=has_one,
    ).filter(nw.col("_has_one").is_null() | nw.col("_has_one"))
    placed = asked.join(facts.homes.select("home", "context_place"), on="home", how="inner")
    dated = placed.with_columns(
        _wage_place=_wage_place(readings),
        _wage_day=_wage_day(readings, day),
    )
    costs = dated.join(_costs(dated, standards, readings, day), on=list(_KEYS), how="left")
    return replace(facts, homes=_beside(facts, _of_homes(costs, readings)))


def _wage_place(readings: Readings) -> nw.Expr:
    """Whose minimum wage is taken, as spelt; empty where it is not known."""
    if readings.deduction_place == "home":
        return nw.col("context_place")
    return nw.col("latest_work_place").fill_null("")


def _wage_day(readings: Readings, day: date) -> nw.Expr:
    """Of which day the wage is taken, as a day number."""
    decided = nw.lit(day_number(day)).cast(nw.Int64)
    if readings.deduction_day == "months_worked":
        return nw.coalesce(nw.col("latest_work_day"), decided)
    return decided


def _costs(dated: Frame, standards: Standards, readings: Readings, day: date) -> Frame:
    """Cost of one worker by household's place, place of work and day: looked up once each."""
    rows = []
    for home_place, wage_place, wage_day in dated.select(_KEYS).unique().iter_rows():
        rule = standards.resolve(MONTHS, place=home_place or "", day=day)
        is_none = rule.why == "no_record" and readings.deduction_without_rule == "none"
        wage = standards.resolve(WAGE, place=wage_place, day=day_of(wage_day))
        cost = 0 if is_none else _times(rule, wage)
        records = None if is_none or cost is None else _COMMA.join(_records((rule, wage)))
        rows.append((home_place, wage_place, wage_day, cost, records))
    schema = {
        "context_place": pl.String(),
        "_wage_place": pl.String(),
        "_wage_day": pl.Int64(),
        "_cost": pl.Int64(),
        "_record": pl.String(),
    }
    return nw.from_native(pl.DataFrame(rows, schema=schema, orient="row"), eager_only=True)


def _times(rule: Resolved, wage: Resolved) -> int | None:
    """Months of the wage, in fen; None where one of the two cannot be told, but 0 months are 0."""
    if rule.integer == 0:
        return 0
    if rule.integer is None or wage.integer is None:
        return None
    return rule.integer * wage.integer


def _records(found: Iterable[Resolved]) -> list[str]:
    """Names of the records used."""
    return [resolved.record_text for resolved in found]


def _of_homes(costs: Frame, readings: Readings) -> Frame:
    """Known cost, open members and records of each household that has such members."""
    cost = nw.col("_cost")
    if readings.deduction_cap == "cut_at_earned":
        earned = nw.col("wage_earned_fen")
        cost = (
            nw.when(cost == 0)
            .then(cost)
            .when(earned < cost)
            .then(earned)
            .when(earned >= cost)
            .then(cost)
        )
    told = costs.select("home", "_has_one", _record=nw.col("_record"), _cost=cost)
    is_sure = nw.col("_has_one").fill_null(False) & ~nw.col("_cost").is_null()
    is_open = nw.col("_cost").is_null() | (nw.col("_has_one").is_null() & (nw.col("_cost") != 0))
    marked = told.select(
        "home",
        _known=nw.when(is_sure).then(nw.col("_cost")).otherwise(nw.lit(0)),
        _open=is_open.cast(nw.Int64),
        _record=nw.when(is_sure).then(nw.col("_record")),
    )
    sums = marked.group_by("home").agg(
        employment_cost_known_fen=nw.col("_known").sum().cast(nw.Int64),
        employment_cost_open=nw.col("_open").sum().cast(nw.Int64),
    )
    texts = (
        marked.to_native()
        .select("home", pl.col("_record").str.split(_COMMA))
        .explode("_record")
        .drop_nulls()
        .group_by("home")
        .agg(pl.col("_record").unique().sort().str.join(_COMMA).alias("employment_cost_record"))
    )
    return sums.join(nw.from_native(texts, eager_only=True), on="home", how="left")


def _beside(facts: DayFacts, found: Frame) -> Frame:
    """Households with the deduction; without members on record it is open."""
    has_members = facts.persons.select("home").unique().with_columns(_has_members=nw.lit(True))
    kept = facts.homes.drop([name for name in FACTS if name in facts.homes.columns])
    joined = kept.join(found, on="home", how="left").join(has_members, on="home", how="left")
    is_nobody = nw.col("_has_members").is_null()
    unknown = nw.when(is_nobody).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    filled = joined.with_columns(
        employment_cost_known_fen=nw.col("employment_cost_known_fen").fill_null(0),
        employment_cost_open=nw.coalesce(nw.col("employment_cost_open"), unknown),
    ).drop("_has_members")
    is_none = (nw.col("employment_cost_known_fen") == 0) & (nw.col("employment_cost_open") == 0)
    none = nw.when(is_none).then(nw.lit(NO_RECORD))
    return filled.with_columns(
        employment_cost_record=nw.coalesce(nw.col("employment_cost_record"), none)
    )
