"""Cards and cause profiles from the result files of one scoring."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.beside_rules import BESIDE_SCHEMA
from fanpin_risk.explain.cause_profile import CauseProfile
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.report.figure_cause_profile import ON_THE_PLAN, months_figure, profile_figure
from fanpin_risk.report.fonts import FigureFont, Language, figure_font
from fanpin_risk.report.household_card import HouseholdCard
from fanpin_risk.report.household_cards import CardFrames, both, household_card
from fanpin_risk.report.picture import Picture
from fanpin_risk.report.words import Words
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.rules import RULES
from fanpin_risk.workflows.plan_profile import plan_profile, planned_for_a_reason

NEEDED = ("scores", "reasons", "findings", "visit_plan")
"""Result files that every scoring has written from the first version on."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """Result files of one scoring, read when they are asked for.

    Attributes
    ----------
    folder
        Of the results of ``fanpin-risk run`` or ``score``.
    manifest
        Content of its ``manifest.json``.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def is_made_up(self) -> bool:
        """Whether the records were simulated."""
        return bool(self.manifest["configuration"].get("records", {}).get("simulate"))

    @property
    def is_register(self) -> bool:
        """Whether the records are a register's, whose rules name causes and make proposals."""
        return bool(self.manifest["configuration"].get("basis") == "register")

    @cached_property
    def frames(self) -> CardFrames:
        """What a card is made from; a survey's rules name no causes to be set beside reasons."""
        visits = self._read("visit_plan")
        return CardFrames(
            scores=self._read("scores"),
            reasons=self._read("reasons"),
            findings=self._read("findings"),
            beside=self._read("beside_rules")
            if self.is_register
            else pl.DataFrame(schema=BESIDE_SCHEMA),
            rules=STANDARD_RULES if self.is_register else RULES,
            routes=self._read("proposals") if self.is_register else _routes_planned(visits),
            visits=visits,
            outcome=OutcomeWords(**self.manifest["outcome"]),
            is_made_up=self.is_made_up,
        )

    def card(self, household_id: str) -> HouseholdCard:
        """Card of one household that was scored: see `household_card`."""
        return household_card(household_id, self.frames)

    @property
    def as_of(self) -> date:
        """The decision day that was scored."""
        return date.fromisoformat(self.manifest["as_of"])

    def planned(self, place: str | None = None) -> pl.DataFrame:
        """Who is on the visit plan for a reason, of one village or of all."""
        return planned_for_a_reason(self._read("visit_plan"), place=place)

    def profile(
        self,
        *,
        place: str | None = None,
        seed: int = 1,
        n_replicates: int = 1000,
        or_gap: bool = False,
    ) -> CauseProfile:
        """Cause profile of the households on the visit plan, of one village or of all.

        Households drawn by lot are left out: they are not there for their reasons.

        Parameters
        ----------
        place
            Code of a village; None: all.
        seed, n_replicates
            Of the draws of villages.
        or_gap
            Whether a plan without anybody of the place gives a profile that is too small to be
            shown, and no error.

        Raises
        ------
        SchemaError
            If nobody of the place is on the plan, or a result file is missing.
        """
        planned = self.planned(place)
        if planned.is_empty() and not or_gap:
            raise _nobody(place)
        return plan_profile(
            planned,
            self._read("scores"),
            self._read("reasons"),
            self._read("cause_contributions"),
            seed=seed,
            n_replicates=n_replicates,
        )

    def _read(self, name: str) -> pl.DataFrame:
        """One result file."""
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            raise SchemaError(
                f"{path} is missing: an earlier version wrote these results, or somebody took it "
                "away. Score the day again."
            )
        return pl.read_parquet(path)


def read_results(folder: Path) -> Results:
    """Open the results of one scoring.

    Raises
    ------
    SchemaError
        If the folder holds no results.
    """
    path = folder / "manifest.json"
    missing = [name for name in NEEDED if not (folder / f"{name}.parquet").is_file()]
    if missing or not path.is_file():
        raise SchemaError(
            f"{folder} holds no results of a scoring: missing {missing or 'manifest.json'}. "
            "Give the folder that `fanpin-risk run` or `score` wrote."
        )
    return Results(folder=folder, manifest=json.loads(path.read_text(encoding="utf-8")))


