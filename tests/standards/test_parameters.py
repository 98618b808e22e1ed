"""Dated, placed parameters: what is looked up, and what is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.loading import overlaps_in
from fanpin_risk.standards.parameters import Standards

DAY = date(2012, 3, 31)
NUMBER = {"value": "4000"}


def value_of(standards, name, *, place="AR", day=DAY, **figures):
    """Value of a parameter, or None."""
    return standards.resolve(name, place=place, day=day, figures=figures).value


@given(median=st.integers(1, 90_000_000_000))
def test_the_chain_of_the_must_visit_line_is_exact(shipped, median):
    """1.1 x 0.60 x the median, as fractions: nothing is rounded on the way."""
    found = shipped.resolve(
        "must_visit_line", place="AR", day=DAY, figures={"median_income_minor": median}
    )
    assert found.value == Fraction(11, 10) * Fraction(3, 5) * median
    assert found.records == ("must_visit_line@AR/2003-07-01", "income_line@AR/2003-07-01")


def test_the_first_and_the_last_day_belong_to_a_value(made):
    """Closed at both ends; between two values nothing is carried over."""
    standards = made(
        line=[
            NUMBER | {"valid_from": "2021-05-01", "valid_to": "2022-12-31"},
            {"value": "5500", "valid_from": "2023-02-01"},
        ]
    )
    days = {
        date(2021, 4, 30): None,
        date(2021, 5, 1): 4000,
        date(2022, 12, 31): 4000,
        date(2023, 1, 1): None,
        date(2023, 1, 31): None,
        date(2023, 2, 1): 5500,
        date(2100, 1, 1): 5500,
    }
    assert {day: value_of(standards, "line", day=day) for day in days} == days


def test_each_place_has_its_own_values(made):
    """Another place's value is never used, and a base is looked up at the same place."""
    standards = made(
        line=[NUMBER, {"value": "5000", "place": "CN"}],
        watched=[{"multiple": "1.5", "of": "line", "place": "CN"}],
    )
    assert value_of(standards, "line", place="AR") == 4000
    assert value_of(standards, "watched", place="CN") == 7500
    assert value_of(standards, "watched", place="AR") is None
    assert value_of(standards, "line", place="ar") is None


def test_a_multiple_of_a_base_that_does_not_hold_cannot_be_told(made):
    """The outer value holds on the day and the inner one does not."""
    standards = made(
        line=[NUMBER | {"valid_to": "2011-12-31"}], watched=[{"multiple": "1.5", "of": "line"}]
    )
    assert value_of(standards, "watched") is None
    assert value_of(standards, "watched", day=date(2011, 12, 31)) == 6000


def test_a_figure_that_is_not_known_gives_nothing(made):
    """Not there, or null: both cannot be told."""
    standards = made(line=[{"multiple": "0.60", "of": "median_income_minor"}])
    assert value_of(standards, "line") is None
    assert value_of(standards, "line", median_income_minor=None) is None
    assert value_of(standards, "line", median_income_minor=10) == 6


