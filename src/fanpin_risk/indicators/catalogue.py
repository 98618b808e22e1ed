"""The catalogue: every indicator, in the order of the feature table's columns."""

from __future__ import annotations

from collections.abc import Sequence

from fanpin_risk.indicators.coping import COPING
from fanpin_risk.indicators.county.define_health import BILLS
from fanpin_risk.indicators.county.define_home import HOME, SNAPSHOT
from fanpin_risk.indicators.county.define_home import WATER as SAFE_WATER
from fanpin_risk.indicators.county.define_income import ACCOUNT, PAYMENTS, REGISTER
from fanpin_risk.indicators.county.define_people import COVER, PEOPLE, SCHOOL
from fanpin_risk.indicators.county.define_place import PLACES, SEEN
from fanpin_risk.indicators.county.define_shocks import SHOCKS
from fanpin_risk.indicators.county.define_spending import LOANS, SPENDING
from fanpin_risk.indicators.county.define_work import WORK
from fanpin_risk.indicators.dwelling import DWELLING, WATER
from fanpin_risk.indicators.income import LEVEL, SOURCES, SUPPORT
from fanpin_risk.indicators.indicator import Basis, Indicator, IndicatorColumn
from fanpin_risk.indicators.members import MEMBERS
from fanpin_risk.indicators.place import OBSERVATION, PLACE
from fanpin_risk.provenance import digest_of_value

SURVEY: tuple[Indicator, ...] = (
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
"""Indicators over the visits of a survey's panel."""

COUNTY: tuple[Indicator, ...] = (
    *REGISTER,
    *ACCOUNT,
    *PAYMENTS,
    *SPENDING,
    *LOANS,
    *PEOPLE,
    *BILLS,
    *COVER,
    *SCHOOL,
    *WORK,
    *HOME,
    *SAFE_WATER,
    *SNAPSHOT,
    *SHOCKS,
    *PLACES,
    *SEEN,
)
"""Indicators over a county's monitoring records."""

CATALOGUE: tuple[Indicator, ...] = (*SURVEY, *COUNTY)
"""Every indicator of the package."""


def catalogue_of(basis: Basis) -> tuple[Indicator, ...]:
    """The part of the catalogue over one kind of records, in the order of the feature table.

    Parameters
    ----------
    basis
        ``survey`` or ``county``.

    Raises
    ------
    ValueError
        If there is no such part.

    Examples
    --------
    >>> catalogue_of("county")[0].name
    'register_income_to_line'
    """
    parts = {"survey": SURVEY, "county": COUNTY}
    if basis not in parts:
        raise ValueError(f"There is no catalogue {basis!r}. Choose one of {', '.join(parts)}.")
    return parts[basis]


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
        IndicatorColumn(name=name, indicator=indicator, aggregate=aggregate, window=window)
        for indicator in catalogue
        for name, (aggregate, window) in zip(indicator.columns, indicator.parts, strict=True)
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
            **_county_content(indicator),
        }
        for indicator in catalogue
    ]
    return digest_of_value(content)[:16]


def _county_content(indicator: Indicator) -> dict[str, object]:
    """What a definition over a county's records says beside; nothing of one over a panel."""
    if indicator.basis == "survey":
        return {}
    return {
        "basis": indicator.basis,
        "windows": list(indicator.windows),
        "day": indicator.day,
        "relative_to": indicator.relative_to,
        "told_by": list(indicator.told_by_columns),
    }
