"""LightGBM's library and its model texts: the only module that imports ``lightgbm``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fanpin_risk.errors import InstallationError, ModelError

if TYPE_CHECKING:
    from types import ModuleType

    import lightgbm


def lightgbm_library() -> ModuleType:
    """Return the imported ``lightgbm``.

    Its wheel needs the system's OpenMP runtime, which slim images lack. Call this early in a
    command, so that a missing runtime is said before any work is done.

    Raises
    ------
    InstallationError
        If the OpenMP runtime (``libgomp``) is not installed.
    """
    try:
        import lightgbm
    except OSError as error:
        if "omp" not in str(error):
            raise
        raise InstallationError(
            "LightGBM cannot start because the system library libgomp.so.1 is missing. "
            "Install it: `apt-get install libgomp1` on Debian or Ubuntu. "
            f"The system said: {error}"
        ) from error
    return lightgbm


def booster_of(text: str) -> lightgbm.Booster:
    """Read a booster text.

    Raises
    ------
    ModelError
        If the text is not whole (LightGBM itself is not asked to read such a text).
    """
    if not text.startswith("tree\n") or "\nend of trees\n" not in text:
        raise ModelError(
            "The text of the booster is not whole: it must start with 'tree' and hold "
            f"'end of trees'. Got {len(text)} characters. Train the model anew."
        )
    lgb = lightgbm_library()
    try:
        return lgb.Booster(model_str=text)  # type: ignore[no-any-return]
    except lgb.basic.LightGBMError as error:
        raise ModelError(f"LightGBM cannot read the booster: {error}. Train it anew.") from error


def without_thread_count(text: str) -> str:
    r"""Take the one line out of a booster text that tells how many threads made it.

    Examples
    --------
    >>> without_thread_count("[seed: 7]\n[num_threads: 2]\n[l2: 0]\n")
    '[seed: 7]\n[l2: 0]\n'
    """
    return re.sub(r"\n\[num_threads: \d+\](?=\n)", "", text)
