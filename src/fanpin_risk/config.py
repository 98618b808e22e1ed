"""The configuration of a project: what is read, whose risk is asked, how it is modelled and used.

This module reads YAML and puts settings together; functions get the values they use. Paths inside a
configuration are relative to the file they stand in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_serializer, field_validator, model_validator

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.bunching import BunchingSettings
from fanpin_risk.errors import ConfigError
from fanpin_risk.indicators.catalogue import catalogue_of, columns_of
from fanpin_risk.outcomes.cohort import CohortSettings
from fanpin_risk.outcomes.flow import FlowSettings
from fanpin_risk.records.source import Limit, Source, load_source
from fanpin_risk.report.tracking import TrackingSettings
from fanpin_risk.settings import Settings, load_settings, nearest
from fanpin_risk.standards.lines import check_line
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.regimes import Bridge
from fanpin_risk.standards.required import RequiredStandard, require, require_somewhere
from fanpin_risk.targeting.plan import PlanSettings

Share = Annotated[float, Field(ge=0, le=1)]
Folders = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    Field(min_length=1),
]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


class DataSettings(Settings):
    """Who keeps the records and what they cannot show, where no source file says so."""

    title_zh: str
    title_en: str
    publisher: str = ""
    limits: tuple[Limit, ...] = ()


class SimulateSettings(Settings):
    """A simulated county, written to ``folder`` when it is not there yet.

    ``parameters`` is the folder with the county's numbers and their marks.
    """

    folder: str
    parameters: str
    households: Annotated[int, Field(ge=50)] = 60_000
    months: Annotated[int, Field(ge=12, le=240)] = 60
    seed: Annotated[int, Field(ge=0)] = 7
    preset: str = "northeast"
    world: str = "main"


class RecordsSettings(Settings):
    """Where records come from; exactly one of four.

    ``files`` are read by the source file ``source``. ``store`` was filled by it before;
    ``counties`` narrows it down to some counties, None takes all. ``tables`` is a folder of
    finished record tables, ``simulate`` a county that is made up when it is not there; who keeps
    the records stands in ``about`` then.
    """

    source: str | None = None
    files: tuple[str, ...] = ()
    store: str | None = None
    counties: tuple[str, ...] | None = None
    tables: str | None = None
    simulate: SimulateSettings | None = None
    about: DataSettings | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> RecordsSettings:
        """Records come from one place, and somebody says what they are."""
        of_source = bool(self.files), self.store is not None
        of_tables = self.tables is not None, self.simulate is not None
        if sum((*of_source, *of_tables)) != 1:
            raise ValueError(
                "say either `files` (at least one) or `store`, or else `tables` or `simulate`"
            )
        if self.counties is not None and self.store is None:
            raise ValueError("`counties` is for a `store`")
        if any(of_source) and self.source is None:
            raise ValueError("`source` is missing: the source file that the records are read by")
        if any(of_tables) and (self.about is None or self.source is not None):
            raise ValueError(
                "finished record tables have no `source`; say in `about` (title_zh, title_en) "
                "what they are"
            )
        return self


class ModelSettings(Settings):
    """LightGBM's settings; chosen by `fanpin-risk tune` inside the training period."""

    n_trees: Annotated[int, Field(ge=1, le=5000)] = 300
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.03
    n_leaves: Annotated[int, Field(ge=2, le=512)] = 15
    min_leaf_size: Annotated[int, Field(ge=1)] = 100
    feature_fraction: Annotated[float, Field(gt=0, le=1)] = 0.4
    bagging_fraction: Annotated[float, Field(gt=0, le=1)] = 0.7
    bagging_every: Annotated[int, Field(ge=0)] = 1
    l2: Annotated[float, Field(ge=0)] = 5.0
    path_smooth: Annotated[float, Field(ge=0)] = 0.0
    use_directions: bool = False
    seed: int = 7


class CalibrationSettings(Settings):
    """How risk is made to mean what it says, on how many of the latest decision days.

    Outcomes of the latest ``days`` decision days calibrate, and the model learns only from outcomes
    known before them.
    """

    method: Literal["logistic", "intercept", "isotonic"] = "logistic"
    days: Annotated[int, Field(ge=1)] = 1


class BaselineSettings(Settings):
    """Columns of the baselines; every one of them stands in the model's feature table too."""

    today: str
    past: str
    region_rate: str
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    logs: tuple[str, ...] = ()


