"""Looking a standard up: which record holds where and when, what stops it, and what is said."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.places import Place, PlaceTree
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.regimes import Bridge

BEFORE, AFTER = "transition_2021_2025", "normalised_2026"
REGIMES = [
    {"value": BEFORE, "valid_from": "2021-01-01", "valid_to": "2025-12-31"},
    {"value": AFTER, "valid_from": "2026-01-01"},
]
DAY = date(2024, 6, 1)


def place(name, level, **more):
    """One place of the country of these tests."""
    return Place(place=name, title_zh=name, title_en=name, level=level, **more)


TREE = PlaceTree(
    [
        place("CN", "national"),
        place("P", "province", within="CN", codes=("230000",)),
        place("P/tier 3", "wage_area", within="P"),
        place("P/C", "county", within="P", wage_area="P/tier 3"),
        place("P/D", "county", within="P"),
    ]
)


@pytest.fixture
def country(made):
    """Make the standard ``line`` of yuan in the country, with the regimes if a value has one."""

    def standards(*values, units=None, marks=(), bridge=None, readings=None, **others):
        own = [{"place": "CN", "valid_from": "2021-01-01"} | value for value in values]
        others = {n: [{"place": "CN"} | v for v in values] for n, values in others.items()}
        using = {
            "places": TREE,
            "marks_allowed": marks,
            "bridge": None if bridge is None else Bridge.read(bridge),
            "readings": Readings(**(readings or {})),
        }
        regimes = [{"place": "CN", "mark": "B"} | regime for regime in REGIMES]
        kinds = {"line": "yuan per head a year", "regime": "code"} | (units or {})
        return made(units=kinds, using=using, line=own, regime=regimes, **others)

    return standards


def told(standards, where="P/C", day=DAY):
    """Value, reason and records of the line."""
    found = standards.resolve("line", place=where, day=day)
    return found.value, found.why, found.records


def kinds(standards, where="P/C", day=DAY):
    """Kinds of what is said beside the line."""
    return [caution.kind for caution in standards.resolve("line", place=where, day=day).warnings]


# From the special to the general


def test_the_most_special_place_with_a_record_counts(country):
    """County, else its wage area, else province, else the country."""
    records = {"P/C": "4", "P/tier 3": "3", "P": "2", "CN": "1"}
    for at in list(records):
        standards = country(*({"place": p, "value": v} for p, v in records.items()))
        assert told(standards)[0] == int(records[at])
        assert told(standards)[2] == (f"line@{at}/2021-01-01",)
        del records[at]


def test_a_place_does_not_see_its_neighbours(country):
    """Another county's record and another county's wage area are never used."""
    standards = country({"place": "P/C", "value": "4"}, {"place": "P/tier 3", "value": "3"})
    assert told(standards, "P/D") == (None, "no_record", ())
    assert told(standards, "P") == (None, "no_record", ())
    assert told(standards, "elsewhere") == (None, "place_not_known", ())


def test_a_code_of_the_records_is_looked_up(country):
    """Records name a place by its code, or by one of a county that nobody lists."""
    standards = country({"place": "P", "value": "2"})
    assert told(standards, "230000")[0] == told(standards, "230123")[0] == 2


def test_the_general_value_holds_where_the_special_one_has_ended(country):
    """Both ends of the special one belong to it; afterwards the province counts again."""
    special = {"place": "P/C", "valid_from": "2022-03-01", "valid_to": "2023-02-28", "value": "4"}
    standards = country(special, {"place": "P", "value": "2"})
    days = {
        date(2022, 2, 28): 2,
        date(2022, 3, 1): 4,
        date(2023, 2, 28): 4,
        date(2023, 3, 1): 2,
    }
    assert {day: told(standards, day=day)[0] for day in days} == days


def test_a_value_without_an_end_holds_until_the_next_of_its_place(country):
    """The day before the next is its last; another place's next does not end it."""
    standards = country(
        {"place": "P", "value": "1"},
        {"place": "P", "value": "2", "valid_from": "2023-03-15"},
        {"place": "P/D", "value": "3", "valid_from": "2022-01-01"},
    )
    days = {date(2022, 6, 1): 1, date(2023, 3, 14): 1, date(2023, 3, 15): 2, date(2030, 1, 1): 2}
    assert {day: told(standards, day=day)[0] for day in days} == days


