"""Places of the standards: a tree from the country down, and the spellings that records use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field, model_validator

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import Settings, nearest
from fanpin_risk.units import CODE_DIGITS, CODE_DIGITS_PER_LEVEL

Level = Literal["national", "province", "city", "county", "wage_area"]
PLACES_FILE = "places.yaml"


class Place(Settings):
    """One place: ``within`` is the next more general one, None at a root.

    ``codes`` are other spellings under which records name it, such as 230000 or 黑龙江省.
    ``wage_area`` is the place of that level whose minimum wage applies here.
    """

    place: str = Field(min_length=1)
    title_zh: str
    title_en: str
    level: Level
    within: str | None = None
    codes: tuple[str, ...] = ()
    wage_area: str | None = None


class PlaceFile(Settings):
    """What a file of places holds."""

    places: tuple[Place, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> PlaceFile:
        """Refuse a place that stands twice in one file."""
        names = [place.place for place in self.places]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the place {name!r} stands twice. Keep one")
        return self


class PlaceTree:
    """Places by name, each with the more general ones above it.

    Parameters
    ----------
    places
        The places, in any order.

    Raises
    ------
    ConfigError
        If a place is within one that nobody names or, by whatever way, within itself; a wage area
        is none; or one spelling means two places.

    Examples
    --------
    >>> tree = PlaceTree([
    ...     Place(place="CN", title_zh="全国", title_en="China", level="national"),
    ...     Place(place="Heilongjiang", title_zh="黑龙江省", title_en="Heilongjiang",
    ...           level="province", within="CN", codes=("230000",)),
    ... ])
    >>> tree.chain("230000")
    ('Heilongjiang', 'CN')
    >>> tree.chain("nowhere")
    ()
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: dict[str, Place] = {place.place: place for place in places}
        self._spellings = _spellings(self.places)
        self._chains = {name: _chain(name, self.places) for name in self.places}

    @classmethod
    def of_names(cls, names: Iterable[str]) -> PlaceTree:
        """A tree of roots: places of which nothing but the name is known."""
        return cls(
            Place(place=name, title_zh=name, title_en=name, level="national")
            for name in sorted(set(names))
        )

    def name_of(self, spelling: str) -> str | None:
        """Name of the place that a record spells so, or None where nobody knows it.

        A name or one of ``codes``. An area code of six digits that nobody lists stands for the city
        above it, or else for the province: their values hold there too.

        Examples
        --------
        >>> tree = PlaceTree([Place(place="Heilongjiang", title_zh="黑龙江省",
        ...     title_en="Heilongjiang", level="province", codes=("230000",))])
        >>> tree.name_of("230123"), tree.name_of("黑龙江"), tree.name_of("450000")
        ('Heilongjiang', None, None)
        """
        for spelled in _and_above(spelling.strip()):
            if spelled in self._spellings:
                return self._spellings[spelled]
        return None

    def chain(self, spelling: str) -> tuple[str, ...]:
        """Names from the place itself to the most general one above it, each with its wage area.

        Empty for a spelling that nobody knows.
        """
        name = self.name_of(spelling)
        return () if name is None else self._chains[name]

    def place(self, spelling: str) -> Place:
        """One place by name or spelling.

        Raises
        ------
        ConfigError
            If nobody knows it; the nearest is shown.
        """
        name = self.name_of(spelling)
        if name is None:
            raise ConfigError(
                f"{spelling!r} is no place of the standards. "
                f"{nearest(spelling, list(self._spellings))}"
            )
        return self.places[name]


def _and_above(spelling: str) -> list[str]:
    """A spelling, and for an area code the codes of the places above."""
    found = [spelling]
    if len(spelling) == CODE_DIGITS and spelling.isdigit():
        for kept in range(CODE_DIGITS - CODE_DIGITS_PER_LEVEL, 0, -CODE_DIGITS_PER_LEVEL):
            found.append(spelling[:kept].ljust(CODE_DIGITS, "0"))
    return found


def _spellings(places: Mapping[str, Place]) -> dict[str, str]:
    """Names and other spellings, each with the place that it means."""
    found = {name: name for name in places}
    for place in places.values():
        for code in place.codes:
            if found.setdefault(code, place.place) != place.place:
                raise ConfigError(
                    f"places: {code!r} stands for {found[code]!r} and for {place.place!r}. "
                    "Keep it at one of them."
                )
    return found


def _chain(name: str, places: Mapping[str, Place]) -> tuple[str, ...]:
    """A place, its wage area, and so on up to the root."""
    found: list[str] = []
    current: str | None = name
    passed: set[str] = set()
    while current is not None:
        if current in passed:
            raise ConfigError(f"places: {name!r} is within itself. Mend `within` of {current!r}.")
        passed.add(current)
        place = places[current]
        found += [current] if current not in found else []
        area = place.wage_area
        if area is not None:
            if area not in places or places[area].level != "wage_area":
                raise ConfigError(
                    f"places: wage_area {area!r} of {current!r} is no place of level wage_area. "
                    f"{nearest(area, [p for p in places if places[p].level == 'wage_area'])}"
                )
            found += [area] if area not in found else []
        if place.within is not None and place.within not in places:
            raise ConfigError(
                f"places: {current!r} is within {place.within!r}, which is no place. "
                f"{nearest(place.within, list(places))}"
            )
        current = place.within
    return tuple(found)
