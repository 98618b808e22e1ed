"""The register of low-income groups: classes, overlaps, and nobody counted twice."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import SchemaError
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.low_income_register import (
    CLASS_WORDS,
    COUNTED_WORDS,
    RULES_NEEDED,
    low_income_register,
)

DAY = date(2025, 8, 31)
ORDER = ("tekun", "dibao", "listed", "dibao_edge", "rigid_spending", "other")
SHORT = dict(
    zip(("edge", "rigid", "line", "after"), RULES_NEEDED, strict=True)
)  # names of the rules in rows
TRUTH = st.sampled_from((True, False, None))
HOME = st.fixed_dictionaries({**dict.fromkeys(SHORT, TRUTH), "listed": TRUTH})
MEMBER = st.fixed_dictionaries({"dibao": TRUTH, "tekun": TRUTH})
COUNTY = st.lists(st.tuples(HOME, st.lists(MEMBER, max_size=4)), min_size=1, max_size=5)


def frame(rows, types):
    """Rows as a frame."""
    made = pl.DataFrame({name: [row[name] for row in rows] for name in types}, schema=types)
    return nw.from_native(made, eager_only=True)


def register(county):
    """The register of households given as (what holds of it, members)."""
    flags = dict.fromkeys(SHORT.values(), pl.Boolean())
    homes = [
        {"home": n, "household_id": f"h{n}", **{SHORT[k]: said.get(k) for k in SHORT}}
        for n, (said, _) in enumerate(county)
    ]
    persons = [
        {
            "person_id": f"h{n}p{place}",
            "home": n,
            "is_on_dibao": member.get("dibao"),
            "is_on_tekun": member.get("tekun"),
        }
        for n, (_, members) in enumerate(county)
        for place, member in enumerate(members)
    ]
    of_person = dict.fromkeys(("is_on_dibao", "is_on_tekun"), pl.Boolean())
    answers = Answers(
        as_of=DAY,
        rules=(),
        homes=frame(homes, {"home": pl.Int64(), "household_id": pl.String(), **flags}),
        persons=frame(persons, {"person_id": pl.String(), "home": pl.Int64(), **of_person}),
        table=None,
    )
    listed = [
        {"household_id": f"h{n}", "is_listed": said.get("listed")}
        for n, (said, _) in enumerate(county)
    ]
    kinds = {"household_id": pl.String(), "is_listed": pl.Boolean()}
    return low_income_register(answers, frame(listed, kinds))


def negated(answer):
    """Not."""
    return None if answer is None else not answer


def every(*answers):
    """And, in which one no is enough."""
    if False in answers:
        return False
    return None if None in answers else True


def some(*answers):
    """Or, in which one yes is enough."""
    return negated(every(*[negated(answer) for answer in answers]))


def slow(said, member):
    """Classes of one member, and what the member is counted as."""
    dibao, tekun = member.get("dibao"), member.get("tekun")
    free = every(negated(dibao), negated(tekun))
    found = {
        "tekun": tekun,
        "dibao": dibao,
        "listed": said.get("listed"),
        "dibao_edge": every(free, said.get("edge")),
        "rigid_spending": every(free, said.get("rigid")),
    }
    low = some(said.get("line"), said.get("after"))
    found["other"] = every(low, *[negated(answer) for answer in found.values()])
    counted = "none"
    for name in ORDER:
        if found[name] is not False:
            counted = name if found[name] else "cannot_tell"
            break
    return found, counted


@settings(max_examples=60, deadline=None)
@given(county=COUNTY)
def test_nobody_is_counted_twice(county):
    """Every table adds up to the persons, and each person is what the slow way says."""
    found = register(county)
    told = {f"h{n}p{i}": slow(s, m) for n, (s, ms) in enumerate(county) for i, m in enumerate(ms)}
    n_persons = len(told)
    assert found.persons["person_id"].to_list() == sorted(told)
    for row in found.persons.iter_rows(named=True):
        classes, counted = told[row["person_id"]]
        assert {name: row[name] for name in ORDER} == classes
        assert (row["counted"], row["in_register"]) == (counted, some(*classes.values()))
    assert found.classes["n_counted"].sum() == n_persons
    assert found.combinations["n_persons"].sum() == n_persons
    counts = [f"n_{name}" for name in COUNTED_WORDS]
    by_home = found.households.select("n_members", total=pl.sum_horizontal(counts))
    assert by_home["n_members"].to_list() == by_home["total"].to_list()
    assert by_home["total"].sum() == n_persons
    overlaps = {(r["class"], r["other"]): r for r in found.overlaps.iter_rows(named=True)}
    for one in ORDER:
        for other in ORDER:
            both = [every(classes[one], classes[other]) for classes, _ in told.values()]
            row = overlaps[one, other]
            assert row["n_both"] == both.count(True)
            assert row["n_possible"] == len(both) - both.count(False)
    for row in found.classes.iter_rows(named=True):
        if row["class"] in ORDER:
            of_it = [classes[row["class"]] for classes, _ in told.values()]
            assert (row["n_in"], row["n_open"]) == (of_it.count(True), of_it.count(None))
            assert overlaps[row["class"], row["class"]]["n_both"] == row["n_in"]


@settings(max_examples=40, deadline=None)
@given(county=COUNTY)
def test_a_household_is_in_a_class_if_a_member_is(county):
    """Any member's yes, else open by one, else no; without members it has no row."""
    found = register(county)
    rows = {row["household_id"]: row for row in found.households.iter_rows(named=True)}
    for n, (said, members) in enumerate(county):
        if not members:
            assert f"h{n}" not in rows
            continue
        told = [slow(said, member) for member in members]
        for name in ORDER:
            assert rows[f"h{n}"][name] is some(*[classes[name] for classes, _ in told])
        for name in COUNTED_WORDS:
            counted = [c for _, c in told].count(name)
            assert rows[f"h{n}"][f"n_{name}"] == counted


