"""Indicators as they would stand if only some of what lies between two days had come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import narwhals as nw
import polars as pl

from fanpin_risk.explain.change import Part
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.indicator import Indicator
from fanpin_risk.records.timeline import Arrival, Records, known_as_of, records_with
from fanpin_risk.standards.lines import LINE_SCALE, lines_on
from fanpin_risk.workflows.days import Basis, Frame
from fanpin_risk.workflows.register import RegisterBasis
from fanpin_risk.workflows.survey import SurveyBasis

ARRIVALS = {
    Part.CHANGED: Arrival.HAPPENED,
    Part.FOUND: Arrival.FOUND,
    Part.CORRECTED: Arrival.CORRECTED,
}
"""Parts that are later versions of records."""
BUILT = (*ARRIVALS, Part.TIME, Part.STANDARD)
"""Parts of which indicators are built anew; the others take what is there already."""
OF_OTHERS = "place_view"
"""The source whose columns stand on other households' records."""


@dataclass(frozen=True, kw_only=True)
class Between:
    """What indicators of some households are built from, with or without each part.

    ``entries``: of `known_between`, the rows that the households stand on. ``households``: their
    numbers, sorted.
    """

    basis: Basis
    since: date
    as_of: date
    entries: Mapping[str, pl.DataFrame]
    households: pl.Series


def parts_between(between: Between) -> list[Part]:
    """Parts of `BUILT` that are there at all: records came, time passed, a line is another one."""
    came: set[str] = set()
    for frame in between.entries.values():
        came.update(frame["arrival"].drop_nulls().unique())
    found = [part for part, arrival in ARRIVALS.items() if arrival.value in came]
    return [*found, Part.TIME, *([Part.STANDARD] if _standard_differs(between) else [])]


def features_with(between: Between, parts: Collection[Part]) -> pl.DataFrame:
    """Indicators as they would stand if only some parts had come.

    Parameters
    ----------
    between
        The records between two days.
    parts
        Those of `BUILT` that have come. Without `Part.TIME` the day is still the earlier one, and
        what is let in counts as recorded by then; without `Part.STANDARD` the lines in force are
        those of the earlier day.

    Returns
    -------
    DataFrame
        ``household_id`` and the catalogue's columns, but for those of other households' records
        (`own_catalogue`), in the order of ``between.households``.
    """
    day = between.as_of if Part.TIME in parts else between.since
    standards_day = between.as_of if Part.STANDARD in parts else between.since
    arrivals = [arrival for part, arrival in ARRIVALS.items() if part in parts]
    records = records_with(between.entries, arrivals, day)
    asked = nw.from_native(pl.DataFrame({"household_id": between.households}), eager_only=True)
    basis = between.basis
    if isinstance(basis, RegisterBasis):
        return _of_register(basis, records, day, standards_day, asked)
    # a survey's lines are those of the days of its visits, whatever the day of decision
    own = replace(cast(SurveyBasis, basis), catalogue=own_catalogue(basis.catalogue))
    return own.features(own.situation(records, day), asked)


def own_catalogue(catalogue: Collection[Indicator]) -> list[Indicator]:
    """Indicators that stand on the household's own records, and on who it is bound up with."""
    return [indicator for indicator in catalogue if indicator.table != OF_OTHERS]


def _of_register(
    basis: RegisterBasis, records: Records, day: date, standards_day: date, asked: Frame
) -> pl.DataFrame:
    """What `RegisterBasis.features` gives, with lines of a day of their own and without rules."""
    known = known_as_of(records, day)
    places = _places(known.tables["household_snapshot"].to_native())
    lines = lines_on(basis.standards, places, standards_day, [basis.need_line])
    line_fen = nw.col(f"{basis.need_line}_e4") // LINE_SCALE
    return build_indicators(
        known,
        None,
        asked,
        horizon_months=basis.cohort.horizon_months,
        catalogue=own_catalogue(basis.catalogue),
        county=county_view(facts_of(known), lines.select("context_place", line_fen=line_fen)),
    )


def _standard_differs(between: Between) -> bool:
    """Whether a line that the indicators stand on is another one on the later day."""
    basis = between.basis
    if not isinstance(basis, RegisterBasis):
        return False
    places = _places(between.entries["household_snapshot"])
    line = f"{basis.need_line}_e4"
    then, now = (
        lines_on(basis.standards, places, day, [basis.need_line])[line].to_list()
        for day in (between.since, between.as_of)
    )
    return then != now


def _places(snapshots: pl.DataFrame) -> list[str]:
    """Places of reference, each once."""
    return cast(list[str], snapshots["context_place"].drop_nulls().unique().to_list())


@dataclass(frozen=True, kw_only=True)
class Combined:
    """Whole tables of indicators for combinations of parts.

    ``builds``: of `features_with`, by the parts of `BUILT` in them. ``then, now``: the same
    households' indicators of the whole county on both days, in the order of the catalogue.
    """

    builds: Mapping[frozenset[Part], pl.DataFrame]
    then: pl.DataFrame
    now: pl.DataFrame

    def table(self, combination: Collection[Part]) -> pl.DataFrame:
        """Indicators with some parts: own ones as built, the others' of one of both days."""
        own = self.builds[built_of(combination)]
        others = self.now if Part.SURROUNDINGS in combination else self.then
        added = [name for name in others.columns if name not in own.columns]
        return own.hstack(others.select(added)).select(self.now.columns)

    def rows(self, keep: pl.Series) -> Combined:
        """The same of some of the households."""
        return Combined(
            builds={parts: table.filter(keep) for parts, table in self.builds.items()},
            then=self.then.filter(keep),
            now=self.now.filter(keep),
        )

    def agrees(self, parts: Collection[Part]) -> pl.Series:
        """Whether a household's tables with no part and with all are those of both days."""
        return same_rows(self.table(()), self.then) & same_rows(self.table(parts), self.now)


def built_of(combination: Collection[Part]) -> frozenset[Part]:
    """Parts of a combination that indicators are built anew for."""
    return frozenset(combination) & frozenset(BUILT)


def same_rows(left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """Whether two tables agree in every column, not known being the same as not known.

    Examples
    --------
    >>> left = pl.DataFrame({"a": [1.0, None], "b": [2.0, 3.0]})
    >>> same_rows(left, pl.DataFrame({"a": [1.0, None], "b": [2.0, 4.0]})).to_list()
    [True, False]
    """
    same = pl.repeat(True, left.height, dtype=pl.Boolean, eager=True)
    for name in left.columns:
        same = same & left[name].eq_missing(right[name])
    return same


def surroundings_differ(
    then: pl.DataFrame, now: pl.DataFrame, catalogue: Collection[Indicator]
) -> bool:
    """Whether a column that stands on other households' records is another one for anybody."""
    names = [name for i in catalogue if i.table == OF_OTHERS for name in i.columns]
    return not bool(same_rows(then.select(names), now.select(names)).all())
