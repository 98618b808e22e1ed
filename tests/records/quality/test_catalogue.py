"""The catalogue is complete, says what it does in both languages, and fits intake."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fanpin_risk.records.quality as package
from fanpin_risk.errors import ConfigError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.quality import (
    CHECKS,
    LEFT_OUT,
    QualitySettings,
    field_checks,
    load_quality_settings,
    run_checks,
)
from fanpin_risk.records.quality.model import Check, Rule
from fanpin_risk.settings import read_yaml, settings_from

FOLDER = Path(package.__file__).parent
SHIPPED = Path(__file__).parents[3] / "configs/quality.yaml"
ROW_CHECKS = [check for check in CHECKS.values() if check.scope == "field"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_section_14_is_numbered_without_a_gap():
    """14.01 … 14.53 are each made or named as left out, and never both."""
    numbers = sorted(n for n in [*CHECKS, *LEFT_OUT] if n.startswith("14."))
    assert numbers == [f"14.{n:02}" for n in range(1, 54)]


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_words_are_there_in_both_languages(check):
    """Titles and messages are filled, the Chinese ones hold Chinese, and none a number but 0."""
    assert CHINESE.search(check.title_zh)
    assert CHINESE.search(check.message_zh)
    assert not CHINESE.search(check.title_en)
    for text in (check.title_zh, check.title_en, check.message_zh, check.message_en):
        assert text.strip() == text != ""
        assert not re.search(r"[1-9]", text)


@pytest.mark.parametrize("check", ROW_CHECKS, ids=[check.id for check in ROW_CHECKS])
def test_a_row_check_needs_what_its_expressions_read(check, all_given):
    """The columns named as needed are those that are read, beside the day of the record."""
    rule = check.rule(all_given)
    read = {*rule.is_eligible.meta.root_names(), *rule.is_failed.meta.root_names()}
    named = {need.removeprefix(f"{check.table}.") for need in check.needs}
    assert read - {"occurred_on"} == named - {"occurred_on"}


def test_only_a_row_alone_is_set_aside():
    """A check of several rows, or of another severity, cannot be an error."""
    assert {c.scope for c in CHECKS.values() if c.severity == "error"} == {"field"}
    words = dict.fromkeys(("title_zh", "title_en", "message_zh", "message_en"), "x")
    rule = Rule(is_eligible=pl.lit(True), is_failed=pl.lit(False))
    parts = {"table": "exit", "needs": (), "rule": lambda _settings: rule, **words}
    with pytest.raises(ValueError, match="only a check of a row alone may set a row aside"):
        Check(id="1", scope="cross", unit="exit", severity="error", **parts)
    with pytest.raises(ValueError, match="a check of a row alone has the unit 'row'"):
        Check(id="1", scope="cross", **parts)


def test_parameters_are_settings():
    """Every parameter of a check is a number or day of the settings."""
    known = set(QualitySettings.model_fields)
    assert {name for check in CHECKS.values() for name in check.parameters} <= known


def test_every_number_is_used():
    """No number of the settings is without a check, apart from the one of the report."""
    used = {name for check in CHECKS.values() for name in check.parameters}
    assert set(QualitySettings.model_fields) - used == {"always_fails_from_rows"}


def test_only_named_numbers_stand_in_the_code():
    """The checks' modules hold no number of a standard: only 0, 1, and the hundred of a percent."""
    for path in set(FOLDER.glob("*.py")) - {FOLDER / "settings.py"}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and type(node.value) in (int, float):
                assert node.value in (0, 1, 100), f"{path.name}:{node.lineno} {node.value}"


def test_intake_gets_the_same_answers_as_the_report(make, all_given):
    """Row checks applied one by one count what the runner counts."""
    rng = np.random.default_rng(5)
    for _ in range(10):
        tables = make.random_tables(rng)
        result = run_checks(tables, as_of=make.FIRST.replace(year=2025), settings=all_given)
        for table, frame in tables.items():
            for check in field_checks(table, all_given):
                answers = frame.select(eligible=check.is_eligible, failed=check.is_failed)
                counts = result.counts.filter(check=check.id)
                assert not frame.height or answers["eligible"].null_count() == 0
                if frame.height:
                    assert answers.filter("eligible").height == counts["n_eligible"].sum()
                    assert answers.filter("failed").height == counts["n_failed"].sum()


def test_row_checks_run_on_any_contract_frame(all_given):
    """Every table's row checks are expressions over its contract, boolean, also without rows."""
    found = {}
    for name, table in TABLES.items():
        frame = pl.DataFrame(schema=frame_schema(table))
        for check in field_checks(name, all_given):
            answers = frame.select(eligible=check.is_eligible, failed=check.is_failed)
            assert set(answers.dtypes) == {pl.Boolean}, check.id
            found[check.id] = name
    assert found == {c.id: c.table for c in CHECKS.values() if c.scope == "field"}


def test_a_check_without_its_number_is_not_run_on_intake(shipped, all_given):
    """Bands of ages that nobody gave are no check."""
    without = {check.id for check in field_checks("member_snapshot", shipped)}
    given = {check.id for check in field_checks("member_snapshot", all_given)}
    assert given - without == {"14.15", "14.16", "14.17"}


def test_the_shipped_numbers_load():
    """The shipped file loads; what no public source gives is null, and marked N."""
    settings = load_quality_settings(SHIPPED)
    for name in QualitySettings.model_fields:
        number = getattr(settings, name)
        assert (number.value is None) == (number.mark == "N"), name


def test_a_number_that_is_not_given_cannot_be_used(shipped):
    """Asking for a number that has no value is an error that names it."""
    with pytest.raises(KeyError, match="income_line_fen"):
        shipped.whole("income_line_fen")


@pytest.mark.parametrize(
    ("name", "entry", "words"),
    [
        pytest.param(
            "road_distance_max_m",
            {"value": 5, "unit": "mu"},
            "road_distance_max_m: the unit must be m",
            id="a unit that is not in the name",
        ),
        pytest.param(
            "working_age_from_years",
            {"value": 60},
            "working_age_from_years is 60, above its other end 59",
            id="a range upside down",
        ),
        pytest.param("pond_max_mu", {"value": 1.5}, "must be a whole number", id="a fraction"),
        pytest.param("pond_max_mu", {"value": True}, "must be a whole number", id="a yes"),
        pytest.param("pond_max_mu", {"value": -1}, "pond_max_mu.value", id="below nought"),
        pytest.param("pond_max_mu", {"source": ""}, "pond_max_mu.source", id="no source"),
        pytest.param("pond_max_mu", {"mark": "Z"}, "pond_max_mu.mark", id="no such mark"),
    ],
)
def test_wrong_numbers_are_refused(name, entry, words):
    """Each wrong number is refused with words that name it."""
    content = read_yaml(SHIPPED)
    content[name] = content[name] | entry
    with pytest.raises(ConfigError, match=re.escape(words)):
        settings_from(content, QualitySettings, where="test")


def test_a_misspelt_number_is_refused():
    """A key that is no setting is refused, with the nearest one."""
    content = read_yaml(SHIPPED) | {"pond_maximum_mu": {"value": 1}}
    with pytest.raises(ConfigError, match="Did you mean 'pond_max_mu'"):
        settings_from(content, QualitySettings, where="test")
