"""Scales of units and lengths of the calendar: what a number of the policy is multiplied with.

Amounts are integers in fen and ratios integers in ten-thousandths, so that sums and comparisons are
exact on every engine.
"""

from __future__ import annotations

FEN_PER_YUAN = 100
"""Money is held in fen."""

RATIO_SCALE = 10_000
"""Ratios are held in ten-thousandths; a column of them ends in ``_e4``."""

PERCENT = 100
"""Hundredths in a whole."""

MONTHS_PER_YEAR = 12
"""Months of a year."""

DAYS_PER_WEEK = 7
"""Days of a week."""

WORKING_DAYS_PER_WEEK = 5
"""Monday to Friday."""

CODE_DIGITS = 6
"""Digits of an area code down to the county (GB/T 2260)."""

CODE_DIGITS_PER_LEVEL = 2
"""Digits of such a code for the province, for the city in it, and for the county in that."""

DAY_SCALE = 1_000_000
"""A day of occurrence times this, plus the day of record, orders facts by both."""

SMALL_ANSWERS = 200_000_000
"""Answers below this stand in one 64-bit integer with the order of their day, until 2095."""

SHOWN_NUMBERS = 5
"""How many household numbers a message shows."""

LONGEST_MONTH_DAYS = 31
"""Days of the longest months."""

SHORTEST_SOURCE = 3
"""Letters that a source has at least: shorter ones name none."""

MOST_PLACES = 16_777_216
"""Groups under numbers below this are counted by place; a county has far fewer people."""
