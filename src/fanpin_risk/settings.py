"""Frozen, closed settings, and YAML files read into them with errors that say the mend."""

from __future__ import annotations

import difflib
from collections.abc import Hashable
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from fanpin_risk.errors import ConfigError


class Settings(BaseModel):
    """Frozen, and closed: a key we do not know is a mistake to report, not to ignore."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=Settings)


class _UniqueKeyLoader(yaml.SafeLoader):
    """Read YAML and refuse a key that stands twice in one mapping."""


def _unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    """Build a mapping, unless one of its keys stands there twice; ``<<`` may be overridden."""
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(
                None, None, "a list or mapping cannot be a key", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands twice", key_node.start_mark
            )
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor("tag:yaml.org,2002:map", _unique_mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds one mapping.

    Raises
    ------
    ConfigError
        If the file is missing, is no YAML, or holds something else than a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such configuration file. Check the name.") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text. Save it as UTF-8.") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2012-13-45
        raise ConfigError(f"{path}: is no valid YAML: {_yaml_problem(error)}.") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: must hold keys and values, not {type(content).__name__}.")
    return content


class _PlainDumper(yaml.SafeDumper):
    """Write a value out wherever it stands, without marks that point to another place."""

    def ignore_aliases(self, data: object) -> bool:
        """No value is written as a pointer to an earlier one."""
        return True


def yaml_text(content: dict[str, Any]) -> str:
    r"""Return plain values as a YAML text, Chinese as it is, in the order given.

    Examples
    --------
    >>> yaml_text({"name": "县", "files": ["a"]})
    'name: 县\nfiles:\n- a\n'
    """
    return str(yaml.dump(content, Dumper=_PlainDumper, allow_unicode=True, sort_keys=False))


def load_settings(path: Path, model: type[Model]) -> Model:
    """Read a YAML file into a settings model; see `settings_from` for the errors."""
    return settings_from(read_yaml(path), model, where=str(path))


def settings_from(content: dict[str, Any], model: type[Model], *, where: str) -> Model:
    """Turn plain values into a settings model.

    Raises
    ------
    ConfigError
        Naming the file, the setting, what it got, and the nearest known name for an unknown key.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_first_problem(error, model)}") from error


def nearest(name: str, known: list[str]) -> str:
    """Return a hint with the nearest known name, or the list of them.

    Examples
    --------
    >>> nearest("visit_per_team", ["visits_per_team", "seed"])
    "Did you mean 'visits_per_team'?"
    >>> nearest("colour", ["seed", "name"])
    'Known: name, seed.'
    """
    close = _near(name, known)
    if close:
        return f"Did you mean {close[0]!r}?"
    return "Known: " + ", ".join(sorted(known)) + "."


def _near(name: str, known: list[str]) -> list[str]:
    """Return the known name that is close to another, if there is one."""
    return difflib.get_close_matches(name, known, n=1, cutoff=0.6)


def _first_problem(error: ValidationError, model: type[Settings]) -> str:
    """Word the problem that helps most, a misspelt key before what is missing; count the rest."""
    problems = _of_likeliest_kind(error.errors(), model)
    first = min(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    names, known = _walk(model, first["loc"])
    n_more = sum(_walk(model, p["loc"])[0] != names for p in problems)
    more = f" ({n_more} more problem{'s' * (n_more > 1)} in this file.)" if n_more else ""
    place = _one_line(".".join(names))
    if first["type"] == "extra_forbidden":
        return f"{place} is no setting. {nearest(names[-1], known)}{more}"
    if first["type"] == "missing":
        return f"{place} is missing. Add it.{more}"
    message = _one_line(first["msg"].removeprefix("Value error, ")).rstrip(".")
    if first["type"] in ("model_type", "dict_type"):
        message = "must hold keys and values"
    ending = "" if message.endswith("?") else "."
    shown = f" Got {_short(first['input'])}." if not isinstance(first["input"], dict) else ""
    return f"{place}{': ' * bool(place)}{message}{ending}{shown}{more}"


def _of_likeliest_kind(problems: list[ErrorDetails], model: type[Settings]) -> list[ErrorDetails]:
    """Leave out the kinds of value that fit worse, where a setting may be of several kinds."""
    tried: dict[tuple[str, ...], dict[tuple[int | str, ...], list[ErrorDetails]]] = {}
    for problem in problems:
        above = problem["loc"][:-1]
        tried.setdefault(tuple(_walk(model, above)[0]), {}).setdefault(above, []).append(problem)

    def misfit(found: list[ErrorDetails]) -> tuple[int, int]:
        strange = [problem["loc"] for problem in found if problem["type"] == "extra_forbidden"]
        return len(found), sum(not _near(str(loc[-1]), _walk(model, loc)[1]) for loc in strange)

    return [problem for kinds in tried.values() for problem in min(kinds.values(), key=misfit)]


def _walk(model: type[BaseModel], path: tuple[int | str, ...]) -> tuple[list[str], list[str]]:
    """Names of a place as the file spells it, and the settings known where it ends.

    For a value that may be one of several kinds, pydantic adds the kind to the place; it is left
    out here.
    """
    current: Any = model
    names: list[str] = []
    known: list[str] = []
    for part in path:
        kinds = _kinds(current)
        named = [kind for kind in kinds if _name(kind) == part]
        if len(kinds) > 1 and (named or not any(map(_inner, kinds))):
            current = named[0] if named else None
            continue
        fields = next((f for kind in kinds if (f := getattr(kind, "model_fields", {}))), {})
        known = sorted(fields)
        names.append(str(part))
        inner = [i for kind in kinds if (i := _inner(kind)) is not None]
        current = fields[part].annotation if part in fields else (inner or [None])[0]
    return names, known


def _kinds(annotation: Any) -> list[Any]:
    """Return the kinds of value that an annotation allows, without None."""
    if get_origin(annotation) in (Union, UnionType):
        return [kind for kind in get_args(annotation) if kind is not type(None)]
    return [annotation]


def _inner(annotation: Any) -> Any:
    """Return what a list or mapping holds; a model holds its settings; a plain value, nothing."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    held = [part for part in get_args(annotation) if part is not Ellipsis]
    return held[-1] if held and get_origin(annotation) in (dict, list, tuple, set) else None


def _name(annotation: Any) -> str:
    """Return a type's name as pydantic writes it into a place."""
    return getattr(annotation, "__name__", str(annotation))


def _short(value: object) -> str:
    """Show a value, cut when it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _yaml_problem(error: Exception) -> str:
    """Say what is wrong with a YAML text, and on which line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or error
    return _one_line(problem) + (f" (line {mark.line + 1})" if mark is not None else "")


def _one_line(text: object) -> str:
    """Fold words into one line."""
    return " ".join(str(text).split())
