"""A source file says where each column comes from; what it cannot mean is refused with the mend."""

from __future__ import annotations

import copy
import runpy
from pathlib import Path

import pytest
import yaml

from fanpin_risk.errors import ConfigError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.read import read_records
from fanpin_risk.records.source import load_source

small = runpy.run_path(str(Path(__file__).parents[1] / "reference/small_files.py"))
SOURCES = Path(__file__).parents[2] / "configs/sources"
REMOVED = object()


def changed(changes):
    """The small source with some settings changed; a place is given with dots."""
    content = copy.deepcopy(small["QUARTERLY"])
    for place, value in changes.items():
        *above, last = place.split(".")
        inner = content
        for part in above:
            inner = inner[part]
        if value is REMOVED:
            del inner[last]
        else:
            inner[last] = value
    return content


def load(tmp_path, content):
    """Load a source file with this content."""
    path = tmp_path / "source.yaml"
    text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return load_source(path)


BIG = "tables.household_snapshot.is_large_place"
MEMBERS = "tables.household_snapshot.members"
LOAN = {
    "loan_kind": {"constant": "farm"},
    "balance_fen": {"column": "balance", "minor_per_unit": 100},
}
RECORD = {
    "table": "rigid_spending",
    "fields": {
        "item": {"constant": "care"},
        "amount_fen": {"column": "care", "minor_per_unit": 100},
    },
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"household": "hh"},
            r"household is no setting\. Did you mean 'household_id'\?",
            id="unknown key",
        ),
        pytest.param(
            {"title_en": REMOVED, "titel_en": "Small files"},
            r"titel_en is no setting\. Did you mean 'title_en'\? \(1 more problem in",
            id="misspelt key, said before the one that is then missing",
        ),
        pytest.param(
            {"occurred_on": REMOVED}, r"occurred_on is missing\. Add it\.", id="missing key"
        ),
        pytest.param(
            {"household_id": REMOVED},
            r"household_snapshot: whose record is it\? Say `household_id`\.$",
            id="no household number",
        ),
        pytest.param(
            {"household_id": REMOVED, "tables": {"loan": {**LOAN}}},
            r"loan: whose record is it\? Say `household_id`\.$",
            id="neither household nor person",
        ),
        pytest.param(
            {"household_id": REMOVED, "tables": {"shock": {"shock_kind": {"constant": "fire"}}}},
            r"shock: whose record is it\? Say `household_id`, or map shock\.person_id\.$",
            id="a person would do",
        ),
        pytest.param(
            {MEMBERS: {"colum": "n"}},
            r"tables\.household_snapshot\.members\.colum is no setting\. Did you mean 'column'\?",
            id="unknown key inside a mapping",
        ),
        pytest.param(
            {MEMBERS: "n"},
            r"tables\.household_snapshot\.members: must hold keys and values\. Got 'n'\.",
            id="a text where keys belong",
        ),
        pytest.param(
            {"tables.incom": {}},
            r"'incom' is no record table\. Did you mean 'income'\?",
            id="table",
        ),
        pytest.param(
            {"tables.income.totl_minor": {"column": "income"}},
            r"income\.totl_minor is no column of that table\. Did you mean 'total_minor'\?",
            id="column of ours",
        ),
        pytest.param(
            {MEMBERS: REMOVED},
            r"household_snapshot\.members is required\. Map it to a column",
            id="required column left out",
        ),
        pytest.param(
            {"tables": {}},
            "no table is filled: say `tables` or `records`",
            id="no table",
        ),
        pytest.param(
            {BIG: {"column": "big"}},
            r"is_large_place needs `codes`: what does each value in the file mean\?$",
            id="a yes-or-no column without codes",
        ),
        pytest.param(
            {f"{BIG}.codes": {1: "yes", 0: "no"}},
            "is_large_place: `codes` must give bool values",
            id="words for a yes-or-no column",
        ),
        pytest.param(
            {f"{BIG}.codes": {1: 1, 0: 0}},
            "is_large_place: `codes` must give bool values",
            id="numbers for a yes-or-no column",
        ),
        pytest.param(
            {f"{BIG}.codes": {True: True, False: False}},
            "is_large_place: YAML reads a bare yes, no, on, off or null as False.*in quotes",
            id="bare yes and no",
        ),
        pytest.param(
            {f"{BIG}.codes": {1: True, "1.0": False}},
            "is_large_place: `codes` lists a value of the file twice",
            id="two spellings of one code",
        ),
        pytest.param(
            {f"{BIG}.codes": {1: 1.5}},
            r"is_large_place: `codes` gives 1\.5 for 1: a text, a whole number, true, false or nu",
            id="a half",
        ),
        pytest.param(
            {f"{BIG}.codes": "yesno"},
            r"is_large_place: `codes` is 'yesno'\. Did you mean 'yes_no'\?",
            id="no code list",
        ),
        pytest.param(
            {f"{BIG}.codes": "titles"},
            "is_large_place has no code list: write its `codes` out",
            id="official words of a column that has none",
        ),
        pytest.param(
            {"tables.housing_check.grade": {"column": "g", "codes": {"A": "A"}}},
            r"grade: 'A' is no code of that column\. Known: a, b, c, d",
            id="a code that the contract does not list",
        ),
        pytest.param(
            {"tables.housing_check.grade": {"constant": "e"}},
            r"grade: 'e' is no code of that column\.",
            id="a constant code that the contract does not list",
        ),
        pytest.param(
            {BIG: {"column": "big", "contains": "大", "words": ["小"]}},
            r"is_large_place: `words` must list every word, '大' too",
            id="a word that is not among the words",
        ),
        pytest.param(
            {MEMBERS: {"column": "n", "contains": "大", "words": ["大"]}},
            "members: `contains` is for yes-or-no columns",
            id="a word for a number",
        ),
        pytest.param(
            {MEMBERS: {"derived": "occurred_month"}},
            "members: `derived` gives a month, and this column holds none",
            id="a month for a number",
        ),
        pytest.param(
            {"records": [RECORD | {"only_if": ["amount"]}]},
            r"rigid_spending\.amount is no column of that table\. Did you mean 'amount_fen'\?",
            id="a condition on no column",
        ),
        pytest.param(
            {"records": [RECORD | {"only_if": ["is_compliant"]}]},
            "rigid_spending: only_if names 'is_compliant', which is not mapped",
            id="a condition on a column that is not mapped",
        ),
        pytest.param(
            {"tables.housing_check.dwelling_kind.codes": {1: 7}},
            "dwelling_kind: `codes` must give str values",
            id="numbers for a code column",
        ),
        pytest.param(
            {"tables.water_check.drain_grade.codes": {1: "sewer"}},
            "drain_grade: `codes` must give whole numbers from 1 to 4",
            id="words for a grade",
        ),
        pytest.param(
            {"tables.water_check.drain_grade.codes": {1: 5}},
            "drain_grade: `codes` must give whole numbers from 1 to 4",
            id="a grade beyond its range",
        ),
        pytest.param(
            {"tables.water_check.drain_grade.codes": {1: True}},
            "drain_grade: `codes` must give whole numbers",
            id="yes for a grade",
        ),
        pytest.param(
            {"tables.income.total_minor.codes": {1: 100}},
            r"income\.total_minor is an amount and takes no `codes`",
            id="codes for an amount",
        ),
        pytest.param(
            {"tables.income.total_minor.minor_per_unit": 7},
            r"minor_per_unit: Input should be 1, 10, 100, 1000 or 1000000\. Got 7",
            id="a unit of seven",
        ),
        pytest.param(
            {MEMBERS: {"column": "n", "constant": "4"}},
            r"members: say either `column` or `constant` \(or `derived`\)\.",
            id="two origins",
        ),
        pytest.param({MEMBERS: {}}, "members: say either `column` or `constant`", id="no origin"),
        pytest.param(
            {MEMBERS: {"constant": "four"}},
            r"members: `constant` must be a whole number from 1 to 60, not 'four'",
            id="a constant of another kind",
        ),
        pytest.param(
            {MEMBERS: {"constant": 61}}, "from 1 to 60, not '61'", id="a constant out of range"
        ),
        pytest.param(
            {BIG: {"constant": "yes"}}, "must be true or false, not 'yes'", id="a constant flag"
        ),
        pytest.param(
            {"recorded_on": {}},
            r"recorded_on: say either `column` or `lag_days` \(or `on_receipt: true`\): when did a "
            r"row become known\?$",
            id="recorded_on without lag",
        ),
        pytest.param(
            {"recorded_on": {"column": "x", "lag_days": 0}},
            "recorded_on: say either `column` or `lag_days`",
            id="two ways to know the day",
        ),
        pytest.param(
            {"recorded_on": {"on_receipt": True, "lag_days": 0}},
            "recorded_on: say either `column` or `lag_days`",
            id="a lag and the receipt",
        ),
        pytest.param(
            {"recorded_on": {"lag_days": -1}},
            r"recorded_on\.lag_days: Input should be greater than or equal to 0\. Got -1",
            id="known before it happened",
        ),
        pytest.param(
            {"recorded_on": {"lag_days": 10**12}}, "lag_days: .*less than", id="known never"
        ),
        pytest.param(
            {"occurred_on": {"yeer": "year", "quarter": "quarter"}},
            r"occurred_on\.yeer is no setting\. Did you mean 'year'\?",
            id="misspelt key of the first kind of day",
        ),
        pytest.param(
            {"occurred_on": {"colum": "day"}},
            r"occurred_on\.colum is no setting\. Did you mean 'column'\?",
            id="misspelt key of the second kind of day",
        ),
        pytest.param(
            {"occurred_on": "day"},
            r"occurred_on: must hold keys and values\. Got 'day'",
            id="a day without its kind",
        ),
        pytest.param(
            {"is_withdrawn": {"column": "x"}},
            "is_withdrawn needs `codes`",
            id="withdrawn, no codes",
        ),
        pytest.param(
            {"is_withdrawn": {"column": "x", "codes": {1: "yes"}}},
            "is_withdrawn: `codes` must give bool values",
            id="withdrawn, words",
        ),
        pytest.param(
            {"is_withdrawn": {"constant": "true"}},
            "is_withdrawn needs a `column`",
            id="all rows withdrawn",
        ),
        *(
            pytest.param(
                {"delimiter": text}, "delimiter: must be one plain character", id=repr(text)
            )
            for text in ("，", ",,", "", '"', "\n", "a", "1", ".")
        ),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(tmp_path, changes, words):
    """The message is one line with the file, the setting and the mend, never the whole file."""
    with pytest.raises(ConfigError, match=words) as caught:
        load(tmp_path, changed(changes))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'source.yaml'}: ")
    assert "\n" not in message
    assert "小样" not in message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: small", "name: small\nname: large", r"the key 'name' stands twice \(line \d+\)"),
        ("column: town", "column: town\n      column: city", "the key 'column' stands twice"),
        ("income:", "income: [", "is no valid YAML: .*line"),
        ("name: small", "name: small\nday: 2012-13-45", "is no valid YAML: month must be in 1..12"),
        ("name: small", "name: small\n? [a]\n: b", "a list or mapping cannot be a key"),
    ],
)
def test_yaml_that_is_none_is_refused(tmp_path, old, new, words):
    """A key that stands twice, a bracket that nobody closes, a date that does not exist."""
    text = yaml.safe_dump(small["QUARTERLY"], allow_unicode=True)
    assert old in text
    with pytest.raises(ConfigError, match=words) as caught:
        load(tmp_path, text.replace(old, new, 1))
    assert "\n" not in str(caught.value)


