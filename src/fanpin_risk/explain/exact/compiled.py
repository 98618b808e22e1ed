"""Functions that Numba compiles: once, and kept beside the package where that can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile at the first call, for use by several threads at once; the result is the same.

    Division by zero follows NumPy, and no sum is put in another order: the same input gives the
    same bytes.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, njit(cache=True, **options)(function))
    except RuntimeError:  # no folder to keep it in: compiled anew in each process
        return cast(Function, njit(**options)(function))
