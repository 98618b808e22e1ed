"""Figures say no more than their intervals, draw no box, cut off no word, are the same twice."""

from __future__ import annotations

import io
import itertools
import json
import re
import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.text import Text

from fanpin_risk.errors import SchemaError
from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
from fanpin_risk.report import figure_base
from fanpin_risk.report.figure_base import STYLES, svg_text, wrapped
from fanpin_risk.report.figure_explanation import (
    FEWEST_HOUSEHOLDS,
    cause_shares,
    indicator_shares,
)
from fanpin_risk.report.figure_missed import missed_words
from fanpin_risk.report.figure_origins import origins_words, reliability_words
from fanpin_risk.report.figure_targeting import FurtherRow, differences_words, further_words
from fanpin_risk.report.figures import FIGURES, report_figures
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.lists import MissedGroup
from fanpin_risk.report.readings import Reading
from fanpin_risk.report.terms import SURVEY_TERMS
from fanpin_risk.report.words import Words

HAN = re.compile(r"[\u4e00-\u9fff]")
COLUMNS = columns_of(CATALOGUE)
REFERENCE = Path(__file__).resolve().parent.parent / "reference"
slow_cause = runpy.run_path(str(REFERENCE / "slow_reasons.py"))["slow_cause"]


@pytest.fixture(scope="module")
def fonts():
    """The machine's font, and no font."""
    return {
        "installed": figure_font(notice=lambda _: None),
        "none": figure_font(installed={}, notice=lambda _: None),
    }


@pytest.fixture(scope="module")
def drawn(content, fonts):
    """Every figure with the machine's font and without one."""
    return {name: report_figures(content, font=font) for name, font in fonts.items()}


def texts(figure) -> list[Text]:
    """Every text of a figure that is seen."""
    found = figure.findobj(lambda artist: isinstance(artist, Text))
    unseen = {label for ax in figure.axes for label in beyond_the_axes(ax)}
    return [t for t in found if t.get_visible() and t.get_text().strip() and t not in unseen]


def beyond_the_axes(ax) -> list[Text]:
    """Labels of ticks that Matplotlib keeps and does not draw."""
    ticks = [
        (tick, *sorted(axis.get_view_interval()))
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
    ]
    return [tick.label1 for tick, low, high in ticks if not low <= tick.get_loc() <= high]


def text_of(svg: str) -> str:
    """All words of an SVG."""
    return " ".join("".join(node.itertext()) for node in ElementTree.fromstring(svg).iter())


def test_every_figure_is_drawn(drawn):
    """The names are those that pages and runs use."""
    assert tuple(drawn["installed"]) == FIGURES
    assert tuple(drawn["none"]) == FIGURES


@pytest.mark.parametrize("font", ["installed", "none"])
@pytest.mark.parametrize("name", FIGURES)
def test_no_word_is_a_box(drawn, font, name):
    """Matplotlib warns of a missing glyph, and a warning is an error here."""
    drawn[font][name].savefig(io.BytesIO(), format="png", dpi=50)


def test_without_a_chinese_font_figures_are_english(drawn, fonts):
    """Not a single Chinese sign is left; with a font Chinese comes with English."""
    for name in FIGURES:
        assert not HAN.search(text_of(svg_text(drawn["none"][name], label="x")))
    if fonts["installed"].language == "zh":
        for name in FIGURES:
            words = text_of(svg_text(drawn["installed"][name], label="x"))
            assert HAN.search(words)
            assert re.search(r"[a-z]{4}", words)


