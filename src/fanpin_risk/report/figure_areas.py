"""Figures about places and records: when and where many at once were found; bunching at a line."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fanpin_risk.areas.alarm import AlarmReport
from fanpin_risk.areas.alarm_words import LEVEL_WORDS, cause_words
from fanpin_risk.areas.bunching import BunchingReport
from fanpin_risk.areas.counts import month_start
from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.report.figure_base import (
    GRID,
    INK,
    LOGISTIC_COLOUR,
    MODEL_COLOUR,
    MUTED,
    RANDOM_COLOUR,
    RULES_COLOUR,
    SMALL,
    Pen,
    drawing,
    new_figure,
)
from fanpin_risk.report.fonts import FigureFont
from fanpin_risk.report.words import Words, count, percent

_MARKS = {"county": ("s", 76), "township": ("D", 40), "village": ("o", 24)}
"""Marker and size of an alarm by level, the widest first, so that none hides another."""
_LABELS = 12
_ORDER = {cause.name.lower(): at for at, cause in enumerate(Cause)}
_E4 = 10_000
_FEN = 100


def alarm_figure(report: AlarmReport, timeline: pl.DataFrame, *, font: FigureFont) -> Figure:
    """Draw a strip of causes by months: how many households, and which alarms rang where.

    Parameters
    ----------
    report
        From `fanpin_risk.areas.alarm.alarms`.
    timeline
        From `fanpin_risk.areas.timeline.timeline`, one row at least; its months are drawn.
    font
        From `fanpin_risk.report.fonts.figure_font`. Without a Chinese font the words are English.

    Returns
    -------
    Figure
        Finished, and no part of pyplot. The shade of a cell is its number of households against
        the cause's own busiest month; cells of too few households are left white.

    Raises
    ------
    SchemaError
        If the timeline is empty.
    """
    if timeline.is_empty():
        raise SchemaError("The timeline is empty. Give one with a month and a cause at least.")
    with drawing(font) as pen:
        return _finished(_strip(report, timeline, pen))


def bunching_figure(report: BunchingReport, *, font: FigureFont) -> Figure:
    """Draw incomes by their distance from the line, and what the ones further away lead to expect.

    Bins of too few households are left open. Parameters and result as `alarm_figure`.
    """
    with drawing(font) as pen:
        return _finished(_histogram(report, pen))


def alarm_title(report: AlarmReport) -> Words:
    """Say how many alarms rang in how many months, and what was promised.

    Months in which a cause rang on several levels or windows count once for it.
    """
    rang = report.rows.filter("is_alarm")
    n_months = report.months.height
    rate = f"{report.settings.false_alarms_a_year:g}"
    promise = Words(
        f"平常年份全县误报平均不超过每年{rate}次",
        f"at most {rate} false alarms in a quiet county year on average",
    )
    if n_months == 0:
        return Words(f"无法判断（{promise.zh}）", f"Cannot be told ({promise.en})")
    if rang.is_empty():
        return Words(
            f"{n_months}个月没有预警（{promise.zh}）",
            f"No alarm in {n_months} months ({promise.en})",
        )
    n = rang.select("month", "cause").unique().height
    best = rang.sort("chance", "month", "cause").row(0, named=True)
    cause = cause_words(best["cause"], None)
    month = f"{month_start(best['month']):%Y-%m}"
    return Words(
        f"{n_months}个月中有{n}个“月份×原因”预警，最明显的是{month}{cause[0]}（{promise.zh}）",
        f"Alarms in {n} of the months and causes of {n_months} months, most clearly {month}, "
        f"{cause[1]} ({promise.en})",
    )


def bunching_title(report: BunchingReport) -> Words:
    """Say whether incomes bunch on the side, and how far chance goes."""
    where = Words("线下", "below") if report.side == "below" else Words("线上", "above")
    if report.is_found is None:
        return Words(f"无法判断：{report.reason_zh}", f"Cannot be told: {report.reason_en}")
    moved, low, high, found = (
        percent((value or 0) / _E4).replace("-", "−")
        for value in (
            report.moved_e4,
            report.moved_low_e4,
            report.moved_high_e4,
            report.smallest_moved_e4,
        )
    )
    if report.is_found:
        return Words(
            f"记录在{where.zh}聚集：线附近收入中多出{moved}（{low}至{high}）；"
            "这是对记录的提示，不说明任何一户",
            f"Records bunch {where.en} the line: {moved} of the incomes near it are there beyond "
            f"what is expected ({low} to {high}); it is about the records, not about any household",
        )
    return Words(
        f"未见记录在{where.zh}聚集：多出{moved}（{low}至{high}）；少于{found}的聚集多半看不出",
        f"No bunching {where.en} the line is seen: {moved} beyond what is expected ({low} to "
        f"{high}); less than {found} would mostly go unseen",
    )


def _strip(report: AlarmReport, timeline: pl.DataFrame, pen: Pen) -> Figure:
    """Draw the strip in the house style."""
    causes = sorted(timeline["cause"].unique(), key=lambda cause: (_ORDER.get(cause, 99), cause))
    months = list(range(*_ends(timeline)))
    figure, (ax,) = new_figure(2.6 + 0.34 * len(causes))
    _draw_cells(ax, timeline, causes, months)
    rang = report.rows.filter("is_alarm", pl.col("month").is_in(months))
    for level, (marker, size) in _MARKS.items():
        rows = rang.filter(pl.col("level") == level).select("month", "cause").unique()
        ax.scatter(
            rows["month"].to_numpy() - months[0],
            [causes.index(cause) for cause in rows["cause"]],
            s=size,
            marker=marker,
            facecolors="none" if level == "county" else RULES_COLOUR,
            edgecolors=LOGISTIC_COLOUR if level == "county" else INK,
            linewidths=1.5 if level == "county" else 0.6,
            label=pen.first(Words(*LEVEL_WORDS[level])),
            zorder=3,
        )
    ax.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=3,
        title=pen.line(Words("预警在", "alarm in")),
        title_fontsize=10,
    )
    step = math.ceil(len(months) / _LABELS)
    shown = list(range(len(months) - 1, -1, -step))[::-1]
    labels = [f"{month_start(months[at]):%Y-%m}" for at in shown]
    ax.set_xticks(shown, labels, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(causes)), [pen.line(Words(*cause_words(c, None))) for c in causes])
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(-0.5, len(months) - 0.5), ylim=(len(causes) - 0.5, -0.5))
    pen.below(
        figure,
        Words(
            "月份；颜色越深，该原因当月户数越多（与其最多的月份相比）",
            "month; the darker, the more households (against the busiest month)",
        ),
    )
    pen.title(figure, alarm_title(report))
    return figure


def _ends(timeline: pl.DataFrame) -> tuple[int, int]:
    """First month, and the one after the last."""
    months = timeline["month"].to_numpy()
    return int(months.min()), int(months.max()) + 1


def _draw_cells(ax: Axes, timeline: pl.DataFrame, causes: list[str], months: list[int]) -> None:
    """Shade each cause and month by its share of the cause's busiest month."""
    cells = np.full((len(causes), len(months)), np.nan)
    for month, cause, households in timeline.select("month", "cause", "households").iter_rows():
        cells[causes.index(cause), month - months[0]] = households or np.nan
    most = np.nanmax(np.where(np.isnan(cells), 0.0, cells), axis=1, keepdims=True)
    shade = np.sqrt(cells / np.maximum(most, 1))
    ax.imshow(shade, cmap="Blues", vmin=0, vmax=1.25, aspect="auto", interpolation="nearest")
    ax.set_yticks(np.arange(len(causes) + 1) - 0.5, minor=True)
    ax.grid(which="minor", axis="y", color=GRID)
    ax.tick_params(which="minor", length=0)


