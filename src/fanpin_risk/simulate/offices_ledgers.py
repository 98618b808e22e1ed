"""Layouts of the offices' own ledgers: insurance, relief, school, homes, water, work, farms."""

from __future__ import annotations

from fanpin_risk.simulate.offices_layout import Book, Layout
from fanpin_risk.simulate.offices_words import (
    chinese,
    compact,
    day_cell,
    iso,
    month_chinese,
    month_dashed,
    scaled,
    slashed,
    text,
    whole,
    word,
    yes_no,
    yuan,
)
from fanpin_risk.simulate.sheets import Cell
from fanpin_risk.simulate.small_county import Row

_BILL_HEADER = (
    *("序号", "姓名", "证件号码", "结算单号", "就医类型", "就诊日期", "医疗机构", "诊断名称"),
    *("医疗总费用", "基本医保支付", "大病保险支付", "医疗救助支付", "合规自付", "个人自付合计"),
    *("病种分类", "是否县外就医", "单据状态", "推送日期"),
)


def _bill_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a bill as settled, corrected or reversed."""
    state = "冲销" if row["is_withdrawn"] else ("正常" if row["version"] == 1 else "更正")
    amounts = (
        *("total_fen", "basic_paid_fen", "serious_paid_fen", "aid_paid_fen"),
        *("compliant_own_fen", "own_fen"),
    )
    return (
        *(None, book.name(row["person"]), text(row["person"]), text(row["bill_number"])),
        *(word("medical_bill", row, "bill_kind"), day_cell(row["occurred_on"]), "县医院", None),
        *(yuan(row[name]) for name in amounts),
        word("medical_bill", row, "illness_class"),
        *(yes_no(row["is_outside_county"]), state, day_cell(row["recorded_on"])),
    )


_COVER_HEADER = (
    *("序号", "姓名", "证件号码", "险种", "是否参保", "保障开始日期", "保障结束日期"),
    *("应缴保费", "参保资助金额", "登记日期"),
)


def _cover_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a person's cover."""
    return (
        *(None, book.name(row["person"]), text(row["person"])),
        *(word("insurance", row, "insurance"), "参保" if row["is_covered"] else "未参加"),
        *(compact(row["valid_from"]), compact(row["valid_to"]), yuan(row["premium_fen"])),
        *(yuan(row["premium_aid_fen"]), compact(row["recorded_on"])),
    )


_RELIEF_HEADER = (
    *("序号", "姓名", "证件号码", "乡镇", "村", "救助类别", "发放金额", "发放日期", "发放批次"),
    *("开户银行", "银行账号"),
)


def _relief_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a payment."""
    village = book.village(row)
    return (
        *(None, book.name(row["person"]), text(row["person"]), village.township, village.name),
        *(text(row["detail"]), yuan(row["amount_fen"]), compact(row["occurred_on"])),
        *(text(row["payment_number"]), "农村信用社", "0000000000000000"),
    )


_CARD_HEADER = (
    *("序号", "姓名", "残疾人证号", "残疾类别", "残疾等级", "评定日期", "补贴金额"),
    *("监护人", "监护人电话", "录入日期"),
)


def _card_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a new disability card, with the yearly benefit where there is one."""
    benefit = book.benefits.get((row["person"], row["occurred_on"]))
    card = book.county.cards[str(row["person"])]
    return (
        *(None, book.name(row["person"]), card, card[18], card[19], iso(row["occurred_on"])),
        *(None if benefit is None else yuan(benefit["amount_fen"]), None, None),
        iso(row["recorded_on"]),
    )


_SCHOOL_HEADER = (
    *("序号", "姓名", "证件号码", "学校名称", "在校生状况", "学期开始日期", "是否在校"),
    *("失学或辍学原因", "因身体原因不具备学习条件", "是否寄宿", "学年教育费用", "学年资助金额"),
    *("家长姓名", "家长电话", "上报日期"),
)


