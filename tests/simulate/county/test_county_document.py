"""The county's document and its benchmarks: tables are those of the county as it is."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from fanpin_risk.simulate.county.parameters import THEMES, load_parameters
from fanpin_risk.simulate.county.realism import SCHEMA, realism
from fanpin_risk.simulate.county.realism_targets import TARGETS, summary

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "configs/simulation"


@pytest.fixture(scope="module")
def script():
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location(
        "county_realism", ROOT / "benchmarks/county_realism.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_document_tells_the_parameters_as_they_are(script):
    """Otherwise: python benchmarks/county_realism.py docs/simulated_county.md --parameters."""
    text = (ROOT / "docs/simulated_county.md").read_text(encoding="utf-8")
    again = script.put_between(text, "parameters", script.parameter_tables(FOLDER))
    assert again == text


def test_every_parameter_has_a_row(script):
    """Of every theme, and of what overlays change."""
    tables = script.parameter_tables(FOLDER)
    for theme in THEMES:
        part = tables.split(f"### {theme}\n")[1].split("\n### ")[0]
        entries = yaml.safe_load((FOLDER / f"{theme}.yaml").read_text(encoding="utf-8"))
        assert re.findall(r"^\| `(\w+)` \|", part, re.M) == list(entries)
    assert "### world `rules_win`: must_visit" in tables


def test_a_part_of_the_document_is_exchanged_and_nothing_else(script):
    """Between its marks; a document without them is refused."""
    marks = script.BEGIN.format("a"), script.END.format("a")
    text = f"before\n{marks[0]}\nold\n{marks[1]}\nafter"
    once = script.put_between(text, "a", "new")
    assert once == f"before\n{marks[0]}\n\nnew\n\n{marks[1]}\nafter"
    assert script.put_between(once, "a", "new") == once
    with pytest.raises(ValueError, match="lacks the marks of 'b'"):
        script.put_between(text, "b", "new")


def test_a_table_says_what_is_missed(script):
    """A figure outside its range, one within, and one that cannot be told."""
    targets = TARGETS["northeast"]
    rows = [
        ("northeast", 1, targets[2].name, targets[2].low),
        ("northeast", 1, targets[3].name, targets[3].high * 2),
        ("northeast", 1, targets[5].name, float("nan")),
    ]
    found = summary(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    table = script.realism_table(found, 1000, 48)
    assert "1 of 3 figures within their range" in table
    assert table.count("(missed)") == 2
    assert "| – | – | – |" in table


def test_realism_of_a_small_county():
    """Every figure of every preset and seed, and again the same."""
    counties = {name: load_parameters(FOLDER, preset=name, world="main") for name in TARGETS}
    told = []
    found = realism(counties, [3], n_households=250, n_months=36, progress=told.append)
    assert told == ["northeast, seed 3", "southwest, seed 3"]
    assert found.schema == SCHEMA
    assert found.height == sum(len(targets) for targets in TARGETS.values())
    one = {"northeast": counties["northeast"]}
    again = realism(one, [3], n_households=250, n_months=36)
    assert again.equals(found.filter(preset="northeast"))
    values = dict(again.select("figure", "value").iter_rows())
    assert 1.5 < values["persons a household"] < 3
    assert 0.5 < values["income a head: median over mean"] < 1


def test_the_benchmark_of_truth_runs():
    """It prints its speed, and a table for each day."""
    command = [
        sys.executable, str(ROOT / "benchmarks/county_truth.py"), "--households", "300", "--sample",
        "60", "--days", "1", "--futures", "6", "--processes", "1",
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert "microseconds a household, future and estimand" in ran.stdout
    assert (
        len(re.findall(r"^\| (as_things_are|no_further_help|no_help_at_all) \|", ran.stdout, re.M))
        == 3
    )


def test_the_warning_light_runs():
    """Both models rank the households of another county on both days."""
    command = [
        sys.executable, str(ROOT / "benchmarks/county_models.py"), "--households", "700",
    ]  # fmt: skip
    ran = subprocess.run([*command, "--train", "1", "--test", "3"], capture_output=True, text=True,
                         check=False, timeout=600)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    rows = re.findall(r"^\| (23|35) \| [0-9.]+% \| (0\.\d+) \| (0\.\d+) \|", ran.stdout, re.M)
    assert [row[0] for row in rows] == ["23", "35"]
