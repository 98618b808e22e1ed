"""A small county whose records are complete and in time, and what its rules and its system said."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import narwhals as nw
import numpy as np
from tests.simulate.county.hand import parameters, rows_of

from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.ledger.state import ledger_state
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.must_visit import MustVisitSettings, must_visit_facts
from fanpin_risk.simulate.county.need import line_fen
from fanpin_risk.simulate.county.records import NOT_KEPT, RecordBook, RecordSettings
from fanpin_risk.simulate.county.records_identity import household_ids
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.step import Engine
from fanpin_risk.standards.lines import LINE_SCALE, lines_on
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.workflows.ruled import Ruled, ruled

STANDARDS = Path(__file__).parents[3] / "configs/standards"
BEFORE, SEED = 26, 5
LOOKED_AT = {
    "visits_a_month": {"listed": 0.6, "former_poor": 0.4, "allowance": 0.3, "other": 0.1},
    "cadre_notices_share": 1.0,
    "round_notices_share": 0.5,
    "false_alarm": 0.25,
    "decided_share": 1.0,
}
"""More is looked at than usual and nobody is refused by taste: a refusal is for lack of a type."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the system itself saw at the end of a month; arrays by household.

    ``decisions`` and ``told_fen`` are of the month: decision rows, and the income written when a
    household was looked at, by row of the household and reason.
    """

    month: int
    decisions: Mapping[str, np.ndarray]
    told_fen: Mapping[tuple[int, int], int]
    line_fen: int
    shock_month: np.ndarray
    breach_since: np.ndarray
    is_former_poor: np.ndarray
    facts: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Faultless:
    """Record tables, the numbers of the households as they stand there, and what was seen."""

    frames: Mapping
    household_id: list[str]
    seen: Mapping[int, Seen]
    state: State


def in_time(settings: RecordSettings) -> RecordSettings:
    """Everything is written down on its day, once and whole."""
    every = {
        name: dict.fromkeys(getattr(settings, name), 1.0)
        for name in (
            "shock_recorded",
            "work_recorded",
            "spending_recorded",
            "checked_in_collection",
        )
    }
    single = ("schooling", "claim", "loan", "measure", "visit", "change", "housing", "water")
    return settings.model_copy(
        update={
            **every,
            **{f"{name}_recorded": 1.0 for name in single},
            "delay_median_days": dict.fromkeys(settings.delay_median_days, 0),
            "delay_log_sd": {},
            "late_share": 0.0,
            "corrected_share": {},
            "withdrawn_share": {},
            "missing": dict.fromkeys(settings.missing, 0.0),
        }
    )


@cache
def county(n_households: int, n_months: int) -> Faultless:
    """Let a county pass, and keep what its system sees."""
    found = parameters()
    visits = found.theme("must_visit", MustVisitSettings)
    engine = Engine.of(found)
    engine = replace(engine, system=engine.system.model_copy(update=LOOKED_AT))
    state = start(found, n_households, seed=SEED, county=1)
    book = RecordBook(in_time(found.theme("records", RecordSettings)), seed=SEED)
    state.month = -1 - BEFORE
    for _ in range(BEFORE):
        book.before(engine.step(state, keeps_events=False))
    book.begin(state)
    seen = {}
    for _ in range(n_months):
        month = engine.step(state, keeps_events=True)
        book.add(state, month)
        households = state.households
        line = line_fen(month.month, engine.need)
        seen[month.month] = Seen(
            month=month.month,
            decisions=rows_of(month, "listing"),
            told_fen={
                (int(row), int(reason)): int(income)
                for event in month.events.get("collection", [])
                for row, reason, income in zip(
                    event["hh"], event["reason"], event["income"], strict=True
                )
            },
            line_fen=engine.system.line_fen(month.month),
            shock_month=households.shock_month.copy(),
            breach_since=households.breach_since.copy(),
            is_former_poor=households.is_former_poor.copy(),
            facts=must_visit_facts(state, month.month, visits, line),
        )
    return Faultless(
        frames=book.frames(state),
        household_id=household_ids(state.households.number),
        seen=seen,
        state=state,
    )


def month_end(month: int) -> date:
    """Last day of a month."""
    year, of_year = FIRST_YEAR + month // 12, month % 12 + 1
    return date(year, of_year, monthrange(year, of_year)[1])


@cache
def ruled_at_end_of(n_households: int, n_months: int, month: int) -> Ruled:
    """What the county's standards say on the last day of a month."""
    frames = county(n_households, n_months).frames
    records = Records({name: rows for name, rows in frames.items() if name not in NOT_KEPT})
    standards = Standards.load([STANDARDS, STANDARDS / "simulated_county"])
    standards = standards.using(marks_allowed=("G",))
    day = month_end(month)
    facts = facts_of(known_as_of(records, day))
    lines = lines_on(standards, ["SIM"], day, ["monitoring_line"])
    line = nw.col("monitoring_line_e4") // LINE_SCALE
    view = county_view(facts, lines.select("context_place", line_fen=line))
    return ruled(facts, view, ledger_state(facts, open_clue_days=90), standards)
