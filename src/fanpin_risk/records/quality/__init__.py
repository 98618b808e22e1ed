"""Quality checks of the records: data with numbers, run over what was known on a day."""

from __future__ import annotations

from fanpin_risk.records.quality.catalogue import CHECKS, LEFT_OUT, field_checks
from fanpin_risk.records.quality.model import Check, FieldCheck, LeftOut
from fanpin_risk.records.quality.run import QualityResult, run_checks
from fanpin_risk.records.quality.settings import QualitySettings, load_quality_settings

__all__ = [
    "CHECKS",
    "LEFT_OUT",
    "Check",
    "FieldCheck",
    "LeftOut",
    "QualityResult",
    "QualitySettings",
    "field_checks",
    "load_quality_settings",
    "run_checks",
]
