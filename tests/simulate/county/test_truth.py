"""The truth about households: probabilities of futures against a chain known in closed form."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.simulate.county.chain import Chain, exact
from tests.simulate.county.fake import made

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import settings_from
from fanpin_risk.simulate.county import truth
from fanpin_risk.simulate.county.futures import (
    Drawn,
    Estimand,
    drawn,
    families,
    narrowed,
    tiled,
    without_running_help,
)
from fanpin_risk.simulate.county.kinds import NEVER, NO_END, End, Job, Measure
from fanpin_risk.simulate.county.sampling import Sample
from fanpin_risk.simulate.county.truth import TruthRequest, draw_truth

ROOT = Path(__file__).parents[3]
HORIZONS = (3, 6, 12)
CHANCES = (0.002, 0.01, 0.03, 0.1)


def county(n: int = 40, *, seed: int = 1):
    """A county with households of four risks, a third helped, a fourth in need."""
    state = made(n, seed=seed)
    households = state.households
    households.year_shock[:] = np.array(CHANCES)[np.arange(n) % len(CHANCES)]
    households.measure_until[np.arange(n) % 3 == 0, Measure.SOCIAL] = NO_END
    households.need[np.arange(n) // len(CHANCES) % 4 == 0] = 1
    return state


def with_kin(state):
    """Pairs of neighbours in the list of households become kin."""
    n = state.households.n
    state.households.kin[:] = np.where(np.arange(n) % 2 == 0, np.arange(n) + 1, np.arange(n) - 1)
    state.households.kin[n - n % 2 :] = -1
    return state


def sample_of(state, rows) -> Sample:
    """A sample of these households, each drawn for certain."""
    rows = np.array(rows)
    small, at = narrowed(state, rows)
    return Sample(
        state=small,
        rows=at,
        number=state.households.number[rows],
        band=np.zeros(len(rows), dtype=np.int64),
        inclusion_probability=np.ones(len(rows)),
        is_in_need_now=state.households.need[rows] > 0,
        n_frame=len(rows),
    )


def same(a: Drawn, b: Drawn) -> bool:
    """Whether two sets of futures are the same to the last bit."""
    return (
        np.array_equal(a.needs, b.needs)
        and np.array_equal(a.ended_after_months, b.ended_after_months)
        and np.array_equal(a.end_kind, b.end_kind)
    )


@pytest.mark.parametrize("estimand", Estimand)
def test_shares_are_the_probabilities_of_the_chain(estimand):
    """Event, status and ends, for each kind of household and horizon; 40 x 4,000 futures."""
    state = county()
    futures = drawn(Chain(), state, np.arange(40), np.arange(4000), estimand, 12)
    distances = []
    for row in range(40):
        households = state.households
        for horizon in HORIZONS:
            truth = exact(
                float(households.year_shock[row]),
                needs=bool(households.need[row]),
                helped=bool(households.measure_until[row, Measure.SOCIAL] == NO_END),
                estimand=estimand,
                n_months=horizon,
            )
            found = {
                "event": futures.has_event(horizon)[row].mean(),
                "status": futures.has_status(horizon)[row].mean(),
                "ended": sum(futures.has_ended(horizon, kind)[row].mean() for kind in End),
            }
            for name, share in found.items():
                expected = truth[name]
                error = np.sqrt(max(expected * (1 - expected), 1e-4) / 4000)
                distances.append((share - expected) / error)
    assert np.abs(distances).max() < 4.5
    assert 0.8 < np.std(distances) < 1.2
    assert abs(np.mean(distances)) < 0.25


def test_the_test_above_sees_a_chain_that_is_a_little_off():
    """Help that begins a little less often moves the shares by more than their error."""
    state = county()
    futures = drawn(
        Chain(helps=0.05), state, np.arange(40), np.arange(4000), Estimand.AS_THINGS_ARE, 12
    )
    expected = exact(
        CHANCES[3], needs=False, helped=False, estimand=Estimand.AS_THINGS_ARE, n_months=12
    )["event"]
    rows = [row for row in range(40) if row % 4 == 3 and row % 3 and row // 4 % 4]
    found = futures.has_event(12)[rows].mean()
    assert found - expected > 5 * np.sqrt(0.25 / 4000)


def test_events_never_fall_with_the_horizon_and_an_end_is_no_fall():
    """Who ended before any need has no event; ends are told apart by kind."""
    futures = drawn(Chain(), county(), np.arange(40), np.arange(300), Estimand.AS_THINGS_ARE, 12)
    for short, long in pairwise(HORIZONS):
        assert (futures.has_event(short) <= futures.has_event(long)).all()
        assert (futures.has_status(short) <= futures.has_event(short)).all()
    for kind in (End.DISSOLVED, End.MOVED_AWAY):
        ended = futures.has_ended(12, kind)
        assert ended.any()
        assert not (ended & futures.has_event(12)).any()
    assert not futures.has_ended(12, End.GOES_ON).any()
    gone = futures.ended_after_months > 0
    after = np.where(gone, futures.ended_after_months.astype(int) - 1, 15)
    assert not (futures.needs[gone] >> after[gone]).any()


def test_halves_add_up():
    """Counts of the halves sum to those of all futures, drawn in one go or in two."""
    state = county()
    engine, rows = Chain(), np.arange(40)
    whole = drawn(engine, state, rows, np.arange(60), Estimand.AS_THINGS_ARE, 12)
    halves = [
        drawn(engine, state, rows, part, Estimand.AS_THINGS_ARE, 12)
        for part in (np.arange(30), np.arange(30, 60))
    ]
    for horizon in HORIZONS:
        by_half = sum(half.has_event(horizon).sum(axis=1) for half in halves)
        assert np.array_equal(by_half, whole.has_event(horizon).sum(axis=1))


def test_a_future_does_not_depend_on_who_is_drawn_with_it():
    """Alone or with others, in any number, at any place: household 17 has the same futures."""
    state = with_kin(county())
    engine = Chain(kin=3.0)
    whole = drawn(engine, state, np.arange(40), np.arange(50), Estimand.AS_THINGS_ARE, 12)
    small, at = narrowed(state, np.array([17, 5]))
    assert small.households.n == 4
    alone = drawn(engine, small, at, np.arange(20, 50), Estimand.AS_THINGS_ARE, 12)
    assert np.array_equal(alone.needs, whole.needs[[17, 5], 20:])


def test_without_the_kin_a_future_is_another():
    """The guard of the test above: kin left behind would not pass unseen."""
    state = with_kin(county())
    engine, replicates = Chain(kin=3.0), np.arange(1000)
    state.households.need[14], state.households.need[15] = 1, 0
    whole = drawn(engine, state, np.arange(40), replicates, Estimand.AS_THINGS_ARE, 12)
    alone = drawn(
        engine, state.taken(np.array([15])), np.array([0]), replicates, Estimand.AS_THINGS_ARE, 12
    )
    assert alone.has_event(12).sum() < 0.9 * whole.has_event(12)[15].sum()


def test_families_are_chains_of_kin():
    """Kin of kin in both directions, and nobody else; village neighbours only if asked."""
    state = made(9, n_villages=2)
    households = state.households
    households.kin[[1, 3, 4, 7]] = [0, 4, 0, 8]
    assert families(households).tolist() == [0, 0, 2, 0, 0, 5, 6, 7, 7]
    assert households.village.tolist() == [0] * 5 + [1] * 4
    assert families(households, whole_villages=True).tolist() == [0] * 5 + [5] * 4
    households.kin[6] = 2
    assert set(families(households, whole_villages=True).tolist()) == {0}


def test_futures_are_new_and_share_prices_only_within_a_future():
    """Keys of households, persons and what is shared differ by future, and from the state's."""
    state = county()
    many = tiled(state, np.arange(7))
    for keys, n in (
        (many.households.key, 40),
        (many.people.key, 40),
        (many.commons.key, 1),
    ):
        assert len(np.unique(keys)) == 7 * n
    assert not np.isin(many.households.key, state.households.key).any()
    lower = np.uint64(2**32 - 1)
    assert np.array_equal(many.households.key & lower, np.tile(state.households.key & lower, 7))
    upper = many.households.key >> np.uint64(32)
    assert len(np.unique(upper)) > 0.99 * len(upper)
    assert np.array_equal(many.households.path, np.repeat(np.arange(7), 40))
    later = state.copied()
    later.month += 1
    assert not np.isin(tiled(later, np.arange(7)).households.key, many.households.key).any()
    with pytest.raises(ValueError, match=r"one common path\. The state has 7"):
        tiled(many, np.arange(2))


