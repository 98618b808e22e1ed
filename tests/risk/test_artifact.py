import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

import fanpin_risk
from fanpin_risk.errors import ModelError, OutputError
from fanpin_risk.risk.artifact import BOOSTER_FILE, MODEL_FILE, StoredModel
from fanpin_risk.risk.calibrate import CalibratedRisk
from fanpin_risk.risk.model import RiskModel

SOURCE = Path(fanpin_risk.__file__).parents[1]
NAMES = ("income_share", "children", "place")


def households(n=600, seed=0):
    """Return three indicators, the last a category, and whether each household fell."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=n), rng.integers(0, 5, n), rng.integers(0, 3, n)])
    y = rng.random(n) < expit(-1 - X[:, 0] + 0.5 * (X[:, 2] == 1))
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, y


def calibrated(method="isotonic", n_trees=15):
    """Return a small model, calibrated on later households."""
    model = RiskModel(
        n_trees=n_trees, categorical_columns=np.array([2]), monotone_directions=(-1, 0, 0)
    )
    risk = CalibratedRisk(model.fit(*households()), trained_until=date(2009, 12, 31))
    days = {"starts_on": date(2009, 12, 31), "known_until": date(2010, 12, 31)}
    return risk.calibrate(*households(seed=1), method=method, **days)


def stored(risk=None, **changes):
    """Return what is stored of a calibrated model."""
    content = {
        "indicator_names": NAMES,
        "indicator_kinds": ("number", "number", "category"),
        "category_maps": {"place": {"Salta": 0, "Formosa": 1, "Jujuy-Palpalá": np.int64(2)}},
        "catalogue_digest": "c0ffee",
        "estimand": "as_things_are",
        "horizon_months": 12,
        "versions": {"lightgbm": "4.7.0"},
        **changes,
    }
    return StoredModel.of(risk or calibrated(), **content)


@pytest.mark.parametrize("method", ["logistic", "intercept", "isotonic"])
def test_a_saved_model_scores_to_the_last_bit(method, tmp_path):
    """Raw scores, risks and contributions of the loaded model equal those of the trained one."""
    risk = calibrated(method)
    stored(risk).save(tmp_path / "eph")
    loaded = StoredModel.load(tmp_path / "eph")
    X, _ = households(seed=2)
    np.testing.assert_array_equal(loaded.raw_score(X), risk.model.raw_score(X))
    np.testing.assert_array_equal(loaded.risk(X, n_threads=2), risk.predict_proba(X)[:, 1])
    np.testing.assert_array_equal(loaded.contributions(X), risk.model.contributions(X))
    assert loaded.model_version == stored(risk).model_version


def test_another_process_gives_the_same_bits(tmp_path):
    """Loaded elsewhere, with another hash seed, the model gives the same risks."""
    model, (X, _) = stored(), households(n=50, seed=2)
    model.save(tmp_path / "eph")
    np.save(tmp_path / "X.npy", X)
    program = (
        "import numpy as np; from pathlib import Path\n"
        "from fanpin_risk.risk.artifact import StoredModel\n"
        "model = StoredModel.load(Path('eph'))\n"
        "print(model.model_version, model.risk(np.load('X.npy')).tobytes().hex())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": "7"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [model.model_version, model.risk(X).tobytes().hex()]


def test_everything_said_about_the_model_comes_back(tmp_path):
    """Names, kinds, maps, days, parameters and versions are those that were saved."""
    model = stored()
    model.save(tmp_path / "eph")
    loaded = StoredModel.load(tmp_path / "eph")
    assert loaded == replace(model, category_maps=loaded.category_maps)
    assert loaded.category_maps == {"place": {"Salta": 0, "Formosa": 1, "Jujuy-Palpalá": 2}}
    assert loaded.indicator_names == NAMES
    assert loaded.calibrated_until == date(2010, 12, 31)
    assert loaded.parameters["monotone_directions"] == [-1, 0, 0]
    assert "n_threads" not in loaded.parameters


def test_two_savings_have_the_same_bytes(tmp_path):
    """Nothing in the files comes from the clock, the folder or the number of threads."""
    for name in ("a", "b"):
        stored(calibrated()).save(tmp_path / name)
    for name in (BOOSTER_FILE, MODEL_FILE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


class TestModelVersion:
    """The version is a digest of what decides a score."""

    def test_it_is_sixteen_hexadecimal_digits_and_repeatable(self):
        """The same model made twice has the same version."""
        assert stored().model_version == stored().model_version
        assert len(stored().model_version) == 16
        assert int(stored().model_version, 16) > 0

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param(lambda: stored(calibrated(n_trees=14)), id="other trees"),
            pytest.param(lambda: stored(calibrated("logistic")), id="another calibrator"),
            pytest.param(lambda: stored(catalogue_digest="c0ffef"), id="another catalogue"),
            pytest.param(
                lambda: stored(category_maps={"place": {"Salta": 1, "Formosa": 0}}),
                id="another map",
            ),
            pytest.param(
                lambda: stored(indicator_names=("children", "income_share", "place")),
                id="another order",
            ),
        ],
    )
    def test_it_changes_with_what_decides_a_score(self, changed):
        """Another score, another version."""
        assert changed().model_version != stored().model_version

    def test_it_does_not_change_with_the_versions_of_packages(self):
        """A newer package that gives the same trees gives the same model."""
        assert stored(versions={"lightgbm": "4.8.0"}).model_version == stored().model_version


class TestSave:
    """A model is written whole or not at all."""

    def test_further_texts_stand_beside_the_model(self, tmp_path):
        """The card is written in the same step."""
        stored().save(tmp_path / "eph", texts={"card.md": "# 模型卡\n"})
        assert (tmp_path / "eph" / "card.md").read_text(encoding="utf-8") == "# 模型卡\n"

    def test_a_failure_leaves_the_earlier_model(self, tmp_path):
        """What cannot be written as JSON stops the saving; the model before it still scores."""
        first, folder = stored(), tmp_path / "eph"
        first.save(folder)
        with pytest.raises(TypeError, match="not JSON serializable"):
            stored(calibrated(n_trees=14), versions={"lightgbm": object()}).save(folder)
        assert StoredModel.load(folder).model_version == first.model_version
        assert os.listdir(tmp_path) == ["eph"]

    def test_a_path_below_a_file_is_an_output_error(self, tmp_path):
        """The message names the folder and says that nothing was changed."""
        (tmp_path / "taken").write_text("x")
        with pytest.raises(OutputError, match=r"Cannot write .*taken/eph.*unchanged"):
            stored().save(tmp_path / "taken" / "eph")

    def test_a_later_model_takes_the_place_of_the_earlier(self, tmp_path):
        """Nothing of the earlier model is left."""
        stored().save(tmp_path / "eph", texts={"card.md": "old"})
        second = stored(calibrated(n_trees=14))
        second.save(tmp_path / "eph")
        assert StoredModel.load(tmp_path / "eph").model_version == second.model_version
        assert sorted(os.listdir(tmp_path / "eph")) == [BOOSTER_FILE, MODEL_FILE]


def change_booster(folder):
    """Change one leaf of the trees."""
    path = folder / BOOSTER_FILE
    text = path.read_text()
    start = text.index("leaf_value=") + len("leaf_value=")
    path.write_text(text[:start] + "9" + text[start + 1 :])


def change_content(folder, **changes):
    """Change entries of model.json."""
    path = folder / MODEL_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


DAMAGE = {
    "no folder": (
        lambda f: os.rename(f, f.with_name("else")),
        r"eph: no such model folder\. Make it with `fanpin-risk train`",
    ),
    "no trees": (lambda f: (f / BOOSTER_FILE).unlink(), r"holds no booster\.txt"),
    "no description": (lambda f: (f / MODEL_FILE).unlink(), r"holds no model\.json"),
    "trees changed": (change_booster, r"booster\.txt was changed after it was saved"),
    "calibrator changed": (
        lambda f: change_content(f, calibrator=calibrated("logistic").calibrator.to_dict()),
        r"model\.json was changed after it was saved",
    ),
    "digest is no text": (lambda f: change_content(f, booster_sha256=7), "booster.txt was changed"),
    "a newer format": (
        lambda f: change_content(f, format_version=2),
        r"format version 2; this package reads 1\. Train anew",
    ),
    "no format": (lambda f: (f / MODEL_FILE).write_text("[1]"), "format version None"),
    "cut off": (lambda f: (f / MODEL_FILE).write_text('{"a": '), r"is damaged \(line 1"),
    "no text": (lambda f: (f / MODEL_FILE).write_bytes(b"\xff\xfe"), "it is no UTF-8"),
    "unknown entry": (lambda f: change_content(f, colour=1), r"unknown entries \['colour'\]"),
    "no day": (lambda f: change_content(f, trained_until="soon"), r"model\.json is damaged"),
    "no list": (lambda f: change_content(f, indicators=None), r"model\.json is damaged"),
}


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_model_is_refused(damage, words, tmp_path):
    """What is missing, changed or of another format is said with the file's name."""
    folder = tmp_path / "eph"
    stored().save(folder)
    damage(folder)
    with pytest.raises(ModelError, match=words):
        StoredModel.load(folder)


