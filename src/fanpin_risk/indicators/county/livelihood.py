"""Work, school, cover and debts of each household: one row each, out of persons' records."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import newest
from fanpin_risk.household.members import COMPULSORY, STAGES, coded, member_ages
from fanpin_risk.household.view import CountyView
from fanpin_risk.indicators.county.people import SCHOOL_AGES
from fanpin_risk.units import RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

AWAY = ("province", "outside", "abroad")
"""Places of work outside the county."""
COVERS = ("basic_medical", "employee_medical")
RENEWAL_MONTHS = 3
"""A cover that ended so many months ago or less is not yet a gap: the year's premiums are collected
until spring, and are known later still."""


def months_back(county: CountyView, months: int) -> int:
    """Day that lies so many months before the day of decision, as a number."""
    return day_number(add_months(county.known.as_of, -months))


def work_view(county: CountyView) -> Frame | None:
    """Who works, on what terms, and whose work stopped: out of months of work.

    A month counts by its last day. Only members who belong to the household on the day count.

    Returns
    -------
    DataFrame or None
        Of households of whose members months of work are on record: ``earners_6m``,
        ``away_earners_6m`` (last worked outside the county), ``stopped`` (worked within 12 months,
        not within the last 4), ``on_post`` (newest month within 4 on a public-welfare post),
        ``post_ends_6m``, ``post_ends_12m`` (its written end lies within so many months ahead; 0
        without a post, null where nobody's does and somebody's end is not written),
        ``job_ends_3m`` (the same of other work),
        ``main_earner_e4`` (share of the best paid in the wages of 12 months); None where the table
        is not kept.
    """
    if "work_month" not in county.tables:
        return None
    year_ago = months_back(county, 12)
    ever = county.tables["work_month"].filter(
        ~nw.col("person").is_null(), nw.col("month_day") <= county.day
    )
    rows = ever.filter(nw.col("month_day") > year_ago)
    newest = latest_answers(
        rows,
        ["home", "person"],
        {
            "worked": nw.lit(1),
            "is_away": _one_of("work_place_kind", AWAY).cast(nw.Int64),
        },
        day="month_day",
    )
    terms = rows.join(
        newest.select("person", month_day=nw.col("worked|day")),
        on=["person", "month_day"],
        how="semi",
    )
    spells = _spells(terms)
    wages = rows.group_by("home", "person").agg(wage=nw.col("wage_fen").sum().cast(nw.Int64))
    keys = ["home", "person"]
    persons = newest.join(spells, on=keys, how="left").join(wages, on=keys, how="left")
    homes = ever.select("home").unique()
    return _by_household(homes.join(persons, on="home", how="left"), county)


def _spells(terms: Frame) -> Frame:
    """Whether the newest month was on a post, and the written ends of post and other work."""
    is_post = ~nw.col("public_post").is_null()
    marked = terms.select(
        "home",
        "person",
        is_post=is_post.cast(nw.Int64),
        is_job=(~is_post).cast(nw.Int64),
        post_end=nw.when(is_post).then(nw.col("spell_end_day")),
        job_end=nw.when(~is_post).then(nw.col("spell_end_day")),
    )
    return marked.group_by("home", "person").agg(
        *[nw.col(name).max() for name in ("is_post", "is_job", "post_end", "job_end")]
    )


def _by_household(persons: Frame, county: CountyView) -> Frame:
    """Counts over the persons of each household who have months of work on record."""
    last = nw.col("worked|day")
    is_current = (last > months_back(county, 4)).fill_null(False)  # null: no month of the year
    within_6 = last > months_back(county, 6)

    def ends_within(kind: str, months: int) -> nw.Expr:
        end = nw.col(f"{kind}_end")
        limit = day_number(add_months(county.known.as_of, months))
        has_one = is_current & (nw.col(f"is_{kind}") == 1)
        return (has_one & (end > county.day) & (end <= limit)).cast(nw.Int64)

    ends = {
        "post_ends_6m": ends_within("post", 6),
        "post_ends_12m": ends_within("post", 12),
        "job_ends_3m": ends_within("job", 3),
    }
    marked = persons.select(
        "home",
        "wage",
        earners_6m=within_6.cast(nw.Int64),
        away_earners_6m=(within_6 & (nw.col("is_away") == 1)).cast(nw.Int64),
        stopped=((last > months_back(county, 12)) & ~is_current).cast(nw.Int64),
        on_post=(is_current & (nw.col("is_post") == 1)).cast(nw.Int64),
        **ends,
        **{f"{name}|unknown": end.is_null().cast(nw.Int64) for name, end in ends.items()},
    )
    grouped = marked.group_by("home").agg(
        *[
            nw.col(name).sum().cast(nw.Int64)
            for name in ("earners_6m", "away_earners_6m", "stopped", "on_post")
        ],
        *[nw.col(part).max() for name in ends for part in (name, f"{name}|unknown")],
        _total=nw.col("wage").sum().cast(nw.Int64),
        _most=nw.col("wage").max(),
    )
    return grouped.select(
        "home",
        *("earners_6m", "away_earners_6m", "stopped", "on_post"),
        *[
            nw.when((nw.col(name) == 1) | (nw.col(f"{name}|unknown") == 0))
            .then(nw.col(name))
            .alias(name)
            for name in ends
        ],
        occurred_day=nw.lit(county.day).cast(nw.Int32),
        main_earner_e4=nw.when(nw.col("_total") > 0).then(
            nw.col("_most") * RATIO_SCALE // nw.col("_total")
        ),
    )


def school_view(county: CountyView) -> Frame | None:
    """What school costs the household, and which children are out of it: out of terms.

    Cost, aid and boarding are of each member's newest record of the last 12 months, as the cost of
    a school year stands on it; being out of school is of the newest record whenever it was.

    Returns
    -------
    DataFrame or None
        Of households with a school record: ``net_cost_fen`` (cost less aid, aid not on record
        being none), ``boarders``, ``beyond_compulsory`` (members at upper secondary
        school or college), ``out_of_school`` (members of compulsory age not in school though able
        to study); None where the table is not kept.
    """
    if "schooling" not in county.tables:
        return None
    rows = county.tables["schooling"]
    ages = member_ages(county)
    values = {
        "cost": nw.col("cost_fen"),
        "aid": nw.col("aid_fen"),
        "boards": nw.col("is_boarding").cast(nw.Int64),
        "in_school": nw.col("is_in_school").cast(nw.Int64),
        "unable": nw.col("is_unable_to_study").cast(nw.Int64),
        "stage": coded("school_state", STAGES),
    }
    newest = latest_answers(rows, ["home", "person"], values)
    year_ago = months_back(county, 12)

    def of_this_year(name: str) -> nw.Expr:
        return nw.when(nw.col(f"{name}|day") > year_ago).then(nw.col(name))

    cost, aid = of_this_year("cost"), of_this_year("aid")
    first, last = SCHOOL_AGES
    is_of_age = (nw.col("age") >= first) & (nw.col("age") <= last)
    is_out = (nw.col("in_school") == 0) & is_of_age
    is_unable = (nw.col("unable") == 1).fill_null(False)
    attends = (of_this_year("in_school") == 1) & (of_this_year("stage") > COMPULSORY)
    marked = newest.join(ages, on="person", how="inner").select(
        "home",
        net_cost_fen=cost - aid.fill_null(0),
        boarders=of_this_year("boards"),
        beyond_compulsory=attends.cast(nw.Int64),
        out_of_school=(is_out & ~is_unable).cast(nw.Int64),
    )
    return _summed(marked, county)


def cover_view(county: CountyView) -> Frame | None:
    """Who of the members has no medical cover on the day, and what the premiums cost.

    Of each kind of basic medical insurance the newest period that has begun counts; a member whom
    one kind covers is covered. A period that ended within `RENEWAL_MONTHS` still does.

    Returns
    -------
    DataFrame or None
        Of households with a record of cover: ``uncovered`` (members), ``own_premium_fen`` (premium
        less public aid of the newest periods), ``aided`` (members whose premium is aided); None
        where the table is not kept.
    """
    if "insurance" not in county.tables:
        return None
    rows = (
        county.tables["insurance"]
        .filter(~nw.col("person").is_null())
        .filter(_one_of("insurance", COVERS))
        .filter(nw.col("from_day") <= county.day)
    )
    keys = ["home", "person", "insurance"]
    newest = rows.group_by(keys).agg(_newest=nw.col("from_day").max())
    latest = rows.join(newest, on=keys, how="inner").filter(nw.col("from_day") == nw.col("_newest"))
    lasts = nw.col("to_day").is_null() | (nw.col("to_day") >= months_back(county, RENEWAL_MONTHS))
    covered = nw.col("is_covered") & lasts
    own = nw.col("premium_fen") - nw.col("premium_aid_fen").fill_null(0)
    marked = latest.select(
        *keys,
        covered=covered.cast(nw.Int64),
        unknown=covered.is_null().cast(nw.Int64),
        own_premium_fen=nw.when(nw.col("is_covered")).then(own),
        aided=(nw.col("premium_aid_fen") > 0).cast(nw.Int64),
    )
    persons = marked.group_by("home", "person").agg(
        nw.col("covered").max(),
        nw.col("unknown").max(),
        nw.col("aided").max(),
        _own=nw.col("own_premium_fen").sum().cast(nw.Int64),
        _told=nw.col("own_premium_fen").count(),
    )
    uncovered = (
        nw.when(nw.col("covered") == 1).then(nw.lit(0)).when(nw.col("unknown") == 0).then(nw.lit(1))
    )
    return _summed(
        persons.select(
            "home",
            "aided",
            uncovered=uncovered,
            own_premium_fen=nw.when(nw.col("_told") > 0).then(nw.col("_own")),
        ),
        county,
    )


def loan_view(county: CountyView) -> Frame | None:
    """What the household owes: each loan as it last stood.

    Returns
    -------
    DataFrame or None
        Of households with a loan on record: ``balance_fen``, ``overdue_fen``, ``loans`` (with a
        balance), ``due_6m_fen`` (balance of loans due within six months, or already due); None
        where the table is not kept.
    """
    if "loan" not in county.tables:
        return None
    keys = ["home", "loan_kind", "loan_number"]
    rows = county.tables["loan"].with_columns(loan_number=nw.col("loan_number").fill_null(""))
    latest = newest(rows, keys)
    is_due = nw.col("due_day") <= day_number(add_months(county.known.as_of, 6))
    return _summed(
        latest.select(
            "home",
            "balance_fen",
            "overdue_fen",
            loans=(nw.col("balance_fen") > 0).cast(nw.Int64),
            due_6m_fen=nw.when(is_due).then(nw.col("balance_fen")).when(~is_due).then(nw.lit(0)),
        ),
        county,
    )


def _one_of(column: str, codes: tuple[str, ...]) -> nw.Expr:
    """Whether a code is one of several; null where it is not known."""
    return nw.any_horizontal(*[nw.col(column) == code for code in codes], ignore_nulls=False)


def _summed(marked: Frame, county: CountyView) -> Frame:
    """Sums of every column by household; null where a column is known of nobody."""
    names = [name for name in marked.columns if name != "home"]
    grouped = marked.group_by("home").agg(
        *[nw.col(name).sum().cast(nw.Int64).alias(f"{name}|sum") for name in names],
        *[nw.col(name).count().cast(nw.Int64).alias(f"{name}|known") for name in names],
    )
    return grouped.select(
        "home",
        occurred_day=nw.lit(county.day).cast(nw.Int32),
        **{
            name: nw.when(nw.col(f"{name}|known") > 0).then(nw.col(f"{name}|sum")) for name in names
        },
    )
