"""Figure of the trend over batches: which share was quarantined, which share failed a check."""

from __future__ import annotations

import math

import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from fanpin_risk.report.figure_base import MODEL_COLOUR, RULES_COLOUR, Pen, drawing, new_figure
from fanpin_risk.report.fonts import FigureFont
from fanpin_risk.report.words import Words, percent

SERIES: dict[str, tuple[Words, str, str]] = {
    "share_quarantined": (Words("读入中被隔离", "quarantined, of rows read"), MODEL_COLOUR, "o-"),
    "share_failed": (Words("已判中不通过", "failed, of the evaluated"), RULES_COLOUR, "s--"),
}
"""What is drawn: words, colour, and marker with line."""
_LABELS = 12


def trend_figure(trend: pl.DataFrame, *, font: FigureFont) -> Figure:
    """Draw the shares of every batch; a share of nothing is a gap.

    Parameters
    ----------
    trend
        From `fanpin_risk.report.quality_summary.batch_trend`, one row at least.
    font
        From `fanpin_risk.report.fonts.figure_font`. Without a Chinese font the words are English.

    Returns
    -------
    Figure
        Finished, and no part of pyplot.
    """
    with drawing(font) as pen:
        figure = _drawn(trend, pen)
        for _ in range(2):  # words made while drawing keep the font, and get their room
            figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure


def _drawn(trend: pl.DataFrame, pen: Pen) -> Figure:
    """Draw the figure in the house style."""
    figure, (ax,) = new_figure(3.9)
    highest = 0.0
    for name, (words, colour, style) in SERIES.items():
        values = [math.nan if value is None else value for value in trend[name]]
        highest = max([highest, *(value for value in values if not math.isnan(value))])
        ax.plot(values, style, color=colour, label=pen.line(words), clip_on=False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1)
    ax.set_ylim(0, min(max(1.15 * highest, 0.02), 1.0))
    ax.set_xlim(-0.4, trend.height - 0.6)
    ax.grid(axis="y")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    step = math.ceil(trend.height / _LABELS)
    shown = list(range(trend.height - 1, -1, -step))[::-1]
    days = [_day(trend["received_on"][at]) for at in shown]
    ax.set_xticks(shown, days, rotation=45, ha="right", rotation_mode="anchor")
    pen.below(figure, Words("各批的收到日期", "day on which each batch arrived"))
    pen.title(figure, trend_words(trend))
    return figure


def _day(value: object) -> str:
    """Label of a batch."""
    return "?" if value is None else str(value)


def trend_words(trend: pl.DataFrame) -> Words:
    """Say the newest batch's shares beside those of all batches before it together.

    Examples
    --------
    >>> trend = pl.DataFrame({"rows_read": [100, 50], "rows_quarantined": [10, 1],
    ...     "n_evaluated": [90, 0], "n_failed": [9, 0]})
    >>> trend_words(trend).en
    'Newest batch: 2.0% quarantined (10.0% before), – failed (10.0% before)'
    """
    newest, before = trend.tail(1), trend.head(-1)
    shares = [
        (_share(part, "rows_quarantined", "rows_read"), _share(part, "n_failed", "n_evaluated"))
        for part in (newest, before)
    ]
    (quarantined, failed), (quarantined_before, failed_before) = shares
    if before.is_empty():
        return Words(
            f"只有一批：隔离{quarantined}，不通过{failed}",
            f"One batch only: {quarantined} quarantined, {failed} failed",
        )
    return Words(
        f"最新一批隔离{quarantined}（以前合计{quarantined_before}），"
        f"不通过{failed}（以前合计{failed_before}）",
        f"Newest batch: {quarantined} quarantined ({quarantined_before} before), "
        f"{failed} failed ({failed_before} before)",
    )


def _share(part: pl.DataFrame, of: str, whole: str) -> str:
    """Share of all rows of a part together, in percent."""
    total = int(part[whole].sum())
    return percent(int(part[of].sum()) / total if total else None)
