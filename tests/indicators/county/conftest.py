"""What the tests of the county's columns share: small counties, a slow reference, the columns."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.catalogue import COUNTY
from fanpin_risk.records.timeline import known_as_of

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="session")
def made():
    """Rows by hand or at random, and record tables out of them."""
    return SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))


@pytest.fixture(scope="session")
def reference():
    """The slow second implementation."""
    return SimpleNamespace(**runpy.run_path(str(REFERENCE / "county_indicators_reference.py")))


@pytest.fixture(scope="session")
def view_of(made):
    """A county's records as known on a day."""

    def view(tables, as_of, *, lines=None):
        known = known_as_of(made.records(tables), as_of)
        given = nw.from_native(made.lines(lines), eager_only=True)
        return county_view(facts_of(known), given)

    return view


@pytest.fixture(scope="session")
def columns_of_county(view_of):
    """Columns of a population as known on a day; by default of everybody on record."""

    def columns(tables, as_of, population=None, *, catalogue=COUNTY, lines=None):
        county = view_of(tables, as_of, lines=lines)
        if population is None:
            population = county.homes["household_id"].to_list()
        asked = nw.from_native(
            pl.DataFrame({"household_id": population}, schema={"household_id": pl.String()}),
            eager_only=True,
        )
        return build_indicators(
            county.known, None, asked, horizon_months=12, catalogue=catalogue, county=county
        )

    return columns


@pytest.fixture(scope="session")
def by_hand(made, columns_of_county):
    """Columns of household h1, of one head of 60 yuan line by default, from rows by hand."""

    def columns(as_of, tables, *, heads=1, catalogue=COUNTY, line_fen=6_000):
        home = {"household_id": "h1", "place": "P1", "region": "R1", "context_place": "C"}
        rows = {
            "household_snapshot": [
                made.row("household_snapshot", 0, occurred_on=made.FIRST, members=heads, **home)
            ]
        }
        for name, given in tables.items():
            own = {} if "place" in rows_of_place(name) else {"household_id": "h1"}
            rows[name] = rows.get(name, []) + [
                made.row(name, n, **{**own, **values}) for n, values in enumerate(given, start=1)
            ]
        return columns_of_county(
            rows, as_of, ["h1"], catalogue=catalogue, lines={"C": line_fen}
        ).row(0, named=True)

    def rows_of_place(name):
        return ("place",) if name in ("village", "place_month") else ()

    return columns
