"""Figures of the place: known by then, and without the household itself."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from fanpin_risk.indicators.place import PLACE

AS_OF = date(2011, 3, 31)
RATES = [
    "place_rate_of_falling_latest",
    "place_rate_of_falling_12m_latest",
    "region_rate_of_falling_12m_latest",
]
LEVELS = ["place_mean_income_to_line_latest", "place_share_below_line_latest"]


@pytest.fixture
def rates(small, feature_table):
    """Figures of the place by household, out of visits with medians of 1000 everywhere."""

    def figures(visits, as_of=AS_OF):
        medians = [small.median(day, 1_000) for day in small.QUARTER_ENDS]
        found = feature_table(small.records(visits, medians), as_of, catalogue=PLACE)
        return {row["household_id"]: row for row in found.iter_rows(named=True)}

    return figures


def pair(small, household, later_minor, *, later="2011-03-31", place="P1", **later_values):
    """A visit above the line, and one a year later with an income."""
    first = small.visit(household, "2010-03-31", total_minor=900, place=place)
    second = {"place": place} | later_values
    return [first, small.visit(household, later, total_minor=later_minor, **second)]


def test_a_rate_is_drawn_to_the_countrys_as_if_by_200_pairs(small, rates):
    """By hand: others here 1 of 2 fell, all others 1 of 3: (1 + 200/3) / (2 + 200)."""
    visits = [
        *pair(small, "h1", 500),
        *pair(small, "h2", 500),
        *pair(small, "h3", 900),
        *pair(small, "h4", 900, place="P2"),
    ]
    expected = int((1 + 200 / 3) / 202 * 10_000) / 10_000
    assert rates(visits)["h1"]["place_rate_of_falling_latest"] == expected


def test_a_place_without_pairs_has_the_rate_of_all_others(small, rates):
    """Nobody else there: one in four of the country's other pairs fell."""
    visits = [
        v for n, minor in enumerate((500, 900, 900, 900)) for v in pair(small, f"h{n}", minor)
    ]
    visits += [small.visit("alone", AS_OF, place="P3", region="R9")]
    found = rates(visits)["alone"]
    assert [found[name] for name in RATES] == [0.25, 0.25, 0.25]


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param({}, id="stayed"),
        pytest.param({"place": "P2", "region": "R2"}, id="moved to another region"),
        pytest.param({"place": "P2", "region": None}, id="moved to a place without a region"),
    ],
)
def test_the_households_own_outcome_leaves_its_own_figures_unchanged(small, rates, moved):
    """Falling or not changes what the neighbours see, and nothing of one's own place figures."""
    others = [
        *pair(small, "h2", 500),
        *pair(small, "h3", 900),
        *pair(small, "h4", 900, place="P2", region="R2"),
        *pair(small, "h5", 500, place="P2", region="R2"),
    ]
    fell = rates([*others, *pair(small, "h1", 500, **moved)])
    stayed = rates([*others, *pair(small, "h1", 900, **moved)])
    for name in (*RATES, *LEVELS):
        assert fell["h1"][name] == stayed["h1"][name], name
    neighbour = "h4" if moved else "h2"
    for name in LEVELS:
        assert fell[neighbour][name] != stayed[neighbour][name], name
    for name in RATES:
        assert fell["h2"][name] != stayed["h2"][name], name


def test_a_household_of_unknown_region_is_left_out_of_its_own_rate(small, rates):
    """The country's rate, too, is that of the others, whatever is known of one's own region."""
    others = [*pair(small, "h2", 500), *pair(small, "h3", 900)]

    def own(minor):
        mine = [v | {"region": None} for v in pair(small, "h1", minor)]
        return [rates([*others, *mine])["h1"][name] for name in (*RATES, *LEVELS)]

    assert own(500) == own(900)


def test_an_outcome_after_the_day_has_no_effect(small, rates):
    """A pair counts from its later visit on: not a day before, whatever came of it."""
    known = [*pair(small, "h1", 900), *pair(small, "h2", 500), *pair(small, "h3", 900)]
    late = {"later": "2011-06-30"}

    def at(as_of, minor):
        visits = [*known, *pair(small, "h4", minor, **late)]
        visits += [small.visit("h4", "2010-06-30", total_minor=900)]
        return [rates(visits, as_of)["h1"][name] for name in RATES]

    assert at(AS_OF, 500) == at(AS_OF, 900)
    day_before = date(2011, 6, 29)
    assert at(day_before, 500) == at(day_before, 900)
    on_the_day = date(2011, 6, 30)
    assert at(on_the_day, 500) != at(on_the_day, 900)


