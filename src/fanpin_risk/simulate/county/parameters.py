"""Parameters of the county: YAML with a mark for every number, laid over by preset and world.

A file of the folder holds one theme. Every number stands as ``{value: …, mark: …}``, some with a
``note``; the marks are those of the policy notes and of the design note: A to E as there, ``E*``
measured on the real panel, ``G`` general knowledge, ``H`` chosen here. A preset or a world names
only what it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fanpin_risk.errors import ConfigError
from fanpin_risk.provenance import digest_of_value
from fanpin_risk.settings import Settings, nearest, read_yaml, settings_from

MARKS = ("A", "B", "C", "D", "E", "E*", "G", "H")
"""Marks that a parameter may carry."""

THEMES = (
    "places",
    "people",
    "illness",
    "commons",
    "work",
    "farm",
    "misfortune",
    "money",
    "need",
    "must_visit",
    "system",
    "records",
)
"""Themes, each a file of the folder and a class of settings in the module that uses it."""

OVERLAYS = ("presets", "worlds")

T = TypeVar("T", bound=Settings)


@dataclass(frozen=True)
class Parameter:
    """One number (or list, or table) with the mark of its source."""

    theme: str
    name: str
    value: Any
    mark: str
    note: str


@dataclass(frozen=True)
class Parameters:
    """All parameters of a county, after preset and world.

    Attributes
    ----------
    digest
        Fingerprint of everything that was read, hexadecimal.
    """

    preset: str
    world: str
    by_theme: Mapping[str, Mapping[str, Parameter]]
    digest: str

    def theme(self, name: str, kind: type[T]) -> T:
        """Settings of one theme.

        Raises
        ------
        ConfigError
            Naming the key that is unknown, missing or out of range.
        """
        values = {key: found.value for key, found in self.by_theme[name].items()}
        return settings_from(values, kind, where=f"simulation parameters, {name}")


def load_parameters(folder: Path, *, preset: str, world: str) -> Parameters:
    """Read a folder of parameters.

    Parameters
    ----------
    folder
        Holds one YAML file for each theme, and ``presets.yaml`` and ``worlds.yaml``, which change
        values as ``name: {theme: {key: {value: …, mark: …}}}``.
    preset, world
        What to lay over the themes, the world last.

    Raises
    ------
    ConfigError
        If a file is missing or no YAML, a mark is missing or unknown, an overlay does not exist or
        names a parameter that no theme has.
    """
    contents = {name: read_yaml(folder / f"{name}.yaml") for name in (*THEMES, *OVERLAYS)}
    found = {
        theme: {key: _parameter(theme, key, entry) for key, entry in contents[theme].items()}
        for theme in THEMES
    }
    for overlay, wanted in (("presets", preset), ("worlds", world)):
        _lay_over(found, contents[overlay], overlay.removesuffix("s"), wanted)
    return Parameters(
        preset=preset,
        world=world,
        by_theme=found,
        digest=digest_of_value([str(sorted(contents.items())), preset, world]),
    )


def _lay_over(
    found: dict[str, dict[str, Parameter]], content: dict[str, Any], kind: str, wanted: str
) -> None:
    """Change the values that one preset or world names."""
    if wanted not in content:
        raise ConfigError(f"{kind} {wanted!r} does not exist. {nearest(wanted, list(content))}")
    for theme, entries in (content[wanted] or {}).items():
        if theme not in found:
            raise ConfigError(
                f"{kind} {wanted}: there is no theme {theme!r}. {nearest(theme, list(found))}"
            )
        for key, entry in entries.items():
            if key not in found[theme]:
                raise ConfigError(
                    f"{kind} {wanted}: {theme} has no parameter {key!r}. "
                    f"{nearest(key, list(found[theme]))}"
                )
            found[theme][key] = _parameter(theme, key, entry)


def _parameter(theme: str, name: str, entry: object) -> Parameter:
    """One entry, checked."""
    where = f"simulation parameters, {theme}: {name}"
    if not isinstance(entry, dict) or "value" not in entry or "mark" not in entry:
        raise ConfigError(f"{where}: write it as {{value: …, mark: …}}.")
    unknown = sorted(set(entry) - {"value", "mark", "note"})
    if unknown:
        raise ConfigError(f"{where}: does not know {unknown}. It takes value, mark and note.")
    if entry["mark"] not in MARKS:
        raise ConfigError(
            f"{where}: mark {entry['mark']!r} is none of {', '.join(MARKS)}. "
            "Say where the number is from."
        )
    note = entry.get("note", "")
    return Parameter(theme=theme, name=name, value=entry["value"], mark=entry["mark"], note=note)
