"""Record tables about income, bills, other rigid spending, insurance, loans and dividends."""

from __future__ import annotations

from fanpin_risk.records.contracts import codes
from fanpin_risk.records.contracts.model import (
    Table,
    amount,
    code,
    count,
    day,
    flag,
    month,
    person,
    text,
)

INCOME_ITEM = Table(
    name="income_item",
    title_zh="收入明细",
    title_en="One item of a household's income over a period",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="家庭纯收入按项目核算，帮扶收入单列",
    purpose_en="the income account item by item, help apart",
    identifies=(
        *("household_id", "person_id", "item", "period_from", "period_to"),
        *("paid_on", "detail", "payment_number"),
    ),
    keep_months=120,
    columns=(
        code("item", "收入项目", "kind of income", codes.INCOME_ITEMS, required=True),
        amount(
            "amount_fen", "金额", "amount over the period", minimum=-10_000_000_00, required=True
        ),
        month("period_from", "起始月份", "first month of the period, included", required=True),
        month("period_to", "截止月份", "last month of the period, included", required=True),
        code("window", "核算周期", "which clock the period follows", codes.INCOME_WINDOWS),
        flag("is_help", "是否帮扶收入", "public help: subsidy, allowance, relief"),
        person("person_id", "证件号码", "person it was paid to, keyed hash"),
        day("paid_on", "发放日期", "day of a single payment"),
        text("detail", "资金名称", "the office's own word for the payment"),
        text("payment_number", "发放批次", "number of the payment run"),
    ),
)

MEDICAL_BILL = Table(
    name="medical_bill",
    title_zh="医疗费用结算",
    title_en="A medical bill as settled",
    owner_zh="医保部门",
    owner_en="medical insurance office",
    purpose_zh="三重保障报销后的个人负担",
    purpose_en="own cost after each of the three layers of insurance",
    key="person_id",
    identifies=("person_id", "occurred_on", "bill_kind", "bill_number"),
    keep_months=72,
    columns=(
        person("person_id", "证件号码", "person treated, keyed hash", required=True),
        text("bill_number", "结算单号", "number of the settlement"),
        code("bill_kind", "就医类型", "inpatient, outpatient …", codes.BILL_KINDS, required=True),
        amount("total_fen", "总费用", "total cost", maximum=10_000_000_00, required=True),
        amount(
            "basic_paid_fen",
            "基本医保支付",
            "paid by basic medical insurance",
            maximum=10_000_000_00,
        ),
        amount(
            "serious_paid_fen",
            "大病保险支付",
            "paid by serious-illness insurance",
            maximum=10_000_000_00,
        ),
        amount("aid_paid_fen", "医疗救助支付", "paid by medical aid", maximum=10_000_000_00),
        amount(
            "compliant_own_fen", "合规自付", "own cost within the catalogue", maximum=10_000_000_00
        ),
        amount("own_fen", "个人自付合计", "own cost in all", maximum=10_000_000_00, required=True),
        code(
            "illness_class",
            "疾病类别",
            "class of illness; no diagnosis is kept",
            codes.ILLNESS_CLASSES,
        ),
        flag("is_outside_county", "是否县外就医", "treated outside the county"),
    ),
)

RIGID_SPENDING = Table(
    name="rigid_spending",
    title_zh="其他刚性支出",
    title_en="Rigid spending other than medical",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="扣除刚性支出后的生活水平",
    purpose_en="what is left to live on after rigid spending",
    identifies=("household_id", "person_id", "item", "occurred_on"),
    keep_months=72,
    columns=(
        code("item", "支出项目", "kind of spending", codes.SPENDING_ITEMS, required=True),
        amount("amount_fen", "金额", "amount paid", maximum=10_000_000_00, required=True),
        flag("is_compliant", "是否合规支出", "counts as compliant"),
        person("person_id", "证件号码", "person it was for, keyed hash"),
    ),
)

INSURANCE = Table(
    name="insurance",
    title_zh="参保情况",
    title_en="Insurance cover of a person",
    owner_zh="医保部门",
    owner_en="medical insurance office",
    purpose_zh="参保缺口与参保资助",
    purpose_en="gaps in cover, and who pays the premium",
    key="person_id",
    identifies=("person_id", "insurance", "valid_from"),
    keep_months=72,
    columns=(
        person("person_id", "证件号码", "person, keyed hash", required=True),
        code("insurance", "险种", "kind of insurance", codes.INSURANCES, required=True),
        flag("is_covered", "是否参保", "covered"),
        day("valid_from", "保障开始日期", "first day covered", required=True),
        day("valid_to", "保障结束日期", "last day covered"),
        amount("premium_fen", "应缴保费", "premium", maximum=1_000_000_00),
        amount("premium_aid_fen", "参保资助金额", "part paid by public aid", maximum=1_000_000_00),
    ),
)

INSURANCE_CLAIM = Table(
    name="insurance_claim",
    title_zh="保险理赔",
    title_en="A claim paid by an insurer",
    owner_zh="农业农村部门",
    owner_en="agriculture office",
    purpose_zh="理赔是受损的证据，不计入收入",
    purpose_en="a claim is evidence of a loss, not income",
    identifies=("household_id", "insurance", "occurred_on", "claim_number"),
    keep_months=72,
    columns=(
        code("insurance", "险种", "kind of insurance", codes.INSURANCES, required=True),
        text("claim_number", "赔案号", "number of the claim"),
        amount("paid_fen", "赔付金额", "amount paid", maximum=10_000_000_00, required=True),
        code("cause", "出险原因", "cause of the loss", codes.DISASTER_KINDS),
        code("product", "标的", "what was insured", codes.CROPS),
    ),
)

LOAN = Table(
    name="loan",
    title_zh="贷款情况",
    title_en="A loan as it stands on a day",
    owner_zh="金融部门",
    owner_en="finance office",
    purpose_zh="负债与逾期",
    purpose_en="debt, and what is overdue",
    identifies=("household_id", "loan_kind", "loan_number", "occurred_on"),
    keep_months=72,
    columns=(
        code("loan_kind", "贷款类型", "kind of loan", codes.LOAN_KINDS, required=True),
        text("loan_number", "借据号", "number of the loan"),
        amount("balance_fen", "贷款余额", "balance", maximum=10_000_000_00, required=True),
        amount("overdue_fen", "逾期金额", "overdue", maximum=10_000_000_00),
        day("due_on", "到期日期", "when it is due"),
        flag("has_interest_subsidy", "是否贴息", "interest is subsidised"),
    ),
)

ASSET_DIVIDEND = Table(
    name="asset_dividend",
    title_zh="资产收益分红",
    title_en="Dividend of project assets paid to a household",
    owner_zh="农业农村部门",
    owner_en="agriculture office",
    purpose_zh="对资产分红的依赖程度",
    purpose_en="how far a household lives on dividends of project assets",
    identifies=("household_id", "asset", "occurred_on"),
    keep_months=72,
    columns=(
        text("asset", "资产项目", "asset or project", required=True),
        amount("amount_fen", "分红金额", "amount paid", maximum=1_000_000_00, required=True),
        count("share_year", "分红年度", "year it is for", "year", 2014, 2100),
    ),
)

TABLES: tuple[Table, ...] = (
    INCOME_ITEM,
    MEDICAL_BILL,
    RIGID_SPENDING,
    INSURANCE,
    INSURANCE_CLAIM,
    LOAN,
    ASSET_DIVIDEND,
)
