"""Which basis a configuration names."""

from __future__ import annotations

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.bunching import BunchingSettings
from fanpin_risk.config import Configuration
from fanpin_risk.indicators.catalogue import catalogue_of
from fanpin_risk.outcomes.flow import FlowSettings
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.workflows.days import Basis
from fanpin_risk.workflows.register import RegisterBasis
from fanpin_risk.workflows.survey import SurveyBasis


def basis_of(configuration: Configuration, standards: Standards) -> Basis:
    """The basis of a configuration's cohort, with the part of the catalogue that it names."""
    catalogue = catalogue_of(configuration.indicators)
    cohort, line = configuration.cohort, configuration.need_line
    if isinstance(cohort, FlowSettings):
        return RegisterBasis(
            standards=standards,
            cohort=cohort,
            need_line=line,
            catalogue=catalogue,
            alarm=configuration.alarm or AlarmSettings(),
            bunching=configuration.bunching or BunchingSettings(),
        )
    return SurveyBasis(standards=standards, cohort=cohort, need_line=line, catalogue=catalogue)
