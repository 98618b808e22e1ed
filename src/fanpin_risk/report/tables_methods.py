"""Tables that compare the methods: ranking, lists, differences, views, unknown outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fanpin_risk.report.readings import (
    FURTHER,
    MODEL,
    PLAN,
    RULES,
    Reading,
    View,
    compared,
    further_shares,
    share_of,
    view,
    whole_cohort,
)
from fanpin_risk.report.tables import (
    METHOD,
    POOLED,
    SHORT,
    Cell,
    Table,
    label,
    plain,
    with_interval,
)
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import (
    DASH,
    METHODS,
    Words,
    capital,
    count,
    is_missing,
    number,
    percent,
)


def ranking_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """AUC and average precision of every method, with both kinds of interval.

    The plan's order is a place within an origin, so its ranking over all origins has no meaning.
    """
    of_all = whole_cohort(metrics)
    has_two = of_all.basis == "jackknife"
    measures = ("auc", "average_precision")
    head = [METHOD, *(SHORT[m] for m in measures)]
    if has_two:
        boot = Words("自助法区间", "bootstrap interval")
        head += [Words(f"{SHORT[m].zh}{boot.zh}", f"{SHORT[m].en}, {boot.en}") for m in measures]
    rows = []
    for method in of_all.methods:
        found = [_pooled(of_all, method, m) for m in measures]
        row = [label(terms.method(method)), *(with_interval(value) for value in found)]
        if has_two:
            row += [_bootstrap(of_all, method, m) for m in measures]
        rows.append(tuple(row))
    return Table(
        name="ranking",
        caption=Words("排序能力", "How well each method ranks"),
        head=tuple(head),
        rows=tuple(rows),
        marked=_marked(of_all),
        note=Words(
            f"{terms.auc.zh}“先规则后模型”的次序只在一期之内有意义，不算跨期的AUC。",
            f"{terms.auc.en} The order of “rules, then model” has a meaning within an origin only, "
            "so no AUC over all origins is given.",
        ),
    )


def _pooled(of_all: View, method: str, measure: str) -> Reading:
    """One measure over all origins together; none for an order within origins."""
    return Reading(value=None) if method == PLAN else of_all.of(method, measure)


def _bootstrap(of_all: View, method: str, measure: str) -> Cell:
    """Give the bootstrap interval where another one is read."""
    row = of_all.of(method, measure, basis="bootstrap")
    if method == PLAN or not row.has_interval:
        return plain(DASH)
    return plain(f"[{number(row.low)}, {number(row.high)}]")


def budget_table(
    metrics: Mapping[str, Any], measure: str, terms: Terms, *, caption: Words, note: Words
) -> Table:
    """One measure (``precision`` or ``recall``) of every method at the must-visits plus shares."""
    of_all = whole_cohort(metrics)
    names = ["0%", *further_shares(of_all)]
    return Table(
        name=measure,
        caption=caption,
        head=(METHOD, *(_budget_words(name) for name in names)),
        rows=tuple(
            (
                label(terms.method(method)),
                *(
                    with_interval(of_all.of(method, f"{measure}_at_must+{name}"), as_percent=True)
                    for name in names
                ),
            )
            for method in of_all.methods
        ),
        note=note,
        marked=_marked(of_all),
    )


def _budget_words(name: str) -> Words:
    """Words for a list: the must-visits, alone or with a share of the cohort."""
    if share_of(name) == 0:
        return Words("与必访户一样多", "as many as must-visits")
    return Words(f"再加{name}", f"+{name}")


def _marked(of_all: View) -> frozenset[int]:
    """Rows of the model and of the plan's order."""
    return frozenset(i for i, m in enumerate(of_all.methods) if m in (MODEL, PLAN))


