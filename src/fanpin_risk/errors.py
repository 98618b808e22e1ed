"""Errors that this package raises on purpose: one line each, with an exit code.

Every message names the thing, shows the value and says the mend. None ever holds a person's data:
household numbers and counts are the most that is shown.
"""

from __future__ import annotations


class FanpinRiskError(Exception):
    """Base class of every error that this package raises on purpose."""

    exit_code = 10


class ConfigError(FanpinRiskError, ValueError):
    """A configuration file cannot be used as it is."""

    exit_code = 11


class SchemaError(FanpinRiskError, ValueError):
    """A table lacks a column, or a column holds what it must not."""

    exit_code = 12


class InputFileError(FanpinRiskError, OSError):
    """A file that was named cannot be read."""

    exit_code = 13


class AsOfError(FanpinRiskError, ValueError):
    """A day was asked for on which nothing, or not enough, was known."""

    exit_code = 14


class ModelError(FanpinRiskError, ValueError):
    """A stored model does not fit what it is asked to do."""

    exit_code = 15


class OutputError(FanpinRiskError, OSError):
    """Results could not be written; what was there before is unchanged."""

    exit_code = 16


class InstallationError(FanpinRiskError, ImportError):
    """Something outside Python that the package needs is not installed."""

    exit_code = 17


class ExplanationError(FanpinRiskError, ArithmeticError):
    """Contributions do not add up to the score, so no reason may be shown."""

    exit_code = 18


class AccountingError(FanpinRiskError, AssertionError):
    """Rows went missing between two steps; nothing is written."""

    exit_code = 19


class TimeOrderError(FanpinRiskError, ValueError):
    """A step would use something from after the day it stands on."""

    exit_code = 20


EXIT_CODES: dict[int, str] = {
    error.exit_code: (error.__doc__ or "").splitlines()[0]
    for error in (
        ConfigError,
        SchemaError,
        InputFileError,
        AsOfError,
        ModelError,
        OutputError,
        InstallationError,
        ExplanationError,
        AccountingError,
        TimeOrderError,
    )
}
"""What each exit code of the command means, for ``--help`` and the documentation."""
