import json
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import chdir, closing
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import fanpin_risk
from fanpin_risk.errors import InputFileError, ModelError, OutputError
from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
from fanpin_risk.report.mlflow_store import opened_store, store_address, telemetry_off
from fanpin_risk.report.tracking import TrackingSettings, kept_files, track_run
from fanpin_risk.risk.encode import encode

ROOT = Path(fanpin_risk.__file__).parents[2]
COLUMNS = columns_of(CATALOGUE)
NAMES = [column.name for column in COLUMNS]
CODES = [column.name for column in COLUMNS if column.indicator.is_categorical]
SETTINGS = TrackingSettings(experiment="test_panel", registered_model="test_risk")
DIGEST = "0123456789abcdef" * 4
ORIGINS = [
    {
        "as_of": as_of,
        "n_households": 120,
        "prevalence": 0.1,
        "methods": {
            "lightgbm": {"auc": auc, "precision_at_must+2%": 0.4, "calibration_slope": None},
            "random": {"auc": 0.5, "ici": math.nan},
        },
    }
    for as_of, auc in (("2006-03-31", 0.80), ("2006-06-30", 0.82))
]


def households(n=300, seed=0):
    """Return a feature table over the catalogue's columns and whether each household fell."""
    rng = np.random.default_rng(seed)
    columns = {
        name: rng.choice(["甲", "乙", "丙"], n).tolist() if name in CODES else rng.normal(size=n)
        for name in NAMES
    }
    table = pl.DataFrame(columns)
    fell = rng.random(n) < np.where(table[NAMES[0]].to_numpy() < 0, 0.6, 0.2)
    hidden = pl.Series(rng.random(n) < 0.1)
    return table.with_columns(pl.when(~hidden).then(pl.col(NAMES[1]))), fell.astype(float)


@pytest.fixture(scope="module")
def model(stored_model):
    """Return a trained model."""
    return stored_model(households)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return a folder of result files."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "metrics.json").write_text('{"auc": 0.8}')
    (folder / "report.html").write_text("<p>报告</p>")
    (folder / "calibration.svg").write_text("<svg/>")
    for name in ("visit_plan.parquet", "visit_plan.xlsx", "scores.parquet"):
        (folder / name).write_text("h1")
    return folder


@pytest.fixture(scope="module")
def track(results):
    """Return a function that tracks a small run, with changes to what is tracked."""

    def tracked(store, **changes):
        content = {
            "settings": SETTINGS,
            "tracking_uri": None,
            "run_name": "a run",
            "parameters": {
                "model": {"n": 10},
                "shares": [0.02, 0.05],
                "day": date(2012, 3, 31),
            },
            "metrics": {"lightgbm.auc": 0.81, "vep.auc": None, "recall_at_10%": 0.3},
            "origins": ORIGINS,
            "artifacts": results,
            "figures": {"calibration": results / "calibration.svg"},
            "digests": {"argentina_eph/panel.parquet": DIGEST},
            "model": None,
            "input_example": None,
            "promote": False,
        }
        return track_run(store=store, **{**content, **changes})

    return tracked


@pytest.fixture(scope="module")
def kept(track, model, stored_model, tmp_path_factory):
    """Three runs in one store, the last promoted, tracked from an empty working folder."""
    telemetry_off()
    import mlflow

    base = tmp_path_factory.mktemp("结果 1")
    (base / "cwd").mkdir()
    store = base / "mlflow"
    with chdir(base / "cwd"):
        before = (dict(os.environ), mlflow.get_tracking_uri())
        runs = [track(store, model=model) for _ in range(2)]
        runs.append(track(store, model=stored_model(households, seed=7), promote=True))
        after = (dict(os.environ), mlflow.get_tracking_uri())
    client = mlflow.MlflowClient(runs[0].tracking_uri, runs[0].tracking_uri)
    return SimpleNamespace(
        store=store, runs=runs, client=client, cwd=base / "cwd", before=before, after=after
    )


