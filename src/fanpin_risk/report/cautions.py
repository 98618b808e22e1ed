"""What results do not show, and what they must not be used for: the same words everywhere."""

from __future__ import annotations

from fanpin_risk.report.words import Words


def limits(horizon_months: int, *, kind: str) -> tuple[Words, ...]:
    """Return what no result of this package shows, whatever the data.

    Parameters
    ----------
    horizon_months
        How far the risk looks ahead.
    kind
        ``status`` at a later visit, or ``event``: need that a register found.

    Examples
    --------
    >>> limits(12, kind="status")[1].en
    'The outcome is the status at one visit 12 months later; what happens in between is not seen.'
    """
    return (
        Words(
            "风险照现状估计，帮扶已含在内：不能用来说明帮扶有没有用，也不能说明停掉帮扶会怎样。",
            "Risks are as things are, help included: they say nothing about what help does, or "
            "what would happen without it.",
        ),
        *_unseen(horizon_months, kind),
        Words(
            "突发变故（疾病、事故、灾害）难以从以往记录看出：不要只等名单，发现困难随时上报。",
            "Sudden hardship (illness, accident, disaster) hardly shows in past records: do not "
            "wait for a list, report need at any time.",
        ),
        *_others(kind),
        Words(
            "比较时名单按全体住户切，实际计划按各队的能力切，各队所得会与此不同。",
            "Lists were compared over all households; the plan is cut within each team's capacity, "
            "so a team's own figures differ.",
        ),
        _low(kind),
    )


def _unseen(horizon_months: int, kind: str) -> tuple[Words, ...]:
    """What an outcome of this kind does not see."""
    if kind == "status":
        return (
            Words(
                f"结果是{horizon_months}个月后一次走访时的状态，其间的起落看不到。",
                f"The outcome is the status at one visit {horizon_months} months later; what "
                "happens in between is not seen.",
            ),
        )
    return (
        Words(
            f"结果是{horizon_months}个月内查实的困难。没有人查到的困难看不到，两次查看之间来了又去的"
            "也看不到：真实的困难可能更多。",
            f"The outcome is need found within {horizon_months} months. A need that nobody found "
            "is not seen, nor one that came and went between two looks: the true number may be "
            "higher.",
        ),
        Words(
            "查得多的地方，查实的也多；风险高低里含着“会不会有人去查”。",
            "Where more is looked at, more is found; a risk holds in it whether somebody will "
            "look.",
        ),
        Words(
            "登记收入由人填报，只有部分户有，不是实测；没有登记的不当作零，也不当作够。",
            "Incomes on the register are reported by people and there for some households only; "
            "none on record is taken neither for zero nor for enough.",
        ),
    )


def _others(kind: str) -> tuple[Words, ...]:
    """How far results carry to households and days that were not seen."""
    if kind == "status":
        return (
            Words(
                "没有访到的户可能与访到的不同；加权只校正记录里看得到的差别。",
                "Households that were not seen may differ; weighting mends only what the records "
                "show.",
            ),
            Words(
                "区间说的是同一时期换一批地区；明年可能不同，见各期的范围。",
                "Intervals are about other places at the same dates; next year may differ, see the "
                "range over origins.",
            ),
        )
    return (
        Words(
            "没有看过的户可能与看过的不同；加权只校正记录里看得到的差别。",
            "Households that nobody looked at may differ; weighting mends only what the records "
            "show.",
        ),
        Words(
            "区间说的是同一时期换一批村；明年可能不同，见各期的范围。",
            "Intervals are about other villages at the same dates; next year may differ, see the "
            "range over origins.",
        ),
    )


def _low(kind: str) -> Words:
    """What a low score does not say."""
    if kind == "status":
        return Words(
            "低分不等于没有困难；名单之外仍有返贫户。",
            "A low score does not mean no hardship; households fall that are on no list.",
        )
    return Words(
        "低分不等于没有困难；名单之外仍会有农户出现困难。",
        "A low score does not mean no hardship; households come to be in need that are on no list.",
    )


MUST_NOT = (
    Words(
        "不得据此认定或取消任何人的帮扶资格，不得据此判定风险消除、退出监测。",
        "Nobody's eligibility is granted or withdrawn by it, and nobody leaves monitoring because "
        "of it.",
    ),
    Words(
        "不得用分数或名单考核干部、村、乡镇，也不得据以排名。",
        "No cadre, village or township is appraised or ranked by scores or lists.",
    ),
    Words(
        "分数只能把一户加到走访名单，不能把任何一户从规则名单上去掉。",
        "A score may add a household to a visit list; it never removes one from a rule's list.",
    ),
    Words(
        "不得公示、转发分数、理由和名单；不得向住户或邻里透露。",
        "Scores, reasons and lists are not published or passed on, nor shown to households or "
        "neighbours.",
    ),
    Words(
        "是否帮扶、怎样帮扶，由人按政策入户核实后决定。",
        "Whether and how to help is decided by people, by the rules, after a visit.",
    ),
)
"""What nobody may do with a result."""