@pytest.mark.parametrize("font", ["installed", "none"])
@pytest.mark.parametrize("name", FIGURES)
def test_words_stay_inside_the_figure_and_off_each_other(drawn, font, name):
    """Nothing is cut off at the edge, and no two texts cover one another."""
    figure = drawn[font][name]
    figure.draw_without_rendering()
    edge = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    for words, box in boxes:
        inside = (box.x0 >= edge.x0 - 1, box.x1 <= edge.x1 + 1, box.y0 >= -1, box.y1 <= edge.y1 + 1)
        assert all(inside), f"{words!r} is cut off"
    tilted = {text.get_text() for text in texts(figure) if text.get_rotation() % 90}
    for (first, a), (second, b) in itertools.combinations(boxes, 2):
        if first in tilted or second in tilted:
            continue
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert width < 2 or height < 2, f"{first!r} covers {second!r}"


def test_the_same_content_gives_the_same_bytes(content, fonts, drawn):
    """Drawn again, under other settings of the caller, a figure is the same text."""
    for name in ("installed", "none"):
        first = {figure: svg_text(drawn[name][figure], label="x") for figure in FIGURES}
        with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": "other"}):
            figures = report_figures(content, font=fonts[name])
            again = {figure: svg_text(figures[figure], label="x") for figure in FIGURES}
        assert again == first


def test_the_callers_matplotlib_is_left_as_it_was(content, fonts):
    """Neither settings nor open figures of pyplot change."""
    before = dict(mpl.rcParams)
    report_figures(content, font=fonts["none"])
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


def test_svg_stands_in_a_page_without_asking_for_anything(drawn):
    """Well-formed, sized by the page, with its finding in words; no date, no style, no address."""
    for figure in drawn["installed"].values():
        svg = svg_text(figure, label='finding <i> & "more"')
        root = ElementTree.fromstring(svg)
        assert root.attrib["aria-label"] == 'finding <i> & "more"'
        assert "width" not in root.attrib
        assert "viewBox" in root.attrib
        assert not re.search(r"metadata|<style|<!--|<\?xml|DOCTYPE|dc:|\d{4}-\d{2}-\d{2}T", svg)
        links = re.findall(r'(?:href|src)="([^"]*)"|url\(([^)]*)\)', svg)
        assert all((a or b).startswith("#") for a, b in links)
        assert not re.search(r'<g id="', svg)


def test_methods_are_told_apart_in_grey():
    """Any two that share a figure differ in lightness by ten or more, and in their markers."""

    def lightness(colour: str) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in mpl.colors.to_rgb(colour)
        ]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        return 116 * luminance ** (1 / 3) - 16

    styles = [STYLES[m] for m in STYLES if m != "rules_then_model"]
    for a, b in itertools.combinations(styles, 2):
        assert abs(lightness(a.colour) - lightness(b.colour)) >= 10
        assert a.marker != b.marker
    assert min(lightness(style.colour) for style in styles) < 30 < 95
    assert lightness(figure_base.INK) < 30


def row(share: str, value: float, low: float | None, high: float | None) -> FurtherRow:
    """A ratio of falls in the further visits."""
    return FurtherRow(view="all", share=share, ratio=Reading(value=value, low=low, high=high))


@pytest.mark.parametrize(
    ("rows", "zh", "en"),
    [
        pytest.param(
            [row("2%", 1.4, 1.2, 1.6), row("5%", 1.3, 1.1, 1.5)],
            "是规则顺序的1.30–1.40倍",
            "1.30 to 1.40 times",
            id="both clearly more",
        ),
        pytest.param(
            [row("2%", 1.4, 0.9, 1.9), row("5%", 1.3, 1.1, 1.5)],
            "（+5%），模型找到的返贫户是规则顺序的1.30倍",
            "(+5%) the model finds 1.30 times",
            id="only what is clear is claimed",
        ),
        pytest.param(
            [row("2%", 1.4, 0.9, 1.9)], "看不出", "no clear difference", id="an interval over 1"
        ),
        pytest.param(
            [row("2%", 1.4, None, None)], "看不出", "no clear difference", id="no interval"
        ),
        pytest.param(
            [row("2%", 0.8, 0.7, 0.9), row("5%", 1.3, 1.1, 1.5)],
            "少于规则顺序",
            "at +2% the model finds fewer",
            id="worse is said first",
        ),
    ],
)
def test_titles_claim_what_intervals_allow(rows, zh, en):
    """The title of the further visits follows the intervals and not the values."""
    words = further_words(rows, SURVEY_TERMS)
    assert zh in words.zh
    assert en in words.en


