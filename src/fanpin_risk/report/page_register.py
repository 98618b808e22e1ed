"""What the page says of a register: events within a horizon, and what nobody found is not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanpin_risk.outcomes.flow import EXCLUDED
from fanpin_risk.report.content import ReportContent
from fanpin_risk.report.page import PageWords
from fanpin_risk.report.page_survey import FINAL_FOLD, FORWARD, cohort_facts
from fanpin_risk.report.readings import RULES, further_shares, interval_words, whole_cohort
from fanpin_risk.report.rules_told import rule_words
from fanpin_risk.report.words import ESTIMANDS, Words, count, percent, words_of
from fanpin_risk.standards.catalogue import STANDARD_RULES


def register_page(content: ReportContent) -> PageWords:
    """Return the paragraphs of a page about need that was found within a horizon."""
    metrics, manifest = content.metrics, content.manifest
    of_all = whole_cohort(metrics)
    intervals = interval_words(of_all, content.terms)
    rules = content.terms.method(RULES)
    return PageWords(
        question=_question(content.horizon_months),
        cohort=_cohort(content),
        facts=cohort_facts(content),
        methods=Words(
            f"所有方法用同样的指标、同样的内部检验、同样的缺失处理。{rules.zh}：没有登记的户按中间值排。"
            + intervals.zh,
            "All methods get the same columns, the same inner validation and the same treatment of "
            f"missing values. The {rules.en}: who has none on record stands in the middle. "
            + intervals.en,
        ),
        visits=Words(
            "规则必访户总是先走访，一户不少。公平的比较只看必访之外的走访：走访同样多的户，按模型的"
            "次序与按规则的次序各有多少新困难户。这里的“找到”，指名单上有、后来查实的。",
            "Must-visits always come first, and none is displaced. The fair comparison is of the "
            "visits beyond them: how many new needs equally many visits find in the model's order "
            "and in the rules'. “Found” means on the list, and later found in need.",
        ),
        views=Words(
            "台账里的户大多早已在册，起报日当天才新登记的很少，没有时不列。“仅结果已知者”不加权，"
            "困难户占得过多，只供与别处的结果对照。",
            "Most households of a register have long been on record; few are first entered on the "
            "origin itself. “Known outcomes only” is not weighted and holds too many needs: it is "
            "for comparison with results from elsewhere.",
        ),
        origins=Words(
            "每期从当时已知的结果学习，再等结果。一期只是一段时间的天气、物价和排查：看各期的范围，"
            "不看一期。",
            "At each origin the model learns from outcomes known by then, and waits. One origin is "
            "one season's weather, prices and rounds of visits: read the range over origins, not "
            "one of them.",
        ),
        calibration=Words(
            "估计风险20%的户，是否真有约20%后来查实有困难？图中为加权后的占比；没有查到的困难不在其中，"
            "所以“相符”只是与查得到的相符。",
            "Of households with a risk of 20%, are about 20% found in need later? Shares are "
            "weighted; needs that nobody found are not among them, so agreement is with what is "
            "found.",
        ),
        missed=_missed(manifest, further_shares(of_all)[-1]),
        unknown=Words(
            "名单上有些户后来没有人看过，或搬走。它们占用走访，却不知道结果：既不算找对，也不算白跑。"
            "下表不加权。",
            "Nobody looked at some households of a list later, or they moved away. They take up "
            "visits and have no outcome: neither a hit nor a miss. This table is not weighted.",
        ),
        final_fold=FINAL_FOLD
        if manifest["configuration"].get("final_fold")
        else Words("本配置没有留出最终检验。", "This configuration keeps no final fold."),
        scored=_scored(manifest),
        counted=_counted(manifest),
        left_out=tuple(Words(*words) for words in manifest["left_out"].values()),
        rules=rule_words(STANDARD_RULES, manifest, content.rules),
        has_final_fold=bool(manifest["configuration"].get("final_fold")),
        titles={"views": Words("各部分与加权", "Parts of the cohort, and weighting")},
    )


def outside_words(counts: Mapping[str, int]) -> Words:
    """Count who is not asked about, by reason, in the order in which reasons are asked.

    Examples
    --------
    >>> outside_words({"open_clue": 8, "listed": 127}).zh
    '已纳入监测对象127户，线索尚未核查8户'
    """
    known = {name: counts[name] for name in EXCLUDED if counts.get(name)}
    return Words(
        "，".join(f"{reason(name).zh}{count(n)}户" for name, n in known.items()),
        ", ".join(f"{reason(name).en}: {count(n)}" for name, n in known.items()),
    )


def reason(name: str) -> Words:
    """Short words for why a household is not asked about.

    Examples
    --------
    >>> reason("open_clue")
    Words(zh='线索尚未核查', en='a clue is not answered yet')
    """
    zh, en = EXCLUDED[name]
    return Words(zh.split("：")[0], en.split(":")[0])


def _question(horizon_months: int) -> tuple[Words, ...]:
    """What further visits are to find."""
    return (
        Words(
            "走访次数有限。规则已经指出哪些户必须走访；规则之外还能再走访一些户。问题是：这些走访按什么"
            f"次序，才能更早找到今后{horizon_months}个月内会出现困难的农户，去了解情况、提供帮扶？",
            "Visits are few. The rules say which households must be visited; some more can be "
            "visited beside them. In which order do those further visits find, early, the "
            f"households that will come to be in need within {horizon_months} months, so that "
            "somebody asks how they are and offers help?",
        ),
        FORWARD,
    )


def _cohort(content: ReportContent) -> tuple[tuple[Words, Words], ...]:
    """Records, cohort, outcome, estimand, unknown outcomes, and what is not seen."""
    outcome, estimand = content.outcome, words_of(ESTIMANDS, content.estimand)
    cohort = content.metrics["cohort"]
    rows = content.metrics["population"]
    least, most = (
        percent(_pooled(rows, key)) for key in ("share_fell_at_least", "share_fell_at_most")
    )
    unknown = percent(cohort["share_unknown"])
    months = content.horizon_months
    return (
        (
            Words("依据的记录", "Records"),
            Words(f"{outcome.basis_zh}。", f"{_sentence(outcome.basis_en)}"),
        ),
        (
            Words("问谁", "Cohort"),
            Words(
                f"{outcome.cohort_zh}。为何不问，各有多少户，见下表。一户可在几期出现，抽样与区间都把"
                "同一村的户放在一起。",
                f"{_sentence(outcome.cohort_en)} Why a household is not asked about, and how many "
                "are not, stands in the table below. A household may enter at several origins; "
                "intervals keep all households of a village together.",
            ),
        ),
        (
            Words("问什么", "Outcome"),
            Words(
                f"事件：{outcome.title_zh}。{outcome.outcome_zh}。文中“新困难户”都指这样的户，"
                "不是按政策认定的“返贫户”。",
                f"An event: {outcome.title_en}. {_sentence(outcome.outcome_en)} “New need” means "
                "such a household throughout; it is no official finding of having fallen back into "
                "poverty.",
            ),
        ),
        (Words("估计量", "Estimand"), Words(f"风险{estimand.zh}。", f"Risk {estimand.en}.")),
        (
            Words("结果未知", "Unknown outcomes"),
            Words(
                f"没有人看过的户，结果未知，绝不当作“没有困难”。占{unknown}。看过而没有困难的户按"
                f"“被看过的机会”加权，代表没有看过的相似户。不作任何假设时，{months}个月新困难户占比"
                f"在{least}至{most}之间。",
                "Where nobody looked the outcome is unknown and never counted as “no”: "
                f"{unknown} of the cohort. Households looked at and not in need are weighted by "
                "their chance of being looked at, and stand for those like them that were not. "
                f"Without any assumption between {least} and {most} came to be in need within "
                f"{months} months.",
            ),
        ),
        (
            Words("看不到什么", "What is not seen"),
            Words(
                "没有人查到的困难，台账里没有，本报告也看不到；查得多的村，查实的也多。因此村与村、"
                "年与年的差别，也可能是查的差别。登记收入由人填报，只有部分户有，有的已是旧数。",
                "A need that nobody found is not in the register, and not in this report; where "
                "more is looked at, more is found. So differences between villages or years may be "
                "differences of looking. Incomes on the register are reported by people, for some "
                "households only, and some are old.",
            ),
        ),
    )


def _pooled(rows: list[Mapping[str, Any]], key: str) -> float:
    """Bound of the share that fell, over all origins together."""
    n = sum(row["n_asked_about"] for row in rows)
    return float(sum(row[key] * row["n_asked_about"] for row in rows) / n)


def _sentence(text: str) -> str:
    """A phrase as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def _missed(manifest: Mapping[str, Any], largest: str) -> Words:
    """What the lists of the comparison are, and what becomes of a rule that cannot tell."""
    households = manifest["households"]
    scored, unknown = count(households["scored"]), count(households["income_or_line_not_known"])
    return Words(
        f"名单为规则必访户再加{largest}。没有一份名单能找到所有新困难户：下面是哪些户更容易被漏掉，"
        f"走访时应多加留意。本轮评分的{scored}户中有{unknown}户没有登记收入（或没有线），收入类必访"
        "规则无法判断：别的必访规则也不符合的，比较时按不必访排队，本轮按其余指标评分，仍可被抽查或因"
        "风险入选。",
        f"Lists hold the must-visits and {largest} more. No list finds every new need: below is "
        f"who is missed more often and deserves attention. Of the {scored} households scored this "
        f"round {unknown} have no income on the register (or no line), so that the must-visit "
        "rules on income cannot tell: who meets no other must-visit rule queues as no must-visit "
        "in the comparison, is scored on the rest this round, and can be drawn by lot or chosen "
        "by risk.",
    )


