"""The layers: imports point down only, each library has one home, and time has one door."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import pytest

import fanpin_risk

SOURCE = Path(fanpin_risk.__file__).parent
LAYERS = (
    ("__main__",),
    ("cli",),
    ("cli_areas", "cli_reasons", "cli_records", "cli_simulate", "cli_standards"),
    ("console",),
    ("workflows",),
    ("config",),
    ("report",),
    ("targeting", "explain", "areas"),
    ("risk",),
    ("indicators", "standards", "outcomes"),
    ("ledger",),
    ("household",),
    ("simulate",),
    ("records",),
    ("causes", "dates", "day_columns", "hashing", "provenance", "settings", "units"),
    ("errors",),
)
"""Packages and modules from the top down; those of one layer do not import each other."""
DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}
HOMES = {
    "lightgbm": {"risk/booster.py"},
    "shap": {"explain/contributions.py"},
    "numba": {"explain/exact/"},
    "matplotlib": {"report/"},
    "mlflow": {"report/"},
    "xlsxwriter": {"report/", "simulate/"},
    "jinja2": {"report/"},
    "sklearn": {"risk/"},
    "scipy": {"risk/", "simulate/county/streams.py"},
    "pandas": {"indicators/build.py", "report/served.py"},
    "typer": {
        *("cli.py", "cli_areas.py", "cli_reasons.py", "cli_records.py", "cli_simulate.py"),
        "cli_standards.py",
        "console.py",
    },
    "rich": {"cli.py", "console.py"},
    "yaml": {"settings.py"},
    "python_calamine": {"records/workbooks.py", "records/book_faults.py"},
    "sqlalchemy": {"records/queries.py", "report/mlflow_store.py"},
}
"""Which files may import a library."""
ENVIRONMENT = {"cli.py", "cli_records.py", "report/mlflow_store.py"}
"""The command line reads the environment; MLflow is told through it to keep quiet."""
CLOCK = {"cli.py", "cli_records.py", "cli_standards.py", "report/mlflow_store.py"}
"""The command line reads the day; MLflow wants the moment of each number."""
CLOCKS = (
    *("date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time"),
    *("time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "time.ctime"),
)
"""What tells the moment."""
PLAIN_NUMBERS = (0, 1)
"""Numbers that may stand in the code of the standards and of the household's account."""
NUMBER_MAKERS = ("int", "float", "Decimal", "Fraction")
"""What makes a number out of a text."""
OF_THE_POLICY = ("standards/", "household/")
"""Packages whose numbers are parameters in YAML, or scales in `fanpin_risk.units`."""


