"""Allowances of a household's members counted, and who of them lives at home."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import COUNT, DAY, FLAG, Columns, FactTheme, with_found
from fanpin_risk.household.groups import member_groups
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

_COLUMNS: Columns = {
    "n_on_dibao": COUNT,
    "n_dibao_open": COUNT,
    "n_on_tekun": COUNT,
    "n_tekun_open": COUNT,
    "is_dibao_household": FLAG,
    "dibao_spell_day": DAY,
    "n_present": COUNT,
    "n_away_open": COUNT,
    "lives_alone": FLAG,
}


def home_allowances(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Allowances of the members of each household, by their newest answers that still count.

    Returns
    -------
    DataFrame or None
        One row for each household with members on record; None where no member snapshots are kept.

        ``n_on_dibao, n_dibao_open``
            Members on the minimum living allowance, and those of whom it is not known.
        ``n_on_tekun, n_tekun_open``
            The same of destitute support.
        ``is_dibao_household``
            Whether the household itself is on the allowance, not only members by themselves: every
            member is, or one is who is neither severely disabled (level up to
            ``choices.severe_disability_level``) nor seriously ill, for only these enter alone
            (founding text 四（十）).
        ``dibao_spell_day``
            Earliest first day on record of the present spells of members on it; null: none is.
        ``n_present, n_away_open``
            Members who live at home, and those of whom it is not known.
        ``lives_alone``
            Whether exactly one member lives at home.
    """
    groups = member_groups(county, choices)
    if groups is None:
        return None
    members = with_found(county.persons.select("person", "home", "is_away"), [groups], "person")
    counted = (
        members.select("home", **_marks(choices))
        .group_by("home")
        .agg(
            nw.len().cast(nw.Int64).alias("_n"),
            *[nw.col(name).sum() for name in _marks(choices) if name != "dibao_spell_day"],
            nw.col("dibao_spell_day").min(),
        )
    )
    return counted.with_columns(is_dibao_household=_is_dibao(), lives_alone=_is_alone()).select(
        "home", *_COLUMNS
    )


def _marks(choices: AccountChoices) -> dict[str, nw.Expr]:
    """Each member as 0 or 1 in what is counted, and the first day of the spell."""
    dibao, tekun, away = nw.col("is_on_dibao"), nw.col("is_on_tekun"), nw.col("is_away")
    is_severe = nw.lit(None).cast(nw.Boolean)
    if choices.severe_disability_level is not None:
        is_severe = nw.col("is_disabled") & (
            nw.col("disability_level") <= choices.severe_disability_level
        )
    not_alone = dibao & ~(is_severe | nw.col("is_seriously_ill"))
    marks = {
        "n_on_dibao": dibao,
        "n_dibao_open": dibao.is_null(),
        "n_on_tekun": tekun,
        "n_tekun_open": tekun.is_null(),
        "n_present": away == 0,
        "n_away_open": away.is_null(),
        "_not_alone": not_alone,
        "_not_alone_open": not_alone.is_null(),
    }
    counted = {name: mark.fill_null(False).cast(nw.Int64) for name, mark in marks.items()}
    return counted | {"dibao_spell_day": nw.col("dibao_since_day")}


def _is_dibao() -> nw.Expr:
    """Whether the household itself is on the allowance."""
    n, n_on, n_open = nw.col("_n"), nw.col("n_on_dibao"), nw.col("n_dibao_open")
    is_every = n_on == n
    is_somebody_without = n_on + n_open < n
    return (
        nw.when((nw.col("_not_alone") > 0) | is_every)
        .then(nw.lit(True))
        .when((nw.col("_not_alone_open") == 0) & is_somebody_without)
        .then(nw.lit(False))
    )


def _is_alone() -> nw.Expr:
    """Whether exactly one member lives at home."""
    n, n_open = nw.col("n_present"), nw.col("n_away_open")
    return (
        nw.when((n == 1) & (n_open == 0))
        .then(nw.lit(True))
        .when((n > 1) | (n + n_open == 0))
        .then(nw.lit(False))
    )


HOME_ALLOWANCES = FactTheme(
    name="allowances of members", level="household", columns=_COLUMNS, build=home_allowances
)
"""Allowances of members, by household."""
