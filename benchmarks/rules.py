"""How long every rule takes for very many households, stage by stage, and how much memory.

Run by hand on a quiet machine, on folders of simulated counties (`fanpin-risk simulate`):
``.venv/bin/python benchmarks/rules.py --counties FOLDER...``; by default for 1,000,000 households,
the counties over and over again until there are as many, two at a time. The target is 60 seconds
from records in memory to findings written, and 6 GiB. Seconds differ from machine to machine; the
shares of one run are what to compare. A small smoke test runs it too.

Each process takes one county after the other; Polars has one thread in it. Seconds of work and
seconds passed are added up over the processes. The whole is what passed in the slowest process,
reading of records left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import tempfile
import time
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAGES = (
    "read",
    "known",
    "facts",
    "view",
    "themes",
    "evaluate",
    "proposals",
    "findings",
)
"""The last one writes them too."""
TARGET_HOUSEHOLDS, TARGET_SECONDS, TARGET_GIB = 1_000_000, 60, 6


@dataclass
class Clock:
    """Seconds that passed, and seconds of work, by stage."""

    wall: Counter[str] = field(default_factory=Counter)
    work: Counter[str] = field(default_factory=Counter)
    last: tuple[float, float] = (0.0, 0.0)

    def begin(self) -> None:
        """Count from here."""
        self.last = time.perf_counter(), time.process_time()

    def ends(self, stage: str) -> None:
        """Count what passed since the stage before."""
        before = self.last
        self.begin()
        self.wall[stage] += self.last[0] - before[0]
        self.work[stage] += self.last[1] - before[1]


@dataclass(frozen=True)
class Done:
    """What one process did."""

    households: int
    findings: int
    clock: Clock
    peak_mib: float


def process(folders: Sequence[Path], into: Path) -> Done:
    """Ask every rule about the households of some counties, one county after the other."""
    clock, households, findings = Clock(), 0, 0
    for number, folder in enumerate(folders):
        n, written = one_county(folder, into / f"findings_{os.getpid()}_{number}.parquet", clock)
        households += n
        findings += written
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Done(households, findings, clock, peak)


def one_county(folder: Path, into: Path, clock: Clock) -> tuple[int, int]:
    """Number of households of a county, and of findings written; every rule on the last day."""
    # imported in the process that works, after it was told how many threads to use
    import narwhals as nw
    import polars as pl

    from fanpin_risk.household.facts import day_facts
    from fanpin_risk.household.listed import with_ledger_facts
    from fanpin_risk.household.placement import facts_of
    from fanpin_risk.household.themes import THEMES
    from fanpin_risk.household.view import county_view
    from fanpin_risk.ledger.listed_facts import listed_facts
    from fanpin_risk.ledger.loop import loop_theme
    from fanpin_risk.ledger.state import ledger_state
    from fanpin_risk.records.timeline import Records, known_as_of
    from fanpin_risk.simulate.county.records import NOT_KEPT
    from fanpin_risk.standards.account_choices import account_choices
    from fanpin_risk.standards.catalogue import STANDARD_RULES
    from fanpin_risk.standards.employment_deduction import with_deduction
    from fanpin_risk.standards.evaluate import evaluate
    from fanpin_risk.standards.exit_rules import EXIT_RULES
    from fanpin_risk.standards.exits import with_exits
    from fanpin_risk.standards.findings import write_findings
    from fanpin_risk.standards.lines import LINE_SCALE, lines_on
    from fanpin_risk.standards.parameters import Standards
    from fanpin_risk.standards.proposal import proposals
    from fanpin_risk.standards.table import parameter_table
    from fanpin_risk.workflows.ruled import parameters_of

    shipped = ROOT / "configs/standards"
    marks = ("G",)
    standards = Standards.load([shipped, shipped / "simulated_county"]).using(marks_allowed=marks)
    readings = standards.readings
    clock.begin()
    paths = sorted((folder / "records").glob("*.parquet"))
    records = Records({p.stem: pl.read_parquet(p) for p in paths if p.stem not in NOT_KEPT})
    clock.ends("read")
    day = month_end_of(records.days_occurred("visit")[-1])
    known = known_as_of(records, day)
    clock.ends("known")
    facts = facts_of(known)
    state = ledger_state(facts, open_clue_days=90)
    clock.ends("facts")
    places = known.tables["household_snapshot"]["context_place"].drop_nulls().unique().to_list()
    lines = lines_on(standards, places, day, ["monitoring_line"])
    line_fen = nw.col("monitoring_line_e4") // LINE_SCALE
    county = county_view(facts, lines.select("context_place", line_fen=line_fen))
    clock.ends("view")
    choices = account_choices(standards, places, day)
    found = day_facts(county, choices, (*THEMES, loop_theme(facts)))
    found = with_ledger_facts(found, listed_facts(facts, state))
    found = with_deduction(found, standards, readings, day)
    clock.ends("themes")
    table = parameter_table(standards, places, day, parameters_of(STANDARD_RULES))
    asked = [rule for rule in STANDARD_RULES if rule not in EXIT_RULES]
    answers = evaluate(found, table, asked, readings, marks_allowed=marks)
    answers = with_exits(answers, found, table, readings, marks_allowed=marks)
    clock.ends("evaluate")
    proposals(answers, state, readings, marks_allowed=marks)
    clock.ends("proposals")
    written = write_findings(answers, into)
    clock.ends("findings")
    into.unlink()
    return len(answers.homes), written


def month_end_of(day: date) -> date:
    """Last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def counties_for(folders: Sequence[Path], n_households: int) -> Iterator[Path]:
    """Counties over and over again, until they have so many households at their start."""
    sizes = {
        folder: json.loads((folder / "manifest.json").read_text(encoding="utf-8"))[
            "households_at_start"
        ]
        for folder in folders
    }
    reached = 0
    while reached < n_households:
        for folder in folders:
            if reached >= n_households:
                return
            reached += sizes[folder]
            yield folder


