"""The quality report as one self-contained page, Chinese first: counts alone, nobody's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

from fanpin_risk.report.fonts import LATIN_PAGE_FONTS, PAGE_FONTS
from fanpin_risk.report.quality_content import QualityReport, checked_report
from fanpin_risk.report.quality_figure import trend_words
from fanpin_risk.report.quality_summary import (
    answered,
    batch_trend,
    left_out,
    most_unknown,
    without_answer,
)
from fanpin_risk.report.quality_tables import check_lines, page_tables
from fanpin_risk.report.words import NOT_FOR, Words, count, percent

SECTIONS: dict[str, Words] = {
    "brief": Words("一页读懂", "In brief"),
    "arrived": Words("收到了什么", "What arrived"),
    "quarantined": Words("隔离了什么", "What was quarantined"),
    "checks": Words("各项检查", "Every check"),
    "by-source": Words("按来源", "By source"),
    "by-place": Words("按地点", "By place"),
    "by-month": Words("按月份", "By month"),
    "trend": Words("各批走势", "Trend over batches"),
    "unknown": Words("缺失与未知", "Missing and unknown"),
    "not-run": Words("没有结果的检查", "Checks without a result"),
    "left-out": Words("没有纳入的检查", "Checks left out"),
    "reading": Words("怎样读这份报告", "How to read this report"),
}
"""Sections by name, in the order of the page."""

NO_BATCH = Words("还没有收到任何一批数据", "No batch of data has arrived yet")
NO_CHECK = Words("还没有运行任何检查", "No check has been run yet")
NO_COUNT = Words("没有可计数的检查结果", "There are no results of checks to count")
_NONE: dict[str, Words] = {
    "arrived": NO_BATCH,
    "faults": Words("没有一行被隔离", "No row was quarantined"),
    "by-source": NO_COUNT,
    "by-place": NO_COUNT,
    "by-month": NO_COUNT,
    "trend": NO_BATCH,
    "unknown": Words("没有因未知而未判的记录", "No record was left open for want of something"),
    "not-run": Words("没有这样的检查", "There is no such check"),
    "left-out": Words("没有这样的检查", "There is no such check"),
}
"""What stands in the place of a table without rows."""

_TABLES: dict[str, tuple[str, ...]] = {
    "arrived": ("arrived", "files"),
    "quarantined": ("faults",),
    "by-source": ("by-source",),
    "by-place": ("by-place",),
    "by-month": ("by-month",),
    "unknown": ("unknown",),
    "not-run": ("not-run",),
    "left-out": ("left-out",),
}
"""Tables of each section that has nothing else."""
_READING = (
    Words(
        "“通过”只在至少判过一条记录、且没有一条不通过时出现；没有运行、没有适用记录、所需内容全部未知或缺少参数的，"
        "都另列，从不算通过",
        "“Passed” needs at least one record evaluated and none failed. What did not run, applies "
        "to no record, finds all it needs unknown or lacks a parameter stands apart, never as "
        "passed",
    ),
    Words(
        "适用 = 已判 + 未知；不通过的不会多于已判的。对不上就不出报告",
        "Eligible = evaluated + unknown, and no more can fail than were evaluated. Where that does "
        "not hold, no report is written",
    ),
    Words(
        "“隔离”级的检查在接收时拦下整行，原文保留，改正后可以重新送来；“标记”级的检查不拦，只做记号，请经办人核对",
        "An error check stops the row on intake: it is kept as it came and can be mended and sent "
        "again. A warning check marks and stops nothing: an officer looks",
    ),
    Words(
        "标记不等于有错，更不等于住户有错：常见的是登记迟、口径不同、一处漏填",
        "A mark is no proof of an error, and never a fault of the household: late entries, other "
        "definitions and blanks are the common causes",
    ),
    Words(
        "地点、月份按记录所属住户的地点和发生日期归类；户数少的地点，占比起伏大，不宜排名",
        "Place is that of the record's household, month that of occurrence; shares of small places "
        "swing, and are no ranking",
    ),
    Words(
        "逐户清单只在工作簿里，供经办人筛选核对，属内部资料",
        "Failures by household stand in the workbook alone, for officers to filter and check: "
        "internal",
    ),
)

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("fanpin_risk.report", "templates"),
    autoescape=True,  # every text of a file, a source or a check is escaped
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def quality_html(report: QualityReport, figures: Mapping[str, str]) -> str:
    """Return the report as one page.

    Parameters
    ----------
    report
        What is shown; checked here once more.
    figures
        SVG texts by name: ``trend``, or nothing where no batch has arrived.

    Returns
    -------
    str
        HTML that asks for nothing from anywhere: styles and figures stand in it, and no script. It
        holds counts alone: no household, no person. The same input gives the same text.

    Raises
    ------
    SchemaError, AccountingError
        As `fanpin_risk.report.quality_content.checked_report` does.
    """
    report = checked_report(report)
    return _ENVIRONMENT.get_template("quality.html.j2").render(
        title=Words(report.title_zh, report.title_en),
        as_of=report.as_of.isoformat(),
        sections=SECTIONS,
        not_for=NOT_FOR,
        cards=_cards(report),
        findings=_findings(report),
        lines=check_lines(report.checks),
        tables=page_tables(report),
        section_tables=_TABLES,
        absent_words=_NONE,
        reading=_READING,
        no_check=NO_CHECK,
        figures={name: Markup(svg) for name, svg in figures.items()},
        fonts=_css(PAGE_FONTS),
        latin_fonts=_css(LATIN_PAGE_FONTS),
    )


def _css(families: tuple[str, ...]) -> Markup:
    """Font families as a style sheet names them."""
    return Markup(", ".join(f"'{name}'" if " " in name else name for name in families))


def _cards(report: QualityReport) -> list[dict[str, Any]]:
    """Give the few numbers at the head of the page."""
    batches, checks = report.batches, report.checks
    read, accepted, quarantined = (
        int(batches[f"rows_{name}"].sum()) for name in ("read", "accepted", "quarantined")
    )
    of_state = answered(checks)["shown_state"].value_counts()
    n_of = dict(of_state.iter_rows())
    n_passed = n_of.get("passed", 0)
    n_failed = n_of.get("failed", 0) + n_of.get("always_fails", 0)
    n_failures = count(int(checks["n_failed"].sum()))
    n_open, n_left = without_answer(checks).height, left_out(checks).height
    n_batches = count(batches["batch"].n_unique())
    return [
        _card(
            Words("读入行数", "rows read"),
            count(read),
            Words(
                f"{n_batches}批，{count(batches.height)}个文件",
                f"{n_batches} batches, {count(batches.height)} files",
            ),
        ),
        _card(
            Words("接受", "accepted"),
            count(accepted),
            Words("读入 = 接受 + 隔离，已核对", "read = accepted + quarantined, verified"),
        ),
        _card(
            Words("隔离", "quarantined"),
            count(quarantined),
            Words(
                f"占读入{percent(quarantined / read if read else None)}",
                f"{percent(quarantined / read if read else None)} of the rows read",
            ),
        ),
        _card(
            Words("通过的检查", "checks passed"),
            count(n_passed),
            Words("判过记录，且都通过", "records were evaluated, and none failed"),
        ),
        _card(
            Words("有问题的检查", "checks with failures"),
            count(n_failed),
            Words(
                f"不通过{n_failures}次",
                f"{n_failures} failures",
            ),
        ),
        _card(
            Words("没有结果的检查", "checks without a result"),
            count(n_open),
            Words(
                f"不算通过；另有{count(n_left)}项未纳入",
                f"not counted as passed; {count(n_left)} more are left out",
            ),
        ),
    ]


def _card(words: Words, value: str, about: Words) -> dict[str, Any]:
    """One number with what it means."""
    return {"words": words, "value": value, "about": about}


def _findings(report: QualityReport) -> list[Words]:
    """Say what matters most in a few sentences."""
    found = [_batch_finding(report), *_check_findings(report.checks)]
    unknown = most_unknown(report.checks).head(1)
    for row in unknown.iter_rows(named=True):
        share = percent(row["share_unknown"])
        found.append(
            Words(
                f"未知最多的检查是{row['check']}：适用记录中{share}未知",
                f"Most is unknown at check {row['check']}: {share} of the eligible records",
            )
        )
    return found


def _batch_finding(report: QualityReport) -> Words:
    """Say how the newest batch compares, or that there is none."""
    return NO_BATCH if report.batches.is_empty() else trend_words(batch_trend(report))


def _check_findings(checks: pl.DataFrame) -> list[Words]:
    """Say which checks fail most, and which always do."""
    if checks.is_empty():
        return [NO_CHECK]
    found = []
    failed = answered(checks).filter(pl.col("n_failed") > 0)
    for row in failed.sort("n_failed", "check", descending=[True, False]).head(1).to_dicts():
        n, of = count(row["n_failed"]), count(row["n_evaluated"])
        found.append(
            Words(
                f"不通过最多的是{row['check']}（{row['title_zh']}）：已判{of}，不通过{n}",
                f"Most failures: check {row['check']} ({row['title_en']}), {n} of {of} evaluated",
            )
        )
    always = checks.filter(pl.col("state") == "always_fails")["check"].to_list()
    if always:
        found.append(
            Words(
                f"全部不通过的检查：{'、'.join(always)}。很可能是检查、代码表或单位有误，先查检查本身",
                f"Checks that always fail: {', '.join(always)}. Suspect the check, the code list "
                "or the unit before the data",
            )
        )
    return found
