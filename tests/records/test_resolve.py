"""Versions and faults that several rows show together, beside a slow second statement of them."""

from __future__ import annotations

import runpy
from collections import defaultdict
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.resolve import FAULT_WORDS, STATES, resolve
from fanpin_risk.records.rows import Delivery, type_rows
from fanpin_risk.records.source import Source
from fanpin_risk.records.timeline import Records
from fanpin_risk.settings import settings_from

slow = runpy.run_path(str(Path(__file__).parents[1] / "reference/resolve_reference.py"))
BASE = {
    "name": "small",
    "title_zh": "小样",
    "title_en": "Small files",
    "household_id": "hh",
    "occurred_on": {"column": "day"},
    "recorded_on": {"column": "entered"},
    "is_withdrawn": {"column": "back", "codes": {1: True, 0: False}},
    "county": {"column": "county"},
}
SNAPSHOT = {
    "place": {"column": "town"},
    "context_place": {"constant": "XX"},
    "members": {"column": "n"},
}
FIGURES = {
    "place": {"constant": "XX"},
    "median_income_minor": {"column": "median"},
}
SHOCKS = [
    {"table": "shock", "fields": {"shock_kind": {"column": kind, "codes": codes}}, "only_if": only}
    for kind, codes, only in (
        ("first", {"f": "fire", "d": "death"}, ["shock_kind"]),
        ("second", {"f": "fire", "d": "death"}, ["shock_kind"]),
    )
]
SOURCES = {
    "counted": BASE | {"tables": {"household_snapshot": SNAPSHOT, "place_context": FIGURES}},
    "numbered": BASE
    | {"tables": {"household_snapshot": SNAPSHOT, "place_context": FIGURES}, "version": "version"},
    "several": BASE | {"tables": {"household_snapshot": SNAPSHOT}, "records": SHOCKS},
    "several_numbered": BASE
    | {"tables": {"household_snapshot": SNAPSHOT}, "records": SHOCKS, "version": "version"},
}
SOURCES = {name: settings_from(content, Source, where=name) for name, content in SOURCES.items()}
DAYS = [date(2012, 3, 1), date(2012, 3, 10), date(2012, 3, 20), date(2012, 4, 1)]


class Store:
    """Versions in memory: added at the end, handed out by record."""

    def __init__(self):
        """Begin with nothing."""
        self.tables = {}

    def stored(self, table, record_ids):
        """Versions on file of some records."""
        schema = frame_schema(table) | {"entered_on": pl.Date()}
        frame = self.tables.get(table.name, pl.DataFrame(schema=schema))
        return frame.filter(pl.col("record_id").is_in(record_ids.implode()))

    def add(self, source, resolved, batch):
        """Append what is new of a delivery."""
        for mapping, frame in zip(source.mappings(), resolved.records, strict=True):
            table = TABLES[mapping.table]
            schema = frame_schema(table) | {"entered_on": pl.Date()}
            new = (
                frame.filter(pl.col("state") != "unchanged")
                .with_columns(recorded_on="_known", source=pl.lit("small"), batch=pl.lit(batch))
                .select(list(schema))
                .cast(pl.Schema(schema))
            )
            before = self.tables.get(table.name, pl.DataFrame(schema=schema))
            self.tables[table.name] = pl.concat([before, new])

    def by_record(self):
        """The same for the slow statement: versions as dicts, by table and record."""
        found = defaultdict(lambda: defaultdict(list))
        for name, frame in self.tables.items():
            for row in frame.sort("record_id", "version").drop("source", "batch").to_dicts():
                found[name][row["record_id"]].append(row)
        return found

    def rows(self):
        """Every version, sorted."""
        return {
            name: frame.sort("record_id", "version").rows() for name, frame in self.tables.items()
        }


def row(hh="1", day="2012-03-01", entered="2012-03-01", version="1", back="0", **values):
    """One row of an office's file, as texts."""
    usual = {"town": "5", "n": "4", "median": "1000", "county": "甲县", "first": "", "second": ""}
    return {"hh": hh, "day": day, "entered": entered, "version": version, "back": back} | (
        usual | values
    )


