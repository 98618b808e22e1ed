"""Tables of what the rules say this round: answers, proposals, posts, the closed loop, readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fanpin_risk.report.page import RuleWords
from fanpin_risk.report.tables import Cell, Table, label, plain
from fanpin_risk.report.words import DASH, Words, count, percent, words_of
from fanpin_risk.standards.proposal_type import PROPOSAL_WORDS
from fanpin_risk.standards.readings import Readings, reading_rows
from fanpin_risk.standards.routes_by_rule import ROUTE_WORDS
from fanpin_risk.units import RATIO_SCALE

THEMES: dict[str, Words] = {
    "income": Words("收入", "income"),
    "spending": Words("支出", "spending"),
    "guarantee": Words("“两不愁三保障”和饮水", "guarantees and water"),
    "shock": Words("变故", "shocks"),
    "person": Words("务工、兜底保障与个人情形", "work, the safety net, and persons"),
    "coping": Words("自主应对能力与家庭财产线索", "capacity to cope, evidence of means"),
    "must_visit": Words("八必访", "the eight must-visit groups"),
    "exit": Words("风险消除", "exits"),
    "loop": Words("闭环管理", "the closed loop"),
}
"""What rules are about, in the order of the table."""

ANSWER_HEAD = (
    Words("符合", "met"),
    Words("不符合", "not met"),
    Words("无法判断", "cannot tell"),
)


def rule_tables(
    rules: Sequence[RuleWords], manifest: Mapping[str, Any], told: pl.DataFrame
) -> list[Table]:
    """Every table of what the rules say; what the records do not give is left out.

    Parameters
    ----------
    rules
        In the order in which they are shown.
    manifest
        Counts and readings; without readings all are the default ones.
    told
        Frame of ``rules.parquet``.
    """
    tables = [
        rule_table(rules),
        reading_table(manifest.get("readings", {})),
        caution_table(told),
    ]
    made = {
        "proposals": proposal_table,
        "loop": loop_table,
        "clearing": clearing_table,
        "posts_ending": post_table,
    }
    return tables + [make(manifest[name]) for name, make in made.items() if manifest.get(name)]


def rule_table(rules: Sequence[RuleWords]) -> Table:
    """Every rule under its theme, with its office and how many households it has answers for."""
    rows: list[tuple[Cell, ...]] = []
    marked: set[int] = set()
    order = list(THEMES)
    themes = sorted(
        dict.fromkeys(rule.theme for rule in rules),
        key=lambda name: order.index(name) if name in THEMES else len(order),
    )
    blank = Cell(text="", is_number=False)
    for theme in themes:
        marked.add(len(rows))
        rows.append((label(words_of(THEMES, theme)), blank, plain(""), plain(""), plain("")))
        rows += [_of_rule(rule) for rule in rules if rule.theme == theme]
    return Table(
        name="rules",
        caption=Words("每条规则的答案（户数）", "Answers of every rule (households)"),
        head=(Words("规则", "rule"), Words("负责部门", "owner"), *ANSWER_HEAD),
        rows=tuple(rows),
        marked=frozenset(marked),
        note=Words(
            "按人判断的规则，任一成员符合即计一户；风险消除只问在册户，其余户计为不符合。"
            "“无法判断”不是“不符合”：缺什么写在逐户结果里。"
            "供评议参考的线索只列符合的（“–”），本身不作结论。",
            "A rule on persons counts a household once; exits are asked of who is listed, and "
            "others count as not met. “Cannot tell” is no “not met”: what is missing stands in the "
            "findings. Evidence for the appraisal lists only what is met "
            "(“–”) and decides nothing by itself.",
        ),
    )


def _of_rule(rule: RuleWords) -> tuple[Cell, ...]:
    """One row."""
    return (
        label(rule.title),
        label(rule.owner),
        plain(count(rule.n_met)),
        plain(count(rule.n_not_met)),
        plain(count(rule.n_cannot_tell)),
    )


def proposal_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Households by the type proposed and the route, and how many of them are listed already.

    Parameters
    ----------
    rows
        ``proposal, route, is_listed, n`` of the manifest.
    """

    def n(proposal: str | None = None, **wanted: Any) -> Cell:
        wanted |= {} if proposal is None else {"proposal": proposal}
        hits = [r for r in rows if all(r[key] == value for key, value in wanted.items())]
        return plain(count(sum(row["n"] for row in hits)))

    def cells(proposal: str | None) -> tuple[Cell, ...]:
        routes = tuple(n(proposal, route=route) for route in ROUTE_WORDS)
        return (n(proposal), n(proposal, is_listed=True), *routes)

    found = [(label(Words(*PROPOSAL_WORDS[name])), *cells(name)) for name in PROPOSAL_WORDS]
    total = (label(Words("合计", "total")), *cells(None))
    return Table(
        name="proposals",
        caption=Words("建议类型与帮扶路径（户数）", "Types proposed, and routes (households)"),
        head=(
            Words("建议类型", "type proposed"),
            Words("户数", "households"),
            Words("其中已在册", "of them listed"),
            *(Words(*words) for words in ROUTE_WORDS.values()),
        ),
        rows=(*found, total),
        marked=frozenset({len(found)}),
        note=Words(
            "只是建议：村级评议、县级审定后才算数。走访计划中，突发严重困难户和一事一议的户一律必访，"
            "不由分数排序；已在册的按程序办理，不在计划内。",
            "A proposal only: the village's appraisal and the county's decision count. On the plan "
            "sudden hardship and households judged case by case are must-visits, never left to a "
            "score; those listed are dealt with as the mechanism provides, and are not on it.",
        ),
    )


def loop_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The closed loop in its numbers."""
    return Table(
        name="loop",
        caption=Words("闭环管理", "The closed loop"),
        head=(
            Words("事项", "measure"),
            Words("件数", "count"),
            Words("可判断的", "of those told"),
            Words("占比", "share"),
            Words("无法判断", "cannot tell"),
        ),
        rows=tuple(
            (
                label(Words(row["title_zh"], row["title_en"])),
                plain(count(row["count"])),
                plain(count(row["of"])),
                _share(row["share_e4"]),
                plain(count(row["cannot_tell"])),
            )
            for row in rows
        ),
        note=Words(
            "说的是各部门的办理，不是农户的困难；不得据以考核。工作日不含法定节假日调整。",
            "About the work of offices and not about anybody's need; nobody is appraised by it. "
            "Working days do not know public holidays.",
        ),
    )


def clearing_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Clues by month, all places together."""
    names = ("opened", "cleared", "open", "overdue")
    return Table(
        name="clearing",
        caption=Words("线索动态清零", "Clues, month by month"),
        head=(
            Words("月份", "month"),
            Words("新增", "opened"),
            Words("办结", "cleared"),
            Words("月末未办结", "open at its end"),
            Words("其中逾期", "of them overdue"),
            Words("清零率", "share cleared"),
        ),
        rows=tuple(
            (
                Cell(text=str(row["month"]), is_number=False),
                *(plain(count(row[name])) for name in names),
                _share(row["share_cleared_e4"]),
            )
            for row in rows
        ),
        note=Words(
            "清零率：当月办结，除以当月办结与月末未办结之和。",
            "Share cleared: cleared in the month, of those cleared or open at its end.",
        ),
    )


def post_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Public-welfare posts by the month in which they end."""
    return Table(
        name="posts",
        caption=Words("公益性岗位到期", "Public-welfare posts about to end"),
        head=(Words("到期月份", "month of the end"), Words("岗位数", "posts")),
        rows=tuple(
            (
                label(Words("未写明到期日", "no end written"))
                if row["month"] is None
                else Cell(text=str(row["month"]), is_number=False),
                plain(count(row["n"])),
            )
            for row in rows
        ),
        note=Words(
            "逐岗见post_queue.parquet：到期前衔接续聘、转岗或其他帮扶。",
            "Each post stands in post_queue.parquet: see to what follows before it ends.",
        ),
    )


def reading_table(chosen: Mapping[str, Any]) -> Table:
    """Readings that a configuration has chosen otherwise than by default; none: no rows.

    Parameters
    ----------
    chosen
        ``readings`` of the manifest.
    """
    rows = reading_rows(Readings.model_validate(dict(chosen))).filter(~pl.col("is_default"))
    return Table(
        name="readings",
        caption=Words("另行选定的读法", "Readings chosen otherwise than by default"),
        head=(Words("事项", "point"), Words("采用", "chosen")),
        rows=tuple(
            (
                label(Words(row["title_zh"], row["title_en"])),
                label(Words(row["words_zh"], row["words_en"])),
            )
            for row in rows.iter_rows(named=True)
        ),
    )


def caution_table(rules: pl.DataFrame) -> Table:
    """What must be said beside values: past review, a later general value, a mark that was named.

    Parameters
    ----------
    rules
        Frame of ``rules.parquet``; one without ``kind`` has no cautions.
    """
    found = rules.filter(pl.col("kind") == "caution") if "kind" in rules.columns else rules.clear()
    return Table(
        name="cautions",
        caption=Words("使用这些数值须知", "To be known beside these values"),
        head=(Words("依据", "record"), Words("须知", "what to know")),
        rows=tuple(
            (
                Cell(text=str(row["parameter"]), is_number=False),
                label(Words(row["words_zh"], row["words_en"])),
            )
            for row in found.iter_rows(named=True)
        ),
    )


def _share(share_e4: int | None) -> Cell:
    """A share in ten-thousandths, in percent."""
    return plain(DASH if share_e4 is None else percent(share_e4 / RATIO_SCALE))
