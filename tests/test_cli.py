"""The command line: help, every command on a small project, and what each of them leaves behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
import yaml

import fanpin_risk
from fanpin_risk.cli import app
from fanpin_risk.errors import EXIT_CODES
from fanpin_risk.indicators.catalogue import CATALOGUE, SURVEY, columns_of

ROOT = Path(fanpin_risk.__file__).parents[2]
AS_OF = "2008-12-31"
GROUP = typer.main.get_command(app)
COMMANDS = {
    *("run", "backtest", "train", "score", "plan", "findings", "indicators", "tune", "final-fold"),
    *("ingest", "quality", "quarantine", "delete", "sample-county", "simulate", "truth"),
    *("areas", "reasons", "standards"),
}
RULES = ("below_line", "below_must_visit_line", "below_monitoring_line")


def parsed(argv):
    """Values that the command line reads out of some words, without running the command."""
    context = GROUP.make_context("fanpin-risk", list(argv))
    name, command, rest = GROUP.resolve_command(context, list(argv))
    return name, command.make_context(name, rest, parent=context).params


def examples(text):
    """Commands that a help text gives as examples."""
    return re.findall(r"^\s*(fanpin-risk .*)$", text.split("Example:")[1], flags=re.MULTILINE)


@pytest.fixture(scope="module")
def score(run_fanpin, small_run):
    """Score a file with the model of the small run: what was said, and the folder."""

    def scored(records, output, *more, as_of=AS_OF, code=0):
        files = [records] if isinstance(records, Path) else records
        named = [part for file in files for part in ("--records", file)]
        ran = run_fanpin(
            *("score", "--model", small_run.model, *named, "--as-of", as_of),
            *("--output", output, "--threads", 1, *more),
        )
        assert ran.code == code, ran.err
        return ran, output

    return scored


@pytest.fixture(scope="module")
def recent(small_project, tmp_path_factory):
    """An eighth of the small project's households from the end of 2007 on, as a frame."""
    rows = small_project.rows.filter((pl.col("year") * 10 + pl.col("quarter")) >= 20074)
    return rows.filter(pl.col("hh_id") % 8 == 0)


def scores(folder):
    """The scores in a folder of results."""
    return pl.read_parquet(folder / "scores.parquet")


def manifest(folder):
    """The manifest in a folder of results."""
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


# Help


def test_help_names_every_command_and_every_exit_code(run_fanpin):
    """`fanpin-risk --help` lists the commands, and what every exit code means."""
    ran = run_fanpin("--help")
    assert ran.code == 0
    assert set(GROUP.commands) == COMMANDS
    for name in COMMANDS:
        assert re.search(rf"^\s+{name}\s+\w", ran.out, flags=re.MULTILINE)
    for code, words in EXIT_CODES.items():
        assert f"{code}  {words}" in ran.out


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_of_a_command_has_an_example_and_the_exit_codes(run_fanpin, command):
    """Each command's own help shows an example and every exit code, and says what it does."""
    ran = run_fanpin(command, "--help")
    assert ran.code == 0
    assert not ran.err
    assert examples(ran.out)
    assert [int(code) for code in re.findall(r"^ +(\d+)  [A-Z]", ran.out, flags=re.MULTILINE)] == [
        *(0, 2),
        *sorted(EXIT_CODES),
        130,
    ]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_examples_in_the_help_are_commands_that_parse(run_fanpin, command):
    """What a help text shows as an example is accepted, and names files that are there."""
    for example in examples(run_fanpin(command, "--help").out):
        program, *argv = shlex.split(example)
        assert program == "fanpin-risk"
        name, values = parsed(argv)
        assert name == command
        named = [values.get("config"), *(values.get("records") or [])]
        for path in [path for path in named if path is not None]:
            assert (ROOT / path).is_file(), path


