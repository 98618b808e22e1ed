"""Parameters of living that cannot be right are refused, by name."""

from __future__ import annotations

import pytest
import yaml
from tests.simulate.county.hand import FOLDER, parameters

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import settings_from
from fanpin_risk.simulate.county.commons import CommonsSettings
from fanpin_risk.simulate.county.farm import FarmSettings
from fanpin_risk.simulate.county.misfortune import MisfortuneSettings
from fanpin_risk.simulate.county.money import MoneySettings
from fanpin_risk.simulate.county.need import NeedSettings
from fanpin_risk.simulate.county.work import WorkSettings

THEMES = {
    "commons": CommonsSettings,
    "work": WorkSettings,
    "farm": FarmSettings,
    "misfortune": MisfortuneSettings,
    "money": MoneySettings,
    "need": NeedSettings,
}


def values_of(theme):
    """Values of a theme as shipped."""
    return {key: found.value for key, found in parameters().by_theme[theme].items()}


@pytest.mark.parametrize(
    ("preset", "world"),
    [
        ("northeast", "main"),
        ("southwest", "main"),
        ("northeast", "flood_year"),
        ("southwest", "normal_shocks"),
    ],
)
def test_what_is_shipped_can_be_used(preset, world):
    """Presets, and the worlds that change one of these themes."""
    shipped = parameters(preset, world)
    for theme, kind in THEMES.items():
        shipped.theme(theme, kind)
    others = yaml.safe_load((FOLDER / "worlds.yaml").read_text(encoding="utf-8"))
    changed = {name for name, themes in others.items() if set(themes or {}) & set(THEMES)}
    assert changed <= {"flood_year", "normal_shocks"}


@pytest.mark.parametrize(
    ("theme", "changes", "words"),
    [
        ("work", {"loss_a_month": 1.2}, "loss_a_month: Input should be less than or equal to 1"),
        ("work", {"local_season": [1.0] * 11}, "local_season: Tuple should have at least 12"),
        ("work", {"wage_age_factors": [1.0]}, "wage_age_factors has 1 values for 7 points"),
        ("work", {"migrant_ages_years": [16, 25, 25, 45, 55, 65]}, "of migrant_share must rise"),
        ("work", {"local_places": {"village": 0.5}}, "local_places sums to 0.5000; shares must"),
        ("work", {"channels": {"won": 1.0}}, "channels names won, which its contract does not"),
        ("work", {"shock_quantiles": [0.0, 1.0]}, "shock_quantiles has 2 values for 72 points"),
        ("farm", {"harvest_shares": {10: 0.4, 11: 0.4}}, "harvest_shares sums to 0.8000"),
        ("farm", {"claim_month": 11}, "claims with the last of it"),
        ("farm", {"sowing_shares": {11: 1.0}}, "sowing comes before harvest"),
        ("farm", {"lease_month": 13}, "lease_month: Input should be less than or equal to 12"),
        ("farm", {"animals": {}}, "animals must hold each of 3 products once; see cattle, pig"),
        ("farm", {"crops": {}}, "crops must hold each of 6 products once"),
        ("farm", {"usual_price_fen_per_kg": {"corn": 1}}, "must hold each of 9 products once"),
        ("commons", {"price_sd": {"corn": 0.1}}, "price_sd must hold each of 9 products once"),
        ("commons", {"weather_a_year": 1.0}, "weather_a_year: Input should be less than 1"),
        ("misfortune", {"loan_kinds": {"farm": 0.9}}, "loan_kinds sums to 0.9000"),
        ("misfortune", {"accident_disability_levels": [0]}, "accident_disability_levels.0"),
        ("misfortune", {"fire_a_yeer": 0.1}, "Did you mean 'fire_a_year'?"),
        ("money", {"consumption_share": -0.1}, "consumption_share: Input should be greater"),
        ("need", {"line_yuan_a_head_year": {}}, "line_yuan_a_head_year: Dictionary should have"),
    ],
)
def test_what_cannot_be_right_is_named(theme, changes, words):
    """The key, and what is wrong with it."""
    with pytest.raises(ConfigError) as caught:
        settings_from({**values_of(theme), **changes}, THEMES[theme], where=theme)
    assert words in str(caught.value)
