"""The world in which records belong to others: nothing is lost, and nothing can be learned."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.simulate.county.chain import Chain
from tests.simulate.county.fake import made

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.simulate.county.futures import Estimand, drawn
from fanpin_risk.simulate.county.null_world import (
    ALONE,
    CELLS_SCHEMA,
    KEPT_TABLES,
    cells_frame,
    donors,
    permute_other_records,
)
from fanpin_risk.simulate.county.oracle import (
    correlation_within_cells,
    first_half_share,
    gain_within_cells,
    second_half,
)
from fanpin_risk.simulate.county.records_identity import household_ids

DAY = date(2022, 3, 4)


def table(name, **columns):
    """Rows of a record table of which some columns are told."""
    contract = TABLES[name]
    n = len(next(iter(columns.values())))
    given = {
        "record_id": [f"{name}-{k}" for k in range(n)],
        "version": [1] * n,
        "occurred_on": [DAY] * n,
        "recorded_on": [DAY] * n,
        "is_withdrawn": [False] * n,
        **columns,
    }
    schema = frame_schema(contract)
    return pl.DataFrame({key: given.get(key, [None] * n) for key in schema}, schema=schema)


def cells_of(state, n_days=1):
    """Cells without any fact."""
    facts = [np.zeros(state.households.n, dtype=np.uint8)] * n_days
    return cells_frame(state, facts)


@pytest.fixture
def world():
    """A county of 60 households in two villages, with records that name their owner."""
    state = made(60, n_villages=2)
    state.households.is_former_poor[::3] = True
    ids = household_ids(state.households.number)
    n = len(ids)
    frames = {
        "household_snapshot": table(
            "household_snapshot",
            household_id=ids,
            place=[f"V{v}" for v in state.households.village.tolist()],
            region=["T"] * n,
            context_place=["SIM"] * n,
            household_type=["former_poor" if k % 3 == 0 else "ordinary" for k in range(n)],
            members=[1 + k % 5 for k in range(n)],
            monitored_type=["sudden"] * n,
            farmland_mu_x100=list(range(n)),
        ),
        "member_snapshot": table(
            "member_snapshot", household_id=ids, person_id=[f"p{k}" for k in range(n)],
            relation=["head"] * n,
        ),
        "medical_bill": table(
            "medical_bill",
            household_id=[*ids[1:], None],
            person_id=[f"p{k}" for k in range(1, n + 1)],
        ),
        "listing": table("listing", household_id=ids[:5], decision=["listed"] * 5),
        "support_measure": table(
            "support_measure", household_id=ids[:5], measure=["health"] * 5, person_id=["p0"] * 5
        ),
        "place_month": table("place_month", place=["V0"]),
    }  # fmt: skip
    return state, frames, donors(cells_of(state), seed=5)


def test_everybody_gives_once_and_gets_once_within_the_cell(world):
    """The mapping is a permutation that keeps village and class."""
    state, _, mapping = world
    assert mapping["household_id"].is_unique().all()
    assert sorted(mapping["donor_id"]) == sorted(mapping["household_id"])
    row_of = {name: k for k, name in enumerate(household_ids(state.households.number))}
    giver = [row_of[name] for name in mapping["donor_id"]]
    getter = [row_of[name] for name in mapping["household_id"]]
    for column in (state.households.village, state.households.is_former_poor):
        assert np.array_equal(column[giver], column[getter])
    assert 40 < sum(a != b for a, b in zip(giver, getter, strict=True)) < 60


def test_small_cells_widen_and_what_is_like_no_other_keeps_its_records():
    """Village, then township, then county; facts and class are never mixed."""
    cells = pl.DataFrame(
        {
            "household_id": [f"H{k:02d}" for k in range(16)],
            "number": np.arange(16),
            "village": [0] * 4 + [1] * 3 + [2] * 3 + [3] * 2 + [4, 5, 6, 7],
            "township": [0] * 4 + [0] * 3 + [0] * 3 + [1] * 2 + [1, 1, 2, 3],
            "is_former_poor": [False] * 15 + [True],
            "facts": ["0"] * 12 + ["1", "1", "01", "0"],
        }
    ).cast(CELLS_SCHEMA)
    found = donors(cells, seed=1, least=4)
    cell = found["cell"].to_list()
    assert len(set(cell[:4])) == 1
    assert len(set(cell[4:10])) == 1
    assert len(set(cell[10:12])) == 1
    assert len(set(cell[12:14])) == 1
    assert len({cell[0], cell[4], cell[10], cell[12]}) == 4
    assert cell[14:] == [ALONE, ALONE]
    assert found["donor_id"].to_list()[14:] == ["H14", "H15"]


def test_every_deal_is_as_likely():
    """Over 1,500 seeds each of four households gets each one's records a quarter of the time."""
    state = made(4, n_villages=1)
    cells = cells_of(state)
    times = np.zeros((4, 4))
    rows = {name: k for k, name in enumerate(cells["household_id"])}
    for seed in range(1500):
        mapping = donors(cells, seed=seed)
        for getter, giver in mapping.select("household_id", "donor_id").rows():
            times[rows[getter], rows[giver]] += 1
    assert np.abs(times / 1500 - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 1500)