def test_commands_in_the_readme_parse():
    """Every `fanpin-risk` line in the README's code blocks is accepted."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in re.split(r"&&|\n", block)]
    commands = [line.split("fanpin-risk", 1)[1] for line in lines if "bin/fanpin-risk " in line]
    assert {parsed(shlex.split(command))[0] for command in commands} >= {"run", "score"}


PLACES = {"standards": [Path("s")], "root": Path("r"), "threads": 3}
WORDS = "--standards s --root r --threads 3"
DAY = {"as_of": date(2012, 3, 31)}


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (f"run c.yaml {WORDS} --promote", {"config": Path("c.yaml"), **PLACES, "promote": True}),
        (f"backtest c.yaml {WORDS}", {"config": Path("c.yaml"), **PLACES}),
        (f"train c.yaml --as-of 2012-03-31 {WORDS}", {"config": Path("c.yaml"), **PLACES, **DAY}),
        (f"final-fold c.yaml {WORDS}", {"config": Path("c.yaml"), **PLACES}),
        ("tune c.yaml --standards s --threads 3", {"threads": 3, "standards": [Path("s")]}),
        (
            "score --model m --records a.csv --records b.csv.gz --as-of 2012-03-31 --output o",
            {"model": Path("m"), "records": [Path("a.csv"), Path("b.csv.gz")], **DAY},
        ),
        (
            "plan --model m --records a.csv --as-of 2012-03-31 --output o --visits-per-team 4 "
            "--audit-share 0.25 --seed 9 --standards s --threads 3",
            {"visits_per_team": 4, "audit_share": 0.25, "seed": 9, "output": Path("o")},
        ),
        (
            "findings 007 c.yaml --as-of 2012-03-31 --standards s",
            {"household": "007", "config": Path("c.yaml"), **DAY, "standards": [Path("s")]},
        ),
        (
            "indicators c.yaml --as-of 2012-03-31 --output i.parquet",
            {"config": Path("c.yaml"), **DAY, "output": Path("i.parquet")},
        ),
        ("indicators", {"config": None, "as_of": None, "output": None}),
    ],
)
def test_every_option_is_understood(line, values):
    """Options arrive as what they are: paths, days, numbers; a household number stays text."""
    name, found = parsed(shlex.split(line))
    assert name == line.split()[0]
    assert {key: found[key] for key in values} == values


def test_every_option_says_what_it_is_for():
    """No argument or option of any command lacks its words of help."""
    for name, command in GROUP.commands.items():
        for parameter in command.params:
            assert getattr(parameter, "help", ""), f"{name}: {parameter.name}"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["score"], "Missing option '--model'. See `fanpin-risk score --help`."),
        (["fly"], "No such command 'fly'. See `fanpin-risk --help`."),
        (["run"], "Missing argument 'config'. See `fanpin-risk run --help`."),
        (["run", "x.yaml", "--threads", "0"], "Invalid value for '--threads'"),
        (["run", "x.yaml", "--thread", "1"], "No such option: --thread"),
        (["train", "x.yaml", "--as-of", "31/03/2012"], "Write it as YYYY-MM-DD, for instance"),
        (["train", "x.yaml", "--as-of", "2012-W13-6"], "Write it as YYYY-MM-DD, for instance"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_code_2(run_fanpin, argv, words):
    """What is wrong with the command line is said in one line that names the word."""
    ran = run_fanpin(*argv)
    assert ran.code == 2
    assert words.lower() in ran.err.lower()
    assert ran.err.count("\n") == 1
    assert not ran.out


@pytest.mark.parametrize("command", ["score", "plan", "findings"])
def test_the_day_must_be_named(run_fanpin, command):
    """Commands about one day do not guess it: `--as-of` is required."""
    argv = {"findings": ["5", "c.yaml"]}.get(
        command, ["--model", "m", "--records", "f.csv", "--output", "o"]
    )
    ran = run_fanpin(command, *argv)
    assert (ran.code, "Missing option '--as-of'" in ran.err) == (2, True)


def test_no_command_shows_the_help(run_fanpin):
    """Without any word the help is shown; that is not a success."""
    ran = run_fanpin()
    assert ran.code == 2
    assert "Usage: fanpin-risk" in ran.out + ran.err


def list_indicators(**environment):
    """Start `fanpin-risk indicators` as a process of its own."""
    source = str(Path(fanpin_risk.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "fanpin_risk", "indicators"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": source, "PATH": os.environ["PATH"], **environment},
    )


def test_a_reader_that_goes_away_leaves_no_traceback():
    """`fanpin-risk indicators | head -1` ends quietly."""
    with list_indicators() as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_terminal_without_chinese_shows_the_rest():
    """Where the terminal's encoding has no Chinese, English and numbers are still shown."""
    with list_indicators(PYTHONIOENCODING="ascii") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"income_to_line_latest" in out


# run


