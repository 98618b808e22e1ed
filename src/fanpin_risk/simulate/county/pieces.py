"""A county in pieces: whole villages together, so that processes can share the work.

Which households stand in which piece follows from the county alone and never from the number of
processes; so the bytes are the same for any number of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.state import Commons, Households, People, State

HOUSEHOLDS_A_PIECE = 30_000
"""A piece holds about so many households; the state of one takes about 40 MB."""


def pieces_of(
    village: npt.NDArray[np.int32], at_most: int = HOUSEHOLDS_A_PIECE
) -> list[npt.NDArray[np.int64]]:
    """Rows of households by piece: neighbouring villages, none of them divided.

    Parameters
    ----------
    village
        Village of each household.
    at_most
        Pieces are of about equal size, as few as keep the mean size at or below this.

    Returns
    -------
    list of ndarray of int64
        Every row once; each piece in order, none empty.

    Examples
    --------
    >>> [piece.tolist() for piece in pieces_of(np.array([0, 1, 0, 2, 1], dtype=np.int32), 3)]
    [[0, 2], [1, 3, 4]]
    """
    n_pieces = -(-len(village) // at_most)
    sizes = np.bincount(village)
    middle = np.cumsum(sizes) - sizes / 2
    piece_of_village = np.minimum((middle * n_pieces / len(village)).astype(int), n_pieces - 1)
    piece = piece_of_village[village]
    return [rows for k in range(n_pieces) if len(rows := np.flatnonzero(piece == k))]


def put_together(states: list[State]) -> State:
    """One state out of those of pieces, which share villages and common path, by household number.

    It is the same whatever the pieces were.

    Raises
    ------
    ValueError
        If the pieces stand at different months.
    """
    if len({state.month for state in states}) != 1:
        raise ValueError("The pieces of a county stand at different months. Give those of one.")
    households: Households | None = None
    people: People | None = None
    for state in states:
        more, members = state.households.copied(), state.people.copied()
        n = 0 if households is None else households.n
        more.kin[more.kin >= 0] += n
        members.household += n
        if households is None or people is None:
            households, people = more, members
        else:
            households.append(more)
            people.append(members)
    assert households is not None
    assert people is not None
    first = states[0]
    commons: Commons = first.commons.copied()
    whole = State(first.month, households, people, first.villages, commons)
    return whole.taken(np.argsort(households.number, kind="stable"))
