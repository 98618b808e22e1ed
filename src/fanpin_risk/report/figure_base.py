"""What all figures share: colours, sizes, the words on them, and their SVG text."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fanpin_risk.report.fonts import FigureFont
from fanpin_risk.report.readings import Reading
from fanpin_risk.report.words import Words

INK = "#1d2733"
MUTED = "#5d6875"
GRID = "#dde2e8"
MODEL_COLOUR = "#143a6e"
LOGISTIC_COLOUR = "#a8447a"
PAST_COLOUR = "#4f9a94"
RULES_COLOUR = "#e59a24"
RANDOM_COLOUR = "#cbd0d8"
"""From dark to light, so that they are told apart in grey too; markers differ as well."""

WIDTH = 5.4
"""Inches: two beside each other on a screen, one on a telephone, with letters that can be read."""
TITLE_EM = 32.0
"""Width of a title in widths of a Chinese sign."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one method is drawn everywhere."""

    colour: str
    marker: str
    line: str


STYLES: dict[str, Style] = {
    "lightgbm": Style(colour=MODEL_COLOUR, marker="o", line="-"),
    "rules_then_model": Style(colour=MODEL_COLOUR, marker="o", line="-"),
    "logistic": Style(colour=LOGISTIC_COLOUR, marker="D", line="--"),
    "weighted_past_income": Style(colour=PAST_COLOUR, marker="^", line="-."),
    "rules_order": Style(colour=RULES_COLOUR, marker="s", line="-"),
    "random": Style(colour=RANDOM_COLOUR, marker="x", line=":"),
}

SMALL = 9.4
"""Size of remarks, in points."""

_SETTINGS: Any = {
    "svg.fonttype": "none",  # letters stay letters: small, and the reader's own font draws them
    "svg.hashsalt": "fanpin_risk",  # the same figure has the same bytes
    "font.size": 10.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9.8,
    "ytick.labelsize": 9.8,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
}


@dataclass(frozen=True, kw_only=True)
class Pen:
    """Writes words in the language that the font can draw."""

    font: FigureFont

    def line(self, words: Words) -> str:
        """Chinese and English on one line, or English alone."""
        if self.font.language == "en" or words.zh == words.en:
            return self.font.drawable(words.en, otherwise="?")
        return self.font.drawable(f"{words.zh} {words.en}", otherwise=words.en)

    def lines(self, words: Words) -> str:
        """Chinese with English beneath, or English alone."""
        if self.font.language == "en" or words.zh == words.en:
            return self.font.drawable(words.en, otherwise="?")
        return self.font.drawable(f"{words.zh}\n{words.en}", otherwise=words.en)

    def first(self, words: Words) -> str:
        """Chinese alone, or English alone: for short labels that the page explains."""
        text = words.en if self.font.language == "en" else words.zh
        return self.font.drawable(text, otherwise=words.en)

    def title(self, figure: Figure, words: Words) -> None:
        """Put the finding above a figure, wrapped to its width."""
        parts = [words.en] if self.font.language == "en" else [words.zh, words.en]
        stretch = 1.2 if self.font.language == "en" else 1.0
        lines = [line for part in parts for line in wrapped(part, TITLE_EM, stretch=stretch)]
        text = "\n".join(lines)
        figure.suptitle(text, x=0.012, ha="left", fontsize=11.3, linespacing=1.35)

    def below(self, figure: Figure, words: Words) -> None:
        """Name the axis at the foot of a figure; it may be wider than the axes."""
        figure.supxlabel(self.lines(words), fontsize=10)


@contextmanager
def drawing(font: FigureFont) -> Iterator[Pen]:
    """Draw with the house style and a font, whatever the caller's settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS | font.settings)
        yield Pen(font=font)


def new_figure(height: float, *, n_rows: int = 1) -> tuple[Figure, list[Axes]]:
    """Make a figure of the common width without touching pyplot; its axes from the top down."""
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    axes = figure.subplots(n_rows, 1, squeeze=False)
    return figure, list(axes[:, 0])


def draw_interval(
    ax: Axes, found: Reading, *, at: float, colour: str, upright: bool = False
) -> None:
    """Draw the interval of a reading as a bar, if there is one."""
    if not found.has_interval or found.low is None or found.high is None:
        return
    ends, place = [found.low, found.high], [at, at]
    x, y = (place, ends) if upright else (ends, place)
    ax.plot(x, y, color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)


def svg_text(figure: Figure, *, label: str) -> str:
    """Return a figure as SVG to stand inside a page: no prologue, no metadata, no date.

    Parameters
    ----------
    figure
        Drawn in `drawing`.
    label
        What a screen reader says in its place.

    Returns
    -------
    str
        ``<svg ...>...</svg>``. The same figure gives the same text. Sizes scale with the page.
    """
    buffer = io.StringIO()
    with mpl.rc_context(_SETTINGS):
        figure.savefig(
            buffer,
            format="svg",
            metadata={"Creator": None, "Date": None, "Format": None, "Type": None},
        )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for dropped in (
        r"<metadata>.*?</metadata>\s*",
        r"<!--.*?-->\s*",
        r"<defs>\s*<style.*?</defs>\s*",
    ):
        text = re.sub(dropped, "", text, count=0, flags=re.DOTALL)
    text = re.sub(r'<g id="[\w.]+"', "<g", text)  # names that other figures of a page have too
    head, rest = text.split(">", 1)
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{html.escape(label)}">{rest}'.strip()


def wrapped(text: str, limit_em: float, *, stretch: float = 1.0) -> list[str]:
    """Break a text into lines of about equal width: between words, and beside Chinese signs.

    Parameters
    ----------
    text
        One paragraph.
    limit_em
        Width of the widest line, in widths of a Chinese sign; a closing sign may stand beyond it.
    stretch
        How much wider than usual the font's Latin letters are.

    Examples
    --------
    >>> wrapped("two words", 3)
    ['two', 'words']
    >>> wrapped("返贫风险预警，", 4)
    ['返贫风', '险预警，']
    """
    lines = _filled(re.findall(_PIECE, text), limit_em, stretch)
    clauses = _filled(re.findall(_CLAUSE, text), limit_em, stretch)
    if len(clauses) == len(lines) > 1 and max(width_em(c) for c in clauses) <= limit_em + 1:
        return clauses
    narrower = limit_em
    while narrower > 1:  # the same number of lines, none of them a leftover
        narrower -= 0.5
        closer = _filled(re.findall(_PIECE, text), narrower, stretch)
        if len(closer) > len(lines):
            break
        lines = closer
    return lines


_PIECE = r"[\u2e80-\uffef][，。；：、）！？”]*|\s+|[^\s\u2e80-\uffef]+"
"""What is never broken: a Chinese sign with what closes it, or a word."""
_CLAUSE = r"[^，。；：、]+[，。；：、]*"
"""Where a Chinese sentence is broken best."""


def _filled(pieces: Sequence[str], limit_em: float, stretch: float) -> list[str]:
    """Fill one line after another."""
    lines, line = [], ""
    for piece in pieces:
        whole = line + piece.rstrip("，。；：、）！？”")
        if line and width_em(whole, stretch=stretch) > limit_em:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def width_em(text: str, *, stretch: float = 1.0) -> float:
    """Width of a text in widths of a Chinese sign, roughly."""
    return sum(_sign_em(sign, stretch) for sign in text)


def _sign_em(sign: str, stretch: float) -> float:
    """Width of one sign: capitals are wider than figures, and those than small letters."""
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.0
    usual = 0.62 if sign.isupper() or sign == "%" else 0.56 if sign.isdigit() else 0.49
    return usual * stretch
