"""A county's records as its offices would send them, month by month.

The county's record tables, with keyed hashes for persons, become offices' files: with identity
numbers in clear, made-up names, and phones that nobody has. What the files carry is what the
records say, in each office's own words. Some things no file carries:

- **Tables without an office.** ``loan``: banks' lists differ from county to county, and no shipped
  source reads one. ``override``, and the tables of surveys (``income``, ``support``,
  ``shock_and_coping``, ``place_context``), which this county does not keep. Every other table has
  one, ``household_change`` that of the public security office. The pages of the household register,
  pensions and subsidies have no shipped source file either; theirs come with them
  (`as_offices_sources`).
- **Withdrawals** of clues, shocks and measures: of all offices the medical insurance alone marks a
  row as taken back.
- **Decisions on temporary relief**: the civil affairs office sends payments, and a measure is taken
  from each payment, of its day.
- **Rows that a file cannot tell from others**: two checks of one home on one day, say.
- **Single cells**: `UNTOLD`.

A row that stands in the records again under another number (world ``dirty``) is sent again where
the office numbers nothing, and an intake finds nothing new in it.

`Sending.not_sent` counts the rows. Bills and claims have no number in the records; in the files
they have that of the record. The export of households repeats the listing and the exit of those
that are on the list, by month; both arrive as records of their own beside the register's, as they
do from a real export. It shows no measures, which the county's national system does not record.
Where an income of the yearly account is corrected, the household's row comes again. The civil
affairs office's ledger has no day of entry, so a corrected payment counts as known from the day of
the first one on. The export of months of work comes once a month, so these are known from the
month's last day on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import InputFileError
from fanpin_risk.records.contracts import TABLES, codes
from fanpin_risk.simulate.county.as_offices_rows import (
    MONTHLY_EXPORT,
    REASONS,
    UNTOLD,
    Sending,
)
from fanpin_risk.simulate.county.records_identity import identity_secret, person_ids
from fanpin_risk.simulate.county.records_words import CONTEXT_PLACE
from fanpin_risk.simulate.county.write import RECORDS, TRUTH, manifest_of
from fanpin_risk.simulate.offices import Delivery, office_deliveries
from fanpin_risk.simulate.offices_layout import book_of, by_household
from fanpin_risk.simulate.small_county import Row, SmallCounty, Value, Village
from fanpin_risk.simulate.small_county_people import month_end

__all__ = ["CONTEXT_PLACE", "REASONS", "UNTOLD", "CountyOffices", "OfficeMonth"]

IDENTITY_NUMBERS = "identity_numbers"
"""File of the truth with the number in clear of each person of the records."""

_NUMBER_OF = {"medical_bill": "bill_number", "insurance_claim": "claim_number"}
_SHOWN_ANEW = "national_household"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰凤洁梅琳"
_AREA_DIGITS = 6
_KINDS = tuple(codes.DISABILITY_KINDS.words)


@dataclass(frozen=True, kw_only=True)
class OfficeMonth:
    """What a county's offices send in a month.

    ``county`` holds the month's rows under the numbers that the keys of ``deliveries`` name.
    """

    month: date
    county: SmallCounty
    deliveries: tuple[Delivery, ...]


class CountyOffices:
    """The offices of a simulated county on disk.

    Parameters
    ----------
    folder
        A county as `write_counties` leaves it, with its truth: the files hold identity numbers in
        clear, which the records do not.

    Attributes
    ----------
    sending
        Which rows are sent in which month.
    secret
        Key by which an intake gives the persons the names that they have in the county's records.

    Raises
    ------
    InputFileError
        If there is no such county, or its identity numbers are missing or not those of its records.
    """

    def __init__(self, folder: Path) -> None:
        manifest = manifest_of(folder)
        if not manifest:
            raise InputFileError(
                f"{folder}: there is no simulated county. Make one with `fanpin-risk simulate`."
            )
        self.secret = identity_secret(manifest["request"]["seed"], manifest["county"])
        self._numbers = _identity_numbers(folder, self.secret)
        self.sending = Sending(folder / RECORDS)
        self._first_day = date.fromisoformat(manifest["first_day"])
        self._last_day = date.fromisoformat(manifest["last_day"])
        self._names = {number: name_of(number) for number in self._numbers["person"].to_list()}
        self._places: dict[tuple[str, str], Village] = {}
        self._villages: dict[str, Village] = {}
        self._phones: dict[str, str] = {}
        self._heads: dict[str, str] = {}
        self._homes: dict[str, str] = {}
        self._cards: dict[str, str] = {}

    def months(self) -> Iterator[OfficeMonth]:
        """What comes in each month, the earliest first; only the rows of one month are held.

        Files are those of `office_deliveries`: one for each office, and for the national exports of
        households, members and villages one for each day that they show.
        """
        self._take_frame()
        listings = self._decisions("listing", pl.col("decision") == "listed")
        exits = self._decisions("exit", pl.lit(value=True))
        anew = self._shown_anew()
        for month in self.sending.months():
            tables = {
                table: found
                for table in self.sending.tables
                if (found := self._rows(table, self.sending.rows(table, month)))
            }
            for row in tables.get("work_month", []):
                if row["source"] == MONTHLY_EXPORT:
                    row["recorded_on"] = month_end(month)
            self._take_register(tables)
            self._add_shown_anew(tables, anew.get(month, []))
            county = SmallCounty(
                first_day=self._first_day,
                last_day=self._last_day,
                tables=tables,
                names=self._names,
                phones=self._phones,
                villages=self._villages,
                heads=self._heads,
                cards=self._cards,
            )
            book = replace(
                book_of(county),
                listings=listings,
                exits=exits,
                measures={},
                place=CONTEXT_PLACE,
            )
            deliveries = office_deliveries(county, month=month, book=book)
            deliveries.sort(key=lambda one: one.received_on)
            yield OfficeMonth(month=month, county=county, deliveries=tuple(deliveries))

    def _rows(self, table: str, frame: pl.DataFrame) -> list[Row]:
        """Rows of a frame as the offices' layouts take them."""
        if frame.is_empty():
            return []
        frame = frame.with_columns(source="office").drop("office")
        if "person_id" in TABLES[table].names:
            frame = frame.join(self._numbers, on="person_id", how="left", maintain_order="left")
            frame = frame.drop("person_id")
        number = _NUMBER_OF.get(table)
        if number is not None:
            frame = frame.with_columns(pl.coalesce(number, "record_id").alias(number))
        rows: list[Row] = frame.to_dicts()
        if "household_id" in frame.columns and "person" in frame.columns:
            for row in rows:
                if row["household_id"] is None:
                    row["household_id"] = self._homes.get(str(row["person"]))
        return rows

    def _take_frame(self) -> None:
        """Learn from the first page of every household where it lives and who its head is."""
        for table in ("member_snapshot", "household_snapshot"):
            if table not in self.sending.tables:
                continue
            pages = self.sending.scan(table).filter(pl.col("source") == "public_security")
            is_first = pl.col("occurred_on") == pl.col("occurred_on").min().over("household_id")
            first = pages.filter(is_first).sort("record_id").collect()
            self._take_pages(table, self._rows(table, first.with_columns(office="source")))

    def _take_register(self, tables: Mapping[str, list[Row]]) -> None:
        """Learn what the month's pages and exports say of who lives where."""
        for table in ("member_snapshot", "household_snapshot"):
            self._take_pages(table, tables.get(table, []))
        for row in tables.get("member_snapshot", []):
            if row.get("has_disability_card"):
                self._cards[str(row["person"])] = _card(row)

    def _take_pages(self, table: str, rows: list[Row]) -> None:
        """Take in rows of the register of households."""
        for row in rows:
            household = str(row["household_id"])
            if table == "household_snapshot":
                code, township = str(row["place"]), str(row["region"])
                village = self._places.setdefault(
                    (code, township), Village(code=code, name=f"村{code}", township=township)
                )
                self._villages[household] = village
                self._phones.setdefault(household, f"120{len(self._phones):08d}")
            elif row["membership"] in ("present", "away"):
                person = str(row["person"])
                self._homes[person] = household
                if row["relation"] == "head" or household not in self._heads:
                    self._heads[household] = person

    def _decisions(self, table: str, which: pl.Expr) -> dict[Value, list[Row]]:
        """Decisions by household, of the first day of their months: exports show no more."""
        if table not in self.sending.tables:
            return {}
        frame = self.sending.scan(table).filter(which).sort("occurred_on", "record_id").collect()
        month = pl.col("occurred_on").dt.truncate("1mo")
        return by_household(frame.with_columns(month).to_dicts())

    def _shown_anew(self) -> dict[date, list[tuple[Row, list[Row]]]]:
        """Rows of the household export that come again, by month, with the incomes they show."""
        if not {"income_item", "household_snapshot"} <= set(self.sending.tables):
            return {}
        day = ["household_id", "occurred_on"]
        incomes = self.sending.scan("income_item").filter(pl.col("source") == _SHOWN_ANEW)
        corrected = incomes.filter(pl.col("version") > 1).select(*day, again_on="recorded_on")
        corrections = corrected.unique().collect()
        items = incomes.join(corrections.lazy(), on=day).filter(
            pl.col("recorded_on") <= pl.col("again_on")
        )
        newest = (
            items.sort("record_id", "version")
            .group_by("record_id", "again_on", maintain_order=True)
            .last()
            .with_columns(recorded_on="again_on", office=pl.lit(_SHOWN_ANEW))
            .collect()
        )
        snapshots = self.sending.scan("household_snapshot").filter(pl.col("source") == _SHOWN_ANEW)
        again = snapshots.join(corrections.lazy(), on=day).sort("again_on", "record_id")
        shown = again.with_columns(recorded_on="again_on", office=pl.lit(_SHOWN_ANEW)).collect()
        by_day: dict[tuple[Value, ...], list[Row]] = {}
        for row in self._rows("income_item", newest.drop("again_on")):
            by_day.setdefault(_shown(row), []).append(row)
        found: dict[date, list[tuple[Row, list[Row]]]] = {}
        for row in self._rows("household_snapshot", shown.drop("again_on")):
            known_on = row["recorded_on"]
            assert isinstance(known_on, date)
            month = known_on.replace(day=1)
            found.setdefault(month, []).append((row, by_day[_shown(row)]))
        return found

    @staticmethod
    def _add_shown_anew(tables: dict[str, list[Row]], anew: list[tuple[Row, list[Row]]]) -> None:
        """Put the household's whole row in the place of single corrected incomes."""
        if "income_item" in tables:
            tables["income_item"] = [
                row
                for row in tables["income_item"]
                if row["source"] != _SHOWN_ANEW or row["version"] == 1
            ]
        for snapshot, incomes in anew:
            tables.setdefault("household_snapshot", []).append(snapshot)
            tables.setdefault("income_item", []).extend(incomes)


