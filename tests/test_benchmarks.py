"""Benchmarks run: small sizes, no time asserted."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_benchmark_of_intake_runs():
    """Every row of its files is taken in, and a line of figures is printed for each file."""
    command = [sys.executable, str(ROOT / "benchmarks/intake.py"), "3000", "200"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr
    rows = re.findall(r"^\| (text, UTF-8|text, GB18030|workbook) \| ([0-9,]+) \|", ran.stdout, re.M)
    assert rows == [("text, UTF-8", "3,000"), ("text, GB18030", "3,000"), ("workbook", "200")]


def test_the_benchmark_of_rules_runs(tmp_path):
    """Every stage has its row, and findings of every household are told."""
    county = tmp_path / "county"
    made = [sys.executable, "-m", "fanpin_risk", "simulate", "--output", str(county)]
    made += ["--households", "200", "--months", "13", "--processes", "1"]
    made += ["--parameters", str(ROOT / "configs/simulation")]
    subprocess.run(made, capture_output=True, text=True, check=True, timeout=300)
    command = [sys.executable, str(ROOT / "benchmarks/rules.py"), "--households", "300"]
    command += ["--counties", str(county)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr
    row = r"^\| (\w+) \| [0-9.]+ \| [0-9.]+ \| [0-9]+ \| (?:–|[0-9]+%) \|"
    stages = ["read", "known", "facts", "view", "themes", "evaluate", "proposals", "findings"]
    assert re.findall(row, ran.stdout, re.M) == stages
    assert re.search(r"^[0-9]{3} households, [0-9,]+ findings: ", ran.stdout, re.M)


def test_the_benchmark_of_reasons_runs():
    """Both parts print their figures; the other library is left out where it is not installed."""
    command = [sys.executable, str(ROOT / "benchmarks/reasons.py")]
    ways = [*command, "ways", "--households", "400"]
    ran = subprocess.run(ways, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr
    rows = re.findall(
        r"^\| ([A-Za-z, 0-9_]+) \| [0-9.]+ \| [0-9,]+ \| [0-9.]+ \|", ran.stdout, re.M
    )
    assert {"LightGBM, prediction", "LightGBM, pred_contrib", "kernel, float64"} <= set(rows)
    assert re.search(r"^largest difference to pred_contrib: [0-9.]+e-1[2-9]$", ran.stdout, re.M)
    many = [*command, "million", "--households", "1500"]
    ran = subprocess.run(many, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr
    steps = ["score", "contributions", "write contributions", "causes", "reasons", "write reasons"]
    assert re.findall(r"^\| ([a-z ]+) \| [0-9.]+ \| [0-9]+% \|", ran.stdout, re.M) == steps
