"""A plan keeps the must-visits, sets the audit aside, then takes the highest risks, and says so."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from fanpin_risk.errors import ConfigError, SchemaError
from fanpin_risk.hashing import keyed_uniform
from fanpin_risk.targeting.plan import (
    NO_ROUTE,
    VISIT_COLUMNS,
    Plan,
    PlanSettings,
    recall_notice,
    visit_plan,
)

AS_OF = date(2012, 3, 31)
N_SEEDS = 2_000


def settings_of(**changes) -> PlanSettings:
    """Five visits a team, one in five of them an audit."""
    given = {"visits_per_team": 5, "audit_share": 0.2, "seed": 7, "tie_key": "round"} | changes
    if "capacity_share_of_cohort" in changes:
        given.pop("visits_per_team")
    return PlanSettings(**given)


def team_of(risk, *, must=None, team="A", raw=None, prefix="") -> pl.DataFrame:
    """Households h00, h01, ... of one team."""
    n = len(risk)
    return pl.DataFrame(
        {
            "household_id": [f"{prefix}{team}{i:02d}" for i in range(n)],
            "place": [f"place {team}"] * n,
            "team": [team] * n,
            "risk": risk,
            "raw_score": raw if raw is not None else risk,
            "must_visit": must if must is not None else [False] * n,
            "rule_findings": [f"finding {i}" for i in range(n)],
            "route": ["开发式帮扶 / development help"] * n,
            "reasons": [f"reason {i}" for i in range(n)],
        },
        schema_overrides={
            "risk": pl.Float64,
            "raw_score": pl.Float64,
            "must_visit": pl.Boolean,
        },
    )


def plan_of(households: pl.DataFrame, **changes) -> Plan:
    """A plan of AS_OF."""
    return visit_plan(households, as_of=AS_OF, settings=settings_of(**changes))


def in_slice(plan: Plan, name: str) -> list[str]:
    """Households of a slice, in order of rank."""
    return plan.visits.filter(pl.col("slice") == name)["household_id"].to_list()


@st.composite
def counties(draw):
    """One to three teams with ties, missing risks and rules that cannot tell."""
    parts = []
    for team in draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=3, unique=True)):
        n = draw(st.integers(1, 14))
        grid = st.sampled_from([None, 0.0, 0.05, 0.1, 0.1, 0.4, 0.9])
        risk = draw(st.lists(grid, min_size=n, max_size=n))
        answers = st.sampled_from([False, False, False, None, True])
        must = draw(st.lists(answers, min_size=n, max_size=n))
        parts.append(team_of(risk, must=must, team=team))
    return pl.concat(parts)


plan_settings = st.builds(
    settings_of,
    visits_per_team=st.integers(0, 10),
    audit_share=st.sampled_from([0.0, 0.05, 0.2, 0.5]),
    audit_floor_share=st.sampled_from([0.3, 1.0]),
    seed=st.integers(0, 99),
)


@settings(max_examples=80, deadline=None)
@given(counties(), plan_settings)
def test_a_plan_keeps_its_promises(households, chosen):
    """Capacity, must-visits, order of risk, set-aside audit and counts hold in every team."""
    plan = visit_plan(households, as_of=AS_OF, settings=chosen)
    for part in households.partition_by("team"):
        team = part["team"][0]
        visits = plan.visits.filter(pl.col("team") == team)
        counts = plan.teams.row(by_predicate=pl.col("team") == team, named=True)
        must = set(part.filter(pl.col("must_visit"))["household_id"])
        assert set(visits.filter(pl.col("slice") == "must_visit")["household_id"]) == must
        assert visits.height <= max(chosen.visits_per_team, len(must))
        assert visits["rank"].to_list() == list(range(1, visits.height + 1))
        left = max(chosen.visits_per_team - len(must), 0)
        wanted = -(-round(chosen.audit_share * 100) * chosen.visits_per_team // 100)
        n_audit = min(wanted, left, part.height - len(must))
        assert (visits["slice"] == "audit").sum() == counts["n_audit"] == n_audit
        by_risk = visits.filter(pl.col("slice") == "risk")
        unvisited = part.join(visits, on="household_id", how="anti")["risk"].drop_nulls()
        assert by_risk["risk"].null_count() == 0
        assert by_risk["risk"].is_sorted(descending=True)
        if by_risk.height and len(unvisited):
            assert unvisited.max() <= by_risk["risk"].min()
        if len(unvisited):
            assert visits.height >= chosen.visits_per_team
        chance = plan.frame.filter(pl.col("team") == team)
        assert set(chance["household_id"]) == set(part["household_id"]) - must
        assert chance["audit_probability"].sum() == pytest.approx(n_audit, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(counties(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(households, random):
    """Shuffled input gives the same plan, probabilities and counts."""
    order = random.sample(range(households.height), households.height)
    first, second = plan_of(households), plan_of(households[order])
    assert_frame_equal(first.visits, second.visits)
    assert_frame_equal(first.frame, second.frame)
    assert_frame_equal(first.teams, second.teams)


def test_a_team_s_plan_does_not_depend_on_other_teams():
    """Adding a team leaves the draw, the order and the notes of the first as they were."""
    risk = np.linspace(0.01, 0.3, 30).tolist()
    alone = plan_of(team_of(risk))
    both = plan_of(pl.concat([team_of(risk, team="0"), team_of(risk)]))
    assert_frame_equal(alone.visits, both.visits.filter(pl.col("team") == "A"))
    assert_frame_equal(alone.frame, both.frame.filter(pl.col("team") == "A"))
    assert_frame_equal(alone.teams, both.teams.filter(pl.col("team") == "A"))


def test_a_plan_by_hand():
    """Five visits: one must-visit of low risk, one audit, and the three highest risks left."""
    risk = [0.01, 0.9, 0.5, 0.4, 0.3, 0.2, 0.1]
    plan = plan_of(team_of(risk, must=[True] + [False] * 6))
    assert in_slice(plan, "must_visit") == ["A00"]
    (audited,) = in_slice(plan, "audit")
    ranked = [name for name in ("A01", "A02", "A03", "A04") if name != audited][:3]
    assert in_slice(plan, "risk") == ranked
    assert plan.visits["household_id"][0] == "A00"


def test_the_columns_are_those_of_the_result_file():
    """Names and their order are fixed, and so are the types."""
    plan = plan_of(team_of([0.1, 0.2]))
    assert plan.visits.columns == list(VISIT_COLUMNS)
    assert plan.visits.schema["household_id"] == pl.String
    assert plan.visits.schema["inclusion_probability"] == pl.Float64
    assert plan.frame.columns == ["household_id", "team", "audit_probability"]


def test_a_proposal_is_carried_along_and_may_be_missing():
    """Its text stands beside the visit; without the column it is null."""
    households = team_of([0.2, 0.1])
    assert plan_of(households).visits["proposal"].to_list() == [None, None]
    named = households.with_columns(proposal=pl.lit("突发严重困难户 / sudden hardship"))
    assert set(plan_of(named).visits["proposal"]) == {"突发严重困难户 / sudden hardship"}


def test_each_slice_has_its_probability_and_only_the_risk_slice_a_risk():
    """1 for must-visits, the stored chance for audits, none for the chosen; scores stay away."""
    plan = plan_of(team_of(np.linspace(0.1, 0.9, 12).tolist(), must=[True] + [None] * 11))
    rows = plan.visits.join(plan.frame, on="household_id", how="left")
    must, audit, risk = (rows.filter(pl.col("slice") == s) for s in ("must_visit", "audit", "risk"))
    assert must["inclusion_probability"].to_list() == [1.0]
    assert audit["inclusion_probability"].to_list() == audit["audit_probability"].to_list()
    assert 0 < audit["inclusion_probability"][0] < 1
    assert risk["inclusion_probability"].null_count() == risk.height == 3
    assert must["risk"].null_count() + audit["risk"].null_count() == 2
    assert risk["risk"].null_count() == 0


def test_audits_over_2000_seeds_agree_with_the_stored_probabilities():
    """Over 2,000 seeds households are drawn as often as stored, with must-visits too.

    Four of eight visits are to be audits; in team B six must-visits leave room for two, in team C
    eight leave none.
    """
    risk = np.round(np.random.default_rng(3).beta(0.7, 5, 24), 3).tolist()
    n_audit = {"A": 4, "B": 2, "C": 0}
    households = pl.concat(
        team_of(risk, team=team, must=[i < n_must for i in range(24)])
        for team, n_must in (("A", 0), ("B", 6), ("C", 8))
    )
    chosen = settings_of(visits_per_team=8, audit_share=0.5)
    count: Counter[str] = Counter()
    for seed in range(N_SEEDS):
        seeded = chosen.model_copy(update={"seed": seed})
        plan = visit_plan(households, as_of=AS_OF, settings=seeded)
        rows = zip(plan.visits["household_id"], plan.visits["slice"], strict=True)
        count.update(name for name, kind in rows if kind == "audit")
    assert set(count) <= set(plan.frame["household_id"])
    for team, stored in plan.frame.group_by("team"):
        q = stored["audit_probability"].to_numpy()
        seen = np.array([count[name] for name in stored["household_id"]])
        assert seen.sum() == N_SEEDS * n_audit[str(team[0])]
        if n_audit[str(team[0])]:
            z = (seen - N_SEEDS * q) / np.sqrt(N_SEEDS * q * (1 - q))
            assert np.abs(z).max() < 4.2
            assert 0.3 < np.mean(z**2) < 2.0
        else:
            assert q.max() == 0


def test_must_visits_that_fill_the_capacity_leave_no_audit_and_the_plan_says_so():
    """All must-visits stay, every stored chance is 0, and the need of 100 visits is named."""
    households = team_of([0.5] * 7 + [0.1] * 20, must=[True] * 7 + [False] * 20)
    plan = plan_of(households)
    team = plan.teams.row(0, named=True)
    assert in_slice(plan, "must_visit") != []
    assert plan.visits.height == team["n_must_visit"] == 7
    assert plan.frame["audit_probability"].unique().to_list() == [0.0]
    assert team["visits_needed_for_recall"] == plan.visits_needed_for_recall == 100
    assert "7 must-visits exceed the capacity of 5: all are on the plan" in team["note_en"]
    assert "全部列入，不删减，需增派人手或分批走访" in team["note_zh"]
    assert "no recall can be estimated this round" in team["note_en"]
    assert "about 100 further visits" in team["note_en"]
    assert "本轮无法估计查全率" in team["note_zh"]
    assert "无法估计" in recall_notice(plan)[0]


def test_must_visits_exactly_at_the_capacity_exceed_nothing():
    """Five of five: no word of excess, but still no recall."""
    plan = plan_of(team_of([0.1] * 20, must=[True] * 5 + [False] * 15))
    assert "exceed" not in plan.teams["note_en"][0]
    assert "no recall can be estimated" in plan.teams["note_en"][0]


def test_a_team_of_must_visits_only_is_blind_to_nobody():
    """Where everybody is visited there is nothing to estimate and nothing to warn of."""
    plan = plan_of(team_of([0.1, 0.2], must=[True, True]))
    assert plan.frame.is_empty()
    assert "recall" not in plan.teams["note_en"][0]


def test_the_visits_still_needed_count_what_is_drawn():
    """Mean risk 0.1 among the unvisited asks for 100 audits; this round's 2 are taken off."""
    plan = plan_of(team_of([0.1] * 40), visits_per_team=4, audit_share=0.5)
    assert plan.teams["visits_needed_for_recall"].to_list() == [98]
    assert "2 random checks" in recall_notice(plan)[1]
    assert "about 98 more" in recall_notice(plan)[1]


