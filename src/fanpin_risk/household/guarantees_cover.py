"""Who has medical cover: what the medical insurance office and the register say of each member."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DAY, FLAG, Columns
from fanpin_risk.household.guarantees_sources import disagree, is_yes, newer, recent
from fanpin_risk.household.members import coded
from fanpin_risk.household.once import once
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import DAY_SCALE

Frame = nw.DataFrame[pl.DataFrame]

COVERS: Mapping[str, tuple[str, ...]] = {
    "covered": ("basic_medical", "employee_medical"),
    "serious_covered": ("serious_illness",),
}
"""Kinds of insurance that answer each question; one of them is enough."""

COVER_COLUMNS: Columns = {
    "covered": FLAG,
    "covered_day": DAY,
    "cover_sources_disagree": FLAG,
    "serious_illness_covered": FLAG,
    "serious_illness_covered_day": DAY,
    "serious_cover_sources_disagree": FLAG,
}

COVER_QUESTIONS = tuple(COVERS)
"""What both sources are asked."""

PENSIONS = ("pension", "employee_pension")
"""Kinds of insurance that answer none of these, but are read together with them."""

KINDS = {
    kind: place
    for place, kind in enumerate((*(k for kinds in COVERS.values() for k in kinds), *PENSIONS))
}
"""Kinds of insurance as numbers."""


def cover_by_register() -> Mapping[str, nw.Expr]:
    """Answers of a member's snapshot to `COVER_QUESTIONS`, as 0 and 1."""
    basic = nw.any_horizontal("has_basic_medical", "has_employee_medical", ignore_nulls=False)
    return {
        "covered": basic.cast(nw.Int64),
        "serious_covered": nw.col("has_serious_illness_insurance").cast(nw.Int64),
    }


def cover_by_office(county: CountyView, choices: AccountChoices, since: int | None) -> Frame | None:
    """Answers of the insurance office to `COVER_QUESTIONS`, with their days.

    Of each kind the newest period that has begun by the day counts; of periods that begin on one
    day the one recorded later, and of those recorded together the one that covers. A person with
    a row of one kind has no cover of a kind without a row. A period says what it says up to its
    last day, that day included. After it, the person is without cover from the next day on as soon
    as the office has given a newer period of anybody, which shows that the new list is there; until
    then nothing is known. A cover still counts for ``choices.cover_renewal_months`` months after
    its end.

    Parameters
    ----------
    county
        The day's records.
    choices
        For the months of renewal.
    since
        First day of evidence that counts; None: no limit.

    Returns
    -------
    DataFrame or None
        ``person``, and for each question ``<name>`` (0, 1, null: not known) and ``<name>|day``: the
        day of the row that decides, or the first day without cover; None where no insurance is
        kept.
    """
    if "insurance" not in county.tables:
        return None
    begun, latest = newest_periods(county)
    is_asked = _one_of("kind", [KINDS[kind] for kinds in COVERS.values() for kind in kinds])
    told = latest.filter(is_asked).select("person", "kind", *_states(begun, county, choices))
    return _by_person(recent(told, since, "day"))


@once
def newest_periods(county: CountyView) -> tuple[Frame, Frame]:
    """Periods of insurance that have begun by the day, and the newest of each person and kind.

    Returns
    -------
    tuple of DataFrame
        ``person`` (null: of nobody who belongs), ``kind`` (of `KINDS`), ``from_day, to_day,
        occurred_day, is_covered, premium_fen, premium_aid_fen``. Of the second, of who belongs,
        those that begin last, and of them those recorded last: of one day several may be.
    """
    begun = (
        county.tables["insurance"]
        .filter(nw.col("from_day") <= county.day)
        .select(
            *("person", "from_day", "to_day", "occurred_day", "is_covered"),
            *("premium_fen", "premium_aid_fen"),
            kind=coded("insurance", KINDS),
            _order=nw.col("from_day").cast(nw.Int64) * DAY_SCALE
            + nw.col("recorded_day").cast(nw.Int64),
        )
        .filter(~nw.col("kind").is_null())
    )
    rows = begun.filter(~nw.col("person").is_null()).with_columns(
        _slot=nw.col("person").cast(nw.Int64) * len(KINDS) + nw.col("kind")
    )
    slots, order = (rows.to_native()[name] for name in ("_slot", "_order"))
    if len(rows) == 0:
        return begun, rows.select(begun.columns)
    # the last one written to a slot stays, so written in order it is the newest
    turns = order.arg_sort()
    size = 1 + int(str(slots.max()))
    newest = pl.repeat(None, size, dtype=pl.Int64, eager=True).scatter(
        slots.gather(turns), order.gather(turns)
    )
    is_newest = (newest.gather(slots) == order).alias("_is_newest")
    latest = nw.from_native(rows.to_native().filter(is_newest), eager_only=True)
    return begun, latest.select(begun.columns)


