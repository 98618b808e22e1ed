"""Bad input, a test each: the words, the exit code, and that nothing earlier is lost."""

from __future__ import annotations

import dataclasses
import gzip
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
import yaml

from fanpin_risk.risk.artifact import StoredModel

AS_OF = "2008-12-31"
SECRET = 87_654_321
"""An income that stands in every faulty row; no message may show it."""


def content_of(folder):
    """Every file below a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def rows(small_project):
    """A few hundred households' visits over four quarters; one of them earns SECRET."""
    recent = small_project.rows.filter((pl.col("year") * 10 + pl.col("quarter")) >= 20082)
    few = recent.filter(pl.col("hh_id") % 16 == 0).sort("year", "quarter", "hh_id")
    is_secret = pl.int_range(pl.len()) == pl.len() - 1
    return few.with_columns(ITF=pl.when(is_secret).then(SECRET).otherwise("ITF").cast(pl.Int32))


@pytest.fixture(scope="module")
def earlier(run_fanpin, rows, small_run, tmp_path_factory):
    """Results of an earlier scoring: the folder, and what is in it."""
    folder = tmp_path_factory.mktemp("earlier")
    rows.write_parquet(folder / "rows.parquet")
    ran = run_fanpin(
        *("score", "--model", small_run.model, "--records", folder / "rows.parquet"),
        *("--as-of", AS_OF, "--output", folder / "out", "--threads", 1),
    )
    assert ran.code == 0, ran.err
    return folder / "out", content_of(folder / "out")


@pytest.fixture(scope="module")
def refused(run_fanpin, earlier, small_run):
    """Score something broken over earlier results: code and last line; they must not change."""
    output, before = earlier

    def last_line(records, *more, as_of=AS_OF, model=None, to=None):
        ran = run_fanpin(
            *("score", "--model", model or small_run.model, "--records", records),
            *("--as-of", as_of, "--output", to or output, "--threads", 1, *more),
        )
        said = ran.err.splitlines()
        assert ran.code != 0
        assert ran.out == ""
        # every line before the error is a step that was begun
        assert all(line.split()[0] in {"读取记录", "评分", "写出结果"} for line in said[:-1])
        assert "Traceback" not in ran.err
        assert str(SECRET) not in ran.err
        assert content_of(output) == before
        assert sorted(path.name for path in output.parent.iterdir()) == ["out", "rows.parquet"]
        return ran.code, said[-1]

    return last_line


@pytest.fixture
def accepted(run_fanpin, small_run, tmp_path):
    """Score a file with some faulty rows: what was said, its manifest and its quarantine."""

    def scored(frame, name="rows.csv"):
        frame.write_csv(tmp_path / name)
        ran = run_fanpin(
            *("score", "--model", small_run.model, "--records", tmp_path / name),
            *("--as-of", AS_OF, "--output", tmp_path / "out", "--threads", 1),
        )
        assert ran.code == 0, ran.err
        assert str(SECRET) not in ran.err + ran.out
        content = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
        assert str(SECRET) not in json.dumps(content)
        quarantine = pl.read_parquet(tmp_path / "out/quarantine.parquet")
        (file,) = content["inputs"]
        assert file["rows_read"] == frame.height
        assert file["rows_read"] == file["rows_accepted"] + file["rows_quarantined"]
        assert file["rows_quarantined"] == quarantine.height
        assert (
            f"读入 read {frame.height} = 接受 accepted {frame.height - quarantine.height} + "
            f"隔离 quarantined {quarantine.height}" in ran.err
        )
        scores = pl.read_parquet(tmp_path / "out/scores.parquet")
        return quarantine, scores, content

    return scored


def faulty(frame, **changes):
    """The last row's values changed; the columns become text where the value is one."""
    is_last = pl.int_range(pl.len()) == pl.len() - 1
    return frame.with_columns(
        pl.when(is_last)
        .then(pl.lit(str(value)))
        .otherwise(pl.col(name).cast(pl.String))
        .alias(name)
        for name, value in changes.items()
    )


# Files


