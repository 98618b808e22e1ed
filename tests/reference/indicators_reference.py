"""Every indicator a second time, slow and obvious: dicts, integers and fractions, no frames."""

from __future__ import annotations

import math
from fractions import Fraction

E4 = 10_000
PRIOR_PAIRS = 200


def quarter_of(day):
    """Running number of the quarter that ends on a day."""
    return day.year * 4 + (day.month - 1) // 3


def known(entries, as_of):
    """Newest version of each record known on a day, unless it takes the record back."""
    newest = {}
    for entry in sorted(entries, key=lambda e: e["version"]):
        if entry["recorded_on"] <= as_of:
            newest[entry["record_id"]] = entry
    return [entry for entry in newest.values() if not entry["is_withdrawn"]]


def account_rows(visits, medians, multiples):
    """Known visits with ``ratio`` (ten-thousandths, rounded down) and ``below``, or None."""
    figures = {(m["place"], m["occurred_on"]): m["median_income_minor"] for m in medians}
    rows = []
    for v in visits:
        if "household_snapshot" not in v["tables"]:
            continue
        total = v["total_minor"] if "income" in v["tables"] else None
        median = figures.get((v["context_place"], v["occurred_on"]))
        multiple = multiples.get(v["context_place"])
        row = dict(v, ratio=None, below=None)
        if None not in (total, median, multiple):
            per_head, line = Fraction(total, v["members"]), Fraction(multiple) * median
            row["ratio"] = math.floor(E4 * per_head / line)
            row["below"] = per_head < line
        rows.append(row)
    return rows


def fall_pairs(rows, *, quarters):
    """Pairs of visits: not below then, known so many quarters later."""
    at = {(r["household_id"], quarter_of(r["occurred_on"])): r for r in rows}
    pairs = []
    for r in rows:
        later = at.get((r["household_id"], quarter_of(r["occurred_on"]) + quarters))
        if r["below"] is False and later is not None and later["below"] is not None:
            pairs.append({**r, "later_on": later["occurred_on"], "fell": later["below"]})
    return pairs


def either(a, b):
    """Kleene's or."""
    if a or b:
        return 1
    return None if a is None or b is None else 0


def both(a, b):
    """Kleene's and."""
    if a is False or b is False:
        return 0
    return None if a is None or b is None else 1


def opposite(a):
    """Kleene's not."""
    return None if a is None else not a


def how_many(*flags):
    """How many are true; None when none is known."""
    return None if all(f is None for f in flags) else sum(f is True for f in flags)


def over(a, b, scale=E4):
    """A ratio in units of one part in ``scale``, rounded down; None where it cannot be told."""
    return None if a is None or not b else a * scale // b


def plain(column):
    """Value of a column as it is, truth as 0 and 1."""
    return lambda r: (
        None if r[column] is None else r[column] if is_text(r[column]) else int(r[column])
    )


def is_text(value):
    """Whether a value is a code."""
    return isinstance(value, str)


