"""What the page says of rules, in words and counts out of the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fanpin_risk.report.page import RuleWords
from fanpin_risk.report.words import MARKS, Words, count, words_of
from fanpin_risk.standards.rule import CANNOT_TELL, MET, NOT_MET, Rule, StandardRule


def rule_words(
    rules: Sequence[Rule], manifest: Mapping[str, Any], told: pl.DataFrame
) -> tuple[RuleWords, ...]:
    """Every rule in words, with how many households it has which answer for.

    Parameters
    ----------
    rules
        In the order in which they are shown.
    manifest
        Its ``findings``: counts by rule; a rule that is not in them has no household.
    told
        Frame of ``rules.parquet``: owners of rules that do not name one themselves.
    """
    found = manifest["findings"]
    owners = {
        row["rule"]: Words(row["owner_zh"], row["owner_en"]) for row in told.iter_rows(named=True)
    }

    def words(rule: Rule) -> RuleWords:
        theme: str = "income"
        owner = owners.get(rule.name, Words("", ""))
        unknown: int | None = found["cannot_tell"].get(rule.name, 0)
        if isinstance(rule, StandardRule):
            theme, owner = rule.theme, Words(rule.owner_zh, rule.owner_en)
            unknown = None if rule.is_evidence else unknown
        return RuleWords(
            code=rule.name,
            title=Words(rule.title_zh, rule.title_en),
            tests=Words(rule.tests_zh, rule.tests_en),
            theme=theme,
            owner=owner,
            n_met=found.get("met", {}).get(rule.name, 0),
            n_not_met=found.get("not_met", {}).get(rule.name, 0),
            n_cannot_tell=unknown,
        )

    return tuple(words(rule) for rule in rules)


def exit_words(counts: Mapping[str, int]) -> Words:
    """How many listed households could leave monitoring, could not, or cannot be told.

    Examples
    --------
    >>> exit_words({"met": 3, "not met": 1200}).en
    'Listed households, 1,203: exit can be proposed 3, not yet 1,200, cannot tell 0.'
    """
    met, not_met, unknown = (counts.get(answer, 0) for answer in (MET, NOT_MET, CANNOT_TELL))
    total = count(met + not_met + unknown)
    return Words(
        f"在册监测对象{total}户：可提出消除风险{count(met)}户，尚不可{count(not_met)}户，"
        f"无法判断{count(unknown)}户。",
        f"Listed households, {total}: exit can be proposed {count(met)}, not yet "
        f"{count(not_met)}, cannot tell {count(unknown)}.",
    )


def mark_words(allowed: Sequence[str]) -> Words:
    """Marks that a configuration names although they are weak.

    Examples
    --------
    >>> mark_words([])
    Words(zh='没有准用D、N级依据。', en='No mark that must be named is used.')
    >>> mark_words(["G"]).en
    'Marks named by the configuration: G (general knowledge, not checked against a page).'
    """
    if not allowed:
        return Words("没有准用D、N级依据。", "No mark that must be named is used.")
    said = [(mark, words_of(MARKS, mark)) for mark in allowed]
    return Words(
        "配置准用的依据等级：" + "；".join(f"{m}（{w.zh}）" for m, w in said) + "。",
        "Marks named by the configuration: " + "; ".join(f"{m} ({w.en})" for m, w in said) + ".",
    )
