"""Reading ``metrics.json``: values with the interval that is to be read, budgets and views."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fanpin_risk.errors import SchemaError
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import METHODS, Words, count, is_missing

MODEL = "lightgbm"
RULES = "rules_order"
PLAN = "rules_then_model"
"""The method that the visit plan follows: must-visits first, the rest by the model."""

FURTHER = "further_falls_at_"
_KINDS = {"jackknife": ("jackknife_low", "jackknife_high"), "bootstrap": ("low", "high")}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A value and its 95% interval; None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def position(self) -> float:
        """Where the value is drawn: NaN, so nowhere, when there is none."""
        return math.nan if self.value is None else self.value

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return not (is_missing(self.low) or is_missing(self.high))

    def is_above(self, bound: float) -> bool:
        """Whether the whole interval lies above a number; never without an interval."""
        return self.has_interval and self.low is not None and self.low > bound

    def is_below(self, bound: float) -> bool:
        """Whether the whole interval lies below a number; never without an interval."""
        return self.has_interval and self.high is not None and self.high < bound


def reading(row: Mapping[str, Any] | None, *, basis: str) -> Reading:
    """Value of a row of ``metrics.json`` with the interval that its design says to read.

    Parameters
    ----------
    row
        ``value, low, high, jackknife_low, jackknife_high``, some of them None; None gives a
        reading without a value.
    basis
        ``jackknife``, ``bootstrap`` or ``none``.

    Examples
    --------
    >>> row = {"value": 1.0, "low": 0.9, "high": 1.1, "jackknife_low": 0.8, "jackknife_high": 1.2}
    >>> reading(row, basis="jackknife").low, reading(row, basis="none").low
    (0.8, None)
    """
    if row is None:
        return Reading(value=None)
    low, high = _KINDS.get(basis, ("", ""))
    return Reading(value=row.get("value"), low=row.get(low), high=row.get(high))


@dataclass(frozen=True, kw_only=True)
class View:
    """One part of the cohort, with what was measured on it (``metrics["views"][name]``)."""

    name: str
    content: Mapping[str, Any]

    @property
    def basis(self) -> str:
        """Which interval is read."""
        return str(self.content["design"]["basis"])

    @property
    def methods(self) -> list[str]:
        """Methods measured, in the order of the tables; unknown ones last."""
        found = self.content["methods"]
        return [*(m for m in METHODS if m in found), *sorted(m for m in found if m not in METHODS)]

    def of(self, method: str, measure: str, *, basis: str | None = None) -> Reading:
        """One method's measure."""
        row = self.content["methods"].get(method, {}).get(measure)
        return reading(row, basis=basis or self.basis)

    def difference(self, a: str, b: str, measure: str) -> Reading:
        """Measure of ``a`` minus that of ``b``."""
        row = self.content["differences"].get(f"{a} - {b}", {}).get(measure)
        return reading(row, basis=self.basis)

    def ratio(self, a: str, b: str, measure: str) -> Reading:
        """Measure of ``a`` over that of ``b``."""
        row = self.content["ratios"].get(f"{a} / {b}", {}).get(measure)
        return reading(row, basis=self.basis)


def view(metrics: Mapping[str, Any], name: str) -> View | None:
    """Return a part of the cohort; None where nothing could be measured on it."""
    content = metrics["views"].get(name, {})
    return View(name=name, content=content) if "methods" in content else None


def whole_cohort(metrics: Mapping[str, Any]) -> View:
    """Return the view of everybody.

    Raises
    ------
    SchemaError
        If nothing was measured: a report needs known outcomes of both kinds.
    """
    found = view(metrics, "all")
    if found is None:
        raise SchemaError(
            "metrics holds no measures of the whole cohort: some outcomes must be known, "
            "of both kinds. Widen the period of the backtest."
        )
    return found


def further_shares(of_all: View) -> list[str]:
    """Names of the budgets of further visits, smallest first: ``2%, 5%, 10%``."""
    measures = of_all.content["methods"][RULES]
    names = [key.removeprefix(FURTHER) for key in measures if key.startswith(FURTHER)]
    return sorted(names, key=share_of)


def share_of(name: str) -> float:
    """Share of the cohort that a budget's name stands for, without the must-visits.

    Examples
    --------
    >>> share_of("2%"), share_of("must+10%")
    (0.02, 0.1)
    """
    found = re.fullmatch(r"(?:must\+)?([\d.]+(?:e-\d+)?)%", name)
    if found is None:
        raise ValueError(f"No budget is called {name!r}. Names look like '2%' and 'must+2%'.")
    return float(f"{float(found[1]):.10g}e-2")


def compared(of_all: View) -> list[str]:
    """Baselines that the model's measures are subtracted from, in the order of the tables."""
    return [m for m in of_all.methods if f"{MODEL} - {m}" in of_all.content["differences"]]


def interval_words(of_all: View, terms: Terms) -> Words:
    """Which interval is read, and what it holds for.

    Examples
    --------
    >>> from fanpin_risk.report.terms import SURVEY_TERMS
    >>> design = {"basis": "none", "n_clusters": 9, "n_replicates": 50}
    >>> interval_words(View(name="all", content={"design": design}), SURVEY_TERMS).en
    'With 9 places no interval is given: at least 15 are needed.'
    """
    design = of_all.content["design"]
    places = f"{count(design['n_clusters'])}个{terms.places.zh}"
    places_en = f"{count(design['n_clusters'])} {terms.places.en}"
    if of_all.basis == "none":
        return Words(
            f"只有{places}，不给区间：至少需要15个。",
            f"With {places_en} no interval is given: at least 15 are needed.",
        )
    largest = f"{design['largest_cluster_share']:.0%}"
    holds = Words(
        f"区间说的是：同一时期换一批{terms.places.zh}，结果会差多少；模型不变，也不说明下一年。",
        f"Intervals say how results would vary over other {terms.places.en} at the same dates; the "
        "model is held fixed, and nothing is said about the next year.",
    )
    if of_all.basis == "bootstrap":
        draws = count(design["n_replicates"])
        return Words(
            f"方括号为95%区间：{places}重抽{draws}次（自助法），各方法同一批抽样。{holds.zh}",
            f"Brackets hold 95% intervals by bootstrap over {places_en}, {draws} draws, the "
            f"same for all methods. {holds.en}",
        )
    return Words(
        f"方括号为95%区间：{places}逐一剔除（刀切法，t分布）。{terms.places.zh}不足40个或有一个"
        f"超过一成（最大{largest}）时，自助法偏窄，以刀切法为准。{holds.zh}",
        f"Brackets hold 95% intervals by leaving out each of {places_en} in turn (jackknife, "
        f"t). With fewer than 40 {terms.places.en}, or one above a tenth (largest: {largest}), the "
        f"bootstrap is too narrow and the jackknife is read. {holds.en}",
    )


def listed(names: Sequence[Words]) -> Words:
    """Several things in one sentence.

    Examples
    --------
    >>> listed([Words("甲", "A"), Words("乙", "B")])
    Words(zh='甲、乙', en='A, B')
    """
    return Words("、".join(w.zh for w in names), ", ".join(w.en for w in names))
