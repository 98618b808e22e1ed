"""The dictionary of rules is generated, and the one in docs/standards.md is that text."""

from __future__ import annotations

from pathlib import Path

from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.dictionary import readings_markdown, rules_markdown
from fanpin_risk.standards.readings import Readings, options_of

DOCS = Path(__file__).parents[2] / "docs/standards.md"


def part(name):
    """The part of the document between two marks."""
    text = DOCS.read_text(encoding="utf-8")
    _, _, behind = text.partition(f"<!-- {name}: generated from the catalogue -->\n")
    found, mark, _ = behind.partition(f"<!-- end of {name} -->\n")
    assert mark
    return found


def test_the_document_holds_exactly_the_generated_dictionary():
    """After a change of a rule or reading: replace the parts of docs/standards.md."""
    assert part("rules") == rules_markdown()
    assert part("readings") == readings_markdown()


def test_every_rule_has_its_line():
    """Each rule once, with as many cells as the head."""
    lines = [line for line in rules_markdown().splitlines() if line.startswith("| `")]
    assert {line.split("`")[1] for line in lines} == {rule.name for rule in STANDARD_RULES}
    assert len(lines) == len(STANDARD_RULES)
    assert {line.count("|") for line in lines} == {10}


def test_every_reading_shows_every_option():
    """What a county's lawyer can choose stands there with its words."""
    text = readings_markdown()
    for name in Readings.model_fields:
        assert f"| `{name}` |" in text
        assert all(f"`{option}`" in text for option in options_of(name))
