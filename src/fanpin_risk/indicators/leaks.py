"""Indicators that would follow from the outcome are refused by name."""

from __future__ import annotations

import re

CONSEQUENCES = {
    "listing": "a listing is decided because of the need that is to be foretold",
    "listed": "a listing is decided because of the need that is to be foretold",
    "exit": "an exit is decided after the need has ended",
    "verification": "a verification looks at the need itself",
    "verified": "a verification looks at the need itself",
    "fell": "it is the outcome",
    "outcome": "it is the outcome",
    "monitored": "being monitored follows from the listing",
    "measure": "a measure of support answers the need",
    "risk": "a score must not feed on a score",
}
"""Words that mark a consequence of the label, each with the reason it is refused."""


def refuse_consequence(name: str) -> None:
    """Raise if an indicator's name says that it follows from listing, help or the outcome.

    Raises
    ------
    ValueError
        Naming the indicator, the word and the reason.

    Examples
    --------
    >>> refuse_consequence("members")
    >>> refuse_consequence("months_since_listing")
    Traceback (most recent call last):
        ...
    ValueError: Indicator 'months_since_listing' is refused: 'listing' - a listing is decided \
because of the need that is to be foretold. Use what was known before it.
    """
    for word in re.split(r"[_\W]+", name.lower()):
        if word in CONSEQUENCES:
            raise ValueError(
                f"Indicator {name!r} is refused: {word!r} - {CONSEQUENCES[word]}. "
                "Use what was known before it."
            )
