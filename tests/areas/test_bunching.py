"""Bunching at a line is found where there is some, and seldom where there is none."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from fanpin_risk.areas.bunching import (
    BIN_COLUMNS,
    INCOME_COLUMNS,
    BunchingSettings,
    bunching,
    rounded_to,
)
from fanpin_risk.areas.density import chosen, fitted
from fanpin_risk.errors import SchemaError

LINE = 6_900_00
SETTINGS = BunchingSettings()


def incomes(seed, n=1_500, *, moved=0.0, side="below", rounded=100, line=LINE):
    """Log-normal incomes, four in five rounded; a share of those within 15% is moved across."""
    rng = np.random.default_rng(seed)
    told = line * 1.5 * np.exp(rng.normal(0, 0.55, n))
    near = (told >= line) & (told < 1.15 * line) if side == "below" else (told < line) & (
        told >= 0.85 * line
    )  # fmt: skip
    reach = rounded * 100 + rng.random(n) * 0.15 * line
    across = line - reach if side == "below" else line + reach
    told = np.where(near & (rng.random(n) < moved), across, told)
    step = np.where(rng.random(n) < 0.8, rounded * 100, 100)
    return frame((told / step + 0.5).astype(int) * step, line)


def frame(told, line=LINE):
    """Incomes of a household each."""
    return pl.DataFrame(
        {"household_id": [f"h{n}" for n in range(len(told))], "income_fen": told},
    ).with_columns(line_fen=pl.lit(line, dtype=pl.Int64))


@pytest.mark.parametrize(("side", "rounded"), [("below", 100), ("above", 100), ("below", 500)])
def test_without_bunching_finds_are_as_rare_as_stated(side, rounded):
    """A hundred and twenty records without any, at a level of one in ten."""
    settings = BunchingSettings(level=0.1)
    found = [
        bunching(incomes(seed, rounded=rounded), side=side, settings=settings).is_found
        for seed in range(120)
    ]
    assert None not in found
    assert 2 <= sum(found) <= 21  # 12 expected; beyond lies 1 in 200 on each side


@pytest.mark.parametrize(("side", "line"), [("below", LINE), ("above", LINE), ("below", 6_850_00)])
def test_bunching_is_found(side, line):
    """Half of those within reach are moved: found nearly always, with about its size."""
    reports = [
        bunching(incomes(seed, moved=0.5, side=side, line=line), side=side, settings=SETTINGS)
        for seed in range(20)
    ]
    assert sum(report.is_found for report in reports) >= 19
    sizes = [report.moved_e4 for report in reports]
    assert 1_500 < np.mean(sizes) < 3_200
    for report in reports:
        assert report.moved_low_e4 < report.moved_e4 < report.moved_high_e4
        assert report.moved_e4 == pytest.approx(report.share_e4 - report.expected_e4, abs=1)


def test_bunching_on_the_other_side_is_none_on_this():
    """Who moves below leaves too few above."""
    report = bunching(incomes(1, moved=0.5), side="above", settings=SETTINGS)
    assert report.is_found is False
    assert report.chance > 0.99
    assert report.moved_e4 < 0


def test_the_interval_holds_what_was_moved():
    """Nineteen in twenty, or nearly: shares moved are counted beside the draw."""
    held = 0
    for seed in range(40):
        straight, bent = incomes(seed, n=3_000), incomes(seed, n=3_000, moved=0.3)
        near = pl.col("income_fen").is_between(int(LINE * 0.8), int(LINE * 1.2))
        n_moved = sum(
            (a >= LINE) and (b < LINE)
            for a, b in zip(straight["income_fen"], bent["income_fen"], strict=True)
        )
        report = bunching(bent, side="below", settings=SETTINGS)
        share = n_moved / report.n_rows * 10_000
        assert bent.filter(near).height > 100
        held += report.moved_low_e4 <= share <= report.moved_high_e4
    assert held >= 35


def test_the_smallest_share_is_found_four_times_in_five():
    """What is said to be found mostly is."""
    stated = np.mean(
        [
            bunching(incomes(s, n=3_000), side="below", settings=SETTINGS).smallest_moved_e4
            for s in range(5)
        ]
    )
    within = np.mean(
        [
            (incomes(s, n=3_000)["income_fen"].is_between(LINE, int(1.15 * LINE) - 1)).sum()
            / bunching(incomes(s, n=3_000), side="below", settings=SETTINGS).n_rows
            for s in range(5)
        ]
    )
    moved = stated / 10_000 / within
    found = [
        bunching(incomes(s, n=3_000, moved=moved), side="below", settings=SETTINGS).is_found
        for s in range(60)
    ]
    assert 0.65 <= np.mean(found) <= 0.95


@pytest.mark.parametrize(
    ("step", "yuan"), [(100_000, 1_000), (50_000, 500), (10_000, 100), (1_000, 10), (100, 1)]
)
def test_what_incomes_are_rounded_to_is_found(step, yuan):
    """Four in five rounded are enough."""
    rng = np.random.default_rng(3)
    told = rng.integers(3_000_00, 12_000_00, 2_000)
    told = np.where(rng.random(2_000) < 0.8, told // step * step, told // 100 * 100)
    assert rounded_to(told) == yuan * 100


def test_on_the_line_is_not_below():
    """Incomes at the line itself lie in the first bin from it on."""
    told = np.concatenate([np.full(60, LINE), np.arange(300) * 100_00 + 100_00])
    bins = bunching(frame(told), side="below", settings=SETTINGS).bins
    of_line = bins.filter(pl.col("from_fen") == 0)
    assert of_line["incomes"].item() >= 60
    assert bins["from_fen"].to_list() == sorted(bins["from_fen"])
    assert 0 in bins["from_fen"].to_list(), "no bin lies across the line"


def test_a_heap_on_the_line_is_above_it():
    """Sixty more incomes at the line itself bunch above, and leave too few below."""
    heaped = pl.concat([incomes(1), frame(np.full(60, LINE))])
    below, above = (
        bunching(heaped, side=side, settings=SETTINGS).chance for side in ("below", "above")
    )
    assert above < 0.01
    assert below > 0.99


def test_no_cell_is_of_few_households():
    """Also where the incomes are many: of one household."""
    report = bunching(incomes(1, n=400), side="below", settings=SETTINGS)
    counted = incomes(1, n=400).with_columns(away=pl.col("income_fen") - pl.col("line_fen"))
    for from_fen, to_fen, n, *_ in report.bins.iter_rows():
        inside = counted.filter(pl.col("away").is_between(from_fen, to_fen - 1)).height
        assert n == (inside if inside >= 5 else None)
    assert report.bins["incomes"].null_count() > 0
    one = incomes(1).with_columns(household_id=pl.lit("h"))
    report = bunching(one, side="below", settings=SETTINGS)
    assert report.is_found is None
    assert report.reason_en == "too few households near the line to be shown or judged"
    assert report.bins["incomes"].null_count() == report.bins.height


def test_several_incomes_of_a_household_count_as_incomes():
    """Households and incomes are told apart."""
    twice = pl.concat([incomes(1), incomes(1)])
    report = bunching(twice, side="below", settings=SETTINGS)
    assert report.n_rows == 2 * report.n_households


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (incomes(1).head(0), "too few households near the line to be shown or judged"),
        (incomes(1, n=60), "too few incomes near the line"),
        (
            frame(np.full(80, LINE + 100_00)),
            "too few incomes further from the line to compare with",
        ),
    ],
)
def test_too_few_tell_nothing(rows, reason):
    """No verdict, no figure, a reason in both languages."""
    report = bunching(rows, side="below", settings=SETTINGS)
    assert report.is_found is None
    assert report.reason_en == reason
    assert report.reason_zh
    given = {"side", "reason_zh", "reason_en", "bin_fen", "bins"}
    figures = {one.name for one in fields(report)} - given
    assert all(getattr(report, name) is None for name in figures)
    assert dict(report.bins.schema) == BIN_COLUMNS


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (incomes(1).drop("line_fen"), "The incomes lack the columns ['line_fen']"),
        (
            incomes(1).with_columns(income_fen=pl.lit(1.5)),
            "Column 'income_fen' must be whole fen. Got Float64",
        ),
        (
            incomes(1, n=10).with_columns(line_fen=pl.lit(0)),
            "Column 'line_fen' is not positive in 10 of 10 rows",
        ),
    ],
)
def test_what_is_no_income_is_refused(rows, words):
    """Each message names the column."""
    with pytest.raises(SchemaError) as caught:
        bunching(rows, side="below", settings=SETTINGS)
    assert words in str(caught.value)


def test_rows_without_an_income_or_line_are_left_aside():
    """They change nothing."""
    rows = incomes(1)
    blank = pl.DataFrame([("x", None, LINE), ("y", 5, None)], schema=INCOME_COLUMNS, orient="row")
    one, other = (
        bunching(given, side="below", settings=SETTINGS)
        for given in (rows, pl.concat([blank, rows]))
    )
    assert one.bins.equals(other.bins)
    assert one.chance == other.chance


def test_a_range_without_room_is_refused():
    """There must be something beside the window."""
    with pytest.raises(ValidationError, match="range_e4 must be twice window_e4"):
        BunchingSettings(window_e4=4_000)


def test_the_curve_does_not_look_at_single_bins_near_the_line():
    """Whatever is moved among them, the curve stays."""
    at, rng = np.arange(-40, 40), np.random.default_rng(1)
    counts = rng.poisson(30 + 0.3 * at).astype(float)
    is_used = np.abs(at + 0.5) > 8
    moved = counts.copy()
    moved[32:40] += 9
    moved[40:48] -= 9
    one, other = (chosen(at, given, is_used, degree=3) for given in (counts, moved))
    assert np.allclose(one.expected, other.expected, rtol=1e-6)
    assert one.expected.sum() == pytest.approx(counts.sum(), rel=0.02)


def test_doubt_about_the_curve_is_what_repetition_shows():
    """Standard error of the log odds against their spread over draws."""
    at, rng = np.arange(-40, 40), np.random.default_rng(2)
    is_used = np.abs(at + 0.5) > 8
    sides = (at < 0) & ~is_used, (at >= 0) & ~is_used
    logs, errors = [], []
    for _ in range(200):
        fit = fitted(at, rng.poisson(20 + 0.2 * at).astype(float), is_used, degree=3)
        odds, error = fit.odds(*sides)
        logs.append(np.log(odds))
        errors.append(error)
    assert np.std(logs) == pytest.approx(np.mean(errors), rel=0.2)


@pytest.fixture(scope="module")
def registers(simulate):
    """Incomes of two registers of one county, in which many are listed; one is bent."""
    many = {"system": {"round_notices_share": 0.9, "cadre_notices_share": 0.9}}
    return {
        world: told_incomes(*simulate(3_000, 48, 5, world=world, changes=many))
        for world in ("main", "gamed")
    }


def told_incomes(tables, lines):
    """Every income with its line, and whether the household was listed when it was collected."""
    months = (pl.col("occurred_on").dt.year() - 2021) * 12 + pl.col("occurred_on").dt.month() - 1
    told = (
        tables["household_snapshot"]
        .sort("version")
        .unique("record_id", keep="last")
        .filter(pl.col("net_income_per_head_fen").is_not_null())
        .with_columns(month=months)
        .filter(pl.col("month") >= 0)
        .with_columns(
            line_fen=pl.col("month").replace_strict(dict(enumerate(lines)), return_dtype=pl.Int64),
            day=pl.col("occurred_on").dt.month_start().dt.offset_by("-1d"),
        )
    )
    changes = pl.concat(
        [
            tables[table].filter(kept).select("household_id", day="occurred_on", listed=pl.lit(on))
            for table, kept, on in (
                ("listing", pl.col("decision") == "listed", True),
                ("exit", pl.lit(True), False),
            )
        ]
    ).sort("day")
    joined = told.sort("day").join_asof(
        changes, on="day", by="household_id", strategy="backward", check_sortedness=False
    )
    return joined.select(
        *("household_id", "line_fen", "month"),
        income_fen="net_income_per_head_fen",
        listed=pl.col("listed").fill_null(False),
    )


def of_entry(told):
    """Incomes of households that were not listed: a listing was at stake."""
    return told.filter(~pl.col("listed"))


def of_exit(told):
    """Incomes that the collection of October wrote of listed households: an exit was at stake."""
    return told.filter("listed", pl.col("month") % 12 == 9)


def test_the_bent_register_is_found_and_the_straight_one_is_not(registers):
    """Below the line of entry, in the simulated county."""
    straight, bent = (
        bunching(of_entry(registers[world]), side="below", settings=SETTINGS)
        for world in ("main", "gamed")
    )
    assert straight.is_found is False
    assert bent.is_found is True
    assert bent.moved_low_e4 > 500


def test_exits_that_are_written_up_are_found(registers):
    """Above the line, among those listed before the collection."""
    settings = BunchingSettings(least_rows=30)
    straight, bent = (
        bunching(of_exit(registers[world]), side="above", settings=settings)
        for world in ("main", "gamed")
    )
    assert straight.is_found is False
    assert bent.is_found is True


def test_lines_that_nobody_bends_at_show_no_bunching(registers):
    """Sixteen lines where there is none, in the straight register."""
    rows = of_entry(registers["main"])
    found = [
        bunching(
            rows.with_columns(line_fen=pl.col("line_fen") * tenths // 1_000_00 * 100_00),
            side=side,
            settings=SETTINGS,
        ).is_found
        for tenths in (13, 15, 17, 19, 21, 23, 25, 27)
        for side in ("below", "above")
    ]
    assert found.count(None) <= 4
    assert found.count(True) <= 3
