"""Why did the risk of a household change between two days? Exact parts, for whoever moved."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.config import ChangeSettings
from fanpin_risk.errors import ModelError
from fanpin_risk.explain.change import (
    AFTER,
    CHANGES_SCHEMA,
    Part,
    TwoDays,
    changes_frame,
    combinations,
    shapley_over_parts,
)
from fanpin_risk.indicators.catalogue import catalogue_digest, columns_of
from fanpin_risk.indicators.indicator import Indicator
from fanpin_risk.records.timeline import known_between
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.encode import encode
from fanpin_risk.workflows.change_builds import (
    Between,
    Combined,
    built_of,
    features_with,
    parts_between,
    surroundings_differ,
)
from fanpin_risk.workflows.change_drivers import drivers_of
from fanpin_risk.workflows.change_records import of_households
from fanpin_risk.workflows.days import Day, Setting, build_day, day_before, days_until

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Why risks changed, and of how many households it is told.

    ``frame``: of `changes_frame`. ``n_scored_twice``: scored on both days under one number;
    ``n_scored_once``: on one of them only, and not told of. ``n_moved``: whose risk moved by more
    than ``least_risk_change``; of them ``n_not_told``, because their indicators could not be had
    from their own records alone. ``parts``: those that are there at all.
    """

    frame: pl.DataFrame
    since: date
    as_of: date
    least_risk_change: float
    parts: tuple[Part, ...]
    n_scored_twice: int
    n_scored_once: int
    n_moved: int
    n_not_told: int

    def counts(self) -> dict[str, Any]:
        """What a manifest says of it."""
        return {
            "since": str(self.since),
            "least_risk_change": self.least_risk_change,
            "parts": [part.value for part in self.parts],
            "scored_on_both_days": self.n_scored_twice,
            "scored_on_one_day_only": self.n_scored_once,
            "moved": self.n_moved,
            "moved_and_not_told": self.n_not_told,
        }


@dataclass(frozen=True, kw_only=True)
class Models:
    """The model that the earlier score is of, and the later one's; mostly the same."""

    then: StoredModel
    now: StoredModel
    n_threads: int

    @property
    def differ(self) -> bool:
        """Whether the model is another one."""
        return self.then.model_version != self.now.model_version

    def is_later(self, combination: Collection[Part]) -> bool:
        """Whether a combination is scored by the later model."""
        return Part.MODEL in combination or not self.differ

    def raw(self, features: pl.DataFrame, *, is_now: bool) -> FloatArray:
        """Raw scores of a table of indicators."""
        model = self.now if is_now else self.then
        matrix = encode(features, model.indicator_names, model.category_maps)
        return model.raw_score(matrix, n_threads=self.n_threads)


def day_to_compare_with(setting: Setting, settings: ChangeSettings, as_of: date) -> date | None:
    """The earlier day: as configured, else the decision day before; None where there is none."""
    if settings.since is not None:
        return settings.since
    earlier = days_until(setting, day_before(as_of))
    return earlier[-1] if earlier else None


def changes_since(
    setting: Setting,
    settings: ChangeSettings | None,
    model: StoredModel,
    *,
    as_of: date,
    features: pl.DataFrame,
    n_threads: int,
    days: Sequence[Day] = (),
) -> Changes | None:
    """Why risks changed since the day to compare with; None where it is not asked, or no day is.

    ``days``: days that are built already; if the earlier one is among them it is not built again.
    """
    since = None if settings is None else day_to_compare_with(setting, settings, as_of)
    if settings is None or since is None:
        return None
    return changes(
        setting,
        settings,
        model,
        since=since,
        as_of=as_of,
        features=features,
        n_threads=n_threads,
        features_then=next((day.features for day in days if day.as_of == since), None),
    )


def change_row(counts: Mapping[str, Any]) -> str:
    """Say of how many households it is told why their risk changed, and of how many it is not.

    Examples
    --------
    >>> counts = {"since": "2025-02-28", "least_risk_change": 0.05, "moved": 9}
    >>> counts |= {"moved_and_not_told": 1, "scored_on_one_day_only": 4}
    >>> print(change_row(counts).split("，")[2])
    其中1户无法分解 of them not told
    """
    least = f"{counts['least_risk_change']:.0%}"
    parts = (
        f"风险变化 changes of risk since {counts['since']}",
        f"{counts['moved']}户变动超过{least} moved by more than {least}",
        f"其中{counts['moved_and_not_told']}户无法分解 of them not told",
        f"{counts['scored_on_one_day_only']}户仅一日有评分 scored on one day only",
    )
    return "，".join(parts)


