"""Reading standards from folders: what a later folder adds, and what it may not contradict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import Settings, load_settings, read_yaml, settings_from
from fanpin_risk.standards.places import PLACES_FILE, PlaceFile, PlaceTree
from fanpin_risk.standards.readings import READINGS_FILE, Readings
from fanpin_risk.standards.units import Unit
from fanpin_risk.standards.values import Parameter, ParameterValue, overlap_words, overlaps


class Overlay(Settings):
    """What a later folder's file adds to a standard: values, and other words where it has them."""

    name: str
    title_zh: str | None = None
    title_en: str | None = None
    unit: Unit | None = None
    owner_zh: str | None = None
    owner_en: str | None = None
    note: str | None = None
    values: tuple[ParameterValue, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Folders:
    """What one or more folders of standards hold, put together in order.

    ``parameters`` by name, ``places`` (None where no folder says any), ``readings``.
    """

    parameters: dict[str, Parameter]
    places: PlaceTree | None
    readings: Readings


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Two values of one place that claim one day: the standard, the files, and the words."""

    standard: str
    place: str
    files: tuple[str, ...]
    words: str


Parts = list[tuple[Path, Parameter | Overlay]]
"""What each file tells of one standard, in order."""


def read_folders(folders: Sequence[Path]) -> Folders:
    """Read every ``*.yaml`` of some folders, never of their subfolders.

    Parameters
    ----------
    folders
        In order; a later folder's file with the name of an earlier standard adds its values, later
        places and readings take the place of earlier ones.

    Returns
    -------
    Folders

    Raises
    ------
    ConfigError
        Naming the file, or both files, if a folder is missing or holds no standards, two files of
        one folder hold one name, a later file changes the unit, or two values of one place hold on
        one day.
    """
    files = _files(folders)
    where = _parts(files)
    if not where:
        names = ", ".join(str(folder) for folder in folders)
        raise ConfigError(f"{names}: holds no standards (*.yaml).")
    found = [overlap for name, parts in where.items() for overlap in _overlaps(name, parts)]
    if found:
        more = f" ({len(found) - 1} more overlaps.)" if len(found) > 1 else ""
        first = found[0]
        raise ConfigError(f"{' and '.join(first.files)}: {first.standard}: {first.words}.{more}")
    given = [load_settings(path, PlaceFile) for path in files if path.name == PLACES_FILE]
    places = {place.place: place for file in given for place in file.places}
    return Folders(
        parameters={name: _merged(parts) for name, parts in where.items()},
        places=PlaceTree(places.values()) if places else None,
        readings=_readings(files),
    )


def overlaps_in(folders: Sequence[Path]) -> list[Overlap]:
    """Every pair of values of one place that claim one day, by standard, place and day.

    Raises
    ------
    ConfigError
        As `read_folders`, but for overlaps.
    """
    return [o for name, parts in _parts(_files(folders)).items() for o in _overlaps(name, parts)]


def _files(folders: Sequence[Path]) -> list[Path]:
    """Files of each folder in order of their names."""
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder of standards. Name it with --standards.")
    return [path for folder in folders for path in sorted(folder.glob("*.yaml"))]


def _readings(files: Sequence[Path]) -> Readings:
    """Readings that the files choose, a later one in place of an earlier."""
    chosen: dict[str, object] = {}
    for path in files:
        if path.name == READINGS_FILE:
            content = read_yaml(path)
            settings_from(content, Readings, where=str(path))
            chosen |= content
    return Readings.model_validate(chosen)


def _parts(files: Sequence[Path]) -> dict[str, Parts]:
    """What each file tells of each standard; the first file of a standard tells everything."""
    found: dict[str, Parts] = {}
    for path in files:
        if path.name in (PLACES_FILE, READINGS_FILE):
            continue
        content = read_yaml(path)
        earlier = found.get(str(content.get("name")), [])
        if not earlier:
            parameter = settings_from(content, Parameter, where=str(path))
            found[parameter.name] = [(path, parameter)]
            continue
        other = next((p for p, _ in earlier if p.parent == path.parent), None)
        if other is not None:
            raise ConfigError(
                f"{path}: the standard {content['name']!r} stands in {other.name} too. "
                "Keep one file."
            )
        earlier.append((path, settings_from(content, Overlay, where=str(path))))
    return found


def _overlaps(name: str, parts: Parts) -> Iterator[Overlap]:
    """Values of one standard that claim one day, with the files they stand in."""
    values = [(path, value) for path, part in parts for value in part.values]
    file_of = {id(value): str(path) for path, value in values}
    for before, after in overlaps(value for _, value in values):
        yield Overlap(
            standard=name,
            place=after.place,
            files=tuple(sorted({file_of[id(before)], file_of[id(after)]})),
            words=overlap_words(before, after),
        )


def _merged(parts: Parts) -> Parameter:
    """One standard out of the files that tell of it."""
    (first, parameter), *rest = parts
    assert isinstance(parameter, Parameter)
    content = parameter.model_dump()
    for path, overlay in rest:
        if overlay.unit not in (None, parameter.unit):
            raise ConfigError(
                f"{path}: {parameter.name} is in {overlay.unit!r}, and in {parameter.unit!r} in "
                f"{first}. Write the values in that unit."
            )
        content |= overlay.model_dump(exclude={"values"}, exclude_none=True)
    content["values"] = [value.model_dump() for _, part in parts for value in part.values]
    return settings_from(content, Parameter, where=" and ".join(str(path) for path, _ in parts))
