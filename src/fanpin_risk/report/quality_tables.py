"""Tables of the quality page: counts alone, in Chinese with English beneath."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from fanpin_risk.report.quality_content import (
    SCOPES,
    SEVERITIES,
    STATES,
    QualityReport,
    shown_states,
)
from fanpin_risk.report.quality_summary import (
    arrived_by_source,
    batch_trend,
    faults,
    left_out,
    most_unknown,
    summed_by,
    without_answer,
)
from fanpin_risk.report.tables import Cell, Table, label, plain
from fanpin_risk.report.words import DASH, Words, count, percent, words_of

NOT_KNOWN = Words("未知", "not known")
ROWS_SHOWN = 100
"""Rows of one table on the page; all of them are in the workbook."""

_CHECK = Words("检查", "check")
_READ = Words("读入", "read")
_ACCEPTED = Words("接受", "accepted")
_QUARANTINED = Words("隔离", "quarantined")
_RECORDS = (
    Words("新增", "new"),
    Words("更正", "corrected"),
    Words("撤销", "withdrawn"),
    Words("未变", "unchanged"),
)
_SUMMARY_HEAD = (
    Words("适用", "eligible"),
    Words("已判", "evaluated"),
    Words("未知", "unknown"),
    Words("未知占比", "share unknown"),
    Words("不通过", "failed"),
    Words("不通过占比", "share failed"),
    Words("最多的检查", "most by check"),
)
_SUMMARY_NOTE = Words(
    "每条记录在每项适用的检查中各计一次。未知占比以适用为分母，不通过占比以已判为分母：未知不算通过。",
    "A record counts once for each check it is eligible for. Unknown is a share of the eligible, "
    "failed a share of the evaluated: unknown is never passed.",
)


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """One check as the page shows it; ``state`` names its colour."""

    check: str
    title: Words
    about: Words
    state: str
    state_words: Words
    cells: tuple[str, ...]


def check_lines(checks: pl.DataFrame) -> list[CheckLine]:
    """Every check in the order given; counts that do not exist are a dash."""
    return [_check_line(row) for row in shown_states(checks).iter_rows(named=True)]


def _check_line(row: Mapping[str, Any]) -> CheckLine:
    """One check."""
    scope, severity = words_of(SCOPES, row["scope"]), words_of(SEVERITIES, row["severity"])
    numbers = [count(row[name]) for name in ("n_eligible", "n_evaluated", "n_unknown", "n_failed")]
    return CheckLine(
        check=row["check"],
        title=_titles(row),
        about=Words(f"{scope.zh}·{severity.zh}", f"{scope.en}, {severity.en}"),
        state=row["shown_state"],
        state_words=STATES[row["shown_state"]],
        cells=(*numbers, percent(_share(row["n_failed"], row["n_evaluated"]))),
    )


def _share(part: int | None, whole: int | None) -> float | None:
    """Share of 0 to 1; None where there is nothing to take a share of."""
    return part / whole if whole and part is not None else None


def page_tables(report: QualityReport) -> dict[str, Table]:
    """Every table of the page but that of the checks, by name.

    Parameters
    ----------
    report
        From `fanpin_risk.report.quality_content.checked_report`.

    Returns
    -------
    dict of str to Table
        Tables without a row are there too; the page says in their place that there is none. No
        table names a household or a person.
    """
    tables = [
        sources_table(report.batches),
        files_table(report.batches),
        faults_table(report.quarantine),
        *(_summary_table(report.counts, *kind) for kind in _SUMMARIES),
        trend_table(report),
        unknown_table(report.checks),
        reasons_table(without_answer(report.checks), "not-run", _NOT_RUN),
        reasons_table(left_out(report.checks), "left-out", _LEFT_OUT),
    ]
    return {table.name: table for table in tables}


def sources_table(batches: pl.DataFrame) -> Table:
    """What arrived, by source, with the sum."""
    found = arrived_by_source(batches)
    rows = [
        (
            label(Words(row["source_title_zh"] or row["source"], row["source_title_en"] or "")),
            plain(count(row["n_files"])),
            plain(_text(row["received_on"])),
            *_fates(row),
        )
        for row in found.iter_rows(named=True)
    ]
    total = found.select(pl.col("n_files"), pl.col("^rows_.*$")).sum().to_dicts()
    if rows:
        sums = total[0]
        rows.append(
            (label(Words("合计", "total")), plain(count(sums["n_files"])), plain(""), *_fates(sums))
        )
    return Table(
        name="arrived",
        caption=Words("各来源：读入 = 接受 + 隔离", "By source: read = accepted + quarantined"),
        head=(
            Words("来源", "source"),
            Words("文件数", "files"),
            Words("最近收到", "last received"),
            *_FATE_HEAD,
        ),
        rows=tuple(rows),
        note=Words(
            "均按行计：读入 = 接受 + 隔离；接受 = 新增 + 更正 + 撤销 + 未变。",
            "All are rows: read = accepted + quarantined; accepted = new + corrected + withdrawn + "
            "unchanged.",
        ),
        marked=frozenset({len(rows) - 1}) if rows else frozenset(),
    )


_FATE_HEAD = (_READ, _ACCEPTED, _QUARANTINED, Words("隔离占比", "share quarantined"), *_RECORDS)


def _fates(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    """What became of the rows read."""
    numbers = [plain(count(row[f"rows_{name}"])) for name in ("read", "accepted", "quarantined")]
    records = [
        plain(count(row[f"rows_{name}"])) for name in ("new", "corrected", "withdrawn", "unchanged")
    ]
    quarantined = plain(percent(_share(row["rows_quarantined"], row["rows_read"])))
    return (*numbers, quarantined, *records)


def files_table(batches: pl.DataFrame) -> Table:
    """Every file that arrived, the newest first."""
    newest = batches.sort("received_on", "batch", descending=True, nulls_last=True)
    return Table(
        name="files",
        caption=Words("各批文件", "Files of every batch"),
        head=(
            Words("文件", "file"),
            Words("批次", "batch"),
            Words("收到", "received"),
            *_FATE_HEAD,
        ),
        rows=tuple(
            (
                Cell(text=_text(row["file"]), note=_text(row["source"]), is_number=False),
                Cell(text=_text(row["batch"]), is_number=False),
                plain(_text(row["received_on"])),
                *_fates(row),
            )
            for row in newest.head(ROWS_SHOWN).iter_rows(named=True)
        ),
        note=_rest(newest),
    )


def faults_table(quarantine: pl.DataFrame) -> Table:
    """Why rows were quarantined."""
    found = faults(quarantine)
    return Table(
        name="faults",
        caption=Words("隔离的原因", "Why rows were quarantined"),
        head=(
            Words("原因", "reason"),
            _CHECK,
            Words("来源", "source"),
            Words("行数", "rows"),
            Words("批数", "batches"),
        ),
        rows=tuple(
            (
                label(Words(row["reason_zh"] or DASH, row["reason_en"] or "")),
                Cell(text=_text(row["check"]), is_number=False),
                Cell(text=_text(row["source"]), is_number=False),
                plain(count(row["n_rows"])),
                plain(count(row["n_batches"])),
            )
            for row in found.head(ROWS_SHOWN).iter_rows(named=True)
        ),
        note=_with_rest(
            Words(
                "一行有两处毛病时在两处各计一次，所以合计可多于隔离的行数。",
                "A row with two faults counts at both, so the sum can exceed the rows quarantined.",
            ),
            found,
        ),
    )


_SUMMARIES = (
    ("source", Words("来源", "source"), Words("按来源", "By source")),
    ("place", Words("地点", "place"), Words("按地点", "By place")),
    ("month", Words("月份", "month"), Words("按发生月份", "By month of occurrence")),
)


def _summary_table(counts: pl.DataFrame, key: str, name: Words, caption: Words) -> Table:
    """Counts of all checks together by one key; of the months the newest first."""
    found = summed_by(counts, key)
    found = found.sort(key, descending=True, nulls_last=True) if key == "month" else found
    return Table(
        name=f"by-{key}",
        caption=caption,
        head=(name, *_SUMMARY_HEAD),
        rows=tuple(
            (_key_cell(row[key], key), *_summary_cells(row))
            for row in found.head(ROWS_SHOWN).iter_rows(named=True)
        ),
        note=_with_rest(_SUMMARY_NOTE, found),
    )


def _key_cell(value: object, key: str) -> Cell:
    """What a row is about."""
    if value is None:
        return label(NOT_KNOWN)
    text = str(value)
    return Cell(text=text[:7] if key == "month" else text, is_number=False)


def _summary_cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Counts and shares of one row."""
    worst = row["worst_check"]
    return (
        plain(count(row["n_eligible"])),
        plain(count(row["n_evaluated"])),
        plain(count(row["n_unknown"])),
        plain(percent(row["share_unknown"])),
        plain(count(row["n_failed"])),
        plain(percent(row["share_failed"])),
        plain(DASH) if worst is None else Cell(text=worst, note=count(row["worst_n_failed"])),
    )


