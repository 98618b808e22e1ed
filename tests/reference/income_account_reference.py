"""The income account a second time, household by household and month by month, slow and obvious.

Written from the meaning of the facts (policy notes, sections 3 and 19), not from the code that
builds them. A month is ``(year, month)``.
"""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

B = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_base.py")))
PART = {
    "wage": "wage",
    "business": "business_receipts",
    "business_cost": "business_cost",
    "property": "property",
    "asset_dividend": "asset_dividend",
}
NEEDED = ("wage", "business_receipts", "business_cost", "property")
STATED = (*NEEDED, "transfer")
SHOWN = (*STATED, "asset_dividend", "help")
CLOCKS = ("rolling", "collection_year")
WORK = ("wage", "business", "business_cost")
INCOME_ALONE = (
    *("income", "lower", "upper", "has_lower", "has_upper"),
    *("without_loss", "without_loss_lower", "without_loss_upper"),
)
"""What is a fact of the window before."""
DEFAULTS = {
    "window_months": 12,
    "collection_first_month": 10,
    "collection_closes_on_its_last_day": False,
    "counts_income_of_gone": True,
    "leaves_out_relief": False,
    "counts_claims": False,
    "places_work_by_payment": False,
}


def month_of(day):
    """Year and month of a day."""
    return (day.year, day.month)


def moved(month, by):
    """A month so many months later."""
    year, index = divmod(month[0] * 12 + month[1] - 1 + by, 12)
    return (year, index + 1)


def between(first, last):
    """Months from one to another, both included; none if the first is later."""
    found = []
    while first <= last:
        found.append(first)
        first = moved(first, 1)
    return found


def windows(as_of, choices):
    """Months of each window, by name, with the clock of its accounts."""
    last = moved(month_of(as_of), -1)
    length = choices["window_months"]
    found = {
        "12m": (between(moved(last, 1 - length), last), "rolling"),
        "before": (between(moved(last, 1 - 2 * length), moved(last, -length)), "rolling"),
    }
    is_month_end = month_of(as_of) != month_of(as_of + timedelta(days=1))
    over = (
        month_of(as_of) if is_month_end and choices["collection_closes_on_its_last_day"] else last
    )
    while moved(over, 1)[1] != choices["collection_first_month"]:
        over = moved(over, -1)
    found["annual"] = (between(moved(over, -11), over), "collection_year")
    return found


def last_day(month):
    """Last day of a month."""
    return date(*moved(month, 1), 1) - timedelta(days=1)


def spread(amount, months):
    """An amount evenly over months; what does not divide goes to the last."""
    each = amount // len(months)
    found = dict.fromkeys(months, each)
    found[months[-1]] += amount - each * len(months)
    return found


def homes(tables, as_of, line_fen, **choices):
    """Facts of every household by number."""
    choices = DEFAULTS | choices
    book = B.Book(tables, as_of, line_fen)
    return {home: _of_home(book, home, choices) for home in book.homes}


def _of_home(book, home, choices):
    members = book.members.get(home, [])
    away = [_is_away(book, person) for person in members]
    found = {"heads_without_away": None}
    n_away = None if None in away else sum(away)
    if members and n_away is not None and n_away < len(members):
        found["heads_without_away"] = len(members) - n_away
    n_away = n_away if members else None
    away_persons = {p for p, is_away in zip(members, away, strict=True) if is_away}
    for name, (months, clock) in windows(book.as_of, choices).items():
        account = Account(book, home, months, clock, choices)
        facts = account.facts(n_away, away_persons)
        if name == "before":
            facts = {fact: facts[fact] for fact in INCOME_ALONE}
        found |= {named(n, name): value for n, value in facts.items()}
        found[f"income_{name}_day"] = (last_day(months[-1]) - date(1970, 1, 1)).days
    rows = (book.rows("household_snapshot") or {}).get(home, [])
    day, income = B.newest(rows, lambda r: r["net_income_per_head_fen"])
    found["register_income_per_head_fen"] = income
    found["register_income_day"] = None if day is None else (day - date(1970, 1, 1)).days
    found["register_income_before_per_head_fen"] = found["register_income_before_day"] = None
    months = windows(book.as_of, choices)
    if day is not None and month_of(day) >= months["12m"][0][0]:
        earlier = [r for r in rows if month_of(r["occurred_on"]) >= months["before"][0][0]]
        day, income = B.newest(earlier, lambda r: r["net_income_per_head_fen"], before=day)
        if day is not None:
            found["register_income_before_per_head_fen"] = income
            found["register_income_before_day"] = (day - date(1970, 1, 1)).days
    empty = ("employment_cost_known_fen", "employment_cost_open", "employment_cost_record")
    return found | dict.fromkeys(empty)


