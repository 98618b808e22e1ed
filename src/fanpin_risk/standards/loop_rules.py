"""Rules on the closed loop: clues decided in time, notice, first measure, observation before exit.

They are rules about the work of offices, and never about a household's need: meeting one means that
something is overdue or was done too early.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from fanpin_risk.ledger.clocks import working_day_after
from fanpin_risk.standards.logic import all_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import Shown, StandardRule, parameter, today

_OWNER: Final = ("乡村振兴部门", "rural revitalisation office")


def clue_due_day() -> nw.Expr:
    """Last day on which the oldest open clue is decided in time; null without a limit or a clue.

    In days the clue's day is not counted and the last one is (policy notes, section 19); in working
    days as in `working_day_after`. Where a place has both limits the earlier day counts.
    """
    clue = nw.col("oldest_open_clue_day")
    working = working_day_after(clue, parameter("clue_to_decision_working"))
    return nw.min_horizontal(clue + parameter("clue_to_decision"), working)


def _clue_overdue(_readings: Readings) -> nw.Expr:
    """A clue is open past the day by which it is to be decided."""
    return all_of(nw.col("has_open_clue_case"), today() > clue_due_day())


def _notice_too_short(readings: Readings) -> nw.Expr:
    """The village notice was shorter than it must be."""
    difference = nw.col("village_notice_days")
    days = difference + 1 if readings.notice_days == "inclusive" else difference
    return all_of(nw.col("has_listing"), days < parameter("village_notice_min"))


def _first_measure_late(readings: Readings) -> nw.Expr:
    """No help began before the decision, and none within the months after it."""
    is_due_day_late = readings.first_measure_month == "exactly_one_month_is_late"
    months = nw.col("months_to_help" if is_due_day_late else "months_to_day_before_help")
    return all_of(
        nw.col("has_listing"),
        ~nw.col("is_helped_before_listing"),
        months >= parameter("first_measure_max"),
    )


def _exit_too_early(_readings: Readings) -> nw.Expr:
    """The household left the list before it had been on it for the months it must be."""
    return all_of(
        nw.col("has_exit"), nw.col("months_listed_before_exit") < parameter("exit_listed_min")
    )


LOOP_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="clue_overdue",
        title_zh="线索逾期未办结",
        title_en="a clue not decided in time",
        tests_zh="有线索尚未办结（未核实为不属实、未作决定、核实后也未帮扶），且已超过时限；线索当日不计，"
        "时限最后一日仍属按期；工作日为周一至周五，法定节假日不掌握，不予扣除",
        tests_en="a clue is open (not found untrue, not decided on, not confirmed and helped) and "
        "the last day in time is over; the clue's day is not counted, the last day is; working "
        "days are Monday to Friday, since public holidays are not on record",
        theme="loop",
        owner_zh=_OWNER[0],
        owner_en=_OWNER[1],
        source="policy notes 7; founding text 二（二）2.9, 四（九）",
        mark="A",
        condition=_clue_overdue,
        parameters=("clue_to_decision", "clue_to_decision_working"),
        shows=(
            Shown(
                column="oldest_open_clue_day",
                title_zh="最早未办结线索日期",
                title_en="oldest open clue of",
                unit="day",
                day="oldest_open_clue_day",
            ),
            Shown(
                column="is_oldest_clue_checked",
                title_zh="已有人核查",
                title_en="somebody went to look",
                unit="flag",
            ),
            Shown(
                column="is_oldest_clue_confirmed",
                title_zh="已核实",
                title_en="confirmed",
                unit="flag",
            ),
        ),
    ),
    StandardRule(
        name="notice_too_short",
        title_zh="村级公示天数不足",
        title_en="village notice too short",
        tests_zh="最近一次纳入前的村级公示天数少于规定天数，正好等于不算少",
        tests_en="the village notice before the newest listing was shorter than it must be; "
        "exactly as long is not shorter",
        theme="loop",
        owner_zh=_OWNER[0],
        owner_en=_OWNER[1],
        source="policy notes 7",
        mark="A",
        condition=_notice_too_short,
        parameters=("village_notice_min",),
        readings=("notice_days",),
        shows=(
            Shown(
                column="newest_listing_day",
                title_zh="纳入日期",
                title_en="listed on",
                unit="day",
                day="newest_listing_day",
            ),
            Shown(
                column="village_notice_days",
                title_zh="公示起止日之差",
                title_en="notice, last day less first",
                unit="days",
                day="village_notice_to_day",
            ),
        ),
    ),
    StandardRule(
        name="first_measure_late",
        title_zh="首项帮扶措施逾期",
        title_en="first measure late",
        tests_zh="纳入前未先行帮扶（绿色通道），且纳入后规定月数内没有帮扶措施；满月当日是否逾期依读法",
        tests_en="no help came before the decision (green channel) and none within the months "
        "after it; whether the very last day is late is a reading",
        theme="loop",
        owner_zh=_OWNER[0],
        owner_en=_OWNER[1],
        source="policy notes 7",
        mark="E",
        condition=_first_measure_late,
        parameters=("first_measure_max",),
        readings=("first_measure_month",),
        shows=(
            Shown(
                column="newest_listing_day",
                title_zh="纳入日期",
                title_en="listed on",
                unit="day",
                day="newest_listing_day",
            ),
            Shown(
                column="is_helped_before_listing",
                title_zh="纳入前已帮扶",
                title_en="help before the decision",
                unit="flag",
                day="newest_listing_day",
            ),
            Shown(
                column="first_help_day",
                title_zh="首项措施日期",
                title_en="first measure on",
                unit="day",
                day="first_help_day",
            ),
            Shown(
                column="months_to_help",
                title_zh="纳入至首项措施（或消除、当日）满",
                title_en="from listing to first measure, else exit or the day",
                unit="months",
            ),
        ),
    ),
    StandardRule(
        name="exit_too_early",
        title_zh="监测未满规定月数即消除风险",
        title_en="left the list too early",
        tests_zh="最近一次风险消除时，纳入监测未满规定月数，正好满月不算早",
        tests_en="at the newest exit the household had been listed for fewer months than it must "
        "be; exactly as many is not too early",
        theme="loop",
        owner_zh=_OWNER[0],
        owner_en=_OWNER[1],
        source="policy notes 8",
        mark="A",
        condition=_exit_too_early,
        parameters=("exit_listed_min",),
        shows=(
            Shown(
                column="newest_exit_day",
                title_zh="风险消除日期",
                title_en="left the list on",
                unit="day",
                day="newest_exit_day",
            ),
            Shown(
                column="months_listed_before_exit",
                title_zh="消除前纳入满",
                title_en="listed before for",
                unit="months",
                day="newest_exit_day",
            ),
        ),
    ),
)
"""The rules on the closed loop, in the order in which they are shown."""
