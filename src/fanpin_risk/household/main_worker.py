"""Whether a household lost its main worker: the best paid of the months before it happened.

Who the main worker was follows from months of work on record. An office that reports the loss of a
main worker (主要劳动力丧失) is believed.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_of
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, DAY, FactTheme
from fanpin_risk.household.income_account_windows import month_number, month_number_of
from fanpin_risk.household.view import CountyView
from fanpin_risk.household.worker_losses import HOW, people_of_homes, worker_losses
from fanpin_risk.units import MONTHS_PER_YEAR

Frame = nw.DataFrame[pl.DataFrame]

_COLUMNS = {
    "main_worker_lost_day": DAY,
    "main_worker_lost_how": CODE,
    "main_worker_open_day": DAY,
    "main_worker_quiet_since_day": DAY,
}


def main_worker_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Loss of the main worker of each household up to the day.

    What can have taken a worker away: the member died or left (newest member snapshots; who
    joined another household on record has not left), an office reported the death, or the newest
    answers say seriously ill, or severely disabled, after one that said no. The member was the main
    worker if nobody's wages in the ``choices.window_months`` months before were higher.

    Returns
    -------
    DataFrame or None
        One row for each household that a snapshot names; None where no member snapshots are kept.

        ``main_worker_lost_day, main_worker_lost_how``
            Newest day, and what it was: ``recorded`` (reported as the loss of a main worker),
            ``died``, ``left``, ``seriously_ill`` or ``severely_disabled``; of two on one day the
            first of these. Null: none known.
        ``main_worker_open_day``
            Newest day of a loss that may have been one: a member of working age (or of an age that
            is not known) while nobody's wages of these months are on record, or one of them
            without its amount; a death reported of nobody in particular, unless a member's death is
            on record from that day on; an illness or disability that the member's first answer told
            of. Null: none.
        ``main_worker_quiet_since_day``
            Day after which the main worker was not lost, as far as records reach: the newest of the
            two, the day before shocks and members are on record, and the day before the household's
            own history begins. Null: no shocks are kept.
    """
    if "member_snapshot" not in county.known.tables:
        return None
    people = people_of_homes(county)
    events = _judged(worker_losses(county, choices, people), people, county, choices)
    lost = events.filter(nw.col("is_lost"))
    newest = lost.group_by("home").agg(main_worker_lost_day=nw.col("day").max())
    of_day = lost.join(newest, on="home", how="inner").filter(
        nw.col("day") == nw.col("main_worker_lost_day")
    )
    how = of_day.group_by("home").agg(_how=nw.col("how").min())
    maybe = events.filter(nw.col("is_lost").is_null())
    maybe_newest = maybe.group_by("home").agg(main_worker_open_day=nw.col("day").max())
    facts = county.homes.select("home", since_day=nw.col("since_day").cast(nw.Int64))
    for part in (newest, how, maybe_newest):
        facts = facts.join(part, on="home", how="left")
    since = _first_day(county)
    begun = nw.max_horizontal(nw.lit(since).cast(nw.Int64), "since_day") - 1
    quiet = nw.max_horizontal("main_worker_lost_day", "main_worker_open_day", "_begun")
    return facts.with_columns(_begun=begun).select(
        *("home", "main_worker_lost_day", "main_worker_open_day"),
        main_worker_lost_how=_how_code(),
        main_worker_quiet_since_day=nw.when(nw.lit(since is not None)).then(quiet),
    )


def _how_code() -> nw.Expr:
    """The code of a place in `HOW`."""
    value: nw.Expr = nw.lit(None).cast(nw.String)
    for place, code in enumerate(HOW):
        value = nw.when(nw.col("_how") == place).then(nw.lit(code)).otherwise(value)
    return value


def _first_day(county: CountyView) -> int | None:
    """First day from which both shocks and members are on record."""
    if "shock" not in county.tables:
        return None
    firsts = [
        rows["occurred_day"].min()
        for rows in (
            county.tables["shock"],
            happened(county.known, "member_snapshot", ["occurred_day"]),
        )
    ]
    return None if None in firsts else max(int(str(first)) for first in firsts)