def named(fact, window):
    """Name of a fact of a window."""
    fixed = {
        "income": f"income_{window}_fen",
        "lower": f"income_{window}_lower_fen",
        "upper": f"income_{window}_upper_fen",
        "has_lower": f"is_income_{window}_lower_known",
        "has_upper": f"is_income_{window}_upper_known",
        "without_loss": f"income_without_loss_{window}_fen",
        "without_loss_lower": f"income_without_loss_{window}_lower_fen",
        "without_loss_upper": f"income_without_loss_{window}_upper_fen",
        "business": f"business_{window}_fen",
        "gone": f"income_of_gone_{window}_fen",
        "earned": f"earned_{window}_fen",
        "earned_share": f"earned_share_{window}_e4",
        "away_least": f"wage_of_away_{window}_least_fen",
        "away_most": f"wage_of_away_{window}_most_fen",
    }
    if fact in fixed:
        return fixed[fact]
    part, what = fact
    return f"is_{part}_{window}_known" if what == "known" else f"{part}_{window}_fen"


def _is_away(book, person):
    rows = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
    last = max(rows, key=lambda r: r["occurred_on"])
    return None if last["membership"] is None else last["membership"] == "away"


class Account:
    """One household's account of one window."""

    def __init__(self, book, home, months, clock, choices):
        self.book, self.home, self.months, self.choices = book, home, months, choices
        self.members = set(book.members.get(home, []))
        items = (book.rows("income_item") or {}).get(home, [])
        if choices["leaves_out_relief"]:
            items = [r for r in items if r["item"] != "temporary_relief"]
        self.accounts = self._accounts([r for r in items if r["window"] in CLOCKS])
        self.owner = {month: self._owner(month, clock) for month in months}
        self.singles = self._singles([r for r in items if r["window"] not in CLOCKS])
        self.counted = self._counted()

    # what is written

    def _accounts(self, rows):
        by_key = {}
        for row in rows:
            if row["period_from"] <= row["period_to"]:
                key = (month_of(row["period_from"]), month_of(row["period_to"]), row["window"])
                by_key.setdefault(key, []).append(row)
        found = {}
        for key, same in by_key.items():
            written = max(r["occurred_on"] for r in same)
            found[key] = (written, [r for r in same if r["occurred_on"] == written])
        return found

    def _owner(self, month, clock):
        """The account that tells a month."""
        told = [key for key in self.accounts if key[0] <= month <= key[1]]

        def order(key):
            is_exact = key[:2] == (self.months[0], self.months[-1])
            return (is_exact, key[2] == clock, self.accounts[key][0], key[1], key[0])

        return max(told, key=order, default=None)

    def _singles(self, rows):
        """Single amounts as dicts with the month in which they count."""
        found = []
        by_payment = self.choices["places_work_by_payment"]
        for row in rows:
            part = PART.get(row["item"], "transfer")
            person = row["person_id"]
            base = {
                "part": part,
                "is_help": bool(row["is_help"]) and part != "business_cost",
                "person": person if person in self.members else None,
                "is_gone": person is not None and person not in self.members,
            }
            months = between(month_of(row["period_from"]), month_of(row["period_to"]))
            if row["item"] in WORK and by_payment:
                amounts = {month_of(row["paid_on"] or row["occurred_on"]): row["amount_fen"]}
            elif row["item"] in WORK:
                months = months or [month_of(row["period_to"])]
                amounts = spread(row["amount_fen"], months)
            else:
                amounts = {month_of(row["paid_on"] or row["period_to"]): row["amount_fen"]}
            found += [base | {"month": m, "amount": a} for m, a in amounts.items()]
        told = list(found)
        found += self._worked(told) + self._dividends(told) + self._claims()
        if not self.choices["counts_income_of_gone"]:
            found = [s for s in found if not s["is_gone"]]
        return [s for s in found if s["month"] in self.months]

    def _worked(self, told):
        wages = [s for s in told if s["part"] == "wage"]
        of_home = {s["month"] for s in wages if s["person"] is None and not s["is_gone"]}
        of_person = {(s["person"], s["month"]) for s in wages if s["person"] is not None}
        found = []
        for row in (self.book.rows("work_month") or {}).get(self.home, []):
            month = month_of(row["work_month"])
            person = row["person_id"] if row["person_id"] in self.members else None
            if row["wage_fen"] is None or month in of_home or (person, month) in of_person:
                continue
            found.append(
                {
                    "part": "wage",
                    "is_help": False,
                    "person": person,
                    "is_gone": person is None,
                    "month": month,
                    "amount": row["wage_fen"],
                }
            )
        return found

    def _dividends(self, told):
        months = {s["month"] for s in told if s["part"] == "asset_dividend"}
        rows = (self.book.rows("asset_dividend") or {}).get(self.home, [])
        return [
            self._plain("asset_dividend", r, r["amount_fen"], is_help=True)
            for r in rows
            if month_of(r["occurred_on"]) not in months
        ]

    def _claims(self):
        if not self.choices["counts_claims"]:
            return []
        rows = (self.book.rows("insurance_claim") or {}).get(self.home, [])
        return [self._plain("claim", r, r["paid_fen"], is_help=False) for r in rows]

    @staticmethod
    def _plain(part, row, amount, *, is_help):
        return {
            "part": part,
            "is_help": is_help,
            "person": None,
            "is_gone": False,
            "month": month_of(row["occurred_on"]),
            "amount": amount,
        }

    # what it adds up to

    def _names(self, key, part):
        """Whether an account has an item of a part."""
        return any(PART.get(r["item"], "transfer") == part for r in self.accounts[key][1])

    def _states(self, key, part):
        """Whether an account tells the whole of a part."""
        if part != "transfer":
            return self._names(key, part)
        in_one_sum = any(r["item"] == "transfer" for r in self.accounts[key][1])
        return in_one_sum or all(self._names(key, name) for name in NEEDED)

    def _tells(self, key, part):
        """Whether single amounts of a part do not count in a month of the account."""
        if part in ("transfer", "asset_dividend"):
            return self._names(key, part) or self._states(key, "transfer")
        return part != "claim" and self._names(key, part)

    def of_accounts(self, part):
        """Amounts of a part that accounts tell, month by month."""
        found = []
        for key in {k for k in self.owner.values() if k is not None}:
            rows = self.accounts[key][1]
            if part == "help":
                rows = [r for r in rows if r["is_help"] and r["item"] != "business_cost"]
            else:
                rows = [r for r in rows if PART.get(r["item"], "transfer") == part]
            if rows:
                by_month = spread(sum(r["amount_fen"] for r in rows), between(*key[:2]))
                found += [by_month[m] for m in self.months if self.owner[m] == key]
        return found

    def _counted(self):
        """Single amounts that no account tells."""
        return [
            s
            for s in self.singles
            if self.owner[s["month"]] is None or not self._tells(self.owner[s["month"]], s["part"])
        ]

    def on_record(self, part):
        """Every amount of a part that counts."""
        if part == "help":
            return self.of_accounts(part) + [s["amount"] for s in self.counted if s["is_help"]]
        parts = [part]
        if part == "transfer" and self.choices["counts_claims"]:
            parts.append("claim")
        return self.of_accounts(part) + [s["amount"] for s in self.counted if s["part"] in parts]

    def known(self, part):
        """Whether accounts tell a part in every month."""
        has_claims = self.book.rows("insurance_claim") is not None
        if part == "transfer" and self.choices["counts_claims"] and not has_claims:
            return False
        return all(k is not None and self._states(k, part) for k in self.owner.values())

    def facts(self, n_away, away_persons):
        """Every fact of the window, by what it is."""
        found = {}
        for part in SHOWN:
            amounts = self.on_record(part)
            of = part if part in STATED else "transfer"
            found[part, "fen"] = sum(amounts) if amounts or self.known(of) else None
        for part in STATED:
            found[part, "known"] = self.known(part)
        total = {part: sum(self.on_record(part)) for part in (*STATED, "asset_dividend")}
        net = total["business_receipts"] - total["business_cost"]
        others = sum(total[p] for p in ("wage", "property", "transfer", "asset_dividend"))
        has_lower = self.known("business_cost")
        has_upper = all(self.known(p) for p in STATED if p != "business_cost")
        has_business = self.known("business_receipts") and has_lower
        whole = has_lower and has_upper
        earned = total["wage"] + net
        gain = max(net, 0)
        least = sum(
            s["amount"] for s in self.singles if s["part"] == "wage" and s["person"] in away_persons
        )
        gone = sum(
            -s["amount"] if s["part"] == "business_cost" else s["amount"]
            for s in self.counted
            if s["is_gone"]
        )
        income = others + net
        return found | {
            "income": income if whole else None,
            "lower": income if has_lower else None,
            "upper": income if has_upper else None,
            "has_lower": has_lower,
            "has_upper": has_upper,
            "without_loss": others if whole and net < 0 else None,
            "without_loss_lower": others + (gain if has_lower else 0),
            "without_loss_upper": others + gain if has_upper else None,
            "business": net if has_business else None,
            "gone": gone,
            "earned": earned if has_business and self.known("wage") else None,
            "earned_share": earned * 10_000 // income if whole and income > 0 else None,
            "away_least": None if n_away is None else min(least, total["wage"]) if n_away else 0,
            "away_most": None if n_away is None else total["wage"] if n_away else 0,
        }