def test_a_source_file_that_is_not_there_or_is_no_mapping(tmp_path):
    """A wrong path and a list instead of settings."""
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such configuration file"):
        load_source(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="must hold keys and values, not list"):
        load(tmp_path, "- name")


def test_numbers_and_words_may_be_written_with_or_without_quotes(tmp_path):
    """Codes, unknown values and constants mean the same as a number and as a text."""
    quoted = changed({f"{BIG}.codes": {"1": True, "0.0": False}, MEMBERS: {"constant": "4"}})
    bare = changed({f"{BIG}.codes": {1: True, 0: False}, MEMBERS: {"constant": 4}})
    assert load(tmp_path, quoted) == load(tmp_path, bare)
    flag = changed({BIG: {"constant": True}})
    assert load(tmp_path, flag) == load(tmp_path, changed({BIG: {"constant": "true"}}))


def test_constants_fill_their_columns(tmp_path):
    """A source without a column may give its value; an amount is in the minor unit then."""
    source = load(
        tmp_path,
        changed(
            {
                BIG: {"constant": False},
                MEMBERS: {"constant": 3},
                "tables.place_context.median_income_minor": {"constant": 123456},
            }
        ),
    )
    result = read_records(source, [small["write"](tmp_path / "a.csv", [small["quarterly"]()])])
    household = result.records._tables["household_snapshot"].row(0, named=True)
    assert (household["is_large_place"], household["members"]) == (False, 3)
    assert result.records._tables["place_context"]["median_income_minor"].to_list() == [123456]