def _routes_planned(visits: pl.DataFrame) -> pl.DataFrame:
    """Way of help of each household on the plan, its Chinese and its English apart."""
    said = visits.select("household_id", "route").drop_nulls()
    words = {text: both(text) for text in said["route"].unique()}
    return said.select(
        "household_id",
        route_zh=pl.col("route").replace_strict({text: w.zh for text, w in words.items()}),
        route_en=pl.col("route").replace_strict({text: w.en for text, w in words.items()}),
    )


def draw_card(results: Results, household_id: str, path: Path, *, language: str) -> None:
    """Write one household's card as a picture.

    Raises
    ------
    SchemaError
        If the household was not scored, the language is unknown, or the file is no picture.
    """
    results.card(household_id).save(path, known_language(language))


def profile_picture(
    results: Results, *, place: str | None = None, language: str = "zh", seed: int = 1
) -> Picture:
    """Draw the cause profile of the visit plan; shown in Jupyter, or saved as PNG or SVG.

    Parameters
    ----------
    results
        Of one scoring.
    place
        Code of a village; None: all.
    language
        ``zh``: Chinese with English beside; ``en``: English alone.
    seed
        Of the draws of villages.

    Raises
    ------
    SchemaError
        If nobody of the place is on the plan, or the language is unknown.
    """
    font = _font(known_language(language))
    figure = profile_figure(
        results.profile(place=place, seed=seed),
        whose=_whose(place),
        font=font,
        is_made_up=results.is_made_up,
    )
    return Picture(figure)


def months_picture(
    all_results: Sequence[Results],
    *,
    place: str | None = None,
    language: str = "zh",
    seed: int = 1,
) -> Picture:
    """Draw which causes come first on the visit plan, decision day after decision day.

    Days on which fewer are on the plan than may be shown are a gap.

    Parameters
    ----------
    all_results
        Of one scoring for each decision day, in any order.
    place, language, seed
        As for `profile_picture`.

    Raises
    ------
    SchemaError
        If two scorings are of one day, or not of one project, nobody of the place is on any plan,
        or the language is unknown.
    """
    font = _font(known_language(language))
    doubled = [day for day, n in Counter(one.as_of for one in all_results).items() if n > 1]
    if doubled:
        raise SchemaError(
            f"Several folders are of the decision day {doubled[0]}. Give one for each day."
        )
    _require_one_series(all_results)
    if all(one.planned(place).is_empty() for one in all_results):
        raise _nobody(place)
    figure = months_figure(
        {one.as_of: one.profile(place=place, seed=seed, or_gap=True) for one in all_results},
        whose=_whose(place),
        font=font,
        is_made_up=any(one.is_made_up for one in all_results),
    )
    return Picture(figure)


def _require_one_series(all_results: Sequence[Results]) -> None:
    """Refuse results that are not of the same project, records and outcome."""
    for other in all_results[1:]:
        for what, one_has, other_has in zip(
            ("name", "basis", "outcome"), _series(all_results[0]), _series(other), strict=True
        ):
            if one_has != other_has:
                raise SchemaError(
                    f"{all_results[0].folder} and {other.folder} are of different projects: their "
                    f"{what} is {one_has!r} and {other_has!r}. Give folders of one."
                )


def _series(results: Results) -> tuple[object, ...]:
    """What results of a series have in common."""
    configuration = results.manifest["configuration"]
    return (
        configuration["name"],
        configuration.get("basis"),
        results.manifest["outcome"]["title_en"],
    )


def _nobody(place: str | None) -> SchemaError:
    """Nobody to draw a profile of."""
    if place is None:
        return SchemaError("Nobody is on the visit plan for a reason. Give it a capacity.")
    return SchemaError(
        f"Nobody of place {place!r} is on the visit plan. Give the code of a village as it stands "
        "in visit_plan.parquet."
    )


def _whose(place: str | None) -> Words:
    """Whom a profile is of."""
    if place is None:
        return ON_THE_PLAN
    return Words(f"{place}走访名单上的户", f"households on the visit plan of {place}")


def _font(language: Language) -> FigureFont:
    """Font of a picture, with none for Chinese where it is all English."""
    if language == "zh":
        return figure_font()
    return figure_font(installed={}, notice=lambda _: None)


def known_language(language: str) -> Language:
    """Return the language, if it is one of both.

    Raises
    ------
    SchemaError
        If it is another one.
    """
    if language == "zh":
        return "zh"
    if language == "en":
        return "en"
    raise SchemaError(f"The language must be 'zh' or 'en', got {language!r}.")
