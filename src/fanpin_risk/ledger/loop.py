"""The closed loop by household: what rules on clues, notices, first help and exits look at."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import COUNT, DAY, FLAG, FactTheme
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.view import CountyView
from fanpin_risk.ledger.clocks import with_completed_months
from fanpin_risk.ledger.listings import spell_stages
from fanpin_risk.ledger.stages import clue_cases

Frame = nw.DataFrame[pl.DataFrame]

LOOP_FACTS: dict[str, nw.dtypes.DType] = {
    "has_open_clue_case": FLAG,
    "oldest_open_clue_day": DAY,
    "is_oldest_clue_checked": FLAG,
    "is_oldest_clue_confirmed": FLAG,
    "has_listing": FLAG,
    "newest_listing_day": DAY,
    "village_notice_days": COUNT,
    "village_notice_to_day": DAY,
    "is_helped_before_listing": FLAG,
    "first_help_day": DAY,
    "months_to_help": COUNT,
    "months_to_day_before_help": COUNT,
    "has_exit": FLAG,
    "newest_exit_day": DAY,
    "months_listed_before_exit": COUNT,
}
"""Columns of `loop_facts`, with their types."""


def loop_theme(facts: Facts) -> FactTheme:
    """The closed loop as a theme of the household's account, for `day_facts`.

    Parameters
    ----------
    facts
        Of the same day as the view that the theme is built from.

    Returns
    -------
    FactTheme
        Columns of `LOOP_FACTS` for each household of the view.
    """

    def build(county: CountyView, _choices: AccountChoices) -> Frame:
        homes = county.homes.select("home", "household_id")
        return _told_of(facts, homes).select("home", *LOOP_FACTS)

    return FactTheme(name="loop", level="household", columns=LOOP_FACTS, build=build)


def loop_facts(facts: Facts, households: Frame) -> Frame:
    """Where each household stands in the closed loop, before any limit is asked.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    households
        ``household_id`` of those asked about, current numbers, each once.

    Returns
    -------
    DataFrame
        One row for each household asked about, sorted by bytes; columns of `LOOP_FACTS`. Days since
        1970-01-01, months completed (`completed_months`); null: not on record, or cannot be told.

        ``has_open_clue_case``
            Whether a clue is open (`clue_cases`); null where of one it cannot be told.
        ``oldest_open_clue_day``, ``is_oldest_clue_checked``, ``is_oldest_clue_confirmed``
            Of the open clue of the earliest day (of several of that day the first by number): its
            day, whether somebody went to look, and whether it was confirmed.
        ``has_listing``, ``newest_listing_day``
            Whether the household was ever listed, and the first day of its newest spell.
        ``village_notice_days``, ``village_notice_to_day``
            Last day less first day of the notice before that spell, and its last day; null where
            one is not on record or they are the wrong way round.
        ``is_helped_before_listing``, ``first_help_day``
            Whether help came before that decision (`spell_stages`), and the first measure: before
            the decision if so, else within the spell.
        ``months_to_help``, ``months_to_day_before_help``
            From the decision to the first measure within the spell, else to its exit, else to the
            day; and to the day before that (-1 where that is the day before the decision).
        ``has_exit``, ``newest_exit_day``, ``months_listed_before_exit``
            Whether the household ever left the list, when last, and how long it had been on it;
            the last is null where the listing is not on record.
    """
    told = _told_of(facts, households.select("household_id"))
    return told.select("household_id", *LOOP_FACTS).sort("household_id")


def _told_of(facts: Facts, households: Frame) -> Frame:
    """Rows of households with the columns of `LOOP_FACTS`."""
    cases = clue_cases(facts)
    spells = spell_stages(facts, cases)
    placed = cases.filter(~nw.col("household_id").is_null())
    found = households
    parts = (
        _open_clues(placed),
        _unclear_clues(placed),
        _newest_listing(spells, facts.known.day),
        _newest_exit(spells),
    )
    for part in parts:
        found = found.join(part, on="household_id", how="left")
    kept = facts.known.tables
    flags = {"clue": "has_open_clue_case", "listing": "has_listing", "exit": "has_exit"}
    told = {
        name: nw.col(name).fill_null(False) if table in kept else nw.lit(None).cast(FLAG)
        for table, name in flags.items()
    }
    is_clear = ~nw.col("_is_unclear").fill_null(False)
    told["has_open_clue_case"] = nw.when(is_clear).then(told["has_open_clue_case"])
    return found.select(
        *households.columns,
        *[told.get(name, nw.col(name)).cast(kind).alias(name) for name, kind in LOOP_FACTS.items()],
    )


def _open_clues(placed: Frame) -> Frame:
    """Oldest open clue of each household: cases are sorted by day and number."""
    is_open = placed.filter(nw.col("is_open"))
    return is_open.unique(subset=["household_id"], keep="first", maintain_order=True).select(
        "household_id",
        oldest_open_clue_day=nw.col("warned_day"),
        is_oldest_clue_checked=nw.col("stage") != "warning",
        is_oldest_clue_confirmed=nw.col("stage") == "handling",
        has_open_clue_case=nw.lit(True),
    )


def _unclear_clues(placed: Frame) -> Frame:
    """Households with a clue of which it cannot be told whether it is open."""
    unclear = placed.filter(nw.col("is_open").is_null())
    return unclear.select("household_id").unique().with_columns(_is_unclear=nw.lit(True))


def _newest_listing(spells: Frame, day: int) -> Frame:
    """Notice and first help of each household's newest spell."""
    listed = spells.filter(~nw.col("listed_day").is_null())
    newest = _newest_spell(listed)
    before, within = nw.col("helped_before_day"), nw.col("first_measure_day")
    today = nw.lit(day).cast(nw.Int32)
    noticed = nw.col("noticed_to_day") - nw.col("noticed_from_day")
    told = newest.with_columns(
        _end=nw.coalesce("first_measure_day", "exited_day", today),
        _listed=nw.col("listed_day"),
    ).with_columns(_before_end=nw.col("_end") - 1)
    for name, end in (("months_to_help", "_end"), ("months_to_day_before_help", "_before_end")):
        told = with_completed_months(told, name, start="_listed", end=end)
    is_told = nw.col("is_measure_told")
    return told.select(
        "household_id",
        has_listing=nw.lit(True),
        newest_listing_day=nw.col("listed_day"),
        village_notice_days=nw.when(noticed >= 0).then(noticed),
        village_notice_to_day=nw.when(noticed >= 0).then(nw.col("noticed_to_day")),
        is_helped_before_listing=nw.when(is_told).then(~before.is_null()),
        first_help_day=nw.coalesce(before, within),
        months_to_help=nw.when(is_told).then(nw.col("months_to_help")),
        months_to_day_before_help=nw.when(is_told).then(nw.col("months_to_day_before_help")),
    )


def _newest_exit(spells: Frame) -> Frame:
    """Newest exit of each household that has one, and how long it had been listed."""
    exited = _newest_spell(spells.filter(~nw.col("exited_day").is_null()))
    return exited.select(
        "household_id",
        has_exit=nw.lit(True),
        newest_exit_day=nw.col("exited_day"),
        months_listed_before_exit=nw.col("listed_months"),
    )


def _newest_spell(spells: Frame) -> Frame:
    """Of each household the spell that most exits came before; spells are sorted by them."""
    return spells.unique(subset=["household_id"], keep="last", maintain_order=True)