def test_differences_name_the_baselines_that_cannot_be_told_apart():
    """A baseline whose interval holds 0 is named as such."""
    clear = Reading(value=0.03, low=0.02, high=0.04)
    open_ = Reading(value=0.01, low=-0.01, high=0.03)
    assert (
        "every interval is above 0"
        in differences_words({"vep": clear, "logistic": clear}, SURVEY_TERMS).en
    )
    said = differences_words({"vep": clear, "logistic": open_}, SURVEY_TERMS)
    assert said.en.endswith("for logistic regression that cannot be said")
    assert "不能断定" in said.zh
    assert "No baseline" in differences_words({"logistic": open_}, SURVEY_TERMS).en


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        pytest.param(0.9, 1.1, "agree", id="holds 1"),
        pytest.param(1.05, 1.3, "too high", id="above 1"),
        pytest.param(0.6, 0.9, "too low", id="below 1"),
    ],
)
def test_calibration_is_judged_by_its_interval(metrics, low, high, said):
    """The level is right, too high or too low as the interval of expected over observed says."""
    of_model = dict(metrics["views"]["all"]["methods"]["lightgbm"])
    of_model["expected_over_observed"] = {
        "value": (low + high) / 2,
        "jackknife_low": low,
        "jackknife_high": high,
    }
    methods = metrics["views"]["all"]["methods"] | {"lightgbm": of_model}
    changed = metrics | {
        "views": metrics["views"] | {"all": metrics["views"]["all"] | {"methods": methods}}
    }
    assert said in reliability_words(changed).en


def test_origins_are_counted(metrics):
    """How often the model is above the rules is counted over every origin."""
    origins = [
        {"methods": {"lightgbm": {"auc": a}, "rules_order": {"auc": b}}}
        for a, b in ((0.8, 0.7), (0.7, 0.75), (0.82, 0.7))
    ]
    assert "at 2 of 3 origins" in origins_words(origins).en
    assert "between 0.700 and 0.820" in origins_words(origins).en


def group(label: str, value: float | None, low: float | None = None) -> MissedGroup:
    """A group with an exclusion error."""
    found = Reading(value=value, low=low, high=None if low is None else 0.99)
    words = Words(label, label)
    return MissedGroup(
        kind=Words("人口", "size"),
        label=words,
        n_households=100,
        n_known=90,
        n_fell=50,
        plan=found,
        rules=found,
    )


def test_groups_are_named_only_if_clearly_missed_more():
    """A group is named when its whole interval lies above everybody's value."""
    groups = [group("all", 0.5), group("alone", 0.8, low=0.6), group("pairs", 0.7, low=0.45)]
    said = missed_words(groups, SURVEY_TERMS).en
    assert "misses 50%" in said
    assert said.endswith("more often: alone")


def test_causes_add_up_and_are_ordered(content):
    """Mean absolute contributions of causes are those of a plain loop over households."""
    shares = cause_shares(content.explanation, COLUMNS)
    parts, values = content.explanation.values.tolist(), content.explanation.data.tolist()
    for share in shares:
        totals = [
            sum(part for i, part in enumerate(mine) if slow_cause(i, row, COLUMNS) is share.cause)
            for mine, row in zip(parts, values, strict=True)
        ]
        assert share.mean_absolute == pytest.approx(np.mean(np.abs(totals)))
        assert share.mean_raising == pytest.approx(np.mean([max(t, 0) for t in totals]))
    sizes = [share.mean_absolute for share in shares]
    assert sizes == sorted(sizes, reverse=True)


