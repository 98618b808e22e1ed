"""Reasons against true causes: hand-computed cases, a lottery played out, and the truth's bits."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.causes import Cause
from fanpin_risk.explain.alike import (
    ALIKE_SCHEMA,
    FEWEST_BOTH_KNOWN,
    alike_across_causes,
    is_alike_to,
    rank_correlations,
)
from fanpin_risk.explain.guesses import base_rates, hit_by_draw
from fanpin_risk.explain.quality import CAUSES, NOTHING, Named
from fanpin_risk.explain.true_causes import (
    FALL_GROUP_WORDS,
    JOINT,
    NO_REASON,
    NO_SINGLE,
    PAIRS,
    TRUTH_WORDS,
    Fallen,
    agreement,
    causes_of_bits,
    causes_of_words,
    confusion,
    fall_groups,
    falls_within,
    measures,
    stand_ins,
)
from fanpin_risk.risk.resampling import cluster_draws

AS_OF = date(2023, 8, 31)
ILL, OLD, WORK, BUSINESS = (
    *(Cause.ILLNESS, Cause.LACK_OF_LABOUR, Cause.UNSTABLE_WORK, Cause.FAILED_BUSINESS),
)


def flags(*rows):
    """Causes of each row as truth values."""
    found = np.zeros((len(rows), len(CAUSES)), dtype=bool)
    for row, causes in enumerate(rows):
        found[row, [CAUSES.index(cause) for cause in causes]] = True
    return found


def fallen(*rows):
    """Falls, each as (true causes, causes of the reasons in order, causes of the rules)."""
    reasons = [row[1] for row in rows]
    return Fallen(
        true=flags(*[row[0] for row in rows]),
        named=Named(
            first=np.array([CAUSES.index(said[0]) if said else NOTHING for said in reasons]),
            causes=flags(*[said[:3] for said in reasons]),
            first_evidence=tuple(f"of {said[0].name}" if said else "" for said in reasons),
        ),
        any_reason=flags(*reasons),
        ruled=flags(*[row[2] for row in rows]),
        months_ahead=np.arange(len(rows)) % 6 + 1,
        horizon_months=6,
        is_top=np.zeros(len(rows), dtype=bool),
        is_alike=np.array([said[:1] == (BUSINESS,) for said in reasons]),
    )


FALLS = fallen(
    ((ILL,), (ILL, OLD), (ILL,)),
    ((ILL,), (OLD, WORK, BUSINESS, ILL), ()),
    ((ILL, WORK), (WORK,), (OLD, ILL)),
    ((WORK,), (BUSINESS,), (ILL,)),
    ((), (ILL,), ()),
    ((WORK,), (), (WORK,)),
)


def test_hits_by_hand():
    """First, first three, any: by hand; a joint cause counts, a fall without a cause never does."""
    found = measures(FALLS)
    assert found["first_reason"].tolist() == [1, 0, 1, 0, 0, 0]
    assert found["three_reasons"].tolist() == [1, 0, 1, 0, 0, 0]
    assert found["any_reason"].tolist() == [1, 1, 1, 0, 0, 0]
    assert found["rules_any"].tolist() == [1, 0, 1, 0, 0, 1]
    assert found["rules_first"].tolist() == [1, 0, 1, 0, 0, 1], "in the official order"
    assert found["n_reasons"].tolist() == [2, 3, 1, 1, 1, 0]
    assert found["n_rules"].tolist() == [1, 0, 2, 1, 0, 1]
    alike = found["alike"]
    assert np.isnan(alike[[0, 2, 4, 5]]).all(), "only of falls with a cause and a wrong reason"
    assert alike[[1, 3]].tolist() == [0, 1]


def test_guesses_by_hand():
    """The most frequent cause, one at base rates, and what somebody else was told."""
    found = measures(FALLS)
    # illness and work each stand in three of the five falls with a cause: the official order
    assert found["most_frequent"].tolist() == [1, 1, 1, 0, 0, 0]
    # illness 1 + 1 + 1/2 of five falls, work 1/2 + 1 + 1
    assert found["at_base_rates"].tolist() == pytest.approx([0.5, 0.5, 1.0, 0.5, 0.0, 0.5])
    # first reasons: illness twice, old, work, business once each, once nothing
    assert found["first_of_others"].tolist() == pytest.approx(
        [2 / 6, 2 / 6, 3 / 6, 1 / 6, 0, 1 / 6]
    )


def test_the_chance_of_a_draw_is_that_of_a_lottery():
    """Three different causes drawn many times over hit as often as the sum says."""
    rng = np.random.default_rng(2)
    rates = np.array([0.6, 0.2, 0.1, 0.06, 0.04])
    row = np.array([False, False, True, False, True])
    draws = [rng.choice(5, size=3, replace=False, p=rates) for _ in range(20_000)]
    played = np.mean([row[drawn].any() for drawn in draws])
    assert hit_by_draw(row, rates, 3) == pytest.approx(played, abs=0.01)
    assert hit_by_draw(row, rates, 5) == pytest.approx(1.0)
    assert hit_by_draw(row, rates, 9) == pytest.approx(1.0), "no more than there are"
    assert hit_by_draw(np.zeros(5, dtype=bool), rates, 3) == pytest.approx(0.0)


def test_base_rates_add_up_to_one():
    """Joint causes share their fall in equal parts; without falls there is no rate."""
    assert base_rates(flags((ILL, WORK), (ILL,))).sum() == pytest.approx(1.0)
    assert base_rates(flags()).tolist() == [0.0] * len(CAUSES)


def test_groups_of_falls():
    """Told, one cause, joint, both speak, and the two halves of the horizon."""
    found = {name: is_in.tolist() for name, is_in in fall_groups(FALLS).items()}
    assert found["told"] == [True, True, True, True, False, True]
    assert found["all"] == [True] * 6
    assert found["one_cause"] == [True, True, False, True, False, True]
    assert found["joint"] == [False, False, True, False, False, False]
    assert found["both_speak"] == [True, False, True, True, False, False]
    assert found["first_half"] == [True, True, True, False, False, False]
    assert found["second_half"] == [False, False, False, True, False, True]
    assert found[WORK.value] == [False, False, True, True, False, True]
    assert OLD.value not in found, "nobody fell for lack of labour"
    assert set(FALL_GROUP_WORDS) < set(found)


def test_agreement_is_the_mean_of_what_is_measured():
    """Values, counts and differences of the table are means over the falls of each group."""
    table = agreement(FALLS, cluster_draws(np.arange(6), n_replicates=50, seed=1))
    at = {(row["measure"], row["group"]): row for row in table.iter_rows(named=True)}
    assert at["first_reason", "told"]["value"] == pytest.approx(2 / 5)
    assert at["first_reason", "all"]["value"] == pytest.approx(2 / 6)
    assert at["rules_any", "both_speak"]["value"] == pytest.approx(2 / 3)
    assert at["first_reason - rules_any", "told"]["value"] == pytest.approx(2 / 5 - 3 / 5)
    assert at["alike", "told"]["n"] == 2
    names = {measure for measure, _ in at}
    assert names == set(TRUTH_WORDS) | {f"{one} - {other}" for one, other in PAIRS}


def test_reasons_that_know_everything_beat_every_guess():
    """Where the first reason is always right, it hits all and nothing stands in its place."""
    known = fallen(*[((cause,), (cause,), ()) for cause in (ILL, WORK, OLD) * 4])
    found = measures(known)
    assert found["first_reason"].mean() == 1.0
    assert found["first_of_others"].mean() == pytest.approx(1 / 3)
    assert stand_ins(known).height == 0


def test_confusion_by_hand():
    """Every fall stands in one cell; joint and no single cause have rows of their own."""
    table = confusion(FALLS)
    cells = {(r["true_cause"], r["first_reason"]): r for r in table.iter_rows(named=True)}
    assert {key: row["n"] for key, row in cells.items()} == {
        (ILL.value, ILL.value): 1,
        (ILL.value, OLD.value): 1,
        (WORK.value, BUSINESS.value): 1,
        (WORK.value, NO_REASON): 1,
        (JOINT, WORK.value): 1,
        (NO_SINGLE, ILL.value): 1,
    }
    assert cells[JOINT, WORK.value]["n_hit"] == 1
    assert cells[WORK.value, BUSINESS.value]["n_alike"] == 1
    assert cells[ILL.value, OLD.value]["share"] == 0.5
    assert table["true_cause"].to_list()[-2:] == [JOINT, NO_SINGLE]


def test_what_stands_in_the_place_of_a_true_cause():
    """Only wrong first reasons of falls with a true cause are listed, by their evidence."""
    found = stand_ins(FALLS).rows()
    assert found == [
        (ILL.value, OLD.value, f"of {OLD.name}", 1),
        (WORK.value, BUSINESS.value, f"of {BUSINESS.name}", 1),
    ]


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        pytest.param(date(2023, 8, 31), None, id="the day itself is not ahead"),
        pytest.param(date(2023, 9, 30), 1, id="the next month is one ahead"),
        pytest.param(date(2024, 2, 29), 6, id="the last month is included"),
        pytest.param(date(2024, 3, 31), None, id="the month after it is not"),
    ],
)
def test_falls_within_the_horizon(month, expected):
    """A fall counts if it lies in (day, day + horizon]."""
    falls = pl.DataFrame({"household_id": ["a"], "month": [month], "prevented_by": [1]})
    found = falls_within(falls, falls, as_of=AS_OF, horizon_months=6)
    assert found["months_ahead"].to_list() == ([] if expected is None else [expected])


def test_the_first_fall_counts_and_only_of_who_was_asked():
    """Of two falls within the horizon the earlier one stands; others' falls are left out."""
    falls = pl.DataFrame(
        {
            "household_id": ["a", "a", "b"],
            "month": [date(2023, 12, 31), date(2023, 10, 31), date(2023, 10, 31)],
            "prevented_by": [1, None, 2],
        }
    )
    asked = pl.DataFrame({"household_id": ["a", "c"]})
    found = falls_within(falls, asked, as_of=AS_OF, horizon_months=6)
    assert found.rows() == [("a", date(2023, 10, 31), None, 2)]


