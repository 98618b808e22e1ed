"""Two thousand broken files: each is taken in with every row counted, or refused in one clear line.

The damage is drawn from fixed seeds, so the number of cases and each of them are always the same.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import shutil
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlwt

from fanpin_risk.errors import FanpinRiskError
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import load_source
from fanpin_risk.records.store import Store
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import sheet_bytes
from fanpin_risk.simulate.small_county import small_county

ROOT = Path(__file__).parents[2]
SOURCES = ("medical_insurance", "civil_affairs", "water", "register_listing")
KINDS = ("xlsx", "xls", "parquet", "csv", "gb.csv", "utf16.csv", "csv.gz")
ENCODINGS = {"csv": "utf-8-sig", "gb.csv": "gb18030", "utf16.csv": "utf-16", "csv.gz": "utf-8"}
N_ROWS = 12
N_CASES = {"bytes": 920, "cells": 340, "columns": 230, "rows": 120, "parts": 350, "endings": 60}
MOST_GENERAL = 0.05
DELIVERY = Delivery(
    received_on=date(2025, 1, 1),
    snapshot_on=date(2024, 12, 31),
    county="230199",
    key=IdentityKey(b"k" * 32),
)
HOSTILE = (
    "长" * 40_000,
    "x" * 32_000,
    "\x01\x02\x7f",
    "a\x00b",
    "\ud800",
    "\u202e反\u202c",
    "=cmd|' /C calc'!A0",
    "=1+1",
    "@SUM(1)",
    '{"a": [1, null]}',
    "'; drop table household; --",
    "9" * 400,
    "1e308",
    "-0",
    "nan",
    "inf",
    "-inf",
    "NULL",
    '"',
    '""',
    'a"b',
    "a\nb",
    "a\r\nb",
    "\n" * 30,
    ",,,",
    "\t",
    "\u3000",
    "0x1F",
    "１２３",
    "1,2,3",
    "2023-02-30",
    "0000-00-00",
    "99999-01-01",
    "\u0661\u0662",
    "%s%n{0}",
    "../../etc/passwd",
    "\U0001f600",
    "\ufeff",
    float("nan"),
    float("inf"),
    -0.0,
    1e300,
    10**18,
    True,
    date(9999, 12, 31),
    None,
)
NAMES = (
    "",
    "_line",
    "checks",
    "columns",
    "original",
    "county",
    "line",
    "record_id",
    "隔离编号",
    "x\ny",
)


@dataclass(frozen=True)
class Outcome:
    """What became of one broken file."""

    case: str
    file: str
    is_in: bool = False
    problem: str = ""
    message: str = ""


def small_sheets():
    """A few rows of four offices' files, and the persons' data in them."""
    county = small_county(40, 18, seed=3, first_day=date(2022, 1, 1))
    newest = {one.sheet.source: one.sheet for one in office_deliveries(county, month=None)}
    sheets = [replace(newest[name], rows=newest[name].rows[:N_ROWS]) for name in SOURCES]
    for sheet in sheets:
        spread = re.compile("姓名|号码|电话|账号")
        at = [x for x, name in enumerate(sheet.header) if spread.search(name)]
        cells = [str(row[x]) for row in sheet.rows for x in at if row[x] is not None]
        SECRETS.update(cell for cell in cells if len(cell) > 1 and cell != "0" * len(cell))
    return sheets


SECRETS: set[str] = set()


def content_of(sheet, kind):
    """The file that an office would send, of a kind; None where the kind cannot hold a cell."""
    try:
        if kind == "xlsx":
            return sheet_bytes(replace(sheet, kind="xlsx"))
        if kind == "xls":
            return xls_bytes(sheet)
        if kind == "parquet":
            return parquet_bytes(sheet)
        content = sheet_bytes(replace(sheet, kind="csv", encoding=ENCODINGS[kind]))
    except Exception:
        return None
    return gzip.compress(content, 1, mtime=0) if kind == "csv.gz" else content


def xls_bytes(sheet):
    """A workbook of Excel 97."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("表")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    lines = [*((text,) for text in sheet.title), sheet.header, *sheet.rows]
    for y, line in enumerate(lines):
        for x, cell in enumerate(line):
            if isinstance(cell, date):
                page.write(y, x, cell, day)
            elif cell is not None:
                page.write(y, x, cell)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def parquet_bytes(sheet):
    """A Parquet file whose columns are texts, but for those that hold numbers alone."""
    columns = {}
    for x, name in enumerate(sheet.header):
        cells = [row[x] if x < len(row) else None for row in sheet.rows]
        is_number = all(isinstance(cell, int | float | None) for cell in cells)
        columns[name] = cells if is_number else [None if c is None else str(c) for c in cells]
    content = io.BytesIO()
    pl.DataFrame(columns, strict=False).write_parquet(content)
    return content.getvalue()


