"""One piece of a county, from its burn-in to its last month, by one process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.simulate.county.county import BURN_IN_MONTHS, NeedSpells, follow
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.parameters import Parameters
from fanpin_risk.simulate.county.records import RecordBook
from fanpin_risk.simulate.county.records_identity import household_ids
from fanpin_risk.simulate.county.records_settings import RecordSettings
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.step import Engine
from fanpin_risk.simulate.county.truth_frames import (
    falls_frame,
    households_frame,
    needs_frame,
    people_frame,
)


@dataclass(frozen=True)
class Block:
    """What a process needs to simulate one piece; the rest follows from it."""

    parameters: Parameters
    county: int
    n_households: int
    n_months: int
    seed: int
    rows: npt.NDArray[np.int64]
    folder: Path
    state_months: tuple[int, ...]
    asks_causes: bool


def run_block(block: Block) -> None:
    """Simulate a piece, and write its records and its truth into its folder.

    The folder gets ``records/<table>.parquet`` for every record table with rows, and
    ``truth/<name>.parquet`` as `truth_frames` describes them, beside ``state_<month>.npz``.
    ``truth/identity_numbers.parquet`` has the number in clear of every person of the records, as
    the offices' files carry it.
    """
    state = start(block.parameters, block.n_households, seed=block.seed, county=block.county).taken(
        block.rows
    )
    engine = Engine.of(block.parameters)
    book = RecordBook(block.parameters.theme("records", RecordSettings), seed=block.seed)
    for _ in range(BURN_IN_MONTHS):
        book.before(engine.step(state, keeps_events=True))
    spells = NeedSpells(state)
    book.begin(state)

    def watch(now: State, month: Month) -> None:
        """Take in what the month left behind."""
        book.add(now, month)
        spells.take(now)
        if month.month in block.state_months:
            now.save(block.folder / f"state_{month.month:03d}.npz")

    falls = follow(engine, state, block.n_months, asks_causes=block.asks_causes, watch=watch)
    _write(block.folder / "records", book.frames(state))
    people = pl.Series(book.person_ids(state), dtype=pl.String)
    numbers = pl.Series(book.identity_numbers(state), dtype=pl.String)
    truth = {
        "falls": falls_frame(falls, state, _identify),
        "needs": needs_frame(spells.table(), state, _identify),
        "households": households_frame(state, _identify),
        "people": people_frame(state, _identify, people),
        "identity_numbers": pl.DataFrame({"person_id": people, "identity_number": numbers}),
    }
    _write(block.folder / "truth", truth)


def _identify(number: npt.NDArray[np.int64]) -> pl.Series:
    """Household numbers of the records."""
    return pl.Series(household_ids(number), dtype=pl.String)


def _write(folder: Path, frames: dict[str, pl.DataFrame]) -> None:
    """Write the frames that have rows."""
    folder.mkdir(parents=True)
    for name, frame in frames.items():
        if frame.height:
            frame.write_parquet(folder / f"{name}.parquet")
