"""An indicator over events of all kinds counts for the kind that happened; sums stay exact."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.cause_sums import by_cause, cause_contributions, cause_sums
from fanpin_risk.explain.reasons import reasons
from fanpin_risk.explain.told import CAUSES, causes_of, told_causes
from fanpin_risk.indicators.catalogue import CATALOGUE, COUNTY, columns_of
from fanpin_risk.indicators.indicator import Aggregate
from fanpin_risk.records.contracts.codes import SHOCK_KINDS

ALL = columns_of(CATALOGUE)
NAMED = {column.name: column for column in ALL}
TOLD = [column for column in ALL if column.indicator.told_by]
KINDS = list(dict.fromkeys(name for column in TOLD for name in column.indicator.told_by_columns))
SHOCKS = [NAMED[name] for name in (*KINDS, *(column.name for column in TOLD))]
DAY = date(2025, 8, 31)
YES_NO = st.sampled_from([0.0, 1.0, float("nan")])


HAPPENED = {column.name: 1.0 for column in TOLD}
"""A shock yesterday, with a loss."""


def told_of(**happened):
    """The cause that each told column counts for, of a household to whom something happened."""
    values = np.array([[(HAPPENED | happened).get(column.name, 0.0)] for column in SHOCKS])
    found = told_causes(SHOCKS, values.__getitem__)
    assert sorted(found) == list(range(len(KINDS), len(SHOCKS)))
    assert len({int(places[0]) for places in found.values()}) == 1, "all of one table alike"
    return CAUSES[int(found[len(KINDS)][0])]


# The catalogue


def test_who_tells_is_there_and_says_yes_or_no_of_the_same_events():
    """Every column that tells is in the catalogue, of the same table, and may be shown."""
    assert {column.name for column in TOLD} == {
        *("shocks_count_3m", "shocks_count_12m", "loss_to_line_sum_12m"),
        "days_from_shock_days_since",
    }
    for column in TOLD:
        assert column.indicator.cause is Cause.OTHER
        for name in column.indicator.told_by_columns:
            teller = NAMED[name]
            assert teller.indicator.table == column.indicator.table
            assert (teller.indicator.unit, teller.aggregate) == ("yes_no", Aggregate.EVER)
            assert teller.indicator.cause is not Cause.OTHER
            assert not teller.indicator.is_sensitive
            assert not teller.indicator.told_by
            assert column.window is None or column.window <= teller.window


def test_every_kind_of_shock_is_told():
    """No kind of the code list is left out: else what is told could be of another kind."""
    kinds = list(SHOCK_KINDS.words)
    rows = nw.from_native(pl.DataFrame({"shock_kind": kinds}), eager_only=True)
    told = rows.select(**{name: NAMED[name].indicator.expression for name in KINDS}).to_native()
    assert told.select(pl.sum_horizontal(pl.all().cast(pl.Int64))).to_series().to_list() == [1] * 10


# Which cause


@pytest.mark.parametrize("name", KINDS)
def test_one_kind_gives_its_cause(name):
    """Of one kind alone everything is that kind's."""
    assert told_of(**{name: 1.0}) is NAMED[name].indicator.cause


def test_two_kinds_of_one_cause_give_it():
    """A failed crop and a failed business are both failed business."""
    assert told_of(farm_failed_ever_12m=1.0, business_failed_ever_12m=1.0) is Cause.FAILED_BUSINESS


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param({}, id="none"),
        pytest.param({"lost_job_ever_12m": 1.0, "had_accident_ever_12m": 1.0}, id="two causes"),
        pytest.param(dict.fromkeys(KINDS, float("nan")), id="not known"),
    ],
)
def test_what_nobody_can_tell_stays_with_the_catalogue(happened):
    """Neither the first nor the likeliest is chosen."""
    assert told_of(**happened) is Cause.OTHER


def test_a_gap_is_no_yes():
    """What is not known of other kinds does not take away what is known of one."""
    assert told_of(lost_job_ever_12m=1.0, had_accident_ever_12m=float("nan")) is Cause.UNSTABLE_WORK


