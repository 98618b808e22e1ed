"""Means of a household: the appraisal of coping alone, savings, debts, and evidence to ask about.

Evidence of means is what other offices have on record (policy notes, section 6). It decides
nothing: it is asked about and weighed. That none is on record does not say that there is none;
perhaps nobody compared.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import day_of_date, with_day
from fanpin_risk.household.changes import dated_changes, happened, newest
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, COUNT, DAY, FEN, FLAG, FactTheme
from fanpin_risk.household.of_homes import current_numbers, homes_of_numbers
from fanpin_risk.household.view import CountyView
from fanpin_risk.records.contracts.means import ASSESSORS, ASSET_HOLDERS

Frame = nw.DataFrame[pl.DataFrame]

EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "vehicle": ("vehicle",),
    "town_home": ("town_home", "shop"),
    "firm": ("firm",),
    "payroll": ("payroll",),
    "village_post": ("village_post",),
    "large_farm": ("large_farm", "hired_labour"),
    "machinery": ("machinery",),
    "new_home": ("new_home",),
    "appliance": ("appliance",),
    "away": ("away",),
}
"""Kinds of evidence by the item of the lists that they are asked about for."""

HOLDERS = tuple(ASSET_HOLDERS.words)
"""Whose it is; where several hold something, the first of these is named."""

_COPING = {
    "coping_day": DAY,
    "can_cope": FLAG,
    "coping_assessor": CODE,
    "savings_fen": FEN,
    "savings_day": DAY,
    "loan_balance_fen": FEN,
    "loan_overdue_fen": FEN,
    "loan_day": DAY,
}
_EVIDENCE = {
    name: kind
    for item in EVIDENCE
    for name, kind in {
        f"has_{item}": FLAG,
        f"{item}_day": DAY,
        f"{item}_value_known_fen": FEN,
        f"{item}_values_open": COUNT,
        f"{item}_since_day": DAY,
        f"{item}_holder": CODE,
    }.items()
}
_SPLITS = {"split_day": DAY, "split_quiet_since_day": DAY}


def coping_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """What is on record of each household's capacity to cope alone.

    Returns
    -------
    DataFrame or None
        One row for each household that a snapshot names; None where neither appraisals, evidence of
        means nor loans are kept.

        ``coping_day, can_cope, coping_assessor``
            Of the newest appraisal: its day, whether the household copes alone (null: could not be
            told, or two of one rank and day disagree), and who states it (``village, township,
            county``). Of two of one day the higher step of the procedure counts.
        ``savings_fen, savings_day``
            Savings on the newest day on which an office had any on record, added up; null: none
            on record, which does not say that there are none.
        ``loan_balance_fen, loan_overdue_fen, loan_day``
            Each loan as it last stood, added up, and the newest of these days; a part overdue that
            is not on record is none. 0 where loans are kept and the household has none.
    """
    if not {"coping_assessment", "asset_evidence", "loan"} & set(county.tables):
        return None
    facts = county.homes.select("home")
    for part in (_appraisals(county), _savings(county), _loans(county)):
        facts = facts.join(part, on="home", how="left")
    if "loan" in county.tables:
        for name in ("loan_balance_fen", "loan_overdue_fen"):
            facts = facts.with_columns(nw.col(name).fill_null(0))
    return facts.select("home", *_COPING)


def _appraisals(county: CountyView) -> Frame:
    """The newest appraisal of each household."""
    if "coping_assessment" not in county.tables:
        return _none(county, ("coping_day", "can_cope", "coping_assessor"))
    rank: nw.Expr = nw.lit(0)
    for place, code in enumerate(ASSESSORS.words, start=1):
        rank = nw.when(nw.col("assessor") == code).then(nw.lit(place)).otherwise(rank)
    rows = county.tables["coping_assessment"].filter(~nw.col("home").is_null())
    rows = rows.select(
        "home",
        day=nw.col("occurred_day").cast(nw.Int64),
        rank=rank.cast(nw.Int64),
        copes=nw.col("can_cope").cast(nw.Int64),
    )
    for column in ("day", "rank"):
        top = rows.group_by("home").agg(_top=nw.col(column).max())
        rows = rows.join(top, on="home", how="inner").filter(nw.col(column) == nw.col("_top"))
        rows = rows.drop("_top")
    said = rows.group_by("home").agg(
        coping_day=nw.col("day").max(),
        _rank=nw.col("rank").max(),
        _low=nw.col("copes").min(),
        _high=nw.col("copes").max(),
        _told=nw.col("copes").count(),
        _n=nw.len(),
    )
    agrees = (nw.col("_low") == nw.col("_high")) & (nw.col("_told") == nw.col("_n"))
    return said.select(
        *("home", "coping_day"),
        can_cope=nw.when(agrees).then(nw.col("_low") == 1),
        coping_assessor=_code_at(nw.col("_rank") - 1, tuple(ASSESSORS.words)),
    )


def _savings(county: CountyView) -> Frame:
    """Savings of the newest day on which any are on record."""
    if "asset_evidence" not in county.tables:
        return _none(county, ("savings_fen", "savings_day"))
    rows = county.tables["asset_evidence"].filter(
        ~nw.col("home").is_null(), nw.col("kind") == "savings", ~nw.col("value_fen").is_null()
    )
    rows = rows.select("home", "value_fen", day=nw.col("occurred_day").cast(nw.Int64))
    last = rows.group_by("home").agg(savings_day=nw.col("day").max())
    of_day = rows.join(last, on="home", how="inner").filter(nw.col("day") == nw.col("savings_day"))
    return of_day.group_by("home").agg(
        savings_fen=nw.col("value_fen").sum().cast(nw.Int64), savings_day=nw.col("day").max()
    )


def _loans(county: CountyView) -> Frame:
    """Every loan as it last stood, added up by household."""
    if "loan" not in county.tables:
        return _none(county, ("loan_balance_fen", "loan_overdue_fen", "loan_day"))
    rows = county.tables["loan"].filter(~nw.col("home").is_null())
    numbered = rows.with_columns(loan_number=nw.col("loan_number").fill_null(""))
    latest = newest(numbered, ["home", "loan_kind", "loan_number"])
    return latest.group_by("home").agg(
        loan_balance_fen=nw.col("balance_fen").sum().cast(nw.Int64),
        loan_overdue_fen=nw.col("overdue_fen").sum().cast(nw.Int64),
        loan_day=nw.col("occurred_day").max().cast(nw.Int64),
    )


def evidence_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Evidence of means that other offices have on record, by item of the lists.

    Returns
    -------
    DataFrame or None
        One row for each household that a snapshot names; None where no evidence of means is kept.
        For each item of `EVIDENCE`:

        ``has_<item>``
            Whether an office has it on record; a match found untrue is no record.
        ``<item>_day``
            Newest day on which one had it on record; null: none, as for all that follow.
        ``<item>_value_known_fen, <item>_values_open``
            Highest of the known prices, and how many have none.
        ``<item>_since_day``
            Newest day since which it is so (bought, built, away); null: not known.
        ``<item>_holder``
            Whose it is, a code of the contract; of several the first in the order of `HOLDERS`.
    """
    if "asset_evidence" not in county.tables:
        return None
    rows = county.tables["asset_evidence"].filter(~nw.col("home").is_null())
    rows = with_day(rows, "since_day", "acquired_on", day_of_date)
    holder: nw.Expr = nw.lit(None).cast(nw.Int64)
    for place, code in enumerate(HOLDERS):
        holder = nw.when(nw.col("holder_relation") == code).then(nw.lit(place)).otherwise(holder)
    marks: dict[str, nw.Expr] = {}
    for item, kinds in EVIDENCE.items():
        is_so = nw.any_horizontal(*[nw.col("kind") == kind for kind in kinds], ignore_nulls=False)
        marks[f"{item}_day"] = nw.when(is_so).then(nw.col("occurred_day").cast(nw.Int64))
        marks[f"{item}_value_known_fen"] = nw.when(is_so).then(nw.col("value_fen"))
        marks[f"{item}_values_open"] = (is_so & nw.col("value_fen").is_null()).cast(nw.Int64)
        marks[f"{item}_since_day"] = nw.when(is_so).then(nw.col("since_day"))
        marks[f"{item}_holder"] = nw.when(is_so).then(holder)
    marked = rows.select("home", **marks)
    summed = [name for name in marks if name.endswith("_open")]
    least = [name for name in marks if name.endswith("_holder")]
    most = [name for name in marks if name not in (*summed, *least)]
    found = marked.group_by("home").agg(
        *[nw.col(name).max() for name in most],
        *[nw.col(name).sum().cast(nw.Int64) for name in summed],
        *[nw.col(name).min() for name in least],
    )
    facts = county.homes.select("home").join(found, on="home", how="left")
    return facts.with_columns(
        *[(~nw.col(f"{item}_day").is_null()).alias(f"has_{item}") for item in EVIDENCE],
        *[
            nw.when(nw.col(f"{item}_values_open") > 0)
            .then(nw.col(f"{item}_values_open"))
            .when(~nw.col(f"{item}_day").is_null())
            .then(nw.lit(0))
            .alias(f"{item}_values_open")
            for item in EVIDENCE
        ],
        *[_code_at(nw.col(name), HOLDERS).alias(name) for name in least],
    ).select("home", *_EVIDENCE)


