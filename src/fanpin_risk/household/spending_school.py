"""What a member's school costs in the running school year, less aid."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DAY, FEN, FLAG, Columns, FactTheme
from fanpin_risk.household.guarantees_school import (
    school_by_office,
    school_by_register,
    with_school_numbers,
)
from fanpin_risk.household.guarantees_sources import OFFICE, REGISTER, beside, newer
from fanpin_risk.household.kept import GRACE_DAYS, is_kept_since
from fanpin_risk.household.members import SECONDARY, day_before_school_year, member_snapshots
from fanpin_risk.household.spending_windows import first_day_of_months
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import MONTHS_PER_YEAR

Frame = nw.DataFrame[pl.DataFrame]

_COLUMNS: Columns = {
    "is_in_upper_secondary": FLAG,
    "upper_secondary_day": DAY,
    "school_cost_fen": FEN,
    "school_net_cost_fen": FEN,
    "school_cost_day": DAY,
}
_OF_MEMBERS = ("school_state", "education", "dropout_reason")
_OF_YEAR = ("school_state", "dropout_reason", "is_in_school", "is_unable_to_study")
_COSTS = ("cost_fen", "aid_fen")


def person_school_cost(county: CountyView, choices: AccountChoices) -> Frame:
    """School of everybody who belongs to a household on the day, as far as it costs.

    Every term's record states cost and aid of the whole school year. The running school year begins
    in ``choices.school_year_first_month``; without that choice records of the twelve
    months up to the day count.

    Returns
    -------
    DataFrame
        ``person``, amounts in fen, and:

        ``is_in_upper_secondary, upper_secondary_day``
            Attends a general or vocational senior secondary school (普通高中、中职), by the newer
            of the education office's record of this school year and the register. No also where
            neither names a school, while the office has records of this year and has kept them
            since it began: it lists the pupils.
        ``school_cost_fen``
            Cost of the school year on the newest record that has one; null: none this year.
        ``school_net_cost_fen``
            The same less aid; null where that record does not say how much aid there is.
        ``school_cost_day``
            Day of that record.
    """
    since = _first_day(county, choices)
    asked = {"stage": school_by_register()["stage"]}
    snapshots = with_school_numbers(member_snapshots(county, _OF_MEMBERS))
    registered = latest_answers(snapshots, ["person"], asked, are_small=True)
    persons = beside(county.persons.select("person"), registered, "person", list(asked), REGISTER)
    persons = beside(persons, _stages(county, since), "person", list(asked), OFFICE)
    persons = persons.join(_costs(county, since), on="person", how="left")
    stage, day = newer("stage")
    attends = nw.coalesce(stage == SECONDARY, nw.lit(_nobody_else_attends(county, since)))
    cost, net = nw.col("cost"), nw.col("net")
    return persons.select(
        "person",
        is_in_upper_secondary=attends,
        upper_secondary_day=day,
        school_cost_fen=cost,
        school_net_cost_fen=nw.when(nw.col("net|day") == nw.col("cost|day")).then(net),
        school_cost_day=nw.when(~cost.is_null()).then(nw.col("cost|day")),
    )


def _first_day(county: CountyView, choices: AccountChoices) -> int:
    """First day of the running school year."""
    as_of, month = county.known.as_of, choices.school_year_first_month
    if month is None:
        return first_day_of_months(as_of, MONTHS_PER_YEAR)
    return day_number(day_before_school_year(as_of, month)) + 1


def _of_year(county: CountyView, since: int) -> Frame:
    """Records of members in the running school year."""
    columns = ("person", "occurred_day", "recorded_day", *_OF_YEAR, *_COSTS)
    return (
        county.tables["schooling"]
        .select(columns)
        .filter(nw.col("occurred_day") >= since, ~nw.col("person").is_null())
    )


def _stages(county: CountyView, since: int) -> Frame | None:
    """Newest stage that the education office has of each member."""
    if "schooling" not in county.tables:
        return None
    rows = with_school_numbers(_of_year(county, since))
    asked = {"stage": school_by_office()["stage"]}
    return latest_answers(rows, ["person"], asked, are_small=True)


def _costs(county: CountyView, since: int) -> Frame:
    """Newest cost, and cost less aid, of each member, with their days."""
    if "schooling" not in county.tables:
        nothing = nw.lit(None).cast(nw.Int64)
        names = ("cost", "net", "cost|day", "net|day")
        return county.persons.select("person", **dict.fromkeys(names, nothing))
    cost = nw.col("cost_fen")
    values = {"cost": cost, "net": cost - nw.col("aid_fen")}
    return latest_answers(_of_year(county, since), ["person"], values)


def _nobody_else_attends(county: CountyView, since: int) -> bool | None:
    """False where whoever is not named attends no school; None where that cannot be told."""
    if "schooling" not in county.tables:
        return None
    rows = county.tables["schooling"]
    has_begun = len(rows.filter(nw.col("occurred_day") >= since)) > 0
    return False if has_begun and is_kept_since(rows, since - 1 + GRACE_DAYS) else None


PERSON_SCHOOL_COST = FactTheme(
    name="person_school_cost", level="person", columns=_COLUMNS, build=person_school_cost
)
"""What school costs for members."""
