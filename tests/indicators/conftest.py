"""What the tests of indicators share: a small panel, its dated lines, and the feature table."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.household.account import household_account
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.catalogue import SURVEY
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.settings import settings_from
from fanpin_risk.standards.lines import line_table
from fanpin_risk.standards.parameters import Parameter, Standards

TESTS = Path(__file__).parents[1]
REFERENCE = TESTS / "reference"
MULTIPLES = {"C1": "0.60", "C2": "0.5"}


@pytest.fixture(scope="session")
def small():
    """Entries by hand or at random, and record tables out of them."""
    return SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_records.py")))


@pytest.fixture(scope="session")
def reference():
    """The slow second implementation."""
    return SimpleNamespace(**runpy.run_path(str(REFERENCE / "indicators_reference.py")))


@pytest.fixture(scope="session")
def panel_records(panel):
    """Record tables of the real panel."""
    return panel.records


@pytest.fixture(scope="session")
def standards_folder():
    """The panel's standards that ship."""
    return TESTS.parent / "configs/standards/argentina_eph"


@pytest.fixture(scope="session")
def multiples():
    """Multiples of the median that make the line, by place of reference."""
    return MULTIPLES


@pytest.fixture(scope="session")
def feature_table():
    """Features of a population as known on a day, from record tables."""
    values = [
        {"place": place, "valid_from": "2000-01-01", "multiple": multiple, "mark": "E"}
        | {"of": "median_income_minor", "source": "made up for this test"}
        for place, multiple in MULTIPLES.items()
    ]
    words = dict.fromkeys(("title_zh", "title_en", "owner_zh", "owner_en"), "test")
    words["unit"] = "minor unit per head a month"
    line = settings_from({"name": "income_line", "values": values, **words}, Parameter, where="")
    standards = Standards({"income_line": line})

    def features(records, as_of, population=None, *, catalogue=SURVEY):
        known = known_as_of(records, as_of)
        lines = line_table(standards, known, ["income_line"])
        account = household_account(known, lines, line="income_line")
        if population is None:
            population = account["household_id"].unique().to_list()
        asked = nw.from_native(
            pl.DataFrame({"household_id": population}, schema={"household_id": pl.String()}),
            eager_only=True,
        )
        return build_indicators(known, account, asked, horizon_months=12, catalogue=catalogue)

    return features