def typed(source, rows, received):
    """Typed records of rows; all of them can be read."""
    texts = pl.DataFrame(rows).with_columns(
        pl.col(pl.String).replace("", None), _line=pl.int_range(2, len(rows) + 2, dtype=pl.Int64)
    )
    delivery = Delivery(received_on=received, is_history=received is None)
    found = type_rows(source, texts, delivery)
    assert found.faults.height == 0, found.faults["reason_en"].to_list()
    return found.records


def parts_of(source, records):
    """The same records for the slow statement."""
    tables = [mapping.table for mapping in source.mappings()]
    return [
        {
            "table": name,
            "is_carried": TABLES[name].key == "place" and set(tables) != {name},
            "figures": [n for n in TABLES[name].names if n not in TABLES[name].identifies],
            "rows": frame.to_dicts(),
        }
        for name, frame in zip(tables, records, strict=True)
    ]


def comparable(resolved):
    """Versions of each mapping by line, as the slow statement gives them."""
    found = []
    for frame in resolved.records:
        own = [name for name in frame.columns if name not in ("version", "state")]
        found.append(
            {
                one["_line"]: (
                    one["version"],
                    one["state"],
                    one["_known"],
                    {name: one[name] for name in own},
                )
                for one in frame.to_dicts()
            }
        )
        assert len(found[-1]) == frame.height, "each line once"
    return found


def delivered(source, store, rows, received, batch="b"):
    """Resolve a delivery both ways, see that they agree, and add it to the store."""
    records = typed(source, rows, received)
    slowly = (parts_of(source, records), store.by_record())
    try:
        versions, faults = slow["resolve_slowly"](*slowly, has_versions=source.version is not None)
    except slow["EvenlyContradictingError"]:
        with pytest.raises(SchemaError, match=r"different medians, equally often.*'median'"):
            resolve(source, records, store.stored)
        return None
    resolved = resolve(source, records, store.stored)
    assert dict(resolved.faults.select("_line", "check").rows()) == faults
    assert resolved.faults["_line"].is_unique().all()
    assert resolved.faults.select("reason_zh", "reason_en").rows() == [
        FAULT_WORDS[kind] for kind in resolved.faults["check"]
    ]
    found = comparable(resolved)
    for mine, theirs in zip(found, versions, strict=True):
        # a version is known from the day that the store says, the row from its own
        assert mine == {
            line: (n, state, known, one | {"_known": known})
            for line, (n, state, known, one) in theirs.items()
        }
    store.add(source, resolved, batch)
    return resolved


def check_store(store):
    """The door of time takes the store: versions 1, 2, 3 …, none known before the one before."""
    Records({name: frame.drop("entered_on") for name, frame in store.tables.items()})


texts_of_rows = st.builds(
    row,
    hh=st.sampled_from(["1", "1", "2"]),
    day=st.sampled_from(["2012-03-01", "2012-03-01", "2012-02-01"]),
    entered=st.sampled_from([str(day) for day in DAYS[:3]]),
    version=st.sampled_from("11223"),
    back=st.sampled_from("00001"),
    n=st.sampled_from(["4", "4", "5"]),
    town=st.sampled_from(["5", "5", "6"]),
    median=st.sampled_from(["1000"] * 5 + ["999", ""]),
    county=st.sampled_from(["甲县", "甲县", "乙县"]),
    first=st.sampled_from(["", "", "f", "d"]),
    second=st.sampled_from(["", "", "f", "d"]),
)
deliveries = st.lists(st.lists(texts_of_rows, min_size=1, max_size=7), min_size=1, max_size=3)


@pytest.mark.parametrize("name", list(SOURCES))
@pytest.mark.parametrize("is_history", [True, False], ids=["history", "received"])
def test_deliveries_are_resolved_as_the_slow_statement_says(name, is_history):
    """Versions, states and faults agree, delivery after delivery, and the store stays sound."""
    source = SOURCES[name]

    @settings(max_examples=40, deadline=None)
    @given(batches=deliveries)
    def agrees(batches):
        store = Store()
        for number, rows in enumerate(batches):
            received = None if is_history else DAYS[min(number + 2, 3)]
            delivered(source, store, rows, received, f"b{number}")
            check_store(store)

    agrees()