class TestIndicators:
    """The columns must be the model's own."""

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            pytest.param(
                ["income_share", "children", "district"],
                r"Missing: place\. Extra: district\..*use the catalogue that the model was made",
                id="renamed",
            ),
            pytest.param(["income_share", "place"], "Missing: children. Extra: none", id="missing"),
            pytest.param([*NAMES, "a", "b"], "Missing: none. Extra: a, b", id="extra"),
            pytest.param(
                ["children", "income_share", "place"],
                "another order: children in place of income_share, income_share in place of child",
                id="reordered",
            ),
            pytest.param([*NAMES, "place"], "another order", id="repeated"),
            pytest.param(
                [f"x{i}" for i in range(8)], "Extra: x0, x1, x2, x3, x4 and 3 more", id="many"
            ),
        ],
    )
    def test_other_indicators_are_named(self, names, words):
        """Missing, extra and moved indicators are named, with the mend."""
        with pytest.raises(ModelError, match=words):
            stored().check_indicators(names)

    def test_the_model_s_own_indicators_pass(self):
        """The same names in the same order are right."""
        stored().check_indicators(list(NAMES))

    def test_a_matrix_of_another_width_is_refused(self):
        """Scores of shifted columns would be wrong without a sign of it."""
        with pytest.raises(ModelError, match=r"matrix of 3 indicators. Got shape \(4, 2\)"):
            stored().risk(np.zeros((4, 2)))

    def test_no_household_gives_no_score(self):
        """A quarter without visits is no error."""
        model, nobody = stored(), np.empty((0, 3))
        assert model.risk(nobody).shape == (0,)
        assert model.contributions(nobody).shape == (0, 4)

    def test_every_category_needs_its_map(self):
        """Codes without their texts could not be made again."""
        with pytest.raises(ModelError, match=r"Categorical indicators are \['place'\], but .*\[\]"):
            stored(category_maps={})

    def test_every_indicator_needs_its_kind(self):
        """Names and kinds belong together."""
        with pytest.raises(ModelError, match="3 indicators do not fit 1 kinds"):
            stored(indicator_kinds=("number",))


def test_a_model_that_is_not_calibrated_is_not_stored():
    """Raw scores must not be kept as risks."""
    risk = CalibratedRisk(calibrated().model, trained_until=date(2009, 12, 31))
    with pytest.raises(ModelError, match="Only a calibrated model with both days"):
        stored(risk)