LC, LE = "latest change", "latest ever"
DEFINITIONS = {
    "income_to_line": (
        "account",
        lambda r: r["ratio"],
        E4,
        "latest previous change minimum maximum weighted_mean",
    ),
    "household_income_to_line": (
        "account",
        lambda r: None if r["ratio"] is None else r["ratio"] * r["members"],
        E4,
        LC,
    ),
    "is_below_line": ("account", plain("below"), 1, "ever"),
    "income_is_imputed": ("income", plain("is_imputed"), 1, LE),
    "has_work_income": ("income", plain("has_work_income"), 1, "latest change minimum"),
    "has_pension": ("income", plain("has_pension"), 1, LC),
    "has_pension_bonus": ("income", plain("has_pension_bonus"), 1, "latest"),
    "has_rent": ("income", plain("has_rent"), 1, "latest"),
    "has_other_cash": ("income", plain("has_other_cash"), 1, "latest"),
    "has_capital_income": (
        "income",
        lambda r: either(r["has_business_profit"], r["has_interest"]),
        1,
        "latest",
    ),
    "lives_on_work_alone": (
        "income",
        lambda r: both(r["has_work_income"], opposite(r["has_pension"])),
        1,
        "latest",
    ),
    "income_sources": (
        "income",
        lambda r: how_many(
            r["has_work_income"],
            r["has_pension"],
            r["has_rent"],
            r["has_business_profit"],
            r["has_interest"],
            r["has_other_cash"],
        ),
        1,
        LC,
    ),
    "has_cash_assistance": ("support", plain("has_cash_assistance"), 1, LE),
    "has_goods_from_state": ("support", plain("has_goods_from_state"), 1, LE),
    "has_goods_from_family": ("support", plain("has_goods_from_family"), 1, LE),
    "has_unemployment_insurance": ("support", plain("has_unemployment_insurance"), 1, "latest"),
    "has_scholarship": ("support", plain("has_scholarship"), 1, "latest"),
    "has_money_from_others": ("support", plain("has_money_from_others"), 1, LE),
    "support_kinds": (
        "support",
        lambda r: how_many(
            r["has_cash_assistance"],
            r["has_goods_from_state"],
            r["has_goods_from_family"],
            r["has_unemployment_insurance"],
            r["has_scholarship"],
            r["has_money_from_others"],
        ),
        1,
        "latest change maximum",
    ),
    "spent_savings": ("shock_and_coping", plain("spent_savings"), 1, LE),
    "borrowed_from_family": ("shock_and_coping", plain("borrowed_from_family"), 1, LE),
    "borrowed_from_lender": ("shock_and_coping", plain("borrowed_from_lender"), 1, LE),
    "bought_on_instalments": ("shock_and_coping", plain("bought_on_instalments"), 1, LE),
    "sold_belongings": ("shock_and_coping", plain("sold_belongings"), 1, LE),
    "has_severance_pay": ("shock_and_coping", plain("has_severance_pay"), 1, "ever"),
    "children_earn_or_beg": (
        "shock_and_coping",
        lambda r: either(r["children_worked"], r["children_begged"]),
        1,
        "ever",
    ),
    "coping_kinds": (
        "shock_and_coping",
        lambda r: how_many(
            r["spent_savings"],
            r["borrowed_from_family"],
            r["borrowed_from_lender"],
            r["sold_belongings"],
        ),
        1,
        "latest change maximum",
    ),
    "members": ("household_snapshot", plain("members"), 1, LC),
    "members_under_10": ("household_snapshot", plain("members_under_10"), 1, LC),
    "members_from_10": (
        "household_snapshot",
        lambda r: None if r["members_under_10"] is None else r["members"] - r["members_under_10"],
        1,
        LC,
    ),
    "share_under_10": (
        "household_snapshot",
        lambda r: over(r["members_under_10"], r["members"]),
        E4,
        "latest",
    ),
    "lives_alone": ("household_snapshot", lambda r: int(r["members"] == 1), 1, "latest"),
    "members_per_room": (
        "crowding",
        lambda r: over(r["members"], r["own_rooms"]),
        E4,
        LC,
    ),
    "members_per_sleeping_room": (
        "crowding",
        lambda r: over(r["members"], r["sleeping_rooms"]),
        E4,
        "latest",
    ),
    "is_makeshift_dwelling": (
        "housing_check",
        lambda r: r["dwelling_kind"] and int(r["dwelling_kind"] not in ("house", "flat")),
        1,
        "latest",
    ),
    "is_flat": (
        "housing_check",
        lambda r: r["dwelling_kind"] and int(r["dwelling_kind"] == "flat"),
        1,
        "latest",
    ),
    "is_large_place": ("household_snapshot", plain("is_large_place"), 1, "latest"),
    **{
        name: ("housing_check", plain(name), 1, "latest")
        for name in (
            "dwelling_rooms",
            "own_rooms",
            "sleeping_rooms",
            "floor_grade",
            "roof_grade",
            "fuel_grade",
            "has_ceiling",
            "has_kitchen",
            "has_laundry",
            "has_garage",
            "has_work_room",
            "is_near_dump",
            "is_in_shanty_town",
            "is_in_flood_place",
            "tenure",
        )
    },
    **{
        name: ("water_check", plain(name), 1, "latest")
        for name in (
            "water_distance_grade",
            "water_source_grade",
            "toilet_distance_grade",
            "toilet_grade",
            "drain_grade",
            "toilet_sharing_grade",
        )
    },
}
"""Indicators over visits: table, value on one row, scale, aggregates."""


def weight(age_days):
    """Weight of a visit in a weighted mean: halved about every half year."""
    return (
        8
        if age_days <= 45
        else 6
        if age_days <= 136
        else 4
        if age_days <= 228
        else (2 if age_days <= 410 else 1)
    )


def aggregated(rows, value, scale, aggregate, as_of):
    """One aggregate over a household's rows of one table, or None."""
    rows = sorted(rows, key=lambda r: r["occurred_on"])
    values = [value(r) for r in rows]
    told = [v for v in values if v is not None]
    latest = values[-1] if values else None
    previous = values[-2] if len(values) > 1 else None
    if aggregate == "weighted_mean":
        pairs = [
            (weight((as_of - r["occurred_on"]).days), v)
            for r, v in zip(rows, values, strict=True)
            if v is not None
        ]
        total = sum(w for w, _ in pairs)
        return float(Fraction(sum(w * v for w, v in pairs), total * scale)) if pairs else None
    if aggregate == "change":
        result = None if None in (latest, previous) else latest - previous
    else:
        result = {
            "latest": latest,
            "previous": previous,
            "minimum": min(told, default=None),
            "maximum": max(told, default=None),
            "ever": max(told, default=None),
        }[aggregate]
    return result if result is None or is_text(result) else float(Fraction(result, scale))