@pytest.mark.parametrize("column", TOLD, ids=lambda column: column.name)
@pytest.mark.parametrize("value", [0.0, float("nan")])
def test_what_did_not_happen_is_given_to_no_kind(column, value):
    """No shock within 3 months says nothing of the job that was lost before; a day of 0 is one."""
    values = np.ones((len(SHOCKS), 1)) * [
        [float(c.name == "lost_job_ever_12m" or c in TOLD)] for c in SHOCKS
    ]
    at = SHOCKS.index(column)
    values[at] = value
    found = told_causes(SHOCKS, values.__getitem__)
    is_a_day = column.aggregate is Aggregate.DAYS_SINCE and value == 0
    expected = Cause.UNSTABLE_WORK if is_a_day else Cause.OTHER
    assert CAUSES[found[at][0]] is expected
    assert all(CAUSES[found[i][0]] is Cause.UNSTABLE_WORK for i in found if i != at)


def test_columns_without_tellers_are_told_nothing():
    """Of some columns alone, the catalogue's cause is all there is."""
    assert told_causes(TOLD, np.ones((len(TOLD), 3)).__getitem__) == {}
    nobody = np.empty((len(columns_of(COUNTY)), 0))
    assert all(
        len(found) == 0 for found in told_causes(columns_of(COUNTY), nobody.__getitem__).values()
    )


@given(kinds=st.lists(YES_NO, min_size=len(KINDS), max_size=len(KINDS)))
def test_it_is_the_one_cause_of_those_that_say_yes(kinds):
    """Against the sentence of the definition, over any yes, no and not known."""
    named = {
        NAMED[name].indicator.cause for name, value in zip(KINDS, kinds, strict=True) if value == 1
    }
    expected = next(iter(named)) if len(named) == 1 else Cause.OTHER
    assert told_of(**dict(zip(KINDS, kinds, strict=True))) is expected


# Sums


