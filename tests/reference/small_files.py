"""Small files of monitoring records, two sources for them, and a slow reader in plain Python."""

from __future__ import annotations

import csv
import gzip
import io
import re
from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

QUARTERLY = {
    "name": "small",
    "title_zh": "小样",
    "title_en": "Small files",
    "household_id": "hh",
    "occurred_on": {"year": "year", "quarter": "quarter"},
    "recorded_on": {"lag_days": 0},
    "ignored_columns": ["remark"],
    "tables": {
        "household_snapshot": {
            "place": {"column": "town"},
            "context_place": {"constant": "XX"},
            "is_large_place": {"column": "big", "codes": {1: True, 0: False}},
            "survey_weight": {"column": "weight"},
            "members": {"column": "n"},
            "members_under_10": {"column": "young"},
        },
        "income": {
            "total_minor": {"column": "income", "minor_per_unit": 100, "unknown": ["0"]},
            "has_pension": {"column": "pension", "codes": {1: True, 2: False, 9: None}},
        },
        "support": {"has_scholarship": {"column": "grant", "codes": {1: True, 2: False}}},
        "shock_and_coping": {"spent_savings": {"column": "saved", "codes": {1: True, 2: False}}},
        "housing_check": {
            "dwelling_kind": {"column": "home", "codes": {1: "house", 2: "flat", 9: None}},
            "own_rooms": {"column": "rooms", "unknown": ["99"]},
        },
        "water_check": {"drain_grade": {"column": "drain", "codes": {1: 1, 2: 2, 0: None}}},
        "place_context": {
            "place": {"constant": "XX"},
            "median_income_minor": {"column": "median", "minor_per_unit": 100},
        },
    },
}
DATED = QUARTERLY | {
    "occurred_on": {"column": "visited_on"},
    "recorded_on": {"column": "entered_on"},
    "version": "version",
    "is_withdrawn": {"column": "taken_back", "codes": {1: True, 0: False}},
}
_VALUES = {
    "town": "5",
    "big": "1",
    "weight": "120",
    "n": "4",
    "young": "1",
    "income": "4500.50",
    "pension": "2",
    "grant": "2",
    "saved": "1",
    "home": "1",
    "rooms": "3",
    "drain": "2",
    "median": "1000.00",
}
FLAG = {"1": True, "2": False}


def quarterly(hh="1", year="2012", quarter="1", **values):
    """One row of a quarterly file, as texts.

    >>> quarterly("7", n="2")["n"]
    '2'
    """
    return {"hh": hh, "year": year, "quarter": quarter} | _VALUES | values


def dated(hh="1", visited_on="2012-03-31", entered_on="", version="1", taken_back="0", **values):
    """One row of a dated file, as texts; entered on the day of the visit unless given."""
    return {
        "hh": hh,
        "visited_on": visited_on,
        "entered_on": entered_on or visited_on,
        "version": version,
        "taken_back": taken_back,
        **_VALUES,
        **values,
    }