def test_run_ends_with_a_table_and_says_where_everything_is(small_run):
    """A run ends with methods against measures, and the places of results, report and store."""
    out = small_run.ran.out
    for method in (
        *("rules_order", "weighted_past_income", "region_only", "vep", "logistic"),
        *("lightgbm", "rules_then_model", "random"),
    ):
        assert re.search(rf"{method} .*0\.\d{{3}}.*0\.\d{{3}} / 0\.\d{{3}}", out), method
    for words in ("AUC", "must+0% P / R", "must+2% P / R", "must+5% P / R", "must+10% P / R"):
        assert words in out
    for place in (small_run.results, small_run.results / "report.html", small_run.model):
        assert str(place) in out
        assert place.exists()
    assert "MLflow: " in out


def test_run_shows_progress_and_counts_rows(small_run, small_project):
    """A run says which step it is at, and that rows read are accepted plus quarantined."""
    said = small_run.ran.err
    steps = ("reading records", "building indicators 2008-09-30", "backtest 2006-06-30")
    for words in (*steps, "evaluating", f"training {AS_OF}", f"scoring {AS_OF}", "writing results"):
        assert words in said
    n = small_project.rows.height
    assert f"panel.parquet: 读入 read {n} = 接受 accepted {n} + 隔离 quarantined 0" in said


# The other commands


def test_backtest_gives_the_same_measures_as_run(run_fanpin, small_project, small_run, tmp_path):
    """`backtest` alone writes the measures that `run` writes, and every prediction."""
    ran = run_fanpin("backtest", small_project.config, "--root", tmp_path, "--threads", 1)
    assert ran.code == 0, ran.err
    folder = tmp_path / "outputs/small_backtest"
    assert str(folder / "metrics.json") in ran.out
    alone = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    inside = json.loads((small_run.results / "metrics.json").read_text(encoding="utf-8"))
    assert {key: inside[key] for key in alone} == alone
    predictions = pl.read_parquet(folder / "predictions.parquet")
    assert predictions.height == alone["cohort"]["n_household_dates"]


def test_train_gives_the_model_of_run(run_fanpin, small_project, small_run, tmp_path):
    """`train` writes the files of the model that `run` wrote, byte for byte."""
    ran = run_fanpin("train", small_project.config, "--root", tmp_path, "--threads", 1)
    assert ran.code == 0, ran.err
    folder = tmp_path / "models/small"
    assert f"模型 Model: {folder} (version " in ran.out
    assert {path.name for path in folder.iterdir()} == {p.name for p in small_run.model.iterdir()}
    for name in ("booster.txt", "model.json", "project.json"):
        assert (folder / name).read_bytes() == (small_run.model / name).read_bytes(), name


def test_train_for_an_earlier_day_uses_less(run_fanpin, small_project, tmp_path):
    """`train --as-of` learns from what was known before that day, and from nothing later."""
    ran = run_fanpin(
        *("train", small_project.config, "--as-of", "2006-12-31", "--root", tmp_path),
        *("--threads", 1),
    )
    assert ran.code == 0, ran.err
    content = json.loads((tmp_path / "models/small/model.json").read_text(encoding="utf-8"))
    assert content["calibrated_until"] < "2006-12-31"
    assert content["trained_until"] <= content["calibrated_from"]


def test_score_gives_the_scores_of_run(score, small_project, small_run, tmp_path):
    """`score` with the model of a run, on its records and day, gives its files byte for byte."""
    _, folder = score(small_project.panel, tmp_path / "scored")
    names = {"manifest.json", *(path.name for path in folder.glob("*.parquet"))}
    assert {*names, "visit_plan.xlsx"} == {path.name for path in folder.iterdir()}
    for path in [*folder.glob("*.parquet"), folder / "visit_plan.xlsx"]:
        assert path.read_bytes() == (small_run.results / path.name).read_bytes(), path.name


def test_every_kind_of_file_gives_the_same_scores(score, recent, tmp_path):
    """Parquet, CSV and packed CSV of the same rows give the same bytes of scores and findings."""
    recent.write_parquet(tmp_path / "rows.parquet")
    recent.write_csv(tmp_path / "rows.csv")
    recent.write_csv(tmp_path / "packed.csv.gz", compression="gzip", check_extension=False)
    results = [
        score(tmp_path / name, tmp_path / f"{number}")[1]
        for number, name in enumerate(("rows.parquet", "rows.csv", "packed.csv.gz"))
    ]
    for name in ("scores.parquet", "findings.parquet", "visit_plan.parquet"):
        assert len({(folder / name).read_bytes() for folder in results}) == 1, name
    assert scores(results[0]).height > 0