def damaged_bytes(rng, content):
    """Bytes flipped, removed, inserted, doubled, blanked or cut, in up to five places."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        at, n = rng.randrange(len(data)), rng.choice([1, 1, 2, 16, 200])
        how = rng.randrange(6)
        if how == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            del data[at : at + n]
        elif how == 2:
            data[at:at] = bytes(rng.randrange(256) for _ in range(n))
        elif how == 3:
            data[at:at] = data[at : at + n]
        elif how == 4:
            data[at : at + n] = bytes(len(data[at : at + n]))
        elif rng.random() < 0.3:
            del data[at:]
        if not data:
            break
    return bytes(data)


def damaged_cells(rng, sheet):
    """Up to six cells replaced by what nobody should write into a table."""
    rows = [list(row) for row in sheet.rows]
    for _ in range(rng.randint(1, 6)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(HOSTILE)
    return replace(sheet, rows=tuple(map(tuple, rows)))


def damaged_columns(rng, sheet):
    """Columns removed, renamed, doubled, exchanged, or a row in the header's place."""
    header, rows = list(sheet.header), [list(row) for row in sheet.rows]
    for _ in range(rng.randint(1, 3)):
        at, other = rng.randrange(len(header)), rng.randrange(len(header))
        how = rng.randrange(7)
        if how == 0 and len(header) > 1:
            for line in (header, *rows):
                del line[at : at + 1]
        elif how == 1:
            header[at] = rng.choice([*NAMES, header[at] + "表", header[at][:1]])
        elif how == 2:
            for line in (header, *rows):
                line.extend(line[at : at + 1])
        elif how == 3:
            header[at], header[other] = header[other], header[at]
        elif how == 4:
            header[at] = str(rng.choice(HOSTILE))
        elif how == 5:
            header = ["" if cell is None else str(cell) for cell in rows[0]]
        else:
            header = [*header, *("" if cell is None else str(cell) for cell in rows[0])]
    return replace(sheet, header=tuple(header), rows=tuple(map(tuple, rows)))


def damaged_rows(rng, sheet):
    """Rows cut, lengthened, doubled, removed, blanked, or a header between them."""
    rows = [list(row) for row in sheet.rows]
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(rows))
        how = rng.randrange(6)
        if how == 0:
            del rows[at][rng.randrange(1, len(sheet.header)) :]
        elif how == 1:
            rows[at] += ["多", 1]
        elif how == 2:
            rows.insert(rng.randrange(len(rows)), list(rows[at]))
        elif how == 3 and len(rows) > 1:
            del rows[at:]
            rows = rows or [[None] * len(sheet.header)]
        elif how == 4:
            rows[at] = [None] * len(sheet.header)
        else:
            rows.insert(at, list(sheet.header))
    return replace(sheet, rows=tuple(map(tuple, rows)))


