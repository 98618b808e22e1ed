"""What goes wrong in the files of offices: a catalogue of faults, and a way to put them in.

Made from what county offices do with Excel, WPS and an old database, and not from what the intake
can do: nothing of the intake is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fanpin_risk.simulate.faults_base import Fault, Faulty
from fanpin_risk.simulate.faults_cells import CELL_FAULTS
from fanpin_risk.simulate.faults_files import FILE_FAULTS
from fanpin_risk.simulate.faults_late import LATE_FAULTS
from fanpin_risk.simulate.faults_numbers import NUMBER_FAULTS
from fanpin_risk.simulate.faults_rows import ROW_FAULTS
from fanpin_risk.simulate.sheets import Sheet

__all__ = ["FAULTS", "FAULTS_EARLY", "FAULTS_LATE", "Fault", "Faulty", "inject"]

FAULTS_EARLY: tuple[Fault, ...] = (*CELL_FAULTS, *NUMBER_FAULTS, *ROW_FAULTS, *FILE_FAULTS)
"""The kinds that were designed before the intake was finished; each fits text files."""

FAULTS_LATE: tuple[Fault, ...] = LATE_FAULTS
"""The kinds that were designed after it; some fit only text files, some only workbooks."""

FAULTS: tuple[Fault, ...] = (*FAULTS_EARLY, *FAULTS_LATE)
"""Every kind, the early ones first; names are unique."""

_ORDER = {"cell": 0, "row": 1, "file": 2}


def inject(sheet: Sheet, faults: Sequence[Fault], rng: np.random.Generator, n: int) -> Faulty:
    """Spoil a file with one or several faults.

    Faults of cells come first, then those of rows, then those of the file, each on what the ones
    before left; among faults of one level the given order holds. A fault that does not fit the
    sheet changes nothing.

    Parameters
    ----------
    sheet : Sheet
        The clean file; it stays as it is.
    faults : sequence of Fault
        At most one that needs the file's bytes: it comes last.
    rng : Generator
        The same state gives the same file, to the byte for text files.
    n : int
        About how many rows each fault spoils, at least 1.

    Returns
    -------
    Faulty
        With the keys that any of the faults touched, added or removed. A row that was removed
        is not counted as touched or added.

    Raises
    ------
    ValueError
        If more than one fault needs the bytes, or ``n`` is below 1.

    Examples
    --------
    >>> sheet = Sheet(source="a", header=("户编号", "金额"), rows=(("7", 1200),), keys=("k1",))
    >>> fault = next(fault for fault in FAULTS if fault.name == "yuan_suffix")
    >>> spoiled = inject(sheet, [fault], np.random.default_rng(0), 1)
    >>> spoiled.sheet.rows, spoiled.touched
    ((('7', '1200元'),), ('k1',))
    """
    if n < 1:
        raise ValueError(f"n is {n}: say at least 1 row")
    raw = [fault.name for fault in faults if fault.is_raw]
    if len(raw) > 1:
        raise ValueError(f"only one of {', '.join(raw)} can write the bytes: leave out the others")
    given, touched = set(sheet.keys), dict[str, None]()
    added, removed = dict[str, None](), dict[str, None]()
    now = Faulty(sheet=sheet)
    for fault in sorted(faults, key=lambda fault: (fault.is_raw, _ORDER[fault.level])):
        if now.sheet is None:
            break
        now = fault.apply(now.sheet, rng, n)
        touched |= dict.fromkeys(now.touched)
        added |= dict.fromkeys(now.added)
        removed |= dict.fromkeys(now.removed)
    return Faulty(
        sheet=now.sheet,
        content=now.content,
        touched=tuple(key for key in touched if key not in removed),
        added=tuple(key for key in added if key not in removed),
        removed=tuple(key for key in removed if key in given),
    )
