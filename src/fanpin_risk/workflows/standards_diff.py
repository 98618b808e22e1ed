"""Which households' answers change when one version of the standards takes another's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.config import Project, standards_for
from fanpin_risk.errors import AsOfError
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.household.placement import Facts, facts_of
from fanpin_risk.household.view import CountyView, county_view
from fanpin_risk.ledger.state import ledger_state
from fanpin_risk.provenance import write_whole
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.standards.account_choices import account_choices
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.lines import LINE_SCALE, lines_on
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.proposal_type import PROPOSAL_WORDS
from fanpin_risk.standards.rule import ANSWER_WORDS, answer
from fanpin_risk.workflows.health import register_of
from fanpin_risk.workflows.reading import Step, read_project
from fanpin_risk.workflows.results import write_parquet
from fanpin_risk.workflows.ruled import Ruled, accounts_of, places_of, told_of

Frame = nw.DataFrame[pl.DataFrame]

PROPOSAL: Final = "proposal"
"""What stands in place of a rule where the proposed type is compared."""
CHANGES: Final = ("household_id", "rule", "before", "after")
"""Columns of the changes that are written."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of the standards: which, and of which day its values are."""

    standards: Standards
    day: date


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What changes between two versions.

    Attributes
    ----------
    changes
        ``household_id, rule, before, after``: one row for each answer that is another, and under
        `PROPOSAL` for each proposed type; by household (bytes), then in the order of the rules.
    counts
        ``rule, context_place, place, before, after, n``: the same, counted; in the order of the
        rules, then by place (bytes).
    n_households
        How many were asked about.
    n_accounts
        How often the households' accounts were built: once where both versions count them alike.
    """

    changes: pl.DataFrame
    counts: pl.DataFrame
    n_households: int
    n_accounts: int


def run_diff(
    project: Project,
    output: Path,
    *,
    as_of: date,
    others: Sequence[Path] = (),
    day_a: date | None = None,
    day_b: date | None = None,
    step: Step,
) -> Difference:
    """Ask every rule under two versions of the standards, and write which answers change.

    Parameters
    ----------
    project
        Of a register, with the first version.
    output
        File for ``changes``; nothing else is written.
    as_of
        Day of decision: what is known then is asked about, both times.
    others
        Folders of the other version; none: the same folders.
    day_a, day_b
        Of which day the values of either version are; None: of the day of decision, and for the
        other version of the same day as the first.
    step
        Told what is done.

    Raises
    ------
    ConfigError
        If the records are no register, or the other version lacks what the configuration needs.
    AsOfError
        If nobody is on record on the day.
    """
    read, setting = read_project(project, step)
    basis = register_of(setting.basis)
    first = Version(standards=project.standards, day=day_a or as_of)
    where = ", ".join(str(path) for path in others)
    other = Version(
        standards=standards_for(project.configuration, others, where=where)
        if others
        else project.standards,
        day=day_b or first.day,
    )
    facts = facts_of(known_as_of(read.records, as_of))
    if not len(facts.known.tables["household_snapshot"]):
        raise AsOfError(basis.nobody(read.records, as_of))
    state = ledger_state(facts, open_clue_days=basis.cohort.open_clue_days)
    accounts = _Accounts(facts=facts, state=state, need_line=basis.need_line)
    told = []
    for version in (first, other):
        step("逐户核对规则 asking the rules", str(version.day))
        told.append(accounts.ruled(version))
    found = difference(*told, n_accounts=accounts.n_built)
    step("write", "")
    write_whole(output, lambda path: write_parquet(found.changes, path))
    return found


def difference(first: Ruled, other: Ruled, *, n_accounts: int = 1) -> Difference:
    """Compare two days' answers and proposals about the same households.

    Parameters
    ----------
    first, other
        Of the same households and rules.
    n_accounts
        How often their accounts were built.
    """
    names = [rule.name for rule in first.answers.rules]
    before, after = (_said(told, names) for told in (first, other))
    placed = before.join(after, on="household_id", how="inner", suffix="|after")
    parts = [
        placed.filter(pl.col(name).ne_missing(pl.col(f"{name}|after"))).select(
            "household_id",
            *("context_place", "place"),
            rule=pl.lit(name),
            before=pl.col(name),
            after=pl.col(f"{name}|after"),
        )
        for name in (*names, PROPOSAL)
    ]
    order = pl.Enum([*names, PROPOSAL])
    found = pl.concat(parts).with_columns(pl.col("rule").cast(order))
    keys = ("rule", "context_place", "place", "before", "after")
    counts = found.group_by(keys).agg(n=pl.len().cast(pl.Int64)).sort(keys)
    return Difference(
        changes=found.sort("household_id", "rule").select(
            pl.col("rule").cast(pl.String) if name == "rule" else name for name in CHANGES
        ),
        counts=counts.with_columns(pl.col("rule").cast(pl.String)),
        n_households=placed.height,
        n_accounts=n_accounts,
    )


def change_rows(found: Difference, *, by_village: bool = False) -> list[list[str]]:
    """Rule, place, before, after and how many, in words, for the screen.

    Parameters
    ----------
    found
        What changes.
    by_village
        Count by village, and not by the place whose standards hold.
    """
    titles = {rule.name: f"{rule.title_zh} {rule.title_en}" for rule in STANDARD_RULES}
    titles[PROPOSAL] = "建议类型 proposed type"
    place = "place" if by_village else "context_place"
    counts = found.counts.group_by("rule", place, "before", "after", maintain_order=True)
    return [
        [titles[rule], where or "", *(_WORDS[said] for said in (before, after)), f"{n:,}"]
        for rule, where, before, after, n in counts.agg(pl.col("n").sum()).iter_rows()
    ]


_WORDS: Final = {
    code: " ".join(words) for code, words in (ANSWER_WORDS | dict(PROPOSAL_WORDS)).items()
}


def _said(told: Ruled, names: Sequence[str]) -> pl.DataFrame:
    """Answers in words and the proposed type, a row for each household."""
    homes = told.answers.homes.select(
        *("household_id", "context_place", "place"),
        *[answer(nw.col(name)).alias(name) for name in names],
    ).to_native()
    proposed = told.proposals.select("household_id", pl.col("proposal").alias(PROPOSAL))
    return homes.join(proposed, on="household_id", how="left")


@dataclass(kw_only=True)
class _Accounts:
    """Accounts of a day's households, kept as long as versions count them alike."""

    facts: Facts
    state: Frame
    need_line: str
    n_built: int = 0
    _lines: pl.DataFrame | None = field(default=None, init=False)
    _choices: AccountChoices | None = field(default=None, init=False)
    _county: CountyView | None = field(default=None, init=False)
    _built: DayFacts | None = field(default=None, init=False)

    def ruled(self, version: Version) -> Ruled:
        """What a version says of every household that goes on.

        The same as `fanpin_risk.workflows.ruled.ruled` where the values are of the day of decision.
        """
        county = self._view(version)
        places = places_of(county)
        choices = account_choices(version.standards, places, version.day)
        accounts = self._account(county, choices)
        return told_of(accounts, self.state, version.standards, places=places, day=version.day)

    def _view(self, version: Version) -> CountyView:
        """The county's records beside the line of a version."""
        snapshots = self.facts.known.tables["household_snapshot"]
        places = snapshots["context_place"].unique().drop_nulls().to_list()
        found = lines_on(version.standards, places, version.day, [self.need_line])
        line_fen = nw.col(f"{self.need_line}_e4") // LINE_SCALE
        lines = found.select("context_place", line_fen=line_fen)
        told = lines.to_native().sort("context_place")
        if self._county is None or self._lines is None or not told.equals(self._lines):
            self._county = county_view(self.facts, lines)
            self._lines, self._built = told, None
        return self._county

    def _account(self, county: CountyView, choices: AccountChoices) -> DayFacts:
        """The households' accounts, built anew only where something counts otherwise."""
        if self._built is None or choices != self._choices:
            self._built = accounts_of(self.facts, county, self.state, choices)
            self._choices = choices
            self.n_built += 1
        return self._built
