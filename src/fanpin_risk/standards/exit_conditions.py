"""Conditions of an exit: income, spending, guarantees, risks, time and help, and labour."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.household.listed import AIMED, LASTING, NAMED, OPEN, of_cause
from fanpin_risk.standards.composed import rule_named
from fanpin_risk.standards.happened import within
from fanpin_risk.standards.income_bounds import (
    Bounds,
    Line,
    account_bounds,
    is_below,
    register_bounds,
    said,
    settled,
    without_away,
)
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.proposal_type import SUDDEN
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import months_before, parameter
from fanpin_risk.standards.shock_rules import ACCIDENT_DAYS, DISASTER_DAYS, FAILURE_DAYS
from fanpin_risk.standards.work_rules import WORK_RULES
from fanpin_risk.units import FEN_PER_YUAN

_DAYS_OF_CAUSE: Final = {
    Cause.DISASTER: ("disaster", DISASTER_DAYS),
    Cause.ACCIDENT: ("accident", ACCIDENT_DAYS),
    Cause.FAILED_BUSINESS: ("failure", FAILURE_DAYS),
    Cause.UNSTABLE_WORK: ("job_loss", ("job_loss_day",)),
    Cause.LACK_OF_LABOUR: ("main_worker", ("main_worker_lost_day",)),
}
"""Causes that come as shocks: the group, and the days that tell of one."""
NO_LABOUR: Final = rule_named("no_labour", WORK_RULES)
"""The rule on households in which nobody can work."""
QUIET: Final = ("exit_quiet_min", "exit_quiet_min_sudden")
"""Months that must be quiet: usual ones, and those of sudden hardship."""


def is_listed(_readings: Readings) -> nw.Expr:
    """Whether the household is on the list."""
    return nw.col("is_listed")


def _reaches_line(income: Bounds, heads: nw.Expr, readings: Readings) -> tuple[nw.Expr, nw.Expr]:
    """Whether income is surely above the line, and whether it surely is not (reading exit_line)."""
    line = parameter("monitoring_line")
    if readings.exit_line == "on_or_above":
        no, yes = is_below(income, Line(per_head=line, heads=heads), readings)
        return yes, no
    if readings.per_head_rounding == "none":
        limit = line * heads
        return said(income.has_lower, income.lower > limit), said(
            income.has_upper, income.upper <= limit
        )
    step = FEN_PER_YUAN if readings.per_head_rounding == "half_up_to_yuan" else 1
    no, yes = is_below(income, Line(per_head=line + step, heads=heads), readings)
    return yes, no


def _income_now(readings: Readings) -> nw.Expr:
    """Whether income of the months of identification is above the line, from where it is taken."""
    heads = nw.col("heads")
    register = settled(*_reaches_line(register_bounds(), heads, readings))
    if readings.income_source == "register":
        return register
    income = account_bounds("12m", readings)
    if readings.own_budget_member == "left_out":
        income, heads = without_away(income, "12m"), nw.col("heads_without_away")
    answer = _reaches_line(income, heads, readings)
    if readings.income_source == "account":
        return settled(*answer)
    return settled(*answer, otherwise=register)


def income_ok(readings: Readings) -> nw.Expr:
    """Above the line, and on the register for so many months without a break."""
    since = nw.col(
        "register_income_above_since_day"
        if readings.exit_line == "above"
        else "register_income_not_below_since_day"
    )
    return all_of(_income_now(readings), since <= months_before("exit_income_stable_min"))


def spending_ok(_readings: Readings) -> nw.Expr:
    """No warning of spending, and enough left after it."""
    return ~nw.col("has_spending_problem")


def guarantees_ok(_readings: Readings) -> nw.Expr:
    """No guarantee open, nor water."""
    return ~nw.col("has_guarantee_gap")


def _quiet_from() -> nw.Expr:
    """Last day on which a shock no longer counts, by the type that was decided on."""
    is_sudden = nw.col("listed_type") == SUDDEN
    usual, sudden = (months_before(name) for name in QUIET)
    return nw.when(is_sudden).then(sudden).when(~is_sudden).then(usual)


def _struck(cause: Cause) -> nw.Expr:
    """Whether a shock of a cause happened within the months that must be quiet."""
    if cause not in _DAYS_OF_CAUSE:
        return nw.lit(False)
    group, days = _DAYS_OF_CAUSE[cause]
    return within(days, f"{group}_quiet_since_day", _quiet_from())


def _is_there(cause: Cause, readings: Readings) -> nw.Expr:
    """Whether a named risk is still there: open, struck anew, or lasting and not helped."""
    lasting = nw.col(of_cause(LASTING, cause))
    if readings.exit_lasting_risk == "help_is_enough":
        lasting = all_of(lasting, ~nw.col(of_cause(AIMED, cause)))
    return any_of(nw.col(of_cause(OPEN, cause)), _struck(cause), lasting)


def risk_gone(readings: Readings) -> nw.Expr:
    """None of the risks named at entry is there."""
    named = [all_of(nw.col(of_cause(NAMED, c)), _is_there(c, readings)) for c in Cause]
    return ~any_of(*named)


def no_new_risk(_readings: Readings) -> nw.Expr:
    """No risk that was not named at entry is open, and none of them struck."""
    known = [cause for cause in Cause if cause is not Cause.OTHER]
    new = [
        all_of(
            ~nw.col(of_cause(NAMED, cause)),
            any_of(nw.col(of_cause(OPEN, cause)), _struck(cause)),
        )
        for cause in known
    ]
    return ~any_of(*new)


def time_and_help_ok(readings: Readings) -> nw.Expr:
    """Listed long enough, and helped where the place asks for it."""
    is_long = nw.col("listed_months") >= parameter("exit_listed_min")
    if readings.exit_without_measure == "natural":
        return is_long
    asks_none = parameter("exit_measure_required") == 0
    return all_of(is_long, any_of(nw.col("has_aimed_measure"), asks_none))


def has_labour(readings: Readings) -> nw.Expr:
    """Somebody can work, or the place does not hold households without any labour."""
    holds_none = parameter("exit_hold_no_labour") == 0
    return any_of(holds_none, ~NO_LABOUR.condition(readings))


def ready(readings: Readings) -> nw.Expr:
    """All of it."""
    return all_of(*[condition(readings) for condition in _CONDITIONS])


_CONDITIONS: Final = (
    *(income_ok, spending_ok, guarantees_ok, risk_gone, no_new_risk),
    *(time_and_help_ok, has_labour),
)
