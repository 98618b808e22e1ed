"""The county's system and the standards, written apart, agree where records are without fault.

The simulator lists by its own few lines of code, the standards by rules on records. Where they
differ, the difference has a name here and in docs/simulated_county.md; there is no other.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import polars as pl
import pytest
from tests.simulate.county.faultless import county, month_end, ruled_at_end_of

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.simulate.county.kinds import NEVER, Breach, Monitored, Shock
from fanpin_risk.simulate.county.must_visit import Fact
from fanpin_risk.simulate.county.register import Reason
from fanpin_risk.standards.risks import GAPS_OF_TYPE, SHOCKS

SIZE = (1500, 22)
MONTHS = (15, 20, 21)
"""April, September and October: two rounds of visits, and the yearly collection."""
COUNTED_MONTHS = 12
NO_LOOK = month_end(-1)
GUARANTEES = (Breach.SCHOOLING, Breach.HOUSING, Breach.WATER)
FAILURES = ("failed_crop_day", "failed_livestock_day", "failed_business_day", "price_fall_day")
BY_FACT = {
    Fact.LOW_INCOME: "must_visit_income",
    Fact.ILLNESS: "must_visit_illness",
    Fact.TEKUN_ALONE: "must_visit_tekun_alone",
    Fact.NEW_DIBAO: "must_visit_dibao",
    Fact.DISABLED: "must_visit_disabled",
    Fact.STUDENTS: "must_visit_students",
    Fact.STRUCK: "must_visit_struck",
}

NO_SHOCK_OF_THE_RULES = {
    *(Shock.ILLNESS, Shock.DISABILITY, Shock.SCHOOLING),
    *(Shock.LACK_OF_LABOUR, Shock.OTHER),
}
"""Strikes that the rules weigh as cost or labour (or, of kin who stop sending, do not have)."""
SINCE_MENDED = {Shock.UNSAFE_HOUSING, Shock.UNSAFE_WATER}


def rows(month):
    """The rules' row of each household on the last day of a month, by number."""
    day = ruled_at_end_of(*SIZE, month)
    homes = day.answers.homes.to_native()
    proposed = day.proposals.select("household_id", "proposal")
    joined = homes.join(proposed, on="household_id")
    return {row["household_id"]: row for row in joined.iter_rows(named=True)}


@cache
def decisions():
    """Every decision of the months: what the system had before it, and what the rules say."""
    made = county(*SIZE)
    found = []
    for month in MONTHS:
        seen, told = made.seen[month], rows(month)
        for row, monitored in zip(
            seen.decisions["hh"].tolist(), seen.decisions["monitored"].tolist(), strict=True
        ):
            income = seen.told_fen.get(
                (row, Reason.LISTING), seen.told_fen[row, Reason.VERIFICATION]
            )
            since = month - COUNTED_MONTHS
            found.append(
                {
                    "month": month,
                    "type": Monitored(monitored).name.lower(),
                    "is_below": income < seen.line_fen,
                    "is_former_poor": bool(seen.is_former_poor[row]),
                    "struck": {k for k in Shock if seen.shock_month[row, k] > since},
                    "open": {b for b in GUARANTEES if seen.breach_since[row, b] != NEVER},
                    "rules": told[made.household_id[row]],
                }
            )
    return found


def begin_of(month):
    """Day after which the year of shocks begins that counts at the end of a month."""
    return day_number(add_months(month_end(month), -COUNTED_MONTHS))


def struck_by_rules(told):
    """Rules on shocks that are met."""
    return {name for name in SHOCKS if told[name]}


def why_they_differ(one):
    """The class of a decision on which the rules propose another type; None: not explained."""
    told, struck = one["rules"], one["struck"]
    met = struck_by_rules(told)
    begin = begin_of(one["month"])
    if (one["type"], told["proposal"]) == ("sudden", "none") and not met:
        if struck <= NO_SHOCK_OF_THE_RULES:
            return "struck by what the rules weigh as cost, labour or not at all"
        if struck <= NO_SHOCK_OF_THE_RULES | SINCE_MENDED:
            return "home or water unsafe within the year, and mended"
        if struck <= NO_SHOCK_OF_THE_RULES | {Shock.FAILED_BUSINESS}:
            return "a price fall at a later sale, written at the first"
    if (one["type"], told["proposal"]) == ("none", "sudden"):
        if met == {"main_worker_lost"}:
            return "main worker lost, by wages, with hands enough left"
        if met == {"job_lost"} and (told["job_loss_day"] or 0) <= begin:
            return "months of work that stopped without a report"
        if met == {"crop_or_business_failed"} and not any(
            (told[day] or 0) > begin for day in FAILURES
        ):
            return "an insurer paid for a loss too small to strike"
    return None


def test_decisions_find_their_type_in_the_rules():
    """All but a few listings have the type proposed; of who was refused, hardly anybody has one."""
    found = decisions()
    pairs = Counter((one["type"], one["rules"]["proposal"]) for one in found)
    print(pairs)
    assert len(found) > 80
    assert all(pairs[name, name] > 0 for name in ("none", "unstable", "marginal", "sudden"))
    assert not any("cannot_tell" in pair for pair in pairs)
    n_same = sum(n for (decided, proposed), n in pairs.items() if decided == proposed)
    assert n_same > 0.85 * len(found)