def difference_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """The model minus each baseline at the main measures, with intervals."""
    of_all = whole_cohort(metrics)
    names = further_shares(of_all)
    name = names[len(names) // 2]
    measures = {
        "auc": (SHORT["auc"], False),
        "average_precision": (SHORT["average_precision"], False),
        f"precision_at_must+{name}": (
            Words(f"精确率（必访+{name}）", f"precision (must-visits + {name})"),
            True,
        ),
        f"recall_at_must+{name}": (
            Words(f"查全率（必访+{name}）", f"recall (must-visits + {name})"),
            True,
        ),
    }
    rows = []
    for method in compared(of_all):
        cells = [
            with_interval(_points(of_all.difference(MODEL, method, m), shares), **_form(shares))
            for m, (_, shares) in measures.items()
        ]
        rows.append((label(terms.method(method)), *cells))
    return Table(
        name="differences",
        caption=Words("模型减基准", "Model minus baseline"),
        head=(
            Words("基准", "baseline"),
            *(
                Words(w.zh, f"{w.en}, points" if shares else w.en)
                for w, shares in measures.values()
            ),
        ),
        rows=tuple(rows),
        note=Words(
            "粗体：区间不含0。精确率、查全率之差以百分点计。比较方法以差的区间为准，不以两个区间是否重叠为准。",
            "Bold: the interval excludes 0. Differences of precision and recall are in percentage "
            "points. Intervals of differences decide between methods, not overlaps of two "
            "intervals.",
        ),
    )


def _points(found: Reading, shares: bool) -> Reading:
    """Turn a difference of shares into percentage points."""
    if not shares:
        return found

    def scaled(value: float | None) -> float | None:
        return None if value is None else 100 * value

    return Reading(value=scaled(found.value), low=scaled(found.low), high=scaled(found.high))


def _form(shares: bool) -> dict[str, Any]:
    """How a difference is written."""
    return {"decimals": 1 if shares else 3, "signed": True, "against": 0.0}


def further_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """Falls in the further visits, model against rules, and what total recall can reach at most."""
    of_all = whole_cohort(metrics)
    rows = []
    for name in further_shares(of_all):
        falls, right = f"{FURTHER}{name}", f"further_precision_at_{name}"
        recall = f"recall_at_must+{name}"
        of_rules = of_all.of(RULES, recall).value
        cap = None if is_missing(of_rules) or not of_rules else 1 / of_rules
        rows.append(
            (
                label(Words(f"再加{name}", f"+{name}")),
                plain(count(of_all.of(MODEL, falls).value)),
                plain(count(of_all.of(RULES, falls).value)),
                with_interval(of_all.ratio(MODEL, RULES, falls), decimals=2, against=1.0),
                with_interval(of_all.of(MODEL, right), as_percent=True),
                with_interval(of_all.of(RULES, right), as_percent=True),
                with_interval(of_all.ratio(PLAN, RULES, recall), decimals=2, against=1.0),
                plain(number(cap, decimals=2)),
            )
        )
    return Table(
        name="further",
        caption=Words(
            f"必访之外的走访找到多少{terms.falls.zh}",
            f"{capital(terms.falls.en)} found by the further visits",
        ),
        head=(
            Words("走访", "visits"),
            Words("模型找到", "found, model"),
            Words("规则顺序找到", "found, rules"),
            Words("之比", "ratio"),
            Words("模型精确率", "precision, model"),
            Words("规则精确率", "precision, rules"),
            Words("总查全率之比", "ratio of total recall"),
            Words("其上限", "its cap"),
        ),
        rows=tuple(rows),
        note=Words(
            f"各期合计的已知{terms.falls.zh}数。必访户两边相同，所以只比必访之外的走访；"
            "总查全率之比最多为1÷规则的查全率，因此看起来总是较小。",
            f"Known {terms.falls.en} over all origins. Must-visits are the same on both sides, so "
            "only the visits beyond them are compared; the ratio of total recall cannot exceed 1 / "
            "recall of the rules, and so always looks smaller.",
        ),
    )


def view_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """Main measures in both forward views, over everybody and over known outcomes only."""
    names = further_shares(whole_cohort(metrics))
    name = names[len(names) // 2]
    rows = []
    shown = [*terms.views]
    if terms.is_weighted and view(metrics, "new") is None:
        shown = [key for key in shown if key not in ("returning", "new")]
    for key in shown:
        found = view(metrics, key)
        content = metrics["views"].get(key, {})
        cells = [
            label(terms.views[key]),
            plain(count(content.get("n_households"))),
            plain(count(content.get("n_known"))),
            plain(percent(content.get("prevalence"))),
        ]
        cells += [plain(DASH)] * 5 if found is None else _view_cells(found, name)
        rows.append(tuple(cells))
    return Table(
        name="views",
        caption=Words("两种前瞻视角", "Two forward views"),
        head=(
            Words("哪些户", "households"),
            Words("户次", "household-dates"),
            Words("结果已知", "known outcomes"),
            terms.share,
            Words("模型AUC", "AUC, model"),
            Words("减规则顺序", "minus rules' order"),
            Words("减逻辑回归", "minus logistic"),
            Words("精确率10%", "precision at 10%"),
            Words(f"之比（+{name}）", f"ratio at +{name}"),
        ),
        rows=tuple(rows),
        note=Words(
            "精确率10%：模型得分最高的一成户。之比：必访之外的走访中，模型与规则顺序找到的"
            f"{terms.falls.zh}之比。",
            "Precision at 10%: the tenth of households with the highest scores. Ratio: "
            f"{terms.falls.en} found in the further visits, model over the rules' order.",
        ),
    )


def _view_cells(found: View, name: str) -> list[Cell]:
    """Measures of one view."""
    return [
        with_interval(found.of(MODEL, "auc")),
        with_interval(found.difference(MODEL, RULES, "auc"), signed=True, against=0.0),
        with_interval(found.difference(MODEL, "logistic", "auc"), signed=True, against=0.0),
        with_interval(found.of(MODEL, "precision_at_10%"), as_percent=True),
        with_interval(found.ratio(MODEL, RULES, FURTHER + name), decimals=2, against=1.0),
    ]


def weighted_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """Point values as they are, and weighted by the inverse chance of being seen."""
    names = further_shares(whole_cohort(metrics))
    measures: dict[str, tuple[Words, Callable[[float | None], str]]] = {
        "auc": (SHORT["auc"], number),
        "average_precision": (SHORT["average_precision"], number),
        f"precision_at_{names[-1]}": (
            Words(f"精确率{names[-1]}", f"precision {names[-1]}"),
            percent,
        ),
        f"recall_at_{names[-1]}": (Words(f"查全率{names[-1]}", f"recall {names[-1]}"), percent),
        "expected_over_observed": (SHORT["expected_over_observed"], number),
    }
    rows = []
    for method in [m for m in METHODS if m in metrics["weighted"] and m != PLAN]:
        both = metrics["weighted"][method]
        cells = [
            Cell(text=form(both["weighted"].get(m)), note=form(both[POOLED].get(m)))
            for m, (_, form) in measures.items()
        ]
        rows.append((label(terms.method(method)), *cells))
    return Table(
        name="weighted",
        caption=terms.weighted,
        head=(METHOD, *(words for words, _ in measures.values())),
        rows=tuple(rows),
        note=terms.weighted_note,
    )


def unknown_table(metrics: Mapping[str, Any], terms: Terms) -> Table:
    """How much of each list has no known outcome, and what that can mean at worst and at best."""
    rows = []
    for name in sorted(metrics["lists"], key=share_of):
        for method in (MODEL, "logistic", RULES):
            row = metrics["lists"][name].get(method)
            if row is None:
                continue
            rows.append(
                (
                    label(Words(f"{name}", f"{count(row['k'])} visits")),
                    label(terms.method(method)),
                    plain(percent(row["unknown_share"])),
                    plain(percent(row["precision"])),
                    plain(f"{percent(row['precision_low'])} – {percent(row['precision_high'])}"),
                    plain(percent(row["recall"])),
                    plain(f"{percent(row['recall_low'])} – {percent(row['recall_high'])}"),
                )
            )
    return Table(
        name="unknown",
        caption=Words("名单上结果未知的户", "Unknown outcomes on the lists"),
        head=(
            Words("名单（占全部户）", "list, share of all"),
            METHOD,
            Words("结果未知", "unknown"),
            Words("精确率（已知者）", "precision, known"),
            Words("上下限", "bounds"),
            Words("查全率（已知者）", "recall, known"),
            Words("上下限", "bounds"),
        ),
        rows=tuple(rows),
        note=terms.unknown_bounds,
    )
