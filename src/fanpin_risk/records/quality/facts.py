"""Facts about a member in one row of the member snapshot, as the checks read them."""

from __future__ import annotations

import polars as pl

from fanpin_risk.records.quality.model import completed_years, proven_or

NO_LABOUR = ("none", "lost")
"""无劳动力 and 丧失劳动力: no capacity at all."""
ABLE = ("ordinary", "skilled")
"""普通 and 技能劳动力: able to work in full. Weak or half labour is neither here nor there."""
BELONGS = ("present", "away")
"""States of a member who belongs to the household."""
OUT_OF_SCHOOL = "preschool_age"
"""The one school state of a child that attends no school."""

LABOUR = pl.col("labour_skill")
AGE = completed_years()


def belongs() -> pl.Expr:
    """Whether the row's person belongs to the household; never null.

    An export lists the members of a household, so a row without a state says that the person is
    one of them.
    """
    return pl.col("membership").is_null() | pl.col("membership").is_in(list(BELONGS))


def is_in_school() -> pl.Expr:
    """Whether the member attends a school on the day of the row.

    Of 文化程度 and 在校生状况 exactly one is filled (notes, section 13): a completed education
    without a school state means not in school; neither means unknown.
    """
    state = pl.col("school_state")
    return (
        pl.when(state.is_not_null())
        .then(state != OUT_OF_SCHOOL)
        .when(pl.col("education").is_not_null())
        .then(pl.lit(False))
    )


def works() -> pl.Expr:
    """Whether the member worked this year: a place of work proves it, else the months decide."""
    return proven_or(pl.col("work_months") > 0, pl.col("work_place_kind").is_not_null())


def has_public_post() -> pl.Expr:
    """Whether the member has a public-welfare post: its kind proves it, else the months decide."""
    return proven_or(pl.col("public_post_months") > 0, pl.col("public_post").is_not_null())


def works_in_any_way() -> pl.Expr:
    """Whether the member works or has a public post; months of work of 0 decide for no."""
    return proven_or(works(), has_public_post())


def has_basic_cover() -> pl.Expr:
    """Whether the member has basic medical insurance, of residents or of employees."""
    return pl.col("has_basic_medical") | pl.col("has_employee_medical")


def is_ill() -> pl.Expr:
    """Whether the member has a chronic or a serious illness."""
    return pl.col("is_chronically_ill") | pl.col("is_seriously_ill")
