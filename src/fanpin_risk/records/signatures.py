"""What a file's first bytes say it is, whatever its ending says."""

from __future__ import annotations

from pathlib import Path

from fanpin_risk.errors import InputFileError

ZIP, OLE, PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
HEAD_BYTES = 64

_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (ZIP, "a workbook or another zip archive", "Give it the ending .xlsx if it is a workbook"),
    (OLE, "a workbook of Excel 97 or another Office file", "Give it the ending .xls"),
    (PARQUET, "a Parquet file", "Give it the ending .parquet"),
    (b"\x1f\x8b", "packed by gzip", "Give it the ending .csv.gz if it is a packed text file"),
    (b"%PDF", "a PDF document", "Ask for the table itself, as .xlsx or .csv"),
    (b"{\\rtf", "a text document (RTF)", "Ask for the table itself, as .xlsx or .csv"),
    (b"SQLite format 3", "a database (SQLite)", "Read it by `query` in the ingest configuration"),
    (b"Rar!", "a RAR archive", "Unpack it"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it"),
    (b"\x89PNG", "a picture", "Ask for the table itself, as .xlsx or .csv"),
    (b"\xff\xd8\xff", "a picture", "Ask for the table itself, as .xlsx or .csv"),
    (b"<", "a web page or XML", "Open it in Excel or WPS and save it as .xlsx"),
)


def require_kind(path: Path, head: bytes, wanted: str) -> None:
    """Raise if a file begins as another kind of file does.

    Parameters
    ----------
    path
        The file.
    head
        Its first bytes.
    wanted
        What its ending says that it is: ``text``, ``a workbook`` or ``a Parquet file``.

    Raises
    ------
    InputFileError
        Naming both kinds and the mend.
    """
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n\t")
    for begins, kind, mend in _KINDS:
        if plain.startswith(begins):
            raise InputFileError(f"{path}: is {kind}, not {wanted} as its ending says. {mend}.")


def is_text(head: bytes) -> bool:
    """Whether bytes look like text in one of the encodings that are read."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