def test_rows_in_several_files_give_the_same_scores(score, recent, tmp_path):
    """`--records` may be given again: rows spread over two files are the same rows."""
    recent.write_parquet(tmp_path / "all.parquet")
    recent[::2].write_parquet(tmp_path / "even.parquet")
    recent[1::2].write_csv(tmp_path / "odd.csv")
    _, whole = score(tmp_path / "all.parquet", tmp_path / "whole")
    _, parts = score([tmp_path / "odd.csv", tmp_path / "even.parquet"], tmp_path / "parts")
    assert scores(whole).equals(scores(parts))
    assert len(manifest(parts)["inputs"]) == 2


def test_later_quarters_and_unseen_households_are_scored(score, recent, small_run, tmp_path):
    """A quarter after everything seen in training, with its own median, is scored like any other.

    Half of its households were never seen before; their scores do not hang on being known.
    """
    latest = recent.filter((pl.col("year") == 2008) & (pl.col("quarter") == 4))
    later = latest.with_columns(
        pl.lit(2009).cast(recent.schema["year"]).alias("year"),
        pl.lit(2).cast(recent.schema["quarter"]).alias("quarter"),
        pl.lit(700.5).alias("MEDIAN_IPCF"),
    )
    new = later.with_columns(pl.col("hh_id") + 50_000_000)
    pl.concat([recent, later, new]).write_parquet(tmp_path / "later.parquet")
    _, folder = score(tmp_path / "later.parquet", tmp_path / "out", as_of="2009-06-30")
    found = scores(folder)
    assert found["as_of"].unique().to_list() == [date(2009, 6, 30)]
    unseen = found.filter(pl.col("household_id").str.len_chars() == len("50000000"))
    assert unseen.height == found.height / 2
    assert found["risk"].is_between(0, 1, closed="none").all()
    assert unseen["risk"].n_unique() > unseen.height / 4
    assert manifest(folder)["households"]["visited"] == 2 * latest.height
    assert manifest(folder)["findings"]["cannot_tell"].get("below_line", 0) < latest.height
    assert found["model_version"].unique().to_list() == [
        json.loads((small_run.model / "model.json").read_text(encoding="utf-8"))["model_version"]
    ]


def test_a_quarter_without_a_median_is_scored_and_counted(score, recent, tmp_path):
    """Without a line the rules say "cannot tell", counted and printed; the batch goes on."""
    of_day = (pl.col("year") == 2008) & (pl.col("quarter") == 4)
    blank = recent.with_columns(pl.when(~of_day).then(pl.col("MEDIAN_IPCF")))
    blank.write_parquet(tmp_path / "blank.parquet")
    ran, folder = score(tmp_path / "blank.parquet", tmp_path / "out")
    n = recent.filter(of_day).height
    content = manifest(folder)
    assert content["households"] == {
        **{"visited": n, "scored": n, "not_scored": 0, "income_or_line_not_known": n}
    }
    assert content["findings"]["cannot_tell"] == dict.fromkeys(RULES, n)
    for rule in RULES:
        assert f"规则无法判断 rule cannot tell: {rule} {n}\n" in ran.err
    findings = pl.read_parquet(folder / "findings.parquet")
    assert findings["answer"].unique().to_list() == ["cannot tell"]
    assert findings["evidence"].str.contains("no line for this day").all()
    plan = pl.read_parquet(folder / "visit_plan.parquet")
    assert "must_visit" not in plan["slice"].to_list()
    assert plan["why_en"].str.contains("cannot tell").all()


def test_nobody_visited_is_lost(score, recent, small_run, tmp_path):
    """Visited = scored + not scored, household by household; both files hold nobody else."""
    recent.write_parquet(tmp_path / "rows.parquet")
    for as_of, year, quarter in (("2008-06-30", 2008, 2), (AS_OF, 2008, 4)):
        ran, folder = score(tmp_path / "rows.parquet", tmp_path / as_of, as_of=as_of)
        of_day = (pl.col("year") == year) & (pl.col("quarter") == quarter)
        visited = set(recent.filter(of_day)["hh_id"].cast(pl.String))
        scored = scores(folder)["household_id"].to_list()
        not_scored = pl.read_parquet(folder / "not_scored.parquet")
        assert len(scored) + not_scored.height == len(visited)
        assert {*scored, *not_scored["household_id"]} == visited
        assert not_scored["reason_en"].str.contains("below the line already").all()
        n = not_scored.height
        assert f"visited {len(visited)} = 评分 scored {len(scored)} + 已低于收入线" in ran.err
        assert f"below the line already {n}" in ran.err


