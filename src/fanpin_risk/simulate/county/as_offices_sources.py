"""Source files of those offices' files that no shipped source file describes.

They are written beside the files, so that the intake reads everything that the county sends. Each
text is a whole source file; see `configs/sources` for the format.
"""

from __future__ import annotations

_UNKNOWN = '[不详, 未知, "-", "--", "/", "NULL"]'

SOURCES_BESIDE: dict[str, str] = {
    "public_security_pages": """\
# Public security office: pages of the household register, one row for each page as it is written.
name: public_security_pages
title_zh: 户口登记页台账
title_en: Pages of the household register
publisher: 县公安局
limits:
  - zh: 有人迁入、迁出、出生、死亡时整页重写；两次之间的户情不体现
    en: "A page is written anew whenever somebody comes or goes; nothing shows in between"
  - zh: 按户籍登记；人已外出而户口未动的仍在册
    en: "By registration: who left without moving it is still on the page"
aliases:
  登记页编号: [登记页号]
  变动日期: [登记页日期]

household_id: 户编号
occurred_on: {column: 变动日期}
recorded_on: {column: 登记日期}
county: {column: 县}
ignored_columns: [序号, 户主姓名, 联系电话]

records:
  - table: household_snapshot
    record_number: 登记页编号
    fields:
      place: {column: 行政村代码}
      region: {column: 乡}
      context_place: {column: 县}
      members: {column: 在册人口}
""",
    "public_security_members": f"""\
# Public security office: persons on a page of the household register, and who is gone from it.
name: public_security_members
title_zh: 户口登记人员台账
title_en: Persons on the pages of the household register
publisher: 县公安局
limits:
  - zh: 与户口登记页同时登记；只有身份和在户状态
    en: "Written with the page of the household; who somebody is, and whether he belongs to it"
aliases:
  登记编号: [人员登记编号]
  变动日期: [登记页日期]

household_id: 户编号
occurred_on: {{column: 变动日期}}
recorded_on: {{column: 登记日期}}
ignored_columns: [序号, 姓名, 联系电话]

records:
  - table: member_snapshot
    record_number: 登记编号
    fields:
      person_id: {{column: 证件号码}}
      relation: {{column: 与户主关系, codes: titles}}
      membership: {{column: 人员状态, codes: titles}}
      sex: {{column: 性别, codes: titles, unknown: &unknown {_UNKNOWN}}}
      born_on: {{column: 出生日期, unknown: *unknown}}
""",
    "agriculture_subsidies": f"""\
# Agriculture office: subsidies paid to households, one row for each payment.
name: agriculture_subsidies
title_zh: 惠农补贴发放台账
title_en: Subsidies paid to farming households
publisher: 县农业农村局
limits:
  - zh: 与全国系统年度收入是同一笔钱的两种口径，不得相加
    en: "The same money stands in the yearly income of the national export: never add the two"
aliases:
  补贴项目: [补贴类别, 补贴名称]
  发放金额: [实发金额]

household_id: 户编号
occurred_on: {{column: 发放日期}}
recorded_on: {{column: 录入日期}}
ignored_columns: [序号, 姓名, 银行账号]

tables:
  income_item:
    person_id: {{column: 证件号码, unknown: {_UNKNOWN}}}
    item: {{column: 补贴项目, codes: {{农业补贴: farm_subsidy, 生态补偿: ecological}}}}
    amount_fen: {{column: 发放金额, minor_per_unit: 100, minimum: 0}}
    period_from: {{derived: occurred_month}}
    period_to: {{derived: occurred_month}}
    window: {{constant: payment}}
    is_help: {{constant: true}}
    paid_on: {{column: 发放日期}}
    detail: {{column: 补贴项目}}
""",
    "human_resources_pensions": """\
# Human resources office: pensions paid, one row for each person and month.
name: human_resources_pensions
title_zh: 养老待遇发放明细
title_en: Pensions paid
publisher: 县人力资源和社会保障局
limits:
  - zh: 只含本县发放的待遇
    en: "Only pensions that this county pays"
  - zh: 与全国系统年度收入是同一笔钱的两种口径，不得相加
    en: "The same money stands in the yearly income of the national export: never add the two"
aliases:
  待遇类别: [待遇名称]
  发放金额: [实发金额]

occurred_on: {column: 发放日期}
recorded_on: {column: 推送日期}
ignored_columns: [序号, 姓名, 银行账号]

tables:
  income_item:
    person_id: {column: 证件号码}
    item: {column: 待遇类别, codes: {养老金: pension}}
    amount_fen: {column: 发放金额, minor_per_unit: 100, minimum: 0}
    period_from: {derived: occurred_month}
    period_to: {derived: occurred_month}
    window: {constant: payment}
    is_help: {constant: false}
    paid_on: {column: 发放日期}
    detail: {column: 待遇类别}
""",
}
"""Text of the source file by its name."""
