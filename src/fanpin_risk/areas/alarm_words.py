"""What the alarm says to an officer, in Chinese and English."""

from __future__ import annotations

from typing import Any

from fanpin_risk.areas.counts import NOT_TOLD, month_start
from fanpin_risk.records.contracts import codes

REASONS: dict[str, tuple[str, str]] = {
    "few_months": ("可比的平常月份太少，无法判断", "too few quiet months to compare with"),
    "few_events": (
        "过去同类情况太少，无法在村与村之间比较；只看全县",
        "too few cases of this kind in the past to set villages against each other: only the "
        "county is judged",
    ),
    "few_years": (
        "往年同月太少，无法与往年比较",
        "too few years with the same months to compare with",
    ),
}
"""Why a cause cannot be judged on a level."""
LEVEL_WORDS: dict[str, tuple[str, str]] = {
    "village": ("村", "village"),
    "township": ("乡镇", "township"),
    "county": ("全县", "the county"),
}
_TEN = 10


def cause_words(cause: str, product: str | None) -> tuple[str, str]:
    """Name a cause, with its product where there is one.

    Examples
    --------
    >>> cause_words("failed_business", "corn")
    ('因产业失败（玉米）', 'failed business (corn)')
    """
    zh, en = codes.CAUSES.words.get(cause, (cause, cause))
    if cause == NOT_TOLD:
        zh, en = "原因未说明", "cause not told"
    if product is None:
        return zh, en
    product_zh, product_en = codes.CROPS.words.get(product, (product, product))
    return f"{zh}（{product_zh}）", f"{en} ({product_en})"


def alarm_words(row: dict[str, Any], where: tuple[tuple[str, int], ...]) -> tuple[str, str]:
    """Say one row of the alarm: where, when, what, how many, and against what.

    Parameters
    ----------
    row
        Of the alarm's rows, by name.
    where
        For the county: villages with most households, and how many.

    Examples
    --------
    >>> row = {"month": 666, "level": "village", "place": "A", "cause": "disaster", "product": None,
    ...        "window_months": 1, "households": 12, "expected": 0.4, "is_alarm": True}
    >>> alarm_words(row, ())[1]
    'Alarm: village A, 2025-07, natural disaster: 12 households, 0.4 expected from the past'
    """
    cause_zh, cause_en = cause_words(row["cause"], row["product"])
    level_zh, level_en = LEVEL_WORDS[row["level"]]
    place_zh = level_zh if row["place"] is None else f"{level_zh}{row['place']}"
    place_en = level_en if row["place"] is None else f"{level_en} {row['place']}"
    month = f"{month_start(row['month']):%Y-%m}"
    span_zh = month if row["window_months"] == 1 else f"截至{month}的{row['window_months']}个月"
    span_en = month if row["window_months"] == 1 else f"{row['window_months']} months to {month}"
    begin_zh, begin_en = ("预警：", "Alarm: ") if row["is_alarm"] else ("未达预警：", "No alarm: ")
    expected = row["expected"]
    if expected is None:
        known_zh, known_en = "过去无可比情况", "nothing in the past to compare with"
    else:
        number = f"{expected:.1f}" if expected < _TEN else f"{expected:.0f}"
        known_zh, known_en = f"按过去预计{number}户", f"{number} expected from the past"
    zh = f"{begin_zh}{place_zh}，{span_zh}，{cause_zh}：{row['households']}户，{known_zh}"
    en = f"{begin_en}{place_en}, {span_en}, {cause_en}: {row['households']} households, {known_en}"
    if where:
        zh += "；最多的村：" + "、".join(f"{name}（{n}户）" for name, n in where)
        en += "; most in " + ", ".join(f"{name} ({n})" for name, n in where)
    return zh, en