def test_other_standards_can_be_named(score, recent, small_project, tmp_path):
    """`--standards` takes another folder's lines, and the manifest shows that it did."""
    recent.write_parquet(tmp_path / "rows.parquet")
    folder = tmp_path / "standards"
    folder.mkdir()
    for path in (small_project.folder / "standards").glob("*.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if content.get("name") == "must_visit_line":
            content["values"][0]["multiple"] = "1.3"
        (folder / path.name).write_text(yaml.safe_dump(content), encoding="utf-8")
    _, usual = score(tmp_path / "rows.parquet", tmp_path / "usual")
    _, other = score(tmp_path / "rows.parquet", tmp_path / "other", "--standards", folder)
    assert manifest(usual)["standards_digest"] != manifest(other)["standards_digest"]
    n = [manifest(result)["plan"]["by_slice"]["must_visit"] for result in (usual, other)]
    assert n[0] < n[1]
    assert scores(usual).equals(scores(other))
    rules = pl.read_parquet(other / "rules.parquet")
    assert "1.3 x income_line" in rules["value"].to_list()


def test_plan_is_the_plan_of_the_scoring(run_fanpin, score, recent, small_run, tmp_path):
    """`plan` without options draws the plan that `score` draws, and writes nothing else."""
    recent.write_parquet(tmp_path / "rows.parquet")
    _, scored = score(tmp_path / "rows.parquet", tmp_path / "scored")
    ran = run_fanpin(
        *("plan", "--model", small_run.model, "--records", tmp_path / "rows.parquet"),
        *("--as-of", AS_OF, "--output", tmp_path / "plan", "--threads", 1),
    )
    assert ran.code == 0, ran.err
    names = {path.name for path in (tmp_path / "plan").iterdir()}
    assert names == {
        *("visit_plan.parquet", "visit_plan.xlsx", "audit_frame.parquet", "teams.parquet"),
        "manifest.json",
    }
    for name in names - {"manifest.json"}:
        assert (tmp_path / "plan" / name).read_bytes() == (scored / name).read_bytes(), name


def test_plan_takes_another_capacity_audit_and_seed(run_fanpin, recent, small_run, tmp_path):
    """`plan --visits-per-team --audit-share --seed` changes what it says, must-visits apart."""
    recent.write_parquet(tmp_path / "rows.parquet")

    def drawn(name, *more):
        ran = run_fanpin(
            *("plan", "--model", small_run.model, "--records", tmp_path / "rows.parquet"),
            *("--as-of", AS_OF, "--output", tmp_path / name, "--threads", 1, *more),
        )
        assert ran.code == 0, ran.err
        return pl.read_parquet(tmp_path / name / "visit_plan.parquet")

    few = drawn("few", "--visits-per-team", 6, "--audit-share", 0.5, "--seed", 1)
    again = drawn("again", "--visits-per-team", 6, "--audit-share", 0.5, "--seed", 2)
    none = drawn("none", "--visits-per-team", 6, "--audit-share", 0)
    teams = few.group_by("team").agg(pl.len(), must=(pl.col("slice") == "must_visit").sum())
    assert (teams["len"] == teams.select(pl.max_horizontal(pl.lit(6), "must")).to_series()).all()
    audits = [set(f.filter(slice="audit")["household_id"]) for f in (few, again, none)]
    assert audits[0] != audits[1]
    assert not audits[2]
    must = [set(f.filter(slice="must_visit")["household_id"]) for f in (few, again, none)]
    assert must[0] == must[1] == must[2]
    assert manifest(tmp_path / "few")["plan_settings"]["visits_per_team"] == 6


def test_findings_shows_every_rule_of_one_household(run_fanpin, small_project, small_run):
    """`findings` shows what each rule says of a household, also what is not met."""
    scored = scores(small_run.results)["household_id"]
    ran = run_fanpin("findings", scored[0], small_project.config, "--as-of", AS_OF)
    assert ran.code == 0, ran.err
    for rule in RULES:
        assert len(re.findall(rf"{rule} +│ +(met|not met|cannot tell) +│", ran.out)) == 1
    assert "income_line@AR/2003-07-01" in ran.out


def test_findings_looks_at_the_latest_visit_known(run_fanpin, small_project):
    """`findings` asks about the latest visit by the day, whether or not the day is one."""
    seen = small_project.rows.filter((pl.col("year") == 2004) & (pl.col("quarter") == 3))
    household = seen["hh_id"][0]
    ran = run_fanpin("findings", household, small_project.config, "--as-of", "2004-10-20")
    assert ran.code == 0, ran.err
    assert "(2004-09-30)" in ran.out


def test_findings_of_an_unknown_household(run_fanpin, small_project):
    """A household that nobody visited is named in one line."""
    ran = run_fanpin("findings", "no-such", small_project.config, "--as-of", AS_OF)
    assert ran.code == 12
    assert ran.err.splitlines()[-1] == (
        f"SchemaError: No visit of household 'no-such' was known on {AS_OF}. Check number and day."
    )


def test_indicators_lists_the_catalogue(run_fanpin):
    """`indicators` without a configuration lists every column in both languages."""
    ran = run_fanpin("indicators")
    assert ran.code == 0
    words = re.sub(r"[\s│]+", "", ran.out)
    for column in columns_of(CATALOGUE):
        assert re.sub(r"\s+", "", column.name) in words
        assert re.sub(r"\s+", "", column.title_zh) in words


def test_indicators_builds_a_file(run_fanpin, small_project, tmp_path):
    """`indicators CONFIG --as-of --output` writes every column for everybody visited then."""
    target = tmp_path / "deep/indicators.parquet"
    ran = run_fanpin("indicators", small_project.config, "--as-of", AS_OF, "--output", target)
    assert ran.code == 0, ran.err
    built = pl.read_parquet(target)
    day = small_project.rows.filter((pl.col("year") == 2008) & (pl.col("quarter") == 4))
    assert built.height == day.height
    assert built.columns == ["household_id", *(c.name for c in columns_of(SURVEY))]
    assert built["household_id"].to_list() == sorted(built["household_id"], key=str.encode)
    assert f"{built.height} households x {built.width - 1} indicators" in ran.out


def test_indicators_wants_day_and_output(run_fanpin, small_project):
    """With a configuration `indicators` needs a day and a file, and says so."""
    ran = run_fanpin("indicators", small_project.config)
    assert (ran.code, ran.out) == (11, "")
    assert ran.err == "ConfigError: To build indicators, give --as-of and --output too.\n"


def test_tune_lists_trials_best_first(run_fanpin, small_project):
    """`tune` shows one row a trial, best mean log loss first, the configured one among them."""
    ran = run_fanpin("tune", small_project.config, "--threads", 1)
    assert ran.code == 0, ran.err
    losses = [float(text) for text in re.findall(r"│ (0\.\d{5}) +│ 0\.\d{4} +│", ran.out)]
    assert len(losses) == 2
    assert losses == sorted(losses)
    assert "{}" in ran.out


def test_final_fold_puts_every_opening_on_record(run_fanpin, small_project, tmp_path):
    """Each opening appends one line: date, commit, configuration and the figures; none is lost."""
    config = small_project.configured(tmp_path, final_fold__record="docs/openings.jsonl")
    record = tmp_path / "docs/openings.jsonl"
    record.parent.mkdir()
    record.write_text('{"an earlier":"opening"}\n', encoding="utf-8")
    ran = run_fanpin("final-fold", config, "--root", tmp_path, "--threads", 1)
    assert ran.code == 0, ran.err
    assert f"Recorded in {record}" in ran.out
    earlier, line = record.read_text(encoding="utf-8").splitlines()
    assert earlier == '{"an earlier":"opening"}'
    opening = json.loads(line)
    assert date.fromisoformat(opening["opened_on"])
    assert opening["commit"] == "unknown"
    assert re.fullmatch("[0-9a-f]{16}", opening["configuration"])
    written = json.loads(
        (tmp_path / "outputs/small_final_fold/metrics.json").read_text(encoding="utf-8")
    )
    known = written["views"]["known"]
    model = opening["result"]["methods"]["lightgbm"]
    assert model["auc"] == known["methods"]["lightgbm"]["auc"]
    assert model["precision_at_10%"]["value"] == pytest.approx(
        known["methods"]["lightgbm"]["precision_at_10%"]["value"]
    )
    assert set(opening["result"]["auc_differences"]) == {
        *("lightgbm - weighted_past_income", "lightgbm - logistic")
    }
    assert {"low", "high"} <= set(opening["result"]["auc_differences"]["lightgbm - logistic"])
    assert opening["result"]["further_visits_ratio"]


def test_run_never_opens_the_final_fold(small_project, small_run):
    """Neither `run` nor any other command writes to the record of openings."""
    assert small_run.ran.code == 0
    assert not (small_project.folder / "openings.jsonl").exists()