def damaged_parts(rng, content):
    """A workbook whose archive is whole, with parts changed, left out, emptied or misnamed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        infos = old.infolist()
        chosen = rng.choice(infos).filename if rng.random() < 0.5 else "xl/worksheets/sheet1.xml"
        how = rng.randrange(8)
        for info in infos:
            part, name = old.read(info), info.filename
            if name == chosen and how == 0:
                continue
            if name == chosen:
                part, name = damaged_part(rng, how, part, name)
            new.writestr(name, part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def damaged_part(rng, how, part, name):
    """One part of a workbook, and its name, damaged in one of several ways."""
    at = rng.randrange(len(part))
    if how == 1:
        return b"", name
    if how == 2:
        return part, name.upper()
    if how == 3:
        return part[:at], name
    if how == 4:
        tags = [m.span() for m in re.finditer(rb"<[^>]*>", part)]
        first, after = rng.choice(tags)
        return part[:first] + part[after:], name
    if how == 5:
        values = [m.span(1) for m in re.finditer(rb'="([^"]*)"', part)] or [(0, 0)]
        first, after = rng.choice(values)
        word = rng.choice([b"", b"9999999999", b"-1", b"ZZZ9", b"\xff", b"&x;", b"b", b"e"])
        return part[:first] + word + part[after:], name
    if how == 6:
        values = [m.span(1) for m in re.finditer(rb">([^<]+)<", part)] or [(0, 0)]
        first, after = rng.choice(values)
        word = rng.choice([b"1e999", b"-1", b"99999", b"\x00", b"x", b"NaN", b"&#0;"])
        return part[:first] + word + part[after:], name
    return damaged_bytes(rng, part), name


class Press:
    """Takes broken files in, each into a store that is as good as new."""

    def __init__(self, folder):
        self.folder = folder
        self.sheets = small_sheets()
        self.sources = [load_source(ROOT / f"configs/sources/{name}.yaml") for name in SOURCES]
        self.first = folder / "first"
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        clean = folder / "clean.xlsx"
        clean.write_bytes(content_of(self.sheets[2], "xlsx"))
        first = ingest_file(Store(self.first), self.sources[2], clean, DELIVERY)
        assert first.rows_accepted == N_ROWS
        self.n_stores = 0
        self.renew()

    def renew(self):
        """Begin with another copy of the store that holds one whole file."""
        self.n_stores += 1
        copy = self.folder / f"store-{self.n_stores}"
        shutil.copytree(self.first, copy)
        self.store = Store(copy)
        self.before = self.state()

    def state(self):
        """Every file of the store with its content, but for the staging folder's."""
        return {
            path.relative_to(self.store.folder): path.read_bytes()
            for path in self.store.folder.rglob("*")
            if path.is_file() and path.suffix in (".json", ".parquet")
        }

    def press(self, case, number, name, content):
        """Take one broken file in, and judge what comes of it."""
        path = self.inbox / name
        path.write_bytes(content)
        try:
            result = ingest_file(self.store, self.sources[number], path, DELIVERY, n_threads=1)
        except FanpinRiskError as error:
            problem = "" if self.state() == self.before else "the store changed"
            return Outcome(case, name, problem=problem, message=str(error))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.renew()
            return Outcome(case, name, problem=f"{type(error).__name__}: {error}"[:300])
        finally:
            path.unlink()
        problem = self.problem_of(result)
        shutil.rmtree(self.store.folder)
        self.renew()
        return Outcome(case, name, is_in=True, problem=problem)

    def problem_of(self, result):
        """What is wrong with a batch that got in; nothing, if all is well."""
        if result.is_known_already:
            return ""
        if result.rows_read != result.rows_accepted + result.rows_quarantined:
            return f"rows are lost: {result}"
        entry = self.store.batches()[-1]
        log = json.dumps(entry, ensure_ascii=False)
        if any(secret in log for secret in SECRETS):
            return "the log shows a person"
        if self.store.quarantine().height != result.rows_quarantined:
            return f"quarantined rows are lost: {result}"
        n_parts = sum(part["rows"] for part in entry["parts"])
        tables = {part["table"] for part in entry["parts"]}
        rows = [self.store.scan(name).collect() for name in tables]
        n_rows = sum((frame["batch"] == result.batch).sum() for frame in rows)
        return "" if n_rows == n_parts else "the store's rows are not those of the log"


