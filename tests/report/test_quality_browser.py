"""The quality page in a real browser: every sign drawn, nothing fetched, nothing cut off."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from fanpin_risk.report.quality_html import SECTIONS
from fanpin_risk.report.quality_report import write_quality_report
from fanpin_risk.report.words import NOT_FOR

WIDTHS = (1280, 400)


def sibling(name: str):
    """Another test module of this folder, whose helpers are used here."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"sibling_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


chrome = sibling("test_report_browser")
small = sibling("test_quality_page")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """The page of a small report, and the one before anything arrived."""
    folder = tmp_path_factory.mktemp("pages")
    for name, report in (("full", small.report_of()), ("empty", small.empty_report())):
        write_quality_report(report, folder / name, font=small.QUIET)
    return {name: folder / name / "quality.html" for name in ("full", "empty")}


@pytest.fixture(scope="module")
def tabs(pages, tmp_path_factory):
    """Both pages at both widths."""
    chrome.require_browser()
    browser = chrome.Browser(tmp_path_factory.mktemp("profile"))
    yield {
        (name, width): browser.open(path, width=width)
        for name, path in pages.items()
        for width in WIDTHS
    }
    browser.close()


def test_every_section_is_seen_in_both_languages(tabs):
    """Each section takes room on the screen and has Chinese and English words."""
    for tab in tabs.values():
        sections = tab.value(chrome.VISIBLE_SECTIONS)
        assert [section["id"] for section in sections] == list(SECTIONS)
        for section in sections:
            assert section["height"] > 60
            assert re.search(r"[\u4e00-\u9fff]{4}", section["words"]), section["id"]
            assert re.search(r"[a-z]{4}", section["words"]), section["id"]


def test_no_sign_is_missing_from_the_fonts(tabs):
    """Every sign of every font used is drawn as something else than the box of a missing one."""
    found = tabs["full", 1280].value(chrome.SIGNS_NOT_DRAWN)
    assert found["n"] > 300
    assert found["bad"] == ""


def test_nothing_is_asked_from_the_network(tabs, pages):
    """The only address asked for is the page itself; the page's own policy was never broken."""
    for (name, _), tab in tabs.items():
        asked = [event["request"]["url"] for event in tab.heard("Network.requestWillBeSent")]
        assert asked == [pages[name].as_uri()]
        assert tab.heard("Log.entryAdded") == []


def test_nothing_sticks_out_sideways(tabs):
    """The page is as wide as its window; only tables scroll, inside their own box."""
    for (_, width), tab in tabs.items():
        found = tab.value(chrome.STICKING_OUT)
        assert found["inner"] == width
        assert found["wide"] <= width
        assert found["out"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_words_of_the_figure_are_inside_and_apart(tabs, width):
    """In the reader's own font no upright word is cut off or covers another."""
    (figure,) = tabs["full", width].value(chrome.FIGURE_TEXTS)
    assert figure["id"] == "figure-trend"
    left, top, right, bottom = figure["edge"]
    for text in figure["texts"]:
        a, b, c, d = text["box"]
        inside = a >= left - 1 and b >= top - 1 and c <= right + 1 and d <= bottom + 1
        assert inside, text["words"]
    upright = [text["box"] for text in figure["texts"] if not text["tilted"]]
    for i, one in enumerate(upright):
        for two in upright[i + 1 :]:
            across = min(one[2], two[2]) - max(one[0], two[0])
            down = min(one[3], two[3]) - max(one[1], two[1])
            assert across < 2 or down < 0.5 * min(one[3] - one[1], two[3] - two[1])


def test_passed_and_failed_have_colours_of_their_own(tabs):
    """Green is for the check that evaluated something; what did not run looks like neither."""
    colours = tabs["full", 1280].value(
        "Object.fromEntries([...document.querySelectorAll('td.state span')].map(s =>"
        " [s.className, getComputedStyle(s).backgroundColor]))"
    )
    distinct = {colours[f"state-{name}"] for name in ("passed", "failed", "always_fails")}
    others = ("nothing_evaluated", "unknown_only", "not_run", "parameter_missing", "left_out")
    grey = {colours[f"state-{name}"] for name in others}
    assert len(distinct) == 3
    assert len(grey) == 1
    assert not grey & distinct


def test_what_it_is_not_for_is_seen_wherever_one_reads(tabs):
    """The notice stays at the top of the window from the first line to the last."""
    for share in (0, 0.5, 1):
        found = tabs["full", 400].value(f"{chrome.BANNER_AT}({share})")
        assert found["seen"]
        assert NOT_FOR.zh in found["words"]
        assert NOT_FOR.en in found["words"]
