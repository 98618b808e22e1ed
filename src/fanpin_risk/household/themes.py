"""Every theme of the household's account, in the order in which they are built."""

from __future__ import annotations

from fanpin_risk.household.facts import FactTheme

THEMES: tuple[FactTheme, ...] = ()
"""All themes; each module of facts gives one or two."""
