"""The household's account on a day: every fact that rules look at, one row a household and person.

Each theme is a module of its own that says which columns it gives and builds them from a day's
view. What is not on record is null; where absence means none, the theme says so and gives 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]
Columns = Mapping[str, nw.dtypes.DType]

FEN, COUNT, DAY, RATIO = nw.Int64(), nw.Int64(), nw.Int64(), nw.Int64()
FLAG, CODE = nw.Boolean(), nw.String()
"""Types of facts: money in fen, counts, day numbers, ten-thousandths, yes or no, codes."""


@dataclass(frozen=True, kw_only=True)
class FactTheme:
    """One theme of facts.

    Attributes
    ----------
    name
        Of the theme.
    level
        Whether it gives a row for each household (``home``) or person (``person``).
    columns
        What it gives, with types, besides the key.
    build
        From a day's view and the choices of the account: at most one row for each key; None where
        the records it stands on are not kept, and then every column is null.
    """

    name: str
    level: Literal["household", "person"]
    columns: Columns
    build: Callable[[CountyView, AccountChoices], Frame | None]


@dataclass(frozen=True, kw_only=True)
class DayFacts:
    """Facts of a day.

    Attributes
    ----------
    as_of
        The day of decision.
    homes
        One row for each household on record that has not ended: ``home`` (small integer),
        ``household_id, place, context_place, heads`` and the columns of every household theme.
    persons
        One row for each person who belongs to one of these on the day: ``person`` (small integer),
        ``person_id, home, is_away`` and the columns of every person theme.
    """

    as_of: date
    homes: Frame
    persons: Frame


def day_facts(county: CountyView, choices: AccountChoices, themes: Sequence[FactTheme]) -> DayFacts:
    """Build every theme's facts of a day.

    Raises
    ------
    SchemaError
        If a theme gives other columns than it says, or a key twice.
    """
    is_going_on = ~nw.col("is_ended")
    homes = county.homes.filter(is_going_on).select(
        "home", "household_id", "place", "context_place", "heads"
    )
    persons = county.persons.join(homes.select("home"), on="home", how="semi").select(
        "person", "person_id", "home", "is_away"
    )
    for theme in themes:
        built = _checked(theme, theme.build(county, choices))
        if theme.level == "household":
            homes = _beside(homes, built, "home", theme)
        else:
            persons = _beside(persons, built, "person", theme)
    return DayFacts(
        as_of=county.known.as_of, homes=homes.sort("home"), persons=persons.sort("person")
    )


def _checked(theme: FactTheme, built: Frame | None) -> Frame | None:
    """Refuse a theme that gives what it does not say."""
    if built is None:
        return None
    key = "home" if theme.level == "household" else "person"
    expected = {key, *theme.columns}
    if set(built.columns) != expected:
        raise SchemaError(
            f"The theme {theme.name!r} of the household's account gives {sorted(built.columns)} "
            f"and says {sorted(expected)}. Give exactly those."
        )
    if built[key].n_unique() != len(built):
        raise SchemaError(
            f"The theme {theme.name!r} of the household's account gives a {key} twice. "
            "Give one row for each."
        )
    return built


def _beside(frame: Frame, built: Frame | None, key: str, theme: FactTheme) -> Frame:
    """Join a theme's columns, typed; null where it has none."""
    if built is None:
        return frame.with_columns(
            nw.lit(None).cast(kind).alias(name) for name, kind in theme.columns.items()
        )
    typed = built.select(key, *[nw.col(name).cast(kind) for name, kind in theme.columns.items()])
    return frame.join(typed, on=key, how="left")