def modules():
    """Every module with its path inside the package and its syntax tree."""
    return {
        str(path.relative_to(SOURCE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


MODULES = modules()


def imported(tree):
    """Full names of everything that a module imports, wherever in it the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(name):
    """The package or module right below `fanpin_risk` that a path or dotted name belongs to."""
    return name.removesuffix(".py").replace("/", ".").removeprefix("fanpin_risk.").split(".")[0]


def edges():
    """Pairs of parts (importing, imported), without those inside one part, and where."""
    return {
        (part_of(path), part_of(name), path)
        for path, tree in MODULES.items()
        for name in imported(tree)
        if name.startswith("fanpin_risk.") and part_of(name) != part_of(path)
    }


def used(tree, names):
    """Dotted names among ``names`` that a module uses or imports, such as `date.today`."""
    found = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found |= set(imported(tree))
    return {name for name in found if any(f".{name}".endswith(f".{n}") for n in names)}


def test_every_part_has_a_layer():
    """No package or module stands outside the layers, and no layer names one that is gone."""
    parts = {part_of(path) for path in MODULES} - {"__init__"}
    assert parts == set(DEPTH)


def test_imports_point_down():
    """No module imports from a layer above it, or from its neighbours in one layer."""
    found = edges()
    assert len(found) > 50
    assert [f"{path} -> {to}" for here, to, path in found if DEPTH[to] <= DEPTH[here]] == []


def test_whoever_makes_up_records_knows_their_contracts_alone():
    """Made-up files test the intake, so nothing of the intake has a hand in making them."""
    strange = {
        f"{path}: {name}"
        for path, tree in MODULES.items()
        if part_of(path) == "simulate"
        for name in imported(tree)
        if name.startswith("fanpin_risk.")
        and not f"{name}.".startswith(("fanpin_risk.simulate.", "fanpin_risk.records.contracts."))
        and DEPTH[part_of(name)] <= DEPTH["records"]
    }
    assert strange == set()


def test_the_contracts_know_nothing_of_who_reads_by_them():
    """Contracts import each other and what lies below the records, never a module beside them."""
    found = {
        name
        for path, tree in MODULES.items()
        if path.startswith("records/contracts/")
        for name in imported(tree)
        if name.startswith("fanpin_risk.records.")
    }
    assert found
    assert all(f"{name}.".startswith("fanpin_risk.records.contracts.") for name in found)


def test_standards_and_risk_do_not_know_each_other():
    """The rules never import the model, nor the model the rules."""
    pairs = {(here, to) for here, to, _ in edges()}
    assert not pairs & {("standards", "risk"), ("risk", "standards")}
    assert ("targeting", "standards") not in pairs, "targeting works on any score"


def test_no_module_reaches_for_anothers_private_names():
    """A name that begins with an underscore is used in its own module only."""
    wrong = [
        f"{path}: {name}"
        for path, tree in MODULES.items()
        for name in imported(tree)
        if name.startswith("fanpin_risk.") and name.split(".")[-1].startswith("_")
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_has_one_home(library):
    """Only the files named import a library, so that it can be exchanged there."""
    users = {
        path
        for path, tree in MODULES.items()
        if library in {name.split(".")[0] for name in imported(tree)}
    }
    assert users, f"{library} is used nowhere: take it off the list"
    homes = HOMES[library]
    assert {path for path in users if not any(path.startswith(home) for home in homes)} == set()


def test_records_are_read_through_the_one_door():
    """`Records._tables` is touched in `records/timeline.py` alone, where `known_as_of` stands."""
    users = {path for path, tree in MODULES.items() if used(tree, ("_tables",))}
    assert users == {"records/timeline.py"}


def test_the_environment_is_read_by_the_command_line_alone():
    """Functions get what they need as arguments; `os.environ` is not looked at elsewhere."""
    users = {path for path, tree in MODULES.items() if used(tree, ("os.environ", "os.getenv"))}
    assert users == ENVIRONMENT


def test_the_clock_is_read_by_the_command_line_alone():
    """No result hangs on the day on which it was computed."""
    assert {path for path, tree in MODULES.items() if used(tree, CLOCKS)} == CLOCK


@pytest.mark.parametrize("line", [f"import {name.split('.')[0]}\nx = {name}()" for name in CLOCKS])
def test_a_clock_in_the_code_is_found(line):
    """The search for clocks knows each of them."""
    assert used(ast.parse(line), CLOCKS)


def test_rules_and_facts_have_no_clock_at_hand():
    """Modules of the policy import nothing that knows the moment, the machine or chance."""
    strange = {
        f"{path}: {name}"
        for path, tree in MODULES.items()
        if path.startswith(OF_THE_POLICY)
        for name in imported(tree)
        if name.split(".")[0] in ("time", "os", "random", "secrets", "uuid", "platform", "locale")
    }
    assert strange == set()


def test_nothing_is_printed_below_the_command_line():
    """Only the command line talks to the screen."""
    users = {
        path
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.exit", "input")
    }
    assert {part_of(path) for path in users} <= {"cli", "console"}


def test_no_random_number_without_a_seed():
    """No module uses numpy's or Python's global generator, or a generator without a seed."""
    wrong = []
    for path, tree in MODULES.items():
        names = {name.split(".")[0] for name in imported(tree)}
        wrong += [path] * ("random" in names)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np.random."):
                is_seeded = ast.unparse(node.func) != "np.random.default_rng" or node.args
                is_known = ast.unparse(node.func).split(".")[-1][:1].isupper() or node.args
                wrong += [path] * (not (is_seeded and is_known))
    assert wrong == []


def numbers_of_its_own(tree):
    """Numeric literals of a module besides 0, 1 and positions, and texts turned into numbers."""
    positions = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for inner in ast.walk(node.slice)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float, complex):
            is_whole = type(node.value) is int and node.value in PLAIN_NUMBERS
            if not is_whole and id(node) not in positions:
                yield f"{node.lineno}: {node.value}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in NUMBER_MAKERS:
            is_written = any(isinstance(argument, ast.Constant) for argument in node.args)
            yield from [f"{node.lineno}: {ast.unparse(node)}"] * is_written


@pytest.mark.parametrize("path", [path for path in MODULES if path.startswith(OF_THE_POLICY)])
def test_amounts_of_the_policy_stand_in_yaml(path):
    """Code of the standards and of the account holds no number but 0, 1 and positions."""
    assert list(numbers_of_its_own(MODULES[path])) == []


@pytest.mark.parametrize(
    "line",
    ["x = 2", "x = y * 10_000", "x = 0.0", "x = -3", "f(min_length=3)", "x = Decimal('0.3')"],
)
def test_a_number_in_the_code_is_found(line):
    """The scan sees a literal wherever it stands."""
    assert len(list(numbers_of_its_own(ast.parse(line)))) == 1


def test_what_the_scan_lets_stand():
    """0, 1, truth values, positions and words are no amounts."""
    code = "x = 0 - 1\ny = texts[3]\nz = text[:16]\nis_old = True\nword = '7500'"
    assert list(numbers_of_its_own(ast.parse(code))) == []


def test_every_module_says_what_it_is_for():
    """Each module begins with a docstring and postpones its annotations."""
    for path, tree in MODULES.items():
        assert ast.get_docstring(tree), path
        if not path.endswith("__init__.py") and len(tree.body) > 1 and path != "__main__.py":
            assert any("__future__" in name for name in imported(tree)), path


def test_the_layers_are_those_of_the_readme():
    """The README tells the same order of layers, from the top."""
    readme = SOURCE.parents[1] / "README.md"
    (line,) = [
        line for line in readme.read_text(encoding="utf-8").splitlines() if "Layers, from" in line
    ]
    named = [name for layer in LAYERS for name in layer if f"`{name}`" in line]
    places = [line.index(f"`{name}`") for name in named]
    assert {"cli", "workflows", "config", "report", "risk", "records"} <= set(named)
    for (first, before), (second, after) in pairwise(zip(named, places, strict=True)):
        assert before < after or DEPTH[first] == DEPTH[second]
