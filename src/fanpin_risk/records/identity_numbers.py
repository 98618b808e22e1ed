"""Reading one identity number as an office wrote it: the slow statement of what is understood.

The intake reads whole columns at once (`persons.py`) and must agree with this on every text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fanpin_risk.records.spelling import Reading, UnreadableError, without_spaces
from fanpin_risk.records.values import calendar_day

_SCIENTIFIC = re.compile(r"[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
_PERSON = re.compile(r"[0-9]{17}[0-9X]")
_OLD_PERSON = re.compile(r"[0-9]{15}")
_CARD = re.compile(r"([0-9]{17}[0-9X])([0-9]{2})([0-9A-Z]{2})?")
_OTHER_DOCUMENT = re.compile(r"[A-Z]{1,3}[0-9]{6,10}")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LAST_LETTERS = "10X98765432"


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """An identity number in its one spelling. ``is_valid`` is None where there is no checksum."""

    number: str
    is_valid: bool | None
    is_card: bool = False


def person_number(text: str) -> Reading[PersonNumber]:
    """Identity number in its one spelling: 18 characters, the last a digit or X.

    An old number of 15 digits is brought to 18 (GB 11643); of a disability card's 20 or 22, the
    first 18 are the person's. A number with a wrong last character is kept and marked.

    Raises
    ------
    UnreadableError
        With ``"destroyed"`` where Excel has rounded the number away, else ``"person"``.

    Examples
    --------
    >>> person_number("11010519491231002x").value
    PersonNumber(number='11010519491231002X', is_valid=True, is_card=False)
    """
    if _SCIENTIFIC.fullmatch(text.strip()) or re.fullmatch(r"[0-9]{15,}\.0*", text.strip()):
        raise UnreadableError("destroyed")
    closed = without_spaces(text)
    number = closed.value.lstrip("'`’‘\"").upper().replace("-", "")
    rules = closed.rules if number == closed.value else (*closed.rules, "number_form")
    if _PERSON.fullmatch(number):
        return Reading(_checked(number), rules)
    card = _CARD.fullmatch(number)
    if card is not None:
        person = _checked(card[1])
        return Reading(
            PersonNumber(person.number, person.is_valid, is_card=True), (*rules, "card_number")
        )
    if _OLD_PERSON.fullmatch(number):
        longer = f"{number[:6]}19{number[6:]}"
        return Reading(_checked(longer + _last_letter(longer)), (*rules, "number_15"))
    if _OTHER_DOCUMENT.fullmatch(number):
        return Reading(PersonNumber(number, None), rules)
    raise UnreadableError("person")


def _checked(number: str) -> PersonNumber:
    """Number whose day of birth is one, with the word on its last character."""
    is_valid = _last_letter(number) == number[17]
    if not is_valid and number.endswith("000"):
        raise UnreadableError("destroyed")
    try:
        calendar_day(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except UnreadableError as error:
        raise UnreadableError("person") from error
    return PersonNumber(number, is_valid)


def _last_letter(number: str) -> str:
    """Last character that belongs to the first 17 digits (ISO 7064, MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number, strict=False))
    return LAST_LETTERS[total % 11]
