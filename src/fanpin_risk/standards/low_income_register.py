"""The register of low-income groups: six classes of 2024, who is in several, nobody counted twice.

Founding text 四（九）; policy notes 10. The listed enter without being identified anew. On the
living allowance and on destitute support are persons, as the register has them; the other classes
are those of the household, of members on neither allowance. The allowance's edge and difficulty
through rigid spending are what the rules say of the records: the civil affairs office recognises
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.worded import in_words

Frame = nw.DataFrame[pl.DataFrame]

TEKUN, DIBAO, LISTED = "tekun", "dibao", "listed"
EDGE, RIGID, OTHER = "dibao_edge", "rigid_spending", "other"
CLASS_WORDS: Final[dict[str, tuple[str, str]]] = {
    TEKUN: ("特困人员", "destitute support"),
    DIBAO: ("低保对象", "minimum living allowance"),
    LISTED: ("防止返贫监测对象", "listed by the monitoring of return to poverty"),
    EDGE: ("低保边缘家庭成员", "edge of the living allowance"),
    RIGID: ("刚性支出困难家庭成员", "in difficulty through rigid spending"),
    OTHER: ("其他低收入人口", "other low-income people"),
}
"""The six classes, in the order in which somebody in several is counted: the widest help first."""
NONE, OPEN = "none", "cannot_tell"
COUNTED_WORDS: Final[dict[str, tuple[str, str]]] = {
    **CLASS_WORDS,
    NONE: ("不属于低收入人口", "in none of the six classes"),
    OPEN: ("无法判断", "cannot tell"),
}
"""What a person is counted as: a class, none of them, or that it cannot be told."""
RULES_NEEDED: Final = (
    *("income_below_dibao_edge", "expenditure_poverty"),
    *("income_below_line", "income_after_rigid_below_line"),
)
"""Rules on households whose answers the register stands on."""
LISTED_COLUMN: Final = "is_listed"
"""The ledger's word on a household."""
_LOW: Final = ("income_below_line", "income_after_rigid_below_line")


@dataclass(frozen=True, kw_only=True)
class LowIncomeRegister:
    """The register on a day.

    Attributes
    ----------
    persons
        One row for each member on record, by ``person_id`` (bytes): ``person_id, household_id``;
        each of `CLASS_WORDS`, true, false, or null where it cannot be told; ``in_register``: in any
        of them, three-valued; ``counted``: a key of `COUNTED_WORDS`, never null, with
        ``counted_zh, counted_en``.
    households
        One row for each household with members on record, by ``household_id`` (bytes):
        ``household_id, n_members``; each of `CLASS_WORDS`, whether any member is in it,
        three-valued; ``in_register``; and how many members are counted as each, in ``n_<class>``,
        ``n_none, n_cannot_tell``, which add up to the members.
    classes
        One row for each of `COUNTED_WORDS`, in this order: ``class, class_zh, class_en``;
        ``n_in``: persons who are in it, whatever else they are in; ``n_open``: of whom it cannot be
        told (both null for the last two); ``n_counted``: counted as it. These add up to the
        persons: nobody counts twice.
    overlaps
        One row for each two classes, both orders and a class with itself: ``class, class_zh,
        class_en, other, other_zh, other_en``; ``n_both``: persons in both; ``n_possible``: in both,
        or of whom that cannot be told and nothing speaks against it.
    combinations
        One row for each set of classes that anybody is in, as ``classes`` (in order, with commas;
        empty: none that is known), ``classes_zh, classes_en, n_classes, n_persons``; they add up to
        the persons.
    """

    persons: pl.DataFrame
    households: pl.DataFrame
    classes: pl.DataFrame
    overlaps: pl.DataFrame
    combinations: pl.DataFrame