@pytest.mark.parametrize("name", list(SOURCES))
@settings(max_examples=20, deadline=None)
@given(rows=st.lists(texts_of_rows, min_size=1, max_size=7), later=st.booleans())
def test_a_delivery_that_comes_again_adds_nothing(name, rows, later):
    """Whenever it comes again, every record of it is on file already."""
    source, store = SOURCES[name], Store()
    first = delivered(source, store, rows, DAYS[2])
    if first is None:
        return
    before = store.rows()
    again = delivered(source, store, rows, DAYS[3] if later else DAYS[2], "again")
    assert sorted(again.faults["_line"]) == sorted(first.faults["_line"])
    assert all(set(frame["state"]) <= {"unchanged"} for frame in again.records)
    assert store.rows() == before


@pytest.mark.parametrize("name", list(SOURCES))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_order_of_rows_changes_no_version(name, data):
    """Rows in another order: the same versions go to the store, the same number is set aside."""
    source = SOURCES[name]
    rows = data.draw(st.lists(texts_of_rows, min_size=1, max_size=7))
    stores = []
    for order in (rows, data.draw(st.permutations(rows))):
        store = Store()
        found = delivered(source, store, order, None)
        stores.append((store.rows(), None if found is None else found.faults.height))
    assert stores[0] == stores[1]


def outcomes(name, *batches):
    """What becomes of each row of each delivery: the household's version and state, or a fault."""
    source, store = SOURCES[name], Store()
    told = []
    for number, rows in enumerate(batches):
        resolved = delivered(source, store, rows, None, f"b{number}")
        found = dict(resolved.faults.select("_line", "check").rows())
        kept = resolved.records[0].select("_line", "version", "state").rows()
        found |= {line: f"{version} {state}" for line, version, state in kept}
        told.append([found[line] for line in range(2, len(rows) + 2)])
    check_store(store)
    return told


