"""Many standards at many places: the table says what single lookups say."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.places import Place, PlaceTree
from fanpin_risk.standards.table import parameter_table

DAY = date(2024, 6, 1)
TREE = PlaceTree(
    [
        Place(place="CN", title_zh="全国", title_en="China", level="national"),
        Place(place="P", title_zh="省", title_en="P", level="province", within="CN", codes=("23",)),
    ]
)


@pytest.fixture(scope="module")
def small(made):
    """A line of the province, a share of the country, and something that is not public."""
    return made(
        units={
            "line": "yuan per head a year",
            "base": "yuan per head a year",
            "share": "share",
            "wait": "days",
            "kind": "code",
        },
        using={"places": TREE},
        line=[{"place": "P", "multiple": "1.5", "of": "base"}],
        base=[{"place": "CN", "value": "4000"}],
        share=[{"place": "CN", "value": "0.5", "review_on": "2024-05-31"}],
        wait=[{"place": "P", "mark": "N"}, {"place": "CN", "value": "15"}],
        kind=[{"place": "CN", "value": "a"}],
    )


def test_the_table_by_hand(small):
    """Fen, ten-thousandths and days; null and why where it cannot be told; each place once."""
    found = parameter_table(small, ["P", "CN", "23", "P", "x"], DAY, ["line", "share", "wait"])
    frame = found.frame.to_native()
    assert frame.schema == {
        "context_place": pl.String,
        **dict.fromkeys(("line", "share", "wait"), pl.Int64),
    }
    assert frame.rows() == [
        ("23", 600_000, 5_000, None),
        ("CN", None, 5_000, 15),
        ("P", 600_000, 5_000, None),
        ("x", None, None, None),
    ]
    assert found.record_frame.to_native().rows() == [
        (
            "23",
            "line@P/2003-07-01 < base@CN/2003-07-01",
            "share@CN/2003-07-01",
            "wait@P/2003-07-01",
        ),
        ("CN", "line", "share@CN/2003-07-01", "wait@CN/2003-07-01"),
        ("P", "line@P/2003-07-01 < base@CN/2003-07-01", "share@CN/2003-07-01", "wait@P/2003-07-01"),
        ("x", "line", "share", "wait"),
    ]
    assert found.records["P", "wait"] == "wait@P/2003-07-01"
    assert found.reasons == {
        ("CN", "line"): "line：该地该日没有标准 / no record holds at the place on the day",
        **{
            (place, "wait"): "wait@P/2003-07-01：没有公开数值，须由用户提供 / not public: the user "
            "must supply it"
            for place in ("P", "23")
        },
        **{
            ("x", name): f"{name}：标准中没有该地 / no place of the standards"
            for name in ("line", "share", "wait")
        },
    }
    assert [(c.kind, c.record) for c in found.warnings] == [("past_review", "share@CN/2003-07-01")]
    assert (found.day, found.standards) == (DAY, small)


def test_the_table_says_what_single_lookups_say(county):
    """Every shipped number at every shipped place, and at codes of records."""
    names = [name for name, p in county.parameters.items() if p.unit != "code"]
    places = [*county.places.places, "230123", "450000", "elsewhere"]
    for day in (date(2021, 6, 30), date(2024, 6, 30), date(2026, 6, 30)):
        table = parameter_table(county, places, day, names)
        rows = {row["context_place"]: row for row in table.frame.to_native().iter_rows(named=True)}
        for place in places:
            for name in names:
                one = county.resolve(name, place=place, day=day)
                assert rows[place][name] == one.integer
                assert table.records[place, name] == one.record_text
                assert table.reasons.get((place, name), "") == one.why_text
                assert set(one.warnings) <= set(table.warnings)


def test_each_place_of_the_tree_is_looked_up_once(small, monkeypatch):
    """Thousands of spellings of one place cost one lookup a standard."""
    asked = []
    plain = type(small).resolve

    def counted(self, name, **where):
        asked.append((name, where["place"]))
        return plain(self, name, **where)

    monkeypatch.setattr(type(small), "resolve", counted)
    parameter_table(small, [*(f"x{i}" for i in range(1000)), "P", "23"], DAY, ["line", "share"])
    assert len(asked) == 4


def test_without_places_or_names_the_table_is_empty(small):
    """With its columns."""
    assert parameter_table(small, [], DAY, ["line"]).frame.shape == (0, 2)
    assert parameter_table(small, ["P"], DAY, []).frame.to_native().rows() == [("P",)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kind", "kind is a code and no number. Ask for it by itself"),
        ("lines", "'lines' is no standard. Did you mean 'line'"),
    ],
)
def test_what_is_no_number_is_refused(small, name, words):
    """A code has no column of integers; a misspelt name is a mistake."""
    with pytest.raises(ConfigError, match=words):
        parameter_table(small, ["P"], DAY, [name])