def test_a_tenth_is_a_tenth(made):
    """Numbers in quotes are read exactly; whole numbers need no quotes."""
    standards = made(line=[{"value": "0.1"}], other=[{"value": 4000}])
    assert value_of(standards, "line") == Fraction(1, 10)
    assert value_of(standards, "other") == 4000


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(
            [NUMBER | {"valid_to": "2022-12-31"}, NUMBER | {"valid_from": "2022-12-31"}],
            id="the day on which one ends and the next begins",
        ),
        pytest.param(
            [NUMBER | {"valid_from": "2022-12-31"}, NUMBER | {"valid_from": "2022-12-31"}],
            id="the same record twice",
        ),
        pytest.param(
            [
                {"valid_from": "2022-12-31", "mark": "N"},
                {"mark": "N", "valid_to": "2022-12-31"},
            ],
            id="two that say that nothing is public",
        ),
    ],
)
def test_two_values_of_one_place_for_one_day_are_refused(made, records):
    """In whatever order they stand, and naming place and day."""
    with pytest.raises(
        ConfigError, match=r"line: two values of AR hold on 2022-12-31. End the one from"
    ):
        made(line=records)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        pytest.param(
            [NUMBER | {"valid_to": "2003-06-30"}],
            "valid_to 2003-06-30 is before valid_from 2003-07-01",
            id="it ends before it begins",
        ),
        pytest.param(
            [{"value": 0.6}],
            'write the number in quotes, such as "0.60", so that it stays exact. Got 0.6',
            id="a float as a value",
        ),
        pytest.param(
            [{"multiple": 1.1, "of": "median_income_minor"}],
            'multiple: write the number in quotes, such as "0.60"',
            id="a float as a multiple",
        ),
        pytest.param([{"value": "4,000"}], "'4,000' is no number", id="no number"),
        pytest.param([{"value": "1/0"}], "'1/0' is no number", id="a division by zero"),
        pytest.param([{"value": True}], "'True' is no number", id="a truth value"),
        pytest.param(
            [{"value": "-4000"}], "'-4000' is negative. Write the amount without a sign", id="sign"
        ),
        pytest.param([{}], "give either `value`, or `multiple` and `of`", id="nothing at all"),
        pytest.param(
            [{"multiple": "1.1"}], "give either `value`, or `multiple` and `of`", id="no base"
        ),
        pytest.param(
            [{"of": "median_income_minor"}],
            "give either `value`, or `multiple` and `of`",
            id="a base and no multiple",
        ),
        pytest.param(
            [NUMBER | {"multiple": "1.1"}],
            "give either `value`, or `multiple` and `of`",
            id="a value and a multiple",
        ),
        pytest.param(
            [NUMBER | {"of": "median_income_minor"}],
            "give either `value`, or `multiple` and `of`",
            id="a value and a base, which would be ignored",
        ),
        pytest.param(
            [NUMBER | {"day_is_known": False}],
            "valid_from 2003-07-01 is not 1 January, which stands for a day that is not known",
            id="a day in summer that is not known",
        ),
        pytest.param(
            [NUMBER | {"end_reading": "national_floor_ends"}],
            "end_reading says who chose valid_to; add valid_to",
            id="a reading of an end that is not there",
        ),
        pytest.param([NUMBER | {"mark": "Z"}], "mark: Input should be 'A', 'B'", id="mark"),
        pytest.param([NUMBER | {"source": ""}], "source: .* at least 3 characters", id="no source"),
        pytest.param(
            [NUMBER | {"form": "2003-07-01"}], "form is no setting", id="a key that is not known"
        ),
        pytest.param([], "values: .* at least 1 item", id="no values"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(made, records, words):
    """The file is named, and the mend is said."""
    with pytest.raises(ConfigError, match=words) as error:
        made(line=records)
    assert str(error.value).startswith("line.yaml: ")


def test_overlaps_are_named_in_the_same_order_always(made):
    """Of two places with overlaps the first by name is shown."""
    records = [NUMBER | {"place": place} for place in ("B", "A", "C", "B", "A", "C")]
    with pytest.raises(ConfigError, match="two values of A hold"):
        made(line=records)


@pytest.mark.parametrize("base", ["incme_line", "nothing_like_it"])
def test_a_base_that_nobody_defines_is_refused(made, base):
    """The nearest name is shown, or all of them."""
    words = f"watched: `of: {base}` is neither a standard nor a figure. (Did you mean 'inc|Known: )"
    with pytest.raises(ConfigError, match=words):
        made(income_line=[NUMBER], watched=[{"multiple": "1.5", "of": base}])


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"a": [{"multiple": "2", "of": "a"}]}, id="itself"),
        pytest.param(
            {"a": [{"multiple": "2", "of": "b"}], "b": [{"multiple": "2", "of": "a"}]},
            id="through one other",
        ),
        pytest.param(
            {
                "a": [{"multiple": "2", "of": "b"}],
                "b": [{"multiple": "2", "of": "c"}],
                "c": [{"multiple": "2", "of": "a"}],
            },
            id="through two others",
        ),
        pytest.param(
            {
                "a": [{"multiple": "2", "of": "b"}, {"multiple": "2", "of": "c", "place": "CN"}],
                "b": [NUMBER],
                "c": [{"multiple": "2", "of": "a", "place": "CN"}],
            },
            id="through the second of two bases",
        ),
    ],
)
def test_a_parameter_that_stands_on_itself_is_refused(made, values):
    """By whatever way: it would never be worked out."""
    with pytest.raises(ConfigError, match=r"stands on itself through '[abc]'. Give one of them"):
        made(**values)


