"""The monitoring system of the county: who points, who looks, who is listed, and what helps.

It knows need only through what a visit sees, with errors both ways; it knows savings, ability and
frailty not at all, except for the share that the settings let a cadre see. It is written from the
policy notes and shares no code with the rules of the package.
"""

from __future__ import annotations

import numpy as np

from fanpin_risk.simulate.county import (
    allowances,
    clues,
    listing,
    measures,
    register,
    rounds,
    verification,
)
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.system_settings import SystemSettings
from fanpin_risk.simulate.county.system_view import View

__all__ = ["SystemSettings", "help_running", "system"]


def help_running(state: State, month: Month, settings: SystemSettings) -> None:
    """Pay what allowances and measures give in money this month; before the books are settled."""
    allowances.pay_allowances(state, month)
    measures.pay_measures(state, month, settings)


def system(state: State, month: Month, settings: SystemSettings) -> None:
    """Let the system act at the end of a month, once need is known to the county itself.

    Allowances are reviewed and applied for; departments, households and cadres point; clues that
    are due are checked and decided on; measures begin; listings end; in the month of collection the
    register is written anew.
    """
    view = View.of(state, month, settings)
    allowances.review(view)
    allowances.apply_by_themselves(view)
    pointed = [
        *clues.warnings_of_departments(view),
        clues.self_reports(view),
        rounds.cadre_visits(view),
        rounds.central_round(view),
    ]
    clues.take_up(view, pointed)
    confirmed, not_confirmed = verification.verify(view)
    has_begun = month.month >= settings.begins_in_month
    listed = listing.decide(view, confirmed if has_begun else confirmed[:0])
    allowances.assess(view, confirmed, "allowance.check")
    verification.close(view, np.concatenate([confirmed, not_confirmed]))
    listing.end_listings(view)
    measures.renew(view)
    measures.plan_first(view, listed)
    measures.start_first(view)
    measures.start_preventive(view)
    register.collect(view)
