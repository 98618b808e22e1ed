"""The county's record tables: of the contracts, whole, and of the right persons."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.simulate.county.hand import county, settings_of
from tests.simulate.county.recorded import (
    FIRST,
    LAST,
    ROOT,
    SEED,
    dirty,
    known,
    main,
    simulated,
)

from fanpin_risk.errors import ConfigError
from fanpin_risk.household.identity_problems import identity_problems
from fanpin_risk.household.membership import members_on
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.identity_numbers import person_number
from fanpin_risk.records.quality.run import run_checks
from fanpin_risk.records.quality.settings import load_quality_settings
from fanpin_risk.records.tables import read_tables
from fanpin_risk.settings import settings_from
from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.records import NOT_KEPT, RecordBook, RecordSettings
from fanpin_risk.simulate.county.records_identity import (
    household_ids,
    identity_numbers,
    identity_secret,
    person_ids,
)
from fanpin_risk.simulate.county.records_rows import Piles, first_day
from fanpin_risk.simulate.county.records_snapshots import born_days


def test_every_table_is_as_its_contract_has_it():
    """Columns, types and order of rows; the tables that are not kept are empty, others are not."""
    frames = main()[0]
    assert list(frames) == list(TABLES)
    for name, frame in frames.items():
        assert dict(frame.schema) == frame_schema(TABLES[name]), name
        assert (frame.height == 0) == (name in NOT_KEPT), name
        assert frame.equals(frame.sort("record_id", "version")), name
        assert not frame.select("record_id", "version").is_duplicated().any(), name


def test_they_are_read_back_as_finished_tables(tmp_path):
    """The strict reader takes them: every value in its list and range, what must be there is."""
    folder = tmp_path / "records"
    folder.mkdir()
    for frames, below in ((main()[0], tmp_path), (dirty()[0], tmp_path)):
        for name, frame in frames.items():
            if name not in NOT_KEPT:
                frame.write_parquet(folder / f"{name}.parquet")
        assert read_tables(below).records.row_counts()["household_snapshot"] > 500


def test_the_same_seed_gives_the_same_tables():
    """To the byte, in another run."""
    again = simulated()[0]
    for name, frame in main()[0].items():
        assert_frame_equal(frame, again[name])


def test_pieces_of_a_county_have_the_records_of_the_whole():
    """Two pieces made of whole villages give the rows that both have together."""
    whole = main()[0]
    parts = [
        simulated(lambda s, odd=odd: np.flatnonzero(s.households.village % 2 == odd))[0]
        for odd in (0, 1)
    ]
    for name, frame in whole.items():
        together = pl.concat([part[name] for part in parts]).sort("record_id", "version")
        assert_frame_equal(frame, together)


def test_a_longer_county_has_the_rows_of_a_shorter_one():
    """What happens later changes no earlier row, its number and its day of entry included."""
    shorter = simulated(months=8)[0]
    until = date(FIRST_YEAR, 8, 31)
    for name, frame in shorter.items():
        longer = main()[0][name].filter(pl.col("occurred_on") <= until)
        assert_frame_equal(frame, longer)


def test_nothing_contradicts_itself():
    """No household or person in two places, no circle, no change that names nobody, on any day."""
    for day in (FIRST, date(FIRST_YEAR, 9, 30), LAST):
        assert identity_problems(known(main()[0], day)).to_native()["n"].sum() == 0


def test_the_records_place_everybody_where_they_live():
    """Long after the last month, members and households are those of the state."""
    frames, state, _, persons = main()
    placed = members_on(known(frames, date(FIRST_YEAR + 4, 1, 1))).to_native()
    living = placed.filter(pl.col("membership").is_in(["present", "away"]))
    here = np.flatnonzero(state.people.is_here)
    ids = household_ids(state.households.number)
    expected = {persons[p]: ids[state.people.household[p]] for p in here.tolist()}
    assert dict(living.select("person_id", "household_id").iter_rows()) == expected


def test_persons_of_the_frame_are_known_on_the_first_day():
    """Everybody who lived there then, with sex and day of birth; later ones come later."""
    frames = main()[0]
    members = known(frames, FIRST).tables["member_snapshot"].to_native()
    frame = members.filter(pl.col("source") == "public_security")
    assert frame["born_on"].null_count() == frame["sex"].null_count() == 0
    assert frame["person_id"].is_unique().all()
    on_frame = set(frame["household_id"])
    assert on_frame == set(known(frames, FIRST).tables["household_snapshot"]["household_id"])
    assert main()[1].people.n > frame.height > 500
    assert frame["education"].null_count() == frame.height, "the frame knows no more than it does"


def test_nobody_is_on_a_page_before_birth():
    """Children come onto the record on the day they are born, or later; and some do come."""
    members = main()[0]["member_snapshot"]
    assert (members["born_on"] <= members["occurred_on"]).all()
    babies = members.filter(pl.col("born_on") >= FIRST)
    assert babies["person_id"].n_unique() >= 3


def test_rows_are_of_the_months_taken_in():
    """Beside what the register held on the first day, which may be older."""
    held = ("listing", "support_measure", "clue")
    for name, frame in main()[0].items():
        if frame.height == 0:
            continue
        assert frame["occurred_on"].max() <= LAST, name
        if name not in held:
            assert frame["occurred_on"].min() >= FIRST, name
        old = frame.filter(pl.col("occurred_on") < FIRST, pl.col("version") == 1)
        assert (old["recorded_on"] == FIRST).all(), name


def test_the_quality_checks_of_rows_find_next_to_nothing():
    """The simulated offices do not write down what cannot be: checks of single rows pass."""
    frames = {name: frame for name, frame in main()[0].items() if name not in NOT_KEPT}
    day = LAST
    tables = {
        name: frame.to_native().select(list(frame_schema(TABLES[name])))
        for name, frame in known(frames, day).tables.items()
    }
    result = run_checks(
        tables, as_of=day, settings=load_quality_settings(ROOT / "configs/quality.yaml")
    )
    states = result.states.filter(
        pl.col("check").str.contains(r"^(00|13|14\.(0|1[0-4]|18|3[0-9]))")
    )
    allowed = pl.col("n_failed") <= 0.02 * pl.col("n_evaluated")
    by_work = ["14.34", "14.35"]  # a wage measure without wages is so in the county as well
    wrong = states.filter(pl.col("n_evaluated") > 0, ~allowed, ~pl.col("check").is_in(by_work))
    assert wrong.select("check", "n_evaluated", "n_failed").rows() == []
    assert states.filter(pl.col("n_evaluated") > 0).height > 20


def test_identity_numbers_are_read_as_valid_and_hash_as_the_intake_hashes():
    """Born on their day, the last letter fits, no area in use, and nobody has another's."""
    state = main()[1]
    numbers = RecordBook.identity_numbers(state)
    born = born_days(state.people, np.arange(state.people.n)).astype("datetime64[D]").tolist()
    assert len(set(numbers)) == len(numbers)
    for number, day, is_female in zip(numbers, born, state.people.is_female, strict=True):
        value = person_number(number).value
        assert value.is_valid
        assert number[0] == "0"
        assert number[6:14] == day.strftime("%Y%m%d")
        assert (int(number[16]) % 2 == 0) == is_female
    key = IdentityKey(identity_secret(SEED, 1))
    assert key.persons(numbers) == main()[3]
    assert person_ids(numbers[:1], identity_secret(SEED + 1, 1)) != main()[3][:1]


