"""Tables over time, of calibration, of groups and of this round: see `fanpin_risk.report.tables`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.report.figure_explanation import IndicatorShare
from fanpin_risk.report.figure_origins import ORIGIN_METHODS
from fanpin_risk.report.lists import FEWEST_FALLS, MissedGroup
from fanpin_risk.report.readings import MODEL, RULES, further_shares, reading, whole_cohort
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
from fanpin_risk.report.words import (
    DASH,
    MARKS,
    METHODS,
    Words,
    count,
    number,
    percent,
    words_of,
)

CALIBRATION = ("brier", "calibration_slope", "calibration_intercept", "expected_over_observed", "ici")
INDICATORS_LISTED = 15


def origin_table(metrics: Mapping[str, Any]) -> Table:
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
            Words("返贫率", "share that fell"),
            *(Words(f"AUC {_brief(m).zh}", f"AUC, {_brief(m).en}") for m in methods),
            Words(f"模型精确率（必访+{name}）", f"model's precision (must + {name})"),
            Words(f"之比（+{name}）", f"ratio at +{name}"),
            Words("斜率", "slope"),
            Words("期望/实际", "expected / observed"),
        ),
        rows=tuple(rows),
    )


def _brief(method: str) -> Words:
    """Shorten a method's name for the head of a narrow column."""
    short = {
        MODEL: Words("模型", "model"),
        "logistic": Words("逻辑回归", "logistic"),
        "weighted_past_income": Words("历次收入", "past income"),
        RULES: Words("规则顺序", "rules"),
    }
    return short.get(method, words_of(METHODS, method))


