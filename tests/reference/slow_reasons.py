"""Reasons the slow and obvious way: household after household, one rule after the other."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import product
from statistics import median, median_low

import polars as pl

from fanpin_risk.causes import CAUSE_WORDS, SUPPORT, Cause
from fanpin_risk.explain.amounts import said
from fanpin_risk.explain.comparisons import LEAST_SHIFT, Beside
from fanpin_risk.explain.middle import FEWEST_IN_VILLAGE, WHOLE
from fanpin_risk.explain.ranking import LEAST_CONTRIBUTION
from fanpin_risk.explain.reasons import NOTHING_EN, NOTHING_ZH, REASONS_SCHEMA
from fanpin_risk.explain.sentences import PUT_DOWN_ON, sentence
from fanpin_risk.explain.telling import FEWEST_KNOWN, HELP, NO_SIGN, RECENT_DAYS
from fanpin_risk.indicators.indicator import Aggregate

A = Aggregate


def slow_reasons(
    contributions,
    features,
    columns,
    *,
    seen_on,
    as_of,
    n_reasons=3,
    raw_score=None,
    villages=None,
):
    """What `fanpin_risk.explain.reasons.reasons` gives, without any of its shortcuts."""
    table = [
        [_value(value) for value in row]
        for row in features.select([column.name for column in columns]).iter_rows()
    ]
    villages = [None] * len(table) if villages is None else villages.to_list()
    middles = _middles(table, columns, villages)
    shares = [
        1 - sum(row[i] is None for row in table) / max(len(table), 1) for i in range(len(columns))
    ]
    rows = []
    for n, (household, parts, values, seen) in enumerate(
        zip(features["household_id"], contributions, table, seen_on, strict=True)
    ):
        everybody = [middles[None, i] for i in range(len(columns))]
        found = _ranked(parts, values, columns, everybody, shares)[:n_reasons]
        for rank in range(n_reasons):
            line = {"household_id": household, "rank": rank + 1, **NOTHING}
            if rank < len(found):
                total, i, cause = found[rank]
                line |= {"contribution": total, **_facts(columns[i], cause)}
                line |= _words(i, cause, values, columns, middles, villages[n], seen, as_of)
            line["risk_points"] = None
            if raw_score is not None:
                raw = float(raw_score[n])
                line["risk_points"] = _sigmoid(raw) - _sigmoid(raw - line["contribution"])
            rows.append(line)
    return pl.DataFrame(rows, schema=REASONS_SCHEMA)


NOTHING = {
    "cause": Cause.OTHER.value,
    "contribution": 0.0,
    "text_zh": NOTHING_ZH,
    "text_en": NOTHING_EN,
    **dict.fromkeys(("evidence", "indicator", "support", "owner_zh", "owner_en", "source"), ""),
    "is_actionable": None,
    "is_own": None,
}


def _value(value):
    """A number, a code, or None for what is not known; no negative zero."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return None if math.isnan(number) else number + 0.0


def _sigmoid(log_odds):
    """Probability that log-odds stand for."""
    return 1 / (1 + math.exp(-log_odds))


def _middles(table, columns, villages):
    """Middle value of each column, by village, and under None of all households."""
    middles = {}
    for (i, column), village in product(enumerate(columns), {None, *villages}):
        known = [
            row[i]
            for row, place in zip(table, villages, strict=True)
            if row[i] is not None and village in (None, place)
        ]
        enough = 1 if village is None else FEWEST_IN_VILLAGE
        if column.indicator.is_categorical or len(known) < enough:
            middles[village, i] = None
            continue
        is_whole = column.indicator.basis == "county" and column.indicator.unit in WHOLE
        middles[village, i] = (median_low if is_whole else median)(known) + 0.0
    return middles


def _ranked(parts, values, columns, everybody, shares):
    """Causes that raise the score, then indicators that do: contribution and evidence."""
    whole, single = [], []
    for cause in Cause:
        mine = [
            i
            for i, column in enumerate(columns)
            if slow_cause(i, values, columns) is cause and not column.indicator.is_sensitive
        ]
        telling = [
            i
            for i in mine
            if parts[i] > 0 and slow_tells(columns[i], values[i], everybody[i], shares[i])
        ]
        if not telling:
            continue
        total = 0.0
        for i in mine:
            total += float(parts[i])
        strongest = max(telling, key=lambda i: (_is_own(columns[i]), parts[i], -i))
        if total > LEAST_CONTRIBUTION:
            whole.append((total, strongest, cause))
        elif total <= 0 and parts[strongest] > LEAST_CONTRIBUTION:
            single.append((float(parts[strongest]), strongest, cause))
    official = list(Cause)

    def order(reason):
        total, i, cause = reason
        return not _is_own(columns[i]), -total, official.index(cause)

    return [*sorted(whole, key=order), *sorted(single, key=order)]


