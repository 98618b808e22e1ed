"""The configuration: what ships loads, the final fold stays unseen, and marks must be named."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

import fanpin_risk
from fanpin_risk.config import Configuration, check_baselines, load_project
from fanpin_risk.errors import ConfigError
from fanpin_risk.outcomes.cohort import CohortSettings
from fanpin_risk.outcomes.flow import FlowSettings
from fanpin_risk.settings import settings_from

ROOT = Path(fanpin_risk.__file__).parents[2]
SHIPPED = ROOT / "configs/argentina_eph.yaml"


def content():
    """The configuration that ships, as plain values."""
    return yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))


def configured(**changes):
    """The configuration that ships, with other values (``part__key=value``)."""
    values = content()
    for name, value in changes.items():
        *parts, last = name.split("__")
        inner = values
        for part in parts:
            inner = inner[part]
        inner[last] = value
    return settings_from(values, Configuration, where="test.yaml")


def test_what_ships_loads():
    """The shipped configuration and everything it names can be read; its file is there."""
    project = load_project(SHIPPED)
    assert project.configuration.name == "argentina_eph"
    assert all(path.is_file() for path in project.files)
    assert project.source.name == "argentina_eph"
    assert {"income_line", "must_visit_line", "monitoring_line"} <= set(
        project.standards.parameters
    )
    assert project.final_fold_record.parent.resolve() == ROOT / "docs"


def test_the_final_fold_that_ships_is_the_one_agreed():
    """Training on outcomes to the end of 2009; testing households first seen from 2010 on."""
    configuration = load_project(SHIPPED).configuration
    assert configuration.final_fold.outcomes_until == date(2009, 12, 31)
    assert configuration.final_fold.first_seen_from == date(2010, 1, 1)
    assert configuration.backtest.first_seen_before <= configuration.final_fold.first_seen_from
    assert max(configuration.tune.validation_days) < configuration.backtest.outcomes_until


def test_paths_are_relative_to_the_file(small_project, monkeypatch, tmp_path):
    """Sources, standards, records and the record of openings are looked for beside the file."""
    monkeypatch.chdir(tmp_path)
    project = load_project(small_project.config)
    assert project.files == (small_project.folder / "panel.parquet",)
    assert project.final_fold_record == small_project.folder / "openings.jsonl"


def test_other_standards_take_the_place_of_those_named(small_project):
    """A folder of standards given by hand counts, not the one the configuration names."""
    with pytest.raises(ConfigError, match=r"nowhere: no such folder of standards"):
        load_project(small_project.config, standards=[Path("nowhere")])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"backtest__first_seen_before": None}, "must be set, at or before final_fold.first_seen"),
        (
            {"backtest__first_seen_before": "2010-01-02"},
            r"at or before final_fold.first_seen_from \(2010-01-01\): the final fold's households",
        ),
        (
            {"backtest__outcomes_until": "2010-01-01"},
            "backtest.outcomes_until 2010-01-01 is after final_fold.outcomes_until 2009-12-31",
        ),
    ],
)
def test_the_development_period_must_not_reach_into_the_final_fold(changes, words):
    """Neither households nor outcomes of the final fold may be used before it is opened."""
    with pytest.raises(ConfigError, match=words):
        configured(**changes)


def test_the_development_period_may_end_with_the_final_folds_training():
    """The same last day, and an earlier one, are allowed."""
    for until in ("2009-12-31", "2008-12-31"):
        assert str(configured(backtest__outcomes_until=until).backtest.outcomes_until) == until


def test_without_a_final_fold_every_household_may_be_used():
    """A configuration without a final fold keeps nobody back."""
    changes = {"final_fold": None, "backtest__first_seen_before": None}
    assert configured(**changes).backtest.first_seen_before is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model__learning_rate": 0}, "model.learning_rate: Input should be greater than 0"),
        ({"model__feature_fraction": 1.5}, "model.feature_fraction: "),
        ({"backtest__n_replicates": 10}, "backtest.n_replicates: "),
        ({"backtest__further_shares": [0.02, 1.5]}, "backtest.further_shares.1: "),
        ({"calibration__method": "platt"}, "calibration.method: .*'logistic', 'intercept'"),
        ({"estimand": "no_further_help"}, "estimand: "),
        ({"records__files": []}, "records: say either `files`"),
        ({"name": "Argentina EPH"}, "name: "),
        ({"cohort__horizon_months": 0}, "cohort.horizon_months: "),
        ({"plan__audit_share": 0.6}, "audit_share must lie between 0 and 0.5"),
    ],
)
def test_values_outside_their_range_are_refused(changes, words):
    """Each message names the file and the setting."""
    with pytest.raises(ConfigError, match=rf"^test\.yaml: .*{words}"):
        configured(**changes)


def test_settings_are_frozen():
    """Nobody changes a setting on the way."""
    configuration = configured()
    with pytest.raises(ValueError, match="frozen"):
        configuration.model.n_trees = 3


@pytest.fixture
def marked(small_project, tmp_path):
    """Load the small project with its line of a mark, and marks allowed or not."""

    def load(mark, allowed):
        folder = tmp_path / "standards"
        shutil.copytree(small_project.folder / "standards", folder)
        path = folder / "income_line.yaml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        content["values"][0]["mark"] = mark
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        config = small_project.configured(
            tmp_path, standards=str(folder), marks_allowed=list(allowed)
        )
        return load_project(config)

    return load


@pytest.mark.parametrize("mark", ["D", "G", "N"])
@pytest.mark.parametrize("allowed", ["", "other"])
def test_a_line_of_a_doubtful_mark_must_be_named(marked, mark, allowed):
    """The line that need hangs on is refused unless its very mark is named."""
    others = {"D": "N", "G": "D", "N": "D"}[mark] if allowed else ""
    words = r"need_line: income_line is known at no place on 2008-12-31: income_line@AR/2003-07-01"
    with pytest.raises(ConfigError, match=rf"{words}：.* / not confirmed: .* marks_allowed names"):
        marked(mark, others)


@pytest.mark.parametrize(
    ("mark", "allowed"), [("D", "D"), ("N", "DN"), ("G", "G"), ("C", ""), ("E", ""), ("H", "")]
)
def test_a_mark_that_is_named_or_not_doubtful_is_used(marked, mark, allowed):
    """Named marks, and marks that need no naming, load."""
    found = marked(mark, allowed).standards.resolve(
        "income_line", place="AR", day=date(2008, 12, 31), figures={"median_income_minor": 10}
    )
    assert (found.value, found.marks) == (6, (mark,))


def overlay(folder, **content):
    """Write a folder of standards that adds to the shipped ones; returns both."""
    folder.mkdir()
    for name, values in content.items():
        text = yaml.safe_dump(values, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return [str(ROOT / "configs/standards"), str(folder)]


@pytest.fixture
def country(tmp_path):
    """Load a register's configuration on folders of standards."""

    def load(folders, **changes):
        values = content() | {key: value for key, value in REGISTER.items() if "__" not in key}
        values["backtest"].pop("first_seen_before")
        values["baselines"] |= {
            "today": "register_income_to_line_latest",
            "past": "account_income_to_line_latest",
            "region_rate": "place_in_need_12m_latest",
            "columns": ["heads_latest"],
            "logs": [],
        }
        values |= {"standards": folders, "score_as_of": "2024-06-30"} | changes
        path = tmp_path / "register.yaml"
        path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
        return load_project(path)

    return load