def over_origins_table(metrics: Mapping[str, Any]) -> Table:
    """Mean, standard deviation and range over origins, by method."""
    measures = ("auc", "average_precision", *CALIBRATION[1:4])
    rows = []
    for method in [m for m in METHODS if m in metrics["over_origins"]]:
        found = metrics["over_origins"][method]
        rows.append((label(words_of(METHODS, method)), *(_spread(found.get(m)) for m in measures)))
    return Table(
        name="over-origins",
        caption=Words("各期的平均、标准差和范围", "Mean, standard deviation and range over origins"),
        head=(METHOD, *(SHORT[m] for m in measures)),
        rows=tuple(rows),
        note=Words(
            "上：平均 ± 标准差；下：最小至最大。年与年之间的变动看这里，不看地区间的区间。",
            "Above: mean ± standard deviation; below: lowest to highest. This, and not the "
            "intervals over places, shows how years differ.",
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


def calibration_table(metrics: Mapping[str, Any]) -> Table:
    """Brier score, slope, intercept, expected over observed and ICI of methods that give risks."""
    of_all = whole_cohort(metrics)
    rows = []
    for method in [m for m in METHODS if metrics["weighted"].get(m, {}).get(POOLED, {}).get("brier")]:
        found = metrics["weighted"][method][POOLED]
        cells = [
            with_interval(of_all.of(method, m))
            if m in ("brier", "expected_over_observed")
            else plain(number(found.get(m)))
            for m in CALIBRATION
        ]
        rows.append((label(words_of(METHODS, method)), *cells))
    return Table(
        name="calibration",
        caption=Words("校准（各期合并）", "Calibration (all origins together)"),
        head=(METHOD, *(SHORT[m] for m in CALIBRATION)),
        rows=tuple(rows),
        marked=frozenset({i for i, row in enumerate(rows) if row[0].text == METHODS[MODEL].zh}),
        note=Words(
            "最好：斜率1、截距0、期望/实际1、ICI 0；Brier分越低越好。斜率接近1并不说明水平对，三者要一起看。"
            "截距为斜率固定为1时的值；ICI为平滑曲线与估计风险的平均绝对差。",
            "Best: slope 1, intercept 0, expected/observed 1, ICI 0; a low Brier score. A slope near "
            "1 says nothing of the level: read the three together. The intercept is with the slope "
            "held at 1; ICI is the mean absolute gap between smooth curve and risk.",
        ),
    )


def indicator_table(shares: Sequence[IndicatorShare]) -> Table:
    """The most influential indicators, and every sensitive one whatever its influence."""
    listed = [*shares[:INDICATORS_LISTED]]
    listed += [s for s in shares[INDICATORS_LISTED:] if s.column.indicator.is_sensitive]
    rows = [
        (
            label(_audited(row)),
            label(_cause(row.column.indicator.cause)),
            plain(number(row.mean_absolute)),
            plain(number(row.low, signed=True)),
            plain(number(row.high, signed=True)),
        )
        for row in listed
    ]
    return Table(
        name="indicators",
        caption=Words("影响最大的指标，以及全部敏感指标", "Most influential, and all sensitive ones"),
        head=(
            Words("指标", "indicator"),
            Words("官方致因", "official cause"),
            Words("平均绝对贡献", "mean absolute contribution"),
            Words("指标值低时", "where it is low"),
            Words("指标值高时", "where it is high"),
        ),
        rows=tuple(rows),
        note=Words(
            "单位：对数几率。低、高：该指标最低、最高五分之一的户（“否”“是”）的平均贡献。",
            "In log-odds. Low, high: mean contribution over the fifth of households with the lowest "
            "and with the highest values (no and yes).",
        ),
    )


def _audited(row: IndicatorShare) -> Words:
    """Title of an indicator; a sensitive one says what becomes of it."""
    if not row.column.indicator.is_sensitive:
        return row.words
    return Words(
        f"{row.words.zh}【敏感：只审计，从不作为理由】",
        f"{row.words.en} [sensitive: audited, never shown as a reason]",
    )


def _cause(cause: Cause) -> Words:
    """Official word and its English."""
    return Words(cause.value, CAUSE_WORDS[cause].title_en)


def reason_table(reasons: pl.DataFrame) -> Table:
    """How often each official cause comes first, and how often at all, among the reasons."""
    raising = reasons.filter(pl.col("contribution") > 0)
    n = reasons["household_id"].n_unique()
    first = dict(raising.filter(pl.col("rank") == 1)["cause"].value_counts().iter_rows())
    anywhere = dict(
        raising.unique(["household_id", "cause"])["cause"].value_counts().iter_rows()
    )
    order = sorted(anywhere, key=lambda cause: (-first.get(cause, 0), -anywhere[cause], cause))
    return Table(
        name="reasons",
        caption=Words("理由的构成", "Which causes the reasons name"),
        head=(
            Words("官方致因", "official cause"),
            Words("排第一的户", "households, first"),
            Words("占评分户", "share of those scored"),
            Words("提到的户", "households, any"),
        ),
        rows=tuple(
            (
                label(_cause(Cause(cause))),
                plain(count(first.get(cause, 0))),
                plain(percent(first.get(cause, 0) / n)),
                plain(count(anywhere[cause])),
            )
            for cause in order
        ),
        note=Words(
            "一条理由说的是分数为何较高，不是贫困的原因。",
            "A reason says why a score is high; it is not the cause of poverty.",
        ),
    )


def missed_table(groups: Sequence[MissedGroup], *, name: str, caption: Words, note: Words) -> Table:
    """Exclusion error by group, the plan's order beside the rules' order."""
    return Table(
        name=name,
        caption=caption,
        head=(
            Words("哪些户", "households"),
            Words("户次", "household-dates"),
            Words("结果已知", "known"),
            Words("返贫", "fell"),
            Words("漏掉：先规则后模型", "missed: rules, then model"),
            Words("漏掉：规则顺序", "missed: rules' order"),
        ),
        rows=tuple(
            (
                label(row.label),
                plain(count(row.n_households)),
                plain(count(row.n_known)),
                plain(count(row.n_fell) if row.n_fell >= FEWEST_FALLS else f"<{FEWEST_FALLS}"),
                with_interval(row.plan, as_percent=True),
                with_interval(row.rules, as_percent=True),
            )
            for row in groups
        ),
        note=note,
    )


def standards_table(rules: pl.DataFrame) -> Table:
    """Every rule with its number, source and mark."""
    return Table(
        name="standards",
        caption=Words("规则、数值与出处", "Rules, numbers and sources"),
        head=(
            Words("规则", "rule"),
            Words("数值", "value"),
            Words("地区、起始日", "place, valid from"),
            Words("负责部门", "owner"),
            Words("出处", "source"),
            Words("可信度", "mark"),
        ),
        rows=tuple(
            (
                label(Words(row["title_zh"], row["title_en"])),
                Cell(text=str(row["value"]), note=str(row["unit"]), is_number=False),
                Cell(text=str(row["place"]), note=_period(row), is_number=False),
                label(Words(row["owner_zh"], row["owner_en"])),
                Cell(text=str(row["source"]), is_number=False),
                Cell(text=str(row["mark"]), note=words_of(MARKS, row["mark"]).en, is_number=False),
            )
            for row in rules.iter_rows(named=True)
        ),
        note=Words(
            "；".join(f"{m}：{words_of(MARKS, m).zh}" for m in sorted(set(rules["mark"]))),
            "; ".join(f"{m}: {words_of(MARKS, m).en}" for m in sorted(set(rules["mark"]))),
        ),
    )


def _period(row: Mapping[str, Any]) -> str:
    """Days between which a number holds."""
    return f"{row['valid_from']} – {row['valid_to'] or ''}"


def team_table(teams: pl.DataFrame) -> Table:
    """Visits of each team by slice."""
    names = ("n_households", "capacity", "n_must_visit", "n_risk", "n_audit", "n_cannot_tell")
    rows = [
        (
            Cell(text=str(row["team"]), is_number=False),
            *(plain(count(row[name])) for name in names),
        )
        for row in teams.iter_rows(named=True)
    ]
    total = (label(Words("合计", "total")), *(plain(count(int(teams[n].sum()))) for n in names))
    return Table(
        name="teams",
        caption=Words("各走访队", "Every team"),
        head=(
            Words("走访队", "team"),
            Words("评分户", "scored"),
            Words("走访能力", "capacity"),
            Words("规则必访", "must-visit"),
            Words("风险靠前", "risk"),
            Words("随机抽查", "random check"),
            Words("必访规则无法判断", "must-visit rule cannot tell"),
        ),
        rows=(*rows, total),
        marked=frozenset({len(rows)}),
    )


def input_table(manifest: Mapping[str, Any]) -> Table:
    """Rows read, accepted and quarantined, and whether they add up."""
    rows = []
    for row in manifest["inputs"]:
        adds_up = row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"]
        rows.append(
            (
                Cell(text=row["file"], note=f"SHA-256 {row['sha256'][:16]}…", is_number=False),
                plain(count(row["rows_read"])),
                plain(count(row["rows_accepted"])),
                plain(count(row["rows_quarantined"])),
                label(ADDS_UP if adds_up else DOES_NOT_ADD_UP),
                Cell(text="、".join(row["columns_not_used"]) or DASH, is_number=False),
            )
        )
    return Table(
        name="inputs",
        caption=Words("读入 = 接受 + 隔离", "Read = accepted + quarantined"),
        head=(
            Words("文件", "file"),
            Words("读入", "read"),
            Words("接受", "accepted"),
            Words("隔离", "quarantined"),
            Words("核对", "check"),
            Words("未使用的列", "columns not used"),
        ),
        rows=tuple(rows),
        note=Words(
            "隔离的每一行都存有原文、行号和理由（quarantine.parquet），没有一行无声消失。",
            "Every quarantined row is kept with its text, line and reason (quarantine.parquet); no "
            "row is lost silently.",
        ),
    )


ADDS_UP = Words("相等", "adds up")
DOES_NOT_ADD_UP = Words("不相等！", "does not add up!")


def opening_table(result: Mapping[str, Any], *, name: str) -> Table:
    """One recorded opening of the final fold: measures, differences, ratios and calibration."""
    rows = [
        (label(words_of(METHODS, method)), label(SHORT_OF.get(key, Words(key, key))), _any(row))
        for method, found in result["methods"].items()
        for key, row in found.items()
        if row is not None
    ]
    rows += [
        (label(Words(pair, pair)), label(Words("AUC之差", "difference of AUC")), _any(row))
        for pair, row in result["auc_differences"].items()
    ]
    rows += [
        (label(Words("模型 ÷ 规则顺序", "model / rules' order")), label(_further(key)), _any(row, 2))
        for key, row in result["further_visits_ratio"].items()
    ]
    rows += [
        (label(METHODS[MODEL]), label(SHORT[key]), _spread(row))
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