def test_a_rule_that_cannot_tell_is_not_a_no():
    """Such a household can be ranked and drawn, is counted, and its row says so."""
    plan = plan_of(team_of([0.9, 0.1, None], must=[None, False, None]), visits_per_team=1)
    team = plan.teams.row(0, named=True)
    assert plan.frame.height == 3
    assert team["n_cannot_tell"] == 2
    assert "cannot tell (which is not a no): 2" in team["note_en"]
    everyone = plan_of(team_of([0.9, 0.1], must=[None, False]), visits_per_team=2, audit_share=0)
    first, second = everyone.visits["why_en"]
    assert "cannot tell" in first
    assert "cannot tell" not in second


def test_a_household_without_a_risk_is_drawn_or_ruled_but_never_ranked():
    """With visits to spare it stays off the plan unless the lot or a rule names it."""
    plan = plan_of(team_of([None] * 6, must=[True] + [False] * 5), visits_per_team=4)
    assert plan.teams.select("n_must_visit", "n_audit", "n_risk").row(0) == (1, 1, 0)
    assert (
        "visits left free, as no further household can be put on the plan: 2"
        in (plan.teams["note_en"][0])
    )


def test_the_audit_is_set_aside_before_the_risk_slice():
    """Half of four visits is drawn by lot, though higher risks would fill all four."""
    plan = plan_of(team_of([0.9] * 50), visits_per_team=4, audit_share=0.5)
    assert plan.teams.select("n_audit", "n_risk").row(0) == (2, 2)