def test_an_outcome_entered_late_has_no_effect_before(small, rates):
    """The later visit took place in March and was recorded in May: unknown in March."""
    known = [*pair(small, "h1", 900), *pair(small, "h2", 500), *pair(small, "h3", 900)]

    def at(as_of, minor):
        visits = [*known, *pair(small, "h4", minor, recorded_on="2011-05-20")]
        return [rates(visits, as_of)["h1"][name] for name in RATES]

    assert at(AS_OF, 500) == at(AS_OF, 900)
    assert at(date(2011, 5, 20), 500) != at(date(2011, 5, 20), 900)


def test_the_last_years_rate_forgets_older_outcomes(small, rates):
    """Outcomes of more than a year ago count in the long rate alone: open at a year, to the day."""
    visits = [*pair(small, "h1", 900), *pair(small, "h2", 500), *pair(small, "h3", 900)]
    visits += [small.visit(f"h{n}", "2012-03-31", total_minor=900) for n in (1, 2, 3)]
    visits += pair(small, "h4", 900)

    def at(as_of):
        return rates(visits, as_of)["h4"]

    assert at(date(2012, 3, 30))[RATES[1]] == at(date(2012, 3, 30))[RATES[0]] == 0.3333
    assert at(date(2012, 3, 31))[RATES[1]] < at(date(2012, 3, 31))[RATES[0]]


def test_levels_are_those_of_the_last_quarters_visits(small, rates):
    """Others here: 0.5 and 1.5 times the line, and one unknown; 100 times the line counts as 10."""
    visits = [
        small.visit("h1", AS_OF, total_minor=60_000),
        small.visit("h2", AS_OF, total_minor=300),
        small.visit("h3", AS_OF, total_minor=900),
        small.visit("h4", AS_OF),
        small.visit("h5", "2010-12-31", total_minor=6_000),
        small.visit("h6", AS_OF, total_minor=6_000, place="P2"),
    ]
    found = rates(visits)
    assert [found["h1"][name] for name in LEVELS] == [1.0, 0.5]
    assert [found["h5"][name] for name in LEVELS] == [(0.5 + 1.5 + 10) / 3, 0.3333]
    assert [found["h6"][name] for name in LEVELS] == [None, None]


def test_the_place_is_that_of_the_latest_visit(small, rates):
    """Who moved is compared with the new neighbours."""
    visits = [
        small.visit("h1", "2010-12-31", place="P1"),
        small.visit("h1", AS_OF, place="P2"),
        small.visit("h2", AS_OF, total_minor=300, place="P1"),
        small.visit("h3", AS_OF, total_minor=1_200, place="P2"),
    ]
    assert rates(visits)["h1"]["place_mean_income_to_line_latest"] == 2.0


def test_visits_are_counted_and_dated(small, feature_table):
    """Two visits, 90 days apart, and the season of the day asked, not of the visit."""
    visits = [small.visit("h1", "2010-12-31"), small.visit("h1", "2011-03-31")]
    names = ["visits_known", "days_since_visit", "days_since_visit_before", "season"]
    found = feature_table(small.records(visits), date(2011, 4, 1))
    assert found.select(pl.col(f"{name}_latest") for name in names).row(0) == (2, 1, 91, 2)


def test_rooms_and_members_are_those_of_one_visit(small, feature_table):
    """Members of each visit beside the rooms of the same visit; no rooms is not known."""
    visits = [
        small.visit("h1", "2010-12-31", members=2, own_rooms=4, sleeping_rooms=1),
        small.visit("h1", "2011-03-31", members=6, own_rooms=4, sleeping_rooms=0),
        small.visit("h2", "2010-12-31", members=3, own_rooms=2),
        small.visit("h2", "2011-03-31", members=5, without=("housing_check",)),
    ]
    found = feature_table(small.records(visits), AS_OF)
    assert found["members_per_room_latest"].to_list() == [1.5, 1.5]
    assert found["members_per_room_change"].to_list() == [1.0, None]
    assert found["members_per_sleeping_room_latest"].to_list() == [None, None]
