"""Result files by their fixed names, written whole or not at all, with a manifest beside them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.config import Configuration, Project
from fanpin_risk.outcomes.flow import EXCLUDED
from fanpin_risk.provenance import digest_of_value, package_versions, write_json
from fanpin_risk.records.read import ReadResult
from fanpin_risk.report.workbook import write_visit_workbook
from fanpin_risk.risk.metrics import budget_name
from fanpin_risk.targeting.plan import recall_notice
from fanpin_risk.workflows.change import change_row
from fanpin_risk.workflows.fit import METHODS
from fanpin_risk.workflows.rule_counts import register_counts
from fanpin_risk.workflows.score import Scoring
from fanpin_risk.workflows.train import PACKAGES

MANIFEST = "manifest.json"
MOST_RULES_PRINTED = 5
"""So many rules that cannot tell are named on the screen; the manifest has all."""
_FOUND = {True: "有 yes", False: "未见 not seen", None: "无法判断 cannot tell"}


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame so that equal frames give equal bytes.

    The file itself is written by Python: Polars does not pass on that a disk is full.
    """
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd", compression_level=3, statistics=True)
    path.write_bytes(content.getvalue())


def write_scoring(folder: Path, scoring: Scoring, configuration: Configuration) -> None:
    """Write every file of one day's scoring into a folder that is swapped in afterwards."""
    frames = {
        "scores": scoring.scores,
        "contributions": scoring.contributions,
        "cause_contributions": scoring.cause_contributions,
        "reasons": scoring.reasons,
        "findings": scoring.findings,
        "rules": scoring.rules,
        "not_scored": scoring.not_scored,
    }
    if scoring.register is not None:
        frames |= scoring.register.files()
    if scoring.beside is not None:
        frames["beside_rules"] = scoring.beside
    if scoring.changes is not None:
        frames["changes"] = scoring.changes.frame
    for name, frame in frames.items():
        write_parquet(frame, folder / f"{name}.parquet")
    write_plan(folder, scoring, configuration)


def write_plan(folder: Path, scoring: Scoring, configuration: Configuration) -> None:
    """Write the visit plan, the draw behind it, and the workbook for the teams."""
    plan = scoring.plan
    write_parquet(plan.visits, folder / "visit_plan.parquet")
    write_parquet(plan.frame, folder / "audit_frame.parquet")
    write_parquet(plan.teams, folder / "teams.parquet")
    write_visit_workbook(
        plan.visits,
        plan.teams,
        folder / "visit_plan.xlsx",
        as_of=scoring.as_of,
        title_zh=configuration.title_zh,
        title_en=configuration.title_en,
        created=scoring.as_of,
        notice=recall_notice(plan),
    )


def write_quarantine(folder: Path, read: ReadResult) -> None:
    """Write what was set aside on reading, with its reasons."""
    write_parquet(read.quarantine, folder / "quarantine.parquet")


