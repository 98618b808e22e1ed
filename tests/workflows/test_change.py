"""Why a risk changed: one fact of one kind moves its own part, and later entries move nothing."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.config import ChangeSettings, load_project
from fanpin_risk.errors import AsOfError, ModelError
from fanpin_risk.explain.change import Part
from fanpin_risk.explain.change_words import PART_WORDS
from fanpin_risk.records.timeline import Arrival, Records, known_as_of, known_between, records_with
from fanpin_risk.workflows import change
from fanpin_risk.workflows.change import changes, changes_since, day_to_compare_with
from fanpin_risk.workflows.change_records import bound_together, of_households
from fanpin_risk.workflows.commands import read_project, run_train
from fanpin_risk.workflows.days import build_day

HERE = Path(__file__).parent
C = SimpleNamespace(**runpy.run_path(str(HERE / "register_county.py")))
SINCE, AS_OF = date(2023, 3, 31), date(2023, 6, 30)
EVERY_MOVE = ChangeSettings(least_risk_change=0.0)
LARGE_FEN = 3_000_000


def silent(*_words):
    """Take note of nothing."""


def known_by(tables, day):
    """The records of a county in which nothing was entered after a day."""
    return {name: frame.filter(pl.col("recorded_on") <= day) for name, frame in tables.items()}


def entry(bill, *, record, occurred, recorded, version=1, withdrawn=False):
    """A large bill like another one, entered under a number and on days of its own."""
    fen = dict.fromkeys(("total_fen", "own_fen", "compliant_own_fen"), LARGE_FEN)
    days = {"occurred_on": occurred, "recorded_on": recorded}
    own = {"record_id": record, "version": version, "is_withdrawn": withdrawn}
    return bill | fen | days | own | {"bill_number": record}


def with_bills(tables, rows):
    """The same county with further rows of bills."""
    bills = tables["medical_bill"]
    return tables | {"medical_bill": pl.concat([bills, pl.DataFrame(rows, schema=bills.schema)])}


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A county that stands still from the earlier day on, a model, and one who has each fact."""
    root = tmp_path_factory.mktemp("change")
    tables = C.tables()
    records = C.CT.write(root / "county", tables)
    project = load_project(C.configuration(root / "config", records))
    model = run_train(project, root / "model", as_of=date(2022, 12, 31), n_threads=1, step=silent)
    still = known_by(tables, SINCE)
    bills = still["medical_bill"].filter(
        pl.col("version") == 1,
        pl.col("own_fen").is_between(0, 100_000),
        pl.col("occurred_on") > SINCE - timedelta(days=60),
        pl.col("record_id").is_unique(),
        pl.col("person_id").is_not_null(),
    )
    return SimpleNamespace(
        root=root, project=project, model=model, still=still, bills=bills, tables=tables
    )


def told(county, tables, name, *, since=SINCE, as_of=AS_OF, **given):
    """Why risks changed in a county with these records."""
    folder = C.CT.write(county.root / name, tables)
    _, setting = read_project(county.project, silent, [folder])
    day = build_day(setting, as_of)
    return changes(
        setting,
        EVERY_MOVE,
        given.pop("model", county.model),
        since=since,
        as_of=as_of,
        features=day.features,
        n_threads=1,
        **given,
    )


def shares(found, household):
    """Log-odds by part of one household."""
    mine = found.frame.filter(pl.col("household_id") == household)
    return dict(mine.select("part", "log_odds").iter_rows())


def test_an_earlier_day_that_is_built_already_is_not_built_again(county, monkeypatch):
    """Given among the days, its indicators are taken as they are, and the result is the same."""
    folder = C.CT.write(county.root / "built", county.tables)
    _, setting = read_project(county.project, silent, [folder])
    then, day = build_day(setting, SINCE), build_day(setting, AS_OF)
    settings = EVERY_MOVE.model_copy(update={"since": SINCE})
    given = {"as_of": AS_OF, "features": day.features, "n_threads": 1}
    built_here = changes_since(setting, settings, county.model, **given)
    monkeypatch.delattr(change, "build_day")
    taken = changes_since(setting, settings, county.model, days=[then], **given)
    assert taken.frame.equals(built_here.frame)
    assert taken.counts() == built_here.counts()
    assert taken.frame.height > 0


