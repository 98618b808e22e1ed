"""Which mistakes in the rules their cases would miss.

Run by hand on a quiet machine: ``.venv/bin/python benchmarks/rule_mutants.py``. It makes one small
mistake at a time in the code that conditions are made of, such as ``<`` for ``<=``, asks the rules
whose condition is another one then about all of their cases, and prints the share of mistakes that
a case notices and each one that none does. ``--sample 100`` takes so many of them, drawn with a
seed; a word takes those in modules whose name contains it.
"""

from __future__ import annotations

import argparse
import ast
import random
import runpy
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import fanpin_risk.standards.catalogue
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.evaluate import Answers, condition_of, evaluate
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings, options_of
from fanpin_risk.standards.rule import CANNOT_TELL, MET, NOT_MET, StandardRule
from fanpin_risk.standards.table import parameter_table
from fanpin_risk.standards.values import MARKS_TO_NAME

ROOT = Path(__file__).parents[1]
SOURCE = Path(fanpin_risk.standards.catalogue.__file__).parent
PREFIX = "fanpin_risk.standards."
SHARED = ("exit_conditions", "happened", "income_bounds", "logic")
"""Modules whose functions make conditions, beside those of the rules themselves."""
MODULES = (*sorted(path.stem for path in SOURCE.glob("*_rules.py")), *SHARED)
WORDS = {True: MET, False: NOT_MET, None: CANNOT_TELL}
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
NAMES = {"all_of": "any_of", "any_of": "all_of"}


@dataclass(frozen=True)
class Mutant:
    """One mistake: the module, its line, what stands there, and the module's code with it."""

    module: str
    line: int
    words: str
    code: types.CodeType

    def __str__(self) -> str:
        """Where it is and what."""
        return f"{self.module}.py:{self.line}: {self.words}"


# making mistakes


def mutants(modules: Sequence[str] = MODULES) -> list[Mutant]:
    """Every mistake in some modules, in the order of their text."""
    return [one for module in modules for one in _mutants_of(module)]


def _mutants_of(module: str) -> Iterator[Mutant]:
    text = (SOURCE / f"{module}.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    for node in _mutable(tree):
        before = ast.unparse(node)
        for undo in _mistakes(node):
            after = ast.unparse(node)
            code = compile(ast.fix_missing_locations(tree), f"{module}.py", "exec")
            yield Mutant(module, node.lineno, f"{before}  ->  {after}", code)
            undo()


def _mutable(tree: ast.Module) -> list[ast.expr]:
    """Expressions of a module besides annotations and texts."""
    skipped = set()
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            note = getattr(node, name, None)
            if note is not None:
                skipped |= {id(inner) for inner in ast.walk(note)}
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(inner) for inner in ast.walk(node)}
    return [n for n in ast.walk(tree) if isinstance(n, ast.expr) and id(n) not in skipped]


def _mistakes(node: Any) -> Iterator[Any]:
    """Put each mistake into a node in turn; what is given takes it back."""
    if isinstance(node, ast.Compare):
        for place, sign in enumerate(node.ops):
            yield from _set(node.ops, place, SWAPS[type(sign)]())
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
        yield from _set(vars(node), "op", SWAPS[type(node.op)]())
    elif isinstance(node, ast.UnaryOp):
        yield from (
            _set(vars(node), "op", ast.UAdd())
            if isinstance(node.op, ast.USub)
            else (_without_sign(node))
        )
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield from _set(vars(node), "id", NAMES[node.id])
    elif isinstance(node, ast.Constant) and repr(node.value) in ("0", "1", "True", "False"):
        yield from _set(vars(node), "value", type(node.value)(1 - node.value))


def _set(holder: Any, key: Any, value: object) -> Iterator[Any]:
    was = holder[key]
    holder[key] = value
    yield lambda: holder.__setitem__(key, was)


def _without_sign(node: ast.UnaryOp) -> Iterator[Any]:
    """Drop ``~`` or ``not``: twice is never."""
    inner = node.operand
    node.operand = ast.UnaryOp(op=node.op, operand=inner)
    yield lambda: setattr(node, "operand", inner)


# rules with a mistake in them


@cache
def _code_of(name: str) -> types.CodeType:
    path = SOURCE / f"{name.removeprefix(PREFIX)}.py"
    return compile(path.read_text(encoding="utf-8"), str(path), "exec")


