"""Rules and facts made up for the tests of the engine."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.logic import all_of
from fanpin_risk.standards.rule import (
    Shown,
    StandardRule,
    months_before,
    of_household,
    parameter,
    today,
)

DAY = date(2024, 2, 29)
WORDS = {
    "title_zh": "题",
    "title_en": "title",
    "tests_zh": "测",
    "tests_en": "tests",
    "theme": "income",
    "owner_zh": "部门",
    "owner_en": "office",
    "source": "made up",
    "mark": "A",
}

POOR = StandardRule(
    name="poor",
    **WORDS,
    parameters=("made_line",),
    condition=lambda readings: nw.col("income_fen") < parameter("made_line") * nw.col("heads"),
    shows=(
        Shown(
            column="income_fen",
            title_zh="收入",
            title_en="income",
            unit="yuan",
            day="income_day",
        ),
    ),
)
LATE = StandardRule(
    name="late",
    **WORDS,
    parameters=("made_months",),
    applies=lambda readings: nw.col("is_listed"),
    condition=lambda readings: all_of(
        nw.col("income_day") <= months_before("made_months"), nw.col("income_day") < today()
    ),
    shows=(Shown(column="is_listed", title_zh="在册", title_en="listed", unit="flag"),),
)
CHILD = StandardRule(
    name="child",
    **WORDS,
    level="person",
    household_columns=("is_listed",),
    condition=lambda readings: all_of(nw.col("age") < 7, of_household("is_listed")),
    shows=(Shown(column="age", title_zh="年龄", title_en="age", unit="years"),),
)
UNSURE = StandardRule(
    name="unsure",
    **{**WORDS, "mark": "D"},
    condition=lambda readings: nw.col("is_listed"),
    shows=(),
)
RULES = (POOR, LATE, CHILD, UNSURE)

HOMES = {
    "home": pl.Int64,
    "household_id": pl.String,
    "place": pl.String,
    "context_place": pl.String,
    "heads": pl.Int64,
    "income_fen": pl.Int64,
    "income_day": pl.Int64,
    "is_listed": pl.Boolean,
}
PERSONS = {
    "person": pl.Int64,
    "person_id": pl.String,
    "home": pl.Int64,
    "is_away": pl.Int64,
    "age": pl.Int64,
}


def facts(homes, persons=(), as_of=DAY):
    """Facts of a day: rows of ``heads, income, day, is_listed`` and of ``home, age``."""
    home_rows = [
        (i, f"h{i}", "v1", "AR", heads, income, day, listed)
        for i, (heads, income, day, listed) in enumerate(homes)
    ]
    person_rows = [(i, f"p{i}", home, 0, age) for i, (home, age) in enumerate(persons)]

    def frame(rows, schema):
        return nw.from_native(pl.DataFrame(rows, schema=schema, orient="row"), eager_only=True)

    return DayFacts(as_of=as_of, homes=frame(home_rows, HOMES), persons=frame(person_rows, PERSONS))
