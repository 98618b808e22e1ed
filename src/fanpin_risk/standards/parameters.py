"""Dated, placed, sourced parameters of the standards: numbers live in YAML, never in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fanpin_risk.errors import ConfigError
from fanpin_risk.provenance import digest_of_value
from fanpin_risk.settings import nearest
from fanpin_risk.standards.loading import read_folders
from fanpin_risk.standards.lookup import Lookup
from fanpin_risk.standards.places import Place, PlaceTree
from fanpin_risk.standards.readings import ENDS, Readings, overridden
from fanpin_risk.standards.regimes import REGIME, Bridge
from fanpin_risk.standards.resolved import Resolved
from fanpin_risk.standards.units import quantity_of
from fanpin_risk.standards.values import (
    MARKS_TO_NAME,
    Mark,
    Parameter,
    ParameterValue,
    Span,
    overlap_words,
    overlaps,
    record_name,
)

__all__ = [
    "FIGURES",
    "MARKS_TO_NAME",
    "Mark",
    "Parameter",
    "ParameterValue",
    "Resolved",
    "Standards",
    "record_name",
]

FIGURES = ("median_income_minor",)
"""Figures of the place context that a multiple may stand on."""


class Standards:
    """All parameters of a configuration, looked up by name, place and day.

    Parameters
    ----------
    parameters
        Parameters by name.
    places
        The tree of places; when None, every place of a value is one of its own.
    readings
        Settings where the text is silent.
    marks_allowed
        Marks of `MARKS_TO_NAME` whose values may be used.
    bridge
        Regimes that are joined.

    Raises
    ------
    ConfigError
        If two values of one place hold on one day, a multiple stands on nothing or on itself, a
        value is at no known place, or a regime or reading that a value names does not exist.
    """

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        *,
        places: PlaceTree | None = None,
        readings: Readings | None = None,
        marks_allowed: Iterable[str] = (),
        bridge: Bridge | None = None,
    ) -> None:
        self.parameters = dict(parameters)
        self.places = places or PlaceTree.of_names(
            value.place for parameter in parameters.values() for value in parameter.values
        )
        self.readings = readings or Readings()
        self.marks_allowed = frozenset(marks_allowed)
        self.bridge = bridge
        _check(self.parameters, self.places, bridge)
        self._lookup = Lookup(
            self.parameters,
            places=self.places,
            readings=self.readings,
            marks_allowed=self.marks_allowed,
            bridge=bridge,
        )

    @classmethod
    def load(cls, folders: Path | Sequence[Path]) -> Standards:
        """Read every ``*.yaml`` of a folder, or of several in order; see `read_folders`.

        Raises
        ------
        ConfigError
            If a folder is missing or empty, two files of it hold one name, or a value contradicts
            another.
        """
        found = read_folders([folders] if isinstance(folders, Path) else folders)
        return cls(found.parameters, places=found.places, readings=found.readings)

    def using(
        self,
        *,
        marks_allowed: Iterable[str] = (),
        bridge: str | None = None,
        readings: Mapping[str, Any] | None = None,
    ) -> Standards:
        """The same standards as a configuration wants to use them.

        Parameters
        ----------
        marks_allowed
            Marks of `MARKS_TO_NAME` whose values may be used.
        bridge
            Regimes that are joined, such as ``"transition_2021_2025 -> normalised_2026"``.
        readings
            Readings chosen otherwise, by name.
        """
        return Standards(
            self.parameters,
            places=self.places,
            readings=overridden(self.readings, readings or {}),
            marks_allowed=marks_allowed,
            bridge=None if bridge is None else Bridge.read(bridge),
        )

    def parameter(self, name: str) -> Parameter:
        """One parameter by name.

        Raises
        ------
        ConfigError
            If there is none of that name; the nearest is shown.
        """
        return self._lookup.parameter(name)

    def resolve(
        self,
        name: str,
        *,
        place: str,
        day: date,
        figures: Mapping[str, int | None] | None = None,
    ) -> Resolved:
        """What a parameter is at a place on a day, with the records it rests on.

        The record of the place itself counts first, then of its wage area, then those of the more
        general places. A record of mark `N` without a number stops the search, and so does one
        whose mark is not allowed. A record of another regime than the day's does not hold, unless
        the bridge joins the two. There is no neighbour's value and no nearest day.

        Parameters
        ----------
        name
            The parameter.
        place
            The place, as the standards or the records spell it.
        day
            The day; both ends of a value's time belong to it.
        figures
            Dated figures of the place on that very day, which multiples may stand on.

        Returns
        -------
        Resolved
            The exact value; or None with the reason in ``why``.

        Raises
        ------
        ConfigError
            If there is no such parameter.
        """
        return self._lookup.resolve(name, place=place, day=day, figures=figures)

    def spans_of(self, name: str) -> Mapping[str, list[Span]]:
        """Days on which each value of a parameter holds, by place."""
        return self._lookup.spans_of(name)

    def regime_on(self, place: str, day: date) -> str | None:
        """Regime of a place on a day; None where no record says it.

        It is the text of the standard ``regime``, found like any other.
        """
        return self._lookup.regime_on(place, day)

    def content(self) -> dict[str, Any]:
        """Everything as plain values, for a model's folder; `of_content` reads it back."""
        return {
            "parameters": {n: p.model_dump(mode="json") for n, p in self.parameters.items()},
            "places": [place.model_dump(mode="json") for place in self.places.places.values()],
            "readings": self.readings.model_dump(mode="json"),
            "marks_allowed": sorted(self.marks_allowed),
            "bridge": None if self.bridge is None else str(self.bridge),
        }

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> Standards:
        """Standards out of what `content` gave.

        Raises
        ------
        KeyError, ValueError
            If something is missing or no longer what it was.
        """
        bridge = content["bridge"]
        return cls(
            {n: Parameter.model_validate(p) for n, p in content["parameters"].items()},
            places=PlaceTree(Place.model_validate(place) for place in content["places"]),
            readings=Readings.model_validate(content["readings"]),
            marks_allowed=content["marks_allowed"],
            bridge=None if bridge is None else Bridge.read(bridge),
        )

    def digest(self) -> str:
        """Fingerprint of everything that can change an answer, for manifests."""
        return digest_of_value(self.content())[:16]


