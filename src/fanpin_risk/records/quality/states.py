"""What became of each check, so that "passed" can never mean "not run"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.quality.catalogue import CHECKS, LEFT_OUT, missing_parameters
from fanpin_risk.records.quality.model import Check
from fanpin_risk.records.quality.settings import QualitySettings

State = Literal[
    "passed",
    "failed",
    "always_fails",
    "not_run",
    "unknown_only",
    "parameter_missing",
    "left_out",
]
N_COLUMNS = ("n_rows", "n_eligible", "n_evaluated", "n_unknown", "n_failed")

STATES_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("check", "scope", "severity", "table", "title_zh", "title_en"), pl.String()),
    **dict.fromkeys(("message_zh", "message_en", "state", "reason_zh", "reason_en"), pl.String()),
    **dict.fromkeys(N_COLUMNS, pl.Int64()),
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """State of a check, and why where it is neither passed nor failed."""

    state: State
    reason_zh: str = ""
    reason_en: str = ""


def states_of(
    counts: pl.DataFrame, tables: Mapping[str, pl.DataFrame], settings: QualitySettings
) -> pl.DataFrame:
    """One row per check of the catalogue, in the order of numbers.

    Parameters
    ----------
    counts
        ``check`` and the counts; a check without a line looked at no row.
    tables
        The frames that were checked, to name the empty ones.
    settings
        The checks' numbers.

    Returns
    -------
    pl.DataFrame
        Columns of `STATES_SCHEMA`.
    """
    totals = {
        line["check"]: {name: line[name] for name in N_COLUMNS}
        for line in counts.group_by("check").agg(pl.col(N_COLUMNS).sum()).iter_rows(named=True)
    }
    nothing = dict.fromkeys(N_COLUMNS, 0)
    rows = [
        _made(check, totals.get(check.id, nothing), tables, settings) for check in CHECKS.values()
    ]
    return pl.DataFrame([*rows, *_left_out()], schema=STATES_SCHEMA, orient="row").sort("check")


def _made(
    check: Check,
    n: dict[str, int],
    tables: Mapping[str, pl.DataFrame],
    settings: QualitySettings,
) -> dict[str, object]:
    """Row of a check that is made here."""
    outcome = outcome_of(check, n, tables, settings)
    return {
        **{name: getattr(check, name) for name in STATES_SCHEMA if hasattr(check, name)},
        "check": check.id,
        **vars(outcome),
        **n,
    }


def _left_out() -> list[dict[str, object]]:
    """Rows of the checks that are not made here."""
    return [
        {
            **dict.fromkeys(STATES_SCHEMA, None),
            **vars(entry),
            "check": entry.id,
            "state": "left_out",
            **dict.fromkeys(N_COLUMNS, 0),
        }
        for entry in LEFT_OUT.values()
    ]


def outcome_of(
    check: Check,
    n: dict[str, int],
    tables: Mapping[str, pl.DataFrame],
    settings: QualitySettings,
) -> Outcome:
    """State of one check from its counts.

    "always_fails" needs as many evaluated rows as the settings say; with fewer it is "failed".
    """
    missing = missing_parameters(check, settings)
    if missing:
        names = ", ".join(missing)
        return Outcome(
            state="parameter_missing",
            reason_zh=f"未运行：缺少参数 {names}，请在质量配置中填写数值和来源",
            reason_en=f"not run: no value for {names}. Give it with its source in the settings",
        )
    if n["n_eligible"] == 0:
        return _not_run(check, tables)
    if n["n_evaluated"] == 0:
        return Outcome(
            state="unknown_only",
            reason_zh=f"涉及的{n['n_eligible']}条均缺少所需字段，无法判断",
            reason_en=f"all {n['n_eligible']} rows concerned lack a field that is needed",
        )
    needed = settings.value("always_fails_from_rows")
    if needed is not None and n["n_failed"] == n["n_evaluated"] >= needed:
        return Outcome(
            state="always_fails",
            reason_zh=f"能判断的{n['n_evaluated']}条全部不通过（另有{n['n_unknown']}条无法判断），"
            "请检查来源映射或该检查本身",
            reason_en=f"all {n['n_evaluated']} rows that can be answered fail "
            f"({n['n_unknown']} cannot): look at the source file or the check",
        )
    return Outcome(state="failed" if n["n_failed"] else "passed")


def _not_run(check: Check, tables: Mapping[str, pl.DataFrame]) -> Outcome:
    """Say why a check was about no row: a table is empty, or no row is of its kind."""
    needed = dict.fromkeys([check.table, *(need.split(".")[0] for need in check.needs)])
    empty = [name for name in needed if tables[name].height == 0]
    if empty:
        zh = "、".join(TABLES[name].title_zh for name in empty)
        return Outcome(
            state="not_run",
            reason_zh=f"未运行：没有{zh}的记录",
            reason_en=f"not run: no records in {', '.join(empty)}",
        )
    return Outcome(
        state="not_run",
        reason_zh="未运行：没有适用的记录",
        reason_en="not run: no record that the check is about",
    )
