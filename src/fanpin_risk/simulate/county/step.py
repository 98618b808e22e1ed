"""One month of the county: every process in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from fanpin_risk.simulate.county.commons import CommonsSettings, commons
from fanpin_risk.simulate.county.farm import FarmSettings, farm
from fanpin_risk.simulate.county.illness import IllnessSettings, illness
from fanpin_risk.simulate.county.kinds import Shock
from fanpin_risk.simulate.county.misfortune import MisfortuneSettings, misfortune
from fanpin_risk.simulate.county.money import MoneySettings, settle
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.must_visit import (
    MustVisitSettings,
    keep_to_must_visits,
    note_must_visits,
)
from fanpin_risk.simulate.county.need import NeedSettings, line_fen, need
from fanpin_risk.simulate.county.parameters import Parameters
from fanpin_risk.simulate.county.people import PeopleSettings, people
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.system import SystemSettings, help_running, system
from fanpin_risk.simulate.county.work import WorkSettings, work

__all__ = ["Engine"]


@dataclass(frozen=True)
class Engine:
    """The processes with their settings; the same state and month always give the same state."""

    commons: CommonsSettings
    people: PeopleSettings
    illness: IllnessSettings
    work: WorkSettings
    farm: FarmSettings
    misfortune: MisfortuneSettings
    money: MoneySettings
    need: NeedSettings
    must_visit: MustVisitSettings
    system: SystemSettings

    @classmethod
    def of(cls, parameters: Parameters) -> Self:
        """Take the settings of every theme out of the parameters."""
        return cls(
            commons=parameters.theme("commons", CommonsSettings),
            people=parameters.theme("people", PeopleSettings),
            illness=parameters.theme("illness", IllnessSettings),
            work=parameters.theme("work", WorkSettings),
            farm=parameters.theme("farm", FarmSettings),
            misfortune=parameters.theme("misfortune", MisfortuneSettings),
            money=parameters.theme("money", MoneySettings),
            need=parameters.theme("need", NeedSettings),
            must_visit=parameters.theme("must_visit", MustVisitSettings),
            system=parameters.theme("system", SystemSettings),
        )

    def step(self, state: State, *, keeps_events: bool) -> Month:
        """Let one month pass.

        Parameters
        ----------
        state
            Changed in place; afterwards it stands at the end of the next month.
        keeps_events
            Whether the month keeps what the records are made of.
        """
        month = Month.begin(state, len(Shock), keeps_events=keeps_events)
        commons(state, month, self.commons)
        people(state, month, self.people)
        illness(state, month, self.illness)
        work(state, month, self.work)
        farm(state, month, self.farm)
        misfortune(state, month, self.misfortune)
        help_running(state, month, self.system)
        settle(state, month, self.money)
        need(state, month, self.need)
        keep_to_must_visits(state, month, self.must_visit)
        system(state, month, self.system)
        note_must_visits(state, month, self.must_visit, line_fen(month.month, self.need))
        state.month = month.month
        return month
