"""Looking a standard up by name, place and day: which of its dated values holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import nearest
from fanpin_risk.standards.places import PlaceTree
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.regimes import REGIME, Bridge
from fanpin_risk.standards.resolved import Caution, Resolved, cautions_of, later_general
from fanpin_risk.standards.units import CODE
from fanpin_risk.standards.values import (
    MARKS_TO_NAME,
    Parameter,
    ParameterValue,
    Span,
    fraction_of,
    record_name,
    spans,
)

__all__ = ["Caution", "Lookup", "Resolved"]

Figures = Mapping[str, int | None]


class Lookup:
    """Standards with everything that decides which of their values holds.

    Parameters
    ----------
    parameters
        Parameters by name.
    places
        The tree of places.
    readings
        Settings where the text is silent.
    marks_allowed
        Marks of `MARKS_TO_NAME` that the user named.
    bridge
        The regimes that the user joined.
    """

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        *,
        places: PlaceTree,
        readings: Readings,
        marks_allowed: frozenset[str],
        bridge: Bridge | None,
    ) -> None:
        self.parameters = parameters
        self.places = places
        self.readings = readings
        self.marks_allowed = marks_allowed
        self.bridge = bridge
        waived = readings.ends_waived()
        self._spans = {n: spans(p.values, waived=waived) for n, p in parameters.items()}

    def parameter(self, name: str) -> Parameter:
        """One parameter by name; `ConfigError` shows the nearest if there is none."""
        if name not in self.parameters:
            raise ConfigError(f"{name!r} is no standard. {nearest(name, list(self.parameters))}")
        return self.parameters[name]

    def spans_of(self, name: str) -> Mapping[str, list[Span]]:
        """Days on which each value of a standard holds, by place."""
        return self._spans[self.parameter(name).name]

    def regime_on(self, place: str, day: date) -> str | None:
        """Regime of a place on a day; None where no record says it."""
        if REGIME not in self.parameters:
            return None
        return self.resolve(REGIME, place=place, day=day).text

    def resolve(
        self, name: str, *, place: str, day: date, figures: Figures | None = None
    ) -> Resolved:
        """What a standard is at a place on a day; see `Standards.resolve`."""
        parameter = self.parameter(name)
        chain = self.places.chain(place)
        if not chain:
            return Resolved(name=name, unit=parameter.unit, why="place_not_known")
        return self._search(parameter, chain, day, figures or {})

    def _search(
        self, parameter: Parameter, chain: tuple[str, ...], day: date, figures: Figures
    ) -> Resolved:
        """Walk from the place to the more general ones, and take what holds."""
        name = parameter.name
        regime = self._regime(parameter, chain, day)
        holding = list(self._holding(name, chain, day))
        found = [span for span in holding if self._is_of(span.value, regime)]
        if not found:
            nothing = Resolved(name=name, unit=parameter.unit, why="no_record")
            if not holding:
                return nothing
            return replace(_with_record(nothing, holding[0].value), why="other_regime")
        chosen, cautions = self._choice(name, found)
        told = self._told(parameter, chosen, chain, day, figures)
        if chosen.value.has_number:
            said = cautions_of(name, chosen.value, day, regime)
            cautions += [one for one in said if told.is_known or one.kind != "mark"]
        return replace(told, warnings=(*cautions, *told.warnings))

    def _holding(self, name: str, chain: tuple[str, ...], day: date) -> Iterator[Span]:
        """Spans that hold on a day, the special place first; numbers before their absence."""
        by_place = self._spans[name]
        for at in chain:
            yield from (span for span in by_place.get(at, ()) if span.holds_on(day))

    def _regime(self, parameter: Parameter, chain: tuple[str, ...], day: date) -> str | None:
        """Regime of the day, where some value asks for one."""
        if parameter.name == REGIME or all(value.regime is None for value in parameter.values):
            return None
        return self.regime_on(chain[0], day)

    def _is_of(self, value: ParameterValue, regime: str | None) -> bool:
        """Whether a value holds in a regime, if need be over the bridge."""
        if value.regime is None or value.regime == regime:
            return True
        bridge = self.bridge
        return bridge is not None and (value.regime, regime) == (bridge.before, bridge.after)

    def _choice(self, name: str, found: list[Span]) -> tuple[Span, list[Caution]]:
        """The value of the most special place, and whether a later general one stands beside it."""
        special = found[0]
        later = [
            span
            for span in found
            if span.value.place != special.value.place
            and span.value.has_number
            and special.value.has_number
            and span.first > special.first
        ]
        if not later:
            return special, []
        newest = max(later, key=lambda span: span.first)
        if self.readings.special_against_later_general == "later_general_replaces":
            return newest, []
        names = record_name(name, special.value), record_name(name, newest.value)
        return special, [later_general(*names)]

    def _told(
        self,
        parameter: Parameter,
        span: Span,
        chain: tuple[str, ...],
        day: date,
        figures: Figures,
    ) -> Resolved:
        """Work out one record: a number, a code, or a multiple of something."""
        value = span.value
        told = _with_record(Resolved(name=parameter.name, unit=parameter.unit), value)
        if not value.has_number:
            return replace(told, why="not_public")
        if value.mark in MARKS_TO_NAME and value.mark not in self.marks_allowed:
            return replace(told, why="mark_not_allowed")
        if self._is_day_unknown(span, day):
            return replace(told, why="day_unknown")
        if value.value is None:
            return self._multiple(told, value, chain, day, figures)
        if parameter.unit == CODE:
            return replace(told, text=value.value)
        return replace(told, value=fraction_of(value.value))

    def _multiple(
        self,
        told: Resolved,
        value: ParameterValue,
        chain: tuple[str, ...],
        day: date,
        figures: Figures,
    ) -> Resolved:
        """Work out a multiple of another parameter at the place asked about, or of a figure."""
        assert value.multiple is not None
        assert value.of is not None
        times = fraction_of(value.multiple)
        if value.of in self.parameters:
            base = self._search(self.parameters[value.of], chain, day, figures)
            return replace(
                told,
                value=None if base.value is None else times * base.value,
                why=base.why,
                records=(*told.records, *base.records),
                marks=(*told.marks, *base.marks),
                warnings=base.warnings,
            )
        figure = figures.get(value.of)
        if figure is None:
            return replace(told, why="no_figure")
        return replace(told, value=times * figure)

    def _is_day_unknown(self, span: Span, day: date) -> bool:
        """Whether a lawyer reads a year-only value as unknown in its first year."""
        return (
            not span.value.day_is_known
            and self.readings.year_only_dates == "cannot_tell_in_first_year"
            and day.year == span.first.year
        )


def _with_record(told: Resolved, value: ParameterValue) -> Resolved:
    """The same with a record named."""
    return replace(told, records=(record_name(told.name, value),), marks=(value.mark,))
