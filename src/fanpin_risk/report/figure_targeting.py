"""Figures of what equal visits find: curve, further visits, and differences to each baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
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
from fanpin_risk.report.lists import recall_curve
from fanpin_risk.report.readings import (
    FURTHER,
    MODEL,
    PLAN,
    RULES,
    Reading,
    View,
    compared,
    further_shares,
    listed,
    share_of,
    view,
    whole_cohort,
)
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import METHODS, Words, number, percent

CURVE_UP_TO = 0.3
"""Longest list drawn, as a share of the cohort."""
LABEL_AT = 38
"""Which point of the curve carries its name."""
CURVE_METHODS = {
    PLAN: METHODS[PLAN],
    RULES: Words("规则顺序", "rules' order"),
    "random": METHODS["random"],
}


def found_figure(
    predictions: pl.DataFrame, metrics: Mapping[str, Any], terms: Terms, pen: Pen
) -> Figure:
    """Share of the falls found against the share of the cohort visited, by order of visits."""
    of_all = whole_cohort(metrics)
    must = float(metrics["cohort"]["share_must_visit"])
    shares = np.linspace(0, CURVE_UP_TO, 61)
    figure, (ax,) = new_figure(4.5)
    for method in [m for m in CURVE_METHODS if m in predictions.columns]:
        style = STYLES[method]
        curve = recall_curve(predictions, method, shares)
        ax.plot(shares, curve, color=style.colour, linestyle=style.line, zorder=3)
        ax.annotate(
            pen.first(CURVE_METHODS[method]),
            (shares[LABEL_AT], curve[LABEL_AT]),
            (6, -16) if method == RULES else (-6, 8),
            textcoords="offset points",
            ha="left" if method == RULES else "right",
            in_layout=False,
        )
    for name in ["0%", *further_shares(of_all)]:
        at = min(must + share_of(name), 1.0)
        ax.axvline(at, color=GRID, linewidth=1, zorder=1)
        mark = f"+{name}" if share_of(name) else pen.first(Words("必访", "must"))
        ha = "center" if share_of(name) else "right"
        ax.text(at, 1.0, mark, ha=ha, va="bottom", fontsize=SMALL, color=MUTED)
        for method in (PLAN, RULES):
            found = of_all.of(method, f"recall_at_must+{name}")
            style = STYLES[method]
            draw_interval(ax, found, at=at, colour=style.colour, upright=True)
            ax.plot(at, found.position, style.marker, color=style.colour, markersize=5.5)
    ax.set(xlim=(0, CURVE_UP_TO), ylim=(0, 1))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    pen.below(
        figure,
        Words(
            "走访户占全部户的比例（竖线：规则必访再加几成走访）",
            "share of households visited (lines: must-visits plus further visits)",
        ),
    )
    ax.set_ylabel(
        pen.lines(Words(f"找到的{terms.falls.zh}占比", f"share of {terms.falls.en} found"))
    )
    pen.title(figure, found_words(of_all, must, terms))
    return figure


def found_words(of_all: View, must: float, terms: Terms) -> Words:
    """Say what the middle budget finds, by the plan's order and by the rules'."""
    names = further_shares(of_all)
    name = names[len(names) // 2]
    plan = percent(of_all.of(PLAN, f"recall_at_must+{name}").value, decimals=0)
    rules = percent(of_all.of(RULES, f"recall_at_must+{name}").value, decimals=0)
    total = percent(must + share_of(name))
    return Words(
        f"走访规则必访户再加{name}（共{total}的户）：先规则后模型找到{plan}的{terms.falls.zh}，"
        f"规则顺序找到{rules}",
        f"Must-visits and {name} more ({total} of households): rules-then-model finds {plan} of "
        f"the {terms.falls.en}, the rules' order {rules}",
    )


@dataclass(frozen=True, kw_only=True)
class FurtherRow:
    """Falls in equally many further visits, model over the rules' order, in one view."""

    view: str
    share: str
    ratio: Reading


def further_rows(metrics: Mapping[str, Any]) -> list[FurtherRow]:
    """Ratios by budget and view, views without measures left out.

    Where nobody is new everybody is returning, and stands once.
    """
    names = ("all",) if view(metrics, "new") is None else ("all", "returning", "new")
    views = [v for name in names if (v := view(metrics, name)) is not None]
    return [
        FurtherRow(view=v.name, share=name, ratio=v.ratio(MODEL, RULES, FURTHER + name))
        for name in further_shares(whole_cohort(metrics))
        for v in views
    ]


