"""Small histories of households as text tables or drawn at random, and records made out of them.

Days are numbers since 1970-01-01. An empty cell is not known; ``recorded`` defaults to ``day``.
"""

from __future__ import annotations

import random

import polars as pl
from hypothesis import strategies as st

from fanpin_risk.dates import day_of
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.timeline import Records, known_as_of

SHORT = {
    "person": "person_id",
    "household": "household_id",
    "other": "other_household_id",
    "day": "occurred_day",
    "recorded": "recorded_day",
}
NAMES = {
    "members": "member_snapshot",
    "changes": "household_change",
    "visits": "household_snapshot",
}
PEOPLE = [f"p{n}" for n in range(4)]
HOUSEHOLDS = [f"h{n}" for n in range(4)]
CHANGES = ["split", "merge", "merge", "renumbered", "moved_in", "moved_away", "dissolved"]


def rows(text):
    """Rows of a small text table, short column names written out.

    >>> rows("household | day ; h1 | 3")
    [{'household_id': 'h1', 'occurred_day': 3}]
    """
    lines = [line for line in text.replace(";", "\n").splitlines() if line.strip()]
    cells = [[cell.strip() or None for cell in line.split("|")] for line in lines]
    names = [SHORT.get(name, name) for name in cells[0]]
    return [
        {n: int(c) if c and n.endswith("_day") else c for n, c in zip(names, line, strict=True)}
        for line in cells[1:]
    ]


def numbered(history):
    """Give each row of a history a record number and a day of record, as the tables hold them."""
    return {
        name: [
            {"recorded_day": row["occurred_day"], "record_id": f"r{n:03d}", **row}
            for n, row in enumerate(found)
        ]
        for name, found in history.items()
    }


def frame(name, found):
    """One record table out of rows."""
    schema = frame_schema(TABLES[name])
    required = {"place": "P", "context_place": "C", "members": 1, "relation": "other"}
    whole = [
        {
            **dict.fromkeys(schema),
            **{key: value for key, value in required.items() if key in schema},
            "version": 1,
            "is_withdrawn": False,
            "source": "test",
            "batch": "b1",
            "occurred_on": day_of(row["occurred_day"]),
            "recorded_on": day_of(row["recorded_day"]),
            **{key: value for key, value in row.items() if key in schema},
        }
        for row in found
    ]
    return pl.DataFrame(whole, schema=schema)


def known(as_of=100, **tables):
    """What is known on a day of a history given as text or rows: ``members, changes, visits``."""
    given = {
        NAMES.get(name, name): rows(found) if isinstance(found, str) else found
        for name, found in tables.items()
    }
    made = {name: frame(name, found) for name, found in numbered(given).items()}
    first = frame("place_context", [{"occurred_day": 0, "recorded_day": 0, "record_id": "first"}])
    return known_as_of(Records({"place_context": first, **made}), day_of(as_of))


def found(table, *columns):
    """Rows of a result as tuples, in the order they stand."""
    return [tuple(row) for row in table.select(*columns).iter_rows()]


NOISE = {
    "household_snapshot": (3, {"household_id": HOUSEHOLDS}),
    "member_snapshot": (
        12,
        {
            "person_id": PEOPLE,
            "household_id": [None, *HOUSEHOLDS, *HOUSEHOLDS],
            "membership": ["present", "away", "left", "died", "died", None],
        },
    ),
    "household_change": (
        5,
        {
            "household_id": HOUSEHOLDS,
            "other_household_id": [None, *HOUSEHOLDS, *HOUSEHOLDS],
            "change": CHANGES,
        },
    ),
}
"""Most rows of each table in a history, and what its columns are drawn from."""


@st.composite
def noise(draw, *, recorded=(0, 40)):
    """Snapshots and changes in any contradiction: what offices could send at their worst."""
    history = {}
    for table, (most, choices) in NOISE.items():
        fields = {name: st.sampled_from(values) for name, values in choices.items()}
        dated = fields | {
            "occurred_day": st.integers(1, 12),
            "recorded_day": st.integers(*recorded),
        }
        history[table] = draw(st.lists(st.fixed_dictionaries(dated), max_size=most))
        for row in history[table]:
            row["recorded_day"] = max(row["occurred_day"], row["recorded_day"])
    return history


