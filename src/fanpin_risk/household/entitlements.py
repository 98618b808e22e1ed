"""What members may be entitled to: capacity to work, severe disability, aid, premiums, company.

Beside the groups of members (`fanpin_risk.household.groups`), on which allowances, illness and
disability stand.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.entitlements_premiums import PREMIUM_COLUMNS, premium_facts
from fanpin_risk.household.facts import CODE, COUNT, DAY, FLAG, Columns, FactTheme, with_found
from fanpin_risk.household.groups import runs_of_yes
from fanpin_risk.household.guarantees_sources import first_day_that_counts, recent
from fanpin_risk.household.income_account_windows import windows_of
from fanpin_risk.household.kept import GRACE_DAYS, is_kept_since
from fanpin_risk.household.members import LABOUR, age_facts, capacities, member_snapshots
from fanpin_risk.household.spending_windows import spending_days
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

ABLE, WEAK, LOST, NO_LABOUR, NOT_YET = "able", "weak", "lost", "none", "not_yet"
"""Classes of labour: ordinary or skilled; weak or half; lost; none; too young, or at school."""
LISTED_ILLNESS = "treatment_list"
"""Class of illness of bills for an illness of the treatment programme."""

_COLUMNS: Columns = {
    "labour_class": CODE,
    "labour_class_day": DAY,
    "severe_since_day": DAY,
    "no_severe_day": DAY,
    "has_medical_aid": FLAG,
    "medical_aid_day": DAY,
    "is_pension_insured": FLAG,
    "pension_insured_day": DAY,
    "n_treatment_bills": COUNT,
    "treatment_list_day": DAY,
    "treatment_bills_open": COUNT,
    "work_months_12m": COUNT,
    "n_others_present": COUNT,
    "n_others_open": COUNT,
    **PREMIUM_COLUMNS,
}
_SNAPSHOT = (
    *("is_disabled", "disability_level"),
    *("has_medical_aid", "has_resident_pension", "has_employee_pension"),
)


def entitlements(county: CountyView, choices: AccountChoices) -> Frame | None:
    """What everybody who belongs to a household on the day may be entitled to.

    Answers of snapshots are the newest that still count; null where nothing answers.

    Returns
    -------
    DataFrame or None
        ``person``, days as day numbers; None where no member snapshots are kept.

        ``labour_class, labour_class_day``
            ``able``, ``weak`` or ``lost`` as the newest answer has it. Without any capacity, or
            with no answer: ``not_yet`` of who is younger than ``choices.working_age_from`` or at
            school. ``none``: without any capacity, not younger, and left school or older than
            ``choices.working_age_to``. Null where that cannot be told. With the day of the answer.
        ``severe_since_day, no_severe_day``
            First day of the unbroken run of answers that a disability is severe (level up to
            ``choices.severe_disability_level``) which the newest answer ends, and the newest day
            before on which it was not; null without a choice of the level.
        ``has_medical_aid, medical_aid_day``
            Whether the register says that medical aid was received.
        ``is_pension_insured, pension_insured_day``
            Whether the register has a pension insurance of residents or employees; no only where it
            denies both.
        ``n_treatment_bills, treatment_list_day``
            Bills of the account's twelve months for an illness of the treatment programme (founding
            text 三（八）), and the newest one's day. Without a bill 0; null where none are kept.
        ``treatment_bills_open``
            Bills of these months whose class of illness is not known, likewise.
        ``work_months_12m``
            Months worked in the window of identification; null where months of work are not kept
            for all of it, or the household moved in within it. Without a month on record 0.
        ``n_others_present, n_others_open``
            Other members of the household who live at home, and those of whom it is not known.

        And the premiums, as `premium_facts` has them.
    """
    if "member_snapshot" not in county.known.tables:
        return None
    since = first_day_that_counts(county, choices)
    said = _said(recent(member_snapshots(county, _SNAPSHOT), since), choices)
    asked = {name: nw.col(name) for name in ("aid", "pension")}
    parts = (
        latest_answers(said, ["person"], asked, are_small=True),
        capacities(county, since),
        age_facts(county, choices).select("person", "age"),
        _severe(said),
        _treated(county),
        _worked(county, choices),
        premium_facts(county),
    )
    persons = with_found(county.persons.select("person", "home", "is_away"), parts, "person")
    found = with_found(persons, [_at_home(county)], "home")
    return found.select("person", **_facts(choices), **_kept(county, choices))


def _said(rows: Frame, choices: AccountChoices) -> Frame:
    """Answers of each snapshot as numbers."""
    level = nw.col("disability_level")
    severe = nw.lit(None).cast(nw.Int64)
    if choices.severe_disability_level is not None:
        severe = (
            nw.when(~level.is_null())
            .then((level <= choices.severe_disability_level).cast(nw.Int64))
            .when(~nw.col("is_disabled"))
            .then(nw.lit(0))
        )
    pension = nw.any_horizontal("has_resident_pension", "has_employee_pension", ignore_nulls=False)
    return rows.select(
        *("person", "occurred_day", "recorded_day"),
        aid=nw.col("has_medical_aid").cast(nw.Int64),
        pension=pension.cast(nw.Int64),
        severe=severe.cast(nw.Int64),
    )


def _severe(said: Frame) -> Frame:
    """Run of answers that a disability is severe, which the newest answer ends, by person."""
    return runs_of_yes(said, "severe").rename(
        {"_since": "severe_since_day", "_no": "no_severe_day"}
    )


def _treated(county: CountyView) -> Frame:
    """Bills of the account's months for illnesses of the programme, and bills without a class."""
    if "medical_bill" not in county.tables:
        nothing = nw.lit(None).cast(nw.Int64)
        return county.persons.select(
            "person", treatment_list_day=nothing, _treated=nothing, _open=nothing
        )
    bills = county.tables["medical_bill"].filter(
        ~nw.col("person").is_null(),
        nw.col("occurred_day") >= spending_days(county.known.as_of).account,
    )
    is_it = nw.col("illness_class") == LISTED_ILLNESS
    return (
        bills.select(
            "person",
            day=nw.when(is_it).then(nw.col("occurred_day").cast(nw.Int64)),
            it=is_it.fill_null(False).cast(nw.Int64),
            open=nw.col("illness_class").is_null().cast(nw.Int64),
        )
        .group_by("person")
        .agg(
            treatment_list_day=nw.col("day").max(),
            _treated=nw.col("it").sum(),
            _open=nw.col("open").sum(),
        )
    )