def rate_of_falling(pairs, household, key, area):
    """Share that fell among the others of an area, drawn to the share among all others."""
    others = [p for p in pairs if p["household_id"] != household]
    if not others:
        return None
    country = Fraction(sum(p["fell"] for p in others), len(others))
    here = [p["fell"] for p in others if area is not None and p[key] == area]
    return math.floor(E4 * (sum(here) + PRIOR_PAIRS * country) / (len(here) + PRIOR_PAIRS)) / E4


def mean_of_others(rows, household, place, value):
    """Mean over the other households of a place, rounded down."""
    told = [value(r) for r in rows if r["household_id"] != household and r["place"] == place]
    told = [v for v in told if v is not None]
    return sum(told) // len(told) / E4 if told else None


def place_columns(rows, household, as_of, *, quarters):
    """Figures of the place of a household's latest visit, the household left out."""
    mine = sorted(
        (r for r in rows if r["household_id"] == household), key=lambda r: r["occurred_on"]
    )
    home = mine[-1] if mine else {"place": None, "region": None}
    pairs = fall_pairs(rows, quarters=quarters)
    recent = [p for p in pairs if quarter_of(p["later_on"]) > quarter_of(as_of) - 4]
    now = [r for r in rows if quarter_of(r["occurred_on"]) == quarter_of(as_of)]
    place, region = home["place"], home["region"]
    if not mine:
        return {}
    return {
        "place_rate_of_falling_latest": rate_of_falling(pairs, household, "place", place),
        "place_rate_of_falling_12m_latest": rate_of_falling(recent, household, "place", place),
        "region_rate_of_falling_12m_latest": rate_of_falling(recent, household, "region", region),
        "place_mean_income_to_line_latest": mean_of_others(
            now,
            household,
            place,
            lambda r: None if r["ratio"] is None else min(r["ratio"], 10 * E4),
        ),
        "place_share_below_line_latest": mean_of_others(
            now, household, place, lambda r: None if r["below"] is None else E4 * r["below"]
        ),
    }


def observation_columns(rows, household, as_of):
    """When and how often a household was seen."""
    days = sorted(r["occurred_on"] for r in rows if r["household_id"] == household)
    if not days:
        return {}
    return {
        "season_latest": float(quarter_of(as_of) % 4 + 1),
        "visits_known_latest": float(len(days)),
        "days_since_visit_latest": float((as_of - days[-1]).days),
        "days_since_visit_before_latest": (
            float((as_of - days[-2]).days) if len(days) > 1 else None
        ),
    }


PLACE_AND_OBSERVATION = (
    "place_rate_of_falling_latest",
    "place_rate_of_falling_12m_latest",
    "region_rate_of_falling_12m_latest",
    "place_mean_income_to_line_latest",
    "place_share_below_line_latest",
    "season_latest",
    "visits_known_latest",
    "days_since_visit_latest",
    "days_since_visit_before_latest",
)


def column_names():
    """Names of every column that this reference knows."""
    over_visits = [
        f"{name}_{aggregate}"
        for name, (_, _, _, aggregates) in DEFINITIONS.items()
        for aggregate in aggregates.split()
    ]
    return {*over_visits, *PLACE_AND_OBSERVATION}


def indicators(visits, medians, as_of, population, multiples, *, horizon_months=12):
    """Columns by household; what cannot be told is None."""
    seen = known(visits, as_of)
    rows = account_rows(seen, known(medians, as_of), multiples)
    snapshots = {r["record_id"]: r["members"] for r in rows}
    tables = {
        name: [v for v in seen if name in v["tables"]]
        for name in (
            "household_snapshot",
            "income",
            "support",
            "shock_and_coping",
            "housing_check",
            "water_check",
        )
    }
    tables["account"] = rows
    tables["crowding"] = [
        dict(v, members=snapshots.get(v["record_id"])) for v in tables["housing_check"]
    ]
    result = {}
    for household in population:
        columns = dict.fromkeys(column_names())
        for name, (table, value, scale, aggregates) in DEFINITIONS.items():
            mine = [r for r in tables[table] if r["household_id"] == household]
            for aggregate in aggregates.split():
                columns[f"{name}_{aggregate}"] = aggregated(mine, value, scale, aggregate, as_of)
        columns |= place_columns(rows, household, as_of, quarters=horizon_months // 3)
        columns |= observation_columns(rows, household, as_of)
        result[household] = columns
    return result
