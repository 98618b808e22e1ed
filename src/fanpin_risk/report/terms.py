"""What falls, places and methods are called: the terms of a survey, and those of a register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.report.words import METHODS, VIEWS, Words


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Terms and notes of tables, figures and model card, for one kind of outcome.

    Attributes
    ----------
    falls
        Households that fell, as a noun.
    fell
        The same at the head of a column.
    share
        Which share of the known outcomes fell.
    observed
        That share, at the axis beside the estimated risk.
    places, region
        What intervals are taken over, and what a place belongs to.
    methods, short, drawings, views
        Names of methods, the same for narrow columns and inside figures, and names of parts of the
        cohort.
    is_weighted
        Whether measures weigh known outcomes for those that nobody looked at. Then point values and
        curves are weighted too.
    auc, precision, precision_note, recall, recall_note
        What the two outcomes are in the words of each measure.
    weighted, weighted_note, unknown_bounds
        How outcomes are weighted, and what stays open.
    missed, missed_axis, missed_note, by_place, by_place_note
        Who is missed.
    returning, new
        Households seen before the origin, and those first seen on it.
    """

    falls: Words
    fell: Words
    share: Words
    observed: Words
    places: Words
    region: Words
    methods: Mapping[str, Words]
    short: Mapping[str, Words]
    drawings: Mapping[str, Words]
    views: Mapping[str, Words]
    is_weighted: bool
    auc: Words
    precision: Words
    precision_note: Words
    recall: Words
    recall_note: Words
    weighted: Words
    weighted_note: Words
    unknown_bounds: Words
    missed: Words
    missed_axis: Words
    missed_note: Words
    by_place: Words
    by_place_note: Words
    returning: Words
    new: Words

    def method(self, name: str) -> Words:
        """Words for a method, or its name where nobody has given it any."""
        return self.methods.get(name, Words(name, name))

    def drawn(self, name: str) -> Words:
        """Words for a method inside a figure, where a long name would leave no room."""
        return self.drawings.get(name, self.method(name))

    def brief(self, name: str) -> Words:
        """Words for a method at the head of a narrow column."""
        return self.short.get(name, self.method(name))


_RECALL_NOTE = Words(
    "漏掉的比例 = 1 − 查全率；白跑的比例 = 1 − 精确率。“先规则后模型”就是走访计划的次序。",
    "Exclusion error = 1 − recall; inclusion error = 1 − precision. “Rules, then model” is the "
    "order of the visit plan.",
)
_SHORT = {
    "lightgbm": Words("模型", "model"),
    "logistic": Words("逻辑回归", "logistic"),
    "weighted_past_income": Words("历次收入", "past income"),
    "rules_order": Words("规则顺序", "rules"),
}

_PAST = Words("以往收入", "past income")

SURVEY_TERMS = Terms(
    falls=Words("返贫户", "falls"),
    fell=Words("返贫", "fell"),
    share=Words("返贫率", "share that fell"),
    observed=Words("实际返贫的占比", "share that fell"),
    places=Words("地区", "places"),
    region=Words("大区", "region"),
    methods=METHODS,
    short=_SHORT,
    drawings={},
    views=VIEWS,
    is_weighted=False,
    auc=Words(
        "AUC：随机取一户返贫、一户未返贫，前者排在前面的机会；0.5等于抛硬币。",
        "AUC: chance that a household that fell ranks above one that did not; 0.5 is a coin.",
    ),
    precision=Words("精确率：名单上有多少真的返贫", "Precision: how many on the list fell"),
    precision_note=Words(
        "名单长度相同：与规则必访户一样多，再加各档走访。只算结果已知的户。不列入而返贫的见下表。",
        "Lists are equally long: as many as the must-visits, plus further visits. Among known "
        "outcomes.",
    ),
    recall=Words("查全率：返贫户有多少在名单上", "Recall: how many of the falls are on the list"),
    recall_note=_RECALL_NOTE,
    weighted=Words("按“被访到的机会”加权", "Weighted for being seen"),
    weighted_note=Words(
        "上：加权；下（小字）：不加权。权数是“应访者被访到的机会”的倒数，由模型估计；两者接近，"
        "说明失访对结果影响不大，但只就已记录的情况而言。",
        "Above: weighted; below, small: not weighted. Weights are the inverse of the modelled "
        "chance of being seen among those due. Where both agree, loss matters little as far as "
        "the records tell.",
    ),
    unknown_bounds=Words(
        "上下限不靠任何假设：未知者全未返贫，或全部返贫。",
        "Bounds without any assumption: all of the unknown did not fall, or all fell.",
    ),
    missed=Words("返贫而不在名单上的占比", "Share of falls that are not on the list"),
    missed_axis=Words(
        "返贫而未列入名单的占比（漏掉，越低越好）",
        "share of falls not on the list (lower is better)",
    ),
    missed_note=Words(
        "名单：规则必访户再加最长一档。少于20户返贫的组不给数；分布在不到15个地区的组不给区间。"
        "必访户总在名单上，漏掉为0是规定，不是成绩。",
        "Lists: the must-visits and the longest budget. No value for groups with fewer than 20 "
        "falls, no interval for groups in fewer than 15 places. Must-visits are always on the "
        "list: their 0 is by rule and no merit.",
    ),
    by_place=Words("各地区", "Place by place"),
    by_place_note=Words(
        "每个地区只是一群，不给区间；户数少的地区，数值起伏大，不宜排名。",
        "A place is one cluster, so no interval; values of small places swing, and are no ranking.",
    ),
    returning=Words("老户", "returning"),
    new=Words("新户", "new"),
)
"""Terms of a status: below the line on a later visit."""


