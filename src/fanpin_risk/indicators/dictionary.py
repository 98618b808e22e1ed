"""The dictionary of indicators, generated from the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from fanpin_risk.causes import CAUSE_WORDS
from fanpin_risk.indicators.catalogue import COUNTY, SURVEY, columns_of
from fanpin_risk.indicators.indicator import UNITS, Indicator, IndicatorColumn

_PARTS: tuple[tuple[str, str, Sequence[Indicator]], ...] = (
    ("county", "监测记录指标 Columns over a county's monitoring records", COUNTY),
    ("survey", "住户调查指标 Columns over the visits of a survey's panel", SURVEY),
)
_HEAD = (
    *(
        "column",
        "中文",
        "English",
        "unit",
        "原因 cause",
        "部门 owner",
        "risk",
        "from",
        "by",
        "none",
    ),
    "marks",
)
_SIDES = {-1: "↓", 0: "", 1: "↑"}


def indicators_markdown() -> str:
    """Dictionary of all columns in Markdown, Chinese and English.

    Returns
    -------
    str
        A section for each part of the catalogue, with one line a column in the order of the feature
        table: name, titles, unit, official cause, owner, direction (↑ more of it is more risk, ↓
        less), what places a row in time, what no record means, and marks (``A`` an office can act
        on it, ``S`` sensitive: audited, never shown, ``K`` counts for the cause of the kind that
        happened, where the records name one). Ends with one line end.

    Examples
    --------
    >>> indicators_markdown().splitlines()[0]
    "### 监测记录指标 Columns over a county's monitoring records"
    """
    lines: list[str] = []
    for name, title, catalogue in _PARTS:
        columns = columns_of(catalogue)
        lines += ["", f"### {title}", ""]
        lines += [f"`{name}`: {len(catalogue)} definitions, {len(columns)} columns.", ""]
        lines += [
            f"| {' | '.join(_HEAD)} |",
            "|" + " --- |" * len(_HEAD),
            *(_line(column) for column in columns),
        ]
    return "\n".join(lines[1:]) + "\n"


def _line(column: IndicatorColumn) -> str:
    """Line of a column."""
    indicator = column.indicator
    cause = indicator.cause
    marks = ("A" if indicator.is_actionable else "") + ("S" if indicator.is_sensitive else "")
    marks += "K" if indicator.told_by else ""
    cells = [
        f"`{column.name}`",
        column.title_zh,
        column.title_en,
        _unit(indicator),
        f"{cause.value} {CAUSE_WORDS[cause].title_en}",
        f"{indicator.owner_zh} {indicator.owner_en}",
        _SIDES[indicator.direction],
        f"`{indicator.table}`",
        f"`{indicator.day}`",
        "" if indicator.if_no_records is None else f"{indicator.if_no_records:g}",
        marks,
    ]
    return "| " + " | ".join(cells) + " |"


def _unit(indicator: Indicator) -> str:
    """Unit in both languages; of those without words, their name."""
    zh, en = UNITS[indicator.unit]
    return f"{zh} {en}" if en else indicator.unit.replace("_", " ")
