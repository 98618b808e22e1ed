"""What the page says that depends on the kind of records: one value that both kinds fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fanpin_risk.report.words import Words


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One number of the page: its name, the number as text, and what it is of."""

    name: Words
    value: str
    about: Words


@dataclass(frozen=True, kw_only=True)
class RuleWords:
    """One rule: code, name, what it tests, theme, owner, and households by its answer.

    ``n_cannot_tell`` is None for evidence, of which only what is met is told.
    """

    code: str
    title: Words
    tests: Words
    theme: str
    owner: Words
    n_met: int
    n_not_met: int
    n_cannot_tell: int | None


@dataclass(frozen=True, kw_only=True)
class PageWords:
    """Paragraphs of the page's sections that differ between a survey and a register.

    Attributes
    ----------
    question
        What is asked, a paragraph each.
    cohort
        Rows of the definitions: name and paragraph.
    facts
        The few numbers of the cohort.
    methods, visits, views, origins, calibration, missed, unknown, final_fold
        The paragraph of the section of that name; ``visits`` and ``calibration`` have more of it in
        the template.
    scored
        Of this round: who was on record, scored and not, and how many visits are planned.
    counted
        The same as an equation, for the section on the quality of the data.
    left_out
        What these records cannot give, and why.
    rules
        The rules in words and counts.
    has_final_fold
        Whether any outcomes are kept back.
    titles
        Headings of sections that are called otherwise than in ``SECTIONS``.
    """

    question: tuple[Words, ...]
    cohort: tuple[tuple[Words, Words], ...]
    facts: tuple[Fact, ...]
    methods: Words
    visits: Words
    views: Words
    origins: Words
    calibration: Words
    missed: Words
    unknown: Words
    final_fold: Words
    scored: Words
    counted: Words
    left_out: tuple[Words, ...] = ()
    rules: tuple[RuleWords, ...] = ()
    has_final_fold: bool = True
    titles: Mapping[str, Words] = field(default_factory=dict)
