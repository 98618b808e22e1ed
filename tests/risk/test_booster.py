import os
import subprocess
import sys
from pathlib import Path

import pytest

import fanpin_risk
from fanpin_risk.errors import ModelError
from fanpin_risk.risk.booster import booster_of

SOURCE = Path(fanpin_risk.__file__).parents[1]

PROGRAM = """
from fanpin_risk.errors import FanpinRiskError
from fanpin_risk.risk.model import RiskModel
try:
    RiskModel().fit([[0.0], [1.0]], [0, 1])
except FanpinRiskError as error:
    print(f"{type(error).__name__} {error.exit_code}: {error}")
"""


def run_with_lightgbm_that_says(message, folder):
    """Run a fit in another process, where importing LightGBM ends in an OSError."""
    (folder / "lightgbm.py").write_text(f"raise OSError({message!r})\n")
    path = os.pathsep.join([str(folder), str(SOURCE)])
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_libgomp_one_line_says_what_to_install(tmp_path):
    """The system's own words become an InstallationError that names the package to install."""
    words = "libgomp.so.1: cannot open shared object file: No such file or directory"
    run = run_with_lightgbm_that_says(words, tmp_path)
    assert run.stderr == ""
    assert run.stdout.startswith("InstallationError 17: ")
    assert "`apt-get install libgomp1`" in run.stdout
    assert words in run.stdout
    assert run.stdout.count("\n") == 1


def test_another_system_error_is_not_put_down_to_libgomp(tmp_path):
    """An OSError with another cause stays what it is."""
    run = run_with_lightgbm_that_says("disk on fire", tmp_path)
    assert "OSError: disk on fire" in run.stderr
    assert "libgomp" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("something else", id="no booster"),
        pytest.param("tree\nversion=v4\n", id="cut off"),
    ],
)
def test_a_text_that_is_not_whole_is_refused(text, capfd):
    """A damaged text is refused in our words, and LightGBM prints nothing about it."""
    with pytest.raises(ModelError, match=r"text of the booster is not whole.*Train the model anew"):
        booster_of(text)
    assert capfd.readouterr().out == ""


def test_a_text_that_lightgbm_cannot_read_is_a_model_error():
    """What only LightGBM can find wrong is a ModelError too."""
    with pytest.raises(ModelError, match="LightGBM cannot read the booster"):
        booster_of("tree\nversion=v4\n\nend of trees\n")