MARCH, LATE, LATER = (str(day) for day in DAYS[:3])
CASES = [
    pytest.param("counted", [[row()]], [["1 new"]], id="a new record"),
    pytest.param("counted", [[row(), row()]], [["1 new", "copy"]], id="an exact copy"),
    pytest.param(
        "counted", [[row(), row(n="5")]], [["conflict", "conflict"]], id="two rows that differ"
    ),
    pytest.param(
        "counted",
        [[row(), row(), row(n="5")]],
        [["conflict"] * 3],
        id="two against one is a conflict all the same",
    ),
    pytest.param(
        "counted",
        [[row(median="1000"), row(median=""), row("2")]],
        [["conflict", "conflict", "1 new"]],
        id="a row that differs in the place's figure is no copy",
    ),
    pytest.param(
        "counted",
        [[row(), row(entered=LATE, n="5"), row(entered=LATER, n="5")]],
        [["1 new", "2 corrected", "2 unchanged"]],
        id="what was entered later corrects",
    ),
    pytest.param(
        "counted",
        [[row(), row(entered=LATE, n="5"), row(entered=LATER)]],
        [["1 new", "2 corrected", "3 corrected"]],
        id="there and back are two corrections",
    ),
    pytest.param(
        "counted",
        [[row(), row(entered=LATE, back="1"), row(entered=LATER)]],
        [["1 new", "2 withdrawn", "3 corrected"]],
        id="withdrawn and returned",
    ),
    pytest.param(
        "counted", [[row(back="1")]], [["nothing_to_withdraw"]], id="nothing there to withdraw"
    ),
    pytest.param(
        "counted",
        [[row(back="1"), row(entered=LATE)]],
        [["nothing_to_withdraw", "1 new"]],
        id="withdrawn before it was there",
    ),
    pytest.param(
        "counted",
        [[row()], [row()], [row(entered=LATE)]],
        [["1 new"], ["1 unchanged"], ["1 unchanged"]],
        id="a record that comes again",
    ),
    pytest.param(
        "counted",
        [[row(entered=LATE)], [row(entered=MARCH, n="5")], [row(entered=MARCH)]],
        [["1 new"], ["stale"], ["1 unchanged"]],
        id="older than what is on file",
    ),
    pytest.param(
        "counted",
        [[row(), row(entered=LATE, n="5")], [row(), row(entered=LATER, n="4")]],
        [["1 new", "2 corrected"], ["2 unchanged", "3 corrected"]],
        id="a version on file that is not the newest is no news",
    ),
    pytest.param(
        "counted",
        [[row()], [row(n="5")], [row(back="1", n="5")], [row(back="1", n="5")]],
        [["1 new"], ["2 corrected"], ["3 withdrawn"], ["3 unchanged"]],
        id="one delivery after the other, entered on the same day",
    ),
    pytest.param(
        "counted",
        [[row("1"), row("2"), row("3", median="999")]],
        [["1 new", "1 new", "contradiction"]],
        id="a figure that most rows contradict",
    ),
    pytest.param(
        "counted",
        [[row("1", entered=LATE)], [row("2", median="999"), row("3", median="")]],
        [["1 new"], ["stale", "1 new"]],
        id="a figure older than the one on file, and a row without one",
    ),
    pytest.param(
        "counted",
        [[row("1", entered=LATE)], [row("2", median="999"), row("3", median="999")]],
        [["1 new"], ["stale", "stale"]],
        id="every row with the older figure is set aside",
    ),
    pytest.param(
        "numbered",
        [[row(version="1"), row(version="2", entered=LATE, n="5")]],
        [["1 new", "2 corrected"]],
        id="given versions",
    ),
    pytest.param(
        "numbered",
        [[row(version="1"), row(version="1", entered=LATE, n="5")]],
        [["1 new", "later"]],
        id="a correction without a number of its own",
    ),
    pytest.param(
        "numbered", [[row(version="2")], [row(version="1")]], [["gap"], ["1 new"]], id="no first"
    ),
    pytest.param(
        "numbered",
        [[row(version="1")], [row(version="3", n="5")], [row(version="2", n="5")]],
        [["1 new"], ["gap"], ["2 corrected"]],
        id="the third is refused until the second is there",
    ),
    pytest.param(
        "numbered",
        [[row(version="1", entered=LATE)], [row(version="2", entered=MARCH, n="5")]],
        [["1 new"], ["gap"]],
        id="a second version recorded before the first",
    ),
    pytest.param(
        "numbered",
        [
            [row(version="1")],
            [row(version="1"), row(version="2", back="1")],
            [row(version="1", n="9")],
        ],
        [["1 new"], ["1 unchanged", "2 withdrawn"], ["gap"]],
        id="a version on file that says otherwise now",
    ),
    pytest.param(
        "numbered",
        [[row(version="1"), row(version="1", n="5"), row(version="2")]],
        [["conflict", "conflict", "gap"]],
        id="a conflict takes what follows with it",
    ),
    pytest.param(
        "several",
        [[row(first="f", second="d"), row("2", first="f", second="f")]],
        [["1 new", "conflict"]],
        id="one record twice in a row",
    ),
    pytest.param(
        "several",
        [[row("1", first="f"), row("1", second="f", entered=LATE)]],
        [["conflict", "conflict"]],
        id="one record by two columns",
    ),
]


@pytest.mark.parametrize(("name", "batches", "expected"), CASES)
def test_what_becomes_of_rows_by_hand(name, batches, expected):
    """Version and state of the household's record, or the kind of fault, row by row."""
    assert outcomes(name, *batches) == expected


def test_the_cases_reach_every_state_and_fault():
    """No state and no fault of several rows is without a case made by hand."""
    reached = {word.split(" ")[-1] for case in CASES for batch in case.values[2] for word in batch}
    assert reached == set(STATES) | set(FAULT_WORDS) - {"empty"}


def test_a_figure_of_a_place_is_one_record_whatever_the_versions_of_households():
    """Rows of a source with versions carry it too; it is counted on its own, and comes once."""
    source, store = SOURCES["numbered"], Store()
    first = [row("1", median="1000"), row("1", version="2", n="5", median="1000"), row("2")]
    delivered(source, store, first, None)
    delivered(source, store, first, None)
    delivered(source, store, [row("3", entered=LATE, median="1010")], None)
    context = store.tables["place_context"].select("record_id", "version", "median_income_minor")
    assert context.rows() == [("XX/2012-03-01", 1, 1000), ("XX/2012-03-01", 2, 1010)]


def test_even_contradictions_stop_everything():
    """Half of the rows against the other half: nobody can tell which median holds."""
    rows = [row("1"), row("2", median="1001")]
    assert delivered(SOURCES["counted"], Store(), rows, None) is None