def _shown(row: Row) -> tuple[Value, ...]:
    """What an export's row shows: household, day, and day of receipt."""
    return row["household_id"], row["occurred_on"], row["recorded_on"]


def _identity_numbers(folder: Path, secret: bytes) -> pl.DataFrame:
    """Numbers in clear as ``person``, by ``person_id``."""
    path = folder / TRUTH / f"{IDENTITY_NUMBERS}.parquet"
    if not path.exists():
        raise InputFileError(
            f"{path}: is missing, and offices' files hold identity numbers. The county was written "
            "by an earlier version: remove its folder and simulate it again."
        )
    found = pl.read_parquet(path).select("person_id", person="identity_number")
    if person_ids(found["person"].to_list(), secret) != found["person_id"].to_list():
        raise InputFileError(
            f"{path}: the numbers are not those of the county's records. Simulate it again."
        )
    return found


def name_of(number: str) -> str:
    """Return a made-up name for an identity number; persons born into one family share a surname.

    Examples
    --------
    >>> name_of("000123199001010018")
    '刘芳'
    """
    family, rest = int(number[:_AREA_DIGITS]), int(number[_AREA_DIGITS:-1])
    second, first = divmod(rest, len(_GIVEN))
    given = _GIVEN[first] + ("" if second % 5 < 2 else _GIVEN[second % len(_GIVEN)])
    return _SURNAMES[family % len(_SURNAMES)] + given


def _card(row: Mapping[str, Any]) -> str:
    """Number of a disability card: the person's, then kind and level."""
    kind = row["disability_kind"]
    place = 0 if kind is None else 1 + _KINDS.index(str(kind))
    return f"{row['person']}{place}{row['disability_level'] or 0}"
