"""What a file's pieces came to, counted: rows, faults, mended values, checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import AccountingError
from fanpin_risk.records.apart import Apart
from fanpin_risk.records.files import LINE, Piece
from fanpin_risk.records.resolve import STATES
from fanpin_risk.records.rows import FAULTS_SCHEMA


@dataclass(kw_only=True)
class Found:
    """What one piece of a file came to."""

    staged: dict[tuple[int, str], Path]
    hashes: dict[int, pl.DataFrame]
    lines: pl.Series
    faults: pl.DataFrame
    apart: Apart
    marks: pl.DataFrame
    mended: Counter[tuple[str, str]]
    n_blank: int
    sent_again: pl.DataFrame
    checked: Counter[tuple[str, str]] = field(default_factory=Counter)


def accounts_of(
    where: str,
    tables: Sequence[str],
    found: Sequence[Found],
    special: dict[str, pl.Series],
    states: pl.DataFrame,
    aside: pl.DataFrame,
    rows_read: int,
) -> dict[str, int]:
    """Count rows by what became of them, and check that each went one way."""
    _require_every_line_once(where, found, aside)
    n_of: Counter[int] = Counter()
    new = pl.lit(STATES.index("new"), dtype=pl.Int8)
    for one in found:
        plain = [
            frame.filter(~pl.col("hash").is_in(special[tables[k]].implode()))
            for k, frame in one.hashes.items()
        ]
        lines = pl.concat([frame.select(LINE) for frame in plain]).unique()
        judged = states.join(one.lines.to_frame(LINE), on=LINE, how="semi")
        graded = pl.concat([judged, lines.with_columns(grade=new)]).join(aside, on=LINE, how="anti")
        worst = graded.group_by(LINE).agg(pl.col("grade").max())["grade"]
        n_of.update(dict(worst.value_counts().iter_rows()))
    counts = {f"rows_{state}": n_of[grade] for grade, state in enumerate(STATES)}
    rows_accepted = sum(counts.values())
    if rows_read != rows_accepted + aside.height:
        raise AccountingError(
            f"{where}: read {rows_read} rows, accepted {rows_accepted}, quarantined "
            f"{aside.height}. A row was lost or doubled; nothing is taken in. Please report "
            "this file's layout."
        )
    return {
        "rows_read": rows_read,
        "rows_accepted": rows_accepted,
        "rows_quarantined": aside.height,
        **counts,
    }


def _require_every_line_once(where: str, found: Sequence[Found], aside: pl.DataFrame) -> None:
    """Raise unless each line was read once, and every row set aside is one that was read."""
    last, n_aside = 0, 0
    for one in found:
        if not one.lines.len():
            continue
        first = int(one.lines.sort()[0])
        if one.lines.n_unique() != one.lines.len() or first <= last:
            break
        last = int(one.lines.sort()[-1])
        n_aside += aside.join(one.lines.to_frame(LINE), on=LINE, how="semi").height
    else:
        if n_aside == aside.height:
            return
    raise AccountingError(
        f"{where}: a row was lost or doubled while reading; nothing is taken in. "
        "Please report this file's layout."
    )


_UNSPLIT_WORDS = {
    "fields": ("字段数与表头不符", "the number of fields is not the header's"),
    "quotes": ("引号不成对或位置不对", "quotes are not closed, or stand where none belong"),
    "encoding": ("本行不是文件所用编码的文字", "the line is not in the file's encoding"),
}


def unsplit_faults(piece: Piece) -> pl.DataFrame:
    """Fault lines of the lines that are no rows."""
    rows = [
        (line, check, "", *_UNSPLIT_WORDS[check])
        for line, check in piece.unsplit.select(LINE, "check").iter_rows()
    ]
    return pl.DataFrame(rows, schema=FAULTS_SCHEMA, orient="row")


def fault_counts(faults: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows by kind of fault and column, with the words."""
    counted = (
        faults.group_by("check", "columns", "reason_zh", "reason_en")
        .agg(n_rows=pl.col(LINE).n_unique())
        .sort("check", "columns", "reason_en")
    )
    return counted.to_dicts()


def mended_counts(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Values by column and rule by which they were mended."""
    total: Counter[tuple[str, str]] = Counter()
    for one in found:
        total.update(one.mended)
    return [{"column": c, "rule": r, "n_values": n} for (c, r), n in sorted(total.items())]


def check_counts(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Rows eligible, evaluated, unknown and failed, by check of single rows."""
    total: Counter[tuple[str, str]] = Counter()
    for one in found:
        total.update(one.checked)
    names = sorted({check for check, _ in total})
    return [
        {
            "check": check,
            **{
                n: total[check, n]
                for n in ("n_rows", "n_eligible", "n_evaluated", "n_unknown", "n_failed")
            },
        }
        for check in names
    ]
