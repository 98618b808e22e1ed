"""Figures over time and of calibration: every origin, and risk against what was observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from fanpin_risk.report.figure_base import (
    GRID,
    INK,
    MODEL_COLOUR,
    MUTED,
    SMALL,
    STYLES,
    Pen,
    draw_interval,
    new_figure,
)
from fanpin_risk.report.lists import ReliabilityRow, outcome_weights, reliability
from fanpin_risk.report.readings import MODEL, RULES, whole_cohort
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import Words, number
from fanpin_risk.risk.calibration_metrics import smooth_observed_share

ORIGIN_METHODS = (MODEL, "logistic", "weighted_past_income", RULES)
CALIBRATION_BAND = (0.85, 1.15)
"""Within it a mean over the origins passes; see the evaluation's gates."""
HIGHEST_DRAWN = 3.0
"""A slope beyond it is named at the edge of the figure."""
SMALL_RISKS = 0.05
"""Axes that end below it need a decimal."""
FloatArray = npt.NDArray[np.float64]


def origins_figure(metrics: Mapping[str, Any], terms: Terms, pen: Pen) -> Figure:
    """AUC of four methods, and slope and level of the model, at every origin."""
    origins = metrics["origins"]
    figure, (above, below) = new_figure(5.6, n_rows=2)
    for method in [m for m in ORIGIN_METHODS if m in origins[0]["methods"]]:
        style = STYLES[method]
        values = by_origin(origins, method, "auc")
        label = pen.first(terms.drawn(method))
        above.plot(
            values, color=style.colour, marker=style.marker, linestyle=style.line, label=label
        )
    above.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.2)
    above.set_ylabel("AUC")
    _draw_calibration(below, origins, pen)
    for ax in (above, below):
        ax.grid(axis="y")
        ax.set_xlim(-0.4, len(origins) - 0.6)
    days = [str(row["as_of"]) for row in origins]
    above.set_xticks(range(len(days)), [])
    below.set_xticks(range(len(days)), days, rotation=45, ha="right", rotation_mode="anchor")
    pen.below(figure, Words("起报日", "origin"))
    pen.title(figure, origins_words(origins))
    return figure


def _draw_calibration(ax: Axes, origins: Sequence[Mapping[str, Any]], pen: Pen) -> None:
    """Slope and expected over observed of the model, with the band around 1."""
    ax.axhspan(*CALIBRATION_BAND, color=GRID, alpha=0.6, zorder=0)
    ax.axhline(1, color=MUTED, linewidth=0.8)
    slope = by_origin(origins, MODEL, "calibration_slope")
    level = by_origin(origins, MODEL, "expected_over_observed")
    ax.plot(slope, "o-", color=MODEL_COLOUR, label=pen.first(Words("斜率", "slope")))
    ax.plot(
        level,
        "s--",
        color=MODEL_COLOUR,
        markerfacecolor="white",
        label=pen.first(Words("期望/实际", "expected/observed")),
    )
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    ax.set_ylabel(pen.lines(Words("模型的校准（1最好）", "model's calibration (1 is best)")))
    known = [v for v in [*slope, *level, *CALIBRATION_BAND] if not np.isnan(v)]
    top, bottom = min(max(known), HIGHEST_DRAWN), max(min(known), -HIGHEST_DRAWN)
    for at, value in enumerate(slope):
        if value > top or value < bottom:  # named at the edge: one slope would flatten all others
            edge = top if value > top else bottom
            ax.annotate(
                number(value, decimals=1),
                (at, edge),
                (6, -6),
                textcoords="offset points",
                fontsize=SMALL,
                color=INK,
            )
    ax.set_ylim(bottom - 0.05, top + 0.05)


def by_origin(origins: Sequence[Mapping[str, Any]], method: str, measure: str) -> list[float]:
    """One measure of one method at every origin, NaN where it is not defined."""
    values = [row["methods"].get(method, {}).get(measure) for row in origins]
    return [float("nan") if value is None else float(value) for value in values]


def origins_words(origins: Sequence[Mapping[str, Any]]) -> Words:
    """Say between which values the AUC moved, and how often the model was above the rules."""
    model, rules = (by_origin(origins, method, "auc") for method in (MODEL, RULES))
    known = [v for v in model if not np.isnan(v)]
    if not known:
        return Words("各期结果", "Results at every origin")
    n_above = sum(a > b for a, b in zip(model, rules, strict=True))
    low, high = number(min(known)), number(max(known))
    return Words(
        f"{len(model)}期中有{n_above}期模型的AUC高于规则顺序；模型各期在{low}–{high}之间",
        f"The model's AUC is above the rules' order at {n_above} of {len(model)} origins, and "
        f"moves between {low} and {high}",
    )


