"""What a quality report shows, checked: rows add up, and every table has its columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from fanpin_risk.errors import AccountingError, SchemaError
from fanpin_risk.report.words import Words

_COUNTS = ("n_eligible", "n_evaluated", "n_unknown", "n_failed")

COLUMNS: dict[str, dict[str, pl.DataType]] = {
    "batches": {
        "batch": pl.String(),
        "received_on": pl.Date(),
        "source": pl.String(),
        "source_title_zh": pl.String(),
        "source_title_en": pl.String(),
        "file": pl.String(),
        "rows_read": pl.Int64(),
        "rows_accepted": pl.Int64(),
        "rows_quarantined": pl.Int64(),
        "rows_new": pl.Int64(),
        "rows_corrected": pl.Int64(),
        "rows_withdrawn": pl.Int64(),
        "rows_unchanged": pl.Int64(),
    },
    "checks": {
        "check": pl.String(),
        "scope": pl.String(),
        "severity": pl.String(),
        "title_zh": pl.String(),
        "title_en": pl.String(),
        "state": pl.String(),
        "reason_zh": pl.String(),
        "reason_en": pl.String(),
        **dict.fromkeys(_COUNTS, pl.Int64()),
    },
    "counts": {
        "check": pl.String(),
        "table": pl.String(),
        "source": pl.String(),
        "place": pl.String(),
        "month": pl.Date(),
        "batch": pl.String(),
        **dict.fromkeys(("n_rows", *_COUNTS), pl.Int64()),
    },
    "failures": {
        "check": pl.String(),
        "table": pl.String(),
        "household_id": pl.String(),
        "record_id": pl.String(),
        "occurred_on": pl.Date(),
        "batch": pl.String(),
        "source": pl.String(),
        "place": pl.String(),
    },
    "quarantine": {
        "batch": pl.String(),
        "source": pl.String(),
        "check": pl.String(),
        "n_rows": pl.Int64(),
        "reason_zh": pl.String(),
        "reason_en": pl.String(),
    },
}
"""Columns and types of the tables of a `QualityReport`; further columns are left out."""

NOTHING_EVALUATED = "nothing_evaluated"
STATES: dict[str, Words] = {
    "passed": Words("通过", "passed"),
    "failed": Words("有问题", "failed"),
    "always_fails": Words("全部不通过：先查检查本身", "always fails: look at the check itself"),
    NOTHING_EVALUATED: Words("一条也没有判", "nothing evaluated"),
    "unknown_only": Words("未运行：所需内容全部未知", "not run: all that it needs is unknown"),
    "not_run": Words("未运行：没有适用的记录", "not run: no record it applies to"),
    "parameter_missing": Words("未运行：缺少参数", "not run: parameter missing"),
    "left_out": Words("未纳入", "left out"),
}
"""How a check came out. A check that "passed" without evaluating anything is shown as
`NOTHING_EVALUATED`."""
WITHOUT_ANSWER = (NOTHING_EVALUATED, "unknown_only", "not_run", "parameter_missing")
"""States in which nothing is known about what the check asks."""

SCOPES: dict[str, Words] = {
    "field": Words("单项", "field"),
    "household": Words("户内", "household"),
    "cross": Words("跨表", "across tables"),
}
SEVERITIES: dict[str, Words] = {
    "error": Words("隔离", "error: quarantined"),
    "warning": Words("标记", "warning: marked"),
}


@dataclass(frozen=True, kw_only=True)
class QualityReport:
    """Everything that a quality report shows.

    Attributes
    ----------
    as_of
        The day whose knowledge was checked.
    title_zh, title_en
        What stands above the page and the workbook.
    batches
        One row per file that arrived: rows read = accepted + quarantined, and accepted = new +
        corrected + withdrawn + unchanged.
    checks
        One row per check: its state (a key of `STATES`), with the reason where it did not run or is
        left out, and its counts; null counts where there are none.
    counts
        The same counts by table, source, place, month (its first day) and batch.
    failures
        One row per failure, for the officers. Never on the page, which shows counts alone.
    quarantine
        Rows by kind of fault. A row with two faults is counted at both.

    Each has the columns of `COLUMNS`, or no rows and no columns at all.
    """

    as_of: date
    title_zh: str
    title_en: str
    batches: pl.DataFrame
    checks: pl.DataFrame
    counts: pl.DataFrame
    failures: pl.DataFrame
    quarantine: pl.DataFrame


def checked_report(report: QualityReport) -> QualityReport:
    """Return the report with the columns of `COLUMNS` alone, once everything adds up.

    Raises
    ------
    SchemaError
        If a column is missing or of another type, or a state is unknown.
    AccountingError
        If rows read are not accepted + quarantined, or a check's counts contradict each other.

    Examples
    --------
    >>> none = pl.DataFrame()
    >>> report = QualityReport(as_of=date(2023, 5, 31), title_zh="质量", title_en="Quality",
    ...     batches=none, checks=none, counts=none, failures=none, quarantine=none)
    >>> checked_report(report).checks.columns[:3]
    ['check', 'scope', 'severity']
    """
    tables = {name: _typed(name, getattr(report, name)) for name in COLUMNS}
    _require_known_states(tables["checks"])
    _require_rows_add_up(tables["batches"])
    _require_counts_agree("checks", tables["checks"].drop_nulls(_COUNTS))
    _require_counts_agree("counts", tables["counts"])
    _require_no_more_than_rows(tables["counts"])
    return replace(
        report,
        batches=tables["batches"],
        checks=tables["checks"],
        counts=tables["counts"],
        failures=tables["failures"],
        quarantine=tables["quarantine"],
    )


def shown_states(checks: pl.DataFrame) -> pl.DataFrame:
    """Checks with ``shown_state``: "passed" only where something was evaluated.

    Examples
    --------
    >>> checks = pl.DataFrame({"state": ["passed", "passed"], "n_evaluated": [0, 5]})
    >>> shown_states(checks)["shown_state"].to_list()
    ['nothing_evaluated', 'passed']
    """
    is_empty = (pl.col("state") == "passed") & (pl.col("n_evaluated").fill_null(0) == 0)
    return checks.with_columns(
        shown_state=pl.when(is_empty).then(pl.lit(NOTHING_EVALUATED)).otherwise("state")
    )


def _typed(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Take the columns of one table in their types; nothing at all is an empty table."""
    schema = COLUMNS[name]
    if not table.columns:
        return pl.DataFrame(schema=schema)
    missing = [column for column in schema if column not in table.columns]
    if missing:
        raise SchemaError(
            f"The quality report's table {name!r} lacks the columns {missing}. "
            f"It needs {list(schema)}."
        )
    try:
        return table.select(list(schema)).cast(pl.Schema(schema))
    except pl.exceptions.PolarsError as error:
        given = {column: str(table.schema[column]) for column in schema}
        raise SchemaError(
            f"The quality report's table {name!r} has columns of other types: {given}. "
            f"It needs { ({column: str(kind) for column, kind in schema.items()}) }."
        ) from error


