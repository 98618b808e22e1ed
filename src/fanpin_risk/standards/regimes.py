"""Regimes of the mechanism, and the bridge that a configuration must name to use one in another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fanpin_risk.errors import ConfigError, TimeOrderError

if TYPE_CHECKING:
    from fanpin_risk.standards.parameters import Standards

REGIME = "regime"
"""Name of the standard that says which regime a day belongs to."""
ARROW = "->"


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """Values of the regime ``before`` may be used in the regime ``after``."""

    before: str
    after: str

    @classmethod
    def read(cls, text: str) -> Bridge:
        """Read a bridge as a configuration writes it.

        Raises
        ------
        ConfigError
            If it is not two names with an arrow between them.

        Examples
        --------
        >>> Bridge.read("transition_2021_2025 -> normalised_2026").after
        'normalised_2026'
        """
        before, arrow, after = (part.strip() for part in text.partition(ARROW))
        if not (before and arrow and after) or ARROW in after or before == after:
            raise ConfigError(
                f"{text!r} is no bridge of regimes. Write two, such as "
                '"transition_2021_2025 -> normalised_2026".'
            )
        return cls(before=before, after=after)

    def __str__(self) -> str:
        return f"{self.before} {ARROW} {self.after}"


def require_one_regime(standards: Standards, places: Iterable[str], days: Iterable[date]) -> None:
    """Refuse days of two regimes at one place, unless the standards' bridge joins the two.

    Parameters
    ----------
    standards
        The standards with their bridge. Where they hold no standard `regime`, nothing is refused.
    places
        Places as records spell them; one that nobody knows has no regime.
    days
        Decision days, days of outcomes and the day of the score, in any order.

    Raises
    ------
    TimeOrderError
        Naming the place, the two regimes, a day of each and the setting to add.
    """
    if REGIME not in standards.parameters:
        return
    asked = sorted(set(days))
    for place in sorted(set(places)):
        first_of: dict[str, date] = {}
        for day in asked:
            regime = standards.regime_on(place, day)
            if regime is not None:
                first_of.setdefault(regime, day)
        _refuse(place, first_of, standards.bridge)


def _refuse(place: str, first_of: dict[str, date], bridge: Bridge | None) -> None:
    """Refuse regimes of one place that no bridge joins."""
    for before, after in itertools.pairwise(first_of):
        if bridge is None or {before, after} != {bridge.before, bridge.after}:
            raise TimeOrderError(
                f"{place}: {first_of[before]} lies in the regime {before!r} and {first_of[after]} "
                f"in {after!r}; what was learnt in one is not known to hold in the other. Keep to "
                "one, or name the bridge in the configuration: "
                f'regime_bridge: "{before} {ARROW} {after}".'
            )
