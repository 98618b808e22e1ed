"""Settings are closed and frozen; what is wrong with a file is one line with the mend."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError, model_validator

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import Settings, load_settings, nearest, read_yaml, settings_from


class Team(Settings):
    """One team of visitors."""

    visits: int = 0
    lead: str | None = None


class Window(Settings):
    """A span given by its months."""

    months: int


class Until(Settings):
    """A span given by its last day."""

    until: str


class Plan(Settings):
    """A plan, nested in the ways that configurations nest."""

    name: str
    seed: int = 1
    kind: Literal["stock", "flow"] = "flow"
    main: Team = Team()
    spare: Team | None = None
    teams: dict[str, Team] | None = None
    order: tuple[Team, ...] = ()
    deep: dict[str, dict[str, Team]] | None = None
    span: Window | Until | None = None
    lines: dict[str, bool | int | str | None] | None = None

    @model_validator(mode="after")
    def _has_seed(self) -> Plan:
        """Refuse a certain seed, with a question for an answer."""
        if self.seed == 13:
            raise ValueError("seed 13 brings bad luck: which one\ndo you mean?")
        if self.seed == 14:
            raise ValueError("seed 14 is no better")
        return self


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"sed": 1},
            r"sed is no setting\. Did you mean 'seed'\? \(1 more problem in this file\.\)",
        ),
        ({"nam": "x"}, r"nam is no setting\. Did you mean 'name'\? \(1 more problem in this"),
        (
            {"colour": 1, "name": "x"},
            r"colour is no setting\. Known: deep, kind, lines, main, name,",
        ),
        ({"name": "x", "main": {"visit": 1}}, r"main\.visit is no .*Did you mean 'visits'\?$"),
        ({"name": "x", "spare": {"visit": 1}}, r"spare\.visit is no .*Did you mean 'visits'\?$"),
        ({"name": "x", "teams": {"P1": {"leed": 1}}}, r"teams\.P1\.leed is no .*mean 'lead'\?$"),
        ({"name": "x", "teams": {"name": {"visit": 1}}}, r"teams\.name\.visit .*mean 'visits'\?$"),
        ({"name": "x", "order": [{}, {"visit": 1}]}, r"order\.1\.visit is no .*mean 'visits'\?$"),
        ({"name": "x", "deep": {"a": {"b": {"leed": 1}}}}, r"deep\.a\.b\.leed .*mean 'lead'\?$"),
        ({"name": "x", "span": {"month": 3}}, r"span\.month is no .*Did you mean 'months'\?"),
        (
            {"name": "x", "span": {"untill": "y"}},
            r"span\.untill .*mean 'until'\? \(1 more problem i",
        ),
        ({"name": "x", "span": {"months": "y"}}, r"span\.months: Input should be a valid integer"),
        ({"name": "x", "span": 3}, r"span: must hold keys and values\. Got 3\."),
        ({}, r"name is missing\. Add it\.$"),
        ({"name": 3}, r"name: Input should be a valid string\. Got 3\.$"),
        ({"name": "x", "seed": "one"}, r"seed: Input should be a valid integer, .* Got 'one'\.$"),
        ({"name": "x", "seed": 1.5}, r"seed: Input should be a valid integer, .* Got 1\.5\.$"),
        ({"name": "x", "kind": "all"}, r"kind: Input should be 'stock' or 'flow'\. Got 'all'\.$"),
        ({"name": "x", "main": 4}, r"main: must hold keys and values\. Got 4\.$"),
        ({"name": "x", "teams": [1]}, r"teams: must hold keys and values\. Got \[1\]\.$"),
        ({"name": "x", "lines": {"a": 1.5}}, r"lines\.a: .*Got 1\.5\.$"),
        ({"name": "x", "seed": 13}, r"where: seed 13 brings .* which one do you mean\?$"),
        ({"name": "x", "seed": 14}, r"where: seed 14 is no better\.$"),
        ({"name": "x", 3: 4}, r"3: Keys should be strings\. Got 3\.$"),
        ({"name": "x", "a\nb": 4}, r"a b is no setting\. Known"),
        ({"name": "x", "seed": "\n" * 90}, r"Got '(\\n)+\.\.\.\.$"),
        ({"seed": "a", "kind": "b"}, r"\(2 more problems in this file\.\)$"),
    ],
)
def test_the_first_problem_is_named_with_its_mend(content, words):
    """File, setting, what it got; a hint for an unknown key; all on one line."""
    with pytest.raises(ConfigError, match=words) as caught:
        settings_from(content, Plan, where="where")
    message = str(caught.value)
    assert message.startswith("where: ")
    assert "\n" not in message


def test_good_settings_are_read_and_frozen(tmp_path):
    """A file gives a value that nobody changes afterwards."""
    path = tmp_path / "plan.yaml"
    path.write_text(
        "name: 计划\nteams: {P1: {visits: 3}}\nspan: {until: '2012'}\n", encoding="utf-8"
    )
    plan = load_settings(path, Plan)
    assert (plan.name, plan.teams["P1"].visits, plan.span) == ("计划", 3, Until(until="2012"))
    with pytest.raises(ValidationError, match="frozen"):
        plan.seed = 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: 1\nb: 2\na: 3\n", r"is no valid YAML: the key 'a' stands twice \(line 3\)\.$"),
        (b"a:\n  b: 1\n  b: 1\n", r"the key 'b' stands twice \(line 3\)"),
        (b"- {a: 1, a: 1}\n", "the key 'a' stands twice"),
        (b"a: {1: x, 1.0: y}\n", r"the key 1\.0 stands twice"),
        (b"a: [1\n", r"is no valid YAML: .*\(line 2\)"),
        (b"a: 'x\n", "is no valid YAML: found unexpected end of stream"),
        (b"\ta: 1\n", r"is no valid YAML: .*cannot start any token \(line 1\)"),
        (b"a: 2012-02-30\n", "is no valid YAML: day is out of range for month"),
        (b"[a]: 1\n", r"a list or mapping cannot be a key \(line 1\)"),
        (b"{a: 1}: 1\n", "a list or mapping cannot be a key"),
        (b"a: !!python/object:os.system x\n", "could not determine a constructor"),
        (b"a: *b\n", "found undefined alias"),
        (b"a: \x00\n", "is no valid YAML"),
        (b"", r"must hold keys and values, not NoneType\.$"),
        (b"- a\n", r"must hold keys and values, not list\.$"),
        (b"just words\n", "must hold keys and values, not str"),
        ("名: 值\n".encode("gb18030"), r"is not UTF-8 text\. Save it as UTF-8\.$"),
    ],
)
def test_yaml_that_cannot_be_used_is_one_line(tmp_path, text, words):
    """The file, the line and what is wrong there."""
    path = tmp_path / "broken.yaml"
    path.write_bytes(text)
    with pytest.raises(ConfigError, match=words) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    """Both are configuration errors with the path."""
    with pytest.raises(ConfigError, match=r"no\.yaml: no such configuration file\. Check the name"):
        read_yaml(tmp_path / "no.yaml")
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory\."):
        read_yaml(tmp_path)


def test_an_anchor_may_be_merged_and_overridden(tmp_path):
    """What YAML means by ``<<``: keys of the mapping itself win, and that is no double."""
    path = tmp_path / "a.yaml"
    path.write_text("base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}\n")
    assert read_yaml(path) == {"base": {"x": 1, "y": 2}, "more": {"x": 1, "y": 3}}


def test_a_hint_is_the_nearest_name_or_all_of_them():
    """Far-off names get the list."""
    assert nearest("horizonmonths", ["horizon_months", "seed"]) == "Did you mean 'horizon_months'?"
    assert nearest("zzz", ["seed", "name"]) == "Known: name, seed."
