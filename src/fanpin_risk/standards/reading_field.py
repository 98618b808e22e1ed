"""The field of a reading: its title, its options, and the words of each option."""

from __future__ import annotations

from typing import Any

from pydantic import Field

Titles = tuple[str, str]
"""A text in Chinese and in English."""


def reading(title_zh: str, title_en: str, **words: Titles) -> Any:
    """A setting's field: its title, and the words of each option in both languages.

    The first option is the reading of the policy notes, and the default.
    """
    default = next(iter(words))
    return Field(
        default=default,
        title=title_en,
        description=f"{title_zh} / {title_en}",
        json_schema_extra={"title_zh": title_zh, "words": {k: list(v) for k, v in words.items()}},
    )
