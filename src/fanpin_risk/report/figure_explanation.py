"""Figures of what makes up the scores: by official cause, and by indicator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.explain.cause_sums import by_cause
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.report.content import Contributions
from fanpin_risk.report.figure_base import (
    GRID,
    INK,
    MODEL_COLOUR,
    MUTED,
    RULES_COLOUR,
    SMALL,
    Pen,
    new_figure,
    width_em,
    wrapped,
)
from fanpin_risk.report.readings import listed
from fanpin_risk.report.words import Words

FloatArray = npt.NDArray[np.float64]

SHOWN = 12
"""Indicators drawn, the most influential first."""
LABEL_EM = 39.0
"""A longer label takes two lines."""
FEWEST_HOUSEHOLDS = 20
"""A mean over fewer households is not drawn: no mark stands for a household that could be known."""


@dataclass(frozen=True, kw_only=True)
class CauseShare:
    """One official cause: mean absolute and mean contribution over the households, in log-odds."""

    cause: Cause
    mean_absolute: float
    mean_raising: float

    @property
    def words(self) -> Words:
        """Official Chinese word and its English."""
        return Words(self.cause.value, CAUSE_WORDS[self.cause].title_en)


def cause_shares(
    explanation: Contributions, columns: Sequence[IndicatorColumn]
) -> list[CauseShare]:
    """Every cause of the catalogue by its influence, the largest first, sensitive ones included.

    ``mean_raising`` is the mean of max(contribution, 0): what the cause adds where it adds.
    """
    sums = by_cause(explanation.values, explanation.data, columns)
    rows = [
        CauseShare(
            cause=cause,
            mean_absolute=float(np.mean(np.abs(total))),
            mean_raising=float(np.mean(np.maximum(total, 0))),
        )
        for cause, total in sums.items()
    ]
    return sorted(rows, key=lambda row: -row.mean_absolute)


@dataclass(frozen=True, kw_only=True)
class IndicatorShare:
    """One column: its mean absolute contribution, spread, and mean where it is low and high.

    ``low`` and ``high`` are means over the households in the lowest and the highest fifth of the
    column's values (for a truth value: no and yes); None for codes, and where a group is small.
    """

    column: IndicatorColumn
    mean_absolute: float
    spread: tuple[float, float]
    low: float | None
    high: float | None

    @property
    def words(self) -> Words:
        """The officer's words."""
        return Words(self.column.title_zh, self.column.title_en)


def indicator_shares(
    explanation: Contributions, columns: Sequence[IndicatorColumn]
) -> list[IndicatorShare]:
    """Every column by its influence, the largest first; equal ones in the catalogue's order."""
    rows = [
        _indicator_share(column, explanation.values[:, i], explanation.data[:, i])
        for i, column in enumerate(columns)
    ]
    return sorted(rows, key=lambda row: -row.mean_absolute)


def _indicator_share(
    column: IndicatorColumn, parts: FloatArray, values: FloatArray
) -> IndicatorShare:
    """Summarise one column's contributions."""
    low, high = (None, None) if column.indicator.is_categorical else _ends(parts, values)
    return IndicatorShare(
        column=column,
        mean_absolute=float(np.mean(np.abs(parts))),
        spread=(float(np.quantile(parts, 0.05)), float(np.quantile(parts, 0.95))),
        low=low,
        high=high,
    )


def _ends(parts: FloatArray, values: FloatArray) -> tuple[float | None, float | None]:
    """Mean contribution in the lowest and in the highest fifth of the known values."""
    known = ~np.isnan(values)
    if not known.any() or values[known].min() == values[known].max():
        return None, None
    bottom, top = np.quantile(values[known], [0.2, 0.8])
    if bottom == top:  # most households share one value: set its two sides apart
        bottom, top = values[known].min(), values[known].max()
    return _mean(parts[known & (values <= bottom)]), _mean(parts[known & (values >= top)])


def _mean(parts: FloatArray) -> float | None:
    """Mean over a group large enough to be shown."""
    return float(np.mean(parts)) if parts.size >= FEWEST_HOUSEHOLDS else None


