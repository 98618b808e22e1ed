"""Which route the records of a visit point to."""

from __future__ import annotations

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.standards.routes import routes

HELP = ("开发式帮扶", "development help")
NET = ("兜底保障", "safety net")
CASE = ("一事一议", "case by case")
UNKNOWN = ("无法判断", "cannot tell")


def routes_of(records, households, day):
    """Routes by household, in the order of the rows."""
    asked = nw.from_native(pl.DataFrame({"household_id": households}), eager_only=True)
    found = routes(known_as_of(records, day), asked, day)
    return {
        row["household_id"]: (row["route_zh"], row["route_en"])
        for row in found.iter_rows(named=True)
    }


@pytest.mark.parametrize(
    ("works", "lost_a_job", "expected"),
    [
        pytest.param(True, False, HELP, id="somebody works"),
        pytest.param(True, None, HELP, id="somebody works, and no shock is on record"),
        pytest.param(False, False, NET, id="nobody works"),
        pytest.param(False, None, NET, id="nobody works, and no shock is on record"),
        pytest.param(True, True, CASE, id="a job was lost, though somebody works"),
        pytest.param(False, True, CASE, id="a job was lost"),
        pytest.param(None, True, CASE, id="a job was lost, and nothing else is known"),
        pytest.param(None, False, UNKNOWN, id="whether anybody works is not known"),
        pytest.param(None, None, UNKNOWN, id="nothing is known"),
    ],
)
def test_the_route_follows_work_and_shock(small, day, works, lost_a_job, expected):
    """A shock goes first; then work decides; what is not known is not decided."""
    visit = small.visit("h1", day, has_work_income=works, has_severance_pay=lost_a_job)
    assert routes_of(small.records([visit]), ["h1"], day) == {"h1": expected}


def test_only_the_visit_of_the_day_counts(small, day):
    """A job lost before, or work on an earlier visit, points nowhere today."""
    visits = [
        small.visit("h1", "2011-12-31", has_work_income=True, has_severance_pay=True),
        small.visit("h1", day, has_work_income=False),
        small.visit("h2", "2011-12-31", has_work_income=True),
    ]
    found = routes_of(small.records(visits), ["h2", "h1", "nobody"], day)
    assert found == {"h1": NET, "h2": UNKNOWN, "nobody": UNKNOWN}
    assert list(found) == ["h1", "h2", "nobody"]


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (("shock_and_coping",), HELP),
        (("income",), UNKNOWN),
        (("income", "shock_and_coping"), UNKNOWN),
    ],
)
def test_a_table_that_is_not_kept_says_nothing(small, day, gone, expected):
    """Without a table of shocks, work decides; without incomes nothing can be told."""
    tables = small.frames([small.visit("h1", day, has_work_income=True)])
    for name in gone:
        del tables[name]
    assert routes_of(small.Records(tables), ["h1"], day) == {"h1": expected}


def test_everybody_asked_about_gets_one_route(small, day):
    """No household is lost or doubled."""
    visits = [small.visit(f"h{n}", day, has_work_income=n % 2 == 0) for n in range(9)]
    names = [f"h{n}" for n in reversed(range(12))]
    assert list(routes_of(small.records(visits), names, day)) == sorted(names)