def trend_table(report: QualityReport) -> Table:
    """Shares of every batch, the newest first."""
    found = batch_trend(report).reverse()
    return Table(
        name="trend",
        caption=Words("各批", "Batch by batch"),
        head=(
            Words("批次", "batch"),
            Words("收到", "received"),
            _READ,
            _QUARANTINED,
            Words("隔离占比", "share quarantined"),
            Words("已判", "evaluated"),
            Words("不通过", "failed"),
            Words("不通过占比", "share failed"),
        ),
        rows=tuple(
            (
                Cell(text=_text(row["batch"]), is_number=False),
                plain(_text(row["received_on"])),
                plain(count(row["rows_read"])),
                plain(count(row["rows_quarantined"])),
                plain(percent(row["share_quarantined"])),
                plain(count(row["n_evaluated"])),
                plain(count(row["n_failed"])),
                plain(percent(row["share_failed"])),
            )
            for row in found.head(ROWS_SHOWN).iter_rows(named=True)
        ),
        note=_with_rest(
            Words(
                "不通过只算最新版本由该批带来的记录；后来的更正算在后来的批次。",
                "Failed counts records whose newest version came with the batch; a later "
                "correction counts with the later batch.",
            ),
            found,
        ),
    )


def unknown_table(checks: pl.DataFrame) -> Table:
    """Where what a check needs is missing."""
    found = most_unknown(checks)
    return Table(
        name="unknown",
        caption=Words("所需内容未知的记录", "Records of which what the check needs is unknown"),
        head=(
            Words("检查内容", "what is checked"),
            _CHECK,
            Words("适用", "eligible"),
            Words("未知", "unknown"),
            Words("未知占比", "share unknown"),
        ),
        rows=tuple(
            (
                label(_titles(row)),
                Cell(text=row["check"], is_number=False),
                plain(count(row["n_eligible"])),
                plain(count(row["n_unknown"])),
                plain(percent(row["share_unknown"])),
            )
            for row in found.iter_rows(named=True)
        ),
        note=Words(
            "未知是缺少内容，既不算通过，也不算不通过。",
            "Unknown means that something is missing: it is neither passed nor failed.",
        ),
    )


