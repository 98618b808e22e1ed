"""Every value of the standards as a sentence, and that none of them changes unnoticed.

The cases lie in ``tests/standards/parameters``, a folder for each folder of values that is laid on
the country's. One case: the sentence, what is asked (``standard, place, day`` and, where they
matter, ``marks_allowed, regime_bridge, readings, figures, supplied``), and what comes back
(``value``, or null with ``why``; ``record``, ``marks``, ``warns``, and once for each standard its
``unit``). What ``why`` says of a mark is not asked for again under ``warns``.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import yaml

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.loading import read_folders
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.places import PLACES_FILE, Level, Place, PlaceTree
from fanpin_risk.standards.readings import READINGS_FILE, Readings
from fanpin_risk.standards.units import Unit
from fanpin_risk.standards.values import Mark, Parameter

SHIPPED = Path(__file__).parents[2] / "configs/standards"
CASES = Path(__file__).parent / "parameters"
LAID_ON = {
    "country": (SHIPPED,),
    "simulated_county": (SHIPPED, SHIPPED / "simulated_county"),
    "argentina_eph": (SHIPPED / "argentina_eph",),
}
"""Folders of values by the set that they make up; the last one is the set's own."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
OTHER_BASES = ("poverty_standard", "median_income_minor")
NEXT_DAY = timedelta(days=1)


def read(path):
    """What a YAML file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


@cache
def cases_of(group):
    """Cases of a set, each with its file."""
    folder = CASES if group == "country" else CASES / group
    return [(path, case) for path in sorted(folder.glob("*.yaml")) for case in read(path)]


def place_cases(group):
    """Cases of a set's places."""
    return read(CASES / "places" / f"{group}.yaml")


@cache
def loaded(group):
    """The standards of a set."""
    return Standards.load(LAID_ON[group])


def with_supplied(standards, case):
    """The same standards once a user has supplied what is not public, for the place of a case."""
    parameters = dict(standards.parameters)
    for name, value in case["supplied"].items():
        content = parameters[name].model_dump(exclude_unset=True)
        own = {"place": case["place"], "valid_from": case["day"], "value": value}
        own |= {"mark": "A", "source": "supplied by the user"}
        values = [*content["values"], own]
        parameters[name] = Parameter.model_validate({**content, "values": values})
    return Standards(parameters, places=standards.places, readings=standards.readings)


def told(standards, case):
    """What the standards say of a case, in the words of a case."""
    asked = with_supplied(standards, case) if "supplied" in case else standards
    if any(key in case for key in ("marks_allowed", "regime_bridge", "readings")):
        asked = standards.using(
            marks_allowed=case.get("marks_allowed", ()),
            bridge=case.get("regime_bridge"),
            readings=case.get("readings"),
        )
    found = asked.resolve(
        case["standard"], place=case["place"], day=case["day"], figures=case.get("figures")
    )
    answer = {
        "value": found.text if found.text is not None else found.value,
        "why": found.why,
        "record": " < ".join(found.records) or None,
        "marks": list(found.marks),
        "warns": sorted(w.kind for w in found.warnings if not (w.kind == "mark" and found.why)),
    }
    return answer | {"unit": found.unit} if "unit" in case else answer


def expected(case):
    """What a case expects."""
    value, is_code = case["value"], case.get("unit") == "code" or case["standard"] in CODES
    answer = {
        "value": value if value is None or is_code else Fraction(value),
        "why": case.get("why"),
        "record": case.get("record"),
        "marks": case.get("marks", []),
        "warns": case.get("warns", []),
    }
    return answer | {"unit": case["unit"]} if "unit" in case else answer


CODES = {case["standard"] for _, case in cases_of("country") if case.get("unit") == "code"}
NAMED = [
    pytest.param(group, case, id=f"{group}/{case['standard']}@{case['place']}/{case['day']}/{n}")
    for group in LAID_ON
    for n, (_, case) in enumerate(cases_of(group))
]


@pytest.mark.parametrize(("group", "case"), NAMED)
def test_the_standards_say(group, case):
    """Each case of ``tests/standards/parameters`` holds for ``configs/standards``."""
    assert told(loaded(group), case) == expected(case)


@pytest.mark.parametrize(
    ("group", "case"), [(group, case) for group in LAID_ON for case in place_cases(group)]
)
def test_the_places_say(group, case):
    """Each spelling means its place, and the places above it are those of the case."""
    places = loaded(group).places
    found = places.place(case["spelling"])
    assert (list(places.chain(case["spelling"])), found.level) == (case["chain"], case["level"])


def test_the_simulated_county_chooses_its_readings():
    """It holds no statements of coping capacity; everybody else's default is the notes' reading."""
    chosen = read(SHIPPED / "simulated_county" / READINGS_FILE)
    assert chosen["coping_not_on_record"] == "propose"
    everywhere, here = loaded("country").readings, loaded("simulated_county").readings
    assert everywhere == Readings()
    assert {name: getattr(here, name) for name in chosen} == chosen
    assert [name for name in chosen if getattr(everywhere, name) == chosen[name]] == []


def test_a_sentence_is_in_both_languages_and_names_one_case():
    """Chinese first, English beside it, no sentence twice; the file is the standard's own."""
    sentences = Counter()
    for group in LAID_ON:
        for path, case in cases_of(group):
            zh, _, en = case["sentence"].partition(" / ")
            assert any("一" <= letter <= "鿿" for letter in zh), case["sentence"]
            assert en, case["sentence"]
            assert path.stem.removesuffix("_local") == case["standard"]
            sentences[group, case["sentence"]] += 1
    assert [sentence for sentence, n in sentences.items() if n > 1] == []


# -- no value changes unnoticed ------------------------------------------------------------------