def test_a_bad_month_is_bad_for_everybody_on_the_path():
    """Totals of a future vary by more than households could by themselves."""
    state = county(400)
    state.households.need[:] = 0
    futures = drawn(Chain(), state, np.arange(400), np.arange(500), Estimand.NO_FURTHER_HELP, 1)
    totals = futures.has_event(1).sum(axis=0)
    p = futures.has_event(1).mean(axis=1)
    assert totals.var() > 4 * (p * (1 - p)).sum()


def test_estimands_share_their_draws():
    """The difference of two estimands is sharper on the same futures than on other ones."""
    state = county(200)
    engine, rows = Chain(), np.arange(200)

    def difference(replicates):
        with_help = drawn(engine, state, rows, np.arange(200), Estimand.AS_THINGS_ARE, 12)
        without = drawn(engine, state, rows, replicates, Estimand.NO_FURTHER_HELP, 12)
        return without.has_event(12).astype(int).sum(axis=0) - with_help.has_event(12).sum(axis=0)

    paired, apart = difference(np.arange(200)), difference(np.arange(200, 400))
    assert (paired >= 0).all()
    assert paired.mean() > 5
    assert paired.var() < 0.1 * apart.var()


def test_the_state_is_left_alone():
    """Futures are drawn from a copy."""
    state = county()
    before = state.copied()
    for estimand in Estimand:
        drawn(Chain(), state, np.arange(40), np.arange(3), estimand, 12)
    for part in ("households", "people", "commons"):
        now, then = (getattr(s, part).as_dict("") for s in (state, before))
        assert all(np.array_equal(now[name], then[name]) for name in now)
    assert state.month == before.month