@pytest.fixture(scope="module")
def nothing(county):
    """Nothing but time passes."""
    return told(county, county.still, "nothing")


@pytest.fixture(scope="module")
def facts(county, nothing):
    """A new bill, a late entry and a correction, each of another household, in one county."""
    moved = nothing.frame["household_id"].unique()
    rows = county.bills.filter(pl.col("household_id").is_in(moved.implode()))
    rows = rows.unique("household_id", maintain_order=True).head(4).rows(named=True)
    new, late, corrected, calm = rows
    middle, before = SINCE + timedelta(days=40), SINCE - timedelta(days=40)
    added = [
        entry(new, record="new", occurred=middle, recorded=middle),
        entry(late, record="late", occurred=before, recorded=middle),
        entry(
            corrected,
            record=corrected["record_id"],
            occurred=corrected["occurred_on"],
            recorded=middle,
            version=2,
        ),
    ]
    tables = with_bills(county.still, added)
    names = {"new": new, "late": late, "corrected": corrected, "calm": calm}
    return SimpleNamespace(
        tables=tables,
        of={name: row["household_id"] for name, row in names.items()},
        bills=names,
        found=told(county, tables, "facts"),
    )


def test_nothing_but_time(nothing):
    """Where nothing is entered and no line changes, all of a change is time's and the place's."""
    assert set(nothing.parts) <= {Part.TIME, Part.SURROUNDINGS}
    sums = nothing.frame.group_by("part").agg(pl.col("log_odds").abs().sum())
    by_part = dict(sums.iter_rows())
    assert by_part[Part.TIME] > 0
    for part in (Part.CHANGED, Part.FOUND, Part.CORRECTED, Part.STANDARD, Part.MODEL):
        assert by_part[part] == 0


@pytest.mark.parametrize(
    ("who", "part"),
    [
        pytest.param("new", Part.CHANGED, id="a new bill is a fact that happened"),
        pytest.param("late", Part.FOUND, id="an old bill entered late is newly known"),
        pytest.param("corrected", Part.CORRECTED, id="a second version is a correction"),
    ],
)
def test_one_fact_moves_its_own_part(facts, who, part):
    """A single large bill raises the score through the part of its kind, and through no other."""
    found = shares(facts.found, facts.of[who])
    assert found[part] > 0.05
    others = {Part.CHANGED, Part.FOUND, Part.CORRECTED, Part.STANDARD, Part.MODEL} - {part}
    assert {other: found[other] for other in others} == dict.fromkeys(others, 0.0)
    text = facts.found.frame.filter(
        pl.col("household_id") == facts.of[who], pl.col("part") == part.value
    )["text_zh"][0]
    assert text.startswith(f"{PART_WORDS[part.value][0]}：风险上升")


def test_a_new_fact_takes_nothing_from_time(facts, nothing):
    """Time's share is the same with a new bill as without: the bill waits for its day."""
    household = facts.of["new"]
    with_bill, without = shares(facts.found, household), shares(nothing, household)
    gap = with_bill[Part.TIME] - without[Part.TIME]
    # the place's columns are scored beside, and may take a little from either
    assert abs(gap) <= abs(with_bill[Part.SURROUNDINGS] - without[Part.SURROUNDINGS]) + 1e-9


def test_who_has_no_fact_is_told_the_same(facts, nothing):
    """Facts of other households move nobody's own parts."""
    found, before = shares(facts.found, facts.of["calm"]), shares(nothing, facts.of["calm"])
    for part in (Part.CHANGED, Part.FOUND, Part.CORRECTED):
        assert found[part] == before[part] == 0