def made_up(columns, *, n=200, seed=0):
    """Contributions and values of households, shocks rare enough that often one cause is told."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, (n, len(columns))).astype(float)
    for i, column in enumerate(columns):
        if column.name in KINDS:
            values[:, i] = rng.random(n) < 0.15
    values[rng.random(values.shape) < 0.1] = np.nan
    return rng.normal(scale=0.3, size=values.shape), values


def framed(parts, values, columns):
    """Both as frames, with codes where columns hold codes, and households in two orders."""
    ids = [f"h{n:03}" for n in range(len(parts))]
    contributions = pl.DataFrame(
        {"household_id": ids, "base": [-3.0] * len(ids)}
        | {column.name: parts[:, i] for i, column in enumerate(columns)}
    )
    features = pl.DataFrame(
        {"household_id": ids}
        | {
            column.name: pl.repeat("x", len(ids), eager=True)
            if column.indicator.is_categorical
            else pl.Series(values[:, i]).fill_nan(None)
            for i, column in enumerate(columns)
        }
    )
    return contributions, features.sort("household_id", descending=True)


def test_causes_add_up_to_all_contributions():
    """Over all causes, sensitive indicators included, the sums give every contribution again."""
    parts, values = made_up(ALL)
    sums = by_cause(parts, values, ALL)
    np.testing.assert_allclose(sum(sums.values()), parts.sum(axis=1), atol=1e-12)
    assert list(sums) == [cause for cause in Cause if cause in sums]
    assert set(sums) == {column.indicator.cause for column in ALL}


def test_each_contribution_is_in_one_cause():
    """A single contribution of 1, of every column in turn: it stands in one cause, once."""
    _, values = made_up(ALL, n=len(ALL), seed=2)
    sums = by_cause(np.eye(len(ALL)), values, ALL)
    table = np.stack(list(sums.values()))
    assert (table.sum(axis=0) == 1).all()
    own, told = causes_of(ALL), told_causes(ALL, values.T.__getitem__)
    where = [list(sums)[place] for place in table.argmax(axis=0)]
    for i in range(len(ALL)):
        assert where[i] is CAUSES[told[i][i] if i in told else own[i]]


def test_the_file_adds_up_and_leaves_out_what_is_never_shown():
    """Base, causes and what is not shown give the raw score; sensitive ones are in no cause."""
    parts, values = made_up(ALL, seed=3)
    contributions, features = framed(parts, values, ALL)
    found = cause_contributions(contributions, features, ALL)
    assert found["household_id"].equals(contributions["household_id"])
    raw = contributions.drop("household_id").sum_horizontal()
    np.testing.assert_allclose(found.drop("household_id").sum_horizontal(), raw, atol=1e-12)
    is_sensitive = np.array([column.indicator.is_sensitive for column in ALL])
    assert is_sensitive.any()
    np.testing.assert_allclose(found["not_shown"], parts[:, is_sensitive].sum(axis=1), atol=1e-12)
    numbers = np.where([column.indicator.is_categorical for column in ALL], np.nan, values)
    expected = by_cause(np.where(is_sensitive, 0.0, parts), numbers, ALL)
    rows = cause_sums(found)
    assert rows["household_id"].unique(maintain_order=True).equals(found["household_id"])
    for cause, sums in expected.items():
        np.testing.assert_allclose(
            rows.filter(cause=cause.value)["contribution"], sums, atol=1e-12, err_msg=cause
        )
    assert rows.height == len(expected) * found.height


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda c, f: (c.drop(c.columns[-1]), f), "^Contributions of .* are missing", id="part"
        ),
        pytest.param(
            lambda c, f: (c.drop("base"), f), "^Contributions of base are missing", id="base"
        ),
        pytest.param(
            lambda c, f: (c.with_columns(pl.lit(None).alias(c.columns[2])), f),
            "^200 contributions are missing",
            id="a gap",
        ),
        pytest.param(
            lambda c, f: (c, f.drop(KINDS[0])), f"^Values of {KINDS[0]} are missing", id="value"
        ),
        pytest.param(
            lambda c, f: (c.drop("household_id"), f), "^Contributions of household_id", id="nobody"
        ),
        pytest.param(
            lambda c, f: (pl.concat([c, c]), f), "two rows of contributions", id="two rows"
        ),
        pytest.param(lambda c, f: (c, pl.concat([f, f])), "two rows of values", id="two values"),
        pytest.param(
            lambda c, f: (c, f.head(199)),
            "contributions of 200 households and values of 199, 199 of them the same",
            id="fewer",
        ),
        pytest.param(
            lambda c, f: (c, f.with_columns(household_id="x" + pl.col("household_id"))),
            "values of 200, 0 of them the same",
            id="others",
        ),
    ],
)
def test_what_cannot_be_added_up_is_refused(change, message):
    """What is missing, double or of another scoring is said, and nothing is guessed."""
    frames = change(*framed(*made_up(ALL), ALL))
    with pytest.raises(SchemaError, match=message):
        cause_contributions(*frames, ALL)


def test_rows_need_a_cause():
    """Another frame than the sums by cause is told from it."""
    with pytest.raises(SchemaError, match=r"columns household_id, risk and no causes"):
        cause_sums(pl.DataFrame({"household_id": ["h"], "risk": [0.1]}))


def test_a_household_alone_has_the_same_sums_to_the_last_bit():
    """Whoever else is asked about, in whatever order; and narrower numbers are widened."""
    parts, values = made_up(ALL, seed=5)
    contributions, features = framed(parts, values, ALL)
    whole = cause_contributions(contributions, features, ALL)
    alone = [
        cause_contributions(contributions[i], features.filter(household_id=f"h{i:03}"), ALL)
        for i in range(0, 200, 7)
    ]
    assert pl.concat(alone).equals(whole[::7])
    turned = cause_contributions(contributions[::-1], features, ALL)
    assert turned[::-1].equals(whole)
    narrow = contributions.cast({pl.Float64: pl.Float32})
    found = cause_contributions(narrow, features.cast({pl.Float64: pl.Float32}), ALL)
    assert set(found.schema.dtypes()) == {pl.String, pl.Float64}
    assert found.equals(cause_contributions(narrow.cast({pl.Float32: pl.Float64}), features, ALL))


def test_nobody_and_nothing():
    """An empty day and an empty catalogue give frames without rows, or with the base alone."""
    parts, values = made_up(ALL, n=0)
    assert cause_contributions(*framed(parts, values, ALL), ALL).height == 0
    parts, values = made_up(ALL, n=3)
    contributions, features = framed(parts, values, ALL)
    found = cause_contributions(contributions, features, [])
    assert found.columns == ["household_id", "base", "not_shown"]


# Reasons


def reason_of(parts, values, *, others=({},) * 3):
    """Two reasons of one household beside others, to whom by default nothing happened."""
    names = [column.name for column in SHOCKS]
    rows = [values, *others]
    features = pl.DataFrame(
        {"household_id": [f"h{n}" for n in range(len(rows))]}
        | {name: [row.get(name, 0.0) for row in rows] for name in names}
    )
    matrix = np.zeros((len(rows), len(names)))
    matrix[0] = [parts.get(name, 0.0) for name in names]
    seen_on = pl.repeat(DAY, len(rows), eager=True)
    found = reasons(matrix, features, SHOCKS, seen_on=seen_on, as_of=DAY, n_reasons=2)
    return found.row(0, named=True), found.row(1, named=True)


@pytest.mark.parametrize("name", KINDS)
def test_a_shock_is_sent_to_the_office_of_its_kind(name):
    """Cause, words, support and office are those of what happened, with the count as evidence."""
    first, second = reason_of(
        {"shocks_count_12m": 0.6, name: 0.1}, {"shocks_count_12m": 1.0, name: 1.0}
    )
    cause = NAMED[name].indicator.cause
    assert first["cause"] == cause.value
    assert first["contribution"] == pytest.approx(0.7)
    assert first["indicator"] == "shocks_count_12m"
    assert first["owner_en"] == CAUSE_WORDS[cause].owner_en
    kinds = [NAMED[kind].indicator for kind in KINDS if NAMED[kind].indicator.cause is cause]
    said_zh, said_en = kinds[0].title_zh, kinds[0].title_en
    zh, en = (f"（{said_zh}）", f" ({said_en})") if len(kinds) == 1 else ("", "")
    assert first["text_zh"].startswith(f"{cause.value}：近12个月突发变故次数{zh}为1次")
    title = CAUSE_WORDS[cause].title_en
    assert first["text_en"].startswith(f"{title}: shocks, last 12 months{en}: 1 ")
    assert CAUSE_WORDS[cause].owner_zh in first["text_zh"].split("。")[-1]
    assert first["source"] == "应急部门：shock", "the records are still whose they are"
    assert second["indicator"] == ""


def test_a_shock_of_no_one_cause_stays_other():
    """Two kinds of different causes: the count says nothing of which."""
    happened = {"lost_job_ever_12m": 1.0, "had_accident_ever_12m": 1.0, "shocks_count_12m": 2.0}
    first, _ = reason_of({"shocks_count_12m": 0.6}, happened)
    assert first["cause"] == Cause.OTHER.value
    assert first["text_zh"].startswith("其他：近12个月突发变故次数为2次")


def test_the_latest_shock_is_said_with_its_kind():
    """A day, and what happened on it."""
    happened = {"lost_job_ever_12m": 1.0, "days_from_shock_days_since": 30.0}
    others = {"days_from_shock_days_since": 300.0}
    first, _ = reason_of({"days_from_shock_days_since": 0.6}, happened, others=[others] * 3)
    assert first["text_zh"].startswith("因务工就业不稳：最近一次突发变故（成员失业）在2025-08-01")
    assert first["text_en"].startswith("unstable work: latest shock (loss of a job) on 2025-08-01")


def test_a_reason_is_not_changed_by_what_happened_to_others():
    """Each household by its own records: a neighbour's accident changes nothing here."""
    neighbour = {"had_accident_ever_12m": 1.0, "shocks_count_12m": 1.0}
    mine, _ = reason_of(
        {"shocks_count_12m": 0.6}, {"shocks_count_12m": 1.0}, others=[neighbour, {}, {}]
    )
    assert mine["cause"] == Cause.OTHER.value
