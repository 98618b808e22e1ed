"""What is known of evidence and of causes: what can be done, by whom, and whose records it is."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fanpin_risk.causes import CAUSE_WORDS, SUPPORT, Cause
from fanpin_risk.explain.ranking import is_own
from fanpin_risk.explain.told import CAUSES
from fanpin_risk.indicators.indicator import IndicatorColumn


def facts_of(columns: Sequence[IndicatorColumn]) -> pl.DataFrame:
    """One row for each column, and a last one for no evidence at all.

    Parameters
    ----------
    columns
        The catalogue's columns.

    Returns
    -------
    DataFrame of shape (n_columns + 1, 4)
        ``indicator, is_actionable, is_own, source``; the last row has empty texts, and neither yes
        nor no.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> facts_of([named["admissions_count_12m"]]).row(0)[:3]
    ('admissions_count_12m', True, True)
    """
    rows = [
        {
            "indicator": column.name,
            "is_actionable": column.indicator.is_actionable,
            "is_own": is_own(column),
            "source": f"{column.indicator.owner_zh}：{column.indicator.table}",
        }
        for column in columns
    ]
    nothing = {"indicator": "", "is_actionable": None, "is_own": None, "source": ""}
    return pl.DataFrame([*rows, nothing])


def facts_of_causes() -> pl.DataFrame:
    """One row for each official cause, and a last one for no reason at all.

    Returns
    -------
    DataFrame of shape (n_causes + 1, 4)
        ``cause, support, owner_zh, owner_en`` in the order of
        `fanpin_risk.explain.told.CAUSES`; the last row has the cause "other" and empty texts.

    Examples
    --------
    >>> facts_of_causes().row(0)[:3]
    ('因病', 'health、social', '医保部门')
    """
    rows = [
        {
            "cause": cause.value,
            "support": "、".join(SUPPORT[cause].measures),
            "owner_zh": CAUSE_WORDS[cause].owner_zh,
            "owner_en": CAUSE_WORDS[cause].owner_en,
        }
        for cause in CAUSES
    ]
    nothing = dict.fromkeys(("support", "owner_zh", "owner_en"), "")
    return pl.DataFrame([*rows, {"cause": Cause.OTHER.value, **nothing}])
