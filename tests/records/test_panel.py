"""The real panel: every row is accepted, and poverty comes out as it was counted at the source."""

from __future__ import annotations

from datetime import date

import polars as pl

from fanpin_risk.records.timeline import known_as_of

N_ROWS = 529_533


def test_every_row_of_the_panel_is_accepted(panel):
    """Nothing is lost, set aside or left unused, and the two quarters without a survey are gaps."""
    (count,) = panel.files
    assert panel.rows_read == count.rows_read == count.rows_accepted == N_ROWS
    assert count.rows_quarantined == panel.quarantine.height == 0
    assert count.columns_not_used == ()
    assert panel.lines["line"].to_list() == list(range(1, N_ROWS + 1))
    assert set(panel.lines["file"]) == {"eph_household_panel.parquet"}
    rows = panel.records.row_counts()
    assert rows.pop("place_context") == 37
    assert set(rows.values()) == {N_ROWS}
    days = [f"{day:%Y}Q{(day.month + 2) // 3}" for day in panel.records.days_occurred("income")]
    every = [f"{year}Q{quarter}" for year in range(2003, 2014) for quarter in (1, 2, 3, 4)]
    surveyed = every[every.index("2003Q3") : every.index("2013Q1") + 1]
    assert days == [quarter for quarter in surveyed if quarter not in ("2007Q3", "2008Q1")]


def test_poverty_computed_from_the_tables_is_exact(panel):
    """Below 0.60 of the quarter's median per head: 403,094 no, 121,220 yes, 5,219 not known."""
    known = known_as_of(panel.records, date(2013, 3, 31))
    tables = {name: table.to_native() for name, table in known.tables.items()}
    visits = (
        tables["household_snapshot"]
        .select("household_id", "record_id", "occurred_on", "members", "context_place")
        .join(tables["income"].select("record_id", "total_minor"), on="record_id", validate="1:1")
        .join(
            tables["place_context"].select("place", "occurred_on", "median_income_minor"),
            left_on=["context_place", "occurred_on"],
            right_on=["place", "occurred_on"],
            how="left",
        )
    )
    is_poor = pl.col("total_minor") * 10 < pl.col("median_income_minor") * pl.col("members") * 6
    counts = dict(visits.select(is_poor.alias("poor"))["poor"].value_counts().rows())
    assert counts == {False: 403_094, True: 121_220, None: 5_219}
    assert visits["household_id"].n_unique() == 164_950
    assert visits["median_income_minor"].null_count() == 0
