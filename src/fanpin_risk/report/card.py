"""The model card: what a model is, what it is for, how well it does, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fanpin_risk.causes import CAUSE_WORDS
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.report.cautions import MUST_NOT, limits
from fanpin_risk.report.content import DataNote
from fanpin_risk.report.readings import (
    FURTHER,
    MODEL,
    RULES,
    further_shares,
    interval_words,
    view,
    whole_cohort,
)
from fanpin_risk.report.tables import Cell, with_interval
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import (
    ESTIMANDS,
    MADE_UP,
    NOT_FOR,
    Words,
    count,
    number,
    percent,
    words_of,
)
from fanpin_risk.risk.artifact import StoredModel

PURPOSE = Words(
    "走访次数有限时，在规则必访户之外，提示还可以先走访哪些户，去了解情况、提供帮扶。",
    "Where visits are few: beside the rules' must-visits, suggest whom to visit first, to learn "
    "how they are and to offer help.",
)


def model_card(
    model: StoredModel,
    *,
    title: Words,
    data: DataNote,
    columns: Sequence[IndicatorColumn],
    outcome: OutcomeWords,
    terms: Terms,
    metrics: Mapping[str, Any] | None = None,
    is_made_up: bool = False,
) -> str:
    """Return the card of a model, Chinese first and English beneath each paragraph.

    Parameters
    ----------
    model
        The model.
    title
        What the project is called.
    data
        The records' source and their limits.
    columns
        The catalogue's columns: how many by cause, and which are sensitive.
    outcome
        What the outcome and its cohort are called.
    terms
        What falls, places and methods are called.
    metrics
        Content of ``metrics.json``; without it the card says that no evaluation is attached.
    is_made_up
        Whether the records were simulated, and are of no real place.

    Returns
    -------
    str
        Markdown. No date and nobody's data; the same arguments give the same text.
    """
    caveats = [*limits(model.horizon_months, kind=outcome.kind), *data.limits]
    lines = [
        f"# {_plain(title.zh)}",
        f"## {_plain(title.en)}",
        f"> **{NOT_FOR.zh}** / **{NOT_FOR.en}**",
        *([f"> **{MADE_UP.zh}** / **{MADE_UP.en}**"] if is_made_up else []),
        *_section(Words("模型", "Model"), _model_lines(model)),
        *_section(Words("用途", "Intended use"), _both(PURPOSE)),
        *_section(Words("不得用于", "Must not be used for"), _items(MUST_NOT)),
        *(
            _section(Words("问什么", "Outcome"), _outcome_lines(outcome))
            if outcome.kind == "event"
            else ()
        ),
        *_section(Words("数据", "Data"), _data_lines(data)),
        *_section(Words("指标", "Indicators"), _indicator_lines(columns)),
        *_section(Words("评估", "Evaluation"), _evaluation_lines(metrics, terms)),
        *_section(Words("局限", "Limits"), _items(caveats)),
    ]
    return "\n\n".join(lines) + "\n"


def _section(name: Words, lines: Iterator[str]) -> Iterator[str]:
    """A heading, and what stands beneath it."""
    yield f"## {name.zh} {name.en}"
    yield from lines


def _both(words: Words) -> Iterator[str]:
    """A paragraph in Chinese, then in English."""
    yield _plain(words.zh)
    yield _plain(words.en)


def _items(entries: Sequence[Words]) -> Iterator[str]:
    """A list, each entry in both languages."""
    yield "\n".join(f"- {_plain(words.zh)} {_plain(words.en)}" for words in entries)


def _model_lines(model: StoredModel) -> Iterator[str]:
    """What the model is and what it learnt from."""
    estimand = words_of(ESTIMANDS, model.estimand)
    rows = [
        (Words("版本", "version"), f"`{model.model_version}`"),
        (Words("种类", "kind"), f"LightGBM {model.versions.get('lightgbm', '')}".strip()),
        (Words("校准", "calibration"), model.calibrator.method),
        (Words("展望", "horizon"), f"{model.horizon_months} 个月 months"),
        (Words("估计量", "estimand"), f"{estimand.zh} / {estimand.en}"),
        (Words("学习用结果截至", "outcomes learnt, until"), f"{model.trained_until}"),
        (
            Words("校准用结果", "outcomes calibrated on"),
            f"{model.calibrated_from} – {model.calibrated_until}",
        ),
        (Words("指标定义", "indicator definitions"), f"`{model.catalogue_digest}`"),
    ]
    rows += [
        (Words("参数", "parameter"), f"`{name}` {value}")
        for name, value in sorted(model.parameters.items())
        if isinstance(value, bool | int | float | str)
    ]
    yield _table((Words("项目", "item"), Words("内容", "content")), rows)


def _outcome_lines(outcome: OutcomeWords) -> Iterator[str]:
    """What the risk is a risk of, whose it is, and what the records do not show."""
    yield from _items(
        [
            Words(f"{outcome.title_zh}。", f"Risk of {outcome.title_en}."),
            Words(f"{outcome.cohort_zh}。", f"Cohort: {outcome.cohort_en}."),
            Words(f"{outcome.outcome_zh}。", f"Outcome: {outcome.outcome_en}."),
            Words(f"{outcome.basis_zh}。", f"Records: {outcome.basis_en}."),
        ]
    )


def _data_lines(data: DataNote) -> Iterator[str]:
    """Where the records come from."""
    source = f"（{data.publisher}）" if data.publisher else ""
    yield from _both(
        Words(
            f"{data.title.zh}{source}。展示结果时请注明来源。",
            f"{data.title.en}{f' ({data.publisher})' if data.publisher else ''}. Name the source "
            "wherever results are shown.",
        )
    )


def _indicator_lines(columns: Sequence[IndicatorColumn]) -> Iterator[str]:
    """How many columns by official cause, and which are audited and never shown as a reason."""
    causes = Counter(column.indicator.cause for column in columns)
    rows = [
        (Words(cause.value, CAUSE_WORDS[cause].title_en), f"{n}")
        for cause, n in sorted(causes.items(), key=lambda item: -item[1])
    ]
    yield _table((Words("官方致因", "official cause"), Words("指标列", "columns")), rows)
    n_told = sum(bool(column.indicator.told_by) for column in columns)
    if n_told:
        yield from _both(
            Words(
                f"其中{n_told}列涉及各类变故，贡献归入本户所发生的那一类。",
                f"{n_told} of them are over shocks of all kinds: what they contribute counts for "
                "the kind that happened to the household.",
            )
        )
    sensitive = [Words(c.title_zh, c.title_en) for c in columns if c.indicator.is_sensitive]
    yield from _both(
        Words(
            f"敏感指标只审计，从不作为理由：{'、'.join(w.zh for w in sensitive) or '无'}。",
            "Sensitive indicators are audited and never shown as a reason: "
            f"{', '.join(w.en for w in sensitive) or 'none'}.",
        )
    )


def _evaluation_lines(metrics: Mapping[str, Any] | None, terms: Terms) -> Iterator[str]:
    """Cohort, main measures with intervals, calibration; or that there is no evaluation."""
    if metrics is None:
        yield from _both(
            Words(
                "没有附上评估。请先运行 backtest，再看 report.html。",
                "No evaluation is attached. Run `backtest`, and read `report.html`.",
            )
        )
        return
    cohort, of_all = metrics["cohort"], whole_cohort(metrics)
    share = percent(cohort["prevalence_weighted" if terms.is_weighted else "prevalence"])
    fell = f"{terms.share.en} {share}" if terms.is_weighted else f"{share} fell"
    yield from _both(
        Words(
            f"向前检验{cohort['n_origins']}期：{count(cohort['n_household_dates'])}户次，结果已知"
            f"{count(cohort['n_known'])}，未知{percent(cohort['share_unknown'])}（不当作“否”）；"
            f"{terms.share.zh}{share}。{interval_words(of_all, terms).zh}",
            f"Forward over {cohort['n_origins']} origins: {count(cohort['n_household_dates'])} "
            f"household-dates, {count(cohort['n_known'])} known outcomes, "
            f"{percent(cohort['share_unknown'])} unknown (never counted as no); "
            f"{fell}. {interval_words(of_all, terms).en}",
        )
    )
    yield _table((Words("指标", "measure"), Words("数值", "value")), [*_measures(metrics, terms)])


def _measures(metrics: Mapping[str, Any], terms: Terms) -> Iterator[tuple[Words, str]]:
    """Rows of the table of results."""
    of_all = whole_cohort(metrics)
    for name in ("all", "returning", "new"):
        found = view(metrics, name)
        if found is not None:
            part = terms.views[name]
            words = Words(f"AUC，{part.zh}", f"AUC, {part.en}")
            yield words, _shown(with_interval(found.of(MODEL, "auc")))
    for other in ("weighted_past_income", "logistic", RULES):
        method = terms.method(other)
        words = Words(f"AUC，模型减{method.zh}", f"AUC, model minus {method.en}")
        yield words, _shown(with_interval(of_all.difference(MODEL, other, "auc"), signed=True))
    for name in further_shares(of_all):
        ratio = of_all.ratio(MODEL, RULES, FURTHER + name)
        words = Words(
            f"必访外+{name}找到的{terms.falls.zh}，模型÷规则顺序",
            f"{terms.falls.en} in further {name}, model / rules",
        )
        yield words, _shown(with_interval(ratio, decimals=2))
    over = metrics["over_origins"].get(MODEL, {})
    for key, words in _CALIBRATION.items():
        row = over.get(key)
        if row is not None:
            value = f"{number(row['mean'])} ({number(row['low'])} … {number(row['high'])})"
            yield words, value


_CALIBRATION = {
    "calibration_slope": Words(
        "校准斜率，各期平均（范围）", "calibration slope, mean over origins (range)"
    ),
    "expected_over_observed": Words(
        "期望/实际，各期平均（范围）", "expected/observed, mean over origins (range)"
    ),
}


def _shown(cell: Cell) -> str:
    """A value with its interval on one line."""
    return f"{cell.text} {cell.note}".strip()


def _table(head: tuple[Words, Words], rows: Sequence[tuple[Words, str]]) -> str:
    """Return a Markdown table of two columns."""
    lines = [f"| {head[0].zh} {head[0].en} | {head[1].zh} {head[1].en} |", "| --- | --- |"]
    lines += [
        f"| {_plain(words.zh)} / {_plain(words.en)} | {_plain(text)} |" for words, text in rows
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    r"""A text on one line that opens no tag and closes no cell.

    Examples
    --------
    >>> _plain("a|b <i>c")
    'a\\|b &lt;i>c'
    """
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
