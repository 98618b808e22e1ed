"""Every column over a county's records a second time, household by household, slow and obvious."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

B = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_base.py")))
L = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_life.py")))
P = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_places.py")))
Money, occurred, col, one_of = B.Money, B.occurred, B.col, B.one_of
nothing, days_old, window = B.nothing, B.days_old, B.window
E4 = 10_000


def columns(tables, as_of, line_fen, households):
    """Columns of each household as ``{household: {column: value}}``; None is not known."""
    book = B.Book(tables, as_of, line_fen)
    places = P.places(book)
    found = {home: _of_home(book, home, places) for home in households}
    for home in households:
        if home not in book.homes:  # nobody on record, so nothing is known
            found[home] = dict.fromkeys(found[home])
    return found


def _of_home(book, home, places):
    """All columns of one household."""
    facts = book.homes.get(home, {})
    heads, line = facts.get("heads"), facts.get("line")
    whole = heads * line if heads and line else None
    money = Money(whole=whole, head=line, heads=heads)
    found = {}
    for part in (_register, _account, _payments, _spending, _loans, _bills, L.work, L.workers):
        found |= part(book, home, money)
    for part in (L.people, L.cover, L.school, L.checks, L.snapshot, L.shocks, P.seen):
        found |= part(book, home, money)
    return found | P.of_home(places, book, home, money)


# income


def _register(book, home, money):
    rows = (book.rows("household_snapshot") or {}).get(home, [])
    day, income = B.newest(rows, col("net_income_per_head_fen"))
    _, before = B.newest(rows, col("net_income_per_head_fen"), before=day) if day else (None, None)
    change = income - before if before is not None else None
    net = None
    bills, other = book.rows("medical_bill"), book.rows("rigid_spending")
    if income is not None and bills is not None and other is not None:
        year_ago = B.months_before(book.as_of, 12)
        starts = [
            min((r["occurred_on"] for rows in table.values() for r in rows), default=None)
            for table in (bills, other)
        ]
        starts.append(book.began.get(home, starts[0]))
        if None not in starts and max(starts) <= year_ago + B.GRACE:
            costs = [r["compliant_own_fen"] for r in bills.get(home, []) if occurred(r) > year_ago]
            costs += [
                r["amount_fen"]
                for r in other.get(home, [])
                if occurred(r) > year_ago and r["is_compliant"]
            ]
            flags = [r["is_compliant"] for r in other.get(home, []) if occurred(r) > year_ago]
            if None not in costs and None not in flags:
                net = income * money.heads - sum(costs)
    own_cost = B.newest(rows, col("compliant_own_cost_fen"))[1]
    return {
        "register_income_to_line_latest": money.of_person(income),
        "register_income_to_line_change": money.of_person(change),
        "days_from_register_income_age": days_old(book, day),
        "income_after_spending_to_line_latest": money.of_household(net),
        "register_own_cost_to_line_latest": money.of_household(own_cost),
    }


def _account(book, home, money):
    names = ("income_to_line", "wage_to_line", "business_to_line", "family_support_to_line")
    empty = nothing(
        *(f"account_{n}_{how}" for n in names for how in ("latest", "change")),
        *("days_from_account_age", "account_business_loss_latest"),
        *("account_wage_share_latest", "account_help_share_latest"),
    )
    if book.rows("income_item") is None:
        return empty
    accounts = {}
    for r in book.rows("income_item").get(home, []):
        end = B.month_end(r["period_to"])
        if r["window"] in ("rolling", "collection_year") and end <= book.as_of:
            written = (r["occurred_on"], r["window"])
            accounts.setdefault(end, {}).setdefault(written, []).append(r)
    if not accounts:
        return empty
    sums = {end: _account_sums(written[max(written)]) for end, written in accounts.items()}
    ends = sorted(sums)
    last = sums[ends[-1]]
    before = sums[ends[-2]] if len(ends) > 1 else None
    found = {}
    for name, key in zip(names, ("net", "wage", "business", "family"), strict=True):
        change = None if before is None else last[key] - before[key]
        found[f"account_{name}_latest"] = money.of_household(last[key])
        found[f"account_{name}_change"] = money.of_household(change)
    gross = last["gross"]
    return found | {
        "days_from_account_age": days_old(book, ends[-1]),
        "account_business_loss_latest": int(last["business"] < 0),
        "account_wage_share_latest": last["wage"] * E4 // gross / E4 if gross > 0 else 0,
        "account_help_share_latest": last["help"] * E4 // gross / E4 if gross > 0 else 0,
    }


def _account_sums(rows):
    """Sums over the items of one account."""
    of = lambda keep: sum(r["amount_fen"] for r in rows if keep(r))  # noqa: E731
    cost = of(lambda r: r["item"] == "business_cost")
    gross = of(lambda r: r["item"] != "business_cost")
    return {
        "net": gross - cost,
        "gross": gross,
        "wage": of(lambda r: r["item"] == "wage"),
        "business": of(lambda r: r["item"] == "business") - cost,
        "family": of(lambda r: r["item"] == "family_support"),
        "help": of(lambda r: r["is_help"]),
    }


def _payments(book, home, money):
    rows = book.rows("income_item")
    found = _dividends(book, home, money)
    if rows is None:
        return found | nothing(
            *("help_to_line_sum_12m", "help_to_line_change_12m", "received_allowance_ever_3m"),
            *("received_relief_ever_12m", "pension_to_line_sum_12m"),
            *("family_support_to_line_sum_12m", "family_support_to_line_change_12m"),
            *("produce_to_line_sum_12m", "produce_to_line_change_12m"),
        )

    def paid(keep, no_record):
        by_home = {
            h: [r for r in mine if r["window"] not in ("rolling", "collection_year") and keep(r)]
            for h, mine in rows.items()
        }
        return B.Window(book, home, by_home, _paid_day, no_record=no_record, is_personal=False)

    helped = paid(lambda r: r["is_help"], 0)
    family = paid(lambda r: r["item"] == "family_support", None)
    pension = paid(lambda r: r["item"] == "pension", None)
    produce = paid(lambda r: r["item"] in ("business", "business_cost"), None)
    fen = col("amount_fen")
    signed = lambda r: -fen(r) if r["item"] == "business_cost" else fen(r)  # noqa: E731
    return found | {
        "help_to_line_sum_12m": money.of_household(helped.told(fen, 12)),
        "help_to_line_change_12m": money.of_household(helped.change(fen, 12)),
        "received_allowance_ever_3m": helped.ever(one_of("item", "dibao", "tekun"), 3),
        "received_relief_ever_12m": helped.ever(one_of("item", "temporary_relief"), 12),
        "pension_to_line_sum_12m": money.of_household(pension.told(fen, 12)),
        "family_support_to_line_sum_12m": money.of_household(family.told(fen, 12)),
        "family_support_to_line_change_12m": money.of_household(family.change(fen, 12)),
        "produce_to_line_sum_12m": money.of_household(produce.told(signed, 12)),
        "produce_to_line_change_12m": money.of_household(produce.change(signed, 12)),
    }


def _paid_day(row):
    """Work and business by the last month covered, the rest by the day paid, if it is written."""
    month = B.month_end(row["period_to"])
    if row["item"] in ("wage", "business", "business_cost"):
        return month
    return row["paid_on"] or month


def _dividends(book, home, money):
    w = window(book, home, "asset_dividend")
    fen = None if w is None else w.told(col("amount_fen"), 12)
    return {"dividend_to_line_sum_12m": money.of_household(fen)}


def _spending(book, home, money):
    w = window(book, home, "rigid_spending")
    kinds = {
        "school_spending": ("schooling",),
        "care_spending": ("disability", "care"),
        "emergency_spending": ("disaster", "accident"),
    }
    if w is None:
        return nothing(
            *("rigid_spending_to_line_sum_12m", "rigid_spending_to_line_change_12m"),
            *(f"{name}_to_line_sum_12m" for name in ("compliant_spending", *kinds)),
        )
    fen = col("amount_fen")

    def compliant(r):
        return None if r["is_compliant"] is None else fen(r) * r["is_compliant"]

    found = {
        "rigid_spending_to_line_sum_12m": w.told(fen, 12),
        "rigid_spending_to_line_change_12m": w.change(fen, 12),
        "compliant_spending_to_line_sum_12m": w.told(compliant, 12),
    }
    for name, items in kinds.items():
        found[f"{name}_to_line_sum_12m"] = w.told(
            lambda r, items=items: fen(r) if r["item"] in items else 0, 12
        )
    return {name: money.of_household(value) for name, value in found.items()}


def _loans(book, home, money):
    names = ("debt_to_line", "overdue_to_line", "has_overdue", "open_loans", "debt_due_to_line")
    rows = book.rows("loan")
    if rows is None:
        return nothing(*(f"{name}_latest" for name in names))
    if not rows.get(home):
        return dict.fromkeys((f"{name}_latest" for name in names), 0)
    last = {}
    for r in sorted(rows[home], key=lambda r: (r["occurred_on"], r["recorded_on"], r["record_id"])):
        last[r["loan_kind"], r["loan_number"]] = r
    limit = B.months_before(book.as_of, -6)
    balance = B.total(r["balance_fen"] for r in last.values())
    overdue = B.total(r["overdue_fen"] for r in last.values())
    due = B.total(
        None if r["due_on"] is None else r["balance_fen"] * (r["due_on"] <= limit)
        for r in last.values()
    )
    return {
        "debt_to_line_latest": money.of_household(balance),
        "overdue_to_line_latest": money.of_household(overdue),
        "has_overdue_latest": None if overdue is None else int(overdue > 0),
        "open_loans_latest": sum(r["balance_fen"] > 0 for r in last.values()),
        "debt_due_to_line_latest": money.of_household(due),
    }


# health


def _bills(book, home, money):
    w = window(book, home, "medical_bill", is_personal=True)
    money_names = (
        *(f"own_cost_to_line_{how}_{m}m" for how in ("sum", "change") for m in (3, 12)),
        *(f"compliant_own_cost_to_line_sum_{m}m" for m in (3, 12)),
        "largest_bill_to_line_maximum_12m",
    )
    names = (
        *("bills_count_12m", "admissions_count_12m", "admissions_change_12m"),
        *("days_from_admission_days_since", "chronic_care_visits_count_12m"),
        *("had_serious_illness_bill_ever_12m", "had_injury_bill_ever_12m"),
        *("received_medical_aid_ever_12m", "treated_outside_county_count_12m"),
        "paid_by_insurance_share_12m",
    )
    if w is None:
        return nothing(*money_names, *names)
    own, compliant = col("own_fen"), col("compliant_own_fen")
    inpatient = one_of("bill_kind", "inpatient")
    fen = [
        *(w.told(own, m) for m in (3, 12)),
        *(w.change(own, m) for m in (3, 12)),
        *(w.told(compliant, m) for m in (3, 12)),
        w.told(own, 12, how=max),
    ]

    def paid(r):
        return sum(r[f"{layer}_paid_fen"] or 0 for layer in ("basic", "serious", "aid"))

    return dict(zip(money_names, map(money.of_household, fen), strict=True)) | {
        "bills_count_12m": w.count(lambda r: 1, 12),
        "admissions_count_12m": w.count(inpatient, 12),
        "admissions_change_12m": w.change(lambda r: B.truth(inpatient(r)), 12),
        "days_from_admission_days_since": w.days_since(inpatient),
        "chronic_care_visits_count_12m": w.count(one_of("bill_kind", "outpatient_special"), 12),
        "had_serious_illness_bill_ever_12m": w.ever(
            one_of("illness_class", "serious", "treatment_list"), 12
        ),
        "had_injury_bill_ever_12m": w.ever(one_of("illness_class", "injury"), 12),
        "received_medical_aid_ever_12m": w.ever(
            lambda r: None if r["aid_paid_fen"] is None else r["aid_paid_fen"] > 0, 12
        ),
        "treated_outside_county_count_12m": w.count(col("is_outside_county"), 12),
        "paid_by_insurance_share_12m": w.share(paid, col("total_fen"), 12),
    }
