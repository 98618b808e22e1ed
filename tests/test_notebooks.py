"""Notebooks: clean in the repository, run from top to bottom, and true to what they say."""

from __future__ import annotations

import ast
import base64
import io
import json
import re
import shutil
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.image
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_CELL_SECONDS = 900
RECORDS_CPU_SECONDS = 60  # of the processor: tests may share the machine with others
MACHINE_PATHS = re.compile(r"(?<![\w.<])/\w+/|\.\./|[A-Z]:\\")
NO_WIDGETS = "IProgress not found"  # shap's progress bars; of no use here

FACTS = {
    "01_records": """
import json
import time
missed = where.filter(fate=order[3])["fault"].value_counts().sort("count", descending=True)
print(json.dumps({
    "quoted": [
        taken.height, taken["rows_read"].sum(), mended["rule"].n_unique(),
        delays["known"].min(), delays["known"].max(),
        delays.filter(source="medical_insurance")["known"].item(),
        100 * min(share.values()), 100 * aside / read,
        *(100 * (where["fate"] == fate).mean() for fate in order),
        report.checks.height, silent.height, again[0].rows_accepted,
    ],
    "most_missed": missed["fault"][0],
    "clean_failures": int(of_clean.checks["n_failed"].sum()),
    "aside_of_clean": int(taken["rows_quarantined"].sum()),
    "again": [[one.is_known_already, one.rows_new, one.rows_unchanged] for one in again],
    "bills_missing": missing,
    "versions": [seen["version"].to_list() for _, _, seen in views],
    "personal": [*county.names.values(), *county.names, *county.phones, *county.phones.values()],
    "folder_is_left": folder.exists(),
    "cpu_seconds": time.process_time(),
}))
""",
    "06_standards": """
import json
of_proposal = dict(proposed.select("proposal", "户 households").iter_rows())
print(json.dumps({
    "quoted": [
        len(names), day.proposals.height, float(100 * themes["unknown"].sum() / total.sum()),
        *(of_proposal[kind] for kind in ("sudden", "unstable", "marginal", "cannot_tell")),
        {name: n for name, n, _ in moves}["register_income_below_line"],
    ],
    "counted": sorted(set((shown["met"] + shown["not_met"] + shown["unknown"]).to_list())),
    "back": int(sum(n for name, _, n in moves if name.endswith("below_line"))),
    "between": between,
    "told": told["元 yuan"].to_list(),
    "the_one": [one, proposal["proposal"], proposal["must_visit"]],
    "its_answers": mine["answer"].unique().sort().to_list(),
}))
""",
    "04_reasons": """
import json
rate = dict(rates.select("measure", "value").iter_rows())
parts = moved.group_by("household_id").agg(
    pl.col("log_odds").sum(),
    (pl.col("raw_score_now") - pl.col("raw_score_then")).first().alias("difference"),
)
print(json.dumps({
    "gaps": [float(gap_to_lightgbm), float(gap_to_score)],
    "rate": rate,
    "moved": parts.height,
    "unexplained": float((parts["log_odds"] - parts["difference"]).abs().max()),
    "counted": int(standings(scoring.beside).drop("cause").sum().sum_horizontal().item()),
    "rows": scoring.beside.height,
}))
""",
    "05_visit_plan": """
import json
ratios = {s: of_all.ratio("lightgbm", "rules_order", f"further_falls_at_{s}") for s in ("2%", "5%")}
print(json.dumps({
    "ratios": {s: [r.value, r.low, r.high] for s, r in ratios.items()},
    "auc": [auc[method].value for method in methods],
    "latest_first_day": str(max(
        date.fromordinal(day.households["first_day"].max() + date(1970, 1, 1).toordinal())
        for day in [today, *days]
    )),
    "latest_visit_known": str(now.known.tables["household_snapshot"]["occurred_on"].max()),
    "learnt_until": str(max(model.trained_until, model.calibrated_until)),
    "outcomes_on": str(outcomes_on),
    "n_further": [added.height, rules_next.height],
    "must_visits": [len(must), int(today.households["must_visit"].sum())],
    "rules_on_the_one": scoring.findings.filter(household_id=one["household_id"]).height,
    "the_one": one["household_id"],
    "parts_and_base": float(parts.sum() + of_one.base_values),
    "raw_score": scoring.scores.filter(household_id=one["household_id"])["raw_score"].item(),
}))
""",
}
"""A last cell for each notebook, added in the test alone, that prints what it came to."""


