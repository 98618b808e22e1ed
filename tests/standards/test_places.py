"""Places: from the special to the general, and the spellings that records use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import settings_from
from fanpin_risk.standards.places import Place, PlaceFile, PlaceTree

TITLES = {"title_zh": "地方", "title_en": "a place"}


def place(name, level="county", **more):
    """One place."""
    return Place(place=name, level=level, **TITLES, **more)


COUNTRY = (
    place("CN", "national"),
    place("Heilongjiang", "province", within="CN", codes=("230000", "黑龙江省")),
    place("Heilongjiang/tier 3", "wage_area", within="Heilongjiang"),
    place("Heilongjiang/Harbin", "city", within="Heilongjiang", codes=("230100",)),
    place(
        "Heilongjiang/Yilan",
        within="Heilongjiang/Harbin",
        codes=("230123", "依兰县"),
        wage_area="Heilongjiang/tier 3",
    ),
)


@pytest.fixture(scope="module")
def tree():
    """A country with a province, a city, a wage area and a county."""
    return PlaceTree(COUNTRY)


@pytest.mark.parametrize(
    ("spelling", "chain"),
    [
        (
            "Heilongjiang/Yilan",
            ["Heilongjiang/Yilan", "Heilongjiang/tier 3", "Heilongjiang/Harbin", "Heilongjiang"],
        ),
        (
            "依兰县",
            ["Heilongjiang/Yilan", "Heilongjiang/tier 3", "Heilongjiang/Harbin", "Heilongjiang"],
        ),
        (
            " 230123 ",
            ["Heilongjiang/Yilan", "Heilongjiang/tier 3", "Heilongjiang/Harbin", "Heilongjiang"],
        ),
        ("230124", ["Heilongjiang/Harbin", "Heilongjiang"]),
        ("230999", ["Heilongjiang"]),
        ("黑龙江省", ["Heilongjiang"]),
        ("Heilongjiang/tier 3", ["Heilongjiang/tier 3", "Heilongjiang"]),
        ("CN", []),
    ],
)
def test_the_chain_leads_from_the_place_to_the_country(tree, spelling, chain):
    """The place, its wage area, and so on; a code that nobody lists stands for what is above."""
    assert tree.chain(spelling) == (*chain, "CN")


@pytest.mark.parametrize(
    "spelling", ["220123", "2301", "230123000000", "２３０１２３", "Yilan", ""]
)
def test_what_nobody_knows_has_no_chain(tree, spelling):
    """No neighbour's values, and no guess from a part of a name or code."""
    assert tree.chain(spelling) == ()
    assert tree.name_of(spelling) is None


def test_a_place_that_must_be_known_is_asked_for_with_the_nearest(tree):
    """On the command line a misspelt place is a mistake, not a missing value."""
    assert tree.place("230000").title_zh == "地方"
    with pytest.raises(ConfigError, match=r"'Heilongjang' is no place of the standards. Did you"):
        tree.place("Heilongjang")


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([place("a", within="b")], "places: 'a' is within 'b', which is no place. Known: a"),
        ([place("a", within="a")], "places: 'a' is within itself. Mend `within` of 'a'"),
        (
            [place("a", within="b"), place("b", within="c"), place("c", within="a")],
            "places: '[abc]' is within itself. Mend `within` of '[abc]'",
        ),
        (
            [place("d", within="a"), place("a", within="b"), place("b", within="a")],
            "places: 'd' is within itself. Mend `within` of '[ab]'",
        ),
        (
            [place("a", codes=("1",)), place("b", codes=("1",))],
            "places: '1' stands for 'a' and for 'b'. Keep it at one of them",
        ),
        ([place("a"), place("b", codes=("a",))], "places: 'a' stands for 'a' and for 'b'"),
        (
            [place("a", wage_area="b"), place("b")],
            "places: wage_area 'b' of 'a' is no place of level wage_area",
        ),
        (
            [place("a", wage_area="tier 1"), place("tier 2", "wage_area")],
            "wage_area 'tier 1' of 'a' is no place of level wage_area. Did you mean 'tier 2'",
        ),
    ],
)
def test_places_that_contradict_each_other_are_refused(places, words):
    """Each message names the place and the mend."""
    with pytest.raises(ConfigError, match=words):
        PlaceTree(places)


def test_a_place_that_stands_twice_in_a_file_is_refused():
    """Which of the two would hold, nobody could say."""
    twice = {"places": [{"place": "CN", "level": "national", **TITLES}] * 2}
    with pytest.raises(ConfigError, match=r"^p\.yaml: the place 'CN' stands twice. Keep one"):
        settings_from(twice, PlaceFile, where="p.yaml")


def test_names_alone_make_roots():
    """Standards without a file of places have no fallback."""
    assert PlaceTree.of_names(["b", "a", "b"]).chain("a") == ("a",)


@given(data=st.data(), n=st.integers(1, 12))
def test_a_chain_follows_within_step_by_step(data, n):
    """Against a plain walk, on trees drawn at random."""
    above = [None] + [data.draw(st.none() | st.integers(0, i - 1)) for i in range(1, n)]
    tree = PlaceTree(
        place(str(i), within=None if up is None else str(up)) for i, up in enumerate(above)
    )
    for start in range(n):
        walked, at = [], start
        while at is not None:
            walked.append(str(at))
            at = above[at]
        assert tree.chain(str(start)) == tuple(walked)
