"""What several themes stand on, built once for a day's records."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

Of = TypeVar("Of")
Asked = ParamSpec("Asked")
Built = TypeVar("Built")


def once(
    build: Callable[Concatenate[Of, Asked], Built],
) -> Callable[Concatenate[Of, Asked], Built]:
    """Build once for each day's records and what else is asked.

    What is built is kept on the records themselves, as their cached properties are, and goes with
    them. It must not be changed by whoever gets it.

    Parameters
    ----------
    build
        Of a `Facts` or a `CountyView`, and of what can be a key of a mapping.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> asked = []
    >>> day = SimpleNamespace()
    >>> once(lambda records, name: asked.append(name))(day, "a")
    >>> build = once(lambda records, name: asked.append(name) or name)
    >>> build(day, "b"), build(day, "b"), asked
    ('b', 'b', ['a', 'b'])
    """

    @wraps(build)
    def found(of: Of, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Built:
        kept = vars(of).setdefault("_once", {})
        key = (build, args, tuple(sorted(kwargs.items())))
        if key not in kept:
            kept[key] = build(of, *args, **kwargs)
        return cast(Built, kept[key])

    return found
