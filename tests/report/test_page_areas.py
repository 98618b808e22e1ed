"""Sections on many at once and on bunching: the right words, figures and tables, and nobody."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.areas.alarm import AlarmSettings, alarms, nothing_judged
from fanpin_risk.areas.bunching import BunchingSettings, bunching
from fanpin_risk.areas.counts import EVENT_COLUMNS, EXPOSURE_COLUMNS
from fanpin_risk.areas.recorded_incomes import IncomesUsed
from fanpin_risk.areas.timeline import TIMELINE_COLUMNS, timeline
from fanpin_risk.areas.told import AlarmTold, AreasTold, BunchingTold
from fanpin_risk.report.areas_book import HEADS, SHEETS
from fanpin_risk.report.figures import AREA_FIGURES, FIGURES, area_figures
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.html import SECTIONS, report_html, sections_of
from fanpin_risk.report.page_areas import (
    ABOUT_RECORDS,
    AREA_SECTIONS,
    MOST_SAID,
    many_words,
    near_line_words,
)
from fanpin_risk.report.tables_areas import area_tables
from fanpin_risk.report.words import DASH

FIRST, LAST = 612, 659
LINE = 6_900_00
DRAWN = dict.fromkeys(
    (*FIGURES, *AREA_FIGURES), '<svg role="img" aria-label="a figure"><path d="M0 0"/></svg>'
)


def alarm_of(*, struck=14):
    """Twelve villages over four years, of which one is struck in the last month."""
    rng = np.random.default_rng(1)
    rows = [
        (f"v{v:02d}", month, cause, None, f"HOUSE-{cause}-{v}-{month}-{n}")
        for cause, rate in (("illness", 0.8), ("accident", 0.3), ("unstable_work", 0.6))
        for v in range(12)
        for month in range(FIRST, LAST + 1)
        for n in range(
            rng.poisson(rate) + struck * (cause == "accident" and v == 3 and month == LAST)
        )
    ]
    rows += [("v00", LAST, "unsafe_water", None, "HOUSE-w")]
    homes = [(f"v{v:02d}", f"t{v // 6}", m, 200) for v in range(12) for m in range(FIRST, LAST + 1)]
    events = pl.DataFrame(rows, schema=EVENT_COLUMNS, orient="row")
    exposure = pl.DataFrame(homes, schema=EXPOSURE_COLUMNS, orient="row")
    report = alarms(events, exposure, from_month=LAST - 23, to_month=LAST, settings=AlarmSettings())
    return AlarmTold(
        report=report,
        timeline=timeline(events, exposure, from_month=LAST - 23, least_households=5),
    )


def bunching_of(n, *, moved=0.0, side="below"):
    """Incomes around the line; a share of those a little above it is written below."""
    rng = np.random.default_rng(2)
    found = LINE * 1.5 * np.exp(rng.normal(0, 0.55, n))
    bent = (found >= LINE) & (found < 1.15 * LINE) & (rng.random(n) < moved)
    found = np.where(bent, found - 0.16 * LINE, found) // 10_000 * 10_000
    ids = [f"HOUSE-{at}" for at in range(n)]
    rows = pl.DataFrame({"household_id": ids, "income_fen": found.astype(int)})
    return bunching(
        rows.with_columns(line_fen=pl.lit(LINE, dtype=pl.Int64)),
        side=side,
        settings=BunchingSettings(),
    )


@pytest.fixture(scope="module")
def told():
    """A struck village; bunching below the line, and too few incomes above it."""
    return AreasTold(
        alarm=alarm_of(),
        bunching=BunchingTold(
            line="monitoring_line",
            used=IncomesUsed(n_on_record=2_075, n_no_line=12, n_not_told=3),
            entry=bunching_of(2_000, moved=0.6),
            exit=bunching_of(60, side="above"),
        ),
    )


@pytest.fixture(scope="module")
def page(small, predictions, metrics, told):
    """A page with what is told of places."""
    return report_html(small.content(predictions, metrics, areas=told), DRAWN)


def section(page, name):
    """Text of a section."""
    found = re.search(rf'(?s)<section id="{name}">(.*?)</section>', page)
    return None if found is None else html.unescape(words_of(found[1]))


def words_of(text):
    """The text without its tags, folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def rows_of(table):
    """Texts of a table's cells."""
    return [[cell.text for cell in row] for row in table.rows]


def tables(told):
    """Tables by name."""
    return {table.name: table for table in area_tables(told)}


def test_the_sections_follow_the_rules_in_both_languages(page, small, predictions, metrics, told):
    """Chinese first; a page of other records has none of them."""
    with_areas = small.content(predictions, metrics, areas=told)
    names = list(sections_of(with_areas))
    assert names[names.index("rules") + 1 :][:2] == list(AREA_SECTIONS) == ["many", "bunching"]
    assert [name for name in names if name not in AREA_SECTIONS] == list(SECTIONS)
    assert re.findall('<section id="([^"]+)">', page) == names
    for words in AREA_SECTIONS.values():
        assert page.index(f"{words.zh}<span") < page.index(f'lang="en">{words.en}</span></h2>')
    without = report_html(small.content(predictions, metrics), DRAWN)
    assert section(without, "many") is None
    assert section(without, "bunching") is None
    assert "table-alarms" not in without