@dataclass(frozen=True)
class Executed:
    """A notebook that has run, what its last added cell says, and what it left in its folder."""

    name: str
    cells: list[Any]
    facts: dict[str, Any]
    new_files: list[str]

    @property
    def code(self) -> list[Any]:
        """Its code cells."""
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def outputs(self) -> list[Any]:
        """Everything shown below its cells."""
        return [output for cell in self.code for output in cell.outputs]

    @property
    def text(self) -> str:
        """Every word shown below its cells, tables included."""
        shown = [str(o.get("text", "")) + json.dumps(o.get("data", {})) for o in self.outputs]
        return "\n".join(shown)

    @property
    def figures(self) -> list[np.ndarray]:
        """Its figures, as pixels."""
        coded = [o.data["image/png"] for o in self.outputs if "image/png" in o.get("data", {})]
        return [matplotlib.image.imread(io.BytesIO(base64.b64decode(png))) for png in coded]


def stored(path: Path) -> Any:
    """A notebook as it stands in the repository."""
    return nbformat.read(path, as_version=4)


def by_kind(path: Path, kind: str) -> list[str]:
    """Source of every cell of a kind."""
    return [cell.source for cell in stored(path).cells if cell.cell_type == kind]


def parsed(source: str) -> ast.Module:
    """A cell's code without IPython's own commands."""
    return ast.parse(re.sub(r"^%.*$", "", source, flags=re.MULTILINE))