def test_equal_risks_are_ordered_by_raw_score_then_by_hash_and_not_by_number():
    """The raw score decides first; among equals the hash of household and day."""
    n = 40
    raw = [1.0] * n
    raw[17] = 2.0
    households = team_of([0.2] * n, raw=raw)
    plan = plan_of(households, visits_per_team=6, audit_share=0)
    ids = households["household_id"].to_list()
    tie = dict(zip(ids, keyed_uniform(ids, day=AS_OF, key="round"), strict=True))
    others = sorted((name for name in ids if name != "A17"), key=lambda name: tie[name])
    assert in_slice(plan, "risk") == ["A17", *others[:5]]
    assert others[:5] != sorted(others)[:5]
    later = visit_plan(
        households,
        as_of=date(2012, 6, 30),
        settings=settings_of(visits_per_team=6, audit_share=0),
    )
    assert in_slice(later, "risk") != in_slice(plan, "risk")


def test_the_order_of_must_visits_and_audits_carries_no_score():
    """Turning all risks round changes no place of a must-visit, and audits do not stand last."""
    rng = np.random.default_rng(1)
    risk = rng.random(60).round(3)
    must = [i < 10 for i in range(60)]
    one = plan_of(team_of(risk.tolist(), must=must), visits_per_team=30, audit_share=0.3)
    turned = plan_of(team_of((1 - risk).tolist(), must=must), visits_per_team=30, audit_share=0.3)
    assert in_slice(one, "must_visit") == in_slice(turned, "must_visit")
    kinds = one.visits["slice"].to_list()
    assert kinds[:10] == ["must_visit"] * 10
    assert 1 < kinds[10:20].count("audit") < 8
    assert 1 < kinds[20:].count("audit") < 8
    assert in_slice(one, "must_visit") != sorted(in_slice(one, "must_visit"))


