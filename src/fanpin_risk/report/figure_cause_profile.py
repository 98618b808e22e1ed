"""Figures of causes: the profile of a village or county, and first causes day after day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.cause_profile import (
    FEWEST_HOUSEHOLDS,
    NO_CAUSE,
    CauseProfile,
    profiles_over_time,
)
from fanpin_risk.report.figure_base import (
    INK,
    MODEL_COLOUR,
    MUTED,
    RULES_COLOUR,
    SMALL,
    Pen,
    drawing,
    wrapped,
)
from fanpin_risk.report.fonts import FigureFont
from fanpin_risk.report.words import MADE_UP, Words, capital, count, number, percent

PROFILE_WIDTH = 7.2
"""Inches: two panels beside each other."""
_TITLE_EM = 43.0
MOST_PANELS = 6
"""Causes drawn over time, those most often first; the others together fill the last panel."""
LEAST_MEAN = 0.05
"""Log-odds: what comes first for nobody and moves scores by less on average is not drawn."""
INTERNAL = Words("内部使用，不得公示", "internal, not for public notice")
_BASIS: dict[str, Words] = {
    "households": Words("横线：95%区间（户）", "bars: 95% intervals (households)"),
    "villages": Words("横线：95%区间（按村抽样）", "bars: 95% intervals (villages drawn)"),
    "jackknife": Words(
        "横线：95%区间（逐村剔除）", "bars: 95% intervals (villages left out in turn)"
    ),
}
_REST = "…"
"""Stands for all causes that have no panel of their own."""

ON_THE_PLAN = Words("走访名单上的户", "households on the visit plan")
"""Whose causes are told of a plan."""


def profile_figure(
    profile: CauseProfile, *, whose: Words, font: FigureFont, is_made_up: bool = False
) -> Figure:
    """Draw which causes come first in a group, and what each adds to its scores.

    Parameters
    ----------
    profile
        From `fanpin_risk.explain.cause_profile.cause_profile`.
    whose
        The group, as in "households on the plan of village 12".
    font
        From `fanpin_risk.report.fonts.figure_font`. Without a Chinese font the words are English.
    is_made_up
        Whether the records are simulated: then the figure says so.

    Returns
    -------
    Figure
        Finished, and no part of pyplot. Of fewer than `FEWEST_HOUSEHOLDS` households nothing is
        drawn: the figure says that they are too few.
    """
    with drawing(font) as pen:
        if profile.is_too_small:
            return _finished(_nothing(profile_title(profile, whose), pen, is_made_up=is_made_up))
        return _finished(_two_panels(profile, whose, pen, is_made_up=is_made_up))


def months_figure(
    profiles: Mapping[date, CauseProfile],
    *,
    whose: Words,
    font: FigureFont,
    is_made_up: bool = False,
) -> Figure:
    """Draw the share of first reasons by cause over the decision days, a panel for each cause.

    Days on which the group is too small are a gap, and the figure says how many there are.
    Parameters and result as `profile_figure`; ``profiles`` holds one for each decision day.

    Raises
    ------
    SchemaError
        If there is no day.
    """
    if not profiles:
        raise SchemaError("There is no decision day to draw. Give a profile of one at least.")
    with drawing(font) as pen:
        rows = profiles_over_time(profiles)
        if rows.is_empty():
            words = Words(
                f"{whose.zh}：各期都不足{FEWEST_HOUSEHOLDS}户，不显示",
                f"{capital(whose.en)}: fewer than {FEWEST_HOUSEHOLDS} households on every day, "
                "not shown",
            )
            return _finished(_nothing(words, pen, is_made_up=is_made_up))
        return _finished(_panels(rows, profiles, whose, pen, is_made_up=is_made_up))


def profile_title(profile: CauseProfile, whose: Words) -> Words:
    """Say which cause comes first most often, and how surely; or that the group is too small."""
    n = count(profile.n_households)
    if profile.is_too_small:
        return Words(
            f"{whose.zh}：只有{n}户，不足{FEWEST_HOUSEHOLDS}户，不显示",
            f"{capital(whose.en)}: {n} households, fewer than {FEWEST_HOUSEHOLDS}, not shown",
        )
    row = by_share(profile.rows).row(0, named=True)
    cause = cause_label(row["cause"])
    span = f"{percent(row['share_low'], decimals=0)}–{percent(row['share_high'], decimals=0)}"
    share = percent(row["share"], decimals=0)
    return Words(
        f"{whose.zh}（{n}户）：首要原因最多的是{cause.zh}，{share}（{span}）",
        f"{capital(whose.en)} ({n} households): the first reason is most often {cause.en}, "
        f"{share} ({span})",
    )


def months_title(rows: pl.DataFrame, whose: Words) -> Words:
    """Say the most frequent first cause of the last day beside that of the first day."""
    days = rows["as_of"].unique().sort().to_list()
    last = by_share(rows.filter(as_of=days[-1])).row(0, named=True)
    cause = cause_label(last["cause"])
    before = rows.filter(as_of=days[0], cause=last["cause"])["share"][0]
    now = percent(last["share"], decimals=0)
    if len(days) == 1:
        return Words(
            f"{whose.zh}：{days[-1]:%Y-%m}首要原因最多的是{cause.zh}（{now}）",
            f"{capital(whose.en)}: in {days[-1]:%Y-%m} the first reason is most often "
            f"{cause.en} ({now})",
        )
    then = percent(before, decimals=0)
    return Words(
        f"{whose.zh}：{days[-1]:%Y-%m}首要原因最多的是{cause.zh}，{now}（{days[0]:%Y-%m}为{then}）",
        f"{capital(whose.en)}: in {days[-1]:%Y-%m} the first reason is most often {cause.en}, "
        f"{now} ({then} in {days[0]:%Y-%m})",
    )


def cause_label(cause: str) -> Words:
    """A cause, none, or all others, in Chinese and English.

    Examples
    --------
    >>> cause_label("因病").en, cause_label("无").en
    ('illness', 'no reason')
    """
    if cause == NO_CAUSE:
        return Words("没有推高的原因", "no reason")
    if cause == _REST:
        return Words("其余各类合计", "all others")
    return Words(cause, CAUSE_WORDS[Cause(cause)].title_en)


def by_share(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows by share, the largest first; equal ones in the order of the taxonomy."""
    return rows.sort("share", descending=True, maintain_order=True)


