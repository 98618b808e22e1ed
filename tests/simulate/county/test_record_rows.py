"""The county's record tables row by row: days, versions, amounts, gaps, and what refers to what."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.simulate.county.hand import settings_of
from tests.simulate.county.recorded import (
    FIRST,
    ROOT,
    dirty,
    events,
    known,
    main,
    simulated,
)

from fanpin_risk.records.contracts import TABLES
from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.records import RecordSettings
from fanpin_risk.simulate.county.records_identity import (
    household_ids,
)
from fanpin_risk.simulate.county.records_settings import SOURCES, WITHOUT_HOUSEHOLD


def test_nothing_is_known_before_it_happens_or_half_a_year_late():
    """A first version comes at most so late; the months of work not before they are over."""
    settings = settings_of("records", RecordSettings)
    late = pl.col("recorded_on") - pl.col("occurred_on")
    for name, frame in main()[0].items():
        own = frame.filter(pl.col("version") == 1, pl.col("occurred_on") >= FIRST)
        if own.height:
            days = own.select(late.dt.total_days().alias("days"))["days"]
            assert days.min() >= 0, name
            assert days.max() <= settings.late_up_to_days + 31, name
    work = main()[0]["work_month"]
    assert (work["recorded_on"] > work["work_month"].dt.month_end()).all()


def test_delays_are_those_of_the_source():
    """Median days from what happened to its entry."""
    settings = settings_of("records", RecordSettings)
    for table, source in (
        ("medical_bill", "medical_insurance"),
        ("schooling", "education"),
        ("visit", "register_visit"),
        ("insurance", "medical_insurance_cover"),
    ):
        frame = main()[0][table].filter(pl.col("version") == 1)
        assert set(frame["source"]) == {source}
        days = (frame["recorded_on"] - frame["occurred_on"]).dt.total_days()
        assert days.median() == pytest.approx(settings.delay_median_days[source], rel=0.15), table
        # of the late ones, spread evenly up to the last day, these are a fifth to a quarter
        late = (days > settings.late_up_to_days - 34).mean()
        assert 0.05 < late / settings.late_share < 0.6, (table, late)


def test_batches_name_source_and_month_of_entry():
    """The delivery a row came with."""
    for name, frame in main()[0].items():
        expected = frame["source"] + "-" + frame["recorded_on"].dt.strftime("%Y-%m")
        assert frame["batch"].equals(expected.alias("batch")), name
        assert set(frame["source"]) <= set(SOURCES), name


def test_offices_that_know_persons_only_name_no_household():
    """And every other row names one; the sources are files of the configuration."""
    files = {path.stem for path in (ROOT / "configs/sources").glob("*.yaml")}
    assert set(SOURCES) <= files
    for name, frame in main()[0].items():
        if frame.height == 0 or TABLES[name].key == "place":
            continue
        without = frame["source"].is_in(list(WITHOUT_HOUSEHOLD))
        assert (frame["household_id"].is_null() == without).all(), name
        if "person_id" in frame.columns:
            assert frame.filter(without)["person_id"].null_count() == 0, name


def test_corrections_change_the_amount_and_withdrawals_take_it_back():
    """As many as the settings say, known later, of the same record and day."""
    settings = settings_of("records", RecordSettings)
    bills = main()[0]["medical_bill"]
    first, second = (bills.filter(pl.col("version") == n) for n in (1, 2))
    both = second.join(first, on="record_id", suffix="_1")
    n = first.height
    corrected = both.filter(~pl.col("is_withdrawn"))
    share = settings.corrected_share["medical_bill"]
    assert corrected.height == pytest.approx(share * n, abs=4.5 * np.sqrt(share * n))
    assert (
        corrected.filter(pl.col("own_fen") != pl.col("own_fen_1")).height > 0.9 * corrected.height
    )
    paid = ["basic_paid_fen", "serious_paid_fen", "aid_paid_fen"]
    for name in ("occurred_on", "person_id", *paid):
        assert both[name].equals(both[f"{name}_1"].alias(name)), name
    assert (both["recorded_on"] > both["recorded_on_1"]).all()
    gone = both.filter(pl.col("is_withdrawn"))
    assert gone["own_fen"].equals(gone["own_fen_1"].alias("own_fen"))
    for frame in (first, second):
        parts = frame.select(pl.sum_horizontal("own_fen", *paid))["own_fen"]
        assert parts.equals(frame["total_fen"].alias("own_fen")), "a bill adds up"
    assert (bills["compliant_own_fen"] <= bills["own_fen"]).all()


def test_every_bill_has_a_row():
    """Nothing of what the insurance settled is lost, and no amount is changed on the way."""
    told, bills = events("medical_bill"), main()[0]["medical_bill"]
    first = bills.filter(pl.col("version") == 1)
    assert first.height == len(told["own"])
    persons = np.array(main()[3])[told["person"]]
    expected = pl.DataFrame({"person_id": persons, "own_fen": told["own"].astype(np.int64)})
    keys = ["person_id", "own_fen"]
    assert_frame_equal(first.select(keys).sort(keys), expected.sort(keys))


def test_checks_name_the_clue_they_are_of():
    """Of the same household, and not from before it; decisions follow checks and notices."""
    frames = main()[0]
    clue = frames["clue"].filter(pl.col("version") == 1)
    checks = frames["verification"].join(
        clue, left_on="clue_record_id", right_on="record_id", how="left", suffix="_c"
    )
    assert checks["channel"].null_count() == 0
    assert checks["household_id"].equals(checks["household_id_c"].alias("household_id"))
    assert (checks["occurred_on"] >= checks["occurred_on_c"]).all()
    listed = frames["listing"].filter(pl.col("decision") == "listed")
    assert (listed["noticed_to"] < listed["occurred_on"]).all()
    notice = (listed["noticed_to"] - listed["noticed_from"]).dt.total_days()
    assert (notice == 5).all()
    new = listed.filter(pl.col("occurred_on") >= FIRST)
    confirmed = checks.filter(pl.col("result") == "confirmed").select(
        "household_id", checked_on="occurred_on"
    )
    since = new.join(confirmed, on="household_id").filter(
        pl.col("checked_on").is_between(pl.col("occurred_on").dt.offset_by("-27d"), "noticed_from")
    )
    assert since["record_id"].n_unique() == new.height > 5


def test_measures_do_not_begin_before_the_listing_of_their_month():
    """A first measure of the month of listing is dated on its day or later."""
    frames, state = main()[0], main()[1]
    listed = frames["listing"].filter(
        pl.col("decision") == "listed", pl.col("occurred_on") >= FIRST
    )
    measures = frames["support_measure"].filter(pl.col("version") == 1)
    both = listed.join(measures, on="household_id", suffix="_m").filter(
        pl.col("occurred_on").dt.truncate("1mo") == pl.col("occurred_on_m").dt.truncate("1mo")
    )
    assert both.height > 0
    assert (both["occurred_on_m"] >= both["occurred_on"]).all()
    assert (measures["ends_on"].drop_nulls() > date(2020, 1, 1)).all()
    assert state.households.n > 0


def test_months_of_work_are_those_of_some():
    """Of posts, the listed, the former poor and the organised; wages as told are round."""
    frames, state, _, _ = main()
    work = frames["work_month"].filter(pl.col("version") == 1)
    told = events("work_month")
    assert 0.02 < work.height / len(told["wage"]) < 0.5
    plain = work.filter(pl.col("source") == "national_work_month")
    assert (plain["wage_fen"] % 10_000 == 0).all()
    assert plain["public_post"].null_count() == plain.height
    posts = work.filter(pl.col("source") == "human_resources")
    assert (posts["job_channel"] == "public_post").all()
    assert posts["spell_ends_on"].null_count() == 0
    of_others = plain.filter(~pl.col("household_id").is_in(_on_file(state)))
    assert set(of_others["job_channel"]) == {"organised"}


def _on_file(state):
    """Numbers of households that were poor or ever listed."""
    households = state.households
    rows = np.flatnonzero(households.is_former_poor | (households.n_listings > 0))
    return household_ids(households.number[rows])


def test_the_yearly_account_is_of_the_collection_year():
    """Ordinary items within the clip of the register's error, looked-up ones to the fen."""
    frames, state, passed, _ = main()
    account = frames["income_item"].filter(
        pl.col("window") == "collection_year", pl.col("version") == 1
    )
    assert account["occurred_on"].unique().sort().to_list() == [
        date(FIRST_YEAR, 10, 28), date(FIRST_YEAR + 1, 10, 28),
    ]  # fmt: skip
    last = account.filter(pl.col("occurred_on").dt.year() == FIRST_YEAR + 1)
    assert last["period_from"].unique().to_list() == [date(FIRST_YEAR, 10, 1)]
    assert last["period_to"].unique().to_list() == [date(FIRST_YEAR + 1, 9, 1)]
    pension = np.zeros(state.households.n, dtype=np.int64)
    for month in passed[9:21]:
        pension[: len(month.book.pension)] += month.book.pension
    ids = household_ids(state.households.number)
    told = dict(
        last.filter(pl.col("item") == "pension").select("household_id", "amount_fen").iter_rows()
    )
    assert len(told) > 20
    assert {name: pension[ids.index(name)] for name in told} == told
    costs = frames["household_snapshot"].filter(
        pl.col("occurred_on") == date(FIRST_YEAR + 1, 10, 28)
    )
    assert costs["compliant_own_cost_fen"].null_count() == 0


