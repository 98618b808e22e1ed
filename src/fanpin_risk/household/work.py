"""Work for pay out of months of work: who worked, who stopped, whose wages are not steady, posts.

A month of work is known when an office wrote it down; that none is on record of somebody does not
say that the person never works. A public-welfare post is paid by the office that keeps the months,
so who has no month on one is on none (founding text 三（六）).
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, COUNT, DAY, FEN, FLAG, FactTheme
from fanpin_risk.household.income_account_windows import (
    IncomeWindow,
    first_of_month,
    windows_of,
)
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

_OF_HOMES = {
    "n_workers_12m": COUNT,
    "earliest_last_month_day": DAY,
    "wages_12m_known_fen": FEN,
    "wages_12m_open": COUNT,
    "unstable_wages_12m_known_fen": FEN,
    "unstable_wages_12m_open": COUNT,
}
_OF_PERSONS = {
    "last_work_month_day": DAY,
    "is_on_post": FLAG,
    "post": CODE,
    "post_month_day": DAY,
    "post_end_day": DAY,
    "post_wage_fen": FEN,
}


def work_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Work of the members of each household on the day.

    Returns
    -------
    DataFrame or None
        One row for each household that a snapshot names; None where months of work are not kept. A
        month counts by its last day; only members who belong to the household on the day count.

        ``n_workers_12m``
            Members with a month of work in the window; null where months of work are not kept for
            the whole window, or the household moved in within it.
        ``earliest_last_month_day``
            Of the members who worked in the window the newest month of each, and of these the
            earliest: who has been without work for longest. Null: nobody on record.
        ``wages_12m_known_fen, wages_12m_open``
            Wages of the window that are on record, added up, and months of which the wage is not.
        ``unstable_wages_12m_known_fen, unstable_wages_12m_open``
            The same of members who worked in fewer than ``choices.stable_work_months`` months of
            the window; null without such a choice, and where the first column is null.

        The window is of ``choices.window_months`` months and ends with the month before the day.
    """
    if "work_month" not in county.tables:
        return None
    window = windows_of(county.known.as_of, choices)[0]
    persons = _by_person(county, window)
    first = county.tables["work_month"]["month_day"].min()
    first_end = day_number(first_of_month(window.first + 1)) - 1
    is_kept = first is not None and int(str(first)) <= first_end
    moved_in = nw.col("moved_in_day")
    is_whole = nw.lit(is_kept) & (moved_in.is_null() | (moved_in <= window.first_day))
    facts = county.homes.select("home", _is_whole=is_whole).join(
        _by_home(persons, choices.stable_work_months), on="home", how="left"
    )
    found = {name: nw.col(name).fill_null(0) for name in ("wages_12m_known_fen", "wages_12m_open")}
    for name in ("n_workers_12m", "unstable_wages_12m_known_fen", "unstable_wages_12m_open"):
        found[name] = nw.when(nw.col("_is_whole")).then(nw.col(name).fill_null(0))
    if choices.stable_work_months is None:
        for name in ("unstable_wages_12m_known_fen", "unstable_wages_12m_open"):
            found[name] = nw.lit(None).cast(nw.Int64)
    return facts.with_columns(**found).select("home", *_OF_HOMES)


def post_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Public-welfare post of each member on the day.

    Returns
    -------
    DataFrame or None
        One row for each person who belongs to a household; None where months of work are not kept.

        ``last_work_month_day``
            Last day of the person's newest month of work; null: none on record.
        ``is_on_post``
            Whether that month was worked on a post; false where none is on record.
        ``post, post_month_day, post_wage_fen``
            Of the newest month on a post: which post, its last day, its wage (null: not known).
        ``post_end_day``
            Day on which that post ends as written, the earliest of several; null: not written.
    """
    if "work_month" not in county.tables:
        return None
    rows = county.tables["work_month"].filter(
        ~nw.col("person").is_null(), nw.col("month_day") <= county.day
    )
    last = rows.group_by("person").agg(last_work_month_day=nw.col("month_day").max())
    posts = rows.filter(~nw.col("public_post").is_null())
    newest = posts.group_by("person").agg(post_month_day=nw.col("month_day").max())
    of_month = posts.join(newest, on="person", how="inner").filter(
        nw.col("month_day") == nw.col("post_month_day")
    )
    terms = of_month.group_by("person").agg(
        post=nw.col("public_post").max(),
        post_month_day=nw.col("post_month_day").max(),
        post_end_day=nw.col("spell_end_day").min(),
        _fen=nw.col("wage_fen").sum().cast(nw.Int64),
        _told=nw.col("wage_fen").count(),
    )
    is_on_post = nw.col("post_month_day") == nw.col("last_work_month_day")
    return (
        county.persons.select("person")
        .join(last, on="person", how="left")
        .join(terms, on="person", how="left")
        .with_columns(
            is_on_post=is_on_post.fill_null(False),
            post_wage_fen=nw.when(nw.col("_told") > 0).then(nw.col("_fen")),
        )
        .select("person", *_OF_PERSONS)
    )


def _by_person(county: CountyView, window: IncomeWindow) -> Frame:
    """Newest month, months and wages of the window, of everybody who worked in it."""
    rows = county.tables["work_month"].filter(
        ~nw.col("person").is_null(),
        nw.col("month_day") >= window.first_day,
        nw.col("month_day") <= county.day,
    )
    months = rows.group_by("home", "person", "month_day").agg(
        fen=nw.col("wage_fen").sum().cast(nw.Int64),
        told=nw.col("wage_fen").count().cast(nw.Int64),
        rows=nw.len().cast(nw.Int64),
    )
    inside = nw.col("month_day") <= window.last_day
    persons = months.select(
        *("home", "person", "month_day"),
        inside=inside.cast(nw.Int64),
        fen=nw.when(inside).then(nw.col("fen")),
        open=(inside & (nw.col("told") < nw.col("rows"))).cast(nw.Int64),
    )
    return (
        persons.group_by("home", "person")
        .agg(
            last=nw.col("month_day").max(),
            months=nw.col("inside").sum().cast(nw.Int64),
            fen=nw.col("fen").sum().cast(nw.Int64),
            open=nw.col("open").sum().cast(nw.Int64),
        )
        .filter(nw.col("months") > 0)
    )


def _by_home(persons: Frame, stable_months: int | None) -> Frame:
    """Workers and wages of each household of which anybody worked in the window."""
    is_unstable = nw.lit(False) if stable_months is None else nw.col("months") < stable_months
    marked = persons.select(
        "home",
        *("last", "fen", "open"),
        unstable_fen=nw.when(is_unstable).then(nw.col("fen")),
        unstable_open=nw.when(is_unstable).then(nw.col("open")),
    )
    return marked.group_by("home").agg(
        n_workers_12m=nw.len().cast(nw.Int64),
        earliest_last_month_day=nw.col("last").min(),
        wages_12m_known_fen=nw.col("fen").sum().cast(nw.Int64),
        wages_12m_open=nw.col("open").sum().cast(nw.Int64),
        unstable_wages_12m_known_fen=nw.col("unstable_fen").sum().cast(nw.Int64),
        unstable_wages_12m_open=nw.col("unstable_open").sum().cast(nw.Int64),
    )


WORK = FactTheme(name="work", level="household", columns=_OF_HOMES, build=work_facts)
"""Work for pay of each household."""

POSTS = FactTheme(name="posts", level="person", columns=_OF_PERSONS, build=post_facts)
"""Public-welfare post of each member."""
