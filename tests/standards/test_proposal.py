"""What is proposed for a household, in sentences; and that sudden hardship is visited."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
import yaml

from fanpin_risk.causes import DEVELOPMENT_MEASURES, SUPPORT, Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.ledger.listed_facts import CAUSE_COLUMNS
from fanpin_risk.records.contracts.codes import MEASURES
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.proposal import SCHEMA, proposals
from fanpin_risk.standards.proposal_type import PROPOSAL_WORDS
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.risks import JUDGED
from fanpin_risk.standards.routes_by_rule import ROUTE_WORDS
from fanpin_risk.standards.table import parameter_table

CASES = yaml.safe_load((Path(__file__).parent / "proposal.yaml").read_text(encoding="utf-8"))
RULES = {rule.name: rule for rule in STANDARD_RULES}
FACTS = {
    "is_formerly_poor": pl.Boolean(),
    "n_members": pl.Int64(),
    "n_able": pl.Int64(),
    "n_weak": pl.Int64(),
    "n_labour_unknown": pl.Int64(),
    "is_no_labour_on_register": pl.Boolean(),
}
USUAL = {"is_formerly_poor": False, "n_members": 2, "n_able": 1, "n_weak": 0, "n_labour_unknown": 0}
ASKED = ("sentence", "place", "day", "met", "open", "facts", "readings", "marks_allowed", "bridge")


@pytest.fixture(scope="module")
def table_of(shipped_standards):
    """Parameters of the rules at a place on a day."""
    names = tuple(dict.fromkeys(n for rule in STANDARD_RULES for n in rule.parameters))

    @cache
    def table(place, day, marks, bridge):
        standards = shipped_standards().using(marks_allowed=marks, bridge=bridge)
        return parameter_table(standards, [place], day, names)

    def of_case(case):
        marks = tuple(case.get("marks_allowed", ()))
        return table(case["place"], case["day"], marks, case.get("bridge"))

    return of_case


def answers_of(case, table, *, without=()):
    """Answers about the one household of a case."""
    strange = sorted({*case.get("met", ()), *case.get("open", ())} - set(RULES))
    assert not strange, f"no rule is called {strange}"
    said = {
        name: None if name in case.get("open", ()) else name in case.get("met", ())
        for name in RULES
    }
    row = {"home": 0, "household_id": "h1", "place": "v1", "context_place": case["place"]}
    row |= USUAL | case.get("facts", {}) | said
    schema = {
        **dict.fromkeys(("home",), pl.Int64()),
        **dict.fromkeys(("household_id", "place", "context_place"), pl.String()),
        **FACTS,
        **dict.fromkeys(RULES, pl.Boolean()),
    }
    homes = pl.DataFrame([row], schema=schema).drop(without)
    frame = nw.from_native(homes, eager_only=True)
    rules = tuple(rule for name, rule in RULES.items() if name not in without)
    return Answers(as_of=case["day"], rules=rules, homes=frame, persons=frame, table=table)


def state_of(case):
    """The ledger's word on the household of a case."""
    listed = {"is_listed": False, "monitored_type": None} | case.get("listed", {})
    schema = {"household_id": pl.String, "is_listed": pl.Boolean, "monitored_type": pl.String}
    rows = pl.DataFrame([{"household_id": "h1", **listed}], schema=schema)
    return nw.from_native(rows, eager_only=True)


def filled(case):
    """A case with its place and day."""
    return {"place": "SIM", "day": date(2025, 8, 31)} | case


def proposed(case, table_of, **options):
    """What is proposed for the household of a case, as a dict."""
    whole = filled(case)
    frame = proposals(
        answers_of(whole, table_of(whole), **options),
        state_of(whole),
        Readings(**whole.get("readings", {})),
        marks_allowed=whole.get("marks_allowed", ()),
    )
    assert dict(frame.schema) == SCHEMA
    (row,) = frame.to_dicts()
    return row


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentence"])
def test_the_proposal_says(case, table_of):
    """Each sentence holds."""
    row = proposed(case, table_of)
    expected = {key: value for key, value in case.items() if key not in (*ASKED, "listed")}
    causes, missing = expected.pop("causes", None), expected.pop("missing_has", ())
    assert {key: row[key] for key in expected} == expected
    if causes is not None:
        assert [row[name] for name in CAUSE_COLUMNS if row[name] is not None] == causes
    told = f"{row['missing_zh']} / {row['missing_en']}"
    assert all(part in told for part in missing), told