def test_facts_are_told_day_by_day():
    """A household that began later has no fact before."""
    state = made(3, n_villages=1)
    facts = [np.array([0, 4], dtype=np.uint8), np.array([1, 0, 0], dtype=np.uint8)]
    cells = cells_frame(state, facts)
    assert cells["facts"].to_list() == ["01", "10", "-0"]
    assert cells.schema == CELLS_SCHEMA


def test_records_move_and_the_mechanism_stays(world):
    """Each table has its rows and columns; bundles stay together, persons included."""
    _, frames, mapping = world
    found = permute_other_records(frames, mapping)
    getter_of = dict(mapping.select("donor_id", "household_id").iter_rows())
    assert list(found) == list(frames)
    for name, frame in frames.items():
        assert found[name].schema == frame.schema
        assert found[name]["record_id"].equals(frame["record_id"])
        if "household_id" in frame.columns:
            owners = frame["household_id"].to_list()
            expected = owners if name in KEPT_TABLES else [getter_of.get(o) for o in owners]
            assert found[name]["household_id"].to_list() == expected
    for name in ("member_snapshot", "medical_bill"):
        assert found[name]["person_id"].equals(frames[name]["person_id"])
    assert found["support_measure"]["person_id"].is_null().all()
    assert found["listing"].equals(frames["listing"])
    assert found["place_month"].equals(frames["place_month"])


def test_a_snapshot_has_the_place_of_who_has_it_now(world):
    """Also where the cell is wider than a village; its listing is not told in it."""
    state, frames, _ = world
    cells = cells_of(state).with_columns(is_former_poor=pl.lit(False))
    mapping = donors(cells, seed=3, least=100)
    found = permute_other_records(frames, mapping)["household_snapshot"]
    before = frames["household_snapshot"]
    own = ("place", "region", "context_place", "household_type")
    first, again = before.sort("household_id"), found.sort("household_id")
    assert again.select(own).equals(first.select(own))
    assert not again["farmland_mu_x100"].equals(first["farmland_mu_x100"])
    assert sorted(again["farmland_mu_x100"]) == sorted(first["farmland_mu_x100"])
    assert found["monitored_type"].is_null().all()


def test_records_of_another_county_are_refused(world):
    """The error names the table, a household and the mend."""
    _, frames, mapping = world
    with pytest.raises(
        SchemaError, match=r"household_snapshot: household SIM.* no place among the don"
    ):
        permute_other_records(frames, mapping.head(30))


def risky_county():
    """A chain whose hazard differs between villages, and more within them."""
    state = made(600, n_villages=6)
    rng = np.random.default_rng(2)
    level = np.repeat(rng.uniform(0.002, 0.02, 6), 100)
    state.households.year_shock[:] = level * rng.gamma(0.7, 1, 600)
    return state


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_the_records_can_tell_at_best_tells_nothing(seed):
    """The donor's own truth bounds what records tell: uncorrelated within cells, and no gain.

    The same test finds a large gain where everybody has his own records (the world main).
    """
    state = risky_county()
    cells = cells_of(state)
    mapping = donors(cells, seed=seed)
    row_of = {name: k for k, name in enumerate(cells["household_id"])}
    giver = np.array([row_of[name] for name in mapping["donor_id"]])
    getter = np.array([row_of[name] for name in mapping["household_id"]])
    futures = drawn(Chain(), state, np.arange(600), np.arange(200), Estimand.AS_THINGS_ARE, 12)
    outcomes = futures.has_event(12)[getter]
    cell, weight = mapping["cell"].to_numpy(), np.ones(600)
    own = first_half_share(outcomes)
    told = first_half_share(futures.has_event(12)[giver])
    judged = second_half(outcomes)
    nothing = gain_within_cells(told, judged, weight, cell, 0.1)
    assert abs(nothing.value) < 3 * nothing.standard_error
    assert abs(correlation_within_cells(told, judged.mean(axis=1), weight, cell)) < 0.12
    gain = gain_within_cells(own, judged, weight, cell, 0.1)
    assert gain.value > 8 * gain.standard_error
    assert correlation_within_cells(own, judged.mean(axis=1), weight, cell) > 0.8
