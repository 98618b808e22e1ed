"""What a village's month looks like from outside: prices, and the disaster that struck."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.commons import DROUGHT, FLOOD, struck_now
from fanpin_risk.simulate.county.happenings import NONE, place_in
from fanpin_risk.simulate.county.kinds import Product
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.prices import PriceSettings, price_fen_per_kg
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.streams import mixed_with

_PER_CENT = 100


def tell_places(
    state: State,
    month: Month,
    settings: PriceSettings,
    affected_low: float,
    affected_high: float,
) -> None:
    """Keep events ``place_month`` of the first common path: a price a product, and disasters.

    A row is either a price (``disaster_kind`` -1, ``affected_percent`` -1) or a disaster
    (``product`` -1, ``price_fen_per_kg`` -1).

    Parameters
    ----------
    affected_low, affected_high
        Share of farmland that a disaster of a cell reaches in one of its villages.
    """
    if not month.keeps_events:
        return
    n_villages, n_products = state.villages.n, len(Product)
    price = np.rint(price_fen_per_kg(state, month, settings)[0]).astype(np.int64)
    _add(
        month,
        np.repeat(np.arange(n_villages), n_products),
        product=np.tile(np.arange(n_products), n_villages),
        price=np.tile(price, n_villages),
    )
    kinds, _ = struck_now(state)
    kind = kinds[0][state.villages.cell]
    struck = np.flatnonzero(kind)
    keys = mixed_with(state.villages.key[struck], state.commons.key[:1])
    u = month.streams.uniform("places.affected", keys)
    reach = affected_low + (affected_high - affected_low) * u
    wet = np.maximum(state.villages.flood_share[struck], affected_low)
    share = np.where(kind[struck] == FLOOD, np.minimum(wet + reach - affected_low, 1.0), reach)
    named = {DROUGHT: "drought", FLOOD: "flood"}
    found = [place_in(codes.DISASTER_KINDS, named[int(k)]) for k in kind[struck]]
    _add(
        month,
        struck,
        disaster_kind=np.array(found, dtype=np.int64),
        percent=np.rint(share * _PER_CENT).astype(np.int64),
    )


def _add(
    month: Month,
    village: npt.NDArray[np.int64],
    *,
    product: npt.NDArray[np.int64] | int = NONE,
    price: npt.NDArray[np.int64] | int = NONE,
    disaster_kind: npt.NDArray[np.int64] | int = NONE,
    percent: npt.NDArray[np.int64] | int = NONE,
) -> None:
    """Keep rows of one village and month each."""
    n = len(village)
    month.add(
        "place_month",
        village=village.astype(np.int64),
        product=np.broadcast_to(np.asarray(product, dtype=np.int64), n),
        price_fen_per_kg=np.broadcast_to(np.asarray(price, dtype=np.int64), n),
        disaster_kind=np.broadcast_to(np.asarray(disaster_kind, dtype=np.int64), n),
        affected_percent=np.broadcast_to(np.asarray(percent, dtype=np.int64), n),
    )
