"""Dated, placed parameters: what is looked up, and what is refused."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.parameters import Standards

DAY = date(2012, 3, 31)
NUMBER = {"value": "4000"}


def value_of(standards, name, *, place="AR", day=DAY, **figures):
    """Value of a parameter, or None."""
    found = standards.resolve(name, place=place, day=day, figures=figures)
    return found if found is None else found.value


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
    ("records", "words"),
    [
        pytest.param(
            [NUMBER | {"valid_to": "2022-12-31"}, NUMBER | {"valid_from": "2022-12-31"}],
            "two values of AR hold on 2022-12-31. End the first with valid_to",
            id="the day on which one ends and the next begins",
        ),
        pytest.param(
            [NUMBER | {"valid_from": "2023-01-01"}, NUMBER],
            "two values of AR hold on 2023-01-01. End the first with valid_to",
            id="the first has no end, in whatever order they stand",
        ),
        pytest.param(
            [NUMBER, NUMBER],
            "two values of AR hold on 2003-07-01",
            id="the same record twice",
        ),
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


def test_one_name_in_two_files_is_refused(shipped_folder, tmp_path):
    """Which of the two would hold, nobody could say."""
    text = (shipped_folder / "income_line.yaml").read_text("utf-8")
    for name in ("first.yaml", "second.yaml"):
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(
        ConfigError, match=r"second.yaml: the parameter 'income_line' stands in two"
    ):
        Standards.load(tmp_path)


def test_the_file_and_the_setting_are_named(shipped_folder, tmp_path):
    """A float in a file: file, place inside it, value, mend."""
    text = (shipped_folder / "income_line.yaml").read_text("utf-8")
    (tmp_path / "income_line.yaml").write_text(text.replace('"0.60"', "0.60"), "utf-8")
    with pytest.raises(ConfigError, match=r"income_line.yaml: values\.0\.multiple: .* Got 0\.6"):
        Standards.load(tmp_path)


def test_the_fingerprint_changes_with_any_number(shipped, shipped_folder, tmp_path):
    """The same files give the same digest; one digit changes it."""
    assert shipped.digest() == Standards.load(shipped_folder).digest()
    for path in shipped_folder.iterdir():
        text = path.read_text("utf-8").replace('"1.1"', '"1.2"')
        (tmp_path / path.name).write_text(text, "utf-8")
    assert Standards.load(tmp_path).digest() != shipped.digest()
