"""Run the command with ``python -m fanpin_risk``."""

from fanpin_risk.cli import entry

entry()
