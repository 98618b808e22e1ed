"""Rules of the register: three-valued tests of what the register holds against a dated line.

Answers follow Kleene logic: what is not known makes a rule say "cannot tell", never "not met".
Numbers are the parameters'; a rule only knows their names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_of
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.register_account import ACCOUNT_MONTHS
from fanpin_risk.standards.lines import LINE_SCALE
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rule import answer
from fanpin_risk.standards.rules import LineRule, in_order

Frame = nw.DataFrame[pl.DataFrame]

_HUNDRED = 100
Words = Callable[[], tuple[nw.Expr, nw.Expr]]


@dataclass(frozen=True, kw_only=True)
class RegisterRule(LineRule):
    """One rule on a household's account in the register.

    ``is_met`` names the column of `register_account` that holds the answer (null: cannot tell);
    ``told`` words what it rests on, in Chinese and English, of a row where the answer is known;
    ``gaps`` names, where it is not, what can be missing: words, and the columns that are null or
    above zero then.
    """

    is_met: str
    told: Words
    gaps: tuple[tuple[str, str], ...]


def _income_told() -> tuple[nw.Expr, nw.Expr]:
    """Income on the register beside the line."""
    income, line = yuan(nw.col("income_per_head_fen")), yuan(_line_fen())
    times = _times(nw.col("income_per_head_fen"), nw.col("line_e4"))
    day = nw.col("income_day_text")
    return (
        nw.concat_str(
            *(nw.lit("登记人均年纯收入"), income, nw.lit("元（"), day, nw.lit("登记），为监测线")),
            *(line, nw.lit("元的"), times, nw.lit("倍")),
        ),
        nw.concat_str(
            *(nw.lit("net income per head on the register "), income, nw.lit(" yuan (of "), day),
            *(nw.lit(") is "), times, nw.lit(" times the line of "), line, nw.lit(" yuan")),
        ),
    )


def _after_told() -> tuple[nw.Expr, nw.Expr]:
    """What is left after own cost, beside the line."""
    total = nw.col("income_per_head_fen") * nw.col("members")
    left = total - nw.col("own_cost_known_fen")
    needed = nw.col("line_e4") * nw.col("members")
    income, cost = yuan(nw.col("income_per_head_fen")), yuan(nw.col("own_cost_known_fen"))
    times, day = _times(left, needed), nw.col("income_day_text")
    is_part = nw.col("n_costs_not_known") > 0
    at_least_zh = nw.when(is_part).then(nw.lit("至少")).otherwise(nw.lit(""))
    at_least_en = nw.when(is_part).then(nw.lit("at least ")).otherwise(nw.lit(""))
    return (
        nw.concat_str(
            *(
                nw.lit("登记人均年纯收入"),
                income,
                nw.lit("元（"),
                day,
                nw.lit("登记），扣除全户近"),
            ),
            *(nw.lit(f"{ACCOUNT_MONTHS}个月合规自付支出"), at_least_zh, cost),
            *(nw.lit("元后，人均为监测线的"), times, nw.lit("倍")),
        ),
        nw.concat_str(
            *(nw.lit("net income per head on the register "), income, nw.lit(" yuan (of "), day),
            *(nw.lit("), less the household's compliant own cost of "), at_least_en, cost),
            *(nw.lit(f" yuan in {ACCOUNT_MONTHS} months, is "), times),
            nw.lit(" times the line per head"),
        ),
    )


_NO_INCOME = ("收入未登记 / no income on the register", "income_per_head_fen")
_NO_LINE = ("该日没有线 / no line for this day", "line_e4")
_NO_COST = ("有费用未注明合规自付 / compliant own cost of a bill not known", "n_costs_not_known")

REGISTER_RULES: tuple[RegisterRule, ...] = (
    RegisterRule(
        name="register_income_below_line",
        title_zh="登记人均纯收入低于监测线",
        title_en="net income per head on the register below the monitoring line",
        tests_zh="登记的人均年纯收入低于当日有效的监测线，等于该线不算低于",
        tests_en="the newest net income per head a year on the register is strictly below the "
        "line in force on the day",
        line="monitoring_line",
        makes_must_visit=True,
        is_met="is_below_line",
        told=_income_told,
        gaps=(_NO_INCOME, _NO_LINE),
    ),
    RegisterRule(
        name="register_income_after_rigid_below_line",
        title_zh="扣除合规刚性支出后人均纯收入低于监测线",
        title_en="income per head after compliant rigid spending below the monitoring line",
        tests_zh="登记的人均年纯收入，扣除全户近十二个月合规自付的医疗等刚性支出后，低于当日有效的监测线",
        tests_en="net income per head on the register, less the household's compliant own cost of "
        "the twelve months up to the day, is strictly below the line in force on the day",
        line="monitoring_line",
        makes_must_visit=True,
        is_met="is_below_line_after_rigid",
        told=_after_told,
        gaps=(_NO_INCOME, _NO_LINE, _NO_COST),
    ),
)
"""The rules of the county's own line, in the order in which they are shown."""


