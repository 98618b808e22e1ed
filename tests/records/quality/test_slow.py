"""Checks of several rows give what plain loops give, on records drawn at random."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.records.quality import run_checks

SLOW = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "slow_checks.py")))
AS_OF = date(2024, 6, 30)


def both(make, numbers, seed, share_null):
    """Answers of the loops, and the result of the package, on the same records."""
    tables = make.random_tables(np.random.default_rng(seed), share_null=share_null)
    slow = SLOW.Slow(tables, AS_OF, numbers)
    return slow, run_checks(tables, as_of=AS_OF, settings=numbers, checks=SLOW.CHECKS)


@given(seed=st.integers(0, 2**32 - 1), share_null=st.sampled_from([0.0, 0.1, 0.4]))
@settings(max_examples=60, deadline=None)
def test_plain_loops_say_the_same(make, all_given, seed, share_null):
    """Failures, unknown and evaluated answers of 22 checks are those of a second implementation."""
    slow, result = both(make, all_given, seed, share_null)
    for check, (key, answers_of) in SLOW.CHECKS.items():
        answers = answers_of(slow)
        marked = result.failures.filter(check=check)[key].to_list()
        assert sorted(marked) == sorted(a for a, fails in answers.items() if fails), check
        counts = result.counts.filter(check=check)
        assert counts["n_eligible"].sum() == len(answers), check
        n_unknown = sum(answer is None for answer in answers.values())
        assert counts["n_unknown"].sum() == n_unknown, check


def test_the_comparison_is_not_about_nothing(make, all_given):
    """Each of these checks passes, fails and is unknown somewhere among the random records."""
    seen = {check: set() for check in SLOW.CHECKS}
    for seed in range(300):
        tables = make.random_tables(np.random.default_rng(seed), share_null=0.15)
        slow = SLOW.Slow(tables, AS_OF, all_given)
        for check, (_key, answers_of) in SLOW.CHECKS.items():
            seen[check] |= set(answers_of(slow).values())
    never_unknown = {"14.01", "14.02", "14.06"}
    for check, answers in seen.items():
        assert answers >= ({True, False} if check in never_unknown else {True, False, None}), check
