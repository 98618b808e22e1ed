"""The world in which records tell nothing beyond the rules: they belong to somebody else.

Households that are alike in all that the rules look at exchange the rest of their records. Whoever
learns from the records then learns about another household of the same cell, and can gain nothing
over the rules within a cell. Nothing of the county itself changes: its truth is that of the world
``main``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.simulate.county.records_identity import household_ids
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.streams import Streams, mixed

KEPT_TABLES = frozenset(
    {
        "clue",
        "verification",
        "listing",
        "exit",
        "support_measure",
        "visit",
        "override",
        "household_change",
    }
)
"""Tables that stay with their household: what the mechanism did, and when households begin and end.

Persons named in them live in another household by the other tables, so they are named no more.
"""

PLACE_COLUMNS = ("place", "region", "context_place", "household_type")
"""Columns of the household's own snapshots that are its own in the records that it gets."""

MECHANISM_COLUMNS = ("monitored_type", "is_risk_eliminated")
"""Columns of snapshots that tell of the giver's listing; they are emptied (the listings stay)."""

CELLS_SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "number": pl.Int64(),
    "village": pl.Int64(),
    "township": pl.Int64(),
    "is_former_poor": pl.Boolean(),
    "facts": pl.String(),
}

ALONE = -1
"""Cell of a household that is like no other: it keeps its records."""

_DONORS = 0x646F6E6F


def cells_frame(state: State, facts: Sequence[npt.NDArray[np.uint8]]) -> pl.DataFrame:
    """What the rules look at, by household, on some days.

    Parameters
    ----------
    state
        The county at its end.
    facts
        `must_visit_facts` on each day, in order of days; later days have more households.

    Returns
    -------
    pl.DataFrame
        Columns of `CELLS_SCHEMA`. ``facts`` has a letter for each day: ``-`` before the household
        began, ``0`` if it need not be visited (or has ended), ``1`` if it must.
    """
    households = state.households
    letters = np.full((households.n, len(facts)), "-")
    for place, bits in enumerate(facts):
        letters[: len(bits), place] = np.where(bits > 0, "1", "0")
    return pl.DataFrame(
        {
            "household_id": household_ids(households.number),
            "number": households.number,
            "village": households.village.astype(np.int64),
            "township": state.villages.township[households.village].astype(np.int64),
            "is_former_poor": households.is_former_poor,
            "facts": pl.Series(["".join(row) for row in letters.tolist()], dtype=pl.String),
        }
    ).cast(pl.Schema(CELLS_SCHEMA))


def donors(cells: pl.DataFrame, *, seed: int, least: int = 10) -> pl.DataFrame:
    """Whose records each household gets.

    A cell holds households of one class (former poor or not) with the same facts: those of a
    village if there are ``least`` of them, else those of the township that are left over, else
    those of the county. Within a cell the records are dealt out at random; a household may get its
    own, as often as any other's, because a rule against that would tell something.

    Parameters
    ----------
    cells
        Columns of `CELLS_SCHEMA`, each household once.
    seed
        Fixes the order; another seed deals anew.
    least
        Fewest households of a cell, as far as there are so many alike.

    Returns
    -------
    pl.DataFrame
        ``household_id``, ``donor_id``, ``cell`` (`ALONE` for one that is like no other), in order
        of household number.
    """
    cells = cells.sort("number")
    numbers = cells["number"].to_numpy()
    alike = ["is_former_poor", "facts"]
    cell = np.full(len(numbers), ALONE, dtype=np.int64)
    n_cells = 0
    for place in ("village", "township", None):
        left = np.flatnonzero(cell == ALONE)
        names = alike if place is None else [place, *alike]
        group = cells[left].select(pl.struct(names).rank("dense")).to_series().to_numpy() - 1
        size = np.bincount(group)
        is_enough = size >= (2 if place is None else least)
        kept = is_enough[group]
        cell[left[kept]] = n_cells + group[kept]
        n_cells += len(size)
    order = Streams(0).uniform("null.donor", mixed(numbers.astype(np.uint64), seed, _DONORS))
    by_number = np.lexsort((numbers, cell))
    dealt = np.lexsort((order, cell))
    giver = np.arange(len(numbers))
    giver[by_number] = dealt
    giver[cell == ALONE] = np.flatnonzero(cell == ALONE)
    return pl.DataFrame(
        {
            "household_id": cells["household_id"],
            "donor_id": cells["household_id"].gather(pl.Series(giver.astype(np.uint32))),
            "cell": cell,
        }
    )


def permute_other_records(
    frames: Mapping[str, pl.DataFrame], mapping: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Give every household the records of another one.

    Parameters
    ----------
    frames
        Finished record tables by name. Those without a household stay as they are, and so do
        `KEPT_TABLES`, except that they name no persons.
    mapping
        What `donors` gave.

    Returns
    -------
    dict of str to pl.DataFrame
        The same tables with the same columns and as many rows, in their order. All other records,
        with the persons in them, stand under the household that got them; there a snapshot has
        the `PLACE_COLUMNS` of that household, and no `MECHANISM_COLUMNS`.

    Raises
    ------
    SchemaError
        If a household of the records has no place in the mapping.
    """
    getter_of = mapping.select(household_id="donor_id", getter="household_id")
    places = _places(frames["household_snapshot"])
    found = {}
    for name, frame in frames.items():
        if "household_id" not in frame.columns:
            found[name] = frame
        elif name in KEPT_TABLES:
            found[name] = _without_persons(frame)
        else:
            moved = _moved(name, frame, getter_of)
            is_snapshot = name == "household_snapshot"
            found[name] = _with_own_place(moved, places) if is_snapshot else moved
    return found


def _without_persons(frame: pl.DataFrame) -> pl.DataFrame:
    """A table that names no persons."""
    if "person_id" not in frame.columns:
        return frame
    return frame.with_columns(person_id=pl.lit(None, dtype=pl.String))


def _moved(name: str, frame: pl.DataFrame, getter_of: pl.DataFrame) -> pl.DataFrame:
    """Rows under the households that get them; rows of no household stay so."""
    joined = frame.join(getter_of, on="household_id", how="left", maintain_order="left")
    lost = joined.filter(pl.col("household_id").is_not_null() & pl.col("getter").is_null())
    if lost.height:
        raise SchemaError(
            f"{name}: household {lost['household_id'][0]} and {lost.height - 1} more rows have no "
            "place among the donors. Make the donors from the county that the records are of."
        )
    return joined.with_columns(household_id="getter").select(frame.columns)


def _places(snapshots: pl.DataFrame) -> pl.DataFrame:
    """Each household's own place and class: those of its first snapshot."""
    first = snapshots.sort("occurred_on", "record_id", "version").group_by("household_id").first()
    return first.select("household_id", *PLACE_COLUMNS)


def _with_own_place(frame: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Snapshots with the place of the household under which they stand now."""
    own = places.rename({name: f"own_{name}" for name in PLACE_COLUMNS})
    joined = frame.join(own, on="household_id", how="left", maintain_order="left")
    return joined.with_columns(
        *(pl.coalesce(f"own_{name}", name).alias(name) for name in PLACE_COLUMNS),
        *(pl.lit(None, dtype=frame.schema[name]).alias(name) for name in MECHANISM_COLUMNS),
    ).select(frame.columns)
