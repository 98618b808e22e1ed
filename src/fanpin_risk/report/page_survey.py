"""What the page says of a survey: visits, and the status on the visit a horizon later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fanpin_risk.report.content import ReportContent
from fanpin_risk.report.page import Fact, PageWords
from fanpin_risk.report.readings import further_shares, interval_words, whole_cohort
from fanpin_risk.report.rules_told import rule_words
from fanpin_risk.report.words import ESTIMANDS, Words, count, percent, words_of
from fanpin_risk.standards.rules import RULES


def survey_page(content: ReportContent) -> PageWords:
    """Return the paragraphs of a page about visits and a later status."""
    metrics, manifest = content.metrics, content.manifest
    of_all = whole_cohort(metrics)
    intervals = interval_words(of_all, content.terms)
    households = manifest["households"]
    largest = further_shares(of_all)[-1]
    scored, unknown = count(households["scored"]), count(households["income_or_line_not_known"])
    visited, aside = count(households["visited"]), count(households["not_scored"])
    visits = count(manifest["plan"]["visits"])
    return PageWords(
        question=_question(content.horizon_months),
        cohort=_cohort(content),
        facts=cohort_facts(content),
        methods=Words(
            "所有方法用同样的指标、同样的内部检验、同样的缺失处理。规则顺序就是“当前收入低者先”。"
            + intervals.zh,
            "All methods get the same columns, the same inner validation and the same treatment of "
            f"missing values. The rules' order is “poorest today first”. {intervals.en}",
        ),
        visits=Words(
            "规则必访户总是先走访，一户不少。公平的比较只看必访之外的走访：走访同样多的户，按模型的"
            "次序与按规则的次序各找到多少返贫户。",
            "Must-visits always come first, and none is displaced. The fair comparison is of the "
            "visits beyond them: how many falls equally many visits find in the model's order and "
            "in the rules'.",
        ),
        views=Words(
            "老户：起报日以前见过，正如日常使用。新户：当天首次见到，没有历史记录。两种都要看。",
            "Returning households were seen before the origin, as in daily use. New ones are seen "
            "for the first time and have no history. Both must be looked at.",
        ),
        origins=Words(
            "每期从当时已知的结果学习，再等结果。一期就是一年的天气和物价：看各期的范围，不看一期。",
            "At each origin the model learns from outcomes known by then, and waits. One origin is "
            "one year's weather and prices: read the range over origins, not one of them.",
        ),
        calibration=Words(
            "估计风险20%的户，是否真有约20%返贫？",
            "Of households with a risk of 20%, do about 20% fall?",
        ),
        missed=Words(
            f"名单为规则必访户再加{largest}。没有一份名单能找到所有返贫户：下面是哪些户更容易被漏掉，"
            "走访时应多加留意。评估对象都已知收入，没有“必访规则无法判断”的户；"
            f"本轮评分的{scored}户中有{unknown}户收入或线不明，必访规则无法判断，按其余指标评分，"
            "仍可被抽查或因风险入选。",
            f"Lists hold the must-visits and {largest} more. No list finds every fall: below is "
            "who is missed more often and deserves attention. In the evaluated cohort income is "
            f"known, so no must-visit rule fails to tell; of the {scored} households scored this "
            f"round {unknown} have an unknown income or line: the must-visit rule cannot tell, "
            "they are scored on the rest, and can be drawn by lot or chosen by risk.",
        ),
        unknown=Words(
            "名单上有些户后来没有访到，或收入不明。它们占用走访，却不知道结果：既不算找对，也不算白跑。",
            "Some households on a list were not seen later, or their income was not known. They "
            "take up visits and have no outcome: neither a hit nor a miss.",
        ),
        final_fold=FINAL_FOLD,
        scored=Words(
            f"截至{manifest['as_of']}：走访过{visited}户，评分{scored}户，另{aside}户已低于收入线，"
            f"属于当前需求，不评分。计划走访{visits}户。",
            f"As of {manifest['as_of']}: {visited} households were visited and {scored} scored; "
            f"{aside} are below the line already, a present need, and not scored. {visits} visits "
            "are planned.",
        ),
        counted=Words(
            f"走访{visited} = 评分{scored} + 已低于收入线{aside}。收入或线不明{unknown}户，"
            "已评分并计数。",
            f"{visited} visited = {scored} scored + {aside} below the line already. Income or line "
            f"not known: {unknown}, scored and counted.",
        ),
        rules=rule_words(RULES, manifest, content.rules),
    )


FINAL_FOLD = Words(
    "最终检验用以后才出现的住户和日期，只由专门的命令打开；每次打开都在仓库里留下日期、提交和结果，"
    "不得删改。任何选择都不以它为依据。",
    "The final fold holds households and dates that come later. Only its own command opens it, "
    "and every opening leaves date, commit and result in the repository, never to be changed. No "
    "choice is made by it.",
)
"""Why some outcomes are kept back, the same for all records."""


def _question(horizon_months: int) -> tuple[Words, ...]:
    """What further visits are to find."""
    return (
        Words(
            "走访次数有限。规则已经指出哪些户必须走访；规则之外还能再走访一些户。问题是：这些走访按什么"
            f"次序，才能更早找到{horizon_months}个月后会跌到收入线以下的农户，去了解情况、提供帮扶？",
            "Visits are few. The rules say which households must be visited; some more can be "
            "visited beside them. In which order do those further visits find, early, the "
            f"households that will be below the income line {horizon_months} months later, so that "
            "somebody asks how they are and offers help?",
        ),
        FORWARD,
    )


FORWARD = Words(
    "本报告把模型、规则和几种简单办法放在同样的走访次数下，逐期向前检验：每一期只用当时已经知道的"
    "记录。分数只能把一户加到名单上，不能把任何一户从规则名单上去掉。",
    "This report compares the model, the rules and simple methods at equal visits, forward in "
    "time: at each origin only what was known then is used. A score may add a household to a list; "
    "it never takes one off a rule's list.",
)
"""How methods are compared, the same for all records."""


def _cohort(content: ReportContent) -> tuple[tuple[Words, Words], ...]:
    """Cohort, outcome, estimand, unknown outcomes, and who is outside by design."""
    horizon, estimand = content.horizon_months, words_of(ESTIMANDS, content.estimand)
    unknown = percent(content.metrics["cohort"]["share_unknown"])
    return (
        (
            Words("问谁", "Cohort"),
            Words(
                f"起报日当天走访过、收入已知不低于收入线、并且按安排{horizon}个月后应再次走访的住户。"
                "一户可在几期出现，抽样与区间都把同一地区的户放在一起。",
                "Households visited on the origin, known not to be below the income line then, and "
                f"due for a visit {horizon} months later. A household may enter at several "
                "origins; intervals keep all households of a place together.",
            ),
        ),
        (
            Words("问什么", "Outcome"),
            Words(
                f"状态：{horizon}个月后那次走访时，是否低于收入线。不是事件：两次走访之间跌下又回来的"
                "看不到。文中“返贫”都指这个状态。",
                f"A status: below the income line at the visit {horizon} months later. Not an "
                "event: who fell and recovered in between is not seen. “Fall” means this status "
                "throughout.",
            ),
        ),
        (Words("估计量", "Estimand"), Words(f"风险{estimand.zh}。", f"Risk {estimand.en}.")),
        (
            Words("结果未知", "Unknown outcomes"),
            Words(
                "应访而没有访到，或那时收入、收入线不明：结果未知，绝不当作“没有返贫”。"
                f"占{unknown}。结果另按被访到的机会加权一遍，名单上的未知户给出上下限。",
                "Due and not seen, or income or line not known then: the outcome is unknown and "
                f"never counted as “no”. {unknown} of the cohort. Results are also weighted for "
                "being seen, and unknown households on lists are given bounds.",
            ),
        ),
        (Words("按设计不在内", "Outside by design"), _outside(content.manifest["configuration"])),
    )


def _outside(configuration: Mapping[str, Any]) -> Words:
    """Whom the survey's design leaves out."""
    cohort, final_fold = configuration["cohort"], configuration["final_fold"]
    due, gaps = cohort["due_within_months"], cohort["days_without_survey"]
    zh = ["已经低于收入线的户：属于当前需求，由规则处理，不问“会不会跌”。"]
    en = ["Households below the line already: a present need, handled by the rules. "]
    if due is not None:
        zh.append(
            f"按轮换不会有后一次走访的户（首次走访距起报日超过{due}个月）：不在对象内，不算失访。"
        )
        en.append(
            "Households that by the rotation never have the later visit (first seen more than "
            f"{due} months before the origin): outside, not lost. "
        )
    if gaps:
        zh.append(f"没有调查的日期（{_joined(gaps, '、')}）：不用相邻日期代替。")
        en.append(f"Days without survey ({_joined(gaps, ', ')}): never replaced by a neighbour. ")
    if final_fold:
        first = final_fold["first_seen_from"]
        zh.append(f"最终检验留用的户（{first}起首次见到）：不参加学习和本报告的比较。")
        en.append(
            f"Households kept for the final fold (first seen from {first}): no part in learning or "
            "in these comparisons."
        )
    return Words("".join(zh), "".join(en))


