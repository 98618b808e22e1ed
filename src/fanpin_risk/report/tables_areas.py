"""Tables about places and records: what rang, what could not be judged, and bunching at a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from fanpin_risk.areas.alarm import AlarmReport
from fanpin_risk.areas.alarm_words import LEVEL_WORDS, cause_words
from fanpin_risk.areas.bunching import BunchingReport
from fanpin_risk.areas.counts import month_start
from fanpin_risk.areas.told import AreasTold
from fanpin_risk.report.tables import Cell, Table, label, plain
from fanpin_risk.report.words import DASH, Words, count, number, percent
from fanpin_risk.units import RATIO_SCALE

SIDES: dict[str, Words] = {
    "below": Words(
        "线下：未在册户（纳入与否在此）", "below: households not listed (an entry is at stake)"
    ),
    "above": Words(
        "线上：在册户（消除与否在此）", "above: listed households (an exit is at stake)"
    ),
}
"""Where something is at stake."""
FOUND: dict[bool | None, Words] = {
    True: Words("有聚集", "bunched"),
    False: Words("未见聚集", "none seen"),
    None: Words("无法判断", "cannot be told"),
}
_ABOVE_CHANCE = 1.0
_MANY_TIMES = 100
_SMALLEST_CHANCE = 0.0001


def area_tables(told: AreasTold) -> list[Table]:
    """Every table about places and records."""
    report = told.alarm.report
    return [
        alarm_table(report),
        untold_table(report),
        reach_table(report),
        bunching_table(told.bunching.reports),
    ]


def alarm_table(report: AlarmReport) -> Table:
    """What rang, a row for each month and cause, the newest first: how many areas, and where most.

    The row that chance brings least often stands for the others.
    """
    rang = report.rows.filter("is_alarm")
    first = rang.sort("chance", "level", "place", "window_months", nulls_last=True)
    best = first.unique(["month", "cause"], keep="first", maintain_order=True)
    areas = rang.select("month", "cause", "level", "place").unique()
    counts: dict[tuple[int, str, str], int] = {
        (month, cause, level): n
        for month, cause, level, n in areas.group_by("month", "cause", "level").len().iter_rows()
    }
    rows = best.sort("month", "cause", descending=[True, False]).iter_rows(named=True)
    return Table(
        name="alarms",
        caption=Words("预警：月份×原因", "Alarms by month and cause"),
        head=(
            Words("月份", "month"),
            Words("原因", "cause"),
            Words("预警的地方", "areas that rang"),
            Words("最明显处", "most clearly in"),
            Words("户数", "households"),
            Words("预计", "expected"),
            Words("倍数", "times expected"),
            Words("几户起预警", "rings from"),
        ),
        rows=tuple(_alarm_row(row, counts) for row in rows),
        note=Words(
            "“几户起预警”：其他不变时，该处最少多少户会预警。“预计”按该处过去与其他地方同月推算。"
            "同一批户在3个月窗口内会重复预警。逐条见alarms.parquet。",
            "“Rings from”: the fewest households with which it would have rung, everything else as "
            "it was. Expected: from the area's past and the others' month. A window of three "
            "months rings again while it holds the same households. Each one stands in "
            "alarms.parquet.",
        ),
    )


def _alarm_row(row: dict[str, Any], counts: dict[tuple[int, str, str], int]) -> tuple[Cell, ...]:
    """One month and cause."""
    ring = [(level, counts.get((row["month"], row["cause"], level), 0)) for level in LEVEL_WORDS]
    said = [(Words(*LEVEL_WORDS[level]), n) for level, n in reversed(ring) if n]
    window = row["window_months"]
    span = Words("", "") if window == 1 else Words(f"（{window}个月）", f" ({window} months)")
    where, product = area_words(row["level"], row["place"]), row["product"]
    of = Words("", "") if product is None else Words(*cause_words(row["cause"], product))
    return (
        _text(month_text(row["month"])),
        label(Words(*cause_words(row["cause"], None))),
        label(
            Words(
                "，".join(w.zh if w.zh == "全县" else f"{w.zh}{count(n)}" for w, n in said),
                ", ".join(w.en if w.zh == "全县" else f"{w.en} {count(n)}" for w, n in said),
            )
        ),
        label(
            Words(
                f"{where.zh}{span.zh}{'，' if product else ''}{of.zh}",
                f"{where.en}{span.en}{', ' if product else ''}{of.en}",
            )
        ),
        plain(count(row["households"])),
        plain(_number(row["expected"])),
        _ratio(row),
        plain(_count(row["smallest_alarm"])),
    )


def untold_table(report: AlarmReport) -> Table:
    """What could not be judged: levels, cause and reason, and in how many of the months."""
    by = ["cause", "product", "reason_zh", "reason_en"]
    found = report.untold.group_by(by).agg(
        levels=pl.col("level").unique(), months=pl.col("month").n_unique(), last=pl.max("month")
    )
    rows = found.sort(by, nulls_last=False).iter_rows(named=True)
    return Table(
        name="alarm-untold",
        caption=Words("无法判断的", "What could not be judged"),
        head=(
            Words("层级", "level"),
            Words("原因", "cause"),
            Words("为什么", "why"),
            Words("月数", "months"),
            Words("最近", "latest"),
        ),
        rows=tuple(
            (
                label(_levels(row["levels"])),
                label(Words(*cause_words(row["cause"], row["product"]))),
                label(Words(row["reason_zh"], row["reason_en"])),
                plain(count(row["months"])),
                plain(month_text(row["last"])),
            )
            for row in rows
        ),
        note=Words(
            "“无法判断”不是“没有成规模”。未列出的原因，近期没有记录。",
            "“Cannot be judged” is not “nothing is there”. A cause that is not listed has no "
            "record of late.",
        ),
    )


def reach_table(report: AlarmReport) -> Table:
    """What the alarm can see in the last month, by level, cause as a whole and window."""
    order = {level: at for at, level in enumerate(LEVEL_WORDS)}
    whole = report.reach.filter(pl.col("product").is_null())
    rows = sorted(
        whole.iter_rows(named=True),
        key=lambda row: (order[row["level"]], row["cause"], row["window_months"]),
    )
    return Table(
        name="alarm-reach",
        caption=Words("看得出多大的规模（最近一月）", "What the alarm can see (last month)"),
        head=(
            Words("层级", "level"),
            Words("原因", "cause"),
            Words("窗口（月）", "window (months)"),
            Words("地方数", "areas"),
            Words("预计（中位）", "expected (median)"),
            Words("几户起预警（中位）", "rings from (median)"),
            Words("九成地方几户起", "nine areas in ten ring from"),
        ),
        rows=tuple(
            (
                label(Words(*LEVEL_WORDS[row["level"]])),
                label(Words(*cause_words(row["cause"], None))),
                plain(str(row["window_months"])),
                plain(count(row["n_areas"])),
                plain(_number(row["expected_median"])),
                plain(_count(row["smallest_median"])),
                plain(_count(row["smallest_high"])),
            )
            for row in rows
        ),
        note=Words("分产品的见alarm_reach.parquet。", "By product: alarm_reach.parquet."),
    )


def bunching_table(reports: Sequence[BunchingReport]) -> Table:
    """Both sides of the line in numbers."""
    return Table(
        name="bunching",
        caption=Words("线附近的收入记录", "Incomes on record near the line"),
        head=(
            Words("哪一侧", "side"),
            Words("线附近的记录", "records near the line"),
            Words("其中在该侧", "of them on the side"),
            Words("预计", "expected"),
            Words("多出", "beyond it"),
            Words("多大才看得出", "seen from"),
            Words("偶然概率", "chance"),
            Words("结论", "answer"),
        ),
        rows=tuple(_bunching_row(report) for report in reports),
        note=Words(
            "“多出”为占线附近记录的比例，下为其区间；“多大才看得出”：这么多时五次能看出四次。"
            "偶然概率：记录没有聚集时，出现这么多或更多的概率。户数太少的不显示。",
            "Beyond it: share of the records near the line, with its interval beneath. Seen from: "
            "found four times in five. Chance: of so many or more where nothing is bent. Cells of "
            "too few households are not shown.",
        ),
    )


def _bunching_row(report: BunchingReport) -> tuple[Cell, ...]:
    """One side; dashes where it cannot be told."""
    low, high = _share(report.moved_low_e4), _share(report.moved_high_e4)
    is_told = report.is_found is not None
    found = FOUND[report.is_found]
    why = Words(report.reason_zh, report.reason_en)
    return (
        label(SIDES[report.side]),
        plain(_count(report.n_rows)),
        plain(_share(report.share_e4)),
        plain(_share(report.expected_e4)),
        Cell(
            text=_share(report.moved_e4),
            note=f"[{low}, {high}]" if is_told else "",
            is_clear=bool(report.is_found),
        ),
        plain(_share(report.smallest_moved_e4)),
        plain(_chance(report.chance)),
        label(found if is_told else Words(f"{found.zh}：{why.zh}", f"{found.en}: {why.en}")),
    )


def area_words(level: str, place: str | None) -> Words:
    """Name an area; the county has no name of its own.

    Examples
    --------
    >>> area_words("village", "230199001208")
    Words(zh='村230199001208', en='village 230199001208')
    """
    zh, en = LEVEL_WORDS[level]
    return Words(zh, en) if place is None else Words(f"{zh}{place}", f"{en} {place}")


def _levels(levels: Sequence[str]) -> Words:
    """Levels in words, the smallest first."""
    said = [Words(*words) for level, words in LEVEL_WORDS.items() if level in levels]
    return Words("、".join(w.zh for w in said), ", ".join(w.en for w in said))


def month_text(month: int) -> str:
    """A month, counted since January 1970, as year and month.

    Examples
    --------
    >>> month_text(666)
    '2025-07'
    """
    return f"{month_start(month):%Y-%m}"


def _ratio(row: dict[str, Any]) -> Cell:
    """Times expected, with the exact interval beneath; none where nothing was expected."""
    if row["ratio"] is None:
        return plain(DASH)
    low, high = _times(row["ratio_low"]), row["ratio_high"]
    return Cell(
        text=_times(row["ratio"]),
        note=f"[{low}, {'∞' if high is None else _times(high)}]",
        is_clear=row["ratio_low"] > _ABOVE_CHANCE,
    )


def _times(ratio: float) -> str:
    """How many times; a large one without decimals."""
    return number(ratio, decimals=1) if ratio < _MANY_TIMES else count(ratio)


def _text(text: str) -> Cell:
    """A cell of text to the left."""
    return Cell(text=text, is_number=False)


def _number(value: float | None) -> str:
    """One decimal, or a dash where nothing is known."""
    return DASH if value is None else number(value, decimals=1)


def _count(value: float | None) -> str:
    """A whole number, or a dash."""
    return DASH if value is None else count(round(value))


def _share(share_e4: int | None) -> str:
    """A share in ten-thousandths, in percent."""
    return DASH if share_e4 is None else percent(share_e4 / RATIO_SCALE).replace("-", "−")


def _chance(chance: float | None) -> str:
    """A chance; the smallest are said to be below."""
    if chance is None:
        return DASH
    return "<0.0001" if chance < _SMALLEST_CHANCE else number(chance, decimals=4)
