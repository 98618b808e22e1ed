"""Picture of one household's card: a column of lines, as high as there is to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fanpin_risk.report.figure_base import (
    GRID,
    INK,
    MODEL_COLOUR,
    MUTED,
    Pen,
    drawing,
    wrapped,
)
from fanpin_risk.report.fonts import FigureFont
from fanpin_risk.report.words import Words, capital, number

if TYPE_CHECKING:
    from fanpin_risk.report.household_card import CardFinding, HouseholdCard

CARD_WIDTH = 6.6
"""Inches."""
WARN = "#8c1d18"
MOST_RULES = 6
"""So many rules are named in the picture; the page names all."""
_MARGIN = 0.22
_BAR_AT, _BAR_WIDTH = 2.35, 2.6
_LEADING = 1.42
_POINTS = 72.0
_LATIN_STRETCH = 1.13
"""How much wider the Latin font's letters are than those beside Chinese."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One paragraph of a card, or one bar.

    Attributes
    ----------
    text
        Wrapped to the card's width.
    size
        In points.
    indent
        In inches.
    before
        Room above, in points.
    bar
        Length of a bar beside the text, as a share of the longest; None for none.
    bar_text
        What stands at the end of the bar.
    is_head
        Whether a rule is drawn beneath.
    """

    text: str
    size: float = 9.6
    colour: str = INK
    indent: float = 0.0
    before: float = 1.5
    bar: float | None = None
    bar_text: str = ""
    is_head: bool = False


def household_drawing(card: HouseholdCard, font: FigureFont) -> Figure:
    """Draw a card; its height follows its content.

    Parameters
    ----------
    card
        What is shown.
    font
        From `fanpin_risk.report.fonts.figure_font`. With a Chinese font the headings are Chinese
        with English and the rest Chinese, without one all is English.

    Returns
    -------
    Figure
        Finished, and no part of pyplot.
    """
    with drawing(font) as pen:
        banner = _broken(Line(text=_for_whom(pen), size=10.2, colour="white", before=5), pen)
        body = [_broken(line, pen) for line in card_lines(card, pen)]
        top = _height([banner]) + 0.08
        height = top + _height(body) + _MARGIN
        figure = Figure(figsize=(CARD_WIDTH, height))
        figure.set_layout_engine("none")  # every line has its place
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, CARD_WIDTH), ylim=(height, 0))
        ax.axis("off")
        ax.add_patch(Rectangle((0, 0), CARD_WIDTH, top, color=WARN, linewidth=0))
        _write(ax, [banner], at=0.0)
        _write(ax, body, at=top)
        figure.draw_without_rendering()  # words made while drawing keep the font
    return figure


def card_lines(card: HouseholdCard, pen: Pen) -> Iterator[Line]:
    """Everything that a card says below its banner, from the top down."""
    first = pen.first
    yield Line(
        text=f"{pen.line(Words('户编号', 'household'))} {card.household_id}",
        size=12.5,
        colour=MODEL_COLOUR,
        before=6,
    )
    day = first(Words(f"截至{card.as_of}", f"as of {card.as_of}"))
    yield Line(text=f"{day} · {first(card.planned)}", colour=MUTED)
    yield _head(pen, Words("风险", "risk"))
    yield Line(text=first(card.asked), colour=MUTED)
    if card.risk is None:
        yield Line(text=first(card.risk_words))
    else:
        yield Line(text=first(card.risk_words), size=14, colour=MODEL_COLOUR)
        yield Line(text=first(card.band_words))
    yield _head(pen, Words("什么推高了分数", "what raises the score"))
    yield from _reason_lines(card, pen)
    yield _head(pen, Words("规则怎么说", "what the rules say"))
    yield from _rule_lines(card, pen)
    if card.standings:
        yield _head(pen, Words("规则与模型对照", "rules beside model"))
        for row in card.standings:
            colon = "：" if pen.font.language == "zh" else ": "
            yield Line(text=f"{first(row.cause)}{colon}{first(row.says)}")
    yield _head(pen, Words("帮扶路径", "route"))
    yield Line(text=first(card.route))
    for at, words in enumerate(card.warnings):
        yield Line(text=first(words), size=8.8, colour=WARN, before=1 if at else 9)


def _for_whom(pen: Pen) -> str:
    """Line of the banner."""
    from fanpin_risk.report.household_card import FOR_WHOM  # the card draws itself with this file

    return pen.first(FOR_WHOM)


def _head(pen: Pen, words: Words) -> Line:
    """Heading of a part."""
    return Line(text=pen.line(words), size=10.6, colour=MODEL_COLOUR, before=8, is_head=True)


def _reason_lines(card: HouseholdCard, pen: Pen) -> Iterator[Line]:
    """Each reason: a bar, what the records say, and what a visit can lead to."""
    if not card.reasons:
        yield Line(text=pen.first(Words("没有明显推高风险的因素", "nothing raises the score")))
        return
    largest = max(reason.contribution for reason in card.reasons)
    for reason in card.reasons:
        size = number(reason.contribution, decimals=2, signed=True)
        day = reason.evidence_on
        end = size if day is None else f"{size}  ·  {day}"
        yield Line(
            text=pen.first(reason.cause),
            size=10.2,
            before=4,
            bar=reason.contribution / largest,
            bar_text=end,
        )
        yield Line(text=pen.first(reason.says), indent=0.2)
        if reason.to_do.zh:
            arrow = "" if pen.font.language == "zh" else "→ "
            yield Line(text=arrow + pen.first(reason.to_do), indent=0.2, size=9, colour=MUTED)
    note = Words(
        "条长和数字：对分数的贡献（对数几率）；日期：依据的记录日",
        "bars and numbers: contribution to the score (log-odds); days: of the record",
    )
    yield Line(text=pen.first(note), size=8.6, colour=MUTED, before=4)


def _rule_lines(card: HouseholdCard, pen: Pen) -> Iterator[Line]:
    """Rules that are met, and how many cannot tell."""
    if card.met:
        yield Line(text=pen.first(Words("符合：", "met:")) + _titles(card.met, pen))
    else:
        yield Line(text=pen.first(Words("没有规则符合", "no rule is met")))
    if card.cannot_tell:
        said = Words(
            "因缺资料无法判断（不等于“否”，请入户核实）：",
            "cannot tell for lack of records (which is not a no: ask at the visit):",
        )
        yield Line(text=pen.first(said) + _titles(card.cannot_tell, pen), colour=MUTED)


def _titles(findings: tuple[CardFinding, ...], pen: Pen) -> str:
    """Titles of the first few, and how many there are."""
    more = len(findings) - MOST_RULES
    is_zh = pen.font.language == "zh"
    text = ("；" if is_zh else "; ").join(pen.first(f.title) for f in findings[:MOST_RULES])
    text = text if is_zh else f" {text}"
    if more <= 0:
        return text
    return text + pen.first(Words(f"；等{len(findings)}项", f"; and {more} more"))


def _broken(line: Line, pen: Pen) -> Line:
    """A paragraph with its lines broken to the width that is left."""
    room = (CARD_WIDTH - 2 * _MARGIN - line.indent) * _POINTS / line.size
    stretch = 1.0 if pen.font.language == "zh" else _LATIN_STRETCH
    text = capital(line.text) if pen.font.language == "en" else line.text
    return replace(line, text="\n".join(wrapped(text, room, stretch=stretch)))


def _height(lines: list[Line]) -> float:
    """Height of some lines, in inches."""
    return sum(_step(line) + line.before / _POINTS for line in lines)


def _step(line: Line) -> float:
    """Height of one paragraph without the room above it, in inches."""
    n = 1 + line.text.count("\n")
    return (n * line.size * _LEADING + (3 if line.is_head else 0)) / _POINTS


def _write(ax: Axes, lines: list[Line], *, at: float) -> None:
    """Write lines from the top down."""
    for line in lines:
        at += line.before / _POINTS
        step = line.size * _LEADING / _POINTS
        left = _MARGIN + line.indent
        for n, text in enumerate(line.text.split("\n")):
            ax.text(
                left, at + (n + 0.5) * step, text,
                fontsize=line.size, color=line.colour, va="center_baseline",
            )  # fmt: skip
        if line.bar is not None:
            width = _BAR_WIDTH * line.bar
            top = at + 0.2 * step
            ax.add_patch(Rectangle((_BAR_AT, top), width, 0.6 * step, color=MODEL_COLOUR))
            ax.text(
                _BAR_AT + width + 0.08, at + 0.5 * step, line.bar_text,
                fontsize=9, color=MUTED, va="center_baseline",
            )  # fmt: skip
        at += _step(line)
        if line.is_head:
            ax.plot([_MARGIN, CARD_WIDTH - _MARGIN], [at, at], color=GRID, linewidth=0.8)
