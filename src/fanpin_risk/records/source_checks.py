"""Whether a mapping of a source file can be meant: it must fit the contract of its table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fanpin_risk.records.contracts import Column, Table
from fanpin_risk.settings import nearest

if TYPE_CHECKING:
    from fanpin_risk.records.source import FieldMapping, RecordMapping


def check_record(table: Table, record: RecordMapping, *, has_household: bool) -> None:
    """Refuse columns that the contract does not know, required ones left out, and lost keys.

    Raises
    ------
    ValueError
        Naming the column and the mend.
    """
    contract = {column.name: column for column in table.columns}
    for name in [*record.fields, *record.only_if]:
        if name not in contract:
            raise ValueError(
                f"{table.name}.{name} is no column of that table. {nearest(name, list(contract))}"
            )
    for name, mapping in record.fields.items():
        check_mapping(table.name, contract[name], mapping)
    for name in record.only_if:
        if name not in record.fields:
            raise ValueError(f"{table.name}: only_if names {name!r}, which is not mapped")
    for column in table.columns:
        if column.is_required and column.name not in record.fields:
            raise ValueError(f"{table.name}.{column.name} is required. Map it to a column.")
    if table.key != "place" and not has_household and "person_id" not in record.fields:
        person = f", or map {table.name}.person_id" if "person_id" in contract else ""
        raise ValueError(f"{table.name}: whose record is it? Say `household_id`{person}.")


def check_mapping(table: str, column: Column, mapping: FieldMapping) -> None:
    """Refuse codes and constants that do not fit a column.

    Raises
    ------
    ValueError
        Naming the column and the mend.
    """
    where = f"{table}.{column.name}"
    if mapping.contains is not None:
        _check_contains(where, column, mapping)
    elif mapping.column is not None:
        _check_codes(where, column, mapping)
    if mapping.derived is not None and column.kind not in ("month", "day"):
        raise ValueError(f"{where}: `derived` gives a month, and this column holds none")
    _check_constant(where, column, mapping)


def _check_contains(where: str, column: Column, mapping: FieldMapping) -> None:
    """A word in a list of words answers a yes-or-no column."""
    if column.kind != "flag":
        raise ValueError(f"{where}: `contains` is for yes-or-no columns")
    if mapping.contains not in mapping.words:
        raise ValueError(f"{where}: `words` must list every word, {mapping.contains!r} too")


def _check_codes(where: str, column: Column, mapping: FieldMapping) -> None:
    """A yes-or-no column and a code column need a list of codes; their values must fit."""
    if column.kind in ("flag", "code") and mapping.codes is None:
        raise ValueError(f"{where} needs `codes`: what does each value in the file mean?")
    if mapping.codes == "titles" and column.codes is None:
        raise ValueError(f"{where} has no code list: write its `codes` out")
    if (
        column.kind in ("amount", "quantity", "day", "month", "person")
        and mapping.codes is not None
    ):
        raise ValueError(f"{where} is an {column.kind} and takes no `codes`")
    given = mapping.code_values(column) or {}
    values = [value for value in given.values() if value is not None]
    wanted = {"flag": bool, "code": str, "text": str}.get(column.kind)
    if wanted is not None and not all(type(value) is wanted for value in values):
        raise ValueError(f"{where}: `codes` must give {wanted.__name__} values")
    if column.kind == "count" and not all(_fits_count(value, column) for value in values):
        raise ValueError(
            f"{where}: `codes` must give whole numbers from {column.minimum} to {column.maximum}"
        )
    _check_listed(where, column, [str(value) for value in values])


def _check_listed(where: str, column: Column, values: list[str]) -> None:
    """A column with a code list of its own takes its codes alone."""
    if column.kind == "code" and column.codes is not None:
        strange = sorted(set(values) - set(column.codes.words))
        if strange:
            raise ValueError(
                f"{where}: {strange[0]!r} is no code of that column. "
                f"{nearest(strange[0], list(column.codes.words))}"
            )


def _check_constant(where: str, column: Column, mapping: FieldMapping) -> None:
    """A constant must fit its column as a value from a file must."""
    text = mapping.constant
    if text is None or column.kind == "text":
        return
    if column.kind == "code":
        _check_listed(where, column, [text])
    elif column.kind == "flag":
        if text not in ("true", "false"):
            raise ValueError(f"{where}: `constant` must be true or false, not {text!r}")
    elif column.kind in ("count", "amount", "quantity"):
        number = int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else None
        if not _fits_count(number, column):
            raise ValueError(
                f"{where}: `constant` must be a whole number from {column.minimum} to "
                f"{column.maximum}, not {text!r}"
            )
    else:
        raise ValueError(f"{where}: a {column.kind} takes no `constant`")


def _fits_count(value: object, column: Column) -> bool:
    """Whether a value is a whole number inside a column's range."""
    if type(value) is not int:
        return False
    low, high = column.minimum, column.maximum
    return (low is None or value >= low) and (high is None or value <= high)
