"""Tables of a database, brought into a text file that is then read as any other."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanpin_risk.errors import ConfigError, InputFileError, InstallationError
from fanpin_risk.records.cells import cell_text

if TYPE_CHECKING:
    from sqlalchemy import CursorResult

_ROWS_AT_ONCE = 20_000
_QUOTED = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^]]*\]|--[^\n]*|/\*.*?\*/""", re.DOTALL
)
_WRITES = re.compile(
    r"\b(?:insert|update|delete|merge|drop|alter|create|truncate|into|grant)\b", re.IGNORECASE
)


def export_query(url: str, query: str, path: Path) -> int:
    """Write what a query returns to a CSV file that its owner alone may read; the number of rows.

    Parameters
    ----------
    url
        Address of the database as SQLAlchemy writes it. It may hold a password, so it is handed
        down from the environment and never shown.
    query
        A table's name, or a query that begins with ``select`` or ``with``.
    path
        Where the file goes.

    Raises
    ------
    ConfigError
        If the query would change something, or is several.
    InputFileError
        If the database cannot be reached or refuses the query; neither address nor rows are shown.
    InstallationError
        If SQLAlchemy is not installed.
    """
    try:
        import sqlalchemy
    except ImportError as error:
        raise InstallationError(
            'Reading a database needs SQLAlchemy. Run: pip install "fanpin-risk[sql]".'
        ) from error
    statement = _statement(query)
    try:
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect().execution_options(yield_per=_ROWS_AT_ONCE) as connection:
                # not through text(), to which a colon in a query would mean a parameter
                return _write(connection.exec_driver_sql(statement), path)
        finally:
            engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError) as error:
        kind = type(error).__name__
        raise InputFileError(
            f"The database cannot be read ({kind}). Check its address and the query {query!r}."
        ) from None


def _write(rows: CursorResult[Any], path: Path) -> int:
    """Write rows to a file that its owner alone may read; how many they are."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    n_rows = 0
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows.keys())
        for row in rows:
            writer.writerow([cell_text(cell) for cell in row])
            n_rows += 1
    return n_rows


def _statement(query: str) -> str:
    """Statement that reads; a bare name is a table."""
    bare = query.strip().rstrip(";")
    if ";" in bare:
        raise ConfigError(f"The query {query!r} holds several statements. Name one.")
    first = bare.split(maxsplit=1)[0].lower() if bare else ""
    if first in ("select", "with"):
        writes = _WRITES.search(_QUOTED.sub("''", bare))
        if writes is not None:
            raise ConfigError(
                f"The query {query!r} holds the word {writes[0]!r}. Only reading is allowed; put "
                "double quotes around the name of a column."
            )
        return bare
    if bare and all(part.isidentifier() for part in bare.split(".")):
        return f"select * from {bare}"
    raise ConfigError(
        f"The query {query!r} is neither a table's name nor a query that begins with select. "
        "Only reading is allowed."
    )
