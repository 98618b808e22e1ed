"""How offices spell texts and numbers of their own: tidied, or refused where nothing is sure.

Each function takes a text and returns a `Reading`: the value, and the rules by which the text was
mended on the way (`values.MENDING_RULES`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value", covariant=True)

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060"
    r"\u2066-\u2069\ufeff]"
)
"""Control characters that are no space, marks of direction, characters without width."""
_REMAINS = re.compile(
    "&[A-Za-z]{2,8};|&#[0-9]{1,7};|</?[A-Za-z][^<>]*>|_x[0-9A-Fa-f]{4}_|\ufffd|[?]{2}"
)
"""What programs leave in a text that they did not understand: markup, escapes, lost characters."""
_DITTO = re.compile("同上|同前|〃|″|′′")
"""As above: a text that stands for another row's, which is not known here."""
_NO_NUMBER = re.compile(r"[^\w\-./()#:\[\]]")
_HOUSEHOLD = re.compile(r"[^\W_][\w./#-]*")
_WITH_WORDS = re.compile("[\u3400-\u9fff][0-9]{6}|[0-9]{6}[\u3400-\u9fff]|_x[0-9A-Fa-f]{4}_")
"""A label or a remark beside a long number."""
_ROUNDED = re.compile(r"[+-]?[0-9](\.[0-9]+[eE]\+?|[eE]\+)[0-9]+")
"""A number that a program rounded; 1E5 alone may be an office's number of a household."""
_BETWEEN = re.compile("(?<=[\u3400-\u4dbf\u4e00-\u9fff]) (?=[\u3400-\u4dbf\u4e00-\u9fff])")
_GROUPS = re.compile(r"[0-9]+( [0-9]+)+")
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0*")


class UnreadableError(ValueError):
    """A text that is not understood; the message is a kind of fault, never the text."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[Value]):
    """A value and the rules by which its text was mended."""

    value: Value
    rules: tuple[str, ...] = ()


def tidy(text: str) -> Reading[str]:
    """Text in plain width, without invisible characters and space around it.

    Examples
    --------
    >>> tidy(" １２\u00a0")
    Reading(value='12', rules=('width', 'spaces'))
    >>> tidy("五常市")
    Reading(value='五常市', rules=())
    """
    rules = []
    plain = unicodedata.normalize("NFKC", text)
    if "".join(plain.split()) != "".join(text.split()):
        rules.append("width")
    inside = text.strip()
    has_odd_space = any(letter.isspace() and letter not in plain for letter in inside)
    if _INVISIBLE.search(plain) or inside != text.strip(" ") or has_odd_space:
        rules.append("spaces")
    return Reading(_INVISIBLE.sub("", plain).strip(), tuple(rules))


def is_blank(text: str) -> bool:
    """Whether nothing can be seen of a text: the field is empty, whatever stands in it.

    Examples
    --------
    >>> is_blank("\u3000\u200b"), is_blank("无")
    (True, False)
    """
    return not tidy(text).value


def without_spaces(text: str) -> Reading[str]:
    """Tidy text without any space inside it: numbers, days, codes.

    Examples
    --------
    >>> without_spaces("1 234")
    Reading(value='1234', rules=('spaces',))
    """
    tidied = tidy(text)
    closed = unicodedata.normalize("NFKC", "".join(tidied.value.split()))
    rules = tidied.rules
    if closed != tidied.value and "spaces" not in rules:
        rules = (*rules, "spaces")
    return Reading(closed, rules)


def words(text: str) -> Reading[str]:
    r"""Free text: letters and digits in plain width, line breaks as spaces; marks stay as they are.

    Spaces between Chinese characters, and between the groups of a number, are layout and go. The
    number of a place that a program wrote as 12.0 is 12.

    Raises
    ------
    UnreadableError
        If remains of markup or lost characters stand in it, or it says "as above".

    Examples
    --------
    >>> words("第３组，\n村东")
    Reading(value='第3组， 村东', rules=('width', 'spaces'))
    >>> words("示例 县").value, words("230199 101").value, words("Gran Rosario").value
    ('示例县', '230199101', 'Gran Rosario')
    """
    plain = "".join(
        unicodedata.normalize("NFKC", letter)
        if letter.isalnum() and ord(letter) > 0xFF00
        else letter
        for letter in text
    )
    rules = ["width"] if plain != text else []
    spaced = " ".join(_INVISIBLE.sub("", plain).split())
    closed = spaced.replace(" ", "") if _GROUPS.fullmatch(spaced) else _BETWEEN.sub("", spaced)
    if _REMAINS.search(closed) or _DITTO.fullmatch(closed):
        raise UnreadableError("text")
    if closed != plain.strip(" "):
        rules.append("spaces")
    return _without_zeros(Reading(closed, tuple(rules)))


def household_number(text: str) -> Reading[str]:
    """Number of a household as text: closed, and of 12.0 just 12; leading zeros stay.

    Raises
    ------
    UnreadableError
        If it was rounded by a program, or stands beside signs or words that are not part of it: it
        would be the number of another household.

    Examples
    --------
    >>> household_number("0052 2321").value, household_number("东屯3").value
    ('00522321', '东屯3')
    """
    plain = plain_code(text)
    if _ROUNDED.fullmatch(text) or not _HOUSEHOLD.fullmatch(plain.value):
        raise UnreadableError("household")
    if _WITH_WORDS.search(plain.value) or _DITTO.fullmatch(plain.value):
        raise UnreadableError("household")
    return plain


def office_number(text: str) -> Reading[str]:
    """Number that an office gives to a bill, a payment or a case: closed, in capitals.

    Raises
    ------
    UnreadableError
        If something stands in it that belongs to no number, such as quotes or remains of markup.

    Examples
    --------
    >>> office_number("js 0012")
    Reading(value='JS0012', rules=('spaces', 'case'))
    """
    plain = plain_code(text)
    broken = _REMAINS.search(plain.value) or _NO_NUMBER.search(plain.value)
    if broken or _DITTO.fullmatch(plain.value):
        raise UnreadableError("text")
    capital = plain.value.upper()
    if capital == plain.value:
        return plain
    return Reading(capital, (*plain.rules, "case"))


def _without_zeros(closed: Reading[str]) -> Reading[str]:
    """12 for 12.0, as some programs write whole numbers."""
    whole = _WHOLE.fullmatch(closed.value)
    if whole is None:
        return closed
    return Reading(whole[1], (*closed.rules, "plain_number"))


def plain_code(text: str) -> Reading[str]:
    """Text that is looked up in a code list: tidy, closed, and of 12.0 just 12.

    Examples
    --------
    >>> plain_code("1.0").value, plain_code("脱贫 户").value
    ('1', '脱贫户')
    """
    return _without_zeros(without_spaces(text))
