"""Figures of causes: what they say, that words have room, and that small groups are not drawn."""

from __future__ import annotations

import itertools
from datetime import date

import polars as pl
import pytest
from matplotlib.text import Text

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.cause_profile import NO_CAUSE, PROFILE_SCHEMA, CauseProfile
from fanpin_risk.report.figure_cause_profile import (
    INTERNAL,
    MOST_PANELS,
    months_figure,
    profile_figure,
    profile_title,
)
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.words import MADE_UP, Words

WHOSE = Words("全县风险最高一成", "top tenth of the county's risk")
CAUSES = [*[cause.value for cause in Cause], NO_CAUSE]
SMALL = CauseProfile(
    n_households=7, n_villages=1, rows=pl.DataFrame(schema=PROFILE_SCHEMA), basis="none"
)


def profile(counts: dict[str, int], *, mean: float = 0.3, basis: str = "jackknife") -> CauseProfile:
    """A profile of some households by first cause."""
    n = sum(counts.values())
    rows = [
        (cause, k, k / n, max(0, k / n - 0.06), min(1, k / n + 0.08), mean, mean - 0.1, mean + 0.1)
        if cause != NO_CAUSE
        else (cause, k, k / n, 0.0, 0.1, None, None, None)
        for cause, k in counts.items()
    ]
    frame = pl.DataFrame(rows, schema=PROFILE_SCHEMA, orient="row")
    return CauseProfile(n_households=n, n_villages=20, rows=frame, basis=basis)