def test_a_record_of_mark_n_stops_the_search(country):
    """Not public: the user must supply; the country's value does not take its place."""
    standards = country({"value": "1"}, {"place": "P", "mark": "N"})
    assert told(standards) == (None, "not_public", ("line@P/2021-01-01",))
    found = standards.resolve("line", place="P/C", day=DAY)
    assert (found.marks, found.integer, found.warnings) == (("N",), None, ())
    assert found.why_text == (
        "line@P/2021-01-01：没有公开数值，须由用户提供 / not public: the user must supply it"
    )
    assert told(country({"value": "1"}, {"place": "P", "mark": "N"}, marks=["N"]))[1] == (
        "not_public"
    )


# Marks


@pytest.mark.parametrize("mark", ["D", "G", "N"])
def test_a_doubtful_value_is_used_only_when_its_mark_is_named(country, mark):
    """Else it cannot be told, and a more general value does not take its place; it is printed."""
    values = [{"value": "1"}, {"place": "P", "value": "2", "mark": mark}]
    assert told(country(*values)) == (None, "mark_not_allowed", ("line@P/2021-01-01",))
    other = {"D": "G", "G": "N", "N": "D"}[mark]
    assert told(country(*values, marks=[other]))[1] == "mark_not_allowed"
    used = country(*values, marks=[mark])
    assert told(used) == (2, None, ("line@P/2021-01-01",))
    (caution,) = used.resolve("line", place="P/C", day=DAY).warnings
    assert (caution.kind, caution.record) == ("mark", "line@P/2021-01-01")
    assert str(caution) == (
        f"line@P/2021-01-01的可信度标记为{mark}，未经证实 / "
        f"line@P/2021-01-01 carries mark {mark}: not confirmed"
    )


@pytest.mark.parametrize("mark", ["A", "B", "C", "E", "H"])
def test_other_marks_need_no_naming(country, mark):
    """They are used, shown, and nothing is said."""
    standards = country({"value": "1", "mark": mark})
    assert told(standards)[0] == 1
    assert kinds(standards) == []


def test_a_doubtful_base_is_asked_for_too(country):
    """A confirmed multiple of an unconfirmed number is not confirmed."""
    line = {"multiple": "2", "of": "base"}
    base = [{"value": "5", "mark": "D"}]
    found = country(line, base=base, units={"base": "yuan"}).resolve("line", place="P", day=DAY)
    assert (found.why, found.value) == ("mark_not_allowed", None)
    assert found.records == ("line@CN/2021-01-01", "base@CN/2003-07-01")
    allowed = country(line, base=base, units={"base": "yuan"}, marks=["D"])
    found = allowed.resolve("line", place="P", day=DAY)
    assert (found.value, found.marks) == (10, ("E", "D"))
    assert [caution.record for caution in found.warnings] == ["base@CN/2003-07-01"]


# Multiples


def test_a_multiple_stands_on_the_value_of_the_place_asked_about(country):
    """Twice the local allowance may stand once for the whole country."""
    base = [{"place": "P/C", "value": "9780"}, {"place": "P", "value": "100"}]
    standards = country({"multiple": "2", "of": "base"}, base=base, units={"base": "yuan"})
    assert told(standards) == (19560, None, ("line@CN/2021-01-01", "base@P/C/2003-07-01"))
    assert told(standards, "P/D")[0] == 200
    assert told(standards, "CN") == (None, "no_record", ("line@CN/2021-01-01",))
    assert standards.resolve("line", place="P/C", day=DAY).integer == 1_956_000