def table_of(done: Sequence[Done]) -> Iterator[str]:
    """Rows of the table of stages, all processes added up."""
    households = sum(one.households for one in done)
    work = sum((one.clock.work for one in done), Counter())
    wall = sum((one.clock.wall for one in done), Counter())
    timed = sum(work[stage] for stage in STAGES[1:])
    yield "| stage | seconds of work | seconds passed | microseconds a household | share |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for stage in STAGES:
        share = "–" if stage == STAGES[0] else f"{work[stage] / timed:.0%}"
        yield (
            f"| {stage} | {work[stage]:.1f} | {wall[stage]:.1f} "
            f"| {1e6 * work[stage] / households:.0f} | {share} |"
        )


def main() -> None:
    """Run the rules and print the figures as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=Path, nargs="+", required=True)
    parser.add_argument("--households", type=int, default=TARGET_HOUSEHOLDS)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = "1"
    counties = list(counties_for(asked.counties, asked.households))
    n = min(asked.processes, len(counties))
    with tempfile.TemporaryDirectory() as name, get_context("spawn").Pool(n) as pool:
        tasks = [(counties[first::n], Path(name)) for first in range(n)]
        done = pool.starmap(process, tasks)
    # a process waits for nobody: what passed in the slowest one, its reading left out
    passed = max(sum(one.clock.wall.values()) - one.clock.wall[STAGES[0]] for one in done)
    households = sum(one.households for one in done)
    peak_gib = sum(one.peak_mib for one in done) / 1024
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}, {n} processes\n"
    )
    print("\n".join(table_of(done)))
    print(
        f"\n{households:,} households, {sum(one.findings for one in done):,} findings: "
        f"{passed:.1f} s from records in memory to findings written, at most {peak_gib:.1f} GiB; "
        f"for {TARGET_HOUSEHOLDS:,} households {TARGET_HOUSEHOLDS * passed / households:.0f} s "
        f"(target {TARGET_SECONDS} s, {TARGET_GIB} GiB)"
    )


if __name__ == "__main__":
    main()
