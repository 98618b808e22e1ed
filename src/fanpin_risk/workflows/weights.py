"""Weights that let those whose outcome is known stand for the whole cohort.

On a survey an outcome is known by being visited again, whatever the answer. On a register a need
that was found is always known, and that there was none only where somebody looked: counted alike,
the known outcomes would hold far too many falls. So a household found in need stands for itself,
and one that was looked at without need for all those like it of whom nothing was found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fanpin_risk.config import BaselineSettings
from fanpin_risk.risk.seen import SeenWeights, seen_weights
from fanpin_risk.workflows.fit import FloatArray, Sample

_FOUND = ("yes", "competing")


@dataclass(frozen=True, kw_only=True)
class AnswerWeights:
    """Weight of each household whose outcome is known, NaN for the others.

    ``share_seen``: of a survey's cohort those seen again; of a register's those looked at among
    whoever was not found in need. ``effective_share``: effective sample size as a share of those
    with a weight (Kish).
    """

    weight: FloatArray
    share_seen: float
    effective_share: float


def answer_weights(sample: Sample, settings: BaselineSettings) -> AnswerWeights:
    """Weights of known outcomes, by the chance of being looked at.

    The chance is modelled on the columns of ``settings`` (`seen_weights`); on a register for each
    decision day by itself, since rounds of visits differ, and among those not found in need. It
    assumes that of two households alike in these columns, and not found in need, the one that
    was looked at was not looked at for a need that nobody recorded. A day on which nobody was
    looked at has no weights: nothing says how many were free of need.

    Returns
    -------
    AnswerWeights
        The weights of a day add up to its cohort, but for days without any.
    """
    if "label" not in sample.households.columns:
        found = _seen(sample, settings)
        return AnswerWeights(
            weight=found.weight, share_seen=found.share_seen, effective_share=found.effective_share
        )
    label = sample.households["label"].to_numpy()
    is_found = np.isin(label, _FOUND)
    weight = np.full(len(label), np.nan)
    n_looked = 0
    for day in np.unique(sample.day):
        free = (sample.day == day) & ~is_found
        looked = sample.rows(free)
        if not looked.known.any():
            continue
        n_looked += int(looked.known.sum())
        weight[free] = _seen(looked, settings).weight
        weight[(sample.day == day) & is_found] = 1.0
    used = weight[~np.isnan(weight)]
    effective = np.sum(used) ** 2 / np.sum(used**2) / len(used) if len(used) else np.nan
    return AnswerWeights(
        weight=weight,
        share_seen=n_looked / max(1, int(np.sum(~is_found))),
        effective_share=float(effective),
    )


def with_weights(sample: Sample, settings: BaselineSettings) -> Sample:
    """Training sample of a register with its weights; a survey's as it is.

    Days without any weight have no outcome any more.
    """
    if "label" not in sample.households.columns:
        return sample
    weight = answer_weights(sample, settings).weight
    return replace(sample, weight=weight, fell=np.where(np.isnan(weight), np.nan, sample.fell))


def _seen(sample: Sample, settings: BaselineSettings) -> SeenWeights:
    """Weights of those whose outcome is known among all of a sample."""
    known: npt.NDArray[np.bool_] = sample.known
    return seen_weights(
        sample.matrix(),
        known,
        columns=settings.columns,
        transforms=dict.fromkeys(settings.logs, "log"),
    )