def test_two_ways_to_one_base_are_no_circle(made):
    """Both bases of a parameter may stand on a third."""
    standards = made(
        base=[NUMBER, NUMBER | {"place": "CN"}],
        b=[{"multiple": "2", "of": "base"}],
        c=[{"multiple": "3", "of": "base", "place": "CN"}],
        a=[{"multiple": "2", "of": "b"}, {"multiple": "2", "of": "c", "place": "CN"}],
    )
    assert value_of(standards, "a") == 16_000
    assert value_of(standards, "a", place="CN") == 24_000


def test_a_name_that_is_not_known_is_answered_with_the_nearest(shipped):
    """Looking up a misspelt parameter is a mistake, not a missing value."""
    with pytest.raises(
        ConfigError, match=r"'incom_line' is no standard. Did you mean 'income_line'"
    ):
        value_of(shipped, "incom_line")


def test_a_missing_folder_is_named(tmp_path):
    """The folder, and how to name another."""
    with pytest.raises(ConfigError, match=r"none: no such folder of standards. .* --standards"):
        Standards.load(tmp_path / "none")


def test_an_empty_folder_is_named(tmp_path):
    """A folder without standards would make every rule silent."""
    (tmp_path / "notes.txt").write_text("nothing", "utf-8")
    with pytest.raises(ConfigError, match=r"holds no standards \(\*\.yaml\)"):
        Standards.load(tmp_path)


def write(folder, *files):
    """Write files of standards into a folder: mappings by name, or plain texts."""
    folder.mkdir(exist_ok=True)
    for name, content in files:
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


WORDS = {"title_zh": "线", "title_en": "line", "owner_zh": "办", "owner_en": "office"}
VALUE = {"place": "CN", "valid_from": date(2021, 1, 1), "source": "made up", "mark": "A"}


def standard(*values, **changes):
    """A file of a standard in yuan, each value given by what differs from a common one."""
    own = [VALUE | {"value": "1"} | value for value in values]
    return {"name": "line", "unit": "yuan", **WORDS, "values": own} | changes


def test_one_name_in_two_files_of_a_folder_is_refused(tmp_path):
    """Which of the two would hold, nobody could say."""
    write(tmp_path, ("first", standard({})), ("second", standard({})))
    with pytest.raises(
        ConfigError, match=r"second.yaml: the standard 'line' stands in first.yaml too. Keep one"
    ):
        Standards.load(tmp_path)


def test_the_file_and_the_setting_are_named(panel_folder, tmp_path):
    """A float in a file: file, place inside it, value, mend."""
    text = (panel_folder / "income_line.yaml").read_text("utf-8")
    (tmp_path / "income_line.yaml").write_text(text.replace('"0.60"', "0.60"), "utf-8")
    with pytest.raises(ConfigError, match=r"income_line.yaml: values\.0\.multiple: .* Got 0\.6"):
        Standards.load(tmp_path)


def test_the_fingerprint_changes_with_any_number(shipped, panel_folder, tmp_path):
    """The same files give the same digest; one digit changes it."""
    assert shipped.digest() == Standards.load(panel_folder).digest()
    for path in panel_folder.iterdir():
        text = path.read_text("utf-8").replace('"1.1"', '"1.2"')
        (tmp_path / path.name).write_text(text, "utf-8")
    assert Standards.load(tmp_path).digest() != shipped.digest()


@pytest.mark.parametrize(
    "using",
    [
        {"marks_allowed": ["D"]},
        {"readings": {"exit_line": "on_or_above"}},
        {"bridge": "transition_2021_2025 -> normalised_2026"},
    ],
)
def test_the_fingerprint_changes_with_how_they_are_used(county, using):
    """Marks, readings and the bridge change answers, so they change the digest."""
    assert county.using(**using).digest() != county.digest()


def test_what_a_model_keeps_gives_the_same_standards(county):
    """Places, readings, marks and bridge come back with the values."""
    used = county.using(
        marks_allowed=["D"],
        bridge="transition_2021_2025 -> normalised_2026",
        readings={"notice_days": "inclusive"},
    )
    again = Standards.of_content(json.loads(json.dumps(used.content())))
    assert again.digest() == used.digest()
    assert (again.marks_allowed, str(again.bridge)) == (used.marks_allowed, str(used.bridge))
    assert again.readings.notice_days == "inclusive"
    assert again.places.chain("230000") == used.places.chain("230000")


