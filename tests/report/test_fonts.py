"""Figures are Chinese where there is a font, else English with one notice; boxes never."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import font_manager

from fanpin_risk.report.fonts import (
    CHINESE_FONTS,
    LATIN_FONT,
    NO_FONT,
    figure_font,
    installed_fonts,
)

LATIN = Path(font_manager.findfont(LATIN_FONT))
INSTALL = "No Chinese font is installed. On Debian or Ubuntu: apt-get install fonts-wqy-microhei"


@pytest.fixture(scope="module")
def chinese() -> Path:
    """A Chinese font of this machine; where tests must run, there has to be one."""
    found = installed_fonts(CHINESE_FONTS)
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(INSTALL)
    return next(iter(found.values()))


def test_the_first_installed_font_of_the_list_is_chosen(chinese):
    """The list's order decides, and not that of the machine."""
    installed = {"second": chinese, "first": chinese}
    font = figure_font(
        wanted=("absent", "first", "second"), installed=installed, notice=pytest.fail
    )
    assert (font.family, font.language) == ("first", "zh")
    assert font.settings["font.family"] == ["first", LATIN_FONT]


@pytest.mark.parametrize(
    "unusable",
    [
        pytest.param(LATIN, id="a font without Chinese signs"),
        pytest.param(Path("/nowhere/gone.ttf"), id="a font that was removed"),
        pytest.param(Path(__file__), id="a file that is no font"),
    ],
)
def test_a_font_counts_only_if_it_can_draw_chinese(chinese, unusable):
    """What is on the list but cannot draw Chinese is passed over, so no box is ever drawn."""
    font = figure_font(
        wanted=("broken", "good"),
        installed={"broken": unusable, "good": chinese},
        notice=pytest.fail,
    )
    assert font.family == "good"


def test_without_a_chinese_font_there_is_exactly_one_notice():
    """The notice says what to install; it is told once for all figures."""
    told: list[str] = []
    font = figure_font(installed={}, notice=told.append)
    assert (font.family, font.language) == (None, "en")
    assert told == [NO_FONT]
    assert "apt-get install fonts-wqy-microhei" in NO_FONT
    assert "\n" not in NO_FONT


def test_the_notice_is_a_log_record_and_no_warning(caplog):
    """Left to itself the notice is logged: a run that treats warnings as errors goes on."""
    with caplog.at_level(logging.WARNING):
        figure_font(installed={})
    assert [record.getMessage() for record in caplog.records] == [NO_FONT]


def test_signs_that_cannot_be_drawn_are_replaced():
    """A place name in Chinese never becomes a row of boxes in an English figure."""
    font = figure_font(installed={}, notice=lambda _: None)
    assert font.drawable("County 7\nnorth", otherwise="?") == "County 7\nnorth"
    assert font.drawable("江北", otherwise="place 3") == "place 3"


def in_new_process(code: str, tmp_path: Path, **environment: str) -> str:
    """Print of some code in a process with a font list of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"MPLCONFIGDIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_machine_without_fonts_falls_back_to_english(tmp_path):
    """On a machine that has no fonts of its own the choice is English, with one notice."""
    code = (
        "from fanpin_risk.report.fonts import figure_font; told = [];"
        "print(figure_font(notice=told.append).language, len(told))"
    )
    assert in_new_process(code, tmp_path, MPL_IGNORE_SYSTEM_FONTS="1").split() == ["en", "1"]


def test_a_font_installed_after_matplotlib_made_its_list_is_found(tmp_path, chinese):
    """Matplotlib's list is kept for years; a font that it does not know is looked for."""
    code = (
        "from matplotlib import font_manager as fm; m = fm.fontManager;"
        "m.ttflist = [f for f in m.ttflist if 'DejaVu' in f.name];"
        "from fanpin_risk.report.fonts import figure_font; told = [];"
        "print(figure_font(notice=told.append).language, len(told))"
    )
    assert in_new_process(code, tmp_path).split() == ["zh", "0"]