def one_column(values, parts):
    """Contributions of one numeric column."""
    column = next(c for c in COLUMNS if c.indicator.unit == "ratio")
    explanation = SimpleNamespace(
        values=np.array(parts, dtype=float)[:, None], data=np.array(values, dtype=float)[:, None]
    )
    return indicator_shares(explanation, [column])[0]


def test_low_and_high_are_the_ends_of_the_known_values():
    """The lowest and the highest fifth are averaged; the unknown belong to neither."""
    values = [*range(100), *[np.nan] * 10]
    parts = [*(-v for v in range(100)), *[1000.0] * 10]
    found = one_column(values, parts)
    assert found.low == pytest.approx(-np.mean(range(20)))
    assert found.high == pytest.approx(-np.mean(range(80, 100)))


def test_yes_and_no_are_the_ends_of_a_truth_value():
    """When most households share a value its two sides are set apart."""
    found = one_column([0] * 90 + [1] * 30, [-1.0] * 90 + [2.0] * 30)
    assert (found.low, found.high) == (-1.0, 2.0)


def test_a_mean_never_stands_for_few_households():
    """A side with fewer households than the least is not shown."""
    found = one_column([0] * 90 + [1] * (FEWEST_HOUSEHOLDS - 1), [-1.0] * 90 + [2.0] * 19)
    assert (found.low, found.high) == (-1.0, None)
    assert one_column([3] * 50, [0.0] * 50).low is None


def test_place_names_without_a_font_are_no_boxes(content, fonts):
    """Regions with Chinese names are drawn in an English figure as something that can be drawn."""
    renamed = content.predictions.with_columns(region=pl.concat_str(pl.lit("江北"), "region"))
    changed = replace(content, predictions=renamed)
    figure = report_figures(changed, font=fonts["none"])["missed"]
    figure.savefig(io.BytesIO(), format="png", dpi=50)


def test_long_texts_are_broken_between_words_and_never_before_a_stop():
    """No line is longer than asked, none begins with a closing sign, nothing is lost."""
    text = "模型找到的返贫户，是规则顺序的1.23–1.41倍；in equally many further visits（+5%）。"
    lines = wrapped(text, 9)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "，。；：、）" for line in lines)
    assert all(figure_base.width_em(line) <= 11 for line in lines)


def test_contributions_must_fit_the_columns(content, small):
    """An explanation of other columns is refused by name."""
    with pytest.raises(SchemaError, match="explanation's values have the shape"):
        small.content(content.predictions, content.metrics, columns=COLUMNS[:3])
    with pytest.raises(SchemaError, match=r"predictions lack the columns \['must_visit'\]"):
        small.content(content.predictions.drop("must_visit"), content.metrics)


def test_without_an_interval_the_level_is_not_judged(metrics):
    """Neither right nor wrong is claimed; the value is shown."""
    of_model = dict(metrics["views"]["all"]["methods"]["lightgbm"])
    of_model["expected_over_observed"] = {"value": 0.78}
    methods = metrics["views"]["all"]["methods"] | {"lightgbm": of_model}
    changed = metrics | {
        "views": metrics["views"] | {"all": metrics["views"]["all"] | {"methods": methods}}
    }
    said = reliability_words(changed)
    assert said.en.startswith("Without an interval the level cannot be judged: expected/observed 0")
    assert "不能断定" in said.zh


def test_a_slope_far_out_is_named_and_does_not_flatten_the_others(content, metrics, small, fonts):
    """One slope of 26 leaves the band around 1 to be seen."""
    origins = json.loads(json.dumps(metrics["origins"]))
    origins[0]["methods"]["lightgbm"]["calibration_slope"] = 26.318
    changed = small.content(content.predictions, metrics | {"origins": origins})
    figure = report_figures(changed, font=fonts["none"])["origins"]
    below = figure.axes[1]
    assert below.get_ylim()[1] < 4
    assert "26.3" in [text.get_text() for text in below.texts]
    plain = report_figures(content, font=fonts["none"])["origins"].axes[1]
    assert plain.texts[:] == []