def each(function):
    """Ask the same of every notebook."""
    return pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)(function)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder beside configurations and data, as in the repository, but somewhere else."""
    root = tmp_path_factory.mktemp("clone")
    for name in ("configs", "data"):
        (root / name).symlink_to(ROOT / name, target_is_directory=True)
    (root / "notebooks").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield root / "notebooks"


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def executed(request: pytest.FixtureRequest, folder: Path) -> Executed:
    """Run a notebook once, from top to bottom, and ask it for its facts."""
    path = Path(shutil.copy(request.param, folder))
    notebook = nbformat.read(path, as_version=4)
    if path.stem in FACTS:
        notebook.cells.append(nbformat.v4.new_code_cell(FACTS[path.stem]))
    before = set(folder.parent.rglob("*"))
    NotebookClient(
        notebook,
        timeout=LONGEST_CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    new = sorted(file.name for file in set(folder.parent.rglob("*")) - before)
    last = notebook.cells.pop() if path.stem in FACTS else None
    return Executed(
        name=path.stem,
        cells=notebook.cells,
        facts={} if last is None else json.loads(last.outputs[-1].text),
        new_files=new,
    )


@pytest.fixture(scope="module")
def facts(executed: Executed) -> dict[str, Any]:
    """What 05_visit_plan came to."""
    if executed.name != "05_visit_plan":
        pytest.skip("says something else")
    return executed.facts


@pytest.fixture(scope="module")
def records(executed: Executed) -> dict[str, Any]:
    """What 01_records came to."""
    if executed.name != "01_records":
        pytest.skip("says something else")
    return executed.facts


@pytest.fixture(scope="module")
def standards(executed: Executed) -> dict[str, Any]:
    """What 06_standards came to."""
    if executed.name != "06_standards":
        pytest.skip("says something else")
    return executed.facts


@pytest.fixture(scope="module")
def explained(executed: Executed) -> dict[str, Any]:
    """What 04_reasons came to."""
    if executed.name != "04_reasons":
        pytest.skip("says something else")
    return executed.facts


# As they stand in the repository


def test_notebooks_are_numbered_in_reading_order():
    """There are notebooks; each is called NN_short_name, and no number stands twice."""
    names = [path.stem for path in NOTEBOOKS]
    assert {"01_records", "04_reasons", "05_visit_plan", "06_standards"} <= set(names)
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+", name) for name in names)
    assert len({name[:2] for name in names}) == len(names)


@each
def test_a_notebook_is_stored_without_anything_a_run_leaves(path):
    """No outputs, no counts, no metadata of cells, and nothing about the machine it was run on."""
    notebook = stored(path)
    nbformat.validate(notebook)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert dict(notebook.metadata.language_info) == {"name": "python"}
    for cell in notebook.cells:
        assert not cell.metadata
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@each
def test_cells_are_numbered_and_none_is_empty(path):
    """Cells are called c00, c01, … in their order, so that a change of one shows as one."""
    cells = stored(path).cells
    assert [cell.id for cell in cells] == [f"c{n:02d}" for n in range(len(cells))]
    assert all(cell.source.strip() == cell.source != "" for cell in cells)


@each
def test_a_notebook_tells_more_than_it_computes(path):
    """It opens and ends with words, has about 1.2 of them to a cell of code, and short cells."""
    cells, code = stored(path).cells, by_kind(path, "code")
    assert cells[0].cell_type == cells[-1].cell_type == "markdown"
    assert 1.0 <= (len(cells) - len(code)) / len(code) <= 1.5
    assert statistics.median(len(source.splitlines()) for source in code) <= 5


@each
def test_a_notebook_opens_with_the_question_and_ends_with_what_it_does_not_show(path):
    """Question, data, time and findings come first; limits and forbidden uses come last."""
    first, *_, last = by_kind(path, "markdown")
    for word in ("问题", "数据", "用时", "发现", "Question", "Data", "Time", "Found"):
        assert word.lower() in first.lower()
    for words in ("没有说明什么", "What this does not show", "不得用于资格认定、退出或考核"):
        assert words in last
    assert "not for eligibility, exit or appraisal" in last.lower()


@each
def test_every_text_is_chinese_first_with_english_beside(path):
    """Each cell of words says it in Chinese, and then in English in italics or in its heading."""
    for text in by_kind(path, "markdown"):
        chinese = re.search(r"[\u4e00-\u9fff]", text)
        english = re.search(r"^\*+[A-Z\"0-9]", text, flags=re.MULTILINE)
        assert chinese, text
        assert english, text
        assert chinese.start() < english.start()


@each
def test_a_notebook_defines_nothing_and_uses_public_names_of_the_package(path):
    """What is needed twice belongs into the package: no function, no class, no private import."""
    trees = [parsed(source) for source in by_kind(path, "code")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    assert not [n for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    imported = [n for n in nodes if isinstance(n, ast.ImportFrom)]
    ours = [n for n in imported if str(n.module).startswith("fanpin_risk")]
    assert ours
    assert not [a.name for n in ours for a in n.names if a.name.startswith("_") or a.name == "*"]


@each
def test_no_path_of_a_machine_stands_in_a_notebook(path):
    """Files are found from the repository, not from somebody's folder."""
    for cell in stored(path).cells:
        assert not MACHINE_PATHS.search(cell.source), cell.source


@each
def test_the_repository_is_found_from_either_folder(path, monkeypatch):
    """The cell that looks for the configuration finds it from the root and from the notebooks."""
    (source,) = [s for s in by_kind(path, "code") if "Path.cwd()" in s]
    lines = [line for line in source.splitlines() if line.startswith(("here =", "root ="))]
    for start in (ROOT, ROOT / "notebooks"):
        monkeypatch.chdir(start)
        names: dict[str, Any] = {"Path": Path}
        exec("\n".join(lines), names)
        assert names["root"] == ROOT