def low_income_register(answers: Answers, listed: Frame) -> LowIncomeRegister:
    """Who is in which of the six classes on a day.

    ``tekun, dibao``
        The member's newest answer on the register.
    ``listed``
        Everybody of a household that the ledger has on the list.
    ``dibao_edge``
        Household income below the allowance's edge (`income_below_dibao_edge`), and the member on
        neither allowance; a household below the allowance itself without being on it is here too.
    ``rigid_spending``
        The household meets `expenditure_poverty`, and the member is on neither allowance.
    ``other``
        The household's income, or what rigid spending leaves of it, is below the monitoring line,
        and the member is in none of the other five.

    A person counts as the first class in the order of `CLASS_WORDS`; as "cannot tell" where one
    that comes before it, or any, is not known.

    Parameters
    ----------
    answers
        Of `evaluate`, with the rules of `RULES_NEEDED`.
    listed
        ``household_id`` (once each), ``is_listed``: of `ledger_state`, for the same day. Of a
        household that is not in it, it is not known.

    Returns
    -------
    LowIncomeRegister

    Raises
    ------
    SchemaError
        If a rule was not asked, a column is missing, or a household stands twice.
    """
    _check(answers, listed)
    homes = answers.homes.select("home", "household_id", *RULES_NEEDED).join(
        listed.select("household_id", LISTED_COLUMN), on="household_id", how="left"
    )
    members = answers.persons.select("person_id", "home", "is_on_dibao", "is_on_tekun").join(
        homes, on="home", how="inner"
    )
    told = members.with_columns(**_own_classes()).with_columns(**_class_of_the_rest())
    told = told.with_columns(
        in_register=any_of(*[nw.col(name) for name in CLASS_WORDS]), counted=_counted()
    )
    told = told.with_columns(**in_words("counted", COUNTED_WORDS)).sort("person_id")
    return LowIncomeRegister(
        persons=told.select(
            *("person_id", "household_id", *CLASS_WORDS, "in_register"),
            *("counted", "counted_zh", "counted_en"),
        ).to_native(),
        households=_by_household(told),
        classes=_by_class(told),
        overlaps=_overlaps(told),
        combinations=_combinations(told),
    )


def _check(answers: Answers, listed: Frame) -> None:
    """Refuse what the register cannot stand on."""
    missing = [name for name in RULES_NEEDED if name not in answers.homes.columns]
    if missing:
        raise SchemaError(
            f"The register of low-income groups stands on the rules {missing}, which were not "
            "asked. Ask every rule of the catalogue."
        )
    lacking = [name for name in ("household_id", LISTED_COLUMN) if name not in listed.columns]
    if lacking:
        raise SchemaError(
            f"The listed households lack the columns {lacking}; they have {listed.columns}. Give "
            "those of `ledger_state`."
        )
    if listed["household_id"].n_unique() != len(listed):
        raise SchemaError("The listed households name one twice. Give one row for each.")


def _own_classes() -> dict[str, nw.Expr]:
    """Classes that do not stand on the others."""
    on_neither = all_of(~nw.col("is_on_tekun"), ~nw.col("is_on_dibao"))
    return {
        TEKUN: nw.col("is_on_tekun"),
        DIBAO: nw.col("is_on_dibao"),
        LISTED: nw.col(LISTED_COLUMN),
        EDGE: all_of(on_neither, nw.col("income_below_dibao_edge")),
        RIGID: all_of(on_neither, nw.col("expenditure_poverty")),
    }


def _class_of_the_rest() -> dict[str, nw.Expr]:
    """Low income, and none of the other classes."""
    others = [~nw.col(name) for name in CLASS_WORDS if name != OTHER]
    return {OTHER: all_of(any_of(*[nw.col(name) for name in _LOW]), *others)}


def _counted() -> nw.Expr:
    """First class in order; open as soon as one that comes before is not known."""
    counted: nw.Expr = nw.lit(NONE)
    for name in reversed(CLASS_WORDS):
        is_in = nw.col(name)
        counted = (
            nw.when(is_in)
            .then(nw.lit(name))
            .when(is_in.is_null())
            .then(nw.lit(OPEN))
            .otherwise(counted)
        )
    return counted


