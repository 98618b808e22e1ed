"""Tables of what makes up scores, of who is missed, and of this round: rules, teams, inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.indicators.indicator import Indicator
from fanpin_risk.report.figure_explanation import IndicatorShare
from fanpin_risk.report.lists import FEWEST_FALLS, MissedGroup, by_number
from fanpin_risk.report.tables import Cell, Table, label, plain, with_interval
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import DASH, MARKS, Words, count, number, percent, words_of

INDICATORS_LISTED = 15
"""The most influential ones; sensitive ones are listed beyond them."""


def indicator_table(shares: Sequence[IndicatorShare]) -> Table:
    """The most influential indicators, and every sensitive one whatever its influence."""
    listed = [*shares[:INDICATORS_LISTED]]
    listed += [s for s in shares[INDICATORS_LISTED:] if s.column.indicator.is_sensitive]
    rows = [
        (
            label(_audited(row)),
            label(_filed_under(row.column.indicator)),
            plain(number(row.mean_absolute)),
            plain(number(row.low, signed=True)),
            plain(number(row.high, signed=True)),
        )
        for row in listed
    ]
    return Table(
        name="indicators",
        caption=Words(
            "影响最大的指标，以及全部敏感指标", "Most influential, and all sensitive ones"
        ),
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
            "In log-odds. Low, high: mean contribution over the fifth of households with the "
            "lowest and with the highest values (no and yes).",
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


def _filed_under(indicator: Indicator) -> Words:
    """Cause of an indicator; of one over shocks of all kinds, that it follows the kind."""
    words = _cause(indicator.cause)
    if not indicator.told_by:
        return words
    return Words(f"{words.zh}（按所发生的一类）", f"{words.en} (by the kind that happened)")


def _cause(cause: Cause) -> Words:
    """Official word and its English."""
    return Words(cause.value, CAUSE_WORDS[cause].title_en)


def reason_table(reasons: pl.DataFrame) -> Table:
    """How often each official cause comes first, and how often at all, among the reasons."""
    raising = reasons.filter(pl.col("contribution") > 0)
    n = max(reasons["household_id"].n_unique(), 1)
    first = dict(raising.filter(pl.col("rank") == 1)["cause"].value_counts().iter_rows())
    anywhere = dict(raising.unique(["household_id", "cause"])["cause"].value_counts().iter_rows())
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


def missed_table(
    groups: Sequence[MissedGroup],
    terms: Terms,
    *,
    name: str,
    caption: Words,
    note: Words | None,
) -> Table:
    """Exclusion error by group, the plan's order beside the rules' order."""
    return Table(
        name=name,
        caption=caption,
        head=(
            Words("哪些户", "households"),
            Words("户次", "household-dates"),
            Words("结果已知", "known"),
            terms.fell,
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
    """Every dated record that a rule stands on: number, source and mark.

    Standards without a value at any place are said to have none.
    """
    if "kind" in rules.columns:
        rules = rules.filter(pl.col("kind") == "parameter")
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
                label(NO_VALUE)
                if row["value"] is None
                else _amount(str(row["value"]), str(row["unit"])),
                Cell(text=row["place"] or DASH, note=_period(row), is_number=False),
                label(Words(row["owner_zh"], row["owner_en"])),
                Cell(text=row["source"] or DASH, is_number=False),
                _mark(row["mark"]),
            )
            for row in rules.iter_rows(named=True)
        ),
        note=Words(
            "；".join(f"{m}：{words_of(MARKS, m).zh}" for m in _marks(rules)),
            "; ".join(f"{m}: {words_of(MARKS, m).en}" for m in _marks(rules)),
        ),
    )


NO_VALUE = Words("没有可用的数值", "no value that can be used")


def _mark(mark: str | None) -> Cell:
    """A mark with its words."""
    if mark is None:
        return Cell(text=DASH, is_number=False)
    return Cell(text=mark, note=words_of(MARKS, mark).en, is_number=False)


def _marks(rules: pl.DataFrame) -> list[str]:
    """Marks that are used, in order."""
    return sorted(set(rules["mark"].drop_nulls()))


def _amount(value: str, unit: str) -> Cell:
    """A number as it is written; yuan a head and year as people say it.

    Examples
    --------
    >>> _amount("7500", "yuan per head a year").text
    '7,500元（人均每年）'
    >>> _amount("0.60 x median_income_minor", "minor unit per head a month").text
    '0.60 x median_income_minor'
    """
    if unit != "yuan per head a year" or not value.isdecimal():
        return Cell(text=value, note=unit, is_number=False)
    yuan = f"{int(value):,}"
    return Cell(text=f"{yuan}元（人均每年）", note=f"{yuan} yuan per head a year", is_number=False)


def _period(row: Mapping[str, Any]) -> str:
    """Days between which a number holds."""
    if row["valid_from"] is None:
        return ""
    until = f" to {row['valid_to']}" if row["valid_to"] else ""
    return f"from {row['valid_from']}{until}"


def team_table(teams: pl.DataFrame) -> Table:
    """Visits of each team by slice."""
    names = ("n_households", "capacity", "n_must_visit", "n_risk", "n_audit", "n_cannot_tell")
    rows = [
        (
            Cell(text=str(row["team"]), is_number=False),
            *(plain(count(row[name])) for name in names),
        )
        for row in sorted(teams.iter_rows(named=True), key=lambda row: by_number(row["team"]))
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
