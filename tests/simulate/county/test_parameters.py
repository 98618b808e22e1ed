"""Parameters: every number with its mark, changed by preset and world only where they exist."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.parameters import MARKS, THEMES, load_parameters

FOLDER = Path(__file__).parents[3] / "configs/simulation"


class Need(Settings):
    """Two numbers."""

    first: int
    second: float


@pytest.fixture
def folder(tmp_path):
    """A small folder of parameters."""
    for theme in THEMES:
        (tmp_path / f"{theme}.yaml").write_text("{}")
    write(tmp_path / "need.yaml", first=(1, "H"), second=(0.5, "B"))
    (tmp_path / "presets.yaml").write_text(
        yaml.safe_dump({"north": {}, "south": {"need": {"first": {"value": 2, "mark": "G"}}}})
    )
    (tmp_path / "worlds.yaml").write_text(
        yaml.safe_dump({"main": None, "odd": {"need": {"first": {"value": 3, "mark": "E*"}}}})
    )
    return tmp_path


def write(file, **entries):
    """Write one theme."""
    content = {key: {"value": value, "mark": mark} for key, (value, mark) in entries.items()}
    file.write_text(yaml.safe_dump(content))


def test_world_comes_over_preset_over_theme(folder):
    """What an overlay does not name stays."""
    found = {
        (preset, world): load_parameters(folder, preset=preset, world=world)
        for preset in ("north", "south")
        for world in ("main", "odd")
    }
    firsts = {which: one.theme("need", Need).first for which, one in found.items()}
    assert firsts == {
        ("north", "main"): 1,
        ("south", "main"): 2,
        ("north", "odd"): 3,
        ("south", "odd"): 3,
    }
    assert found["south", "odd"].by_theme["need"]["first"].mark == "E*"
    assert found["south", "odd"].theme("need", Need).second == 0.5
    assert len({one.digest for one in found.values()}) == 4


def test_any_change_changes_the_digest(folder):
    """Also one of a note or a mark."""
    before = load_parameters(folder, preset="north", world="main").digest
    assert load_parameters(folder, preset="north", world="main").digest == before
    write(folder / "need.yaml", first=(1, "G"), second=(0.5, "B"))
    assert load_parameters(folder, preset="north", world="main").digest != before


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("need.yaml", "first: 3", "need: first: write it as {value: …, mark: …}."),
        ("need.yaml", "first: {value: 3}", "need: first: write it as {value: …, mark: …}."),
        (
            "need.yaml",
            "first: {value: 3, mark: Z}",
            "mark 'Z' is none of A, B, C, D, E, E*, G, H. Say where the number is from.",
        ),
        ("need.yaml", "first: {value: 3, mark: H, unit: fen}", "does not know ['unit']"),
        ("worlds.yaml", "mian: {}", "world 'main' does not exist. Did you mean 'mian'?"),
        ("worlds.yaml", "main: {neeed: {}}", "there is no theme 'neeed'. Did you mean 'need'?"),
        (
            "worlds.yaml",
            "main: {need: {frist: {value: 1, mark: H}}}",
            "world main: need has no parameter 'frist'. Did you mean 'first'?",
        ),
    ],
)
def test_what_cannot_be_used_is_named(folder, file, text, words):
    """File or theme, key and mend."""
    (folder / file).write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_parameters(folder, preset="north", world="main")
    assert words in str(caught.value)


def test_a_missing_file_is_named(folder):
    """The path stands in the message."""
    (folder / "money.yaml").unlink()
    with pytest.raises(ConfigError, match=r"money\.yaml"):
        load_parameters(folder, preset="north", world="main")


def test_every_number_shipped_has_a_mark_and_marks_mean_what_is_said(tmp_path):
    """All presets and worlds can be read; nothing confirmed by nobody (D) is used."""
    shutil.copytree(FOLDER, tmp_path / "simulation")
    worlds = yaml.safe_load((FOLDER / "worlds.yaml").read_text())
    presets = yaml.safe_load((FOLDER / "presets.yaml").read_text())
    for preset in presets:
        for world in worlds:
            found = load_parameters(FOLDER, preset=preset, world=world)
            marks = {one.mark for theme in found.by_theme.values() for one in theme.values()}
            assert marks <= set(MARKS) - {"D"}