def causes_figure(shares: Sequence[CauseShare], pen: Pen) -> Figure:
    """Bars by cause: how much of the score moves with it, and how much it adds."""
    figure, (ax,) = new_figure(1.9 + 0.4 * len(shares))
    places = np.arange(len(shares))
    ax.barh(
        places,
        [row.mean_absolute for row in shares],
        height=0.62,
        color=GRID,
        edgecolor=MUTED,
        linewidth=0.6,
        label=pen.first(Words("平均绝对贡献", "mean absolute contribution")),
    )
    ax.barh(
        places,
        [row.mean_raising for row in shares],
        height=0.3,
        color=MODEL_COLOUR,
        label=pen.first(Words("其中推高分数的部分", "part that raises scores")),
    )
    ax.set_yticks(places, [pen.line(row.words) for row in shares])
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.legend(loc="lower right")
    ax.grid(axis="x")
    pen.below(figure, Words("对分数的贡献（对数几率）", "contribution to the score (log-odds)"))
    first = listed([row.words for row in shares[:2]])
    total = sum(row.mean_absolute for row in shares)
    part = 100 * sum(row.mean_absolute for row in shares[:2]) / total if total else 0.0
    pen.title(
        figure,
        Words(
            f"按官方致因归类，分数主要来自：{first.zh}（合占{part:.0f}%）",
            f"By official cause, scores come mostly from: {first.en} (together {part:.0f}%)",
        ),
    )
    return figure


def indicators_figure(shares: Sequence[IndicatorShare], pen: Pen) -> Figure:
    """Spread of each indicator's contribution, and its mean where the indicator is low and high."""
    rows = shares[:SHOWN]
    labels = [_label(row, pen) for row in rows]
    places = np.cumsum([0.42 + 0.2 * (1 + text.count("\n")) for text in labels])
    figure, (ax,) = new_figure(1.9 + float(places[-1]))
    for at, row, text in zip(places.tolist(), rows, labels, strict=True):
        ax.plot(row.spread, [at, at], color=MUTED, linewidth=4.5, alpha=0.35, solid_capstyle="butt")
        ax.plot([0, 0], [at - 0.11, at + 0.11], color=INK, linewidth=0.9)
        if row.low is not None:
            ax.plot(row.low, at, "v", color=RULES_COLOUR, markersize=7.5, markeredgecolor=INK)
        if row.high is not None:
            ax.plot(row.high, at, "^", color=MODEL_COLOUR, markersize=7.5, markeredgecolor=INK)
        ax.text(
            0.0,
            at - 0.14,
            text,
            transform=ax.get_yaxis_transform(),
            fontsize=SMALL,
            va="bottom",
            in_layout=False,
        )
    ax.plot([], [], "v", color=RULES_COLOUR, markeredgecolor=INK, label=pen.first(_LOW))
    ax.plot([], [], "^", color=MODEL_COLOUR, markeredgecolor=INK, label=pen.first(_HIGH))
    ax.plot([], [], color=MUTED, linewidth=4.5, alpha=0.35, label=pen.first(_SPREAD))
    ax.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=3,
        columnspacing=0.9,
        handletextpad=0.4,
        handlelength=1.4,
    )
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_ylim(float(places[-1]) + 0.25, 0.0)
    pen.below(
        figure,
        Words(
            "对分数的贡献（对数几率；右侧推高，左侧压低）",
            "contribution to the score (log-odds; right raises, left lowers)",
        ),
    )
    titles = dict.fromkeys(
        Words(row.column.indicator.title_zh, row.column.indicator.title_en)
        if row.column.indicator.basis == "survey"
        else row.words
        for row in rows
    )
    first = listed(list(titles)[:3])
    pen.title(
        figure,
        Words(
            f"对分数影响最大的指标：{first.zh}",
            f"The indicators that move scores most: {first.en}",
        ),
    )
    return figure


_LOW = Words("指标值低（或“否”）", "value low (or no)")
_HIGH = Words("指标值高（或“是”）", "value high (or yes)")
_SPREAD = Words("九成农户", "90% of households")


def _label(row: IndicatorShare, pen: Pen) -> str:
    """Words of one indicator; a sensitive one says that it is never a reason."""
    words = row.words
    if row.column.indicator.is_sensitive:
        words = Words(f"{words.zh}（敏感，仅审计）", f"{words.en} (sensitive, audited only)")
    line = pen.line(words)
    parts = [line] if 1.15 * width_em(line) < LABEL_EM else pen.lines(words).split("\n")
    return "\n".join(piece for part in parts for piece in wrapped(part, LABEL_EM))
