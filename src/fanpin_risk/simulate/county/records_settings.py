"""Numbers of the county's records: what is written down, how late, and how badly."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from fanpin_risk.records.contracts import TABLES, codes
from fanpin_risk.settings import Settings

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0)]
Days = Annotated[int, Field(ge=0, le=400)]

SOURCES = (
    "agriculture",
    "agriculture_claims",
    "agriculture_dividends",
    "agriculture_prices",
    "civil_affairs",
    "disabled_federation",
    "education",
    "emergency",
    "housing",
    "human_resources",
    "medical_insurance",
    "medical_insurance_cover",
    "national_household",
    "national_member",
    "national_village",
    "national_work_month",
    "public_security",
    "register_clue",
    "register_exit",
    "register_listing",
    "register_measure",
    "register_verification",
    "register_visit",
    "township_spending",
    "water",
)
"""Names of the source files that records come with."""

WITHOUT_HOUSEHOLD = frozenset(
    {
        "civil_affairs",
        "disabled_federation",
        "education",
        "human_resources",
        "medical_insurance",
        "medical_insurance_cover",
    }
)
"""Offices that know persons only: their rows have no household number."""


class RecordSettings(Settings):
    """What becomes of events on the way into the records.

    ``delay_median_days``, ``delay_log_sd``: days from what happened to its entry, log-normal, by
    source; ``late_share`` of all rows come much later, up to ``late_up_to_days``.
    ``corrected_share``, ``withdrawn_share``, by table: rows that get a second version, with another
    amount or taken back. ``duplicated_share``: rows that stand there again under another number.
    ``missing``: share of members in the yearly snapshot whose field is empty; the listed have fewer
    gaps by ``missing_listed_factor``.
    """

    delay_median_days: dict[str, Days]
    delay_log_sd: dict[str, Positive]
    late_share: Share
    late_up_to_days: Days
    corrected_share: dict[str, Share]
    corrected_log_sd: Positive
    withdrawn_share: dict[str, Share]
    second_version_days: tuple[Days, Days]
    duplicated_share: Share
    missing: dict[str, Share]
    missing_listed_factor: Positive
    shock_recorded: dict[str, Share]
    work_recorded: dict[str, Share]
    wage_heap_yuan: Annotated[int, Field(ge=1)]
    spending_recorded: dict[str, Share]
    schooling_recorded: Share
    claim_recorded: Share
    loan_recorded: Share
    measure_recorded: Share
    visit_recorded: Share
    change_recorded: Share
    housing_recorded: Share
    water_recorded: Share
    checked_in_collection: dict[str, Share]
    village_export_month: Annotated[int, Field(ge=1, le=12)]
    collective_income_yuan: tuple[int, int]

    @model_validator(mode="after")
    def _names_are_known(self) -> RecordSettings:
        """A name that no row has would be a setting without effect."""
        known = {
            "delay_median_days": set(SOURCES),
            "delay_log_sd": set(SOURCES),
            "corrected_share": set(TABLES),
            "withdrawn_share": set(TABLES),
            "missing": {"education", "labour_skill", "health"},
            "shock_recorded": set(codes.SHOCK_KINDS.words),
            "work_recorded": {"post", "listed", "former_poor", "organised"},
            "spending_recorded": {"listed", "former_poor", "other"},
            "checked_in_collection": {"housing", "water"},
        }
        complete = set(known) - {"corrected_share", "withdrawn_share", "delay_log_sd"}
        for field, names in known.items():
            given = set(getattr(self, field))
            if strange := sorted(given - names):
                raise ValueError(f"{field}: there is no {strange[0]!r}")
            if field in complete and (lacking := sorted(names - given)):
                raise ValueError(f"{field}: {lacking[0]!r} is missing")
        return self