def children(client, run):
    """Child runs of a run, in order of time."""
    wanted = f"tags.`mlflow.parentRunId` = '{run.run_id}'"
    return client.search_runs([run.experiment_id], wanted, order_by=["params.as_of"])


def test_the_run_keeps_parameters_numbers_and_inputs(kept, model):
    """Nested names are joined, unknown numbers left out, and every input's digest is kept whole."""
    run = kept.client.get_run(kept.runs[0].run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "a run"
    assert run.data.params == {
        "model.n": "10",
        "shares": "[0.02, 0.05]",
        "day": '"2012-03-31"',
    }
    assert run.data.metrics == {"lightgbm.auc": 0.81, "recall_at_10pct": 0.3}
    assert run.data.tags["dataset.argentina_eph_panel.parquet.sha256"] == DIGEST
    assert run.data.tags["model_version"] == model.model_version
    (used,) = run.inputs.dataset_inputs
    assert used.dataset.name == "argentina_eph/panel.parquet"
    assert json.loads(used.dataset.source)["sha256"] == DIGEST


def test_each_origin_is_a_child_run_with_every_methods_measures(kept):
    """Children carry the origin's day and the known measures as <method>.<measure>."""
    found = children(kept.client, kept.runs[0])
    assert [run.info.run_name for run in found] == ["2006-03-31", "2006-06-30"]
    assert [run.info.status for run in found] == ["FINISHED"] * 2
    assert found[1].data.metrics == {
        "n_households": 120.0,
        "prevalence": 0.1,
        "lightgbm.auc": 0.82,
        "lightgbm.precision_at_must_plus_2pct": 0.4,
        "random.auc": 0.5,
    }


def test_result_files_and_figures_are_kept_and_scores_are_not(kept):
    """Report, measures and plan are artefacts inside the store's folder; scores stay outside."""
    run_id = kept.runs[0].run_id
    files = {entry.path for entry in kept.client.list_artifacts(run_id)}
    assert files == {
        "figures",
        "metrics.json",
        "report.html",
        "visit_plan.parquet",
        "visit_plan.xlsx",
    }
    (figure,) = kept.client.list_artifacts(run_id, "figures")
    assert figure.path == "figures/calibration.svg"
    folder = kept.store / "artifacts" / run_id / "artifacts"
    assert (folder / "report.html").read_text() == "<p>报告</p>"


def test_lists_of_households_do_not_go_to_a_server(results):
    """To a server only files that hold nobody's data are sent, whatever is asked for."""
    asked = ("metrics.json", "visit_plan.*", "scores.parquet", "*")
    for address in ("http://mlflow.example.org", "https://u:p@mlflow.example.org", "databricks"):
        found = kept_files(results, None, include=asked, tracking_uri=address)
        assert sorted(found) == ["metrics.json"]
    assert "scores.parquet" in kept_files(results, None, include=asked)


def test_versions_go_up_and_the_champion_stays_until_promoted(kept):
    """The first model is champion, the second candidate, the promoted third champion."""
    assert [run.model_version_number for run in kept.runs] == ["1", "2", "3"]
    assert [run.alias for run in kept.runs] == ["champion", "candidate", "champion"]
    registered = kept.client.get_registered_model("test_risk")
    assert {name: str(number) for name, number in registered.aliases.items()} == {
        "champion": "3",
        "candidate": "2",
    }


def test_the_registry_carries_the_models_digest(kept, model):
    """A version is found by the digest that stands in the result files."""
    version = kept.client.get_model_version("test_risk", "2")
    assert version.tags["model_version"] == model.model_version
    assert version.run_id == kept.runs[1].run_id
    assert kept.client.get_model_version("test_risk", "3").tags != version.tags
    assert len(kept.client.get_run(version.run_id).outputs.model_outputs) == 1


def test_nothing_but_the_store_is_touched(kept):
    """Neither working folder, environment nor MLflow's own address is changed by tracking."""
    assert list(kept.cwd.iterdir()) == []
    assert kept.after == kept.before
    assert sorted(path.name for path in kept.store.iterdir()) == ["artifacts", "mlflow.db"]


@pytest.mark.parametrize(
    ("required", "is_told"),
    [
        (["fanpin-risk"], False),
        (["no-such-package"], True),
        (["fanpin-risk", "no-such-package"], True),
    ],
)
def test_only_the_absence_of_the_package_itself_is_passed_over(required, is_told, kept, capfd):
    """From a tree that is not installed MLflow says nothing; any other package is told."""
    from mlflow.utils.requirements_utils import warn_dependency_requirement_mismatches

    with opened_store(kept.store, None, SETTINGS.experiment):
        warn_dependency_requirement_mismatches(required)
    assert ("mismatches" in capfd.readouterr().err) == is_told


def test_a_run_without_a_model_registers_nothing(track, kept):
    """Numbers alone can be kept; the registry stays as it was."""
    run = track(kept.store, model=None, digests={}, figures=None, origins=[])
    assert (run.model_version_number, run.alias) == (None, "")
    assert "model_version" not in kept.client.get_run(run.run_id).data.tags
    assert len(kept.client.search_model_versions("name = 'test_risk'")) == 3


def test_more_values_than_mlflow_takes_at_once_are_all_kept(track, kept):
    """Parameters and numbers beyond a batch, and texts beyond the limit, do not stop a run."""
    run = track(
        kept.store,
        origins=[],
        parameters={"long": "表" * 7000, "many": {f"p{i}": i for i in range(250)}},
        metrics={f"m{i}": float(i) for i in range(1300)} | {"n": np.float64(2), "i": math.inf},
    )
    data = kept.client.get_run(run.run_id).data
    assert len(data.params) == 251
    assert data.params["many.p249"] == "249"
    assert data.params["long"] == "表" * 5999 + "…"
    assert len(data.metrics) == 1301
    assert "i" not in data.metrics


def test_another_store_is_used_when_its_address_is_given(track, tmp_path, model):
    """The address given wins over the folder, and artefacts still lie in the folder."""
    address = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    run = track(tmp_path / "store", tracking_uri=address, model=model)
    assert run.tracking_uri == address
    assert run.alias == "champion"
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["artifacts"]
    assert store_address(tmp_path, None).endswith("/mlflow.db")


def last_run(kept):
    """Return the run that began last, without the children."""
    experiment = kept.runs[0].experiment_id
    runs = kept.client.search_runs([experiment], order_by=["attributes.start_time DESC"])
    return next(run for run in runs if "mlflow.parentRunId" not in run.data.tags)


def test_a_store_that_fails_midway_marks_the_run_as_failed(track, kept, model):
    """One line names the store, the parent run is failed, and the champion has not moved."""
    place = kept.store / "artifacts"
    place.rename(kept.store / "aside")
    place.write_text("a file where the artefacts belong")
    try:
        with pytest.raises(OutputError, match=r"MLflow store sqlite:.*cannot be used") as caught:
            track(kept.store, run_name="blocked", model=model, promote=True)
    finally:
        place.unlink()
        (kept.store / "aside").rename(place)
    assert "\n" not in str(caught.value)
    assert "Not a directory" in str(caught.value)
    run = last_run(kept)
    assert (run.info.run_name, run.info.status) == ("blocked", "FAILED")
    assert [child.info.status for child in children(kept.client, run.info)] == ["FINISHED"] * 2
    assert str(kept.client.get_model_version_by_alias("test_risk", "champion").version) == "3"


def test_an_example_that_does_not_fit_fails_the_run_and_keeps_the_registry(track, kept, model):
    """An error of our own passes as it is, and the run is marked as failed."""
    example = pl.DataFrame({"household_id": ["h1"]})
    with pytest.raises(ModelError, match="made-up rows"):
        track(kept.store, run_name="unfit", model=model, input_example=example)
    assert last_run(kept).info.status == "FAILED"
    assert len(kept.client.search_model_versions("name = 'test_risk'")) == 3


def damaged(folder):
    """Make a store that is no database."""
    folder.mkdir()
    (folder / "mlflow.db").write_text("not a database" * 500)
    return folder


def below_a_file(folder):
    """Make a store that would lie below a file."""
    folder.write_text("a file")
    return folder / "store"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (damaged, "mlflow.db cannot be used: file is not a database"),
        (below_a_file, "cannot be used: Not a directory"),
        (lambda folder: folder / "50%20", "for its % or \\?. Name another"),
    ],
)
def test_a_store_that_cannot_be_used_is_refused_at_once(make, words, track, tmp_path):
    """MLflow would try for minutes and print each attempt; here one line names store and mend."""
    with pytest.raises(OutputError, match=words):
        track(make(tmp_path / "x"))


