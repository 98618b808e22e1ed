"""What an ingest configuration may say, which files it means, and the one that ships."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from fanpin_risk.errors import ConfigError
from fanpin_risk.records.deliveries import (
    IngestSettings,
    InputSettings,
    files_of,
    load_ingest,
    snapshot_of,
)
from fanpin_risk.settings import settings_from
from fanpin_risk.workflows.ingest import load_ingest_project

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "configs/ingest_county.yaml"
NOT_OF_A_COUNTY = {"argentina_eph"}


def one(**told):
    """An input of a configuration."""
    return InputSettings(**({"source": "s.yaml", "files": ("a.csv",)} | told))


def whole(**told):
    """A configuration with one input."""
    content = {"name": "may", "store": "store", "inputs": [{"source": "s.yaml", "files": ["a"]}]}
    return settings_from(content | told, IngestSettings, where="ingest.yaml")


def test_the_shipped_configuration_names_every_source():
    """The template for a county loads, and has every source file of an office exactly once."""
    project = load_ingest_project(SHIPPED)
    names = [project.sources[given.source].name for given in project.settings.inputs]
    shipped = {path.stem for path in (ROOT / "configs/sources").glob("*.yaml")}
    assert len(names) == len(set(names))
    assert set(names) == shipped - NOT_OF_A_COUNTY
    assert project.needs_key
    assert not project.settings.history
    assert project.checks("medical_bill")


def test_the_shipped_patterns_do_not_overlap():
    """A file named after the title of its kind belongs to one input alone, whatever its ending."""
    project = load_ingest_project(SHIPPED)
    patterns = {given.source: given.files for given in project.settings.inputs}
    for name, source in project.sources.items():
        for ending in ("xlsx", "csv"):
            file = f"../inbox/230199_{source.title_zh}_20230531.{ending}"
            fitting = [k for k, globs in patterns.items() if any(fnmatch(file, g) for g in globs)]
            assert fitting == [name], file


def test_the_shipped_configuration_speaks_both_languages():
    """Comments of the template are there in Chinese and in English."""
    comments = [
        line
        for line in SHIPPED.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("#")
    ]
    is_chinese = [any("\u4e00" <= letter <= "\u9fff" for letter in line) for line in comments]
    assert sum(is_chinese) >= 10
    assert len(comments) - sum(is_chinese) >= 10


def test_exports_need_a_day_in_the_shipped_configuration():
    """Inputs whose rows are as of the day of export take it from the file's name, and no others."""
    project = load_ingest_project(SHIPPED)
    in_name = {given.source for given in project.settings.inputs if given.snapshot_in_name}
    by_batch = {
        name for name, source in project.sources.items() if hasattr(source.occurred_on, "batch")
    }
    assert in_name == by_batch


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"query": "bills"}, "say either `files` or `query`"),
        ({"files": ()}, "say either `files` or `query`"),
        (
            {"snapshot_on": date(2023, 5, 31), "snapshot_in_name": True},
            "say either `snapshot_on` or `snapshot_in_name`",
        ),
        (
            {"files": (), "query": "bills", "snapshot_in_name": True},
            "a query has no file name: say `snapshot_on`",
        ),
    ],
)
def test_an_input_says_one_thing(told, words):
    """Two origins, none, or two ways to the day of an export are refused."""
    with pytest.raises(ValueError, match=words):
        one(**told)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"inputs": []}, "inputs"),
        ({"name": "五月"}, "name"),
        ({"stores": "x"}, "stores"),
        (
            {"inputs": [{"source": "s", "files": ["a"], "received_on": "2019-05-01"}]},
            "`received_on` of an input is for `history: true`",
        ),
    ],
)
def test_a_configuration_that_cannot_be_meant(told, words):
    """The message names the file and the key."""
    with pytest.raises(ConfigError, match=rf"ingest\.yaml.*{words}"):
        whole(**told)


def test_old_years_may_have_days_of_their_own():
    """With `history: true` an input says on which day it came."""
    given = {"source": "s", "files": ["a"], "received_on": "2019-05-01"}
    assert whole(history=True, inputs=[given]).inputs[0].received_on == date(2019, 5, 1)


def test_a_configuration_is_read_from_its_file(tmp_path):
    """Reading a file gives its settings; one that is missing is named."""
    path = tmp_path / "may.yaml"
    content = {"name": "may", "store": "s", "inputs": [{"source": "s.yaml", "query": "bills"}]}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert load_ingest(path).inputs[0].query == "bills"
    with pytest.raises((ConfigError, OSError), match=r"gone\.yaml"):
        load_ingest(tmp_path / "gone.yaml")


@pytest.fixture
def inbox(tmp_path):
    """A folder as it is while somebody works in it."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in ("b医保.xlsx", "a医保.xlsx", "~$a医保.xlsx", ".医保.xlsx", "民政.csv"):
        (folder / name).write_text("x", encoding="utf-8")
    return tmp_path


def test_patterns_are_filled_in_by_name(inbox):
    """Files come in the order of their names, once each; lock files of a spreadsheet do not."""
    found = files_of(one(files=("inbox/*医保*.xlsx", "inbox/b医保.xlsx", "inbox/民政.csv")), inbox)
    assert [path.name for path in found] == ["a医保.xlsx", "b医保.xlsx", "民政.csv"]
    assert all(path.is_relative_to(inbox) for path in found)


def test_an_absolute_pattern(inbox):
    """A pattern may stand in another folder than the configuration."""
    found = files_of(one(files=(f"{inbox}/inbox/*.csv",)), Path("elsewhere"))
    assert [path.name for path in found] == ["民政.csv"]


def test_a_pattern_that_fits_nothing(inbox):
    """A kind of file that did not come gives nothing; the command says so."""
    assert files_of(one(files=("inbox/*教育*.xlsx",)), inbox) == []


def test_a_file_that_is_named_plainly_is_left_to_the_reader(inbox):
    """A name without a pattern is handed on as it is: the reader says that it is missing."""
    assert files_of(one(files=("inbox/gone.csv",)), inbox) == [inbox / "inbox/gone.csv"]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("农户20230531.xlsx", date(2023, 5, 31)),
        ("农户_2023-05-31_终.xlsx", date(2023, 5, 31)),
        ("农户2023年05月31日.xlsx", date(2023, 5, 31)),
        ("2023.05.31农户.xlsx", date(2023, 5, 31)),
    ],
)
def test_the_day_of_an_export_stands_in_its_name(name, day):
    """The usual ways of writing a day in a file's name are read."""
    assert snapshot_of(one(snapshot_in_name=True), Path("folder20190101") / name) == day


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("农户.xlsx", "the name holds no day such as 20230531. Rename the file, or say"),
        ("农户20231341.xlsx", "the name holds no day"),
        ("农户20230230.xlsx", "20230230 is no day. Rename the file."),
    ],
)
def test_a_name_without_a_day(name, words):
    """A day that should stand in the name and does not, or is none, is said."""
    with pytest.raises(ConfigError, match=f"{Path(name).stem}.*{words.split('.', maxsplit=1)[0]}"):
        snapshot_of(one(snapshot_in_name=True), Path(name))


def test_the_day_may_be_said_instead():
    """Without a day in the name it is the one of the configuration, or none."""
    assert snapshot_of(one(snapshot_on=date(2023, 5, 31)), Path("a.csv")) == date(2023, 5, 31)
    assert snapshot_of(one(), Path("农户20230531.xlsx")) is None