def test_the_reason_of_a_base_is_the_reason_of_the_multiple(country):
    """And both records are named."""
    base = [{"place": "P", "mark": "N"}]
    standards = country({"multiple": "2", "of": "base"}, base=base, units={"base": "yuan"})
    assert told(standards) == (None, "not_public", ("line@CN/2021-01-01", "base@P/2003-07-01"))


def test_a_value_finer_than_a_fen_has_no_integer(country):
    """The exact value is there; where an integer is asked for, the record is named."""
    found = country({"value": "0.001"}).resolve("line", place="P", day=DAY)
    assert found.value == Fraction(1, 1000)
    with pytest.raises(ConfigError, match=r"line@CN/2021-01-01 is 0.001 in 'yuan per head a year'"):
        assert found.integer


def test_a_number_is_written_as_people_write_it(country):
    """No exponent, and no zeros at its end."""
    for text in ("8050", "0.5", "19560", "100000000"):
        assert country({"value": text}).resolve("line", place="P", day=DAY).written == text
    assert country({"mark": "N"}).resolve("line", place="P", day=DAY).written == ""


# Regimes


def test_a_value_of_another_regime_does_not_hold(country):
    """Net income's line says nothing about 2026; the record that was passed is named."""
    standards = country({"value": "1", "regime": BEFORE})
    assert told(standards, day=date(2025, 12, 31))[0] == 1
    assert told(standards, day=date(2026, 1, 1)) == (
        None,
        "other_regime",
        ("line@CN/2021-01-01",),
    )
    assert told(country({"value": "1"}), day=date(2026, 1, 1))[0] == 1


def test_a_general_value_of_the_right_regime_is_found_behind_a_special_one(country):
    """What is of another regime is passed by like what has ended."""
    standards = country(
        {"place": "P", "value": "2", "regime": BEFORE},
        {"value": "9", "regime": AFTER, "valid_from": "2026-01-01"},
    )
    assert told(standards, day=date(2025, 6, 1))[0] == 2
    assert told(standards, day=date(2026, 6, 1))[0] == 9


def test_a_bridge_leads_one_way_and_is_said(country):
    """From the regime before to the one after, and only when it is named."""
    bridge = f"{BEFORE} -> {AFTER}"
    old = country({"value": "1", "regime": BEFORE}, bridge=bridge)
    assert told(old, day=date(2026, 1, 1))[0] == 1
    assert kinds(old, day=date(2026, 1, 1)) == ["bridge"]
    assert kinds(old, day=date(2025, 12, 31)) == []
    new = country({"value": "1", "regime": AFTER}, bridge=bridge)
    assert told(new, day=date(2025, 12, 31))[1] == "other_regime"


def test_the_regime_of_a_day(country):
    """Found like any other standard; before the first there is none."""
    standards = country({"value": "1"})
    days = {date(2020, 12, 31): None, date(2021, 1, 1): BEFORE, date(2026, 1, 1): AFTER}
    assert {day: standards.regime_on("P/C", day) for day in days} == days
    assert standards.regime_on("elsewhere", DAY) is None


def test_the_regime_is_that_of_the_place_asked_about(made):
    """A province that changed earlier than the country uses its own."""
    regime = [
        {"place": "CN", "value": BEFORE},
        {"place": "P", "value": AFTER, "valid_from": "2024-01-01"},
    ]
    line = [{"place": "CN", "value": "1", "regime": BEFORE}]
    standards = made(units={"regime": "code"}, using={"places": TREE}, regime=regime, line=line)
    assert told(standards, "CN")[0] == 1
    assert told(standards, "P/C")[1] == "other_regime"
    assert told(standards, "P/C", date(2023, 12, 31))[0] == 1


def test_before_the_first_regime_a_value_of_one_does_not_hold(country):
    """The day has no regime, so it has not this one."""
    early = country({"value": "1", "regime": BEFORE, "valid_from": "2020-01-01"})
    assert told(early, day=date(2020, 6, 1))[1] == "other_regime"


