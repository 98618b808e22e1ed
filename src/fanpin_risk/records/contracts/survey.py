"""Record tables of a household survey's panel: what one visit asks, in wide form."""

from __future__ import annotations

from fanpin_risk.records.contracts.model import Column, Table, flag

INCOME = Table(
    name="income",
    title_zh="家庭收入",
    title_en="Income of the month, and what it comes from",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_en="income relative to the dated line, and its sources",
    columns=(
        Column(
            name="total_minor",
            kind="amount",
            title_zh="当月总收入",
            title_en="household income of the month",
            unit="minor unit a month",
            minimum=1,
            maximum=90_000_000_000,
        ),
        flag("is_imputed", "收入含推算", "part of the income was imputed by the office"),
        flag("has_work_income", "劳动收入", "lived on earnings from work"),
        flag("has_pension", "养老金", "lived on a pension"),
        flag("has_pension_bonus", "第13个月养老金", "received the pension's 13th month"),
        flag("has_pension_arrears", "补发养老金", "received back pay of a pension"),
        flag("has_rent", "租金收入", "lived on rent"),
        flag("has_business_profit", "经营分红", "lived on profits of a business not worked in"),
        flag("has_interest", "利息收入", "lived on interest"),
        flag("has_other_cash", "其他现金收入", "lived on other cash income"),
    ),
)

SUPPORT = Table(
    name="support",
    title_zh="帮扶与救助",
    title_en="Support received in the last three months",
    owner_zh="民政部门",
    owner_en="civil affairs office",
    purpose_en="support that the household already has",
    columns=(
        flag("has_cash_assistance", "现金救助", "subsidy or assistance in money"),
        flag("has_goods_from_state", "公共实物帮扶", "food, clothes or goods from state or church"),
        flag("has_goods_from_family", "亲友实物帮助", "food, clothes or goods from relatives"),
        flag("has_unemployment_insurance", "失业保险金", "unemployment insurance"),
        flag("has_scholarship", "助学金", "scholarship"),
        flag("has_money_from_others", "亲友汇款或赡养费", "alimony or money from outside"),
    ),
)

SHOCK_AND_COPING = Table(
    name="shock_and_coping",
    title_zh="变故与应对",
    title_en="Shocks, and how the household coped in the last three months",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_en="signs that current income does not carry current needs",
    columns=(
        flag("has_severance_pay", "离职补偿", "received severance pay: a job was lost"),
        flag("spent_savings", "动用积蓄", "spent savings"),
        flag("borrowed_from_family", "向亲友借款", "borrowed from relatives or friends"),
        flag("borrowed_from_lender", "向银行或放贷人借款", "borrowed from banks or lenders"),
        flag("bought_on_instalments", "分期或赊购", "bought on instalments or on credit"),
        flag("sold_belongings", "变卖家产", "had to sell belongings"),
        flag(
            "children_worked", "儿童务工补贴家用", "children under 10 helped with money by working"
        ),
        flag("children_begged", "儿童乞讨", "children under 10 helped by asking for money"),
    ),
)

TABLES: tuple[Table, ...] = (INCOME, SUPPORT, SHOCK_AND_COPING)