def _require_known_states(checks: pl.DataFrame) -> None:
    """Refuse a state that has no words."""
    known = [state for state in STATES if state != NOTHING_EVALUATED]
    wrong = checks.filter(~pl.col("state").is_in(known).fill_null(False))
    if not wrong.is_empty():
        row = wrong.row(0, named=True)
        raise SchemaError(
            f"Check {row['check']} has the unknown state {row['state']!r}. Use one of {known}."
        )


def _require_rows_add_up(batches: pl.DataFrame) -> None:
    """Refuse a file of which rows went missing between reading and the store."""
    parts = pl.col("rows_accepted") + pl.col("rows_quarantined")
    wrong = batches.filter(~(pl.col("rows_read") == parts).fill_null(False))
    if not wrong.is_empty():
        row = wrong.row(0, named=True)
        raise AccountingError(
            f"Batch {row['batch']}, file {row['file']}: {row['rows_read']} rows read, but "
            f"{row['rows_accepted']} accepted + {row['rows_quarantined']} quarantined. "
            "No report is written; compare the batch's manifest with its file."
        )


def _require_counts_agree(name: str, table: pl.DataFrame) -> None:
    """Refuse counts of a check that contradict each other."""
    eligible, evaluated, unknown, failed = (pl.col(column) for column in _COUNTS)
    agree = (
        (eligible == evaluated + unknown)
        & (failed <= evaluated)
        & pl.all_horizontal(pl.col(_COUNTS) >= 0)
    )
    wrong = table.filter(~agree.fill_null(False))
    if not wrong.is_empty():
        row = wrong.row(0, named=True)
        raise AccountingError(
            f"Check {row['check']} in {name!r} has counts that contradict each other: "
            f"{ ({column: row[column] for column in _COUNTS}) }. Eligible must be evaluated + "
            "unknown, and no more can fail than were evaluated."
        )


def _require_no_more_than_rows(counts: pl.DataFrame) -> None:
    """Refuse counts of more than there is."""
    wrong = counts.filter(~(pl.col("n_eligible") <= pl.col("n_rows")).fill_null(False))
    if not wrong.is_empty():
        row = wrong.row(0, named=True)
        raise AccountingError(
            f"Check {row['check']} counts {row['n_eligible']} eligible of {row['n_rows']} rows. "
            "No more can be eligible than there are."
        )