def changes(
    setting: Setting,
    settings: ChangeSettings,
    model: StoredModel,
    *,
    since: date,
    as_of: date,
    features: pl.DataFrame,
    n_threads: int,
    model_then: StoredModel | None = None,
    features_then: pl.DataFrame | None = None,
) -> Changes:
    """Split the change of every risk that moved by more than a stated amount into its parts.

    Only households that are scored on both days under one number are asked about, and of them
    those whose risk moved. Their indicators are built again for every combination of parts, out of
    the records they stand on; columns about their place, which stand on other households' records,
    are those of the whole county on either day, and are a part of their own.

    Parameters
    ----------
    setting
        What days are built with.
    settings
        By how much a risk must have moved.
    model
        Of the later day.
    since, as_of
        Both days.
    features
        Indicators of everybody scored on ``as_of``, as `Day.features`.
    n_threads
        For scoring; the result is the same for any number.
    model_then
        Of the earlier day; None: the same, and no part is the model's.
    features_then
        Indicators of everybody asked about on ``since``, where they are built already.

    Raises
    ------
    AsOfError
        If ``since`` is not before ``as_of``, or nobody was on record on it.
    ModelError
        If a model was trained with other indicators.
    ExplanationError
        If the parts do not add up.
    """
    basis = setting.basis
    models = Models(then=model_then or model, now=model, n_threads=n_threads)
    _check(models, basis.catalogue)
    entries = known_between(setting.records, since, as_of)
    if features_then is None:
        features_then = build_day(setting, since).features
    days = _on_both_days(features_then, features, models, since, as_of)
    moved = _rows(days, np.abs(days.risk_now - days.risk_then) > settings.least_risk_change)
    n_moved, n_twice = moved.now.height, days.now.height
    told, parts, frame = (
        _split(setting, entries, moved, models) if n_moved else (moved, (), _empty())
    )
    return Changes(
        frame=frame,
        since=since,
        as_of=as_of,
        least_risk_change=settings.least_risk_change,
        parts=parts,
        n_scored_twice=n_twice,
        n_scored_once=features.height + features_then.height - 2 * n_twice,
        n_moved=n_moved,
        n_not_told=n_moved - told.now.height,
    )


def _split(
    setting: Setting, entries: Mapping[str, pl.DataFrame], moved: TwoDays, models: Models
) -> tuple[TwoDays, tuple[Part, ...], pl.DataFrame]:
    """Who can be told why, the parts that are there, and the result."""
    basis, columns = setting.basis, columns_of(setting.basis.catalogue)
    households = moved.now["household_id"]
    between = Between(
        basis=basis,
        since=moved.since,
        as_of=moved.as_of,
        entries=of_households(entries, households),
        households=households,
    )
    parts = _parts(between, moved, models)
    after = {parts.index(p): parts.index(q) for p, q in AFTER.items() if p in parts}
    combined = {mask: _of_mask(parts, mask) for mask in combinations(len(parts), after=after)}
    wanted = dict.fromkeys(map(built_of, combined.values()))
    whole = Combined(
        builds={built: features_with(between, built) for built in wanted},
        then=moved.then,
        now=moved.now,
    )
    is_same = whole.agrees(parts)
    told, tables = _rows(moved, is_same.to_numpy()), whole.rows(is_same)
    values = np.full((1 << len(parts), told.now.height), np.nan)
    for mask, combination in combined.items():
        values[mask] = models.raw(tables.table(combination), is_now=models.is_later(combination))
    shares = dict(zip(parts, shapley_over_parts(values, after=after), strict=True))
    drivers = drivers_of(tables, shares, models.now, columns, n_threads=models.n_threads)
    return told, parts, changes_frame(told, shares, columns, drivers)


def _parts(between: Between, moved: TwoDays, models: Models) -> tuple[Part, ...]:
    """Parts that are there at all, in the order of `Part`."""
    found = set(parts_between(between))
    if surroundings_differ(moved.then, moved.now, between.basis.catalogue):
        found.add(Part.SURROUNDINGS)
    if models.differ:
        found.add(Part.MODEL)
    return tuple(part for part in Part if part in found)


def _of_mask(parts: Sequence[Part], mask: int) -> frozenset[Part]:
    """Parts whose bits are set."""
    return frozenset(part for n, part in enumerate(parts) if mask >> n & 1)


def _check(models: Models, catalogue: Sequence[Indicator]) -> None:
    """Refuse models that were trained with other indicators than are built here."""
    here = catalogue_digest(catalogue)
    names = tuple(column.name for column in columns_of(catalogue))
    for model, day in ((models.then, "earlier"), (models.now, "later")):
        model.check_indicators(names)
        if model.catalogue_digest != here:
            raise ModelError(
                f"The model of the {day} day was trained with other definitions of its indicators "
                f"(catalogue {model.catalogue_digest}, here {here}), so a change of score cannot "
                "be told from a change of definitions. Train it anew, or compare with one model."
            )


def _on_both_days(
    then: pl.DataFrame, now: pl.DataFrame, models: Models, since: date, as_of: date
) -> TwoDays:
    """Scores of whoever has indicators on both days, by number."""
    then = then.join(now, on="household_id", how="semi").sort("household_id")
    now = now.join(then, on="household_id", how="semi").sort("household_id")
    raw_then, raw_now = models.raw(then, is_now=False), models.raw(now, is_now=True)
    return TwoDays(
        since=since,
        as_of=as_of,
        then=then,
        now=now,
        risk_then=models.then.calibrator.risk(raw_then),
        risk_now=models.now.calibrator.risk(raw_now),
        raw_then=raw_then,
        raw_now=raw_now,
    )


def _rows(days: TwoDays, keep: npt.NDArray[np.bool_]) -> TwoDays:
    """The same of some of the households."""
    wanted = pl.Series(keep, dtype=pl.Boolean)
    return TwoDays(
        since=days.since,
        as_of=days.as_of,
        then=days.then.filter(wanted),
        now=days.now.filter(wanted),
        risk_then=days.risk_then[keep],
        risk_now=days.risk_now[keep],
        raw_then=days.raw_then[keep],
        raw_now=days.raw_now[keep],
    )


def _empty() -> pl.DataFrame:
    """The result where nobody's risk moved."""
    return pl.DataFrame(schema=CHANGES_SCHEMA)
