"""The closed loop of a county in a few numbers, with words for a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.ledger.stages import CLEARED
from fanpin_risk.units import RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class LoopMeasure:
    """One number of the summary: how many of those asked it holds for.

    ``rows`` says whether clues or spells on the list are counted, ``asked`` which of them (None:
    all), and ``holds`` what is counted, three-valued.
    """

    name: str
    title_zh: str
    title_en: str
    rows: Literal["clues", "spells"]
    holds: nw.Expr
    asked: nw.Expr | None = None


def _measures() -> tuple[LoopMeasure, ...]:
    """Every number, in the order in which they are shown."""
    is_open = nw.col("is_open")
    is_listed = ~nw.col("listed_day").is_null()
    is_exit = ~nw.col("exited_day").is_null()
    state = nw.col("measure_state")
    return (
        LoopMeasure(
            name="clues_cleared",
            title_zh="线索已办结",
            title_en="clues cleared",
            rows="clues",
            holds=nw.when(~is_open)
            .then(nw.col("closed_by").is_in(list(CLEARED)))
            .when(is_open)
            .then(nw.lit(False)),
        ),
        LoopMeasure(
            name="clues_open",
            title_zh="线索未办结",
            title_en="clues open",
            rows="clues",
            holds=is_open,
        ),
        LoopMeasure(
            name="clues_overdue",
            title_zh="未办结线索中逾期的",
            title_en="open clues overdue",
            rows="clues",
            asked=is_open.fill_null(True),
            holds=nw.col("is_overdue"),
        ),
        LoopMeasure(
            name="clues_late",
            title_zh="线索超过时限（含已办结）",
            title_en="clues past their time, closed or open",
            rows="clues",
            holds=nw.col("is_late"),
        ),
        LoopMeasure(
            name="green_channel",
            title_zh="绿色通道：先帮扶、后办理",
            title_en="green channel: help before the decision",
            rows="clues",
            holds=nw.col("is_green_channel"),
        ),
        LoopMeasure(
            name="notices_short",
            title_zh="村级公示天数不足",
            title_en="village notices too short",
            rows="spells",
            asked=is_listed,
            holds=nw.col("is_notice_short"),
        ),
        LoopMeasure(
            name="first_measures_late",
            title_zh="首项帮扶措施逾期（含尚无措施）",
            title_en="first measures late, begun or not",
            rows="spells",
            asked=is_listed,
            holds=nw.col("is_measure_late"),
        ),
        LoopMeasure(
            name="without_measure_overdue",
            title_zh="逾期仍无帮扶措施",
            title_en="no measure yet, and overdue",
            rows="spells",
            asked=is_listed,
            holds=state == "overdue",
        ),
        LoopMeasure(
            name="exits_early",
            title_zh="监测未满规定月数即消除",
            title_en="exits before the months of observation",
            rows="spells",
            asked=is_exit,
            holds=nw.col("is_exit_early"),
        ),
    )


def loop_summary(cases: Frame, spells: Frame) -> pl.DataFrame:
    """How far the loop is closed: clues cleared, open, overdue; notices, first measures, exits.

    Parameters
    ----------
    cases
        Of `with_clue_clock`; those to be counted.
    spells
        Of `with_spell_clocks`; likewise.

    Returns
    -------
    DataFrame
        One row for each number: ``measure, title_zh, title_en``; ``count`` of those for which it
        holds, ``of`` those for which it can be told, ``cannot_tell`` the others that were asked;
        ``share_e4``: count of of, in ten-thousandths, rounded down; null without any.
    """
    rows = {"clues": cases, "spells": spells}
    found = [_row(measure, rows[measure.rows]) for measure in _measures()]
    schema = {
        **dict.fromkeys(("measure", "title_zh", "title_en"), pl.String()),
        **dict.fromkeys(("count", "of", "cannot_tell", "share_e4"), pl.Int64()),
    }
    return pl.DataFrame(found, schema=schema, orient="row")


def _row(measure: LoopMeasure, rows: Frame) -> tuple[str, str, str, int, int, int, int | None]:
    """One number."""
    asked = rows if measure.asked is None else rows.filter(measure.asked)
    holds = asked.select(holds=measure.holds)["holds"]
    unknown = int(holds.is_null().sum())
    told = len(holds) - unknown
    count = int(holds.fill_null(False).sum())
    share = count * RATIO_SCALE // told if told else None
    return (
        *(measure.name, measure.title_zh, measure.title_en),
        *(count, told, unknown, share),
    )
