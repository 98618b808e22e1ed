"""`fanpin-risk standards`: the history of a standard, what holds, and what to look at."""

from __future__ import annotations

import re
import shlex
from datetime import date

import pytest
import typer
import yaml

from fanpin_risk.cli import app
from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.checks import KINDS, notices
from fanpin_risk.standards.history import history
from fanpin_risk.standards.required import RequiredStandard

TITLES = {"title_zh": "监测线", "title_en": "line", "owner_zh": "办", "owner_en": "office"}
PLACES = [
    {"place": "CN", "title_zh": "全国", "title_en": "China", "level": "national"},
    {
        "place": "P",
        "title_zh": "某省",
        "title_en": "a province",
        "level": "province",
        "within": "CN",
        "codes": ["230000"],
    },
]
VALUES = [
    {
        "place": "CN",
        "valid_from": date(2021, 5, 1),
        "valid_to": date(2021, 12, 31),
        "value": "6000",
    },
    {
        "place": "P",
        "valid_from": date(2022, 1, 1),
        "day_is_known": False,
        "value": "6500",
        "regime": "old",
        "review_on": date(2023, 3, 31),
    },
    {"place": "P", "valid_from": date(2024, 3, 14), "value": "8800", "mark": "D"},
]
REGIME = [{"place": "CN", "valid_from": date(2021, 1, 1), "value": "old"}]