class BacktestSettings(Settings):
    """Rolling origins inside the development period.

    An origin is a day of visits from ``first_origin`` on. ``outcomes_until``: last day (included)
    whose visits may serve as an outcome. ``first_seen_before``: households first seen on or after
    this day (excluded) are kept for the final fold.
    """

    first_origin: date
    outcomes_until: date
    first_seen_before: date | None = None
    further_shares: tuple[Share, ...] = (0.02, 0.05, 0.10)
    n_replicates: Annotated[int, Field(ge=50, le=10_000)] = 1000
    seed: int = 11


class FinalFoldSettings(Settings):
    """One test that is opened on record: other households, later days.

    Training uses outcomes known up to ``outcomes_until`` (included); the test, households first
    seen on or after ``first_seen_from``. ``record``: the file to which every opening is appended.
    """

    outcomes_until: date
    first_seen_from: date
    record: str


class TuneSettings(Settings):
    """Forward validation inside the development period: which days validate, how many trials."""

    validation_days: Annotated[tuple[date, ...], Field(min_length=1)]
    n_trials: Annotated[int, Field(ge=1)] = 20
    seed: int = 5


class ChangeSettings(Settings):
    """Of whom it is told why the risk changed, and since when.

    ``least_risk_change``: a risk must have moved by more. ``since``: the day compared with; None is
    the decision day before.
    """

    least_risk_change: Share = 0.05
    since: date | None = None


class Configuration(Settings):
    """Everything a project says.

    ``basis`` is the kind of records that days are taken from: a ``survey`` with its days of visits,
    or a ``register`` on days that ``cohort`` names. ``indicators`` is the part of the catalogue
    that is built from them. ``standards`` are folders, in order: a later one adds to an earlier.
    ``readings`` chooses where the text is silent, ``marks_allowed`` names marks whose values may be
    used, ``regime_bridge`` joins two regimes, and ``required_standards`` must be known on every
    decision day. ``alarm`` (for many at once) and ``bunching`` are of a register; None: the usual
    settings. ``changes`` tells why risks changed; None: it is not told.
    """

    name: Name
    title_zh: str
    title_en: str
    estimand: Literal["as_things_are"] = "as_things_are"
    basis: Literal["survey", "register"] = "survey"
    indicators: Literal["survey", "county"] = "survey"
    records: RecordsSettings
    standards: Folders = ("standards",)
    marks_allowed: tuple[Literal["D", "G", "N"], ...] = ()
    readings: Readings = Readings()
    regime_bridge: str | None = None
    required_standards: tuple[RequiredStandard, ...] = ()
    need_line: str = "income_line"
    cohort: CohortSettings | FlowSettings
    model: ModelSettings = ModelSettings()
    calibration: CalibrationSettings = CalibrationSettings()
    baselines: BaselineSettings
    backtest: BacktestSettings
    final_fold: FinalFoldSettings | None = None
    tune: TuneSettings | None = None
    score_as_of: date
    reasons_per_household: Annotated[int, Field(ge=1, le=10)] = 3
    plan: PlanSettings
    alarm: AlarmSettings | None = None
    bunching: BunchingSettings | None = None
    changes: ChangeSettings | None = None
    tracking: TrackingSettings

    @field_validator("regime_bridge")
    @classmethod
    def _two_regimes(cls, given: str | None) -> str | None:
        """Refuse a bridge that does not join two regimes."""
        return given if given is None else str(Bridge.read(given))

    @field_serializer("readings")
    def _chosen_readings(self, readings: Readings) -> dict[str, Any]:
        """Only what was chosen: the others are for the standards' own folder to choose."""
        return readings.model_dump(mode="json", exclude_unset=True)

    @model_validator(mode="after")
    def _cohort_of_the_basis(self) -> Configuration:
        """Refuse a cohort of another kind of records, and what a register cannot do."""
        is_flow = isinstance(self.cohort, FlowSettings)
        if self.basis == "register" and not is_flow:
            raise ValueError(
                "cohort: a register (basis: register) has no days of visits. Say decision_days: "
                "{first, last, every_months}, and leave due_within_months and days_without_survey "
                "out"
            )
        if self.basis == "survey" and is_flow:
            raise ValueError("cohort: decision_days are for a register. Say basis: register")
        if not is_flow and (self.alarm is not None or self.bunching is not None):
            raise ValueError(
                "alarm and bunching are told of a register's records. Leave them out, or say "
                "basis: register"
            )
        if is_flow and (self.final_fold is not None or self.backtest.first_seen_before is not None):
            raise ValueError(
                "a register holds everybody from its first day on: a final fold by "
                "first_seen_from, and backtest.first_seen_before, would hold nobody. Leave them out"
            )
        return self

    @model_validator(mode="after")
    def _final_fold_is_later(self) -> Configuration:
        """Refuse a development period that reaches into the final fold."""
        final, back = self.final_fold, self.backtest
        if final is not None:
            if back.first_seen_before is None or back.first_seen_before > final.first_seen_from:
                raise ValueError(
                    "backtest.first_seen_before must be set, at or before "
                    f"final_fold.first_seen_from ({final.first_seen_from}): the final fold's "
                    "households must stay unseen"
                )
            if back.outcomes_until > final.outcomes_until:
                raise ValueError(
                    f"backtest.outcomes_until {back.outcomes_until} is after "
                    f"final_fold.outcomes_until {final.outcomes_until}"
                )
        return self


