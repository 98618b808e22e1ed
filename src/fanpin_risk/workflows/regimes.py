"""A run stays inside one regime of the mechanism, unless its configuration joins two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fanpin_risk.outcomes.flow import FlowSettings
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.standards.regimes import REGIME, require_one_regime
from fanpin_risk.workflows.days import Setting


def check_regimes(setting: Setting, days: Sequence[date]) -> None:
    """Refuse a register's decision days and days of scores that lie in two regimes.

    Parameters
    ----------
    setting
        What days are built with; its standards hold the bridge. A survey has no regimes.
    days
        Every decision day that is learnt from or judged, and the day of the score.

    Raises
    ------
    TimeOrderError
        Naming a place, the two regimes, a day of each and the setting to add.
    """
    standards = setting.standards
    if not (days and isinstance(setting.cohort, FlowSettings) and REGIME in standards.parameters):
        return
    snapshots = known_as_of(setting.records, max(days)).tables["household_snapshot"]
    places = snapshots["context_place"].unique().drop_nulls().to_list()
    require_one_regime(standards, places, days)
