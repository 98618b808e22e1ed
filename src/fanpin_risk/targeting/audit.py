"""The audit slice: a random draw with known probabilities, and what it lets one estimate.

Households nobody would otherwise visit are drawn with a chance that rises with their risk and never
falls below a set share of equal chance, so that unseen need can be estimated without believing the
model (Horvitz and Thompson 1952; Lakkaraju et al. 2017).
"""

from __future__ import annotations

import hashlib
import math
from datetime import date

import numpy as np
import numpy.typing as npt

RELATIVE_ERROR_WANTED = 0.3
"""Standard error of the missed cases, as a share of them, at which recall is worth printing."""

FloatArray = npt.NDArray[np.float64]


def team_generator(*, seed: int, team: str, as_of: date) -> np.random.Generator:
    """Random numbers of one team's draw on one day, whatever other teams there are.

    The stream is PCG64 started from SHA-256 of seed, team and day, so it is the same in every
    process and on every machine.

    Examples
    --------
    >>> first = team_generator(seed=7, team="A", as_of=date(2012, 3, 31)).random()
    >>> again = team_generator(seed=7, team="A", as_of=date(2012, 3, 31)).random()
    >>> first == again
    True
    """
    text = f"audit|{seed}|{as_of.isoformat()}|{team}"
    start = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    return np.random.Generator(np.random.PCG64(start))


def audit_probabilities(risk: FloatArray, *, n_draws: int, floor_share: float) -> FloatArray:
    r"""Chance of each household to be among ``n_draws`` audited ones.

    Parameters
    ----------
    risk
        Estimated risks in [0, 1], shape (n_households,). NaN where there is none: such a household
        is treated like one of average risk.
    n_draws
        How many are drawn, from 0 to n_households.
    floor_share
        Share of the draw that is spread evenly, in (0, 1]. No probability is below
        ``floor_share * n_draws / n_households``.

    Returns
    -------
    ndarray of shape (n_households,)
        In [0, 1], with sum ``n_draws``. All 0 when nothing is drawn.

    Raises
    ------
    ValueError
        If ``n_draws`` or ``floor_share`` is out of range.

    Notes
    -----
    Before the cap at 1, with :math:`f` the floor share and :math:`r_i` the risk,

    .. math:: q_i = n \left( \frac{f}{N} + (1 - f) \frac{r_i}{\sum_j r_j} \right).

    Where that passes 1 the household is certain, and the draws left are shared among the others in
    the same proportions, again and again until none passes 1 (Sarndal, Swensson and Wretman 1992,
    section 3.6.2). The others only gain by it, so the floor holds.

    Examples
    --------
    >>> audit_probabilities(np.array([0.0, 0.1, 0.3]), n_draws=1, floor_share=0.3).round(3)
    array([0.1  , 0.275, 0.625])
    >>> audit_probabilities(np.array([0.0, 0.0, 1.0]), n_draws=2, floor_share=0.4).round(3)
    array([0.5, 0.5, 1. ])
    """
    n_households = len(risk)
    if not 0 <= n_draws <= n_households:
        raise ValueError(f"n_draws must lie between 0 and {n_households}. Got {n_draws}.")
    if not 0 < floor_share <= 1:
        raise ValueError(f"floor_share must lie above 0 and at most at 1. Got {floor_share}.")
    if n_draws == 0:
        return np.zeros(n_households)
    return _capped(_sizes(risk, floor_share), n_draws)