def test_a_locked_store_is_named(track, kept):
    """Another process that holds the database is told as such."""
    with closing(sqlite3.connect(kept.store / "mlflow.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="database is locked"):
            track(kept.store)
        other.rollback()


def test_a_store_that_was_moved_is_not_written_to_its_old_place(track, kept, tmp_path):
    """Artefacts would go to where the store was made; the line says how to mend it."""
    shutil.copytree(kept.store, tmp_path / "moved")
    with pytest.raises(OutputError, match=r"was moved: .*Move it back, or rename mlflow.db"):
        track(tmp_path / "moved")


def test_a_server_that_is_down_is_named_without_its_password(track, tmp_path, monkeypatch):
    """One line with the address and no password, and no local store is made."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(OutputError, match=r"http://team:\*\*\*@127\.0\.0\.1:9 ") as caught:
        track(tmp_path / "store", tracking_uri="http://team:geheim@127.0.0.1:9")
    assert "geheim" not in str(caught.value)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"artifacts": Path("nowhere")}, "nowhere: no such folder of results"),
        ({"figures": {"shap": Path("nowhere.svg")}}, "figure 'shap' is not at nowhere.svg"),
    ],
)
def test_missing_results_are_named_before_a_run_begins(changes, words, track, tmp_path):
    """What cannot be kept is said before the store is made."""
    with pytest.raises(InputFileError, match=words):
        track(tmp_path / "store", **changes)
    assert not (tmp_path / "store").exists()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder with the built wheel installed, and a function that runs Python with it."""
    base = tmp_path_factory.mktemp("wheel")
    unneeded = shutil.ignore_patterns("*.egg-info", "__pycache__")
    shutil.copytree(ROOT / "src", base / "copy" / "src", ignore=unneeded)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, base / "copy")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", base, base / "copy"]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = base.glob("*.whl")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--target",
    ]
    subprocess.run([*pip, base / "site", wheel], check=True, capture_output=True)
    (base / "empty").mkdir()

    def run(program, *arguments, is_killed=False):
        """Run a program in the empty folder, without anything of ours but the wheel."""
        done = subprocess.run(
            [sys.executable, "-c", RECORD + program, *map(str, arguments)],
            cwd=base / "empty",
            env={"PATH": os.environ["PATH"], "HOME": str(base), "PYTHONPATH": str(base / "site")},
            capture_output=True,
            text=True,
            check=not is_killed,
        )
        assert list((base / "empty").iterdir()) == []
        return done

    return SimpleNamespace(run=run, site=base / "site")