def _school_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a pupil's term."""
    return (
        *(None, book.name(row["person"]), text(row["person"]), None),
        *(word("schooling", row, "school_state"), chinese(row["occurred_on"])),
        *("在校" if row["is_in_school"] else "不在校", word("schooling", row, "dropout_reason")),
        *(yes_no(row["is_unable_to_study"]), "寄宿" if row["is_boarding"] else "走读"),
        *(yuan(row["cost_fen"]), yuan(row["aid_fen"])),
        *(book.head_name(row), book.phone(row), chinese(row["recorded_on"])),
    )


_HOUSING_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "联系电话", "危房等级", "唯一住房"),
    *("是否居住", "住房间数", "鉴定日期", "录入日期"),
)


def _housing_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a check of a dwelling."""
    village = book.village(row)
    return (
        *(None, village.township, village.name, text(row["household_id"]), book.head_name(row)),
        *(book.phone(row), word("housing_check", row, "grade"), yes_no(row["is_only_home"])),
        *(yes_no(row["is_lived_in"]), whole(row["dwelling_rooms"])),
        *(day_cell(row["occurred_on"]), day_cell(row["recorded_on"])),
    )


_WATER_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "水质", "断水天数", "取水往返时间"),
    *("人均日水量", "供水保证率", "核查日期", "上报日期"),
)


def _water_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a check of drinking water."""
    village = book.village(row)
    counts = ("outage_days", "trip_minutes", "litres_per_head_day", "supply_percent")
    return (
        *(None, village.township, village.name, text(row["household_id"]), book.head_name(row)),
        word("water_check", row, "quality"),
        *(whole(row[name]) for name in counts),
        *(iso(row["occurred_on"]), iso(row["recorded_on"])),
    )


_EMERGENCY_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "证件号码", "事件类型", "灾害种类"),
    *("损失金额（万元）", "发生日期", "灾情描述", "上报日期"),
)


def _emergency_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a disaster or accident."""
    village = book.village(row)
    return (
        *(None, village.township, village.name, text(row["household_id"]), book.head_name(row)),
        *(
            text(row["person"]),
            word("shock", row, "shock_kind"),
            word("shock", row, "disaster_kind"),
        ),
        *(scaled(row["loss_fen"], 1_000_000), slashed(row["occurred_on"]), None),
        slashed(row["recorded_on"]),
    )


_WORK_HEADER = (
    *("序号", "姓名", "证件号码", "联系电话", "记录类型", "月份", "公益性岗位", "岗位月补贴"),
    *("岗位开始日期", "岗位结束日期", "失业日期", "失业原因", "上报日期"),
)


def _work_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a month on a post, or of a registered loss of a job."""
    start = (None, book.name(row["person"]), text(row["person"]), book.phone(row))
    month, end = month_dashed(row["occurred_on"]), iso(row["recorded_on"])
    if "shock_kind" in row:
        day = iso(row["occurred_on"])
        return (*start, "失业登记", month, None, None, None, None, day, None, end)
    return (
        *(*start, "公益性岗位", month, word("work_month", row, "public_post")),
        *(yuan(row["wage_fen"]), iso(row["spell_started_on"]), iso(row["spell_ends_on"])),
        *(None, None, end),
    )


_FAILURE_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "受损类型", "产品", "受损规模", "损失金额"),
    *("发生日期", "上报日期"),
)


def _failure_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a failed crop, herd or business."""
    village = book.village(row)
    return (
        *(None, village.township, village.name, text(row["household_id"]), book.head_name(row)),
        *(word("shock", row, "shock_kind"), word("shock", row, "product"), None),
        *(yuan(row["loss_fen"]), day_cell(row["occurred_on"]), day_cell(row["recorded_on"])),
    )


_CLAIM_HEADER = (
    *("序号", "户编号", "姓名", "银行账号", "赔案号", "险种", "标的", "出险原因", "出险日期"),
    *("赔付金额", "赔付日期"),
)


def _claim_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a claim that was paid."""
    table = "insurance_claim"
    return (
        *(None, text(row["household_id"]), book.head_name(row), "0000000000000000"),
        *(text(row["claim_number"]), word(table, row, "insurance"), word(table, row, "product")),
        *(word(table, row, "cause"), iso(row["occurred_on"]), yuan(row["paid_fen"])),
        iso(row["recorded_on"]),
    )


