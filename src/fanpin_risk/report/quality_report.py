"""The quality report as it is written: a page and a workbook, both from the same tables."""

from __future__ import annotations

from pathlib import Path

from fanpin_risk.provenance import write_text, write_whole
from fanpin_risk.report.figure_base import svg_text
from fanpin_risk.report.fonts import FigureFont, figure_font
from fanpin_risk.report.quality_content import QualityReport, checked_report
from fanpin_risk.report.quality_figure import trend_figure
from fanpin_risk.report.quality_html import quality_html
from fanpin_risk.report.quality_summary import batch_trend
from fanpin_risk.report.quality_workbook import quality_workbook

PAGE = "quality.html"
WORKBOOK = "quality.xlsx"


def write_quality_report(
    report: QualityReport, folder: Path, *, font: FigureFont | None = None
) -> None:
    """Write `PAGE` and `WORKBOOK` into a folder, each whole; other files there are left alone.

    Both are made before the first is written, so a report that is refused leaves what stood there.

    Parameters
    ----------
    report
        What is shown. Tables without rows give a page that says so.
    folder
        Made if it is not there.
    font
        From `fanpin_risk.report.fonts.figure_font`; looked for when left out.

    Raises
    ------
    SchemaError
        If a table lacks a column, or a state is unknown.
    AccountingError
        If rows read are not accepted + quarantined, or counts contradict each other.
    InstallationError
        If xlsxwriter is not installed.
    OutputError
        If a file cannot be written; what stood there is unchanged.
    """
    report = checked_report(report)
    page = quality_html(report, quality_figures(report, font=font or figure_font()))
    workbook = quality_workbook(report)
    write_text(folder / PAGE, page)
    write_whole(folder / WORKBOOK, lambda temporary: temporary.write_bytes(workbook))


def quality_figures(report: QualityReport, *, font: FigureFont) -> dict[str, str]:
    """Return the SVG texts of the page by name; none where no batch has arrived."""
    trend = batch_trend(checked_report(report))
    if trend.is_empty():
        return {}
    figure = trend_figure(trend, font=font)
    return {"trend": svg_text(figure, label=figure.get_suptitle().replace("\n", " "))}