def test_what_stops_when_all_help_stops():
    """Allowances, measures and posts end; the rest stays."""
    state = county()
    households, people = state.households, state.people
    households.is_dibao[3] = households.is_tekun[4] = True
    households.dibao_fen[3] = 500_00
    people.job[5], people.job[6] = Job.POST, Job.MIGRANT
    people.post_until[5] = 20
    people.disability_level[7] = 1
    without_running_help(state)
    assert not households.is_dibao.any()
    assert not households.is_tekun.any()
    assert not households.dibao_fen.any()
    assert (households.measure_until == NEVER).all()
    assert people.job[5] == Job.NONE
    assert people.post_until[5] == NEVER
    assert people.job[6] == Job.MIGRANT
    assert people.disability_level[7] == 1
    assert (households.shock_month == NEVER).all()


SMALL = TruthRequest(n_futures=20, n_months=12, rows_at_once=30)


def two_samples():
    """Samples of two counties' days."""
    first, second = with_kin(county()), with_kin(county(30, seed=2))
    second.month = 5
    return [sample_of(first, [1, 2, 8, 17, 39]), sample_of(second, list(range(0, 30, 3)))]


def test_samples_get_the_futures_of_their_households(tmp_path):
    """In their order, and the same whatever is drawn at once, with or without a folder."""
    engine, samples = Chain(kin=3.0), two_samples()
    found = draw_truth(engine, samples, SMALL, digest="x")
    for sample, by_estimand in zip(samples, found, strict=True):
        assert list(by_estimand) == [Estimand.AS_THINGS_ARE, Estimand.NO_FURTHER_HELP]
        for estimand, futures in by_estimand.items():
            again = drawn(engine, sample.state, sample.rows, np.arange(20), estimand, 12)
            assert same(futures, again)
    for rows_at_once in (7, 40, 1000):
        request = SMALL.model_copy(update={"rows_at_once": rows_at_once})
        others = draw_truth(engine, samples, request, digest="x", folder=tmp_path)
        for one, other in zip(found, others, strict=True):
            assert all(same(one[estimand], other[estimand]) for estimand in one)