# As they run


def test_a_notebook_runs_from_top_to_bottom(executed):
    """Every cell ran, in order, without an error; the runner stops at the first."""
    assert [cell.execution_count for cell in executed.code] == [*range(1, len(executed.code) + 1)]
    assert not [o for o in executed.outputs if o.output_type == "error"]


def test_nothing_is_warned_about(executed):
    """No missing glyph, and nothing else on standard error."""
    said = [o.text for o in executed.outputs if o.get("name") == "stderr"]
    assert [text for text in said if NO_WIDGETS not in text] == []
    assert "Glyph" not in executed.text


def test_figures_are_drawn(executed):
    """Each cell that draws shows one figure, neither tiny nor blank."""
    drawing_cells = [cell for cell in executed.code if "with drawing(" in cell.source]
    assert len(executed.figures) == len(drawing_cells) >= 1
    for pixels in executed.figures:
        height, width = pixels.shape[:2]
        assert min(height, width) >= 300
        assert pixels[..., :3].std() > 0.05


def test_nothing_is_written_beside_a_notebook(executed):
    """Its folder, the data and the configurations are as they were."""
    assert executed.new_files == []


# What 01_records says


def test_the_opening_quotes_what_is_found_of_the_records(executed, records):
    """Every number of the findings is that of the run, in both languages, within a tenth."""
    found = re.split(r"\*\*发现。\*\*|\*Question|Found:", executed.cells[0].source)
    for language in (found[1], found[3]):
        numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", language)]
        assert numbers == pytest.approx(records["quoted"], rel=0.1, abs=1)
    assert sum(records["quoted"][8:12]) == pytest.approx(100)
    assert records["most_missed"] == "hundredfold_amount"


def test_a_clean_delivery_is_taken_in_whole(records):
    """No row of the clean county is set aside, and no check of it fails."""
    assert records["aside_of_clean"] == records["clean_failures"] == 0


def test_mended_rows_are_accepted_once(records):
    """The first time they are new, the same file is known, and saved anew it changes nothing."""
    n_mended = records["quoted"][-1]
    first, same, anew = records["again"]
    assert n_mended > 0
    assert not first[0]
    assert first[1] > 0
    assert same[0]
    assert anew == [False, 0, n_mended]
    assert records["bills_missing"] == 0


def test_before_and_after_are_shown_of_a_correction_and_a_withdrawal(records):
    """The old version the day before; on the day the new one, and nothing of what is withdrawn."""
    assert records["versions"] == [[1], [2], [1], []]


def test_records_show_nobody(executed, records):
    """No name, identity number, household number or phone stands below a cell, made up or not."""
    texts = [o.get("text", "") for o in executed.outputs]
    texts += [
        str(shown)
        for o in executed.outputs
        for kind, shown in o.get("data", {}).items()
        if kind != "image/png"
    ]
    shown = "\n".join(texts)
    assert "编码 encoding" in shown
    assert [one for one in records["personal"] if one in shown] == []
    assert not re.search(r"\d{17}[\dXx]", shown)


def test_records_run_in_a_minute_and_leave_nothing(records):
    """The processor is busy for less than a minute, and the temporary folder is gone."""
    assert records["cpu_seconds"] < RECORDS_CPU_SECONDS
    assert not records["folder_is_left"]


# What 05_visit_plan says


def test_the_opening_quotes_what_the_notebook_finds(executed, facts):
    """Ratios, intervals and AUC in the opening are those of the run, in both languages."""
    opening = executed.cells[0].source
    for language in opening.split("*Question", 1):
        numbers = [float(n) for n in re.findall(r"(?<![\d-])\d\.\d+", language)]
        ratios, auc = numbers[:6], numbers[6:]
        assert ratios == pytest.approx([*facts["ratios"]["2%"], *facts["ratios"]["5%"]], abs=0.1)
        assert auc == pytest.approx(facts["auc"], abs=0.004)
    assert facts["ratios"]["2%"][1] < 1 < facts["ratios"]["5%"][1]
    rules, _, logistic, model = facts["auc"]
    assert logistic - rules > (model - rules) / 2