def test_a_missing_file(refused, tmp_path):
    """A records file that is not there is named."""
    code, line = refused(tmp_path / "no.csv")
    assert (code, line) == (
        13,
        f"InputFileError: {tmp_path / 'no.csv'}: no such file. Check the path.",
    )


def test_a_folder_in_place_of_a_file(refused, tmp_path):
    """A folder is no records file."""
    (tmp_path / "data.csv").mkdir()
    code, line = refused(tmp_path / "data.csv")
    assert code == 13
    assert f"{tmp_path / 'data.csv'}" in line


def test_an_unknown_kind_of_file(refused, tmp_path):
    """Only the kinds of file that are read are taken, and they are listed."""
    (tmp_path / "rows.docx").write_bytes(b"PK")
    code, line = refused(tmp_path / "rows.docx")
    assert code == 13
    assert ".parquet, .csv, .csv.gz" in line


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.parquet"])
def test_an_empty_file(refused, tmp_path, name):
    """A file without a byte in it is said to be empty, or not what its name says."""
    content = gzip.compress(b"") if name.endswith(".gz") else b""
    (tmp_path / name).write_bytes(content)
    code, line = refused(tmp_path / name)
    assert code == 13
    assert f"{tmp_path / name}: is " in line
    assert line.endswith("Export it again.")


def test_a_file_with_a_header_alone(refused, rows, tmp_path):
    """A header without rows is an empty file too."""
    rows.clear().write_csv(tmp_path / "header.csv")
    code, line = refused(tmp_path / "header.csv")
    assert code == 13
    assert f"{tmp_path / 'header.csv'}: " in line


