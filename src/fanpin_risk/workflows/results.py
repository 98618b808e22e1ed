"""Result files by their fixed names, written whole or not at all, with a manifest beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.config import Configuration, Project
from fanpin_risk.provenance import digest_of_value, package_versions, write_json
from fanpin_risk.records.read import ReadResult
from fanpin_risk.report.workbook import write_visit_workbook
from fanpin_risk.workflows.score import Scoring
from fanpin_risk.workflows.train import PACKAGES

MANIFEST = "manifest.json"


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame so that equal frames give equal bytes."""
    frame.write_parquet(path, compression="zstd", compression_level=3, statistics=True)


def write_scoring(folder: Path, scoring: Scoring, configuration: Configuration) -> None:
    """Write every file of one day's scoring into a folder that is swapped in afterwards."""
    frames = {
        "scores": scoring.scores,
        "contributions": scoring.contributions,
        "reasons": scoring.reasons,
        "findings": scoring.findings,
        "rules": scoring.rules,
        "not_scored": scoring.not_scored,
    }
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
        "configuration": configuration.model_dump(mode="json"),
        "configuration_digest": configuration_digest(project),
        "standards_digest": project.standards.digest(),
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
        "findings": {
            "cannot_tell": scoring.n_cannot_tell,
            "not_met": dict(not_met.iter_rows()),
            "not_met_by_place": [dict(row) for row in by_place],
        },
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


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of a run."""
    write_json(folder / MANIFEST, content)


def configuration_digest(project: Project) -> str:
    """Fingerprint of configuration and source, for records and manifests."""
    content = {
        "configuration": project.configuration.model_dump(mode="json"),
        "source": project.source.model_dump(mode="json"),
        "standards": project.standards.digest(),
    }
    return digest_of_value(content)[:16]


def summary_rows(metrics: Mapping[str, Any], further_shares: tuple[float, ...]) -> list[list[str]]:
    """Short table of methods and measures at the visit budgets, for the screen."""
    from fanpin_risk.risk.metrics import budget_name
    from fanpin_risk.workflows.fit import METHODS

    found = metrics["views"]["all"]["methods"]
    rows = []
    for method in METHODS:
        row = [method, _number(found[method].get("auc")), _number(found[method].get("average_precision"))]
        for share in (0.0, *further_shares):
            name = budget_name(share, beside_must_visits=True)
            precision = found[method].get(f"precision_at_{name}")
            recall = found[method].get(f"recall_at_{name}")
            row.append(f"{_number(precision)} / {_number(recall)}")
        rows.append(row)
    return rows


def _number(row: Mapping[str, Any] | None) -> str:
    """Return a value with three decimals, or a dash."""
    value = None if row is None else row.get("value")
    return "–" if value is None else f"{value:.3f}"


