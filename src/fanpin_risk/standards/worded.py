"""Codes in words, and what holds of several things as one text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import narwhals as nw

from fanpin_risk.standards.rule import StandardRule

SEPARATORS: Final = (", ", "、", ", ")
"""Between codes, between Chinese words, between English words."""


def in_words(column: str, words: Mapping[str, tuple[str, str]]) -> dict[str, nw.Expr]:
    """Columns ``<column>_zh`` and ``<column>_en`` of a column of codes; null for null.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"x": ["a", None]}), eager_only=True)
    >>> frame.select(**in_words("x", {"a": ("甲", "A")})).rows()
    [('甲', 'A'), (None, None)]
    """
    zh: nw.Expr = nw.lit(None).cast(nw.String)
    en: nw.Expr = nw.lit(None).cast(nw.String)
    for code, (chinese, english) in words.items():
        is_it = nw.col(column) == code
        zh = nw.when(is_it).then(nw.lit(chinese)).otherwise(zh)
        en = nw.when(is_it).then(nw.lit(english)).otherwise(en)
    return {f"{column}_zh": zh, f"{column}_en": en}


def joined(parts: Iterable[tuple[nw.Expr, str]], separator: str) -> nw.Expr:
    """Texts of those conditions that hold, in order; empty where none does.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(
    ...     pl.DataFrame({"a": [True, None], "b": [True, False]}), eager_only=True
    ... )
    >>> parts = [(nw.col("a"), "first"), (nw.col("b"), "second")]
    >>> frame.select(x=joined(parts, ", "))["x"].to_list()
    ['first, second', '']
    """
    return nw.concat_str(
        *[nw.when(holds).then(nw.lit(text)) for holds, text in parts],
        separator=separator,
        ignore_nulls=True,
    )


def rule_words(rules: Sequence[StandardRule], holds: Mapping[str, nw.Expr]) -> tuple[nw.Expr, ...]:
    """Rules of which something holds: names, Chinese titles, English titles.

    Parameters
    ----------
    rules
        The rules, in the order in which they are named.
    holds
        By the name of a rule, whether it is named.
    """
    texts = [(rule.name, rule.title_zh, rule.title_en) for rule in rules]
    return tuple(
        joined(
            [(holds[rule.name], text[part]) for rule, text in zip(rules, texts, strict=True)],
            separator,
        )
        for part, separator in enumerate(SEPARATORS)
    )