@pytest.mark.parametrize(
    "removed",
    [
        "tables.place_context",
        "tables.place_context.median_income_minor",
        "tables.income",
        "tables.household_snapshot.members_under_10",
    ],
)
def test_what_is_not_mapped_is_not_known(tmp_path, removed):
    """A source may lack tables and columns that are not required."""
    source = load(tmp_path, changed({removed: REMOVED}))
    result = read_records(source, [small["write"](tmp_path / "a.csv", [small["quarterly"]()])])
    assert result.lines.height == 1
    counts = result.records.row_counts()
    assert counts.get("place_context", 0) == int("place_context" not in removed)


def test_a_source_without_households_is_not_scored(tmp_path):
    """Files of single offices go through the intake: without who lives where, nobody is scored."""
    path = small["write"](tmp_path / "a.csv", [small["quarterly"]()])
    without = load(tmp_path, changed({"tables.household_snapshot": REMOVED}))
    words = "source small: the table household_snapshot is missing: who lives there, and where"
    with pytest.raises(ConfigError, match=words):
        read_records(without, [path])
    doubled = load(tmp_path, changed({"records": [RECORD, RECORD]}))
    with pytest.raises(ConfigError, match="source small: a row holds several records of a table"):
        read_records(doubled, [path])


WITHOUT_SOURCE = {
    *(("loan", name) for name in TABLES["loan"].names),  # no bank's layout is public
    *(("override", name) for name in TABLES["override"].names),  # entered where the plan is made
    ("member_snapshot", "is_id_checksum_valid"),  # computed from the identity number
    ("member_snapshot", "membership"),  # the national export does not say who left
}
"""Tables and columns that no source file of the package fills."""
SHIPPED = {path.stem: load_source(path) for path in sorted(SOURCES.glob("*.yaml"))}