def many(seed, number):
    """So many histories like those of `noise`, each with names of its own, rows numbered."""
    rng = random.Random(seed)
    for n in range(number):
        history = {}
        for table, (most, choices) in NOISE.items():
            history[table] = []
            for _ in range(rng.randint(0, most)):
                row = {name: rng.choice(values) for name, values in choices.items()}
                row = {
                    name: f"{n}/{value}" if value and name.endswith("_id") else value
                    for name, value in row.items()
                }
                row["occurred_day"] = rng.randint(1, 12)
                row["recorded_day"] = max(row["occurred_day"], rng.randint(0, 40))
                row["record_id"] = f"{n}/{len(history[table]):02d}"
                history[table].append(row)
        yield history


def together(histories):
    """Histories as one."""
    return {table: [row for h in histories for row in h[table]] for table in NOISE}


class County:
    """A county in which everything is reported as it happens: who lives where is known.

    ``home`` is the true household of each person, ``state`` present, left or died; ``alive`` the
    households that go on, ``ended`` the others with their kind of end.
    """

    def __init__(self):
        """Begin with three households of two persons each."""
        self.history = {name: [] for name in NAMES.values()}
        self.home, self.state = {}, {}
        self.alive, self.ended = [f"H{n}" for n in range(3)], {}
        self.day = self.numbers = 1
        for n, household in enumerate(list(self.alive)):
            for person in (f"q{2 * n}", f"q{2 * n + 1}"):
                self.home[person], self.state[person] = household, "present"
                self.tell(person)

    def tell(self, person):
        """A member snapshot of the person on the day."""
        row = {"person_id": person, "household_id": self.home[person]}
        self.add("member_snapshot", **row, membership=self.state[person])

    def add(self, table, **values):
        """A row of the day."""
        self.history[table].append({**values, "occurred_day": self.day})

    def change(self, household, change, other=None):
        """A household change of the day."""
        row = {"household_id": household, "other_household_id": other}
        self.add("household_change", **row, change=change)

    def living(self, household):
        """Persons who belong to the household now."""
        return [p for p in self.home if self.home[p] == household and self.state[p] == "present"]

    def number(self):
        """A household number never given before."""
        self.numbers += 1
        return f"N{self.numbers}"

    def step(self, event, pick):
        """One event to a household; ``pick`` chooses which."""
        self.day += 1
        if not self.alive:
            return
        household = self.alive[pick % len(self.alive)]
        getattr(self, event)(household, pick)

    def split(self, household, pick):
        """Some members begin a household of their own."""
        people = self.living(household)
        if len(people) < 2:
            return
        new = self.number()
        self.alive.append(new)
        self.change(new, "split", household)
        self.home[people[pick % len(people)]] = new
        self.tell(people[pick % len(people)])

    def merge(self, household, pick):
        """The household goes into another; nobody's snapshot says so."""
        others = [name for name in self.alive if name != household]
        if not others:
            return
        into = others[pick % len(others)]
        self.change(household, "merge", into)
        for person in self.living(household):
            self.home[person] = into
        self.end(household, "censored")

    def renumber(self, household, pick):
        """The household gets another number."""
        new = self.number()
        self.change(household, "renumbered", new)
        self.home = {p: new if h == household else h for p, h in self.home.items()}
        self.alive[self.alive.index(household)] = new

    def move_away(self, household, pick):
        """The whole household leaves the county."""
        self.change(household, "moved_away")
        self.end(household, "censored")

    def die(self, household, pick):
        """A member dies; with the last one the household ends."""
        people = self.living(household)
        person = people[pick % len(people)]
        self.state[person] = "died"
        self.tell(person)
        if len(people) == 1:
            self.end(household, "competing")

    def end(self, household, kind):
        """The household goes on no more."""
        self.alive.remove(household)
        self.ended[household] = (self.day, kind)


EVENTS = ("split", "merge", "renumber", "move_away", "die")
