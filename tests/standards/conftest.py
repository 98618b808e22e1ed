"""What the tests of standards share: the shipped parameters, and small records."""

from __future__ import annotations

import runpy
from datetime import date
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
WORDS = dict.fromkeys(("title_zh", "title_en", "unit", "owner_zh", "owner_en"), "made up")


@pytest.fixture(scope="session")
def small():
    """Entries by hand, and record tables out of them."""
    return SimpleNamespace(**runpy.run_path(str(TESTS / "reference" / "small_records.py")))


@pytest.fixture(scope="session")
def shipped_folder():
    """The standards that ship."""
    return TESTS.parent / "configs/standards"


@pytest.fixture(scope="session")
def shipped(shipped_folder):
    """The shipped standards, loaded."""
    return Standards.load(shipped_folder)


@pytest.fixture(scope="session")
def made():
    """Make standards out of values by parameter; place, start, source and mark are filled."""

    def standards(**values):
        filled = {"place": "AR", "valid_from": "2003-07-01", "source": "made up", "mark": "E"}
        return Standards(
            {
                name: settings_from(
                    {"name": name, "values": [filled | record for record in records], **WORDS},
                    Parameter,
                    where=f"{name}.yaml",
                )
                for name, records in values.items()
            }
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