def _two_panels(profile: CauseProfile, whose: Words, pen: Pen, *, is_made_up: bool) -> Figure:
    """Shares on the left, mean contributions on the right, a line for each cause."""
    rows = by_share(profile.rows.filter(_is_drawn()))
    figure = Figure(figsize=(PROFILE_WIDTH, 2.3 + 0.42 * rows.height))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    for at, row in enumerate(rows.iter_rows(named=True)):
        ends = [row["share_low"], row["share_high"]]
        left.barh(at, row["share"], height=0.6, color=MODEL_COLOUR, alpha=0.35, linewidth=0)
        left.plot(ends, [at, at], color=INK, linewidth=1.6, solid_capstyle="butt")
        left.plot(row["share"], at, "o", color=INK, markersize=4.5)
        if row["mean"] is not None:
            right.plot(
                [row["mean_low"], row["mean_high"]], [at, at],
                color=INK, linewidth=1.6, solid_capstyle="butt",
            )  # fmt: skip
            right.plot(row["mean"], at, "D", color=RULES_COLOUR, markeredgecolor=INK, markersize=6)
    right.axvline(0, color=MUTED, linewidth=0.9)
    left.set_yticks(range(rows.height), [pen.lines(cause_label(c)) for c in rows["cause"]])
    left.set(ylim=(rows.height - 0.4, -0.6), xlim=(0, min(1, 1.06 * _highest(rows))))
    left.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.set_xlabel(pen.lines(Words("以此为首要原因的户", "households with this first reason")))
    right.set_xlabel(pen.lines(Words("平均贡献（对数几率）", "mean contribution (log-odds)")))
    right.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    right.xaxis.set_major_formatter(lambda value, _: number(value, decimals=1))
    for ax in (left, right):
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x")
    said = _BASIS[profile.basis]
    n_left_out = profile.rows.height - rows.height
    if n_left_out:
        said = Words(
            f"{said.zh}；另有{n_left_out}类不是任何户的首要原因，平均贡献也很小，未画出",
            f"{said.en}; {n_left_out} more causes come first for nobody and add little: not drawn",
        )
    _below(figure, said, pen, is_made_up=is_made_up)
    _title(figure, pen, profile_title(profile, whose))
    return figure


def _is_drawn() -> pl.Expr:
    """Whether a cause comes first for somebody, or moves scores by an amount worth drawing."""
    moves = (pl.col("mean").abs() >= LEAST_MEAN).fill_null(False)
    return (pl.col("households") > 0) | moves