def manifest(
    project: Project,
    read: ReadResult,
    scoring: Scoring,
    *,
    model_version: str,
    timings_seconds: Mapping[str, float],
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """What a run stands on: configuration, inputs, versions, counts; nothing about a person."""
    configuration = project.configuration
    not_met = scoring.not_met.group_by("rule").agg(pl.col("n").sum()).sort("rule")
    by_place = scoring.not_met.sort("rule", "place").iter_rows(named=True)
    return {
        "name": configuration.name,
        "as_of": str(scoring.as_of),
        "estimand": configuration.estimand,
        "outcome": asdict(scoring.words),
        "left_out": {name: list(words) for name, words in scoring.left_out.items()},
        "configuration": configuration.model_dump(mode="json"),
        "configuration_digest": configuration_digest(project),
        "standards_digest": project.standards.digest(),
        "marks_allowed": sorted(project.standards.marks_allowed),
        "regime_bridge": _bridge(project),
        "readings": project.standards.readings.model_dump(mode="json"),
        "model_version": model_version,
        "inputs": [
            {
                "file": count.file,
                "sha256": count.sha256,
                "rows_read": count.rows_read,
                "rows_accepted": count.rows_accepted,
                "rows_quarantined": count.rows_quarantined,
                "columns_not_used": list(count.columns_not_used),
            }
            for count in read.files
        ],
        "records": read.records.row_counts(),
        "households": {
            "visited": scoring.n_visited,
            "scored": scoring.scores.height,
            "not_scored": scoring.not_scored.height,
            "income_or_line_not_known": scoring.n_income_not_known,
        },
        "not_scored_by_reason": scoring.n_not_scored,
        "findings": {
            "met": scoring.n_met,
            "cannot_tell": scoring.n_cannot_tell,
            "not_met": dict(not_met.iter_rows()),
            "not_met_by_place": [dict(row) for row in by_place],
        },
        "contributions": {
            "way": str(scoring.way),
            "fell_back_because": scoring.fell_back_because,
        },
        **register_counts(scoring.register),
        **({} if scoring.changes is None else {"changes": scoring.changes.counts()}),
        "plan": {
            "visits": scoring.plan.visits.height,
            "by_slice": dict(sorted(scoring.plan.visits["slice"].value_counts().iter_rows())),
            "visits_needed_for_recall": scoring.plan.visits_needed_for_recall,
        },
        "codes_not_seen_in_training": scoring.unseen_codes,
        "versions": package_versions(PACKAGES),
        "timings_seconds": {name: round(value, 1) for name, value in timings_seconds.items()},
        **extra,
    }


def _bridge(project: Project) -> str | None:
    """The regimes that the configuration joins, as it writes them; None where it joins none."""
    bridge = project.standards.bridge
    return None if bridge is None else str(bridge)


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of a run."""
    write_json(folder / MANIFEST, content)


def configuration_digest(project: Project) -> str:
    """Fingerprint of configuration and source, for records and manifests."""
    content = {
        "configuration": project.configuration.model_dump(mode="json"),
        "source": None if project.source is None else project.source.model_dump(mode="json"),
        "standards": project.standards.digest(),
    }
    return digest_of_value(content)[:16]


def summary_table(
    metrics: Mapping[str, Any], further_shares: tuple[float, ...]
) -> tuple[list[str], list[list[str]]]:
    """Short table of methods and measures at the visit budgets, for the screen: header and rows.

    At each budget, the must-visits and a share of the cohort, stand precision and recall.
    """
    found = metrics["views"]["all"]["methods"]
    budgets = [budget_name(share, beside_must_visits=True) for share in (0.0, *further_shares)]
    header = ["方法 method", "AUC", "AP", *[f"{name} P / R" for name in budgets]]
    rows = []
    for method in [name for name in METHODS if name in found]:
        values = found[method]
        lists = [
            f"{_number(values.get(f'precision_at_{name}'))} / "
            f"{_number(values.get(f'recall_at_{name}'))}"
            for name in budgets
        ]
        rows.append(
            [method, _number(values.get("auc")), _number(values.get("average_precision")), *lists]
        )
    return header, rows


def print_rows(content: Mapping[str, Any]) -> list[str]:
    """What a user must be told after scoring, a line each: counts, and what could not be told."""
    lines = [
        f"{file['file']}: 读入 read {file['rows_read']} = 接受 accepted {file['rows_accepted']} + "
        f"隔离 quarantined {file['rows_quarantined']}"
        + (
            f"；未使用的列 columns not used: {', '.join(file['columns_not_used'])}"
            if file["columns_not_used"]
            else ""
        )
        for file in content["inputs"]
    ]
    households = content["households"]
    lines.append(f"{content['as_of']}: {_asked_about(content)}")
    if households["income_or_line_not_known"]:
        lines.append(
            f"其中收入或线不明 of them income or line not known: "
            f"{households['income_or_line_not_known']}（按其余指标评分 scored on the rest）"
        )
    lines += _cannot_tell_rows(content["findings"]["cannot_tell"])
    if "areas" in content:
        lines += _area_rows(content["areas"])
    if "changes" in content:
        lines.append(change_row(content["changes"]))
    if content["contributions"]["fell_back_because"]:
        lines.append(
            "理由改用LightGBM自带的算法（较慢） contributions by LightGBM's own slow way: "
            f"{content['contributions']['fell_back_because']}"
        )
    for column, count in content["codes_not_seen_in_training"].items():
        if count:
            lines.append(f"训练时未见的代码 codes not seen in training: {column} {count}")
    return lines


def _cannot_tell_rows(counts: Mapping[str, int]) -> list[str]:
    """Rules that cannot tell of most households, a line each, and how many others there are.

    Examples
    --------
    >>> _cannot_tell_rows({"a": 1, "b": 2})
    ['规则无法判断 rule cannot tell: b 2', '规则无法判断 rule cannot tell: a 1']
    """
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = [f"规则无法判断 rule cannot tell: {rule} {n}" for rule, n in ordered]
    n_more = len(rows) - MOST_RULES_PRINTED
    if n_more <= 0:
        return rows
    more = f"另有{n_more}条规则无法判断 and {n_more} more rules that cannot tell: {MANIFEST}"
    return [*rows[:MOST_RULES_PRINTED], more]


def _area_rows(areas: Mapping[str, Any]) -> list[str]:
    """Say what rang, and whether records bunch at the line.

    Examples
    --------
    >>> counts = {"months": 24, "alarms": 3, "alarms_last_month": 1, "last_month": "2025-07"}
    >>> for row in _area_rows(
    ...     {"alarm": counts, "bunching": {"line": "l", "below": True, "above": None}}
    ... ):
    ...     print(row)
    成规模预警 alarms for many at once: 2025-07 1, 24个月 months 3
    收入记录聚集 incomes on record bunch at l: 线下 below 有 yes, 线上 above 无法判断 cannot tell
    """
    alarm, bunching = areas["alarm"], areas["bunching"]
    rang = (
        f"{alarm['last_month']} {alarm['alarms_last_month']}, {alarm['months']}个月 months "
        f"{alarm['alarms']}"
    )
    sides = {"below": "线下 below", "above": "线上 above"}
    said = ", ".join(f"{words} {_FOUND[bunching[side]]}" for side, words in sides.items())
    return [
        f"成规模预警 alarms for many at once: {rang if alarm['months'] else _FOUND[None]}",
        f"收入记录聚集 incomes on record bunch at {bunching['line']}: {said}",
    ]


def _asked_about(content: Mapping[str, Any]) -> str:
    """Count who could be asked about, who was scored, and who not, in the words of the basis."""
    households = content["households"]
    if content["configuration"]["basis"] == "survey":
        return (
            f"走访 visited {households['visited']} = 评分 scored {households['scored']} + "
            f"已低于收入线 below the line already {households['not_scored']}"
        )
    reasons = "，".join(
        f"{EXCLUDED[name][0].split('：')[0]} {name} {count}"
        for name, count in content["not_scored_by_reason"].items()
    )
    return (
        f"在册 on record {households['visited']} = 评分 scored {households['scored']} + "
        f"不预测 not asked about {households['not_scored']}（{reasons}）"
    )


def _number(row: Mapping[str, Any] | None) -> str:
    """Return a value with three decimals, or a dash."""
    value = None if row is None else row.get("value")
    return "-" if value is None else f"{value:.3f}"
