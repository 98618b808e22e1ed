"""Small histories of need: looks, decisions and ends of households, as text or drawn at random."""

from __future__ import annotations

import random
import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from fanpin_risk.dates import day_number
from fanpin_risk.household.placement import facts_of
from fanpin_risk.outcomes.flow import DecisionDays, FlowSettings

TESTS = Path(__file__).parents[1]
H = SimpleNamespace(**runpy.run_path(str(TESTS / "household" / "identity_histories.py")))
KEPT = ("clue", "verification", "listing", "exit", "visit")
REQUIRED = {"clue": {"channel": "cadre"}, "exit": {"way": "natural"}}

AS_OF = date(2022, 4, 30)
DAYS = {
    "before": date(2022, 4, 1),
    "as_of": AS_OF,
    "first": date(2022, 5, 1),
    "within": date(2022, 8, 15),
    "last": date(2022, 10, 30),
    "horizon": date(2022, 10, 31),
    "after": date(2022, 11, 1),
    "later": date(2022, 12, 15),
    "complete": date(2022, 12, 31),
    "too_late": date(2023, 1, 1),
}
"""Days around a horizon of six months, within two months of which looks count."""
END = date(2023, 6, 30)


def settings(**changes):
    """Six months ahead, looks within two months."""
    days = DecisionDays(first=AS_OF, last=AS_OF)
    return FlowSettings(
        **{"horizon_months": 6, "look_within_months": 2, "decision_days": days} | changes
    )


def rows(text):
    """Rows of a text table whose days are names of `DAYS`."""
    found = []
    for line in text.split(";"):
        household, value, when = (part.strip() for part in line.split("|"))
        found.append((household, value, day_number(DAYS[when])))
    return found


COLUMN = {"visit": "result", "verification": "result", "listing": "decision", "exit": "way"}


def history(kept=KEPT, snapshots="h", **tables):
    """Rows by table; households of ``snapshots`` are on record from long before."""
    made = {
        "household_snapshot": [
            {"household_id": name, "occurred_day": 15_000} for name in snapshots.split()
        ]
    }
    for name in kept:
        made[name] = []
    for name, text in tables.items():
        column = COLUMN.get(name, "change")
        made[name] = [
            {"household_id": household, column: value, "occurred_day": day}
            for household, value, day in rows(text)
        ]
    return made


def facts(made, on=END):
    """Facts of a day of a history."""
    return facts_of(H.known(day_number(on), **made))


CHOICES = {
    "visit": ("result", ["in_need", "no_need", "no_need", "not_met", "refused"]),
    "verification": ("result", ["confirmed", "not_confirmed", "not_reached"]),
    "listing": ("decision", ["listed", "refused"]),
}
MOST = 3


def many(seed, number):
    """So many households: what was found and decided around the horizon, and perhaps their end."""
    rng = random.Random(seed)
    days = [day_number(day) for day in DAYS.values()]
    names = [f"h{n}" for n in range(number)]
    made = history(snapshots=" ".join(names)) | {"household_change": []}
    for name in names:
        for table, (column, values) in CHOICES.items():
            made[table] += [
                {
                    "household_id": name,
                    column: rng.choice(values),
                    "occurred_day": rng.choice(days),
                }
                for _ in range(rng.randint(0, MOST))
            ]
        end = rng.choice([None, None, "moved_away", "dissolved"])
        if end is not None:
            row = {"household_id": name, "change": end, "occurred_day": rng.choice(days)}
            made["household_change"].append(row)
    return names, made
