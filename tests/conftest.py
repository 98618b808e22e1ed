"""Fixtures for all tests: the real panel is read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanpin_risk.records.read import ReadResult, read_records
from fanpin_risk.records.source import load_source

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def panel() -> ReadResult:
    """Read the real panel of Argentine households; it takes about ten seconds."""
    source = load_source(ROOT / "configs/sources/argentina_eph.yaml")
    return read_records(source, [ROOT / "data/argentina_eph/eph_household_panel.parquet"])