def test_sentences_are_in_both_languages_and_stand_once():
    """Chinese first, English beside it."""
    sentences = [case["sentence"] for case in CASES]
    assert len(set(sentences)) == len(sentences)
    assert all(" / " in sentence for sentence in sentences)


def test_every_proposal_and_route_stands_in_a_sentence():
    """None of them is without a case."""
    assert {case.get("proposal") for case in CASES} >= set(PROPOSAL_WORDS)
    assert {case.get("route") for case in CASES} >= set(ROUTE_WORDS)


@pytest.mark.parametrize("name", sorted(JUDGED))
def test_every_judged_rule_can_change_a_proposal(name, table_of):
    """Met in a household that lacks just that, it turns none into a type."""
    serious = ("income_after_rigid_below_line", "serious_expenditure", "sharp_income_fall")
    if name == "income_below_line":
        base = ["lack_of_labour"]
    elif name in serious:
        base = ["job_lost"]
    else:
        base = ["income_below_line"]
    named = {"marks_allowed": ["D"]}
    without = proposed({"met": base, **named}, table_of)
    with_it = proposed({"met": [*base, name], **named}, table_of)
    assert (without["proposal"], with_it["proposal"] != "none") == ("none", True)
    assert name in with_it["because"].split(", ")


SUDDEN = {
    "shock and below the line after rigid spending": ["job_lost", "income_after_rigid_below_line"],
    "warning and serious spending": ["medical_warning_stay", "serious_expenditure"],
    "disaster and fallen income": ["struck_by_disaster", "sharp_income_fall"],
    "failed crop and fallen income": ["crop_or_business_failed", "sharp_income_fall"],
    "gap and serious spending": ["schooling_not_guaranteed", "serious_expenditure"],
}


@pytest.mark.parametrize("met", SUDDEN.values(), ids=SUDDEN)
@pytest.mark.parametrize("labour", [0, 1])
def test_sudden_hardship_is_judged_case_by_case_and_visited(met, labour, table_of):
    """Whatever brought it and whoever can work: it is never left to a score alone."""
    facts = {"n_able": labour, "n_weak": 0, "n_labour_unknown": 0}
    row = proposed({"met": met, "facts": facts}, table_of)
    assert (row["proposal"], row["route"], row["must_visit"]) == ("sudden", "case_by_case", True)
    assert row["second_route"] == ("development" if labour else "safety_net")
    assert "temporary_relief" in row["measures"]


def test_somebody_able_to_work_is_offered_development_help(table_of):
    """One kind at least, and never the safety net alone (policy notes, section 12)."""
    for name in JUDGED:
        row = proposed({"met": ["income_below_line", name]}, table_of)
        if row["cause_1"] is not None:
            assert set(row["measures"].split(", ")) & set(DEVELOPMENT_MEASURES), name


def test_the_pairs_of_risk_and_measure_name_measures_of_the_contract():
    """Codes of its list in its order; every cause but 其他 has some."""
    order = list(MEASURES.words)
    for cause in Cause:
        codes = SUPPORT[cause].measures
        assert list(codes) == sorted(codes, key=order.index)
        assert bool(codes) == (cause is not Cause.OTHER)
    assert set(DEVELOPMENT_MEASURES) <= set(order)


def test_a_household_that_the_ledger_does_not_know_is_neither_listed_nor_not(table_of):
    """Its state is not known, and the proposal stands all the same."""
    whole = filled({"met": ["income_below_line", "lack_of_labour"]})
    empty = state_of(whole).filter(nw.col("household_id") != "h1")
    (row,) = proposals(answers_of(whole, table_of(whole)), empty, Readings()).to_dicts()
    assert (row["proposal"], row["is_listed"], row["listed_type"]) == ("marginal", None, None)


def test_what_a_proposal_stands_on_must_be_there(table_of):
    """A rule that was not asked, or the household's type, is named with the mend."""
    with pytest.raises(SchemaError, match=r"rules \['job_lost'\], which were not asked"):
        proposed({}, table_of, without=("job_lost",))
    with pytest.raises(SchemaError, match="'is_formerly_poor', which nobody gives"):
        proposed({}, table_of, without=("is_formerly_poor",))