@pytest.mark.parametrize("name", list(SHIPPED))
def test_the_sources_that_come_with_the_package(name):
    """Each is named like its file, tells its limits in both languages, and keeps persons apart."""
    source = SHIPPED[name]
    assert source.name == name
    assert source.limits
    assert all(limit.zh and limit.en for limit in source.limits)
    persons = set(source.columns_of_persons())
    kept = {
        mapping.column
        for record in source.mappings()
        for column, mapping in record.fields.items()
        if TABLES[record.table].column(column).kind != "person"
    }
    contact = source.contact
    named = set() if contact is None else {contact.name, contact.phone} - {None}
    assert not persons & kept, "an identity number would be kept as text"
    assert not named & kept, "a name or a phone would be kept outside the contact table"
    assert not set(source.ignored_columns) & set(source.columns_needed())


def test_every_table_of_the_contracts_comes_from_some_source():
    """What no source file fills is known by name, with the reason beside it."""
    mapped = {
        (record.table, name)
        for source in SHIPPED.values()
        for record in source.mappings()
        for name in record.fields
    }
    every = {(table.name, name) for table in TABLES.values() for name in table.names}
    assert every - mapped == WITHOUT_SOURCE


def test_the_panel_maps_what_it_has():
    """The panel's source fills seven tables; what a survey does not ask is left out by name."""
    source = SHIPPED["argentina_eph"]
    left_out = {
        table: set(TABLES[table].names) - set(fields) for table, fields in source.tables.items()
    }
    assert {table for table, names in left_out.items() if not names} == {
        *("income", "support", "shock_and_coping", "place_context"),
    }
    assert left_out["housing_check"] == {"grade", "is_only_home", "is_lived_in"}
    assert left_out["water_check"] == {
        *("quality", "outage_days", "trip_minutes", "litres_per_head_day", "supply_percent"),
    }
    assert set(source.tables["household_snapshot"]) == {
        *("place", "region", "context_place", "is_large_place", "survey_weight"),
        *("members", "members_under_10"),
    }


def test_the_columns_needed_are_listed_once():
    """A file's column may serve two of ours."""
    needed = load_source(SOURCES / "argentina_eph.yaml").columns_needed()
    assert len(needed) == len(set(needed)) == 57
    assert needed[:3] == ["hh_id", "year", "quarter"]
