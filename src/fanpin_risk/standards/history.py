"""A standard's history: every dated value of it, by place."""

from __future__ import annotations

import polars as pl

from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.values import record_name


def history(standards: Standards, name: str) -> pl.DataFrame:
    """Every dated value of a standard, with the days on which it holds.

    Parameters
    ----------
    standards
        The standards.
    name
        The standard.

    Returns
    -------
    DataFrame
        ``record, place, title_zh, title_en`` (of the place), ``valid_from, valid_to`` (both
        included; null: until further notice), ``day_is_known``, ``value`` (as written, in the
        standard's unit; empty: not public), ``regime`` (null: any), ``mark, source, review_on,
        note``. By place (bytes), then by first day.

    Raises
    ------
    ConfigError
        If there is no such standard.
    """
    rows = []
    for place, spans in sorted(standards.spans_of(name).items()):
        titles = standards.places.places[place]
        for span in sorted(spans, key=lambda span: span.first):
            value = span.value
            rows.append(
                {
                    "record": record_name(name, value),
                    "place": place,
                    "title_zh": titles.title_zh,
                    "title_en": titles.title_en,
                    "valid_from": span.first,
                    "valid_to": span.last,
                    "day_is_known": value.day_is_known,
                    "value": value.written,
                    "regime": value.regime,
                    "mark": value.mark,
                    "source": value.source,
                    "review_on": value.review_on,
                    "note": value.note,
                }
            )
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("record", "place", "title_zh", "title_en"), pl.String()),
    **dict.fromkeys(("valid_from", "valid_to"), pl.Date()),
    "day_is_known": pl.Boolean(),
    **dict.fromkeys(("value", "regime", "mark", "source"), pl.String()),
    "review_on": pl.Date(),
    "note": pl.String(),
}
