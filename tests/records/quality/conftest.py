"""What the tests of the checks share: frames, the shipped numbers, and changed ones."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.records.quality import QualitySettings, load_quality_settings
from fanpin_risk.settings import read_yaml, settings_from

HERE = Path(__file__).parent
SHIPPED = HERE.parents[2] / "configs/quality.yaml"


@pytest.fixture(scope="session")
def make():
    """Frames by hand and at random."""
    return SimpleNamespace(**runpy.run_path(str(HERE / "frames.py")))


@pytest.fixture(scope="session")
def shipped():
    """The numbers that ship."""
    return load_quality_settings(SHIPPED)


@pytest.fixture(scope="session")
def with_numbers():
    """Return the shipped numbers with some values changed."""
    shipped_content = read_yaml(SHIPPED)

    def changed(values):
        content = dict(shipped_content)
        for name, value in values.items():
            content[name] = content[name] | {"value": value}
        return settings_from(content, QualitySettings, where="test")

    return changed


@pytest.fixture(scope="session")
def all_given(with_numbers):
    """Numbers with which every check can run."""
    bands = {"vocational": (15, 21), "higher_vocational": (17, 25), "bachelor": (17, 26)}
    ages = {
        f"{band}_{end}_years": years
        for band, both in bands.items()
        for end, years in zip(("from", "to"), both, strict=True)
    }
    return with_numbers({**ages, "income_line_fen": 700_000})
