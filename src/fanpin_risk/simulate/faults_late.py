"""Faults that were designed only after the intake was finished, without a look at it."""

from __future__ import annotations

from fanpin_risk.simulate.faults_base import Fault
from fanpin_risk.simulate.faults_late_amounts import LATE_AMOUNTS
from fanpin_risk.simulate.faults_late_containers import LATE_CONTAINERS
from fanpin_risk.simulate.faults_late_days import LATE_DAYS
from fanpin_risk.simulate.faults_late_headers import LATE_HEADERS
from fanpin_risk.simulate.faults_late_rows import LATE_ROWS
from fanpin_risk.simulate.faults_late_text_files import LATE_TEXT_FILES
from fanpin_risk.simulate.faults_late_texts import LATE_TEXTS
from fanpin_risk.simulate.faults_late_words import LATE_WORDS
from fanpin_risk.simulate.faults_late_workbooks import LATE_WORKBOOKS

__all__ = ["LATE_FAULTS"]

LATE_FAULTS: tuple[Fault, ...] = (
    *LATE_AMOUNTS,
    *LATE_DAYS,
    *LATE_WORDS,
    *LATE_TEXTS,
    *LATE_ROWS,
    *LATE_HEADERS,
    *LATE_TEXT_FILES,
    *LATE_WORKBOOKS,
    *LATE_CONTAINERS,
)
"""Every late kind, from single cells to whole files; names are unique, also among the early."""
