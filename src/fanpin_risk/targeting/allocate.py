"""Sharing out each team's visits among its must-visits, the random audit and the highest risks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.hashing import keyed_uniform
from fanpin_risk.targeting.audit import (
    FloatArray,
    audit_probabilities,
    draw_audit,
    team_generator,
)
from fanpin_risk.targeting.plan_settings import PlanSettings, share_rounded_up, team_capacity


@dataclass(frozen=True, kw_only=True)
class Team:
    """What the sharing out of visits looks at: arrays over a team's households, sorted by id.

    Attributes
    ----------
    name
        The team.
    must, is_open
        Where a rule asks for a visit, and where the must-visit rules cannot tell.
    risk, raw_score
        NaN where there is no risk, -inf where there is no raw score.
    tie, place
        Hashes of household and day in [0, 1): the order of equal risks, and the place of
        must-visits and audit rows within the list of visits.
    """

    name: str
    must: npt.NDArray[np.bool_]
    is_open: npt.NDArray[np.bool_]
    risk: FloatArray
    raw_score: FloatArray
    tie: FloatArray
    place: FloatArray


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """One team's visits: arrays over its households, in the order of `Team`, and what was wanted.

    Attributes
    ----------
    kind
        Slice of each household: "must_visit", "audit", "risk", or "" for no visit.
    rank
        From 1 in the order of the visits; 0 for no visit.
    audit_probability
        Chance of being drawn; NaN for must-visits, which are not in the draw.
    capacity
        Visits that the team can make.
    n_audit_wanted
        Audited visits there would be if the must-visits left room for all of them.
    """

    kind: npt.NDArray[np.str_]
    rank: npt.NDArray[np.int32]
    audit_probability: FloatArray
    capacity: int
    n_audit_wanted: int

    def count(self, name: str) -> int:
        """How many households are in a slice."""
        return int(np.count_nonzero(self.kind == name))


def cut_into_teams(table: pl.DataFrame, *, as_of: date, tie_key: str) -> list[Team]:
    """Cut the sorted households into teams, and add the hashes of household and day.

    Parameters
    ----------
    table
        At least one row, sorted by ``team`` and ``household_id``, with ``risk``, ``raw_score`` and
        ``must_visit``; nulls mean unknown.
    as_of
        The day of the plan, which enters the hashes.
    tie_key
        Key of the hashes: see `PlanSettings`.

    Examples
    --------
    >>> table = pl.DataFrame({"household_id": ["h1", "h2"], "team": ["A", "B"], "risk": [0.1, 0.2]})
    >>> table = table.with_columns(raw_score="risk", must_visit=False)
    >>> [team.name for team in cut_into_teams(table, as_of=date(2012, 3, 31), tie_key="k")]
    ['A', 'B']
    """
    ids = table["household_id"].to_list()
    arrays = {
        "must": table["must_visit"].fill_null(False).to_numpy(),
        "is_open": table["must_visit"].is_null().to_numpy(),
        "risk": table["risk"].fill_null(np.nan).to_numpy(),
        "raw_score": table["raw_score"].fill_null(-np.inf).to_numpy(),
        "tie": keyed_uniform(ids, day=as_of, key=tie_key),
        "place": keyed_uniform(ids, day=as_of, key=f"{tie_key}|order"),
    }
    sizes = Counter(table["team"].to_list())
    ends = np.cumsum(list(sizes.values()))[:-1]
    parts = {name: np.split(array, ends) for name, array in arrays.items()}
    return [
        Team(name=name, **{column: part[index] for column, part in parts.items()})
        for index, name in enumerate(sizes)
    ]


def allocate(team: Team, *, as_of: date, settings: PlanSettings) -> Allocation:
    """Share one team's visits out: must-visits, audit, then risk.

    All must-visits are taken, also beyond the capacity. The audit has its share of the capacity as
    far as they leave room; what is left then goes to the highest risks.

    Raises
    ------
    ConfigError
        If the settings name no capacity for the team.

    Examples
    --------
    >>> table = pl.DataFrame({"household_id": ["h1", "h2"], "team": "A", "risk": [0.1, 0.2]})
    >>> table = table.with_columns(raw_score="risk", must_visit=False)
    >>> (team,) = cut_into_teams(table, as_of=date(2012, 3, 31), tie_key="k")
    >>> settings = PlanSettings(visits_per_team=1, audit_share=0, seed=7, tie_key="k")
    >>> allocate(team, as_of=date(2012, 3, 31), settings=settings).kind.tolist()
    ['', 'risk']
    """
    capacity = team_capacity(team.name, n_households=len(team.must), settings=settings)
    left = max(capacity - int(team.must.sum()), 0)
    wanted = share_rounded_up(settings.audit_share, capacity)
    pool = np.flatnonzero(~team.must)
    chance = np.full(len(team.must), np.nan)
    chance[pool] = audit_probabilities(
        team.risk[pool],
        n_draws=min(wanted, left, len(pool)),
        floor_share=settings.audit_floor_share,
    )
    rng = team_generator(seed=settings.seed, team=team.name, as_of=as_of)
    audited = pool[draw_audit(chance[pool], rng=rng)]
    kind = np.where(team.must, "must_visit", "").astype("<U10")
    kind[audited] = "audit"
    ranked = _by_risk(team)
    chosen = ranked[kind[ranked] == ""][: left - len(audited)]
    kind[chosen] = "risk"
    return Allocation(
        kind=kind,
        rank=_ranks(kind, chosen, place=team.place),
        audit_probability=chance,
        capacity=capacity,
        n_audit_wanted=min(wanted, len(pool)),
    )


def _by_risk(team: Team) -> npt.NDArray[np.int64]:
    """Positions of the households that have a risk: highest first, then raw score, then hash."""
    order = np.lexsort((team.tie, -team.raw_score, -team.risk))
    return order[~np.isnan(team.risk[order])]


def _ranks(
    kind: npt.NDArray[np.str_], chosen: npt.NDArray[np.int64], *, place: FloatArray
) -> npt.NDArray[np.int32]:
    """Must-visits by hash, then the chosen in their order with the audited scattered among them."""
    position = place.copy()
    position[chosen] = (np.arange(len(chosen)) + 0.5) / max(len(chosen), 1)
    position[kind == "must_visit"] -= 1  # a hash is below 1: these come before all others
    order = np.argsort(position, kind="stable")
    visited = order[kind[order] != ""]
    rank = np.zeros(len(kind), dtype=np.int32)
    rank[visited] = np.arange(1, len(visited) + 1)
    return rank
