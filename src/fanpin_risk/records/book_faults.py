"""Opening workbooks, and wording by kind why one cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fanpin_risk.errors import InputFileError, InstallationError
from fanpin_risk.records.book_bounds import require_compact_xls, require_compact_xlsx
from fanpin_risk.records.signatures import HEAD_BYTES, OLE, ZIP, is_text, require_kind

_KINDS: tuple[tuple[str, str, str], ...] = (
    ("assword", "is protected by a password", "Save it again as .xlsx without a password"),
    ("ncrypt", "is protected by a password", "Save it again as .xlsx without a password"),
    ("Could not find EOCD", "is cut off: the end of the zip archive is missing", "Copy it again"),
    ("Variable-length field", "has a damaged list of parts (its entries overrun)", "Copy it again"),
    ("blocks::", "has a damaged list of parts (a part stands elsewhere)", "Copy it again"),
    ("Central Directory", "has a damaged list of parts (an entry is none)", "Copy it again"),
    ("local file header", "has a part whose beginning is damaged", "Copy it again"),
    ("CDFH", "has a damaged list of parts (it stands elsewhere)", "Copy it again"),
    ("WorksheetNotFound", "is listed, but its part is missing", "Save it again as .xlsx"),
    ("XmlError: sheetData", "is cut off within its rows", "Copy it again"),
    ("shared strings", "has a text that the list of texts does not hold", "Copy it again"),
    ("before end of input", "has XML that is cut off", "Copy it again"),
    ("File not found", "lacks a part of a workbook", "Save it again as .xlsx"),
    ("Relationship", "lacks the link to a sheet's part", "Save it again as .xlsx"),
    ("Unrecognized", "names a part that is of no known kind", "Save it again as .xlsx"),
    ("incomplete deflate", "has a part that is cut off", "Copy it again"),
    ("deflate", "has a part whose packed bytes are damaged", "Copy it again"),
    ("checksum", "has a part that does not fit its checksum", "Copy it again"),
    ("uncompressed size", "has a part of another length than stated", "Copy it again"),
    ("method not supported", "has a part packed in a way that is not read", "Save it again"),
    ("CRC", "has a part that does not fit its checksum", "Copy it again"),
    ("attribute", "has broken XML (an attribute)", "Save it again as .xlsx"),
    ("ill-formed", "has broken XML (a tag without its partner)", "Save it again as .xlsx"),
    ("syntax error", "has broken XML (a tag that is none)", "Save it again as .xlsx"),
    ("unescape", "has broken XML (an entity)", "Save it again as .xlsx"),
    ("utf-8", "has broken XML (bytes that are no text)", "Save it again as .xlsx"),
    ("Expecting '", "has broken XML (a cell with a part that no cell has)", "Save it again"),
    ("alphanumeric", "has a cell whose address is none", "Save it again as .xlsx"),
    ("past end of file", "is cut off, or its table of sectors is damaged", "Copy it again"),
    ("too small", "is cut off", "Copy it again"),
    ("Cannot find Workbook", "is an Office file, but no workbook", "Save the table as .xlsx"),
    ("Root directory", "has a damaged list of parts", "Copy it again"),
    ("Cfb error", "has a damaged table of sectors", "Copy it again"),
    ("End of stream", "has records that are cut off", "Open it in Excel or WPS and save it again"),
    ("Invalid", "has a damaged record", "Open it in Excel or WPS and save it again"),
    ("parse", "has a number that is none", "Save it again as .xlsx"),
    ("XmlError", "has broken XML", "Save it again as .xlsx"),
)


@contextmanager
def refusing(path: Path, part: str = "", row: int = 0) -> Iterator[None]:
    """Turn whatever the workbook reader raises within into an error that says what is wrong.

    Parameters
    ----------
    path
        The file.
    part
        What is being read, such as a sheet; empty for the file as a whole.
    row
        Row of the sheet, counted from 1; 0 where there is none.

    Raises
    ------
    InputFileError
        Naming the file, the part and row, and the kind of fault.
    """
    try:
        yield
    except InputFileError:
        raise
    except Exception as error:
        raise InputFileError(
            _worded(path, part, row, f"{type(error).__name__}: {error}")
        ) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader says that it cannot go on
            raise
        raise InputFileError(_worded(path, part, row, "panic")) from error


def _worded(path: Path, part: str, row: int, said: str) -> str:
    """Word a fault of a workbook."""
    if row:
        return (
            f"{path}: {part}, row {row}: a cell in the form of a date or a time holds a number "
            "that is none. Mend the cell."
        )
    where = f"{path}: {part}" if part else f"{path}:"
    for words, kind, mend in _KINDS:
        if words in said:
            return f"{where} {kind}. {mend}."
    return f"{where} cannot be read as a workbook. Open it in Excel or WPS and save it again."


def opened_book(path: Path) -> Any:
    """Open a workbook; one that has the other kind's ending is opened as what it is.

    Raises
    ------
    InputFileError
        If the file is no workbook, or is damaged or encrypted.
    InstallationError
        If python-calamine is not installed.
    """
    try:
        from python_calamine import CalamineWorkbook
    except ImportError as error:
        raise InstallationError(
            f"{path}: reading workbooks needs python-calamine. Run: pip install "
            '"fanpin-risk[excel]".'
        ) from error
    with refusing(path):
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        _require_book(path, head)
        is_zip = head.startswith(ZIP)
        if is_zip:
            require_compact_xlsx(path)
        elif _is_encrypted(path):
            raise InputFileError(_worded(path, "", 0, "password"))
        else:
            require_compact_xls(path)
        if is_zip == (path.suffix.lower() != ".xls"):
            return CalamineWorkbook.from_path(str(path))
        with path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)


def _require_book(path: Path, head: bytes) -> None:
    """Raise unless a file begins as a workbook does."""
    if head.startswith((ZIP, OLE)):
        return
    require_kind(path, head, "a workbook")
    kind = "plain text" if is_text(head) else "of no kind that is known here"
    mend = "Give it the ending .csv" if kind == "plain text" else "Export it again"
    raise InputFileError(f"{path}: is {kind}, not a workbook as its ending says. {mend}.")


def _is_encrypted(path: Path) -> bool:
    """Whether an Office file holds a workbook that a password protects."""
    name = "EncryptedPackage".encode("utf-16-le")
    return name in path.read_bytes()