def test_bits_are_those_of_the_simulated_county():
    """The n-th bit is the cause of the same name in the county that wrote the truth."""
    from fanpin_risk.simulate.county.kinds import CAUSE_CODES, Shock

    bits = np.array([1 << shock for shock in Shock])
    found = causes_of_bits(bits)
    assert (found.sum(axis=1) == 1).all()
    named = [CAUSES[int(np.argmax(row))].name.lower() for row in found]
    assert named == list(CAUSE_CODES) == [shock.name.lower() for shock in Shock]
    assert not causes_of_bits(np.array([0])).any()


def test_words_of_a_proposal():
    """Up to five official words name their causes; null and unknown words name none."""
    words = pl.DataFrame({"cause_1": [WORK.value, None], "cause_2": [ILL.value, None]})
    assert causes_of_words(words).tolist() == flags((ILL, WORK), ()).tolist()


def column(name, cause, *, is_sensitive=False, told_by=()):
    """As much of a catalogue's column as is looked at."""
    indicator = SimpleNamespace(cause=cause, is_sensitive=is_sensitive, told_by_columns=told_by)
    return SimpleNamespace(name=name, indicator=indicator)


def test_rank_correlation_is_over_those_of_whom_both_are_known():
    """Without missing values it is Spearman's; a column known of too few says nothing."""
    rng = np.random.default_rng(5)
    a = rng.normal(size=400)
    table = pl.DataFrame({"a": a, "b": np.exp(a + rng.normal(size=400)), "few": a}).with_columns(
        few=pl.when(pl.int_range(pl.len()) < FEWEST_BOTH_KNOWN - 1).then("few")
    )
    found, n = rank_correlations(table, [column(name, ILL) for name in table.columns])
    slow = table.select(pl.corr("a", "b", method="spearman")).item()
    assert found[0, 1] == pytest.approx(slow)
    assert np.isnan(found[0, 2])
    assert n[0, 2] == FEWEST_BOTH_KNOWN - 1


def test_only_shown_indicators_of_two_causes_stand_for_each_other():
    """Not those of one cause, of a sensitive indicator, told one by the other, or below 0.7."""
    rng = np.random.default_rng(6)
    a = rng.normal(size=300)
    table = pl.DataFrame(
        {"a": a, "same": a, "other": -a, "secret": a, "apart": rng.normal(size=300), "all": a}
    )
    columns = [
        *(column("a", ILL), column("same", ILL), column("other", OLD)),
        *(column("secret", WORK, is_sensitive=True), column("apart", WORK)),
        column("all", WORK, told_by=("a", "same", "other")),
    ]
    found = alike_across_causes(table, columns)
    assert found.schema == pl.Schema(ALIKE_SCHEMA)
    assert set(found.select("column", "other_column").rows()) == {("a", "other"), ("same", "other")}
    assert found["rank_correlation"].to_list() == pytest.approx([-1.0, -1.0])
    true = flags((OLD,), (ILL,), (WORK,), (OLD,))
    said = is_alike_to(["a", "other", "a", ""], true, found)
    assert said.tolist() == [True, True, False, False]