def test_a_later_folder_adds_to_an_earlier_one(country, tmp_path):
    """A county's own folder fills what is not public; the configuration chooses readings."""
    value = {"place": "Heilongjiang", "valid_from": "2024-03-01", "value": "7777"}
    line = {"name": "monitoring_line", "values": [value | {"source": "notice", "mark": "A"}]}
    folders = overlay(tmp_path / "own", monitoring_line=line, readings={"age": "by_calendar_year"})
    project = country(folders, readings={"notice_days": "inclusive"}, marks_allowed=["D"])
    found = project.standards
    asked = {"place": "Heilongjiang", "day": date(2024, 6, 30)}
    assert found.resolve("monitoring_line", **asked).integer == 777_700
    assert (found.readings.age, found.readings.notice_days) == ("by_calendar_year", "inclusive")
    assert found.readings.exit_line == "above"
    assert found.marks_allowed == {"D"}
    dumped = project.configuration.model_dump(mode="json")
    assert dumped["readings"] == {"notice_days": "inclusive"}
    assert dumped["standards"] == folders


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"readings": {"notice_day": "inclusive"}}, "readings.notice_day is no setting. Did you"),
        ({"readings": {"notice_days": "both"}}, "readings.notice_days: .*'difference' or 'inclus"),
        ({"regime_bridge": "a > b"}, "regime_bridge: 'a > b' is no bridge of regimes. Write"),
        ({"regime_bridge": "a -> b"}, "regime_bridge: regime 'a' is not known. Known: normalised"),
        ({"standards": []}, "standards: Value should have at least 1 item"),
        (
            {"required_standards": [{"standard": "monitoring_line", "place": "Heilongjiang"}]},
            r"required_standards: monitoring_line at Heilongjiang on 2022-04-30: monitoring_line"
            r"@Heilongjiang/2022-01-01：没有公开数值，须由用户提供 / not public: the user must",
        ),
        (
            {"required_standards": [{"standard": "monitoring_lin", "place": "CN"}]},
            "'monitoring_lin' is no standard. Did you mean 'monitoring_line'",
        ),
        (
            {"required_standards": [{"standard": "monitoring_line", "place": "Heilongjang"}]},
            "'Heilongjang' is no place of the standards. Did you mean 'Heilongjiang'",
        ),
        ({"score_as_of": "2019-12-31"}, "need_line: monitoring_line is known at no place on 2019"),
    ],
)
def test_what_a_configuration_must_have_is_asked_for_when_it_is_loaded(country, changes, words):
    """Each message names the setting, what is missing and the mend."""
    with pytest.raises(ConfigError, match=words):
        country(str(ROOT / "configs/standards"), **changes)