def _panels(
    rows: pl.DataFrame,
    profiles: Mapping[date, CauseProfile],
    whose: Words,
    pen: Pen,
    *,
    is_made_up: bool,
) -> Figure:
    """Small multiples of equal scale: they are told apart by their headings, in grey too."""
    shown = _shown(rows)
    causes = shown["cause"].unique(maintain_order=True).to_list()
    n_columns = min(3, len(causes))
    n_rows = math.ceil(len(causes) / n_columns)
    figure = Figure(figsize=(PROFILE_WIDTH, 1.9 + 1.75 * n_rows))
    FigureCanvasAgg(figure)
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    days = sorted(profiles)
    top = min(1.0, 1.08 * _highest(shown))
    for at, ax in enumerate(grid.flat):
        if at >= len(causes):
            ax.set_visible(False)
            continue
        _draw_cause(ax, shown.filter(cause=causes[at]), days)
        ax.set_title(pen.lines(cause_label(causes[at])), fontsize=10, loc="left")
        ax.set(ylim=(0, top), xlim=(-0.4, len(days) - 0.6))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        _label_days(ax, days)
        if at + n_columns >= len(causes):
            ax.tick_params(labelbottom=True)
    n_small = sum(profile.is_too_small for profile in profiles.values())
    said = Words("竖线：95%区间", "bars: 95% intervals")
    if n_small:
        said = Words(
            f"{said.zh}；{n_small}期不足{FEWEST_HOUSEHOLDS}户，不显示",
            f"{said.en}; days with fewer than {FEWEST_HOUSEHOLDS} households not shown: {n_small}",
        )
    figure.supylabel(pen.lines(Words("首要原因所占户", "share of first reasons")), fontsize=10)
    _below(figure, said, pen, is_made_up=is_made_up)
    _title(figure, pen, months_title(rows, whose))
    return figure


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the causes most often first, and of all others together, which have no interval."""
    totals = (
        rows.group_by("cause", maintain_order=True)
        .agg(pl.col("share").sum())
        .filter(pl.col("share") > 0)
    )
    ordered = by_share(totals)["cause"].to_list()
    if len(ordered) <= MOST_PANELS:
        kept, rest = ordered, list[str]()
    else:
        kept, rest = ordered[: MOST_PANELS - 1], ordered[MOST_PANELS - 1 :]
    parts = [rows.filter(cause=cause) for cause in kept]
    if rest:
        parts.append(
            rows.filter(pl.col("cause").is_in(rest))
            .group_by("as_of", maintain_order=True)
            .agg(
                cause=pl.lit(_REST),
                households=pl.col("households").sum(),
                share=pl.col("share").sum(),
                share_low=pl.lit(None, dtype=pl.Float64),
                share_high=pl.lit(None, dtype=pl.Float64),
            )
        )
    return pl.concat(parts)


def _draw_cause(ax: Axes, rows: pl.DataFrame, days: Sequence[date]) -> None:
    """One cause over time: its share as a line, its interval as a bar on each day."""
    of_day = {row["as_of"]: row for row in rows.iter_rows(named=True)}
    shares = [of_day[day]["share"] if day in of_day else math.nan for day in days]
    ax.plot(shares, "o-", color=MODEL_COLOUR, markersize=4.5, linewidth=1.5)
    for at, day in enumerate(days):
        row = of_day.get(day)
        if row is not None and row["share_low"] is not None:
            ax.plot([at, at], [row["share_low"], row["share_high"]], color=MUTED, linewidth=1.4)
    ax.grid(axis="y")


def _label_days(ax: Axes, days: Sequence[date]) -> None:
    """Name some of the days, the last one always."""
    step = math.ceil(len(days) / 5)
    shown = list(range(len(days) - 1, -1, -step))[::-1]
    labels = [f"{days[at]:%Y-%m}" for at in shown]
    ax.set_xticks(shown, labels, rotation=45, ha="right", rotation_mode="anchor", fontsize=SMALL)


def _highest(rows: pl.DataFrame) -> float:
    """Highest that is drawn."""
    return max(float(str(rows[name].max() or 0.0)) for name in ("share", "share_high"))


def _nothing(words: Words, pen: Pen, *, is_made_up: bool) -> Figure:
    """A figure that says why nothing is drawn."""
    figure = Figure(figsize=(PROFILE_WIDTH, 1.6))
    FigureCanvasAgg(figure)
    _title(figure, pen, words)
    _below(figure, None, pen, is_made_up=is_made_up)
    return figure


def _title(figure: Figure, pen: Pen, words: Words) -> None:
    """Put the finding above a figure of this width."""
    parts = [words.en] if pen.font.language == "en" else [words.zh, words.en]
    stretch = 1.2 if pen.font.language == "en" else 1.0
    lines = [line for part in parts for line in wrapped(part, _TITLE_EM, stretch=stretch)]
    figure.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=11.3, linespacing=1.35)


def _below(figure: Figure, said: Words | None, pen: Pen, *, is_made_up: bool) -> None:
    """What the bars are, and what the figure is not for."""
    parts = [w for w in (said, INTERNAL, MADE_UP if is_made_up else None) if w is not None]
    figure.supxlabel("\n".join(pen.first(words) for words in parts), fontsize=SMALL, color=MUTED)


def _finished(figure: Figure) -> Figure:
    """Settle where everything stands, with the words' room."""
    for _ in range(2):  # words made while drawing keep the font, and get their room
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure
