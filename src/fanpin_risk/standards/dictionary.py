"""The dictionary of rules and readings, generated from the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from fanpin_risk.causes import CAUSE_WORDS
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.readings import Readings, options_of, reading_rows
from fanpin_risk.standards.rule import StandardRule, Theme

THEME_TITLES: dict[Theme, tuple[str, str]] = {
    "income": ("收入账户与监测线", "income account and lines"),
    "spending": ("刚性支出与医疗预警", "rigid spending and medical warnings"),
    "guarantee": ("两不愁三保障与饮水安全", "no-worries, guarantees and water"),
    "shock": ("突发变故与务工", "shocks and work"),
    "coping": ("自主应对能力与核对信息", "coping capacity and evidence of means"),
    "person": ("个人保障与低收入人口", "persons and the low-income register"),
    "must_visit": ("八必访", "must-visit groups"),
    "exit": ("风险消除", "exit"),
    "loop": ("闭环管理", "the closed loop"),
}
"""Titles of the themes, in the order in which they are shown."""

_HEAD = (
    *("rule", "标题 title", "测什么 what is tested", "部门 owner", "依据 source", "标记 mark"),
    *("原因 causes", "标准 standards", "读法 readings"),
)


def rules_markdown(rules: Sequence[StandardRule] = STANDARD_RULES) -> str:
    """Dictionary of all rules in Markdown, Chinese and English.

    Returns
    -------
    str
        A section for each theme with one line a rule, in the order of the catalogue: name (``*``
        asked of each member, ``!`` makes a visit due, ``~`` evidence only), titles, what is tested,
        owner, source, mark, official causes, standards and readings. Ends with one line end.

    Examples
    --------
    >>> rules_markdown().splitlines()[0]
    '### 收入账户与监测线 Income account and lines'
    """
    place = {theme: number for number, theme in enumerate(THEME_TITLES)}
    ordered = sorted(rules, key=lambda rule: place[rule.theme])
    lines: list[str] = []
    for theme, mine in groupby(ordered, key=lambda rule: rule.theme):
        zh, en = THEME_TITLES[theme]
        lines += ["", f"### {zh} {en[:1].upper()}{en[1:]}", "", f"| {' | '.join(_HEAD)} |"]
        lines += ["|" + " --- |" * len(_HEAD), *(_line(rule) for rule in mine)]
    return "\n".join(lines[1:]) + "\n"


def readings_markdown() -> str:
    """Dictionary of the readings in Markdown: every option with its words, the default first.

    Examples
    --------
    >>> readings_markdown().count("per_head_rounding")
    1
    """
    lines = ["| reading | 事项 point | 选项 options |", "| --- | --- | --- |"]
    for row in reading_rows(Readings()).iter_rows(named=True):
        options = options_of(row["name"])
        said = "<br>".join(_option(row["name"], option) for option in options)
        if not options:
            said = f"（不设限 none） {row['words_zh']} {row['words_en']}"
        lines.append(f"| `{row['name']}` | {row['title_zh']} {row['title_en']} | {said} |")
    return "\n".join(lines) + "\n"


def _option(name: str, option: str) -> str:
    """One option with its words."""
    chosen = reading_rows(Readings.model_validate({name: option}))
    row = next(r for r in chosen.iter_rows(named=True) if r["name"] == name)
    return f"`{option}` {row['words_zh']} {row['words_en']}"


def _line(rule: StandardRule) -> str:
    """The line of one rule."""
    signs = "".join(
        sign
        for sign, is_so in (
            ("*", rule.level == "person"),
            ("!", rule.makes_must_visit),
            ("~", rule.is_evidence),
        )
        if is_so
    )
    cells = (
        f"`{rule.name}`{signs}",
        f"{rule.title_zh} {rule.title_en}",
        f"{rule.tests_zh} {rule.tests_en}",
        f"{rule.owner_zh} {rule.owner_en}",
        rule.source,
        rule.mark,
        ", ".join(f"{cause.value} {CAUSE_WORDS[cause].title_en}" for cause in rule.causes),
        ", ".join(f"`{name}`" for name in rule.parameters),
        ", ".join(f"`{name}`" for name in rule.readings),
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
