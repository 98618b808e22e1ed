"""Every rule, the dated records it stands on and the readings chosen, once each, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import reading_rows
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.table import ParameterTable
from fanpin_risk.standards.values import Parameter, ParameterValue, record_name

RULES_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("kind", "rule", "title_zh", "title_en", "parameter"), pl.String()),
    **dict.fromkeys(("value", "unit", "place"), pl.String()),
    **dict.fromkeys(("valid_from", "valid_to"), pl.Date()),
    **dict.fromkeys(("regime", "source", "mark"), pl.String()),
    "review_on": pl.Date(),
    **dict.fromkeys(("owner_zh", "owner_en", "words_zh", "words_en"), pl.String()),
}
"""Columns of `standard_rules_table`."""


def standard_rules_table(table: ParameterTable, rules: Sequence[StandardRule]) -> pl.DataFrame:
    """What the findings of a day stand on.

    Parameters
    ----------
    table
        Parameters of the day at every place asked about.
    rules
        The rules asked.

    Returns
    -------
    DataFrame
        Columns of `RULES_SCHEMA`; ``kind`` is one of

        ``rule``
            A row for each rule: source, mark and owner of the text, and in ``words`` what it tests.
        ``parameter``
            A row for each dated record used, under the first rule that uses it; for a standard
            without a value at a place, the record that stopped the search, or the standard alone,
            with the reason in ``words``.
        ``reading``
            A row for each reading: ``value`` is what is chosen, ``words`` what it means.
        ``caution``
            What must be said beside the values: past review, a later value of a more general place,
            a mark that was named.
    """
    rows: list[Mapping[str, Any]] = [_of_rule(rule) for rule in rules]
    rows += _parameters(table, rules)
    rows += [_of_reading(row) for row in reading_rows(table.standards.readings).to_dicts()]
    rows += [
        {
            "kind": "caution",
            "parameter": caution.record,
            "words_zh": caution.words_zh,
            "words_en": caution.words_en,
        }
        for caution in table.warnings
    ]
    filled = [{name: row.get(name) for name in RULES_SCHEMA} for row in rows]
    return pl.DataFrame(filled, schema=RULES_SCHEMA, orient="row")


def _of_rule(rule: StandardRule) -> dict[str, Any]:
    """The row of a rule."""
    return {
        "kind": "rule",
        "rule": rule.name,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "source": rule.source,
        "mark": rule.mark,
        "owner_zh": rule.owner_zh,
        "owner_en": rule.owner_en,
        "words_zh": rule.tests_zh,
        "words_en": rule.tests_en,
    }


def _of_reading(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a reading."""
    return {
        "kind": "reading",
        "title_zh": row["title_zh"],
        "title_en": row["title_en"],
        "parameter": row["name"],
        "value": row["chosen"],
        "words_zh": row["words_zh"],
        "words_en": row["words_en"],
    }


def _parameters(table: ParameterTable, rules: Sequence[StandardRule]) -> Iterator[dict[str, Any]]:
    """Rows of the dated records used, each once, and of standards without a value."""
    told: set[str] = set()
    places = table.frame["context_place"].to_list()
    for rule in rules:
        for name in rule.parameters:
            for place in places:
                found = table.standards.resolve(name, place=place, day=table.day)
                for record in found.records or (name,):
                    if record not in told:
                        told.add(record)
                        yield _of_record(table.standards, rule, record, found.why_text)


def _of_record(standards: Standards, rule: StandardRule, record: str, why: str) -> dict[str, Any]:
    """The row of one dated record, or of a standard of which none holds."""
    name = record.split("@", maxsplit=1)[0]
    parameter = standards.parameter(name)
    value = _value_of(parameter, record)
    zh, _, en = why.partition(" / ")
    row: dict[str, Any] = {
        "kind": "parameter",
        "rule": rule.name,
        "title_zh": parameter.title_zh,
        "title_en": parameter.title_en,
        "parameter": record,
        "unit": parameter.unit,
        "owner_zh": parameter.owner_zh,
        "owner_en": parameter.owner_en,
        "words_zh": zh or None,
        "words_en": en or None,
    }
    if value is None:
        return row
    return row | {
        "value": value.written or None,
        "place": value.place,
        "valid_from": value.valid_from,
        "valid_to": value.valid_to,
        "regime": value.regime,
        "source": value.source,
        "mark": value.mark,
        "review_on": value.review_on,
    }


def _value_of(parameter: Parameter, record: str) -> ParameterValue | None:
    """The value that a record's name is of."""
    return next((v for v in parameter.values if record_name(parameter.name, v) == record), None)
