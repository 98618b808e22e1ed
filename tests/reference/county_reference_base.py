"""What the slow county indicators stand on: known rows, moves, windows. Dicts and loops, no frames.

Written from the meaning of the columns (docs/indicators.md, docs/household_identity.md), not from
the code that builds them.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

GRACE = timedelta(days=31)


def months_before(day, months):
    """The day so many calendar months before; a month's last day stays a last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    length = calendar.monthrange(year, month + 1)[1]
    is_last = (day + timedelta(days=1)).day == 1
    return date(year, month + 1, length if is_last else min(day.day, length))


def month_end(day):
    """Last day of a day's month; None for none."""
    return None if day is None else day.replace(day=calendar.monthrange(day.year, day.month)[1])


def age(born_on, day):
    """Completed years; who is born on 29 February completes on 1 March in a common year."""
    if born_on is None:
        return None
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def newest_versions(rows, as_of):
    """Newest version of each record known on a day, unless it takes the record back."""
    newest = {}
    for row in sorted(rows, key=lambda r: r["version"]):
        if row["recorded_on"] <= as_of:
            newest[row["record_id"]] = row
    return [row for row in newest.values() if not row["is_withdrawn"]]


def newest(rows, value, day=lambda r: r["occurred_on"], *, before=None):
    """Newest row that answers, as ``(day, value)``; the later recorded, then the larger, counts."""
    told = [
        (day(r), r.get("recorded_on", date.min), value(r))
        for r in rows
        if day(r) is not None and value(r) is not None
    ]
    if before is not None:
        told = [t for t in told if t[0] < before]
    return max(told)[::2] if told else (None, None)