def _check(parameters: Mapping[str, Parameter], places: PlaceTree, bridge: Bridge | None) -> None:
    """Refuse what names something that nobody defines."""
    regimes = [value.value for value in parameters[REGIME].values] if REGIME in parameters else []
    known = [regime for regime in regimes if regime is not None]
    ends = [name for name in Readings.model_fields if name.endswith(ENDS)]
    for parameter in parameters.values():
        for before, after in overlaps(parameter.values):
            raise ConfigError(f"{parameter.name}: {overlap_words(before, after)}.")
        _check_base(parameter, parameters)
        for value in parameter.values:
            record = record_name(parameter.name, value)
            _must_be(record, "place", value.place, list(places.places))
            if value.regime is not None:
                _must_be(record, "regime", value.regime, known)
            if value.end_reading is not None:
                _must_be(record, "end_reading", value.end_reading, ends)
    if bridge is not None:
        for regime in (bridge.before, bridge.after):
            _must_be("regime_bridge", "regime", regime, known)


def _must_be(record: str, key: str, given: str, known: list[str]) -> None:
    """Refuse a name that nobody knows."""
    if given not in known:
        mend = nearest(given, known) if known else f"No standard says any {key}."
        raise ConfigError(f"{record}: {key} {given!r} is not known. {mend}")


def _check_base(parameter: Parameter, known: Mapping[str, Parameter]) -> None:
    """Refuse a multiple of something that nobody defines, of another kind, or of itself."""
    reached: set[str] = set()
    waiting = [parameter]
    while waiting:
        current = waiting.pop()
        for base in sorted({value.of for value in current.values if value.of is not None}):
            if base == parameter.name:
                raise ConfigError(
                    f"{parameter.name}: stands on itself through {current.name!r}. "
                    "Give one of them a value of its own."
                )
            if base not in known and base not in FIGURES:
                raise ConfigError(
                    f"{current.name}: `of: {base}` is neither a standard nor a figure. "
                    f"{nearest(base, [*known, *FIGURES])}"
                )
            if base in known and base not in reached:
                _check_unit(current, known[base])
                reached.add(base)
                waiting.append(known[base])


def _check_unit(parameter: Parameter, base: Parameter) -> None:
    """Refuse a multiple whose base measures something else."""
    if quantity_of(parameter.unit) != quantity_of(base.unit):
        raise ConfigError(
            f"{parameter.name} is in {parameter.unit!r} and stands on {base.name} in "
            f"{base.unit!r}. Name a base of the same kind."
        )