@cache
def _order() -> tuple[tuple[str, frozenset[str]], ...]:
    """Modules that rules are made of, each after those it imports, and what each stands on."""
    found: dict[str, frozenset[str]] = {}

    def visit(name: str) -> frozenset[str]:
        if name not in found:
            tree = ast.parse((SOURCE / f"{name.removeprefix(PREFIX)}.py").read_text("utf-8"))
            below = {
                node.module
                for node in tree.body
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PREFIX)
            }
            names = sorted(map(str, below))
            found[name] = frozenset(names).union(*(visit(one) for one in names))
        return found[name]

    visit(f"{PREFIX}catalogue")
    order = sorted(found, key=lambda name: len(found[name]))
    return tuple((name, found[name]) for name in order)


def rules_with(mutant: Mutant) -> tuple[StandardRule, ...]:
    """The catalogue as it is with a mistake in one module; every module is put back."""
    name = f"{PREFIX}{mutant.module}"
    fresh = {one: types.ModuleType(one) for one, below in _order() if one == name or name in below}
    was = {one: sys.modules[one] for one in fresh}
    try:
        for one, module in fresh.items():
            sys.modules[one] = module
            exec(mutant.code if one == name else _code_of(one), vars(module))
    finally:
        sys.modules.update(was)
    rules: tuple[StandardRule, ...] = vars(fresh[f"{PREFIX}catalogue"])["STANDARD_RULES"]
    return rules


# cases, many in one frame


@dataclass(frozen=True)
class Group:
    """Cases of one place, day, readings and marks: a household each, in one frame.

    ``names`` and ``expected``: the rule of each case, and its answer; ``answers``: those of the
    rules as they are, with everything that they look at.
    """

    readings: Readings
    marks: tuple[str, ...]
    names: tuple[str, ...]
    expected: tuple[str, ...]
    answers: Answers

    def wrong(self) -> list[str]:
        """Rules, as they are, that say something else than a case of theirs."""
        return [name for name in set(self.names) if not self._agrees(name, self.as_they_are(name))]

    def as_they_are(self, name: str) -> list[bool | None]:
        """Answers of a rule as it is for every case."""
        found: list[bool | None] = self.answers.homes.sort("home")[name].to_list()
        return found

    def notices(self, rule: StandardRule) -> bool:
        """Whether a rule says something else than a case of its."""
        condition = condition_of(rule, self.readings, self.marks)
        if rule.level == "household":
            said = self.answers.homes.select("home", x=condition).sort("home")["x"].to_list()
            return not self._agrees(rule.name, said)
        of_members: dict[int, list[bool | None]] = {n: [] for n in range(len(self.names))}
        for home, one in self.answers.persons.select("home", x=condition).rows():
            of_members[home].append(one)
        return not self._agrees(rule.name, [_of_members(each) for each in of_members.values()])

    def _agrees(self, rule: str, said: Sequence[bool | None]) -> bool:
        asked = zip(self.names, said, self.expected, strict=True)
        return all(WORDS[one] == answer for name, one, answer in asked if name == rule)


def _of_members(answers: Sequence[bool | None]) -> bool | None:
    """A household's answer: met by a member, else open of one or without any, else not met."""
    if True in answers:
        return True
    return None if None in answers or not answers else False


RULES = {rule.name: rule for rule in STANDARD_RULES}


