"""Cards and cause profiles from the result files of one scoring of a register."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.beside_rules import cause_sums
from fanpin_risk.explain.cause_profile import CauseProfile, cause_profile
from fanpin_risk.indicators.catalogue import COUNTY, columns_of
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.report.figure_cause_profile import profile_figure
from fanpin_risk.report.fonts import Language, figure_font
from fanpin_risk.report.household_card import HouseholdCard
from fanpin_risk.report.household_cards import CardFrames, household_card
from fanpin_risk.report.picture import write_picture
from fanpin_risk.report.words import Words
from fanpin_risk.standards.catalogue import STANDARD_RULES

NEEDED = (
    *("scores", "reasons", "contributions", "findings", "beside_rules", "proposals"),
    "visit_plan",
)
"""Result files that are read, without their ending."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """Result files of one scoring of a register, read when they are asked for.

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

    @cached_property
    def frames(self) -> CardFrames:
        """What a card is made from."""
        return CardFrames(
            scores=self._read("scores"),
            reasons=self._read("reasons"),
            findings=self._read("findings"),
            beside=self._read("beside_rules"),
            rules=STANDARD_RULES,
            routes=self._read("proposals"),
            visits=self._read("visit_plan"),
            outcome=OutcomeWords(**self.manifest["outcome"]),
            is_made_up=self.is_made_up,
        )

    def card(self, household_id: str) -> HouseholdCard:
        """Card of one household that was scored: see `household_card`."""
        return household_card(household_id, self.frames)

    def profile(
        self, *, place: str | None = None, seed: int = 1, n_replicates: int = 1000
    ) -> CauseProfile:
        """Cause profile of the households on the visit plan, of one village or of all.

        Households drawn by lot are left out: they are not there for their reasons.

        Raises
        ------
        SchemaError
            If nobody of the place is on the plan.
        """
        visits = self._read("visit_plan").filter(pl.col("slice") != "audit")
        if place is not None:
            visits = visits.filter(pl.col("place") == place)
            if visits.height == 0:
                raise SchemaError(
                    f"Nobody of place {place!r} is on the visit plan. Give the code of a village "
                    "as it stands in visit_plan.parquet."
                )
        scored = self._read("scores").select("household_id")
        group = visits.select("household_id", village="place").join(
            scored, on="household_id", how="semi"
        )
        return cause_profile(
            group,
            self._read("reasons"),
            cause_sums(self._read("contributions"), columns_of(COUNTY)),
            seed=seed,
            n_replicates=n_replicates,
        )

    def _read(self, name: str) -> pl.DataFrame:
        """One result file."""
        return pl.read_parquet(self.folder / f"{name}.parquet")


def read_results(folder: Path) -> Results:
    """Open the results of one scoring.

    Raises
    ------
    SchemaError
        If the folder holds no results of a register.
    """
    path = folder / "manifest.json"
    missing = [name for name in NEEDED if not (folder / f"{name}.parquet").is_file()]
    if missing or not path.is_file():
        raise SchemaError(
            f"{folder} holds no results of a register: missing {missing or 'manifest.json'}. "
            "Give the folder that `fanpin-risk run` or `score` wrote for one."
        )
    return Results(folder=folder, manifest=json.loads(path.read_text(encoding="utf-8")))


def draw_card(results: Results, household_id: str, path: Path, *, language: str) -> None:
    """Write one household's card as a picture.

    Raises
    ------
    SchemaError
        If the household was not scored, the language is unknown, or the file is no picture.
    """
    results.card(household_id).save(path, known_language(language))


def draw_profile(
    results: Results, path: Path, *, place: str | None, language: str, seed: int
) -> None:
    """Write the cause profile of the visit plan as a picture.

    Raises
    ------
    SchemaError
        If nobody of the place is on the plan, the language is unknown, or the file is no picture.
    """
    spoken = known_language(language)
    whose = (
        Words("走访名单上的户", "households on the visit plan")
        if place is None
        else Words(f"{place}走访名单上的户", f"households on the visit plan of {place}")
    )
    font = figure_font() if spoken == "zh" else figure_font(installed={}, notice=lambda _: None)
    figure = profile_figure(
        results.profile(place=place, seed=seed),
        whose=whose,
        font=font,
        is_made_up=results.is_made_up,
    )
    write_picture(figure, path)


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