def test_a_packed_file_cut_short(refused, rows, tmp_path):
    """Half a .csv.gz cannot be unpacked."""
    rows.write_csv(tmp_path / "rows.csv")
    whole = gzip.compress((tmp_path / "rows.csv").read_bytes())
    (tmp_path / "half.csv.gz").write_bytes(whole[: len(whole) // 2])
    code, line = refused(tmp_path / "half.csv.gz")
    assert (code, "cannot be unpacked: the packed file is cut off." in line) == (13, True)


# Columns and rows


def test_a_missing_column(refused, rows, tmp_path):
    """A column that the source file needs and the records lack is named, with the mend."""
    rows.drop("IX_TOT").write_parquet(tmp_path / "rows.parquet")
    code, line = refused(tmp_path / "rows.parquet")
    assert code == 12
    assert "the column 'IX_TOT' is missing" in line
    assert line.endswith("If it was renamed, change the source file's mapping.")


def test_a_renamed_column(refused, rows, tmp_path):
    """For a renamed column the nearest name is shown."""
    rows.rename({"MEDIAN_IPCF": "MEDIAN_IPCF_2"}).write_parquet(tmp_path / "rows.parquet")
    code, line = refused(tmp_path / "rows.parquet")
    assert code == 12
    assert "the column 'MEDIAN_IPCF' is missing. Did you mean 'MEDIAN_IPCF_2'?" in line


def test_a_text_in_a_number_column(accepted, rows):
    """A row with a text where a number belongs is set aside, counted, and not scored."""
    quarantine, scores, _ = accepted(faulty(rows, IX_TOT="four"))
    (row,) = quarantine.rows(named=True)
    assert row["line"] == rows.height + 1
    assert "column IX_TOT: must be a whole number" in row["reason_en"]
    original = json.loads(row["original"])
    assert (original["IX_TOT"], original["ITF"]) == ("four", str(SECRET))
    assert original["hh_id"] not in scores["household_id"].to_list()


def test_an_unknown_code(accepted, rows):
    """A row with a code that the source file does not list is set aside; the codes are shown."""
    quarantine, _, _ = accepted(faulty(rows, II7=77))
    (row,) = quarantine.rows(named=True)
    assert row["reason_en"].startswith("column II7: unknown code (known: 0, 1, 2, 3, 4,")


def test_a_duplicate_record(accepted, rows):
    """An exact copy counts once, and the copy is set aside."""
    quarantine, scores, content = accepted(pl.concat([rows, rows.tail(1)]))
    assert quarantine["reason_en"].to_list() == ["exact copy of another row (duplicate record_id)"]
    assert str(rows["hh_id"][-1]) in scores["household_id"].to_list()
    assert content["records"]["household_snapshot"] == rows.height


def test_a_duplicate_record_that_differs(accepted, rows):
    """Two different rows of one household and day are both set aside: nobody knows which holds."""
    other = rows.tail(1).with_columns(IX_TOT=pl.col("IX_TOT") + 1)
    quarantine, scores, _ = accepted(pl.concat([rows, other]))
    assert quarantine["reason_en"].str.contains("duplicate record_id: rows of one household").all()
    assert quarantine["line"].to_list() == [rows.height + 1, rows.height + 2]
    assert str(rows["hh_id"][-1]) not in scores["household_id"].to_list()


def test_a_contradicting_median(accepted, rows):
    """A row with another median than the rest of its quarter is set aside."""
    quarantine, _, _ = accepted(faulty(rows, MEDIAN_IPCF=1.0))
    (row,) = quarantine.rows(named=True)
    assert "the place's figure differs from the other rows" in row["reason_en"]


def test_no_row_fits(refused, rows, tmp_path):
    """If no row at all fits, the mapping is wrong: an error with the first reason, no results."""
    rows.with_columns(pl.lit("x").alias("quarter")).write_csv(tmp_path / "rows.csv")
    code, line = refused(tmp_path / "rows.csv")
    assert code == 12
    assert f"rows.csv: none of {rows.height} rows fits the contract. Line 2: columns year" in line


def test_a_row_with_too_few_fields(refused, rows, tmp_path):
    """A line with fewer fields than the header is named by its number, not shown."""
    rows.write_csv(tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()
    lines[-1] = lines[-1].rsplit(",", 1)[0]
    (tmp_path / "rows.csv").write_text("\n".join(lines), encoding="utf-8")
    code, line = refused(tmp_path / "rows.csv")
    assert code == 13
    assert f"line {len(lines)} has 56 fields, the header has 57. Mend that line." in line


# Days


def test_a_day_before_the_first_record(refused, rows, tmp_path):
    """On a day before the first record nothing was known."""
    rows.write_parquet(tmp_path / "rows.parquet")
    code, line = refused(tmp_path / "rows.parquet", as_of="2001-03-31")
    assert (code, line) == (
        14,
        "AsOfError: Nothing was known on 2001-03-31: the first record is from 2008-06-30. "
        "Choose a later day.",
    )


def test_a_day_without_visits(refused, rows, tmp_path):
    """On a day without visits nobody can be scored; the nearest day before is named."""
    rows.write_parquet(tmp_path / "rows.parquet")
    code, line = refused(tmp_path / "rows.parquet", as_of="2008-11-15")
    assert code == 14
    assert line == (
        "AsOfError: Nobody was visited on 2008-11-15. The visits nearest before it are of "
        "2008-09-30; choose a day of visits, such as the quarter's last."
    )


def test_training_for_a_day_on_which_too_little_was_known(run_fanpin, small_project, tmp_path):
    """A model for a day before any outcome was known cannot be trained; nothing is written."""
    for as_of in ("2003-12-31", "2004-10-31", "2001-01-01"):
        ran = run_fanpin(
            *("train", small_project.config, "--as-of", as_of, "--root", tmp_path, "--threads", 1)
        )
        assert ran.code == 14, ran.err
        assert ran.err.splitlines()[-1].startswith("AsOfError: ")
        assert "hoose a later day" in ran.err.splitlines()[-1]
    assert not (tmp_path / "models/small").exists()


# Models


@pytest.fixture
def model_copy(small_run, tmp_path):
    """A copy of the small run's model that may be spoilt."""
    return shutil.copytree(small_run.model, tmp_path / "model")


def kept_with(folder, **changes):
    """Store a model again with other contents, its digests right for them."""
    project = (folder / "project.json").read_text(encoding="utf-8")
    model = dataclasses.replace(StoredModel.load(folder), **changes)
    model.save(folder, texts={"project.json": project})


def test_a_model_with_other_indicators(refused, model_copy, rows, tmp_path):
    """A model whose indicators have other names than the catalogue's is refused by name."""
    rows.write_parquet(tmp_path / "rows.parquet")
    names = StoredModel.load(model_copy).indicator_names
    changed = tuple("members_before" if name == "members_latest" else name for name in names)
    kept_with(model_copy, indicator_names=changed)
    code, line = refused(tmp_path / "rows.parquet", model=model_copy)
    assert code == 15
    assert "Missing: members_before. Extra: members_latest." in line
    assert "Train a model with this catalogue" in line


def test_a_model_with_indicators_in_another_order(refused, model_copy, rows, tmp_path):
    """A model whose indicators stand in another order is refused: columns would be mixed up."""
    rows.write_parquet(tmp_path / "rows.parquet")
    names = list(StoredModel.load(model_copy).indicator_names)
    names[:2] = names[1::-1]
    kept_with(model_copy, indicator_names=tuple(names))
    code, line = refused(tmp_path / "rows.parquet", model=model_copy)
    assert (code, "The model's indicators stand in another order" in line) == (15, True)


def test_a_model_with_other_definitions(refused, model_copy, rows, tmp_path):
    """A model whose indicators have the same names but other definitions is refused."""
    rows.write_parquet(tmp_path / "rows.parquet")
    kept_with(model_copy, catalogue_digest="0123456789abcdef")
    code, line = refused(tmp_path / "rows.parquet", model=model_copy)
    assert code == 15
    assert "trained with other definitions of its indicators (catalogue 0123456789abcdef" in line
    assert line.endswith("Train it anew.")


@pytest.mark.parametrize("name", ["booster.txt", "model.json"])
def test_a_model_that_was_tampered_with(refused, model_copy, rows, tmp_path, name):
    """A changed figure in a model's file is noticed by its digest."""
    rows.write_parquet(tmp_path / "rows.parquet")
    text = (model_copy / name).read_text(encoding="utf-8")
    old = "leaf_value=" if name == "booster.txt" else '"slope": '
    assert old in text
    (model_copy / name).write_text(text.replace(old, f"{old}1", 1), encoding="utf-8")
    code, line = refused(tmp_path / "rows.parquet", model=model_copy)
    assert code == 15
    assert f"{model_copy / name} was changed after it was saved" in line


@pytest.mark.parametrize("name", ["booster.txt", "model.json", "project.json"])
@pytest.mark.parametrize("how", ["missing", "cut short", "not text"])
def test_a_model_with_a_damaged_file(refused, model_copy, rows, tmp_path, name, how):
    """A model's file that is missing, cut short or no text is named, with the mend."""
    rows.write_parquet(tmp_path / "rows.parquet")
    path = model_copy / name
    content = path.read_bytes()
    path.unlink()
    if how == "cut short":
        path.write_bytes(content[: len(content) // 2])
    if how == "not text":
        path.write_bytes(b"\xff\xfe" + content)
    code, line = refused(tmp_path / "rows.parquet", model=model_copy)
    assert code == 15
    assert name in line
    assert "rain" in line  # train anew, or make one with `fanpin-risk train`


def test_a_model_folder_that_is_not_there(refused, tmp_path):
    """A model folder that does not exist is named before anything is read."""
    code, line = refused(tmp_path / "rows.parquet", model=tmp_path / "nowhere")
    assert (code, line) == (
        15,
        f"ModelError: {tmp_path / 'nowhere'}: no such model folder. Make it with "
        "`fanpin-risk train`.",
    )


# Settings


@pytest.mark.parametrize(
    ("name", "where", "key", "words"),
    [
        ("small.yaml", (), "estimandd", "estimandd is no setting. Did you mean 'estimand'?"),
        ("small.yaml", ("model",), "n_tree", "model.n_tree is no setting. Did you mean 'n_trees'?"),
        ("small.yaml", ("plan",), "seeds", "plan.seeds is no setting. Did you mean 'seed'?"),
        (
            "small.yaml",
            ("cohort",),
            "horizon",
            "cohort.horizon is no setting. Did you mean 'horizon_months'?",
        ),
        ("sources/small.yaml", (), "publishers", "Did you mean 'publisher'?"),
        (
            "sources/small.yaml",
            ("tables", "income", "total_minor"),
            "unknowns",
            "unknowns is no setting. Did you mean 'unknown'?",
        ),
        (
            "sources/small.yaml",
            ("tables", "income"),
            "total_minr",
            "income.total_minr is no column of that table. Did you mean 'total_minor'?",
        ),
        ("standards/income_line.yaml", (), "units", "units is no setting. Did you mean 'unit'?"),
        (
            "standards/income_line.yaml",
            ("values", 0),
            "marks",
            "values.0.marks is no setting. Did you mean 'mark'?",
        ),
    ],
)
def test_an_unknown_key_in_a_settings_file(
    run_fanpin, small_project, tmp_path, name, where, key, words
):
    """A key that nobody knows is refused in every kind of YAML, with the nearest known one."""
    folder = shutil.copytree(small_project.folder, tmp_path / "project")
    content = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    inner = content
    for part in where:
        inner = inner[part]
    inner[key] = {"column": "ITF"} if key == "total_minr" else "1"
    (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    ran = run_fanpin("run", folder / "small.yaml", "--root", tmp_path)
    assert (ran.code, ran.out) == (11, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"ConfigError: {folder / name}: ")
    assert words in ran.err
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model__n_trees": "many"}, "model.n_trees: "),
        ({"need_line": "incom_line"}, "'incom_line' is no standard. Did you mean 'income_line'?"),
        ({"standards": "nowhere"}, "no such folder of standards. Name it with --standards."),
        (
            {"baselines__today": "income_to_lin_latest"},
            "baselines.today: 'income_to_lin_latest' is not an indicator's number. Did you mean "
            "'income_to_line_latest'?",
        ),
        ({"baselines__region_rate": "tenure_latest"}, "baselines.region_rate: 'tenure_latest' is"),
        (
            {"baselines__columns": ["members_latest", "member_latest"], "baselines__logs": []},
            "baselines.columns: 'member_latest' is not an indicator's number. Did you mean",
        ),
        (
            {"baselines__logs": ["members_under_5_latest"]},
            "baselines.logs: 'members_under_5_latest' is not one of baselines.columns. Did you",
        ),
        ({"score_as_of": "2008-13-31"}, "score_as_of: "),
        ({"name": "Small project"}, "name: "),
        ({"estimand": "no_further_help"}, "estimand: "),
        ({"plan__visits_per_team": 3}, "give either visits_per_team or capacity_share_of_cohort"),
        ({"backtest__first_seen_before": None}, "the final fold's households must stay unseen"),
        ({"backtest__outcomes_until": "2008-12-31"}, "is after final_fold.outcomes_until"),
    ],
)
def test_a_setting_that_cannot_be(run_fanpin, small_project, tmp_path, changes, words):
    """A value that cannot be used is refused before anything is read, in one line."""
    config = small_project.configured(tmp_path, **changes)
    ran = run_fanpin("run", config, "--root", tmp_path)
    assert (ran.code, ran.out) == (11, "")
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.startswith("ConfigError: ")
    assert words in ran.err
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("command", ["run", "backtest", "train", "tune", "final-fold"])
def test_a_missing_configuration(run_fanpin, tmp_path, command):
    """Every command names a configuration that is not there."""
    ran = run_fanpin(command, tmp_path / "none.yaml")
    assert (ran.code, ran.err) == (
        11,
        f"ConfigError: {tmp_path / 'none.yaml'}: no such configuration file. Check the name.\n",
    )


def test_tune_without_its_settings(run_fanpin, small_project, tmp_path):
    """`tune` says at once that the configuration does not say how."""
    ran = run_fanpin("tune", small_project.configured(tmp_path, tune=None))
    assert (ran.code, ran.out) == (11, "")
    assert ran.err == (
        "ConfigError: The configuration has no `tune`. Add validation_days and n_trials.\n"
    )


def test_final_fold_without_its_settings(run_fanpin, small_project, tmp_path):
    """`final-fold` says that the configuration has none; there is nothing to put on record."""
    config = small_project.configured(tmp_path, final_fold=None)
    ran = run_fanpin("final-fold", config, "--root", tmp_path / "root", "--threads", 1)
    assert (ran.code, ran.out) == (11, "")
    assert ran.err.splitlines()[-1] == (
        "ConfigError: The configuration has no final_fold. Add one to open it."
    )


@pytest.mark.parametrize("option", ["--audit-share=nan", "--visits-per-team=-1", "--audit-share=2"])
def test_an_impossible_plan(run_fanpin, small_run, small_project, tmp_path, option):
    """Options of `plan` that no plan can have are refused in one line."""
    ran = run_fanpin(
        *("plan", "--model", small_run.model, "--records", small_project.panel),
        *("--as-of", AS_OF, "--output", tmp_path / "plan", option),
    )
    assert ran.code in (2, 11)
    assert "Traceback" not in ran.err
    assert option.split("=")[0].strip("-").replace("-", "_") in ran.err.replace("-", "_")
    assert not (tmp_path / "plan").exists()


# Places to write to


def test_an_output_path_below_a_file(refused, rows, tmp_path):
    """A folder below a file cannot be made; the file in the way is named."""
    rows.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, line = refused(tmp_path / "rows.parquet", to=tmp_path / "file/out")
    assert code == 16
    assert f"Cannot write {tmp_path / 'file/out'}: " in line
    assert f"{tmp_path / 'file'} is a file, not a folder" in line
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_an_output_path_that_is_a_file(refused, rows, tmp_path):
    """A file is not replaced by a folder."""
    rows.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, line = refused(tmp_path / "rows.parquet", to=tmp_path / "file")
    assert (code, "it is a file, not a folder" in line) == (16, True)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_an_output_folder_that_holds_other_files(refused, rows, tmp_path):
    """A folder with somebody's other files is not replaced by results."""
    rows.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/one.jpg").write_bytes(b"mine")
    code, line = refused(tmp_path / "rows.parquet", to=tmp_path / "photos")
    assert code == 16
    assert "it holds other files (one.jpg), which would be lost" in line
    assert (tmp_path / "photos/one.jpg").read_bytes() == b"mine"


def test_the_working_folder_is_not_replaced(refused, rows, tmp_path, monkeypatch):
    """`--output .` is refused: the folder one stands in would be replaced."""
    rows.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    code, line = refused(tmp_path / "rows.parquet", to=Path())
    assert (code, "the folder you are in would be replaced" in line) == (16, True)


@pytest.mark.parametrize("command", ["run", "backtest", "train", "final-fold"])
def test_an_output_root_below_a_file_is_said_at_once(run_fanpin, small_project, tmp_path, command):
    """Long jobs look first whether their results can be written, and open nothing before."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    config = small_project.configured(tmp_path)
    ran = run_fanpin(command, config, "--root", tmp_path / "file/root", "--threads", 1)
    assert (ran.code, ran.out) == (16, "")
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.startswith("OutputError: Cannot write ")
    assert f"{tmp_path / 'file'} is a file, not a folder" in ran.err
    assert not (tmp_path / "openings.jsonl").exists()


def test_an_indicator_file_below_a_file(run_fanpin, small_project, tmp_path):
    """`indicators --output` below a file names the file in the way."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    ran = run_fanpin(
        *("indicators", small_project.config, "--as-of", AS_OF),
        *("--output", tmp_path / "file/i.parquet"),
    )
    assert ran.code == 16
    assert f"{tmp_path / 'file'} is a file, not a folder" in ran.err.splitlines()[-1]


def test_the_secret_was_there(rows, earlier):
    """The income that no message may show does stand in the rows and reach the results."""
    assert rows["ITF"][-1] == SECRET
    household = str(rows["hh_id"][-1])
    scores = pl.read_parquet(earlier[0] / "scores.parquet")
    assert household in scores["household_id"].to_list()