def test_no_difference_is_without_a_reason():
    """Each of the others is of a named class, and no class is a large one."""
    reasons = Counter(
        why_they_differ(one) for one in decisions() if one["type"] != one["rules"]["proposal"]
    )
    print(reasons)
    assert reasons[None] == 0
    assert all(n <= 0.1 * len(decisions()) for n in reasons.values())


def test_line_former_poverty_and_guarantees_are_the_same_for_every_decision():
    """What the type stands on beside shocks agrees without any exception."""
    for one in decisions():
        told = one["rules"]
        assert told["income_below_line"] == one["is_below"]
        assert told["is_formerly_poor"] == one["is_former_poor"]
        assert any(told[name] for name in GAPS_OF_TYPE) == bool(one["open"])


def test_a_shock_that_is_written_is_one_for_both():
    """Disasters, accidents and reported job losses of the year, of everybody decided on."""
    n_young = 0
    for one in decisions():
        told = one["rules"]
        for kind, group in ((Shock.DISASTER, "disaster"), (Shock.ACCIDENT, "accident")):
            answer = told[f"struck_by_{group}"]
            if answer is None:
                # its own history is younger than the year: it split off, or moved in
                assert told[f"{group}_quiet_since_day"] > begin_of(one["month"])
                n_young += 1
            else:
                assert answer == (kind in one["struck"])
        if Shock.UNSTABLE_WORK in one["struck"]:
            assert told["job_lost"]
    assert n_young <= 0.1 * len(decisions())


def answers_by_fact():
    """Of every household, month and fact: whether it holds, what the rule says, and why not."""
    made = county(*SIZE)
    row_of = {name: row for row, name in enumerate(made.household_id)}
    # a member of whom no allowance is written is an entry of the frame, not a look
    looked = made.frames["member_snapshot"].filter(pl.col("dibao").is_not_null())
    looked = looked.select("household_id", "occurred_on")
    for month in MONTHS:
        told = rows(month)
        last = month_end(month)
        newest = looked.filter(pl.col("occurred_on") <= last).group_by("household_id").max()
        look = dict(newest.iter_rows())
        for name, answers in told.items():
            row, day = row_of[name], look.get(name, NO_LOOK)
            before = (day.year - last.year) * 12 + day.month - last.month
            for fact in BY_FACT:
                held = [
                    row < len(made.seen[m].facts) and bool(made.seen[m].facts[row] & fact)
                    for m in range(month + 1)
                ]
                yield fact, held, answers, month + before


def why_facts_differ(fact, held, told, looked_in):
    """The class of a fact that the rule contradicts; None: not explained."""
    month, answer = len(held) - 1, told[BY_FACT[fact]]
    if fact is Fact.STRUCK:
        return None
    if fact is Fact.LOW_INCOME:
        has_fallen = told["sharp_income_fall"] and not told["income_below_line"]
        return "a sharp fall to an income above the line" if has_fallen else None
    if fact is Fact.NEW_DIBAO and answer:
        return "new on the day of the look that first shows it"
    if looked_in < month and (looked_in < 0 or held[looked_in] == answer):
        return "as it was when somebody last looked"
    if fact is Fact.TEKUN_ALONE and answer and any(held[max(looked_in, 0) :]):
        return "support as it was at the look, alone since"
    if fact is Fact.STUDENTS and answer:
        return "who left school is on no list of those at school"
    return None


def test_must_visit_facts_are_met_unless_nobody_has_looked_since():
    """No fact is contradicted but for a named reason; who was just looked at is told of it."""
    reasons, looked_at, same = Counter(), Counter(), Counter()
    for fact, held, told, looked_in in answers_by_fact():
        answer = told[BY_FACT[fact]]
        if looked_in == len(held) - 1 and fact is not Fact.LOW_INCOME:
            looked_at[fact, answer is None] += 1
        if answer is not None and answer != held[-1]:
            reasons[fact.name, why_facts_differ(fact, held, told, looked_in)] += 1
        elif held[-1]:
            same[fact] += 1
    print(reasons, looked_at, same)
    assert not any(reason is None for _, reason in reasons)
    n_answers = sum(len(rows(month)) for month in MONTHS)
    assert all(n < 0.1 * n_answers for n in reasons.values())
    for fact in BY_FACT:
        assert same[fact] > 0
        assert looked_at[fact, True] <= 0.1 * looked_at[fact, False]


@pytest.mark.parametrize("broken", ["is_below", "struck", "type"])
def test_a_difference_without_a_class_would_be_seen(broken):
    """The guard: another line, a shock that is not written and another type have no class."""
    one = next(one for one in decisions() if one["type"] == "sudden" == one["rules"]["proposal"])
    other = {
        "is_below": {"type": "marginal"},
        "struck": {"rules": {**one["rules"], "proposal": "none"}},
        "type": {"type": "unstable"},
    }[broken]
    assert why_they_differ({**one, "struck": {Shock.DISASTER}, **other}) is None
