"""What hit a household: the newest day of each kind, what it lost, and since when it is quiet.

Stands on the shocks that offices report and on claims that insurers paid. A claim is evidence of a
loss, no income (founding text 五（十七）); it adds to what is on record and its absence says
nothing. No record of a shock means that none was reported, from the day on which shocks are on
record (policy notes, section 9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import COUNT, DAY, FEN, FactTheme
from fanpin_risk.household.view import CountyView
from fanpin_risk.records.contracts.codes import SHOCK_KINDS

Frame = nw.DataFrame[pl.DataFrame]

KINDS = tuple(SHOCK_KINDS.words)
"""Every kind of shock; the fact of a kind is ``<kind>_day``."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "disaster": ("disaster",),
    "accident": ("accident", "fire"),
    "failure": ("failed_crop", "failed_livestock", "failed_business", "price_fall"),
    "job_loss": ("job_loss",),
}
"""Kinds that one rule asks about."""

LOSSES = ("disaster", "accident", "failure")
"""Groups whose losses are added up."""

CLAIMS: Mapping[str, str] = {
    "disaster_claim": "disaster",
    "accident_claim": "accident",
    "crop_claim": "failure",
}
"""Claims, and the group that each is evidence of."""

_COLUMNS = {
    **{f"{kind}_day": DAY for kind in KINDS},
    **{f"{claim}_day": DAY for claim in CLAIMS},
    **{f"{claim}_paid_fen": FEN for claim in CLAIMS},
    **{f"{group}_quiet_since_day": DAY for group in GROUPS},
    **{f"{group}_loss_known_fen": FEN for group in LOSSES},
    **{f"{group}_losses_open": COUNT for group in LOSSES},
}