# Several folders


def test_a_later_folder_adds_values_and_may_word_them_otherwise(tmp_path):
    """Only the name and the values are needed; titles of a later folder take the place."""
    first = write(tmp_path / "a", ("line", standard({})))
    added = {"name": "line", "title_en": "own line", "values": [VALUE | {"place": "SIM"}]}
    added["values"][0]["value"] = "2"
    second = write(tmp_path / "b", ("other_name", added))
    found = Standards.load([first, second])
    assert value_of(found, "line", place="CN", day=date(2022, 1, 1)) == 1
    assert value_of(found, "line", place="SIM", day=date(2022, 1, 1)) == 2
    parameter = found.parameter("line")
    assert (parameter.title_zh, parameter.title_en, parameter.unit) == ("线", "own line", "yuan")


def test_a_standard_that_only_a_later_folder_has_must_be_whole(tmp_path):
    """Its titles and its unit stand nowhere else."""
    first = write(tmp_path / "a", ("line", standard({})))
    own = standard({})
    del own["title_zh"]
    second = write(tmp_path / "b", ("own", own | {"name": "own"}))
    with pytest.raises(ConfigError, match=r"own.yaml: title_zh is missing. Add it"):
        Standards.load([first, second])


def test_a_later_folder_may_not_contradict_an_earlier_one(tmp_path):
    """Both files are named, with place and day, and how many more there are."""
    first = write(tmp_path / "a", ("line", standard({"valid_to": date(2021, 12, 31)})))
    second = write(
        tmp_path / "b",
        ("mine", standard({"valid_from": date(2021, 7, 1)}, {"valid_from": date(2021, 7, 1)})),
    )
    words = (
        r"a/line.yaml and .*b/mine.yaml: line: two values of CN hold on 2021-07-01. End the one "
        r"from 2021-01-01 earlier, or let the other begin later. \(1 more overlaps.\)"
    )
    with pytest.raises(ConfigError, match=words):
        Standards.load([first, second])
    found = overlaps_in([first, second])
    assert [(o.standard, o.place) for o in found] == [("line", "CN")] * 2
    assert [len(o.files) for o in found] == [2, 1]


def test_a_later_folder_may_not_change_the_unit(tmp_path):
    """Its values would mean something else."""
    first = write(tmp_path / "a", ("line", standard({})))
    second = write(tmp_path / "b", ("line", standard({"place": "SIM"}, unit="days")))
    with pytest.raises(ConfigError, match=r"b/line.yaml: line is in 'days', and in 'yuan' in "):
        Standards.load([first, second])


def test_what_is_not_public_may_be_supplied_by_a_later_folder(tmp_path):
    """A number takes the place of a record that says there is none; N ends what came before."""
    nothing = {"value": None, "mark": "N", "valid_from": date(2022, 1, 1)}
    first = write(tmp_path / "a", ("line", standard({}, nothing)))
    own = standard({"valid_from": date(2022, 3, 15), "value": "7"})
    second = write(tmp_path / "b", ("line", own))
    days = {date(2021, 12, 31): 1, date(2022, 3, 14): None, date(2022, 3, 15): 7}
    found = Standards.load([first, second])
    assert {day: value_of(found, "line", place="CN", day=day) for day in days} == days
    assert value_of(Standards.load(first), "line", place="CN", day=date(2022, 3, 15)) is None


def test_subfolders_are_not_read(tmp_path):
    """A folder of standards may hold others, which a configuration names by themselves."""
    write(tmp_path, ("line", standard({})))
    write(tmp_path / "own", ("line", standard({"valid_from": date(2020, 1, 1)})))
    assert len(Standards.load(tmp_path).parameter("line").values) == 1