def register_answers(
    account: Frame,
    lines: Frame,
    standards: Standards,
    as_of: date,
    rules: Sequence[RegisterRule] = REGISTER_RULES,
) -> pl.DataFrame:
    """What every rule says about every household of an account.

    Parameters
    ----------
    account
        Of `register_account`, with the rules' line, for the households asked about.
    lines
        Lines in force on the day, of `lines_on`, for every rule's parameter.
    standards
        The parameters.
    as_of
        The day; it stands beside the evidence.
    rules
        The rules, all on one line.

    Returns
    -------
    DataFrame
        As `rule_answers`: ``household_id, rule, answer, evidence`` (Chinese and English, with the
        days they are of: amounts in yuan, times of the line rounded down to two decimals, or what
        is missing), ``parameter`` (the dated record used; the parameter's name where there is
        none). By household (bytes), then in the order of the rules.

    Raises
    ------
    ConfigError
        If the standards lack a rule's parameter.
    SchemaError
        If ``lines`` lacks a rule's line.
    """
    dated = account.join(_day_texts(account), on="income_day", how="left")
    parts = []
    for rule in rules:
        standards.parameter(rule.line)
        record = f"{rule.line}_record"
        if record not in lines.columns:
            raise SchemaError(
                f"The rule {rule.name!r} needs the line {rule.line!r}, which the table of lines "
                "lacks. Name it when building the lines."
            )
        placed = dated.join(
            lines.select("context_place", _record=nw.col(record)), on="context_place", how="left"
        )
        parts.append(_one_rule(placed, rule, as_of).to_native())
    return in_order(pl.concat(parts), rules)


def _one_rule(account: Frame, rule: RegisterRule, as_of: date) -> Frame:
    """Answers of one rule."""
    met = nw.col(rule.is_met)
    return account.select(
        "household_id",
        rule=nw.lit(rule.name),
        answer=answer(met),
        evidence=nw.when(met.is_null()).then(_missing(rule, as_of)).otherwise(_told(rule, as_of)),
        parameter=nw.coalesce(nw.col("_record"), nw.lit(rule.line)),
    )


def _told(rule: RegisterRule, as_of: date) -> nw.Expr:
    """What an answer rests on, with the day it is of."""
    zh, en = rule.told()
    return nw.concat_str(zh, nw.lit(f"（{as_of}） / "), en, nw.lit(f" ({as_of})"))


def _missing(rule: RegisterRule, as_of: date) -> nw.Expr:
    """What is missing, each with its words."""
    return nw.concat_str(
        *[
            nw.when(
                nw.col(column) > 0 if column == "n_costs_not_known" else nw.col(column).is_null()
            ).then(nw.lit(f"{said} ({as_of})"))
            for said, column in rule.gaps
        ],
        separator="；",
        ignore_nulls=True,
    )


def _day_texts(account: Frame) -> Frame:
    """Days of the account as text; engines disagree about dates, and agree about texts."""
    days = sorted({int(day) for day in account["income_day"].drop_nulls().to_list()})
    texts = pl.DataFrame(
        {"income_day": days, "income_day_text": [str(day_of(day)) for day in days]},
        schema={"income_day": pl.Int32, "income_day_text": pl.String},
    )
    return nw.from_native(texts, eager_only=True)


def _line_fen() -> nw.Expr:
    """The line in fen, rounded down."""
    return nw.col("line_e4") // LINE_SCALE


def yuan(fen: nw.Expr) -> nw.Expr:
    """Return an amount in fen as a text in yuan, without ``.00`` where there are no fen.

    Examples
    --------
    >>> frame = nw.from_native(pl.DataFrame({"fen": [600000, 123456, -5]}), eager_only=True)
    >>> frame.select(x=yuan(nw.col("fen")))["x"].to_list()
    ['6000', '1234.56', '-0.05']
    """
    whole = _signed(fen, (fen.abs() // _HUNDRED).cast(nw.String))
    return nw.when(fen % _HUNDRED == 0).then(whole).otherwise(two_decimals(fen))


def two_decimals(value: nw.Expr) -> nw.Expr:
    """Return hundredths as a text with two decimals.

    Examples
    --------
    >>> frame = nw.from_native(pl.DataFrame({"a": [80, 99999, -1]}), eager_only=True)
    >>> frame.select(x=two_decimals(nw.col("a")))["x"].to_list()
    ['0.80', '999.99', '-0.01']
    """
    size = value.abs()
    rest = (size % _HUNDRED + _HUNDRED).cast(nw.String).str.slice(1, 2)
    return _signed(value, nw.concat_str((size // _HUNDRED).cast(nw.String), nw.lit("."), rest))


def _signed(value: nw.Expr, text: nw.Expr) -> nw.Expr:
    """Return a text with a minus before it where the value is below zero."""
    return nw.concat_str(nw.when(value < 0).then(nw.lit("-")).otherwise(nw.lit("")), text)


def _times(amount: nw.Expr, of: nw.Expr) -> nw.Expr:
    """Return how many times an amount is another, rounded down to two decimals."""
    return two_decimals(amount * LINE_SCALE * _HUNDRED // of)