RECORD = """
import sys
calls = []
def record(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        calls.append(event)
    if event == "socket.connect" and arguments[0].family.name != "AF_UNIX":
        calls.append(event)
sys.addaudithook(record)
import os, signal
from pathlib import Path
"""

TRACK = """
from fanpin_risk.report.tracking import TrackingSettings
from fanpin_risk.report.tracking import track_run
from fanpin_risk.risk.artifact import StoredModel

class Origins(list):
    def __iter__(self):
        yield from self[:1]
        if sys.argv[4] == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        yield from self[1:]

tracked = track_run(
    settings=TrackingSettings(experiment="test_panel", registered_model="test_risk"),
    store=Path(sys.argv[1]),
    tracking_uri=None,
    run_name=sys.argv[4],
    parameters={"seed": 7},
    metrics={"auc": 0.8},
    origins=Origins({"as_of": f"2006-0{i}-01", "methods": {"vep": {"auc": 0.7}}} for i in (1, 2)),
    artifacts=Path(sys.argv[3]),
    figures=None,
    digests={"panel": "ab" * 32},
    model=StoredModel.load(Path(sys.argv[2])),
    input_example=None,
    promote=False,
)
print(tracked.tracking_uri, tracked.alias, len(calls))
"""

LOAD = """
import fanpin_risk, mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/test_risk@champion")
risks = model.predict(pandas.read_parquet(sys.argv[2]))
print(fanpin_risk.__file__, risks["risk"].to_numpy().tobytes().hex(), len(calls))
"""