def cases(press):
    """Every broken file: its case, the number of its source, its name and its content."""
    whole = {
        (number, kind): content_of(sheet, kind)
        for number, sheet in enumerate(press.sheets)
        for kind in KINDS
    }
    for family, n in N_CASES.items():
        for seed in range(n):
            rng = random.Random(f"{family}{seed}")
            number = rng.randrange(len(SOURCES))
            kind = "xlsx" if family == "parts" else KINDS[seed % len(KINDS)]
            content, name = None, f"f.{kind}"
            if family == "bytes":
                content = damaged_bytes(rng, whole[number, kind])
            elif family == "parts":
                content = damaged_parts(rng, whole[number, kind])
            elif family == "endings":
                content = whole[number, kind]
                name = f"f.{rng.choice([*KINDS, 'txt', 'tsv', 'doc', 'xlsm'])}"
            damage = {"cells": damaged_cells, "columns": damaged_columns, "rows": damaged_rows}
            while content is None:
                content = content_of(damage[family](rng, press.sheets[number]), kind)
            yield f"{family} {seed}", number, name, content


@pytest.fixture(scope="module")
def pressed(tmp_path_factory):
    """Every broken file, taken in or refused."""
    press = Press(tmp_path_factory.mktemp("fuzz"))
    return [press.press(*case) for case in cases(press)]


def told(outcomes):
    """The first few outcomes, in words."""
    return "\n".join(f"{one.case} {one.file}: {one.problem} {one.message}" for one in outcomes[:20])


def test_every_file_is_taken_in_whole_or_refused(pressed):
    """No other exception, no lost row, no changed store, no person in the log."""
    assert len(pressed) == sum(N_CASES.values()) >= 2_000
    bad = [one for one in pressed if one.problem]
    assert not bad, told(bad)
    n_in = sum(one.is_in for one in pressed)
    assert 600 < n_in < 1_700  # the damage neither spoils every file nor none


def test_every_refusal_is_one_line_that_names_the_file(pressed):
    """The file stands first; the line says what is wrong and ends with a full stop."""
    refused = [one for one in pressed if not one.is_in]
    bad = [
        one
        for one in refused
        if f"/{one.file}: " not in one.message
        or len(one.message.splitlines()) != 1
        or not one.message.isprintable()
        or len(one.message) > 500
        or not one.message.endswith((".", "?"))
    ]
    assert not bad, told(bad)


def test_no_refusal_shows_a_person(pressed):
    """Neither a name nor a number of a person stands in any message."""
    assert len(SECRETS) >= 50
    bad = [one for one in pressed if any(secret in one.message for secret in SECRETS)]
    assert not bad, told(bad)


PLACE = re.compile(
    r"the sheets? |the table has |the columns? |line [0-9]+|header|part is missing"
    r"|list of (its sheets|parts|columns|texts)|has a part|has broken XML|has XML|names a part"
    r"|lacks (a part|the link)"
)
WHOLE = re.compile(
    r"is (empty|cut off|plain text|packed|an? |of no kind)|of this kind are not read"
    r"|cannot be unpacked|has a damaged|has records that are cut off|is longer than"
)
GENERAL = re.compile("cannot be read as a workbook")


def test_every_refusal_says_where_or_what_kind(pressed):
    """A place where there is one, else what the whole file is; one general line is rare."""
    refused = [one.message.split(f"{one.file}: ", 1)[-1] for one in pressed if not one.is_in]
    bad = [one for one in refused if not (PLACE.search(one) or WHOLE.search(one))]
    n_general = sum(bool(GENERAL.search(one)) for one in refused)
    assert n_general <= MOST_GENERAL * len(pressed)
    assert all(GENERAL.search(one) for one in bad), bad[:20]
    kinds = Counter(re.sub(r"'[^']*'|\[.*\]|[0-9]+", "…", one) for one in refused)
    assert len(kinds) > 30
