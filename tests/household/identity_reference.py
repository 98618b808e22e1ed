"""The identity of households computed a second way: plain loops over rows, slow and plain to read.

Rows are dicts with ``occurred_day, recorded_day, record_id``; all versions are 1.
"""

from __future__ import annotations

KIND = {
    "merge": "censored",
    "moved_away": "censored",
    "renumbered": "censored",
    "dissolved": "competing",
    "all_members_died": "competing",
    "all_members_left": "censored",
}


class CircleError(Exception):
    """Numbers or merges go round in a circle."""


def order(row):
    """Older facts first."""
    return row["occurred_day"], row["recorded_day"], row["record_id"]


class Reference:
    """Who lives where, what lives on and what has ended, on a day."""

    def __init__(self, history, day):
        """Keep what had occurred and was known on the day."""
        self.history = history
        self.day = day
        self.rows = {
            name: [r for r in rows if r["occurred_day"] <= day and r["recorded_day"] <= day]
            for name, rows in history.items()
        }
        self.steps = self._steps()
        self.changes = [
            {
                **r,
                "household_id": self.now(r["household_id"]),
                "other": self.now(r["other_household_id"]),
            }
            for r in self.rows["household_change"]
            if r["change"] != "renumbered"
        ]
        self.changes = [r for r in self.changes if r["household_id"] != r["other"]]
        self.said = self._said()
        self.named = {person: self._named(rows) for person, rows in self.said.items()}
        self.alive = self._alive()
        self.merges = self._merges()
        self.snapshots = {person: self._with_merges(person) for person in self.said}

    def _renumberings(self):
        return [
            r
            for r in self.rows["household_change"]
            if r["change"] == "renumbered"
            and r["other_household_id"] not in (None, r["household_id"])
        ]

    def _steps(self):
        """One step out of each number and one into each, the newest."""
        out = {}
        for row in sorted(self._renumberings(), key=order):
            out[row["household_id"]] = row
        into = {}
        for row in sorted(out.values(), key=order):
            into[row["other_household_id"]] = row
        return {row["household_id"]: row["other_household_id"] for row in into.values()}

    def now(self, number):
        """The number a number has become."""
        return walk(number, self.steps)

    def numbers(self):
        """Every number in any table that is known on the day, whenever it happens."""
        rows = [r for rows in self.history.values() for r in rows if r["recorded_day"] <= self.day]
        named = {r["household_id"] for r in rows}
        named |= {r["other_household_id"] for r in self.rows["household_change"]}
        return named - {None}

    def lineage(self):
        """Current number of each number."""
        return {number: self.now(number) for number in self.numbers()}

    def _said(self):
        """Every snapshot of each person, oldest first, under current numbers."""
        said = {}
        for row in sorted(self.rows["member_snapshot"], key=order):
            row = {**row, "household_id": self.now(row["household_id"])}
            said.setdefault(row["person_id"], []).append(row)
        return said

    def _named(self, rows):
        """Snapshots that name a household: ``{day: {household: row}}``, the newest of each."""
        found = {}
        for row in rows:
            if row["household_id"] is not None:
                found.setdefault(row["occurred_day"], {})[row["household_id"]] = row
        return found

    def _filled(self, person, named):
        """The same with the snapshots that name no household put where the person was by then."""
        found = {day: dict(claims) for day, claims in named.items()}
        for row in self.said[person]:
            if row["household_id"] is None:
                household = choose(named, row["occurred_day"])[0]
                if household is not None:
                    claims = found.setdefault(row["occurred_day"], {})
                    claims[household] = max(claims.get(household, row), row, key=order)
        return found

    def _with_merges(self, person):
        """Snapshots by day, with a row in the receiving household on the day of each merge."""
        named = self.named[person]
        for household, (into, day, _) in self.merges.items():
            row = named.get(day, {}).get(household)
            if row and standing(row) == "belongs":
                claims = named[day]
                del claims[household]
                claims[into] = max(claims.get(into, row), row, key=order)
        for household, (into, day, recorded) in sorted(self.merges.items(), key=lambda m: m[1][1]):
            at, membership, word, *_ = choose(self._filled(person, named), day)
            if at == household and word == "belongs":
                row = {"membership": membership, "occurred_day": day, "recorded_day": recorded}
                named.setdefault(day, {})[into] = {**row, "record_id": f"{household}/{person}"}
        return self._filled(person, named)

    def place(self, person):
        """Household, membership, standing, since, claimed by two."""
        by_day = self.snapshots[person]
        if not by_day:
            mine = [r for r in self.rows["member_snapshot"] if r["person_id"] == person]
            last = max(mine, key=order)
            return None, last["membership"], standing(last), last["occurred_day"], False
        household, membership, word, today, is_in_two = choose(by_day, self.day)
        if household is None:
            return None, membership, word, today, is_in_two
        since = today
        for day in sorted(by_day, reverse=True):
            row = by_day[day].get(household)
            if row is None or standing(row) != word:
                break
            since = day
        return household, membership, word, since, is_in_two

    def member_ends(self):
        """End of households that all members on record are gone from."""
        pairs = {(p, h) for p, days in self.snapshots.items() for d in days.values() for h in d}
        found = {}
        for household in {h for _, h in pairs}:
            exits = [self._exit(p, household) for p, h in pairs if h == household]
            if None not in exits:
                last = max(day for day, _, _ in exits)
                deaths = [is_death for day, _, is_death in exits if day == last]
                confirmed = max(day for _, day, _ in exits)
                change = "all_members_died" if all(deaths) else "all_members_left"
                found[household] = (last, confirmed, change)
        return found

    def _exit(self, person, household):
        """Day gone, newest day that says so, whether by death; None while the person belongs."""
        by_day = self.snapshots[person]
        mine = {day: rows[household] for day, rows in by_day.items() if household in rows}
        belonged = [day for day, row in mine.items() if standing(row) == "belongs"]
        if belonged:
            after = [day for day in by_day if day > max(belonged)]
            if not after:
                return None
            gone = min(after)
        else:
            gone = min(mine)
        at, _, word, since, _ = self.place(person)
        return gone, max(gone, *mine), at == household and word == "died" and since == gone

    def ends(self):
        """Day, kind and change of each household that is no more."""
        events = self._entered()
        for household, (day, confirmed, change) in self.member_ends().items():
            events.append((household, day, (confirmed, 10**6), change))
        return self._first(events)

    def _entered(self):
        """Ends that were entered as changes."""
        events = []
        for row in self.changes:
            if row["change"] in KIND:
                when = (row["occurred_day"], row["recorded_day"])
                events.append((row["household_id"], row["occurred_day"], when, row["change"]))
        for row in self.rows["household_change"]:
            is_lost = row["change"] == "renumbered" and row["household_id"] not in self.steps
            if is_lost and row["other_household_id"] != row["household_id"]:
                when = (row["occurred_day"], row["recorded_day"])
                now = self.now(row["household_id"])
                events.append((now, row["occurred_day"], when, "renumbered"))
        return events

    def _first(self, events):
        """First end of each household since it was last alive."""
        found = {}
        for household, day, when, change in events:
            if when >= self.alive.get(household, (-(10**9), 0)):
                rank = (day, list(KIND).index(change))
                found[household] = min(found.get(household, (10**9, 0)), rank)
        return {
            household: (day, KIND[list(KIND)[rank]], list(KIND)[rank])
            for household, (day, rank) in found.items()
        }

    def _alive(self):
        """When each household was last seen alive."""
        seen = [
            (self.now(row["household_id"]), (row["occurred_day"], 0))
            for row in self.rows["household_snapshot"]
        ]
        seen += [
            (household, (day, 0))
            for days in self.named.values()
            for day, claims in days.items()
            for household, row in claims.items()
            if standing(row) == "belongs"
        ]
        seen += [
            (row["household_id"], (row["occurred_day"], row["recorded_day"]))
            for row in self.changes
            if row["change"] in ("split", "moved_in")
        ]
        found = {}
        for household, when in seen:
            found[household] = max(when, found.get(household, when))
        return found

    def _merges(self):
        """Merges that ended a household: into which (past merges of that one), day, recorded."""
        ends = self._first(self._entered())
        rows = {}
        for row in sorted(self.changes, key=order):
            is_merge = row["change"] == "merge" and row["other"] is not None
            if is_merge and ends.get(row["household_id"], (0, 0, 0))[2] == "merge":
                rows[row["household_id"]] = row
        steps = {household: row["other"] for household, row in rows.items()}
        found = {}
        for household, row in rows.items():
            into = path(household, steps)[1]
            while into in rows and rows[into]["occurred_day"] <= row["occurred_day"]:
                into = rows[into]["other"]
            found[household] = (into, row["occurred_day"], row["recorded_day"])
        return found

    def members(self):
        """Household, membership and first day of each person."""
        return {person: self.place(person)[:2] + self.place(person)[3:4] for person in self.said}

    def history_since(self):
        """First day of household-level history."""
        found = {}
        for row in sorted(self.changes, key=order):
            if row["change"] in ("split", "moved_in"):
                found[row["household_id"]] = (row["occurred_day"], row["change"])
        return found