def shock_facts(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Shocks and claims of each household up to the day.

    Returns
    -------
    DataFrame or None
        One row for each household that a snapshot names; None where neither shocks nor claims are
        kept. Days are day numbers, amounts fen.

        ``<kind>_day``
            Newest day of each of `KINDS`; null: none on record.
        ``<claim>_day, <claim>_paid_fen``
            Newest claim, and what was paid in the window: crop and livestock insurance, accident
            insurance, and poverty-prevention insurance where the claim names a natural disaster.
        ``<group>_quiet_since_day``
            Of each of `GROUPS`: the day after which nothing of it happened, as far as records
            reach. The newest of: the group's shocks and claims, the day before the first shock on
            record of anybody, the day before the household's own history begins (split off, moved
            in). Null: no shocks are kept.
        ``<group>_loss_known_fen``
            Losses of the group's shocks in the window that were put in figures, added up: a
            household that was hit twice has lost both; or what insurers paid on the group's claims,
            if that is more, for nobody is paid more than was lost. 0 where nothing is on record,
            null where no shocks are kept.
        ``<group>_losses_open``
            Shocks of the group in the window without a figure, and one more where a claim was paid
            and no shock has a figure. 0: the sum above is the whole loss. Null: shocks are not kept
            for the whole window.

        The window is of ``choices.shock_months`` months up to the day, the day included; without
        such a choice what is counted in it is null.
    """
    if "shock" not in county.tables and "insurance_claim" not in county.tables:
        return None
    start = _window_start(county, choices)
    facts = county.homes.select("home", since_day=nw.col("since_day").cast(nw.Int64))
    facts = facts.join(_of_shocks(county, start), on="home", how="left")
    facts = facts.join(_of_claims(county, start), on="home", how="left")
    begun = nw.max_horizontal(nw.lit(_first_day(county)).cast(nw.Int64), "since_day") - 1
    is_kept = nw.lit(_first_day(county) is not None)
    facts = facts.with_columns(_before=nw.when(is_kept).then(begun))
    return facts.select(
        "home",
        *[f"{kind}_day" for kind in KINDS],
        *[f"{claim}_day" for claim in CLAIMS],
        *[_counted(f"{claim}_paid_fen", start, "insurance_claim", county) for claim in CLAIMS],
        *[_quiet_since(group) for group in GROUPS],
        *[_loss(group, start, county) for group in LOSSES],
        *[_open(group, start) for group in LOSSES],
    )


def _window_start(county: CountyView, choices: AccountChoices) -> int | None:
    """Day after which the window begins; None without a choice of its length."""
    if choices.shock_months is None:
        return None
    return day_number(add_months(county.known.as_of, -choices.shock_months))


def _first_day(county: CountyView) -> int | None:
    """Day of the first shock on record, of anybody."""
    if "shock" not in county.tables:
        return None
    first = county.tables["shock"]["occurred_day"].min()
    return None if first is None else int(str(first))


def _of_shocks(county: CountyView, start: int | None) -> Frame:
    """Newest day of every kind, and losses of the window, of each household with a shock."""
    if "shock" not in county.tables:
        return _nothing(
            county,
            [f"{kind}_day" for kind in KINDS],
            [f"{group}_{part}" for group in LOSSES for part in ("loss_known_fen", "bare", "told")],
        )
    rows = county.tables["shock"].filter(~nw.col("home").is_null())
    kind, day, loss = (
        nw.col("shock_kind"),
        nw.col("occurred_day").cast(nw.Int64),
        nw.col("loss_fen"),
    )
    inside = nw.lit(False) if start is None else day > start
    newest = {f"{name}_day": nw.when(kind == name).then(day) for name in KINDS}
    sums: dict[str, nw.Expr] = {}
    for group in LOSSES:
        counts = inside & _one_of("shock_kind", GROUPS[group])
        sums[f"{group}_loss_known_fen"] = nw.when(counts).then(loss)
        sums[f"{group}_bare"] = (counts & loss.is_null()).cast(nw.Int64)
        sums[f"{group}_told"] = (counts & ~loss.is_null()).cast(nw.Int64)
    return _by_home(rows, newest, sums)


def _of_claims(county: CountyView, start: int | None) -> Frame:
    """Newest claim and what was paid in the window, of each household with a claim."""
    newest_names = [f"{claim}_day" for claim in CLAIMS]
    summed = [f"{claim}_{part}" for claim in CLAIMS for part in ("paid_fen", "paid")]
    if "insurance_claim" not in county.tables:
        return _nothing(county, newest_names, summed)
    rows = county.tables["insurance_claim"].filter(~nw.col("home").is_null())
    insurance, day = nw.col("insurance"), nw.col("occurred_day").cast(nw.Int64)
    is_of = {
        "disaster_claim": (insurance == "poverty") & ~nw.col("cause").is_null(),
        "accident_claim": insurance == "accident",
        "crop_claim": insurance == "crop",
    }
    inside = nw.lit(False) if start is None else day > start
    newest = {f"{claim}_day": nw.when(is_so).then(day) for claim, is_so in is_of.items()}
    sums: dict[str, nw.Expr] = {}
    for claim, is_so in is_of.items():
        sums[f"{claim}_paid_fen"] = nw.when(inside & is_so).then(nw.col("paid_fen"))
        sums[f"{claim}_paid"] = (inside & is_so).cast(nw.Int64)
    return _by_home(rows, newest, sums)


def _by_home(rows: Frame, newest: Mapping[str, nw.Expr], sums: Mapping[str, nw.Expr]) -> Frame:
    """Greatest of some columns and sums of others, by home; projected first."""
    marked = rows.select("home", **newest, **sums)
    return marked.group_by("home").agg(
        *[nw.col(name).max() for name in newest],
        *[nw.col(name).sum().cast(nw.Int64) for name in sums],
    )


def _nothing(county: CountyView, newest: Sequence[str], sums: Sequence[str]) -> Frame:
    """Rows of a table that is not kept."""
    none = nw.lit(None).cast(nw.Int64)
    return county.homes.select("home", **dict.fromkeys((*newest, *sums), none))


def _counted(name: str, start: int | None, table: str, county: CountyView) -> nw.Expr:
    """A sum over the window: 0 where nothing is on record of a table that is kept."""
    is_told = start is not None and table in county.tables
    return nw.when(nw.lit(is_told)).then(nw.col(name).fill_null(0)).alias(name)


def _quiet_since(group: str) -> nw.Expr:
    """The day after which nothing of a group happened, as far as records reach."""
    days = [f"{kind}_day" for kind in GROUPS[group]]
    days += [f"{claim}_day" for claim, of in CLAIMS.items() if of == group]
    latest = nw.max_horizontal("_before", *days)
    return nw.when(~nw.col("_before").is_null()).then(latest).alias(f"{group}_quiet_since_day")


def _loss(group: str, start: int | None, county: CountyView) -> nw.Expr:
    """What a group's shocks of the window are known to have cost."""
    paid = [nw.col(f"{claim}_paid_fen").fill_null(0) for claim, of in CLAIMS.items() if of == group]
    told = nw.col(f"{group}_loss_known_fen").fill_null(0)
    is_told = start is not None and "shock" in county.tables
    most = nw.max_horizontal(told, *paid)
    return nw.when(nw.lit(is_told)).then(most).alias(f"{group}_loss_known_fen")


def _open(group: str, start: int | None) -> nw.Expr:
    """Losses of a group in the window that nobody put in figures."""
    bare, told = nw.col(f"{group}_bare").fill_null(0), nw.col(f"{group}_told").fill_null(0)
    for claim in (claim for claim, of in CLAIMS.items() if of == group):
        is_paid = nw.col(f"{claim}_paid").fill_null(0) > 0
        bare = bare + (is_paid & (told == 0)).cast(nw.Int64)
    name = f"{group}_losses_open"
    if start is None:
        return nw.lit(None).cast(nw.Int64).alias(name)
    return nw.when(nw.col("_before") <= start).then(bare).alias(name)


def _one_of(column: str, codes: Sequence[str]) -> nw.Expr:
    """Whether a code is one of several."""
    return nw.any_horizontal(*[nw.col(column) == code for code in codes], ignore_nulls=False)


SHOCKS = FactTheme(name="shocks", level="household", columns=_COLUMNS, build=shock_facts)
"""Shocks and claims of each household."""
