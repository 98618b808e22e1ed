"""All quality checks by number, and those of the notes that are left out, with the reason."""

from __future__ import annotations

from fanpin_risk.records.quality.households import (
    ACCOUNT_CHECKS,
    EXIT_CHECKS,
    ROSTER_CHECKS,
    WORK_CHECKS,
)
from fanpin_risk.records.quality.listings import CAUSE_CHECKS, MEASURE_CHECKS
from fanpin_risk.records.quality.members import MEMBER_CHECKS
from fanpin_risk.records.quality.model import Check, FieldCheck, LeftOut, answers
from fanpin_risk.records.quality.rows import OWN_CHECKS, ROW_CHECKS
from fanpin_risk.records.quality.settings import QualitySettings

CHECKS: dict[str, Check] = {
    check.id: check
    for check in sorted(
        (
            *OWN_CHECKS,
            *MEMBER_CHECKS,
            *ROSTER_CHECKS,
            *CAUSE_CHECKS,
            *ACCOUNT_CHECKS,
            *ROW_CHECKS,
            *EXIT_CHECKS,
            *WORK_CHECKS,
            *MEASURE_CHECKS,
        ),
        key=lambda check: check.id,
    )
}
"""Every check by its number.

00.xx are this project's own (a row that contradicts itself); 12.xx the pairs of risk and measure of
the notes' section 12; 13.01 a rule of its section 13; 14.xx its section 14 in its order.
"""

LEFT_OUT: dict[str, LeftOut] = {
    entry.id: entry
    for entry in (
        LeftOut(
            id="14.49",
            scope="household",
            title_zh="在不同县务工的成员电话相同",
            title_en="The same phone for members working in different counties",
            reason_zh="电话不进入记录，只在锁定的联系表中供走访使用，不得用于比对",
            reason_en="phones are no part of the records; the contact table is for visits alone",
        ),
    )
}
"""Checks of the notes that are not made here."""


def missing_parameters(check: Check, settings: QualitySettings) -> tuple[str, ...]:
    """Names of the numbers that a check needs and the settings do not give."""
    return tuple(name for name in check.parameters if not settings.is_given(name))


def field_checks(table_name: str, settings: QualitySettings) -> tuple[FieldCheck, ...]:
    """Checks of one row of a table, ready for a frame of its contract; for use on intake.

    Parameters
    ----------
    table_name
        Name of a record table.
    settings
        The checks' numbers. A check without one of its numbers is left out here, and reported as
        "parameter_missing" by `run_checks`.

    Returns
    -------
    tuple of FieldCheck
        In the order of their numbers; empty for a table without such checks.
    """
    return tuple(
        FieldCheck(
            id=check.id,
            severity=check.severity,
            message_zh=check.message_zh,
            message_en=check.message_en,
            is_eligible=eligible,
            is_failed=failed,
        )
        for check in CHECKS.values()
        if check.scope == "field"
        and check.table == table_name
        and not missing_parameters(check, settings)
        for eligible, failed in [answers(check.rule(settings))]
    )