def test_many_at_once_says_where_and_how_often_it_is_wrong(page):
    """The promise, the struck village in full, and what could not be judged."""
    said = section(page, "many")
    assert "平均每年不超过0.5次" in said
    assert "in a quiet year at most 0.5 on average" in said
    assert "判断了2023-01至2024-12共24个月" in said
    assert "预警：村v03，2024-12，因意外事故" in said
    assert "Alarm: village v03, 2024-12, accident" in said
    assert "“无法判断”不是“没有成规模”" in said
    assert "不得据以评价村和干部，也不说明任何一户" in said
    assert 'id="figure-alarm"' in page


def test_bunching_is_about_records_and_never_about_a_person(page):
    """The sentence, both sides with their figures, what was not used, and what it cannot tell."""
    said = section(page, "bunching")
    assert ABOUT_RECORDS.zh == "这是关于记录的数字，从不说明任何一个人或一户。"
    for words in (ABOUT_RECORDS.zh, ABOUT_RECORDS.en):
        assert words in said
    assert "登记收入2,075条；当日没有线的12条、不知当时是否在册的3条未用" in said
    assert "有聚集" in said
    assert "无法判断：线附近的记录太少" in said
    assert "A programme that lifts incomes to just above the line looks the same" in said
    for name in ("bunching_below", "bunching_above"):
        assert f'id="figure-{name}"' in page


def test_no_household_is_on_the_page(page):
    """Not one number of the events or the incomes."""
    assert "HOUSE-" not in page


def test_alarms_are_told_by_month_and_cause(told):
    """The row that chance brings least often stands for the others, with how many areas rang."""
    rang = told.alarm.report.rows.filter("is_alarm")
    rows = rows_of(tables(told)["alarms"])
    assert len(rows) == rang.select("month", "cause").n_unique()
    (row,) = [row for row in rows if row[:2] == ["2024-12", "因意外事故"]]
    best = rang.filter(month=LAST, cause="accident").sort("chance").row(0, named=True)
    assert row[4] == str(best["households"])
    assert row[7] == str(best["smallest_alarm"])
    villages = rang.filter(month=LAST, cause="accident", level="village")["place"].n_unique()
    assert f"村{villages}" in row[2]
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)


def test_what_could_not_be_judged_stands_once_with_its_levels(told):
    """Levels together, months counted."""
    rows = rows_of(tables(told)["alarm-untold"])
    untold = told.alarm.report.untold
    assert len(rows) == untold.select("cause", "product", "reason_en").n_unique() > 0
    assert any("、" in row[0] for row in rows)
    (water,) = [row for row in rows if row[1] == "因安全饮水"]
    assert water[3:] == ["1", "2024-12"]


def test_bunching_that_cannot_be_told_is_dashes(told):
    """One side in figures, the other with its reason."""
    found, untold = rows_of(tables(told)["bunching"])
    report = told.bunching.entry
    assert found[1] == str(report.n_rows)
    assert found[7] == "有聚集"
    assert found[6] == "<0.0001"
    assert untold[1:7] == [DASH] * 6


def test_only_figures_with_something_to_show_are_drawn(told):
    """No month, no strip; no bin that may be shown, no histogram."""
    font = figure_font(installed={}, notice=lambda _: None)
    more = replace(told.bunching, exit=bunching_of(300, side="above"))
    assert tuple(area_figures(replace(told, bunching=more), font=font)) == AREA_FIGURES
    empty = AlarmTold(
        report=nothing_judged(AlarmSettings()), timeline=pl.DataFrame(schema=TIMELINE_COLUMNS)
    )
    none = replace(told.bunching, exit=bunching_of(0, side="above"))
    drawn = area_figures(AreasTold(alarm=empty, bunching=none), font=font)
    assert tuple(drawn) == ("bunching_below",)


def test_where_nothing_can_be_judged_the_page_says_so(small, predictions, metrics, told):
    """No table and no figure, one sentence."""
    empty = AlarmTold(
        report=nothing_judged(AlarmSettings()), timeline=pl.DataFrame(schema=TIMELINE_COLUMNS)
    )
    content = small.content(predictions, metrics, areas=replace(told, alarm=empty))
    figures = {name: svg for name, svg in DRAWN.items() if name not in AREA_FIGURES}
    page = report_html(content, figures)
    assert "无法判断：没有写明村的记录，或还没有足够的整月。" in section(page, "many")
    for name in ("table-alarms", "table-alarm-untold", "figure-alarm", "figure-bunching_above"):
        assert f'id="{name}"' not in page


def test_of_many_alarms_a_few_are_said_in_full(told):
    """One for each cause and level, the clearest first."""
    rows = told.alarm.report.rows.filter("is_alarm", month=LAST)
    assert rows.height > 1
    copies = [rows.with_columns(cause=pl.lit(f"cause {at}")) for at in range(20)]
    many = replace(told.alarm, report=replace(told.alarm.report, rows=pl.concat(copies)))
    assert len(many_words(many).last) == MOST_SAID
    few = many_words(told.alarm).last
    assert len(few) == rows.select("cause", "level").n_unique()


def test_every_column_of_the_result_files_has_its_words(told):
    """The workbook has a head for each, in both languages."""
    files = told.files()
    assert set(files) == set(SHEETS)
    for frame in files.values():
        assert set(frame.columns) <= set(HEADS)
    assert near_line_words(told.bunching).about == ABOUT_RECORDS