def test_twins_have_numbers_of_their_own_and_a_crowd_is_refused():
    """Those of a family born on one day are counted up; more than fifty cannot be."""
    state = county(1, members=((3, False),) * 51)
    state.people.number = 100_000_100 + np.arange(51)
    days = born_days(state.people, np.arange(51))
    assert len(set(identity_numbers(state.people.taken(np.arange(50)), days[:50]))) == 50
    with pytest.raises(ConfigError, match="51 persons of one family"):
        identity_numbers(state.people, days)


def test_months_begin_on_their_first_day():
    """Also long before the county's first month, where people were born."""
    for month, day in ((0, date(2021, 1, 1)), (-1, date(2020, 12, 1)), (-1000, date(1937, 9, 1))):
        assert date.fromordinal(int(first_day(month)) + date(1970, 1, 1).toordinal()) == day


def test_records_of_one_unit_are_counted_up():
    """Three records of a household in two additions have three numbers."""
    piles = Piles(settings_of("records", RecordSettings))
    state = county(2)
    for rows in ([0, 0, 1], [0]):
        hh = np.array(rows)
        loss = {"shock_kind": np.zeros(len(hh), dtype=np.int8)}
        piles.add(state, "shock", "emergency", 3, loss, household=hh)
    pieces = [p for p in piles.tables["shock"].pieces if p["version"].max() == 1]
    numbers = np.concatenate([piece["number"] for piece in pieces])
    assert numbers.tolist() == [100000100000, 100000100001, 100000200000, 100000100002]


def test_settings_that_cannot_be_used():
    """A source, table or kind that does not exist, and one that is left out, are named."""
    shipped = settings_of("records", RecordSettings)
    plain = {name: getattr(shipped, name) for name in RecordSettings.model_fields}
    delays = dict(shipped.delay_median_days)

    def refused(words, **changes):
        with pytest.raises(ConfigError, match=words):
            settings_from(plain | changes, RecordSettings, where="records")

    refused("no 'post_office'", delay_median_days=delays | {"post_office": 3})
    refused(
        "'water' is missing", delay_median_days={k: v for k, v in delays.items() if k != "water"}
    )
    refused("no 'bill'", corrected_share={"bill": 0.1})
    refused("'health' is missing", missing={"education": 0.1, "labour_skill": 0.1})