def other_values(key, value):
    """What a setting of a record might be changed to by mistake."""
    if isinstance(value, date):
        yield from (value + NEXT_DAY, value - NEXT_DAY)
    if key == "value":
        yield str(Decimal(value) + 1) if value[0].isdigit() else f"{value}_x"
    if key == "multiple":
        yield str(Decimal(value) + 1)
    if key == "of":
        yield next(base for base in OTHER_BASES if base != value)
    if key == "regime":
        yield from {"transition_2021_2025", "normalised_2026"} - {value}
    if key == "mark":
        yield from (mark for mark in get_args(Mark) if mark != value)
    if key == "place":
        yield next(place for place in ("Hainan", "CN", "AR") if place != value)
    if key == "day_is_known":
        yield not value


def changed_records(record, others):
    """Every way to change one record: what was done, and the record; None where it is gone.

    Left out is what says the same in other words: an end that the next record sets as well, the
    regime of a value that ends within it, the unknown day of a value without a number.
    """
    yield "taken away", None
    has_number = "value" in record or "multiple" in record
    last = record.get("valid_to")
    follows = any(last is not None and one["valid_from"] == last + NEXT_DAY for one in others)
    for key, value in record.items():
        for other in other_values(key, value):
            if not (follows and not has_number and key == "valid_to" and other > value):
                yield f"{key} is {other}", record | {key: other}
        if key in ("review_on", "end_reading") or (key == "valid_to" and not follows):
            yield f"no {key}", without(record, key)
        if key == "regime" and last is None and has_number:
            yield "no regime", without(record, key)
    if not has_number:
        yield "value is 1", record | {"value": "1"}
    if has_number and "day_is_known" not in record:
        yield "day_is_known is False", record | {"day_is_known": False}


def without(record, key):
    """A record with a setting less."""
    return {name: value for name, value in record.items() if name != key}


def needed(name, parameters):
    """A standard, and all that its value can stand on."""
    names = [name, *({"regime"} & set(parameters))]
    for reached in names:
        bases = {value.of for value in parameters[reached].values} & set(parameters)
        names += sorted(bases - set(names))
    return {n: parameters[n] for n in names}


def is_red(name, content, parameters, places, cases):
    """Whether a case fails once a standard has another content, or it cannot be loaded at all."""
    try:
        one = Parameter.model_validate(content)
        standards = Standards(needed(name, {**parameters, name: one}), places=places)
        return any(told(standards, case) != expected(case) for case in cases)
    except (ConfigError, ValueError):
        return True


def own_files(group):
    """Files of values of a set's own folder."""
    others = (PLACES_FILE, READINGS_FILE)
    return [path for path in sorted(LAID_ON[group][-1].glob("*.yaml")) if path.name not in others]


def unnoticed(group, path):
    """Changes of one file of a set that no case notices."""
    file, places, parameters = read(path), loaded(group).places, loaded(group).parameters
    name, own = file["name"], file["values"]
    cases = [case for _, case in cases_of(group) if case["standard"] == name]
    content = parameters[name].model_dump(exclude_unset=True)
    before = list(content["values"][: len(content["values"]) - len(own)])

    def is_noticed(changes):
        return is_red(name, {**content, **changes}, parameters, places, cases)

    assert not is_noticed({}), f"{path}: a case fails already"
    for number, record in enumerate(own):
        rest = [*own[:number], *own[number + 1 :]]
        siblings = [one for one in rest if one["place"] == record["place"]]
        for what, new in changed_records(record, siblings):
            if not is_noticed({"values": [*before, *rest, *([] if new is None else [new])]}):
                yield f"{name}@{record['place']}/{record['valid_from']}: {what}"
    if "unit" in file:
        other = next(unit for unit in get_args(Unit) if unit != file["unit"])
        if not is_noticed({"unit": other}):
            yield f"{name}: unit is {other}"


@pytest.mark.parametrize("group", LAID_ON)
def test_changing_any_value_turns_a_case_red(group):
    """Numbers, days, places, bases, regimes, marks, review days, units: one changed, one fails."""
    found = [change for path in own_files(group) for change in unnoticed(group, path)]
    assert not found, "\n".join(found)


def test_every_file_of_values_is_tried():
    """A folder that no set names would go untried."""
    tried = [path for group in LAID_ON for path in own_files(group)]
    extra = {PLACES_FILE, READINGS_FILE}
    assert sorted(tried) == sorted(p for p in SHIPPED.rglob("*.yaml") if p.name not in extra)
    assert sum(len(read(path)["values"]) for path in tried) >= 230


def changed_places(place):
    """Every way to change one place."""
    yield (
        "level",
        place.model_copy(
            update={"level": next(level for level in get_args(Level) if level != place.level)}
        ),
    )
    for key in ("within", "wage_area"):
        if getattr(place, key) is not None:
            yield key, place.model_copy(update={key: None})
    for code in place.codes:
        kept = tuple(other for other in place.codes if other != code)
        yield code, place.model_copy(update={"codes": kept})


@pytest.mark.parametrize("group", LAID_ON)
def test_changing_any_place_turns_a_case_red(group):
    """Levels, what lies within what, and spellings."""
    places = read_folders(LAID_ON[group]).places.places
    own = read(LAID_ON[group][-1] / PLACES_FILE)["places"]
    for place in (Place.model_validate(content) for content in own):
        for what, new in changed_places(place):
            tree = PlaceTree({**places, place.place: new}.values())
            assert any(
                tree.chain(case["spelling"]) != tuple(case["chain"])
                or tree.place(case["spelling"]).level != case["level"]
                for case in place_cases(group)
            ), f"{place.place}: {what} changed unnoticed"
