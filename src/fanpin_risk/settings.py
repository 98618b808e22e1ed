"""Frozen, closed settings, and YAML files read into them with errors that say the mend."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from fanpin_risk.errors import ConfigError


class Settings(BaseModel):
    """Frozen, and closed: a key we do not know is a mistake to report, not to ignore."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=Settings)


class _UniqueKeyLoader(yaml.SafeLoader):
    """Read YAML and refuse a key that stands twice in one mapping."""


def _unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    """Build a mapping, unless one of its keys stands there twice."""
    loader.flatten_mapping(node)
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            line = key_node.start_mark.line + 1
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands twice (line {line})", key_node.start_mark
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
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is no valid YAML: {_one_line(error)}.") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: must hold keys and values, not {type(content).__name__}.")
    return content


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
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    return "Known: " + ", ".join(sorted(known)) + "."


def _first_problem(error: ValidationError, model: type[Settings]) -> str:
    """Word the first problem of a validation, and count the rest."""
    problems = error.errors()
    first = problems[0]
    place = ".".join(str(part) for part in first["loc"])
    more = f" ({len(problems) - 1} more problems in this file.)" if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(model, first["loc"][:-1])
        return f"{place} is no setting. {nearest(str(first['loc'][-1]), known)}{more}"
    if first["type"] == "missing":
        return f"{place} is missing. Add it.{more}"
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{place}: {message}. Got {_short(first['input'])}.{more}"


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Names of the settings that stand at a place inside a model."""
    current: Any = model
    for part in path:
        fields = getattr(current, "model_fields", {})
        current = _inner_model(fields[part].annotation) if part in fields else current
    return sorted(getattr(current, "model_fields", {}))


def _inner_model(annotation: Any) -> Any:
    """Return the settings model inside a type such as ``dict[str, Model]`` or ``Model | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _inner_model(part)
        if found is not None:
            return found
    return None


def _short(value: object) -> str:
    """Show a value, cut when it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _one_line(error: Exception) -> str:
    """Fold an error's words into one line."""
    return " ".join(str(error).split())
