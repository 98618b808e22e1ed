"""Late faults of workbooks that are none: text, web pages, old XML, a file behind a password."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import escape

import numpy as np

from fanpin_risk.simulate.faults_base import Fault, Faulty, number_of, plain
from fanpin_risk.simulate.faults_late_base import late_fault
from fanpin_risk.simulate.sheets import Cell, Sheet, sheet_bytes

SECTOR_BYTES = 512
ENTRIES_OF_TABLE = SECTOR_BYTES // 4
END_OF_CHAIN, FREE, TABLE_ITSELF, NO_ENTRY = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
ROOT, STREAM = 5, 2
PACKAGE_SECTORS, INFO_SECTORS = 64, 8
"""Both streams are long enough (4096 bytes) to need no table of small sectors."""


def _lines(sheet: Sheet) -> list[tuple[Cell, ...]]:
    """Every line from the top."""
    above: list[tuple[Cell, ...]] = [(text,) for text in sheet.title]
    return [*above, sheet.header, *sheet.rows, *((text,) for text in sheet.footer)]


def _as_text(sheet: Sheet, encoding: str, delimiter: str) -> bytes:
    """Write the table as a text."""
    text = replace(sheet, kind="csv", encoding="utf-8", delimiter=delimiter)
    return sheet_bytes(text).decode().encode(encoding)


def _as_web_page(sheet: Sheet) -> bytes:
    """Write the table as a web page, as web systems do that offer an export to Excel."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(plain(cell))}</td>" for cell in line) + "</tr>\r\n"
        for line in _lines(sheet)
    )
    head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    page = f"<html><head>{head}</head><body><table border=1>\r\n{rows}</table></body></html>"
    return page.encode()


def _as_old_xml(sheet: Sheet) -> bytes:
    """Write the table in the XML that Excel had in 2003."""
    rows = "".join(
        "<Row>" + "".join(_old_xml_cell(cell) for cell in line) + "</Row>\n"
        for line in _lines(sheet)
    )
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        f'<Workbook xmlns="{name}" xmlns:ss="{name}"><Worksheet ss:Name="Sheet1"><Table>\n'
        f"{rows}</Table></Worksheet></Workbook>"
    ).encode()


def _old_xml_cell(cell: Cell) -> str:
    """Write one cell with its type."""
    if cell is None:
        return "<Cell/>"
    if isinstance(cell, date):
        kind, text = "DateTime", f"{cell.isoformat()}T00:00:00.000"
    elif not isinstance(cell, str) and number_of(cell) is not None:
        kind, text = "Number", str(cell)
    else:
        kind, text = "String", escape(str(cell))
    return f'<Cell><Data ss:Type="{kind}">{text}</Data></Cell>'


def _locked(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Lock the file with a password: the form is that of locked workbooks, the inside is noise."""
    info = rng.bytes(INFO_SECTORS * SECTOR_BYTES)
    package = rng.bytes(PACKAGE_SECTORS * SECTOR_BYTES)
    return Faulty(content=_compound_file(info, package), removed=sheet.keys)


def _compound_file(info: bytes, package: bytes) -> bytes:
    """Write a compound file with the two streams of a locked workbook."""
    first_info, first_package = 2, 2 + INFO_SECTORS
    table = [TABLE_ITSELF, END_OF_CHAIN, *_chain(first_info, INFO_SECTORS)]
    table += _chain(first_package, PACKAGE_SECTORS)
    table += [FREE] * (ENTRIES_OF_TABLE - len(table))
    entries = (
        _entry("Root Entry", ROOT, child=2)
        + _entry("EncryptionInfo", STREAM, start=first_info, size=len(info))
        + _entry("EncryptedPackage", STREAM, left=1, start=first_package, size=len(package))
        + _entry("", 0)
    )
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        bytes.fromhex("D0CF11E0A1B11AE1"),
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        1,
        0,
        4096,
        END_OF_CHAIN,
        0,
        END_OF_CHAIN,
        0,
    )
    header += struct.pack("<109I", 0, *[FREE] * 108)
    return header + struct.pack(f"<{ENTRIES_OF_TABLE}I", *table) + entries + info + package


def _chain(first: int, count: int) -> list[int]:
    """Say of each sector which one follows."""
    return [*range(first + 1, first + count), END_OF_CHAIN]


def _entry(
    name: str,
    kind: int,
    *,
    left: int = NO_ENTRY,
    child: int = NO_ENTRY,
    start: int = 0,
    size: int = 0,
) -> bytes:
    """Write one entry of the directory."""
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    is_root = kind == ROOT
    return struct.pack(
        "<64sHBBIII16xI16xIQ",
        text,
        length,
        kind,
        1,
        left,
        NO_ENTRY,
        child,
        0,
        END_OF_CHAIN if is_root else start,
        size,
    )


def _other_format(name: str, zh: str, en: str, change: Callable[[Sheet], bytes]) -> Fault:
    """Build a fault that sends another format under the name of a workbook."""
    return late_fault(
        name,
        (zh, en),
        "file",
        lambda sheet, rng, n: Faulty(content=change(sheet)),
        is_raw=True,
        kind="xlsx",
    )


LATE_CONTAINERS: tuple[Fault, ...] = (
    _other_format(
        "text_as_workbook",
        "扩展名为xlsx，实为csv文本",
        "comma-separated text with the ending of a workbook",
        lambda sheet: _as_text(sheet, "gb18030", ","),
    ),
    _other_format(
        "tab_text_as_workbook",
        "扩展名为xlsx，实为制表符分隔的Unicode文本",
        "Unicode text with tabs and the ending of a workbook",
        lambda sheet: _as_text(sheet, "utf-16", "\t"),
    ),
    _other_format(
        "web_page_as_workbook",
        "扩展名为xlsx，实为网页表格",
        "a web page with the ending of a workbook",
        _as_web_page,
    ),
    _other_format(
        "old_xml_as_workbook",
        "扩展名为xlsx，实为2003版XML表格",
        "the XML of Excel 2003 with the ending of a workbook",
        _as_old_xml,
    ),
    late_fault(
        "locked_workbook",
        ("工作簿有打开密码", "a workbook behind a password"),
        "file",
        _locked,
        is_raw=True,
        kind="xlsx",
    ),
)
