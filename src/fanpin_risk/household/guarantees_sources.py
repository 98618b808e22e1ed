"""Two sources for one question: an office's own records, and the register's snapshots.

The newer one counts; of one day the office's goes before the register's. Answers stand beside each
other in columns ``<source>|<question>`` with their day in ``<source>|<question>|day``.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import looked_up
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

OFFICE, REGISTER = "office", "register"
"""The two sources, in the order in which they go on one day."""


def first_day_that_counts(county: CountyView, choices: AccountChoices) -> int | None:
    """First day of evidence that still counts, as a day number; None without a limit.

    Evidence of exactly so many months before the day of decision counts.
    """
    if choices.evidence_limit_months is None:
        return None
    return day_number(add_months(county.known.as_of, -choices.evidence_limit_months))


def recent(rows: Frame, since: int | None, day: str = "occurred_day") -> Frame:
    """Rows of the first day that counts or later; all of them where there is no limit."""
    return rows if since is None else rows.filter(nw.col(day) >= since)


def beside(
    frame: Frame, answers: Frame | None, key: str, names: Sequence[str], source: str
) -> Frame:
    """Answers of a source beside the rows of a frame.

    Parameters
    ----------
    frame
        Rows with ``key``.
    answers
        One row for each key, with ``<name>`` and ``<name>|day`` for each question, as
        `latest_answers` gives them; None: the source is not kept, and answers nothing.
    key
        ``home`` or ``person``.
    names
        The questions.
    source
        `OFFICE` or `REGISTER`.
    """
    columns = [part for name in names for part in (name, f"{name}|day")]
    if answers is None:
        nothing = nw.lit(None).cast(nw.Int64())
        return frame.with_columns(nothing.alias(f"{source}|{name}") for name in columns)
    found = looked_up(frame, answers.select([key, *columns]), key)
    renamed = found.rename({name: f"{source}|{name}" for name in columns})
    return nw.concat([frame, renamed], how="horizontal")


def answer_of(source: str, question: str) -> nw.Expr:
    """What a source answers; null where it does not."""
    return nw.col(f"{source}|{question}")


def day_of_answer(source: str, question: str) -> nw.Expr:
    """Day of what a source answers."""
    return nw.col(f"{source}|{question}|day")


def newer(question: str) -> tuple[nw.Expr, nw.Expr]:
    """The answer that counts, and its day; null where neither source answers.

    Examples
    --------
    >>> rows = {"office|q": [1, 1, None], "office|q|day": [5, 5, None],
    ...         "register|q": [0, 0, 0], "register|q|day": [5, 6, 4]}
    >>> frame = nw.from_native(pl.DataFrame(rows), eager_only=True)
    >>> value, day = newer("q")
    >>> frame.select(q=value, day=day).rows()
    [(1, 5), (0, 6), (0, 4)]
    """
    first, second = answer_of(OFFICE, question), answer_of(REGISTER, question)
    first_day, second_day = day_of_answer(OFFICE, question), day_of_answer(REGISTER, question)
    is_second = ~second.is_null() & (first.is_null() | (second_day > first_day))
    return (
        nw.when(is_second).then(second).otherwise(first),
        nw.when(is_second).then(second_day).otherwise(first_day),
    )


def disagree(question: str) -> nw.Expr:
    """Whether both sources answer and contradict each other; never null."""
    first, second = answer_of(OFFICE, question), answer_of(REGISTER, question)
    return ~first.is_null() & ~second.is_null() & (first != second)


def is_yes(answer: nw.Expr) -> nw.Expr:
    """An answer of 0 or 1 as a truth value; null stays null."""
    return answer == 1


def of_this_home(rows: Frame, county: CountyView) -> Frame:
    """Rows about a home, without those from before its household split off or moved in."""
    begun = county.homes.filter(~nw.col("since_day").is_null()).select("home", "since_day")
    placed = rows.filter(~nw.col("home").is_null())
    if len(begun) == 0:
        return placed
    is_its_own = nw.col("since_day").is_null() | (nw.col("occurred_day") >= nw.col("since_day"))
    return placed.join(begun, on="home", how="left").filter(is_its_own).drop("since_day")