def further_figure(metrics: Mapping[str, Any], terms: Terms, pen: Pen) -> Figure:
    """Ratios of falls found in the further visits, with intervals, by budget and view."""
    rows = further_rows(metrics)
    names = further_shares(whole_cohort(metrics))
    per_group = len(rows) // len(names)
    figure, (ax,) = new_figure(1.9 + 0.27 * (len(rows) + len(names)))
    ticks, labels = [], []
    for index, row in enumerate(rows):
        at = index + 0.5 * (index // per_group)
        is_whole = row.view == "all"
        draw_interval(ax, row.ratio, at=at, colour=MODEL_COLOUR if is_whole else MUTED)
        ax.plot(
            row.ratio.position,
            at,
            "o",
            color=MODEL_COLOUR,
            markerfacecolor=MODEL_COLOUR if is_whole else "white",
            markersize=7 if is_whole else 6,
        )
        ticks.append(at)
        labels.append(f"+{row.share}  {pen.first(terms.views[row.view])}")
    ax.axvline(1, color=INK, linewidth=1)
    ax.set_yticks(ticks, labels)
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xlim(left=max(0.0, ax.get_xlim()[0]))  # no ratio is below 0, whatever its interval
    ax.grid(axis="x")
    pen.below(
        figure,
        Words(
            f"找到的{terms.falls.zh}之比：模型 ÷ 规则顺序（1 = 一样多）",
            f"{terms.falls.en} found, model over the rules' order (1 = equally many)",
        ),
    )
    pen.title(figure, further_words([row for row in rows if row.view == "all"], terms))
    return figure


def further_words(rows: Sequence[FurtherRow], terms: Terms) -> Words:
    """Say whether the further visits find more by the model, and say no more than intervals do."""
    better = [row for row in rows if row.ratio.is_above(1)]
    worse = [row for row in rows if row.ratio.is_below(1)]
    if worse:
        names = "、".join(f"+{row.share}" for row in worse)
        return Words(
            f"必访之外的走访：在{names}，模型找到的{terms.falls.zh}少于规则顺序",
            f"Further visits: at {names.replace('、', ', ')} the model finds fewer "
            f"{terms.falls.en} than the "
            "rules' order",
        )
    if not better:
        return Words(
            "必访之外的走访：看不出模型比规则顺序找到得多",
            "Further visits: no clear difference between the model and the rules' order",
        )
    times = [number(row.ratio.value, decimals=2) for row in better if row.ratio.value is not None]
    low, high = min(times), max(times)
    span = Words(low, low) if low == high else Words(f"{low}–{high}", f"{low} to {high}")
    where = "" if len(better) == len(rows) else "、".join(f"+{row.share}" for row in better)
    return Words(
        f"必访之外走访同样多的户{f'（{where}）' if where else ''}，"
        f"模型找到的{terms.falls.zh}是规则顺序的{span.zh}倍",
        f"In equally many further visits{f' ({where})' if where else ''} the model finds {span.en} "
        f"times the {terms.falls.en} of the rules' order".replace("、", ", "),
    )


def differences_figure(metrics: Mapping[str, Any], terms: Terms, pen: Pen) -> Figure:
    """AUC of the model minus that of each baseline, with intervals."""
    of_all = whole_cohort(metrics)
    methods = [m for m in compared(of_all) if m != "random"]
    found = {m: of_all.difference(MODEL, m, "auc") for m in methods}
    figure, (ax,) = new_figure(1.75 + 0.42 * len(methods))
    for at, method in enumerate(methods):
        draw_interval(ax, found[method], at=at, colour=MODEL_COLOUR)
        value = found[method].value
        ax.plot(found[method].position, at, "o", color=MODEL_COLOUR, markersize=7)
        ax.annotate(
            number(value, signed=True),
            (1.0, at),
            (4, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
        )
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(range(len(methods)), [pen.lines(terms.drawn(m)) for m in methods])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(methods) - 0.5, -0.7)
    ax.grid(axis="x")
    pen.below(
        figure,
        Words(
            "AUC之差：模型 − 基准（0 = 一样）", "AUC of the model minus the baseline's (0 = equal)"
        ),
    )
    pen.title(figure, differences_words(found, terms))
    return figure


def differences_words(found: Mapping[str, Reading], terms: Terms) -> Words:
    """Say which baselines the model is above, and where that cannot be told."""
    above = [terms.method(m) for m, row in found.items() if row.is_above(0)]
    others = [terms.method(m) for m, row in found.items() if not row.is_above(0)]
    if not others:
        return Words(
            f"模型排序能力（AUC）高于全部{len(above)}种基准，区间都在0以上",
            f"The model ranks better (AUC) than all {len(above)} baselines; every interval is "
            "above 0",
        )
    rest = listed(others)
    if not above:
        return Words("看不出模型的AUC高于任何基准", "No baseline is clearly below the model in AUC")
    best = listed(above)
    return Words(
        f"模型的AUC高于{best.zh}；对{rest.zh}则不能断定",
        f"The model's AUC is above {best.en}; for {rest.en} that cannot be said",
    )