def test_later_entries_change_nothing(county, facts):
    """Bills, corrections and withdrawals recorded after the later day are without effect."""
    later = AS_OF + timedelta(days=1)
    calm, corrected = facts.bills["calm"], facts.bills["corrected"]
    added = [
        entry(calm, record="later", occurred=SINCE + timedelta(days=9), recorded=later),
        entry(calm, record="older", occurred=SINCE - timedelta(days=9), recorded=later),
        entry(
            calm,
            record=calm["record_id"],
            occurred=calm["occurred_on"],
            recorded=later,
            version=2,
            withdrawn=True,
        ),
        entry(
            corrected,
            record=corrected["record_id"],
            occurred=corrected["occurred_on"],
            recorded=later,
            version=3,
            withdrawn=True,
        ),
    ]
    found = told(county, with_bills(facts.tables, added), "later")
    assert found.frame.equals(facts.found.frame)
    assert found.counts() == facts.found.counts()


def test_parts_add_up_over_the_whole_county(county):
    """With everything that was entered, also a new line, each household's parts give its change."""
    found = told(county, county.tables, "whole", since=date(2022, 12, 31), as_of=SINCE)
    assert set(found.parts) == set(Part) - {Part.MODEL}
    assert found.n_not_told == 0
    assert found.n_moved > 300
    sums = found.frame.group_by("household_id").agg(
        pl.col("log_odds").sum(),
        change=pl.col("raw_score_now").first() - pl.col("raw_score_then").first(),
    )
    np.testing.assert_allclose(sums["log_odds"], sums["change"], atol=1e-9, rtol=0)
    for part in found.parts:
        mine = found.frame.filter(pl.col("part") == part.value)
        assert mine["log_odds"].abs().max() > 0, part


def test_another_model_is_a_part_of_its_own(county, nothing):
    """Scored by another model on the earlier day, the parts add up, and the model has its own."""
    text = county.model.booster_text
    turned = replace(county.model, booster_text=_with_a_tree_turned(text))
    found = told(county, county.still, "model", model_then=turned)
    assert Part.MODEL in found.parts
    sums = found.frame.group_by("household_id").agg(
        pl.col("log_odds").sum(),
        change=pl.col("raw_score_now").first() - pl.col("raw_score_then").first(),
    )
    np.testing.assert_allclose(sums["log_odds"], sums["change"], atol=1e-9, rtol=0)
    assert found.frame.filter(pl.col("part") == Part.MODEL.value)["log_odds"].abs().max() > 0


def _with_a_tree_turned(text):
    """Not the same model: the leaves of the first tree have each other's values."""
    lines = text.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("leaf_value="))
    values = lines[at].removeprefix("leaf_value=").split(" ")
    lines[at] = "leaf_value=" + " ".join(reversed(values))
    return "\n".join(lines)


def test_a_model_of_other_definitions_is_refused(county):
    """A change of score cannot be told from a change of definitions; the message says the mend."""
    strange = replace(county.model, catalogue_digest="other")
    with pytest.raises(ModelError, match=r"earlier day was trained with other definitions.*anew"):
        told(county, county.still, "strange", model_then=strange)


def test_the_day_compared_with(county):
    """The decision day before, another one if the configuration says so, or none."""
    folder = C.CT.write(county.root / "days", county.still)
    _, setting = read_project(county.project, silent, [folder])
    assert day_to_compare_with(setting, ChangeSettings(), AS_OF) == SINCE
    assert day_to_compare_with(setting, ChangeSettings(since=date(2022, 6, 30)), AS_OF) == date(
        2022, 6, 30
    )
    assert day_to_compare_with(setting, ChangeSettings(), date(2021, 6, 30)) is None
    with pytest.raises(AsOfError, match="is not before"):
        told(county, county.still, "backwards", since=AS_OF)


def loans(*rows):
    """A record table of record, version, day occurred and day recorded (both of March 2023)."""
    return pl.DataFrame(
        [
            {
                "household_id": "h",
                "record_id": record,
                "version": version,
                "occurred_on": date(2023, 3, occurred),
                "recorded_on": date(2023, 3, recorded),
                "is_withdrawn": is_withdrawn,
            }
            for record, version, occurred, recorded, is_withdrawn in rows
        ]
    )


