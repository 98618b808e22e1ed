"""Tables over time and of calibration: every origin, their spread, the final fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanpin_risk.report.figure_origins import ORIGIN_METHODS
from fanpin_risk.report.readings import MODEL, further_shares, reading, whole_cohort
from fanpin_risk.report.tables import (
    METHOD,
    POOLED,
    SHORT,
    Cell,
    Table,
    label,
    plain,
    with_interval,
)
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import DASH, METHODS, Words, count, number, percent

CALIBRATION = (
    "brier",
    "calibration_slope",
    "calibration_intercept",
    "expected_over_observed",
    "ici",
)
"""Measures of calibration, in the order of the columns."""


def origin_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """Every origin by itself: cohort, ranking, lists and calibration."""
    methods = [m for m in ORIGIN_METHODS if m in metrics["origins"][0]["methods"]]
    names = further_shares(whole_cohort(metrics))
    name = names[len(names) // 2]
    rows = []
    for row in metrics["origins"]:
        model = row["methods"][MODEL]
        further = row["further_visits"][name][MODEL]["ratio_to_rules"]
        rows.append(
            (
                Cell(text=row["as_of"], is_number=False),
                Cell(text=count(row["n_known"]), note=f"/ {count(row['n_households'])}"),
                plain(percent(row["prevalence"])),
                *(plain(number(row["methods"][m].get("auc"))) for m in methods),
                plain(percent(model.get(f"precision_at_must+{name}"))),
                plain(number(further, decimals=2)),
                plain(number(model.get("calibration_slope"), decimals=2)),
                plain(number(model.get("expected_over_observed"), decimals=2)),
            )
        )
    return Table(
        name="origins",
        caption=Words("每一期", "Every origin"),
        head=(
            Words("起报日", "origin"),
            Words("结果已知 / 户数", "known / households"),
            terms.share,
            *(Words(f"AUC {terms.brief(m).zh}", f"AUC, {terms.brief(m).en}") for m in methods),
            Words(f"模型精确率（必访+{name}）", f"model's precision (must + {name})"),
            Words(f"之比（+{name}）", f"ratio at +{name}"),
            Words("斜率", "slope"),
            Words("期望/实际", "expected / observed"),
        ),
        rows=tuple(rows),
    )


def over_origins_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """Mean, standard deviation and range over origins, by method."""
    measures = ("auc", "average_precision", *CALIBRATION[1:4])
    rows = []
    for method in [m for m in METHODS if m in metrics["over_origins"]]:
        found = metrics["over_origins"][method]
        rows.append((label(terms.method(method)), *(_spread(found.get(m)) for m in measures)))
    return Table(
        name="over-origins",
        caption=Words(
            "各期的平均、标准差和范围", "Mean, standard deviation and range over origins"
        ),
        head=(METHOD, *(SHORT[m] for m in measures)),
        rows=tuple(rows),
        note=Words(
            "上：平均 ± 标准差；下：最小至最大。年与年之间的变动看这里，不看"
            f"{terms.places.zh}间的区间。",
            "Above: mean ± standard deviation; below: lowest to highest. This, and not the "
            f"intervals over {terms.places.en}, shows how years differ.",
        ),
    )


def _spread(row: Mapping[str, Any] | None) -> Cell:
    """Mean ± sd, with the range beneath."""
    if row is None:
        return plain(DASH)
    return Cell(
        text=f"{number(row['mean'])} ± {number(row['sd'])}",
        note=f"{number(row['low'])} … {number(row['high'])}",
    )


def fit_table(metrics: Mapping[str, Any]) -> Table:
    """What each origin's model was learnt and calibrated on."""
    return Table(
        name="fits",
        caption=Words("每一期用什么学习", "What each origin learnt from"),
        head=(
            Words("起报日", "origin"),
            Words("学习用结果截至", "outcomes learnt, until"),
            Words("学习户次", "rows learnt"),
            Words("校准用结果", "outcomes calibrated on"),
            Words("校准户次", "rows calibrated"),
        ),
        rows=tuple(
            (
                Cell(text=str(row["as_of"]), is_number=False),
                plain(str(row["trained_until"])),
                plain(count(row["n_training"])),
                plain(f"{row['calibrated_from']} – {row['calibrated_until']}"),
                plain(count(row["n_calibration"])),
            )
            for row in metrics["fits"]
        ),
    )


def calibration_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """Brier score, slope, intercept, expected over observed and ICI of methods that give risks."""
    of_all = whole_cohort(metrics)
    kind = "weighted" if terms.is_weighted else POOLED
    model = terms.method(MODEL).zh
    rows = []
    for method in [m for m in METHODS if metrics["weighted"].get(m, {}).get(kind, {}).get("brier")]:
        found = metrics["weighted"][method][kind]
        cells = [
            with_interval(of_all.of(method, m))
            if m in ("brier", "expected_over_observed")
            else plain(number(found.get(m)))
            for m in CALIBRATION
        ]
        rows.append((label(terms.method(method)), *cells))
    return Table(
        name="calibration",
        caption=Words("校准（各期合并）", "Calibration (all origins together)"),
        head=(METHOD, *(SHORT[m] for m in CALIBRATION)),
        rows=tuple(rows),
        marked=frozenset({i for i, row in enumerate(rows) if row[0].text == model}),
        note=Words(
            "最好：斜率1、截距0、期望/实际1、ICI 0；Brier分越低越好。斜率接近1并不说明水平对，"
            "三者要一起看。截距为斜率固定为1时的值；ICI为平滑曲线与估计风险的平均绝对差。",
            "Best: slope 1, intercept 0, expected/observed 1, ICI 0; a low Brier score. A slope "
            "near 1 says nothing of the level: read the three together. The intercept is with the "
            "slope held at 1; ICI is the mean absolute gap between smooth curve and risk.",
        ),
    )


def opening_table(result: Mapping[str, Any], terms: Terms, *, name: str) -> Table:
    """One recorded opening of the final fold: measures, differences, ratios and calibration."""
    rows = [
        (label(terms.method(method)), label(SHORT_OF.get(key, Words(key, key))), _any(row))
        for method, found in result["methods"].items()
        for key, row in found.items()
        if row is not None
    ]
    rows += [
        (label(Words(pair, pair)), label(Words("AUC之差", "difference of AUC")), _any(row))
        for pair, row in result["auc_differences"].items()
    ]
    rows += [
        (
            label(Words("模型 ÷ 规则顺序", "model / rules' order")),
            label(_further(key)),
            _any(row, 2),
        )
        for key, row in result["further_visits_ratio"].items()
    ]
    rows += [
        (label(terms.method(MODEL)), label(SHORT[key]), _spread(row))
        for key, row in result["calibration_over_origins"].items()
    ]
    return Table(
        name=name,
        caption=Words("最终检验的结果（结果已知者）", "Result of the final fold (known outcomes)"),
        head=(Words("对象", "of"), Words("指标", "measure"), Words("数值", "value")),
        rows=tuple(rows),
    )


SHORT_OF = SHORT | {"precision_at_10%": Words("精确率10%", "precision at 10%")}


def _further(key: str) -> Words:
    """Words for a ratio of further falls."""
    name = key.removeprefix("further_falls_at_")
    return Words(f"必访之外+{name}", f"further visits, +{name}")


def _any(row: Mapping[str, Any] | None, decimals: int = 3) -> Cell:
    """Show a recorded value with the jackknife interval if it has one, else the bootstrap's."""
    found = reading(row, basis="jackknife")
    shown = found if found.has_interval else reading(row, basis="bootstrap")
    return with_interval(shown, decimals=decimals)
