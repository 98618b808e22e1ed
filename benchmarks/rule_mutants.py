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
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

import fanpin_risk.standards.catalogue
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.evaluate import condition_of, evaluate, with_parameters
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings, options_of
from fanpin_risk.standards.rule import CANNOT_TELL, MET, NOT_MET, StandardRule
from fanpin_risk.standards.table import ParameterTable, parameter_table
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
        yield from _set(vars(node), "op", ast.UAdd()) if isinstance(node.op, ast.USub) else (
            _without_sign(node)
        )
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield from _set(vars(node), "id", NAMES[node.id])
    elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
        if node.value in (0, 1):
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
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PREFIX)
            }
            found[name] = frozenset(below).union(*(visit(str(one)) for one in sorted(map(str, below))))
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
            exec(mutant.code if one == name else _code_of(one), vars(module))  # noqa: S102
    finally:
        sys.modules.update(was)
    rules: tuple[StandardRule, ...] = vars(fresh[f"{PREFIX}catalogue"])["STANDARD_RULES"]
    return rules


# cases, many in one frame


@dataclass(frozen=True)
class Group:
    """Cases of one place, day, readings and marks: a household each, in one frame."""

    day: date
    readings: Readings
    marks: tuple[str, ...]
    facts: DayFacts
    names: tuple[str, ...]
    expected: tuple[str, ...]
    table: ParameterTable

    def noticed(self, rules: Sequence[StandardRule]) -> list[str]:
        """Names of the rules among some that say something else than a case of theirs."""
        wanted = {rule.name for rule in rules}
        homes = [n for n, name in enumerate(self.names) if name in wanted]
        if not homes:
            return []
        keep = nw.col("home").is_in(homes)
        facts = replace(
            self.facts,
            homes=self.facts.homes.filter(keep),
            persons=self.facts.persons.filter(keep),
        )
        asked = [*rules]
        for rule in rules:
            asked += [RULES[n] for n in rule.household_columns if n in set(RULES) - wanted]
        answers = evaluate(
            facts, self.table, _once(asked), self.readings, marks_allowed=self.marks
        ).homes.sort("home")
        return [
            self.names[home]
            for place, home in enumerate(homes)
            if WORDS[answers[self.names[home]][place]] != self.expected[home]
        ]


RULES = {rule.name: rule for rule in STANDARD_RULES}


def _once(rules: Sequence[StandardRule]) -> list[StandardRule]:
    return list({rule.name: rule for rule in rules}.values())


def _frame(kind: Any, rows: list[dict[str, Any]], keys: dict[str, Any], types_: Any) -> Any:
    """Facts of many cases; `kind` makes a frame of a case's own rows."""
    if rows:
        return kind(rows, keys)
    schema = {name: pl.Int64() for name in ("person", "home")} | {"person_id": pl.String()}
    empty = nw.from_native(pl.DataFrame(schema=schema), eager_only=True)
    return empty.with_columns(nw.lit(None).cast(t).alias(name) for name, t in types_.items())


class Cases:
    """All cases of the rules, grouped, and the plan of every rule as it is."""

    def __init__(self) -> None:
        """Read the cases, and group them."""
        made = runpy.run_path(str(ROOT / "tests/standards/test_rule_cases.py"))
        folder = ROOT / "configs/standards"
        loaded = Standards.load([folder, folder / "simulated_county"])
        parameters = tuple(dict.fromkeys(p for rule in STANDARD_RULES for p in rule.parameters))
        found: dict[str, list[Any]] = {}
        keys: dict[str, Any] = {}
        for case in made["CASES"]:
            name, one = case.values
            marks = tuple(one.get("marks_allowed", ()))
            key = (one["place"], one["day"], marks, tuple(sorted(one.get("readings", {}).items())))
            found.setdefault(repr(key), []).append((name, one))
            keys[repr(key)] = key
        self.groups = []
        using: dict[Any, Standards] = {}
        for text, cases in found.items():
            place, day, marks, readings = keys[text]
            standards = using.setdefault(marks, loaded.using(marks_allowed=marks))
            self.groups.append(
                Group(
                    day=day,
                    readings=Readings(**dict(readings)),
                    marks=marks,
                    facts=_facts(made, day, [one for _, one in cases]),
                    names=tuple(name for name, _ in cases),
                    expected=tuple(one["answer"] for _, one in cases),
                    table=parameter_table(standards, [place], day, parameters),
                )
            )
        self.types = {level: made["columns"](level) for level in ("household", "person")}
        self.of_rule: dict[str, list[Group]] = {}
        for group in self.groups:
            for name in set(group.names):
                self.of_rule.setdefault(name, []).append(group)

    @cached_property
    def lazy(self) -> dict[str, nw.LazyFrame[Any]]:
        """Empty frames with every column that a rule of a level may look at."""
        group = self.groups[0]
        homes = with_parameters(group.facts.homes, group.table, group.day)
        for name in RULES:
            homes = homes.with_columns(nw.lit(None).cast(nw.Boolean()).alias(name))
        shared = {c: t for c, t in homes.schema.items() if c.startswith("p|") or c == "as_of_day"}
        persons = {**group.facts.persons.schema, **shared}
        persons |= {f"h|{c}": t for c, t in homes.schema.items()}
        return {"household": _empty(dict(homes.schema)), "person": _empty(persons)}

    def plans(self, rule: StandardRule) -> str:
        """A rule's condition as a plan under each of its readings, alone and as cases choose."""
        chosen = [Readings()]
        for name in rule.readings:
            chosen += [Readings(**{name: option}) for option in options_of(name)]
        chosen += [group.readings for group in self.of_rule.get(rule.name, [])]
        frame = self.lazy[rule.level]
        distinct = {one.model_dump_json(): one for one in chosen}
        conditions = [condition_of(rule, one, MARKS_TO_NAME) for one in distinct.values()]
        named = {f"x{n}": condition for n, condition in enumerate(conditions)}
        return nw.to_native(frame.select(**named)).explain(optimized=False)

    @cached_property
    def plans_as_they_are(self) -> dict[str, str]:
        """Plans of all rules."""
        return {rule.name: self.plans(rule) for rule in STANDARD_RULES}

    def changed(self, mutant: Mutant) -> list[StandardRule] | None:
        """Rules whose condition is another one; None where no rule can be made at all."""
        try:
            rules = rules_with(mutant)
            same = {id(rule) for rule in STANDARD_RULES}
            others = [rule for rule in rules if id(rule) not in same]
            return [r for r in others if self.plans(r) != self.plans_as_they_are[r.name]]
        except Exception:  # noqa: BLE001 - a mistake may break in any way, and is seen then
            return None

    def is_killed(self, rules: Sequence[StandardRule]) -> bool:
        """Whether a case of one of some rules notices what they say."""
        names = {rule.name for rule in rules}
        groups = {id(g): g for name in names for g in self.of_rule.get(name, [])}
        for group in groups.values():
            try:
                if group.noticed([rule for rule in rules if rule.name in set(group.names)]):
                    return True
            except Exception:  # noqa: BLE001 - likewise
                return True
        return False


def _empty(schema: dict[str, Any]) -> nw.LazyFrame[Any]:
    one = nw.from_native(pl.DataFrame({"_": []}), eager_only=True)
    columns = [nw.lit(None).cast(kind).alias(name) for name, kind in schema.items()]
    return one.select(*columns).lazy()


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
    types_ = made["columns"]("person")
    return DayFacts(
        as_of=day,
        homes=made["frame"]("household", homes, home_keys),
        persons=_frame(lambda r, k: made["frame"]("person", r, k), persons, person_keys, types_),
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