@dataclass(frozen=True, kw_only=True)
class Project:
    """A configuration with the files it names, read and checked."""

    configuration: Configuration
    source: Source | None
    standards: Standards
    files: tuple[Path, ...]
    store: Path | None = None
    tables: Path | None = None
    simulated: Path | None = None
    parameters: Path | None = None
    final_fold_record: Path | None = None


def load_project(path: Path, *, standards: Sequence[Path] | None = None) -> Project:
    """Read a configuration, its source file and its standards.

    Parameters
    ----------
    path
        The configuration's YAML file.
    standards
        Folders of standards, in order; when None, those that the configuration names.

    Raises
    ------
    ConfigError
        Naming file, key and mend, for anything that cannot be used.
    """
    configuration = load_settings(path, Configuration)
    folder, records = path.parent, configuration.records
    named = [folder / name for name in configuration.standards]
    found = standards_for(configuration, standards or named, where=str(path))
    check_baselines(configuration.baselines, where=str(path), indicators=configuration.indicators)
    final, made_up = configuration.final_fold, records.simulate

    def beside(name: str | None) -> Path | None:
        return None if name is None else folder / name

    return Project(
        configuration=configuration,
        source=None if records.source is None else load_source(folder / records.source),
        standards=found,
        files=tuple(folder / name for name in records.files),
        store=beside(records.store),
        tables=beside(records.tables),
        simulated=None if made_up is None else folder / made_up.folder,
        parameters=None if made_up is None else folder / made_up.parameters,
        final_fold_record=None if final is None else folder / final.record,
    )


def configured_standards(configuration: Configuration, folders: Sequence[Path]) -> Standards:
    """Read folders of standards as a configuration wants to use them."""
    return Standards.load(folders).using(
        marks_allowed=configuration.marks_allowed,
        bridge=configuration.regime_bridge,
        readings=configuration.readings.model_dump(exclude_unset=True),
    )


def standards_for(
    configuration: Configuration, folders: Sequence[Path], *, where: str
) -> Standards:
    """Read folders of standards for a configuration, and refuse what it cannot do without.

    Raises
    ------
    ConfigError
        Naming the standard, what is wrong with it and the setting to change.
    """
    found = configured_standards(configuration, folders)
    cohort, last = configuration.cohort, configuration.score_as_of
    days = cohort.decision_days.days() if isinstance(cohort, FlowSettings) else []
    try:
        check_line(found, configuration.need_line, on=configuration.basis)
    except ConfigError as error:
        raise ConfigError(f"{where}: need_line: {error}") from error
    require_somewhere(found, configuration.need_line, last, where=f"{where}: need_line")
    asked = [*(day for day in days if day <= last), last]
    required = configuration.required_standards
    require(found, required, asked, where=f"{where}: required_standards")
    return found


def check_baselines(
    settings: BaselineSettings, *, where: str, indicators: Literal["survey", "county"] = "survey"
) -> None:
    """Refuse a baseline on something else than a column of numbers of the catalogue's part.

    Raises
    ------
    ConfigError
        Naming the setting, what it got and the nearest column.
    """
    columns = columns_of(catalogue_of(indicators))
    numbers = [column.name for column in columns if not column.indicator.is_categorical]
    for key, given in settings.model_dump().items():
        known = list(settings.columns) if key == "logs" else numbers
        for name in [given] if isinstance(given, str) else given:
            if name not in known:
                kind = "one of baselines.columns" if key == "logs" else "an indicator's number"
                raise ConfigError(
                    f"{where}: baselines.{key}: {name!r} is not {kind}. {nearest(name, known)}"
                )