def _joined(days: Sequence[object], sign: str) -> str:
    """Days in one line."""
    return sign.join(str(day) for day in days)


def cohort_facts(content: ReportContent) -> tuple[Fact, ...]:
    """Sizes, known outcomes, share that fell and weights, as cards."""
    cohort, terms = content.metrics["cohort"], content.terms
    n_places = f"{cohort['n_places']}个{terms.places.zh}"
    weighted, plain = percent(cohort["prevalence_weighted"]), percent(cohort["prevalence"])
    share = (
        Fact(
            name=terms.share,
            value=weighted,
            about=Words(
                f"不加权，只算已知者：{plain}", f"known outcomes only, unweighted: {plain}"
            ),
        )
        if terms.is_weighted
        else Fact(
            name=terms.share,
            value=plain,
            about=Words(f"按被访到的机会加权：{weighted}", f"weighted for being seen: {weighted}"),
        )
    )
    known = percent(1 - cohort["share_unknown"])
    return (
        Fact(
            name=Words("户次", "household-dates"),
            value=count(cohort["n_household_dates"]),
            about=Words(
                f"{count(cohort['n_households'])}户，{cohort['n_origins']}期，{n_places}",
                f"{count(cohort['n_households'])} households, {cohort['n_origins']} origins, "
                f"{cohort['n_places']} {terms.places.en}",
            ),
        ),
        Fact(
            name=Words("结果已知", "known outcomes"),
            value=count(cohort["n_known"]),
            about=Words(f"占{known}", f"{known} of all"),
        ),
        share,
        Fact(
            name=Words("规则必访", "must-visits"),
            value=percent(cohort["share_must_visit"]),
            about=Words("占全部户次", "of all household-dates"),
        ),
        Fact(
            name=Words("期数", "origins"),
            value=count(cohort["n_origins"]),
            about=Words("起报日见“每一期的结果”", "days: see “Every origin”"),
        ),
        Fact(
            name=Words("加权后有效样本", "effective size after weighting"),
            value=percent(cohort["seen_effective_share"]),
            about=Words("占已知结果；越低，权数越不均", "of the known; lower is less even"),
        ),
    )