def _histogram(report: BunchingReport, pen: Pen) -> Figure:
    """Draw the histogram in the house style."""
    bins = report.bins
    figure, (ax,) = new_figure(4.1)
    left = bins["from_fen"].to_numpy() / _FEN
    width = (bins["to_fen"] - bins["from_fen"]).to_numpy() / _FEN
    is_told = bins["incomes"].is_not_null().to_numpy()
    heights = bins["incomes"].fill_null(0).to_numpy()
    is_window = bins["is_window"].to_numpy()
    kinds = (
        (is_told & is_window, MODEL_COLOUR, Words("线附近的收入", "incomes near the line")),
        (is_told & ~is_window, RANDOM_COLOUR, Words("其他收入", "other incomes")),
    )
    for rows, colour, words in kinds:
        ax.bar(
            left[rows], heights[rows], width[rows], align="edge", color=colour, linewidth=0.4,
            edgecolor="white", label=pen.line(words),
        )  # fmt: skip
    if bins["expected"].is_not_null().all():
        middle = left + width / 2
        ax.plot(
            middle, bins["expected"], color=RULES_COLOUR, label=pen.line(Words("预计", "expected"))
        )
    top = max(1.0, 1.12 * max(float(heights.max(initial=0)), _most(bins)))
    ax.axvline(0, color=INK, linewidth=1.2, zorder=4)
    ax.annotate(
        pen.first(Words("收入线", "the line")),
        (0, top),
        (4, -10),
        textcoords="offset points",
        fontsize=SMALL,
        color=INK,
    )
    ax.set(ylim=(0, top), xlim=(left[0], left[-1] + width[-1]))
    ax.grid(axis="y")
    ax.set_ylabel(pen.lines(Words("收入记录数", "incomes on record")))
    ax.xaxis.set_major_formatter(lambda value, _: count(value).replace("-", "−"))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    if not is_told.all():
        ax.text(
            0.99, 0.93, pen.lines(Words("户数太少的不显示", "too few households: not shown")),
            transform=ax.transAxes, ha="right", va="top", fontsize=SMALL, color=MUTED,
        )  # fmt: skip
    pen.below(figure, Words("人均收入减收入线，元", "income a head less the line, yuan"))
    pen.title(figure, bunching_title(report))
    return figure


def _most(bins: pl.DataFrame) -> float:
    """Highest of what is expected; 0 where nothing is."""
    known = bins["expected"].drop_nulls().to_numpy()
    return float(known.max(initial=0.0))


def _finished(figure: Figure) -> Figure:
    """Settle where everything stands, with the words' room."""
    for _ in range(2):  # words made while drawing keep the font, and get their room
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure
