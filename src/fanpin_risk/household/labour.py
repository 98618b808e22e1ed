"""Who of a household can work: members by labour capacity, and the register's own word on it."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import completed_years
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import COUNT, DAY, FLAG, FactTheme, with_found
from fanpin_risk.household.members import LABOUR, births, capacities
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

_COUNTS = ("n_able", "n_weak", "n_unable", "n_labour_unknown")
_COLUMNS = {
    "n_members": COUNT,
    **dict.fromkeys(_COUNTS, COUNT),
    "n_working_age": COUNT,
    "n_able_working_age": COUNT,
    "labour_day": DAY,
    "is_no_labour_on_register": FLAG,
    "no_labour_register_day": DAY,
}


def labour_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Members of each household on the day by labour capacity.

    Capacity is the newest answer of the member's snapshots. Where there is none, who is younger
    than ``choices.working_age_from`` or at school has none, as the national export has it (policy
    notes, section 14); everybody else's is not known.

    Returns
    -------
    DataFrame or None
        One row for each household with members on record; None where no member snapshots are kept.

        ``n_members``
            Members on the day.
        ``n_able, n_weak, n_unable, n_labour_unknown``
            Of them with ordinary or skilled labour; with weak or half labour; who lost it or have
            none; not known. They add up to the members.
        ``n_working_age, n_able_working_age``
            Members whose age is known to be a working age, both ends included, and the able among
            them; null without choices of the ages.
        ``labour_day``
            Oldest day of an answer on capacity that counts here; null: no answer.
        ``is_no_labour_on_register, no_labour_register_day``
            Whether the register has the household as one without any labour that the safety net
            covers (整户无劳动能力兜底保障户), newest answer, and its day.
    """
    if "member_snapshot" not in county.known.tables:
        return None
    counted = (
        _marked(county, choices)
        .group_by("home")
        .agg(
            nw.len().cast(nw.Int64).alias("n_members"),
            *[nw.col(name).sum().cast(nw.Int64) for name in _COUNTS],
            nw.col("n_working_age").sum().cast(nw.Int64),
            nw.col("n_able_working_age").sum().cast(nw.Int64),
            nw.col("labour_day").min(),
        )
    )
    ages_told = nw.lit(choices.working_age_from is not None and choices.working_age_to is not None)
    of_ages = ("n_working_age", "n_able_working_age")
    facts = counted.with_columns(
        nw.when(ages_told).then(nw.col(name)).alias(name) for name in of_ages
    )
    return facts.join(_on_register(county), on="home", how="left").select("home", *_COLUMNS)


def _marked(county: CountyView, choices: AccountChoices) -> Frame:
    """Each member's capacity as 0 or 1 in each class."""
    labour, age = nw.col("labour"), completed_years(nw.col("birthday"), county.known.as_of)
    is_pupil = (nw.col("attends") == 1).fill_null(False)
    is_child = nw.lit(False)
    if choices.working_age_from is not None:
        is_child = (age < choices.working_age_from).fill_null(False)
    is_known = ~labour.is_null()
    is_able = is_known & (labour <= LABOUR["skilled"])
    is_weak = is_known & (labour == LABOUR["weak"])
    is_unable = (is_known & (labour > LABOUR["weak"])) | (~is_known & (is_child | is_pupil))
    is_of_age = nw.lit(False)
    if choices.working_age_from is not None and choices.working_age_to is not None:
        is_of_age = (age >= choices.working_age_from) & (age <= choices.working_age_to)
    marks = {
        "n_able": is_able,
        "n_weak": is_weak,
        "n_unable": is_unable,
        "n_labour_unknown": ~is_able & ~is_weak & ~is_unable,
        "n_working_age": is_of_age,
        "n_able_working_age": is_of_age & is_able,
    }
    return _members(county).select(
        "home",
        labour_day=nw.col("labour|day").cast(nw.Int64),
        **{name: mark.fill_null(False).cast(nw.Int64) for name, mark in marks.items()},
    )


def _members(county: CountyView) -> Frame:
    """Newest capacity, birthday, and whether at school, of everybody who belongs on the day."""
    persons = county.persons.select("person", "home")
    parts = (births(county, "birthday").drop("birthday|day"), capacities(county, None))
    return with_found(persons, parts, "person")


def _on_register(county: CountyView) -> Frame:
    """The register's newest word on households without any labour."""
    if "household_snapshot" not in county.tables:
        none = nw.lit(None)
        return county.homes.select(
            "home", is_no_labour_on_register=none, no_labour_register_day=none
        )
    rows = county.tables["household_snapshot"].filter(~nw.col("home").is_null())
    said = {"said": nw.col("is_no_labour_household").cast(nw.Int64)}
    return latest_answers(rows, ["home"], said, are_small=True).select(
        "home",
        is_no_labour_on_register=nw.col("said") == 1,
        no_labour_register_day=nw.col("said|day").cast(nw.Int64),
    )


LABOUR_THEME = FactTheme(name="labour", level="household", columns=_COLUMNS, build=labour_facts)
"""Labour capacity of each household."""
