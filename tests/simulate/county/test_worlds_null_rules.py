"""Two worlds whose answer is known: nothing beyond the rules to learn, and nothing left to find.

Both by the county's own processes, with the guard that the same tests say otherwise in ``main``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.timeline import Records
from fanpin_risk.simulate.county.county import BURN_IN_MONTHS, follow
from fanpin_risk.simulate.county.futures import Estimand, drawn
from fanpin_risk.simulate.county.must_visit import MustVisitSettings, must_visit_facts
from fanpin_risk.simulate.county.need import line_fen
from fanpin_risk.simulate.county.null_world import cells_frame, donors, permute_other_records
from fanpin_risk.simulate.county.oracle import (
    correlation_within_cells,
    first_half_share,
    found_beyond,
    gain_within_cells,
    second_half,
    targeting,
)
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.records import RecordBook, RecordSettings
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.step import Engine

FOLDER = Path(__file__).parents[3] / "configs/simulation"


class Told:
    """A county of a world at the end of its first year: everybody's futures and facts."""

    def __init__(self, world: str, n_households: int, n_futures: int) -> None:
        parameters = load_parameters(FOLDER, preset="northeast", world=world)
        engine = Engine.of(parameters)
        state = start(parameters, n_households, seed=5, county=1)
        for _ in range(BURN_IN_MONTHS + 12):
            engine.step(state, keeps_events=False)
        settings = parameters.theme("must_visit", MustVisitSettings)
        line = line_fen(state.month, engine.need)
        self.state = state
        self.facts = must_visit_facts(state, state.month, settings, line)
        self.rows = np.flatnonzero(state.households.is_here & (state.households.need == 0))
        self.must = self.facts[self.rows] > 0
        self.weight = np.ones(len(self.rows))
        futures = drawn(engine, state, self.rows, np.arange(n_futures), Estimand.AS_THINGS_ARE, 12)
        self.events = futures.has_event(12)


@pytest.fixture(scope="module")
def main() -> Told:
    """The world as it is."""
    return Told("main", 900, 60)


@pytest.fixture(scope="module")
def rules_win() -> Told:
    """The world in which need follows from must-visit facts alone."""
    return Told("rules_win", 900, 60)


def test_where_the_rules_win_they_find_every_fall(rules_win):
    """Each fall of each future within a year is of a household that must be visited today."""
    falls = rules_win.events.sum()
    assert falls > 100
    assert not rules_win.events[~rules_win.must].any()
    judged = second_half(rules_win.events)
    n_must = float(rules_win.must.sum())
    rule = targeting(rules_win.must.astype(float), judged, rules_win.weight, n_must)
    assert rule.recall.value == pytest.approx(1)
    score = first_half_share(rules_win.events)
    best = targeting(score, judged, rules_win.weight, n_must)
    assert best.found.value <= rule.found.value
    further = found_beyond(score, judged, rules_win.weight, rules_win.must, 90)
    assert further.value == 0


def test_in_the_world_as_it_is_rules_leave_something_to_find(main):
    """The guard: the same figures are far from nought."""
    judged = second_half(main.events)
    rule = targeting(main.must.astype(float), judged, main.weight, float(main.must.sum()))
    assert rule.recall.value < 0.9
    score = first_half_share(main.events)
    further = found_beyond(score, judged, main.weight, main.must, 90)
    chance = found_beyond(np.zeros(len(score)), judged, main.weight, main.must, 90)
    assert further.value > 2 * chance.value
    assert further.value - chance.value > 5 * further.standard_error


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_records_of_others_tell_nothing_within_a_cell(main, seed):
    """The donor's truth, which bounds what the donor's records tell; own records tell much."""
    cells = cells_frame(main.state, [main.facts])
    mapping = donors(cells, seed=seed)
    names = cells["household_id"].to_list()
    row_of = {name: row for row, name in enumerate(names)}
    pairs = {row_of[a]: row_of[b] for a, b in mapping.select("household_id", "donor_id").rows()}
    cell_of = dict(zip(mapping["household_id"], mapping["cell"], strict=True))
    place = {row: at for at, row in enumerate(main.rows.tolist())}
    asked = [at for at, row in enumerate(main.rows.tolist()) if pairs[row] in place]
    giver = [place[pairs[main.rows[at]]] for at in asked]
    cell = np.array([cell_of[names[main.rows[at]]] for at in asked])
    asked, giver = np.array(asked)[cell >= 0], np.array(giver)[cell >= 0]
    cell, weight = cell[cell >= 0], np.ones((cell >= 0).sum())
    share, judged = first_half_share(main.events), second_half(main.events)[asked]
    told = gain_within_cells(share[giver], judged, weight, cell, 0.1)
    assert abs(told.value) < 3 * told.standard_error
    assert abs(correlation_within_cells(share[giver], judged.mean(axis=1), weight, cell)) < 0.12
    own = gain_within_cells(share[asked], judged, weight, cell, 0.1)
    assert own.value > 8 * own.standard_error


def test_exchanged_records_are_still_records():
    """Of a county's real tables: contracts hold, nothing is lost, and they can be opened."""
    parameters = load_parameters(FOLDER, preset="northeast", world="null")
    engine = Engine.of(parameters)
    state = start(parameters, 200, seed=5, county=1)
    book = RecordBook(parameters.theme("records", RecordSettings), seed=5)
    for _ in range(BURN_IN_MONTHS):
        book.before(engine.step(state, keeps_events=True))
    book.begin(state)
    follow(engine, state, 12, asks_causes=False, watch=book.add)
    frames = book.frames(state)
    settings = parameters.theme("must_visit", MustVisitSettings)
    facts = must_visit_facts(state, 11, settings, line_fen(11, engine.need))
    mapping = donors(cells_frame(state, [facts]), seed=5)
    found = permute_other_records(frames, mapping)
    assert list(found) == list(frames)
    for name, frame in found.items():
        assert dict(frame.schema) == frame_schema(TABLES[name])
        assert frame.height == frames[name].height
        assert frame.select("record_id", "version").equals(
            frames[name].select("record_id", "version")
        )
    Records(found)
    moved = mapping.filter(pl.col("household_id") != pl.col("donor_id"))
    assert moved.height > 100
    bills = {name: set(tables["medical_bill"]["household_id"].drop_nulls()) for name, tables in
             {"before": frames, "after": found}.items()}  # fmt: skip
    giver_of = dict(mapping.select("household_id", "donor_id").rows())
    assert {giver_of[name] for name in bills["after"]} == bills["before"]
