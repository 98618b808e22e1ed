"""Figures of areas say what was found, in both languages, and are the same twice."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from matplotlib.text import Text

from fanpin_risk.areas.alarm import AlarmSettings, alarms
from fanpin_risk.areas.bunching import BunchingSettings, bunching
from fanpin_risk.areas.counts import EVENT_COLUMNS, EXPOSURE_COLUMNS
from fanpin_risk.areas.timeline import timeline
from fanpin_risk.errors import SchemaError
from fanpin_risk.report.figure_areas import (
    alarm_figure,
    alarm_title,
    bunching_figure,
    bunching_title,
)
from fanpin_risk.report.figure_base import svg_text
from fanpin_risk.report.fonts import figure_font

HAN = re.compile(r"[\u4e00-\u9fff]")
FIRST, LAST = 612, 659
LINE = 6_900_00


@pytest.fixture(scope="module")
def fonts():
    """The machine's font, and no font."""
    return {
        "installed": figure_font(notice=lambda _: None),
        "none": figure_font(installed={}, notice=lambda _: None),
    }


@pytest.fixture(scope="module")
def county():
    """Events and exposure of twelve villages; one is struck in the last month."""
    rng = np.random.default_rng(1)
    rows = [
        (f"v{v:02d}", month, cause, None, f"{cause}-{v}-{month}-{n}")
        for cause, rate in (("illness", 0.8), ("accident", 0.3), ("unstable_work", 0.6))
        for v in range(12)
        for month in range(FIRST, LAST + 1)
        for n in range(rng.poisson(rate) + 14 * (cause == "accident" and v == 3 and month == LAST))
    ]
    homes = [(f"v{v:02d}", f"t{v // 6}", m, 200) for v in range(12) for m in range(FIRST, LAST + 1)]
    return (
        pl.DataFrame(rows, schema=EVENT_COLUMNS, orient="row"),
        pl.DataFrame(homes, schema=EXPOSURE_COLUMNS, orient="row"),
    )


@pytest.fixture(scope="module")
def told(county):
    """The alarm's report of two years, and its timeline."""
    report = alarms(*county, from_month=LAST - 23, to_month=LAST, settings=AlarmSettings())
    return report, timeline(*county, from_month=LAST - 23, least_households=5)


def incomes(n, *, moved=0.0):
    """Incomes around the line; a share of those a little above it is written below."""
    rng = np.random.default_rng(2)
    found = LINE * 1.5 * np.exp(rng.normal(0, 0.55, n))
    bent = (found >= LINE) & (found < 1.15 * LINE) & (rng.random(n) < moved)
    found = np.where(bent, found - 0.16 * LINE, found) // 10_000 * 10_000
    ids = [f"h{at}" for at in range(n)]
    return pl.DataFrame({"household_id": ids, "income_fen": found.astype(int)}).with_columns(
        line_fen=pl.lit(LINE, dtype=pl.Int64)
    )


REPORTS = {
    "found": bunching(incomes(2_000, moved=0.6), side="below", settings=BunchingSettings()),
    "not found": bunching(incomes(2_000), side="above", settings=BunchingSettings()),
    "not told": bunching(incomes(60), side="below", settings=BunchingSettings()),
}


def figures(told, font):
    """Every figure with one font."""
    return [alarm_figure(*told, font=font)] + [
        bunching_figure(report, font=font) for report in REPORTS.values()
    ]


def words(figure):
    """Every text of a figure that is drawn."""
    found = figure.findobj(lambda artist: isinstance(artist, Text))
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def test_words_are_chinese_first_and_english_without_a_font(told, fonts):
    """Titles in both languages with a Chinese font; not one Chinese sign without."""
    if fonts["installed"].language == "zh":
        for figure in figures(told, fonts["installed"]):
            title = figure.get_suptitle()
            assert HAN.match(title) or title[0].isdigit()
            assert re.search(r"[a-z]{4}", title)
    for figure in figures(told, fonts["none"]):
        assert not HAN.search(" ".join(text.get_text() for text in words(figure)))


@pytest.mark.parametrize("which", ["installed", "none"])
def test_no_word_is_cut_off(told, fonts, which):
    """Titles, labels and legends lie inside the figure."""
    for figure in figures(told, fonts[which]):
        width, height = figure.canvas.get_width_height()
        renderer = figure.canvas.get_renderer()
        seen = [figure._suptitle, *figure.texts, *[t for ax in figure.axes for t in ax.texts]]
        for ax in figure.axes:
            seen += [ax.xaxis.label, ax.yaxis.label, *ax.get_legend().get_texts()]
            seen += [t for t in ax.get_yticklabels() if t.get_text()]
        for text in seen:
            if text is None or not text.get_text():
                continue
            box = text.get_window_extent(renderer)
            assert -1 <= box.x0 <= box.x1 <= width + 1, text.get_text()
            assert -1 <= box.y0 <= box.y1 <= height + 1, text.get_text()


def test_the_same_report_gives_the_same_figure_twice(told, fonts):
    """Byte for byte."""
    once, again = (
        [svg_text(figure, label="x") for figure in figures(told, fonts["installed"])]
        for _ in range(2)
    )
    assert once == again


def test_the_strip_marks_every_alarm(told, fonts):
    """A marker for each month and cause, on each level that rang."""
    report, months = told
    figure = alarm_figure(report, months, font=fonts["none"])
    (ax,) = figure.axes
    rang = report.rows.filter("is_alarm").select("level", "month", "cause").unique()
    assert rang.height > 0
    drawn = sum(len(marks.get_offsets()) for marks in ax.collections)
    assert drawn == rang.height
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "illness", "accident", "unstable work",
    ]  # fmt: skip


def test_titles_say_no_more_than_was_found(told):
    """With alarms and without; found, not found, not told."""
    report, _ = told
    assert alarm_title(report).en.startswith("Alarms in ")
    assert "most clearly 2024-12, accident" in alarm_title(report).en
    quiet = alarms(*_quiet(), from_month=LAST - 1, to_month=LAST, settings=AlarmSettings())
    assert alarm_title(quiet).en == (
        "No alarm in 2 months (at most 0.5 false alarms in a quiet county year on average)"
    )
    assert bunching_title(REPORTS["found"]).en.startswith("Records bunch below the line: ")
    assert "not about any household" in bunching_title(REPORTS["found"]).en
    assert bunching_title(REPORTS["not found"]).en.startswith("No bunching above the line is seen")
    assert bunching_title(REPORTS["not told"]) == (
        "无法判断：线附近的记录太少",
        "Cannot be told: too few incomes near the line",
    )


def _quiet():
    """A county in which nothing happens."""
    homes = [("A", "T", month, 200) for month in range(FIRST, LAST + 1)]
    exposure = pl.DataFrame(homes, schema=EXPOSURE_COLUMNS, orient="row")
    return pl.DataFrame(schema=EVENT_COLUMNS), exposure


def test_bins_of_few_households_are_not_drawn(fonts):
    """As many bars as bins that are told, and a word about the others."""
    report = REPORTS["not told"]
    figure = bunching_figure(report, font=fonts["none"])
    (ax,) = figure.axes
    told = report.bins["incomes"].is_not_null().sum()
    assert len(ax.patches) == told < report.bins.height
    assert any("not shown" in text.get_text() for text in ax.texts)


def test_an_empty_timeline_is_refused(told, fonts):
    """There is nothing to draw."""
    report, months = told
    with pytest.raises(SchemaError, match="The timeline is empty"):
        alarm_figure(report, months.head(0), font=fonts["none"])
