"""Every figure of a report, by name: drawn here once, shown in the page and kept with the run."""

from __future__ import annotations

from matplotlib.figure import Figure

from fanpin_risk.areas.told import AlarmTold, AreasTold, BunchingTold
from fanpin_risk.report.content import ReportContent
from fanpin_risk.report.figure_areas import alarm_figure, bunching_figure
from fanpin_risk.report.figure_base import drawing
from fanpin_risk.report.figure_cause_profile import ON_THE_PLAN, profile_figure
from fanpin_risk.report.figure_explanation import (
    cause_shares,
    causes_figure,
    indicator_shares,
    indicators_figure,
)
from fanpin_risk.report.figure_missed import missed_figure
from fanpin_risk.report.figure_origins import origins_figure, reliability_figure
from fanpin_risk.report.figure_targeting import differences_figure, found_figure, further_figure
from fanpin_risk.report.fonts import FigureFont
from fanpin_risk.report.lists import missed_groups
from fanpin_risk.report.readings import further_shares, share_of, whole_cohort

FIGURES = (
    "differences",
    "found",
    "further",
    "origins",
    "calibration",
    "causes",
    "indicators",
    "missed",
)
"""Names of the figures of every report, in its order."""

AREA_FIGURES = ("alarm", "bunching_below", "bunching_above")
"""Names of those that follow where a register tells of places: of what there is to show."""


def report_figures(content: ReportContent, *, font: FigureFont) -> dict[str, Figure]:
    """Draw every figure of a report.

    Parameters
    ----------
    content
        What is shown.
    font
        From `fanpin_risk.report.fonts.figure_font`. With a Chinese font words are Chinese with
        English, without one English alone.

    Returns
    -------
    dict of str to Figure
        By the names in `FIGURES`, ``profile`` where somebody is on the visit plan for a reason, and
        of `AREA_FIGURES` where there are areas to tell of; finished:
        to be saved in any format. They are no part of pyplot, so nothing needs to be closed.
    """
    metrics, predictions = content.metrics, content.predictions
    of_all = whole_cohort(metrics)
    terms = content.terms
    groups = missed_groups(
        predictions,
        terms,
        further_share=share_of(further_shares(of_all)[-1]),
        with_intervals=of_all.basis != "none",
    )
    with drawing(font) as pen:
        figures = {
            "differences": differences_figure(metrics, terms, pen),
            "found": found_figure(predictions, metrics, terms, pen),
            "further": further_figure(metrics, terms, pen),
            "origins": origins_figure(metrics, terms, pen),
            "calibration": reliability_figure(predictions, metrics, terms, pen),
            "causes": causes_figure(cause_shares(content.explanation, content.columns), pen),
            "indicators": indicators_figure(
                indicator_shares(content.explanation, content.columns), pen
            ),
            "missed": missed_figure(groups, terms, pen),
        }
        for figure in figures.values():
            for _ in range(2):  # words made while drawing keep the font, and get their room
                figure.draw_without_rendering()
            figure.set_layout_engine("none")  # where everything stands is settled now
    if content.profile is not None:
        figures["profile"] = profile_figure(
            content.profile, whose=ON_THE_PLAN, font=font, is_made_up=content.is_made_up
        )
    return figures if content.areas is None else figures | area_figures(content.areas, font=font)


def area_figures(told: AreasTold, *, font: FigureFont) -> dict[str, Figure]:
    """Draw what a register tells of places and records, by the names in `AREA_FIGURES`."""
    return figures_of(told.alarm, font=font) | figures_of(told.bunching, font=font)


def figures_of(told: AlarmTold | BunchingTold, *, font: FigureFont) -> dict[str, Figure]:
    """Draw the alarm's strip, or both sides of the line; what has nothing to show is left out."""
    if isinstance(told, AlarmTold):
        if told.timeline.is_empty():
            return {}
        return {"alarm": alarm_figure(told.report, told.timeline, font=font)}
    return {
        f"bunching_{report.side}": bunching_figure(report, font=font)
        for report in told.reports
        if report.bins["incomes"].is_not_null().any()
    }
