"""Readings chosen where the text is silent: named settings, each with its words.

They are readings, not facts; a county's lawyer can choose otherwise in ``readings.yaml`` beside the
standards, or under ``readings:`` in a configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import polars as pl
from pydantic import Field

from fanpin_risk.standards.reading_field import reading
from fanpin_risk.standards.readings_of_proposal import ProposalReadings

READINGS_FILE = "readings.yaml"


class Readings(ProposalReadings):
    """One setting for each point on which the text is silent (policy notes, section 19)."""

    per_head_rounding: Literal["none", "down_to_fen", "half_up_to_yuan"] = reading(
        "人均与标准比较",
        "per head at a line",
        none=(
            "不取整：总额小于标准乘人口才算低于，等于标准既不算低于也不算高于",
            "no rounding: below means the total is under line times heads; on it is neither",
        ),
        down_to_fen=("人均先舍到分再比较", "income per head is cut to the fen first"),
        half_up_to_yuan=(
            "人均先四舍五入到元再比较",
            "income per head is rounded to the yuan first",
        ),
    )
    missing_part: Literal["bounded", "cannot_tell"] = reading(
        "收入缺项",
        "a part of income not on record",
        bounded=(
            "已登记部分无论缺项多少都能定论时作答，否则无法判断（经营收入可为负，其余不为负）",
            "answered where the parts on record decide it whatever the rest is, else cannot tell",
        ),
        cannot_tell=("有缺项即无法判断", "any missing part: cannot tell"),
    )
    who_counts: Literal["on_the_day", "living_and_leaving_income_out"] = reading(
        "计入人口与收入",
        "who counts",
        on_the_day=(
            "按判断当日成员计；期内已故或离开成员的收入计入",
            "members on the day; income in the window of who died or left since counts",
        ),
        living_and_leaving_income_out=(
            "按判断当日成员计；已故或离开成员的收入不计",
            "members on the day; income of members who died or left does not count",
        ),
    )
    own_budget_member: Literal["counts_until_recorded_apart", "left_out"] = reading(
        "户籍在册但单独生活的成员",
        "a registered member with an own budget",
        counts_until_recorded_apart=(
            "登记为分户前计入，并另示不计该成员的结果",
            "counts until recorded as apart; the answer without that member is shown",
        ),
        left_out=("不计入", "is left out"),
    )
    window_of_income: Literal["months_covered", "day_of_payment"] = reading(
        "收入归期",
        "when income belongs to a window",
        months_covered=(
            "工资和经营收入按所属月份，转移和租金收入按支付日",
            "work and business by the months they cover, transfers and rents by day of payment",
        ),
        day_of_payment=("一律按支付或登记日", "everything by the day of payment"),
    )
    business_loss: Literal["set_off", "floor_at_zero"] = reading(
        "经营亏损",
        "a loss in business",
        set_off=(
            "与其他收入相抵，并另示不计亏损的收入",
            "is set against other income; income without it is shown",
        ),
        floor_at_zero=("按零计，不冲减其他收入", "counts as zero"),
    )
    not_income_items: Literal["left_out", "counted"] = reading(
        "报销、理赔、借款、变卖财产",
        "reimbursements, insurance claims, loans, sales of assets",
        left_out=("不算收入", "are no income"),
        counted=("算收入", "count as income"),
    )
    d_item_rules: Literal["only_when_named", "always"] = reading(
        "D级收支项目规则",
        "item rules marked D",
        only_when_named=("配置写明D级时才适用", "apply only when the configuration names mark D"),
        always=("一律适用", "always apply"),
    )
    collection_year_closes: Literal["after_30_september", "on_30_september"] = reading(
        "10月至次年9月采集年度",
        "October to September year",
        after_30_september=(
            "9月30日终了结束，当日仍未结束",
            "closes at the end of 30 September, still open on it",
        ),
        on_30_september=("9月30日当日视为结束", "is closed on 30 September"),
    )
    national_floor_ends: Literal["on_its_date", "until_replaced"] = reading(
        "国家6000元底线",
        "national floor of 6000",
        on_its_date=(
            "至2021年12月31日；2022年起无自定标准的地方没有标准",
            "ends 2021-12-31; from 2022 a place without its own record has none",
        ),
        until_replaced=("沿用至有新标准", "is carried on until replaced"),
    )
    heilongjiang_line_ends: Literal["on_its_date", "until_replaced"] = reading(
        "黑龙江2021年监测线",
        "Heilongjiang's line of 2021",
        on_its_date=(
            "6000元至2021年12月31日，以后由用户提供，不沿用",
            "6000 until 2021-12-31; afterwards the user supplies, nothing is carried over",
        ),
        until_replaced=("沿用至用户提供新标准", "is carried on until the user supplies another"),
    )
    minimum_wage_2017_ends: Literal["on_its_date", "until_replaced"] = reading(
        "2017年最低工资标准",
        "minimum wage of 2017",
        on_its_date=(
            "至2021年3月31日，其后至2024年4月30日由用户提供",
            "ends 2021-03-31; from then to 2024-04-30 the user supplies",
        ),
        until_replaced=("沿用至有新标准", "is carried on until replaced"),
    )
    year_only_dates: Literal["from_1_january", "cannot_tell_in_first_year"] = reading(
        "只知年份的日期",
        "year-only dates",
        from_1_january=(
            "自当年1月1日起，注明“起始日不明”；至同地后一标准为止",
            "from 1 January, marked day unknown, until a later record of the same place",
        ),
        cannot_tell_in_first_year=("起始当年无法判断", "cannot tell in the first year"),
    )
    special_against_later_general: Literal["special_stays", "later_general_replaces"] = reading(
        "下级标准与上级后来的标准",
        "a special place against a later general one",
        special_stays=(
            "下级标准在自身更新前仍适用，并提示上级有新值",
            "the special one stays until its own successor, with a warning",
        ),
        later_general_replaces=("上级后来的标准代替下级标准", "the later general one replaces it"),
    )
    deduction_day: Literal["day_of_decision", "months_worked"] = reading(
        "务工成本扣减所用工资标准的日期",
        "day of the wage for the deduction",
        day_of_decision=(
            "按判断当日有效的最低工资",
            "the minimum wage in force on the day of decision",
        ),
        months_worked=("按务工最后一月有效的最低工资", "the one in force in the last month worked"),
    )
    deduction_place: Literal["latest_place_of_work", "home"] = reading(
        "务工成本扣减所用工资标准的地点",
        "place of the wage for the deduction",
        latest_place_of_work=(
            "按最近务工地，每年每人一次",
            "the latest place of work, once a year and worker",
        ),
        home=("按户籍所在地", "the place of the household"),
    )
    deduction_cap: Literal["not_cut", "cut_at_earned"] = reading(
        "扣减额是否以务工收入为限",
        "the deduction against what was earned",
        not_cut=("不以务工收入为限", "is not cut at what was earned"),
        cut_at_earned=("以务工收入为限", "is cut at what was earned"),
    )
    deduction_without_rule: Literal["cannot_tell", "none"] = reading(
        "所在省没有登记扣减规定",
        "a province without the deduction on record",
        cannot_tell=("无法判断", "cannot tell"),
        none=("不扣减", "nothing is deducted"),
    )
    thirty_days_or_month: Literal["days", "calendar_month"] = reading(
        "三十日或一个月",
        "30 days or a month",
        days=("按日计，首日不计、末日计入", "days: the first is not counted, the last is"),
        calendar_month=("按对应日计一个月", "a month, to the same day of the next"),
    )
    notice_days: Literal["difference", "inclusive"] = reading(
        "公示天数",
        "notice days",
        difference=("起止日之差", "difference of dates"),
        inclusive=("首尾日均计入", "first and last day both count"),
    )
    first_measure_month: Literal["exactly_one_month_is_late", "is_in_time"] = reading(
        "首项帮扶措施的期限",
        "first measure",
        exactly_one_month_is_late=(
            "满一个月当日已属逾期",
            "exactly one month after listing is late",
        ),
        is_in_time=("满一个月当日仍属按期", "exactly one month after listing is in time"),
    )
    age: Literal["completed", "by_calendar_year"] = reading(
        "年龄",
        "age",
        completed=(
            "周岁；2月29日出生者平年于3月1日满岁",
            "completed years; 29 February completes on 1 March in a common year",
        ),
        by_calendar_year=("按年份之差", "difference of calendar years"),
    )
    school_ages: Literal["six_by_law", "seven"] = reading(
        "义务教育入学年龄",
        "school age",
        six_by_law=("依法6至15周岁", "6 to 15 by law"),
        seven=("当地规定7周岁入学", "7 where a county says so"),
    )
    evidence_age_limit_months: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        title="age of evidence",
        description="证据时限（月） / age of evidence (months)",
        json_schema_extra={
            "title_zh": "证据时限（月）",
            "words": {
                "": ["本身不设时限，始终列出日期", "no limit by itself; the date is always shown"],
                "limit": ["超过该月数的证据不作答", "older evidence gives no answer"],
            },
        },
    )
    coping_not_on_record: Literal["cannot_tell", "propose"] = reading(
        "自主应对能力未登记",
        "coping capacity not on record",
        cannot_tell=("类型建议为无法判断", "the proposal is cannot tell"),
        propose=("仍提出类型建议，供评议", "the proposal is made for the appraisal all the same"),
    )
    weak_labour_route: Literal["development_and_net", "safety_net"] = reading(
        "只有弱或半劳动力",
        "weak or half labour only",
        development_and_net=(
            "以开发式帮扶为主，兜底保障列为第二途径",
            "development help, with the safety net shown as the second route",
        ),
        safety_net=("以兜底保障为主", "the safety net"),
    )
    never_poor_without_labour: Literal["not_met_but_look", "met"] = reading(
        "四（十三）用于从未建档立卡的户",
        "section 4 (13) for a household never registered poor",
        not_met_but_look=("不符合，但提示走访", "not met, shown as look all the same"),
        met=("同样适用", "met"),
    )
    exit_without_measure: Literal["natural", "refused"] = reading(
        "没有帮扶措施的风险消除",
        "elimination without a measure",
        natural=("允许，注明为自然消除", "allowed as natural elimination, named as such"),
        refused=("不允许", "refused"),
    )
    exit_line: Literal["above", "on_or_above"] = reading(
        "退出线",
        "exit line",
        above=("须高于，等于不算", "above, not on"),
        on_or_above=("达到即可", "on the line is enough"),
    )
    red_lines: Literal["evidence", "asked"] = reading(
        "车辆等红线数额",
        "vehicle and other red-line figures",
        evidence=(
            "只作证据，列明地点和阶段，不单独作答",
            "evidence with place and regime shown, never an answer by themselves",
        ),
        asked=(
            "列为须向本户核实的问题，不单独作答",
            "a question to put to the household, never an answer by themselves",
        ),
    )
    no_public_figure: Literal["cannot_tell", "not_met"] = reading(
        "没有公开数值",
        "no public figure",
        cannot_tell=("由用户提供，此前无法判断", "the user supplies; until then cannot tell"),
        not_met=(
            "由用户提供，此前不作为依据",
            "the user supplies; until then it counts as not met",
        ),
    )
    income_source: Literal["account_then_register", "register", "account"] = reading(
        "收入取自",
        "where income comes from",
        account_then_register=(
            "先按收支账核算，不能核算时用登记的人均纯收入",
            "the account, and where it cannot tell the income on the register",
        ),
        register=("登记的人均纯收入", "income on the register"),
        account=("按收支账核算", "the account"),
    )

    def ends_waived(self) -> frozenset[str]:
        """Names of the readings under which a value is carried on past its last day."""
        return frozenset(
            name
            for name in type(self).model_fields
            if name.endswith(ENDS) and getattr(self, name) == "until_replaced"
        )


ENDS = "_ends"
"""Readings of this ending choose the last day of a value (`ParameterValue.end_reading`)."""


def reading_rows(readings: Readings) -> pl.DataFrame:
    """Every reading as it is chosen, in words, in the order of the settings.

    Returns
    -------
    DataFrame
        ``name, title_zh, title_en, chosen, words_zh, words_en, is_default``.

    Examples
    --------
    >>> rows = reading_rows(Readings(notice_days="inclusive"))
    >>> rows.filter(~pl.col("is_default")).select("name", "chosen", "words_en").rows()
    [('notice_days', 'inclusive', 'first and last day both count')]
    """
    rows = []
    for name, field in Readings.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        chosen = getattr(readings, name)
        words: Any = extra["words"]
        zh, en = words[_option(chosen)]
        rows.append(
            {
                "name": name,
                "title_zh": extra["title_zh"],
                "title_en": field.title,
                "chosen": "" if chosen is None else str(chosen),
                "words_zh": zh,
                "words_en": en,
                "is_default": chosen == field.default,
            }
        )
    texts = dict.fromkeys(("name", "title_zh", "title_en", "chosen"), pl.String())
    texts |= dict.fromkeys(("words_zh", "words_en"), pl.String())
    return pl.DataFrame(rows, schema={**texts, "is_default": pl.Boolean()}, orient="row")


def options_of(name: str) -> tuple[str, ...]:
    """Options of a reading, the policy notes' own first; empty for one that is a number."""
    annotation = Readings.model_fields[name].annotation
    return tuple(option for option in get_args(annotation) if isinstance(option, str))


def overridden(readings: Readings, chosen: Mapping[str, Any]) -> Readings:
    """Readings with some of them chosen otherwise; pydantic refuses what is no option."""
    return Readings.model_validate({**readings.model_dump(), **chosen})


def _option(chosen: object) -> str:
    """Key of the words of a choice."""
    if chosen is None:
        return ""
    return chosen if isinstance(chosen, str) else "limit"