# What is said beside a value


def test_a_value_past_its_review_date_warns(country):
    """On the date itself not yet."""
    standards = country({"value": "1", "review_on": "2024-03-31"})
    assert kinds(standards, day=date(2024, 3, 31)) == []
    assert kinds(standards, day=date(2024, 4, 1)) == ["past_review"]
    assert told(standards, day=date(2024, 4, 1))[0] == 1


def test_a_later_general_value_is_said_and_does_not_hold(country):
    """The special one stays until its own successor; a lawyer may choose otherwise."""
    values = (
        {"place": "P/C", "value": "4", "valid_from": "2023-01-01"},
        {"place": "P", "value": "7", "valid_from": "2024-01-01"},
        {"place": "CN", "value": "8", "valid_from": "2024-02-01"},
    )
    stays = country(*values)
    assert told(stays, day=date(2023, 12, 31))[0] == told(stays)[0] == 4
    assert kinds(stays, day=date(2023, 12, 31)) == []
    (caution,) = stays.resolve("line", place="P/C", day=DAY).warnings
    assert (caution.kind, caution.record) == ("later_general", "line@P/C/2023-01-01")
    assert "line@CN/2024-02-01" in caution.words_zh
    assert "line@CN/2024-02-01" in caution.words_en
    replaced = country(
        *values, readings={"special_against_later_general": "later_general_replaces"}
    )
    assert told(replaced, day=date(2024, 1, 31))[0] == 7
    assert told(replaced) == (8, None, ("line@CN/2024-02-01",))
    assert kinds(replaced) == []


@pytest.mark.parametrize(
    "other",
    [
        {"place": "P", "value": "7", "valid_from": "2023-01-01"},
        {"place": "P", "value": "7", "valid_from": "2024-06-02"},
        {"place": "P", "value": "7", "valid_from": "2024-01-01", "valid_to": "2024-05-31"},
        {"place": "P", "mark": "N", "valid_from": "2024-01-01"},
        {"place": "P/D", "value": "7", "valid_from": "2024-01-01"},
        {"place": "P", "value": "7", "valid_from": "2024-01-01", "regime": AFTER},
    ],
    ids=["not later", "not yet", "over", "no number", "a neighbour", "another regime"],
)
def test_a_general_value_that_is_not_later_or_does_not_hold_is_not_said(country, other):
    """Only what could hold in its place is worth a word."""
    special = {"place": "P/C", "value": "4", "valid_from": "2023-01-01"}
    for choice in ("special_stays", "later_general_replaces"):
        standards = country(special, other, readings={"special_against_later_general": choice})
        assert told(standards)[0] == 4
        assert kinds(standards) == []


def test_a_year_only_date_is_said_and_may_be_read_as_unknown(country):
    """From 1 January, marked so; or, if a lawyer wants it, not at all in its first year."""
    value = {"value": "1", "valid_from": "2023-01-01", "day_is_known": False}
    plain = country({"value": "0"} | {"valid_to": "2022-12-31"}, value)
    assert told(plain, day=date(2023, 1, 1))[0] == 1
    assert kinds(plain, day=date(2023, 1, 1)) == ["day_unknown"]
    strict = country(value, readings={"year_only_dates": "cannot_tell_in_first_year"})
    for day in (date(2023, 1, 1), date(2023, 12, 31)):
        assert told(strict, day=day) == (None, "day_unknown", ("line@CN/2023-01-01",))
    assert told(strict, day=date(2024, 1, 1))[0] == 1
    known = country(value | {"day_is_known": True}, readings={"year_only_dates": "from_1_january"})
    assert kinds(known) == []


