"""Quality of reasons on a day: fitted again, held against neighbours, and asked what they open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.config import Configuration, Project
from fanpin_risk.errors import AsOfError
from fanpin_risk.explain.contributions import Explainer, require_additive
from fanpin_risk.explain.neighbours import nearest_others, positions
from fanpin_risk.explain.quality import (
    FloatArray,
    IntArray,
    Named,
    consistency,
    means_with_intervals,
    named_causes,
    reach,
    risk_groups,
    stability,
)
from fanpin_risk.explain.reasons import reasons
from fanpin_risk.indicators.catalogue import columns_of
from fanpin_risk.provenance import folder_written_whole, require_place
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.encode import encode
from fanpin_risk.risk.resampling import cluster_draws
from fanpin_risk.workflows.commands import days_needed
from fanpin_risk.workflows.days import (
    Day,
    Setting,
    build_day,
    build_days,
)
from fanpin_risk.workflows.fit import Sample
from fanpin_risk.workflows.reading import read_project
from fanpin_risk.workflows.regimes import check_regimes
from fanpin_risk.workflows.results import write_parquet
from fanpin_risk.workflows.train import fitted_model, training_sample

Step = Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class QualitySettings:
    """How much is asked: refits of the model, households whose neighbour is looked for, seed."""

    n_refits: int = 10
    n_neighbours: int = 2000
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One day's households with a model's scores and reasons, in the order of the day."""

    raw_score: FloatArray
    reasons: pl.DataFrame


def run_quality(
    project: Project, settings: QualitySettings, folder: Path, *, n_threads: int, step: Step
) -> pl.DataFrame:
    """Measure the quality of the reasons on the day that is scored, and write it.

    Parameters
    ----------
    project
        Configuration and what it names; the day is ``score_as_of``.
    settings
        How much is asked.
    folder
        Replaced as a whole; gets ``reason_quality.parquet``.
    n_threads
        Results are the same for any number.
    step
        Told what is done.

    Returns
    -------
    DataFrame
        Columns of `fanpin_risk.explain.quality.MEANS_SCHEMA`.
    """
    require_place(folder)
    configuration = project.configuration
    _, setting = read_project(project, step, n_processes=n_threads)
    wanted = days_needed(setting, configuration)
    check_regimes(setting, [*wanted, configuration.score_as_of])
    days = build_days(setting, wanted, lambda at: step("indicators", at))
    table = quality(setting, configuration, settings, days=days, n_threads=n_threads, step=step)
    with folder_written_whole(folder) as new:
        step("write", "")
        write_parquet(table, new / "reason_quality.parquet")
    return table


def quality(
    setting: Setting,
    configuration: Configuration,
    settings: QualitySettings,
    *,
    days: Sequence[Day],
    n_threads: int,
    step: Step,
) -> pl.DataFrame:
    """Stability over refits, consistency between neighbours, and reach, by size of risk.

    Everybody scored on ``score_as_of`` is asked, but for neighbours: those of a seeded sample. A
    refit learns from villages drawn anew with replacement out of the training households, with
    another seed for the trees.

    Raises
    ------
    AsOfError
        If nobody is scored on the day, or too little was known before it.
    """
    as_of = configuration.score_as_of
    day = build_day(setting, as_of)
    if day.features.height < 2:
        raise AsOfError(setting.basis.nobody(setting.records, as_of))
    households = day.features["household_id"]
    step("train", str(as_of))
    training = training_sample(setting, configuration, days, as_of)
    kept = explained_day(
        setting,
        fitted_model(setting, configuration, training, n_threads=n_threads),
        day,
        n_reasons=configuration.reasons_per_household,
        n_threads=n_threads,
    )
    named = named_causes(kept.reasons, households)
    again: list[Named] = []
    for number, drawn in enumerate(resampled(training, settings), start=1):
        step("train", f"{number} / {settings.n_refits}")
        seed = configuration.model.seed + number
        other = configuration.model.model_copy(update={"seed": seed})
        changed = configuration.model_copy(update={"model": other})
        model = fitted_model(setting, changed, drawn, n_threads=n_threads)
        found = explained_day(
            setting,
            model,
            day,
            n_reasons=configuration.reasons_per_household,
            n_threads=n_threads,
        )
        again.append(named_causes(found.reasons, households))
    step("evaluate", "")
    values = {
        **stability(named, again),
        **_consistency(day, named, settings),
        **reach(kept.reasons, households, columns_of(setting.basis.catalogue)),
    }
    draws = cluster_draws(
        day.households["place"].to_numpy(),
        n_replicates=configuration.backtest.n_replicates,
        seed=configuration.backtest.seed,
    )
    return means_with_intervals(values, risk_groups(kept.raw_score, named.has_reason), draws)


def resampled(training: Sample, settings: QualitySettings) -> Iterator[Sample]:
    """Training samples of as many villages, drawn with replacement, one for each refit."""
    draws = cluster_draws(
        training.households["place"].to_numpy(),
        n_replicates=settings.n_refits,
        seed=settings.seed,
    )
    for multiplicity in draws.multiplicity.astype(np.int64):
        yield repeated(training, multiplicity[draws.codes])


def repeated(sample: Sample, times: npt.NDArray[np.int64]) -> Sample:
    """A sample in which every row stands as often as asked, 0 for not at all."""
    rows = np.repeat(np.arange(len(times)), times)
    index = pl.Series(rows)
    return replace(
        sample,
        features=sample.features[index],
        households=sample.households[index],
        fell=sample.fell[rows],
        income_to_line_later=sample.income_to_line_later[rows],
        day=sample.day[rows],
        weight=None if sample.weight is None else sample.weight[rows],
    )


def explained_day(
    setting: Setting, model: StoredModel, day: Day, *, n_reasons: int, n_threads: int
) -> Explained:
    """Scores and reasons of everybody asked about on a day, as scoring gives them.

    Raises
    ------
    ExplanationError
        If contributions do not add up to the score.
    """
    columns = columns_of(setting.basis.catalogue)
    matrix = encode(day.features, [column.name for column in columns], model.category_maps)
    raw = model.raw_score(matrix, n_threads=n_threads)
    parts = Explainer.of(model).contributions(matrix, n_threads=n_threads)
    require_additive(parts, raw)
    worded = reasons(
        parts[:, :-1],
        day.features,
        columns,
        seen_on=pl.repeat(day.as_of, day.features.height, dtype=pl.Date, eager=True),
        as_of=day.as_of,
        n_reasons=n_reasons,
    )
    return Explained(raw_score=raw, reasons=worded)


def _consistency(day: Day, named: Named, settings: QualitySettings) -> dict[str, FloatArray]:
    """Same first cause as the nearest household, for a sample of the day's households."""
    n = day.features.height
    rng = np.random.default_rng(settings.seed)
    asked: IntArray = np.sort(
        rng.choice(n, size=min(settings.n_neighbours, n), replace=False)
    ).astype(np.int64)
    places = positions(day.features.drop("household_id"))
    return consistency(named.first, asked, nearest_others(places, asked))