def test_readings_and_places_of_a_later_folder_take_the_place(tmp_path):
    """A reading is overridden by name, a place by its name; the others stay."""

    def places(*names, **changes):
        titles = {"title_zh": "地", "title_en": "place", "level": "national"}
        return {"places": [titles | {"place": name} | changes for name in names]}

    first = write(
        tmp_path / "a",
        ("line", standard({})),
        ("places", places("CN", "SIM")),
        ("readings", {"age": "by_calendar_year", "exit_line": "on_or_above"}),
    )
    second = write(
        tmp_path / "b",
        ("places", places("SIM", level="county", within="CN")),
        ("readings", {"exit_line": "above"}),
    )
    found = Standards.load([first, second])
    assert value_of(found, "line", place="SIM", day=date(2022, 1, 1)) == 1
    assert value_of(Standards.load(first), "line", place="SIM", day=date(2022, 1, 1)) is None
    assert (found.readings.age, found.readings.exit_line) == ("by_calendar_year", "above")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("readings", {"ages": "completed"}, "readings.yaml: ages is no setting. Did you mean 'age"),
        ("places", {"places": []}, "places.yaml: places: Tuple should have at least 1 item"),
        (
            "places",
            {"places": [{"place": "CH", "title_zh": "", "title_en": "", "level": "national"}]},
            "line@CN/2021-01-01: place 'CN' is not known. Known: CH",
        ),
        ("line", standard({"regime": "before"}), "regime 'before' is not known. No standard says"),
        (
            "line",
            standard({"valid_to": date(2021, 2, 1), "end_reading": "national_floor_end"}),
            "end_reading 'national_floor_end' is not known. Did you mean 'national_floor_ends'",
        ),
        ("line", standard({}, unit="yuan a year"), "line.yaml: unit: Input should be 'yuan', 'yua"),
        ("line", standard({}, name="Line"), "line.yaml: name: String should match pattern"),
    ],
)
def test_what_nobody_defines_is_refused(tmp_path, name, content, words):
    """Places, regimes, readings and units that are not known, with the nearest that is."""
    write(tmp_path, ("line", standard({})), (name, content))
    with pytest.raises(ConfigError, match=words):
        Standards.load(tmp_path)


def test_a_multiple_stands_on_the_same_kind_of_unit(made):
    """Yuan a head and year may stand on yuan a month; days may not."""
    units = {"line": "yuan per head a year", "base": "yuan per month"}
    line = [{"multiple": "2", "of": "base"}]
    assert value_of(made(units=units, line=line, base=[NUMBER]), "line") == 8000
    with pytest.raises(ConfigError, match="line is in 'yuan per head a year' and stands on base"):
        made(units=units | {"base": "days"}, line=line, base=[NUMBER])


def test_a_code_is_a_text_and_no_number(made):
    """Its value is read as it stands, and has no multiple."""
    found = made(units={"code": "code"}, code=[{"value": "0.5a"}]).resolve(
        "code", place="AR", day=DAY
    )
    assert (found.text, found.value, found.is_known, found.written) == ("0.5a", None, True, "0.5a")
    with pytest.raises(ConfigError, match=r"code.yaml: code@AR/2003-07-01: a code has no multiple"):
        made(units={"code": "code"}, code=[{"multiple": "2", "of": "median_income_minor"}])


@given(
    data=st.lists(
        st.tuples(st.integers(0, 40), st.none() | st.integers(0, 12), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    day=st.integers(0, 60),
)
def test_what_holds_is_what_a_slow_reading_of_the_records_says(made, data, day):
    """Day by day: a number that claims the day, else N that claims it, else nothing."""
    start = date(2021, 1, 1)
    records = [
        {
            "valid_from": str(start + timedelta(days=first)),
            **({} if length is None else {"valid_to": str(start + timedelta(days=first + length))}),
            **({"value": str(number)} if is_known else {"mark": "N"}),
        }
        for number, (first, length, is_known) in enumerate(data)
    ]

    def claims(at):
        """Numbers of the records that claim a day, by the plain words of the rule."""
        first, length, _ = data[at]
        if day < first:
            return False
        if length is not None:
            return day <= first + length
        later = [other for other, _, _ in data if other > first]
        return not later or day < min(later)

    try:
        standards = made(line=records)
    except ConfigError:
        return
    claiming = [at for at in range(len(data)) if claims(at)]
    numbers = [at for at in claiming if data[at][2]]
    assert len(numbers) <= 1
    found = standards.resolve("line", place="AR", day=start + timedelta(days=day))
    assert found.value == (numbers[0] if numbers else None)
    why = None if numbers else "not_public" if claiming else "no_record"
    assert found.why == why
