"""Routes on every combination of shocks and labour, against a slow second implementation."""

from __future__ import annotations

import itertools
import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.routes import ROUTES
from fanpin_risk.standards.routes_by_rule import ROUTE_RULES, ROUTE_WORDS, with_routes

REFERENCE = Path(__file__).parents[1] / "reference" / "routes_reference.py"
SLOW = SimpleNamespace(**runpy.run_path(str(REFERENCE)))
FLAG = (True, False, None)
COUNT = (0, 1, None)
VALUES = {
    **dict.fromkeys(ROUTE_RULES, FLAG),
    "proposal": ("sudden", "none"),
    **dict.fromkeys(("n_able", "n_weak", "n_labour_unknown", "n_members"), COUNT),
    "is_no_labour_on_register": FLAG,
}
TYPES = {FLAG: pl.Boolean(), COUNT: pl.Int64()}
SCHEMA = {name: TYPES.get(values, pl.String()) for name, values in VALUES.items()}


@pytest.fixture(scope="module")
def everything():
    """Every combination of labour with some of the shocks, and the other way round."""
    rows = itertools.islice(itertools.product(*VALUES.values()), 0, None, 17)
    made = pl.DataFrame(list(rows), schema=SCHEMA, orient="row")
    return nw.from_native(made, eager_only=True)


@pytest.mark.parametrize("weak_route", ["development_and_net", "safety_net"])
def test_every_route_agrees_with_the_second_implementation(everything, weak_route):
    """Both readings of weak labour; the first route is never missing."""
    found = with_routes(everything, Readings(weak_labour_route=weak_route)).to_native()
    expected = [SLOW.routes(row, weak_route=weak_route) for row in everything.rows(named=True)]
    assert found.select("route", "second_route").rows() == expected
    assert set(found["route"]) == set(ROUTE_WORDS)


def test_the_words_are_those_of_the_founding_text():
    """The same as on a survey's visits."""
    assert tuple(ROUTE_WORDS.values()) == ROUTES
