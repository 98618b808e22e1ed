import json
import math
import shutil
import traceback
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.special import expit

from fanpin_risk.errors import ModelError
from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
from fanpin_risk.report import served
from fanpin_risk.risk.encode import encode

COLUMNS = columns_of(CATALOGUE)
NAMES = [column.name for column in COLUMNS]
CODES = [column.name for column in COLUMNS if column.indicator.is_categorical]
NUMBERS = [name for name in NAMES if name not in CODES]
NUMBER, CODE = NUMBERS[0], CODES[0]
WORD, AMOUNT, DAY = "陈小明-320981", 471147.25, date(1847, 11, 5)
"""What must never be seen in an error."""


def households(n=300, seed=0):
    """Return a feature table over the catalogue's columns and whether each household fell."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name in NAMES:
        is_missing = rng.random(n) < 0.1
        if name in CODES:
            values = rng.choice(["甲", "乙", "丙"], n).tolist()
        else:
            values = rng.integers(0, 9, n).astype(float).tolist()
        columns[name] = [None if gone else v for gone, v in zip(is_missing, values, strict=True)]
    types = {name: pl.String() if name in CODES else pl.Float64() for name in NAMES}
    table = pl.DataFrame(columns, schema=types)
    odds = (
        -1
        - 0.3 * table[NUMBER].fill_null(4.0).to_numpy()
        + 2.0 * (table[CODE] == "乙").fill_null(False).to_numpy()
    )
    return table, (rng.random(n) < expit(odds + 1.5)).astype(float)


@pytest.fixture(scope="module")
def model(stored_model):
    """Return a small calibrated model over the catalogue's columns."""
    return stored_model(households)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """Return the folder of the model as MLflow keeps it."""
    path = tmp_path_factory.mktemp("served") / "model"
    served.save_served(model, path)
    return path


@pytest.fixture(scope="module")
def loaded(folder):
    """Return the model as a user gets it from MLflow."""
    import mlflow.pyfunc

    return mlflow.pyfunc.load_model(str(folder))


@pytest.fixture(scope="module")
def table():
    """Return a feature table that the model has not seen."""
    return households(n=60, seed=2)[0]


@pytest.fixture(scope="module")
def expected(model, table):
    """Return the stored model's own raw scores and risks."""
    matrix = encode(table, NAMES, model.category_maps)
    return pd.DataFrame({"risk": model.risk(matrix), "raw_score": model.raw_score(matrix)})


def test_mlflow_gives_the_stored_models_risks_to_the_last_bit(loaded, table, expected):
    """Risk and raw score through `mlflow.pyfunc` are those of the stored model."""
    pd.testing.assert_frame_equal(loaded.predict(table.to_pandas()), expected, check_exact=True)
    assert expected["risk"].nunique() > 10


def test_order_of_columns_further_columns_and_index_do_not_matter(loaded, table, expected):
    """Columns are found by name, others ignored, and rows keep their index."""
    frame = table.to_pandas()[NAMES[::-1]]
    frame.insert(3, "household_id", [f"h{i}" for i in range(len(frame))])
    frame.index = pd.Index(range(100, 100 + len(frame)), name="row")
    found = loaded.predict(frame)
    assert found.index.equals(frame.index)
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected, check_exact=True)


@pytest.mark.parametrize(
    "kind", ["polars", "rows", "object", "nullable", "arrow", "category", "float32"]
)
def test_every_usual_spelling_of_the_same_table_gives_the_same_risks(kind, loaded, table, expected):
    """Integers, None, NaN and NA, categories of text, Polars and dictionaries are all read."""
    frame = table.to_pandas()
    spelled = {
        "polars": lambda: table,
        "rows": lambda: table.to_dicts(),
        "object": lambda: frame.astype(object).where(frame.notna(), None),
        "nullable": lambda: frame.astype(dict.fromkeys(NUMBERS, "Int64")),
        "arrow": lambda: table.to_pandas(use_pyarrow_extension_array=True),
        "category": lambda: frame.astype(dict.fromkeys(CODES, "category")),
        "float32": lambda: frame.astype(dict.fromkeys(NUMBERS, "float32")),
    }[kind]()
    pd.testing.assert_frame_equal(loaded.predict(spelled), expected, check_exact=True)


def test_integers_and_truth_values_are_numbers(loaded, table):
    """A column of integers or truth values scores like the same numbers as floats."""
    frame = table.to_pandas()
    for whole in (np.int64(1), True):
        given, wanted = frame.copy(), frame.copy()
        given[NUMBER], wanted[NUMBER] = whole, 1.0
        pd.testing.assert_frame_equal(loaded.predict(given), loaded.predict(wanted))