@pytest.mark.parametrize("key", ["today", "past", "region_rate", "columns", "logs"])
def test_a_baseline_stands_on_columns_that_exist(key):
    """A column that the catalogue lacks, or that holds codes, is refused by name."""
    many = ["members_latest", "dwelling_kind_latest"]
    value = many if key in ("columns", "logs") else "dwelling_kind_latest"
    changes = {f"baselines__{key}": value} | ({} if key == "logs" else {"baselines__logs": []})
    with pytest.raises(ConfigError, match=rf"^c: baselines\.{key}: 'dwelling_kind_latest' is not"):
        check_baselines(configured(**changes).baselines, where="c")


# A register


REGISTER = {
    "basis": "register",
    "indicators": "county",
    "records": {"tables": "county", "about": {"title_zh": "记录", "title_en": "records"}},
    "need_line": "monitoring_line",
    "cohort": {
        "horizon_months": 6,
        "decision_days": {"first": "2022-04-30", "last": "2025-10-31", "every_months": 6},
    },
    "final_fold": None,
    "backtest__first_seen_before": None,
}


def register(**changes):
    """The shipped configuration turned to a register, with other values."""
    return configured(**REGISTER | changes)


def test_a_register_is_chosen_by_its_basis():
    """Cohort, indicators and records are of their own kind; the panel's stay the default."""
    found = register()
    assert isinstance(found.cohort, FlowSettings)
    assert found.cohort.known_on(date(2022, 4, 30)) == date(2023, 4, 30)
    assert found.indicators == "county"
    plain = configured()
    assert (plain.basis, plain.indicators) == ("survey", "survey")
    assert isinstance(plain.cohort, CohortSettings)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"cohort": {"horizon_months": 6}},
            r"a register \(basis: register\) has no days of visits",
        ),
        ({"alarm": {"windows": [3, 1]}}, "alarm: windows must rise"),
        ({"alarm": {"false_alarms": 1}}, "alarm.false_alarms is no setting. Did you mean"),
        ({"bunching": {"range_e4": 600}}, "bunching: range_e4 must be twice window_e4"),
        ({"basis": "survey"}, r"decision_days are for a register\. Say basis: register"),
        (
            {"backtest__first_seen_before": "2024-01-01"},
            "a register holds everybody from its first",
        ),
        (
            {"records": {"tables": "county"}},
            r"finished record tables have no `source`; say in `about`",
        ),
        (
            {"records": {**REGISTER["records"], "source": "sources/argentina_eph.yaml"}},
            r"finished record tables have no `source`",
        ),
        ({"records": {"files": ["a.csv"]}}, "`source` is missing: the source file"),
        (
            {"records": {**REGISTER["records"], "store": "s"}},
            "say either `files` .* or `store`, or else `tables` or `simulate`",
        ),
        ({"records": {"simulate": {"folder": "c"}}}, "records.simulate.parameters is missing"),
        ({"indicators": "register"}, "indicators: .*'survey' or 'county'"),
    ],
)
def test_a_register_that_cannot_be_is_refused(changes, words):
    """Each message says what is meant, and the mend."""
    with pytest.raises(ConfigError, match=rf"^test\.yaml: .*{words}"):
        register(**changes)


@pytest.mark.parametrize("name", ["alarm", "bunching"])
def test_a_survey_has_no_alarm_and_no_bunching(name):
    """They are told of a register; there they may be left out."""
    with pytest.raises(ConfigError, match="alarm and bunching are told of a register's records"):
        configured(**{name: {}})
    assert getattr(register(**{name: {}}), name) is not None
    assert getattr(register(), name) is None


def test_the_line_of_a_register_is_a_yearly_one(tmp_path):
    """A line a month is not compared with an income a year; paths are relative to the file."""
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    content |= {key: value for key, value in REGISTER.items() if "__" not in key}
    content["backtest"].pop("first_seen_before")
    content |= {"standards": str(ROOT / "configs/standards"), "score_as_of": "2024-06-30"}
    content["baselines"] = {
        "today": "register_income_to_line_latest",
        "past": "account_income_to_line_latest",
        "region_rate": "place_in_need_12m_latest",
        "columns": ["heads_latest"],
    }
    path = tmp_path / "register.yaml"

    def written(**changes):
        path.write_text(yaml.safe_dump(content | changes, allow_unicode=True), encoding="utf-8")
        return load_project(path)

    project = written()
    assert (project.tables, project.source) == (tmp_path / "county", None)
    with pytest.raises(
        ConfigError, match=r"need_line: minimum_wage_month is in 'yuan per month'; income on a regi"
    ):
        written(need_line="minimum_wage_month")
    panel = {"today": "income_to_line_latest"}
    with pytest.raises(ConfigError, match=r"baselines\.today: 'income_to_line_latest' is not an"):
        written(baselines=content["baselines"] | panel)
    simulate = {"folder": "made/up", "parameters": "numbers", "households": 50}
    about = REGISTER["records"]["about"]
    made_up = written(records={"simulate": simulate, "about": about})
    assert (made_up.simulated, made_up.parameters) == (tmp_path / "made/up", tmp_path / "numbers")
