"""Many standards at many places on one day, as one table that frames are joined with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.resolved import Caution, Resolved
from fanpin_risk.standards.units import CODE

Frame = nw.DataFrame[pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class ParameterTable:
    """Standards in force at some places on one day.

    Attributes
    ----------
    standards
        What was asked.
    day
        The day.
    frame
        ``context_place`` as the records spell it, sorted (bytes), and one ``Int64`` column for each
        name, in the steps of its unit (fen, ten-thousandths, days); null where it cannot be told.
    record_frame
        ``context_place`` and ``<name>_record`` for each name: the dated records used, joined by
        " < "; the record that stopped the search, or else the name, where it cannot be told.
    records
        The same text by place and name.
    reasons
        By place and name, where it cannot be told, why: Chinese and English.
    warnings
        What must be said beside the values, once each, sorted.
    """

    standards: Standards
    day: date
    frame: Frame
    record_frame: Frame
    records: Mapping[tuple[str, str], str]
    reasons: Mapping[tuple[str, str], str]
    warnings: tuple[Caution, ...]


def parameter_table(
    standards: Standards, places: Iterable[str], day: date, names: Sequence[str]
) -> ParameterTable:
    """Every named standard in force on a day, for each place.

    Parameters
    ----------
    standards
        The standards.
    places
        Places as records spell them, in any order, each as often as it comes.
    day
        The day.
    names
        Standards that are numbers.

    Returns
    -------
    ParameterTable

    Raises
    ------
    ConfigError
        If there is no such standard, it is a code, or a value is finer than a step of its unit.
    """
    for name in names:
        if standards.parameter(name).unit == CODE:
            raise ConfigError(f"{name} is a code and no number. Ask for it by itself.")
    asked = sorted(set(places))
    known = [standards.places.name_of(place) for place in asked]
    spelt = dict(zip(known, asked, strict=True))
    told = {name: _told(standards, name, spelt, day) for name in names}
    found = {name: [each[place] for place in known] for name, each in told.items()}
    cells = [
        ((place, name), one)
        for name, each in found.items()
        for place, one in zip(asked, each, strict=True)
    ]
    values = {name: [one.integer for one in each] for name, each in found.items()}
    records = {f"{name}_record": [one.record for one in each] for name, each in found.items()}
    return ParameterTable(
        standards=standards,
        day=day,
        frame=_frame(asked, values, pl.Int64()),
        record_frame=_frame(asked, records, pl.String()),
        records={key: one.record for key, one in cells},
        reasons={key: one.why for key, one in cells if one.integer is None},
        warnings=tuple(
            sorted({c for each in told.values() for one in each.values() for c in one.warnings})
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Told:
    """One standard as it stands at all places that the same records decide, worded once."""

    integer: int | None
    record: str
    why: str
    warnings: tuple[Caution, ...]

    @classmethod
    def of(cls, found: Resolved) -> _Told:
        """Words and integer of a lookup."""
        return cls(
            integer=found.integer,
            record=found.record_text,
            why=found.why_text,
            warnings=found.warnings,
        )


def _told(
    standards: Standards, name: str, spelt: Mapping[str | None, str], day: date
) -> dict[str | None, _Told]:
    """One standard at each place of the tree that is asked about, looked up once."""
    return {
        known: _Told.of(standards.resolve(name, place=place, day=day))
        for known, place in spelt.items()
    }


def _frame(
    places: Sequence[str], columns: Mapping[str, Sequence[object]], kind: pl.DataType
) -> Frame:
    """Places beside columns of one kind."""
    content = {"context_place": list(places), **columns}
    schema = {"context_place": pl.String(), **dict.fromkeys(columns, kind)}
    return nw.from_native(pl.DataFrame(content, schema=schema), eager_only=True)
