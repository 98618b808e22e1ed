"""Groups that thresholds of medical warnings are set for: formerly poor, listed, on an allowance.

What the register and the civil affairs office say, for the warning alone; the ledger of listings
decides everything else.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DAY, FLAG, Columns, FactTheme
from fanpin_risk.household.income_account_rows import ACCOUNT_CLOCKS
from fanpin_risk.household.members import member_snapshots
from fanpin_risk.household.of_homes import under_home
from fanpin_risk.household.spending_windows import spending_days
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

ALLOWANCES = ("dibao", "tekun")
"""Allowances: the name of the member's answer, and of the item of income."""

_COLUMNS: Columns = {
    "is_formerly_poor": FLAG,
    "formerly_poor_day": DAY,
    "is_listed_on_register": FLAG,
    "listed_on_register_day": DAY,
    "is_on_allowance": FLAG,
    "allowance_day": DAY,
}
_OF_ANSWERS = ("says", "said_no", "yes_day", "no_day")


def spending_groups(county: CountyView, choices: AccountChoices) -> Frame:
    """Groups of each household, each yes, no or not known, with the day of the record.

    Returns
    -------
    DataFrame
        ``home`` and:

        ``is_formerly_poor, formerly_poor_day``
            Newest type of the household (户类型) is formerly registered poor. No also where the
            register names the types of others and none of this household: it holds every household
            that was registered poor (policy notes, section 13).
        ``is_listed_on_register, listed_on_register_day``
            The register names a type of monitored household, and the risk is not recorded as
            eliminated. No also where it names such types of others and none of this one.
        ``is_on_allowance, allowance_day``
            A member is on the minimum living allowance or destitute support by the newest answer of
            the member's snapshots; or the household was paid one since 1 January, unless every
            member's answers say no on a later day. No where every member's answers say so, or such
            payments are on record of others this year and none of this household.
    """
    homes = county.homes.select("home")
    for part in (_register(county), _answers(county), _paid(county)):
        homes = homes.join(part, on="home", how="left")
    return homes.select("home", **_of_register(), **_of_allowance())


def _register(county: CountyView) -> Frame:
    """Newest types on the register, and whether it names types of anybody."""
    columns = (
        *("household_id", "occurred_day", "recorded_day"),
        *("household_type", "monitored_type", "is_risk_eliminated"),
    )
    rows = under_home(happened(county.known, "household_snapshot", columns), county)
    answers = {
        "poor": (nw.col("household_type") == "out_of_poverty").cast(nw.Int64),
        "listed": nw.when(~nw.col("monitored_type").is_null()).then(nw.lit(1)),
        "eliminated": nw.col("is_risk_eliminated").cast(nw.Int64),
    }
    found = latest_answers(rows, ["home"], answers, are_small=True)
    names = {name: len(found.filter(~nw.col(name).is_null())) > 0 for name in ("poor", "listed")}
    return (
        county.homes.select("home")
        .join(found, on="home", how="left")
        .with_columns(nw.lit(is_named).alias(f"names_{name}") for name, is_named in names.items())
    )


def _of_register() -> dict[str, nw.Expr]:
    """The register's columns."""
    is_poor = (
        nw.when(~nw.col("poor").is_null())
        .then(nw.col("poor") == 1)
        .when(nw.col("names_poor"))
        .then(nw.lit(False))
    )
    is_listed = (
        nw.when(~nw.col("listed").is_null())
        .then(nw.col("eliminated") == 0)
        .when(nw.col("names_listed"))
        .then(nw.lit(False))
    )
    days = nw.max_horizontal("listed|day", "eliminated|day").cast(nw.Int64)
    return {
        "is_formerly_poor": is_poor,
        "formerly_poor_day": nw.col("poor|day").cast(nw.Int64),
        "is_listed_on_register": is_listed,
        "listed_on_register_day": days,
    }


def _answers(county: CountyView) -> Frame:
    """What members' newest answers say of allowances, by home: any yes, all no, and the day."""
    if "member_snapshot" not in county.known.tables:
        nothing = nw.lit(None).cast(nw.Int64)
        return county.homes.select("home", **dict.fromkeys(_OF_ANSWERS, nothing))
    values = {name: (nw.col(name) != "none").cast(nw.Int64) for name in ALLOWANCES}
    rows = member_snapshots(county, ALLOWANCES)
    answers = latest_answers(rows, ["person"], values, are_small=True)
    members = county.persons.select("person", "home").join(answers, on="person", how="left")
    yes, no = nw.lit(False), nw.lit(True)
    for name in ALLOWANCES:
        yes = yes | (nw.col(name) == 1).fill_null(False)
        no = no & (nw.col(name) == 0).fill_null(False)
    days = [f"{name}|day" for name in ALLOWANCES]
    return (
        members.select(
            "home",
            says=yes.cast(nw.Int64),
            said_no=no.cast(nw.Int64),
            yes_day=nw.when(yes).then(nw.max_horizontal(*days).cast(nw.Int64)),
            no_day=nw.when(no).then(nw.min_horizontal(*days).cast(nw.Int64)),
        )
        .group_by("home")
        .agg(nw.col("says", "yes_day").max(), nw.col("said_no", "no_day").min())
    )


def _paid(county: CountyView) -> Frame:
    """Newest payment of an allowance this year to each household, and whether any is on record."""
    homes = county.homes.select("home")
    if "income_item" not in county.tables:
        return homes.with_columns(paid_day=nw.lit(None).cast(nw.Int64), names_paid=nw.lit(False))
    is_account, is_allowance = nw.lit(False), nw.lit(False)
    for clock in ACCOUNT_CLOCKS:
        is_account = is_account | (nw.col("window") == clock).fill_null(False)
    for item in ALLOWANCES:
        is_allowance = is_allowance | (nw.col("item") == item)
    in_year = nw.col("occurred_day") >= spending_days(county.known.as_of).year
    payments = (
        county.tables["income_item"]
        .select(
            "home",
            paid_day=nw.col("occurred_day").cast(nw.Int64),
            _is_one=in_year & is_allowance & ~is_account & (nw.col("amount_fen") > 0),
        )
        .filter("_is_one", ~nw.col("home").is_null())
        .group_by("home")
        .agg(nw.col("paid_day").max())
    )
    return homes.join(payments, on="home", how="left").with_columns(
        names_paid=nw.lit(len(payments) > 0)
    )


def _of_allowance() -> dict[str, nw.Expr]:
    """The allowance's columns."""
    says, said_no = (nw.col(name).fill_null(0) == 1 for name in ("says", "said_no"))
    paid_day, no_day = nw.col("paid_day"), nw.col("no_day")
    is_paid = ~paid_day.is_null() & ~(said_no & (no_day > paid_day).fill_null(False))
    on_day = nw.max_horizontal(
        nw.when(is_paid).then(paid_day), nw.when(says).then(nw.col("yes_day"))
    )
    return {
        "is_on_allowance": nw.when(is_paid | says)
        .then(nw.lit(True))
        .when(said_no | nw.col("names_paid"))
        .then(nw.lit(False)),
        "allowance_day": nw.when(is_paid | says).then(on_day).when(said_no).then(no_day),
    }


SPENDING_GROUPS = FactTheme(
    name="spending_groups", level="household", columns=_COLUMNS, build=spending_groups
)
"""Groups that medical warnings are set for."""