def _worked(county: CountyView, choices: AccountChoices) -> Frame:
    """Months of the window of identification in which each person worked, each once."""
    if "work_month" not in county.tables:
        return county.persons.select("person", _months=nw.lit(None).cast(nw.Int64))
    window = windows_of(county.known.as_of, choices)[0]
    day = nw.col("month_day")
    rows = county.tables["work_month"].filter(
        ~nw.col("person").is_null(), day >= window.first_day, day <= window.last_day
    )
    return rows.group_by("person").agg(_months=nw.col("month_day").n_unique().cast(nw.Int64))


def _at_home(county: CountyView) -> Frame:
    """Members of each household who live at home, and those of whom it is not known."""
    away = nw.col("is_away")
    marked = county.persons.select(
        "home",
        _present=(away == 0).fill_null(False).cast(nw.Int64),
        _unsaid=away.is_null().cast(nw.Int64),
    )
    at_home = marked.group_by("home").agg(nw.col("_present").sum(), nw.col("_unsaid").sum())
    return with_found(at_home, [county.homes.select("home", "moved_in_day")], "home")


def _labour_class(choices: AccountChoices) -> nw.Expr:
    """Class of labour; see `entitlements`."""
    labour, attends, age = nw.col("labour"), nw.col("attends"), nw.col("age")
    is_child, is_past = nw.lit(None).cast(nw.Boolean), nw.lit(None).cast(nw.Boolean)
    if choices.working_age_from is not None:
        is_child = age < choices.working_age_from
    if choices.working_age_to is not None:
        is_past = age > choices.working_age_to
    is_not_yet = (is_child | (attends == 1)).fill_null(False)
    is_grown = (~is_child & ((attends == 0) | is_past)).fill_null(False)
    says_none = labour == LABOUR["none"]
    return (
        nw.when(labour <= LABOUR["skilled"])
        .then(nw.lit(ABLE))
        .when(labour == LABOUR["weak"])
        .then(nw.lit(WEAK))
        .when(labour == LABOUR["lost"])
        .then(nw.lit(LOST))
        .when(is_not_yet)
        .then(nw.lit(NOT_YET))
        .when(says_none & is_grown)
        .then(nw.lit(NO_LABOUR))
    )


def _facts(choices: AccountChoices) -> dict[str, nw.Expr]:
    """Columns that stand on answers and on who lives at home."""
    present = (nw.col("is_away") == 0).fill_null(False).cast(nw.Int64)
    unsaid = nw.col("is_away").is_null().cast(nw.Int64)
    return {
        "labour_class": _labour_class(choices),
        "labour_class_day": nw.col("labour|day").cast(nw.Int64),
        "severe_since_day": nw.col("severe_since_day"),
        "no_severe_day": nw.col("no_severe_day"),
        "has_medical_aid": nw.col("aid") == 1,
        "medical_aid_day": nw.col("aid|day").cast(nw.Int64),
        "is_pension_insured": nw.col("pension") == 1,
        "pension_insured_day": nw.col("pension|day").cast(nw.Int64),
        "treatment_list_day": nw.col("treatment_list_day"),
        "n_others_present": nw.col("_present") - present,
        "n_others_open": nw.col("_unsaid") - unsaid,
        **{name: nw.col(name) for name in PREMIUM_COLUMNS},
    }


def _kept(county: CountyView, choices: AccountChoices) -> dict[str, nw.Expr]:
    """Columns that are 0 without a record, where the records are kept."""
    has_bills = nw.lit("medical_bill" in county.tables)
    window = windows_of(county.known.as_of, choices)[0]
    is_kept = "work_month" in county.tables and is_kept_since(
        county.tables["work_month"], window.first_day + GRACE_DAYS, day="month_day"
    )
    moved_in = nw.col("moved_in_day")
    is_whole = nw.lit(is_kept) & (moved_in.is_null() | (moved_in <= window.first_day))
    return {
        "n_treatment_bills": nw.when(has_bills).then(nw.col("_treated").fill_null(0)),
        "treatment_bills_open": nw.when(has_bills).then(nw.col("_open").fill_null(0)),
        "work_months_12m": nw.when(is_whole).then(nw.col("_months").fill_null(0)),
    }


ENTITLEMENTS = FactTheme(name="entitlements", level="person", columns=_COLUMNS, build=entitlements)
"""What members may be entitled to."""
