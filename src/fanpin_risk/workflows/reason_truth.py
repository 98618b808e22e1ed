"""Reasons held against the true causes of a simulated county's falls, day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from fanpin_risk.config import Configuration, Project
from fanpin_risk.dates import add_months
from fanpin_risk.errors import AsOfError, ConfigError, InputFileError
from fanpin_risk.explain.alike import alike_across_causes, is_alike_to
from fanpin_risk.explain.quality import Named, named_causes, risk_groups
from fanpin_risk.explain.told import CAUSES
from fanpin_risk.explain.true_causes import (
    Fallen,
    agreement,
    causes_of_bits,
    causes_of_words,
    confusion,
    falls_within,
    stand_ins,
)
from fanpin_risk.indicators.catalogue import columns_of
from fanpin_risk.ledger.listed_facts import CAUSE_COLUMNS
from fanpin_risk.provenance import folder_written_whole, require_place
from fanpin_risk.risk.resampling import cluster_draws
from fanpin_risk.workflows.days import (
    Day,
    Setting,
    Situation,
    build_day,
    build_days,
    days_until,
    situation,
)
from fanpin_risk.workflows.reading import read_project
from fanpin_risk.workflows.reason_quality import (
    explained_day,
)
from fanpin_risk.workflows.regimes import check_regimes
from fanpin_risk.workflows.results import write_parquet
from fanpin_risk.workflows.train import fitted_model, training_sample

Step = Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class TruthTold:
    """Reasons beside true causes, each frame by the name of its file.

    Attributes
    ----------
    reason_truth
        ``measure, group, value, low, high, n`` (`agreement`).
    reason_confusion
        True cause by first reason (`confusion`).
    reason_stand_ins
        Evidence that was shown first in the place of a true cause (`stand_ins`).
    reason_alike
        Indicators of two causes that move together on the last day (`alike_across_causes`).
    days
        Days of decision.
    n_scored
        Households scored on all of them.
    n_untold
        Falls within the horizon whose cause the simulation did not ask; they are left out.
    """

    reason_truth: pl.DataFrame
    reason_confusion: pl.DataFrame
    reason_stand_ins: pl.DataFrame
    reason_alike: pl.DataFrame
    days: tuple[date, ...]
    n_scored: int
    n_untold: int

    def files(self) -> dict[str, pl.DataFrame]:
        """Every frame by the name of its file."""
        return {
            "reason_truth": self.reason_truth,
            "reason_confusion": self.reason_confusion,
            "reason_stand_ins": self.reason_stand_ins,
            "reason_alike": self.reason_alike,
        }


@dataclass(frozen=True, kw_only=True)
class _DayFalls:
    """Falls within the horizon of one day, with what was said on the day, row by row."""

    falls: pl.DataFrame
    named: Named
    any_reason: Named
    ruled: pl.DataFrame
    places: pl.Series
    is_top: pl.Series
    n_scored: int
    n_untold: int


def run_truth(project: Project, folder: Path, *, n_threads: int, step: Step) -> TruthTold:
    """Hold the reasons of every origin of the backtest against the true causes, and write it.

    An origin is a decision day from ``first_origin`` on whose horizon ends within the truth. Each
    has a model of its own, trained on what was known before the day.

    Parameters
    ----------
    project
        Of a simulated county.
    folder
        Replaced as a whole; gets the frames of `TruthTold`.
    n_threads
        Results are the same for any number.
    step
        Told what is done.

    Raises
    ------
    ConfigError
        If the records are not a simulated county's.
    InputFileError
        If its truth is not there, or its causes were not asked.
    AsOfError
        If no decision day's horizon ends within the truth, or nobody fell.
    """
    require_place(folder)
    if project.simulated is None:
        raise ConfigError(
            "True causes are known of a simulated county only. Name a configuration with "
            "records: {simulate: ...}."
        )
    configuration = project.configuration
    _, setting = read_project(project, step, n_processes=n_threads)
    falls, last = true_falls(project.simulated)
    until = add_months(last, -configuration.cohort.horizon_months)
    wanted = days_until(setting, until)
    origins = [day for day in wanted if day >= configuration.backtest.first_origin]
    if not origins:
        raise AsOfError(
            f"The truth ends on {last}, and no decision day from "
            f"{configuration.backtest.first_origin} on has its whole horizon by then."
        )
    check_regimes(setting, wanted)
    days = build_days(setting, wanted, lambda at: step("indicators", at))
    told = truth_told(
        setting, configuration, falls, days=days, origins=origins, n_threads=n_threads, step=step
    )
    with folder_written_whole(folder) as new:
        step("write", "")
        for name, frame in told.files().items():
            write_parquet(frame, new / f"{name}.parquet")
    return told


def true_falls(county: Path) -> tuple[pl.DataFrame, date]:
    """Falls of a written county, and the last day that its truth tells of.

    Raises
    ------
    InputFileError
        If there are none, or their causes were not asked.
    """
    # only who reads a simulated county needs to know how it is laid out
    from fanpin_risk.simulate.county.write import TRUTH, manifest_of

    path = county / TRUTH / "falls.parquet"
    manifest = manifest_of(county)
    if not manifest or not path.exists():
        raise InputFileError(f"{path}: is not there. Write the county with `fanpin-risk simulate`.")
    falls = pl.read_parquet(path)
    if falls["prevented_by"].null_count() == falls.height:
        raise InputFileError(f"{path}: holds no cause of any fall. Simulate the county anew.")
    return falls, date.fromisoformat(manifest["last_day"])


def truth_told(
    setting: Setting,
    configuration: Configuration,
    falls: pl.DataFrame,
    *,
    days: Sequence[Day],
    origins: Sequence[date],
    n_threads: int,
    step: Step,
) -> TruthTold:
    """Hold the reasons of some days against the true causes of whoever fell within the horizon.

    Asked is who was scored: whoever existed on the day and was not known to be in need.

    Raises
    ------
    AsOfError
        If nobody scored fell.
    """
    columns = columns_of(setting.basis.catalogue)
    parts = []
    for origin in origins:
        step("score", str(origin))
        now = situation(setting, origin)
        day = build_day(setting, origin, now=now)
        training = training_sample(setting, configuration, days, origin)
        model = fitted_model(setting, configuration, training, n_threads=n_threads)
        # all causes are ranked, so that it can be told how far down the true one stands
        found = explained_day(setting, model, day, n_reasons=len(CAUSES), n_threads=n_threads)
        alike = alike_across_causes(day.features, columns)
        is_top = risk_groups(found.raw_score, np.ones(len(found.raw_score), dtype=np.bool_))
        parts.append(
            _day_falls(setting, now, day, falls, found.reasons, pl.Series(is_top["top_tenth"]))
        )
    step("evaluate", "")
    fallen = _fallen(parts, alike, setting.cohort.horizon_months)
    if not len(fallen.true):
        raise AsOfError("Nobody who was scored fell within the horizon. Choose a larger county.")
    draws = cluster_draws(
        np.concatenate([part.places.to_numpy() for part in parts]),
        n_replicates=configuration.backtest.n_replicates,
        seed=configuration.backtest.seed,
    )
    return TruthTold(
        reason_truth=agreement(fallen, draws),
        reason_confusion=confusion(fallen),
        reason_stand_ins=stand_ins(fallen),
        reason_alike=alike,
        days=tuple(origins),
        n_scored=sum(part.n_scored for part in parts),
        n_untold=sum(part.n_untold for part in parts),
    )


def _day_falls(
    setting: Setting,
    now: Situation,
    day: Day,
    falls: pl.DataFrame,
    worded: pl.DataFrame,
    is_top: pl.Series,
) -> _DayFalls:
    """What was said on a day of whoever truly fell within its horizon."""
    found = falls_within(
        falls, day.households, as_of=day.as_of, horizon_months=setting.cohort.horizon_months
    )
    asked = found.filter(pl.col("prevented_by").is_not_null())
    said = day.households.select("household_id", "place", is_top=is_top)
    rows = asked.join(said, on="household_id", how="left", maintain_order="left")
    assert now.register is not None, "a simulated county is a register"
    ruled = asked.select("household_id").join(
        now.register.ruled.proposals, on="household_id", how="left", maintain_order="left"
    )
    ids = asked["household_id"]
    return _DayFalls(
        falls=asked,
        named=named_causes(worded, ids),
        any_reason=named_causes(worded, ids, n_first=len(CAUSES)),
        ruled=ruled.select(CAUSE_COLUMNS),
        places=rows["place"],
        is_top=rows["is_top"],
        n_scored=day.features.height,
        n_untold=found.height - asked.height,
    )


def _fallen(parts: Sequence[_DayFalls], alike: pl.DataFrame, horizon_months: int) -> Fallen:
    """Falls of all days in one."""
    falls = pl.concat([part.falls for part in parts])
    true = causes_of_bits(falls["prevented_by"].to_numpy().astype(np.int64))
    named = Named(
        first=np.concatenate([part.named.first for part in parts]),
        causes=np.concatenate([part.named.causes for part in parts]),
        first_evidence=tuple(name for part in parts for name in part.named.first_evidence),
    )
    return Fallen(
        true=true,
        named=named,
        any_reason=np.concatenate([part.any_reason.causes for part in parts]),
        ruled=np.concatenate([causes_of_words(part.ruled) for part in parts]),
        months_ahead=falls["months_ahead"].to_numpy().astype(np.int64),
        horizon_months=horizon_months,
        is_top=np.concatenate([part.is_top.to_numpy() for part in parts]),
        is_alike=is_alike_to(named.first_evidence, true, alike),
    )
