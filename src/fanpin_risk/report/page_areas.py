"""What the page says of places and of the records themselves: many at once, and bunching."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.happenings import APART_MONTHS
from fanpin_risk.areas.told import AlarmTold, BunchingTold
from fanpin_risk.report.tables_areas import month_text
from fanpin_risk.report.words import Words, count

AREA_SECTIONS: dict[str, Words] = {
    "many": Words("何处成规模", "Many at once"),
    "bunching": Words("收入记录在线附近", "Incomes on record near the line"),
}
"""Sections that only a page with places and records to tell of has, in their order."""
ABOUT_RECORDS = Words(
    "这是关于记录的数字，从不说明任何一个人或一户。",
    "This says something about the records, never about a person or a household.",
)
"""Stands above everything that is said of bunching."""
MOST_SAID = 8
"""So many alarms of the last month are said in full; the files have all."""


@dataclass(frozen=True, kw_only=True)
class ManyWords:
    """Paragraphs of the section on many at once; ``last`` has a sentence for each alarm named."""

    counted: Words
    promise: Words
    found: Words
    last: tuple[Words, ...]
    mind: Words


@dataclass(frozen=True, kw_only=True)
class BunchingWords:
    """Paragraphs of the section on bunching."""

    about: Words
    asked: Words
    used: Words
    mind: Words


def many_words(told: AlarmTold) -> ManyWords:
    """Say what is counted, what was promised, what rang, and what to mind."""
    return ManyWords(
        counted=Words(
            "计数的是户：某月某原因，村里有几户被查实有困难、遇到变故或出现线索。同一户同一原因，"
            f"{APART_MONTHS}个月内的后续记录算同一件。村和乡镇与自身的过去及其他地方的同月相比，"
            "全县与往年同月相比；全县共有的季节变化和集中排查不算成规模。",
            "Households are counted: how many of a place were found in need, met with a shock, or "
            "had a clue, by month and cause. Records of one household and cause within "
            f"{APART_MONTHS} months of each other are one. Villages and townships are set against "
            "their own past and the others' month, the county against the same months of earlier "
            "years: a season or a round of visits that the whole county shares is no excess.",
        ),
        promise=promise_words(told.report.settings),
        found=found_words(told),
        last=last_words(told),
        mind=Words(
            "预警只提示该去看看：可能是灾害、疫病、行情，也可能是一次集中登记。不得据以评价村和干部，"
            "也不说明任何一户。最近几个月的记录还会陆续补录，所以近月宁少勿多。",
            "An alarm says where to look: it may be a disaster, a disease or a market, or a day on "
            "which much was entered. No village or cadre is appraised by it, and it says nothing "
            "of any household. Records of the last months still come in, so those months show too "
            "little rather than too much.",
        ),
    )


def promise_words(settings: AlarmSettings) -> Words:
    """How often it rings falsely, at most and on average.

    Examples
    --------
    >>> promise_words(AlarmSettings()).en[:60]
    'False alarms: in a quiet year at most 0.5 on average, all vi'
    """
    rate, least = f"{settings.false_alarms_a_year:g}", settings.least_households
    return Words(
        f"误报：平常年份，所有村、乡镇、全县、原因、产品、窗口和月份加在一起，平均每年不超过{rate}次。"
        f"这是平均次数的上限，不是“从不误报”。不足{least}户的从不预警，也不显示。",
        f"False alarms: in a quiet year at most {rate} on average, all villages, townships, the "
        "county, causes, products, windows and months together. That bounds an average and does "
        f"not mean never. Fewer than {least} households never ring and are never shown.",
    )


def found_words(told: AlarmTold) -> Words:
    """How many months were judged, and how many alarms there were, in all and in the last."""
    months = told.report.months
    if months.is_empty():
        return Words(
            "无法判断：没有写明村的记录，或还没有足够的整月。",
            "Cannot be told: no village is on record, or too few whole months have passed.",
        )
    first, last = (month_text(int(months["month"][at])) for at in (0, -1))
    total, of_last = int(months["n_alarms"].sum()), int(months["n_alarms"][-1])
    return Words(
        f"判断了{first}至{last}共{months.height}个月：预警{count(total)}次"
        f"（地方×原因×产品×窗口），其中最近一月{last}有{count(of_last)}次。",
        f"Judged were {months.height} months, {first} to {last}: {count(total)} alarms (areas by "
        f"cause, product and window), {count(of_last)} of them in the last month, {last}.",
    )


def last_words(told: AlarmTold) -> tuple[Words, ...]:
    """Say the alarms of the last month, for each cause and level the clearest; a few at most."""
    months, rows = told.report.months, told.report.rows
    if months.is_empty():
        return ()
    rang = rows.filter("is_alarm", pl.col("month") == months["month"][-1])
    clearest = rang.unique(["cause", "level"], keep="first", maintain_order=True).head(MOST_SAID)
    return tuple(Words(*texts) for texts in clearest.select("text_zh", "text_en").iter_rows())


def near_line_words(told: BunchingTold) -> BunchingWords:
    """Say what is asked, what could be used, and what it cannot tell."""
    used = told.used
    return BunchingWords(
        about=ABOUT_RECORDS,
        asked=Words(
            "收入由人填写，而纳入和消除都看线。离线较远的记录说明线附近本该有多少在线下、多少在线上；"
            "未在册户多在线下，或在册户多在线上，就是聚集。每个收入与其登记当日的线相比；"
            "作出决定当日登记的，算决定之前。",
            "People write incomes down, and entry and exit look at the line. Records further away "
            "tell how many near it should lie below and above; too many below of households not "
            "listed, or above of those listed, is bunching. Each income is set against the line of "
            "its day; one written on the day of a decision counts as before it.",
        ),
        used=Words(
            f"登记收入{count(used.n_on_record)}条；当日没有线的{count(used.n_no_line)}条、"
            f"不知当时是否在册的{count(used.n_not_told)}条未用。消除时填写的收入不用：它们本来就因在"
            "线上而被选出。",
            f"Incomes on record: {count(used.n_on_record)}; not used: {count(used.n_no_line)} "
            f"without a line that day, {count(used.n_not_told)} of households of which it is not "
            "known whether they were listed. Incomes written at an exit are not used: they were "
            "chosen for lying above.",
        ),
        mind=Words(
            "聚集也可能来自政策：例如帮扶把收入提到线以上一点。对记录作任何结论之前，先看当地还有什么"
            "变化；复核应针对填报过程，不针对个人。“未见”不等于没有：看“多大才看得出”。",
            "A programme that lifts incomes to just above the line looks the same: see what else "
            "changes there before anything is said of the records, and look into how they are "
            "written, not into persons. “None seen” is not none: see from which size it is seen.",
        ),
    )
