"""Members who work and are on the living allowance: what the deduction of employment cost asks."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, DAY, FEN, FLAG, FactTheme
from fanpin_risk.household.income_account_windows import IncomeWindow, windows_of
from fanpin_risk.household.kept import GRACE_DAYS, is_kept_since
from fanpin_risk.household.members import LABOUR, coded, member_snapshots
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

COLUMNS = {
    "works_in_window": FLAG,
    "latest_work_place": CODE,
    "latest_work_day": DAY,
    "wage_earned_fen": FEN,
    "is_able_on_dibao": FLAG,
}
"""What is given of each member; see `build_workers`."""
ABLE = ("ordinary", "skilled", "weak")
"""Labour capacities with which somebody can work at all, half labour among them."""

NEAR = ("village", "township", "county")
"""Kinds of places of work that lie in the household's own county."""


def build_workers(county: CountyView, choices: AccountChoices) -> Frame:
    """Work of each member in the window of identification, and who may have a deduction for it.

    ``works_in_window``
        Whether a month of work in the window is on record. Without one the answer is no where
        months of work are kept since the window's first month, for nothing is deducted that nobody
        wrote down; else it is not known.
    ``latest_work_place``, ``latest_work_day``
        Place of the latest month that names one, as the records spell it, and the last day of the
        latest month worked. Work said to be in the village, township or county, with no place
        named, is at the household's place of reference. Of two places in one month the one recorded
        later counts, else the later by bytes.
    ``wage_earned_fen``
        Wages of the months on record in the window; null where that of a month is not known.
    ``is_able_on_dibao``
        Whether the member is on the living allowance and can work, by the newest member snapshots
        that say so; half labour counts as able (founding text 四（十）). Null where not known.

    Returns
    -------
    DataFrame
        ``person`` and `COLUMNS`, a row for each member on the day.
    """
    window = windows_of(county.known.as_of, choices)[0]
    found = county.persons.select("person")
    worked = _worked(county, window)
    found = found.join(worked, on="person", how="left") if worked is not None else found
    if worked is None:
        found = found.with_columns(
            works_in_window=nw.lit(None).cast(nw.Boolean),
            latest_work_place=nw.lit(None).cast(nw.String),
            latest_work_day=nw.lit(None).cast(nw.Int64),
            wage_earned_fen=nw.lit(None).cast(nw.Int64),
        )
    elif is_kept_since(county.tables["work_month"], window.first_day + GRACE_DAYS, day="month_day"):
        found = found.with_columns(works_in_window=nw.col("works_in_window").fill_null(False))
    return found.join(_able_on_dibao(county), on="person", how="left").select("person", *COLUMNS)


WORKERS = FactTheme(name="workers", level="person", columns=COLUMNS, build=build_workers)
"""Work of each member, for the deduction of employment cost."""


def _worked(county: CountyView, window: IncomeWindow) -> Frame | None:
    """Months of work in the window, a row for each member who has one."""
    if "work_month" not in county.tables:
        return None
    day = nw.col("month_day")
    rows = (
        county.tables["work_month"]
        .select(
            *("home", "person", "month_day", "recorded_day", "wage_fen"),
            *("work_place", "work_place_kind"),
        )
        .filter(~nw.col("person").is_null(), day >= window.first_day, day <= window.last_day)
    )
    sums = rows.group_by("person").agg(
        latest_work_day=day.max(),
        _wage=nw.col("wage_fen").sum().cast(nw.Int64),
        _told=nw.col("wage_fen").count(),
        _months=nw.len(),
    )
    named = rows.join(county.homes.select("home", "context_place"), on="home", how="left")
    places = latest_answers(named, ["person"], {"place": _place()}, day="month_day")
    is_whole = nw.col("_told").cast(nw.Int64) == nw.col("_months").cast(nw.Int64)
    return sums.join(places, on="person", how="left").select(
        "person",
        "latest_work_day",
        works_in_window=nw.lit(True),
        latest_work_place=nw.col("place"),
        wage_earned_fen=nw.when(is_whole).then(nw.col("_wage")),
    )


def _place() -> nw.Expr:
    """Place of work of a month, as the records spell it; null where nobody says."""
    is_near = nw.any_horizontal(
        *[nw.col("work_place_kind") == kind for kind in NEAR], ignore_nulls=False
    )
    return nw.coalesce(nw.col("work_place"), nw.when(is_near).then(nw.col("context_place")))


def _able_on_dibao(county: CountyView) -> Frame:
    """Whether each member is on the living allowance and can work."""
    values = {
        "dibao": (nw.col("dibao") != "none").cast(nw.Int64),
        "able": _is_able().cast(nw.Int64),
    }
    rows = member_snapshots(county, ("dibao", "labour_skill"))
    answers = latest_answers(rows, ["person"], values, are_small=True)
    both = (nw.col("dibao") == 1) & (nw.col("able") == 1)
    return answers.select("person", is_able_on_dibao=both)


def _is_able() -> nw.Expr:
    """Whether a snapshot's labour capacity is one of `ABLE`; null where it is not known."""
    labour = coded("labour_skill", LABOUR)
    return nw.any_horizontal(*[labour == LABOUR[code] for code in ABLE], ignore_nulls=False)
