"""A county on disk: record tables for everybody, the truth apart from them."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import Field

from fanpin_risk.provenance import (
    digest_of_value,
    folder_written_whole,
    package_versions,
    workplace,
    write_json,
)
from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.block import Block, run_block
from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.must_visit import MustVisitSettings, must_visit_facts
from fanpin_risk.simulate.county.need import NeedSettings, line_fen
from fanpin_risk.simulate.county.null_world import cells_frame, donors, permute_other_records
from fanpin_risk.simulate.county.parameters import Parameters
from fanpin_risk.simulate.county.pieces import HOUSEHOLDS_A_PIECE, pieces_of, put_together
from fanpin_risk.simulate.county.sampling import sampled
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.truth_frames import month_ends

MANIFEST = "manifest.json"
RECORDS, TRUTH = "records", "truth"
"""Folders of a county: the second is for tests and reviews only."""

SLOTS, NULL = "slots", "null"
"""Worlds in which households of a village compete for public posts, and in which records that the
rules do not look at are exchanged between households."""

Progress = Callable[[str], None]


class CountyRequest(Settings):
    """What is asked for; the parameters come beside it.

    ``asks_causes``: the twelve months before each fall are run again without each kind of shock;
    not in the world ``slots``, where a household does not live alone.
    ``households_a_sample``: of each kept day, whose futures can be drawn later.
    ``households_a_county``: more households than that make several counties, each simulated and
    written by itself, so that memory does not grow with their number.
    """

    households: Annotated[int, Field(ge=50, le=50_000_000)] = 60_000
    months: Annotated[int, Field(ge=12, le=240)] = 60
    seed: Annotated[int, Field(ge=0)] = 7
    preset: str = "northeast"
    world: str = "main"
    asks_causes: bool = True
    households_a_sample: Annotated[int, Field(ge=50)] = 1_200
    households_a_county: Annotated[int, Field(ge=50, le=90_000)] = 60_000


@dataclass(frozen=True)
class County:
    """One county of those asked for."""

    number: int
    n_households: int
    folder: Path


def request_digest(request: CountyRequest, parameters: Parameters) -> str:
    """Fingerprint of everything that decides the bytes of the record tables."""
    return digest_of_value([request.model_dump(mode="json"), parameters.digest])


def counties_of(request: CountyRequest, folder: Path) -> list[County]:
    """Counties that hold the households asked for, of sizes that differ by one at most."""
    n_counties = -(-request.households // request.households_a_county)
    small, rest = divmod(request.households, n_counties)
    return [
        County(
            number=number,
            n_households=small + (number <= rest),
            folder=folder if n_counties == 1 else folder / f"county_{number:02d}",
        )
        for number in range(1, n_counties + 1)
    ]


def write_counties(
    request: CountyRequest,
    parameters: Parameters,
    folder: Path,
    *,
    n_processes: int,
    progress: Progress,
    households_a_piece: int = HOUSEHOLDS_A_PIECE,
) -> list[dict[str, Any]]:
    """Simulate what is asked for and write it; counties that are there already are left alone.

    Parameters
    ----------
    request, parameters
        What to simulate.
    folder
        One county is written into it; several into ``county_01`` and so on below it. Each has
        ``records/<table>.parquet``, ``truth/`` and, last of all, ``manifest.json``.
    n_processes
        How many processes share the work; the bytes are the same for any number.
    progress
        Told where the work is.
    households_a_piece
        Households that a process simulates at once, about; memory follows from it, not the bytes.

    Returns
    -------
    list of dict
        The manifest of each county, in order.

    Raises
    ------
    ConfigError
        If a parameter cannot be used.
    OutputError
        If a folder cannot be written.
    """
    digest = request_digest(request, parameters)
    counties = counties_of(request, folder)
    for county in counties:
        if not is_written(county.folder, digest):
            _write_county(
                county,
                request,
                parameters,
                n_processes=n_processes,
                progress=progress,
                households_a_piece=households_a_piece,
            )
    return [manifest_of(county.folder) for county in counties]


def is_written(folder: Path, digest: str) -> bool:
    """Whether a folder holds the whole county of this fingerprint."""
    return bool(manifest_of(folder).get("request_sha256") == digest)


def manifest_of(folder: Path) -> dict[str, Any]:
    """Manifest of a written county; empty where none can be read."""
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content


def _write_county(
    county: County,
    request: CountyRequest,
    parameters: Parameters,
    *,
    n_processes: int,
    progress: Progress,
    households_a_piece: int,
) -> None:
    """Simulate one county and write its folder whole."""
    where = f"{request.preset} {request.world} {county.number}"
    progress(f"{where}: {county.n_households:,} households")
    beside = county.folder.with_name(f"{county.folder.name}.pieces")
    with folder_written_whole(county.folder) as new, workplace(beside) as work:
        blocks = _blocks(county, request, parameters, work, households_a_piece)
        pieces = _run(blocks, n_processes, progress, where)
        progress(f"{where}: write")
        rows = _merged(pieces, new)
        samples = _write_samples(pieces, parameters, request, new / TRUTH)
        if request.world == NULL:
            _exchange_records(pieces[0], parameters, request, new)
        write_json(
            new / MANIFEST,
            {
                "request": request.model_dump(mode="json"),
                "request_sha256": request_digest(request, parameters),
                "parameters_sha256": parameters.digest,
                "county": county.number,
                "households_at_start": county.n_households,
                "first_day": f"{FIRST_YEAR}-01-01",
                "last_day": str(month_ends(np.array([request.months - 1]))[0]),
                "rows": rows,
                "samples": samples,
                "versions": package_versions(("fanpin-risk", "numpy", "polars", "scipy")),
            },
        )


def _blocks(
    county: County,
    request: CountyRequest,
    parameters: Parameters,
    work: Path,
    households_a_piece: int,
) -> list[Block]:
    """Pieces of a county, each with a folder of its own."""
    state = start(parameters, county.n_households, seed=request.seed, county=county.number)
    found = []
    # who is exchanged with whom is asked of the whole county at once
    at_most = county.n_households if request.world == NULL else households_a_piece
    months = state_months(request.months)
    if request.world == NULL:
        months = (*months, request.months - 1)
    for number, rows in enumerate(pieces_of(state.households.village, at_most)):
        folder = work / f"{number:03d}"
        folder.mkdir()
        found.append(
            Block(
                parameters=parameters,
                county=county.number,
                n_households=county.n_households,
                n_months=request.months,
                seed=request.seed,
                rows=rows,
                folder=folder,
                state_months=months,
                asks_causes=request.asks_causes and request.world != SLOTS,
            )
        )
    return found


def state_months(n_months: int) -> tuple[int, ...]:
    """Months at whose end the state is kept for the truth: half-years, from the second year's end.

    Examples
    --------
    >>> state_months(60)
    (23, 29, 35, 41, 47)
    """
    return tuple(range(23, n_months - 12, 6)) or (n_months - 1,)


def _run(blocks: list[Block], n_processes: int, progress: Progress, where: str) -> list[Path]:
    """Simulate pieces, by several processes if asked; their folders, in order."""
    if n_processes == 1 or len(blocks) == 1:
        for done, block in enumerate(blocks, start=1):
            run_block(block)
            progress(f"{where}: {done}/{len(blocks)}")
    else:
        with ProcessPoolExecutor(
            max_workers=min(n_processes, len(blocks)),
            mp_context=multiprocessing.get_context("spawn"),
        ) as pool:
            try:
                running = [pool.submit(run_block, block) for block in blocks]
                for done, one in enumerate(as_completed(running), start=1):
                    one.result()
                    progress(f"{where}: {done}/{len(blocks)}")
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    return [block.folder for block in blocks]


def _merged(pieces: list[Path], new: Path) -> dict[str, int]:
    """Write each table of all pieces as one file, in order; rows by record table."""
    counts: dict[str, int] = {}
    for kind in (RECORDS, TRUTH):
        (new / kind).mkdir()
        names = sorted({file.stem for piece in pieces for file in (piece / kind).iterdir()})
        for name in names:
            files = [
                file for piece in pieces if (file := piece / kind / f"{name}.parquet").exists()
            ]
            frame = pl.concat([pl.read_parquet(file) for file in files])
            order = [key for key in _ORDER[kind] if key in frame.columns]
            frame = frame.sort(order, maintain_order=True)
            frame.write_parquet(new / kind / f"{name}.parquet", statistics=True)
            if kind == RECORDS:
                counts[name] = frame.height
    return counts


_ORDER = {
    RECORDS: ("record_id", "version"),
    TRUTH: ("month", "household_id", "since", "number", "person_id"),
}
"""What the rows of a file are sorted by, as far as it has it."""


def _write_samples(
    pieces: list[Path], parameters: Parameters, request: CountyRequest, folder: Path
) -> list[dict[str, Any]]:
    """Draw households for the truth at each kept month, and write the states their futures need."""
    settings = parameters.theme("need", NeedSettings)
    found = []
    for month in state_months(request.months):
        state = put_together([State.load(piece / f"state_{month:03d}.npz") for piece in pieces])
        sample = sampled(
            state,
            n=min(request.households_a_sample, state.households.n),
            line_fen=line_fen(month, settings),
            whole_villages=request.world == SLOTS,
        )
        name = f"sample_{month:03d}"
        sample.save(folder / name)
        found.append(
            {
                "folder": name,
                "as_of": str(month_ends(np.array([month]))[0]),
                "households": len(sample.rows),
                "frame": sample.n_frame,
            }
        )
    return found


def _exchange_records(
    piece: Path, parameters: Parameters, request: CountyRequest, new: Path
) -> None:
    """Give each household the other records of one that is like it for the rules."""
    settings = parameters.theme("must_visit", MustVisitSettings)
    about_need = parameters.theme("need", NeedSettings)
    days = sorted({*state_months(request.months), request.months - 1})
    states = [State.load(piece / f"state_{month:03d}.npz") for month in days]
    facts = [
        must_visit_facts(state, month, settings, line_fen(month, about_need))
        for month, state in zip(days, states, strict=True)
    ]
    mapping = donors(cells_frame(states[-1], facts), seed=request.seed)
    mapping.write_parquet(new / TRUTH / "donors.parquet")
    files = sorted((new / RECORDS).iterdir())
    frames = {file.stem: pl.read_parquet(file) for file in files}
    for name, frame in permute_other_records(frames, mapping).items():
        frame.write_parquet(new / RECORDS / f"{name}.parquet")