def test_teams_alike_in_everything_draw_different_households():
    """One stream for all teams would draw the same places of the list in every village."""
    households = pl.concat([team_of([0.1] * 60, team="A"), team_of([0.1] * 60, team="B")])
    both = plan_of(households, visits_per_team=10, audit_share=0.5)
    numbers = {
        team: {name[1:] for name in in_slice(both, "audit") if name[0] == team} for team in "AB"
    }
    assert len(numbers["A"]) == len(numbers["B"]) == 5
    assert numbers["A"] != numbers["B"]


def test_every_row_says_why_it_is_there_and_where_the_rules_point():
    """Words in both languages per slice; a route that the rules leave open is said to be open."""
    households = team_of([0.9, 0.5, 0.4, 0.3, 0.2], must=[True] + [False] * 4).with_columns(
        route=pl.lit(None, dtype=pl.String)
    )
    plan = plan_of(households, visits_per_team=3)
    assert plan.visits.select(pl.col("why_zh", "why_en").null_count()).row(0) == (0, 0)
    words = dict(plan.visits.select("slice", "why_en").iter_rows())
    assert words["must_visit"].startswith("Must-visit: a rule")
    assert words["audit"].startswith("Random check: drawn by lot")
    assert words["risk"].startswith("Risk: higher estimated risk")
    assert plan.visits["route"].unique().to_list() == [NO_ROUTE]


