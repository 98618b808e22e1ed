"""Checks of several rows a second time: plain loops over plain rows, slow and obviously right.

An answer is True (fails), False (does not) or None (cannot tell); a check gives its answers by the
number of the household or person that it is about. What it is not about is left out.
"""

from __future__ import annotations

from datetime import date, timedelta

CAUSES = ("cause_1", "cause_2", "cause_3", "cause_4", "cause_5")
NO_LABOUR = ("none", "lost")
PARTS = (
    "pension",
    "dibao",
    "tekun",
    "disability_benefit",
    "child_benefit",
    "ecological",
    "farm_subsidy",
    "temporary_relief",
    "family_support",
    "other_transfer",
)


def either(*answers):
    """Whether one of them holds; None where that is open."""
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def no(answer):
    """The opposite; what is not known stays so."""
    return None if answer is None else not answer


def one_of(value, values):
    """Whether a value is among some; None where it is not known."""
    return None if value is None else value in values


def months_later(day, months):
    """The same day some months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError


def month_end(day):
    """Last day of a month."""
    return months_later(day.replace(day=1), 1) - timedelta(days=1)


class Slow:
    """Rows of the tables, and the questions that the checks ask of them."""

    def __init__(self, tables, as_of, numbers):
        self.rows = {name: frame.to_dicts() for name, frame in tables.items()}
        self.as_of = as_of
        self.numbers = numbers

    def households(self, table):
        """Numbers of the households in a table."""
        return sorted({row["household_id"] for row in self.rows[table]} - {None})

    def newest(self, table, key, value):
        """The newest row about a household or person, or None."""
        mine = [row for row in self.rows[table] if row[key] == value]
        return max(mine, key=lambda r: (r["occurred_on"], r["record_id"]), default=None)

    def home_of(self, person):
        """The household that a person was last seen in."""
        seen = [
            row
            for row in self.rows["member_snapshot"]
            if row["person_id"] == person and row["household_id"] is not None
        ]
        last = max(seen, key=lambda r: (r["occurred_on"], r["record_id"]), default=None)
        return None if last is None else last["household_id"]

    def of_household(self, table, household):
        """Rows of a household; a row that names a person alone is its household's."""
        return [
            row
            for row in self.rows[table]
            if (row["household_id"] or self.home_of(row["person_id"])) == household
        ]

    def roster(self, household):
        """Members of a household on the newest day that lists it; none once it ended."""
        rows = [r for r in self.rows["member_snapshot"] if r["household_id"] == household]
        if not rows:
            return []
        day = max(row["occurred_on"] for row in rows)
        for change in self.rows["household_change"]:
            if (
                change["household_id"] == household
                and change["change"] in ("merge", "moved_away", "dissolved")
                and change["occurred_on"] >= day
            ):
                return []
        return [
            row
            for row in rows
            if row["occurred_on"] == day and row["membership"] in (None, "present", "away")
        ]

    def listing(self, household):
        """The listing that a household is under, or None."""
        listed = [
            r
            for r in self.rows["listing"]
            if r["household_id"] == household and r["decision"] == "listed"
        ]
        last = max(listed, key=lambda r: (r["occurred_on"], r["record_id"]), default=None)
        if last is None:
            return None
        for exit_row in self.rows["exit"]:
            if (
                exit_row["household_id"] == household
                and exit_row["occurred_on"] >= last["occurred_on"]
            ):
                return None
        return last

    def has_cause(self, listing, cause):
        """Whether a listing names a cause; None where it names none."""
        named = [listing[name] for name in CAUSES if listing[name] is not None]
        return cause in named if named else None

    def without_labour(self, household):
        """Whether none of the members can work; None where open, or nobody is known."""
        members = self.roster(household)
        if not members:
            return None
        return no(either(*(no(one_of(m["labour_skill"], NO_LABOUR)) for m in members)))

    def any_member(self, household, question):
        """Whether a question holds of one of the members."""
        members = self.roster(household)
        return either(*(question(m) for m in members)) if members else None

    def listed(self, is_about, question):
        """Answers of a check about households that are listed."""
        answers = {}
        for household in self.households("listing"):
            listing = self.listing(household)
            if listing is None:
                continue
            about = is_about(household, listing)
            if about is not False:
                answers[household] = question(household, listing) if about else None
        return answers

    def caused(self, cause, question):
        """Answers of a check about households listed for a cause."""
        return self.listed(lambda _h, row: self.has_cause(row, cause), question)

    # The checks

    def one_head(self):
        """14.01."""
        return {
            household: sum(m["relation"] == "head" for m in members) != 1
            for household in self.households("member_snapshot")
            if (members := self.roster(household))
        }

    def one_spouse(self):
        """14.02."""
        return {
            household: sum(m["relation"] == "spouse" for m in members) > 1
            for household in self.households("member_snapshot")
            if (members := self.roster(household))
        }

    def sexes_differ(self):
        """14.03."""
        answers = {}
        for household in self.households("member_snapshot"):
            heads = [m["sex"] for m in self.roster(household) if m["relation"] == "head"]
            spouses = [m["sex"] for m in self.roster(household) if m["relation"] == "spouse"]
            if len(heads) == len(spouses) == 1:
                answers[household] = (
                    None if None in (heads[0], spouses[0]) else heads[0] == spouses[0]
                )
        return answers

    def person_once(self):
        """14.06, by person."""
        seen = [
            member["person_id"]
            for household in self.households("member_snapshot")
            for member in self.roster(household)
        ]
        return {person: seen.count(person) > 1 for person in seen}

    def ill(self):
        """14.20."""

        def is_ill(member):
            return either(member["is_chronically_ill"], member["is_seriously_ill"])

        return self.caused("illness", lambda h, _row: no(self.any_member(h, is_ill)))

    def own_cost(self):
        """14.21."""

        def is_zero(household, _row):
            snapshot = self.newest("household_snapshot", "household_id", household)
            cost = None if snapshot is None else snapshot["compliant_own_cost_fen"]
            return None if cost is None else cost == 0

        return self.caused("illness", is_zero)

    def disabled(self):
        """14.22."""
        return self.caused(
            "disability", lambda h, _row: no(self.any_member(h, lambda m: m["is_disabled"]))
        )

    def able(self):
        """14.23."""
        return self.caused("unstable_work", lambda h, _row: self.without_labour(h))

    def worked(self):
        """14.24."""

        def works(member):
            if member["work_place_kind"] is not None:
                return True
            return None if member["work_months"] is None else member["work_months"] > 0

        def has_none(household, _row):
            if self.of_household("work_month", household):
                return False
            return no(self.any_member(household, works))

        return self.caused("unstable_work", has_none)

    def labour_share(self, *, is_large):
        """14.25 and 14.26."""
        size = self.numbers.whole("large_household_from_members")
        name = "large" if is_large else "small"
        percent = self.numbers.whole(f"{name}_household_able_max_percent")

        def is_about(household, row):
            members = self.roster(household)
            cause = self.has_cause(row, "lack_of_labour")
            if members and (len(members) >= size) != is_large:
                return False
            return cause if cause is not True or members else None

        def too_many(household, _row):
            members = self.roster(household)
            able = sum(m["labour_skill"] in ("ordinary", "skilled") for m in members)
            unknown = sum(m["labour_skill"] is None for m in members)
            low, high = able / len(members) * 100, (able + unknown) / len(members) * 100
            return True if low > percent else False if high <= percent else None

        return self.listed(is_about, too_many)

    def account(self, household):
        """Items of a household's newest year, and its first and last month."""
        items = [
            r
            for r in self.of_household("income_item", household)
            if r["window"] in ("rolling", "collection_year")
        ]
        if not items:
            return [], None
        to, start = max((r["period_to"], r["period_from"]) for r in items)
        return [r for r in items if (r["period_to"], r["period_from"]) == (to, start)], (start, to)

    def total(self, items, kinds):
        """Sum of some kinds of items; None where there is none."""
        amounts = [r["amount_fen"] for r in items if r["item"] in kinds]
        return sum(amounts) if amounts else None

    def no_transfers(self, household, benefit):
        """Whether transfer income is 0."""
        items, _period = self.account(household)
        whole, parts = self.total(items, ("transfer",)), self.total(items, PARTS)
        if whole is not None:
            return whole == 0
        if parts is not None and parts > 0:
            return False
        return None if self.total(items, (benefit,)) is None else True

    def has_income(self, household, benefit):
        """Whether a benefit above 0 is in the account, or was paid in its period."""
        items, period = self.account(household)
        paid = [
            r
            for r in self.of_household("income_item", household)
            if r["window"] == "payment"
            and (
                period is None
                or (r["period_from"] <= month_end(period[1]) and r["period_to"] >= period[0])
            )
        ]
        return any(r["item"] == benefit and r["amount_fen"] > 0 for r in [*items, *paid])

    def benefit(self, benefit, column):
        """14.31 to 14.33."""
        answers = {}
        for household in self.households("household_snapshot"):
            gets = self.has_income(household, benefit)
            if column is not None and not gets:
                gets = self.any_member(household, lambda m: one_of(m[column], ("rural", "urban")))
            if gets is not False:
                answers[household] = self.no_transfers(household, benefit) if gets else None
        return answers

    def measure_wage(self, measure):
        """14.34 and 14.35."""
        answers = {}
        for household in self.households("household_snapshot"):
            items, period = self.account(household)
            ran = any(
                r["measure"] == measure
                and (
                    period is None
                    or (
                        r["occurred_on"] <= month_end(period[1])
                        and (r["ends_on"] is None or r["ends_on"] >= period[0])
                    )
                )
                for r in self.of_household("support_measure", household)
            )
            if ran:
                wage = self.total(items, ("wage",))
                answers[household] = None if wage is None else wage == 0
        return answers

    def exit_early(self):
        """14.44, by record."""
        answers = {}
        for row in self.rows["exit"]:
            if row["occurred_on"] < self.numbers.exits_checked_from.value:
                continue
            listed = sorted(
                r["occurred_on"]
                for r in self.rows["listing"]
                if r["household_id"] == row["household_id"]
                and r["decision"] == "listed"
                and r["occurred_on"] <= row["occurred_on"]
            )
            if not listed:
                answers[row["record_id"]] = None
                continue
            ended = [
                r["occurred_on"]
                for r in self.rows["exit"]
                if r["household_id"] == row["household_id"] and r["occurred_on"] < listed[-1]
            ]
            since = min(day for day in listed if not ended or day > max(ended))
            months = self.numbers.whole("listed_at_least_months")
            answers[row["record_id"]] = row["occurred_on"] < months_later(since, months)
        return answers

    def spells_overlap(self):
        """14.48, by person."""
        answers = {}
        for person in {r["person_id"] for r in self.rows["work_month"]}:
            spells = {}
            for r in self.rows["work_month"]:
                if r["person_id"] == person:
                    kind = (r["employer_kind"], r["work_place"], r["public_post"])
                    key = (r["spell_started_on"], kind)
                    ends = [day for day in (spells.get(key), r["spell_ends_on"]) if day]
                    spells[key] = max(ends, default=None)
            if len(spells) > 1:
                answers[person] = either(*self._pairs(spells))
        return answers

    def _pairs(self, spells):
        """Whether each two spells overlap; None where a day that matters is missing."""
        keyed = list(spells.items())
        for i, ((start, _), end) in enumerate(keyed):
            for (other, _), other_end in keyed[i + 1 :]:
                if start is None or other is None:
                    yield None
                elif start == other:
                    yield from self._same_start(start, end, other_end)
                else:
                    first_end, second = (end, other) if start < other else (other_end, start)
                    yield None if first_end is None else first_end > second

    def _same_start(self, start, end, other_end):
        """Of two spells that begin on one day the longer begins before the shorter has ended."""
        known = [day for day in (end, other_end) if day is not None]
        yield min(known) > start if known else None

    def expected(self, cause, measures):
        """12.01 to 12.05."""
        months = self.numbers.whole("first_measure_within_months")

        def is_about(_household, row):
            is_due = months_later(row["occurred_on"], months) <= self.as_of
            return self.has_cause(row, cause) if is_due else False

        def has_none(household, row):
            if not self.rows["support_measure"]:
                return None
            return not any(
                r["measure"] in measures
                and (r["ends_on"] is None or r["ends_on"] >= row["occurred_on"])
                for r in self.of_household("support_measure", household)
            )

        return self.listed(is_about, has_none)

    def covered(self):
        """12.07."""

        def gets(member):
            return either(
                one_of(member["dibao"], ("rural", "urban")),
                one_of(member["tekun"], ("rural", "urban")),
            )

        return self.listed(
            lambda h, _row: self.without_labour(h), lambda h, _row: no(self.any_member(h, gets))
        )