def largest(rows: Frame, by: str) -> Frame:
    """Largest of every column by group; the rows themselves where each group has one."""
    if rows[by].n_unique() == len(rows):
        return rows
    return rows.group_by(by).agg(nw.col(name).max() for name in rows.columns if name != by)


def _states(begun: Frame, county: CountyView, choices: AccountChoices) -> list[nw.Expr]:
    """Whether a newest period covers on the day, and since when that is so."""
    months = choices.cover_renewal_months or 0
    still = day_number(add_months(county.known.as_of, -months))
    covers = nw.col("is_covered").cast(nw.Int64)
    last_day_that_counts = nw.when(covers == 1).then(nw.lit(still)).otherwise(nw.lit(county.day))
    is_over = (nw.col("to_day") < last_day_that_counts).fill_null(False)
    has_newer_list = nw.lit(False)
    for kinds in COVERS.values():
        places = [KINDS[kind] for kind in kinds]
        is_of = _one_of("kind", places)
        start = begun.filter(is_of)["from_day"].max()
        if start is not None:
            has_newer_list = has_newer_list | (is_of & (nw.col("to_day") < int(str(start))))
    after = nw.when(has_newer_list).then(nw.lit(0))
    return [
        nw.when(is_over).then(after).otherwise(covers).alias("state"),
        nw.when(is_over)
        .then(nw.col("to_day").cast(nw.Int64) + 1)
        .otherwise(nw.col("occurred_day").cast(nw.Int64))
        .alias("day"),
    ]


def _by_person(told: Frame) -> Frame:
    """One row for each person: covered by one kind, without cover by all, else not known."""
    parts: dict[str, nw.Expr] = {}
    for name, kinds in COVERS.items():
        is_of = _one_of("kind", [KINDS[kind] for kind in kinds])
        state, day = nw.col("state"), nw.col("day")
        parts[f"{name}|yes"] = nw.when(is_of & (state == 1)).then(day)
        parts[f"{name}|no"] = nw.when(is_of & (state == 0)).then(day)
        parts[f"{name}|open"] = nw.when(is_of & state.is_null()).then(day)
    days = largest(told.select("person", **parts), "person")
    answers: dict[str, nw.Expr] = {}
    for name in COVERS:
        yes, no, is_open = (nw.col(f"{name}|{part}") for part in ("yes", "no", "open"))
        is_not = ~no.is_null() & is_open.is_null()
        answers[name] = (
            nw.when(~yes.is_null()).then(nw.lit(1)).when(is_not).then(nw.lit(0)).cast(nw.Int64)
        )
        answers[f"{name}|day"] = nw.when(~yes.is_null()).then(yes).when(is_not).then(no)
    return days.select("person", **answers)


def cover_columns() -> dict[str, nw.Expr]:
    """`COVER_COLUMNS` out of the answers of both sources."""
    basic, basic_day = newer("covered")
    serious, serious_day = newer("serious_covered")
    return {
        "covered": is_yes(basic),
        "covered_day": basic_day,
        "cover_sources_disagree": disagree("covered"),
        "serious_illness_covered": is_yes(serious),
        "serious_illness_covered_day": serious_day,
        "serious_cover_sources_disagree": disagree("serious_covered"),
    }


def _one_of(column: str, places: list[int]) -> nw.Expr:
    """Whether a small integer is one of several."""
    found = nw.lit(False)
    for place in places:
        found = found | (nw.col(column) == place)
    return found