def _judged(events: Frame, people: Frame, county: CountyView, choices: AccountChoices) -> Frame:
    """Events with ``is_lost``: whether it was the main worker; null where it may have been."""
    events = events.join(_months_of_days(events), on="day", how="left").with_row_index("event")
    wages = _wages_before(events, people, county, choices)
    judged = events.join(wages, on="event", how="left").join(
        _births(events, county), on="person_id", how="left"
    )
    own, best = nw.col("_own").fill_null(0), nw.col("_best")
    by_wages = nw.when((nw.col("_bare") == 0) & (best > 0)).then(own == best)
    age = (nw.col("month") - nw.col("birth_month")) // MONTHS_PER_YEAR
    is_too_young = is_too_old = nw.lit(False)
    if choices.working_age_from is not None:
        is_too_young = (age < choices.working_age_from).fill_null(False)
    if choices.working_age_to is not None:
        is_too_old = (age > choices.working_age_to).fill_null(False)
    is_of_no_age = is_too_young | is_too_old
    is_main = nw.coalesce(by_wages, nw.when(is_of_no_age).then(nw.lit(False)))
    is_recorded = nw.col("how") == HOW.index("recorded")
    happened_so = nw.when(nw.col("is_sure") == 1).then(nw.lit(True))
    return judged.select(
        *("home", "day", "how"),
        is_lost=nw.when(is_recorded).then(nw.lit(True)).otherwise(is_main & happened_so),
    )


def _months_of_days(events: Frame) -> Frame:
    """Month of each day on which anything happened: ``day, month``."""
    days = sorted(int(str(day)) for day in events["day"].unique().to_list())
    months = [month_number(day_of(day)) for day in days]
    schema = {"day": pl.Int64(), "month": pl.Int64()}
    return nw.from_native(
        pl.DataFrame({"day": days, "month": months}, schema=schema), eager_only=True
    )


def _wages_before(
    events: Frame, people: Frame, county: CountyView, choices: AccountChoices
) -> Frame:
    """Wages of the months before each event: ``event``, the person's own, the best, and ``_bare``.

    ``_bare``: months of anybody of the household whose wage is not on record.
    """
    named = events.filter(~nw.col("person_id").is_null())
    of_home = named.select("event", "home", "month", _who=nw.col("person_id")).join(
        people.select("person_id", "home"), on="home", how="inner"
    )
    asked = of_home.select("person_id").unique()
    columns = ("person_id", "work_month", "wage_fen", "occurred_day")
    rows = happened(county.known, "work_month", columns).join(asked, on="person_id", how="inner")
    rows = rows.select("person_id", "wage_fen", work=month_number_of("work_month"))
    before = of_home.join(rows, on="person_id", how="inner").filter(
        nw.col("work") < nw.col("month"),
        nw.col("work") >= nw.col("month") - choices.window_months,
    )
    sums = (
        before.with_columns(
            _is_who=nw.col("person_id") == nw.col("_who"),
            _is_bare=nw.col("wage_fen").is_null().cast(nw.Int64),
        )
        .group_by("event", "person_id", "_is_who")
        .agg(_fen=nw.col("wage_fen").sum().cast(nw.Int64), _bare=nw.col("_is_bare").sum())
    )
    return (
        sums.with_columns(_own=nw.when(nw.col("_is_who")).then(nw.col("_fen")))
        .group_by("event")
        .agg(
            _own=nw.col("_own").max(),
            _best=nw.col("_fen").max(),
            _bare=nw.col("_bare").sum().cast(nw.Int64),
        )
    )


def _births(events: Frame, county: CountyView) -> Frame:
    """Month of birth of everybody whom an event names: ``person_id, birth_month``."""
    named = events.filter(~nw.col("person_id").is_null()).select("person_id").unique()
    columns = ("person_id", "born_on", "occurred_day", "recorded_day")
    snapshots = happened(county.known, "member_snapshot", columns)
    rows = snapshots.join(named, on="person_id", how="inner")
    answers = latest_answers(rows, ["person_id"], {"birth_month": month_number_of("born_on")})
    return answers.select("person_id", "birth_month")


MAIN_WORKER = FactTheme(
    name="main worker", level="household", columns=_COLUMNS, build=main_worker_facts
)
"""Loss of each household's main worker."""