def standing(row):
    """How a person stands to the household of a snapshot."""
    return row["membership"] if row["membership"] in ("left", "died") else "belongs"


def choose(by_day, day):
    """Household, membership, standing, newest day up to a day, and whether two claim the person."""
    days = [d for d in by_day if d <= day]
    if not days:
        return None, None, None, None, False
    claims = list(by_day[max(days)].items())
    for word in ("died", "belongs", "left"):
        if any(standing(row) == word for _, row in claims):
            claims = [(h, row) for h, row in claims if standing(row) == word]
            break
    is_in_two = len(claims) > 1
    latest = max(row["recorded_day"] for _, row in claims)
    claims = [(h, row) for h, row in claims if row["recorded_day"] == latest]
    words = {row["membership"] for _, row in claims}
    membership = words.pop() if len(words) == 1 else None
    household = claims[0][0] if len(claims) == 1 else None
    return household, membership, word, max(days), is_in_two


def path(start, steps):
    """All stations from a start to the end."""
    stations = [start]
    while stations[-1] in steps:
        stations.append(steps[stations[-1]])
        if len(stations) > len(steps) + 1:
            raise CircleError
    return stations


def walk(start, steps):
    """The last station."""
    return path(start, steps)[-1]


def label(need, ended, kind, until, *, as_of, horizon, is_fall_first=True):
    """What became of a household, day by day from the question to the horizon."""
    if ended is not None and ended <= as_of:
        return "unknown"
    for day in range(as_of + 1, horizon + 1):
        needs, stops = day == need, day == ended
        if needs and (is_fall_first or not stops):
            return "yes"
        if stops and kind == "competing":
            return "competing"
        if stops and (day < horizon or needs):
            return "unknown"
    return "no" if until is not None and until >= horizon else "unknown"