def _number(condition: nw.Expr) -> nw.Expr:
    """A condition as 1 where it holds, else 0."""
    return condition.fill_null(False).cast(nw.Int64)


def _by_household(told: Frame) -> pl.DataFrame:
    """Classes and counts of each household."""
    kinds = (*CLASS_WORDS, "in_register")
    marks = {f"{name}|in": _number(nw.col(name)) for name in kinds}
    marks |= {f"{name}|open": _number(nw.col(name).is_null()) for name in kinds}
    marks |= {f"n_{name}": _number(nw.col("counted") == name) for name in COUNTED_WORDS}
    counted = (
        told.select("household_id", **marks)
        .group_by("household_id")
        .agg(nw.len().cast(nw.Int64).alias("n_members"), *[nw.col(name).sum() for name in marks])
    )
    any_member = {
        name: nw.when(nw.col(f"{name}|in") > 0)
        .then(nw.lit(True))
        .when(nw.col(f"{name}|open") == 0)
        .then(nw.lit(False))
        for name in kinds
    }
    return (
        counted.with_columns(**any_member)
        .select(*("household_id", "n_members", *kinds), *[f"n_{name}" for name in COUNTED_WORDS])
        .sort("household_id")
        .to_native()
    )


def _by_class(told: Frame) -> pl.DataFrame:
    """Persons in each class, and counted as it."""
    rows = []
    for name, words in COUNTED_WORDS.items():
        is_class = name in CLASS_WORDS
        n_in = _total(told, nw.col(name)) if is_class else None
        n_open = _total(told, nw.col(name).is_null()) if is_class else None
        rows.append((name, *words, n_in, n_open, _total(told, nw.col("counted") == name)))
    texts = dict.fromkeys(("class", "class_zh", "class_en"), pl.String())
    counts = dict.fromkeys(("n_in", "n_open", "n_counted"), pl.Int64())
    return pl.DataFrame(rows, schema={**texts, **counts}, orient="row")


def _overlaps(told: Frame) -> pl.DataFrame:
    """Persons in each two classes."""
    rows = []
    for name, words in CLASS_WORDS.items():
        for other, other_words in CLASS_WORDS.items():
            both = all_of(nw.col(name), nw.col(other))
            n_both, n_open = _total(told, both), _total(told, both.is_null())
            rows.append((name, *words, other, *other_words, n_both, n_both + n_open))
    names = ("class", "class_zh", "class_en", "other", "other_zh", "other_en")
    counts = dict.fromkeys(("n_both", "n_possible"), pl.Int64())
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.String()), **counts}, orient="row")


def _total(told: Frame, condition: nw.Expr) -> int:
    """How many persons a condition holds of."""
    return len(told.filter(condition))


def _combinations(told: Frame) -> pl.DataFrame:
    """Persons by the set of classes that they are known to be in."""
    names = list(CLASS_WORDS)
    marked = told.select(*[_number(nw.col(name)).alias(name) for name in names])
    groups = marked.group_by(names).agg(n_persons=nw.len().cast(nw.Int64))
    rows = []
    for found in groups.sort(names, descending=True).iter_rows(named=True):
        held = [name for name in names if found[name]]
        rows.append((*_titles(held), len(held), found["n_persons"]))
    texts = dict.fromkeys(("classes", "classes_zh", "classes_en"), pl.String())
    counts = dict.fromkeys(("n_classes", "n_persons"), pl.Int64())
    return pl.DataFrame(rows, schema={**texts, **counts}, orient="row")


def _titles(held: Sequence[str]) -> tuple[str, str, str]:
    """Codes and words of some classes."""
    zh = "、".join(CLASS_WORDS[name][0] for name in held)
    en = ", ".join(CLASS_WORDS[name][1] for name in held)
    return ",".join(held), zh, en