def _scored(manifest: Mapping[str, Any]) -> Words:
    """Say of this round who was on record, scored and not, and how many visits are planned."""
    households = manifest["households"]
    outside = outside_words(manifest["not_scored_by_reason"])
    on_record, scored = count(households["visited"]), count(households["scored"])
    aside, visits = count(households["not_scored"]), count(manifest["plan"]["visits"])
    return Words(
        f"截至{manifest['as_of']}：在册{on_record}户，评分{scored}户，另{aside}户不预测"
        f"（{outside.zh}），各按程序办理，不在走访计划内。计划走访{visits}户。",
        f"As of {manifest['as_of']}: {on_record} households were on record and {scored} scored; "
        f"{aside} are not asked about ({outside.en}): they are dealt with as the mechanism "
        f"provides, and are not on this plan. {visits} visits are planned.",
    )


def _counted(manifest: Mapping[str, Any]) -> Words:
    """The same as an equation."""
    households = manifest["households"]
    outside = outside_words(manifest["not_scored_by_reason"])
    on_record, scored = count(households["visited"]), count(households["scored"])
    aside, unknown = count(households["not_scored"]), count(households["income_or_line_not_known"])
    return Words(
        f"在册{on_record} = 评分{scored} + 不预测{aside}（{outside.zh}）。没有登记收入或没有线的"
        f"{unknown}户，已评分并计数。",
        f"{on_record} on record = {scored} scored + {aside} not asked about ({outside.en}). No "
        f"income on the register, or no line: {unknown}, scored and counted.",
    )