def test_without_the_months_before_the_first_account_is_missing():
    """Nine months are no year: the first October has no account, and no cost of a year."""
    frames = simulated(months=11, takes_before=False)[0]
    assert frames["income_item"].filter(pl.col("window") == "collection_year").height == 0
    looked = frames["household_snapshot"].filter(pl.col("source") == "national_household")
    october = looked.filter(pl.col("occurred_on") == date(FIRST_YEAR, 10, 28))
    assert october.height > 20
    assert october["compliant_own_cost_fen"].null_count() == october.height


def test_fields_are_missing_as_often_as_the_settings_say():
    """Half of the open data set's shares in the main world, all of them in the dirty one."""
    for frames, world in ((main()[0], "main"), (dirty()[0], "dirty")):
        settings = settings_of("records", RecordSettings, world=world)
        wanted = settings.missing
        members = (
            frames["member_snapshot"]
            .filter(
                pl.col("source") == "national_member",
                pl.col("born_on") < date(1990, 1, 1),
                pl.col("school_state").is_null(),
            )
            .unique("person_id")
        )
        for column, field in (
            ("education", "education"), ("labour_skill", "labour_skill"), ("is_healthy", "health"),
        ):  # fmt: skip
            share, n = members[column].null_count() / members.height, members.height
            error = 4.5 * np.sqrt(wanted[field] * (1 - wanted[field]) / n)
            fewest = settings.missing_listed_factor * wanted[field]
            assert fewest - error < share < wanted[field] + error, (world, column, share)