def workers(tables, as_of, line_fen, **choices):
    """Facts of every member by person."""
    choices = DEFAULTS | choices
    book = B.Book(tables, as_of, line_fen)
    found = {}
    for home in book.homes:
        for person in book.members.get(home, []):
            found[person] = _worker(book, home, person, choices)
    return found


def _worker(book, home, person, choices):
    months = windows(book.as_of, choices)["12m"][0]
    table = book.rows("work_month")
    names = ("works_in_window", "latest_work_place", "latest_work_day", "wage_earned_fen")
    found = dict.fromkeys(names)
    if table is not None:
        every = [month_of(r["work_month"]) for rows in table.values() for r in rows]
        rows = [
            r
            for r in table.get(home, [])
            if r["person_id"] == person and month_of(r["work_month"]) in months
        ]
        found["works_in_window"] = bool(rows) or (
            False if every and min(every) <= months[0] else None
        )
        if rows:
            last = max(month_of(r["work_month"]) for r in rows)
            wages = [r["wage_fen"] for r in rows]

            def place(row):
                near = row["work_place_kind"] in ("village", "township", "county")
                return row["work_place"] or (book.homes[home]["context_place"] if near else None)

            found |= {
                "latest_work_day": (last_day(last) - date(1970, 1, 1)).days,
                "wage_earned_fen": None if None in wages else sum(wages),
                "latest_work_place": B.newest(rows, place, lambda r: B.month_end(r["work_month"]))[
                    1
                ],
            }
    snapshots = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
    dibao = B.newest(snapshots, lambda r: None if r["dibao"] is None else r["dibao"] != "none")[1]
    able = B.newest(
        snapshots,
        lambda r: (
            None
            if r["labour_skill"] is None
            else r["labour_skill"] in ("ordinary", "skilled", "weak")
        ),
    )[1]
    answers = (dibao, able)
    both = False if False in answers else None if None in answers else True
    return found | {"is_able_on_dibao": both}
