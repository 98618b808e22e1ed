"""Where a project's records come from: a county that is made up when it is not there yet."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.config import load_project
from fanpin_risk.errors import ConfigError
from fanpin_risk.workflows.reading import read_project

HERE = Path(__file__).parent
C = SimpleNamespace(**runpy.run_path(str(HERE / "register_county.py")))
PARAMETERS = HERE.parents[1] / "configs/simulation"


def project(folder, **changes):
    """A project on a simulated county of the smallest size."""
    simulate = {
        "folder": "made_up",
        "parameters": str(PARAMETERS),
        "households": 50,
        "months": 12,
    } | changes
    about = {"title_zh": "模拟县", "title_en": "a simulated county"}
    records = {"simulate": simulate, "about": about}
    return load_project(C.configuration(folder, "", records=records))


def bytes_below(folder):
    """Every file below a folder with its bytes."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_simulated_county_is_made_when_it_is_not_there_and_then_left_alone(tmp_path):
    """Steps are told; the same settings read what is there, others write anew."""
    said = []
    read, _ = read_project(project(tmp_path), lambda step, at: said.append(step))
    assert said[0] == "simulate"
    assert said[-1] == "read"
    assert read.records.row_counts()["household_snapshot"] >= 50
    assert all(one.rows_read == one.rows_accepted for one in read.files)
    first = bytes_below(tmp_path / "made_up")
    said.clear()
    read_project(project(tmp_path), lambda step, at: said.append(step))
    assert set(said) == {"read"}
    assert bytes_below(tmp_path / "made_up") == first
    read_project(project(tmp_path, seed=8), lambda step, at: said.append(step))
    assert "simulate" in said
    assert bytes_below(tmp_path / "made_up") != first


def test_a_world_that_nobody_knows_is_refused(tmp_path):
    """By the county's own words, before anything is written."""
    with pytest.raises(ConfigError, match="nowhere"):
        read_project(project(tmp_path, world="nowhere"), lambda step, at: None)
    assert not (tmp_path / "made_up").exists()
