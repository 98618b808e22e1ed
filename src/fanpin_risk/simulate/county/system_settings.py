"""Numbers of the county's monitoring system."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.kinds import FIRST_YEAR, NO_END

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0)]
Months = Annotated[int, Field(ge=0, le=NO_END)]
Yuan = Annotated[int, Field(ge=0, le=10_000_000)]
Cause = Literal[
    "illness",
    "disability",
    "schooling",
    "disaster",
    "accident",
    "failed_business",
    "unstable_work",
    "lack_of_labour",
    "unsafe_housing",
    "unsafe_water",
    "other",
]
Kind = Literal[
    "industry",
    "employment",
    "public_post",
    "health",
    "education",
    "housing",
    "water",
    "safety_net",
    "temporary_relief",
    "social",
    "finance",
]
Department = Literal[
    "medical",
    "civil",
    "disabled",
    "education",
    "housing",
    "water",
    "emergency",
    "work",
    "farming",
]
Status = Literal["listed", "former_poor", "allowance", "other"]
Type = Literal["unstable", "marginal", "sudden"]
Sign = Literal["shock", "ill", "old", "house", "breach"]

_FEN = 100
_MONTHS = 12


class ClueSettings(Settings):
    """Who points to a household, and how a clue is checked.

    ``reported``: share of what happens that reaches the department. ``followed``: share of its
    warnings that lead to a visit; the others are closed at the desk. ``cadre_sees_share``: weight
    of what no record holds in where cadres look and help. ``cadre_notices_share``: a visit on the
    way is no check of incomes; need that a check would see is noticed so often.
    ``round_notices_share``: likewise in a screening round, which looks at nearly everybody in few
    weeks, and so at each of them briefly. ``first_year_factor``: how much
    more is noticed in the county's first year, when the mechanism is set up. ``miss_low`` and
    ``miss_high``: a household's own chance that its need is not seen on a check lies between them,
    for ever.
    """

    medical_warning_helped_yuan: Yuan
    medical_warning_others_yuan: Yuan
    reported: dict[Department, Share]
    followed: dict[Department, Share]
    self_report_in_need: Share
    self_report_otherwise: Share
    one_key_share: Share
    visits_a_month: dict[Status, Share]
    sign_weights: dict[Sign, Positive]
    sign_months: Months
    unseen_weight: Positive
    unseen_line_multiple: Positive
    cadre_sees_share: Share
    cadre_notices_share: Share
    round_months: tuple[Annotated[int, Field(ge=1, le=12)], ...]
    round_visit_share: Share
    round_notices_share: Share
    first_year_factor: Positive
    most_visits_share: Share
    miss_low: Share
    miss_high: Share
    false_alarm: Share
    met_share: Share
    same_month_share: Share
    not_reached_share: Share
    clue_lasts_months: Months


class ListingSettings(Settings):
    """Who is listed, and when a listing ends.

    ``decided_share``: confirmed households with a type that are listed; the rest is refused.
    ``illness_shows_from_yuan``: own medical cost of a year, a head, with which illness is a cause.
    ``quiet_months``: without any shock before an exit. ``begins_in_month``: before it nobody is
    listed, and clues that are confirmed lead to an allowance at most.
    """

    line_yuan_by_year: dict[int, Yuan]
    line_moves_in_month: Annotated[int, Field(ge=1, le=12)]
    decided_share: Share
    shock_counts_months: Months
    cause_seen_share: Share
    illness_shows_from_yuan: Yuan
    most_causes: Annotated[int, Field(ge=1, le=5)]
    exit_after_months: Months
    exit_a_month: dict[Type, Share]
    begins_in_month: int
    appraisal_months: tuple[Annotated[int, Field(ge=1, le=12)], ...]
    appraisal_factor: Positive
    quiet_months: dict[Type, Months]

    @model_validator(mode="after")
    def _years_follow(self) -> Self:
        """A year without its own notice would fall back on another one unseen."""
        years = sorted(self.line_yuan_by_year)
        if not years or years != list(range(years[0], years[-1] + 1)):
            raise ValueError("line_yuan_by_year must name every year from its first to its last")
        return self

    def line_fen(self, month: int) -> int:
        """Line in force in a month, a head and year; outside the years named, the nearest."""
        year = FIRST_YEAR + month // _MONTHS
        if month % _MONTHS + 1 < self.line_moves_in_month:
            year -= 1
        return _FEN * _of_year(self.line_yuan_by_year, year)


class MeasureSettings(Settings):
    """What help there is, for whom, for how long.

    ``first_measure_share``: listings that are followed by a measure at all;
    ``first_measure_in_time_share``: those of them within a month; the others wait up to
    ``first_measure_late_months`` longer. ``preventive_a_year``: chance that a household which it
    fits gets a measure without being listed; a shock of late, and a register income below so many
    lines, make it likelier by their factors. ``post_slots_per_1000``: households of a village;
    0: as many posts as are asked for.
    """

    first_measure_share: Share
    first_measure_in_time_share: Share
    first_measure_late_months: Annotated[int, Field(ge=1, le=12)]
    measures_for: dict[Cause, dict[Kind, Positive]]
    measure_months: dict[Kind, Months]
    development_share: Share
    renewed_share: Share
    preventive_a_year: dict[Kind, Share]
    preventive_shock_factor: Positive
    preventive_low_income_factor: Positive
    low_register_line_multiple: Positive
    post_slots_per_1000: Positive
    post_oldest_years: Annotated[int, Field(ge=16, le=70)]
    relief_yuan: tuple[Yuan, Yuan]
    social_month_yuan: tuple[Yuan, Yuan]

    @model_validator(mode="after")
    def _every_cause_has_a_measure(self) -> Self:
        """A cause without any measure could never be helped."""
        empty = [cause for cause, kinds in self.measures_for.items() if not sum(kinds.values())]
        if empty:
            raise ValueError(f"measures_for: {empty[0]} names no measure of positive weight")
        return self


class AllowanceSettings(Settings):
    """Minimum living allowance (dibao) and destitute support (tekun).

    ``top_up_share``: of the line, on top of what lacks to it, for each old person, child and
    gravely disabled person of a household that gets the allowance as a whole.
    """

    dibao_yuan_by_year: dict[int, Yuan]
    admitted_share: Share
    apply_a_month: Share
    single_line_multiple: Positive
    able_of_members_at_most: Share
    smallest_month_yuan: Yuan
    top_up_share: Share
    tekun_multiple: Positive
    review_margin: Positive
    removed_share: Share

    def dibao_fen(self, year: int) -> int:
        """Allowance line of a year, a head and year; outside the years named, the nearest."""
        return _FEN * _of_year(self.dibao_yuan_by_year, year)


class RegisterSettings(Settings):
    """How the register's income comes about.

    ``bunches_below_benefit``: income a little above the line is written below it when a listing is
    at stake. ``bunches_above_exit``: income of a listed household a little below the line is
    written above it in the months of ``bunch_months``. ``break_month``: from then on the register
    counts income in another way, which shifts it by ``break_log``.
    """

    recall_sd: Positive
    heap_share: Share
    heap_yuan: Annotated[int, Field(ge=1)]
    bunches_below_benefit: bool
    bunches_above_exit: bool
    bunch_share: Share
    bunch_width: Share
    bunch_months: tuple[Annotated[int, Field(ge=1, le=12)], ...]
    collection_month: Annotated[int, Field(ge=1, le=12)]
    break_month: Months
    break_log: float


class SystemSettings(
    ClueSettings, ListingSettings, MeasureSettings, AllowanceSettings, RegisterSettings
):
    """Everything that the system goes by.

    ``able_ages``: completed years, both included, in which somebody neither at school nor gravely
    disabled counts as able to work.
    """

    able_ages: tuple[Annotated[int, Field(ge=14, le=80)], Annotated[int, Field(ge=14, le=80)]]


def _of_year(values: dict[int, int], year: int) -> int:
    """Value of a year, or of the nearest year that has one."""
    return values[min(max(year, min(values)), max(values))]