NOTHING = {"edge": False, "rigid": False, "line": False, "after": False, "listed": False}
FREE = {"dibao": False, "tekun": False}


@pytest.mark.parametrize(
    ("said", "member", "held", "counted"),
    [
        ({}, FREE, "", "none"),
        ({"listed": True}, {"dibao": True, "tekun": False}, "dibao,listed", "dibao"),
        ({"listed": True}, {"dibao": True, "tekun": True}, "tekun,dibao,listed", "tekun"),
        ({"listed": True, "edge": True}, FREE, "listed,dibao_edge", "listed"),
        ({"edge": True, "line": True}, FREE, "dibao_edge", "dibao_edge"),
        ({"edge": True}, {"dibao": True, "tekun": False}, "dibao", "dibao"),
        ({"rigid": True}, FREE, "rigid_spending", "rigid_spending"),
        ({"line": True}, FREE, "other", "other"),
        ({"after": True}, FREE, "other", "other"),
        ({"listed": True}, {"dibao": True, "tekun": None}, "dibao,listed", "cannot_tell"),
        ({"edge": None, "listed": True}, FREE, "listed", "listed"),
        ({"edge": None}, FREE, "", "cannot_tell"),
    ],
)
def test_one_person(said, member, held, counted):
    """Who is in several classes counts as the first; the listed enter whatever else is open."""
    found = register([({**NOTHING, **said}, [member])])
    row = found.persons.row(0, named=True)
    assert ",".join(name for name in ORDER if row[name]) == held
    assert row["counted"] == counted
    assert (row["counted_zh"], row["counted_en"]) == COUNTED_WORDS[counted]
    assert found.combinations["classes"].to_list() == [held]


def test_overlaps_have_words():
    """Every pair of classes once, in Chinese and English."""
    found = register([({**NOTHING, "listed": True}, [{"dibao": True, "tekun": False}])])
    assert len(found.overlaps) == len(CLASS_WORDS) ** 2
    row = found.overlaps.filter((pl.col("class") == "dibao") & (pl.col("other") == "listed")).row(
        0, named=True
    )
    assert (row["class_zh"], row["other_zh"], row["n_both"]) == ("低保对象", "防止返贫监测对象", 1)
    combination = found.combinations.row(0, named=True)
    assert combination["classes_zh"] == "低保对象、防止返贫监测对象"
    assert tuple(CLASS_WORDS) == ORDER


def test_a_household_the_ledger_does_not_know_is_open():
    """Without a row in the ledger it is not known whether somebody is listed."""
    answers = _answers(pl.DataFrame({"home": [0], "household_id": ["h0"]}))
    listed = frame([], {"household_id": pl.String(), "is_listed": pl.Boolean()})
    found = low_income_register(answers, listed)
    assert found.persons["listed"].to_list() == [None]


def _answers(homes, rules=RULES_NEEDED):
    """Answers of one member; every rule is not met."""
    of_home = homes.with_columns(pl.lit(False).alias(name) for name in rules)
    persons = pl.DataFrame(
        {"person_id": ["p"], "home": [0], "is_on_dibao": [False], "is_on_tekun": [False]}
    )
    made = [nw.from_native(one, eager_only=True) for one in (of_home, persons)]
    return Answers(as_of=DAY, rules=(), homes=made[0], persons=made[1], table=None)


def test_broken_inputs_are_refused():
    """A rule not asked, a column missing, a household twice."""
    homes = pl.DataFrame({"home": [0], "household_id": ["h0"]})
    kinds = {"household_id": pl.String(), "is_listed": pl.Boolean()}
    once = {"household_id": "h0", "is_listed": True}
    with pytest.raises(SchemaError, match=r"'expenditure_poverty'.*were not asked. Ask every rule"):
        low_income_register(_answers(homes, RULES_NEEDED[:1]), frame([once], kinds))
    with pytest.raises(SchemaError, match=r"lack the columns \['is_listed'\].*ledger_state"):
        low_income_register(_answers(homes), frame([once], {"household_id": pl.String()}))
    with pytest.raises(SchemaError, match=r"name one twice. Give one row for each"):
        low_income_register(_answers(homes), frame([once, once], kinds))


def test_the_rules_it_stands_on_are_in_the_catalogue():
    """The register can be made of what is asked every day."""
    assert set(RULES_NEEDED) <= {rule.name for rule in STANDARD_RULES}