def draw_audit(probability: FloatArray, *, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw a sample of fixed size in which each household has exactly its probability.

    Households are put in a random order, their probabilities laid end to end as intervals, and a
    comb of unit steps with a random start picks the intervals it meets (randomised systematic
    sampling, Hartley and Rao 1962).

    Parameters
    ----------
    probability
        In [0, 1], shape (n_households,), with a whole number as its sum: the size of the sample.
    rng
        Where the randomness comes from: n_households + 1 uniform numbers are used.

    Returns
    -------
    ndarray of int64
        Positions of the drawn households, rising, each once.

    Raises
    ------
    ValueError
        If the probabilities do not sum to a whole number.

    Examples
    --------
    >>> draw_audit(np.array([1.0, 0.0, 1.0]), rng=np.random.default_rng(1))
    array([0, 2])
    """
    total = float(np.sum(probability))
    if abs(total - round(total)) > 1e-6:
        raise ValueError(f"probabilities must sum to a whole number. Got {total}.")
    uniform = rng.random(len(probability) + 1)
    order = np.argsort(uniform[:-1], kind="stable")
    certain = np.flatnonzero(probability >= 1)
    uncertain = order[(probability[order] > 0) & (probability[order] < 1)]
    n_draws = round(total) - len(certain)
    if n_draws <= 0:
        return certain
    upper = np.cumsum(probability[uncertain])
    upper[-1] = n_draws  # exact, so that rounding cannot lose the last draw
    met = np.searchsorted(upper, uniform[-1] + np.arange(n_draws), side="right")
    return np.sort(np.concatenate([certain, uncertain[met]]))


def visits_needed_for_recall(
    mean_risk: float | None, *, relative_error: float = RELATIVE_ERROR_WANTED
) -> int | None:
    r"""How many audited visits an estimate of recall needs, or None when no risk is known.

    Parameters
    ----------
    mean_risk
        Mean risk among households not visited, in [0, 1]. None or 0: the need cannot be told.
    relative_error
        Standard error of the estimated number of missed cases over that number.

    Notes
    -----
    The share of need among n audited households has the relative standard error
    :math:`\sqrt{(1 - p) / (n p)}`; setting it to the wanted :math:`e` gives

    .. math:: n = \frac{1 - p}{p \, e^2}.

    No correction for a small team is made, so the number may exceed the team's households: then
    rounds or teams have to be pooled.

    Examples
    --------
    >>> visits_needed_for_recall(0.1)
    100
    >>> visits_needed_for_recall(0.01)
    1100
    """
    if mean_risk is None or not mean_risk > 0:
        return None
    needed = (1 - mean_risk) / (mean_risk * relative_error**2)
    return max(1, math.ceil(round(needed, 9)))


def recall_words(*, n_audit: int, n_further: int | None) -> tuple[str, str]:
    """Say in Chinese and English whether recall can be estimated, and what is still needed.

    Parameters
    ----------
    n_audit
        Households drawn in this round.
    n_further
        Audited visits still wanted beyond them; None when that cannot be told.

    Examples
    --------
    >>> recall_words(n_audit=0, n_further=100)[1]
    'no recall can be estimated this round; it would need about 100 further visits drawn by lot'
    """
    if n_audit == 0:
        zh, en = "本轮无法估计查全率", "no recall can be estimated this round"
        if n_further is None:
            return zh, en
        return (
            f"{zh}；如需估计，约须另外抽签走访{n_further}户",
            f"{en}; it would need about {n_further} further visits drawn by lot",
        )
    zh, en = f"随机抽查{n_audit}户", f"{n_audit} random checks"
    if n_further is None:
        return (
            f"{zh}；没有风险估计，无法说明够不够",
            f"{en}; without risks, whether enough is unknown",
        )
    if n_further == 0:
        return f"{zh}，足以估计查全率", f"{en}, enough to estimate recall"
    return (
        f"{zh}；单凭本轮估计查全率约还差{n_further}户，宜多队、多轮合并估计",
        f"{en}; for an estimate of recall about {n_further} more are needed: pool teams and rounds",
    )


def horvitz_thompson_total(found: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    r"""Estimate the cases among all households that could have been audited.

    Parameters
    ----------
    found
        1 or True where the audited household was in need, shape (n_audited,). A household that was
        not met is neither yes nor no and must be left out beforehand, with its loss reported.
    probability
        The stored chance with which it was drawn, in (0, 1], same shape.

    Returns
    -------
    float
        :math:`\sum_i y_i / q_i` over the audited (Horvitz and Thompson 1952); 0.0 for none.

    Raises
    ------
    ValueError
        If the shapes differ or a probability is not in (0, 1].

    Examples
    --------
    >>> horvitz_thompson_total([1, 0, 1], [0.5, 0.5, 0.1])
    12.0
    """
    y = np.asarray(found, dtype=np.float64)
    q = np.asarray(probability, dtype=np.float64)
    if y.shape != q.shape:
        raise ValueError(f"found and probability must have one shape. Got {y.shape} and {q.shape}.")
    if not np.all((q > 0) & (q <= 1)):
        raise ValueError("Every probability must lie above 0 and at most at 1.")
    return float(np.sum(y / q))


def _sizes(risk: FloatArray, floor_share: float) -> FloatArray:
    """Shares of one draw, with sum 1: an even part, and a part in proportion to the risk."""
    known = risk[~np.isnan(risk)]
    average = float(np.mean(known)) if len(known) else 0.0
    filled = np.where(np.isnan(risk), average, risk)
    total = float(np.sum(filled))
    even = np.full(len(risk), 1 / len(risk))
    return floor_share * even + (1 - floor_share) * (filled / total if total > 0 else even)


def _capped(size: FloatArray, n_draws: int) -> FloatArray:
    """Probabilities in proportion to size, none above 1, with sum ``n_draws``."""
    certain = np.zeros(len(size), dtype=bool)
    if n_draws == len(size):
        return np.ones(len(size))
    while True:
        rest = float(np.sum(size[~certain]))
        probability = np.where(certain, 1.0, (n_draws - int(certain.sum())) * size / rest)
        passing = ~certain & (probability >= 1)
        if not passing.any():
            return probability
        certain |= passing