_DIVIDEND_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "银行账号", "资产项目", "分红年度"),
    *("分红金额", "分配日期"),
)


def _dividend_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a dividend."""
    village = book.village(row)
    return (
        *(None, village.township, village.name, text(row["household_id"]), book.head_name(row)),
        *("0000000000000000", text(row["asset"]), whole(row["share_year"])),
        *(yuan(row["amount_fen"]), day_cell(row["occurred_on"])),
    )


_PRICE_HEADER = (
    *("序号", "填报单位", "地区", "月份", "产品", "价格（元/公斤）", "灾害类型"),
    "受灾面积占比（%）",
)


def _price_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a price or a disaster of a month."""
    return (
        *(None, "县农业农村局", text(row["place"]), month_chinese(row["month"])),
        *(word("place_month", row, "product"), yuan(row["price_fen_per_kg"])),
        *(word("place_month", row, "disaster_kind"), whole(row["affected_percent"])),
    )


LEDGERS = (
    Layout(
        source="medical_insurance",
        title="{county}医保局{month}医疗费用结算明细",
        header=_BILL_HEADER,
        cells=_bill_cells,
        tables=("medical_bill",),
        footer=("填表人：", "审核人："),
        has_household=False,
    ),
    Layout(
        source="medical_insurance_cover",
        title="",
        header=_COVER_HEADER,
        cells=_cover_cells,
        tables=("insurance",),
        kind="csv",
        encoding="gb18030",
        has_household=False,
    ),
    Layout(
        source="civil_affairs",
        title="",
        header=_RELIEF_HEADER,
        cells=_relief_cells,
        tables=("income_item",),
        kind="csv",
        encoding="gb18030",
        has_household=False,
    ),
    Layout(
        source="disabled_federation",
        title="{county}残联{month}新办残疾人证及补贴台账",
        header=_CARD_HEADER,
        cells=_card_cells,
        tables=("clue",),
        footer=("制表人：",),
        has_household=False,
    ),
    Layout(
        source="education",
        title="{county}教育局学生就读及资助情况表（{month}）",
        header=_SCHOOL_HEADER,
        cells=_school_cells,
        tables=("schooling",),
        footer=("填报人：",),
        has_household=False,
    ),
    Layout(
        source="housing",
        title="{county}农村住房安全核查表（{month}）",
        header=_HOUSING_HEADER,
        cells=_housing_cells,
        tables=("housing_check",),
        footer=("审核人：",),
    ),
    Layout(
        source="water",
        title="{county}农村饮水安全核查表（{month}）",
        header=_WATER_HEADER,
        cells=_water_cells,
        tables=("water_check",),
    ),
    Layout(
        source="emergency",
        title="{county}应急管理局{month}灾害事故受损家庭台账",
        header=_EMERGENCY_HEADER,
        cells=_emergency_cells,
        tables=("shock",),
        footer=("填报人：",),
    ),
    Layout(
        source="human_resources",
        title="",
        header=_WORK_HEADER,
        cells=_work_cells,
        tables=("work_month", "shock"),
        kind="csv",
        encoding="utf-8-sig",
        has_household=False,
    ),
    Layout(
        source="agriculture",
        title="{county}{month}产业受损农户台账",
        header=_FAILURE_HEADER,
        cells=_failure_cells,
        tables=("shock",),
    ),
    Layout(
        source="agriculture_claims",
        title="{county}{month}农业保险理赔清单",
        header=_CLAIM_HEADER,
        cells=_claim_cells,
        tables=("insurance_claim",),
    ),
    Layout(
        source="agriculture_dividends",
        title="{county}扶贫项目资产收益分配表（{month}）",
        header=_DIVIDEND_HEADER,
        cells=_dividend_cells,
        tables=("asset_dividend",),
        footer=("制表人：",),
    ),
    Layout(
        source="agriculture_prices",
        title="",
        header=_PRICE_HEADER,
        cells=_price_cells,
        tables=("place_month",),
        kind="csv",
        encoding="utf-8",
    ),
)