def split_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Newest day on which each household was split, split off, merged or took another in.

    Returns
    -------
    DataFrame or None
        One row for each household that a snapshot names; None where changes of households are not
        kept. ``split_day``: null where none is on record. ``split_quiet_since_day``: day after
        which there was none, as far as records reach: that day, or the day before the first change
        on record of anybody.
    """
    changes = happened(county.known, "household_change")
    first = changes["occurred_day"].min()
    if first is None:
        return None
    dated = dated_changes(county.known, current_numbers(county))
    kept = dated.filter((nw.col("change") == "split") | (nw.col("change") == "merge"))
    day = nw.col("occurred_day").cast(nw.Int64)
    sides = [
        kept.select(nw.col(side).alias("household_id"), split_day=day)
        for side in ("household_id", "other_household_id")
    ]
    found = nw.concat(sides).join(homes_of_numbers(county), on="household_id", how="inner")
    newest_day = found.group_by("home").agg(nw.col("split_day").max())
    before = nw.lit(int(str(first)) - 1).cast(nw.Int64)
    return (
        county.homes.select("home")
        .join(newest_day, on="home", how="left")
        .with_columns(split_quiet_since_day=nw.max_horizontal("split_day", before))
    )


def _none(county: CountyView, names: tuple[str, ...]) -> Frame:
    """Columns of a table that is not kept."""
    nothing = nw.lit(None).cast(nw.Int64)
    return county.homes.select("home", **dict.fromkeys(names, nothing))


def _code_at(place: nw.Expr, codes: tuple[str, ...]) -> nw.Expr:
    """The code at a place of a list; null for no place of it."""
    value: nw.Expr = nw.lit(None).cast(nw.String)
    for n, code in enumerate(codes):
        value = nw.when(place == n).then(nw.lit(code)).otherwise(value)
    return value


COPING = FactTheme(name="coping", level="household", columns=_COPING, build=coping_facts)
"""Capacity to cope alone."""

EVIDENCE_OF_MEANS = FactTheme(
    name="evidence of means", level="household", columns=_EVIDENCE, build=evidence_facts
)
"""What other offices have on record."""

SPLITS = FactTheme(name="splits", level="household", columns=_SPLITS, build=split_facts)
"""Splits and merges of households."""
