"""Official causes out of the rules that are met, and the kinds of support that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.causes import DEVELOPMENT_MEASURES, SUPPORT, Cause
from fanpin_risk.ledger.listed_facts import CAUSE_COLUMNS
from fanpin_risk.records.contracts.codes import MEASURES
from fanpin_risk.standards.logic import any_of
from fanpin_risk.standards.proposal_type import MARGINAL, SUDDEN, UNSTABLE
from fanpin_risk.standards.routes_by_rule import (
    has_nobody,
    has_weak,
    is_able,
    is_case_by_case,
)
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.worded import SEPARATORS, joined

Frame = nw.DataFrame[pl.DataFrame]

_MEASURES: Final = ("measures", "measures_zh", "measures_en")
_NEAR_HOME: Final = ("employment", "public_post")
"""What weak or half labour can do near home (founding text 三（六）)."""
_NET: Final = "safety_net"
_RELIEF: Final = "temporary_relief"
_NO_CAUSES: Final = ("exit", "loop")
"""Themes whose rules say nothing about why a household is in difficulty."""


def with_causes(homes: Frame, rules: Sequence[StandardRule]) -> Frame:
    """Add the official causes that met rules are evidence of.

    Parameters
    ----------
    homes
        Any rows with the answers of the rules, and ``proposal``.
    rules
        Rules asked; flags of evidence, and rules on exits and on the work of offices, count for
        nothing.

    Returns
    -------
    DataFrame
        The rows with ``cause_1`` to ``cause_5``: official words in the order of the taxonomy,
        without gaps, null for none. Where a type is proposed and no met rule has a cause, 其他.
    """
    flags = {cause: _is_told(cause, rules) for cause in Cause}
    is_typed = any_of(*[nw.col("proposal") == kind for kind in (UNSTABLE, MARGINAL, SUDDEN)])
    named = any_of(*[flag for cause, flag in flags.items() if cause is not Cause.OTHER])
    flags[Cause.OTHER] = flags[Cause.OTHER] | (is_typed & ~named)
    marked = homes.with_columns(flag.alias(_flag(cause)) for cause, flag in flags.items())
    ranks, count = {}, nw.lit(0)
    for cause in Cause:
        count = count + nw.col(_flag(cause)).cast(nw.Int64)
        ranks[cause] = count
    ranked = marked.with_columns(
        rank.alias(f"{_flag(cause)}|rank") for cause, rank in ranks.items()
    )
    found = {}
    for place, name in enumerate(CAUSE_COLUMNS, start=1):
        word: nw.Expr = nw.lit(None).cast(nw.String)
        for cause in Cause:
            is_it = nw.col(_flag(cause)) & (nw.col(f"{_flag(cause)}|rank") == place)
            word = nw.when(is_it).then(nw.lit(cause.value)).otherwise(word)
        found[name] = word
    own = [name for cause in Cause for name in (_flag(cause), f"{_flag(cause)}|rank")]
    return ranked.with_columns(**found).drop(own)


def with_measures(homes: Frame) -> Frame:
    """Add the kinds of support that go with the causes and with the labour there is.

    Each cause's own pairs; where somebody is able to work and no cause brings development help, all
    four kinds of it, of which one at least is expected; where labour is weak only, work near home
    and the safety net; where nobody can work, the safety net; case by case, temporary relief. In
    the order of the official list of measures (policy notes, section 12).

    Parameters
    ----------
    homes
        Any rows with the columns of `with_causes`, and those that `with_routes` looks at.

    Returns
    -------
    DataFrame
        The rows with ``measures`` (codes), ``measures_zh, measures_en``; null without any cause.
    """
    marked = homes.with_columns(_has(cause).alias(_flag(cause)) for cause in Cause)
    by_cause = {
        code: any_of(
            nw.lit(False), *[nw.col(_flag(c)) for c in Cause if code in SUPPORT[c].measures]
        )
        for code in MEASURES.words
    }
    develops = any_of(*[by_cause[code] for code in DEVELOPMENT_MEASURES])
    weak = has_weak() & ~is_able()
    given = dict(by_cause)
    for code in DEVELOPMENT_MEASURES:
        given[code] = given[code] | (is_able() & ~develops)
    for code in _NEAR_HOME:
        given[code] = given[code] | weak
    given[_NET] = given[_NET] | weak | has_nobody()
    given[_RELIEF] = given[_RELIEF] | is_case_by_case()
    marked = marked.with_columns(is_given.alias(f"_{code}") for code, is_given in given.items())
    words = {code: (code, *titles) for code, titles in MEASURES.words.items()}
    has_cause = ~nw.col(CAUSE_COLUMNS[0]).is_null()
    texts = {
        name: joined([(nw.col(f"_{code}"), text[part]) for code, text in words.items()], separator)
        for part, (name, separator) in enumerate(zip(_MEASURES, SEPARATORS, strict=True))
    }
    own = [*[_flag(cause) for cause in Cause], *[f"_{code}" for code in given]]
    return marked.with_columns(
        nw.when(has_cause).then(text).alias(name) for name, text in texts.items()
    ).drop(own)


def _is_told(cause: Cause, rules: Sequence[StandardRule]) -> nw.Expr:
    """Whether a met rule is evidence of a cause; never null."""
    found = [
        nw.col(rule.name).fill_null(False)
        for rule in rules
        if cause in rule.causes and not rule.is_evidence and rule.theme not in _NO_CAUSES
    ]
    return any_of(nw.lit(False), *found)


def _has(cause: Cause) -> nw.Expr:
    """Whether one of the causes given is this one; never null."""
    return any_of(*[(nw.col(name) == cause.value).fill_null(False) for name in CAUSE_COLUMNS])


def _flag(cause: Cause) -> str:
    """Column that holds for the moment whether a cause is told."""
    return f"_{cause.name}"