@pytest.fixture(scope="module")
def elsewhere(installed, model, results, tmp_path_factory):
    """A model tracked by the built wheel in another process that shows every connection."""
    base = tmp_path_factory.mktemp("elsewhere")
    model.save(base / "model")
    arguments = (base / "store", base / "model", results)
    done = installed.run(TRACK, *arguments, "first")
    address, alias, n_calls = done.stdout.split()
    return SimpleNamespace(
        address=address, alias=alias, n_calls=int(n_calls), done=done, arguments=arguments
    )


def test_tracking_is_silent_and_connects_to_nobody(elsewhere):
    """The command's screen stays its own, and no socket is opened, by telemetry or otherwise."""
    assert elsewhere.done.stderr == ""
    assert elsewhere.n_calls == 0
    assert elsewhere.alias == "champion"
    assert elsewhere.address == store_address(elsewhere.arguments[0], None)


def test_the_wheel_alone_scores_in_another_process_to_the_last_bit(
    installed, elsewhere, model, tmp_path
):
    """By alias, from the built wheel, in an empty folder: the stored model's own risks."""
    table = households(seed=3)[0]
    table.to_pandas().to_parquet(tmp_path / "features.parquet")
    done = installed.run(LOAD, elsewhere.address, tmp_path / "features.parquet")
    used, risks, n_calls = done.stdout.split()
    assert int(n_calls) == 0
    assert Path(used).is_relative_to(installed.site)
    wanted = model.risk(encode(pl.from_pandas(table.to_pandas()), NAMES, model.category_maps))
    assert risks == wanted.tobytes().hex()
    assert "mismatch" not in done.stderr


def test_the_logged_model_asks_for_the_package_that_made_it(elsewhere):
    """The requirements pin the package itself, so that another version is noticed."""
    (wanted,) = elsewhere.arguments[0].rglob("requirements.txt")
    assert wanted.read_text().splitlines()[0].startswith("fanpin-risk==")


def test_a_run_that_was_killed_is_marked_by_the_next(installed, elsewhere, track):
    """After SIGKILL the run still counts as running; the next run marks it as failed."""
    import mlflow

    done = installed.run(TRACK, *elsewhere.arguments, "die", is_killed=True)
    assert done.returncode == -signal.SIGKILL
    client = mlflow.MlflowClient(elsewhere.address)

    def status(name):
        wanted = f"attributes.run_name = '{name}'"
        return [run.info.status for run in client.search_runs([experiment], wanted)]

    experiment = client.get_experiment_by_name("test_panel").experiment_id
    assert status("die") == ["RUNNING"]
    track(elsewhere.arguments[0], origins=[])
    assert status("die") == ["FAILED"]
    assert status("first") == ["FINISHED"]
    assert "RUNNING" not in {run.info.status for run in client.search_runs([experiment])}
    assert str(client.get_model_version_by_alias("test_risk", "champion").version) == "1"