def slow_cause(i, values, columns):
    """The one cause of the kinds on record, if something happened; else the catalogue's."""
    column = columns[i]
    tellers = column.indicator.told_by_columns
    if not tellers or values[i] is None:
        return column.indicator.cause
    if column.aggregate is not A.DAYS_SINCE and values[i] <= 0:
        return column.indicator.cause
    named = set()
    for other, value in zip(columns, values, strict=True):
        if other.name in tellers and value is not None and value > 0:
            named.add(other.indicator.cause)
    return named.pop() if len(named) == 1 else column.indicator.cause


def _is_own(column):
    """Whether a column is about the household and not its place."""
    return column.indicator.table != "place_view"


def slow_tells(column, value, middle, share_known):
    """Whether one value says to a reader that the risk is higher."""
    indicator = column.indicator
    direction = indicator.direction
    if indicator.is_categorical or indicator.table in ("observation_view", *HELP):
        return False
    if indicator.name in NO_SIGN:
        return False
    if value is None:
        if indicator.basis == "survey":
            return True
        is_owed = column.aggregate is A.LATEST and indicator.table != "place_view"
        return is_owed and indicator.if_no_records is None and share_known > FEWEST_KNOWN
    is_change = column.aggregate is A.CHANGE
    if indicator.unit == "yes_no" and is_change:
        return value * direction > 0
    if indicator.unit == "yes_no":
        return value < 0.5 if direction < 0 else value > 0.5
    beside = 0.0 if is_change else middle
    if beside is None or (value - beside) * direction <= 0:
        return False
    if column.aggregate is A.DAYS_SINCE and direction < 0 and value > RECENT_DAYS:
        return False
    if indicator.unit == "danger_grade" and not is_change and value < 3:
        return False
    return said(column, value) != said(column, beside)


def _words(i, cause, values, columns, middles, village, seen, as_of):
    """Both sentences and the evidence."""
    column, value = columns[i], values[i]
    day = _day(column, values, columns, seen, as_of)
    whose, beside = _beside(i, values, columns, middles, village)
    zh, en = sentence(column, value, beside, seen_on=day, as_of=as_of, whose=whose, cause=cause)
    shown = "" if value is None else f"{value:.4f}"
    return {"text_zh": zh, "text_en": en, "evidence": f"{column.name}={shown}@{day}"}


def _day(column, values, columns, seen, as_of):
    """Day that a value is of."""
    indicator = column.indicator
    if indicator.basis == "survey":
        return as_of if indicator.table == "place_view" else seen
    if column.aggregate is not A.LATEST:
        return as_of
    for other, age in zip(columns, values, strict=True):
        if other.name == PUT_DOWN_ON.get(indicator.name) and age is not None:
            return as_of - timedelta(days=math.floor(age))
    return as_of


def _beside(i, values, columns, middles, village):
    """Whose value it is set beside: the household's own past, its village's, or everybody's."""
    column, value = columns[i], values[i]
    indicator, direction = column.indicator, column.indicator.direction

    def is_beyond(other):
        is_there = value is not None and other is not None
        return (
            is_there
            and (value - other) * direction > 0
            and said(column, value) != said(column, other)
        )

    past = _past(i, values, columns)
    if is_beyond(past) and abs(value - past) >= LEAST_SHIFT * max(abs(value), abs(past)):
        return Beside.OWN_PAST, past
    of_village = middles.get((village, i)) if village is not None else None
    is_quantity = indicator.unit != "yes_no" and column.aggregate not in (
        *(A.CHANGE, A.DAYS_SINCE, A.AGE),
    )
    is_compared = is_quantity and indicator.basis == "county" and _is_own(column)
    if is_compared and is_beyond(of_village):
        return Beside.VILLAGE, of_village
    if value is None or middles[None, i] is None:
        return Beside.NOBODY, None
    return Beside.EVERYBODY, middles[None, i]


def _past(i, values, columns):
    """The household's own value before, where another column says by how much it changed."""
    column = columns[i]
    if column.aggregate not in (A.LATEST, A.SUM, A.COUNT) or column.indicator.unit == "yes_no":
        return None
    for other, change in zip(columns, values, strict=True):
        is_same = (other.indicator.name, other.window) == (column.indicator.name, column.window)
        if is_same and other.aggregate is A.CHANGE and None not in (values[i], change):
            return round(values[i] - change, 9) + 0.0
    return None


def _facts(column, cause):
    """What the catalogue knows about the evidence, and what is known of the cause."""
    indicator = column.indicator
    return {
        "cause": cause.value,
        "indicator": column.name,
        "is_actionable": indicator.is_actionable,
        "is_own": _is_own(column),
        "support": "、".join(SUPPORT[cause].measures),
        "owner_zh": CAUSE_WORDS[cause].owner_zh,
        "owner_en": CAUSE_WORDS[cause].owner_en,
        "source": f"{indicator.owner_zh}：{indicator.table}",
    }