def test_two_processes_give_the_same_bytes(tmp_path, monkeypatch):
    """And tell how far they are."""
    monkeypatch.syspath_prepend(ROOT)
    engine, samples, told = Chain(kin=3.0), two_samples(), []
    one = draw_truth(engine, samples, SMALL, digest="x")
    two = draw_truth(
        engine, samples, SMALL, digest="x", n_processes=2, folder=tmp_path,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    for a, b in zip(one, two, strict=True):
        assert all(same(a[estimand], b[estimand]) for estimand in a)
    n = len(list(tmp_path.iterdir()))
    assert n > 4
    assert told == [(k, n) for k in range(1, n + 1)]


class PulledPlugError(Exception):
    """Somebody pulls the plug."""


def test_what_is_done_is_not_done_again(tmp_path, monkeypatch):
    """After an interruption only the rest is drawn; a broken file is drawn again."""
    engine, samples = Chain(kin=3.0), two_samples()
    expected = draw_truth(engine, samples, SMALL, digest="x")

    def stop(done, total):
        if done == total // 2:
            raise PulledPlugError

    with pytest.raises(PulledPlugError):
        draw_truth(engine, samples, SMALL, digest="x", folder=tmp_path, progress=stop)
    kept = sorted(tmp_path.iterdir())
    assert kept
    damaged = kept[0].read_bytes()
    kept[0].write_bytes(damaged[: len(damaged) // 2])
    kept[1].write_bytes(b"")
    calls = []

    def counted(*args):
        calls.append(args)
        return drawn(*args)

    monkeypatch.setattr(truth, "drawn", counted)
    found = draw_truth(engine, samples, SMALL, digest="x", folder=tmp_path)
    n = len(list(tmp_path.iterdir()))
    assert len(calls) == n - len(kept) + 2
    for a, b in zip(expected, found, strict=True):
        assert all(same(a[estimand], b[estimand]) for estimand in a)
    calls.clear()
    draw_truth(engine, samples, SMALL, digest="x", folder=tmp_path)
    assert not calls
    draw_truth(engine, samples, SMALL, digest="other parameters", folder=tmp_path)
    assert len(calls) == n


SCRIPT = """
import sys
from pathlib import Path
from tests.simulate.county.chain import Chain
from tests.simulate.county.test_truth import SMALL, two_samples
from fanpin_risk.simulate.county.truth import draw_truth
draw_truth(Chain(kin=3.0), two_samples(), SMALL, digest="x", folder=Path(sys.argv[1]))
"""


def test_a_process_that_is_killed_leaves_what_it_finished(tmp_path):
    """Nothing half-written is taken for a result, and the rest is drawn as it would have been."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=ROOT)
    while len(list(tmp_path.glob("*.npz"))) < 3:
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait()
    engine, samples, told = Chain(kin=3.0), two_samples(), []
    n_kept = len(list(tmp_path.glob("*.npz")))
    expected = draw_truth(engine, samples, SMALL, digest="x")
    found = draw_truth(
        engine, samples, SMALL, digest="x", folder=tmp_path, progress=lambda *n: told.append(n)
    )
    assert 3 <= n_kept < len(told)
    for a, b in zip(expected, found, strict=True):
        assert all(same(a[estimand], b[estimand]) for estimand in a)


def test_an_odd_number_of_futures_has_no_halves():
    """The error names the setting and what it got."""
    with pytest.raises(ConfigError, match=r"n_futures: must be even.*Got 7"):
        settings_from({"n_futures": 7}, TruthRequest, where="truth")
    with pytest.raises(ValueError, match=r"1 to 16 months\. Got 17"):
        drawn(Chain(), county(), np.arange(1), np.arange(2), Estimand.AS_THINGS_ARE, 17)
