"""The household's account on a day: every fact that rules look at, one row a household and person.

Each theme is a module of its own that says which columns it gives and builds them from a day's
view. What is not on record is null; where absence means none, the theme says so and gives 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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


KEYS = {"household": "home", "person": "person"}
"""The small integer that rows of each level stand under."""


def day_facts(county: CountyView, choices: AccountChoices, themes: Sequence[FactTheme]) -> DayFacts:
    """Build every theme's facts of a day.

    Raises
    ------
    SchemaError
        If a theme gives other columns than it says, a key twice, or a column that is there already.
    """
    homes = county.homes.sort("home")
    persons = county.persons.sort("person")
    parts = {
        "household": [homes.select("home", "household_id", "place", "context_place", "heads")],
        "person": [persons.select("person", "person_id", "home", "is_away")],
    }
    for theme in themes:
        rows, *_ = found = parts[theme.level]
        built = _checked(theme, theme.build(county, choices))
        known = {name for part in found for name in part.columns}
        found.append(_beside(rows, built, theme, known))
    # rows are dropped once, of all columns: until then they stand as the view has them
    ended = homes.filter(nw.col("is_ended")).select("home")
    of_homes, of_persons = (
        table.join(ended, on="home", how="anti") if len(ended) else table
        for table in (nw.concat(parts[level], how="horizontal") for level in KEYS)
    )
    return DayFacts(as_of=county.known.as_of, homes=of_homes, persons=of_persons)


def _checked(theme: FactTheme, built: Frame | None) -> Frame | None:
    """Refuse a theme that gives what it does not say."""
    if built is None:
        return None
    key = KEYS[theme.level]
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


def _beside(rows: Frame, built: Frame | None, theme: FactTheme, known: Collection[str]) -> Frame:
    """Return a theme's columns, typed, of each of the rows; null where it has none."""
    twice = sorted(set(theme.columns) & set(known))
    if twice:
        raise SchemaError(
            f"The theme {theme.name!r} of the household's account gives the columns {twice}, which "
            "another one gives already. Name each column once."
        )
    if built is None:
        # beside the rows first: columns of nothing but a literal have one row, whatever there is
        nothing = {name: nw.lit(None).cast(kind) for name, kind in theme.columns.items()}
        return rows.with_columns(**nothing).select(list(nothing))
    key = KEYS[theme.level]
    schema = built.schema
    casts = {
        name: nw.col(name).cast(kind)
        for name, kind in theme.columns.items()
        if schema[name] != kind
    }
    typed = built.with_columns(**casts) if casts else built
    return looked_up(rows, typed.select([key, *theme.columns]), key)


def with_found(rows: Frame, parts: Iterable[Frame], key: str) -> Frame:
    """Rows with what was found under their key beside them, as `looked_up` has it."""
    beside = [looked_up(rows, part, key) for part in parts]
    return nw.concat([rows, *beside], how="horizontal")


def looked_up(rows: Frame, found: Frame, key: str) -> Frame:
    """Columns of what was found for each of some rows, in their order: a left join by place.

    Homes and persons are numbered from 0 on, so the place of a key in a list says where its row is,
    and nothing has to be hashed.

    Parameters
    ----------
    rows
        With ``key``, ``home`` or ``person``.
    found
        With ``key``, each once.
    key
        Small whole numbers, 0 or more, none null.

    Returns
    -------
    DataFrame
        The columns of ``found`` but the key, one row for each of ``rows``; null where there is
        none.

    Examples
    --------
    >>> rows = nw.from_native(pl.DataFrame({"home": [0, 2, 5]}), eager_only=True)
    >>> found = nw.from_native(pl.DataFrame({"home": [5, 0], "x": ["b", "a"]}), eager_only=True)
    >>> looked_up(rows, found, "home")["x"].to_list()
    ['a', None, 'b']
    """
    asked, given = rows.to_native()[key], found.to_native()[key]
    columns = found.to_native().drop(key)
    if asked.equals(given):
        return nw.from_native(columns, eager_only=True)
    size = 1 + max(int(str(keys.max() or 0)) for keys in (asked, given))
    row = pl.int_range(len(given), dtype=pl.UInt32, eager=True)
    places = pl.repeat(None, size, dtype=pl.UInt32, eager=True).scatter(given, row)
    return nw.from_native(columns.select(pl.all().gather(places.gather(asked))), eager_only=True)
