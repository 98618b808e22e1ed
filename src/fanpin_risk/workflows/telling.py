"""Report, figures and model card of a run: what is told to people, put together in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.config import Project
from fanpin_risk.indicators.catalogue import catalogue_of, columns_of
from fanpin_risk.report.card import model_card
from fanpin_risk.report.content import DataNote, ReportContent
from fanpin_risk.report.figures import report_figures
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.html import write_report
from fanpin_risk.report.terms import terms_of
from fanpin_risk.report.words import Words
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.targeting.plan import recall_notice
from fanpin_risk.workflows.basis import basis_of
from fanpin_risk.workflows.plan_profile import plan_profile, planned_for_a_reason
from fanpin_risk.workflows.score import Scoring


def data_note(project: Project) -> DataNote:
    """Who published the records, and what they cannot show, as the source file has it.

    Of finished record tables the configuration says it.
    """
    source = project.source or project.configuration.records.about
    assert source is not None, "the configuration says what the records are"
    return DataNote(
        title=Words(source.title_zh, source.title_en),
        publisher=source.publisher,
        limits=tuple(Words(limit.zh, limit.en) for limit in source.limits),
    )


def report_content(
    project: Project,
    scoring: Scoring,
    *,
    metrics: Mapping[str, Any],
    manifest: Mapping[str, Any],
    predictions: pl.DataFrame,
) -> ReportContent:
    """Everything that figures and report are made from."""
    configuration = project.configuration
    planned = planned_for_a_reason(scoring.plan.visits)
    return ReportContent(
        title=Words(configuration.title_zh, configuration.title_en),
        metrics=metrics,
        manifest=manifest,
        predictions=predictions,
        explanation=scoring.explanation,
        columns=scoring.columns,
        reasons=scoring.reasons,
        rules=scoring.rules,
        teams=scoring.plan.teams,
        plan_notice=recall_notice(scoring.plan),
        data=data_note(project),
        areas=None if scoring.register is None else scoring.register.areas,
        profile=None
        if planned.is_empty()
        else plan_profile(
            planned,
            scoring.scores,
            scoring.reasons,
            scoring.cause_contributions,
            seed=configuration.backtest.seed,
        ),
    )


def write_telling(
    folder: Path, content: ReportContent, *, notice: Callable[[str], None]
) -> dict[str, Path]:
    """Write the report and every figure as a picture; returns the pictures by name.

    Parameters
    ----------
    folder
        Folder of the results.
    content
        From `report_content`.
    notice
        Told once when no Chinese font is there and figures are in English.
    """
    figures = report_figures(content, font=figure_font(notice=notice))
    write_report(folder / "report.html", content, figures)
    pictures = {}
    (folder / "figures").mkdir()
    for name, figure in figures.items():
        pictures[name] = folder / "figures" / f"{name}.png"
        figure.savefig(pictures[name], dpi=150, metadata={"Software": None})
    return pictures


def card_text(project: Project, model: StoredModel, metrics: Mapping[str, Any] | None) -> str:
    """Card of a model, for its folder."""
    configuration = project.configuration
    columns = columns_of(catalogue_of(configuration.indicators))
    return model_card(
        model,
        title=Words(configuration.title_zh, configuration.title_en),
        data=data_note(project),
        columns=columns,
        outcome=basis_of(configuration, project.standards).words,
        terms=terms_of(configuration.model_dump(mode="json"), columns),
        metrics=metrics,
        is_made_up=configuration.records.simulate is not None,
    )
