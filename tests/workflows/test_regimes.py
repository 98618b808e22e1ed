"""A run on a register stays inside one regime, unless its configuration joins two."""

from __future__ import annotations

import json
import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from fanpin_risk.config import load_project
from fanpin_risk.errors import TimeOrderError
from fanpin_risk.workflows.commands import run_backtest, run_plan, run_score, run_train
from fanpin_risk.workflows.run import Places, run
from fanpin_risk.workflows.train import PROJECT_FILE, project_text

HERE = Path(__file__).parent
C = SimpleNamespace(**runpy.run_path(str(HERE / "register_county.py")))
AS_OF = date(2023, 6, 30)
CALL = {"n_threads": 1, "step": lambda *_: None}


def regime_file(last_of_old):
    """The standard that says which regime a day belongs to, with its turn."""
    value = {"place": C.COUNTY, "source": "made up", "mark": "H"}
    first, second = date(2021, 1, 1), date.fromordinal(last_of_old.toordinal() + 1)
    return {
        "name": "regime",
        "unit": "code",
        **dict.fromkeys(("title_zh", "title_en", "owner_zh", "owner_en"), "made up"),
        "values": [
            value | {"value": "old", "valid_from": first, "valid_to": last_of_old},
            value | {"value": "new", "valid_from": second},
        ],
    }


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Record tables, and configurations on them with a turn of regimes."""
    root = tmp_path_factory.mktemp("regimes")
    records = C.CT.write(root / "county", C.tables(200))

    def project(name, last_of_old, **changes):
        path = C.configuration(root / name, records, **changes)
        text = yaml.safe_dump(regime_file(last_of_old), allow_unicode=True)
        (path.parent / "standards/regime.yaml").write_text(text, encoding="utf-8")
        return load_project(path)

    return SimpleNamespace(root=root, records=records, project=project)


def places(folder):
    """Where a run writes."""
    return Places(results=folder / "r", model=folder / "m", store=folder / "s", tracking_uri=None)


def test_decision_days_of_two_regimes_stop_every_command(county, tmp_path):
    """Before anything is built or written; what was to be compared is named."""
    project = county.project("inside", date(2022, 6, 30))
    words = r"2021-06-30 lies in the regime 'old' and 2022-09-30 in 'new'"
    for call in (
        lambda: run_backtest(project, tmp_path / "b", **CALL),
        lambda: run_train(project, tmp_path / "t", as_of=AS_OF, **CALL),
        lambda: run(project, places(tmp_path), n_threads=1, promote=False, step=CALL["step"]),
    ):
        with pytest.raises(TimeOrderError, match=words):
            call()
    assert list(tmp_path.iterdir()) == []


def test_a_score_in_a_later_regime_than_the_model_needs_the_bridge(county, tmp_path):
    """The model learnt in the old one; the manifest prints the bridge that was named."""
    turn = date(2023, 6, 29)
    plain = county.project("turn", turn)
    joined = county.project("joined", turn, regime_bridge="old -> new")
    model, folder = tmp_path / "model", tmp_path / "out"
    run_train(joined, model, as_of=AS_OF, **CALL)
    asked = {"as_of": AS_OF, "standards": None, **CALL}
    run_score(model, [county.records], folder, **asked)
    written = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert written["regime_bridge"] == "old -> new"
    assert written["readings"]["notice_days"] == "difference"
    assert written["marks_allowed"] == ["G"]
    (model / PROJECT_FILE).write_text(project_text(plain), encoding="utf-8")
    words = r"2021-06-30 lies in the regime 'old' and 2023-06-30 in 'new'; .* regime_bridge"
    with pytest.raises(TimeOrderError, match=words):
        run_score(model, [county.records], tmp_path / "none", **asked)
    plan = dict.fromkeys(("visits_per_team", "audit_share", "seed"))
    with pytest.raises(TimeOrderError, match=words):
        run_plan(model, [county.records], tmp_path / "none", **asked, **plan)
    with pytest.raises(TimeOrderError, match=words):
        run_train(plain, tmp_path / "none", as_of=AS_OF, **CALL)
    assert not (tmp_path / "none").exists()
