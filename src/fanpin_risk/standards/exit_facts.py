"""What the findings of the day say of a household's exit, as facts for the rules on exits.

Rules on exits stand on what other rules found, of members and of the household alike, so they are
asked after all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.household.listed import FINDING_COLUMNS, LASTING, OPEN, of_cause
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.risks import GAPS, PERSONAL, SPENDING, WARNINGS, Judged
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.worded import SEPARATORS, joined

OPEN_RISKS: Final = (*GAPS, *WARNINGS, "public_post_ending", "unstable_wage_share_high")
"""Risks that can be closed; shocks are told by their days instead."""
LASTING_RISKS: Final = (*PERSONAL, "no_labour", "lack_of_labour")
"""Risks that last, so that help settles them: illness, disability, students, lack of labour."""


def with_finding_facts(
    facts: DayFacts, answers: Answers, *, marks_allowed: Sequence[str] = ()
) -> DayFacts:
    """Put the findings that an exit looks at in.

    Parameters
    ----------
    facts
        Of the day.
    answers
        Of `evaluate`, of every rule that they stand on, for the same day.
    marks_allowed
        Marks that a configuration names.

    Returns
    -------
    DayFacts
        The households of ``answers`` that the facts have, with the columns of `FINDING_COLUMNS`,
        three-valued:

        ``has_spending_problem, has_guarantee_gap``
            Whether any rule on spending that is to be solved, or on guarantees, is met.
        ``spending_problems, guarantee_gaps``
            Those that are met, in words; null: none is.
        ``open_<cause>``
            Whether any risk of the cause that can be closed is there; of 其他 it cannot be told.
        ``lasting_<cause>``
            Whether any lasting risk of the cause is there.

    Raises
    ------
    SchemaError
        If a rule that they stand on was not asked.
    """
    judged = Judged(answers=answers, marks_allowed=tuple(marks_allowed))
    found = {
        "has_spending_problem": judged.any_met(SPENDING),
        "has_guarantee_gap": judged.any_met(GAPS),
        "spending_problems": _titles(judged.rules(SPENDING)),
        "guarantee_gaps": _titles(judged.rules(GAPS)),
    }
    for prefix, names in ((OPEN, OPEN_RISKS), (LASTING, LASTING_RISKS)):
        rules = judged.rules(names)
        for cause in Cause:
            of_it = [rule.name for rule in rules if cause in rule.causes]
            found[of_cause(prefix, cause)] = judged.any_met(of_it)
    found[of_cause(OPEN, Cause.OTHER)] = nw.lit(None)
    asked = answers.homes.join(facts.homes.select("home"), on="home", how="semi")
    told = asked.select(
        "home", *[found[name].cast(kind).alias(name) for name, kind in FINDING_COLUMNS.items()]
    )
    others = [name for name in facts.homes.columns if name not in FINDING_COLUMNS]
    homes = facts.homes.select(others).join(told, on="home", how="inner")
    return DayFacts(as_of=facts.as_of, homes=homes, persons=facts.persons)


def _titles(rules: Iterable[StandardRule]) -> nw.Expr:
    """Rules that are met, in words; null for none."""
    text = joined(
        [(nw.col(rule.name), f"{rule.title_zh} {rule.title_en}") for rule in rules], SEPARATORS[1]
    )
    return nw.when(text != "").then(text)
