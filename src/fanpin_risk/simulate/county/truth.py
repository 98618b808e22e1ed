"""The truth about households on a day: hundreds of futures of each, by several processes.

The work is cut into tasks, each some families through some futures. What a task gives depends on
its households and the numbers of its futures alone, so any number of processes gives the same
bytes, and tasks that are done need not be done again after an interruption.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zipfile import BadZipFile

import numpy as np
from pydantic import Field, field_validator

from fanpin_risk.provenance import write_whole
from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.cause import Steps
from fanpin_risk.simulate.county.futures import (
    MAX_MONTHS,
    Drawn,
    Estimand,
    Rows,
    drawn,
    families,
)
from fanpin_risk.simulate.county.sampling import Sample
from fanpin_risk.simulate.county.state import State

Progress = Callable[[int, int], None]
"""Told how many tasks are done, and of how many."""

_FUTURES_AT_ONCE = 50


class TruthRequest(Settings):
    """How much truth is asked for.

    ``n_futures``: of each household, an even number: the halves are kept apart. ``estimands``: what
    happens to help. ``n_months``: length of a future. ``rows_at_once``: households that a process
    lets live at the same time, companions included, which decides memory and speed and never the
    result.
    """

    n_futures: Annotated[int, Field(ge=2, le=100_000)] = 500
    estimands: tuple[Estimand, ...] = (Estimand.AS_THINGS_ARE, Estimand.NO_FURTHER_HELP)
    n_months: Annotated[int, Field(ge=1, le=MAX_MONTHS)] = 12
    rows_at_once: Annotated[int, Field(ge=1)] = 30_000

    @field_validator("n_futures")
    @classmethod
    def _even(cls, value: int) -> int:
        """The halves are of one size."""
        if value % 2:
            raise ValueError("must be even, because the two halves are kept apart")
        return value


@dataclass(frozen=True)
class Task:
    """Some households of one sample through some futures."""

    engine: Steps
    start: State
    rows: Rows
    replicates: Rows
    estimand: Estimand
    n_months: int
    file: Path | None


@dataclass(frozen=True)
class _Place:
    """Where the result of a task belongs."""

    sample: int
    estimand: Estimand
    rows: Rows
    replicates: Rows


def draw_truth(
    engine: Steps,
    samples: Sequence[Sample],
    request: TruthRequest,
    *,
    digest: str,
    folder: Path | None = None,
    n_processes: int = 1,
    whole_villages: bool = False,
    progress: Progress | None = None,
) -> list[dict[Estimand, Drawn]]:
    """Futures of every household of some samples.

    Parameters
    ----------
    engine
        Lets a month pass; with several processes it must be one that can be sent to them.
    samples
        What was drawn, one sample for each day.
    request
        How much is asked for.
    digest
        Fingerprint of the engine's parameters: results on disk are used again only for the same.
    folder
        Where finished tasks are kept, so that an interrupted run goes on where it stood. It may be
        removed afterwards. None keeps nothing.
    n_processes
        How many processes share the work; the result is the same for any number.
    whole_villages
        As in `families`; the same that the samples were drawn with.
    progress
        Called after each task that is done.

    Returns
    -------
    list of dict of Estimand to Drawn
        For each sample; arrays of shape (households drawn, futures), the first half of the futures
        being half 1. The same number of a future means the same draws under every estimand, and the
        same prices, weather and demand for all households of a sample.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    tasks, places = _tasks(engine, samples, request, digest, folder, whole_villages)
    found = [
        {
            estimand: Drawn.empty(len(sample.rows), request.n_futures)
            for estimand in request.estimands
        }
        for sample in samples
    ]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    for n_done, (k, result) in enumerate(_done(tasks, n_processes), start=1):
        place = places[k]
        found[place.sample][place.estimand].put(place.rows, place.replicates, result)
        if progress is not None:
            progress(n_done, len(tasks))
    return found


def _tasks(
    engine: Steps,
    samples: Sequence[Sample],
    request: TruthRequest,
    digest: str,
    folder: Path | None,
    whole_villages: bool,
) -> tuple[list[Task], list[_Place]]:
    """All tasks, and where their results belong."""
    tasks: list[Task] = []
    places: list[_Place] = []
    half = request.n_futures // 2
    for k, sample in enumerate(samples):
        at_once = max(_FUTURES_AT_ONCE, request.rows_at_once // max(sample.state.households.n, 1))
        at_once = min(half, at_once, request.rows_at_once)
        parts = np.array_split(np.arange(request.n_futures), 2 * -(-half // at_once))
        for start, rows, asked in _pieces(
            sample, request.rows_at_once // at_once, whole_villages=whole_villages
        ):
            fingerprint = _fingerprint(start, rows, digest)
            for replicates in parts:
                for estimand in request.estimands:
                    text = f"{fingerprint} {replicates.tolist()} {estimand} {request.n_months}"
                    name = hashlib.sha256(text.encode()).hexdigest()[:32]
                    file = None if folder is None else folder / f"{name}.npz"
                    tasks.append(
                        Task(engine, start, rows, replicates, estimand, request.n_months, file)
                    )
                    places.append(_Place(k, estimand, asked, replicates))
    return tasks, places


def _pieces(
    sample: Sample, at_most: int, *, whole_villages: bool
) -> Iterator[tuple[State, Rows, Rows]]:
    """A sample in pieces of whole families: state, rows drawn in it, their places in the sample."""
    label = families(sample.state.households, whole_villages=whole_villages)
    _, family, sizes = np.unique(label, return_inverse=True, return_counts=True)
    piece = ((np.cumsum(sizes) - sizes) // at_most)[family]
    for number in np.unique(piece[sample.rows]):
        kept = np.flatnonzero(piece == number)
        asked = np.flatnonzero(piece[sample.rows] == number)
        yield sample.state.taken(kept), np.searchsorted(kept, sample.rows[asked]), asked


def _fingerprint(start: State, rows: Rows, digest: str) -> str:
    """Fingerprint of all that a task begins with."""
    hashed = hashlib.sha256(f"{digest} {start.month} {rows.tolist()}".encode())
    for part in (start.households, start.people, start.villages, start.commons):
        for name, array in part.as_dict("").items():
            hashed.update(f"{name} {array.dtype} {array.shape} ".encode())
            hashed.update(np.ascontiguousarray(array).tobytes())
    return hashed.hexdigest()


def _done(tasks: list[Task], n_processes: int) -> Iterator[tuple[int, Drawn]]:
    """Results of tasks as they come, with the number of each task."""
    if n_processes == 1:
        yield from ((k, _run(task)) for k, task in enumerate(tasks))
        return
    with ProcessPoolExecutor(
        max_workers=n_processes, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        running = {pool.submit(_run, task): k for k, task in enumerate(tasks)}
        try:
            for one in as_completed(running):
                yield running.pop(one), one.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _run(task: Task) -> Drawn:
    """Result of one task, read again if it is there."""
    if task.file is not None and (kept := _kept(task.file)) is not None:
        return kept
    found = drawn(task.engine, task.start, task.rows, task.replicates, task.estimand, task.n_months)
    if task.file is not None:
        write_whole(task.file, found.save)
    return found


def _kept(file: Path) -> Drawn | None:
    """Result that an earlier run left; None if there is none that can be read."""
    try:
        return Drawn.load(file)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error):
        return None
