"""What the tests of standards share: the shipped parameters, and small records."""

from __future__ import annotations

import runpy
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.settings import settings_from
from fanpin_risk.standards.lines import line_table
from fanpin_risk.standards.parameters import Parameter, Standards
from fanpin_risk.standards.rules import RULES, rule_answers

TESTS = Path(__file__).parents[1]
WORDS = dict.fromkeys(("title_zh", "title_en", "owner_zh", "owner_en"), "made up")
UNIT = "minor unit per head a month"


@pytest.fixture(scope="session")
def small():
    """Entries by hand, and record tables out of them."""
    return SimpleNamespace(**runpy.run_path(str(TESTS / "reference" / "small_records.py")))


@pytest.fixture(scope="session")
def shipped_folder():
    """The standards that ship."""
    return TESTS.parent / "configs/standards"


@pytest.fixture(scope="session")
def panel_folder(shipped_folder):
    """The lines of the panel that ship."""
    return shipped_folder / "argentina_eph"


@pytest.fixture(scope="session")
def shipped(panel_folder):
    """The shipped lines of the panel, loaded."""
    return Standards.load(panel_folder)


@pytest.fixture(scope="session")
def county(shipped_folder):
    """The shipped standards of the country, with those of the simulated county."""
    return Standards.load([shipped_folder, shipped_folder / "simulated_county"])


@pytest.fixture(scope="session")
def shipped_standards(shipped_folder):
    """The shipped standards with those of the simulated county, by the marks that are allowed."""
    folders = [shipped_folder, shipped_folder / "simulated_county"]
    loaded = Standards.load([folder for folder in folders if folder.is_dir()])

    @lru_cache
    def using(marks_allowed=()):
        return loaded.using(marks_allowed=marks_allowed)

    return using


@pytest.fixture(scope="session")
def made():
    """Make standards out of values by parameter; place, start, source and mark are filled.

    ``units`` by parameter, where it is not the panel's; ``using``: what `Standards` takes beside.
    """

    def standards(*, units=None, using=None, **values):
        filled = {"place": "AR", "valid_from": "2003-07-01", "source": "made up", "mark": "E"}
        return Standards(
            {
                name: settings_from(
                    {
                        "name": name,
                        "unit": (units or {}).get(name, UNIT),
                        "values": [filled | record for record in records],
                        **WORDS,
                    },
                    Parameter,
                    where=f"{name}.yaml",
                )
                for name, records in values.items()
            },
            **(using or {}),
        )

    return standards


@pytest.fixture(scope="session")
def ask():
    """Answers of every rule for the households of some records, as visited on a day."""

    def answers(standards, records, as_of, households=None, *, known_on=None):
        known = known_as_of(records, known_on or as_of)
        lines = line_table(standards, known, [rule.line for rule in RULES])
        everybody = known.tables["household_snapshot"]["household_id"].unique().to_list()
        asked = pl.DataFrame({"household_id": households or everybody})
        frame = nw.from_native(asked, eager_only=True)
        return rule_answers(known, lines, standards, frame, as_of)

    return answers


@pytest.fixture(scope="session")
def day():
    """The first quarter of 2012 ends."""
    return date(2012, 3, 31)