HISTORY = loans(
    ("known", 1, 1, 2, False),
    ("known", 2, 1, 15, False),
    ("known", 3, 1, 25, False),
    ("back", 1, 2, 3, False),
    ("back", 2, 2, 12, True),
    ("ahead", 1, 14, 5, False),
    ("new", 1, 12, 13, False),
    ("late", 1, 9, 14, False),
    ("moved", 1, 9, 14, False),
    ("moved", 2, 13, 16, False),
    ("after", 1, 11, 21, False),
)


def test_how_each_version_came():
    """Between the 10th and the 20th: what happened, what was found, what was corrected."""
    found = known_between(Records({"loan": HISTORY}), date(2023, 3, 10), date(2023, 3, 20))["loan"]
    assert found.select("record_id", "version", "arrival").rows() == [
        ("known", 1, None),
        ("known", 2, Arrival.CORRECTED.value),
        ("back", 1, None),
        ("back", 2, Arrival.CORRECTED.value),
        ("ahead", 1, None),
        ("new", 1, Arrival.HAPPENED.value),
        ("late", 1, Arrival.FOUND.value),
        ("moved", 1, Arrival.HAPPENED.value),
        ("moved", 2, Arrival.HAPPENED.value),
    ]


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        pytest.param([], {("known", 1), ("back", 1), ("ahead", 1)}, id="nothing has come"),
        pytest.param([Arrival.CORRECTED], {("known", 2), ("ahead", 1)}, id="corrections"),
        pytest.param(
            [Arrival.FOUND],
            {("known", 1), ("back", 1), ("ahead", 1), ("late", 1)},
            id="late entries",
        ),
    ],
)
def test_only_what_is_let_in_passes_the_door(arrivals, expected):
    """On the earlier day the door lets pass what was known, and what is let in beside it."""
    entries = known_between(Records({"loan": HISTORY}), date(2023, 3, 10), date(2023, 3, 20))
    day = date(2023, 3, 10)
    known = known_as_of(records_with(entries, arrivals, day), day).tables["loan"].to_native()
    assert set(known.select("record_id", "version").rows()) == expected


def test_with_all_that_came_the_door_shows_the_later_day():
    """Everything let in, the later day is what it always was."""
    records, as_of = Records({"loan": HISTORY}), date(2023, 3, 20)
    entries = known_between(records, date(2023, 3, 10), as_of)
    again = known_as_of(records_with(entries, list(Arrival), as_of), as_of).tables["loan"]
    assert again.to_native().equals(known_as_of(records, as_of).tables["loan"].to_native())


def test_who_is_bound_together():
    """Persons and household changes bind households, through any number of steps."""
    member = pl.DataFrame(
        {
            "household_id": ["a", "b", "b", "c", "d", None],
            "person_id": ["p", "p", "q", "q", "r", "s"],
        }
    )
    change = pl.DataFrame({"household_id": ["e"], "other_household_id": ["c"]})
    tables = {"member_snapshot": member, "household_change": change}
    homes, persons = bound_together(tables, pl.Series(["a"]))
    assert homes.to_list() == ["a", "b", "c", "e"]
    assert persons.to_list() == ["p", "q"]


def test_where_a_table_begins_stays_known():
    """The household of a table's first row is kept, and rows about nobody are."""
    bills = pl.DataFrame(
        {
            "household_id": ["a", "b", "c", None],
            "record_id": ["1", "2", "3", "4"],
            "version": [1, 1, 1, 1],
            "is_withdrawn": [False] * 4,
            "occurred_on": [date(2022, 1, day) for day in (3, 1, 2, 9)],
        }
    )
    kept = of_households({"loan": bills}, pl.Series(["c"]))["loan"]
    assert kept["household_id"].to_list() == ["b", "c", None]
