"""The report as one self-contained page, Chinese first, English beside: no script, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from fanpin_risk.provenance import write_text
from fanpin_risk.report.cautions import MUST_NOT, limits
from fanpin_risk.report.content import ReportContent
from fanpin_risk.report.figure_base import svg_text
from fanpin_risk.report.figure_explanation import indicator_shares
from fanpin_risk.report.figure_missed import missed_words
from fanpin_risk.report.figure_origins import origins_words, reliability_words
from fanpin_risk.report.figure_targeting import (
    differences_words,
    found_words,
    further_rows,
    further_words,
)
from fanpin_risk.report.fonts import LATIN_PAGE_FONTS, PAGE_FONTS
from fanpin_risk.report.lists import MissedGroup, missed_by_place, missed_groups
from fanpin_risk.report.page import PageWords
from fanpin_risk.report.page_areas import AREA_SECTIONS, many_words, near_line_words
from fanpin_risk.report.page_register import register_page
from fanpin_risk.report.page_survey import survey_page
from fanpin_risk.report.readings import (
    FURTHER,
    MODEL,
    RULES,
    compared,
    further_shares,
    share_of,
    whole_cohort,
)
from fanpin_risk.report.rules_told import exit_words, mark_words
from fanpin_risk.report.tables import Cell, Table, with_interval
from fanpin_risk.report.tables_areas import area_tables
from fanpin_risk.report.tables_methods import (
    budget_table,
    difference_table,
    further_table,
    ranking_table,
    unknown_table,
    view_table,
    weighted_table,
)
from fanpin_risk.report.tables_origins import (
    calibration_table,
    fit_table,
    opening_table,
    origin_table,
    over_origins_table,
)
from fanpin_risk.report.tables_population import outcome_table, population_table
from fanpin_risk.report.tables_round import (
    indicator_table,
    input_table,
    missed_table,
    reason_table,
    standards_table,
    team_table,
)
from fanpin_risk.report.tables_rules import rule_tables
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import MADE_UP, NOT_FOR, SLICES, Words, count, percent

SECTIONS: dict[str, Words] = {
    "brief": Words("一页读懂", "In brief"),
    "question": Words("要回答的问题", "The question"),
    "cohort": Words("问谁、问什么", "Cohort, outcome and estimand"),
    "methods": Words("各方法比较", "Methods compared"),
    "visits": Words("同样的走访，找到多少", "Found with equal visits"),
    "views": Words("老户、新户与加权", "Two views, and weighting"),
    "origins": Words("每一期的结果", "Every origin"),
    "calibration": Words("风险数值可信吗", "Calibration"),
    "explanation": Words("分数由什么组成", "What makes up a score"),
    "missed": Words("谁被漏掉", "Who is missed"),
    "unknown": Words("结果未知的户", "Unknown outcomes"),
    "rules": Words("规则怎么说", "What the rules say"),
    "standards": Words("规则与标准", "Rules and standards"),
    "plan": Words("本轮走访计划", "This round's visit plan"),
    "final-fold": Words("最终检验", "The final fold"),
    "quality": Words("数据质量", "Data quality"),
    "limits": Words("局限", "Limits"),
    "not-for": Words("不得用于什么", "What it must not be used for"),
    "source": Words("数据来源与版本", "Source and versions"),
}
"""Sections by name, in the order of the page."""

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("fanpin_risk.report", "templates"),
    autoescape=True,  # every text of a file, a configuration or a rule is escaped
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_report(path: Path, content: ReportContent, figures: Mapping[str, Figure]) -> None:
    """Write the report whole, with figures from `fanpin_risk.report.figures.report_figures`.

    Raises
    ------
    OutputError
        If the file cannot be written; what stood there is unchanged.
    """
    drawn = {
        name: svg_text(figure, label=_figure_label(figure)) for name, figure in figures.items()
    }
    write_text(path, report_html(content, drawn))


def report_html(content: ReportContent, figures: Mapping[str, str]) -> str:
    """Return the report as one page.

    Parameters
    ----------
    content
        What is shown.
    figures
        SVG texts by the names in `fanpin_risk.report.figures.FIGURES`, ``profile`` and those in
        ``AREA_FIGURES`` where there are any, from `svg_text`.

    Returns
    -------
    str
        HTML that asks for nothing from anywhere: styles and figures stand in it, and no script.
        The same content and figures give the same text.
    """
    template = _ENVIRONMENT.get_template("report.html.j2")
    groups = _groups(content)
    return template.render(
        **_facts(content, groups),
        tables=_tables(content, groups),
        figures={name: Markup(svg) for name, svg in figures.items()},
        sections={**sections_of(content), **page_words(content).titles},
        not_for=NOT_FOR,
        fonts=_css(PAGE_FONTS),
        latin_fonts=_css(LATIN_PAGE_FONTS),
        count=count,
        percent=percent,
    )


def sections_of(content: ReportContent) -> dict[str, Words]:
    """Sections of a page, by name: those about places follow the rules where there are any."""
    if content.areas is None:
        return SECTIONS
    names = list(SECTIONS)
    at = names.index("rules") + 1
    ordered = [*names[:at], *AREA_SECTIONS, *names[at:]]
    return {name: (SECTIONS | AREA_SECTIONS)[name] for name in ordered}


def _css(families: Sequence[str]) -> Markup:
    """Font families as a style sheet names them."""
    return Markup(", ".join(f"'{name}'" if " " in name else name for name in families))


def _figure_label(figure: Figure) -> str:
    """Finding above a figure, for those who hear the page."""
    return figure.get_suptitle().replace("\n", " ")


def _facts(content: ReportContent, groups: list[MissedGroup]) -> dict[str, Any]:
    """Everything that the page's sentences name."""
    metrics, manifest = content.metrics, content.manifest
    of_all = whole_cohort(metrics)
    names = further_shares(of_all)
    return {
        "title": content.title,
        "manifest": manifest,
        "horizon": content.horizon_months,
        "made_up": MADE_UP if content.is_made_up else None,
        "said": page_words(content),
        "figures_read": key_figures(content, groups),
        "findings": _findings(content, groups),
        "missed_note": content.terms.missed_note,
        "slices": [(SLICES[k], manifest["plan"]["by_slice"].get(k, 0)) for k in SLICES],
        "notice": Words(*content.plan_notice),
        "openings": metrics.get("final_fold_openings", []),
        "data": content.data,
        "limits": [
            *limits(content.horizon_months, kind=content.outcome.kind),
            *content.data.limits,
        ],
        "must_not": MUST_NOT,
        "largest": names[-1],
        "many_teams": content.teams.height > MANY_TEAMS,
        "many_rules": len(page_words(content).rules) > MANY_RULES,
        "many_cautions": MANY_CAUTIONS,
        "has_told_kinds": any(column.indicator.told_by for column in content.columns),
        "profile_is_shown": content.profile is not None and not content.profile.is_too_small,
        "exits": exit_words(manifest["exits"]) if manifest.get("exits") else None,
        "marks": mark_words(manifest.get("marks_allowed", [])),
        "many": None if content.areas is None else many_words(content.areas.alarm),
        "near_line": None if content.areas is None else near_line_words(content.areas.bunching),
        "many_alarms": MANY_ALARMS,
    }