def test_an_unseen_code_scores_as_missing(loaded, table, expected):
    """A code that training did not hold scores like no code, and otherwise than a known one."""
    unseen, missing = table.to_pandas(), table.to_pandas()
    unseen[CODE], missing[CODE] = "丁", None
    found = loaded.predict(unseen)
    pd.testing.assert_frame_equal(found, loaded.predict(missing), check_exact=True)
    assert not found.equals(expected)


def test_a_table_where_nothing_is_known_or_nobody_stands_is_scored(loaded):
    """All values missing gives a risk for each row; no row gives an empty table of floats."""
    empty = pd.DataFrame(np.nan, index=range(3), columns=NAMES)
    found = loaded.predict(empty)
    assert found["risk"].between(0, 1).all()
    assert found["raw_score"].nunique() == 1
    nobody = loaded.predict(empty.iloc[:0])
    assert nobody.shape == (0, 2)
    assert (nobody.dtypes == np.float64).all()


def broken(table):
    """Tables that do not fit, each with something personal in it, by what is wrong."""
    frame = table.to_pandas().head(3)
    as_text = frame.assign(**{CODE: [WORD] * 3})
    return {
        "a missing column": as_text.drop(columns=NUMBER),
        "text in a number column": frame.assign(**{NUMBER: [WORD] * 3}),
        "one text among numbers": frame.assign(
            **{NUMBER: pd.Series([1.0, WORD, None], dtype=object)}
        ),
        "numbers spelled as text": frame.assign(**{NUMBER: [str(AMOUNT)] * 3}),
        "a category of texts": frame.assign(**{NUMBER: pd.Categorical([WORD] * 3)}),
        "a day in a number column": frame.assign(**{NUMBER: pd.to_datetime([DAY] * 3)}),
        "a list in a number column": frame.assign(**{NUMBER: [[WORD]] * 3}),
        "decimals": frame.assign(**{NUMBER: [Decimal(str(AMOUNT))] * 3}),
        "complex numbers": frame.assign(**{NUMBER: [complex(AMOUNT)] * 3}),
        "numbers in a code column": frame.assign(**{CODE: [AMOUNT] * 3}),
        "bytes in a code column": frame.assign(**{CODE: [WORD.encode()] * 3}),
        "a category of numbers for codes": frame.assign(**{CODE: pd.Categorical([AMOUNT] * 3)}),
        "two columns of one name": pd.concat([as_text, as_text[[CODE]]], axis=1),
        "Polars text in a number column": table.with_columns(pl.lit(WORD).alias(NUMBER)),
        "Polars numbers in a code column": table.with_columns(pl.lit(AMOUNT).alias(CODE)),
        "a Polars enumeration in a number column": table.with_columns(
            pl.lit(WORD, dtype=pl.Enum([WORD])).alias(NUMBER)
        ),
        "a Polars struct": table.with_columns(pl.struct(pl.lit(WORD).alias("w")).alias(NUMBER)),
        "Polars without a column": table.with_columns(pl.lit(WORD).alias(CODE)).drop(NUMBER),
        "rows without a column": [{CODE: WORD}],
        "a dictionary of columns": {NUMBER: [AMOUNT], CODE: [WORD, WORD]},
        "an array": np.full((2, len(NAMES)), AMOUNT),
        "a list of texts": [WORD],
        "a text": WORD,
        "a number": AMOUNT,
        "a Series": frame.assign(**{CODE: WORD})[CODE],
        "nothing": None,
    }