def reliability_figure(
    predictions: pl.DataFrame, metrics: Mapping[str, Any], terms: Terms, pen: Pen
) -> Figure:
    """Mean risk against observed share by tenths of the risk, with intervals and a smooth curve."""
    of_all = whole_cohort(metrics)
    rows = reliability(
        predictions,
        MODEL,
        with_intervals=of_all.basis != "none",
        is_weighted=terms.is_weighted,
    )
    figure, (ax,) = new_figure(4.9)
    top = 1.12 * max(
        max(row.tenth.mean_risk, row.observed.high or row.tenth.observed_share) for row in rows
    )
    ax.plot([0, top], [0, top], color=MUTED, linewidth=1, linestyle="--", zorder=1)
    ax.annotate(
        pen.first(Words("估计等于实际", "estimated = observed")),
        (0.78 * top, 0.78 * top),
        (0, 4),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL,
        color=MUTED,
    )
    risk, smooth = _smooth(predictions, is_weighted=terms.is_weighted)
    ax.plot(risk, smooth, color=MODEL_COLOUR, linewidth=1.2, zorder=2)
    for row in rows:
        draw_interval(ax, row.observed, at=row.tenth.mean_risk, colour=MODEL_COLOUR, upright=True)
        ax.plot(row.tenth.mean_risk, row.tenth.observed_share, "o", color=MODEL_COLOUR)
    ax.set(xlim=(0, top), ylim=(0, top))
    ax.grid()
    decimals = 0 if top >= SMALL_RISKS else 1
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=decimals))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=decimals))
    pen.below(
        figure,
        Words("估计风险（按风险十等分的平均）", "estimated risk (mean of each tenth by risk)"),
    )
    ax.set_ylabel(pen.lines(terms.observed))
    ax.text(0.985 * top, 0.02 * top, _shown(rows, pen), ha="right", fontsize=SMALL, color=INK)
    pen.title(figure, reliability_words(metrics))
    return figure


def _smooth(predictions: pl.DataFrame, *, is_weighted: bool) -> tuple[FloatArray, FloatArray]:
    """Smooth observed share at 60 risks between the 1st and the 99th hundredth."""
    known = predictions.filter(pl.col("fell").is_not_null())
    risk = known[f"risk_{MODEL}"].to_numpy()
    weight = outcome_weights(known) if is_weighted else None
    smooth = smooth_observed_share(risk, known["fell"].cast(pl.Float64).to_numpy(), weight)
    order = np.argsort(risk, kind="stable")
    place = order[(np.linspace(0.01, 0.99, 60) * (risk.size - 1)).astype(np.intp)]
    return risk[place], smooth[place]


def _shown(rows: Sequence[ReliabilityRow], pen: Pen) -> str:
    """How many households stand behind each point."""
    smallest = min(row.tenth.n_households for row in rows)
    return pen.lines(Words(f"每点至少{smallest:,}户", f"at least {smallest:,} households a point"))


def reliability_words(metrics: Mapping[str, Any]) -> Words:
    """Say whether the level of the risks fits, and show slope and level over the origins."""
    level = whole_cohort(metrics).of(MODEL, "expected_over_observed")
    over = metrics["over_origins"].get(MODEL, {})
    slope = number(over.get("calibration_slope", {}).get("mean"), decimals=2)
    ratio = number(level.value, decimals=2)
    low, high = (
        number(over.get("expected_over_observed", {}).get(end), decimals=2)
        for end in ("low", "high")
    )
    if level.is_above(1):
        said = Words("风险总体偏高", "Risks are too high as a whole")
    elif level.is_below(1):
        said = Words("风险总体偏低", "Risks are too low as a whole")
    elif not level.has_interval:
        said = Words(
            "没有区间，不能断定风险水平是否相符", "Without an interval the level cannot be judged"
        )
    else:
        said = Words("风险总体与实际相符", "Risks agree with what was observed as a whole")
    return Words(
        f"{said.zh}：期望/实际{ratio}（各期{low}–{high}），斜率{slope}",
        f"{said.en}: expected/observed {ratio} (origins: {low} to {high}), mean slope {slope}",
    )
