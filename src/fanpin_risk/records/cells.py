"""Text of a typed value, as a person would write it into a file."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

_DIGITS = 15  # what Excel itself shows of a number


def cell_text(cell: Any) -> str:
    """Text of a value: a number with the digits that Excel shows, a day as 2021-03-05.

    Nothing, and a number that is none (NaN), is empty text.

    Examples
    --------
    >>> cell_text(8500.570000000001), cell_text(12.0), cell_text(date(2021, 3, 5))
    ('8500.57', '12', '2021-03-05')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | Decimal):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:.{_DIGITS}g}"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def person_text(cell: Any) -> str:
    """Text of a value that should be an identity number: a number there has lost its end.

    Examples
    --------
    >>> person_text(2.3010019800101e17)
    '2.301002e+17'
    """
    is_number = isinstance(cell, int | float) and not math.isnan(cell)
    return f"{float(cell):e}" if is_number else cell_text(cell)