MANY_TEAMS = 40
"""More are folded away: the workbook lists them too."""
MANY_RULES = 12
"""More are folded away, with the records they stand on: ``rules.parquet`` lists them too."""
MANY_CAUTIONS = 12
"""More are folded away: ``rules.parquet`` lists them too."""


MANY_ALARMS = 24
"""More rows are folded away: ``alarms.parquet`` lists every one."""


def page_words(content: ReportContent) -> PageWords:
    """Return the paragraphs that go with the kind of records."""
    return register_page(content) if content.outcome.kind == "event" else survey_page(content)


@dataclass(frozen=True, kw_only=True)
class KeyFigure:
    """One of the few numbers at the head of the page."""

    words: Words
    cell: Cell
    about: Words


def key_figures(content: ReportContent, groups: list[MissedGroup]) -> list[KeyFigure]:
    """Return the few numbers at the head of the page."""
    metrics, terms = content.metrics, content.terms
    of_all, cohort = whole_cohort(metrics), metrics["cohort"]
    names = further_shares(of_all)
    middle, largest = names[len(names) // 2], names[-1]
    plan = content.manifest["plan"]
    return [
        KeyFigure(
            words=terms.share,
            cell=Cell(
                text=percent(cohort["prevalence_weighted" if terms.is_weighted else "prevalence"])
            ),
            about=_known(cohort, terms),
        ),
        KeyFigure(
            words=Words("模型AUC", "AUC, model"),
            cell=with_interval(of_all.of(MODEL, "auc")),
            about=Words("0.5为随机，1为全对", "0.5 is chance, 1 is perfect"),
        ),
        KeyFigure(
            words=Words(f"必访外+{middle}：模型÷规则", f"further {middle}: model / rules"),
            cell=with_interval(of_all.ratio(MODEL, RULES, FURTHER + middle), decimals=2),
            about=Words(
                f"同样走访，找到的{terms.falls.zh}之比",
                f"{terms.falls.en} found in equally many visits",
            ),
        ),
        KeyFigure(
            words=Words("期望/实际", "expected / observed"),
            cell=with_interval(of_all.of(MODEL, "expected_over_observed"), decimals=2),
            about=Words("1为水平正好", "1 is the right level"),
        ),
        KeyFigure(
            words=Words(f"漏掉（必访+{largest}）", f"missed (must-visits + {largest})"),
            cell=with_interval(groups[0].plan, as_percent=True),
            about=Words(
                f"{terms.fell.zh}而不在名单上", f"of the {terms.falls.en} are not on the list"
            ),
        ),
        KeyFigure(
            words=Words("本轮走访", "visits this round"),
            cell=Cell(text=count(plan["visits"])),
            about=Words(
                " + ".join(f"{SLICES[k].zh}{count(plan['by_slice'].get(k, 0))}" for k in SLICES),
                " + ".join(f"{count(plan['by_slice'].get(k, 0))} {SLICES[k].en}" for k in SLICES),
            ),
        ),
    ]


def _known(cohort: Mapping[str, Any], terms: Terms) -> Words:
    """How many outcomes a share stands on."""
    n, days = count(cohort["n_known"]), cohort["n_origins"]
    if terms.is_weighted:
        return Words(
            f"由{n}个已知结果加权推算，{days}期",
            f"weighted from {n} known outcomes, {days} origins",
        )
    return Words(f"{n}个已知结果，{days}期", f"of {n} known outcomes, {days} origins")


def _findings(content: ReportContent, groups: list[MissedGroup]) -> list[Words]:
    """Sentences that also stand above the figures: none says more than its interval."""
    metrics, terms = content.metrics, content.terms
    of_all = whole_cohort(metrics)
    return [
        further_words([row for row in further_rows(metrics) if row.view == "all"], terms),
        found_words(of_all, float(metrics["cohort"]["share_must_visit"]), terms),
        differences_words(
            {m: of_all.difference(MODEL, m, "auc") for m in compared(of_all) if m != "random"},
            terms,
        ),
        origins_words(metrics["origins"]),
        reliability_words(metrics),
        missed_words(groups, terms),
    ]


def _groups(content: ReportContent) -> list[MissedGroup]:
    """Whom the longest lists miss."""
    of_all = whole_cohort(content.metrics)
    return missed_groups(
        content.predictions,
        content.terms,
        further_share=share_of(further_shares(of_all)[-1]),
        with_intervals=of_all.basis != "none",
    )


def _tables(content: ReportContent, groups: list[MissedGroup]) -> dict[str, Table]:
    """Every table of the page by name."""
    metrics, terms = content.metrics, content.terms
    largest = share_of(further_shares(whole_cohort(metrics))[-1])
    by_place = missed_by_place(content.predictions, terms, further_share=largest)
    tables = [
        ranking_table(metrics, terms),
        budget_table(
            metrics, "precision", terms, caption=terms.precision, note=terms.precision_note
        ),
        budget_table(metrics, "recall", terms, caption=terms.recall, note=terms.recall_note),
        difference_table(metrics, terms),
        further_table(metrics, terms),
        view_table(metrics, terms),
        weighted_table(metrics, terms),
        origin_table(metrics, terms),
        over_origins_table(metrics, terms),
        fit_table(metrics),
        calibration_table(metrics, terms),
        indicator_table(indicator_shares(content.explanation, content.columns)),
        reason_table(content.reasons),
        missed_table(groups, terms, name="missed", caption=terms.missed, note=None),
        missed_table(
            by_place,
            terms,
            name="missed-places",
            caption=terms.by_place,
            note=terms.by_place_note,
        ),
        unknown_table(metrics, terms),
        *rule_tables(page_words(content).rules, content.manifest, content.rules),
        standards_table(content.rules),
        team_table(content.teams),
        input_table(content.manifest),
    ]
    openings = metrics.get("final_fold_openings", [])
    tables += [
        opening_table(entry["result"], terms, name=f"opening-{i}")
        for i, entry in enumerate(openings)
    ]
    if content.areas is not None:
        tables += area_tables(content.areas)
    if "population" in metrics:
        tables += [population_table(metrics, content.manifest), outcome_table(metrics)]
    return {table.name: table for table in tables}
