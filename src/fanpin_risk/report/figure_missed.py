"""Figure of who is missed: exclusion error by group, on lists of equal length."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from fanpin_risk.report.figure_base import STYLES, Pen, draw_interval, new_figure
from fanpin_risk.report.lists import MissedGroup
from fanpin_risk.report.readings import PLAN, RULES, listed
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import Words, percent


def missed_figure(groups: Sequence[MissedGroup], terms: Terms, pen: Pen) -> Figure:
    """Exclusion error of the plan's order and of the rules' order, group by group."""
    rows = [row for row in groups if row.plan.value is not None and row.label.zh != "规则必访"]
    figure, (ax,) = new_figure(2.0 + 0.33 * len(rows))
    ticks, at, before = [], 0.0, rows[0].kind
    for row in rows:
        at += 1.6 if row.kind != before else 1.0
        before = row.kind
        ticks.append(at)
        for method, found, shift in ((PLAN, row.plan, -0.16), (RULES, row.rules, 0.16)):
            style = STYLES[method]
            draw_interval(ax, found, at=at + shift, colour=style.colour)
            ax.plot(found.position, at + shift, style.marker, color=style.colour, markersize=6)
    for method in (PLAN, RULES):
        style = STYLES[method]
        ax.plot(
            [], [], style.marker + "-", color=style.colour, label=pen.first(terms.drawn(method))
        )
    ax.legend(loc="lower right", bbox_to_anchor=(1.02, 1.0), ncols=2)
    ax.set_yticks(ticks, [pen.line(row.label) for row in rows])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(ticks[-1] + 0.7, ticks[0] - 0.7)
    ax.set_xlim(0, 1)
    ax.grid(axis="x")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    pen.below(figure, terms.missed_axis)
    pen.title(figure, missed_words(groups, terms))
    return figure


def missed_words(groups: Sequence[MissedGroup], terms: Terms) -> Words:
    """Say how many are missed, and which groups clearly more than all together."""
    whole = groups[0]
    error = whole.plan.value
    hit = [
        row for row in groups[1:] if row.kind.zh != "规则" and error and row.plan.is_above(error)
    ]
    said = Words(
        f"名单漏掉{percent(error, decimals=0)}的{terms.falls.zh}",
        f"The list misses {percent(error, decimals=0)} of the {terms.falls.en}",
    )
    if not hit:
        return said
    worst = sorted(hit, key=lambda row: -(row.plan.value or 0))[:3]
    names = listed([row.label for row in worst])
    return Words(f"{said.zh}；更容易漏掉的是：{names.zh}", f"{said.en}; more often: {names.en}")
