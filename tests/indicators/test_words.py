"""Words of the county's columns: titles, values and sentences as an officer reads them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from fanpin_risk.explain.reasons import reasons
from fanpin_risk.indicators.catalogue import COUNTY, columns_of

COLUMNS = columns_of(COUNTY)
NAMED = {column.name: column for column in COLUMNS}
AS_OF, SEEN = date(2023, 6, 30), date(2023, 5, 1)


def sentences(name, value, median):
    """Chinese and English reason of a household with a value among others with another."""
    kind = pl.Float64
    table = pl.DataFrame(
        {"household_id": ["h1", "h2", "h3"]}
        | {
            c.name: pl.Series([value, median, median] if c.name == name else [None] * 3, dtype=kind)
            for c in COLUMNS
        }
    )
    parts = np.zeros((3, len(COLUMNS)))
    parts[0, list(NAMED).index(name)] = 1.0
    found = reasons(parts, table, COLUMNS, seen_on=pl.Series([SEEN] * 3), as_of=AS_OF)
    first = found.row(0, named=True)
    return first["text_zh"], first["text_en"]


@pytest.mark.parametrize(
    ("name", "value", "median", "zh"),
    [
        (
            *("own_cost_to_line_sum_12m", 1.2, 0.1),
            "因病：近12个月人均自付医疗费相当于监测线的120%，高于各户中间水平（10%）"
            "（医保部门，截至2023-06-30）",
        ),
        (
            *("own_cost_to_line_change_12m", 0.5, 0.0),
            "因病：近12个月人均自付医疗费较此前12个月增加，相当于监测线的50%（医保部门，截至2023-06-30）",
        ),
        (
            *("wage_to_line_change_6m", -0.25, 0.0),
            "因务工就业不稳：近6个月人均务工收入较此前6个月减少，相当于监测线的25%"
            "（人社部门，截至2023-06-30）",
        ),
        (
            *("admissions_count_12m", 3.0, 0.0),
            "因病：近12个月住院次数为3次，半数以上的户没有（医保部门，截至2023-06-30）",
        ),
        (
            *("hit_by_disaster_ever_12m", 1.0, 0.0),
            "因自然灾害：近12个月遭受自然灾害（应急部门，截至2023-06-30）",
        ),
        (
            *("has_safe_drinking_water_latest", 0.0, 1.0),
            "因安全饮水：饮水安全未解决（水利部门，截至2023-06-30）",
        ),
        (
            *("home_grade_latest", 3.0, 1.0),
            "因安全住房：住房危险等级为C级，高于各户中间水平（A级）（住建部门，截至2023-06-30）",
        ),
        (
            *("home_grade_change", 1.0, 0.0),
            "因安全住房：住房危险等级较上次增加1级（住建部门，截至2023-06-30）",
        ),
        (
            *("days_from_wage_days_since", 200.0, 30.0),
            "因务工就业不稳：最近一次务工收入在2022-12-12（至2023-06-30已200天）（人社部门）",
        ),
        (
            *("days_from_admission_days_since", 30.0, 200.0),
            "因病：最近一次住院在2023-05-31（至2023-06-30已30天）（医保部门）",
        ),
        (
            *("account_income_to_line_latest", -0.2, 1.5),
            "其他：上年度核算人均纯收入为负，亏损相当于监测线的20%，低于各户中间水平"
            "（150%）（乡村振兴部门，截至2023-06-30）",
        ),
        (
            *("account_wage_to_line_latest", 0.0, 0.35),
            "因务工就业不稳：上年度核算人均工资性收入为零，低于各户中间水平（35%）"
            "（人社部门，截至2023-06-30）",
        ),
        (
            *("place_in_need_12m_latest", 0.05, 0.01),
            "其他：本村近12个月发现困难户比例为5.0%，高于全县中间水平（1.0%）（乡村振兴部门，截至2023-06-30）",
        ),
        (
            *("place_wage_change_latest", -0.12, 0.0),
            "因务工就业不稳：本村近6个月务工收入较此前6个月下降12%（人社部门，截至2023-06-30）",
        ),
        (
            *("village_doctors_latest", 0.5, 1.5),
            "因病：本村每千人村医数为0.5，低于全县中间水平（1.5）（卫健部门，截至2023-06-30）",
        ),
        (
            *("water_trip_latest", 40.0, 5.0),
            "因安全饮水：取水往返时间为40分钟，高于各户中间水平（5分钟）（水利部门，截至2023-06-30）",
        ),
        (
            *("home_area_latest", 12.0, 30.0),
            "因安全住房：人均住房面积为12平方米，低于各户中间水平（30平方米）（住建部门，截至2023-06-30）",
        ),
        (
            *("paid_by_insurance_share_12m", 0.075, 0.5),
            "因病：近12个月医疗费用报销比例为7.5%，低于各户中间水平（50%）（医保部门，截至2023-06-30）",
        ),
        (
            *("loss_to_line_sum_12m", 3.04, 0.0),
            "其他：近12个月人均变故损失相当于监测线的3.0倍，半数以上的户没有（应急部门，截至2023-06-30）",
        ),
    ],
)
def test_a_reason_reads_as_a_sentence(name, value, median, zh):
    """Cause, what, how much, beside whom, as of when; what can be done stands behind it."""
    said, todo = sentences(name, value, median)[0].split("。")
    assert said == zh
    assert todo.startswith(("核实后可对接：", "这是当地情况"))


def test_a_reason_in_english_names_window_value_and_median():
    """The same in English."""
    assert sentences("own_cost_to_line_sum_12m", 1.2, 0.1)[1] == (
        "illness: own medical cost per head, last 12 months: 120% of the line, above the median of "
        "10% of the line (medical insurance office, 2023-06-30) → health support, "
        "social support (medical insurance)"
    )
    assert sentences("admissions_count_12m", 1.0, 0.0)[1].startswith(
        "illness: admissions to hospital, last 12 months: 1 time, none for most households"
    )
