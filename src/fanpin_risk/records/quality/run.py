"""Run the checks over what was known on a day, and count what was looked at beside what failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fanpin_risk.errors import AccountingError, ConfigError, SchemaError, TimeOrderError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.quality.catalogue import CHECKS, LEFT_OUT, missing_parameters
from fanpin_risk.records.quality.model import Check, Unit, answers
from fanpin_risk.records.quality.settings import QualitySettings
from fanpin_risk.records.quality.states import states_of
from fanpin_risk.records.quality.units import UNITS, Prepared, place_of_households, prepare
from fanpin_risk.settings import nearest

GROUPS = ("source", "place", "month", "batch")
COUNTS = ("n_rows", "n_eligible", "n_evaluated", "n_unknown", "n_failed")
_MARK = ("household_id", "person_id", "record_id", "occurred_on", "batch", "source", "place")
_TEXT = pl.String()

COUNTS_SCHEMA: dict[str, pl.DataType] = {
    "check": _TEXT,
    "table": _TEXT,
    "source": _TEXT,
    "place": _TEXT,
    "month": pl.Date(),
    "batch": _TEXT,
    **dict.fromkeys(COUNTS, pl.Int64()),
}
FAILURES_SCHEMA: dict[str, pl.DataType] = {
    "check": _TEXT,
    "table": _TEXT,
    **{name: pl.Date() if name == "occurred_on" else _TEXT for name in _MARK},
}
USED_TABLES = (
    "household_snapshot",
    "member_snapshot",
    "household_change",
    "work_month",
    "income_item",
    "medical_bill",
    "insurance",
    "listing",
    "exit",
    "support_measure",
)
"""Tables that some check looks at."""


@dataclass(frozen=True, kw_only=True)
class QualityResult:
    """What the checks found on a day.

    Attributes
    ----------
    as_of
        The day; nothing recorded later was looked at.
    counts
        Per check, table, source, place, month (first day of the month in which it occurred) and
        batch: ``n_rows`` looked at, ``n_eligible`` (the check is about them, or may be),
        ``n_evaluated`` (answered), ``n_unknown`` (not answerable), ``n_failed``. Eligible =
        evaluated + unknown, and failed <= evaluated <= eligible <= rows, in every line.
    failures
        One row per failure: check, and the record that is marked. ``person_id`` is null where the
        mark is on a household; ``place`` is null where the household has no snapshot.
    states
        One row per check of the catalogue, made or left out: ``check, scope, severity, title_zh,
        title_en, state, reason_zh, reason_en`` and the counts. ``passed`` means that something was
        evaluated and nothing failed.
    """

    as_of: date
    counts: pl.DataFrame
    failures: pl.DataFrame
    states: pl.DataFrame


def run_checks(
    tables: Mapping[str, pl.DataFrame],
    *,
    as_of: date,
    settings: QualitySettings,
    checks: Collection[str] = tuple(CHECKS),
) -> QualityResult:
    """Run the checks of the catalogue over the newest versions known on a day.

    Parameters
    ----------
    tables
        Contract frames by table name, as known on ``as_of``: one row per record, nothing withdrawn.
        Tables that are not there count as empty; columns beside the contract's are not looked at.
    as_of
        The day of the records. No check reads a clock.
    settings
        The checks' numbers.
    checks
        Numbers of the checks to run; by default all. The others have no counts and no state.

    Raises
    ------
    ConfigError
        If a number is no check's.
    SchemaError
        If a frame lacks a column of its contract, or holds withdrawn records or several versions.
    TimeOrderError
        If a row was recorded after ``as_of``.
    AccountingError
        If the counts of a check do not add up.
    """
    chosen = _chosen(checks)
    known = {name: _contract_frame(name, tables, as_of) for name in USED_TABLES}
    places = place_of_households(known)
    prepared = prepare(known, as_of)
    counts, failures = [], []
    for (unit, table), group in _by_frame(chosen, settings).items():
        frame = _with_answers(_unit_frame(unit, table, prepared), group, settings, places)
        counts += _counts(frame, group)
        failures += [_failures(frame, check) for check in group]
    counted = pl.concat([pl.DataFrame(schema=COUNTS_SCHEMA), *counts])
    check_counts(counted)
    return QualityResult(
        as_of=as_of,
        counts=counted.sort("check", *GROUPS),
        failures=pl.concat([pl.DataFrame(schema=FAILURES_SCHEMA), *failures]).sort(
            "check", "household_id", "record_id"
        ),
        states=states_of(counted, known, settings).filter(
            pl.col("check").is_in([*checks, *(LEFT_OUT if len(chosen) == len(CHECKS) else ())])
        ),
    )


def check_counts(counts: pl.DataFrame) -> None:
    """Make sure that in every line of counts nothing is lost or counted twice.

    Raises
    ------
    AccountingError
        Naming the first check whose counts do not add up.
    """
    rows, eligible, evaluated, unknown, failed = (pl.col(name) for name in COUNTS)
    is_right = (
        (eligible == evaluated + unknown)
        & (failed <= evaluated)
        & (evaluated <= eligible)
        & (eligible <= rows)
        & (failed >= 0)
        & (unknown >= 0)
    )
    wrong = counts.filter(~is_right.fill_null(False))
    if wrong.height:
        line = wrong.row(0, named=True)
        shown = ", ".join(f"{name} {line[name]}" for name in COUNTS)
        raise AccountingError(
            f"Check {line['check']}: the counts do not add up ({shown}). Report this as a fault "
            "of the check; its result cannot be used."
        )


def _contract_frame(name: str, tables: Mapping[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """Contract columns of one table, checked; an empty frame where the table is not there."""
    schema = frame_schema(TABLES[name])
    if name not in tables:
        return pl.DataFrame(schema=schema)
    frame = tables[name]
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise SchemaError(
            f"Table {name} lacks the columns {', '.join(missing)}. Hand over frames with all "
            "columns of the contract."
        )
    chosen = frame.select(*schema)
    wrong = [column for column, dtype in schema.items() if chosen.schema[column] != dtype]
    if wrong:
        raise SchemaError(
            f"Table {name}: {wrong[0]} is {chosen.schema[wrong[0]]}, the contract says "
            f"{schema[wrong[0]]}. Cast it."
        )
    if chosen["is_withdrawn"].any():
        raise SchemaError(f"Table {name} holds withdrawn records. Hand over what is known only.")
    doubled = frame.height - chosen["record_id"].n_unique()
    if doubled:
        raise SchemaError(
            f"Table {name}: {doubled} records of {name} stand there more than once. Hand over the "
            "newest version of each record."
        )
    late = chosen.filter(pl.col("recorded_on") > as_of).height
    if late:
        raise TimeOrderError(
            f"Table {name}: {late} rows were recorded after {as_of}. Hand over what was known then."
        )
    return chosen


def _chosen(numbers: Collection[str]) -> list[Check]:
    """Checks of some numbers, in the catalogue's order."""
    unknown = sorted(set(numbers) - set(CHECKS))
    if unknown:
        raise ConfigError(f"{unknown[0]!r} is no check. {nearest(unknown[0], list(CHECKS))}")
    return [check for check in CHECKS.values() if check.id in numbers]