def csv_bytes(rows, *, delimiter=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    """Rows as a CSV file, header first."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, list(rows[0]), delimiter=delimiter, lineterminator=end, quoting=quoting
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write(path: Path, rows, **options):
    """Write rows to a file of the kind that its name says, texts as texts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pl.DataFrame([{k: v or None for k, v in row.items()} for row in rows]).write_parquet(path)
    else:
        content = csv_bytes(rows, **options)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def first_line(path: Path):
    """Where a file's first row stands: a Parquet file has no header line."""
    return 1 if path.suffix == ".parquet" else 2


def typed_slowly(row):
    """Values of a row of a dated file, or None where one of them does not fit."""
    text = {name: _plain(_narrow(value).strip()) for name, value in row.items()}
    try:
        values = {
            "hh": _needed("".join(text["hh"].split())),
            "day": _day(text["visited_on"]),
            "known": _day(text["entered_on"]),
            "version": _whole(_needed(text["version"]), 1, 30_000),
            "withdrawn": _coded(text["taken_back"], {"1": True, "0": False, "": False}),
            "place": _needed(text["town"]),
            "is_large_place": _coded(text["big"], {"1": True, "0": False}),
            "survey_weight": _whole(text["weight"], 1, 10_000_000),
            "members": _whole(_needed(text["n"]), 1, 60),
            "members_under_10": _whole(text["young"], 0, 60),
            "total_minor": _fen("" if text["income"] == "0" else text["income"]),
            "has_pension": _coded(text["pension"], FLAG | {"9": None}),
            "has_scholarship": _coded(text["grant"], FLAG),
            "spent_savings": _coded(text["saved"], FLAG),
            "dwelling_kind": _coded(text["home"], {"1": "house", "2": "flat", "9": None}),
            "own_rooms": _whole("" if text["rooms"] == "99" else text["rooms"], 0, 98),
            "drain_grade": _coded(text["drain"], {"1": 1, "2": 2, "0": None}),
            "median_income_minor": _fen(text["median"]),
        }
    except (ValueError, KeyError, InvalidOperation):
        return None
    if re.fullmatch(r"\d(\.\d+[eE]\+?|[eE]\+)\d+", values["hh"], re.ASCII):
        return None
    if values["known"] < values["day"]:
        return None
    if values["members_under_10"] is not None and values["members_under_10"] > values["members"]:
        return None
    return values


def read_slowly(rows_of_files):
    """Where each row belongs: values by (file, line) of the accepted, and the others' places.

    Rows come as ``{file: [(line, row), ...]}``. None is returned where the figures of a place
    contradict each other evenly.
    """
    typed = {
        (file, line): typed_slowly(row)
        for file, rows in rows_of_files.items()
        for line, row in rows
    }
    places = set(typed)
    good = {at: values for at, values in typed.items() if values is not None}
    good = _without_doubles(good)
    good = _without_contradictions(good)
    if good is None:
        return None
    good = _without_gaps(good)
    return good, places - set(good)


def _without_doubles(good):
    """Of rows that say the same and became known first, the first one; of others, none."""
    by_key = defaultdict(list)
    for at in sorted(good):
        by_key[tuple(good[at][name] for name in ("hh", "day", "version"))].append(at)
    kept = {}
    for places in by_key.values():
        earliest = min(good[at]["known"] for at in places)
        first = [at for at in places if good[at]["known"] == earliest]
        if all(good[at] == good[first[0]] for at in first):
            kept[first[0]] = good[first[0]]
    return kept


def _without_contradictions(good):
    """Rows without a figure, or with the one that most of those known first give for the day."""
    by_day = defaultdict(list)
    for values in good.values():
        if values["median_income_minor"] is not None:
            by_day[values["day"]].append(values)
    usual = {}
    for day, said in by_day.items():
        earliest = min(values["known"] for values in said)
        first = [v["median_income_minor"] for v in said if v["known"] == earliest]
        ranked = Counter(first).most_common()
        if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
            return None
        usual[day] = ranked[0][0]
    return {
        at: values
        for at, values in good.items()
        if values["median_income_minor"] in (None, usual.get(values["day"]))
    }


def _without_gaps(good):
    """Versions 1, 2, 3 … of each record, as long as none is missing or was known earlier."""
    by_record = defaultdict(list)
    for at, values in good.items():
        by_record[values["hh"], values["day"]].append((values["version"], at))
    kept = {}
    for versions in by_record.values():
        known = date.min
        for number, (version, at) in enumerate(sorted(versions), start=1):
            if version != number or good[at]["known"] < known:
                break
            kept[at], known = good[at], good[at]["known"]
    return kept


def _narrow(text):
    """Full-width digits and letters as plain ones."""
    return "".join(
        chr(ord(letter) - 0xFEE0) if "！" <= letter <= "～" and letter.isalnum() else letter
        for letter in text
    )


def _plain(text):
    """12 for 12.0, as some programs write whole numbers."""
    return text.split(".")[0] if re.fullmatch(r"[+-]?[0-9]+\.0*", text) else text


def _needed(text):
    """A text that is there."""
    if not text:
        raise ValueError("empty")
    return text


def _day(text):
    """A date, year first, in one of the ways that offices write it; a month is its last day."""
    text = text.partition(" ")[0]
    if re.fullmatch(r"[0-9]{5}", text):
        return date(1900, 1, 1) + timedelta(days=int(text) - 2)  # Excel knows a 29 February 1900
    if re.fullmatch(r"[0-9]{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    parts = re.split("[年月]", text.removesuffix("日"))
    for mark in "-/.":
        parts = text.split(mark) if mark in text else parts
    if not all(re.fullmatch("[0-9]{1,4}", part) for part in parts) or len(parts[0]) != 4:
        raise ValueError(text)
    year, month, *last = (int(part) for part in parts)
    day = date(year, month, *(last or [monthrange(year, month)[1]]))
    if not 1950 <= day.year <= 2100:
        raise ValueError(text)
    return day


def _coded(text, codes):
    """What a code means; empty is not known."""
    return codes[text] if text or "" in codes else None


def _whole(text, low, high):
    """A whole number inside its range; empty is not known."""
    if not text:
        return None
    text = _grouped(text)
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII) or not low <= int(text) <= high:
        raise ValueError(text)
    return int(text)


def _grouped(text):
    """A number without its thousands separators, where each stands before three digits."""
    for mark in ", ":
        whole, point, fraction = text.partition(".")
        first, *others = whole.split(mark)
        if others and 1 <= len(first.lstrip("+-")) <= 3 and {len(o) for o in others} == {3}:
            text = first + "".join(others) + point + fraction
    return text


def _fen(text):
    """An amount of at most two decimals in hundredths; empty is not known."""
    if not text:
        return None
    times = 10_000 if "万" in text else 1
    text = _grouped(text.removeprefix("¥").removesuffix("元").removesuffix("万"))
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?", text, re.ASCII):
        raise ValueError(text)
    minor = Decimal(text) * 100 * times
    if minor != minor.to_integral_value() or not 1 <= minor <= 90_000_000_000:
        raise ValueError(text)
    return int(minor)