_NOT_RUN = Words("没有得出结果的检查及原因", "Checks without a result, and why")
_LEFT_OUT = Words("没有纳入的检查及原因", "Checks left out, and why")


def reasons_table(checks: pl.DataFrame, name: str, caption: Words) -> Table:
    """Checks with the reason why there is nothing to show."""
    return Table(
        name=name,
        caption=caption,
        head=(
            Words("检查内容", "what is checked"),
            _CHECK,
            Words("结果", "state"),
            Words("原因", "reason"),
        ),
        rows=tuple(
            (
                label(_titles(row)),
                Cell(text=row["check"], is_number=False),
                label(STATES[row["shown_state"]]),
                label(Words(row["reason_zh"] or DASH, row["reason_en"] or "")),
            )
            for row in checks.iter_rows(named=True)
        ),
    )


def _titles(row: Mapping[str, Any]) -> Words:
    """What a check asks; its number where nobody has given it words."""
    return Words(row["title_zh"] or row["check"], row["title_en"] or "")


def _text(value: object) -> str:
    """Text of a value, or that it is not known."""
    return NOT_KNOWN.zh if value is None else str(value)


def _rest(found: pl.DataFrame) -> Words | None:
    """Say how many rows are in the workbook alone."""
    more = found.height - ROWS_SHOWN
    if more <= 0:
        return None
    return Words(f"另有{count(more)}行，见工作簿。", f"{count(more)} more are in the workbook.")


def _with_rest(note: Words, found: pl.DataFrame) -> Words:
    """Put both notes together."""
    rest = _rest(found)
    return note if rest is None else Words(f"{note.zh}{rest.zh}", f"{note.en} {rest.en}")