CHECKS = {
    "14.01": ("household_id", Slow.one_head),
    "14.02": ("household_id", Slow.one_spouse),
    "14.03": ("household_id", Slow.sexes_differ),
    "14.06": ("person_id", Slow.person_once),
    "14.20": ("household_id", Slow.ill),
    "14.21": ("household_id", Slow.own_cost),
    "14.22": ("household_id", Slow.disabled),
    "14.23": ("household_id", Slow.able),
    "14.24": ("household_id", Slow.worked),
    "14.25": ("household_id", lambda slow: slow.labour_share(is_large=False)),
    "14.26": ("household_id", lambda slow: slow.labour_share(is_large=True)),
    "14.31": ("household_id", lambda slow: slow.benefit("dibao", "dibao")),
    "14.32": ("household_id", lambda slow: slow.benefit("tekun", "tekun")),
    "14.33": ("household_id", lambda slow: slow.benefit("disability_benefit", None)),
    "14.34": ("household_id", lambda slow: slow.measure_wage("employment")),
    "14.35": ("household_id", lambda slow: slow.measure_wage("public_post")),
    "14.44": ("record_id", Slow.exit_early),
    "14.48": ("person_id", Slow.spells_overlap),
    "12.01": (
        "household_id",
        lambda slow: slow.expected("schooling", ("compulsory_schooling", "education", "social")),
    ),
    "12.02": ("household_id", lambda slow: slow.expected("illness", ("health", "social"))),
    "12.03": ("household_id", lambda slow: slow.expected("disability", ("safety_net", "social"))),
    "12.07": ("household_id", Slow.covered),
}
"""By number of the check: the column that says what an answer is about, and the answers."""
