"""How the rules do on a small county's register, and what a change of the standards changes."""

from __future__ import annotations

import json
import runpy
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from fanpin_risk.config import load_project
from fanpin_risk.errors import AsOfError, ConfigError
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.contradictions import CONTRADICTIONS
from fanpin_risk.workflows import health
from fanpin_risk.workflows.commands import read_project
from fanpin_risk.workflows.health import examples_of, run_health
from fanpin_risk.workflows.standards_diff import PROPOSAL, change_rows, difference, run_diff

HERE = Path(__file__).parent
C = SimpleNamespace(**runpy.run_path(str(HERE / "register_county.py")))
SHIPPED = HERE.parents[1] / "configs/standards"
DAYS = [date(2023, 5, 31), date(2023, 6, 30)]
FILES = {
    *("health.parquet", "silent.parquet", "contradictions.parquet"),
    *("examples.parquet", "examples.json"),
}


def silent(*_words):
    """Take note of nothing."""


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A small county with its configuration, and what its rules say on the last day."""
    root = tmp_path_factory.mktemp("health")
    records = C.CT.write(root / "county", C.tables(120))
    config = C.configuration(root / "config", records)
    project = load_project(config)
    read, setting = read_project(project, silent)
    now = setting.basis.situation(read.records, DAYS[-1])
    return SimpleNamespace(root=root, config=config, project=project, told=now.register.ruled)


@pytest.fixture(scope="module")
def found(county):
    """The health of the rules, with examples of the first three only, and the folder."""
    folder = county.root / "outputs/health"

    def of_three(answers, standards, step):
        return examples_of(replace(answers, rules=answers.rules[:3]), standards, step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "examples_of", of_three)
        return run_health(county.project, folder, days=DAYS[::-1], step=silent), folder


def changed_line(county, folder, *texts, name="monitoring_line"):
    """The county's standards with one file's text replaced."""
    shutil.copytree(county.config.parent / "standards", folder)
    path = folder / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    for before, after in texts:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return [SHIPPED, folder]


# health


def test_every_rule_is_counted_by_place_and_day(county, found):
    """As by hand; met, not met and cannot tell are everybody."""
    counts = found[0].counts
    assert counts["as_of"].unique().sort().to_list() == DAYS
    assert counts["rule"].unique(maintain_order=True).to_list() == [r.name for r in STANDARD_RULES]
    total = pl.col("met") + pl.col("not_met") + pl.col("unknown")
    assert counts.filter((pl.col("n") != total) | (pl.col("met") > pl.col("eligible"))).height == 0
    last = counts.filter(pl.col("as_of") == DAYS[-1])
    homes = county.told.answers.homes.to_native()
    for name in ("income_below_line", "clue_overdue", "exit_ready", "public_post_ending"):
        for place, *numbers in (
            last.filter(pl.col("rule") == name)
            .select("place", "met", "not_met", "unknown")
            .iter_rows()
        ):
            said = [a for p, a in homes.select("place", name).iter_rows() if p == place]
            assert numbers == [said.count(answer) for answer in (True, False, None)]


def test_what_is_silent_or_contradicts_is_written(found):
    """Each in a file of its own, a row for each pair and day; no household in any."""
    result, folder = found
    assert {path.name for path in folder.iterdir()} == FILES
    for name in ("health", "silent", "contradictions", "examples"):
        frame = pl.read_parquet(folder / f"{name}.parquet")
        assert not {"household_id", "person_id"} & set(frame.columns)
    assert pl.read_parquet(folder / "health.parquet").equals(result.counts)
    assert result.pairs.height == len(DAYS) * len(CONTRADICTIONS)
    assert result.pairs.filter(pl.col("cannot_be") & (pl.col("n") > 0)).height == 0
    says = dict(result.silent.select("rule", "says").iter_rows())
    assert says["able_to_cope"] == "never told"


def test_examples_are_written_to_be_read(found):
    """Both sides, what differs, and that running the rule tells them apart."""
    result, folder = found
    content = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    assert list(content) == sorted(one.rule.name for one in result.examples)
    one = content["register_income_below_line"]
    assert one["is_proven"] is True
    assert one["cannot_be_told_here"] == []
    (column,) = one["differs_in"]
    assert int(one["not_met"][column]) - int(one["met"][column]) == 1
    rows = pl.read_parquet(folder / "examples.parquet")
    assert rows["is_proven"].all()
    of_one = rows.filter(
        (pl.col("rule") == "register_income_below_line") & (pl.col("fact") == column)
    )
    assert of_one.select("answer", "value", "is_the_difference").rows() == [
        ("met", one["met"][column], True),
        ("not met", one["not_met"][column], True),
    ]


def test_a_rule_without_its_parameter_says_what_is_missing(county):
    """No example, and the reason beside it."""
    answers = county.told.answers
    rule = next(rule for rule in STANDARD_RULES if rule.name == "medical_warning_outpatient_month")
    standards = county.project.standards
    without = {k: v for k, v in standards.parameters.items() if k != "outpatient_month_warn"}
    empty = standards.parameters["outpatient_month_warn"].model_copy(update={"values": ()})
    bare = type(standards)(without | {"outpatient_month_warn": empty}, places=standards.places)
    (one,), _ = examples_of(replace(answers, rules=(rule,)), bare, silent)
    assert (one.is_proven, one.example.met) == (False, None)
    assert one.missing[0].startswith("outpatient_month_warn: ")


def test_days_without_anybody_and_surveys_are_refused(county, small_project):
    """With what to do."""
    folder = county.root / "refused"
    with pytest.raises(AsOfError, match="No day was given"):
        run_health(county.project, folder, days=[], step=silent)
    with pytest.raises(AsOfError, match="Nothing was known on 2001-01-31"):
        run_health(county.project, folder, days=[date(2001, 1, 31)], step=silent)
    with pytest.raises(ConfigError, match="basis: register"):
        run_health(load_project(small_project.config), folder, days=DAYS, step=silent)
    assert not folder.exists()


# diff


def test_one_version_changes_nothing(county):
    """The same standards on the same day; accounts are built once."""
    path = county.root / "same.parquet"
    found = run_diff(county.project, path, as_of=DAYS[-1], step=silent)
    assert (found.changes.height, found.counts.height, found.n_accounts) == (0, 0, 1)
    assert found.n_households == len(county.told.answers.homes)
    written = pl.read_parquet(path)
    assert written.columns == ["household_id", "rule", "before", "after"]


@pytest.fixture(scope="module")
def raised(county):
    """A line that is nearly doubled: folders, what changes, its file, and what a run says."""
    others = changed_line(county, county.root / "raised", ('"6900"', '"12000"'))
    path = county.root / "raised.parquet"
    found = run_diff(county.project, path, as_of=DAYS[-1], others=others, step=silent)
    read, setting = read_project(load_project(county.config, standards=others), silent)
    told = setting.basis.situation(read.records, DAYS[-1]).register.ruled
    return SimpleNamespace(others=others, path=path, found=found, told=told)


def test_answers_of_a_version_are_those_of_a_run(county, raised):
    """What is compared is what a run says, answer by answer and proposal by proposal."""
    assert raised.found.n_accounts == 2
    by_run = difference(county.told, raised.told)
    assert raised.found.changes.equals(by_run.changes)
    assert pl.read_parquet(raised.path).equals(by_run.changes)
    assert by_run.changes.height > 0


def test_changes_are_those_of_a_slow_count(county, raised):
    """Household by household; a line that rises makes nobody richer."""
    found, other = raised.found, raised.told
    words = {True: "met", False: "not met", None: "cannot tell"}
    slow = set()
    before = {row["household_id"]: row for row in county.told.answers.homes.iter_rows(named=True)}
    for row in other.answers.homes.iter_rows(named=True):
        for rule in STANDARD_RULES:
            one, two = before[row["household_id"]][rule.name], row[rule.name]
            if one is not two:
                slow.add((row["household_id"], rule.name, words[one], words[two]))
    types = dict(county.told.proposals.select("household_id", "proposal").iter_rows())
    for household, proposal in other.proposals.select("household_id", "proposal").iter_rows():
        if types[household] != proposal:
            slow.add((household, PROPOSAL, types[household], proposal))
    assert set(found.changes.iter_rows()) == slow
    assert found.counts["n"].sum() == found.changes.height
    of_line = found.changes.filter(pl.col("rule") == "register_income_below_line")
    assert of_line.height > 0
    assert set(of_line["after"]) <= {"met", "cannot tell"}
    by_place = change_rows(found)
    by_village = change_rows(found, by_village=True)
    assert len(by_village) >= len(by_place) > 0
    assert sum(int(row[-1].replace(",", "")) for row in by_village) == found.changes.height


def test_accounts_are_built_once_where_both_count_them_alike(county, tmp_path):
    """An amount of a rule leaves the account as it is."""
    others = changed_line(
        county, tmp_path / "s", ('value: "20"', 'value: "1"'), name="water_trip_max"
    )
    found = run_diff(
        county.project, tmp_path / "c.parquet", as_of=DAYS[-1], others=others, step=silent
    )
    assert found.n_accounts == 1
    assert set(found.changes["rule"]) <= {
        *("water_far", PROPOSAL, "exit_guarantees_ok", "exit_no_new_risk", "exit_risk_gone"),
        "exit_ready",
    }


def test_the_next_value_of_a_line_is_another_day(county, tmp_path):
    """The same folders, the values of another day, the records of the same."""
    found = run_diff(
        county.project,
        tmp_path / "c.parquet",
        as_of=DAYS[-1],
        day_a=DAYS[-1],
        day_b=date(2025, 8, 31),
        step=silent,
    )
    assert found.n_households == len(county.told.answers.homes)
    assert found.changes.height > 0
    gone = found.changes.filter(
        (pl.col("rule") == "register_income_below_line") & (pl.col("after") == "not met")
    )
    assert gone.height == 0


def test_nobody_on_the_day_and_surveys_are_refused(county, small_project, tmp_path):
    """With what to do, and nothing is written."""
    path = tmp_path / "c.parquet"
    with pytest.raises(AsOfError, match="Nothing was known on 2001-01-31"):
        run_diff(county.project, path, as_of=date(2001, 1, 31), step=silent)
    with pytest.raises(ConfigError, match="basis: register"):
        run_diff(load_project(small_project.config), path, as_of=DAYS[-1], step=silent)
    assert not path.exists()


# The command line


def test_diff_is_printed_and_only_the_changes_are_written(county, raised, tmp_path, run_fanpin):
    """Rule, place, before, after, how many; the file holds no person."""
    path = tmp_path / "out" / "c.parquet"
    named = [part for folder in raised.others for part in ("--other", folder)]
    ran = run_fanpin(
        *(
            "standards",
            "diff",
            county.config,
            *named,
            "--as-of",
            DAYS[-1],
            "--by-village",
            "--output",
            path,
        )
    )
    assert ran.code == 0, ran.err
    assert [each.name for each in path.parent.iterdir()] == ["c.parquet"]
    changes = pl.read_parquet(path)
    n = changes["household_id"].n_unique()
    assert f"答案有变的户 households with a change: {n} / " in ran.out
    assert "登记人均纯收入低于监测线" in ran.out
    assert raised.found.counts["place"][0] in ran.out
    assert not set(changes["household_id"]) & set(ran.out.split())


def test_health_is_printed(county, tmp_path, run_fanpin, monkeypatch):
    """Every rule, what is silent, and how many are proven."""

    def of_two(answers, standards, step):
        return examples_of(replace(answers, rules=answers.rules[1:3]), standards, step)

    monkeypatch.setattr(health, "examples_of", of_two)
    ran = run_fanpin(
        *("standards", "health", county.config, "--as-of", DAYS[0], "--as-of", DAYS[1]),
        *("--output", tmp_path / "h"),
    )
    assert ran.code == 0, ran.err
    assert {path.name for path in (tmp_path / "h").iterdir()} == FILES
    assert "从不能判断 never told" in ran.out
    assert "proven by running: 2 / 2" in ran.out
    assert "逐户核对规则 asking the rules 2023-05-31" in ran.err
    assert "exit_ready" in ran.out