@pytest.mark.parametrize(
    ("share", "n", "capacity"),
    [(0.07, 100, 7), (0.05, 30, 2), (0.1, 30, 3), (0.02, 1, 1), (0.0, 40, 0), (1.0, 7, 7)],
)
def test_a_share_of_the_cohort_is_rounded_up_as_it_is_written(share, n, capacity):
    """7% of 100 is 7, although 0.07 * 100 is above 7 in floating point."""
    plan = plan_of(team_of([0.1] * n), capacity_share_of_cohort=share)
    assert plan.teams["capacity"].to_list() == [capacity]


def test_each_team_has_its_own_capacity():
    """Numbers per team are taken by name."""
    households = pl.concat([team_of([0.1] * 9, team="A"), team_of([0.1] * 9, team="B")])
    plan = plan_of(households, visits_per_team={"B": 2, "A": 4, "elsewhere": 1})
    assert plan.teams.select("team", "capacity").rows() == [("A", 4), ("B", 2)]
    assert plan.visits["team"].to_list() == ["A"] * 4 + ["B"] * 2


def test_a_team_without_a_capacity_is_named():
    """A missing team is an error that says which, not a team without visits."""
    with pytest.raises(ConfigError, match=r"no number for team 'A1'\. Did you mean 'A11'\?"):
        plan_of(team_of([0.1], team="A1"), visits_per_team={"A11": 3})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"audit_share": 0.7}, "audit_share must lie between 0 and 0.5"),
        ({"audit_share": -0.1}, "audit_share must lie between 0 and 0.5"),
        ({"audit_floor_share": 0.2}, "audit_floor_share must lie between 0.3 and 1"),
        ({"visits_per_team": None}, "either visits_per_team or capacity_share_of_cohort"),
        ({"visits_per_team": -1}, "greater than or equal to 0"),
        ({"capacity_share_of_cohort": 1.2}, "less than or equal to 1"),
        ({"tie_key": ""}, "at least 1 character"),
        ({"visit_per_team": 3}, "visit_per_team"),
    ],
)
def test_settings_that_make_no_plan_are_refused(changes, words):
    """Each setting says what it must be."""
    with pytest.raises(ValidationError, match=words):
        settings_of(**changes)


def test_a_capacity_given_twice_is_refused():
    """Two capacities could disagree."""
    with pytest.raises(ValidationError, match="not both"):
        PlanSettings(visits_per_team=1, capacity_share_of_cohort=0.1, seed=1, tie_key="k")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda h: h.drop("risk"), r"needs the columns \['risk'\]", id="no column"),
        pytest.param(lambda h: h.head(0), "at least one household", id="no row"),
        pytest.param(
            lambda h: pl.concat([h, h.head(1)]), "1 households more than once.*'A00'", id="twice"
        ),
        pytest.param(
            lambda h: h.with_columns(risk=pl.lit(1.2)), r"must lie in \[0, 1\]; 2 rows", id="score"
        ),
        pytest.param(
            lambda h: h.with_columns(risk=pl.lit("high")), "'risk' must be Float64", id="words"
        ),
        pytest.param(
            lambda h: h.with_columns(household_id=pl.lit(1)), "'household_id' must be", id="number"
        ),
        pytest.param(
            lambda h: h.with_columns(team=pl.lit(None, pl.String)),
            "'team' is empty in 2",
            id="team",
        ),
    ],
)
def test_broken_tables_are_refused_by_name(change, words):
    """The message names the column and counts the rows."""
    with pytest.raises(SchemaError, match=words):
        plan_of(change(team_of([0.1, 0.2])))


def test_not_a_number_is_no_risk():
    """NaN must not rank above every risk, as it would in a plain sort."""
    plan = plan_of(team_of([float("nan"), 0.2]), visits_per_team=1, audit_share=0)
    assert in_slice(plan, "risk") == ["A01"]


def test_columns_without_any_value_are_taken_as_unknown():
    """A table whose rules and texts are all empty still makes a plan."""
    empty = pl.lit(None)
    households = team_of([0.1, 0.2]).with_columns(
        must_visit=empty, rule_findings=empty, reasons=empty
    )
    plan = plan_of(households, visits_per_team=1, audit_share=0)
    assert in_slice(plan, "risk") == ["A01"]
    assert plan.teams["n_cannot_tell"].to_list() == [2]
