"""The picture of a card: nothing beyond its edge, nothing on top of anything else, no box."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from matplotlib.text import Text

from fanpin_risk.report.figure_household import CARD_WIDTH, MOST_RULES
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.household_card import (
    FOR_WHOM,
    NOT_TOLD,
    CardFinding,
    CardReason,
    CardStanding,
    HouseholdCard,
)
from fanpin_risk.report.words import MADE_UP, NOT_FOR, Words

LONG = Words(
    "近12个月人均自付医疗费相当于监测线的35%，" * 4, "own medical cost per head of the line, " * 5
)


def finding(number: int) -> CardFinding:
    """A rule with its number in its title."""
    title = Words(f"第{number}条规则：家庭情况明显变差", f"rule {number}: clearly worse off")
    return CardFinding(title=title, evidence=LONG, is_must_visit=number == 1)


def reason(size: float, says: Words = LONG) -> CardReason:
    """A reason of some size."""
    return CardReason(
        cause=Words("因务工就业不稳", "unstable work"),
        contribution=size,
        says=says,
        to_do=Words("核实后可对接：就业帮扶", "job support"),
        evidence_on=date(2025, 8, 31),
    )


def card(**more) -> HouseholdCard:
    """A card with much on it."""
    standing = CardStanding(cause=Words("因病", "illness"), standing="agree", says=LONG)
    content = {
        "household_id": "SIM000001000969",
        "as_of": date(2025, 8, 31),
        "asked": Words("6个月内出现返贫致贫风险", "being found in need within 6 months"),
        "risk": 0.058,
        "tenth": 1,
        "n_scored": 2760,
        "not_shown": None,
        "reasons": (reason(1.5), reason(0.4), reason(0.06)),
        "met": tuple(finding(n) for n in range(1, 13)),
        "cannot_tell": tuple(finding(n) for n in range(1, 4)),
        "standings": (standing,) * 4,
        "planned": Words("规则必访", "must-visit"),
        "route": Words("一事一议", "case by case"),
        "is_made_up": True,
    }
    return HouseholdCard(**(content | more))


EMPTY = card(
    risk=None, tenth=None, not_shown=NOT_TOLD, reasons=(), met=(), cannot_tell=(), standings=()
)


@pytest.fixture(scope="module")
def font():
    """The machine's font."""
    return figure_font(notice=lambda _: None)


def texts(figure) -> list[Text]:
    """Every text that is seen."""
    found = figure.findobj(lambda artist: isinstance(artist, Text))
    return [t for t in found if t.get_visible() and t.get_text().strip() and t.axes.axison is False]


def words_on(figure) -> str:
    """All words of a figure, without the breaks between lines."""
    return "".join(t.get_text() for t in texts(figure))


@pytest.mark.parametrize("shown", [card(), EMPTY], ids=["much", "little"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_is_cut_off_or_covered(shown, language, font):
    """Every line lies inside the card, and none lies on another."""
    figure = shown.figure(language, font=font)
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts(figure)]
    assert len(boxes) > 8
    whole = figure.bbox
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.x1 <= whole.x1, text
        assert box.y0 >= 0, text
        assert box.y1 <= whole.y1, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        assert not a.shrunk(0.98, 0.7).overlaps(b.shrunk(0.98, 0.7)), (one, other)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_picture_says_for_whom_it_is_and_what_not_for(language, font):
    """Above and below, in the language of the card."""
    said = words_on(card().figure(language, font=font)).casefold().replace(" ", "")
    for words in (FOR_WHOM, NOT_FOR, MADE_UP):
        text = getattr(words, language)
        assert text.casefold().replace(" ", "") in said


def test_without_a_chinese_font_all_is_english():
    """No sign is asked of a font that lacks it."""
    none = figure_font(installed={}, notice=lambda _: None)
    assert all(ord(sign) < 0x2E80 for sign in words_on(card().figure("zh", font=none)))


def test_bars_are_as_long_as_contributions(font):
    """Lengths stand to each other as the contributions do."""
    figure = card(reasons=(reason(1.0), reason(0.25))).figure(font=font)
    (ax,) = figure.axes
    banner, *bars = [patch.get_width() for patch in ax.patches]
    assert banner == CARD_WIDTH
    assert bars[1] / bars[0] == pytest.approx(0.25)


def test_many_rules_are_counted(font):
    """The first few are named, and how many there are."""
    said = words_on(card().figure(font=font))
    assert f"第{MOST_RULES}条规则" in said
    assert f"第{MOST_RULES + 1}条规则" not in said
    assert "等12项" in said


def test_no_number_where_no_score_is_told(font):
    """Neither a share nor a band, but why there is none."""
    said = words_on(EMPTY.figure(font=font))
    assert NOT_TOLD.zh in said
    assert "%" not in said
    assert "一成" not in said


def test_more_to_say_makes_a_higher_card(font):
    """Nothing is squeezed: the width stays, the height follows."""
    much, little = card().figure(font=font), EMPTY.figure(font=font)
    assert much.get_figwidth() == little.get_figwidth() == CARD_WIDTH
    assert much.get_figheight() > 2 * little.get_figheight()
