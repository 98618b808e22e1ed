"""What may have taken a worker from a household: death, leaving, illness, severe disability."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.groups import runs_of_yes
from fanpin_risk.household.of_homes import homes_of_numbers, under_home
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

HOW = ("recorded", "died", "left", "seriously_ill", "severely_disabled")
"""What took the main worker away, in the order in which one is named."""

_EVENT = ("home", "person_id", "day", "how", "is_sure")


def people_of_homes(county: CountyView) -> Frame:
    """Everybody who belongs to a household, died in it or left it.

    Returns
    -------
    DataFrame
        ``person_id, home``; ``gone_day, how`` of those who are gone: first day of the unbroken run
        of snapshots that say so.
    """
    here = county.persons.select("person_id", "home")
    columns = ("person_id", "household_id", "membership", "occurred_day", "recorded_day")
    said = happened(county.known, "member_snapshot", columns).join(
        here.select("person_id"), on="person_id", how="anti"
    )
    standing = (
        nw.when(nw.col("membership") == "died")
        .then(nw.lit(HOW.index("died")))
        .when(nw.col("membership") == "left")
        .then(nw.lit(HOW.index("left")))
        .otherwise(nw.lit(len(HOW)))
    )
    rows = said.select(
        *("person_id", "household_id", "recorded_day"),
        day=nw.col("occurred_day").cast(nw.Int64),
        how=standing.cast(nw.Int64),
    )
    newest = rows.group_by("person_id").agg(_newest=nw.col("day").max())
    last = rows.join(newest, on="person_id", how="inner").filter(nw.col("day") == nw.col("_newest"))
    now = last.group_by("person_id").agg(_now=nw.col("how").min())
    gone = rows.join(now, on="person_id", how="inner")
    other = gone.filter(nw.col("how") != nw.col("_now"))
    broken = other.group_by("person_id").agg(_break=nw.col("day").max())
    is_run = nw.col("_break").is_null() | (nw.col("day") > nw.col("_break"))
    run = (
        gone.filter(nw.col("how") == nw.col("_now"), nw.col("how") < len(HOW))
        .join(broken, on="person_id", how="left")
        .filter(is_run)
        .group_by("person_id")
        .agg(gone_day=nw.col("day").min(), how=nw.col("how").min())
    )
    away = run.join(_last_homes(rows, county), on="person_id", how="inner")
    none = nw.lit(None).cast(nw.Int64)
    return nw.concat(
        [
            here.with_columns(gone_day=none, how=none),
            away.select("person_id", "home", "gone_day", "how"),
        ]
    )


def _last_homes(rows: Frame, county: CountyView) -> Frame:
    """Home of the newest snapshot that names a household."""
    named = rows.filter(~nw.col("household_id").is_null()).join(
        homes_of_numbers(county), on="household_id", how="inner"
    )
    return latest_answers(named, ["person_id"], {"home": nw.col("home")}, day="day").select(
        "person_id", "home"
    )


def worker_losses(county: CountyView, choices: AccountChoices, people: Frame) -> Frame:
    """What may have taken a worker away: the columns `_EVENT`.

    ``is_sure``: 1 it happened on that day, null it may have been earlier.
    """
    gone = people.filter(~nw.col("gone_day").is_null()).select(
        *("home", "person_id", "how"), day=nw.col("gone_day"), is_sure=nw.lit(1).cast(nw.Int64)
    )
    parts = [gone.select(_EVENT), *_reported(county, people), *_newly_unfit(county, choices)]
    return nw.concat(parts)


def _reported(county: CountyView, people: Frame) -> list[Frame]:
    """Losses of main workers and deaths that offices report."""
    if "shock" not in county.tables:
        return []
    columns = ("household_id", "person_id", "shock_kind", "occurred_day")
    rows = happened(county.known, "shock", columns).with_columns(
        day=nw.col("occurred_day").cast(nw.Int64), is_sure=nw.lit(1).cast(nw.Int64)
    )
    own = county.tables["shock"].filter(
        ~nw.col("home").is_null(), nw.col("shock_kind") == "worker_lost"
    )
    worker = own.select(
        "home",
        person_id=nw.lit(None).cast(nw.String),
        day=nw.col("occurred_day").cast(nw.Int64),
        how=nw.lit(HOW.index("recorded")).cast(nw.Int64),
        is_sure=nw.lit(1).cast(nw.Int64),
    )
    deaths = rows.filter(nw.col("shock_kind") == "death").with_columns(
        how=nw.lit(HOW.index("died")).cast(nw.Int64)
    )
    of_known = deaths.join(people.select("person_id", "home"), on="person_id", how="inner")
    of_nobody = deaths.join(people.select("person_id"), on="person_id", how="anti")
    unnamed = under_home(of_nobody, county).with_columns(person_id=nw.lit(None).cast(nw.String))
    died = (
        people.filter(nw.col("how") == HOW.index("died"))
        .group_by("home")
        .agg(_died=nw.col("gone_day").max())
    )
    unexplained = unnamed.join(died, on="home", how="left").filter(
        nw.col("_died").is_null() | (nw.col("_died") < nw.col("day"))
    )
    return [worker.select(_EVENT), of_known.select(_EVENT), unexplained.select(_EVENT)]


def _newly_unfit(county: CountyView, choices: AccountChoices) -> list[Frame]:
    """Members of whom the newest answers say seriously ill, or severely disabled."""
    ill = nw.col("is_seriously_ill")
    level = nw.col("disability_level")
    asked = {"seriously_ill": ill}
    if choices.severe_disability_level is not None:
        none = nw.when(~nw.col("is_disabled")).then(nw.lit(False))
        asked["severely_disabled"] = nw.coalesce(level <= choices.severe_disability_level, none)
    rows = county.snapshots.select(
        *("person", "occurred_day"), **{how: is_so.cast(nw.Int64) for how, is_so in asked.items()}
    )
    return [_begun(rows, county, how) for how in asked]


def _begun(rows: Frame, county: CountyView, how: str) -> Frame:
    """First day of the run of answers "yes" that is the newest, by person."""
    since = runs_of_yes(rows, how)
    return (
        since.join(county.persons, on="person", how="inner")
        .select(
            *("home", "person_id"),
            day=nw.col("_since"),
            how=nw.lit(HOW.index(how)).cast(nw.Int64),
            is_sure=nw.when(~nw.col("_no").is_null()).then(nw.lit(1)).cast(nw.Int64),
        )
        .select(_EVENT)
    )
