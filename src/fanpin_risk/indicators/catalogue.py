"""The catalogue: every indicator, in the order of the feature table's columns."""

from __future__ import annotations

from collections.abc import Sequence

from fanpin_risk.indicators.coping import COPING
from fanpin_risk.indicators.dwelling import DWELLING, WATER
from fanpin_risk.indicators.income import LEVEL, SOURCES, SUPPORT
from fanpin_risk.indicators.indicator import Indicator, IndicatorColumn
from fanpin_risk.indicators.members import MEMBERS
from fanpin_risk.indicators.place import OBSERVATION, PLACE
from fanpin_risk.provenance import digest_of_value

CATALOGUE: tuple[Indicator, ...] = (
    *LEVEL,
    *SOURCES,
    *SUPPORT,
    *COPING,
    *MEMBERS,
    *DWELLING,
    *WATER,
    *PLACE,
    *OBSERVATION,
)
"""Every indicator of the package."""


def columns_of(catalogue: Sequence[Indicator]) -> tuple[IndicatorColumn, ...]:
    """Columns of a catalogue, in order.

    Raises
    ------
    ValueError
        If two columns have one name.

    Examples
    --------
    >>> columns_of(CATALOGUE)[0].name
    'income_to_line_latest'
    """
    columns = tuple(
        IndicatorColumn(name=name, indicator=indicator, aggregate=aggregate)
        for indicator in catalogue
        for name, aggregate in zip(indicator.columns, indicator.aggregates, strict=True)
    )
    names = [column.name for column in columns]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"Two indicators give the columns {doubled}. Rename one.")
    return columns


def catalogue_digest(catalogue: Sequence[Indicator]) -> str:
    """Fingerprint of what the columns mean; a stored model is used only with the same one."""
    content = [
        {
            "name": indicator.name,
            "table": indicator.table,
            "unit": indicator.unit,
            "scale": indicator.scale,
            "aggregates": [a.value for a in indicator.aggregates],
            "cause": indicator.cause.name,
            "direction": indicator.direction,
            "is_sensitive": indicator.is_sensitive,
            "if_no_records": indicator.if_no_records,
        }
        for indicator in catalogue
    ]
    return digest_of_value(content)[:16]
