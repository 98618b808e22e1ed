"""The truth as tables: futures of a sample, what befell everybody, and who is who.

All of them are for tests and reviews: nothing that is tested on the county may read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.simulate.county.county import Falls
from fanpin_risk.simulate.county.futures import Drawn, Estimand
from fanpin_risk.simulate.county.kinds import (
    CAUSE_CODES,
    FIRST_YEAR,
    NEVER,
    NO_END,
    End,
    Route,
)
from fanpin_risk.simulate.county.sampling import Sample
from fanpin_risk.simulate.county.state import State

HORIZONS_MONTHS = (3, 6, 12)

Identify = Callable[[npt.NDArray[np.int64]], pl.Series]
"""Gives the household numbers of the records for what they are made of."""

JOINT = "joint"
"""Main cause of a fall that several kinds of shock each were needed for."""

NO_SINGLE = "no_single"
"""Main cause of a fall that no removal of one kind of shock prevents."""

TRUTH_SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "as_of": pl.Date(),
    "horizon_months": pl.Int8(),
    "estimand": pl.String(),
    "n_futures_half": pl.Int32(),
    "n_event_half_1": pl.Int32(),
    "n_event_half_2": pl.Int32(),
    "n_status_half_1": pl.Int32(),
    "n_status_half_2": pl.Int32(),
    "n_dissolved_half_1": pl.Int32(),
    "n_dissolved_half_2": pl.Int32(),
    "n_moved_half_1": pl.Int32(),
    "n_moved_half_2": pl.Int32(),
    "n_merged_half_1": pl.Int32(),
    "n_merged_half_2": pl.Int32(),
    "inclusion_probability": pl.Float64(),
    "band": pl.Int8(),
    "is_in_need_now": pl.Boolean(),
}

_ENDS = {"dissolved": End.DISSOLVED, "moved": End.MOVED_AWAY, "merged": End.MERGED}


def month_ends(months: npt.NDArray[np.integer]) -> pl.Series:
    """Last days of months that are counted from the county's first one.

    `NEVER` and `NO_END` give null.

    Examples
    --------
    >>> month_ends(np.array([0, 13, -1, NEVER])).to_list()
    [datetime.date(2021, 1, 31), datetime.date(2022, 2, 28), datetime.date(2020, 12, 31), None]
    """
    first = np.datetime64(f"{FIRST_YEAR}-01", "M")
    following = (first + (np.asarray(months, dtype=np.int64) + 1)).astype("datetime64[D]")
    days = pl.Series((following - np.timedelta64(1, "D")).astype("datetime64[D]"))
    is_month = pl.Series((months != NEVER) & (months != NO_END))
    return pl.select(pl.when(is_month).then(days)).to_series()


def truth_frame(
    samples: Sequence[Sample],
    futures: Sequence[Mapping[Estimand, Drawn]],
    identify: Identify,
) -> pl.DataFrame:
    """Counts of futures by household, day, estimand and horizon.

    Parameters
    ----------
    samples, futures
        What was drawn on each day, and what `draw_truth` gave for it.
    identify
        Names the households.

    Returns
    -------
    pl.DataFrame
        Columns of `TRUTH_SCHEMA`. ``as_of`` is the last day of the month of the state; a horizon is
        (as_of, as_of + months], its end included. Of ``n_futures_half`` futures in each half,
        ``n_event_half_1`` have need at the end of some month within the horizon: null for a
        household in need on the day, of which a *first* need cannot be asked. ``n_status_…``: need
        **at** the end of the horizon, asked of everybody. ``n_dissolved_…``, ``n_moved_…``,
        ``n_merged_…``: ended in that way within the horizon and before any need, which counts as no
        fall. Weight with 1 / ``inclusion_probability``. Rows are in order of day, household
        number, estimand, horizon.
    """
    parts = [pl.DataFrame(schema=TRUTH_SCHEMA)]
    for sample, by_estimand in zip(samples, futures, strict=True):
        for estimand, drawn in by_estimand.items():
            for horizon in HORIZONS_MONTHS:
                parts.append(_truth_part(sample, drawn, estimand, horizon, identify))
    keys = ["as_of", "household_id", "estimand", "horizon_months"]
    return pl.concat(parts).sort(keys)


def _truth_part(
    sample: Sample, drawn: Drawn, estimand: Estimand, horizon: int, identify: Identify
) -> pl.DataFrame:
    """Rows of one day, estimand and horizon."""
    n, n_futures = drawn.needs.shape
    half = n_futures // 2
    outcomes = {"event": drawn.has_event(horizon), "status": drawn.has_status(horizon)}
    outcomes |= {name: drawn.has_ended(horizon, kind) for name, kind in _ENDS.items()}
    counts = {}
    for name, is_so in outcomes.items():
        counts[f"n_{name}_half_1"] = is_so[:, :half].sum(axis=1)
        counts[f"n_{name}_half_2"] = is_so[:, half:].sum(axis=1)
    in_need = pl.Series(sample.is_in_need_now)
    frame = pl.DataFrame(
        {
            "household_id": identify(sample.number),
            "as_of": month_ends(np.full(n, sample.state.month)),
            "horizon_months": np.full(n, horizon),
            "estimand": [str(estimand)] * n,
            "n_futures_half": np.full(n, half),
            **counts,
            "inclusion_probability": sample.inclusion_probability,
            "band": sample.band,
            "is_in_need_now": in_need,
        }
    )
    events = pl.col("n_event_half_1", "n_event_half_2")
    return (
        frame.with_columns(pl.when(~pl.col("is_in_need_now")).then(events))
        .select(list(TRUTH_SCHEMA))
        .cast(pl.Schema(TRUTH_SCHEMA))
    )


def futures_frame(
    samples: Sequence[Sample],
    futures: Sequence[Mapping[Estimand, Drawn]],
    identify: Identify,
) -> pl.DataFrame:
    """Every future in which a household has need or ends, one row for each.

    Returns
    -------
    pl.DataFrame
        ``household_id``, ``as_of``, ``estimand``, ``replicate`` (number of the future: the same
        number is the same path for all households of a day, under every estimand), ``needs_bits``
        (bit m - 1: in need at the end of the m-th month after the day), ``ended_after_months`` and
        ``end_kind`` (`End`, by name in small letters), null where the household goes on. A future
        without a row has neither need nor end. Whoever needs a household's probability at another
        horizon, or the error of a figure over futures, computes it from this.
    """
    parts = []
    for sample, by_estimand in zip(samples, futures, strict=True):
        ids = identify(sample.number)
        for estimand, drawn in by_estimand.items():
            row, replicate = np.nonzero((drawn.needs > 0) | (drawn.ended_after_months > 0))
            kinds = pl.Series([kind.name.lower() for kind in End])
            ended = pl.Series(drawn.ended_after_months[row, replicate])
            kind = kinds.gather(pl.Series(drawn.end_kind[row, replicate].astype(np.uint32)))
            parts.append(
                pl.DataFrame(
                    {
                        "household_id": ids.gather(pl.Series(row.astype(np.uint32))),
                        "as_of": month_ends(np.full(len(row), sample.state.month)),
                        "estimand": pl.Series([str(estimand)] * len(row), dtype=pl.String),
                        "replicate": replicate.astype(np.int32),
                        "needs_bits": drawn.needs[row, replicate],
                        "ended_after_months": ended,
                        "end_kind": kind,
                    }
                ).with_columns(
                    pl.when(pl.col("ended_after_months") > 0).then(
                        pl.col("ended_after_months", "end_kind")
                    )
                )
            )
    return pl.concat(parts).sort("as_of", "household_id", "estimand", "replicate")


def paths_frame(
    samples: Sequence[Sample], futures: Sequence[Mapping[Estimand, Drawn]]
) -> pl.DataFrame:
    """Totals by future: what all households of a day have in common.

    Returns
    -------
    pl.DataFrame
        ``as_of``, ``estimand``, ``horizon_months``, ``replicate``, ``band``, ``n_sampled`` (who was
        not in need on the day), ``n_event`` of them, ``n_status`` of them, and
        ``inclusion_probability`` of the band. A weighted total is the sum of counts over bands,
        each divided by its probability.
    """
    parts = []
    for sample, by_estimand in zip(samples, futures, strict=True):
        bands = np.unique(sample.band)
        asked = [~sample.is_in_need_now & (sample.band == band) for band in bands]
        chance = [float(sample.inclusion_probability[sample.band == band][0]) for band in bands]
        for estimand, drawn in by_estimand.items():
            n_futures = drawn.needs.shape[1]
            for horizon in HORIZONS_MONTHS:
                events, statuses = drawn.has_event(horizon), drawn.has_status(horizon)
                for band, rows, share in zip(bands, asked, chance, strict=True):
                    parts.append(
                        pl.DataFrame(
                            {
                                "as_of": month_ends(np.full(n_futures, sample.state.month)),
                                "estimand": [str(estimand)] * n_futures,
                                "horizon_months": np.full(n_futures, horizon, dtype=np.int8),
                                "replicate": np.arange(n_futures, dtype=np.int32),
                                "band": np.full(n_futures, band, dtype=np.int8),
                                "n_sampled": np.full(n_futures, rows.sum(), dtype=np.int32),
                                "n_event": events[rows].sum(axis=0).astype(np.int32),
                                "n_status": statuses[rows].sum(axis=0).astype(np.int32),
                                "inclusion_probability": np.full(n_futures, share),
                            }
                        )
                    )
    return pl.concat(parts).sort("as_of", "estimand", "horizon_months", "replicate", "band")


def falls_frame(falls: Falls, state: State, identify: Identify) -> pl.DataFrame:
    """Every fall of the county: who, when, by which way, and what would have prevented it.

    Parameters
    ----------
    falls
        What `follow` gave.
    state
        The county at its end, whose rows the falls name.
    identify
        Names the households.

    Returns
    -------
    pl.DataFrame
        ``household_id``; ``month``, its last day; ``is_chronic``, ``is_sudden``, ``is_breach``: the
        ways that were open; ``prevented_by``: bits 1 << `Shock` of the kinds whose removal alone
        prevents the fall, null where it was not asked or cannot be told; ``main_cause``: the one
        kind, by its code, if it is one; `JOINT` if several removals each prevent it; `NO_SINGLE` if
        none does. In order of month and household number.
    """
    row = _joined(falls.row)
    need = _joined(falls.need)
    bits = _joined(falls.prevented_by)
    prevented = pl.Series("prevented_by", bits, dtype=pl.Int32)
    return (
        pl.DataFrame(
            {
                "household_id": identify(state.households.number[row]),
                "month": month_ends(_joined(falls.month)),
                "is_chronic": (need & Route.CHRONIC) > 0,
                "is_sudden": (need & Route.SUDDEN) > 0,
                "is_breach": (need & Route.BREACH) > 0,
                "prevented_by": prevented,
                "main_cause": pl.Series(
                    [_main_cause(value) for value in bits.tolist()], dtype=pl.String
                ),
            }
        )
        .with_columns(pl.when(pl.col("prevented_by") >= 0).then(pl.col("prevented_by")))
        .sort("month", "household_id")
    )


def _joined(parts: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """One array of all parts."""
    return np.concatenate([*parts, np.zeros(0, dtype=np.int64)]).astype(np.int64)


def _main_cause(bits: int) -> str | None:
    """Code of the main cause; None where it was not asked."""
    if bits < 0:
        return None
    kinds = [code for place, code in enumerate(CAUSE_CODES) if bits >> place & 1]
    if len(kinds) == 1:
        return kinds[0]
    return JOINT if kinds else NO_SINGLE


def needs_frame(table: npt.NDArray[np.int64], state: State, identify: Identify) -> pl.DataFrame:
    """Spells of need.

    Parameters
    ----------
    table
        What `NeedSpells.table` gave: row, first and last month.
    state
        The county at its end.
    identify
        Names the households.

    Returns
    -------
    pl.DataFrame
        ``household_id``, ``since`` and ``until``: last days of the first and of the last month with
        need; ``until`` is null for a spell that runs on at the county's end. In order of household
        number and time.
    """
    return pl.DataFrame(
        {
            "household_id": identify(state.households.number[table[:, 0]]),
            "since": month_ends(table[:, 1]),
            "until": month_ends(table[:, 2]),
        }
    ).sort("household_id", "since")


def households_frame(state: State, identify: Identify) -> pl.DataFrame:
    """Who the households of the county are, and what no record says of them.

    Returns
    -------
    pl.DataFrame
        One row for each household that ever was, by number: ``household_id``; ``number``, what it
        is made of; ``key`` of its random streams; ``village`` (row of the villages);
        ``is_former_poor``; ``kin_household_id``, who may take it in or split from it, null without;
        ``started_on`` and ``ended_on``, last days of months, null from the beginning and for those
        that go on; ``end_kind``, null likewise; ``savings_fen``, ``kin_support_fen`` a month, at
        the county's end.
    """
    households = state.households
    ids = identify(households.number)
    has_kin = households.kin >= 0
    kin = ids.gather(pl.Series(np.where(has_kin, households.kin, 0).astype(np.uint32)))
    kinds = pl.Series([None, *(kind.name.lower() for kind in list(End)[1:])], dtype=pl.String)
    return pl.DataFrame(
        {
            "household_id": ids,
            "number": households.number,
            "key": households.key,
            "village": households.village,
            "is_former_poor": households.is_former_poor,
            "kin_household_id": pl.select(pl.when(pl.Series(has_kin)).then(kin)).to_series(),
            "started_on": month_ends(households.started_month),
            "ended_on": month_ends(households.ended_month),
            "end_kind": kinds.gather(pl.Series(households.end_kind.astype(np.uint32))),
            "savings_fen": households.savings_fen,
            "kin_support_fen": households.kin_support_fen,
        }
    ).sort("household_id")


def people_frame(state: State, identify: Identify, person_ids: pl.Series) -> pl.DataFrame:
    """Who the county's people are, and what no record says of them.

    Parameters
    ----------
    state
        The county at its end.
    identify
        Names the households.
    person_ids
        Names of the persons in the records, in the order of the state's rows.

    Returns
    -------
    pl.DataFrame
        One row for each person who ever was a member, by household and person: ``person_id`` of the
        records, ``household_id`` of the household that the person is in or was in last, ``number``,
        ``key`` of the random streams, ``ability`` (standard normal), ``frailty`` (mean 1).
    """
    people = state.people
    return pl.DataFrame(
        {
            "person_id": person_ids,
            "household_id": identify(state.households.number[people.household]),
            "number": people.number,
            "key": people.key,
            "ability": people.ability,
            "frailty": people.frailty,
        }
    ).sort("household_id", "number")