@pytest.mark.parametrize(
    "name", ["national_floor_ends", "heilongjiang_line_ends", "minimum_wage_2017_ends"]
)
def test_an_end_that_is_a_reading_may_be_chosen_otherwise(country, name):
    """On its date by default; else until the next number, past a record that has none."""
    values = (
        {"place": "P", "value": "6", "valid_to": "2021-12-31", "end_reading": name},
        {"place": "P", "mark": "N", "valid_from": "2022-01-01"},
        {"place": "P", "value": "8", "valid_from": "2024-01-01"},
    )
    days = (date(2021, 12, 31), date(2022, 1, 1), date(2023, 12, 31), date(2024, 1, 1))
    assert [told(country(*values), day=day)[0] for day in days] == [6, None, None, 8]
    carried = country(*values, readings={name: "until_replaced"})
    assert [told(carried, day=day)[0] for day in days] == [6, 6, 6, 8]
    others = {"national_floor_ends", "heilongjiang_line_ends", "minimum_wage_2017_ends"} - {name}
    unmoved = country(*values, readings=dict.fromkeys(others, "until_replaced"))
    assert [told(unmoved, day=day)[0] for day in days] == [6, None, None, 8]


# Against a slow and obvious search


RECORD = st.fixed_dictionaries(
    {
        "place": st.sampled_from(["CN", "P", "P/tier 3", "P/C", "P/D"]),
        "first": st.integers(0, 9),
        "length": st.integers(0, 9),
        "kind": st.sampled_from(["plain", "before", "after", "N", "D"]),
    }
)
ABOVE = {
    "P/C": ["P/C", "P/tier 3", "P", "CN"],
    "P/D": ["P/D", "P", "CN"],
    "P": ["P", "CN"],
    "CN": ["CN"],
}


@given(
    records=st.lists(RECORD, min_size=1, max_size=8),
    where=st.sampled_from(sorted(ABOVE)),
    day=st.integers(0, 20),
    marks=st.sampled_from([(), ("D",)]),
    joined=st.booleans(),
)
def test_what_is_found_is_what_a_plain_search_finds(made, records, where, day, marks, joined):
    """Place by place, record by record, by the words of the notes."""
    start = date(2025, 12, 22)  # ten days of the one regime, then the other
    values = []
    for number, record in enumerate(records):
        first = start + timedelta(days=record["first"])
        value = {
            "place": record["place"],
            "valid_from": str(first),
            "valid_to": str(first + timedelta(days=record["length"])),
        }
        value |= {"mark": "N"} if record["kind"] == "N" else {"value": str(number)}
        value |= {"mark": "D"} if record["kind"] == "D" else {}
        value |= {"before": {"regime": BEFORE}, "after": {"regime": AFTER}}.get(record["kind"], {})
        values.append(value)
    using = {"places": TREE, "marks_allowed": marks}
    using |= {"bridge": Bridge.read(f"{BEFORE} -> {AFTER}")} if joined else {}
    regimes = [{"place": "CN"} | regime for regime in REGIMES]
    try:
        standards = made(units={"regime": "code"}, using=using, line=values, regime=regimes)
    except ConfigError:
        return
    today = "before" if day < 10 else "after"

    def search():
        """Value and reason, as a person would look them up."""
        passed = False
        for at in ABOVE[where]:
            mine = [
                (number, record)
                for number, record in enumerate(records)
                if record["place"] == at
                and record["first"] <= day <= record["first"] + record["length"]
            ]
            for number, record in sorted(mine, key=lambda pair: pair[1]["kind"] == "N"):
                kind = record["kind"]
                wrong = kind in ("before", "after") and kind != today
                if wrong and not (joined and (kind, today) == ("before", "after")):
                    passed = True
                elif kind == "N":
                    return None, "not_public"
                elif kind == "D" and not marks:
                    return None, "mark_not_allowed"
                else:
                    return number, None
        return None, "other_regime" if passed else "no_record"

    found = standards.resolve("line", place=where, day=start + timedelta(days=day))
    assert (found.value, found.why) == search()
