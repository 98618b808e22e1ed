"""What the catalogue knows about evidence: whether it can be acted on, by whom, and its source."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fanpin_risk.causes import CAUSE_WORDS, SUPPORT, Cause
from fanpin_risk.explain.ranking import is_own
from fanpin_risk.indicators.indicator import IndicatorColumn


def facts_of(columns: Sequence[IndicatorColumn]) -> pl.DataFrame:
    """One row for each column, and a last one for no evidence at all.

    Parameters
    ----------
    columns
        The catalogue's columns.

    Returns
    -------
    DataFrame of shape (n_columns + 1, 8)
        ``cause, indicator, is_actionable, is_own, support, owner_zh, owner_en, source``; the last
        row has the cause "other", empty texts, and neither yes nor no.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> facts_of([named["admissions_count_12m"]]).row(0)[1:5]
    ('admissions_count_12m', True, True, 'health、social')
    """
    rows = [
        {
            "cause": column.indicator.cause.value,
            "indicator": column.name,
            "is_actionable": column.indicator.is_actionable,
            "is_own": is_own(column),
            "support": "、".join(SUPPORT[column.indicator.cause].measures),
            "owner_zh": CAUSE_WORDS[column.indicator.cause].owner_zh,
            "owner_en": CAUSE_WORDS[column.indicator.cause].owner_en,
            "source": f"{column.indicator.owner_zh}：{column.indicator.table}",
        }
        for column in columns
    ]
    texts = dict.fromkeys(("indicator", "support", "owner_zh", "owner_en", "source"), "")
    nothing = {"cause": Cause.OTHER.value, "is_actionable": None, "is_own": None, **texts}
    return pl.DataFrame([*rows, nothing])
