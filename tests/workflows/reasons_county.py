"""A configuration on a small simulated county, and the commands, for tests about reasons."""

from __future__ import annotations

import re
from pathlib import Path

import typer
import yaml
from typer.testing import CliRunner

from fanpin_risk import cli_reasons
from fanpin_risk.console import DATA

ROOT = Path(__file__).parents[2]


def configuration(folder, **changes):
    """Write a configuration of a county that is simulated below the folder; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    shipped = ROOT / "configs"
    content = yaml.safe_load((shipped / "simulated_county.yaml").read_text(encoding="utf-8"))
    content["name"] = "small_county"
    content["records"]["simulate"] |= {
        "folder": str(folder / "county"),
        "parameters": str(shipped / "simulation"),
        "households": 1_000,
        "months": 38,
        "seed": 3,
    }
    content["standards"] = [str(shipped / name) for name in content["standards"]]
    content["cohort"]["decision_days"] |= {"last": "2023-08-31"}
    content["model"] |= {"n_trees": 30, "n_leaves": 6, "min_leaf_size": 30}
    content["backtest"] |= {"outcomes_until": "2024-02-29", "n_replicates": 50}
    content["score_as_of"] = "2023-08-31"
    for name, value in changes.items():
        *parts, last = name.split("__")
        inner = content
        for part in parts:
            inner = inner[part]
        inner[last] = value
    path = folder / "county.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def ran(*argv):
    """Run a command about reasons; what it prints, without the table's lines."""
    parent = typer.Typer()
    cli_reasons.register(parent)
    with DATA.capture() as said:
        found = CliRunner().invoke(parent, ["reasons", *map(str, argv)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return re.sub(r"[\s│┃]+", " ", said.get())