def test_the_dirty_world_has_rows_twice():
    """Under another number, known later, with the same content; the main world has none."""
    assert not any(
        frame["record_id"].str.starts_with("X").any()
        for frame in main()[0].values()
        if frame.height
    )
    bills = dirty()[0]["medical_bill"]
    copies = bills.filter(pl.col("record_id").str.starts_with("X"))
    assert 0.0005 < copies.height / bills.height < 0.01
    own = copies.with_columns(pl.col("record_id").str.strip_prefix("X")).join(
        bills.filter(pl.col("version") == 1), on="record_id", suffix="_1"
    )
    assert own.height == copies.height
    assert own["own_fen"].equals(own["own_fen_1"].alias("own_fen"))
    assert (own["recorded_on"] > own["recorded_on_1"]).all()


def test_villages_add_up():
    """Households and people of the yearly table are those of the state's month."""
    frames, state, _, _ = main()
    villages = frames["village"]
    assert villages["occurred_on"].unique().len() == 2
    assert villages["place"].n_unique() == len(np.unique(state.households.village))
    assert set(villages["place"]) == set(frames["place_month"]["place"])
    second = villages.filter(pl.col("occurred_on") == date(FIRST_YEAR + 1, 10, 28))
    pages = known(frames, date(FIRST_YEAR + 1, 12, 31)).tables["member_snapshot"].to_native()
    assert second["households"].sum() == pytest.approx(600, rel=0.1)
    assert second["people"].sum() == pytest.approx(pages["person_id"].n_unique(), rel=0.1)
    assert (second["dibao_people"] >= second["dibao_households"]).all()
    assert second["dibao_households"].sum() > 5