def test_the_final_fold_stays_closed(facts):
    """No household first seen from 2010 on and no outcome after 2009 is looked at."""
    assert facts["latest_first_day"] < "2010-01-01"
    assert facts["outcomes_on"] == "2009-12-31"


def test_nothing_is_known_too_early(facts):
    """On the decision day no later visit is known, and learning ended before it."""
    assert facts["latest_visit_known"] == "2008-12-31"
    assert facts["learnt_until"] < "2008-12-31"


def test_lists_that_are_compared_are_equally_long(facts):
    """The rules get as many further visits as the model."""
    model, rules = facts["n_further"]
    assert model == rules > 0


def test_a_wrong_model_loses_no_must_visit(facts):
    """The plan of the upside-down risks holds every household whose visit a rule demands."""
    on_the_plan, demanded = facts["must_visits"]
    assert on_the_plan == demanded > 0


def test_the_one_household_is_shown_without_its_number(executed, facts):
    """It is one that no rule speaks of, its parts add up to its score, and its number is hidden."""
    assert facts["rules_on_the_one"] == 0
    assert facts["parts_and_base"] == pytest.approx(facts["raw_score"], abs=1e-6)
    words = re.findall(r"[\w-]+", re.sub(r'"image/png": "[^"]*"', "", executed.text))
    assert facts["the_one"] not in words


# What 06_standards says


def test_the_opening_quotes_what_the_standards_came_to(executed, standards):
    """Every number of the findings is that of the run, in both languages."""
    found = re.split(r"\*\*发现。\*\*|\*Question|Found:", executed.cells[0].source)
    for language in (found[1], found[3]):
        numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", language)]
        assert numbers == pytest.approx(standards["quoted"], abs=0.5)


def test_every_household_has_every_answer(standards):
    """Met, not met and cannot tell make up everybody, rule by rule."""
    assert standards["counted"] == [standards["quoted"][1]]


def test_a_higher_line_only_adds(standards):
    """Who changes by the register lies between the two lines, and nobody goes the other way."""
    assert standards["back"] == 0
    assert standards["between"] == standards["quoted"][-1] > 0


def test_a_line_that_is_not_public_is_not_made_up(standards):
    """Heilongjiang has the national floor in 2021 and nothing in 2023."""
    assert standards["told"] == [6000, None, 8050, 19560, 6900, 7800]


def test_sudden_hardship_is_visited_and_its_number_not_shown(executed, standards):
    """The household shown is a must-visit by proposal, and stays unnamed."""
    number, proposal, must_visit = standards["the_one"]
    assert (proposal, must_visit) == ("sudden", True)
    assert standards["its_answers"] == ["cannot tell", "met"]
    assert number not in executed.text


def test_contributions_are_as_exact_as_the_page_says(explained):
    """Gaps to LightGBM and to the score are those of rounding."""
    assert max(explained["gaps"]) < 1e-12


def test_changes_add_up_on_the_page(explained):
    """Somebody's risk moved, and the parts are the difference of both scores."""
    assert explained["moved"] > 0
    assert explained["unexplained"] < 1e-9


def test_every_cause_stands_somewhere(explained):
    """Counts by standing are all rows of rules beside reasons."""
    assert explained["counted"] == explained["rows"] > 0


def test_the_opening_says_how_often_reasons_hit(explained):
    """About half, and no more than the most frequent cause for everybody: as the page says."""
    rate = explained["rate"]
    assert 0.4 <= rate["first_reason"] <= 0.6
    assert rate["first_reason"] <= rate["most_frequent"] + 0.02
    assert rate["three_reasons"] < rate["three_most_frequent"]