KINDS = sorted(broken(households(n=3)[0]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_table_gives_one_clear_error_without_a_households_data(
    kind, loaded, table, capfd, caplog
):
    """No value of the table is in the error, in what led to it, on the screen or in the log."""
    with caplog.at_level("DEBUG"), pytest.raises(ModelError) as caught:
        loaded.predict(broken(table)[kind])
    screen = capfd.readouterr()
    seen = [*traceback.format_exception(caught.value), screen.out, screen.err, caplog.text]
    for personal in (WORD, repr(WORD.encode())[2:-1], "471147", "1847", "Decimal("):
        assert not any(personal in text for text in seen)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("a missing column", f"lacks 1 of the model's {len(NAMES)} columns: {NUMBER}"),
        ("text in a number column", rf"{NUMBER} \(a number is wanted, not str\)"),
        ("one text among numbers", rf"{NUMBER} \(a number is wanted, not str\)"),
        ("a day in a number column", rf"{NUMBER} \(a number is wanted, not datetime64"),
        ("a category of texts", rf"{NUMBER} \(a number is wanted, not category\)"),
        ("numbers in a code column", rf"{CODE} \(text is wanted, not float64\)"),
        ("a Polars enumeration in a number column", rf"{NUMBER} \(a number is wanted, not Enum\)"),
        ("two columns of one name", f"twice: {CODE}. Keep one"),
        ("an array", "wants a pandas or Polars data frame of indicators, not ndarray"),
        ("rows without a column", r"and \d+ more\. Make it with the catalogue"),
    ],
)
def test_the_error_names_the_column_and_what_is_wanted(kind, words, loaded, table):
    """Column, wanted and found type, and the mend are said."""
    with pytest.raises(ModelError, match=words):
        loaded.predict(broken(table)[kind])


def test_mlflows_own_check_would_print_the_household(folder, table, tmp_path):
    """Without the switch in the signature the rows are in the error: why it is there.

    If this fails, MLflow has mended its message, and the switch may go.
    """
    import mlflow.pyfunc

    shutil.copytree(folder, tmp_path / "model")
    described = tmp_path / "model" / "MLmodel"
    text, switch = described.read_text(), "is_signature_from_type_hint: "
    described.write_text(text.replace(switch + "true", switch + "false"))
    frame = table.to_pandas().assign(**{NAMES[0]: WORD})
    with pytest.raises(mlflow.exceptions.MlflowException, match=WORD):
        mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(frame)


def test_the_signature_says_what_goes_in_and_what_comes_out(loaded):
    """Numbers are double and codes string, in the model's order, none required; two doubles out."""
    inputs = loaded.metadata.signature.inputs.inputs
    assert [column.name for column in inputs] == NAMES
    assert {column.name: column.type.name for column in inputs} == {
        **dict.fromkeys(NUMBERS, "double"),
        **dict.fromkeys(CODES, "string"),
    }
    assert not any(column.required for column in inputs)
    outputs = loaded.metadata.signature.outputs.inputs
    assert [(c.name, c.type.name) for c in outputs] == [("risk", "double"), ("raw_score", "double")]
    assert loaded.metadata.metadata["horizon_months"] == 12


def test_the_input_example_is_made_up_and_can_be_scored(model, folder, loaded):
    """The example kept with the model holds usual values and nothing, and the model takes it."""
    rows = json.loads((folder / "input_example.json").read_text())
    assert rows["columns"] == NAMES
    first, second = rows["data"]
    assert all(value is None or math.isnan(value) for value in second)
    kinds = {column.name: column.indicator.unit for column in COLUMNS}
    for name, value in zip(NAMES, first, strict=True):
        assert value == ("丙" if name in CODES else served.MADE_UP[kinds[name]])
    assert loaded.predict(served.example_input(model))["risk"].between(0, 1).all()


def test_an_example_with_household_numbers_is_refused(model, table, tmp_path):
    """An example is kept for ever, so one that names households is not written."""
    named = table.head(2).with_columns(household_id=pl.Series(["h1", "h2"]))
    with pytest.raises(ModelError, match=r"household numbers.*made-up rows"):
        served.save_served(model, tmp_path / "model", example=named)
    assert not (tmp_path / "model").exists()


def test_the_model_lies_beside_the_code_and_nothing_is_pickled(folder, model):
    """Trees and maps are text artefacts, and the model's version is among MLflow's metadata."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {f"artifacts/{served.ARTIFACT}/{n}" for n in ("booster.txt", "model.json")} <= names
    assert not any(name.endswith(".pkl") for name in names)
    assert model.model_version in (folder / "MLmodel").read_text()
    wanted = (folder / "requirements.txt").read_text().splitlines()
    assert wanted[0].startswith("fanpin-risk")
    assert all("==" in line for line in wanted[1:])


def test_a_changed_model_is_not_loaded(model, tmp_path):
    """Trees that were altered after the run do not score anybody."""
    import mlflow.pyfunc

    served.save_served(model, tmp_path / "model")
    trees = tmp_path / "model" / "artifacts" / served.ARTIFACT / "booster.txt"
    trees.write_text(trees.read_text().replace("shrinkage=", "shrinkage= "))
    with pytest.raises(ModelError, match="changed after it was saved"):
        mlflow.pyfunc.load_model(str(tmp_path / "model"))
