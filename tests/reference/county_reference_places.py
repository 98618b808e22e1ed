"""Columns about the place of a household, a second time: neighbours one by one, itself left out."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

B = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_base.py")))
E4, PRIOR = 10_000, 200
FOUND = {"in_need": True, "confirmed": True, "no_need": False, "not_confirmed": False}
OFFICES = (
    *("household_snapshot", "medical_bill", "income_item", "work_month", "schooling"),
    *("insurance", "rigid_spending", "shock", "insurance_claim", "loan", "asset_dividend"),
    *("housing_check", "water_check"),
)


def looks(book):
    """Visits and checks of clues with a result, by household; None where nobody records them."""
    if book.rows("visit") is None and book.rows("verification") is None:
        return None
    found = {}
    for table in ("visit", "verification"):
        for home, rows in (book.rows(table) or {}).items():
            for r in rows:
                if r["result"] in FOUND:
                    look = {"day": r["occurred_on"], "in_need": FOUND[r["result"]]}
                    found.setdefault(home, []).append(look)
    return found


def places(book):
    """What every household brings to the figures of its place."""
    year, half, quarter = (B.months_before(book.as_of, m) for m in (12, 6, 3))
    seen = looks(book)
    shocks, work = book.rows("shock"), book.rows("work_month")
    brings = {}
    begins = {
        "need": [s["day"] for mine in (seen or {}).values() for s in mine],
        "hit": [r["occurred_on"] for mine in (shocks or {}).values() for r in mine],
    }

    def is_kept(what, months_ago):
        return bool(begins[what]) and min(begins[what]) <= months_ago + B.GRACE

    for home, facts in book.homes.items():
        if home in book.ended:
            continue
        rows = book.rows("household_snapshot").get(home, [])
        income = B.newest(rows, lambda r: r["net_income_per_head_fen"])[1]
        is_told = income is not None and facts["line"]
        mine = {name: facts[name] for name in ("place", "region")}
        mine["ratio"] = min(income * E4 // facts["line"], 10 * E4) if is_told else None
        mine["below"] = int(income < facts["line"]) * E4 if is_told else None
        if is_kept("need", year):
            mine["need"] = any(s["in_need"] and s["day"] > year for s in seen.get(home, []))
        for name, since in (("hit_3m", quarter), ("hit_12m", year)):
            if is_kept("hit", since):
                mine[name] = any(r["occurred_on"] > since for r in shocks.get(home, []))
        if work is not None:
            wages = [(B.month_end(r["work_month"]), r["wage_fen"] or 0) for r in work.get(home, [])]
            mine["late"] = sum(w for d, w in wages if half < d <= book.as_of)
            mine["early"] = sum(w for d, w in wages if year < d <= half)
        brings[home] = mine
    return brings


def of_home(brings, book, home, money):
    """Columns of the place of one household."""
    own = brings.get(home)
    names = (
        *("place_in_need_12m", "region_in_need_12m", "place_hit_3m", "place_hit_12m"),
        *("place_register_mean", "place_below_line", "place_wage_change"),
    )
    found = dict.fromkeys(f"{name}_latest" for name in names)
    if own is not None:
        others = [b for h, b in brings.items() if h != home]
        near = [b for b in others if own["place"] is not None and b["place"] == own["place"]]
        town = [b for b in others if own["region"] is not None and b["region"] == own["region"]]
        found = {
            "place_in_need_12m_latest": _shrunk(near, others, "need"),
            "region_in_need_12m_latest": _shrunk(town, others, "need"),
            "place_hit_3m_latest": _shrunk(near, others, "hit_3m"),
            "place_hit_12m_latest": _shrunk(near, others, "hit_12m"),
            "place_register_mean_latest": _mean(near, "ratio"),
            "place_below_line_latest": _mean(near, "below"),
            "place_wage_change_latest": _wages(near),
        }
    return found | _months(book, home) | _village(book, home, money)


def _shrunk(near, others, key):
    """Share of the neighbours, drawn to that of all others as if there were 200 more at it."""
    if not others or key not in others[0]:
        return None
    f, f_all = (sum(b[key] for b in some) for some in (near, others))
    return (f * len(others) + PRIOR * f_all) * E4 // ((len(near) + PRIOR) * len(others)) / E4


def _mean(near, key):
    """Mean over the neighbours of whom it is known, rounded down."""
    known = [b[key] for b in near if b[key] is not None]
    return sum(known) // len(known) / E4 if known else None


def _wages(near):
    """Wages of the neighbours in six months against the six before."""
    if not near or "late" not in near[0]:
        return None
    late, early = (sum(b[key] for b in near) for key in ("late", "early"))
    return (late - early) * E4 // early / E4 if early > 0 else None


def _months(book, home):
    """Prices and disasters of the nearest area that has any."""
    names = ("price_change_12m", "place_affected_3m", "place_affected_12m")
    facts = book.homes.get(home)
    if facts is None or "place_month" not in book.known:
        return dict.fromkeys(f"{name}_latest" for name in names)
    rows = [r for r in book.known["place_month"] if B.month_end(r["month"]) <= book.as_of]
    areas = [facts[name] for name in ("place", "region", "context_place")]
    changes = [_price_change(book, [r for r in rows if r["place"] == a]) for a in areas]
    told = [c for c in changes if c is not None]
    found = {"price_change_12m_latest": told[0] / E4 if told else None}
    for months in (3, 12):
        begin = B.months_before(book.as_of, months)
        near = [r for r in rows if r["place"] in areas]
        hits = [r["affected_percent"] or 0 for r in near if B.month_end(r["month"]) > begin]
        found[f"place_affected_{months}m_latest"] = max([0, *hits]) if near else None
    return found


def _price_change(book, rows):
    """Mean over products of the change of the mean price, in ten-thousandths."""
    year, two_years = (B.months_before(book.as_of, m) for m in (12, 24))
    prices = {}
    for r in rows:
        if r["price_fen_per_kg"] is not None and r["product"] is not None:
            day = B.month_end(r["month"])
            when = "late" if day > year else "early" if day > two_years else "old"
            prices.setdefault(r["product"], {}).setdefault(when, []).append(r["price_fen_per_kg"])
    changes = []
    for found in prices.values():
        late, early = found.get("late"), found.get("early")
        if late and early and sum(early) > 0:
            ratio = sum(late) * len(early) * E4 // (len(late) * sum(early))
            changes.append(ratio - E4)
    return sum(changes) // len(changes) if changes else None


def _village(book, home, money):
    """Newest figures of the village."""
    names = (
        *("village_dibao_share", "village_dilapidated_share", "village_unsafe_water_share"),
        *("village_doctors", "village_has_bus", "village_income_to_line"),
    )
    place = book.homes.get(home, {}).get("place")
    rows = [r for r in book.known.get("village", []) if r["place"] == place]
    if place is None or not rows:
        return dict.fromkeys(f"{name}_latest" for name in names)
    ask = lambda name: B.newest(rows, lambda r: r[name])[1]  # noqa: E731

    def over(part, whole, scale=E4):
        a, b = ask(part), ask(whole)
        return a * scale // b if a is not None and b else None

    def share(part, whole, divisor=E4):
        value = over(part, whole)
        return None if value is None else value / divisor

    return {
        "village_dibao_share_latest": share("dibao_households", "households"),
        "village_dilapidated_share_latest": share("dilapidated_homes", "households"),
        "village_unsafe_water_share_latest": share("without_safe_water", "households"),
        "village_doctors_latest": share("doctors", "people", 10),
        "village_has_bus_latest": B.truth(ask("has_bus")),
        "village_income_to_line_latest": money.of_person(
            over("collective_income_fen", "people", 1)
        ),
    }


def seen(book, home, money):
    """Looks at the household, and entries of offices."""
    del money
    by_home = looks(book)
    w = by_home and B.Window(
        book, home, by_home, lambda r: r["day"], no_record=0, is_personal=False
    )
    entered = [
        r["recorded_on"] for table in OFFICES for r in (book.rows(table) or {}).get(home, [])
    ]
    found = B.nothing(
        *("times_looked_at_count_24m", "times_found_in_need_count_24m"),
        *("days_from_look_days_since", "days_from_need_days_since"),
        "days_from_no_need_days_since",
    )
    if w:
        found = {
            "times_looked_at_count_24m": w.count(lambda r: 1, 24),
            "times_found_in_need_count_24m": w.count(lambda r: r["in_need"], 24),
            "days_from_look_days_since": w.days_since(lambda r: True),
            "days_from_need_days_since": w.days_since(lambda r: r["in_need"]),
            "days_from_no_need_days_since": w.days_since(lambda r: not r["in_need"]),
        }
    is_on_record = home in book.homes and entered
    return found | {
        "days_from_entry_days_since": B.days_old(book, max(entered)) if is_on_record else None,
        "quarter_of_year_latest": (book.as_of.month + 2) // 3 if is_on_record else None,
    }
