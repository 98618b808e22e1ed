"""Futures of a written county's samples, drawn when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.errors import ConfigError, InputFileError
from fanpin_risk.provenance import write_json, write_whole
from fanpin_risk.simulate.county.parameters import Parameters
from fanpin_risk.simulate.county.records_identity import household_ids
from fanpin_risk.simulate.county.sampling import Sample
from fanpin_risk.simulate.county.step import Engine
from fanpin_risk.simulate.county.truth import TruthRequest, draw_truth
from fanpin_risk.simulate.county.truth_frames import futures_frame, paths_frame, truth_frame
from fanpin_risk.simulate.county.write import SLOTS, TRUTH, manifest_of

TRUTH_MANIFEST = "futures.json"
"""Says what the futures in the folder were drawn with."""

Progress = Callable[[int, int], None]


def parameters_of(folder: Path) -> tuple[str, str]:
    """Preset and world of a written county.

    Raises
    ------
    InputFileError
        If the folder holds no whole county.
    """
    manifest = manifest_of(folder)
    if not manifest:
        raise InputFileError(
            f"{folder}: holds no simulated county. Write one with `fanpin-risk simulate`."
        )
    return manifest["request"]["preset"], manifest["request"]["world"]


def write_truth(
    folder: Path,
    parameters: Parameters,
    request: TruthRequest,
    *,
    n_processes: int,
    progress: Progress | None,
) -> dict[str, Any]:
    """Draw the futures of every sampled household of a county, and write them beside its truth.

    Parameters
    ----------
    folder
        A county of `write_counties`. ``truth/truth.parquet``, ``futures.parquet`` and
        ``paths.parquet`` are written into it (see `truth_frames`). What an interrupted call has
        drawn stays in ``truth/drawn`` until the next one has finished.
    parameters
        Those that the county was made with.
    request
        How much is asked for.
    n_processes
        The bytes are the same for any number.
    progress
        Told how many parts are done, and of how many.

    Returns
    -------
    dict
        The request, how many household-dates it was drawn for, and rows by file.

    Raises
    ------
    ConfigError
        If the parameters are not those of the county.
    InputFileError
        If the folder holds no whole county.
    """
    parameters_of(folder)
    manifest = manifest_of(folder)
    if manifest["parameters_sha256"] != parameters.digest:
        raise ConfigError(
            f"{folder}: was made with other parameters than those named. Name its own, or simulate "
            "it anew."
        )
    truth = folder / TRUTH
    samples = [Sample.load(truth / one["folder"]) for one in manifest["samples"]]
    kept = truth / "drawn"
    futures = draw_truth(
        Engine.of(parameters),
        samples,
        request,
        digest=parameters.digest,
        folder=kept,
        n_processes=n_processes,
        whole_villages=manifest["request"]["world"] == SLOTS,
        progress=progress,
    )
    frames = {
        "truth": truth_frame(samples, futures, _identify),
        "futures": futures_frame(samples, futures, _identify),
        "paths": paths_frame(samples, futures),
    }
    for name, frame in frames.items():
        write_whole(truth / f"{name}.parquet", frame.write_parquet)
    said = {
        "request": request.model_dump(mode="json"),
        "parameters_sha256": parameters.digest,
        "household_dates": sum(len(sample.rows) for sample in samples),
        "rows": {name: frame.height for name, frame in frames.items()},
    }
    write_json(truth / TRUTH_MANIFEST, said)
    for file in kept.iterdir():
        file.unlink()
    kept.rmdir()
    return said


def _identify(number: npt.NDArray[np.int64]) -> pl.Series:
    """Household numbers of the records."""
    return pl.Series(household_ids(number), dtype=pl.String)