EVERY = profile({cause: 30 - 2 * at for at, cause in enumerate(CAUSES)})
DAYS = [date(2021 + n // 2, 2 + 6 * (n % 2), 28) for n in range(9)]


@pytest.fixture(scope="module")
def fonts():
    """The machine's font, and no font."""
    return {
        "zh": figure_font(notice=lambda _: None),
        "en": figure_font(installed={}, notice=lambda _: None),
    }


def texts(figure) -> list[Text]:
    """Every text that is seen: labels of ticks that are not drawn are left out."""
    shown = [ax for ax in figure.axes if ax.get_visible()]
    found = [t for t in figure.texts + list(figure.findobj(Text)) if t.get_text().strip()]
    unseen = set()
    for ax in figure.axes:
        if ax not in shown:
            unseen |= set(ax.findobj(Text))
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not (low <= tick.get_loc() <= high and tick.label1.get_visible()):
                    unseen |= {tick.label1}
                unseen |= {tick.label2}
    return [t for t in dict.fromkeys(found) if t.get_visible() and t not in unseen]


def words_on(figure) -> str:
    """All words of a figure."""
    return " ".join(t.get_text().replace("\n", "") for t in texts(figure))


def all_figures(font):
    """Every kind of figure, also the fullest."""
    months = dict.fromkeys(DAYS, EVERY) | {DAYS[4]: SMALL}
    return {
        "every cause": profile_figure(EVERY, whose=WHOSE, font=font, is_made_up=True),
        "few": profile_figure(profile({"因病": 12}), whose=WHOSE, font=font, is_made_up=True),
        "small": profile_figure(SMALL, whose=WHOSE, font=font, is_made_up=True),
        "months": months_figure(months, whose=WHOSE, font=font, is_made_up=True),
        "one day": months_figure({DAYS[0]: EVERY}, whose=WHOSE, font=font, is_made_up=True),
        "small days": months_figure({DAYS[0]: SMALL}, whose=WHOSE, font=font, is_made_up=True),
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_is_cut_off_or_covered(fonts, language):
    """Every word lies inside its figure, and none on another."""
    for name, figure in all_figures(fonts[language]).items():
        boxes = [(t.get_text(), t.get_window_extent(), t.get_rotation()) for t in texts(figure)]
        for text, box, _ in boxes:
            assert box.x0 >= -1, (name, text)
            assert box.x1 <= figure.bbox.x1 + 1, (name, text)
            assert box.y0 >= -1, (name, text)
            assert box.y1 <= figure.bbox.y1 + 1, (name, text)
        level = [(text, box) for text, box, rotation in boxes if rotation == 0]
        for (one, a), (other, b) in itertools.combinations(level, 2):
            assert not a.shrunk(0.95, 0.7).overlaps(b.shrunk(0.95, 0.7)), (name, one, other)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_says_that_it_is_internal_and_made_up(fonts, language):
    """Whatever is drawn or not."""
    for name, figure in all_figures(fonts[language]).items():
        said = words_on(figure)
        assert getattr(INTERNAL, language) in said, name
        assert getattr(MADE_UP, language) in said, name
    real = profile_figure(EVERY, whose=WHOSE, font=fonts[language])
    assert getattr(MADE_UP, language) not in words_on(real)


def test_without_a_chinese_font_all_is_english(fonts):
    """No sign is asked of a font that lacks it."""
    for figure in all_figures(fonts["en"]).values():
        assert all(ord(sign) < 0x2E80 for sign in words_on(figure))


def test_a_small_group_is_not_drawn(fonts):
    """The figure says so and has no axes."""
    figure = profile_figure(SMALL, whose=WHOSE, font=fonts["zh"])
    assert figure.axes == []
    assert "只有7户，不足10户，不显示" in words_on(figure)


def test_the_title_is_the_finding_with_its_interval():
    """The most frequent cause, its share and how surely."""
    found = profile_title(profile({"因学": 20, "因病": 80}), WHOSE)
    assert found.zh == "全县风险最高一成（100户）：首要原因最多的是因病，80%（74%–88%）"
    assert found.en == (
        "Top tenth of the county's risk (100 households): the first reason is most often illness, "
        "80% (74%–88%)"
    )


def test_what_is_drawn_are_the_numbers(fonts):
    """Bars are shares, from the largest down, and bars across are intervals."""
    figure = profile_figure(profile({"因学": 20, "因病": 80}), whose=WHOSE, font=fonts["en"])
    left, right = figure.axes
    assert [bar.get_width() for bar in left.patches] == [0.8, 0.2]
    ends = [list(line.get_xdata()) for line in left.lines if len(line.get_xdata()) == 2]
    assert ends == [pytest.approx([0.74, 0.88]), pytest.approx([0.14, 0.28])]
    marks = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "D"]
    assert marks == [0.3, 0.3]


def test_causes_of_nobody_that_move_nothing_are_counted_and_not_drawn(fonts):
    """A cause of nobody is drawn only where it moves scores."""
    quiet = profile({"因病": 80, "因残": 0, "因学": 0}, mean=0.01)
    figure = profile_figure(quiet, whose=WHOSE, font=fonts["zh"])
    assert len(figure.axes[0].patches) == 1
    assert "另有2类不是任何户的首要原因" in words_on(figure)
    loud = profile_figure(profile({"因病": 80, "因残": 0}), whose=WHOSE, font=fonts["zh"])
    assert len(loud.axes[0].patches) == 2


def test_months_hold_every_cause_and_a_gap(fonts):
    """What has no panel of its own is in the last one: shares of a day add up to 1."""
    figure = months_figure(
        dict.fromkeys(DAYS, EVERY) | {DAYS[4]: SMALL}, whose=WHOSE, font=fonts["en"]
    )
    panels = [ax for ax in figure.axes if ax.get_visible()]
    assert len(panels) == MOST_PANELS
    lines = [ax.lines[0].get_ydata() for ax in panels]
    totals = [sum(values) for values in zip(*lines, strict=True)]
    assert totals == pytest.approx([1.0] * 4 + [float("nan")] + [1.0] * 4, nan_ok=True)
    assert {ax.get_ylim() for ax in panels} == {panels[0].get_ylim()}
    assert "not shown: 1" in words_on(figure)


def test_no_day_is_an_error(fonts):
    """There is nothing to draw."""
    with pytest.raises(SchemaError, match="no decision day"):
        months_figure({}, whose=WHOSE, font=fonts["en"])