def total(values):
    """Sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def kleene_or(*answers):
    """Or, in which one yes is enough and an unknown is not a no."""
    if any(a is True for a in answers):
        return True
    return None if any(a is None for a in answers) else False


def truth(answer):
    """A yes or no as 1 or 0."""
    return None if answer is None else int(answer)


class Book:
    """What was known on a day of one county, by household of the day."""

    def __init__(self, tables, as_of, line_fen):
        self.as_of = as_of
        self.line_fen = line_fen
        self.known = {
            name: [r for r in newest_versions(rows, as_of) if r["occurred_on"] <= as_of]
            for name, rows in tables.items()
        }
        changes = self.known.get("household_change", [])
        self.next_number = {
            c["household_id"]: c["other_household_id"]
            for c in changes
            if c["change"] == "renumbered"
        }
        self.placed = self._placed()
        self.members = {}
        for person, (home, standing, _) in self.placed.items():
            if standing == "belongs":
                self.members.setdefault(home, []).append(person)
        self.began, self.moved_in = {}, {}
        for c in sorted(changes, key=lambda c: (c["occurred_on"], c["recorded_on"])):
            if c["change"] in ("split", "moved_in"):
                home = self.number(c["household_id"])
                self.began[home] = c["occurred_on"]
                self.moved_in.pop(home, None)
                if c["change"] == "moved_in":
                    self.moved_in[home] = c["occurred_on"]
        self.homes = self._homes()
        self.ended = self._ended()
        self._rows = {}

    def number(self, household):
        """Number that a household lives on under."""
        while household in self.next_number:
            household = self.next_number[household]
        return household

    def _placed(self):
        """Household, standing and first day of it, of every person with a snapshot."""
        by_person = {}
        for row in self.known.get("member_snapshot", []):
            by_person.setdefault(row["person_id"], []).append(row)
        placed = {}
        for person, rows in by_person.items():
            rows = sorted(rows, key=lambda r: r["occurred_on"])
            said = [(self.number(r["household_id"]), standing(r)) for r in rows]
            first = len(said) - 1
            while first > 0 and said[first - 1] == said[-1]:
                first -= 1
            placed[person] = (*said[-1], rows[first]["occurred_on"])
        return placed

    def _homes(self):
        """Place, heads and line of every household with a snapshot of its own."""
        homes = {}
        by_home = {}
        for row in self.known.get("household_snapshot", []):
            by_home.setdefault(self.number(row["household_id"]), []).append(row)
        for home, rows in by_home.items():
            found = {
                name: newest(rows, lambda r, name=name: r[name])[1]
                for name in ("place", "region", "context_place", "members")
            }
            found["heads"] = len(self.members.get(home, [])) or found["members"]
            found["line"] = self.line_fen.get(found["context_place"])
            homes[home] = found
        return homes

    def _ended(self):
        """Households of which every member on record has left or died, and none was seen since."""
        ended = set()
        for home in self.homes:
            mine = [
                r for r in self.known["member_snapshot"] if self.number(r["household_id"]) == home
            ]
            persons = {r["person_id"] for r in mine}
            if not persons or self.members.get(home):
                continue
            days = []
            for person in persons:
                rows = sorted(
                    (r for r in self.known["member_snapshot"] if r["person_id"] == person),
                    key=lambda r: r["occurred_on"],
                )
                stays = [
                    r["occurred_on"]
                    for r in rows
                    if self.number(r["household_id"]) == home and standing(r) == "belongs"
                ]
                after = [
                    r["occurred_on"] for r in rows if not stays or r["occurred_on"] > max(stays)
                ]
                days.append(min(after))
            seen = [
                r["occurred_on"]
                for r in self.known["household_snapshot"]
                if self.number(r["household_id"]) == home
            ]
            begun = self.began.get(home)
            if max(seen) <= max(days) and (begun is None or begun <= max(days)):
                ended.add(home)
        return ended

    def rows(self, table):
        """Rows of a table by household of the day; None where the table is not kept."""
        if table not in self.known:
            return None
        if table not in self._rows:
            by_home = {}
            for row in self.known[table]:
                home = self._home_of(row)
                home = home if home in self.homes else None  # tells only that the table is kept
                by_home.setdefault(home, []).append(row)
            self._rows[table] = by_home
        return self._rows[table]

    def _home_of(self, row):
        """Household that a row counts in on the day."""
        if row.get("person_id") in self.placed:
            home, stands, since = self.placed[row["person_id"]]
            return None if stands == "left" and row["occurred_on"] >= since else home
        return None if row["household_id"] is None else self.number(row["household_id"])

    def since_when(self, home, *, is_personal):
        """Day on which what is on record of a household begins, if it began late."""
        return (self.moved_in if is_personal else self.began).get(home)


def standing(row):
    """Whether a member snapshot says that the person belongs, left or died."""
    return row["membership"] if row["membership"] in ("left", "died") else "belongs"


class Window:
    """Rows of one source and household, asked for by months back from the day."""

    def __init__(self, book, home, by_home, day, *, no_record, is_personal):
        self.book = book
        self.mine = by_home.get(home, [])
        self.day = day
        every = [day(r) for rows in by_home.values() for r in rows if day(r) is not None]
        starts = [min(every)] if every else [None]
        late = book.since_when(home, is_personal=is_personal)
        starts += [late] if late is not None else []
        if no_record is None:
            own = [day(r) for r in self.mine if day(r) is not None and day(r) <= book.as_of]
            starts.append(min(own) if own else None)
        self.start = None if None in starts else max(starts)

    def rows(self, months, until=0):
        """Rows after the day ``months`` back, up to the day ``until`` months back."""
        after, last = (months_before(self.book.as_of, m) for m in (months, until))
        return [r for r in self.mine if self.day(r) is not None and after < self.day(r) <= last]

    def covers(self, months):
        """Whether the records begin no later than a month into the window."""
        return (
            self.start is not None and self.start <= months_before(self.book.as_of, months) + GRACE
        )

    def told(self, value, months, until=0, how=sum):
        """How much is on record in a span; 0 for no row that is kept, None for not known."""
        rows = self.rows(months, until)
        known = [value(r) for r in rows if value(r) is not None]
        if not self.covers(months) or (rows and not known):
            return None
        return how(known) if known else 0

    def change(self, value, months):
        """A span less the span before it."""
        now, before = self.told(value, months), self.told(value, 2 * months, months)
        return None if now is None or before is None else now - before

    def count(self, value, months):
        """How many rows are so."""
        return self.told(lambda r: None if value(r) is None else int(bool(value(r))), months)

    def ever(self, value, months):
        """Whether any row is so; a yes needs no complete record."""
        if any(value(r) for r in self.rows(months)):
            return 1
        return self.told(lambda r: truth(value(r)), months)

    def days_since(self, value):
        """Days since the newest row that is so."""
        days = [self.day(r) for r in self.mine if self.day(r) is not None and value(r)]
        days = [d for d in days if d <= self.book.as_of]
        return (self.book.as_of - max(days)).days if days else None

    def share(self, part, whole, months):
        """Sum of one over the sum of another, of rows that know both."""
        both = [(part(r), whole(r)) for r in self.rows(months)]
        both = [(p, w) for p, w in both if p is not None and w is not None]
        base = sum(w for _, w in both)
        return sum(p for p, _ in both) / base if base > 0 else None


class Money:
    """What amounts of one household are divided by."""

    def __init__(self, *, whole, head, heads):
        self.whole, self.head, self.heads = whole, head, heads

    def of_household(self, fen):
        """Fen of the household over its line."""
        return fen / self.whole if fen is not None and self.whole else None

    def of_person(self, fen):
        """Fen of one person over the line a head."""
        return fen / self.head if fen is not None and self.head else None

    def per_head(self, hundredths):
        """Hundredths of a unit, by head."""
        return hundredths / (self.heads * 100.0) if hundredths is not None and self.heads else None


def occurred(row):
    """Day on which a row happened."""
    return row["occurred_on"]


def col(name):
    """Value of a column."""
    return lambda r: r[name]


def one_of(name, *codes):
    """Whether a code is one of several."""
    return lambda r: None if r[name] is None else r[name] in codes


def nothing(*names):
    """Columns that nobody can know."""
    return dict.fromkeys(names)


def days_old(book, day):
    """Days from a day to the day of decision."""
    return None if day is None else (book.as_of - day).days


def window(book, home, table, *, no_record=0, is_personal=False, day=occurred):
    """Windows over a table, or None where it is not kept."""
    rows = book.rows(table)
    if rows is None:
        return None
    return Window(book, home, rows, day, no_record=no_record, is_personal=is_personal)