def terms_of(configuration: Mapping[str, Any], columns: Sequence[IndicatorColumn]) -> Terms:
    """Terms of a configuration's basis.

    Parameters
    ----------
    configuration
        As a manifest holds it: ``basis``, and on a register the columns of ``baselines``.
    columns
        Of the catalogue, for the titles of those columns.
    """
    if configuration["basis"] == "survey":
        return SURVEY_TERMS
    baselines = configuration["baselines"]
    titles = {column.name: Words(column.title_zh, column.title_en) for column in columns}
    today, past, rate = (
        titles.get(baselines[key], Words(baselines[key], baselines[key]))
        for key in ("today", "past", "region_rate")
    )
    return _register_terms(today, past, rate)


def _register_terms(today: Words, past: Words, rate: Words) -> Terms:
    """Terms of an event; the three baselines are named by the columns that they order by."""
    return Terms(
        falls=Words("新困难户", "new needs"),
        fell=Words("新困难户", "newly in need"),
        share=Words("新困难户占比", "share newly in need"),
        observed=Words("实际的新困难户占比（加权）", "share newly in need (weighted)"),
        places=Words("村", "villages"),
        region=Words("乡镇", "township"),
        methods=METHODS
        | {
            "rules_order": Words(
                f"规则顺序（{today.zh}低者先）", f"rules' order (lowest {today.en} first)"
            ),
            "weighted_past_income": Words(f"{past.zh}低者先", f"lowest {past.en} first"),
            "region_only": Words(f"仅看{rate.zh}", f"only the {rate.en}"),
        },
        short=_SHORT | {"weighted_past_income": _PAST},
        drawings={
            "rules_order": Words("规则顺序", "rules' order"),
            "weighted_past_income": _PAST,
            "region_only": Words("仅看当地发现率", "rate of the place only"),
        },
        views={
            "all": Words("全部", "all"),
            "returning": Words("此前已在册", "on record before"),
            "new": Words("当日新登记", "first on record that day"),
            "known": Words("仅结果已知者（不加权）", "known outcomes only, not weighted"),
        },
        is_weighted=True,
        auc=Words(
            "AUC：随机取一户新困难户、一户看过而没有困难的，前者排在前面的机会；0.5等于抛硬币。",
            "AUC: chance that a household newly found in need ranks above one that was looked at "
            "and was not in need; 0.5 is a coin.",
        ),
        precision=Words(
            "精确率：名单上有多少查实有困难", "Precision: how many on the list were found in need"
        ),
        precision_note=Words(
            "名单长度相同：与规则必访户一样多，再加各档走访。没有看过的户结果未知，由看过的相似户按"
            "权数代表。",
            "Lists are equally long: as many as the must-visits, plus further visits. Households "
            "that nobody looked at are stood for by those like them that were, by their weights.",
        ),
        recall=Words(
            "查全率：新困难户有多少在名单上", "Recall: how many of the new needs are on the list"
        ),
        recall_note=Words(
            f"只就已查实的困难而言，没有查到的不在其中。{_RECALL_NOTE.zh}",
            f"Of needs that were found; those that nobody found are not among them. "
            f"{_RECALL_NOTE.en}",
        ),
        weighted=Words("按“被看过的机会”加权", "Weighted for being looked at"),
        weighted_note=Words(
            "上：加权，本报告各处所用；下（小字）：不加权。查实的困难总是知道的，没有困难却要有人看过"
            "才知道，不加权则困难户占得过多。权数是“没有查出困难的户被看过的机会”的倒数，由模型估计，"
            "只校正记录里看得到的差别。",
            "Above: weighted, as everywhere in this report; below, small: not weighted. A need "
            "that was found is always known, and that there was none only where somebody looked: "
            "without weights the known hold too many needs. Weights are the inverse of the "
            "modelled chance of being looked at among those not found in need, and mend only what "
            "the records show.",
        ),
        unknown_bounds=Words(
            "上下限不靠任何假设：未知者全都没有困难，或全都有困难。",
            "Bounds without any assumption: none of the unknown is in need, or all are.",
        ),
        missed=Words("不在名单上的新困难户占比", "Share of new needs that are not on the list"),
        missed_axis=Words(
            "未列入名单的新困难户占比（漏掉，越低越好）",
            "share of new needs not on the list (lower is better)",
        ),
        missed_note=Words(
            "名单：规则必访户再加最长一档。新困难户少于20户的组不给数；分布在不到15个村的组不给区间。"
            "必访户总在名单上，漏掉为0是规定，不是成绩。没有查到的困难不在其中。",
            "Lists: the must-visits and the longest budget. No value for groups with fewer than 20 "
            "new needs, no interval for groups in fewer than 15 villages. Must-visits are always "
            "on the list: their 0 is by rule and no merit. Needs that nobody found are not "
            "counted.",
        ),
        by_place=Words("各村（新困难户满20户的）", "Village by village, with 20 new needs or more"),
        by_place_note=Words(
            "每个村只是一群，不给区间；户数少的村，数值起伏大，不宜排名。查得多的村，查实的也多。",
            "A village is one cluster, so no interval; values of small villages swing, and are no "
            "ranking. Where more is looked at, more is found.",
        ),
        returning=Words("此前已在册", "on record before"),
        new=Words("当日新登记", "first on record that day"),
    )