def write(folder, *values, **files):
    """A folder with a line, the regimes and the places; ``files`` replace or add."""
    folder.mkdir(exist_ok=True)
    filled = {"source": "a notice", "mark": "A"}

    def standard(name, unit, values):
        return {"name": name, "unit": unit, **TITLES, "values": [filled | v for v in values]}

    contents = {
        "line": standard("line", "yuan per head a year", values or VALUES),
        "regime": standard("regime", "code", REGIME),
        "places": {"places": PLACES},
    } | files
    for name, content in contents.items():
        text = yaml.safe_dump(content, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def standards(run_fanpin):
    """Run `fanpin-risk standards`; what it printed comes with single spaces."""

    def run(*argv):
        ran = run_fanpin("standards", *argv)
        return ran.code, re.sub(r"[\s│]+", " ", ran.out), ran.err

    return run


# show


def test_a_history_shows_every_value_with_its_days_source_and_mark(standards, tmp_path):
    """By place and first day; an end that the next value gives; a day that is not known."""
    code, out, err = standards("show", "line", "--standards", write(tmp_path / "s"))
    assert (code, err) == (0, "")
    assert "监测线 / line（yuan per head a year）" in out
    assert "负责部门 owner: 办 / office" in out
    for row in (
        "CN 2021-05-01 2021-12-31 6000 A a notice",
        "P 2022-01-01 (?) 2024-03-13 6500 old A a notice 2023-03-31",
        "P 2024-03-14 … 8800 D a notice",
    ):
        assert row in out


def test_with_place_and_day_the_value_that_holds_is_shown(standards, tmp_path):
    """By a code of the records; with its record, mark and what to mind."""
    words = ["show", "line", "--standards", write(tmp_path / "s"), "--place", "230000", "--day"]
    code, out, err = standards(*words, "2023-06-01")
    assert code == 0
    assert "某省 / a province, 2023-06-01: 6500 yuan per head a year" in out
    assert "依据 records: line@P/2022-01-01（A）" in out
    assert "line@P/2022-01-01 is past its review date 2023-03-31" in err
    assert "line@P/2022-01-01: only the year is known" in err
    code, out, err = standards(*words, "2021-06-01")
    assert "2021-06-01: 6000 yuan per head a year 依据 records: line@CN/2021-05-01（A）" in out
    code, out, err = standards(*words, "2024-06-01")
    assert (code, err) == (0, "")
    assert "line@P/2024-03-14：数值未经证实" in out
    assert "not confirmed: used only when marks_allowed names its mark" in out
    assert "依据" not in out


def test_a_code_and_what_is_not_public_are_shown(standards, tmp_path):
    """A text as it stands; a record without a number says so."""
    folder = write(tmp_path / "s", {"place": "P", "valid_from": date(2022, 1, 1), "mark": "N"})
    asked = ["--standards", folder, "--place", "P", "--day", "2023-06-01"]
    assert "2023-06-01: old code" in standards("show", "regime", *asked)[1]
    out = standards("show", "line", *asked)[1]
    assert "P 2022-01-01 … 未公开 not public N a notice" in out
    assert "没有公开数值，须由用户提供 / not public: the user must supply it" in out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["show", "lin"], 11, "ConfigError: 'lin' is no standard. Did you mean 'line'?"),
        (
            ["show", "line", "--place", "Q", "--day", "2023-06-01"],
            11,
            "ConfigError: 'Q' is no place of the standards. Known: 230000, CN, P.",
        ),
        (["show", "line", "--place", "P"], 2, "give --place and --day together, or neither"),
        (["show", "line", "--day", "2023-06-01"], 2, "give --place and --day together"),
        (["show", "line", "--place", "P", "--day", "1 June"], 2, "--day"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(standards, tmp_path, words, code, message):
    """With the exit code of its kind."""
    found, _, err = standards(*words, "--standards", write(tmp_path / "s"))
    assert found == code
    assert message in err
    assert err.count("\n") == 1


def test_the_shipped_standards_can_be_shown(standards, shipped_folder, county):
    """Every one of them, with and without the simulated county's."""
    folders = ["--standards", shipped_folder, "--standards", shipped_folder / "simulated_county"]
    for name in ("monitoring_line", "regime", "minimum_wage_month"):
        assert standards("show", name, *folders)[0] == 0
    for name, parameter in county.parameters.items():
        assert history(county, name).height == len(parameter.values)


# check


def test_everything_to_look_at_is_listed(standards, tmp_path):
    """Gaps, ends, what is not public, old and doubtful values, each by standard and place."""
    values = [
        {"place": "CN", "valid_from": date(2021, 5, 1), "valid_to": date(2021, 12, 31)},
        {"place": "CN", "valid_from": date(2022, 3, 1), "valid_to": date(2023, 2, 28)},
        {"place": "P", "valid_from": date(2022, 1, 1), "review_on": date(2023, 3, 31)},
    ]
    folder = write(tmp_path / "s", *({"value": "1"} | value for value in values))
    asked = ["check", "--standards", folder, "--day"]
    code, out, err = standards(*asked, "2023-03-31")
    assert (code, err) == (0, "")
    assert "中间有空档 gap line CN 2022-01-01至2022-02-28没有标准 / no record from" in out
    assert "已到期，无后续标准 ended, nothing follows line CN 2023-02-28以后没有标准" in out
    assert "标准 standards: 2，提示 notices: 2" in out
    code, out, err = standards(*asked, "2023-04-01")
    assert "已过复核日 past its review date line P 2022-01-01起的数值应于2023-03-31复核" in out
    assert "notices: 3" in out
    assert "notices: 1" in standards(*asked, "2023-02-28")[1]


def test_a_doubtful_value_says_whether_it_may_be_used(made):
    """As the configuration names its mark; what is not public is told apart."""
    values = [{"place": "A", "value": "1", "mark": "D"}, {"place": "B", "mark": "N"}]
    standards = made(line=values)
    day = date(2024, 1, 1)

    def told(found):
        return [(n.kind, n.place, n.words_en) for n in notices(found, day)]

    assert told(standards) == [
        ("not_public", "B", "from 2003-07-01 on"),
        ("mark", "A", "the value from 2003-07-01, mark D, not allowed: a lookup cannot tell"),
    ]
    assert told(standards.using(marks_allowed=["D"]))[1][2].endswith("mark D, allowed")
    assert notices(standards, date(2003, 6, 30)) == []
    assert {n.kind for n in notices(standards, day)} < set(KINDS)


def test_a_missing_required_standard_is_an_error(standards, tmp_path, small_project):
    """The configuration names what it must have; the exit code is that of a configuration."""
    write(tmp_path / "s")
    required = [{"standard": "line", "place": "P"}, {"standard": "line", "place": "CN"}]
    config = small_project.configured(
        tmp_path, standards="s", required_standards=required, need_line="line"
    )
    code, out, err = standards("check", "--config", config, "--day", "2023-06-01")
    assert code == 11
    assert "缺少必需的标准 required and missing line CN 当日不能确定 / line at CN on" in out
    assert "missing line P" not in out
    assert err == (
        "ConfigError: 1 required standards cannot be told. Add values to the standards, or name "
        "what the reasons say.\n"
    )
    config = small_project.configured(
        tmp_path, standards="s", required_standards=required[:1], marks_allowed=["D"]
    )
    code, out, err = standards("check", "--config", config, "--day", "2024-06-01")
    assert (code, err) == (0, "")
    assert "2024-03-14起的数值，D级，已允许使用" in out


def test_every_overlap_is_listed(standards, tmp_path):
    """With its standard, place and files; nothing else can be said of such standards."""
    first = write(tmp_path / "a", *VALUES, *({**VALUES[0], "value": v} for v in ("1", "2")))
    second = tmp_path / "b"
    second.mkdir()
    values = [{**VALUES[2], "source": "own", "mark": "A"}]
    text = yaml.safe_dump({"name": "line", "values": values})
    (second / "own.yaml").write_text(text, encoding="utf-8")
    code, out, err = standards("check", "--standards", first, "--standards", second)
    assert code == 11
    assert out.count("重叠 overlap line CN two values of CN hold on 2021-05-01") == 2
    assert out.count("重叠 overlap line P two values of P hold on 2024-03-14") == 1
    assert "line.yaml" in out
    assert err.startswith("ConfigError: 3 values claim a day that another claims. End one")


def test_the_day_is_today_when_none_is_given(standards, tmp_path):
    """Only the command line reads the clock."""
    folder = write(tmp_path / "s", {**VALUES[2], "mark": "A", "review_on": date(2024, 3, 14)})
    assert "已过复核日" in standards("check", "--standards", folder)[1]


def test_gaps_are_days_that_no_record_claims(made):
    """A record without a number fills a gap; one that lasts to the next leaves none."""
    day = date(2030, 1, 1)
    number = {"value": "1"}
    ends = number | {"valid_from": "2021-01-01", "valid_to": "2021-12-31"}
    later = number | {"valid_from": "2023-01-01"}

    def gaps(*values):
        return [n.words_en for n in notices(made(line=list(values)), day) if n.kind == "gap"]

    assert gaps(ends, later) == ["no record from 2022-01-01 to 2022-12-31"]
    assert gaps(ends | {"valid_to": "2022-12-31"}, later) == []
    assert gaps(ends, later | {"place": "CN"}) == []
    nothing = {"mark": "N", "valid_from": "2022-01-01"}
    assert gaps(ends, nothing, later) == []
    assert gaps(ends, nothing | {"valid_to": "2022-06-30"}, later) == [
        "no record from 2022-07-01 to 2022-12-31"
    ]
    assert gaps(number | {"valid_from": "2020-01-01"}, later) == []


def test_what_is_required_must_be_a_standard_at_a_place(made):
    """A misspelt name is a mistake in the configuration."""
    standards = made(line=[{"value": "1"}])
    assert (
        notices(standards, date(2024, 1, 1), [RequiredStandard(standard="line", place="AR")]) == []
    )
    for wrong, words in (({"standard": "lin"}, "'lin' is no standard"), ({"place": "AB"}, "'AB'")):
        one = RequiredStandard(**({"standard": "line", "place": "AR"} | wrong))
        with pytest.raises(ConfigError, match=words):
            notices(standards, date(2024, 1, 1), [one])


# health and diff


def test_a_diff_needs_another_version(standards, small_project):
    """Another folder or another day; a survey has no rules of a county."""
    code, _, err = standards("diff", small_project.config)
    assert code == 2
    assert "give --other, or --day-b, or both" in re.sub(r"\s+", " ", err)
    for command in (("diff", "--day-b", "2009-01-01"), ("health",)):
        code, _, err = standards(command[0], small_project.config, *command[1:])
        assert code == 11
        assert "basis: register" in err


def test_days_of_health_are_days(standards, small_project):
    """A day that is none is a slip of the command line."""
    code, _, err = standards("health", small_project.config, "--as-of", "2025-02-30")
    assert code == 2
    assert "2025-02-30" in err


@pytest.mark.parametrize("command", ["show", "check", "health", "diff"])
def test_examples_in_the_help_of_a_command_parse(command, run_fanpin):
    """Every example is accepted as it stands, and every exit code is explained."""
    group = typer.main.get_command(app)
    ran = run_fanpin("standards", command, "--help")
    assert ran.code == 0
    examples = re.findall(r"^\s*(fanpin-risk .*)$", ran.out.split("Example:")[1], re.MULTILINE)
    assert examples
    assert "Exit codes:" in ran.out
    for example in examples:
        _, *argv = shlex.split(example)
        context = group.make_context("fanpin-risk", list(argv))
        _, standards_group, rest = group.resolve_command(context, list(argv))
        name, found, rest = standards_group.resolve_command(
            standards_group.make_context("standards", rest, parent=context), rest[:]
        )
        assert name == command
        found.make_context(name, rest, parent=context)
