"""One household's card for the cadre who visits: score, reasons, rule findings, route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from fanpin_risk.report.figure_household import household_drawing
from fanpin_risk.report.fonts import (
    LATIN_PAGE_FONTS,
    PAGE_FONTS,
    FigureFont,
    Language,
    figure_font,
)
from fanpin_risk.report.picture import write_picture
from fanpin_risk.report.words import MADE_UP, NOT_FOR, Words, number

FOR_WHOM = Words(
    "仅供入户干部使用，不得张贴、公示或转发",
    "for the visiting cadre only: not to be posted, published or passed on",
)
"""Stands on every card: public sheets carry no reason."""
ONLY_HINTS = Words(
    "分数只提示先去看谁：规则结论不因分数改变，分数低也不说明没有困难",
    "a score only says whom to visit first: it changes no rule's finding, and a low one does not "
    "say that there is no need",
)
"""Stands beside every score."""
NOT_TOLD = Words(
    "分数不在前一半，不显示；不说明没有困难",
    "the score is not in the upper half and is not shown; that does not say there is no need",
)
"""Stands where a score would be: no sheet lists a low one."""
BY_LOT = Words(
    "随机抽查户：为求公正，走访前不显示分数",
    "drawn by lot: to look without prejudice, no score is shown before the visit",
)
"""Stands where the score of a household of the random check would be."""
NO_REASON = Words("没有明显推高风险的因素", "nothing raises the score")
NO_RULE = Words("没有规则符合", "no rule is met")

_BANDS = ("最高的一成", "第二高的一成", "第三高的一成", "第四高的一成", "第五高的一成")
_TENTHS = ("highest tenth", "second-highest tenth", "third-highest tenth", "fourth-highest tenth",
           "fifth-highest tenth")  # fmt: skip
SHOWN_BANDS = len(_BANDS)
"""So many tenths from the top are told: the upper half."""

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("fanpin_risk.report", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, kw_only=True)
class CardReason:
    """One reason of the score.

    Attributes
    ----------
    cause
        Official word and its English.
    contribution
        In log-odds, above 0.
    says, to_do
        What the records say; what a visit can lead to (empty where nothing is said).
    evidence_on
        Day of the record; None where it has none.
    """

    cause: Words
    contribution: float
    says: Words
    to_do: Words
    evidence_on: date | None


@dataclass(frozen=True, kw_only=True)
class CardFinding:
    """One rule that is met or cannot tell: its title, the values looked at, who answers for it."""

    title: Words
    evidence: Words
    is_must_visit: bool


@dataclass(frozen=True, kw_only=True)
class CardStanding:
    """How rules and model stand to each other in one cause: code and words."""

    cause: Words
    standing: str
    says: Words


@dataclass(frozen=True, kw_only=True)
class HouseholdCard:
    """What the records, the rules and the score say of one household on one day.

    Made by `fanpin_risk.report.household_cards.household_card`. Shown in Jupyter by itself. Holds
    no name, number or address of a person, and nothing of a sensitive indicator.

    Attributes
    ----------
    household_id
        The household's number in the records.
    as_of
        Day of decision.
    asked
        What the risk is of.
    risk
        In [0, 1]; None where it is not shown: below the upper half, or drawn by lot.
    tenth
        1 for the tenth of the scored households with the highest risk; None with ``risk``.
    n_scored
        Households scored on the day.
    not_shown
        Why there is no score; None where there is one.
    reasons
        Causes that raise the score, as ranked.
    met, cannot_tell
        Rules about the household, those that ask for a visit first.
    standings
        Rules beside model, by cause.
    planned
        Why the household is on this round's plan, or that it is not.
    route
        The way of help that the rules point to.
    is_made_up
        Whether the records are simulated.
    """

    household_id: str
    as_of: date
    asked: Words
    risk: float | None
    tenth: int | None
    n_scored: int
    not_shown: Words | None
    reasons: tuple[CardReason, ...]
    met: tuple[CardFinding, ...]
    cannot_tell: tuple[CardFinding, ...]
    standings: tuple[CardStanding, ...]
    planned: Words
    route: Words
    is_made_up: bool = False

    @property
    def risk_words(self) -> Words:
        """The risk in percent and as so many of a thousand households, or why it is not shown."""
        if self.risk is None or self.tenth is None:
            return self.not_shown or NOT_TOLD
        share, of_thousand = risk_texts(self.risk)
        return Words(
            f"{share}（每千户约{of_thousand}户）", f"{share} (about {of_thousand} in 1,000)"
        )

    @property
    def band_words(self) -> Words:
        """Where the household stands among those scored; empty where the score is not shown."""
        if self.tenth is None:
            return Words("", "")
        n = f"{self.n_scored:,}"
        return Words(
            f"当日评分{n}户中{_BANDS[self.tenth - 1]}",
            f"{_TENTHS[self.tenth - 1]} of {n} households scored",
        )

    @property
    def warnings(self) -> tuple[Words, ...]:
        """What stands at the foot of every card."""
        made_up = (MADE_UP,) if self.is_made_up else ()
        return (ONLY_HINTS, NOT_FOR, *made_up)

    def _repr_html_(self) -> str:
        """Return a piece of a page, Chinese first and English beside: no script, no network."""
        largest = max((reason.contribution for reason in self.reasons), default=1.0)
        return _ENVIRONMENT.get_template("household_card.html.j2").render(
            card=self,
            for_whom=FOR_WHOM,
            no_reason=NO_REASON,
            no_rule=NO_RULE,
            number=number,
            share=lambda reason: round(100 * reason.contribution / largest),
            fonts=_css(PAGE_FONTS),
            latin_fonts=_css(LATIN_PAGE_FONTS),
        )

    def figure(self, language: Language = "zh", *, font: FigureFont | None = None) -> Figure:
        """Draw the card, to be printed or kept.

        Parameters
        ----------
        language
            ``zh``: Chinese with English headings; ``en``: English alone.
        font
            From `fanpin_risk.report.fonts.figure_font`; this machine's when left out. Without a
            Chinese font the card is English whatever is asked for.

        Returns
        -------
        Figure
            Finished, and no part of pyplot; its height follows its content.
        """
        if language == "en":
            return household_drawing(self, figure_font(installed={}, notice=lambda _: None))
        return household_drawing(self, font or figure_font())

    def save(
        self, path: Path, language: Language = "zh", *, font: FigureFont | None = None
    ) -> None:
        """Write the card as a picture: the same card and font give the same bytes.

        Parameters
        ----------
        path
            Ends in ``.png`` or ``.svg``. What stood there is replaced when the picture is complete.
        language, font
            As `figure`.

        Raises
        ------
        SchemaError
            If the ending is another one.
        OutputError
            If the file cannot be written.
        """
        write_picture(self.figure(language, font=font), path)


def risk_texts(risk: float) -> tuple[str, str]:
    """A risk in percent, and as a number of households in a thousand.

    Examples
    --------
    >>> risk_texts(0.0124), risk_texts(0.0004), risk_texts(0.256)
    (('1.2%', '12'), ('<0.1%', '<1'), ('25.6%', '256'))
    """
    share = "<0.1%" if risk < 0.001 else f"{risk:.1%}"
    return share, "<1" if risk < 0.001 else f"{1000 * risk:.0f}"


def _css(families: Sequence[str]) -> Markup:
    """Font families as a style sheet names them."""
    return Markup(", ".join(f"'{name}'" if " " in name else name for name in families))
