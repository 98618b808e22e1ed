"""Public-welfare posts about to end, as a queue of their own: a fall of income that is foreseeable.

What the founding text says of posts (三（六）) makes the written end a day to act before.
"""

from __future__ import annotations

import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts.codes import PUBLIC_POSTS
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.rule import CANNOT_TELL, MET
from fanpin_risk.standards.work_rules import POST_RULE

SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "place": pl.String(),
    "post": pl.String(),
    "ends_on": pl.Date(),
    "days_left": pl.Int64(),
    "answer": pl.String(),
    "words_zh": pl.String(),
    "words_en": pl.String(),
}


def post_queue(answers: Answers) -> pl.DataFrame:
    """Posts that end within the horizon, and posts of which it cannot be told.

    Parameters
    ----------
    answers
        Of `evaluate`, with the rule on posts among its rules.

    Returns
    -------
    DataFrame
        One row for each post: ``household_id, place, post`` (a code of the contract), ``ends_on``
        (null: no end is written), ``days_left`` (0: the last day is the day of decision; null
        likewise), ``answer`` (met, or cannot tell), ``words_zh, words_en``. Ends first come first;
        those that are not known come last, by household (bytes). Nobody's number, name or wage is
        in it.

    Raises
    ------
    SchemaError
        If the answers lack the rule on posts.
    """
    persons, homes = answers.persons.to_native(), answers.homes.to_native()
    if POST_RULE not in persons.columns:
        raise SchemaError(
            f"The answers lack the rule {POST_RULE!r}, which fills the queue of posts. "
            "Ask it with the others."
        )
    is_open = pl.col(POST_RULE).is_null()
    asked = persons.filter(pl.col(POST_RULE) | (is_open & pl.col("is_on_post"))).join(
        homes.select("home", "household_id", "place"), on="home", how="left"
    )
    day = pl.col("post_end_day")
    answer = pl.when(is_open).then(pl.lit(CANNOT_TELL)).otherwise(pl.lit(MET))
    rows = asked.select(
        *("household_id", "place", "post"),
        ends_on=day.cast(pl.Int32).cast(pl.Date),
        days_left=day - pl.col("as_of_day"),
        answer=answer,
    ).with_columns(*_words())
    ordered = rows.sort("ends_on", "household_id", "post", nulls_last=True)
    return ordered.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _words() -> tuple[pl.Expr, pl.Expr]:
    """What an officer reads of a post, in Chinese and English."""
    day, left = pl.col("ends_on").dt.to_string("%Y-%m-%d"), pl.col("days_left").cast(pl.String)
    is_written = pl.col("ends_on").is_not_null()
    zh, en = _post(0), _post(1)
    told_zh = pl.concat_str(zh, pl.lit("，"), day, pl.lit("到期，还有"), left, pl.lit("天"))
    told_en = pl.concat_str(en, pl.lit(", ends on "), day, pl.lit(", days left: "), left)
    open_zh, open_en = (
        pl.concat_str(post, pl.lit(words))
        for post, words in ((zh, "，未写明到期日"), (en, ", no end written"))
    )
    return (
        pl.when(is_written).then(told_zh).otherwise(open_zh).alias("words_zh"),
        pl.when(is_written).then(told_en).otherwise(open_en).alias("words_en"),
    )


def _post(language: int) -> pl.Expr:
    """Title of a post in Chinese (0) or English (1)."""
    titles = {code: words[language] for code, words in PUBLIC_POSTS.words.items()}
    return (
        pl.col("post")
        .replace_strict(titles, default=None, return_dtype=pl.String)
        .fill_null(("公益性岗位", "public-welfare post")[language])
    )
