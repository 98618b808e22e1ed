"""The cases of the rules notice mistakes in them: small ones, made one at a time."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path

import pytest

from fanpin_risk.standards.catalogue import STANDARD_RULES

PATH = Path(__file__).parents[2] / "benchmarks/rule_mutants.py"
N_SAMPLED = 120
SEED = 20
LEAST_SHARE = 0.9


@pytest.fixture(scope="module")
def mutation():
    """The module that makes mistakes."""
    spec = importlib.util.spec_from_file_location("rule_mutants", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[spec.name]


@pytest.fixture(scope="module")
def cases(mutation):
    """All cases, many in one frame."""
    return mutation.Cases()


def test_without_a_mistake_every_case_agrees(cases):
    """Asked many at a time the rules say what their cases say; nothing is noticed."""
    assert [name for group in cases.groups for name in group.wrong()] == []
    noticed = [r.name for r in STANDARD_RULES for g in cases.of_rule[r.name] if g.notices(r)]
    assert noticed == []


def test_the_cases_notice_mistakes(mutation, cases):
    """At least nine of ten mistakes of a fixed sample; the benchmark tries all of them."""
    chosen = random.Random(SEED).sample(mutation.mutants(), N_SAMPLED)
    n, survivors = mutation.tried(cases, chosen)
    share = 1 - len(survivors) / n
    print(f"{n - len(survivors)} of {n} mistakes noticed, {share:.0%}")
    assert n > N_SAMPLED / 2
    assert share >= LEAST_SHARE, "\n".join(map(str, survivors))


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("work_rules", "all_of  ->  any_of"),
        ("person_rules", "<="),
        ("income_bounds", "self.lower - most  ->  self.lower + most"),
        ("happened", "<= begin  ->  nw.col(quiet_since) < begin"),
    ],
)
def test_mistakes_of_each_kind_are_made(mutation, module, words):
    """Comparisons, connectives, signs and whole numbers are changed, each by itself."""
    assert [one for one in mutation.mutants([module]) if words in one.words]


def test_a_mistake_is_gone_afterwards(mutation, cases):
    """The rules of the program are the same objects after a mistake was tried."""
    before = dict(sys.modules)
    (mistake, *_) = mutation.mutants(["logic"])
    rules = mutation.rules_with(mistake)
    assert [rule.name for rule in rules] == [rule.name for rule in STANDARD_RULES]
    assert all(sys.modules[name] is module for name, module in before.items())
    assert cases.changed(mistake)


def test_no_other_module_makes_conditions(mutation):
    """What the rules stand on and makes expressions is changed too, or takes no part in them."""
    makes = {
        path.stem
        for path in mutation.SOURCE.glob("*.py")
        if "import narwhals" in path.read_text(encoding="utf-8")
    }
    below = {name.removeprefix(mutation.PREFIX) for name, _ in mutation._order()}
    assert makes & below - set(mutation.MODULES) == {"proposal_type", "rule", "worded"}