def _by_frame(
    checks: list[Check], settings: QualitySettings
) -> dict[tuple[Unit, str], list[Check]]:
    """Checks that can run, by the frame that they look at."""
    groups: dict[tuple[Unit, str], list[Check]] = {}
    for check in checks:
        if not missing_parameters(check, settings):
            groups.setdefault((check.unit, check.table), []).append(check)
    return groups


def _unit_frame(unit: Unit, table: str, prepared: Prepared) -> pl.DataFrame:
    """Rows of a table, or the frame of a unit."""
    return prepared.tables[table] if unit == "row" else UNITS[unit](prepared)


def _with_answers(
    frame: pl.DataFrame, checks: list[Check], settings: QualitySettings, places: pl.DataFrame
) -> pl.DataFrame:
    """Marks and groups of a frame's rows, with two columns of answers per check."""
    columns: list[pl.Expr] = []
    for check in checks:
        eligible, failed = answers(check.rule(settings))
        columns += [eligible.alias(f"{check.id} eligible"), failed.alias(f"{check.id} failed")]
    has_person = "person_id" in frame.columns
    person = pl.col("person_id") if has_person else pl.lit(None, dtype=_TEXT).alias("person_id")
    kept = [name for name in _MARK if name not in ("person_id", "place")]
    answered = frame.lazy().select(*kept, person, *columns).collect()
    return answered.join(places, on="household_id", how="left").with_columns(
        month=pl.col("occurred_on").dt.month_start()
    )


def _counts(frame: pl.DataFrame, checks: list[Check]) -> list[pl.DataFrame]:
    """Counts of each check by source, place, month and batch."""
    sums = [pl.len().cast(pl.Int64).alias("n_rows")]
    for check in checks:
        eligible, failed = pl.col(f"{check.id} eligible"), pl.col(f"{check.id} failed")
        for name, condition in (
            ("n_eligible", eligible),
            ("n_evaluated", eligible & failed.is_not_null()),
            ("n_unknown", eligible & failed.is_null()),
            ("n_failed", failed),
        ):
            sums.append(condition.sum().cast(pl.Int64).alias(f"{check.id} {name}"))
    totals = frame.group_by(GROUPS).agg(sums)
    if totals["n_rows"].sum() != frame.height:
        raise AccountingError(
            f"{checks[0].table}: {frame.height} rows were checked and {totals['n_rows'].sum()} "
            "counted. Report this as a fault."
        )
    return [
        totals.select(
            pl.lit(check.id).alias("check"),
            pl.lit(check.table).alias("table"),
            *GROUPS,
            "n_rows",
            *(pl.col(f"{check.id} {name}").alias(name) for name in COUNTS[1:]),
        )
        for check in checks
    ]


def _failures(frame: pl.DataFrame, check: Check) -> pl.DataFrame:
    """Records that a check marks."""
    return frame.filter(pl.col(f"{check.id} failed")).select(
        pl.lit(check.id).alias("check"), pl.lit(check.table).alias("table"), *_MARK
    )
