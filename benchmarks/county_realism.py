"""How real the simulated county is: its parameters, and figures of it beside real ones.

Run by hand after a parameter has changed, and commit what it writes into docs/simulated_county.md:
``.venv/bin/python benchmarks/county_realism.py docs/simulated_county.md``; with ``--parameters``
the table of parameters alone, which takes no time.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.settings import read_yaml
from fanpin_risk.simulate.county.parameters import OVERLAYS, THEMES, load_parameters
from fanpin_risk.simulate.county.realism import realism
from fanpin_risk.simulate.county.realism_targets import TARGETS, summary

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "configs/simulation"
BEGIN, END = "<!-- begin {}: python benchmarks/county_realism.py -->", "<!-- end {} -->"
SHOWN_LETTERS = 60


def parameter_tables(folder: Path) -> str:
    """Every parameter with its value, mark and note, theme by theme; then what overlays change."""
    parts = []
    for theme in THEMES:
        entries = read_yaml(folder / f"{theme}.yaml")
        parts += [f"### {theme}", "", *_rows(entries), ""]
    for overlay in OVERLAYS:
        for name, themes in read_yaml(folder / f"{overlay}.yaml").items():
            for theme, entries in (themes or {}).items():
                kind = overlay.removesuffix("s")
                parts += [f"### {kind} `{name}`: {theme}", "", *_rows(entries), ""]
    return "\n".join(parts).strip()


def _rows(entries: Mapping[str, Any]) -> list[str]:
    """Lines of a table."""
    lines = ["| parameter | value | mark | note |", "| --- | --- | --- | --- |"]
    for name, entry in entries.items():
        note = str(entry.get("note", "")).replace("|", "\\|")
        lines.append(f"| `{name}` | {_shown(entry['value'])} | {entry['mark']} | {note} |")
    return lines


def _shown(value: Any) -> str:
    """A value in a cell; a long one is cut, and stands whole in the file."""
    text = str(value).replace("|", "\\|")
    return text if len(text) <= SHOWN_LETTERS else text[: SHOWN_LETTERS - 2] + " …"


def realism_table(found: pl.DataFrame, n_households: int, n_months: int) -> str:
    """Figures over seeds beside their targets, as a Markdown table."""
    parts = []
    for (preset,), rows in found.group_by("preset", maintain_order=True):
        n_met = int(rows["is_met"].sum())
        parts += [
            f"### {preset}: {n_met} of {rows.height} figures within their range",
            "",
            f"{rows['n_seeds'].max()} seeds, {n_households:,} households, {n_months} months.",
            "",
            "| figure | lowest | median | highest | target | mark | seeds within |",
            "| --- | ---: | ---: | ---: | --- | --- | ---: |",
        ]
        for row in rows.iter_rows(named=True):
            values = " | ".join(_number(row[name]) for name in ("lowest", "median", "highest"))
            target = f"{_number(row['low'])} to {_number(row['high'])}"
            met = f"{row['n_met']} of {row['n_seeds']}" + ("" if row["is_met"] else " (missed)")
            parts.append(f"| {row['figure']} | {values} | {target} | {row['mark']} | {met} |")
        parts.append("")
    return "\n".join(parts).strip()


def _number(value: float | None) -> str:
    """A figure with three digits that count."""
    if value is None or math.isnan(value):
        return "–"
    return "∞" if math.isinf(value) else f"{value:.3g}"


def put_between(text: str, name: str, content: str) -> str:
    """A document with the part between the marks of a name exchanged."""
    begin, end = BEGIN.format(name), END.format(name)
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"The document lacks the marks of {name!r}, or has them twice.")
    before, rest = text.split(begin)
    return f"{before}{begin}\n\n{content}\n\n{end}{rest.split(end)[1]}"


def main() -> None:
    """Write the tables into the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("--parameters", action="store_true", help="the table of parameters alone")
    parser.add_argument("--households", type=int, default=12_000)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    asked = parser.parse_args()
    text = asked.document.read_text(encoding="utf-8")
    text = put_between(text, "parameters", parameter_tables(FOLDER))
    if not asked.parameters:
        counties = {name: load_parameters(FOLDER, preset=name, world="main") for name in TARGETS}
        found = realism(
            counties,
            asked.seeds,
            n_households=asked.households,
            n_months=asked.months,
            progress=lambda what: print(what, file=sys.stderr),
        )
        table = realism_table(summary(found), asked.households, asked.months)
        text = put_between(text, "realism", table)
        print(table)
    asked.document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