class Cases:
    """All cases of the rules, grouped, and the condition of every rule as it is."""

    def __init__(self) -> None:
        """Read the cases, group them, and ask the rules as they are."""
        made = runpy.run_path(str(ROOT / "tests/standards/test_rule_cases.py"))
        folder = ROOT / "configs/standards"
        loaded = Standards.load([folder, folder / "simulated_county"])
        using = cache(lambda marks: loaded.using(marks_allowed=marks))
        found: dict[Any, list[Any]] = {}
        for name, case in (parameter.values for parameter in made["CASES"]):
            marks = tuple(case.get("marks_allowed", ()))
            readings = tuple(sorted(case.get("readings", {}).items()))
            found.setdefault((case["place"], case["day"], marks, readings), []).append((name, case))
        self.groups = [
            _group(made, using(marks), day, marks, Readings(**dict(readings)), cases)
            for (_, day, marks, readings), cases in found.items()
        ]
        self.of_rule: dict[str, list[Group]] = {}
        for group in self.groups:
            for name in set(group.names):
                self.of_rule.setdefault(name, []).append(group)

    def condition(self, rule: StandardRule) -> list[str]:
        """A rule's condition as text under each of its readings, alone and as cases choose."""
        chosen = self.chosen(rule.name, rule.readings)
        return [repr(condition_of(rule, one, MARKS_TO_NAME)) for one in chosen]

    @cache  # noqa: B019 - the cases live as long as the run
    def chosen(self, name: str, readings: tuple[str, ...]) -> list[Readings]:
        """Readings under which a rule is looked at."""
        found = [Readings(), *(group.readings for group in self.of_rule.get(name, []))]
        found += [Readings(**{one: option}) for one in readings for option in options_of(one)]
        return list({one.model_dump_json(): one for one in found}.values())

    @cached_property
    def as_they_are(self) -> dict[str, list[str]]:
        """Conditions of all rules."""
        return {rule.name: self.condition(rule) for rule in STANDARD_RULES}

    def changed(self, mutant: Mutant) -> list[StandardRule]:
        """Rules whose condition is another one; none where the rules cannot be made at all."""
        as_they_are = self.as_they_are
        try:
            rules = rules_with(mutant)
            others = [rule for rule in rules if rule is not RULES[rule.name]]
            return [r for r in others if self.condition(r) != as_they_are[r.name]]
        except Exception:  # a mistake may break in any way, and whoever starts the program sees it
            return []

    def is_killed(self, rules: Sequence[StandardRule]) -> bool:
        """Whether a case of one of some rules notices what they say, or breaks."""
        try:
            return any(g.notices(rule) for rule in rules for g in self.of_rule.get(rule.name, []))
        except Exception:  # likewise
            return True


def _group(
    made: dict[str, Any],
    standards: Standards,
    day: date,
    marks: tuple[str, ...],
    readings: Readings,
    cases: Sequence[tuple[str, dict[str, Any]]],
) -> Group:
    """Cases in one frame, and what the rules as they are say of them."""
    names = {name for name, _ in cases}
    names |= {one for name in names for one in RULES[name].household_columns if one in RULES}
    asked = [rule for rule in STANDARD_RULES if rule.name in names]
    facts = _facts(made, day, [case for _, case in cases])
    parameters = tuple(dict.fromkeys(p for rule in asked for p in rule.parameters))
    table = parameter_table(standards, [cases[0][1]["place"]], day, parameters)
    return Group(
        readings=readings,
        marks=marks,
        names=tuple(name for name, _ in cases),
        expected=tuple(case["answer"] for _, case in cases),
        answers=evaluate(facts, table, asked, readings, marks_allowed=marks),
    )


def _facts(made: dict[str, Any], day: date, cases: Sequence[dict[str, Any]]) -> DayFacts:
    """Facts of many cases: the household of each, under its place among them."""
    homes = [
        {"context_place": case["place"], "heads": 1, **case.get("household", {})} for case in cases
    ]
    n = len(cases)
    home_keys = {
        "home": list(range(n)),
        "household_id": [f"h{i:04}" for i in range(n)],
        "place": ["v1"] * n,
    }
    whose = [home for home, case in enumerate(cases) for _ in case.get("persons", [])]
    persons = [person for case in cases for person in case.get("persons", [])]
    person_keys = {
        "person": list(range(len(persons))),
        "person_id": [f"p{i}" for i in range(len(persons))],
        "home": whose,
    }
    return DayFacts(
        as_of=day,
        homes=made["frame"]("household", homes, home_keys),
        persons=made["frame"]("person", persons, person_keys)
        if persons
        else made["_nobody"](person_keys),
    )


def tried(cases: Cases, chosen: Sequence[Mutant]) -> tuple[int, list[Mutant]]:
    """How many mistakes make another condition, and those among them that no case notices."""
    n, survivors = 0, []
    for mutant in chosen:
        changed = cases.changed(mutant)
        if changed:
            n += 1
            if not cases.is_killed(changed):
                survivors.append(mutant)
    return n, survivors


def main() -> None:
    """Try mistakes and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="?", default="", help="part of the modules' names")
    parser.add_argument("--sample", type=int, default=0, help="how many; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chosen = mutants([name for name in MODULES if asked.modules in name])
    if asked.sample:
        chosen = random.Random(asked.seed).sample(chosen, min(asked.sample, len(chosen)))
    n, survivors = tried(Cases(), chosen)
    print(f"{len(chosen)} mistakes, {n} of them make another condition")
    print(f"{n - len(survivors)} noticed, {1 - len(survivors) / max(n, 1):.1%}\n")
    print("\n".join(map(str, survivors)))


if __name__ == "__main__":
    main()
