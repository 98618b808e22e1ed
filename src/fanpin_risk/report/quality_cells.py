"""Cells of workbooks: what a cell can hold unchanged, and how much room a text takes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

CELL_LIMIT_UNITS = 32_767
"""UTF-16 units that one cell holds."""
SHEET_LIMIT_ROWS = 1_048_576
"""Rows of one sheet, its header among them."""

_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MARKUP = "<r>"
_LINE_POINTS = 15
_HEIGHT_LIMIT_POINTS = 409


def fits_cell(text: str) -> bool:
    r"""Whether a workbook gives a text back exactly as it was written.

    Too long texts are cut, signs that XML forbids come back as something else, and the writer takes
    a text that begins with its own markup for markup.

    Examples
    --------
    >>> fits_cell("=1+1"), fits_cell("a\r\nb"), fits_cell("<r>x</r>"), fits_cell("\ufffe")
    (True, True, False, False)
    """
    is_short = len(text) <= CELL_LIMIT_UNITS // 2
    n_units = 0 if is_short else len(text.encode("utf-16-le", "surrogatepass")) // 2
    return (
        n_units <= CELL_LIMIT_UNITS
        and not text.startswith(_MARKUP)
        and _NOT_IN_XML.search(text) is None
    )


def cell_text(value: object) -> str:
    """Text of a value to be looked at, made to fit: null is empty, what a cell refuses is ``?``.

    Examples
    --------
    >>> cell_text(None), cell_text("0007"), cell_text("<r>x</r>")
    ('', '0007', ' <r>x</r>')
    """
    text = "" if value is None else str(value)
    if fits_cell(text):
        return text
    shown = _NOT_IN_XML.sub("?", text)
    shown = f" {shown}" if shown.startswith(_MARKUP) else shown
    return shown if fits_cell(shown) else shown[: CELL_LIMIT_UNITS // 2] + "…"


def text_width(text: str) -> int:
    r"""Width of the widest line of a text, in widths of a digit; a Chinese sign takes two.

    Examples
    --------
    >>> text_width("户编号\nid")
    6
    """
    # In this encoding a Chinese sign has two bytes and a Latin one has one: no look at each sign.
    lines = text.split("\n")
    return max(len(line.encode("gb18030", "replace")) for line in lines)


def column_width(texts: Iterable[str], *, least: int = 9, most: int = 40) -> int:
    """Width of a column that shows every text, within limits; longer texts are wrapped.

    Examples
    --------
    >>> column_width(["家庭住址", "230199198001010014"]), column_width([]), column_width(["x" * 99])
    (20, 9, 40)
    """
    widest = max(map(text_width, texts), default=0)
    return min(max(widest + 2, least), most)


def row_height_points(cells: Iterable[tuple[str, int]], *, least: int = 18) -> int:
    """Height at which every (text, width of its column) is seen whole, up to what a row can have.

    Examples
    --------
    >>> row_height_points([("short", 20)]), row_height_points([("x" * 50, 20), ("y", 9)])
    (19, 49)
    """
    n_lines = max((_n_lines(text, width) for text, width in cells), default=1)
    return min(max(n_lines * _LINE_POINTS + 4, least), _HEIGHT_LIMIT_POINTS)


def _n_lines(text: str, width: int) -> int:
    """How many lines a text takes in a column, with some slack."""
    if "\n" not in text and len(text) * 2 < width:
        return 1
    lines = text.split("\n")
    return sum(max(1, math.ceil(1.05 * text_width(line) / width)) for line in lines)
