"""Regimes: a bridge must be named, and days of two regimes are refused without it."""

from __future__ import annotations

from datetime import date

import pytest

from fanpin_risk.errors import ConfigError, TimeOrderError
from fanpin_risk.standards.regimes import Bridge, require_one_regime

FIRST, SECOND = "transition_2021_2025", "normalised_2026"
LAST, NEXT = date(2025, 12, 31), date(2026, 1, 1)


@pytest.fixture(scope="module")
def joined(county):
    """The shipped standards with the bridge named."""
    return county.using(bridge=f"{FIRST} -> {SECOND}")


def test_a_bridge_is_read_and_written_alike():
    """Spaces do not matter."""
    bridge = Bridge.read(f"{FIRST}->{SECOND}")
    assert (bridge.before, bridge.after) == (FIRST, SECOND)
    assert str(bridge) == f"{FIRST} -> {SECOND}"
    assert Bridge.read(str(bridge)) == bridge


@pytest.mark.parametrize("text", ["", "a", "a ->", "-> b", "a > b", "a -> b -> c", "a -> a"])
def test_what_joins_no_two_regimes_is_no_bridge(text):
    """The text is shown, and how to write it."""
    with pytest.raises(ConfigError, match=r"is no bridge of regimes\. Write two, such as"):
        Bridge.read(text)


def test_days_of_one_regime_pass(county):
    """On both sides of the turn of the year, each by itself; before all regimes too."""
    require_one_regime(county, ["SIM", "CN"], [date(2021, 1, 1), LAST])
    require_one_regime(county, ["SIM"], [NEXT, date(2030, 1, 1)])
    require_one_regime(county, ["SIM"], [date(2019, 1, 1), date(2020, 12, 31), LAST])
    require_one_regime(county, ["SIM"], [])


@pytest.mark.parametrize("days", [[LAST, NEXT], [NEXT, LAST]])
def test_days_of_two_regimes_are_refused(county, days):
    """Place, regimes, a day of each, and the setting to add."""
    words = (
        r"SIM: 2025-12-31 lies in the regime 'transition_2021_2025' and 2026-01-01 in "
        r"'normalised_2026'; .* regime_bridge: \"transition_2021_2025 -> normalised_2026\"\."
    )
    with pytest.raises(TimeOrderError, match=words):
        require_one_regime(county, ["elsewhere", "SIM"], days)


def test_the_bridge_lets_them_pass(joined):
    """It joins the two, in whatever order the days come."""
    require_one_regime(joined, ["SIM", "230000"], [NEXT, LAST])


def test_places_without_a_regime_are_not_refused(county, shipped):
    """A place that nobody knows has none, and the panel's standards have none at all."""
    require_one_regime(county, ["elsewhere"], [LAST, NEXT])
    require_one_regime(shipped, ["AR"], [LAST, NEXT])


def test_each_place_is_asked_by_itself(made):
    """Two places that change on different days lie each in one regime."""
    regime = [
        {"place": "A", "value": "old", "valid_to": "2024-12-31"},
        {"place": "A", "value": "new", "valid_from": "2025-01-01"},
        {"place": "B", "value": "old"},
    ]
    standards = made(units={"regime": "code"}, regime=regime)
    days = [date(2024, 6, 30), date(2025, 6, 30)]
    require_one_regime(standards, ["B"], days)
    require_one_regime(standards, ["A", "B"], days[:1])
    with pytest.raises(TimeOrderError, match=r"^A: 2024-06-30 lies in the regime 'old'"):
        require_one_regime(standards, ["A", "B"], days)


def test_a_bridge_joins_two_regimes_only(made):
    """A third one is refused all the same."""
    regime = [
        {"value": "old", "valid_to": "2024-12-31"},
        {"value": "new", "valid_from": "2025-01-01", "valid_to": "2025-12-31"},
        {"value": "newest", "valid_from": "2026-01-01"},
    ]
    standards = made(units={"regime": "code"}, regime=regime).using(bridge="old -> new")
    require_one_regime(standards, ["AR"], [date(2024, 6, 30), date(2025, 6, 30)])
    with pytest.raises(TimeOrderError, match="newest"):
        require_one_regime(
            standards, ["AR"], [date(2024, 6, 30), date(2025, 6, 30), date(2026, 6, 30)]
        )
